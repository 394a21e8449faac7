"""Open frames: a table drawn without an outer side is closed where its rulings end together."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Literal

from pipeline.model import Ruling

ENOUGH = 3
"""Rulings that end together are a side of the frame; two are, when they are the table's first and last."""


def close_frame(rulings: Sequence[Ruling], least: float, snap: float) -> tuple[Ruling, ...]:
    """Given a table's rulings, return them with one more on each side where the frame is open.

    A side is open when rulings reach past the outermost ruling across them by more than ``least`` pixels, and end
    together there within ``snap``.
    """
    level = [r for r in rulings if r.orientation == "h"]
    plumb = [r for r in rulings if r.orientation == "v"]
    return (*rulings, *_missing(level, plumb, "v", least, snap), *_missing(plumb, level, "h", least, snap))


def _missing(
    along: Sequence[Ruling], across: Sequence[Ruling], orientation: Literal["h", "v"], least: float, snap: float
) -> list[Ruling]:
    """The sides that are missing across the two ends of ``along``."""
    if not along or not across:
        return []
    first, last = min(r.at for r in across) - least, max(r.at for r in across) + least
    before = [(r.start, r.at) for r in along if r.start < first]
    behind = [(r.end, r.at) for r in along if r.end > last]
    outer = (min(r.at for r in along), max(r.at for r in along))
    sides = (_side(tips, outer, orientation, snap) for tips in (before, behind))
    return [side for side in sides if side is not None]


def _side(
    tips: Sequence[tuple[float, float]], outer: tuple[float, float], orientation: Literal["h", "v"], snap: float
) -> Ruling | None:
    """Given (end, place) of rulings that reach past the frame, return the side they end on, or None."""
    if not tips:
        return None
    at = median(end for end, _ in tips)
    places = sorted(place for end, place in tips if abs(end - at) <= snap)
    spans_all = len(places) >= 2 and places[0] - outer[0] <= snap and outer[1] - places[-1] <= snap
    if len(places) < ENOUGH and not spans_all:
        return None
    return Ruling(orientation, at, places[0], places[-1])
