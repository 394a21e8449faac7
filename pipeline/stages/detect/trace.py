"""Rulings traced on the picture, slot by slot: a side of a cell is ruled from joint to joint or not at all.

Strokes tell where a table's edges run, but a stroke may be broken, hidden under a seal, or go on through print that
stands in line with it. So every edge is followed over the whole table, and for each slot along it the share of its
clean columns (paper on both sides) that are inked decides. Where nothing is clean, the strokes and the neighbours do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np
from numpy.typing import NDArray

from pipeline.config import Detect
from pipeline.model import Ruling
from pipeline.stages.detect.joints import split_orientations
from pipeline.stages.detect.raster import turn_ruling
from pipeline.stages.detect.ridges import Ridges

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

DARKER = 0.75
"""Of the length of a page's strokes; a stroke darker than this many is one of the darkest."""

STRUCK = 0.5
"""Of a slot's side; a stroke that covers more was found there."""

WHOLE = 0.95
"""Of a slot's side; a stroke that covers more runs from joint to joint."""


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """Strokes at one place across. at: their middle; rulings: in order of start; all horizontal."""

    at: float
    rulings: tuple[Ruling, ...]

    @property
    def thickness(self) -> float:
        return median(r.thickness for r in self.rulings)

    def path(self, x: Floats) -> Floats:
        """Given places along, return where the edge lies there: on its strokes, in a straight line between them."""
        ends = [(v, r.at) for r in self.rulings for v in (r.start, r.end)]
        along, across = zip(*sorted(ends), strict=True)
        return np.asarray(np.interp(x, along, across))

    def struck(self, slots: Floats) -> Floats:
        """Given the n + 1 places that bound n slots, return the share of each that strokes cover."""
        low, high = slots[:-1], slots[1:]
        shared = sum(np.clip(np.minimum(r.end, high) - np.maximum(r.start, low), 0, None) for r in self.rulings)
        return np.asarray(np.minimum(shared / np.maximum(high - low, 1.0), 1.0))


def trace(rulings: Sequence[Ruling], level: Ridges, plumb: Ridges, settings: Detect) -> tuple[tuple[Ruling, ...], bool]:
    """Given the strokes of one table and its page's ridges, return its rulings from joint to joint.

    Also whether strokes that only cross it were among them: a fold, a streak, an underline.
    """
    flat, tall = split_orientations(rulings)
    rows, cols = edges_of(flat, level, settings), edges_of([turn_ruling(r) for r in tall], plumb, settings)
    across, cut = trace_edges(rows, cols, level, settings)
    down, cut_too = trace_edges(cols, rows, plumb, settings)
    return (*across, *map(turn_ruling, down)), cut or cut_too


def drop_faint(rulings: Sequence[Ruling], level: Ridges, plumb: Ridges, settings: Detect) -> list[Ruling]:
    """Given a page's strokes, return those that are not far fainter than the darkest ones, as a page's back is."""
    if not rulings:
        return []
    rises = np.array([rise_of(r, level) if r.orientation == "h" else rise_of(turn_ruling(r), plumb) for r in rulings])
    order = np.argsort(rises)
    reach = np.cumsum(np.array([r.length for r in rulings])[order])
    dark = rises[order][int(np.searchsorted(reach, DARKER * reach[-1]))]
    return [r for r, rise in zip(rulings, rises, strict=True) if rise >= settings.faint_share * dark]


def rise_of(ruling: Ruling, ridges: Ridges) -> float:
    """Given a horizontal stroke, return its grey levels, those of its inked columns on the mean."""
    row, half = int(ruling.at), max(round(ruling.thickness / 2), 1)
    first, stop = int(ruling.start / ridges.step), int(ruling.end / ridges.step)
    body = ridges.rise[max(row - half, 0) : row + half + 1, first:stop].max(axis=0, initial=0)
    inked = body[body > ridges.floor]
    return float(inked.mean()) if inked.size else 0.0


def edges_of(rulings: Sequence[Ruling], ridges: Ridges, settings: Detect) -> list[Edge]:
    """Given horizontal strokes, return the edges they lie on, top to bottom."""
    near = settings.edge_in * ridges.dpi
    groups: list[list[Ruling]] = []
    for ruling in sorted(rulings, key=lambda r: r.at):
        if groups and ruling.at - _middle(groups[-1]) <= near:
            groups[-1].append(ruling)
        else:
            groups.append([ruling])
    return [Edge(_middle(group), tuple(sorted(group, key=lambda r: r.start))) for group in groups]


