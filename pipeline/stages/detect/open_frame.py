"""Vector tables whose frame is open: rows without a divider between two of their parts, and a row of dividers alone.

Forms are drawn without their outer sides, and a page break leaves a row without its line above or below. Lengths are
those of the rulings, in page pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from pipeline.geometry import Box
from pipeline.model import Char, Ruling
from pipeline.stages.detect.joints import box_of

COMB = 3
"""Dividers of one height that make a row without lines at the least."""
COMB_PRINTED = 2
"""Of the cells between them that must hold print: the marks of a scale hold none."""
ROW_LEAST = 2.0
"""Times the distance at which rulings touch; a comb that is lower is a mark."""

Group = list[Ruling]


def with_open_rows_between(
    tables: Sequence[Group], lone: Iterable[Ruling], chars: Sequence[Char], reach: float
) -> list[Group]:
    """Given tables, rulings that belong to none and the page's characters, return the tables with those joined between
    which level rulings as wide as both stand, with print in every row: rows there have no divider, and the frame no
    side. ``reach``: distance of touching."""
    level = [ruling for ruling in lone if ruling.orientation == "h"]
    joined: list[Group] = []
    for table in sorted(tables, key=lambda group: box_of(group).y0):
        before = next((other for other in reversed(joined) if _same_sides(other, table, reach)), None)
        between = [] if before is None else _between(before, table, level, reach)
        printed = before is not None and bool(between) and _rows_printed(before, between, table, chars, reach)
        if before is not None and printed and _is_open(before, reach) and _is_open(table, reach):
            before.extend([*between, *table])
        else:
            joined.append(list(table))
    return joined


def _between(upper: Group, lower: Group, level: Sequence[Ruling], reach: float) -> Group:
    box, top, bottom = box_of(upper), box_of(upper).y1, box_of(lower).y0
    wide = (r for r in level if abs(r.start - box.x0) <= reach and abs(r.end - box.x1) <= reach)
    return [ruling for ruling in wide if top - reach <= ruling.at <= bottom + reach]


def _rows_printed(upper: Group, between: Group, lower: Group, chars: Sequence[Char], reach: float) -> bool:
    """Does print stand in every row from one table to the next? A gap between two forms has none."""
    box = box_of(upper)
    ys = sorted([box.y1, *(ruling.at for ruling in between), box_of(lower).y0])
    rows = [Box(box.x0, top, box.x1, low) for top, low in pairwise(ys) if low - top > reach]
    return all(any(char.text.strip() and row.contains(char.box.centre) for char in chars) for row in rows)


def _same_sides(one: Group, other: Group, reach: float) -> bool:
    a, b = box_of(one), box_of(other)
    return abs(a.x0 - b.x0) <= reach and abs(a.x1 - b.x1) <= reach


def _is_open(table: Group, reach: float) -> bool:
    """Has the table no ruling at its left and right sides?"""
    box = box_of(table)
    plumb = [ruling.at for ruling in table if ruling.orientation == "v"]
    return all(abs(at - side) > reach for at in plumb for side in (box.x0, box.x1))


def combs(rulings: Iterable[Ruling], chars: Sequence[Char], reach: float) -> Iterator[Group]:
    """Given rulings that belong to no table, yield the rows that dividers of one height make alone, closed above and
    below by rulings without thickness."""
    plumb = sorted((r for r in rulings if r.orientation == "v"), key=lambda r: (r.start, r.at))
    while plumb:
        first = plumb[0]
        row = [r for r in plumb if abs(r.start - first.start) <= reach and abs(r.end - first.end) <= reach]
        plumb = [r for r in plumb if r not in row]
        places = sorted(ruling.at for ruling in row)
        if len(places) >= COMB and first.length >= ROW_LEAST * reach and _printed(places, first, chars) >= COMB_PRINTED:
            ends = (Ruling("h", at, places[0], places[-1], 0.0) for at in (first.start, first.end))
            yield [*row, *ends]


def _printed(places: Sequence[float], row: Ruling, chars: Sequence[Char]) -> int:
    """How many of the cells between dividers hold print."""
    cells = (Box(a, row.start, b, row.end) for a, b in pairwise(places) if b > a)
    return sum(any(char.text.strip() and cell.contains(char.box.centre) for char in chars) for cell in cells)
