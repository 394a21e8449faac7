"""A list of its own whose columns happen to fit those of the table before it: known by its heads, and left out.

It stands at the top of a further page, its heads are words where the table has no such words, and nothing below is a
row of the table's either.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.forms.columns import read_cell
from pipeline.forms.definition import Column, ColumnType, Repeating
from pipeline.forms.header import Header
from pipeline.forms.labels import is_label_like
from pipeline.forms.sheet import Box, Sheet
from pipeline.forms.values import DEFAULT_UNIT, Unit
from pipeline.forms.words import read_word
from pipeline.text.numbers import is_absent

LEAST_HEADS = 3
"""Words that head a list at the least; two words fill a row of many tables."""
MEASURED: tuple[ColumnType, ...] = ("money", "number", "percent", "integer", "quantity", "date", "operator")
"""Types of columns in which a word alone is none of the table's."""


def intruder_row(sheet: Sheet, table: Repeating, header: Header, end: int) -> int | None:
    """Given a table on a sheet and the row behind its last one, return the row with the heads of another list that goes
    on in its columns, or None."""
    for row in page_tops(sheet, header.bottom, end):
        if _is_head(sheet, table, header, row) and not any(_is_own(sheet, table, header, r) for r in range(row, end)):
            return row
    return None


def page_tops(sheet: Sheet, start: int, end: int) -> Iterator[int]:
    """Yield the rows of a half-open range that begin a further page."""
    for row in range(max(start, 1), end):
        before = max((page for box in sheet.row(row - 1) for page in box.cell.pages), default=0)
        own = [page for box in sheet.row(row) if box.cell.row == row for page in box.cell.pages]
        if own and min(own) > before:
            yield row


def _is_head(sheet: Sheet, table: Repeating, header: Header, row: int) -> bool:
    """Is the row words alone, none of them a level, where the table asks for levels or for numbers?"""
    filled = [box for box in sheet.row(row) if not box.blank]
    if len(filled) < LEAST_HEADS or not all(box.cell.row == row and is_label_like(box.text) for box in filled):
        return False
    cells = _cells(sheet, table, header, row)
    return not _is_own(sheet, table, header, row) and any(_is_out_of_place(*cell) for cell in cells)


def _cells(sheet: Sheet, table: Repeating, header: Header, row: int) -> Iterator[tuple[Column, Box]]:
    """The columns of a row with their boxes, where these have print."""
    for column in table.columns:
        if column.key in header.columns:
            box = sheet.slots[row, header.columns[column.key].cell.col]
            if not box.blank and not is_absent(box.text):
                yield column, box


def _is_out_of_place(column: Column, box: Box) -> bool:
    return column.type == "level" or (column.type in MEASURED and not _fits(column, box))


def _fits(column: Column, box: Box) -> bool:
    return read_cell(column, Unit(DEFAULT_UNIT), box.print, "row").values[0].value is not None


def _is_own(sheet: Sheet, table: Repeating, header: Header, row: int) -> bool:
    """Has the row a word of a level, or in a table without levels nothing out of place?"""
    words = [word for depth in range(len(table.level_columns)) for word in table.level_words(depth)]
    if words:
        return any(read_word(box.print, words) is not None for box in sheet.row(row) if not box.blank)
    return not any(_is_out_of_place(column, box) for column, box in _cells(sheet, table, header, row))
