"""Lines of text in one area: where print is set tight, cuts run where the fewest strokes are crossed.

A projection alone fails where lines touch, so the cuts are the cheapest path: each cut costs the share of print that it
crosses, each line costs by how far its height is from one line of type. Heights are in ems of the area's own print.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.stages.read.debris import Mask, upper_quartile

Band = tuple[int, int]
"""(top, bottom) rows, half-open."""

FULL_EMS = (0.5, 1.35)
"""Ems; the height of one line of type lies between these."""
JOIN_EMS = 1.12
"""Ems; two lines cannot stand within this height, so pieces that do are one line (the strokes of 二, of =). The highest
signs are a twelfth higher than most: 前 alone on a line, whose upper strokes stand apart."""
FIGURES_EMS = 0.66
"""Of the page's text height; the figures of its type are at least as high, and two such lines do not pass for one."""
STROKE_EMS = 0.3
"""Ems; every piece of print has a stroke this long."""
MARK_HIGH, MARK_WIDE, MARGIN_EMS = 0.22, 0.4, 0.5
"""Ems; a mark that wrapped is at least as high or as wide as the first and no wider than the second, and stands no
farther from where lines begin than the third. A lone dot is smaller."""
CUT_COST = 12.0
"""A cut through all of a line's print, against TALL_COST for each squared em of extra height."""
TALL_COST = 11.0
THIN_COST = 12.0


def em_of(mask: Mask, page_em: float) -> float:
    """Given the ink of an area, return its text height in pixels: the upper quartile of its components.

    Large print must be as wide as it is high, since two lines that touch make tall components. Falls back on the
    page's text height when there is too little print to tell.
    """
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    wide, high = stats[1:, cv2.CC_STAT_WIDTH], stats[1:, cv2.CC_STAT_HEIGHT]
    whole = (wide < 2.5 * high) & (wide > 0.25 * high)
    usual = whole & (high > 0.4 * page_em) & (high < 1.6 * page_em)
    large = (high >= 1.6 * page_em) & (high < 2.4 * page_em) & (wide > 0.75 * high) & (wide < 1.5 * high)
    heights = high[large] if large.sum() >= max(3, usual.sum()) else high[usual]
    if len(heights) < 3:
        return page_em
    return min(max(upper_quartile(heights), 0.6 * page_em), 2.2 * page_em)


def line_em(em: float, page_em: float) -> float:
    """Given the text height of an area and the page's, return the height by which the area's lines are told apart.

    Figures are lower than the type they are set in, so that beside them the strokes of 元 and 二 would look like lines
    of their own; type that is a little smaller than the page's is told apart just as well by the page's.
    """
    return page_em if FIGURES_EMS * page_em <= em < page_em else em


def page_em(mask: Mask, dpi: float) -> float:
    """Given the ink of a page, return its text height in pixels; 10.5 point when there is no print to measure."""
    usual = 10.5 / 72 * dpi
    _, _, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(mask, 8, cv2.CV_32S, cv2.CCL_BBDT)  # the quickest
    wide, high = stats[1:, cv2.CC_STAT_WIDTH], stats[1:, cv2.CC_STAT_HEIGHT]
    square = (high > 0.35 * usual) & (high < 2.5 * usual) & (wide > 0.6 * high) & (wide < 1.4 * high)
    return float(np.percentile(high[square], 60)) if square.sum() >= 8 else usual


def split_lines(mask: Mask, em: float) -> list[Band]:
    """Given the ink of an area and its text height, return the rows of each line, top to bottom, trimmed to ink."""
    bands = join_thin(bands_of(np.asarray(mask.any(axis=1))), em)
    lines = join_thin([line for band in bands for line in cut_band(mask, band, em)], em)
    return [trimmed for line in lines if (trimmed := trim(mask, line))]


