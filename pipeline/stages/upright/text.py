"""The angle of lines of text, for pages with too few rulings to tell it."""

from __future__ import annotations

import cv2
import numpy as np

from pipeline.config import Upright
from pipeline.model import Picture
from pipeline.stages.upright.segments import scaled


def text_skew(grey: Picture, dpi: float, settings: Upright) -> float:
    """Given a page without rulings, return the angle of its lines of text in degrees, x towards y.

    The angle at which the row profile of the ink is sharpest (Postl 1986), coarse steps first.
    """
    scale = min(settings.text_skew_dpi / dpi, 1.0)
    small = scaled(grey, scale)
    ink = cv2.subtract(cv2.medianBlur(small, 21), small)
    ink[ink < settings.ink_levels] = 0
    if not ink.any():
        return 0.0
    best = 0.0
    for step, reach in ((1.0, settings.skew_limit_deg), (0.2, 1.0), (settings.skew_step_deg, 0.2)):
        tried = np.arange(best - reach, best + reach + step / 2, step)
        best = float(tried[int(np.argmax([profile_sharpness(ink, float(angle)) for angle in tried]))])
    return best


def profile_sharpness(ink: Picture, angle: float) -> float:
    """Given ink and an angle, return the energy of the differences of its row profile after turning it back."""
    height, width = ink.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    rows = cv2.warpAffine(ink, matrix, (width, height)).sum(axis=1, dtype=np.float64)
    return float((np.diff(rows) ** 2).sum())
