"""How high the print of a picture is, where nothing else tells its resolution."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

LARGEST_SIDE = 3000
"""Pixels; larger pictures are measured smaller."""
INK_LEVELS = 25
"""Grey levels by which print is darker than the paper around it."""
ENOUGH = 40
"""Characters that must be seen; fewer may be dirt, or the ornaments of a picture that is no document."""
STEADY = 1.25
"""Times by which two rounds may differ once the height is found."""
ROUNDS = 5
"""Each looks for characters of about the height that the one before found."""


def print_height(grey: NDArray[np.uint8], guess: float) -> float | None:
    """Given grey pixels (H, W) and about the height of their print in pixels, return its height, or None when too few
    characters of one height are seen.

    Characters are components about as wide as high; 60 of 100 are no higher than ordinary ones, since some are parts.
    """
    share = min(LARGEST_SIDE / max(grey.shape), 1.0)
    size = [max(round(side * share), 1) for side in reversed(grey.shape)]
    small = grey if share == 1.0 else cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    heights = square_heights(small, guess * share)
    found = guess * share
    for _ in range(ROUNDS):
        near = heights[(heights > 0.35 * found) & (heights < 2.5 * found)]
        if len(near) < ENOUGH:
            return None
        before, found = found, float(np.percentile(near, 60))
    return found / share if max(found / before, before / found) <= STEADY else None


def square_heights(grey: NDArray[np.uint8], guess: float) -> NDArray[np.int32]:
    """Given grey pixels, return the heights of the dark components that are about as wide as high."""
    side = max(round(3 * guess), 9)
    ink = (cv2.subtract(cv2.blur(grey, (side, side)), grey) > INK_LEVELS).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    wide, high = stats[1:, cv2.CC_STAT_WIDTH], stats[1:, cv2.CC_STAT_HEIGHT]
    return np.asarray(high[(wide > 0.6 * high) & (wide < 1.4 * high) & (high > 4)])
