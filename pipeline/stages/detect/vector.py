"""Ruled tables of a digital page, from its vector rulings.

Rulings that touch make one group; a group that parts its extent into two cells or more is a table. Lengths below are in
points and scaled to the page's dpi.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from pipeline.config import Detect
from pipeline.geometry import Box
from pipeline.model import Char, CleanPage, Ruling, TableRegion
from pipeline.stages.detect.joints import box_of
from pipeline.stages.detect.open_frame import combs, printed_by, with_open_rows_between

TOUCH_PT = 2.0
"""Points; ends of rulings that come this near to another ruling touch it."""

PARALLEL_PT = 4.0
"""Points; side by side rulings nearer than this are one: a double stroke, or the borders of two neighbouring cells.

No cell is so low or narrow."""

COVER = 0.5
"""Of a slot's side; a ruling that covers more parts the slots at both sides."""

INSIDE = 0.9
"""Of a table's area; a table that lies inside another one by more is the same table seen twice."""


def detect_vector(page: CleanPage, settings: Detect) -> tuple[TableRegion, ...]:
    """Given a page with a text layer, return its ruled tables, top to bottom; none for a page without a layer.

    Edges of fills (thickness 0) count only where drawn rulings make no table.
    """
    del settings  # vector rulings need no thresholds of pixels; every stage is called alike
    if page.layer is None:
        return ()
    unit = page.dpi / 72.0
    drawn = [ruling for ruling in page.layer.rulings if ruling.thickness > 0]
    tables = [table for table in _groups(drawn, unit) if _is_table(table, 2, unit)]
    taken = [box_of(table) for table in tables]
    free = [ruling for ruling in page.layer.rulings if not any(_lies_in(ruling, box, unit) for box in taken)]
    filled = [table for table in _groups(free, unit) if _has_edges(table) and _is_filled_table(table, unit)]
    whole = with_open_rows_between([*tables, *filled], free, printed_by(page.layer.chars), TOUCH_PT * unit)
    rows = list(combs((r for r in free if r.thickness > 0), printed_by(page.layer.chars), TOUCH_PT * unit))
    found = [_snapped(table, unit) for table in (*whole, *rows)]
    kept = _without_nested([table for table in found if _has_print(box_of(table), page.layer.chars)], unit)
    regions = [TableRegion("ruled", box_of(table), tuple(table)) for table in kept]
    return tuple(sorted(regions, key=lambda region: (region.box.y0, region.box.x0)))


def _has_edges(group: Sequence[Ruling]) -> bool:
    return any(ruling.thickness == 0 for ruling in group)


def _lies_in(ruling: Ruling, box: Box, unit: float) -> bool:
    """Return whether a ruling lies in a box, its edges included."""
    near, extent = box.grown(TOUCH_PT * unit), _strip(ruling)
    return near.x0 <= extent.x0 and extent.x1 <= near.x1 and near.y0 <= extent.y0 and extent.y1 <= near.y1


def _strip(ruling: Ruling) -> Box:
    """Return a ruling's axis as a box without thickness."""
    if ruling.orientation == "h":
        return Box(ruling.start, ruling.at, ruling.end, ruling.at)
    return Box(ruling.at, ruling.start, ruling.at, ruling.end)


def _has_print(box: Box, chars: Iterable[Char]) -> bool:
    return any(box.contains(char.box.centre) for char in chars if char.text.strip())


