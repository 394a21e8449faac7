"""A table made ready for finding things in it: each cell with its print, and who stands beside whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from pipeline.forms.prints import Print
from pipeline.model import Grid, Table, TableCell


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """One cell with its print. Two boxes are the same only when they are one object."""

    cell: TableCell
    print: Print

    @property
    def blank(self) -> bool:
        return self.print.blank

    @property
    def text(self) -> str:
        return self.print.text

    @property
    def end_row(self) -> int:
        return self.cell.row + self.cell.row_span

    @property
    def end_col(self) -> int:
        return self.cell.col + self.cell.col_span

    @property
    def place(self) -> tuple[int, int]:
        return self.cell.row, self.cell.col

    def side_of(self, other: Box) -> int | None:
        """Return on which side another box touches this one: 0 left, 1 above, 2 right, 3 below, None when it does not.

        Print that a ruling cut off goes on from what stands left of it, or above it.
        """
        if other.overlaps_rows(self.cell.row, self.end_row):
            return {(True, False): 0, (False, True): 2}.get(
                (other.end_col == self.cell.col, other.cell.col == self.end_col)
            )
        if other.overlaps_columns(self.cell.col, self.end_col):
            return {(True, False): 1, (False, True): 3}.get(
                (other.end_row == self.cell.row, other.cell.row == self.end_row)
            )
        return None

    def overlaps_rows(self, start: int, end: int) -> bool:
        return self.cell.row < end and start < self.end_row

    def overlaps_columns(self, start: int, end: int) -> bool:
        return self.cell.col < end and start < self.end_col


@dataclass(frozen=True, eq=False)
class Sheet:
    """One table as boxes in order of (row, col)."""

    n_rows: int
    n_cols: int
    boxes: tuple[Box, ...]

    @staticmethod
    def of(table: Table) -> Sheet:
        return Sheet(table.n_rows, table.n_cols, tuple(Box(cell, Print.of(cell.lines)) for cell in table.cells))

    @staticmethod
    def of_grid(grid: Grid) -> Sheet:
        cells = (TableCell(c.row, c.col, c.row_span, c.col_span, c.lines, (grid.page,)) for c in grid.cells)
        return Sheet(grid.n_rows, grid.n_cols, tuple(Box(cell, Print.of(cell.lines)) for cell in cells))

    @cached_property
    def slots(self) -> dict[tuple[int, int], Box]:
        return {slot: box for box in self.boxes for slot in box.cell.slots()}

    @cached_property
    def filled(self) -> tuple[Box, ...]:
        return tuple(box for box in self.boxes if not box.blank)

    def row(self, row: int) -> tuple[Box, ...]:
        """Given a row, return the boxes that cover it from left to right, each once."""
        return self._rows[row]

    @cached_property
    def _rows(self) -> tuple[tuple[Box, ...], ...]:
        slots, cols = self.slots, range(self.n_cols)
        return tuple(tuple(dict.fromkeys(slots[row, col] for col in cols)) for row in range(self.n_rows))

    def right_of(self, box: Box) -> Iterator[Box]:
        """Given a box, yield the boxes at its right side from top to bottom."""
        if box.end_col < self.n_cols:
            yield from dict.fromkeys(self.slots[row, box.end_col] for row in range(box.cell.row, box.end_row))

    def below(self, box: Box) -> Iterator[Box]:
        """Given a box, yield the boxes at its lower side from left to right."""
        if box.end_row < self.n_rows:
            yield from dict.fromkeys(self.slots[box.end_row, col] for col in range(box.cell.col, box.end_col))

    def fills_row(self, box: Box) -> bool:
        """Is the box alone with print in its rows and as wide as the table, as a title row is?"""
        return box.cell.col_span == self.n_cols
