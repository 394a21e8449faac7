"""Which slots of an edge are ruled, and what is print that only looks like it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.config import Detect
from pipeline.model import Ruling
from pipeline.stages.detect.edges import STRUCK, WHOLE, Edge, Joints
from pipeline.stages.detect.ends import look_at_ends
from pipeline.stages.detect.look import Seen
from pipeline.stages.detect.ridges import Ridges

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def is_print(seen: Seen, ruled: Flags, settings: Detect) -> bool:
    """True when an edge is print that lines up over many rows: apart from the joints, and with more beside it. One that
    is not as thick as the table's rulings must prove more."""
    if not ruled.any():
        return False
    clean = float(seen.clean[ruled].mean())
    proof = settings.print_proof_odd if seen.odd else settings.print_proof
    return clean < settings.print_clean and clean + float((seen.seam + seen.inked)[ruled].mean()) < proof


def plainly_ruled(ruled: Flags, struck: Floats, seen: Seen, settings: Detect) -> Flags:
    """Given which slots of an edge may be ruled whose strokes end in mid air, return those where a stroke on clean
    paper says so, and the ones beside them: lines of print lie in line too."""
    own = (
        (struck >= STRUCK)
        & (seen.ruled >= settings.ruled_share * seen.solid)
        & (seen.clean >= settings.clean_least_unstruck)
    )
    plain = ruled & own
    return np.asarray(plain | (ruled & beside(plain)))


def ends_there(
    edge: Edge, joints: Joints, slots: tuple[Flags, Flags, Flags], seen: Seen, ridges: Ridges, settings: Detect
) -> Flags:
    """Given which slots of an edge that no stroke shows may be ruled, return those from which its line does not go on.

    A fold, a streak or a stroke of the pen does not care for joints. A slot alone must be ruled from joint to joint.
    A line that goes on over a whole slot with something else close by, a fold or print, is ruled there as well, and so
    is one that goes on broken. On clean paper a line that reaches no joint is print, and does not go on; dense print
    leaves paper at the joint.
    slots: which may be ruled, where the line reaches one joint, and both.
    """
    ruled, reached, both = slots
    alone = ~beside(ruled)
    long = np.diff(joints.at) >= settings.unstruck_in * ridges.dpi
    whole = (seen.inked >= WHOLE) & (seen.seam >= WHOLE)
    ruled = grown(ruled & (both | ~alone), whole | broken_slots(seen, long, settings))
    onward = ~ruled & (seen.inked >= settings.onward_share) & (seen.seam >= settings.joined_share)
    onward &= reached | (seen.clean < settings.clean_least_unstruck)
    dense = onward & (seen.clean < settings.clean_least)
    onward &= ~dense | (seen.inked >= settings.beyond_share)  # a line that print lies over is inked all along
    dense &= onward
    first, last = touched(edge, joints, seen, dense, ridges, settings)
    first, last = onward & (first | ~dense), onward & (last | ~dense)
    stray = np.zeros_like(ruled)
    for start, stop in runs(ruled):
        stray[start:stop] = last[max(start - 1, 0) : start].any() or first[stop : stop + 1].any()
    return ruled & ~stray


def dotted_slots(edge: Edge, joints: Joints, seen: Seen, ruled: Flags, ridges: Ridges, settings: Detect) -> Flags:
    """Given an edge, what stands along it and which slots are ruled anyway, return those where evenly set dots show a
    ruling: print is not as even over a long way, and a fold is no dots.

    An edge that no stroke shows is looked at whether the table is dotted or not. What is ruled anyway is asked only
    where that may be doubted. In a low row the stem of a sign has a few even steps too, but comes to no joint.
    """
    dots = seen.solid < WHOLE
    if not dots and edge.found:
        return np.zeros_like(ruled)
    low, high = joints.at[:-1] + joints.half[:-1], joints.at[1:] - joints.half[1:]
    long = np.diff(joints.at) >= settings.unstruck_in * ridges.dpi
    free = long | (edge.struck(joints.at) >= STRUCK) | (seen.clean >= (settings.free_share if dots else WHOLE))
    sure = ruled & edge.found & edge.sure & (seen.clean >= settings.print_clean)
    dotted = np.zeros_like(ruled)
    for i in np.flatnonzero(free & ~sure & (seen.inked >= settings.dots_share) & (high > low)).tolist():
        line = Ruling("h", float(seen.at[i]), float(low[i]), float(high[i]), edge.thickness)
        dotted[i] = ridges.dotted_share(line, ridges.floor) >= settings.dotted_share
    apart = ~long & (edge.struck(joints.at) < STRUCK) & (seen.seam <= 0.0)
    return dotted & (~apart | beside(ruled | (dotted & ~apart)))


def beside(slots: Flags) -> Flags:
    """Given flags of slots, return the slots right before and behind set ones."""
    return np.asarray(np.concatenate([[False], slots[:-1]]) | np.concatenate([slots[1:], [False]]))


def broken_slots(seen: Seen, long: Flags, settings: Detect) -> Flags:
    """Given what stands along an edge and which slots are longer than print passes for a ruling, return those with a
    broken line on paper that shows nothing else and, in a short one, reaches its joints: a ruled line goes on there."""
    lone = (seen.clean >= WHOLE) & (seen.inked >= settings.ruled_share)
    return np.asarray(lone & np.where(long, seen.seam > 0, seen.seam >= settings.joined_share))


