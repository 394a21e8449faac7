"""Rows of a scan that dividers make alone: a page break leaves one of an open frame without lines above and below."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.geometry import Box
from pipeline.model import Picture, Ruling
from pipeline.stages.detect.joints import box_of, middle_of
from pipeline.stages.detect.open_frame import COMB, Printed, combs

ROW_WIDE, ROW_HIGH_IN = 0.5, 2.5
"""Of a picture's width, as strokes of print and bars that are as high as one another stand closer together, and inches,
as the lines between columns of print are higher."""
APART = 8
"""Pixels both ways between those that tell the level of a page's paper."""
BESIDE = 0.1
"""Of a divider that may have print right beside it."""
RIM_IN, PRINT, PRINT_IN = 0.03, 0.6, 0.03
"""Inches beside a divider that are its own blur, the share of its paper's light that print is darker than, and the side
of a square that is as large as a small sign's ink, in inches."""


def lone_rows(
    rulings: Sequence[Ruling], tables: Sequence[Sequence[Ruling]], grey: Picture, dpi: float, reach: float
) -> list[list[Ruling]]:
    """Given a page's strokes, its tables and its picture, return the rows about as wide as a form that dividers outside
    of all tables make alone. ``reach``: pixels at which rulings meet."""
    boxes = [box_of(table).grown(reach) for table in tables]
    free = [r for r in rulings if r.orientation == "v" and not any(box.contains(middle_of(r)) for box in boxes)]
    if len(free) < COMB:
        return []
    paper = float(np.median(grey[::APART, ::APART]))
    dividers = [ruling for ruling in free if stands_free(ruling, grey, paper, dpi)]
    rows = [(row, box_of(row)) for row in combs(dividers, printed_in(grey, paper, dpi), 2 * reach)]
    return [row for row, box in rows if box.width >= ROW_WIDE * grey.shape[1] and box.height <= ROW_HIGH_IN * dpi]


def stands_free(ruling: Ruling, grey: Picture, paper: float, dpi: float) -> bool:
    """Given a plumb stroke, its picture and the level of its paper, say whether there is paper on both sides of nearly
    all of it: the stems of large signs have strokes of their own beside them."""
    top, stop = max(int(ruling.start), 0), int(ruling.end)
    near, far = ruling.thickness / 2 + 2.0, ruling.thickness / 2 + 2.0 + RIM_IN * dpi
    sides = [(ruling.at - far, ruling.at - near), (ruling.at + near, ruling.at + far)]
    strips = [grey[top:stop, max(round(a), 0) : max(round(b), 0)] for a, b in sides]
    levels = [strip.min(axis=1) for strip in strips if strip.size]
    return all(np.count_nonzero(level < PRINT * paper) <= BESIDE * level.size for level in levels)


def printed_in(grey: Picture, paper: float, dpi: float) -> Printed:
    """Given a picture and the level of its paper, return what tells whether a cell holds print."""
    rim = round(RIM_IN * dpi)

    def printed(cell: Box) -> bool:
        x0, y0, x1, y1 = (round(v) for v in (cell.x0, cell.y0, cell.x1, cell.y1))
        inner = grey[max(y0, 0) + rim : max(y1 - rim, 0), max(x0, 0) + rim : max(x1 - rim, 0)]
        return int(np.count_nonzero(inner < PRINT * paper)) >= (PRINT_IN * dpi) ** 2

    return printed
