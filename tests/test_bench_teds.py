"""TEDS: against brute force, against another library, and on tables whose score is plain to see."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from apted import APTED, Config
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.likeness import compare_tables
from bench.tables import GridCell, TableGrid, grid_of_line, grids_of_html, lines_right
from bench.teds import Label, Tree, cost_of_structure, cost_with_text, teds, tree_distance, tree_of

PLAIN = "<table><tr><td>甲</td><td>乙</td></tr><tr><td>丙</td><td>丁</td></tr></table>"


@st.composite
def grids(draw: st.DrawFn, rows: int = 5, cols: int = 4) -> TableGrid:
    """Rows of cells of any span, as a table read badly may hold them; some rows are empty."""
    texts = st.text("甲乙丙1.", max_size=4)
    counts = draw(st.lists(st.integers(0, cols), min_size=1, max_size=rows))
    cells = [
        GridCell(row, col, draw(st.integers(1, 2)), draw(st.integers(1, 2)), draw(texts))
        for row, count in enumerate(counts)
        for col in range(count)
    ]
    return TableGrid(len(counts), cols, tuple(cells))


class Node:
    """A tree as apted wants it."""

    def __init__(self, label: Label, children: list[Node]) -> None:
        self.label, self.children = label, children


def as_node(grid: TableGrid) -> Node:
    return Node("table", [Node("row", [Node(cell, []) for cell in row]) for row in grid.rows])


class SameCost(Config):
    def rename(self, node1: Any, node2: Any) -> float:
        return cost_with_text(node1.label, node2.label)


def ancestors(tree: Tree) -> set[tuple[int, int]]:
    return {(up, down) for up in range(len(tree.labels)) for down in range(tree.lefts[up], up)}


def mappings(one: Tree, two: Tree) -> Iterator[list[tuple[int, int]]]:
    """Every one-to-one mapping of nodes that keeps order and ancestry: what an edit script comes down to."""
    above, over = ancestors(one), ancestors(two)
    for size in range(min(len(one.labels), len(two.labels)) + 1):
        for left in itertools.combinations(range(len(one.labels)), size):
            for right in itertools.combinations(range(len(two.labels)), size):
                pairs = list(zip(left, right, strict=True))
                if all(((b, a) in above) == ((d, c) in over) for (a, c), (b, d) in itertools.combinations(pairs, 2)):
                    yield pairs


def brute_force(one: Tree, two: Tree) -> float:
    size = len(one.labels) + len(two.labels)
    return min(
        size - 2 * len(pairs) + sum(cost_with_text(one.labels[a], two.labels[b]) for a, b in pairs)
        for pairs in mappings(one, two)
    )


@settings(max_examples=40)
@given(grids(2, 2), grids(2, 2))
def test_distance_is_the_cheapest_of_all_mappings(want: TableGrid, got: TableGrid) -> None:
    one, two = tree_of(want), tree_of(got)
    assert tree_distance(one, two, cost_with_text) == pytest.approx(brute_force(one, two))


@settings(max_examples=40)
@given(grids(), grids())
def test_distance_is_what_apted_says(want: TableGrid, got: TableGrid) -> None:
    expected = APTED(as_node(want), as_node(got), SameCost()).compute_edit_distance()
    assert tree_distance(tree_of(want), tree_of(got), cost_with_text) == pytest.approx(expected)


@settings(max_examples=40)
@given(grids(), grids())
def test_teds_is_a_likeness(want: TableGrid, got: TableGrid) -> None:
    assert teds(want, want) == 1.0
    assert tree_distance(tree_of(want), tree_of(want), cost_with_text) == 0
    assert 0.0 <= teds(want, got) <= teds(want, got, text=False) <= 1.0
    assert teds(want, got) == pytest.approx(teds(got, want))


@pytest.mark.parametrize(
    ("html", "with_text", "structure"),
    [
        (PLAIN, 1.0, 1.0),
        (PLAIN.replace("丁", "戊"), 1 - 1 / 6, 1.0),
        (PLAIN.replace("丁", "丁戊"), 1 - 0.5 / 6, 1.0),
        (PLAIN.replace("<td>丁</td>", ""), 1 - 1 / 6, 1 - 1 / 6),
        (PLAIN.replace("<td>丁", "<td rowspan='1' colspan='2'>丁"), 1 - 1 / 6, 1 - 1 / 6),
        ("<table></table>", 0.0, 0.0),
        (PLAIN.replace("甲", "  甲\n").replace("<td>", "<th>").replace("</td>", "</th>"), 1.0, 1.0),
    ],
)
def test_teds_of_plain_cases(html: str, with_text: float, structure: float) -> None:
    """The table has two rows and four cells: six nodes."""
    (want,), (got,) = grids_of_html(PLAIN), grids_of_html(html)
    assert teds(want, got) == pytest.approx(with_text)
    assert teds(want, got, text=False) == pytest.approx(structure)
    assert teds(want, None) == 0.0


def test_a_row_and_a_cell_are_not_alike() -> None:
    cell = GridCell(0, 0, 1, 1, "")
    assert cost_of_structure(cell, "row") == 1.0
    assert cost_of_structure("row", "row") == 0.0


def test_html_is_laid_out_as_browsers_do() -> None:
    html = (
        "<html><body><p>words</p><table><thead><tr><th rowspan=2>a</th><th colspan='2'>b<br>c</th></tr></thead>"
        "<tbody><tr><td>d</td><td rowspan=99>e<table><tr><td>in</td></tr></table></td></tr>"
        "<tr><td colspan=x>f</td><td></td></tr></tbody></table><table><tr><td>g</table></body></html>"
    )
    first, second = grids_of_html(html)
    assert (first.n_rows, first.n_cols) == (3, 3)
    assert [(*cell.place, cell.text) for cell in first.cells] == [
        (0, 0, 2, 1, "a"), (0, 1, 1, 2, "bc"), (1, 1, 1, 1, "d"), (1, 2, 2, 1, "ein"), (2, 0, 1, 1, "f"),
        (2, 1, 1, 1, ""),
    ]  # fmt: skip
    assert (second.n_rows, second.n_cols, second.text) == (1, 1, "g")
    assert grids_of_html("  ") == []
    assert grids_of_html("no table") == []


def line_of(page: int, rows: list[list[str]]) -> dict[str, Any]:
    cells = [
        {"row": i, "col": j, "row_span": 1, "col_span": 1, "text": text}
        for i, row in enumerate(rows)
        for j, text in enumerate(row)
    ]
    return {"page": page, "n_rows": len(rows), "n_cols": len(rows[0]), "cells": cells}


def test_tables_of_a_page_are_paired_by_their_words() -> None:
    one, two = line_of(1, [["甲", "乙丙丁"], ["戊", "己"]]), line_of(1, [["天地", "玄黄"]])
    stray = line_of(1, [["别的"]])
    read = {1: [grid_of_line(line) for line in (stray, two, one)], 2: [grid_of_line(stray)]}
    likeness = compare_tables([one, two, line_of(3, [["宇宙"]])], read, (1, 2, 3))
    assert likeness.extra == 2
    assert [(t.page, t.found, t.exact, t.teds) for t in likeness.tables] == [
        (1, True, True, 1.0), (1, True, True, 1.0), (3, False, False, 0.0),
    ]  # fmt: skip


def test_cells_count_where_place_spans_and_text_agree() -> None:
    want, got = line_of(1, [["甲", "（乙）"], ["", "丁"]]), line_of(1, [["甲", "(乙)"], ["", "了"]])
    (table,) = compare_tables([want], {1: [grid_of_line(got)]}, (1,)).tables
    assert (table.n_cells, table.cells_right, table.exact, table.structure) == (4, 3, True, 1.0)
    assert table.teds == pytest.approx(1 - 1 / 6)


def test_plain_lines_count_for_the_cells_whose_print_they_are() -> None:
    want = [line_of(1, [["项目\n名称", "甲"], ["", "甲"]])]
    assert lines_right(want, ["项目", "名 称", "甲"]) == (2, 3)
    assert lines_right(want, ["项目名称", "甲", "甲"]) == (2, 3)
    assert lines_right(want, []) == (0, 3)
