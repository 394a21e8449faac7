"""Rulings that a fax or a worn print left as dots and short dashes, farther apart than those of a dotted ruling.

Only what is as small as a dot is joined, so that print, whose strokes are larger, does not become lines; and only where
dots stand in a row, which most pages have nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator

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
APART_IN = 0.08
"""Inches between two dots; a dotted ruling that lost two of three has 0.08."""
LINE_IN = 0.3
"""Inches of dots in a row that are a line; dust does not stand in line as far."""
ROW = 12
"""Dots in one row from which it may be a ruling; a line of print has fewer points and commas."""
SIGMAS = 6.0
"""Standard deviations above the dots that dust leaves in a row by chance (Poisson), from which they are a line."""
SPARSE_IN = 0.4
"""Inches between two dots of a hairline of which a fax left three an inch."""
RUN, RUN_IN = 6, 0.8
"""Dots and inches of such a hairline at the least; it has half as many an inch at the least."""


def with_dots_joined(dark: Mask, dpi: float) -> tuple[Mask, Mask]:
    """Given ink, return it with the dots that stand in a level row joined, and, transposed, those in a plumb one."""
    _, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(dark, 8, cv2.CV_32S, cv2.CCL_BBDT)
    found = stats[1:].astype(np.int64), np.asarray(labels)
    return _joined(dark, *found, dpi), _joined(cv2.transpose(dark), found[0][:, [1, 0, 3, 2, 4]], found[1].T, dpi)


def _joined(dark: Mask, stats: Places, labels: NDArray[np.int32], dpi: float) -> Mask:
    """Given ink and its components as (left, top, width, height, area), return it with dots in level rows joined."""
    small = np.flatnonzero((stats[:, 2] <= DASH_IN * dpi) & (stats[:, 3] <= DOT_IN * dpi))
    at = stats[small, 1] + stats[small, 3] // 2
    rowed = small[in_rows(at, ROW)]
    if not len(rowed):
        return dark
    apart, long = round(APART_IN * dpi) | 1, round(LINE_IN * dpi)
    closed = cv2.morphologyEx(_drawn(stats[rowed], rowed + 1, labels), cv2.MORPH_CLOSE, np.ones((1, apart), np.uint8))
    lent = cv2.dilate(closed, np.ones((2, 1), np.uint8))  # a row may step by a pixel
    opened = cv2.morphologyEx(lent, cv2.MORPH_OPEN, np.ones((1, long), np.uint8))
    joined = np.asarray(cv2.bitwise_or(dark, cv2.bitwise_and(opened, closed)))
    chance = 3 * len(small) / len(dark)
    for run in runs_of(stats[small[in_rows(at, max(ROW, chance + SIGMAS * chance**0.5))]], dark, dpi):
        joined[run[1], run[0] : run[2]] = 1
    return joined


def runs_of(dots: Places, dark: Mask, dpi: float) -> Iterator[tuple[int, int, int]]:
    """Given the dots in rows that have too many for dust, yield what is left of a hairline as (left, row, right).

    Between two neighbours nothing else is inked, and no more paper lies than of a line that lost most of its dots.
    """
    rows = dots[:, 1] + dots[:, 3] // 2
    for row in np.unique(rows):
        near = dots[np.abs(rows - row) <= 1]
        if (rows[np.abs(rows - row) <= 1] == row).sum() * 2 < len(near):
            continue  # its neighbour has more of the line
        near = near[np.argsort(near[:, 0])]
        free = np.cumsum(np.concatenate([[0], dark[max(row - 1, 0) : row + 2].any(axis=0)]))
        left, right = near[:, 0], near[:, 0] + near[:, 2]
        gaps = (left[1:] - right[:-1] <= SPARSE_IN * dpi) & (free[left[1:]] == free[right[:-1]])
        for part in np.split(np.arange(len(near)), np.flatnonzero(~gaps) + 1):
            length = right[part[-1]] - left[part[0]]
            if len(part) >= RUN and length >= RUN_IN * dpi and len(part) >= RUN * length / (2 * RUN_IN * dpi):
                yield int(left[part[0]]), int(row), int(right[part[-1]])


def in_rows(at: Places, least: float) -> NDArray[np.bool_]:
    """Given the rows in which dots stand, return which of them are one of ``least`` in theirs and the two beside it."""
    if not len(at):
        return np.zeros(0, np.bool_)
    many = np.convolve(np.bincount(at), np.ones(3, np.int64), "same") >= least
    return np.asarray(np.convolve(many, np.ones(3), "same")[at] > 0)


def _drawn(stats: Places, names: Places, labels: NDArray[np.int32]) -> Mask:
    """Given some components, their names and the page's, return them alone."""
    mask = np.zeros(labels.shape, np.uint8)
    for (x, y, w, h, _), name in zip(stats.tolist(), names.tolist(), strict=True):
        mask[y : y + h, x : x + w] |= labels[y : y + h, x : x + w] == name
    return mask
