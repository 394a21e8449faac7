"""Rulings of a picture: local threshold, opening by long thin strokes, joining over gaps, pruning what meets nothing."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.config import Detect
from pipeline.model import Picture, Ruling

Mask = NDArray[np.uint8]
"""(H, W) uint8, 0 or 1."""


def find_rulings(grey: Picture, dpi: float, settings: Detect) -> tuple[Ruling, ...]:
    """Given a level grey page, return its rulings in page pixels, horizontal ones first, unpruned."""
    dark = threshold(grey, dpi, settings)
    level = strokes(dark, dpi, settings)
    plumb = [turn_ruling(r) for r in strokes(np.ascontiguousarray(dark.T), dpi, settings)]
    return (*join_gaps(level, dpi, settings), *join_gaps(plumb, dpi, settings))


def threshold(grey: Picture, dpi: float, settings: Detect) -> Mask:
    """Given a grey page, return 1 where a pixel is darker than the mean of its neighbourhood by the offset."""
    block = max(round(settings.threshold_block_in * dpi), 3)
    mean = cv2.blur(grey, (block, block))
    return (cv2.subtract(mean, grey) > settings.threshold_offset).astype(np.uint8)


def strokes(dark: Mask, dpi: float, settings: Detect) -> list[Ruling]:
    """Given ink, return its horizontal strokes: longer than ``ruling_min_in``, thinner than ``ruling_thick_in``.

    Dots are closed first; one row of thickness is lent so that a stroke may step by a pixel.
    """
    dots = max(round(settings.dot_gap_in * dpi), 1)
    long = max(round(settings.ruling_min_in * dpi), 5)
    closed = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones((1, dots | 1), np.uint8))
    lent = cv2.dilate(closed, np.ones((2, 1), np.uint8))
    opened = cv2.morphologyEx(lent, cv2.MORPH_OPEN, np.ones((1, long), np.uint8))
    kept = cv2.bitwise_and(opened, closed)
    _, _, stats, centres = cv2.connectedComponentsWithStats(kept, connectivity=8)
    thick = settings.ruling_thick_in * dpi
    found = []
    for (x, y, w, h, area), (_, cy) in zip(stats[1:].tolist(), centres[1:].tolist(), strict=True):
        if w < long * 0.8 or h > thick + 0.02 * w:
            continue
        mean = area / w
        if mean <= thick:
            found.append(Ruling("h", cy + 0.5, float(x), float(x + w), max(mean, 1.0)))
        del y
    return found


def turn_ruling(ruling: Ruling) -> Ruling:
    """Given a ruling of the transposed page, return it as it lies on the page."""
    return Ruling("v" if ruling.orientation == "h" else "h", ruling.at, ruling.start, ruling.end, ruling.thickness)


def join_gaps(rulings: Sequence[Ruling], dpi: float, settings: Detect) -> list[Ruling]:
    """Given rulings of one orientation, return them with collinear neighbours joined over short gaps."""
    gap, off = settings.gap_in * dpi, settings.joint_in * dpi / 3
    left = sorted(rulings, key=lambda r: (r.start, r.at))
    joined: list[Ruling] = []
    for ruling in left:
        near = [i for i, r in enumerate(joined) if abs(r.at - ruling.at) <= off and ruling.start - r.end <= gap]
        if not near:
            joined.append(ruling)
            continue
        best = min(near, key=lambda i: abs(joined[i].at - ruling.at))
        joined[best] = merge(joined[best], ruling)
    return joined


def merge(first: Ruling, second: Ruling) -> Ruling:
    """Given two collinear rulings, return the one that covers both, placed by their lengths."""
    whole = first.length + second.length
    at = (first.at * first.length + second.at * second.length) / whole if whole else first.at
    thickness = max(first.thickness, second.thickness)
    return Ruling(first.orientation, at, min(first.start, second.start), max(first.end, second.end), thickness)
