"""Rulings traced on the picture, slot by slot: a side of a cell is ruled from joint to joint or not at all.

Strokes tell where a table's edges run, but a stroke may be broken, hidden under a seal, or go on through print that
stands in line with it. So every edge is followed over the whole table, and for each slot along it the share of its
clean columns (paper on both sides) that are inked decides. Where nothing is clean, the strokes and the neighbours do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

import numpy as np
from numpy.typing import NDArray

from pipeline.config import Detect
from pipeline.model import Ruling
from pipeline.stages.detect.edges import WHOLE, Edge, Floats, Joints, edge_of, edges_of, joints_of, rules, taken_slots
from pipeline.stages.detect.ends import is_double
from pipeline.stages.detect.joints import split_orientations
from pipeline.stages.detect.look import ROUNDING, Seen, look_along
from pipeline.stages.detect.missed import find_missed
from pipeline.stages.detect.proof import (
    broken_slots,
    dotted_slots,
    ends_there,
    grown,
    is_print,
    plainly_ruled,
    reached_slots,
    ruled_slots,
    runs,
)
from pipeline.stages.detect.raster import turn_ruling
from pipeline.stages.detect.ridges import Ridges

DARKER = 0.9
"""Of the length of a page's strokes; a stroke darker than this many is one of the darkest."""

FAINTER = 0.25
"""Of the length of the strokes of a page's front; its hairlines make up more, print over its back less."""

OTHER = 1.6
"""Times the thickness of a table's rulings on the median, or as much less, from which an edge is not of their make."""

MOSTLY = 0.9
"""Of the whole slots of a table that tell what is usual there."""

DOUBLE_TABLE = 0.6
"""Of the length of a table's strokes that are double from which all of them should be."""


def trace(
    rulings: Sequence[Ruling], loose: Sequence[Ruling], level: Ridges, plumb: Ridges, settings: Detect
) -> tuple[tuple[Ruling, ...], bool]:
    """Given the strokes of one table, those loose within it and its page's ridges, return its rulings from joint to
    joint.

    Also whether strokes that only cross it were among them: a fold, a streak, an underline.
    """
    flat, tall = split_orientations(rulings)
    rows, cols = edges_of(flat, level, settings), edges_of([turn_ruling(r) for r in tall], plumb, settings)
    if not rows or not cols:
        return tuple(rulings), False
    more_flat, more_tall = split_orientations(loose)
    cols = with_loose(cols, [turn_ruling(r) for r in more_tall], plumb, settings)
    down, cut = trace_edges(cols, rows, plumb, settings)
    cols = [edge for edge in cols if rules(edge, down, level.dpi, settings)] or cols
    every = with_missed(with_loose(rows, more_flat, level, settings), cols, level, settings)
    across, cut_too = trace_edges(every, cols, level, settings)
    left = [edge for edge in every if rules(edge, across, level.dpi, settings)] or rows
    more = with_missed(cols, left, plumb, settings)
    if left != rows or more != cols:
        down, cut = trace_edges(more, left, plumb, settings)
    down = landed(down, more, left, across, plumb, settings)
    if more != cols:
        cols = [edge for edge in more if rules(edge, down, level.dpi, settings)]
        across, cut_too = trace_edges(left, cols, level, settings)
    across = landed(across, left, cols, down, level, settings)
    return (*across, *map(turn_ruling, down)), cut or cut_too


