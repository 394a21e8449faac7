"""Single cells of a layout, filled in and set in their places."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from bench.corpus.families.layouts import TOKEN, Spot
from bench.corpus.families.prints import Speech, text_runs
from bench.corpus.form import FormCell
from bench.corpus.style import Align, Style

Taken = set[tuple[int, int]]
"""Slots, (row, column), that cells cover."""


def spot_align(spot: Spot, speech: Speech, style: Style) -> Align:
    """Given a cell of a layout, return how it is aligned: goals to the left, money as the look says."""
    if spot.align:
        return spot.align
    path = spot.paths[0] if spot.paths else ""
    if isinstance(speech.filled.values.get(path), Decimal):
        return style.money_align
    return "left" if isinstance(speech.filled.values.get(path), tuple) or path.endswith("goal") else "centre"


def spot_cell(spot: Spot, row: int, col: int, speech: Speech, style: Style) -> FormCell:
    """Given a cell of a layout and its place, return it filled in."""
    is_label = not TOKEN.search(spot.text)
    return FormCell(
        row, col, spot.rows, spot.cols, text_runs(spot.text, speech), spot_align(spot, speech, style),
        bold=style.label_bold and is_label, is_label=is_label, valign=spot.valign, gap=spot.gap,
    )  # fmt: skip


def free_col(taken: Taken, row: int) -> int:
    col = 0
    while (row, col) in taken:
        col += 1
    return col


def place_row(spots: tuple[Spot, ...], row: int, taken: Taken, speech: Speech, style: Style) -> Iterator[FormCell]:
    """Yield the cells of a row, each in the next slot that is free, and mark what they cover."""
    for spot in spots:
        col = free_col(taken, row)
        yield spot_cell(spot, row, col, speech, style)
        taken |= {(row + r, col + c) for r in range(spot.rows) for c in range(spot.cols)}
