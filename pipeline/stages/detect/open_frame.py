"""Tables whose frame is open: rows without a divider between two of their parts, and a row of dividers alone.

Forms are drawn without their outer sides, and a page break leaves a row without its line above or below. Lengths are
those of the rulings, in page pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
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
Printed = Callable[[Box], bool]
"""Does any print stand in a box?"""


def printed_by(chars: Sequence[Char]) -> Printed:
    """Given a page's characters, return what tells whether any of them stands in a box."""
    return lambda box: any(char.text.strip() and box.contains(char.box.centre) for char in chars)


def with_open_rows_between(
    tables: Sequence[Group], lone: Iterable[Ruling], printed: Printed, reach: float
) -> list[Group]:
    """Given tables, rulings that belong to none and what tells print, return the tables with those joined between which
    level rulings as wide as both stand, with print in every row: rows there have no divider, and the frame no side.
    Such a ruling may be a table's own already, as its last or first. ``reach``: distance of touching."""
    level = [ruling for ruling in lone if ruling.orientation == "h"]
    joined: list[Group] = []
    for table in sorted(tables, key=lambda group: box_of(group).y0):
        before = next((other for other in reversed(joined) if _same_sides(other, table, reach)), None)
        if before is not None and _is_open(before, reach) and _is_open(table, reach):
            between = _between(before, table, level, reach)
            known = between or _ends_undivided(before, 1, reach) or _ends_undivided(table, -1, reach)
            if known and _rows_printed(before, between, table, printed, reach):
                before.extend([*between, *table])
                continue
        joined.append(list(table))
    return joined


def _between(upper: Group, lower: Group, level: Sequence[Ruling], reach: float) -> Group:
    box, top, bottom = box_of(upper), box_of(upper).y1, box_of(lower).y0
    wide = (r for r in level if abs(r.start - box.x0) <= reach and abs(r.end - box.x1) <= reach)
    return [ruling for ruling in wide if top - reach <= ruling.at <= bottom + reach]


def _ends_undivided(table: Group, end: int, reach: float) -> bool:
    """Has the last row of a table (``end`` 1), or its first one (-1), no divider?"""
    rows = sorted((r.at for r in table if r.orientation == "h"), reverse=end > 0)
    low, high = sorted((rows[0], next((at for at in rows if abs(at - rows[0]) > reach), rows[0])))
    return low < high and not any(
        r.orientation == "v" and r.start <= low + reach and r.end >= high - reach for r in table
    )


def _rows_printed(upper: Group, between: Group, lower: Group, printed: Printed, reach: float) -> bool:
    """Does print stand in every row from one table to the next? A gap between two forms has none."""
    box = box_of(upper)
    ys = sorted([box.y1, *(ruling.at for ruling in between), box_of(lower).y0])
    return all(printed(Box(box.x0, top, box.x1, low)) for top, low in pairwise(ys) if low - top > reach)


def _same_sides(one: Group, other: Group, reach: float) -> bool:
    a, b = box_of(one), box_of(other)
    return abs(a.x0 - b.x0) <= reach and abs(a.x1 - b.x1) <= reach


def _is_open(table: Group, reach: float) -> bool:
    """Has the table no ruling at its left and right sides?"""
    box = box_of(table)
    plumb = [ruling.at for ruling in table if ruling.orientation == "v"]
    return all(abs(at - side) > reach for at in plumb for side in (box.x0, box.x1))


def combs(rulings: Iterable[Ruling], printed: Printed, reach: float) -> Iterator[Group]:
    """Given rulings that belong to no table and what tells print, yield the rows that dividers of one height make
    alone, closed above and below by rulings without thickness."""
    plumb = sorted((r for r in rulings if r.orientation == "v"), key=lambda r: (r.start, r.at))
    while plumb:
        first = plumb[0]
        row = [r for r in plumb if abs(r.start - first.start) <= reach and abs(r.end - first.end) <= reach]
        plumb = [r for r in plumb if r not in row]
        places = sorted(ruling.at for ruling in row)
        cells = (Box(a, first.start, b, first.end) for a, b in pairwise(places) if b > a)
        high = len(places) >= COMB and first.length >= ROW_LEAST * reach
        if high and sum(map(printed, cells)) >= COMB_PRINTED:
            ends = (Ruling("h", at, places[0], places[-1], 0.0) for at in (first.start, first.end))
            yield [*row, *ends]
