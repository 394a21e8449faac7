"""What a page shows along an edge: ink on the line, paper beside it, ink at its joints, slot by slot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.config import Detect
from pipeline.stages.detect.edges import Edge, Joints
from pipeline.stages.detect.ends import is_double, sides_of
from pipeline.stages.detect.ridges import Ridges

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

PAPER_IN = 0.4
"""Inches along an edge within which its paper shows somewhere."""
DENSE = 0.35
"""Of the grey levels of a page's print, from which ink beside a line is no print of the back that shines through."""
BROAD_IN = 0.04
"""Inches along an edge; a stroke of the pen that lies over it is broader, a stem of print that stands on it is not."""

VALLEY = 0.7
"""Of the grey levels of the fainter stroke of a double ruling that are left between its two; blur leaves 0.5."""

ROUNDING = 1e-9
"""Taken off a share of ink that another one is compared with."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What stands along an edge, a value a slot.

    at: where its line lies. inked: share of the slot with ink on the line. clean: share with paper on both sides.
    ruled: share of the clean part with ink on the line. seam: share of ink on the line right beside the joints, where
    print leaves paper. beyond: grey levels of the line where it goes on beyond the first or the last joint, else 0.
    parted: share of the inked part where a double line has paper between its strokes; of a single one that is no
    matter. beyond_parted: the same of where it goes on. crossed: share of the slot with print on both sides at once.
    usual, solid: the seam and the ruled share that the table's whole slots have on the median; dots have less.
    split: the parted share that the edge's own whole slots have. odd: the edge is not as thick as the table's rulings.
    """

    at: Floats
    inked: Floats
    clean: Floats
    ruled: Floats
    seam: Floats
    parted: Floats
    crossed: Floats
    beyond: float
    beyond_parted: float = 1.0
    usual: float = 1.0
    solid: float = 1.0
    split: float = 1.0
    odd: bool = False

    def joined(self, share: float) -> Flags:
        """Return which slots have as much ink beside their joints as a share of the table's whole ones; both are parts
        of a few columns, so equal ones must not be parted by a float's last bit."""
        return np.asarray(self.seam >= share * self.usual - ROUNDING)

    def without(self, slots: Flags) -> Seen:
        """Return this with no ink in some slots."""
        return replace(self, inked=self.inked * ~slots, ruled=self.ruled * ~slots, seam=self.seam * ~slots)


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """The columns along an edge. column: of the ridges; x: their middles; slot: 0 before the first joint, then 1 to n;
    slots: n + 2.
    """

    column: NDArray[np.int64]
    x: Floats
    slot: NDArray[np.int64]
    slots: int

    def count(self, flags: NDArray[np.generic]) -> Floats:
        """Given a value for each column, return its sum over each slot."""
        return np.asarray(np.bincount(self.slot, flags, self.slots))


def track_of(joints: Joints, ridges: Ridges, outside: float) -> Track:
    """Given the joints of an edge, return the columns along it and ``outside`` pixels beyond it."""
    first, stop = (joints.at[0] - outside) / ridges.step, (joints.at[-1] + outside) / ridges.step
    column = np.arange(max(int(first), 0), min(int(stop), ridges.rise.shape[1]))
    x = (column + 0.5) * ridges.step
    return Track(column, x, np.searchsorted(joints.at, x, side="right"), len(joints) + 1)


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """What runs along an edge, a value a column. rise: grey levels; inked: ink on the line; clean: paper on both sides;
    hidden: something broad lies over it. parted: a double line with paper between its strokes. at: where the line lies
    in each slot, maybe a little off the edge's path. crossed: ink on both sides.
    """

    rise: NDArray[np.uint8]
    inked: Flags
    clean: Flags
    hidden: Flags
    parted: Flags
    at: Floats
    crossed: Flags


