"""The rulings of a table as strokes: where two cells meet, and around the frame."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from bench.corpus.drawing import DrawnTable, Stroke
from bench.corpus.style import Rulings
from pipeline.geometry import Box

Slots = list[list[int]]
Piece = tuple[int, int, int]
"""(edge, from, to) in slots."""


def slots_of(table: DrawnTable) -> Slots:
    """Given a table, return for every slot the index of the cell that covers it, -1 for none."""
    slots = [[-1] * table.n_cols for _ in range(table.n_rows)]
    for index, cell in enumerate(table.cells):
        for row in range(cell.row, cell.row + cell.row_span):
            slots[row][cell.col : cell.col + cell.col_span] = [index] * cell.col_span
    return slots


def edges_of(table: DrawnTable) -> tuple[list[float], list[float]]:
    """Given a table, return its row and column edges in points."""
    ys = {cell.row: cell.box.y0 for cell in table.cells} | {table.n_rows: table.box.y1}
    xs = {cell.col: cell.box.x0 for cell in table.cells} | {table.n_cols: table.box.x1}
    return [ys[i] for i in range(table.n_rows + 1)], [xs[i] for i in range(table.n_cols + 1)]


def pieces(slots: Slots, whole: bool) -> Iterator[Piece]:
    """Given slots by rows, yield the horizontal edges between different cells, joined where ``whole``."""
    n_rows, n_cols = len(slots), len(slots[0])
    for edge in range(n_rows + 1):
        above = slots[edge - 1] if edge else [-1] * n_cols
        below = slots[edge] if edge < n_rows else [-1] * n_cols
        marked = [(col, above[col] != below[col]) for col in range(n_cols)]
        keys = groupby(marked, key=lambda item: (item[1], None if whole else (above[item[0]], below[item[0]])))
        for (drawn, _), group in keys:
            cols = [col for col, _ in group]
            if drawn:
                yield edge, cols[0], cols[-1] + 1


def stroke(box: Box, rulings: Rulings, is_outer: bool) -> Stroke:
    width = rulings.outer_width if is_outer else rulings.width
    kind = rulings.outer if is_outer else rulings.inner
    return Stroke(box.x0, box.y0, box.x1, box.y1, width, kind, rulings.grey, rulings.gap_every)


def table_strokes(table: DrawnTable, rulings: Rulings) -> list[Stroke]:
    """Given a table and how it is ruled, return its strokes; sides of an open frame are left out."""
    slots = slots_of(table)
    ys, xs = edges_of(table)
    turned = [list(column) for column in zip(*slots, strict=True)]
    strokes = []
    for edge, start, stop in pieces(slots, not rulings.per_cell):
        side = "top" if edge == 0 else "bottom" if edge == table.n_rows else None
        if side not in rulings.open_sides:
            strokes.append(stroke(Box(xs[start], ys[edge], xs[stop], ys[edge]), rulings, side is not None))
    for edge, start, stop in pieces(turned, not rulings.per_cell):
        side = "left" if edge == 0 else "right" if edge == table.n_cols else None
        if side not in rulings.open_sides:
            strokes.append(stroke(Box(xs[edge], ys[start], xs[edge], ys[stop]), rulings, side is not None))
    return strokes