def _middle(rulings: Sequence[Ruling]) -> float:
    weight = sum(r.length for r in rulings)
    return sum(r.at * r.length for r in rulings) / weight if weight else rulings[0].at


def trace_edges(
    along: Sequence[Edge], across: Sequence[Edge], ridges: Ridges, settings: Detect
) -> tuple[tuple[Ruling, ...], bool]:
    """Given the edges of both directions, return the rulings of those along, and whether one of them strays.

    A fold or a streak goes on beyond the table where nearly no other edge does, as dark as within it: of such an edge
    only what is darker is a ruling.
    """
    joints = joints_of(along, across, ridges.dpi, settings)
    seen = [look_along(edge, joints, ridges, ridges.floor, settings) for edge in along]
    goes_on = [view.beyond > 0 for view in seen]
    alone = sum(goes_on) <= max(settings.stray_share * len(seen), 1)
    found: list[Ruling] = []
    crossed = False
    strokes = [edge.struck(joints.at) for edge in along]
    whole = [view.seam[struck >= WHOLE] for view, struck in zip(seen, strokes, strict=True)]
    seam = float(np.median(np.concatenate([*whole, np.ones(1)])))
    seen = [replace(view, usual=seam) for view in seen]
    taken = taken_slots(along, strokes, settings.claim_in * ridges.dpi)
    for edge, view, struck, others in zip(along, seen, strokes, taken, strict=True):
        strays = alone and view.beyond > 0
        crossed = crossed or strays
        if strays:
            darker = look_along(edge, joints, ridges, settings.stray_rise * view.beyond, settings)
            found.extend(rulings_along(edge, joints, darker, np.zeros_like(struck), ridges.dpi, settings))
        else:
            found.extend(rulings_along(edge, joints, view.without(others), struck, ridges.dpi, settings))
    return tuple(found), crossed


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
    first = [start for edge in along if (start := min(r.start for r in edge.rulings)) < low]
    last = [end for edge in along if (end := max(r.end for r in edge.rulings)) > high]
    before = [(median(first), 0.0)] if _together(first, near) else []
    behind = [(median(last), 0.0)] if _together(last, near) else []
    at, half = zip(*before, *((edge.at, edge.thickness / 2) for edge in across), *behind, strict=True)
    return Joints(np.array(at), np.array(half))


def _together(ends: Sequence[float], near: float) -> bool:
    return len(ends) >= 2 and sum(abs(end - median(ends)) <= near for end in ends) >= 2


