"""Folds across a level page are lifted: a dark line from one edge of the paper to the other, which no ruling is.

The line is found in the two margins and has to be seen nearly everywhere between them. It takes the same share of the
light all along, so that what lies under it, a ruling close by above all, is given back.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.config import Upright
from pipeline.model import Picture

Floats = NDArray[np.float64]

BLOCKS = 24
"""Pieces of the page's width; in each the fold is looked for in the mean of its columns."""
PIECES = 64
"""Pieces of the page's width; over the length of one a fold goes straight."""
OFF = 2
"""Pixels by which it may stray from a straight line."""
REACH = 6
"""Pixels above and below a fold's middle that belong to it."""
PEAKS = 12
"""Dark lines of one margin that are looked at, the darkest."""
GRAIN = 3.0
"""Times the middle rise of a page that a fold rises at the least."""
MOST = 3
"""Folds of one direction; a letter has two."""


@dataclass(frozen=True, slots=True)
class Fold:
    """A level fold: y of its middle at the left and right edge of the page, in pixels."""

    left: float
    right: float


def lift_folds(grey: Picture, dpi: float, settings: Upright) -> Picture:
    """Given a level grey page, return it without its folds; a page without any is the same object."""
    return _lift_plumb(_lift_level(grey, dpi, settings), dpi, settings)


def _lift_plumb(grey: Picture, dpi: float, settings: Upright) -> Picture:
    turned = cv2.transpose(grey)
    lifted = _lift_level(turned, dpi, settings)
    return grey if lifted is turned else cv2.transpose(lifted)


def _lift_level(grey: Picture, dpi: float, settings: Upright) -> Picture:
    margins = margins_of(grey.shape[1], dpi, settings)
    found = [(fold, light_left(grey, fold, margins)) for fold in find_folds(grey, dpi, settings)]
    folds = [(fold, light) for fold, light in found if settings.fold_dark <= light <= settings.fold_light]
    if not 0 < len(found) <= MOST:
        return grey  # what runs over the page so often is a table that fills it
    lifted = grey.copy() if folds else grey
    for fold, light in folds:
        lifted = without_fold(lifted, fold, settings.fold_stronger * light)
    return lifted


def margins_of(width: int, dpi: float, settings: Upright) -> tuple[slice, slice]:
    """Given a page's width in pixels, return the columns of its two margins that a table does not reach."""
    near, far = (round(inches * dpi) for inches in (settings.fold_margin_in, settings.fold_margin_end_in))
    return slice(near, far), slice(width - far, width - near)


def find_folds(grey: Picture, dpi: float, settings: Upright) -> list[Fold]:
    """Given a level grey page, return its level folds, top to bottom."""
    height, width = grey.shape
    if min(height, width) < 4 * settings.fold_margin_end_in * dpi:
        return []
    span = np.ones((max(round(settings.fold_in * dpi), 3), 1), np.uint8)
    margins = np.stack([grey[:, margin].mean(axis=1) for margin in margins_of(width, dpi, settings)], axis=1)
    edges = cv2.morphologyEx(margins.astype(np.uint8), cv2.MORPH_BLACKHAT, span)
    lefts, rights = (peaks_of(edge, over_grain(edge, settings)) for edge in edges.T)
    if not lefts or not rights:
        return []
    rise = cv2.morphologyEx(block_means(grey), cv2.MORPH_BLACKHAT, span)
    seen = cv2.dilate((rise >= over_grain(rise, settings)).astype(np.uint8), np.ones((2 * OFF + 1, 1), np.uint8))
    share = {
        (y0, y1): seen_share(seen, y0, y1)
        for y0 in lefts
        for y1 in rights
        if abs(y1 - y0) <= settings.fold_lean * width
    }
    found: list[Fold] = []
    for (y0, y1), part in sorted(share.items(), key=lambda item: -item[1]):
        apart = all(abs(y0 - other.left) > 2 * REACH and abs(y1 - other.right) > 2 * REACH for other in found)
        if part >= settings.fold_seen and apart:
            found.append(Fold(float(y0), float(y1)))
    return sorted(found, key=lambda fold: fold.left)


