"""Two sheets side by side on one scan: found by the empty strip between them, levelled one by one, set one above the
other in the order in which they are read.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.config import Upright
from pipeline.geometry import Box, PlaneMap, Point, box_around
from pipeline.model import Picture
from pipeline.stages.upright.segments import Segments, middles, scaled, split_families, total_length
from pipeline.stages.upright.warp import paper_level

ASPECT = 1.2
"""Width over height; two sheets side by side are wider than this."""
DPI = 40.0
"""Pixels an inch; print still shows and noise no longer does."""
STROKE_IN = 0.15
"""Inches; print and rulings are narrower, the shadow of a spine is wider."""
SPINE_IN = 1.0
"""Inches; a longer plumb stroke may be the line between the sheets, so only level rulings hold a table together."""
MIDDLE = (0.38, 0.62)
"""Of the picture's width; the sheets part between these."""
FREE_IN = 0.3
"""Inches; the narrowest free strip between the print of two sheets."""
SPECK_IN = 0.06
"""Inches; what is smaller both ways is dirt, which a free strip may hold."""
SIDE_SHARE = 0.08
"""Of all print, which each sheet must hold at least."""
CROSSING = 0.02
"""Of the length of all level rulings, that may cross the strip: strokes of dirt."""
GAP_IN = 0.5
"""Inches of paper between two sheets once they are set one above the other; no ruling goes on over it."""


