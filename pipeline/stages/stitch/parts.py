"""The parts that tables are made of: each grid of each page with the loose lines about it; two declarations in one grid
are two parts."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import dist, sqrt
from typing import Protocol

from pipeline.geometry import Box
from pipeline.model import Cell, Grid, PageReading, TextLine


class Known(Protocol):
    """What stitching asks about the forms that may stand on the pages."""

    def opens(self, grid: Grid) -> bool:
        """Does this grid begin a new declaration?"""

    def openings(self, grid: Grid, depth: int) -> Sequence[bool]:
        """Does a new declaration begin with each row of a grid and the ``depth`` - 1 below it?"""

    def goes_on(self, grid: Grid) -> bool:
        """Do rows above a declaration look like the last ones of another one?"""

    def leads(self, before: Grid, row: Grid, after: Grid) -> bool:
        """Does a row belong to the declaration that begins behind it, and not to what stands before it?"""

    def repeats(self, before: Grid, further: Grid, above: Sequence[str]) -> bool:
        """Does a further grid, with these lines above, print labels again that a declaration prints once, so that it is
        of another one?"""

    def is_foreign(self, grid: Grid) -> bool:
        """Is this grid a list of its own, that goes on with nothing?"""


OPENING_ROWS = 6
"""Rows below a possible cut that are looked at: a title block and the first fields fit in."""

SHEET_WIDTH = 2**-0.25
"""Of the square root of its area: the width of an upright sheet of the A series (ISO 216)."""


@dataclass(frozen=True, slots=True)
class Part:
    """One grid as it stands on its sheet. above, below: loose lines up to its neighbours or the sheet's edge.

    first, last: is it the first / last part of its sheet? sheet: which one of the page's, 0-based; a page holds one,
    but for a scan of two that lie side by side.
    """

    reading: PageReading
    grid: Grid
    above: tuple[TextLine, ...]
    below: tuple[TextLine, ...]
    first: bool
    last: bool
    sheet: int = 0

    @property
    def left(self) -> float:
        """Distance from the page's middle, of the sheet's width."""
        return (self.grid.box.x0 - self.reading.size[0] / 2) * self._sheets_a_pixel

    @property
    def right(self) -> float:
        return (self.grid.box.x1 - self.reading.size[0] / 2) * self._sheets_a_pixel

    @property
    def _sheets_a_pixel(self) -> float:
        """One clean pixel of the sheet's width. A levelled page has a larger frame than its sheet, by its skew, so the
        sheet is measured as the file stores it; a page on its side has the width of an upright one, and two sheets
        side by side have half of the page each."""
        box, (width, height) = self.grid.box, self.reading.file_size
        ends = (self.reading.to_file.apply((x, box.centre[1])) for x in (box.x0, box.x1))
        return dist(*ends) / box.width / (SHEET_WIDTH * sqrt(width * height / len(self.reading.tops)))

    @property
    def file_box(self) -> Box:
        return self.reading.to_file.apply_box(self.grid.box)


def parts_of(reading: PageReading, known: Known) -> tuple[Part, ...]:
    """Given one page, return its parts from top to bottom."""
    lines = _placed_lines(reading)
    grids = [piece for grid in reading.grids for piece in split_grid(grid, known)]
    sheets = range(len(reading.tops))
    return tuple(part for sheet in sheets for part in _parts_of_sheet(reading, sheet, grids, lines))


def sheet_of(reading: PageReading, y: float) -> int:
    """Given a place in clean pixels, return the sheet that it lies on, 0-based."""
    return max(bisect_right(reading.tops, y) - 1, 0)


def _parts_of_sheet(
    reading: PageReading, sheet: int, grids: Sequence[Grid], lines: Sequence[tuple[float, TextLine]]
) -> Iterator[Part]:
    own = [grid for grid in grids if sheet_of(reading, grid.box.centre[1]) == sheet]
    bands = _bands(own, [(y, line) for y, line in lines if sheet_of(reading, y) == sheet])
    for i, grid in enumerate(own):
        yield Part(reading, grid, bands[i], bands[i + 1], first=i == 0, last=i == len(own) - 1, sheet=sheet)


def _placed_lines(reading: PageReading) -> list[tuple[float, TextLine]]:
    """Return the loose lines of a page from top to bottom, each with its middle's y in clean pixels."""
    back = reading.to_file.inverse()
    placed = [(back.apply_box(line.box).centre[1], line) for line in reading.loose]
    return sorted(placed, key=lambda pair: pair[0])