def grown(ruled: Flags, whole: Flags) -> Flags:
    """Given which slots are ruled and which are inked from joint to joint, return the ruled ones with the latter in a
    row beside them."""
    found = ruled.copy()
    for start, stop in runs(ruled | whole):
        if not ruled[start:stop].any():
            continue
        found[start:stop] = True
    return found


def runs(flags: Flags) -> list[tuple[int, int]]:
    """Given flags, return where each row of set ones starts and stops."""
    changes = np.flatnonzero(np.diff(np.concatenate([[0], flags, [0]]))).tolist()
    return list(zip(changes[::2], changes[1::2], strict=True))


def touched(
    edge: Edge, joints: Joints, seen: Seen, asked: Flags, ridges: Ridges, settings: Detect
) -> tuple[Flags, Flags]:
    """Given an edge and the slots asked for, return in which of them its line comes to its first joint, and in which to
    its last one."""
    first, last = np.zeros_like(asked), np.zeros_like(asked)
    slots = np.flatnonzero(asked)
    if len(slots):
        open_side = np.where(joints.half > 0, joints.half, settings.joint_in * ridges.dpi / 2)
        low, high = joints.at[:-1] + open_side[:-1], joints.at[1:] - open_side[1:]
        ends = look_at_ends(low[slots], high[slots], seen.at[slots], edge.thickness / 2, ridges, settings)
        first[slots], last[slots] = ends.reached(edge.found, ridges.dpi, settings)
    return first, last


def reached_slots(
    edge: Edge, joints: Joints, seen: Seen, struck: Floats, ridges: Ridges, settings: Detect
) -> tuple[Flags, Flags]:
    """Given an edge and what stands along it, return in which slots the line reaches a joint, and in which both.

    Where a long stroke has ink at both joints it does; elsewhere the page is asked, where anything may be a line.
    """
    sure = struck >= STRUCK
    through = (edge.struck(joints.at, settings.short_in * ridges.dpi) >= WHOLE) & (seen.seam >= WHOLE)
    long = np.diff(joints.at) >= settings.unstruck_in * ridges.dpi
    through &= long | (seen.clean >= settings.free_share)  # a stroke goes on through print of a low row
    reached = edge.found & (through | (np.diff(joints.at) < settings.row_least_in * ridges.dpi))
    both = reached.copy()
    clean = (seen.clean >= settings.clean_least_unstruck) & (seen.inked >= settings.line_share)
    apart = ~seen.joined(settings.seam_share)
    asked = ~reached & np.where(sure, ~long | apart, clean)
    first, last = touched(edge, joints, seen, asked, ridges, settings)
    return reached | first | last, both | (first & last)


def ruled_slots(
    seen: Seen, struck: Floats, long: Flags, joints: tuple[Flags, Flags], double: bool, settings: Detect
) -> Flags:
    """Given what stands along an edge and the share that strokes cover, return which slots are ruled.

    Where no stroke was found only a line on clean paper counts, measured by the edge's own ink (dots have less): print
    in a low row fills most of a slot's side, but reaches no joint. Print that lines up over many rows makes strokes
    too, and has more print beside it: there a line must have ink at its joints, in a low row at both of them, and so
    must the only one of its edge. Print is no double line, so that of a double ruling may have print close by. joints:
    where the line reaches one, and both. What no stroke shows and reaches one only goes on from a slot that is surely
    ruled: in a cell over two rows there is no joint between them for print to keep away from. In a dotted table a few
    dots on clean paper between two ruled slots are what a fax left of their line.
    """
    reached, both = joints
    sure = struck >= STRUCK
    known = seen.clean >= np.where(sure, settings.clean_least, settings.clean_least_unstruck)
    own = max(float(np.median(seen.ruled[sure & known])), settings.dots_share) if (sure & known).any() else 1.0
    lone = ~long & (seen.clean >= (settings.clean_least_unstruck if double else settings.clean_least_short))
    free = long | (seen.clean >= settings.free_share)
    need = np.where((sure & free) | lone, settings.ruled_share, settings.ruled_share_unstruck) * own
    ends = np.where(sure & ~long & (seen.clean < settings.free_share), both, reached)
    clear = seen.clean >= settings.clean_least_short
    plain = seen.joined(settings.seam_share) | clear
    seemly = (sure & long & plain) | (ends & (sure | long | lone))
    joined = np.where(long, seen.joined(settings.joined_share), both)
    ruled = np.where(known, (seen.ruled >= need) & seemly, sure & joined)
    anchored = ruled & (sure | both)
    ruled &= anchored | beside(anchored)
    between = np.concatenate([[False], ruled[:-1]]) & np.concatenate([ruled[1:], [False]])
    torn = np.where(known, (seen.ruled >= need) & clear, seen.inked >= settings.ruled_share)
    dotted = (seen.clean >= WHOLE) & (seen.inked >= settings.dots_share) & (seen.solid < WHOLE)
    kept = ruled | (between & ((sure & torn) | dotted))
    kept &= (
        seen.joined(settings.seam_share) | (seen.clean >= settings.free_share) | (sure & both & (seen.solid < WHOLE))
    )
    alone = ~long & ~both & (seen.clean < settings.clean_least_short) & (kept.sum() == 1)
    return np.asarray(kept & ~alone & (seen.parted >= settings.parted_share * seen.split))
