"""Ink of one area of a page: paper told from print, debris removed."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.config import Read
from pipeline.model import Picture
from pipeline.stages.read.debris import BOX_EMS, Mask, find_debris

LIGHT_PRINT = 60
"""Levels above its fill that light print on a dark one stands out by."""

FILLED = 40
"""Levels below the page's paper from which an area is filled."""

BLOCK_EMS, BLOCK_INKED = 0.4, 0.85
"""Ems; a square of ink with this side lies in few strokes of print. And the share of a filled box that is ink."""

THIRD = 3
"""Pixels of a page to one of the small picture on which print of the back is looked for; averaged, grain is none."""
PALE, PRINTED = (0.06, 0.22), 0.3
"""Of the contrast of a page's print: what shines through from its back, and what is print with its blur."""
NEAR_PX, SHOWN = 7, 0.01
"""Small pixels around print that its blur reaches, and of the paper beyond, what is pale on a page whose back shines
through."""

COARSE = 8
"""Pixels of a page to one of the small picture on which its paper is measured."""


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """Print of one area. darkness: (H, W) uint8, levels below the paper around it; mask: 1 where there is print.

    contrast: levels between paper and the darkest print; 0.0 for a blank area.
    """

    darkness: Picture
    mask: Mask
    contrast: float


def find_ink(area: Picture, paper: Picture, dpi: float, em: float, settings: Read, ruled: bool = False) -> Ink:
    """Given a grey area (H, W), the page's paper there and the text height in pixels (0 when not known yet: debris
    stays), return its ink.

    An area that is filled has its fill for paper; light print on a dark one is turned over.
    Debris is taken out of the picture too, so that a recogniser does not see it. ruled: the area is inside of a cell.
    """
    darkness = darkness_of(area, paper)
    smooth = cv2.GaussianBlur(darkness, (3, 3), 0)
    contrast = level_at(smooth, 0.997)
    mask = (smooth > max(settings.ink_levels, settings.ink_share * contrast)).astype(np.uint8)
    if ruled and em and (blocks := filled_boxes(mask, em)).any():
        contrast = level_at(smooth[blocks == 0], 0.997)
        mask = (smooth > max(settings.ink_levels, settings.ink_share * contrast)).astype(np.uint8)
    if em and mask.any():
        darkness, mask = without(darkness, mask, find_debris(mask, smooth, ruled, dpi, em, settings))
    return Ink(darkness, mask, contrast if mask.any() else 0.0)


def shows_through(ink: Ink) -> bool:
    """Given the ink of a whole page, return whether print of its back shines through: pale marks, more of them than an
    entry or two in pencil, stand away from all print."""
    height, width = ink.darkness.shape
    size = (max(width // THIRD, 1), max(height // THIRD, 1))
    small = cv2.resize(ink.darkness, size, interpolation=cv2.INTER_AREA)
    near = cv2.dilate((small > PRINTED * ink.contrast).astype(np.uint8), np.ones((NEAR_PX, NEAR_PX), np.uint8))
    pale = (small > PALE[0] * ink.contrast) & (small < PALE[1] * ink.contrast) & (near == 0)
    return bool(np.count_nonzero(pale) > SHOWN * np.count_nonzero(near == 0))


def filled_boxes(mask: Mask, em: float) -> Mask:
    """Given the ink of an area and the text height, return 1 on filled boxes with their blur, which are darker than the
    strokes of print, else 0. Larger blocks are no signs."""
    core = cv2.erode(mask, np.ones((max(round(BLOCK_EMS * em), 3),) * 2, np.uint8), borderValue=0)
    if not core.any():
        return core
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    sides = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
    fitting = (sides >= BOX_EMS[0] * em).all(axis=1) & (sides <= BOX_EMS[1] * em).all(axis=1)
    fitting &= stats[:, cv2.CC_STAT_AREA] >= BLOCK_INKED * sides.prod(axis=1)
    boxes = [i for i in np.unique(labels[core > 0]).tolist() if i and fitting[i]]
    if not boxes:
        return np.zeros_like(mask)
    return cv2.dilate(np.isin(labels, boxes).astype(np.uint8), np.ones((5, 5), np.uint8))


def without(darkness: Picture, mask: Mask, debris: Mask) -> tuple[Picture, Mask]:
    """Given an area's darkness, its ink and the part of it that is debris, return both without that and its blur."""
    if not debris.any():
        return darkness, mask
    kept = mask & (1 - debris)
    near_print = cv2.dilate(kept, np.ones((3, 3), np.uint8))
    blurred = cv2.dilate(debris, np.ones((3, 3), np.uint8)) & (1 - near_print | debris)
    return np.where(blurred > 0, 0, darkness).astype(np.uint8), kept


def level_at(values: Picture, share: float) -> float:
    """Given grey levels, return the level below or at which the given share of them lies; 0.0 when there is none.

    Counted by level, which is ten times faster on a page than sorting it.
    """
    if not values.size:
        return 0.0
    counts = np.cumsum(cv2.calcHist([values], [0], None, [256], [0, 256]).ravel().astype(np.int64))
    return float(np.searchsorted(counts, share * counts[-1]))


def darkness_of(area: Picture, paper: Picture) -> Picture:
    """Given a grey area and the page's paper there, return how many levels each pixel is darker than what it is
    printed on (lighter, on a dark fill)."""
    darker = cv2.mean(paper)[0] - cv2.mean(area)[0]
    if darker > FILLED / 2 and cv2.mean(paper)[0] - (level := float(np.median(area))) > FILLED:
        paper = np.full_like(area, int(level))
    dark, light = cv2.subtract(paper, area), cv2.subtract(area, paper)
    inverted = level_at(light, 0.98) > LIGHT_PRINT and cv2.mean(light)[0] > 1.5 * cv2.mean(dark)[0]
    return light if inverted else dark


def paper_of(grey: Picture, dpi: float) -> Picture:
    """Given a grey page, return the level of its paper at each place, (H, W) uint8.

    The brightest around each place, so that print does not count, and of those the median over more than half an inch.
    """
    coarse = (max(grey.shape[1] // COARSE, 1), max(grey.shape[0] // COARSE, 1))
    small = cv2.resize(grey, coarse, interpolation=cv2.INTER_AREA)
    window = max(int(dpi * 0.6 / COARSE) | 1, 3)
    rim = window // 2
    bright = cv2.copyMakeBorder(
        cv2.dilate(small, np.ones((3, 3), np.uint8)), rim, rim, rim, rim, cv2.BORDER_REFLECT_101
    )
    paper = cv2.medianBlur(bright, window)[rim:-rim, rim:-rim]
    return cv2.resize(paper, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR)
