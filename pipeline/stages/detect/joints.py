"""Rulings that belong together: joints, pruning of strokes that meet nothing, and the tables they form."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from pipeline.geometry import Box, Point, union_of
from pipeline.model import Ruling

OWN_REACH = 1 / 12
"""Of its own length a ruling's end may stop short of a joint: a short stroke must come nearer than a long one."""

IN_LINE = 2
"""Rulings whose free ends stand in line show the side of an open frame."""
IN_ROW = 4
"""Rulings, itself among them, that start and end together on one ruling across are the columns of two rows."""


def meets(level: Ruling, plumb: Ruling, reach: float) -> bool:
    """True when a horizontal and a vertical ruling cross or touch within ``reach`` (less for short ones)."""
    along, across = min(reach, level.length * OWN_REACH), min(reach, plumb.length * OWN_REACH)
    return (
        level.start - along <= plumb.at <= level.end + along and plumb.start - across <= level.at <= plumb.end + across
    )


def split_orientations(rulings: Sequence[Ruling]) -> tuple[list[Ruling], list[Ruling]]:
    """Given rulings, return (horizontal, vertical)."""
    return [r for r in rulings if r.orientation == "h"], [r for r in rulings if r.orientation == "v"]


def prune(rulings: Sequence[Ruling], reach: float) -> list[Ruling]:
    """Given rulings, return those that end on others, cut back to their outermost joints.

    A ruling of a table starts and ends on a crossing one; a stroke of print does not. Where the frame is open, a ruling
    with a single joint stays when its free end stands in line with those of others that have two, and so does one that
    starts and ends with another, or with several that have one: a page may hold two rows of such a frame. Repeated
    until nothing changes.
    """
    left = list(rulings)
    while True:
        level, plumb = split_orientations(left)
        kept = [*_jointed(level, plumb, reach), *_jointed(plumb, level, reach)]
        if len(kept) == len(left):
            return kept
        left = kept


def _jointed(along: Sequence[Ruling], across: Sequence[Ruling], reach: float) -> list[Ruling]:
    joints = [joints_on(ruling, across, reach) for ruling in along]
    sure = [(ruling, places) for ruling, places in zip(along, joints, strict=True) if len(places) >= 2]
    starts = [r.start for r, places in sure if places[0] - r.start > 2 * reach]
    ends = [r.end for r, places in sure if r.end - places[-1] > 2 * reach]
    single = [ruling for ruling, places in zip(along, joints, strict=True) if len(places) == 1]
    own = [ruling for ruling, _ in sure]

    def stays(ruling: Ruling, places: Sequence[float]) -> bool:
        if not places or len(places) >= 2:
            return bool(places)
        in_row = sum(_alike(ruling, other, reach) for other in single) >= IN_ROW
        return in_row or _in_line(ruling, places[0], (starts, ends), own, reach)

    return [ruling for ruling, places in zip(along, joints, strict=True) if stays(ruling, places)]


def _alike(one: Ruling, other: Ruling, reach: float) -> bool:
    """True when two rulings of one orientation start and end together."""
    return abs(one.start - other.start) <= 2 * reach and abs(one.end - other.end) <= 2 * reach


def _in_line(
    ruling: Ruling, joint: float, free: tuple[list[float], list[float]], others: Sequence[Ruling], reach: float
) -> bool:
    """True when a ruling with one joint starts and ends with another, or ends in line with the side of an open frame.

    free: where the others start and where they end without a joint.
    """
    if any(_alike(ruling, other, reach) for other in others):
        return True
    tip, tips = (ruling.start, free[0]) if ruling.end - joint <= reach else (ruling.end, free[1])
    return abs(tip - joint) > 2 * reach and sum(abs(other - tip) <= reach for other in tips) >= IN_LINE


def joints_on(ruling: Ruling, others: Sequence[Ruling], reach: float) -> list[float]:
    """Given a ruling and those across, return the distinct places along it where they meet, in order."""
    places: list[float] = []
    for place in sorted(o.at for o in others if _crosses(ruling, o, reach)):
        if not places or place - places[-1] > reach:
            places.append(place)
    return places


