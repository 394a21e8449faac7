"""The angle of lines of text, for pages with too few rulings to tell it."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from pipeline.config import Upright
from pipeline.geometry import Transform
from pipeline.model import Picture
from pipeline.stages.upright.segments import scaled
from pipeline.stages.upright.warp import warp

COARSE_BLUR = 21
"""Pixels; side of the window in which most is paper, at the coarse scale."""


FINE_DPI = 150
"""Pixels an inch at which lines of text tell their angle to a fiftieth of a degree."""
FINE_STEPS = ((0.1, 0.6), (0.02, 0.1))
"""Degrees from one angle to the next that is tried, and how far about the best so far."""


def text_skew(grey: Picture, dpi: float, settings: Upright) -> float:
    """Given a page without rulings, return the angle of its lines of text in degrees, x towards y.

    The angle at which the row profile of the ink is sharpest (Postl 1986), coarse steps first.
    """
    small = scaled(grey, min(settings.text_skew_dpi / dpi, 1.0))
    steps = ((1.0, settings.skew_limit_deg), (0.2, 1.0), (settings.skew_step_deg, 0.2))
    return sharpest(ink_in(small, COARSE_BLUR, settings), steps)


def skew_left(grey: Picture, forward: Transform, dpi: float, settings: Upright) -> float:
    """Given a page and the map that levels it nearly, return the angle of its lines of text on the level page, exactly,
    in degrees, x towards y."""
    scale = min(FINE_DPI / dpi, 1.0)
    small = scaled(grey, scale)
    height, width = small.shape
    level = warp(small, Transform.scale(1 / scale).then(forward).then(Transform.scale(scale)), (width, height))
    return sharpest(ink_in(level, COARSE_BLUR * 2 + 1, settings), FINE_STEPS)


def ink_in(small: Picture, blur: int, settings: Upright) -> Picture:
    """Given a small page and the side of a window in pixels, an odd number, return how much darker its ink is than the
    paper in the window, 0 where there is none."""
    ink = cv2.subtract(cv2.medianBlur(small, blur), small)
    ink[ink < settings.ink_levels] = 0
    return ink


def sharpest(ink: Picture, steps: Iterable[tuple[float, float]]) -> float:
    """Given ink and steps of the search with their reach in degrees, return the angle at which its row profile is
    sharpest; 0 where there is no ink."""
    best = 0.0
    for step, reach in steps if ink.any() else ():
        tried = np.arange(best - reach, best + reach + step / 2, step)
        best = float(tried[int(np.argmax([profile_sharpness(ink, float(angle)) for angle in tried]))])
    return best


def profile_sharpness(ink: Picture, angle: float) -> float:
    """Given ink and an angle, return the energy of the differences of its row profile after turning it back."""
    height, width = ink.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    rows = cv2.warpAffine(ink, matrix, (width, height)).sum(axis=1, dtype=np.float64)
    return float((np.diff(rows) ** 2).sum())
