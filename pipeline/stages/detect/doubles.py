"""Double rulings: two strokes side by side, either of which may be broken."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from pipeline.model import Ruling

BESIDE_SHARE = 0.8
"""Of one of the two strokes of a double ruling that has one in line with the other beside it."""

ALIKE = 2.5
"""Times that one of the two may be thicker; a fold beside a ruling is a hairline."""

TWIN_SHARE = 0.4
"""The same of the other one, which may be longer."""


def join_doubles(rulings: Sequence[Ruling], near: float) -> list[Ruling]:
    """Given horizontal strokes, return them with the strokes of one double ruling joined into a thick one.

    Two strokes are of one ruling when they run side by side, nearer than ``near`` pixels, and what lies in line with
    one is found beside most of the other, and beside a good part of it the other way round: each may be broken at
    places of its own.
    """
    ordered = sorted(rulings, key=lambda r: (r.at, r.start))
    below = [_beside(ordered, i, near) for i in range(len(ordered))]
    above: list[list[int]] = [[] for _ in ordered]
    for i, twins in enumerate(below):
        for j in twins:
            above[j].append(i)
    pairs = []
    for i, j in ((i, j) for i, twins in enumerate(below) for j in twins):
        shares = _share_beside(ordered, i, j, below[i]), _share_beside(ordered, j, i, above[j])
        if min(shares) >= TWIN_SHARE and max(shares) >= BESIDE_SHARE:
            pairs.append((min(shares), i, j))
    group_of: dict[int, list[int]] = {}
    for _, i, j in sorted(pairs, key=lambda pair: (-pair[0], pair)):  # a row of print close by is a worse twin
        one, other = group_of.get(i, [i]), group_of.get(j, [j])
        both = [*one, *other]
        if one is not other and _height([ordered[k] for k in both]) <= near:
            group_of.update((k, both) for k in both)
    groups = {id(group): group for group in group_of.values()}.values()
    single = [ruling for i, ruling in enumerate(ordered) if i not in group_of]
    return [*single, *(_joined([ordered[i] for i in group]) for group in groups)]


def _beside(ordered: Sequence[Ruling], i: int, near: float) -> list[int]:
    """Given strokes from top to bottom, return those below one that run side by side with it."""
    stop = bisect_right(ordered, ordered[i].at + near, lo=i + 1, key=lambda r: r.at)  # every pair would be many
    near_by = ((j, ordered[j]) for j in range(i + 1, stop) if _alike(ordered[i], ordered[j]))
    return [j for j, other in near_by if _shared(ordered[i], other) > 0 and _height((ordered[i], other)) <= near]


def _alike(one: Ruling, other: Ruling) -> bool:
    thin, thick = sorted((one.thickness, other.thickness))
    return thick <= ALIKE * thin


def _share_beside(ordered: Sequence[Ruling], i: int, j: int, others: Sequence[int]) -> float:
    """Given the strokes beside stroke ``i`` on one side, return the share of it beside which those in line with stroke
    ``j`` run."""
    ruling, twin = ordered[i], ordered[j]
    in_line = (ordered[k] for k in others if abs(ordered[k].at - twin.at) <= twin.thickness)
    return sum(_shared(ruling, other) for other in in_line) / ruling.length


def _shared(one: Ruling, other: Ruling) -> float:
    return max(min(one.end, other.end) - max(one.start, other.start), 0.0)


def _height(group: Sequence[Ruling]) -> float:
    """Pixels from the top of the highest stroke to the bottom of the lowest."""
    return max(r.at + r.thickness / 2 for r in group) - min(r.at - r.thickness / 2 for r in group)


def _joined(group: Sequence[Ruling]) -> Ruling:
    start, end, height = min(r.start for r in group), max(r.end for r in group), _height(group)
    top = min(r.at - r.thickness / 2 for r in group)
    return Ruling(group[0].orientation, top + height / 2, start, end, height)