def rulings_along(edge: Edge, joints: Joints, seen: Seen, struck: Floats, dpi: float, settings: Detect) -> list[Ruling]:
    """Given an edge, its joints and what stands along it, return its rulings over the slots where it is ruled."""
    long = np.diff(joints.at) >= settings.unstruck_in * dpi
    ruled = ruled_slots(seen, struck, long, settings)
    if is_print(seen, ruled, settings):
        return []
    changes = np.flatnonzero(np.diff(np.concatenate([[0], ruled, [0]])))
    found = []
    for first, stop in zip(changes[::2], changes[1::2], strict=True):
        at = float(np.average(seen.at[first:stop], weights=np.diff(joints.at)[first:stop]))
        found.append(Ruling("h", at, float(joints.at[first]), float(joints.at[stop]), edge.thickness))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What stands along an edge, a value a slot.

    at: where its line lies. inked: share of the slot with ink on the line. clean: share with paper on both sides.
    ruled: share of the clean part with ink on the line. seam: share of ink on the line right beside the joints, where
    print leaves paper. beyond: grey levels of the line where it goes on beyond the first or the last joint, else 0.
    usual: the seam that the table's whole slots have on the median.
    """

    at: Floats
    inked: Floats
    clean: Floats
    ruled: Floats
    seam: Floats
    beyond: float
    usual: float = 1.0

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


def look_along(edge: Edge, joints: Joints, ridges: Ridges, floor: float, settings: Detect) -> Seen:
    """Given an edge, its joints and the grey levels from which a rise is ink, return what the page shows there."""
    step, outside = ridges.step, settings.outside_in * ridges.dpi
    track = track_of(joints, ridges, outside)
    line, inked, clean, at = follow(edge, track, ridges, floor, settings)
    gap = _from_joint(track.x, joints, track.slot)
    seam = (gap > step) & (gap <= step + settings.seam_in * ridges.dpi)
    inner = gap > np.minimum(settings.joint_in * ridges.dpi / 2, _room(joints)[track.slot])
    whole, free, seams = (track.count(flags) for flags in (inner, inner & clean, seam))
    on_line, on_clean, on_seam = (track.count(flags & inked) for flags in (inner, inner & clean, seam))
    goes_on = on_line >= settings.beyond_share * np.maximum(whole, outside / step / 2)
    levels = track.count(line * (inner & inked)) / np.maximum(on_line, 1)
    within = slice(1, -1)
    return Seen(
        at=at[within],
        inked=(on_line / np.maximum(whole, 1))[within],
        clean=(free / np.maximum(whole, 1))[within],
        ruled=(on_clean / np.maximum(free, 1))[within],
        seam=np.where(seams > 0, on_seam / np.maximum(seams, 1), 1.0)[within],
        beyond=max(float(levels[i]) if goes_on[i] else 0.0 for i in (0, -1)),
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


def follow(
    edge: Edge, track: Track, ridges: Ridges, floor: float, settings: Detect
) -> tuple[NDArray[np.uint8], Flags, Flags, Floats]:
    """Given an edge and the columns along it, return for each column (rise on the line, ink on the line, paper on both
    sides) and for each slot the place of the line, which may lie a little off the edge's path.
    """
    path, half, dpi = edge.path(track.x), edge.thickness / 2, ridges.dpi
    search, core, near = round(settings.search_in * dpi), math.floor(half + 0.75), math.floor(half + 1.5)
    far = math.floor(half + 1.5 + max(settings.side_in * dpi, 2.0))
    reach = search + max(far, core, round(half)) + 2
    rows = np.floor(path).astype(np.int64)[None, :] + np.arange(-reach, reach + 1)[:, None]
    rise = ridges.rise[rows.clip(0, len(ridges.rise) - 1), track.column[None, :]]
    strip = rise > ink_floor(rise[reach - core : reach + core + 1], floor, settings)
    shift = best_shift(strip, track.slot, track.slots, search, max(round(half), 1))
    middle, every = reach + shift[track.slot], np.arange(len(track.x))
    line = np.max([rise[middle + k, every] for k in range(-core, core + 1)], axis=0)
    inked = np.any([strip[middle + k, every] for k in range(-core, core + 1)], axis=0)
    sums = np.cumsum(np.concatenate([np.zeros_like(strip[:1]), strip]), axis=0, dtype=np.uint8)
    above = sums[middle - near, every] > sums[middle - far, every]
    below = sums[middle + far + 1, every] > sums[middle + near + 1, every]
    size = np.maximum(np.bincount(track.slot, minlength=track.slots), 1)
    return line, inked, ~(above | below), track.count(path) / size + shift


def ink_floor(core: NDArray[np.uint8], floor: float, settings: Detect) -> float:
    """Given the rises on a line's middle rows, return the rise from which it is ink: a share of its own darkness."""
    dark = core.max(axis=0)
    dark = dark[dark > floor]
    return max(floor, settings.ink_share * float(np.median(dark))) if dark.size else floor


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


def is_print(seen: Seen, ruled: Flags, settings: Detect) -> bool:
    """True when an edge is print that lines up over many rows: apart from the joints, and with more beside it."""
    if not ruled.any():
        return False
    clean = float(seen.clean[ruled].mean())
    return clean < settings.print_clean and clean + float((seen.seam + seen.inked)[ruled].mean()) < settings.print_proof


def ruled_slots(seen: Seen, struck: Floats, long: Flags, settings: Detect) -> Flags:
    """Given what stands along an edge and the share that strokes cover, return which slots are ruled.

    Where no stroke was found only a line on clean paper counts, measured by the edge's own ink (dots have less): print
    in a low row fills most of a slot's side. Print that lines up over many rows makes strokes too, but leaves paper at
    the joints and has more print beside it.
    """
    sure = struck >= STRUCK
    known = seen.clean >= np.where(sure, settings.clean_least, settings.clean_least_unstruck)
    own = float(np.median(seen.ruled[sure & known])) if (sure & known).any() else 1.0
    need = np.where(sure, settings.ruled_share, settings.ruled_share_unstruck) * own
    free = (struck >= WHOLE) & (seen.clean >= WHOLE)
    joined = free | (seen.seam >= settings.joined_share * seen.usual)
    seemly = (sure & joined) | long | ((seen.clean >= settings.clean_least_short) & (seen.seam >= settings.seam_share))
    ruled = np.where(known, (seen.ruled >= need) & seemly, sure & joined)
    beside = np.concatenate([[False], ruled[:-1]]) & np.concatenate([ruled[1:], [False]])
    kept = ruled | (sure & ~known & beside & (seen.inked >= settings.ruled_share))
    return np.asarray(kept & ~((seen.seam < settings.seam_share) & (seen.clean < settings.free_share)))