def _groups(rulings: Sequence[Ruling], unit: float) -> list[list[Ruling]]:
    """Given rulings, return them by connected group: those that touch, directly or through others."""
    parent = list(range(len(rulings)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for first, second in _touching(rulings, unit):
        parent[root(first)] = root(second)
    groups: dict[int, list[Ruling]] = {}
    for index, ruling in enumerate(rulings):
        groups.setdefault(root(index), []).append(ruling)
    return list(groups.values())


def _touching(rulings: Sequence[Ruling], unit: float) -> Iterator[tuple[int, int]]:
    """Given rulings, yield the pairs that touch; swept from left to right, so that far pairs are never compared."""
    reach = PARALLEL_PT * unit
    strips = [_strip(ruling) for ruling in rulings]
    active: list[int] = []
    for index in sorted(range(len(rulings)), key=lambda i: strips[i].x0):
        active = [other for other in active if strips[other].x1 + reach >= strips[index].x0]
        for other in active:
            if _touch(rulings[index], rulings[other], unit):
                yield index, other
        active.append(index)


def _touch(a: Ruling, b: Ruling, unit: float) -> bool:
    """Return whether two rulings cross or meet, go on in each other, or run side by side as a double stroke."""
    near = TOUCH_PT * unit + (a.thickness + b.thickness) / 2
    if a.orientation != b.orientation:
        return a.start - near <= b.at <= a.end + near and b.start - near <= a.at <= b.end + near
    apart, overlap = abs(a.at - b.at), min(a.end, b.end) - max(a.start, b.start)
    return overlap >= -near and apart <= (PARALLEL_PT * unit if overlap > 0 else near)


def _is_table(group: Sequence[Ruling], least: int, unit: float) -> bool:
    """Return whether a group's rulings, of both axes and three or more, part their extent into ``least`` cells."""
    across = [r for r in group if r.orientation == "h"]
    if not across or len(across) == len(group) or len(group) < 3:
        return False
    return _count_cells(group, unit) >= least


def _is_filled_table(group: Sequence[Ruling], unit: float) -> bool:
    """Return whether a group with edges of fills has rows and columns: a coloured band alone parts nothing."""
    columns, rows = _edges(group, "v", unit), _edges(group, "h", unit)
    return len(columns) >= 3 and len(rows) >= 3 and _is_table(group, 4, unit)


def _edges(group: Sequence[Ruling], orientation: str, unit: float) -> list[float]:
    """Given a group and an axis, return the places of its rulings together with the ends of the group's extent."""
    box = box_of(group)
    ends = [box.x0, box.x1] if orientation == "v" else [box.y0, box.y1]
    places = sorted([*ends, *(r.at for r in group if r.orientation == orientation)])
    edges = [places[0]]
    for place in places[1:]:
        if place - edges[-1] > PARALLEL_PT * unit:
            edges.append(place)
    return edges


def _count_cells(group: Sequence[Ruling], unit: float) -> int:
    """Given a group, return into how many cells its rulings part its extent; open outer sides count as closed."""
    xs, ys = _edges(group, "v", unit), _edges(group, "h", unit)
    near = PARALLEL_PT * unit
    parent = {(row, col): (row, col) for row in range(len(ys) - 1) for col in range(len(xs) - 1)}

    def root(slot: tuple[int, int]) -> tuple[int, int]:
        while parent[slot] != slot:
            slot = parent[slot]
        return slot

    walls_v = {x: [r for r in group if r.orientation == "v" and abs(r.at - x) <= near] for x in xs}
    walls_h = {y: [r for r in group if r.orientation == "h" and abs(r.at - y) <= near] for y in ys}
    for row, (top, bottom) in enumerate(pairwise(ys)):
        for col, (left, right) in enumerate(pairwise(xs)):
            if col and not _parts(walls_v[left], top, bottom):
                parent[root((row, col))] = root((row, col - 1))
            if row and not _parts(walls_h[top], left, right):
                parent[root((row, col))] = root((row - 1, col))
    return sum(slot == above for slot, above in parent.items())


def _parts(walls: Iterable[Ruling], start: float, end: float) -> bool:
    """Return whether rulings cover enough of the side of a slot that runs from start to end."""
    covered = sum(max(0.0, min(wall.end, end) - max(wall.start, start)) for wall in walls)
    return covered > COVER * (end - start)


def _snapped(group: Sequence[Ruling], unit: float) -> list[Ruling]:
    """Given a table's rulings, return them with near places made one and pieces at one place joined."""
    out: list[Ruling] = []
    for orientation in ("h", "v"):
        for cluster in _clusters([r for r in group if r.orientation == orientation], PARALLEL_PT * unit):
            out.extend(_joined(cluster, PARALLEL_PT * unit))
    return out


def _clusters(rulings: Iterable[Ruling], near: float) -> list[list[Ruling]]:
    clusters: list[list[Ruling]] = []
    for ruling in sorted(rulings, key=lambda r: (r.at, r.start)):
        if clusters and ruling.at - clusters[-1][0].at <= near:
            clusters[-1].append(ruling)
        else:
            clusters.append([ruling])
    return clusters


def _joined(cluster: Sequence[Ruling], gap: float) -> Iterator[Ruling]:
    """Given rulings of one place, yield their pieces joined over small gaps, all at the mean place by length."""
    weight = sum(ruling.length for ruling in cluster)
    at = sum(r.at * r.length for r in cluster) / weight if weight > 0 else cluster[0].at
    thickness = max(ruling.thickness for ruling in cluster)
    pieces = sorted((ruling.start, ruling.end) for ruling in cluster)
    start, end = pieces[0]
    for next_start, next_end in pieces[1:]:
        if next_start - end > gap:
            yield Ruling(cluster[0].orientation, at, start, end, thickness)
            start = next_start
        end = max(end, next_end)
    yield Ruling(cluster[0].orientation, at, start, end, thickness)


def _without_nested(tables: Sequence[list[Ruling]], unit: float) -> list[list[Ruling]]:
    """Given tables, return them without those inside others; of two, the one with more cells stays."""
    kept: list[list[Ruling]] = []
    for table in sorted(tables, key=lambda group: -_count_cells(group, unit)):
        if not any(_same_place(box_of(table), box_of(other)) for other in kept):
            kept.append(table)
    return kept


def _same_place(a: Box, b: Box) -> bool:
    shared = a.intersection(b)
    return shared is not None and shared.area > INSIDE * min(a.area, b.area)
