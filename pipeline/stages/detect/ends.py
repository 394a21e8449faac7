"""Does a line reach its joints? Print in a row leaves paper above and below, a ruling does not.

Looked at in the page's own pixels, since that paper is a fraction of a millimetre. The dots of a dotted ruling leave
paper too, but no more beside a joint than from one to the next.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.config import Detect
from pipeline.stages.detect.ridges import Ridges

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.int64]

DOTS = 2
"""Gaps in a line from which they may be those between dots."""

DOT_PAPER = 0.2
"""Of a dotted line that is paper at the least; strokes of print have less."""

PERIOD_IN = 0.09
"""Inches from one dash of a dashed ruling to the next at the most; signs of print follow each other by 0.11."""

DOUBLE_PIXELS = 5.0
"""Pixels; the strokes of a thinner double ruling cannot be told apart."""

EDGE = 0.5
"""Of a line's depth; a pixel darker than this is ink, one lighter its blurred end."""


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """How the lines of some slots end, a value a slot. before, behind: pixels of paper between a line and its first
    joint, and its last one. dots: pixels of paper between its dots on the mean, 0 where it has none.
    """

    before: Floats
    behind: Floats
    dots: Floats

    def reached(self, found: bool, dpi: float, settings: Detect) -> tuple[Flags, Flags]:
        """Return which lines reach their first joint, and which their last one, or miss it by no more than from dot to
        dot.

        A line that no stroke shows must be no dots: print of several lines would pass for them.
        """
        near = max(settings.end_gap_in * dpi, 1.0) + (self.dots if found else 0.0)
        return np.asarray(self.before <= near), np.asarray(self.behind <= near)


def look_at_ends(low: Floats, high: Floats, at: Floats, half: float, ridges: Ridges, settings: Detect) -> Ends:
    """Given where the lines of n slots start and end, joints left out, and their places across, return their ends.

    half: pixels from a line's middle to its rim.
    """
    sizes = np.maximum(np.ceil(high) - np.floor(low), 1).astype(np.int64)
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    slot = np.repeat(np.arange(len(sizes)), sizes)
    x = np.floor(low).astype(np.int64)[slot] + np.arange(len(slot)) - first[slot]
    ink = inked(x, slot, np.floor(at).astype(np.int64)[slot], half, ridges, settings)
    place, rim = x - x[first][slot], settings.rim_in * ridges.dpi
    left, right = gap_at(place, ink, first, slot, rim), gap_at((sizes - 1)[slot] - place, ink, first, slot, rim)
    before = np.concatenate([[True], ink[:-1]])
    before[first] = True
    gaps = np.add.reduceat((before & ~ink).astype(np.int64), first) - (left > 0) - (right > 0)
    paper = np.add.reduceat((~ink).astype(np.int64), first) - left - right
    dotted = (gaps >= DOTS) & (paper >= DOT_PAPER * (sizes - left - right))
    dotted &= sizes <= PERIOD_IN * ridges.dpi * (gaps + 1)
    dots = np.where(dotted, paper / np.maximum(gaps, 1), 0.0)
    return Ends(left.astype(np.float64), right.astype(np.float64), dots)


def gap_at(place: Places, ink: Flags, first: Places, slot: Places, rim: float) -> Places:
    """Given how far each pixel lies from one joint of its slot, return for each slot the pixels of paper beside it.

    The joint's own blurred rim, up to ``rim`` pixels, is not the line.
    """
    far = np.int64(1 << 30)
    start = np.minimum.reduceat(np.where(ink, far, place), first)
    stop = np.minimum.reduceat(np.where(ink & (place > start[slot]), place, far), first)
    return np.where(start <= rim, np.minimum(stop, place.max() + 1) - start, 0)


def sides_of(core: int, half: float, dpi: float, settings: Detect) -> tuple[range, ...]:
    """Given how far a line's ink may lie from its middle, return the rows of which each must be inked.

    A double ruling has ink above and below its middle; a stroke of print that runs in between has not.
    """
    if not is_double(half, dpi, settings):
        return (range(-core, core + 1),)
    return range(-core, 1), range(core + 1)


def is_double(half: float, dpi: float, settings: Detect) -> bool:
    """True when a ruling of this half thickness in pixels has two strokes that can be told from each other."""
    return 2 * half >= max(settings.double_least_in * dpi, DOUBLE_PIXELS)


def inked(x: Places, slot: Places, y: Places, half: float, ridges: Ridges, settings: Detect) -> Flags:
    """Given the pixels along some lines, return which are ink: darker than half of their line's own ink."""
    core, far = max(round(half), 1), math.floor(half + 1.5 + max(settings.side_in * ridges.dpi, 2.0))
    rows, columns = ridges.grey.shape
    inside = x.clip(0, columns - 1)

    def level(k: int) -> NDArray[np.uint8]:
        return np.asarray(ridges.grey[(y + k).clip(0, rows - 1), inside])

    parts = [np.min([level(k) for k in side], axis=0) for side in sides_of(core, half, ridges.dpi, settings)]
    line = np.max(parts, axis=0).astype(np.float64)
    sides = np.maximum(level(-far), level(far))
    size = np.bincount(slot)
    depth = (np.bincount(slot, sides) / size)[slot] - line
    deep = depth >= (np.bincount(slot, depth) / size)[slot]
    ink = np.bincount(slot, depth * deep) / np.maximum(np.bincount(slot, deep), 1)
    return np.asarray(depth > EDGE * ink[slot])
