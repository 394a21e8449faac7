"""Folds of the sheet: dark lines that run right across it, margins and all, and are paper, not print.

A ruling ends with its table and a stroke with its sign; what is darker than its neighbourhood from edge to edge is a
fold. On its way the level of the paper is what most of a stretch of it has, so that print across a fold stays print.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.geometry import Box
from pipeline.model import Picture

STRETCH_IN = 0.3
"""Inches of a fold that are looked at together; lower than this no row of a table is."""
WIDE_IN = 0.045
"""Inches; a wider dark stripe is a shade, which the paper's own level follows."""
DEEP = 6
"""Grey levels that a fold is darker than the paper beside it on the mean of a stretch."""
THROUGHOUT = 0.9
"""Of all stretches that must be as deep, and of those beyond all tables, where no ruling runs."""
BEYOND = 2
"""Stretches beyond all tables that there must be to tell."""
LEAN = 0.006
"""Pixels to the side for each pixel along that a fold may lean on an upright page."""

Floats = NDArray[np.float32]


def paper_with_folds(grey: Picture, paper: Picture, tables: Sequence[Box], dpi: float) -> Picture:
    """Given a grey page (H, W), the level of its paper at each place and the boxes of its tables, return that level
    with the folds of the sheet in it."""
    paper = with_upright_folds(grey, paper, [(box.y0, box.y1) for box in tables], dpi)
    return with_upright_folds(cv2.transpose(grey), paper.T, [(box.x0, box.x1) for box in tables], dpi).T


def with_upright_folds(grey: Picture, paper: Picture, spans: Sequence[tuple[float, float]], dpi: float) -> Picture:
    """Given a page, its paper and the rows (y0, y1) of each table, return the paper with the folds that run from top to
    bottom, beyond all tables too."""
    stretch = max(round(STRETCH_IN * dpi), 1)
    count = grey.shape[0] // stretch
    beyond = [i for i in range(count) if not any(y0 - stretch < i * stretch < y1 for y0, y1 in spans)]
    if len(beyond) < BEYOND:
        return paper
    paths = fold_paths(depths(grey, stretch, dpi), beyond, stretch)
    if not paths:
        return paper
    folded = paper.copy()
    for path in paths:
        for i, x in enumerate(path):
            lower_paper(folded, grey, (i * stretch, (i + 1) * stretch if i + 1 < count else grey.shape[0]), x, dpi)
    return folded


def depths(grey: Picture, stretch: int, dpi: float) -> Floats:
    """Given a page and the rows of a stretch, return for each stretch, the last one with what is left over, and each
    column how many levels its mean is below what is beside it, (count, W)."""
    count = grey.shape[0] // stretch
    rims = [*range(0, count * stretch, stretch), grey.shape[0]]
    means = np.vstack([cv2.reduce(grey[a:b], 0, cv2.REDUCE_AVG) for a, b in pairwise(rims)]).astype(np.float32)
    wide = max(round(WIDE_IN * dpi) | 1, 3)
    return np.asarray(cv2.morphologyEx(means, cv2.MORPH_CLOSE, np.ones((1, wide), np.uint8)) - means, np.float32)


def fold_paths(depth: Floats, beyond: Sequence[int], stretch: int) -> list[list[int]]:
    """Given the depth of each stretch and column and which stretches lie beyond all tables, return the column of each
    fold in each stretch."""
    count, width = depth.shape
    deep = cv2.dilate((depth >= DEEP).astype(np.uint8), np.ones((1, 3), np.uint8))
    most = round(LEAN * stretch * count)
    near = cv2.dilate(deep, np.ones((1, 2 * most + 1), np.uint8))
    if min(near.mean(axis=0).max(), near[beyond].mean(axis=0).max()) < THROUGHOUT:
        return []
    paths: list[list[int]] = []
    for drift in sorted(range(-most, most + 1), key=abs):
        shifts = [round(drift * i / count) for i in range(count)]
        moved = np.stack([np.roll(row, -shift) for row, shift in zip(deep, shifts, strict=True)])
        through = (moved.mean(axis=0) >= THROUGHOUT) & (moved[beyond].mean(axis=0) >= THROUGHOUT)
        for x in np.flatnonzero(through).tolist():
            path = [min(max(x + shift, 0), width - 1) for shift in shifts]
            if all(abs(path[0] - other[0]) > stretch // 4 for other in paths):
                paths.append([deepest(row, at) for row, at in zip(depth, path, strict=True)])
    return paths


def deepest(row: Floats, at: int) -> int:
    """Given the depths of a stretch and a column, return the deepest column beside it."""
    first = max(at - 2, 0)
    return first + int(row[first : at + 3].argmax())


def lower_paper(paper: Picture, grey: Picture, rows: tuple[int, int], x: int, dpi: float) -> None:
    """Set the paper of one stretch of a fold, in place, to what most of each of its columns has."""
    reach = max(round(WIDE_IN * dpi / 2), 1)
    columns = slice(max(x - reach, 0), x + reach + 1)
    usual = np.median(grey[rows[0] : rows[1], columns], axis=0)
    part = paper[rows[0] : rows[1], columns]
    part[:] = np.minimum(part, usual.astype(np.uint8))
