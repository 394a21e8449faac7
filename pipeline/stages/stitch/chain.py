"""Which parts belong together: does the first part of a page go on where the page before ended?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from pipeline.config import Stitch
from pipeline.model import PageReading, TextLine
from pipeline.stages.stitch.parts import Opens, Part

PAGE_NUMBER = re.compile(r"[-—–~·.第共页頁码之/／\d\s（）()ⅠⅡⅢⅣⅤivxlc]*")
"""A line of nothing but digits and the marks that stand about page numbers."""
CONTINUED = re.compile(r"[（(]?(续|接)上?[表页]?[）)]?")


@dataclass(frozen=True, slots=True)
class Chain:
    """Parts of one table in page order. lefts: for each part where its left edge stands in the first one's width."""

    parts: tuple[Part, ...]
    lefts: tuple[float, ...] = (0.0,)

    @property
    def last(self) -> Part:
        return self.parts[-1]


def chain_parts(
    readings: Sequence[PageReading], pages: Iterable[tuple[Part, ...]], opens: Opens, settings: Stitch
) -> list[Chain]:
    """Given the parts of each page, return them joined to chains, in page order of their first parts."""
    furniture = Furniture(readings, settings)
    chains: list[Chain] = []
    for parts in pages:
        for part in parts:
            left = continues(chains[-1], part, opens, furniture, settings) if chains else None
            if left is None:
                chains.append(Chain((part,)))
            else:
                chains[-1] = Chain((*chains[-1].parts, part), (*chains[-1].lefts, left))
    return chains


def continues(chain: Chain, part: Part, opens: Opens, furniture: Furniture, settings: Stitch) -> float | None:
    """Given a chain and the next part, return where the part's left edge stands in the chain's width, or None.

    0 is the left edge of the first part and 1 its right edge. None: the part begins a table of its own.
    """
    last = chain.last
    if not (last.last and part.first and last.grid.kind == part.grid.kind):
        return None
    if not furniture.only_blank_between(last.reading.page, part.reading.page):
        return None
    left = left_in(chain, part, settings)
    if left is None or not shares_columns(chain, part, left, settings) or opens(part.grid):
        return None
    plain = all(furniture.holds(line, chain.parts[0]) for line in (*last.below, *part.above))
    return left if plain or _must_go_on(chain, part, left, opens, settings) else None


def left_in(chain: Chain, part: Part, settings: Stitch) -> float | None:
    """Given a chain and a part, return the place of the part's left edge in the chain's width, or None without a fit.

    Sheets lie in the scanner a little apart, so both sides may move together, but the width stays. A narrower part is
    one whose merged label column is not drawn again: its left edge stands on an inner edge of the chain.
    """
    first, tolerance = chain.parts[0], settings.edge_tolerance
    width = first.right - first.left
    shift = part.right - first.right
    if abs(shift) > settings.shift_tolerance:
        return None
    if abs((part.right - part.left) - width) <= tolerance:
        return 0.0
    place = (part.left - first.left - shift) / width
    inner = [edge for edge in edges_of(chain, settings) if 0.0 < edge < 1.0]
    nearest = min(inner, key=lambda edge: abs(edge - place), default=None)
    return nearest if nearest is not None and abs(nearest - place) * width <= tolerance else None


def _must_go_on(chain: Chain, part: Part, left: float, opens: Opens, settings: Stitch) -> bool:
    """Is the part the rest of a declaration whatever is printed between: has it the same columns?"""
    theirs = [edge for edge in part_edges(part, left) if left < edge < 1.0]
    enough = max(2.0, settings.same_columns * len(theirs))
    return opens(chain.parts[0].grid) and _pairs(chain, theirs, settings) >= enough


def _pairs(chain: Chain, edges: Sequence[float], settings: Stitch) -> int:
    """How many of these edges are edges of the chain too?"""
    ours = edges_of(chain, settings)
    return sum(any(abs(a - b) <= settings.edge_tolerance for b in ours) for a in edges)


def shares_columns(chain: Chain, part: Part, left: float, settings: Stitch) -> bool:
    """Given a part that fits, return whether its inner columns agree with the chain's, as far as both have some."""
    ours = [edge for edge in edges_of(chain, settings) if 0.0 < edge < 1.0]
    theirs = [edge for edge in part_edges(part, left) if left < edge < 1.0]
    if not ours or not theirs:
        return True
    return _pairs(chain, theirs, settings) >= settings.shared_columns * min(len(ours), len(theirs))


def edges_of(chain: Chain, settings: Stitch) -> tuple[float, ...]:
    """Given a chain, return the column edges of all its parts in its width, ascending, near ones as one."""
    merged: list[float] = []
    for part, left in zip(chain.parts, chain.lefts, strict=True):
        match_edges(merged, part_edges(part, left), settings.edge_tolerance)
    return tuple(merged)


def part_edges(part: Part, left: float) -> tuple[float, ...]:
    """Given a part and the place of its left edge, return its column edges as places from ``left`` to 1."""
    box = part.grid.box
    scale = (1.0 - left) / box.width
    return (left, *(left + (edge - box.x0) * scale for edge in part.grid.col_edges[1:-1]), 1.0)


def match_edges(merged: list[float], edges: Sequence[float], tolerance: float) -> tuple[float, ...]:
    """Given ascending merged edges, add to them those of ``edges`` that have no partner; return the partner of each.

    No two edges of one part become one, and their order stays.
    """
    partners: list[float] = []
    for edge in edges:
        free = [other for other in merged if not partners or other > partners[-1]]
        near = min(free, key=lambda other: abs(other - edge), default=None)
        if near is None or abs(near - edge) > tolerance:
            near = edge if not partners or edge > partners[-1] else partners[-1] + 1e-9
            merged.append(near)
            merged.sort()
        partners.append(near)
    return tuple(partners)


class Furniture:
    """Knows the lines that belong to the page and not to what is written on it."""

    def __init__(self, readings: Sequence[PageReading], settings: Stitch) -> None:
        self._settings = settings
        self._blank = {reading.page for reading in readings if not reading.grids and not reading.loose}
        self._lines = [(reading.page, squeeze(line.text)) for reading in readings for line in reading.loose]

    def only_blank_between(self, before: int, after: int) -> bool:
        """Do the two pages follow each other, blank sheets aside?"""
        return before < after and all(page in self._blank for page in range(before + 1, after))

    def holds(self, line: TextLine, first: Part) -> bool:
        """Is the line a page number, noise, a title printed again, or a line that other pages carry too?"""
        text = squeeze(line.text)
        if len(text) < self._settings.min_line_chars or PAGE_NUMBER.fullmatch(text) or CONTINUED.fullmatch(text):
            return True
        if any(self._same(text, squeeze(title.text)) for title in first.above):
            return True
        return any(page != line.page and self._same(text, other) for page, other in self._lines)

    def _same(self, one: str, other: str) -> bool:
        return bool(fuzz.ratio(mask_digits(one), mask_digits(other)) >= 100.0 * self._settings.same_line)


def squeeze(text: str) -> str:
    return "".join(text.split())


def mask_digits(text: str) -> str:
    """Page numbers differ from page to page in lines that are otherwise the same."""
    return re.sub(r"\d+", "0", text)
