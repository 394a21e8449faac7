"""Tables as grids of cells, from HTML or from lines of tables.jsonl, and how alike two of them are, cell by cell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import lxml.html
from rapidfuzz import fuzz

from bench.score import folded

SPAN_LIMIT = 1000
"""Columns or rows; HTML itself bounds a colspan by this."""

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class GridCell:
    """One cell. row, col: 0-based; text: folded, so that two prints of one thing are equal."""

    row: int
    col: int
    row_span: int
    col_span: int
    text: str

    @property
    def place(self) -> tuple[int, int, int, int]:
        return self.row, self.col, self.row_span, self.col_span


@dataclass(frozen=True, slots=True)
class TableGrid:
    """One table: cells in order of (row, col). A table read by others need not tile its rectangle."""

    n_rows: int
    n_cols: int
    cells: tuple[GridCell, ...]

    @property
    def rows(self) -> tuple[tuple[GridCell, ...], ...]:
        """The cells that begin in each row, as the rows of an HTML table hold them."""
        by_row: list[list[GridCell]] = [[] for _ in range(self.n_rows)]
        for cell in self.cells:
            by_row[cell.row].append(cell)
        return tuple(map(tuple, by_row))

    @property
    def places(self) -> frozenset[tuple[int, int, int, int]]:
        return frozenset(cell.place for cell in self.cells)

    @property
    def text(self) -> str:
        return "".join(cell.text for cell in self.cells)


def grid_of_line(line: Json) -> TableGrid:
    """Given a line of tables.jsonl, return its grid."""
    cells = (
        GridCell(c["row"], c["col"], c["row_span"], c["col_span"], folded(c["text"]))
        for c in sorted(line["cells"], key=lambda c: (c["row"], c["col"]))
    )
    return TableGrid(line["n_rows"], line["n_cols"], tuple(cells))


def grids_of_html(html: str) -> list[TableGrid]:
    """Given HTML, return the grid of each of its tables, in order; a table inside a cell is text of that cell."""
    if not html.strip():
        return []
    tree = lxml.html.fromstring(f"<div>{html}</div>")
    outer = (table for table in tree.iter("table") if not any(up.tag == "table" for up in table.iterancestors()))
    return [grid_of_table(table) for table in outer]


def grid_of_table(table: lxml.html.HtmlElement) -> TableGrid:
    """Given a <table>, return its grid: cells go to the first free slot of their row, as browsers lay them out."""
    taken: set[tuple[int, int]] = set()
    cells: list[GridCell] = []
    rows = own_rows(table)
    for row, line in enumerate(rows):
        col = 0
        for item in (child for child in line if child.tag in ("td", "th")):
            while (row, col) in taken:
                col += 1
            spans = min(span_of(item, "rowspan"), len(rows) - row), span_of(item, "colspan")
            cells.append(GridCell(row, col, *spans, folded("".join(item.itertext()))))
            taken.update((r, c) for r in range(row, row + spans[0]) for c in range(col, col + spans[1]))
    return TableGrid(len(rows), max((col + 1 for _, col in taken), default=0), tuple(cells))


def own_rows(table: lxml.html.HtmlElement) -> list[lxml.html.HtmlElement]:
    """Given a <table>, return its rows, not those of tables inside its cells."""
    return [row for row in table.iter("tr") if next(row.iterancestors("table")) is table]


def span_of(cell: lxml.html.HtmlElement, name: str) -> int:
    """Given a cell and "rowspan" or "colspan", return the number there; 1 where none or nonsense stands."""
    digits = re.match(r"\s*(\d+)", cell.get(name, ""))
    return min(max(int(digits[1]), 1), SPAN_LIMIT) if digits else 1


def same_grid(want: TableGrid, got: TableGrid) -> bool:
    """Say whether two tables have the same rows, columns and cells, whatever stands in them."""
    return (want.n_rows, want.n_cols, want.places) == (got.n_rows, got.n_cols, got.places)


def cells_right(want: TableGrid, got: TableGrid | None) -> int:
    """Given a table and what was read of it, return how many cells have the same place, spans and text."""
    return len({*want.cells} & {*got.cells}) if got is not None else 0


def pair_tables(wants: Sequence[TableGrid], gots: Sequence[TableGrid]) -> list[TableGrid | None]:
    """Given the tables of one page and those read of it, return for each of the first the read one that is its own.

    Those most alike by their words go together, in order of the page where words do not tell. No table serves twice.
    """
    likeness = [
        (-fuzz.ratio(want.text, got.text), abs(i - j), i, j)
        for i, want in enumerate(wants)
        for j, got in enumerate(gots)
    ]
    partner: dict[int, int] = {}
    for _, _, i, j in sorted(likeness):
        if i not in partner and j not in partner.values():
            partner[i] = j
    return [gots[partner[i]] if i in partner else None for i in range(len(wants))]


def lines_right(want: Iterable[Json], lines: Iterable[str]) -> tuple[int, int]:
    """Given lines of tables.jsonl of one page and the lines of text that were read on it, return (right, all) cells.

    A cell with text is right when every line of its print was read as one line of its own; no read line serves twice.
    This asks nothing about tables: it is what a recogniser of plain text can reach.
    """
    left = Counter(filter(None, map(folded, lines)))
    right = total = 0
    for cell in (cell for line in want for cell in line["cells"] if folded(cell["text"])):
        printed = Counter(filter(None, map(folded, cell["text"].split("\n"))))
        total += 1
        if printed <= left:
            left -= printed
            right += 1
    return right, total