def landed(
    rulings: Sequence[Ruling],
    along: Sequence[Edge],
    across: Sequence[Edge],
    others: Sequence[Ruling],
    ridges: Ridges,
    settings: Detect,
) -> tuple[Ruling, ...]:
    """Given rulings, the edges of both directions and the rulings across, return those that do not end in mid air.

    Print in a cell may pass for a ruling between two edges that are ruled elsewhere but not here; so a ruling stands at
    one of its ends, and at both when it is short or not plain to see. The table's own sides always stand.
    """
    near, short = settings.joint_in * ridges.dpi, settings.unstruck_in * ridges.dpi
    sides = [edge for edge in (along[0], along[-1]) if edge.found]

    def stands(ruling: Ruling, end: float) -> bool:
        on_side = any(rules(edge, [ruling], ridges.dpi, settings) for edge in sides)
        if on_side or not any(abs(edge.at - end) <= near for edge in across):
            return True
        return any(abs(o.at - end) <= near and o.start - near <= ruling.at <= o.end + near for o in others)

    def is_sure(ruling: Ruling) -> bool:
        own = [edge for edge in along if rules(edge, [ruling], ridges.dpi, settings)]
        return ruling.length >= short and all(edge.found for edge in own) and is_plain(ruling, own, ridges, settings)

    return tuple(r for r in rulings if stands(r, r.start) + stands(r, r.end) >= (1 if is_sure(r) else 2))


def is_plain(ruling: Ruling, edges: Sequence[Edge], ridges: Ridges, settings: Detect) -> bool:
    """Given a ruling and the edges it lies on, say whether strokes show all of it, or paper runs along all of it."""
    ends = np.array([ruling.start, ruling.end])
    if sum(float(edge.struck(ends)[0]) for edge in edges) >= WHOLE:
        return True
    joints = Joints(ends, np.full(2, settings.joint_in * ridges.dpi / 2))
    seen = (look_along(edge, joints, ridges, ridges.floor, settings) for edge in edges)
    return any(float(view.clean[0]) >= WHOLE for view in seen)


def drop_faint(rulings: Sequence[Ruling], level: Ridges, plumb: Ridges, settings: Detect) -> list[Ruling]:
    """Given a page's strokes, return those that are not far fainter than the darkest ones, as a page's back is."""
    if not rulings:
        return []
    turned = [(level, r) if r.orientation == "h" else (plumb, turn_ruling(r)) for r in rulings]
    lengths = np.array([r.length for r in rulings])
    plain = np.array([ridges.rise_of(r) for ridges, r in turned])
    faint = settings.faint_share * darkest(plain, lengths)
    rises = np.array(
        [v if v >= faint else max(v, own.rise_of_dots(r)) for v, (own, r) in zip(plain, turned, strict=True)]
    )
    least = max(faint, between_sides(rises, lengths, faint, settings))
    return [ruling for ruling, rise in zip(rulings, rises, strict=True) if rise >= least]


def darkest(rises: Floats, lengths: Floats) -> float:
    """Given the rises of a page's strokes and their lengths, return that of the darkest of them."""
    order = np.argsort(rises)
    reach = np.cumsum(lengths[order])
    return float(rises[order][int(np.searchsorted(reach, DARKER * reach[-1]))])


def between_sides(rises: Floats, lengths: Floats, faint: float, settings: Detect) -> float:
    """Given the rises of a page's strokes, their lengths and the rise below which they are faint, return that between
    the two sides of the paper; 0 where its back does not show through.

    Where print of the front lies over rulings of the back, strokes come out that are darker than the back is; the
    page's own rulings are much alike.
    """
    order = np.argsort(rises)
    rises, reach = rises[order], np.cumsum(lengths[order])
    below = int(np.searchsorted(rises, faint))
    lost = float(reach[below - 1]) if below else 0.0
    kept = float(reach[-1]) - lost
    if lost < settings.back_share * kept:
        return 0.0
    back = rises[int(np.searchsorted(reach, lost / 2))]
    front = rises[int(np.searchsorted(reach, lost + FAINTER * kept))]
    return float(back + front) / 2


def with_loose(edges: list[Edge], loose: Sequence[Ruling], ridges: Ridges, settings: Detect) -> list[Edge]:
    """Given the edges of a table and level strokes within it that end in mid air, return the edges with these: in line
    with one of them, or apart from all."""
    if not edges or not loose:
        return edges
    line = settings.search_in * ridges.dpi
    near = [[r for r in loose if abs(r.at - edge.at) <= line] for edge in edges]
    grown = [edge_of([*edge.rulings, *more], ridges) if more else edge for edge, more in zip(edges, near, strict=True)]
    apart = [r for r in loose if not any(rules(edge, [r], ridges.dpi, settings) for edge in edges)]
    added = [replace(edge, sure=False) for edge in edges_of(apart, ridges, settings)]
    return sorted([*grown, *added], key=lambda edge: edge.at)


