"""Which way up a page lies, told by reading it: upside down, a line of print makes no sense to a recogniser.

It costs a glance at a few lines in each of four turns, and is for pages of so little print that a look at the whole
tells nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.model import Picture
from pipeline.ocr import Crop, Reading, Recogniser

SIDE = 2400
"""Pixels; the long side at which lines are looked for and read."""
HAT, LEVELS = 25, 30
"""Pixels of that size that a stroke or a ruling is narrower than, and grey levels that it is darker than its paper."""
LONG = 60
"""Pixels; a straight run of ink as long as this is a ruling."""
HIGH = (10, 70)
"""Pixels; the heights that type may have."""
JOIN = 15
"""Pixels; signs no farther apart stand in one line."""
WIDE = 2.5
"""Times its height that a line is wide at the least."""
LINES = 6
"""Lines of one turn that are read, the widest ones."""
PAD = 0.25
"""Of a line's height, above and below it."""
SURE, FEWEST = 0.9, 2
"""Probability from which a sign counts as read, and signs of a line that tell at the least."""


def signs_by_turn(picture: Picture, recogniser: Recogniser) -> NDArray[np.float64]:
    """Given an RGB page and a recogniser, return how many signs it reads with certainty if the page was turned by 0,
    90, 180, 270 degrees clockwise."""
    scale = min(SIDE / max(picture.shape[:2]), 1.0)
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1.0 else grey
    lying, standing = widest_lines(small), widest_lines(np.rot90(small))
    crops = [lying, standing, [crop[::-1, ::-1] for crop in lying], [crop[::-1, ::-1] for crop in standing]]
    return np.array([sure_signs(recogniser.read([np.ascontiguousarray(c) for c in turn])) for turn in crops])


def widest_lines(grey: Crop) -> list[Crop]:
    """Given a grey page, return crops of its widest lines of print that run from side to side, either way up."""
    lines = cv2.dilate(print_of(grey), np.ones((1, JOIN), np.uint8))
    boxes = cv2.connectedComponentsWithStats(lines, connectivity=4)[2][1:, : cv2.CC_STAT_AREA]
    is_line = (boxes[:, 3] >= HIGH[0]) & (boxes[:, 3] <= HIGH[1]) & (boxes[:, 2] >= WIDE * boxes[:, 3])
    widest = sorted(boxes[is_line].tolist(), key=lambda box: -box[2])[:LINES]
    return [crop_of(grey, *box) for box in widest]


def print_of(grey: Crop) -> Crop:
    """Given a grey page, return its ink without the rulings, 1 on 0."""
    dark = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, np.ones((HAT, HAT), np.uint8))
    ink = (dark > LEVELS).astype(np.uint8)
    ruled = [cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones(shape, np.uint8)) for shape in ((1, LONG), (LONG, 1))]
    return np.asarray(ink & ~cv2.dilate(ruled[0] | ruled[1], np.ones((3, 3), np.uint8)) & 1, np.uint8)


def crop_of(grey: Crop, x: int, y: int, wide: int, high: int) -> Crop:
    pad = round(PAD * high)
    return grey[max(y - pad, 0) : y + high + pad, max(x - pad, 0) : x + wide + pad]


def sure_signs(readings: Sequence[Reading]) -> int:
    """Given the readings of lines, return how many signs of them are sure, but for those that stand alone: turned, a
    lone 6 is a 9 and a lone m is a 3."""
    signs = (sum(glyph.confidence > SURE and bool(glyph.text.strip()) for glyph in line.glyphs) for line in readings)
    return sum(count for count in signs if count >= FEWEST)
