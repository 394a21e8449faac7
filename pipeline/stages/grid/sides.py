"""Edges of a table, and how far each slot's sides are ruled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.model import Ruling, TableRegion

Cover = NDArray[np.float64]
"""Share of each slot's side that rulings cover; (edges, slots along)."""


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """Edges of a table and how far each slot's sides are ruled.

    ys, xs: ascending edge positions. above[i, c]: share ruled of the side at row edge i over column c.
    before[j, r]: share ruled of the side at column edge j beside row r.
    """

    ys: tuple[float, ...]
    xs: tuple[float, ...]
    above: Cover
    before: Cover

    @staticmethod
    def of(region: TableRegion, snap: float, drift: float, share: float) -> Sides | None:
        """Given a region, return its sides, or None when there are fewer than two edges in one direction."""
        level = [r for r in region.rulings if r.orientation == "h"]
        plumb = [r for r in region.rulings if r.orientation == "v"]
        ys, rows = cluster_edges(level, snap, drift)
        xs, cols = cluster_edges(plumb, snap, drift)
        if len(ys) < 2 or len(xs) < 2:
            return None
        above, before = cover_of(level, rows, len(ys), xs), cover_of(plumb, cols, len(xs), ys)
        return drop_empty_edges(Sides(ys, xs, above, before), share)


def cluster_edges(rulings: Sequence[Ruling], snap: float, drift: float) -> tuple[tuple[float, ...], list[int]]:
    """Given rulings of one orientation, return (distinct positions ascending, the position index of each ruling).

    Rulings nearer than ``snap`` to a group's length-weighted middle are one edge; so are groups nearer than ``drift``
    that never run side by side, since a divider drawn anew under a header may stand a little off.
    """
    groups: list[list[int]] = []
    for i in sorted(range(len(rulings)), key=lambda i: rulings[i].at):
        if groups and rulings[i].at - _middle([rulings[k] for k in groups[-1]]) <= snap:
            groups[-1].append(i)
        else:
            groups.append([i])
    groups = join_drifted(groups, rulings, drift)
    index = {i: g for g, members in enumerate(groups) for i in members}
    places = tuple(_middle([rulings[i] for i in members]) for members in groups)
    return places, [index[i] for i in range(len(rulings))]


def join_drifted(groups: list[list[int]], rulings: Sequence[Ruling], drift: float) -> list[list[int]]:
    """Given groups in order of place, return them with near neighbours joined that do not run side by side."""
    joined: list[list[int]] = []
    for group in groups:
        if joined and _apart(joined[-1], group, rulings, drift):
            joined[-1] = [*joined[-1], *group]
        else:
            joined.append(group)
    return joined


def _apart(first: Sequence[int], second: Sequence[int], rulings: Sequence[Ruling], drift: float) -> bool:
    a, b = [rulings[i] for i in first], [rulings[i] for i in second]
    if max(r.at for r in b) - min(r.at for r in a) > drift:
        return False
    shared = sum(max(min(p.end, q.end) - max(p.start, q.start), 0.0) for p in a for q in b)
    return shared <= drift


def _middle(rulings: Sequence[Ruling]) -> float:
    weight = sum(r.length for r in rulings)
    return sum(r.at * r.length for r in rulings) / weight if weight else rulings[0].at


def cover_of(rulings: Sequence[Ruling], index: Sequence[int], n_edges: int, across: Sequence[float]) -> Cover:
    """Given rulings with their edge index, return for each edge and each slot along it the share that is ruled.

    across: the edges of the other direction, n + 1 of them.
    """
    cover = np.zeros((n_edges, len(across) - 1))
    for ruling, edge in zip(rulings, index, strict=True):
        for slot in range(len(across) - 1):
            low, high = across[slot], across[slot + 1]
            shared = min(ruling.end, high) - max(ruling.start, low)
            cover[edge, slot] += max(shared, 0.0) / (high - low)
    return np.minimum(cover, 1.0)


def drop_empty_edges(sides: Sides, share: float) -> Sides | None:
    """Given sides, return them without edges that rule no slot, or None when fewer than two remain one way.

    The outer edges always stay: an open frame is closed by the cells' own extent.
    """
    keep_y = [i for i in range(len(sides.ys)) if i in (0, len(sides.ys) - 1) or (sides.above[i] >= share).any()]
    keep_x = [j for j in range(len(sides.xs)) if j in (0, len(sides.xs) - 1) or (sides.before[j] >= share).any()]
    if len(keep_y) == len(sides.ys) and len(keep_x) == len(sides.xs):
        return sides
    above = _gather(sides.above[keep_y], keep_x, sides.xs)
    before = _gather(sides.before[keep_x], keep_y, sides.ys)
    return Sides(tuple(sides.ys[i] for i in keep_y), tuple(sides.xs[j] for j in keep_x), above, before)


def _gather(cover: Cover, kept: Sequence[int], edges: Sequence[float]) -> Cover:
    """Given cover over fine slots, return it over the coarser slots between the kept edges, weighted by width."""
    widths = np.diff(np.array(edges))
    columns = [(cover[:, a:b] * widths[a:b]).sum(axis=1) / widths[a:b].sum() for a, b in pairwise(kept)]
    return np.stack(columns, axis=1)
