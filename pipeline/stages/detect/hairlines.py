"""Hairlines of which a fax left dots and dashes: where enough of them stand in one row, the line between is drawn anew.

A row of dots is a line when it is likelier than dust by far: each dot tells for it by the logarithm of how much denser
the dots of a hairline stand than dust does, each inch of paper against it (the log-likelihood ratio of two Poisson
processes; the best part of a row is the one of greatest sum, Kadane 1984). Beside a stroke that is there anyway a few
dots go on with it; by themselves they must be many.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.model import Picture, Ruling
from pipeline.stages.detect.dots import BEYOND, THICK_DOT_IN, Dots, Mask, without_strays
from pipeline.stages.detect.knots import knots_at

Flags = NDArray[np.bool_]
Sums = NDArray[np.int64]

DENSITY = 4.0
"""Dots an inch of a hairline that a fax nearly lost."""
PAPER = 2.0
"""Dots that would stand, at this density, on the longest way between two dots of one."""
ONWARD, IN_LINE, ALONE = 6.0, 13.0, 20.0
"""Log-likelihood from which dots go on with a stroke that ends before them, from which they are a line in the row of a
stroke, and from which in any row: a page has some thirty thousand places where dust may make one."""
SIDE = 4.0
"""The same from which they are the side of a cell, between two rulings across that are there, in the row of a stroke:
of some fifty places a page where a line may be missing."""
KNOT = 3.0
"""Log-likelihood that a ruling across tells where it has a knot on the row of a stroke, towards the side that may be
one: of sides that are there 0.96 leave one, of those that end on its other side 0.05 at the most."""
SURE, DENSE = 9.0, 10.0
"""Log-likelihood of a side with dots and knots from which its row lost a hairline, so that others of the row may be
lost, and the dots an inch from which it is no hairline, but a dotted ruling."""
QUIET = 25.0
"""Percent of a page's rows that have less of dust and print than a usual place where a ruling may be."""
LEAST = 2
"""Dots beside a stroke at the least."""
SIDE_IN, SIDE_PLUMB_IN = 0.04, 0.1
"""Inches beside the dots of a hairline that are paper, and beside thicker ones of a plumb one: the points of colons
stand above one another beside their digits."""
THIN_IN = 0.0085
"""Inches across a dot; the points of signs are thicker."""
SIDE_SHARE = 0.2
"""Of a hairline that may have print beside it; dots of signs have more."""
TO_JOINT_IN = 0.3
"""Inches from the last dot of a hairline to the ruling across on which it ends, at the most."""
STRIDE = 3
"""Pixels; every third one of every third row tells how many levels a page has."""
EVEN = 0.97
"""Of a fax's paper that has one and the same level: 0.98 at the least on seventeen, 0.93 at the most on scans."""
RIM, INK, INK_SHARE = 8, 40, 0.3
"""Grey levels below the paper from which it is no paper, levels of ink, and the share of what is no paper that is ink:
0.43 on a fax that was turned. Bold print gives a scan 0.39; its paper tells it then."""
WHOLE_SIDE, JOINTS_IN, RIM_IN = 2, 0.1, 0.03
"""Joints between which a side of a cell lies, inches between two joints at the least, as no row is lower, and inches
beside one that are no part of the side."""
LONG_IN, GAPS, DASHED_SHARE = 1.0, 4.0, 0.9
"""Inches from which a stroke is no row of print, and gaps an inch and the share that is inked of one that is dashed."""
THICK_IN, THICK_SHARE = 0.017, 0.2
"""Inches across the dots of a ruling that is drawn as thick as they are, as beside a hairline they would be print, and
the share of it that they cover at the least."""
BESIDE_IN, BESIDE_SHARE = 0.02, 0.3
"""Inches beside a dashed stroke that are paper, and the share of it that may have ink there, that of the rulings across
too: same signs in low rows make strokes of an inch and more, with ink beside 0.44 of them at the least."""
SLACK_IN = 0.004
"""Inches that a dot may lie beside its line."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A line that is held against dust. dot: what one dot tells for it; inch: what an inch of paper tells against it;
    both as logarithms of likelihoods. dpi: pixels an inch."""

    dot: float
    inch: float
    dpi: float

    @property
    def apart(self) -> float:
        """Pixels of paper between two dots at the most."""
        return PAPER / self.inch * self.dpi

    def gains(self, ways: Sums) -> NDArray[np.float64]:
        """Given how far each dot stands from the one before it, return what it tells."""
        return np.asarray(self.dot - self.inch * np.maximum(ways, 0) / self.dpi)


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A row of a page: the dots on it from left to right, and what else stands there.

    start, stop: (n,) columns of the dots. foreign, beside: (W + 1,) how many columns left of each are inked on the row
    by anything but dots and rulings across, and above or below it. Dots with print beside them are left out. joints:
    where rulings across stand; rim: pixels beside one that may be its own ink; outermost: where the first and the last
    ruling across of the whole page stand, be it here or elsewhere.
    """

    start: Sums
    stop: Sums
    foreign: Sums
    beside: Sums
    joints: NDArray[np.float64]
    rim: float
    outermost: tuple[float, float]

    def turned(self) -> Row:
        """Return the row from right to left."""
        width = len(self.foreign) - 1
        foreign, beside = (sums[-1] - sums[::-1] for sums in (self.foreign, self.beside))
        joints, outermost = width - self.joints[::-1], (width - self.outermost[1], width - self.outermost[0])
        return Row(width - self.stop[::-1], width - self.start[::-1], foreign, beside, joints, self.rim, outermost)

    def within(self, left: int, right: int) -> tuple[int, int]:
        """Given a stretch that is a line, return it without what goes on with too few dots beyond all joints, and
        beyond all rulings across of the page."""
        if self.joints.size:
            left, right = self.cut(left, right, float(self.joints[0]), float(self.joints[-1]))
        return self.cut(left, right, *self.outermost)

    def cut(self, left: int, right: int, first: float, last: float) -> tuple[int, int]:
        """Given a stretch that is a line and two joints, return it without what goes on beyond them with too few
        dots."""
        before = np.count_nonzero((self.start >= left) & (self.start < first - self.rim))
        behind = np.count_nonzero((self.stop <= right) & (self.stop > last + self.rim))
        short_left, short_right = left < first < right and before < BEYOND, left < last < right and behind < BEYOND
        return int(first) if short_left else left, int(last) if short_right else right

    def to_joints(self, left: int, right: int, reach: float) -> tuple[int, int]:
        """Given a stretch that is a line, return it led on to the joints that are near its ends."""
        before = self.joints[(self.joints < left) & (self.joints >= left - reach)]
        behind = self.joints[(self.joints > right) & (self.joints <= right + reach)]
        first = int(before.max()) if before.size else left
        last = int(behind.min()) if behind.size else right
        return (
            first if self.foreign[first] == self.foreign[left] else left,
            last if self.foreign[last] == self.foreign[right] else right,
        )

    def free(self, left: Sums, right: Sums) -> Flags:
        """Given stretches of the row, return which have nothing but dots and paper, and no side of a cell in whole."""
        sides = np.searchsorted(self.joints, right + self.rim) - np.searchsorted(self.joints, left - self.rim)
        return np.asarray((self.foreign[right] <= self.foreign[left]) & (sides < WHOLE_SIDE))

    def papered(self, left: int, right: int) -> bool:
        """True when most of a stretch has paper on both sides."""
        return int(self.beside[right] - self.beside[left]) <= SIDE_SHARE * (right - left)


def drawn_anew(
    grey: Picture, dark: Mask, level: Dots, plumb: Dots, strokes: tuple[Sequence[Ruling], Sequence[Ruling]], lost: bool
) -> Picture:
    """Given a page, its ink, its dots of both directions, its level and plumb strokes and whether it lost much of its
    hairlines, return the page with these drawn, or the page itself where there are none."""
    flat, tall = strokes
    rows = list(hairlines(dark, level, flat, tall, SIDE_IN, lost))
    found = [Ruling("h", row + 0.5, left, right, 1.0) for row, left, right in rows]
    columns = list(hairlines(np.ascontiguousarray(dark.T), plumb, tall, [*flat, *found], SIDE_PLUMB_IN, lost))
    rows += [part for stroke in flat if (part := gappy(stroke, dark, level.dpi))]
    columns += [part for stroke in tall if (part := gappy(stroke, dark.T, level.dpi))]
    if not rows and not columns:
        return grey
    drawn, ink = grey.copy(), int(np.median(grey[dark > 0]))
    for picture, inked, lines in ((drawn, dark, rows), (drawn.T, dark.T, columns)):
        for row, left, right in lines:
            body = (body_of(inked, row, left, right, level.dpi), slice(left, right))
            picture[body] = np.minimum(picture[body], ink)
    drawn.flags.writeable = False
    return drawn


def body_of(dark: Mask, row: int, left: int, right: int, dpi: float) -> slice:
    """Given ink and a level line of dots, return the rows that most of its dots cover when they are those of a thick
    dotted ruling, else its own row."""
    reach = round(THICK_DOT_IN * dpi)
    dots = dark[:, left:right][:, dark[row, left:right] > 0]
    above, below = dots[max(row - reach, 0) : row][::-1], dots[row + 1 : row + reach + 1]
    up, down = (np.minimum.accumulate(side, axis=0).sum(axis=0, dtype=np.int64) for side in (above, below))
    own = up + down < reach  # others are strokes across, or print
    if np.count_nonzero(own) < max(THICK_SHARE * (right - left), 1):  # a side of knots alone has no dots
        return slice(row, row + 1)
    body = slice(row - int(np.median(up[own])), row + int(np.median(down[own])) + 1)
    return body if body.stop - body.start >= THICK_IN * dpi else slice(row, row + 1)


def gappy(stroke: Ruling, dark: Mask, dpi: float) -> tuple[int, int, int] | None:
    """Given a stroke and the ink as it lies, return the stroke as (row, left, right) when it is too long for print that
    stands in line, and is dots or dashes on paper all along."""
    row, left, right = int(stroke.at), int(stroke.start), int(stroke.end)
    inked = np.asarray(dark[max(row - 1, 0) : row + 2, left:right].any(axis=0))
    gaps = np.count_nonzero(inked[:-1] & ~inked[1:])
    if right - left < LONG_IN * dpi or gaps < GAPS * (right - left) / dpi or inked.mean() > DASHED_SHARE:
        return None
    rim = round(stroke.thickness / 2) + 1
    beside = inked_beside(dark, row, rim, rim + round(BESIDE_IN * dpi))[left:right]
    return (row, left, right) if beside.mean() <= BESIDE_SHARE else None


def is_bilevel(grey: Picture) -> bool:
    """True when a page has ink and paper only, but for the rims that turning it left, as a fax has."""
    levels = np.bincount(grey[::STRIDE, ::STRIDE].ravel(), minlength=256)
    paper = int(levels.argmax())
    print_levels = levels[: max(paper - RIM, 0)]
    inked = int(print_levels[:INK].sum()) >= INK_SHARE * int(print_levels.sum())
    return inked and int(levels[paper]) >= EVEN * int(levels[max(paper - RIM, 0) :].sum())


def hairlines(
    dark: Mask, dots: Dots, strokes: Sequence[Ruling], across: Sequence[Ruling], side_in: float, lost: bool
) -> Iterator[tuple[int, int, int]]:
    """Given ink, its dots and strokes and the strokes across, yield what dots say of level lines as (row, left, right).

    Rulings carry the place across in ``at`` and along in ``start`` and ``end``, whatever their orientation. lost: few
    dots from joint to joint are a line, too.
    """
    slack, wide = slack_of(dots.dpi), round(side_in * dots.dpi)
    order = np.argsort(dots.row, kind="stable")
    ordered = dots.row[order]
    counts = np.convolve(np.bincount(dots.row, minlength=len(dark)), np.ones(2 * slack + 1, np.int64), "same")
    dust = max(float(np.percentile(counts, QUIET)), 1.0) / (dark.shape[1] / dots.dpi)
    if dust >= DENSITY:
        return
    trial = Trial(float(np.log(DENSITY / dust)), DENSITY, dots.dpi)
    ats = [other.at for other in across] or [0.0]
    outermost = (min(ats), max(ats))
    seeds: dict[int, list[Ruling]] = {}
    for stroke in strokes:
        seeds.setdefault(int(stroke.at), []).append(stroke)
    for at, least in rows_to_try(counts, seeds.keys(), trial.dot, slack).items():
        near = order[slice(*np.searchsorted(ordered, (at - slack, at + slack + 1)))]
        met = [other for other in across if other.start - wide <= at <= other.end + wide]
        row = row_of(dark, dots.only(near), at, met, wide, outermost)
        found = [part for stroke in seeds.get(at, ()) for part in beside_stroke(row, stroke, trial)]
        found += by_themselves(row, trial, least)
        if least < ALONE:
            there = [stroke for k in range(-slack, slack + 1) for stroke in seeds.get(at + k, ())]
            missing = without_those(sides_of(row), [*found, *((one.start, one.end) for one in there)], row.rim)
            knots = {joint: knots_at(dark, at, joint, dots.dpi, slack) for joint in {*chain(*missing)}}
            found += lost_sides(row, missing, knots, trial, lost)
        parts = (row.within(*part) for part in found)
        yield from ((at, *row.to_joints(*part, TO_JOINT_IN * dots.dpi)) for part in parts)


def rows_to_try(counts: Sums, seeds: Iterable[int], dot: float, slack: int) -> dict[int, float]:
    """Given how many dots stand on each row, the rows of strokes, what a dot tells and the pixels that it may lie off,
    return the rows with dots enough, and the log-likelihood that is asked of a line by itself there."""
    aligned = {at + k for at in seeds for k in range(-slack, slack + 1) if 0 <= at + k < len(counts)}
    tried = {at: IN_LINE for at in sorted(aligned) if counts[at] >= LEAST}
    crest = np.max([np.roll(counts, k) for k in range(-slack, slack + 1)], axis=0)
    lone = np.flatnonzero((counts * dot >= ALONE) & (counts == crest))
    return tried | {at: ALONE for at in lone.tolist() if at not in aligned}


def slack_of(dpi: float) -> int:
    """Pixels that a dot may lie beside its line."""
    return max(round(SLACK_IN * dpi), 1)


def row_of(dark: Mask, dots: Dots, at: int, across: Sequence[Ruling], wide: int, outermost: tuple[float, float]) -> Row:
    """Given ink, the dots on a row, the rulings across it, the pixels beside thick dots that are paper, and where the
    outermost rulings across of the page stand, return the row."""
    boxes, slack = dots.at[np.argsort(dots.at[:, 0], kind="stable")], slack_of(dots.dpi)
    start, stop = boxes[:, 0], boxes[:, 0] + boxes[:, 2]
    side, rim = round(SIDE_IN * dots.dpi), RIM_IN * dots.dpi
    crossed = np.zeros(dark.shape[1], bool)
    for other in across:
        near = other.thickness / 2 + rim
        crossed[max(int(other.at - near), 0) : int(other.at + near) + 1] = True
    inked = dark[max(at - slack, 0) : at + slack + 1].any(axis=0) & ~crossed
    for first, last in zip(start.tolist(), stop.tolist(), strict=True):
        inked[first:last] = False
    core = max(slack, int(boxes[:, 3].max(initial=0)) // 2 + 1)
    beside, far = (_summed(inked_beside(dark, at, core, core + k) & ~crossed) for k in (side, wide))
    over = _summed(crossed)
    thin = boxes[:, 3] <= THIN_IN * dots.dpi
    free = (beside[stop] == beside[start]) & (over[stop] == over[start]) & (thin | (far[stop] == far[start]))
    joints = np.sort([other.at for other in across])
    apart = np.diff(joints, prepend=-np.inf) > JOINTS_IN * dots.dpi
    return Row(start[free], stop[free], _summed(inked), beside, joints[apart], rim, outermost)


def inked_beside(dark: Mask, at: int, near: int, far: int) -> Flags:
    """Given ink and a row, return which columns are inked above or below it, farther than ``near`` pixels and no
    farther than ``far``."""
    above, below = dark[max(at - far, 0) : max(at - near, 0)], dark[at + near + 1 : at + far + 1]
    return np.asarray(above.any(axis=0) | below.any(axis=0))


def _summed(flags: Flags) -> Sums:
    return np.concatenate([[0], np.cumsum(flags)])


def beside_stroke(row: Row, stroke: Ruling, trial: Trial) -> Iterator[tuple[int, int]]:
    """Given a row, a stroke on it and a trial, yield the stretches left and right of it that go on with it."""
    width = len(row.foreign) - 1
    right = onward(row, int(stroke.end), trial)
    left = onward(row.turned(), width - int(stroke.start), trial)
    if right is not None:
        yield int(stroke.end), right
    if left is not None:
        yield width - left, int(stroke.start)


def onward(row: Row, begin: int, trial: Trial) -> int | None:
    """Given a row and where a stroke ends, return how far the dots right of it go on with it; None when they do not."""
    beyond = row.start >= begin
    start, stop = row.start[beyond], row.stop[beyond]
    before = np.concatenate([[begin], stop[:-1]])[: len(start)]
    broken = (start - before > trial.apart) | ~row.free(np.minimum(before, start), start)
    n = int(np.argmax(broken)) if broken.any() else len(start)
    sums = np.cumsum(trial.gains(start[:n] - before[:n]))
    ends = (i for i in np.argsort(-sums).tolist() if i + 1 >= LEAST and sums[i] >= ONWARD)
    last = next((i for i in ends if row.papered(begin, int(stop[i]))), None)
    return None if last is None else int(stop[: last + 1][without_strays(start[: last + 1], stop[: last + 1])][-1])


def by_themselves(row: Row, trial: Trial, least: float) -> Iterator[tuple[int, int]]:
    """Given a row and a trial, yield the stretches of it whose dots are a line without any stroke."""
    if len(row.start) < LEAST:
        return
    before, start = row.stop[:-1], row.start[1:]
    apart = (start - before > trial.apart) | ~row.free(np.minimum(before, start), start)
    for part in np.split(np.arange(len(row.start)), np.flatnonzero(apart) + 1):
        gains = trial.gains(row.start[part][1:] - row.stop[part][:-1])
        first, stop, total = best_part(np.concatenate([[trial.dot], gains]))
        own = part[first:stop]
        own = own[without_strays(row.start[own], row.stop[own])]
        left, right = int(row.start[own[0]]), int(row.stop[own[-1]])
        if total >= least and row.papered(left, right):
            yield left, right


def sides_of(row: Row) -> list[tuple[int, int]]:
    """Given a row, return its ways from joint to joint."""
    return list(pairwise(np.round(row.joints).astype(int).tolist()))


def without_those(
    sides: Sequence[tuple[int, int]], lines: Sequence[tuple[float, float]], rim: float
) -> list[tuple[int, int]]:
    """Given ways from joint to joint, lines on their row and the pixels that these may end before a joint, return the
    ways on which no line is."""
    return [
        (left, right)
        for left, right in sides
        if not any(start <= left + rim and end >= right - rim for start, end in lines)
    ]


def lost_sides(
    row: Row, sides: Sequence[tuple[int, int]], knots: Mapping[int, tuple[bool, bool]], trial: Trial, lost: bool
) -> list[tuple[int, int]]:
    """Given a row, its ways from joint to joint without a line, the knots left and right of each joint, a trial and
    whether the page lost much of its hairlines, return the ways on which dots and knots tell of one; none where no way
    does so surely, unless much is lost."""
    told, sure = {}, lost
    for left, right in sides:
        inside = int(np.count_nonzero((row.start > left + row.rim) & (row.stop < right - row.rim)))
        tied, inches = int(knots[left][1]) + int(knots[right][0]), (right - left) / trial.dpi
        if inside + tied < LEAST or row.foreign[right] > row.foreign[left] or not row.papered(left, right):
            continue
        if lost or inside < DENSE * inches:
            told[left, right] = inside * trial.dot + tied * KNOT - trial.inch * inches
            sure = sure or (bool(inside and tied) and told[left, right] >= SURE)
    return [side for side, sum_ in told.items() if sure and sum_ >= SIDE]


def best_part(gains: NDArray[np.float64]) -> tuple[int, int, float]:
    """Given what each dot gains over the one before it, return the part of greatest sum as (first, stop, sum)."""
    sums = np.concatenate([[0.0], np.cumsum(gains)])
    lowest = np.minimum.accumulate(sums)[:-1]
    stop = int(np.argmax(sums[1:] - lowest)) + 1
    first = int(np.argmin(sums[:stop]))
    return first, stop, float(sums[stop] - sums[first])
