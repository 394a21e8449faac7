"""TEDS: how alike two tables are as trees (Zhong, ShafieiBavani, Jimeno Yepes: Image-based table recognition, 2020).

TEDS(A, B) = 1 - distance(A, B) / max(|A|, |B|), by the tree edit distance of Zhang and Shasha (1989). A table's nodes
are its rows and its cells; the root, always there, does not count. To insert or delete a node costs 1. To turn one cell
into another costs 1 where their spans differ, else the Levenshtein distance of their texts over the longer one's
length; TEDS-structure leaves the texts out. <thead>, <tbody> and <th> do not count, since no truth here has them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from bench.tables import GridCell, TableGrid, same_grid

Label = GridCell | str
"""A cell, or the name of the root or of a row."""
Cost = Callable[[Label, Label], float]


@dataclass(frozen=True, slots=True)
class Tree:
    """Nodes in postorder. lefts: for each node the first leaf below it, itself for a leaf."""

    labels: tuple[Label, ...]
    lefts: tuple[int, ...]

    @property
    def key_roots(self) -> list[int]:
        """For each first leaf the highest node above it; every subtree begins at one of them."""
        return sorted({left: node for node, left in enumerate(self.lefts)}.values())


def tree_of(grid: TableGrid) -> Tree:
    """Given a grid, return its tree: a root, its rows, the cells that begin in each."""
    labels: list[Label] = []
    lefts: list[int] = []
    for row in grid.rows:
        first = len(labels)
        labels += [*row, "row"]
        lefts += [*range(first, first + len(row)), first]
    return Tree((*labels, "table"), (*lefts, 0))


def cost_of_structure(one: Label, two: Label) -> float:
    """Given two nodes, return what it costs to turn one into the other: 0 for alike, 1 for unlike."""
    if isinstance(one, GridCell) and isinstance(two, GridCell):
        return float((one.row_span, one.col_span) != (two.row_span, two.col_span))
    return float(one != two)


def cost_with_text(one: Label, two: Label) -> float:
    """The same; cells of one shape cost as much as their texts differ, 0 to 1."""
    cost = cost_of_structure(one, two)
    if cost or isinstance(one, str) or isinstance(two, str):
        return cost
    return Levenshtein.normalized_distance(one.text, two.text)


def tree_distance(one: Tree, two: Tree, cost: Cost) -> float:
    """Given two trees and the cost of turning one node into another, return the least cost of all edits."""
    costs = [[cost(a, b) for b in two.labels] for a in one.labels]
    between = [list(row) for row in costs]  # for two leaves it is right already
    for i in one.key_roots:
        for j in two.key_roots:
            if one.lefts[i] != i or two.lefts[j] != j:
                compare_forests(one, two, (i, j), costs, between)
    return between[-1][-1]


def compare_forests(
    one: Tree, two: Tree, roots: tuple[int, int], costs: list[list[float]], between: list[list[float]]
) -> None:
    """Given two key roots, write into ``between`` the distances of the subtrees that begin where theirs do.

    table[x][y]: distance between the first x nodes below one root and the first y below the other.
    """
    left, top = one.lefts[roots[0]], two.lefts[roots[1]]
    width = roots[1] - top + 1
    table = [[float(y) for y in range(width + 1)]]
    for x, a in enumerate(range(left, roots[0] + 1), 1):
        row, above = [float(x)], table[-1]
        begin = one.lefts[a]
        for y, b in enumerate(range(top, roots[1] + 1), 1):
            edit = min(above[y], row[-1]) + 1.0
            if begin == left and two.lefts[b] == top:
                between[a][b] = best = min(edit, above[y - 1] + costs[a][b])
            else:
                best = min(edit, table[begin - left][two.lefts[b] - top] + between[a][b])
            row.append(best)
        table.append(row)


def teds(want: TableGrid, got: TableGrid | None, text: bool = True) -> float:
    """Given a table and what was read of it, return their likeness, 0 to 1; 0 where nothing was read.

    Two trees that share little may be further apart than the larger one is large: that is no likeness either.
    """
    if got is None:
        return 0.0
    if same_grid(want, got) and (not text or want.cells == got.cells):
        return 1.0
    one, two = tree_of(want), tree_of(got)
    size = max(len(one.labels), len(two.labels)) - 1
    distance = tree_distance(one, two, cost_with_text if text else cost_of_structure)
    return max(1.0 - distance / size, 0.0) if size else 1.0
