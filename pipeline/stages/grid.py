"""Stage: TableRegion -> Grid. Rulings become edges, sides of slots, merged cells.

The page's rows and columns are the distinct places of its rulings. Two neighbouring slots are one cell unless a ruling
covers the side between them; each cell must be a rectangle, so a leak is closed where the rulings support it most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.config import Grid as GridSettings
from pipeline.geometry import Box
from pipeline.model import Cell, CleanPage, Grid, Ruling, TableRegion

Cover = NDArray[np.float64]
"""Share of each slot's side that rulings cover; (edges, slots along)."""


def build_grids(page: CleanPage, regions: Sequence[TableRegion], settings: GridSettings) -> tuple[Grid, ...]:
    """Given the regions of a clean page, return a grid for each that holds at least two cells."""
    grids = (build_grid(region, page.number, page.dpi, settings) for region in regions)
    return tuple(grid for grid in grids if grid is not None and len(grid.cells) > 1)


def build_grid(region: TableRegion, number: int, dpi: float, settings: GridSettings) -> Grid | None:
    """Given one region, return its grid, or None when it has no two edges each way. number: 0-based page."""
    snap = settings.snap_in * dpi
    sides = Sides.of(region, snap, settings.drift_in * dpi, settings.cover)
    if sides is None:
        return None
    slots = merge_slots(sides, settings.cover)
    cells = tuple(cell_of(rect, sides) for rect in sorted(slots))
    n_rows, n_cols = len(sides.ys) - 1, len(sides.xs) - 1
    box = Box(sides.xs[0], sides.ys[0], sides.xs[-1], sides.ys[-1])
    return Grid(number, region.kind, box, n_rows, n_cols, cells, sides.ys, sides.xs)


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
        above, before = cover_of(level, rows, len(ys), xs, snap), cover_of(plumb, cols, len(xs), ys, snap)
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


def cover_of(
    rulings: Sequence[Ruling], index: Sequence[int], n_edges: int, across: Sequence[float], snap: float
) -> Cover:
    """Given rulings with their edge index, return for each edge and each slot along it the share that is ruled.

    across: the edges of the other direction, n + 1 of them. A ruling that ends within ``snap`` of an edge reaches it.
    """
    cover = np.zeros((n_edges, len(across) - 1))
    for ruling, edge in zip(rulings, index, strict=True):
        for slot in range(len(across) - 1):
            low, high = across[slot], across[slot + 1]
            slack = min(snap, (high - low) / 3)
            shared = min(ruling.end + slack, high) - max(ruling.start - slack, low)
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


Rect = tuple[int, int, int, int]
"""(row, col, row_span, col_span)"""


def merge_slots(sides: Sides, share: float) -> list[Rect]:
    """Given sides, return the rectangles that tile the table, each slot once."""
    n_rows, n_cols = len(sides.ys) - 1, len(sides.xs) - 1
    left = np.ones((n_rows, n_cols), bool)
    rects: list[Rect] = []
    for component in components(sides, share, n_rows, n_cols):
        rects.extend(tile(component, sides, left))
    return rects


def components(sides: Sides, share: float, n_rows: int, n_cols: int) -> list[set[tuple[int, int]]]:
    """Given sides, return the groups of slots that no ruled side parts."""
    seen: set[tuple[int, int]] = set()
    groups = []
    for start in ((r, c) for r in range(n_rows) for c in range(n_cols)):
        if start in seen:
            continue
        group, front = {start}, [start]
        while front:
            r, c = front.pop()
            for near, ruled in (
                ((r, c + 1), c + 1 < n_cols and sides.before[c + 1, r] >= share),
                ((r, c - 1), sides.before[c, r] >= share),
                ((r + 1, c), r + 1 < n_rows and sides.above[r + 1, c] >= share),
                ((r - 1, c), sides.above[r, c] >= share),
            ):
                inside = 0 <= near[0] < n_rows and 0 <= near[1] < n_cols
                if inside and not ruled and near not in group:
                    group.add(near)
                    front.append(near)
        seen |= group
        groups.append(group)
    return groups


def tile(component: set[tuple[int, int]], sides: Sides, left: NDArray[np.bool_]) -> list[Rect]:
    """Given one group of slots, return rectangles that tile it; one when it is a rectangle.

    A group that is not is cut along the full edge whose cut runs over the most ruled sides.
    """
    rows, cols = [r for r, _ in component], [c for _, c in component]
    r0, r1, c0, c1 = min(rows), max(rows) + 1, min(cols), max(cols) + 1
    if len(component) == (r1 - r0) * (c1 - c0):
        return [(r0, c0, r1 - r0, c1 - c0)]
    upper, lower = best_cut(component, sides, (r0, r1, c0, c1))
    return [rect for part in (upper, lower) for piece in connected(part) for rect in tile(piece, sides, left)]


def best_cut(
    component: set[tuple[int, int]], sides: Sides, extent: tuple[int, int, int, int]
) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """Given a group of slots, return its two parts by the inner edge with the greatest mean cover along the cut."""
    r0, r1, c0, c1 = extent
    cuts = [(_row_support(component, sides, r), 0, r) for r in range(r0 + 1, r1)]
    cuts += [(_col_support(component, sides, c), 1, c) for c in range(c0 + 1, c1)]
    _, axis, at = max(cuts, key=lambda cut: (cut[0], -cut[1], -cut[2]))
    first = {slot for slot in component if slot[axis] < at}
    return first, component - first


def _row_support(component: set[tuple[int, int]], sides: Sides, row: int) -> float:
    """Mean cover of the sides cut at a row edge; a cut along an existing outline of the group counts as ruled."""
    cut = [c for r, c in component if r == row and (row - 1, c) in component]
    outline = sum(((row - 1, c) in component) != ((row, c) in component) for c in {c for _, c in component})
    return (float(sum(sides.above[row, c] for c in cut)) + outline) / max(len(cut) + outline, 1)


def _col_support(component: set[tuple[int, int]], sides: Sides, col: int) -> float:
    cut = [r for r, c in component if c == col and (r, col - 1) in component]
    outline = sum(((r, col - 1) in component) != ((r, col) in component) for r in {r for r, _ in component})
    return (float(sum(sides.before[col, r] for r in cut)) + outline) / max(len(cut) + outline, 1)


def connected(slots: set[tuple[int, int]]) -> list[set[tuple[int, int]]]:
    """Given slots, return their 4-connected parts, in reading order."""
    left, parts = set(slots), []
    while left:
        start = min(left)
        part, front = {start}, [start]
        while front:
            r, c = front.pop()
            for near in ((r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)):
                if near in left and near not in part:
                    part.add(near)
                    front.append(near)
        left -= part
        parts.append(part)
    return parts


def cell_of(rect: Rect, sides: Sides) -> Cell:
    """Given a rectangle of slots, return the cell with its box in clean pixels."""
    row, col, row_span, col_span = rect
    box = Box(sides.xs[col], sides.ys[row], sides.xs[col + col_span], sides.ys[row + row_span])
    return Cell(row, col, row_span, col_span, box)
