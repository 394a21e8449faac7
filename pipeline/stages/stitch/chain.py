"""Which parts belong together: does the first part of a page go on where the page before ended?"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from pipeline.config import Stitch
from pipeline.model import PageReading, TextLine
from pipeline.stages.stitch.parts import Known, Part, sheet_of

PAGE_NUMBER = re.compile(r"[-—–~·.第共页頁码之/／\d\s（）()ⅠⅡⅢⅣⅤivxlc]*")
"""A line of nothing but digits and the marks that stand about page numbers."""
NEARBY = 2
"""Pages on each side that are looked at for the same line: left and right pages may have headers of their own."""
CONTINUED = re.compile(r"[（(]?(续|接)上?[表页]?[）)]?")


@dataclass(frozen=True, slots=True)
class Chain:
    """Parts of one table in page order.

    edges: column edges of all parts as places in the first one's width, 0 to 1, near ones as one. places: for each part
    its own edges among these.
    """

    parts: tuple[Part, ...]
    edges: tuple[float, ...]
    places: tuple[tuple[float, ...], ...]

    @property
    def last(self) -> Part:
        return self.parts[-1]

    @property
    def inner(self) -> tuple[float, ...]:
        return self.edges[1:-1]

    @staticmethod
    def begun(part: Part) -> Chain:
        edges = part_edges(part, 0.0)
        return Chain((part,), edges, (edges,))

    def extended(self, part: Part, left: float, tolerance: float) -> Chain:
        """Given a further part and the place of its left edge, return the longer chain."""
        places = match_edges(self.edges, part_edges(part, left), tolerance)
        return Chain((*self.parts, part), tuple(sorted({*self.edges, *places})), (*self.places, places))


def chain_parts(
    readings: Sequence[PageReading],
    pages: Iterable[tuple[Part, ...]],
    known: Known,
    settings: Stitch,
) -> list[Chain]:
    """Given the parts of each page, return them joined to chains, in page order of their first parts."""
    furniture = Furniture(readings, settings)
    chains: list[Chain] = []
    for parts in pages:
        for part in parts:
            own = not chains or known.is_foreign(part.grid)
            left = None if own else continues(chains[-1], part, known, furniture, settings)
            if left is None:
                chains.append(Chain.begun(part))
            else:
                chains[-1] = chains[-1].extended(part, left, settings.edge_tolerance)
    return chains


def continues(chain: Chain, part: Part, known: Known, furniture: Furniture, settings: Stitch) -> float | None:
    """Given a chain and the next part, return where the part's left edge stands in the chain's width, or None.

    0 is the left edge of the first part and 1 its right edge. None: the part begins a table of its own.
    """
    last = chain.last
    if not (last.last and part.first and last.grid.kind == part.grid.kind):
        return None
    if not furniture.only_blank_between(last, part):
        return None
    left = left_in(chain, part, settings)
    if left is None or not shares_columns(chain, part, left, settings):
        return None
    if known.opens(part.grid) or known.repeats(chain.parts[0].grid, part.grid, [line.text for line in part.above]):
        return None
    plain = all(furniture.holds(line, chain.parts[0]) for line in (*last.below, *part.above))
    return left if plain or _must_go_on(chain, part, left, known, settings) else None


def left_in(chain: Chain, part: Part, settings: Stitch) -> float | None:
    """Given a chain and a part, return the place of the part's left edge in the chain's width, or None without a fit.

    Sheets lie in the scanner a little apart, so both sides may move together, but the width stays. A narrower part is
    one whose merged label column is not drawn again: its left edge stands on an inner edge of the chain. Two scans may
    differ in scale: where every column agrees, the sides may be as far off as sheets lie apart.
    """
    first = chain.parts[0]
    width = first.right - first.left
    shift = part.right - first.right
    if abs(shift) > settings.shift_tolerance:
        return None
    place = (part.left - first.left - shift) / width
    for left in sorted(chain.edges[:-1], key=lambda edge: abs(edge - place)):
        off = abs(left - place) * width
        if off <= settings.edge_tolerance or (off <= settings.shift_tolerance and _agrees(chain, part, left, settings)):
            return left
    return None


def _agrees(chain: Chain, part: Part, left: float, settings: Stitch) -> bool:
    """Set with its left edge there, has the part several inner columns, and the chain all of them?"""
    theirs = part_edges(part, left)[1:-1]
    return len(theirs) > 1 and _pairs(chain, theirs, settings) == len(theirs)


def _must_go_on(chain: Chain, part: Part, left: float, known: Known, settings: Stitch) -> bool:
    """Is the part the rest of a declaration whatever is printed between: has it the same columns?"""
    theirs = part_edges(part, left)[1:-1]
    enough = max(2.0, settings.same_columns * len(theirs))
    return _pairs(chain, theirs, settings) >= enough and known.opens(chain.parts[0].grid)


def _pairs(chain: Chain, edges: Sequence[float], settings: Stitch) -> int:
    """How many of these edges are edges of the chain too?"""
    return sum(any(abs(a - b) <= settings.edge_tolerance for b in chain.edges) for a in edges)


def shares_columns(chain: Chain, part: Part, left: float, settings: Stitch) -> bool:
    """Given a part that fits, return whether its inner columns agree with the chain's, as far as both have some."""
    theirs = part_edges(part, left)[1:-1]
    if not chain.inner or not theirs:
        return True
    return _pairs(chain, theirs, settings) >= settings.shared_columns * min(len(chain.inner), len(theirs))