def look_along(edge: Edge, joints: Joints, ridges: Ridges, floor: float, settings: Detect) -> Seen:
    """Given an edge, its joints and the grey levels from which a rise is ink, return what the page shows there."""
    step, outside = ridges.step, settings.outside_in * ridges.dpi
    track = track_of(joints, ridges, outside)
    line = follow(edge, track, ridges, floor, settings)
    gap = _from_joint(track.x, joints, track.slot)
    seam = (gap > step) & (gap <= step + settings.seam_in * ridges.dpi) & ~line.hidden
    inner = gap > np.minimum(settings.joint_in * ridges.dpi / 2, _room(joints)[track.slot])
    parts = (inner, inner & line.clean, seam)
    whole, free, seams = (track.count(flags) for flags in parts)
    on_line, on_clean, on_seam = (track.count(flags & line.inked) for flags in parts)
    goes_on = on_line >= settings.beyond_share * np.maximum(whole, outside / step / 2)
    levels = track.count(line.rise * (inner & line.inked)) / np.maximum(on_line, 1)
    parted = track.count(inner & line.inked & line.parted) / np.maximum(on_line, 1)
    within = slice(1, -1)
    return Seen(
        at=line.at[within],
        inked=(on_line / np.maximum(whole, 1))[within],
        clean=(free / np.maximum(track.count(inner & ~line.hidden), 1))[within],
        ruled=(on_clean / np.maximum(free, 1))[within],
        seam=np.where(seams > 0, on_seam / np.maximum(seams, 1), 1.0)[within],
        parted=parted[within],
        crossed=(track.count(inner & line.crossed) / np.maximum(whole, 1))[within],
        beyond=max(float(levels[i]) if goes_on[i] else 0.0 for i in (0, -1)),
        beyond_parted=max(float(parted[i]) if goes_on[i] else 0.0 for i in (0, -1)),
    )


def _from_joint(x: Floats, joints: Joints, slot: NDArray[np.int64]) -> Floats:
    """Given columns and the slot of each (0: before the first joint), return how far each lies from a joint's rim."""
    far = np.array([np.inf])
    left = x - np.concatenate([-far, joints.at])[slot] - np.concatenate([[0.0], joints.half])[slot]
    right = np.concatenate([joints.at, far])[slot] - x - np.concatenate([joints.half, [0.0]])[slot]
    return np.asarray(np.minimum(left, right))


def _room(joints: Joints) -> Floats:
    """A quarter of each slot's width, as that much may be left out at both ends; slots before and behind have room."""
    return np.concatenate([[np.inf], np.diff(joints.at) / 4, [np.inf]])


def follow(edge: Edge, track: Track, ridges: Ridges, floor: float, settings: Detect) -> Line:
    """Given an edge and the columns along it, return the line that runs there."""
    path, half, dpi = edge.path(track.x), edge.thickness / 2, ridges.dpi
    search, core, near = round(settings.search_in * dpi), math.floor(half + 0.75), math.floor(half + 1.5)
    far = math.floor(half + 1.5 + max(settings.side_in * dpi, 2.0))
    reach = search + max(far, core, round(half)) + 2
    rows = np.floor(path).astype(np.int64)[None, :] + np.arange(-reach, reach + 1)[:, None]
    rise = ridges.rise[rows.clip(0, len(ridges.rise) - 1), track.column[None, :]]
    own = settings.ink_share * edge.darkness  # on the way of an edge that is guessed lies print, mostly
    along = rise[reach - core : reach + core + 1]
    dark = ink_floor(along, floor, edge.darkness, settings) if edge.found else max(floor, own)
    strip = rise > dark
    shift = best_shift(strip, track.slot, track.slots, search, max(round(half), 1))
    middle, every = reach + shift[track.slot], np.arange(len(track.x))
    line = np.max([rise[middle + k, every] for k in range(-core, core + 1)], axis=0)
    sides = sides_of(core, half, dpi, settings)
    inked = np.all([np.any([strip[middle + k, every] for k in side], axis=0) for side in sides], axis=0)
    double = is_double(half, dpi, settings)
    parted = parted_at(rise, middle, core) if double else np.ones_like(inked)
    sums = np.cumsum(np.concatenate([np.zeros_like(strip[:1]), strip]), axis=0, dtype=np.uint8)
    above = sums[middle - near, every] > sums[middle - far, every]
    below = sums[middle + far + 1, every] > sums[middle + near + 1, every]
    levels = [
        ridges.even[row.clip(0, len(ridges.even) - 1), track.column]
        for row in (rows[middle + k, every] for k in (-far, 0, far))
    ]
    above_it, on_it, below_it = not_paper(levels, ridges, max(dark, DENSE * ridges.print))
    dense = above_it | below_it
    wide = broad(dense, BROAD_IN * dpi / ridges.step)
    hidden = wide & on_it & ~inked
    size = np.maximum(np.bincount(track.slot, minlength=track.slots), 1)
    clean = ~(above | below | (dense & ~(wide & inked)))
    return Line(line, inked, clean, hidden, parted, track.count(path) / size + shift, above & below)


