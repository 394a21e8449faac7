"""Matrices of a sheet that nobody knows: rows of labels crossed by columns of header words, and the rows of totals
below a repeating table, which its columns cross."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.forms.draft_marks import POSSIBLE, Scorer, is_valuelike
from pipeline.forms.draft_table import CONTRAST, FoundTable, contrast, is_header, is_labels, tables_at
from pipeline.forms.sheet import Box, Sheet

FEWEST_CROSSING, FEWEST_LABELS = 2, 2
"""Columns that cross a matrix and rows that it has, at the least: with fewer it is labels with a value each."""


@dataclass(frozen=True, slots=True, eq=False)
class FoundMatrix:
    """labels: of its rows, top to bottom. heads: of its columns, left to right. columns: for each head the cells of the
    rows. top, end: its rows, the header's included. group: the cell beside it, if any. below: are its heads those of a
    repeating table above? priced: does a unit of money stand in the header or beside it?"""

    labels: tuple[Box, ...]
    heads: tuple[Box, ...]
    columns: tuple[tuple[Box, ...], ...]
    top: int
    end: int
    group: Box | None
    priced: bool
    below: bool = False

    def holds(self, box: Box) -> bool:
        return self.top <= box.cell.row < self.end


def find_matrices(sheet: Sheet, tables: Sequence[FoundTable], scorer: Scorer) -> list[FoundMatrix]:
    """Given a sheet and its repeating tables, return the matrices between them from top to bottom, and the rows of
    totals below the tables."""
    found = [matrix for row in range(sheet.n_rows) for matrix in _matrices_at(sheet, row, scorer)]
    kept: list[FoundMatrix] = []
    for matrix in sorted(found, key=lambda matrix: -len(matrix.heads) * len(matrix.labels)):
        taken = [(other.top, other.end) for other in tables] + [(other.top, other.end) for other in kept]
        if all(matrix.end <= top or end <= matrix.top for top, end in taken):
            kept.append(matrix)
    totals = (total for table in tables if (total := _totals(sheet, table, tables, scorer)) is not None)
    return sorted((*kept, *totals), key=lambda matrix: matrix.top)


def _matrices_at(sheet: Sheet, row: int, scorer: Scorer) -> Iterator[FoundMatrix]:
    for table in tables_at(sheet, row):
        inner = replace(table, heads=table.heads[1:], columns=table.columns[1:])
        named = [box for box in table.columns[0] if not box.blank]
        if len(named) < FEWEST_LABELS or not is_header(inner.heads, FEWEST_CROSSING, scorer):
            continue
        others = any(is_labels(inner, n, scorer) for n in range(len(inner.heads))) or _is_headed(inner, scorer)
        if is_labels(table, 0, scorer) and not others and contrast(inner, scorer) >= CONTRAST:
            labels = tuple(box for box in named if box.cell.row_span == 1)
            yield FoundMatrix(labels, inner.heads, inner.columns, table.top, table.end, table.group, table.priced)


def _is_headed(inner: FoundTable, scorer: Scorer) -> bool:
    """Is one of the rows a header itself, so that what stands above it is none?"""
    rows = zip(*inner.columns, strict=True) if len(set(map(len, inner.columns))) == 1 else ()
    return any(is_header(row, len(row), scorer) for row in rows)


def _totals(sheet: Sheet, table: FoundTable, tables: Sequence[FoundTable], scorer: Scorer) -> FoundMatrix | None:
    """The rows right below a table that a label leads and that hold nothing but numbers below its header words."""
    ends = [other.top for other in tables if other.top >= table.end]
    rows = range(table.end, min(ends, default=sheet.n_rows))
    led = []
    for row in rows:
        label = next((box for box in sheet.row(row) if box is not table.group and not box.blank), None)
        if label is None or not _is_total(sheet, row, label, table, scorer):
            break
        led.append(label)
    heads = [head for head in _all_heads(table) if any(_crossing(sheet, box, head) for box in led)]
    if not led or not heads:
        return None
    columns = tuple(tuple(sheet.slots[box.cell.row, head.cell.col] for box in led) for head in heads)
    return FoundMatrix(
        tuple(led), tuple(heads), columns, led[0].cell.row, led[-1].end_row, None, table.priced, below=True
    )


def _all_heads(table: FoundTable) -> list[Box]:
    """The cells of a header that a column of totals may stand below, left to right: a word over several columns too."""
    return sorted((*table.heads, *table.upper), key=lambda box: box.cell.col)


def _is_total(sheet: Sheet, row: int, label: Box, table: FoundTable, scorer: Scorer) -> bool:
    others = [box for box in sheet.row(row) if not box.blank and box is not label and box is not table.group]
    crossings = [box for head in _all_heads(table) if (box := _crossing(sheet, label, head)) is not None]
    numbers = all(is_valuelike(box.text) for box in others)
    return scorer.label(label.text) >= POSSIBLE and bool(others) and set(others) == set(crossings) and numbers


def _crossing(sheet: Sheet, label: Box, head: Box) -> Box | None:
    """The cell with print where a column crosses the row of a label at its left."""
    box = sheet.slots[label.cell.row, head.cell.col]
    same = (box.cell.col, box.end_col) == (head.cell.col, head.end_col)
    return box if same and not box.blank and box.cell.col >= label.end_col else None