def with_missed(along: list[Edge], across: Sequence[Edge], ridges: Ridges, settings: Detect) -> list[Edge]:
    """Given the edges of both directions, return those along with the ones that no stroke shows, top to bottom."""
    bounds = joints_of(along, across, ridges.dpi, settings).at
    sides = joints_of(across, along, ridges.dpi, settings).at
    missed = find_missed(
        ridges, bounds, (float(sides[0]), float(sides[-1])), [r for edge in along for r in edge.rulings], settings
    )
    guessed = [replace(edge, found=False) for edge in edges_of(missed, ridges, settings)]
    if not guessed:
        return along
    usual = median(edge.thickness for edge in along)
    if is_double(usual / 2, ridges.dpi, settings):  # one stroke of two was seen
        guessed = [edge.as_thick_as(usual) for edge in guessed]
    proven = [edge for edge in guessed if trace_edges([edge], across, ridges, settings)[0]]
    return sorted([*along, *proven], key=lambda edge: edge.at)


def trace_edges(
    along: Sequence[Edge], across: Sequence[Edge], ridges: Ridges, settings: Detect
) -> tuple[tuple[Ruling, ...], bool]:
    """Given the edges of both directions, return the rulings of those along, and whether one of them strays.

    A fold or a streak goes on beyond the table where nearly no other edge does, as dark as within it: of such an edge
    only what is darker is a ruling, and about as dark as the others are.
    """
    joints = joints_of(along, across, ridges.dpi, settings)
    seen = [look_along(edge, joints, ridges, ridges.floor, settings) for edge in along]
    goes_on = [view.beyond > 0 for view in seen]
    alone = sum(goes_on) <= max(settings.stray_share * len(seen), 1)
    usual, thickness = median(edge.darkness for edge in along), median(edge.thickness for edge in along)
    found: list[Ruling] = []
    crossed = False
    strokes = [edge.struck(joints.at) for edge in along]
    seam, solid = (usual_of(strokes, values) for values in ([v.seam for v in seen], [v.ruled for v in seen]))
    splits = [split_of(view, struck) for view, struck in zip(seen, strokes, strict=True)]
    seen = [replace(view, usual=seam, solid=solid, split=split) for view, split in zip(seen, splits, strict=True)]
    taken = taken_slots(along, strokes, settings.claim_in * ridges.dpi)
    printed = crossed_slots(seen, strokes, settings)
    stems = stems_among(along, seen, strokes, ridges, settings)
    for edge, view, struck, others, over, stem in zip(along, seen, strokes, taken, printed, stems, strict=True):
        if stem:
            continue
        strays = alone and view.beyond > 0 and view.beyond_parted >= settings.parted_share * view.split
        crossed = crossed or strays
        if strays:
            floor = max(settings.stray_rise * view.beyond, settings.missed_rise * usual)
            line = edge.as_thick_as(thickness)
            darker = look_along(line, joints, ridges, floor, settings)
            darker = replace(darker, usual=view.usual, solid=view.solid, split=view.split)
            found.extend(rulings_along(line, joints, darker, np.zeros_like(struck), ridges, settings))
        else:
            odd = not 1 / OTHER <= edge.thickness / thickness <= OTHER
            own = replace(view.without(others | over), odd=odd)
            found.extend(rulings_along(edge, joints, own, struck, ridges, settings))
    return tuple(found), crossed


def crossed_slots(seen: Sequence[Seen], strokes: Sequence[Floats], settings: Detect) -> list[NDArray[np.bool_]]:
    """Given what stands along the edges of one direction and the share of each slot that strokes cover, return for each
    which slots print runs through: a sign in a cell that is wider than those above it may stand where they are parted,
    and its stem passes for a divider. Not told in a table whose rulings print touches from both sides anyway."""
    whole = np.concatenate([view.crossed[struck >= WHOLE] for view, struck in zip(seen, strokes, strict=True)])
    told = whole.size > 0 and float(np.quantile(whole, MOSTLY)) <= settings.crossed_usual
    return [(view.crossed >= settings.crossed_share) & (view.clean < settings.free_share) & told for view in seen]


