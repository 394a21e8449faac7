"""Layouts that nobody wrote: those of layouts/*.yaml with rows, cells and columns in other places and labels in other
words, for how well a form stands what it has not seen."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import groupby
from pathlib import Path

import yaml

from bench.corpus.families.layouts import TOKEN, Block, Column, Layout, Spot, load_layouts

ALIAS_SHARE = 0.35  # of the labels of a layout
MOVED_SHARE, SWAPPED_SHARE, TURNED_SHARE = 0.6, 0.3, 0.5  # of layouts, of rows of two pairs, of tables
FIXED = ("fund", "goal", "total_", "actual_result")
"""Parts of the paths of values whose rows keep their place: what they mean depends on the rows about them."""
MOVABLE = {"target", "remark", "explanation", "previous", "weight"}
"""Keys of columns that offices set in any order behind the name."""
UNIT = re.compile(r"[（(/]?@元[)）]?|[:：]$")
TOP_ROWS = 2  # rows at the top of which one names what is declared

Group = tuple[tuple[Spot, ...] | Block, ...]


@cache
def load_aliases() -> dict[str, tuple[str, ...]]:
    """Return the other wordings of each label."""
    raw = yaml.safe_load((Path(__file__).resolve().parent / "aliases.yaml").read_text(encoding="utf-8"))
    return {label: tuple(others) for label, others in raw.items()}


def draw_shaken(rng: random.Random) -> Layout:
    """Given a generator, return a layout of any form, shaken."""
    layouts = load_layouts()
    return shaken(rng.choice(layouts[rng.choice(list(layouts))]), rng)


def shaken(layout: Layout, rng: random.Random) -> Layout:
    """Given a layout, return it with its header rows in another order, pairs of cells swapped, columns of its tables
    turned, and labels in other words."""
    rows = moved(layout, rng) if rng.random() < MOVED_SHARE else layout.rows
    words = {label: rng.choice(others) for label, others in load_aliases().items() if rng.random() < ALIAS_SHARE}
    changed = (reworded(swapped(turned(row, layout, rng), rng), words) for row in rows)
    unit = rng.choice(("label", "both")) if layout.unit_place == "label" else layout.unit_place
    return replace(layout, name=f"{layout.name}, shaken", rows=tuple(changed), unit_place=unit)


def groups_of(rows: Sequence[tuple[Spot, ...] | Block]) -> Iterator[Group]:
    """Given the rows of a layout, yield them in groups that no cell reaches out of."""
    group: list[tuple[Spot, ...] | Block] = []
    reach = 0
    for at, row in enumerate(rows):
        if at >= reach and group:
            yield tuple(group)
            group = []
        group.append(row)
        reach = max(reach, at + 1, *(at + spot.rows for spot in row) if not isinstance(row, Block) else (0,))
    if group:
        yield tuple(group)


def paths_of(group: Group) -> list[str]:
    return [path for row in group if not isinstance(row, Block) for spot in row for path in spot.paths]


def is_free(group: Group) -> bool:
    """Say whether a group holds values that may stand anywhere among others of its kind."""
    paths = paths_of(group)
    return bool(paths) and not any(part in path for path in paths for part in FIXED)


def moved(layout: Layout, rng: random.Random) -> tuple[tuple[Spot, ...] | Block, ...]:
    """Given a layout, return its rows with those of its first fields in another order; the name stays near the top."""
    parts = [(free, list(groups)) for free, groups in groupby(groups_of(layout.rows), key=is_free)]
    first = next((n for n, (free, _) in enumerate(parts) if free), None)
    if first is not None:
        groups = parts[first][1]
        rng.shuffle(groups)
        parts[first] = (True, lifted(groups))
    return tuple(row for _, groups in parts for group in groups for row in group)


def lifted(groups: list[Group]) -> list[Group]:
    """Given groups, return them with the one that names what is declared among the first."""
    named = [
        n
        for n, g in enumerate(groups)
        if any(p in {"project_name", "department_name", "domestic_consignor"} for p in paths_of(g))
    ]
    if not named or named[0] < TOP_ROWS:
        return groups
    rest = [group for n, group in enumerate(groups) if n != named[0]]
    return [*rest[: TOP_ROWS - 1], groups[named[0]], *rest[TOP_ROWS - 1 :]]


def swapped(row: tuple[Spot, ...] | Block, rng: random.Random) -> tuple[Spot, ...] | Block:
    """Given a row of labels and values by turns, return it with the pairs in another order, now and then."""
    if isinstance(row, Block) or len(row) % 2 or len(row) < 4 or any(spot.rows > 1 for spot in row):
        return row
    pairs = [row[at : at + 2] for at in range(0, len(row), 2)]
    told = all(TOKEN.search(value.text) and not TOKEN.search(name.text) for name, value in pairs)
    fixed = any(part in path for path in paths_of((row,)) for part in FIXED)
    if not told or fixed or rng.random() >= SWAPPED_SHARE:
        return row
    rng.shuffle(pairs)
    return tuple(spot for pair in pairs for spot in pair)


def turned(row: tuple[Spot, ...] | Block, layout: Layout, rng: random.Random) -> tuple[Spot, ...] | Block:
    """Given a table, return it with the columns behind the name in another order, now and then; columns that other rows
    stand under keep their place."""
    if not isinstance(row, Block) or row.heads or row.foot or layout.form == "project-self-evaluation":
        return row
    free = [n for n, column in enumerate(row.columns) if column.key in MOVABLE]
    if len(free) < 2 or rng.random() >= TURNED_SHARE:
        return row
    order = dict(zip(free, rng.sample(free, len(free)), strict=True))
    return replace(row, columns=tuple(row.columns[order.get(n, n)] for n in range(len(row.columns))))


def reworded(row: tuple[Spot, ...] | Block, words: dict[str, str]) -> tuple[Spot, ...] | Block:
    """Given a row, return it with its labels in other words."""
    if not isinstance(row, Block):
        return tuple(replace(spot, text=other_words(spot.text, words)) for spot in row)
    heads = tuple(tuple(replace(spot, text=other_words(spot.text, words)) for spot in line) for line in row.heads)
    foot = tuple(tuple(replace(spot, text=other_words(spot.text, words)) for spot in line) for line in row.foot)
    columns = tuple(Column(one.key, other_words(one.head, words), one.cols) for one in row.columns)
    return replace(row, columns=columns, heads=heads, foot=foot)


def other_words(text: str, words: dict[str, str]) -> str:
    """Given a text of a layout, return it with the label in front in other words; what it names besides stays."""
    first = text.split("~", maxsplit=1)[0]
    label = re.split(r"[（(][^）)]*[{]|[:：]\s*[{]|\n[{]", first)[0]
    bare = UNIT.sub("", label).replace("\n", "")
    if bare not in words or bare == "" or label.startswith("{"):
        return text
    return first.replace(label, label.replace("\n", "").replace(bare, words[bare]), 1)
