"""Rulings that a fax or a worn print left as dots and short dashes, farther apart than those of a dotted ruling.

Only what is as small as a dot is joined, so that print, whose strokes are larger, does not become lines; and only where
dots stand in a row, which most pages have nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8]
"""(H, W) uint8, 0 or 1."""
Places = NDArray[np.int64]

DASH_IN = 0.06
"""Inches along a ruling; what is longer is a stroke of print, or found without help."""
DOT_IN = 0.02
"""Inches across it; a thin ruling is half as thick."""
THICK_DOT_IN = 0.026
"""The same of the dots of a ruling of 1.5 point that a fax has thickened."""
EVEN = 0.25
"""Of the longer of two steps between three dots in a row, by which they differ at the most where a ruling is dotted;
the steps between the points of colons one above the other differ by half."""
APART_IN = 0.08
"""Inches between two dots; a dotted ruling that lost two of three has 0.08."""
LINE_IN = 0.3
"""Inches of dots in a row that are a line; dust does not stand in line as far."""
ROW = 12
"""Dots in one row from which it may be a ruling; a line of print has fewer points and commas."""
ROWS = 3
"""Rows that are looked at together: one and those beside it."""
GRAIN = 4.0
"""Times the area of a speck of grain on the median that a dot has among grain: specks are of one pixel or two."""
SIGMAS = 6.0
"""Standard deviations above the dots that dust leaves in a row by chance (Poisson), from which they are a line."""
SPARSE_IN = 0.4
"""Inches between two dots of a hairline of which a fax left three an inch."""
RUN, RUN_IN = 6, 0.8
"""Dots and inches of such a hairline at the least."""
SPARSE, SPARSE_PLUMB = 3.0, 12.0
"""Dots an inch of one at the least; dust has fewer, and the points of colons one above the other ten at the most."""
STRAY = 7.0
"""Times the way between two dots of a dotted ruling on the median that one of it stands from the next at the most."""
TELLING, DOTTED = 6, 0.6
"""Dots of a line at the least that tell how far they stand from one another, and the share of their steps that are even
in a dotted ruling."""
BEYOND = 4
"""Dots with which a hairline goes on beyond the outermost ruling across, which may be one that is not found yet."""
SIDE_IN, SIDE_SHARE = 0.04, 0.2
"""Inches beside a hairline that are paper, and the share of it that may have print there; dots of signs have more."""


@dataclass(frozen=True, slots=True, eq=False)
class Dots:
    """What is as small as the dots of a level ruling. at: (n, 4) left, top, width, height; row: of their middles;
    name: in ``labels``, (H, W), those of all components of the page. dpi: pixels an inch."""

    at: Places
    row: Places
    name: Places
    labels: NDArray[np.int32]
    dpi: float

    @staticmethod
    def of(stats: Places, labels: NDArray[np.int32], dpi: float, across: float) -> Dots:
        """Given components as (left, top, width, height, area), the first of them the paper, return the dots."""
        name = np.flatnonzero((stats[:, 2] <= DASH_IN * dpi) & (stats[:, 3] <= across * dpi))
        at = stats[name, :4]
        return Dots(at, at[:, 1] + at[:, 3] // 2, name, labels, dpi)

    def only(self, which: NDArray[np.bool_] | Places) -> Dots:
        return replace(self, at=self.at[which], row=self.row[which], name=self.name[which])

    @property
    def thin(self) -> Dots:
        """Those that may be what is left of a hairline."""
        return self.only(self.at[:, 3] <= DOT_IN * self.dpi)

    def in_rows(self, least: float) -> Dots:
        """Return those that are one of ``least`` in their row and the two beside it."""
        if not len(self.row):
            return self
        counts = np.bincount(self.row, minlength=3)  # a scrap of a picture has fewer rows
        many = np.convolve(counts, np.ones(3, np.int64), "same") >= least
        return self.only(np.convolve(many, np.ones(3), "same")[self.row] > 0)

    def outside(self, mask: Mask) -> Dots:
        """Return those whose middle is not in a mask."""
        return self.only(mask[self.row, self.at[:, 0] + self.at[:, 2] // 2] == 0)


def with_dots_joined(dark: Mask, dpi: float) -> tuple[Mask, Mask]:
    """Given ink, return it with the dots that stand in a level row joined, and, transposed, those in a plumb one."""
    found = zip(dots_of(dark, dpi, THICK_DOT_IN), dark.shape, strict=True)
    level, plumb = (without_grain(dots, rows) for dots, rows in found)
    rows, columns = dotted_lines(without_uneven(level)), dotted_lines(without_uneven(plumb))
    level, plumb = level.thin, plumb.thin
    tall = cv2.transpose(dark)
    return joined(dark, rows, level, columns.T, SPARSE), joined(tall, columns, plumb, rows.T, SPARSE_PLUMB)


def dots_of(dark: Mask, dpi: float, across: float) -> tuple[Dots, Dots]:
    """Given ink and the inches that a dot may have across a ruling, return its dots for level rows and, transposed,
    those for plumb ones."""
    _, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(dark, 8, cv2.CV_32S, cv2.CCL_BBDT)
    stats[0] = 1 << 30  # the paper is no dot
    return Dots.of(stats, labels, dpi, across), Dots.of(stats[:, [1, 0, 3, 2, 4]], labels.T, dpi, across)


def without_grain(dots: Dots, rows: int) -> Dots:
    """Given dots and the rows of the page, return those that are larger than its grain, where there is so much of that
    that every row has dots enough for a line."""
    if ROWS * len(dots.row) / rows < ROW:
        return dots
    area = dots.at[:, 2] * dots.at[:, 3]
    return dots.only(area >= GRAIN * np.median(area))


def without_uneven(dots: Dots) -> Dots:
    """Given dots, return them without the thick ones that do not stand as far from the next ones in their row as those
    do from one another: thin ones may be what is left of a hairline, thick ones are print or a dotted ruling."""
    thick = dots.at[:, 3] > DOT_IN * dots.dpi
    if not thick.any():
        return dots
    kept = ~thick
    for row in np.unique(dots.only(thick).in_rows(ROW).row).tolist():
        near = np.flatnonzero(np.abs(dots.row - row) <= 1)
        near = near[np.argsort(dots.at[near, 0])]
        kept[near[evenly_set(dots.at[near, 0] + dots.at[near, 2] / 2, APART_IN * dots.dpi + DASH_IN * dots.dpi)]] = True
    return dots.only(kept)


def evenly_set(middles: NDArray[np.float64], apart: float) -> NDArray[np.bool_]:
    """Given where dots stand in a row, ascending, and how far from one another at the most, return which of them are
    one of three with equal steps between."""
    even = even_steps(np.diff(middles)) & (middles[2:] - middles[:-2] <= 2 * apart)
    found = np.zeros(len(middles), np.bool_)
    for k in range(3):
        found[k : k + len(even)] |= even
    return found


def even_steps(steps: NDArray[np.float64] | Places) -> NDArray[np.bool_]:
    """Given the steps from each dot of a row to the next, return which two in a row are nearly equal."""
    return np.asarray(np.abs(np.diff(steps)) <= EVEN * np.maximum(steps[1:], steps[:-1]))


def joined(dark: Mask, lines: Mask, dots: Dots, across: Mask, sparse: float) -> Mask:
    """Given ink, its level dotted lines, all dots, and its plumb dotted lines, return it with level lines whole.

    sparse: dots an inch that are a line at the least.
    """
    whole = np.asarray(cv2.bitwise_or(dark, lines))
    level = dots.outside(across)
    chance = ROWS * len(level.row) / len(dark)
    for left, row, right in hairlines_in(level.in_rows(max(ROW, chance + SIGMAS * chance**0.5)), dots, dark, sparse):
        whole[row, left:right] = 1
    return whole


def dotted_lines(dots: Dots) -> Mask:
    """Given dots, return the level lines that those make which stand in a row, one close to the next."""
    rowed, mask = dots.in_rows(ROW), np.zeros(dots.labels.shape, np.uint8)
    if not len(rowed.row):
        return mask
    near = np.zeros(len(mask), np.bool_)  # the rows of dots and one beside them: of most pages a few in a hundred
    for (x, y, w, h), name in zip(rowed.at.tolist(), rowed.name.tolist(), strict=True):
        mask[y : y + h, x : x + w] |= dots.labels[y : y + h, x : x + w] == name
        near[max(y - 1, 0) : y + h + 1] = True
    mask[near] = lines_along(mask[near], dots.dpi)
    return mask


def lines_along(mask: Mask, dpi: float) -> Mask:
    """Given dots, return the level lines that they make."""
    apart, long = round(APART_IN * dpi) | 1, round(LINE_IN * dpi)
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((1, apart), np.uint8))
    lent = cv2.dilate(closed, np.ones((2, 1), np.uint8))  # a row may step by a pixel
    opened = cv2.morphologyEx(lent, cv2.MORPH_OPEN, np.ones((1, long), np.uint8))
    return np.asarray(cv2.bitwise_and(opened, closed))


def hairlines_in(dots: Dots, every: Dots, dark: Mask, sparse: float) -> Iterator[tuple[int, int, int]]:
    """Given the dots in rows that have too many for dust, and all of them, yield what is left of hairlines as (left,
    row, right).

    Between two neighbours only dots are inked, and no more paper lies than where a line lost most of its dots.
    """
    for row in np.unique(dots.row).tolist():
        near = dots.only(np.abs(dots.row - row) <= 1)
        if 2 * np.count_nonzero(near.row == row) < len(near.row):
            continue  # the row beside it has more of the line
        order = np.argsort(near.at[:, 0])
        left = near.at[order, 0]
        right = left + near.at[order, 2]
        on_line, beside = foreign_ink(dark, every, row), print_beside(dark, row, dots.dpi)
        apart = (left[1:] - right[:-1] > SPARSE_IN * dots.dpi) | (on_line[left[1:]] > on_line[right[:-1]])
        for run in np.split(np.arange(len(left)), np.flatnonzero(apart) + 1):
            part = run[without_strays(left[run], right[run])]
            first, stop = int(left[part[0]]), int(right[part[-1]])
            long = stop - first >= RUN_IN * dots.dpi and len(part) >= max(RUN, sparse * (stop - first) / dots.dpi)
            if long and beside[stop] - beside[first] <= SIDE_SHARE * (stop - first):
                yield first, row, stop


def without_strays(start: Places, stop: Places) -> slice:
    """Given where the dots of a line start and stop, return which of them are its own: not the few at an end that stand
    much farther from the others than those do from one another, which are dust in line with it. Few dots do not tell,
    nor do those of a hairline, of which whole stretches are lost."""
    ways = start[1:] - stop[:-1]
    told = len(start) >= TELLING and even_steps(np.diff((start + stop) / 2)).mean() >= DOTTED
    behind = np.flatnonzero(ways > STRAY * np.median(ways)) + 1 if told else ways[:0]
    few, many = behind[behind < BEYOND], behind[behind > len(start) - BEYOND]
    first, last = int(few.max(initial=0)), int(many.min(initial=len(start)))
    return slice(first, last) if first < last else slice(0, len(start))


def foreign_ink(dark: Mask, dots: Dots, row: int) -> Places:
    """Given ink, its dots and a row, return how many columns left of each are inked there by anything else."""
    inked = np.asarray(dark[max(row - 1, 0) : row + 2].any(axis=0))
    for x, _, width, _ in dots.at[np.abs(dots.row - row) <= 1].tolist():
        inked[x : x + width] = False
    return np.cumsum(np.concatenate([[0], inked]))


def print_beside(dark: Mask, row: int, dpi: float) -> Places:
    """Given ink and a row, return how many columns left of each are inked above or below it."""
    side = round(SIDE_IN * dpi)
    above, below = dark[max(row - side, 0) : max(row - 1, 0)], dark[row + 2 : row + side + 1]
    return np.cumsum(np.concatenate([[0], above.any(axis=0) | below.any(axis=0)]))