def parted_at(rise: NDArray[np.uint8], middle: NDArray[np.int64], core: int) -> Flags:
    """Given rises (rows, columns) around a double line, the row of its middle in each column and how many rows its ink
    may lie off, return where it is lighter in between than on either side: print that runs there is not."""
    every = np.arange(rise.shape[1])
    upper, lower = (
        np.max([rise[middle + k, every] for k in side], axis=0) for side in (range(-core, 0), range(1, core + 1))
    )
    between = np.min([rise[middle + k, every] for k in (-1, 0, 1)], axis=0)
    return np.asarray(between < VALLEY * np.minimum(upper, lower))


def not_paper(levels: Sequence[NDArray[np.uint8]], ridges: Ridges, dark: float) -> tuple[Flags, ...]:
    """Given the grey levels along an edge, above it, on it and below it, return where each is not paper, ridge or not:
    a stem of print, or what lies over the line, a stroke of the pen.

    Paper is the lightest place of its own side within reach: cells may be filled with a colour. dark: grey levels from
    which ink is told.
    """
    window = np.ones((1, 2 * round(PAPER_IN * ridges.dpi / ridges.step) + 1), np.uint8)
    first, last = (cv2.dilate(level[None, :], window) for level in (levels[0], levels[-1]))
    papers = (first, cv2.min(first, last), last)
    return tuple(
        np.asarray(cv2.subtract(paper, level[None, :])[0] > dark) for paper, level in zip(papers, levels, strict=True)
    )


def broad(flags: Flags, width: float) -> Flags:
    """Given flags of columns, return the rows of set ones that are not shorter than a width in columns."""
    window = np.ones((1, max(round(width), 1)), np.uint8)
    return np.asarray(cv2.morphologyEx(flags[None, :].astype(np.uint8), cv2.MORPH_OPEN, window)[0] > 0)


def ink_floor(core: NDArray[np.uint8], floor: float, struck: float, settings: Detect) -> float:
    """Given the rises on a line's middle rows and that of its strokes, return the rise from which it is ink: a share of
    its own darkness. Where the back of the page shines through along most of a line, its strokes tell that."""
    dark = core.max(axis=0)
    dark = dark[dark > floor]
    return max(floor, settings.ink_share * max(float(np.median(dark)), struck)) if dark.size else floor


def best_shift(strip: Flags, slot: NDArray[np.int64], n_slots: int, search: int, half: int) -> NDArray[np.int64]:
    """Given a strip (rows, columns) around an edge, return for each slot by how many rows its line lies lower.

    half: rows of the line above and below its middle.
    """
    middle = strip.shape[0] // 2
    rows = strip[middle - search - half : middle + search + half + 1]
    counts = np.stack([np.bincount(slot, row, n_slots) for row in rows])
    sums = np.cumsum(np.concatenate([np.zeros((1, n_slots)), counts]), axis=0)
    near = sums[2 * half + 1 :] - sums[: -2 * half - 1] + 0.01 * counts[half : half + 2 * search + 1]
    closeness = -0.01 * np.abs(np.arange(-search, search + 1))[:, None]
    return np.asarray(np.argmax(near + closeness, axis=0) - search)