def _bands(grids: Sequence[Grid], lines: Sequence[tuple[float, TextLine]]) -> list[tuple[TextLine, ...]]:
    """Return the loose lines above the first grid, between each two, and below the last, each from top to bottom."""
    bands: list[list[TextLine]] = [[] for _ in range(len(grids) + 1)]
    for y, line in lines:
        if not any(grid.box.y0 <= y < grid.box.y1 for grid in grids):
            bands[sum(grid.box.y1 <= y for grid in grids)].append(line)
    return [tuple(band) for band in bands]


def split_grid(grid: Grid, known: Known) -> tuple[Grid, ...]:
    """Given a grid, return it cut where a further declaration begins inside it, or as it is."""
    starts = [0, *inner_starts(grid, known)]
    ends = [*starts[1:], grid.n_rows]
    if len(starts) == 1:
        return (grid,)
    return tuple(row_slice(grid, start, end) for start, end in zip(starts, ends, strict=True))


def inner_starts(grid: Grid, known: Known) -> list[int]:
    """Given a grid, return the rows below its own opening where another declaration begins, the rows of its title and
    of its labels above the opening one included.

    A window of rows opens as long as the opening labels are near its top; the last row for which it does holds them.
    The first one is the grid's own, unless rows of the declaration before go on above it, few or many.
    """
    opening = known.openings(grid, OPENING_ROWS)
    holds = [row for row in range(grid.n_rows) if opening[row] and not (row + 1 < grid.n_rows and opening[row + 1])]
    inner = holds[1:] if opening[0] and not _goes_on(grid, holds, known) else holds
    starts = [0]
    for row, end in pairwise([*inner, grid.n_rows]):
        starts.append(_first_row(grid, starts[-1], row, end, known))
    return [start for start in starts if start > 0]


def _goes_on(grid: Grid, holds: Sequence[int], known: Known) -> bool:
    """Given a grid and the rows that hold openings, return whether another declaration ends above the first of them."""
    end = holds[1] if len(holds) > 1 else grid.n_rows
    first = _first_row(grid, 0, holds[0], end, known)
    return first > 0 and known.goes_on(row_slice(grid, 0, first))


def _first_row(grid: Grid, start: int, row: int, end: int, known: Known) -> int:
    """Given where the declaration before begins, the row that holds an opening and where its declaration ends, return
    the first of the unbroken rows above it that one cell fills or that lead it, or the row itself.

    As many rows before the end may lead the next declaration.
    """
    wide = {cell.row for cell in grid.cells if cell.col_span == grid.n_cols and cell.row_span == 1}
    first = row
    while first > start:
        ends = end if end == grid.n_rows else max(end - (row - first + 1), row + 1)
        if first - 1 not in wide and not _leads(grid, start, first - 1, row_slice(grid, row, ends), known):
            return first
        first -= 1
    return first


def _leads(grid: Grid, start: int, row: int, after: Grid, known: Known) -> bool:
    return row > start and known.leads(row_slice(grid, start, row), row_slice(grid, row, row + 1), after)


def row_slice(grid: Grid, start: int, end: int) -> Grid:
    """Given a half-open range of rows, return them as a grid; a cell cut at the top leaves its lines above the cut."""
    box = Box(grid.box.x0, grid.row_edges[start], grid.box.x1, grid.row_edges[end])
    cells = tuple(_slice_cells(grid.cells, start, end))
    return replace(grid, box=box, n_rows=end - start, cells=cells, row_edges=grid.row_edges[start : end + 1])


def _slice_cells(cells: tuple[Cell, ...], start: int, end: int) -> Iterator[Cell]:
    for cell in cells:
        first, last = max(cell.row, start), min(cell.row + cell.row_span, end)
        if first < last:
            lines = cell.lines if cell.row >= start else ()
            yield replace(cell, row=first - start, row_span=last - first, lines=lines)
