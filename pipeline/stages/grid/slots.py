"""Slots that no ruled side parts become cells; each cell is a rectangle, so a leak is closed where it is ruled most."""

from __future__ import annotations

from pipeline.stages.grid.sides import Sides

Rect = tuple[int, int, int, int]
"""(row, col, row_span, col_span)"""


def merge_slots(sides: Sides, share: float) -> list[Rect]:
    """Given sides, return the rectangles that tile the table, each slot once."""
    n_rows, n_cols = len(sides.ys) - 1, len(sides.xs) - 1
    groups = components(sides, share, n_rows, n_cols)
    return [rect for group in groups for rect in tile(group, sides)]


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


def tile(component: set[tuple[int, int]], sides: Sides) -> list[Rect]:
    """Given one group of slots, return rectangles that tile it; one when it is a rectangle.

    A group that is not is cut along the full edge whose cut runs over the most ruled sides.
    """
    rows, cols = [r for r, _ in component], [c for _, c in component]
    r0, r1, c0, c1 = min(rows), max(rows) + 1, min(cols), max(cols) + 1
    if len(component) == (r1 - r0) * (c1 - c0):
        return [(r0, c0, r1 - r0, c1 - c0)]
    upper, lower = best_cut(component, sides, (r0, r1, c0, c1))
    return [rect for part in (upper, lower) for piece in connected(part) for rect in tile(piece, sides)]


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