def _crosses(ruling: Ruling, other: Ruling, reach: float) -> bool:
    return meets(ruling, other, reach) if ruling.orientation == "h" else meets(other, ruling, reach)


def group(rulings: Sequence[Ruling], reach: float) -> list[list[Ruling]]:
    """Given rulings, return the connected groups, top to bottom then left to right."""
    level, plumb = split_orientations(rulings)
    parent = list(range(len(level) + len(plumb)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i, h in enumerate(level):
        for j, v in enumerate(plumb, start=len(level)):
            if meets(h, v, reach):
                parent[root(i)] = root(j)
    groups: dict[int, list[Ruling]] = {}
    for i, ruling in enumerate([*level, *plumb]):
        groups.setdefault(root(i), []).append(ruling)
    return sorted(groups.values(), key=lambda g: (box_of(g).y0, box_of(g).x0))


def with_open_rows(
    tables: Sequence[list[Ruling]], loose: Sequence[Ruling], reach: float, high: float
) -> list[list[Ruling]]:
    """Given tables and level strokes that meet no ruling, return the tables with the rows that have no divider at all.

    Such rows, a title above the table, stand in a frame that is open left and right: their rulings start and end with
    those of the table, not farther than ``high`` pixels from it.
    """
    sides = [_open_sides(table, reach) for table in tables]
    grown = [list(table) for table in tables]
    left = list(loose)
    while left:
        fitting = ((r, i) for r in left for i, at in enumerate(sides) if _spans(r, at, reach))
        found = min(((_off(grown[i], r), i, r) for r, i in fitting), key=lambda one: one[0], default=None)
        if found is None or found[0] > high:
            break
        grown[found[1]].append(found[2])
        left.remove(found[2])
    return grown


def with_open_columns(
    tables: Sequence[list[Ruling]], loose: Sequence[Ruling], reach: float, wide: float
) -> list[list[Ruling]]:
    """Given tables and plumb strokes that meet no ruling, return the tables with the sides that stand apart.

    A label that goes on from the page before has no ruling above or below where the frame is open: between it and the
    margin stands a side alone, as high as the table, not farther than ``wide`` pixels from it.
    """
    grown = [list(table) for table in tables]
    boxes = [box_of(table) for table in tables]
    for ruling in loose:
        beside = [
            (min(abs(ruling.at - box.x0), abs(ruling.at - box.x1)), i)
            for i, box in enumerate(boxes)
            if abs(ruling.start - box.y0) <= 2 * reach and abs(ruling.end - box.y1) <= 2 * reach
            if not box.x0 <= ruling.at <= box.x1
        ]
        if beside and min(beside)[0] <= wide:
            grown[min(beside)[1]].append(ruling)
    return grown


def _open_sides(table: Sequence[Ruling], reach: float) -> tuple[float, float] | None:
    """Given a table, return where its level rulings start and end when both of its sides are open, else None."""
    level, plumb = split_orientations(table)
    first, last = min(r.at for r in plumb), max(r.at for r in plumb)
    starts, ends = (
        [r.start for r in level if r.start < first - 2 * reach],
        [r.end for r in level if r.end > last + 2 * reach],
    )
    if min(len(starts), len(ends)) < IN_LINE:
        return None
    return median(starts), median(ends)


def _spans(ruling: Ruling, sides: tuple[float, float] | None, reach: float) -> bool:
    return sides is not None and abs(ruling.start - sides[0]) <= 2 * reach and abs(ruling.end - sides[1]) <= 2 * reach


def _off(table: Sequence[Ruling], ruling: Ruling) -> float:
    return min(abs(other.at - ruling.at) for other in table if other.orientation == "h")


def middle_of(ruling: Ruling) -> Point:
    """Given a ruling, return its middle."""
    along = (ruling.start + ruling.end) / 2
    return (along, ruling.at) if ruling.orientation == "h" else (ruling.at, along)


def box_of(rulings: Sequence[Ruling]) -> Box:
    """Given at least one ruling, return their extent (the rulings' middle lines)."""
    return union_of(
        Box(r.start, r.at, r.end, r.at) if r.orientation == "h" else Box(r.at, r.start, r.at, r.end) for r in rulings
    )