def block_means(grey: Picture) -> Picture:
    """Given a page, return the mean of each row over each of ``BLOCKS`` pieces of its width, (H, BLOCKS) uint8.

    Added up row by row of the turned page, which takes a tenth of the time of weighing pixels at the pieces' rims.
    """
    rims = np.linspace(0, grey.shape[1], BLOCKS + 1).round().astype(int).tolist()
    turned = cv2.transpose(grey)
    means = [cv2.reduce(turned[a:b], 0, cv2.REDUCE_AVG) for a, b in pairwise(rims)]
    return np.asarray(cv2.transpose(np.vstack(means)), np.uint8)


def over_grain(rise: NDArray[np.uint8], settings: Upright) -> float:
    """Given rises, return the least that is no grain: the middle one is that of the grain."""
    return max(settings.fold_levels, GRAIN * float(np.median(rise)))


def peaks_of(rise: NDArray[np.uint8], least: float) -> list[int]:
    """Given the rises down a margin and the least that counts, return the rows of its darkest lines, darkest first."""
    best = cv2.dilate(rise[:, None], np.ones((2 * REACH + 1, 1), np.uint8))[:, 0]
    rows = np.flatnonzero((rise == best) & (rise >= least))
    return rows[np.argsort(-rise[rows].astype(int), kind="stable")][:PEAKS].tolist()


def seen_share(seen: NDArray[np.uint8], left: float, right: float) -> float:
    """Given where dark lines are, (H, blocks), and the ends of a line, return the share of blocks that show it."""
    rows = np.round(np.interp(np.arange(BLOCKS) + 0.5, (0, BLOCKS), (left, right))).astype(int)
    inner = slice(1, -1)  # the outermost may be beyond the sheet
    return float(seen[rows.clip(0, len(seen) - 1), np.arange(BLOCKS)][inner].mean())


def light_left(grey: Picture, fold: Fold, margins: tuple[slice, slice]) -> float:
    """Given a page, a fold and the columns of its margins, return the share of the light that the fold lets through
    there, the mean of both; 1 where one of them does not show it."""
    rows, columns = around(grey, fold)
    strip = grey[rows, columns].astype(np.float64)
    light = strip / np.maximum(paper_across(strip), 1.0)
    shares = [float(np.median(light[:, margin], axis=1).min()) for margin in margins]
    return sum(shares) / 2 if max(shares) < 1.0 else 1.0


def around(grey: Picture, fold: Fold) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Given a page and a fold, return the rows and columns of the pixels around it, (rows, width) and (1, width)."""
    height, width = grey.shape
    path = np.round(np.interp(np.arange(width) + 0.5, (0, width), (fold.left, fold.right))).astype(np.int64)
    rows = path[None, :] + np.arange(-REACH - OFF, REACH + OFF + 1)[:, None]
    return rows.clip(0, height - 1), np.arange(width)[None, :]


def without_fold(grey: Picture, fold: Fold, least: float) -> Picture:
    """Given a page that may be written to, a fold and the share of the light that it lets through at the least, return
    the page with what it takes given back: from each row of a short piece what most of it lacks. A ruling that runs
    beside the fold all along lacks more."""
    rows, columns = around(grey, fold)
    strip = grey[rows, columns].astype(np.float64)
    paper = paper_across(strip)
    pieces = np.minimum(columns[0] * PIECES // grey.shape[1], PIECES - 1)
    kept = block_medians(strip / np.maximum(paper, 1.0), PIECES)[:, pieces].clip(least, 1.0)
    given = np.minimum(strip / kept, np.maximum(strip, paper))
    grey[rows, columns] = np.round(given).clip(0, 255).astype(np.uint8)
    return grey


def paper_across(strip: Floats) -> Floats:
    """Given the rows around a fold, return the level of the paper in each: even from the first to the last, and along
    them as bright as most of each piece."""
    middles = (np.arange(BLOCKS) + 0.5) * strip.shape[1] / BLOCKS
    first, last = (
        np.interp(np.arange(strip.shape[1]), middles, level) for level in block_medians(strip[[0, -1]], BLOCKS)
    )
    share = np.linspace(0.0, 1.0, len(strip))[:, None]
    return np.asarray(first * (1 - share) + last * share)


def block_medians(strip: Floats, blocks: int) -> Floats:
    """Given rows, return the median of each over each of so many pieces of the page, (rows, blocks)."""
    return np.stack([np.median(part, axis=1) for part in np.array_split(strip, blocks, axis=1)], axis=1)
