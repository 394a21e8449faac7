"""How well the tables of a document were read, table by table, whoever read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.tables import TableGrid, cells_right, grid_of_line, pair_tables, same_grid
from bench.teds import teds


@dataclass(frozen=True, slots=True)
class TableScore:
    """One table of the truth. exact: same rows, columns and cells, whatever their text. page: 1-based."""

    page: int
    found: bool
    exact: bool
    n_cells: int
    cells_right: int
    teds: float
    structure: float


@dataclass(frozen=True, slots=True)
class Likeness:
    """tables: one a table of the truth; extra: tables that were read beyond those that there are."""

    tables: tuple[TableScore, ...]
    extra: int


def compare_tables(
    truth: Iterable[Mapping[str, Any]], read: Mapping[int, Sequence[TableGrid]], pages: Iterable[int]
) -> Likeness:
    """Given true lines of tables.jsonl, the tables read by 1-based page, and the pages to look at, compare them."""
    wants: dict[int, list[TableGrid]] = {page: [] for page in pages}
    for line in truth:
        if line["page"] in wants:
            wants[line["page"]].append(grid_of_line(line))
    scores = [one for page, grids in wants.items() for one in compare_page(page, grids, read.get(page, ()))]
    extra = sum(max(0, len(read.get(page, ())) - len(grids)) for page, grids in wants.items())
    return Likeness(tuple(scores), extra)


def compare_page(page: int, wants: Sequence[TableGrid], gots: Sequence[TableGrid]) -> list[TableScore]:
    """Given the tables of a page and those read of it, return a score for each of the first."""
    return [
        table_score(page, want, got) for want, got in zip(wants, pair_tables(wants, gots), strict=True)
    ]  # fmt: skip


def table_score(page: int, want: TableGrid, got: TableGrid | None) -> TableScore:
    """Given a table and what was read of it, None for nothing, return its score."""
    exact = got is not None and same_grid(want, got)
    right, n_cells = cells_right(want, got), len(want.cells)
    return TableScore(page, got is not None, exact, n_cells, right, teds(want, got), teds(want, got, text=False))