def stems_among(
    along: Sequence[Edge], seen: Sequence[Seen], strokes: Sequence[Floats], ridges: Ridges, settings: Detect
) -> list[bool]:
    """Given edges, what stands along them and the share of each slot that strokes cover, return which edges are stems
    of signs: single strokes with print beside them in a table of double rulings, whose rows are no higher than signs.
    """
    single = [not is_double(edge.thickness / 2, ridges.dpi, settings) for edge in along]
    lengths = [sum(ruling.length for ruling in edge.rulings) for edge in along]
    if sum(length for length, one in zip(lengths, single, strict=True) if one) > (1 - DOUBLE_TABLE) * sum(lengths):
        return [False] * len(single)
    clean = [
        float((view.clean * (struck + ROUNDING)).sum() / max((struck + ROUNDING).sum(), ROUNDING))
        for view, struck in zip(seen, strokes, strict=True)
    ]
    return [one and paper < settings.clean_least_short for one, paper in zip(single, clean, strict=True)]


def split_of(view: Seen, struck: Floats) -> float:
    """Given what stands along an edge and the share of each slot that its strokes cover, return the parted share of its
    whole slots on the median: none where a thick ruling passes for a double one."""
    whole = view.parted[struck >= WHOLE]
    return float(np.median(whole)) if whole.size else 1.0


def usual_of(strokes: Sequence[Floats], values: Sequence[Floats]) -> float:
    """Given the share of each slot that strokes cover, edge by edge, and a value of each, return that of whole ones."""
    whole = [value[struck >= WHOLE] for value, struck in zip(values, strokes, strict=True)]
    return float(np.median(np.concatenate([*whole, np.ones(1)])))


def bridged(
    ruled: NDArray[np.bool_], joints: Joints, struck: Floats, ridges: Ridges, settings: Detect
) -> NDArray[np.bool_]:
    """Given which slots of an edge are ruled, return those between two of them that are too narrow to look at, over
    which its stroke goes on: stems of print beside a divider are joints, too, until they are traced."""
    narrow = (np.diff(joints.at) < settings.row_least_in * ridges.dpi) & (struck >= WHOLE)
    between = np.concatenate([[False], ruled[:-1]]) & np.concatenate([ruled[1:], [False]])
    return np.asarray(narrow & between)


def rulings_along(
    edge: Edge, joints: Joints, seen: Seen, struck: Floats, ridges: Ridges, settings: Detect
) -> list[Ruling]:
    """Given an edge, its joints and what stands along it, return its rulings over the slots where it is ruled."""
    long = np.diff(joints.at) >= settings.unstruck_in * ridges.dpi
    reached, both = reached_slots(edge, joints, seen, struck, ridges, settings)
    double = is_double(edge.thickness / 2, ridges.dpi, settings)
    ruled = ruled_slots(seen, struck, long, (reached, both), double, settings)
    dotted = dotted_slots(edge, joints, seen, ruled, ridges, settings)
    ruled, reached, both = (
        ruled | dotted | bridged(ruled, joints, struck, ridges, settings),
        reached | dotted,
        both | dotted,
    )
    if not edge.found:
        plain = dotted | (ruled & (seen.ruled >= settings.ruled_share_unstruck))
        ruled = ends_there(edge, joints, (plain, reached, both), seen, ridges, settings)
    elif not edge.sure:
        plain = dotted | plainly_ruled(ruled, struck, seen, settings)
        ruled = ends_there(edge, joints, (plain, reached, both), seen, ridges, settings)
    if is_print(seen, ruled & ~dotted, settings):
        return []
    ruled = grown(ruled, broken_slots(seen, long, settings))
    found = []
    for first, stop in runs(ruled):
        at = float(np.average(seen.at[first:stop], weights=np.diff(joints.at)[first:stop]))
        found.append(Ruling("h", at, float(joints.at[first]), float(joints.at[stop]), edge.thickness))
    return found
