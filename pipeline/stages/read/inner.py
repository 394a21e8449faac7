"""The inside of a cell: up to where its own rulings end, and not a pixel less, since print may stand close to them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.config import Read
from pipeline.geometry import Box
from pipeline.stages.read.debris import Mask

RULED = 0.4
"""Of a cell's side that is ink where its ruling runs; a dotted ruling has half."""


def inner_box(box: Box, ink: Mask, dpi: float, settings: Read) -> Box:
    """Given a cell (edges on the middle of its rulings) and the ink of the page, return the part within its rulings."""
    height, width = ink.shape
    x0, y0 = max(round(box.x0), 0), max(round(box.y0), 0)
    x1, y1 = min(round(box.x1), width), min(round(box.y1), height)
    if x1 - x0 < 4 or y1 - y0 < 4:
        return box
    reach = max(round(settings.remnant_in * dpi), 2)
    margin = settings.inset_in * dpi
    columns, rows = ink[y0:y1], ink[:, x0:x1]
    left = x0 + ruling_end(columns[:, max(x0 - reach, 0) : x0 + reach].mean(axis=0), min(x0, reach), margin)
    right = x1 - ruling_end(columns[:, x1 - reach : x1 + reach].mean(axis=0)[::-1], min(width - x1, reach), margin)
    top = y0 + ruling_end(rows[max(y0 - reach, 0) : y0 + reach].mean(axis=1), min(y0, reach), margin)
    bottom = y1 - ruling_end(rows[y1 - reach : y1 + reach].mean(axis=1)[::-1], min(height - y1, reach), margin)
    return Box(left, top, max(right, left), max(bottom, top))


def ruling_end(shares: NDArray[np.floating], edge: int, margin: float) -> float:
    """Given the share of ink in each row from outside a cell inwards, return how far within it the ruling ends.

    edge: index of the cell's edge. margin: returned when no ruling is seen.
    """
    ruled = np.flatnonzero(shares >= RULED)
    if not ruled.size:
        return margin
    nearest = ruled[np.abs(ruled - edge).argmin()]
    end = int(nearest)
    while end + 1 < len(shares) and shares[end + 1] >= RULED / 2:
        end += 1
    return max(float(end + 2 - edge), margin)
