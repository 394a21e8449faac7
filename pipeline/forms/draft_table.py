"""Repeating tables of a sheet that nobody knows: a row of header words above rows that are parted as it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import mean

from pipeline.forms.definition import Side
from pipeline.forms.draft_marks import LIKELY, POSSIBLE, Scorer
from pipeline.forms.labels import fold
from pipeline.forms.sheet import Box, Sheet
from pipeline.text.numbers import unit_in_label

FEWEST_COLUMNS = 3
FEWEST_ROWS, FEWEST_COLUMNS_OF_ONE = 2, 5
"""A table has two rows below its header, or one row of so many columns that it is no accident."""
FEWEST_AGAIN = 2
"""Header words that stand twice in a row of two tables side by side."""
LABELLED = 0.7
"""Share of a header's cells that must look like labels, and that must be different ones."""
SPLIT = 0.15
"""Share of a header's cells that may look like a label with its value: long ones wrap behind a shorter word."""
CONTRAST = 0.8
"""Points that header words must lie above the cells below them on an average: label and value side by side in every row
look like a table too, but there the cells below are as good labels."""


LEVEL_END = 2
"""Characters that the words of an inner level have in common at their end."""


@dataclass(frozen=True, slots=True, eq=False)
class FoundTable:
    """heads: the header's cells, left to right. top, bottom, end: its first row, the first below it, and the first
    below the table. group: the cell that stands beside the whole table, if any."""

    heads: tuple[Box, ...]
    top: int
    bottom: int
    end: int
    group: Box | None
    columns: tuple[tuple[Box, ...], ...]
    """The cells below each head, from top to bottom, each once."""
    upper: tuple[Box, ...] = ()
    """Further cells of the header, over several heads."""
    side: Side | None = None
    """Of two tables side by side whose headers have the same words: which one this is."""

    @property
    def priced(self) -> bool:
        """Does a unit of money stand in the header or beside it?"""
        beside = () if self.group is None else (self.group,)
        return any(unit_in_label(box.text) for box in (*self.heads, *self.upper, *beside))

    def holds(self, box: Box) -> bool:
        return self.top <= box.cell.row < self.end

    def is_level(self, n: int) -> bool:
        """Is the column one of groups: its cells stand for several rows, or end alike, to the left of all others?"""
        inside = n + 1 < len(self.heads)
        return inside and all(_stands_for_several(self.columns[at], at > 0) for at in range(n + 1))


def _stands_for_several(column: Sequence[Box], inner: bool) -> bool:
    filled = [box for box in column if not box.blank]
    ends = {fold(box.text)[-LEVEL_END:] for box in filled}
    alike = inner and len(filled) > 1 and len(ends) == 1 and min(len(fold(box.text)) for box in filled) > LEVEL_END
    return alike or any(box.cell.row_span > 1 for box in filled)


def find_tables(sheet: Sheet, scorer: Scorer) -> list[FoundTable]:
    """Given a sheet, return its repeating tables from top to bottom; of two that overlap the larger one."""
    found = [table for row in range(sheet.n_rows) for table in tables_at(sheet, row) if is_repeating(table, scorer)]
    kept: list[FoundTable] = []
    for table in sorted(found, key=lambda table: -len(table.heads) * (table.end - table.bottom)):
        if all(table.end <= other.top or other.end <= table.top for other in kept):
            kept.append(table)
    return [half for table in sorted(kept, key=lambda table: table.top) for half in halves(table)]


def is_repeating(table: FoundTable, scorer: Scorer) -> bool:
    """Is what stands below a row of cells, parted as it is, the rows of a table, or of two side by side?"""
    return all(_is_table(half, scorer) for half in halves(table))


def _is_table(table: FoundTable, scorer: Scorer) -> bool:
    fewest = 1 if len(table.heads) >= FEWEST_COLUMNS_OF_ONE else FEWEST_ROWS
    if table.end - table.bottom < fewest or not is_header(table.heads, FEWEST_COLUMNS, scorer):
        return False
    labels = any(is_labels(table, n, scorer) for n in range(len(table.heads)))
    return not labels and contrast(table, scorer) >= CONTRAST


