"""Negatives: a page of light print on dark paper, as some copies and screens show it, is turned into dark on light."""

from __future__ import annotations

import cv2
import numpy as np

from pipeline.model import Picture, frozen_picture

STEP_PX = 8
"""Pixels between those that are looked at for how dark a page is; nearly every page is told by them alone."""
DARK = 110
"""Grey levels; the paper of a negative is darker, and that of any other page is lighter or in the shade."""
STROKE_IN = 0.12
"""Inches; strokes of print and rulings are thinner, a sheet of paper on a dark desk is wider."""
GROUND_IN, GROUND_PX = 0.6, 31
"""Inches and pixels of the square whose median is the paper: several lines of print high."""
CONTRAST = 50
"""Grey levels by which strokes stand out of their paper at the least."""
STROKES = 0.0005
"""Of a page that light strokes cover at the least; a last page of one line of print has twice that."""
MOSTLY = 3.0
"""Times that light strokes cover what dark ones do, at the least."""


def positive(picture: Picture, dpi: float) -> Picture:
    """Given an RGB page, return it with dark print on light paper: reversed where it is a negative, else as it is."""
    return frozen_picture(255 - picture) if is_negative(picture, dpi) else picture


def is_negative(picture: Picture, dpi: float) -> bool:
    """Given an RGB page, return whether thin light strokes, and hardly any dark ones, stand on paper that is dark."""
    if float(np.median(picture[::STEP_PX, ::STEP_PX])) >= DARK:
        return False
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    ground = ground_of(grey, dpi)
    kernel = np.ones((max(round(STROKE_IN * dpi), 3),) * 2, np.uint8)
    thin = np.asarray(cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, kernel)) > CONTRAST
    light = float(np.mean(thin & (cv2.subtract(grey, ground) > CONTRAST)))
    dark = float(np.mean(cv2.subtract(ground, grey) > CONTRAST))
    return light > max(STROKES, MOSTLY * dark)


def ground_of(grey: Picture, dpi: float) -> Picture:
    """Given a grey page, return the commonest tone around each pixel, of strokes and paper that of the paper."""
    step = max(round(GROUND_IN * dpi / GROUND_PX), 1)
    small = cv2.medianBlur(np.ascontiguousarray(grey[::step, ::step]), GROUND_PX)
    return np.asarray(cv2.resize(small, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR))