def part_edges(part: Part, left: float) -> tuple[float, ...]:
    """Given a part and the place of its left edge, return its column edges as places from ``left`` to 1."""
    box = part.grid.box
    scale = (1.0 - left) / box.width
    return (left, *(left + (edge - box.x0) * scale for edge in part.grid.col_edges[1:-1]), 1.0)


def match_edges(known: Sequence[float], edges: Sequence[float], tolerance: float) -> tuple[float, ...]:
    """Given ascending known edges and those of a part, return for each of the part's the known edge that it is, or
    itself. The outer ones are known; the inner ones stay apart and in order."""
    left, right = edges[0], edges[-1]
    free = [edge for edge in known if left < edge < right]
    places = [left]
    for edge in edges[1:-1]:
        near = min((other for other in free if other > places[-1]), key=lambda other: abs(other - edge), default=None)
        own = near is None or abs(near - edge) > tolerance or _is_nearer(near, edge, edges)
        places.append(max(edge, math.nextafter(places[-1], 2.0)) if own or near is None else near)
    return (*places, right)


def _is_nearer(near: float, edge: float, edges: Sequence[float]) -> bool:
    """Is another edge of the part nearer to this known one?"""
    return any(abs(near - other) < abs(near - edge) for other in edges)


class Furniture:
    """Knows the lines that belong to the page and not to what is written on it."""

    def __init__(self, readings: Sequence[PageReading], settings: Stitch) -> None:
        self._settings = settings
        self._before = _sheets_before(readings)
        self._blank = {self._before[r.page] + sheet for r in readings for sheet in blank_sheets(r)}
        self._lines = {reading.page: [squeeze(line.text) for line in reading.loose] for reading in readings}

    def only_blank_between(self, before: Part, after: Part) -> bool:
        """Do the sheets of the two parts follow each other, blank ones aside?"""
        one, two = (self._before[part.reading.page] + part.sheet for part in (before, after))
        return one < two and all(sheet in self._blank for sheet in range(one + 1, two))

    def holds(self, line: TextLine, first: Part) -> bool:
        """Is the line a page number, noise, a title printed again, or a line that pages nearby carry too?"""
        text = squeeze(line.text)
        if len(text) < self._settings.min_line_chars or PAGE_NUMBER.fullmatch(text) or CONTINUED.fullmatch(text):
            return True
        titles = [squeeze(title.text) for title in first.above]
        pages = (page for page in range(line.page - NEARBY, line.page + NEARBY + 1) if page != line.page)
        others = [other for page in pages for other in self._lines.get(page, ())]
        return any(self._same(text, other) for other in (*titles, *others))

    def _same(self, one: str, other: str) -> bool:
        return bool(fuzz.ratio(mask_digits(one), mask_digits(other)) >= 100.0 * self._settings.same_line)


def _sheets_before(readings: Sequence[PageReading]) -> dict[int, int]:
    """Given the pages of a document in order, return how many sheets come before each; a page that was not read counts
    as one."""
    found: dict[int, int] = {}
    total, page = 0, 0
    for reading in readings:
        total += reading.page - page
        found[reading.page] = total
        total, page = total + len(reading.tops), reading.page + 1
    return found


def blank_sheets(reading: PageReading) -> set[int]:
    """Given a page, return which of its sheets hold nothing, 0-based."""
    back = reading.to_file.inverse()
    places = [grid.box for grid in reading.grids] + [back.apply_box(line.box) for line in reading.loose]
    return set(range(len(reading.tops))) - {sheet_of(reading, box.centre[1]) for box in places}


def squeeze(text: str) -> str:
    return "".join(text.split())


def mask_digits(text: str) -> str:
    """Page numbers differ from page to page in lines that are otherwise the same."""
    return re.sub(r"\d+", "0", text)
