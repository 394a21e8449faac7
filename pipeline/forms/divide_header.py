"""A header and the first row below it that a lost ruling made one row of cells, told apart by the header's words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from pipeline.forms.definition import Repeating
from pipeline.forms.header import enough, find_header
from pipeline.forms.labels import is_exact, likeness
from pipeline.forms.sheet import Box, Sheet

HEAD_LINES = 2
"""Lines that a header word is printed on at most."""


def divide_header(sheet: Sheet, table: Repeating, threshold: float) -> Sheet | None:
    """Given a sheet on which the table has no header of its own, return the sheet with one row more, the header that
    stands in the first lines of a row's cells; None where there is none, or where the header is as it should be."""
    if find_header(sheet, table, threshold) is not None:
        return None
    found = ((row, heads_of(sheet, row, table, threshold)) for row in range(sheet.n_rows))
    row, heads = max(found, key=lambda one: len(one[1]), default=(0, {}))
    return parted(sheet, row, heads) if len(heads) >= enough(table) else None


def heads_of(sheet: Sheet, row: int, table: Repeating, threshold: float) -> dict[Box, int]:
    """Given a row, return where the header's word ends in each box that begins there and holds one and more print."""
    ends = {box: head_end(box, table, threshold) for box in sheet.row(row) if box.cell.row == row}
    return {box: end for box, end in ends.items() if end}


def head_end(box: Box, table: Repeating, threshold: float) -> int:
    """Given a box, return how many of its characters are a header's word on lines of their own; 0 for none."""
    breaks = [match.start() for match in re.finditer(r"\n+", box.text)][:HEAD_LINES]
    words = [column.labels for column in table.columns]
    return next(
        (end for end in breaks if any(is_exact(likeness(box.text[:end], labels, threshold)) for labels in words)), 0
    )


def parted(sheet: Sheet, row: int, heads: Mapping[Box, int]) -> Sheet:
    """Given a sheet, a row and where its heads end, return the sheet with the heads in a row of their own above it."""
    boxes = [part for box in sheet.boxes for part in _parts(box, row, heads.get(box, 0))]
    return Sheet(sheet.n_rows + 1, sheet.n_cols, tuple(sorted(boxes, key=lambda box: box.place)))


def _parts(box: Box, row: int, end: int) -> list[Box]:
    cell = box.cell
    if end:
        head = Box(replace(cell, row_span=1), box.print.part(0, end))
        start = len(box.text) - len(box.text[end:].lstrip("\n"))
        return [head, Box(replace(cell, row=row + 1), box.print.part(start, len(box.text)))]
    if cell.row > row:
        return [Box(replace(cell, row=cell.row + 1), box.print)]
    return [Box(replace(cell, row_span=cell.row_span + 1), box.print)] if box.end_row > row else [box]
