"""Rulings that belong together: joints, pruning of strokes that meet nothing, and the tables they form."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.geometry import Box, union_of
from pipeline.model import Ruling

OWN_REACH = 1 / 12
"""Of its own length a ruling's end may stop short of a joint: a short stroke must come nearer than a long one."""


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
    with a single joint stays when another one, that has two, starts and ends with it. Repeated until nothing changes.
    """
    left = list(rulings)
    while True:
        level, plumb = split_orientations(left)
        kept = [*_jointed(level, plumb, reach), *_jointed(plumb, level, reach)]
        if len(kept) == len(left):
            return kept
        left = kept


def _jointed(along: Sequence[Ruling], across: Sequence[Ruling], reach: float) -> list[Ruling]:
    counts = [joint_count(ruling, across, reach) for ruling in along]
    sure = [ruling for ruling, count in zip(along, counts, strict=True) if count >= 2]
    return [r for r, n in zip(along, counts, strict=True) if n >= 2 or (n == 1 and _has_twin(r, sure, reach))]


def _has_twin(ruling: Ruling, others: Sequence[Ruling], reach: float) -> bool:
    return any(abs(o.start - ruling.start) <= 2 * reach and abs(o.end - ruling.end) <= 2 * reach for o in others)


def joint_count(ruling: Ruling, others: Sequence[Ruling], reach: float) -> int:
    """Given a ruling and those across, return at how many distinct places they meet."""
    places = sorted(o.at for o in others if _crosses(ruling, o, reach))
    return sum(1 for i, place in enumerate(places) if i == 0 or place - places[i - 1] > reach)


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


def box_of(rulings: Sequence[Ruling]) -> Box:
    """Given at least one ruling, return their extent (the rulings' middle lines)."""
    return union_of(
        Box(r.start, r.at, r.end, r.at) if r.orientation == "h" else Box(r.at, r.start, r.at, r.end) for r in rulings
    )