def halves(table: FoundTable) -> tuple[FoundTable, ...]:
    """Given a table, return it, or the two side by side that it is: their header words stand twice in one row. Words
    before the second block that it does not print again are its own too."""
    words = [fold(head.text) for head in table.heads]
    again = [n for n, word in enumerate(words) if word and word in words[:n]]
    if len(again) < FEWEST_AGAIN or again != list(range(again[0], len(words))):
        return (table,)
    left, right = range(again[0]), range(again[0], len(words))
    shared = [n for n in left if words[n] and words[n] not in [words[m] for m in right]]
    return (_part_of(table, [*left], "left"), _part_of(table, [*shared, *right], "right"))


def _part_of(table: FoundTable, at: Sequence[int], side: Side) -> FoundTable:
    heads, columns = tuple(table.heads[n] for n in at), tuple(table.columns[n] for n in at)
    return replace(table, heads=heads, columns=columns, side=side)


def tables_at(sheet: Sheet, row: int) -> Iterator[FoundTable]:
    """Given a row of a sheet, yield what a table would hold whose header begins there."""
    own = [box for box in sheet.row(row) if box.cell.row == row]
    bottom = row + min((box.cell.row_span for box in own if not box.blank), default=1)
    deepest = row + max((box.cell.row_span for box in own[1:] if not box.blank), default=1)
    for under in dict.fromkeys((bottom, deepest)):
        group = next((box for box in own[:1] if box.end_row > under and not box.blank), None)
        heads = tuple(box for box in sheet.row(under - 1) if box is not group and box.end_row == under)
        end = _end(sheet, under, heads)
        if end > under and heads:
            columns = tuple(tuple(_below(sheet, head, under, end)) for head in heads)
            yield FoundTable(heads, row, under, end, group, columns, _upper(sheet, row, under, heads))


def _upper(sheet: Sheet, top: int, bottom: int, heads: Sequence[Box]) -> tuple[Box, ...]:
    """The cells of header rows that end above the heads."""
    rows = (box for row in range(top, bottom) for box in sheet.row(row) if box.end_row < bottom)
    return tuple(box for box in dict.fromkeys(rows) if box not in heads and not box.blank)


def is_header(heads: Sequence[Box], fewest: int, scorer: Scorer) -> bool:
    """Are these cells, one of which may be blank, different words that look like labels, ``fewest`` at the least?"""
    filled = [box for box in heads if not box.blank]
    distinct = len({fold(box.text) for box in filled})
    if len(filled) < max(fewest, len(heads) - 1) or distinct < max(fewest, LABELLED * len(filled)):
        return False
    if sum(scorer.split(box.print) is not None for box in filled) > SPLIT * len(filled):
        return False
    return sum(scorer.label(box.text) >= POSSIBLE for box in filled) >= LABELLED * len(filled)


def _end(sheet: Sheet, start: int, heads: Sequence[Box]) -> int:
    """The first row that is not parted as the header is, or the sheet's end."""
    row = start
    while row < sheet.n_rows and all(_continues(sheet, row, head) for head in heads):
        row += 1
    return row


def _continues(sheet: Sheet, row: int, head: Box) -> bool:
    box = sheet.slots[row, head.cell.col]
    return (box.cell.col, box.end_col) == (head.cell.col, head.end_col)


def _below(sheet: Sheet, head: Box, start: int, end: int) -> Iterator[Box]:
    yield from dict.fromkeys(sheet.slots[row, head.cell.col] for row in range(start, end))


def contrast(table: FoundTable, scorer: Scorer) -> float:
    """How much more the header looks like labels than what stands below it, level words aside."""
    above = mean(scorer.label(box.text) for box in table.heads if not box.blank)
    below = [_points(box, scorer) for n, column in enumerate(table.columns) if not table.is_level(n) for box in column]
    printed = [min(points, LIKELY + POSSIBLE) for points in below if points is not None]
    return above - mean(printed) if printed else above


def is_labels(table: FoundTable, n: int, scorer: Scorer) -> bool:
    """Are the cells below a head labels themselves, each another one?"""
    told = {fold(box.text): points for box in table.columns[n] if (points := _points(box, scorer)) is not None}
    distinct = len(told) == sum(not box.blank for box in table.columns[n])
    return distinct and not table.is_level(n) and len(told) > 1 and mean(told.values()) >= LIKELY + POSSIBLE


def _points(box: Box, scorer: Scorer) -> float | None:
    """How much a cell below a head looks like a label, alone or before a value; None for what says nothing here."""
    if box.blank or scorer.is_level_word(box.text):
        return None
    split = scorer.split(box.print)
    return scorer.label(box.text) if split is None else split.score
