"""How a document looks: paper, fonts, rulings, spacing, page breaks. One style holds for a whole document."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

from bench.corpus.fonts import FAMILIES

Align = Literal["left", "centre", "right"]
Valign = Literal["top", "middle"]
Line = Literal["solid", "dotted", "double"]
Carry = Literal["first", "repeat", "biggest"]
Levels = Literal["merged", "repeated", "lost"]
RulingTrouble = Literal["none", "faint", "broken", "both"]

A4 = (595.28, 841.89)
LETTER = (612.0, 792.0)
# Shares of the table's width, as the form is usually ruled.
COLUMNS = (0.081, 0.109, 0.111, 0.168, 0.131, 0.121, 0.119, 0.160)


@dataclass(frozen=True, slots=True)
class Rulings:
    """widths in points; open_sides: sides of the outer frame that are not drawn; grey 0 is black."""

    width: float
    outer_width: float
    inner: Line
    outer: Line
    open_sides: frozenset[str]
    grey: float = 0.0
    gap_every: float = 0.0
    per_cell: bool = False


@dataclass(frozen=True, slots=True)
class Breaks:
    """Page breaks: inside_cells splits tall rows; carry: where the text of a cell cut by a break stands."""

    inside_cells: bool
    carry: Carry
    repeat_head: bool
    repeat_title: bool
    drop_label_column: bool
    pack: bool


@dataclass(frozen=True, slots=True)
class Debris:
    """What stands on a page besides the form. prose: a paragraph above it that repeats labels and amounts."""

    page_numbers: bool
    signature_row: bool
    note: bool
    prose: bool


@dataclass(frozen=True, slots=True)
class Style:
    """sizes in points; pitch: line height in font sizes; pads: blank around a cell's text in points."""

    paper: tuple[float, float]
    margins: tuple[float, float, float, float]
    family: str
    title_family: str
    label_bold: bool
    size: float
    title_size: float
    pitch: float
    pad_x: float
    pad_y: float
    row_height: float
    columns: tuple[float, ...]
    break_anywhere: bool
    kinsoku: bool
    balance_labels: bool
    money_align: Align
    name_align: Align
    title_in_grid: bool
    header_pairs: bool
    blank_funds: int
    levels: Levels
    blank_rows: int
    rulings: Rulings
    breaks: Breaks
    debris: Debris


def draw_rulings(rng: random.Random, trouble: RulingTrouble) -> Rulings:
    """Given a generator and what is wrong with the rulings, return how they are drawn."""
    width = round(rng.choice([0.25, 0.5, 0.5, 0.75, 0.75, 1.0, 1.0, 1.5, rng.uniform(0.25, 1.5)]), 2)
    inner: Line = rng.choices(("solid", "dotted", "double"), (0.86, 0.09, 0.05))[0]
    outer: Line = "double" if inner == "double" or rng.random() < 0.06 else "solid"
    open_sides = rng.choices(
        ((), ("left", "right"), ("left",), ("right",), ("top", "bottom"), ("bottom",)),
        (0.86, 0.07, 0.02, 0.02, 0.02, 0.01),
    )[0]
    faint, broken = trouble in {"faint", "both"}, trouble in {"broken", "both"}
    return Rulings(
        width=width,
        outer_width=width if rng.random() < 0.75 else max(width, rng.choice([1.0, 1.5])),
        inner=inner,
        outer=outer,
        open_sides=frozenset(open_sides),
        grey=rng.uniform(0.45, 0.75) if faint else rng.choice([0.0, 0.0, 0.0, 0.15, 0.3]),
        gap_every=rng.uniform(18, 70) if broken else 0.0,
        per_cell=rng.random() < 0.4,
    )


def draw_columns(rng: random.Random) -> tuple[float, ...]:
    """Given a generator, return column shares near the usual ones that add up to one."""
    spread = rng.choice([0.0, 0.1, 0.2])
    raw = [share * rng.uniform(1 - spread, 1 + spread) for share in COLUMNS]
    return tuple(share / sum(raw) for share in raw)


def draw_breaks(rng: random.Random) -> Breaks:
    return Breaks(
        inside_cells=rng.random() < 0.6,
        carry=rng.choices(("first", "repeat", "biggest"), (0.5, 0.35, 0.15))[0],
        repeat_head=rng.random() < 0.3,
        repeat_title=rng.random() < 0.15,
        drop_label_column=rng.random() < 0.1,
        pack=rng.random() < 0.35,
    )


def draw_paper(rng: random.Random) -> tuple[tuple[float, float], tuple[float, float, float, float]]:
    """Return paper and margins (left, top, right, bottom) in points."""
    paper = rng.choices((A4, A4[::-1], LETTER), (0.88, 0.08, 0.04))[0]
    side = rng.uniform(32, 75)
    return paper, (side, rng.uniform(30, 70), side + rng.choice([0.0, 0.0, -8.0, 8.0]), rng.uniform(36, 70))


def draw_style(rng: random.Random, trouble: RulingTrouble = "none", min_size: float = 8.0) -> Style:
    """Given a generator, what is wrong with the rulings and the smallest font size, return one look."""
    paper, margins = draw_paper(rng)
    families = tuple(FAMILIES)
    family = rng.choices(families, (0.5, 0.12, 0.18, 0.2))[0]
    size = max(min_size, rng.choice([8.0, 9.0, 9.0, 10.0, 10.5, 10.5, 11.0, 12.0, 12.0, round(rng.uniform(8, 12), 1)]))
    pitch = rng.choice([1.0, 1.0, 1.05, 1.15, 1.2, 1.3, 1.5])
    return Style(
        paper=paper,
        margins=margins,
        family=family,
        title_family=family if rng.random() < 0.6 else rng.choice(families),
        label_bold=rng.random() < 0.12,
        size=size,
        title_size=size + rng.choice([2.0, 3.0, 4.0, 6.0]),
        pitch=pitch,
        pad_x=rng.uniform(1.8, 5.0),
        pad_y=rng.uniform(1.5, 5.0),
        row_height=rng.choice([0.0, 0.0, 16.0, 18.0, 22.0]),
        columns=draw_columns(rng),
        break_anywhere=rng.random() < 0.15,
        kinsoku=rng.random() < 0.85,
        balance_labels=rng.random() < 0.75,
        money_align=rng.choices(("right", "centre", "left"), (0.7, 0.2, 0.1))[0],
        name_align=rng.choices(("left", "centre"), (0.85, 0.15))[0],
        title_in_grid=rng.random() < 0.12,
        header_pairs=rng.random() < 0.12,
        blank_funds=rng.choices((0, 1, 2), (0.7, 0.15, 0.15))[0],
        levels=rng.choices(("merged", "repeated", "lost"), (0.89, 0.07, 0.04))[0],
        blank_rows=rng.choices((0, 1, 2, 3), (0.9, 0.05, 0.03, 0.02))[0],
        rulings=draw_rulings(rng, trouble),
        breaks=draw_breaks(rng),
        debris=Debris(rng.random() < 0.3, rng.random() < 0.2, rng.random() < 0.12, rng.random() < 0.05),
    )
