"""Edges of a table: the places where its strokes stand, and the joints that part an edge into slots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np
from numpy.typing import NDArray

from pipeline.config import Detect
from pipeline.model import Ruling
from pipeline.stages.detect.ridges import Ridges

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

STRUCK = 0.5
"""Of a slot's side; a stroke that covers more was found there."""

WHOLE = 0.95
"""Of a slot's side; a stroke that covers more runs from joint to joint."""


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """Strokes at one place across. at: their middle; rulings: in order of start; all horizontal.

    darkness: grey levels of the faintest of them. found: False for what no stroke shows; its lines are guesses. sure:
    False for strokes that end in mid air.
    """

    at: float
    rulings: tuple[Ruling, ...]
    darkness: float
    found: bool = True
    sure: bool = True

    @property
    def thickness(self) -> float:
        """Half of the edge's strokes, by their length, are no thicker."""
        ordered = sorted(self.rulings, key=lambda r: r.thickness)
        reach = np.cumsum([r.length for r in ordered])
        return ordered[int(np.searchsorted(reach, reach[-1] / 2))].thickness

    def as_thick_as(self, thickness: float) -> Edge:
        """Return this with strokes of a thickness in pixels."""
        return replace(self, rulings=tuple(replace(ruling, thickness=thickness) for ruling in self.rulings))

    def path(self, x: Floats) -> Floats:
        """Given places along, return where the edge lies there: on its strokes, in a straight line between them."""
        ends = [(v, r.at) for r in self.rulings for v in (r.start, r.end)]
        along, across = zip(*sorted(ends), strict=True)
        return np.asarray(np.interp(x, along, across))

    def struck(self, slots: Floats, least: float = 0.0) -> Floats:
        """Given the n + 1 places that bound n slots, return the share of each that strokes cover.

        least: pixels; shorter strokes do not count.
        """
        if not self.found:
            return np.zeros(len(slots) - 1)
        low, high = slots[:-1], slots[1:]
        shared = np.zeros(len(low))
        for ruling in self.rulings:
            if ruling.length >= least:
                shared += np.clip(np.minimum(ruling.end, high) - np.maximum(ruling.start, low), 0, None)
        return np.asarray(np.minimum(shared / np.maximum(high - low, 1.0), 1.0))


def rules(edge: Edge, rulings: Sequence[Ruling], dpi: float, settings: Detect) -> bool:
    """True when one of the rulings traced over a table lies on an edge."""
    return any(abs(ruling.at - edge.at) <= settings.edge_in * dpi for ruling in rulings)


def edges_of(rulings: Sequence[Ruling], ridges: Ridges, settings: Detect) -> list[Edge]:
    """Given horizontal strokes, return the edges they lie on, top to bottom."""
    near = settings.edge_in * ridges.dpi
    groups: list[list[Ruling]] = []
    for ruling in sorted(rulings, key=lambda r: r.at):
        if groups and ruling.at - _middle(groups[-1]) <= near:
            groups[-1].append(ruling)
        else:
            groups.append([ruling])
    return [edge_of(group, ridges) for group in groups]


def edge_of(rulings: Sequence[Ruling], ridges: Ridges) -> Edge:
    """Given the strokes at one place across, return their edge."""
    ordered = tuple(sorted(rulings, key=lambda r: r.start))
    return Edge(_middle(rulings), ordered, min(ridges.rise_of(ruling) for ruling in ordered))


def _middle(rulings: Sequence[Ruling]) -> float:
    weight = sum(r.length for r in rulings)
    return sum(r.at * r.length for r in rulings) / weight if weight else rulings[0].at


def taken_slots(edges: Sequence[Edge], strokes: Sequence[Floats], near: float) -> list[Flags]:
    """Given edges and the share of each slot that their strokes cover, return which slots are a near edge's alone.

    A divider drawn anew a little off is an edge of its own; both would see the same line.
    """
    taken = []
    for edge, own in zip(edges, strokes, strict=True):
        others = [s for e, s in zip(edges, strokes, strict=True) if e is not edge and abs(e.at - edge.at) <= near]
        taken.append(np.max([np.zeros_like(own), *others], axis=0) * (own < STRUCK) >= STRUCK)
    return taken


@dataclass(frozen=True, slots=True, eq=False)
class Joints:
    """The places that bound the n slots of an edge, n + 1 of them, and half the thickness of what crosses there."""

    at: Floats
    half: Floats

    def __len__(self) -> int:
        return len(self.at)


def joints_of(along: Sequence[Edge], across: Sequence[Edge], dpi: float, settings: Detect) -> Joints:
    """Given the edges of both directions, return where those along have joints; where a frame is open, its side too."""
    reach, near = settings.overhang_in * dpi, settings.joint_in * dpi
    low, high = across[0].at - reach, across[-1].at + reach
    usual = median(edge.darkness for edge in along)
    own = [edge for edge in along if edge.darkness >= settings.missed_rise * usual]  # others are folds
    first = [start for edge in own if (start := min(r.start for r in edge.rulings)) < low]
    last = [end for edge in own if (end := max(r.end for r in edge.rulings)) > high]
    before = [(median(first), 0.0)] if _together(first, near) else []
    behind = [(median(last), 0.0)] if _together(last, near) else []
    at, half = zip(*before, *((edge.at, edge.thickness / 2) for edge in across), *behind, strict=True)
    return Joints(np.array(at), np.array(half))


def _together(ends: Sequence[float], near: float) -> bool:
    return len(ends) >= 2 and sum(abs(end - median(ends)) <= near for end in ends) >= 2