@dataclass(frozen=True, slots=True)
class Gutter:
    """The line x = at + lean * y between two sheets, in page pixels."""

    at: float
    lean: float

    def x(self, y: float) -> float:
        return self.at + self.lean * y

    def right_of(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Given points, return which lie on the right sheet."""
        return np.asarray(x >= self.at + self.lean * y)


def find_gutter(grey: Picture, segments: Segments, turn: float | None, dpi: float, settings: Upright) -> Gutter | None:
    """Given a grey page with text running left to right, its segments and their turn in degrees, return the line
    between its two sheets, or None when it is one sheet.

    The strip must be free of print and rulings from top to bottom, and both sides must hold some: a title or a ruling
    that runs over the middle makes it one sheet.
    """
    height, width = grey.shape
    if width < ASPECT * height or turn is None:
        return None
    scale = min(DPI / dpi, 1.0)
    lean = -math.tan(math.radians(turn))
    ink = straightened(print_of(scaled(grey, scale), scale * dpi, settings), lean)
    at = free_middle(ink, scale * dpi)
    if at is None:
        return None
    gutter = Gutter(at / scale - lean * height / 2, lean)
    return None if is_crossed(gutter, segments) else gutter


def print_of(small: Picture, dpi: float, settings: Upright) -> NDArray[np.uint8]:
    """Given a small grey page, return where print and rulings are, 0 or 1, long plumb strokes and specks left out."""
    side = max(round(STROKE_IN * dpi), 3)
    dark = cv2.morphologyEx(small, cv2.MORPH_BLACKHAT, np.ones((side, side), np.uint8))
    ink = (dark > settings.ink_levels).astype(np.uint8)
    spine = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((max(round(SPINE_IN * dpi), 3), 1), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(cv2.subtract(ink, spine))
    large = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1) > SPECK_IN * dpi
    large[0] = False
    return large[labels].astype(np.uint8)


def straightened(ink: NDArray[np.uint8], lean: float) -> NDArray[np.uint8]:
    """Given ink, return it sheared about its middle row so that what leans by ``lean`` stands upright."""
    height, width = ink.shape
    shear = np.array([[1.0, -lean, lean * height / 2], [0.0, 1.0, 0.0]])
    return cv2.warpAffine(ink, shear, (width, height), flags=cv2.INTER_NEAREST)


def free_middle(ink: NDArray[np.uint8], dpi: float) -> float | None:
    """Given straightened ink, return the middle of the widest strip without any near the page's middle, or None."""
    width = ink.shape[1]
    columns = ink.sum(axis=0, dtype=np.int64)
    free = np.concatenate([[0], (columns == 0).astype(np.int8), [0]])
    starts, ends = np.flatnonzero(np.diff(free) == 1), np.flatnonzero(np.diff(free) == -1)
    runs = [(max(a, MIDDLE[0] * width), min(b, MIDDLE[1] * width)) for a, b in zip(starts, ends, strict=True)]
    low, high = max(runs, key=lambda run: run[1] - run[0], default=(0.0, 0.0))
    middle = float(low + high) / 2
    sides = columns[: int(middle)].sum(), columns[int(middle) :].sum()
    return middle if high - low >= FREE_IN * dpi and min(sides) >= SIDE_SHARE * max(sum(sides), 1) else None


def is_crossed(gutter: Gutter, segments: Segments) -> bool:
    """True when rulings run over the line between the sheets."""
    level = split_families(segments, 45.0)[0]
    over = gutter.right_of(level[:, 0], level[:, 1]) != gutter.right_of(level[:, 2], level[:, 3])
    return total_length(level[over]) > CROSSING * total_length(level)


@dataclass(frozen=True, slots=True)
class Part:
    """One sheet cut out of a page: its pixels, the page's x of its first column, and its segments there."""

    grey: Picture
    x0: int
    segments: Segments


def cut_sheets(grey: Picture, segments: Segments, gutter: Gutter) -> tuple[Part, Part]:
    """Given a page and the line between its sheets, return both; what leans over from the other sheet becomes paper."""
    height, width = grey.shape
    edges = [gutter.x(0.0), gutter.x(float(height))]
    split = (max(math.floor(min(edges)), 0), min(math.ceil(max(edges)), width))
    x, y = np.meshgrid(np.arange(split[0], split[1]), np.arange(height))
    right = gutter.right_of(x + 0.5, y + 0.5)
    paper = np.uint8(paper_level(grey))
    strip = grey[:, split[0] : split[1]]
    left_grey = np.hstack([grey[:, : split[0]], np.where(right, paper, strip)])
    right_grey = np.hstack([np.where(right, strip, paper), grey[:, split[1] :]])
    over = gutter.right_of(*middles(segments, 0))
    shift = np.array([split[0], 0, split[0], 0])
    return Part(left_grey, 0, segments[~over]), Part(right_grey, split[0], segments[over] - shift)


@dataclass(frozen=True, slots=True)
class Stack:
    """Map from sheets set one above the other to the page where they lie side by side.

    top: y at which the second sheet begins. upper, lower: where each lies on the page. gutter: the line between them.
    """

    top: float
    upper: PlaneMap
    lower: PlaneMap
    gutter: Gutter

    def apply(self, point: Point) -> Point:
        return (self.upper if point[1] < self.top else self.lower).apply(point)

    def apply_points(self, points: Sequence[Point]) -> list[Point]:
        return [self.apply(point) for point in points]

    def apply_box(self, box: Box) -> Box:
        """Given a box on one of the sheets, return the smallest upright box around it on the page."""
        sheet = self.upper if box.centre[1] < self.top else self.lower
        return box_around(sheet.apply(corner) for corner in box.corners)

    def inverse(self) -> Unstack:
        return Unstack(self)


@dataclass(frozen=True, slots=True)
class Unstack:
    """Map from a page with two sheets to the sheets set one above the other."""

    stack: Stack

    def apply(self, point: Point) -> Point:
        return self._sheet(point).inverse().apply(point)

    def apply_points(self, points: Sequence[Point]) -> list[Point]:
        return [self.apply(point) for point in points]

    def apply_box(self, box: Box) -> Box:
        back = self._sheet(box.centre).inverse()
        return box_around(back.apply(corner) for corner in box.corners)

    def inverse(self) -> Stack:
        return self.stack

    def _sheet(self, point: Point) -> PlaneMap:
        return self.stack.lower if point[0] >= self.stack.gutter.x(point[1]) else self.stack.upper


def stacked(upper: Picture, lower: Picture, dpi: float) -> tuple[Picture, int, tuple[int, int]]:
    """Given two sheets, return them one above the other, each in the middle, with the y at which the second begins and
    the x at which each does."""
    gap, width = round(GAP_IN * dpi), max(upper.shape[1], lower.shape[1])
    lefts = ((width - upper.shape[1]) // 2, (width - lower.shape[1]) // 2)
    parts = [_widened(sheet, left, width) for sheet, left in zip((upper, lower), lefts, strict=True)]
    between = np.full((gap, width), paper_level(upper), np.uint8)
    return np.vstack([parts[0], between, parts[1]]), upper.shape[0] + gap, lefts


def _widened(sheet: Picture, left: int, width: int) -> Picture:
    right = width - left - sheet.shape[1]
    return cv2.copyMakeBorder(sheet, 0, 0, left, right, cv2.BORDER_CONSTANT, value=paper_level(sheet))