def bands_of(inked: NDArray[np.bool_]) -> list[Band]:
    """Given which rows hold ink, return the runs of inked rows."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], inked.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def join_thin(bands: Sequence[Band], em: float) -> list[Band]:
    """Given bands, return them with neighbours joined that fit into one line of type together."""
    joined: list[Band] = []
    for band in bands:
        if joined and band[1] - joined[-1][0] <= JOIN_EMS * em:
            joined[-1] = (joined[-1][0], band[1])
        else:
            joined.append(band)
    return joined


def cut_band(mask: Mask, band: Band, em: float) -> list[Band]:
    """Given one run of inked rows, return its lines."""
    top, bottom = band
    if bottom - top <= FULL_EMS[1] * em:
        return [band]
    crossing = crossings(mask[top:bottom])
    rows = [0, *cut_rows(crossing), bottom - top]
    return [(top + a, top + b) for a, b in cheapest_path(rows, crossing, em)]


def crossings(ink: Mask) -> NDArray[np.float64]:
    """Given the ink of a band, return for each row the share of its print that a cut above the row would cross.

    The share is of the ink in a typical row, so that short lines count like long ones.
    """
    through = np.zeros(len(ink))
    through[1:] = (ink[1:] & ink[:-1]).sum(axis=1)
    rows = ink.sum(axis=1)
    typical = np.percentile(rows[rows > 0], 60) if rows.any() else 1.0
    return through / max(float(typical), 1.0)


def cut_rows(crossing: NDArray[np.float64]) -> list[int]:
    """Given crossings, return the rows where a cut is a local minimum."""
    inner = crossing[1:-1]
    low = (inner <= crossing[:-2]) & (inner <= crossing[2:])
    return [int(i) + 1 for i in np.flatnonzero(low)]


def cheapest_path(rows: Sequence[int], crossing: NDArray[np.float64], em: float) -> list[Band]:
    """Given candidate cuts (first and last included), return the lines between the cheapest choice of cuts."""
    best = [0.0] + [float("inf")] * (len(rows) - 1)
    back = [0] * len(rows)
    for j in range(1, len(rows)):
        for i in range(j - 1, -1, -1):
            height = (rows[j] - rows[i]) / em
            cost = best[i] + height_cost(height) + (CUT_COST * crossing[rows[j]] if j < len(rows) - 1 else 0.0)
            if cost < best[j]:
                best[j], back[j] = cost, i
            if height > 3 * FULL_EMS[1] and i < back[j]:
                break
    path = [len(rows) - 1]
    while path[-1]:
        path.append(back[path[-1]])
    cuts = [rows[i] for i in reversed(path)]
    return list(pairwise(cuts))


def height_cost(ems: float) -> float:
    """Given a line's height in ems, return what it costs to take it for one line of type."""
    low, high = 0.75, 1.2
    if ems > high:
        return TALL_COST * (ems - high) ** 2
    return THIN_COST * max(low - ems, 0.0) ** 2


def trim(mask: Mask, band: Band) -> Band | None:
    """Given a line's rows, return them cut to its ink, or None when there is none."""
    inked = np.flatnonzero(mask[band[0] : band[1]].any(axis=1))
    return (band[0] + int(inked[0]), band[0] + int(inked[-1]) + 1) if inked.size else None


def is_print(mask: Mask, rows: Band, columns: Band, em: float) -> bool:
    """True when a piece holds at least one stroke of a character's size, and not only dust."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask[rows[0] : rows[1], columns[0] : columns[1]], connectivity=8)
    return bool(np.max(stats[1:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]], initial=0) >= STROKE_EMS * em)


def is_wrapped_mark(mask: Mask, above: Band | None, rows: Band, columns: Band, em: float) -> bool:
    """Given the ink of an area, the rows of a line and of the one above it, and the columns of a piece of it, return
    whether the piece may be a mark such as ； or 。 that did not fit at the end of the line above: alone on its line,
    where lines begin, below a line that is full. Its dots are as small as dust."""
    high, wide = rows[1] - rows[0], columns[1] - columns[0]
    if above is None or wide > MARK_WIDE * em or max(high, wide) < MARK_HIGH * em:
        return False
    own, upper, every = (np.flatnonzero(part.any(axis=0)) for part in (mask[slice(*rows)], mask[slice(*above)], mask))
    alone = columns[0] <= own[0] and own[-1] < columns[1]
    return bool(alone and own[0] - every[0] <= MARGIN_EMS * em and every[-1] - upper[-1] <= em)


def split_pieces(mask: Mask, band: Band, gap: float) -> list[Band]:
    """Given a line's rows, return the column runs of its pieces, parted where a blank is wider than ``gap`` pixels."""
    runs = bands_of(np.asarray(mask[band[0] : band[1]].any(axis=0)))
    pieces: list[Band] = []
    for run in runs:
        if pieces and run[0] - pieces[-1][1] <= gap:
            pieces[-1] = (pieces[-1][0], run[1])
        else:
            pieces.append(run)
    return pieces
