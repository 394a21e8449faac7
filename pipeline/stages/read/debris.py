"""What stands in an area without being print: dust, what is left of its rulings, lone dots."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.config import Read

Mask = NDArray[np.uint8]
Flags = NDArray[np.bool_]

FULL_RUN = 1.6
"""Ems; no stroke of print is as long as this down a side, so that what is must be a ruling."""
SHORT_RUN = 1.15
"""Ems; the same where the area itself is hardly higher than a line of type: a bracket has one em."""
WIDE_RUN, NARROW_RUN = 3.0, 1.3
"""Ems along the top and the bottom, where a stroke of print may be one em long and strokes stand in line."""
PIECES_EMS = 0.25
"""Ems between the pieces of one ruling; lines of type leave more paper between their strokes."""
LEAN = 0.03
"""Pixels to the side for each pixel along that a ruling may still lean or bend on an upright page."""
NEAR_EMS, LEVEL_EMS = 0.45, 0.5
"""Ems to the side and up or down; a full stop, a comma or a dot of … has other print this near."""


@dataclass(frozen=True, slots=True, eq=False)
class Spots:
    """The connected components of a mask, N of them; left, top, right, bottom in pixels, half-open.

    labels: (H, W) int32, the spot of each pixel plus one, 0 where there is no ink.
    """

    labels: NDArray[np.int32]
    left: NDArray[np.int32]
    top: NDArray[np.int32]
    right: NDArray[np.int32]
    bottom: NDArray[np.int32]

    @staticmethod
    def of(mask: Mask) -> Spots:
        """Given a mask, return its 8-connected components."""
        _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
        x, y, wide, high = (stats[1:, i] for i in range(4))
        return Spots(labels, x, y, x + wide, y + high)

    def turned(self) -> Spots:
        """The same with rows for columns."""
        return Spots(self.labels.T, self.top, self.left, self.bottom, self.right)

    def smaller(self, side: float) -> Flags:
        """Which spots are smaller than ``side`` pixels both ways?"""
        return (self.right - self.left < side) & (self.bottom - self.top < side)


def find_debris(mask: Mask, dpi: float, em: float, settings: Read) -> Mask:
    """Given the ink of an area within its rulings and its text height, return the ink that is not print, as a mask."""
    spots = Spots.of(mask)
    if not len(spots.left):
        return np.zeros_like(mask)
    flags = spots.smaller(settings.speck_share * em)
    flags |= remnants(spots, dpi, em, (SHORT_RUN, FULL_RUN), settings)
    flags |= remnants(spots.turned(), dpi, em, (NARROW_RUN, WIDE_RUN), settings)
    flags |= lone(spots, spots.smaller(settings.dot_share * em), em)
    return np.concatenate([[False], flags])[spots.labels].astype(np.uint8)


def remnants(spots: Spots, dpi: float, em: float, runs: tuple[float, float], settings: Read) -> Flags:
    """Given spots, return which are left of a ruling along the left or the right side: thin, close to it, and in line
    with others over a length that no print has.

    runs: that length in ems for a low area and for any. The second stroke of a double ruling stays so, and the
    pieces of one that is not quite straight.
    """
    height, width = spots.labels.shape
    thin = spots.right - spots.left <= max(settings.remnant_thick_in * dpi, 2) + LEAN * (spots.bottom - spots.top)
    strip = settings.remnant_strip_in * dpi
    needed = max(runs[0] * em, min(runs[1] * em, 0.9 * height))
    found = np.zeros(len(thin), bool)
    for beside in (thin & (spots.right <= strip), thin & (spots.left >= width - strip)):
        if beside.any():
            found |= beside & in_long_run(spots, beside, PIECES_EMS * em, needed)
    return found


def in_long_run(spots: Spots, chosen: Flags, gap: float, needed: float) -> Flags:
    """Given spots and which of them count, return which lie, top to bottom, in a run of at least ``needed`` pixels
    without a gap of more than ``gap``."""
    order = np.flatnonzero(chosen)[np.argsort(spots.top[chosen], kind="stable")]
    reached = np.maximum.accumulate(spots.bottom[order])
    breaks = np.flatnonzero(spots.top[order][1:] - reached[:-1] > gap) + 1
    found = np.zeros(len(chosen), bool)
    for run in np.split(order, breaks):
        found[run] = spots.bottom[run].max() - spots.top[run].min() >= needed
    return found


def lone(spots: Spots, small: Flags, em: float) -> Flags:
    """Given spots and which of them are small, return which of those have no other ink beside them on their line."""
    found = np.zeros(len(small), bool)
    for i in np.flatnonzero(small):
        level = (spots.bottom > spots.top[i] - LEVEL_EMS * em) & (spots.top < spots.bottom[i] + LEVEL_EMS * em)
        apart = np.maximum(spots.left - spots.right[i], spots.left[i] - spots.right)
        level[i] = False
        found[i] = not bool(np.any(level & (apart < NEAR_EMS * em)))
    return found
