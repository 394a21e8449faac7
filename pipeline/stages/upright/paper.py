"""The sheet on its background: a desk under a photograph, the black lid of a scanner."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.config import Upright
from pipeline.model import Picture
from pipeline.stages.upright.segments import scaled

Mask = NDArray[np.uint8]

BORDER_PX = 15
"""Pixels of the small picture; width of the square that a border's neighbourhood is grown by."""
FILL_SIDE_PX = 200
"""Pixels; long side at which the paper's level is carried on beyond the sheet."""
FILL_REACH_PX = (40.0, 12.0, 4.0)
"""Pixels of that picture; how far the paper's level is carried, coarse first."""
FILL_FAINT = 0.02
"""Share of paper in a neighbourhood below which the coarser level counts."""

RIM_STEP_PX = 8
"""Pixels between those that are looked at for a dark rim."""
RIM_DARK = 0.5
"""Of the paper's level; what is darker along most of a side is the lid of a scanner."""
RIM_MOST = 0.6
"""Of a side's length that a dark rim takes up at the least, since it is ragged."""
RIM_WIDEST = 0.08
"""Of the page's side; a wider dark margin is a desk, or part of a picture."""


def cover_rim(grey: Picture) -> Picture:
    """Given a grey page, return it with the dark rims that a scanner's lid left along its sides at the paper's level.

    Their edges would count as the longest rulings of the page.
    """
    thin = grey[::RIM_STEP_PX, ::RIM_STEP_PX]
    paper = float(np.percentile(thin, 80))
    dark = thin < RIM_DARK * paper
    sides = (dark.mean(axis=1), dark.mean(axis=1)[::-1], dark.mean(axis=0), dark.mean(axis=0)[::-1])
    top, bottom, left, right = (rim_width(side) for side in sides)
    if not (top or bottom or left or right):
        return grey
    covered = np.full_like(grey, int(paper))
    height, width = grey.shape
    inner = np.s_[top : height - bottom, left : width - right]
    covered[inner] = grey[inner]
    return covered


def rim_width(share: NDArray[np.float64]) -> int:
    """Given the share of dark pixels from a side inwards, return the width of its rim in page pixels, 0 for none."""
    bright = np.flatnonzero(share < RIM_MOST)
    width = int(bright[0]) if len(bright) else len(share)
    return (width + 2) * RIM_STEP_PX if 0 < width <= RIM_WIDEST * len(share) else 0


def find_paper(grey: Picture, settings: Upright) -> Mask | None:
    """Given a grey page, return the mask (H, W) uint8 of its sheet, 255 inside, or None when it fills the picture.

    The sheet is the largest bright region. Along its border the surroundings must be darker by ``desk_levels`` at one
    step, since light that falls off over a page changes slowly, and they must reach the picture's edge, so that a dark
    picture on the page is not taken for a desk. Worked on a small picture, print closed.
    """
    scale = settings.paper_side_px / max(grey.shape)
    small = shrunk(grey, scale)
    closed = cv2.morphologyEx(cv2.medianBlur(small, 5), cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    _, bright = cv2.threshold(closed, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    sheet = largest_region(bright)
    inside, outside = closed[sheet > 0], closed[sheet == 0]
    if not outside.size or not inside.size or outside.size < settings.desk_share * closed.size:
        return None
    if step_at_border(closed, sheet) < settings.desk_levels or not reaches_edge(sheet):
        return None
    if inside.size < settings.paper_share * closed.size:
        return None
    smooth = cv2.resize(sheet, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR)
    return cv2.threshold(smooth, 127, 255, cv2.THRESH_BINARY)[1]


def shrunk(grey: Picture, scale: float) -> Picture:
    """Given a grey page and a scale, return it smaller, halved as often as it can be first: the mean of four pixels
    takes a tenth of the time that it takes to weigh parts of pixels, and a sheet's rim is far less sharp."""
    height, width = (side // 2 for side in grey.shape)
    if scale > 0.5 or min(height, width) < 1:
        return scaled(grey, scale)
    half = cv2.resize(grey[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)
    return shrunk(half, 2 * scale)


def largest_region(bright: Mask) -> Mask:
    """Given a mask, return the hull of its largest component, one step smaller, 255 inside."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(bright)
    hull = np.zeros_like(bright)
    if len(stats) < 2:
        return hull
    one = (labels == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())).astype(np.uint8)
    contours, _ = cv2.findContours(one, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    cv2.fillConvexPoly(hull, cv2.convexHull(np.vstack(contours)), 255)
    return cv2.erode(hull, np.ones((5, 5), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=255)


def step_at_border(grey: Picture, sheet: Mask) -> float:
    """Given a grey picture and a sheet on it, return by how many levels the sheet is brighter, near its border only."""
    ring = np.ones((BORDER_PX, BORDER_PX), np.uint8)
    within = (sheet > 0) & (cv2.erode(sheet, ring, borderType=cv2.BORDER_CONSTANT, borderValue=255) == 0)
    beyond = (sheet == 0) & (cv2.dilate(sheet, ring) > 0)
    if not within.any() or not beyond.any():
        return 0.0
    return float(np.median(grey[within])) - float(np.median(grey[beyond]))


def reaches_edge(sheet: Mask) -> bool:
    """True when at least one side of the picture shows mostly background."""
    sides = (sheet[0], sheet[-1], sheet[:, 0], sheet[:, -1])
    return any(float(np.mean(side == 0)) > 0.5 for side in sides)


def cover_desk(grey: Picture, paper: Mask) -> Picture:
    """Given a grey page and its sheet, return it with everything outside the sheet at the level of the paper nearby.

    No edge is left where the sheet ends, so that none is taken for a ruling.
    """
    small = scaled(grey, FILL_SIDE_PX / max(grey.shape))
    inside = (cv2.resize(paper, small.shape[::-1], interpolation=cv2.INTER_AREA) == 255).astype(np.float32)
    bright = cv2.dilate(small, np.ones((5, 5), np.uint8)).astype(np.float32)
    fill = np.full(bright.shape, np.median(bright[inside > 0]) if inside.any() else 255.0, np.float32)
    for reach in FILL_REACH_PX:
        weight = cv2.GaussianBlur(inside, (0, 0), reach)
        fill = (cv2.GaussianBlur(bright * inside, (0, 0), reach) + FILL_FAINT * fill) / (weight + FILL_FAINT)
    ground = cv2.resize(fill.clip(0, 255).astype(np.uint8), grey.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.where(paper > 0, grey, ground)
