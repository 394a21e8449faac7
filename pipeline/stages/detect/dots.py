"""Rulings that a fax or a worn print left as dots and short dashes, farther apart than those of a dotted ruling.

Looked for where a page shows no table otherwise: only what is as small as a dot is joined, so that print, whose strokes
are larger, does not become lines.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8]
"""(H, W) uint8, 0 or 1."""

DASH_IN = 0.06
"""Inches along a ruling; what is longer is a stroke of print, or found without help."""
DOT_IN = 0.02
"""Inches across it; a thin ruling is half as thick."""
APART_IN = 0.08
"""Inches between two dots; a dotted ruling that lost two of three has 0.08."""
LINE_IN = 0.3
"""Inches of dots in a row that are a line; dust does not stand in line as far."""


def with_dots_joined(dark: Mask, dpi: float) -> Mask:
    """Given ink, return it with the dots that stand in a level row joined."""
    apart, long = round(APART_IN * dpi) | 1, round(LINE_IN * dpi)
    closed = cv2.morphologyEx(dots_of(dark, dpi), cv2.MORPH_CLOSE, np.ones((1, apart), np.uint8))
    lent = cv2.dilate(closed, np.ones((2, 1), np.uint8))  # a row may step by a pixel
    opened = cv2.morphologyEx(lent, cv2.MORPH_OPEN, np.ones((1, long), np.uint8))
    return np.asarray(cv2.bitwise_or(dark, cv2.bitwise_and(opened, closed)))


def dots_of(dark: Mask, dpi: float) -> Mask:
    """Given ink, return what of it is as small as the dots and dashes of a level ruling."""
    _, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(dark, 8, cv2.CV_32S, cv2.CCL_BBDT)
    small = (stats[:, cv2.CC_STAT_WIDTH] <= DASH_IN * dpi) & (stats[:, cv2.CC_STAT_HEIGHT] <= DOT_IN * dpi)
    small[0] = False
    return np.asarray(small.astype(np.uint8)[labels])
