"""Edges of a table that no stroke shows: rulings so broken or so short that none of their pieces is a stroke.

Between two edges of the other direction a ruling is a row of pixels that is inked nearly from one to the other, with
paper above and below. Print in a high cell is not inked that far, print in a low row has to reach its joints later.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.config import Detect
from pipeline.model import Ruling
from pipeline.stages.detect.ridges import Ridges

Floats = NDArray[np.float64]

LENT = 2
"""Rows of thickness lent to a line, so that it may step by a pixel."""

DOTS_LEAST, DOTS_BESIDE = 0.25, 0.15
"""Of a slot's side that is inked in a row of dots at the least, and beside it at the most: its joints are."""


def find_missed(
    ridges: Ridges, bounds: Floats, sides: tuple[float, float], known: Sequence[Ruling], settings: Detect
) -> list[Ruling]:
    """Given where the slots of a table part, return the level lines from joint to joint that no known edge runs along.

    bounds: the x of n + 1 joints. sides: the y of the table's first and last side, which may be open. known: the
    strokes that were found; a line that is far fainter is not its own.
    """
    places = [*sides, *(ruling.at for ruling in known)]
    top, stop = max(int(min(places)), 0), min(int(max(places)) + 1, len(ridges.rise))
    columns = (bounds / ridges.step).clip(0, ridges.rise.shape[1]).astype(np.int64)
    if stop - top < 3 or columns[-1] - columns[0] < 2:
        return []
    dark = max(ridges.floor, settings.missed_rise * median(ridges.rise_of(ruling) for ruling in known))
    share, beside = shares_of(ridges, slice(top, stop), columns, dark, settings)
    near = settings.edge_in * ridges.dpi
    for y in places:
        share[max(int(y - near) - top, 0) : max(int(y + near) + 1 - top, 0)] = 0.0
    plain = share * (share - beside >= settings.missed_share)
    dots = share * ((share >= DOTS_LEAST) & (beside <= DOTS_BESIDE) & (plain == 0))
    likely = lines_at(dots, share, bounds, top, near)
    dotted = zip(likely, ridges.dotted_shares(likely, dark), strict=True)
    return [
        *lines_at(plain, share, bounds, top, near),
        *(line for line, even in dotted if even >= settings.dotted_share),
    ]


def lines_at(
    peaks: NDArray[np.float32], share: NDArray[np.float32], bounds: Floats, top: int, near: float
) -> list[Ruling]:
    """Given how much of each row of each slot is inked, 0 where no line may be, return the lines where that is most
    within ``near`` rows."""
    best = cv2.dilate(peaks, np.ones((2 * int(near) + 1, 1), np.uint8))
    rows, slots = np.nonzero((peaks == best) & (peaks > 0))
    return [
        Ruling("h", top + middle + 0.5, float(bounds[slot]), float(bounds[slot + 1]), thickness)
        for row, slot in zip(rows.tolist(), slots.tolist(), strict=True)
        for middle, thickness in [body_of(share[:, slot], row)]
    ]


def body_of(share: NDArray[np.float32], peak: int) -> tuple[float, float]:
    """Given how much of each row is inked and the row that is most, return (middle, thickness) of the line there."""
    half, first, stop = share[peak] / 2, peak, peak + 1
    while first and share[first - 1] >= half:
        first -= 1
    while stop < len(share) and share[stop] >= half:
        stop += 1
    return (first + stop - 1) / 2, max(stop - first - LENT, 1.0)


def shares_of(
    ridges: Ridges, rows: slice, columns: NDArray[np.int64], dark: float, settings: Detect
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Given rows and the columns that bound n slots, return (rows, n) how much of each row is inked, and beside it.

    dark: grey levels from which a rise is ink.
    """
    ink = cv2.dilate((ridges.rise[rows] > dark).astype(np.uint8), np.ones((1 + LENT, 1), np.uint8))
    inner = ink[:, columns[0] : columns[-1]]
    wide = np.diff(columns)
    starts = np.minimum(columns[:-1] - columns[0], inner.shape[1] - 1)
    counts = np.add.reduceat(inner, starts, axis=1, dtype=np.int32)
    share = np.where(
        wide >= settings.row_least_in * ridges.dpi / ridges.step, counts / np.maximum(wide, 1), 0.0
    ).astype(np.float32)
    off = round(max(settings.side_in * ridges.dpi, 2.0)) + 3
    framed = cv2.copyMakeBorder(share, off, off, 0, 0, cv2.BORDER_CONSTANT, value=0)
    return share, np.maximum(framed[: -2 * off], framed[2 * off :])
