"""Layouts as data: what layouts/*.yaml say, as frozen values.

A row is written as its cells with " | " between them, each as text[*columns][/rows][signs]; slots that a cell of an
earlier row covers are left out, as in HTML. Signs: < > left or right, ^ at the top, + a blank between label and value.
In a text, {path} is a value, {?path} a choice among tick boxes, {!name} something filled in that no field holds,
a~b one of several words, \\n a line break, @元 the unit of money; "_" alone is an empty cell. A % behind a value
goes with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from bench.corpus.style import Align, Valign

FOLDER = Path(__file__).resolve().parent / "layouts"
CELL = re.compile(r"(?P<text>.*?)(?:\*(?P<cols>\d+))?(?:/(?P<rows>\d+))?(?P<signs>[<>^+]*)", re.DOTALL)
TOKEN = re.compile(r"\{(?P<sign>[?!]?)(?P<path>[a-z_0-9.]+)\}(?P<tail>%?)")
COLUMN = re.compile(r"(?P<key>[a-z_.0-9]+)(?::(?P<head>.*?))?(?:\*(?P<cols>\d+))?")
UnitPlace = Literal["label", "cell", "both"]


@dataclass(frozen=True, slots=True)
class Spot:
    """One cell as a layout writes it."""

    text: str
    cols: int = 1
    rows: int = 1
    align: Align | None = None
    valign: Valign = "middle"
    gap: float = 0.0

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(path for sign, path, _ in TOKEN.findall(self.text) if sign != "!")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a repeating table: what it holds and its head; an empty head leaves the heads' row out."""

    key: str
    head: str
    cols: int


@dataclass(frozen=True, slots=True)
class Block:
    """A repeating table. table: the key in ``data``; label: a merged cell beside it; spare: empty rows at its end.

    heads, foot: rows of cells above and below the repeated ones; heads stand in place of those of the columns;
    level_scores: the weights of a level are glued to its word; label_on_head: the label covers the heads too.
    """

    table: str
    columns: tuple[Column, ...]
    heads: tuple[tuple[Spot, ...], ...] = ()
    foot: tuple[tuple[Spot, ...], ...] = ()
    label: Spot | None = None
    label_on_head: bool = True
    level_scores: bool = False
    spare: int = 0


@dataclass(frozen=True, slots=True)
class Caption:
    """A line above the table. is_title: in the size of titles."""

    text: str
    is_title: bool
    align: Align


@dataclass(frozen=True, slots=True)
class Layout:
    """One way to print a form. columns: shares of the width. ten_thousand: money is in 万元, None for either.

    year_in_name: the year stands nowhere but in the project's name. inside: the captions are rows of the table.
    """

    form: str
    name: str
    columns: tuple[float, ...]
    captions: tuple[Caption, ...]
    rows: tuple[tuple[Spot, ...] | Block, ...]
    unit_place: UnitPlace = "label"
    ten_thousand: bool | None = None
    year_in_name: bool = False
    inside: bool = False
    old_cost: bool = False
    notes: tuple[Caption, ...] = field(default=())

    @property
    def paths(self) -> tuple[str, ...]:
        """Return the paths of all values that stand outside of repeating tables, captions included."""
        rows = [row for one in self.rows for row in ((*one.heads, *one.foot) if isinstance(one, Block) else (one,))]
        spots = [spot for row in rows for spot in row]
        lines = [Spot(caption.text) for caption in self.captions]
        return tuple(path for spot in (*lines, *spots) for path in spot.paths)

    def block(self, table: str) -> Block | None:
        return next((row for row in self.rows if isinstance(row, Block) and row.table == table), None)


def parse_spot(written: str) -> Spot:
    """Given a cell as written, return it."""
    match = CELL.fullmatch(written.strip())
    assert match is not None  # every part of the pattern may be empty
    text, signs = match["text"].replace("\\n", "\n"), match["signs"]
    align: Align | None = "left" if "<" in signs else "right" if ">" in signs else None
    valign: Valign = "top" if "^" in signs else "middle"
    cols, rows = int(match["cols"] or 1), int(match["rows"] or 1)
    return Spot("" if text == "_" else text, cols, rows, align, valign, 0.6 if "+" in signs else 0.0)


def parse_column(written: str) -> Column:
    match = COLUMN.fullmatch(written)
    if match is None:
        raise ValueError(f"not a column: {written!r}")
    return Column(match["key"], (match["head"] or "").replace("\\n", "\n"), int(match["cols"] or 1))


def parse_cells(written: str) -> tuple[Spot, ...]:
    return tuple(parse_spot(cell) for cell in written.split(" | "))


def parse_row(written: str | dict[str, Any]) -> tuple[Spot, ...] | Block:
    """Given a row as written, return its cells or the repeating table that stands there."""
    if isinstance(written, str):
        return parse_cells(written)
    for part in ("heads", "foot"):
        written[part] = tuple(parse_cells(row) for row in written.get(part, ()))
    label = written.pop("label", None)
    columns = tuple(parse_column(column) for column in written.pop("columns"))
    return Block(columns=columns, label=parse_spot(label) if label else None, **written)


def parse_caption(written: str) -> Caption:
    """Given "T text" for a title or "S text" for a line of small print, return it."""
    kind, text = written.split(" ", 1)
    spot = parse_spot(text)
    return Caption(spot.text, kind == "T", spot.align or "centre")


def parse_layout(form: str, name: str, raw: dict[str, Any]) -> Layout:
    """Given a layout as written, return it. Raises TypeError for a key that there is not."""
    shares = raw.pop("columns")
    return Layout(
        form=form,
        name=name,
        columns=tuple(share / sum(shares) for share in shares),
        captions=tuple(parse_caption(line) for line in raw.pop("captions")),
        rows=tuple(parse_row(row) for row in raw.pop("rows")),
        notes=tuple(parse_caption(line) for line in raw.pop("notes", ())),
        **raw,
    )


@cache
def load_layouts() -> dict[str, tuple[Layout, ...]]:
    """Return the layouts of every form."""
    found = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        found[path.stem] = tuple(parse_layout(path.stem, name, one) for name, one in raw.items())
    return found
