"""Pages drawn as pictures for the tests: a merged grid as a specification, its rulings, its print, and what a scanner
or a camera does to the sheet. Lengths in inches unless said otherwise, so that one drawing serves every resolution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import cv2
import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.geometry import Point, Transform
from pipeline.model import Grid, Page, Picture, Ruling, frozen_picture

Rect = tuple[int, int, int, int]
"""(row, col, row_span, col_span)"""
PAPER, INK = 245, 25
ROUND = "0689"
"""Digits without a flat stroke."""


@dataclass(frozen=True)
class Spec:
    """A merged grid: rectangles that tile it, row heights and column widths, and its top left corner on the sheet."""

    rects: tuple[Rect, ...]
    heights: tuple[float, ...]
    widths: tuple[float, ...]
    corner: tuple[float, float] = (0.7, 0.8)

    @property
    def ys(self) -> list[float]:
        return list(accumulate(self.heights, initial=self.corner[1]))

    @property
    def xs(self) -> list[float]:
        return list(accumulate(self.widths, initial=self.corner[0]))

    @property
    def sheet(self) -> tuple[float, float]:
        """(width, height) of the sheet: the table and a margin as wide as the one before it."""
        return self.xs[-1] + self.corner[0], self.ys[-1] + self.corner[1]

    def owner(self) -> NDArray[np.int64]:
        """Which rectangle covers each slot."""
        slots = np.full((len(self.heights), len(self.widths)), -1)
        for i, (row, col, down, across) in enumerate(self.rects):
            slots[row : row + down, col : col + across] = i
        return slots


def tile(n_rows: int, n_cols: int, wishes: Sequence[tuple[int, int]]) -> list[Rect]:
    """Given the wished spans of the cells in reading order, return rectangles that tile the grid."""
    free = np.ones((n_rows, n_cols), bool)
    rects: list[Rect] = []
    for row in range(n_rows):
        for col in range(n_cols):
            if not free[row, col]:
                continue
            down, across = wishes[len(rects) % len(wishes)]
            across = next((k for k in range(across) if col + k >= n_cols or not free[row, col + k]), across)
            down = min(down, n_rows - row)
            rects.append((row, col, down, across))
            free[row : row + down, col : col + across] = False
    return rects


def canonical(rects: Sequence[Rect]) -> list[Rect]:
    """Given rectangles, return them without the row and column edges at which none of them begins."""
    rows = sorted({r[0] for r in rects} | {r[0] + r[2] for r in rects})
    cols = sorted({r[1] for r in rects} | {r[1] + r[3] for r in rects})
    return [
        (rows.index(r), cols.index(c), rows.index(r + down) - rows.index(r), cols.index(c + across) - cols.index(c))
        for r, c, down, across in rects
    ]


@st.composite
def specs(draw: st.DrawFn, most: int = 6) -> Spec:
    """Random merged grids of at least two cells."""
    span = st.tuples(st.sampled_from([1, 1, 1, 2, 3]), st.sampled_from([1, 1, 1, 2, 3]))
    n_rows, n_cols = draw(st.integers(1, most)), draw(st.integers(1, most))
    rects = canonical(tile(n_rows, n_cols, draw(st.lists(span, min_size=1, max_size=12))))
    if len(rects) == 1:
        rects = [(0, 0, 1, 1), (0, 1, 1, 1)]
    n_rows, n_cols = max(r + d for r, _, d, _ in rects), max(c + a for _, c, _, a in rects)
    heights = draw(st.lists(st.sampled_from([0.3, 0.36, 0.5, 0.8]), min_size=n_rows, max_size=n_rows))
    widths = draw(st.lists(st.sampled_from([0.45, 0.6, 0.9, 1.4]), min_size=n_cols, max_size=n_cols))
    return Spec(tuple(rects), tuple(heights), tuple(widths))


def full(n_rows: int, n_cols: int, height: float = 0.4, width: float = 1.0) -> Spec:
    """A grid without merged cells."""
    rects = tuple((r, c, 1, 1) for r in range(n_rows) for c in range(n_cols))
    return Spec(rects, (height,) * n_rows, (width,) * n_cols)


def rulings_of(spec: Spec, dpi: float) -> list[Ruling]:
    """Given a grid, return the rulings that draw it, in pixels, each as long as it goes."""
    owner = spec.owner()
    level = _rulings("h", owner, spec.ys, spec.xs, dpi)
    return level + _rulings("v", owner.T, spec.xs, spec.ys, dpi)


def _rulings(
    orientation: str, owner: NDArray[np.int64], at: Sequence[float], along: Sequence[float], dpi: float
) -> list[Ruling]:
    found = []
    for edge, place in enumerate(at):
        before = owner[edge - 1] if edge else np.full(owner.shape[1], -1)
        after = owner[edge] if edge < len(owner) else np.full(owner.shape[1], -1)
        ruled = np.concatenate([[0], before != after, [0]])
        changes = np.flatnonzero(np.diff(ruled))
        for start, end in zip(changes[::2], changes[1::2], strict=True):
            found.append(Ruling(orientation, place * dpi, along[start] * dpi, along[end] * dpi))  # type: ignore[arg-type]
    return found


def rects_of(grid: Grid) -> list[Rect]:
    """Given a grid, return its cells in order, as a specification names them."""
    return [(c.row, c.col, c.row_span, c.col_span) for c in grid.cells]


def draw_sheet(spec: Spec, dpi: float, words: bool = True, thick: float = 0.012) -> NDArray[np.uint8]:
    """Given a grid, return it drawn on a sheet, (H, W) uint8, with digits in its cells."""
    width, height = (round(side * dpi) for side in spec.sheet)
    sheet = np.full((height, width), PAPER, np.uint8)
    for ruling in rulings_of(spec, dpi):
        ends = [(ruling.start, ruling.at), (ruling.end, ruling.at)]
        draw_line(sheet, *(e if ruling.orientation == "h" else e[::-1] for e in ends), max(round(thick * dpi), 1))
    if words:
        for i, rect in enumerate(spec.rects):
            _write(sheet, spec, rect, ROUND[i % 4] + ROUND[i * 7 // 4 % 4] + ROUND[i // 4 % 4], dpi)
    return sheet


def draw_line(sheet: NDArray[np.uint8], start: Point, end: Point, thickness: int) -> None:
    first, last = (tuple(round(v) for v in point) for point in (start, end))
    cv2.line(sheet, first, last, INK, thickness)


def _write(sheet: NDArray[np.uint8], spec: Spec, rect: Rect, text: str, dpi: float) -> None:
    """Print of 9 point, in the middle of the cell's height."""
    row, col, down, _ = rect
    x, middle = spec.xs[col] + 0.06, (spec.ys[row] + spec.ys[row + down]) / 2
    place = (round(x * dpi), round((middle + 0.05) * dpi))
    scale = 0.1 * dpi / cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 1.0, 1)[0][1]
    cv2.putText(sheet, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, INK, max(round(dpi / 130), 1), cv2.LINE_AA)


def add_noise(sheet: NDArray[np.uint8], sigma: float, seed: int) -> NDArray[np.uint8]:
    grain = np.random.default_rng(seed).normal(0.0, sigma, sheet.shape)
    return np.clip(sheet + grain, 0, 255).astype(np.uint8)


def add_gaps(sheet: NDArray[np.uint8], spec: Spec, dpi: float, gap: float, seed: int) -> NDArray[np.uint8]:
    """Given a sheet, return it with one gap in the middle part of each ruling of an inch or more."""
    chance = np.random.default_rng(seed)
    torn = sheet.copy()
    half, wide = gap * dpi / 2, 0.012 * dpi
    for ruling in (r for r in rulings_of(spec, dpi) if r.length >= dpi):
        middle = ruling.start + ruling.length * chance.uniform(0.3, 0.7)
        box = [ruling.at - wide, ruling.at + wide, middle - half, middle + half]
        y0, y1, x0, x1 = (round(v) for v in (box if ruling.orientation == "h" else box[2:] + box[:2]))
        torn[y0:y1, x0:x1] = PAPER
    return torn


def turned(sheet: NDArray[np.uint8], degrees: float) -> tuple[NDArray[np.uint8], Transform]:
    """Given a sheet, return it turned (x towards y) on a frame that holds it, and the map from sheet to picture."""
    height, width = sheet.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    corners = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]]) @ turn.T
    turn[:, 2] -= corners.min(axis=0)
    frame = tuple(int(np.ceil(v)) for v in np.ptp(corners, axis=0))
    return warp(sheet, np.vstack([turn, [0, 0, 1]]), frame)


def warp(
    sheet: NDArray[np.uint8], matrix: NDArray[np.float64], frame: tuple[int, ...], ground: int = PAPER
) -> tuple[NDArray[np.uint8], Transform]:
    """Given a sheet and a map, return the picture of (width, height) that it makes, and the map."""
    border = (ground,) * 3
    moved = cv2.warpPerspective(sheet, matrix, frame, flags=cv2.INTER_CUBIC, borderValue=border)
    return moved, Transform(tuple(float(v) for v in matrix.ravel()))  # type: ignore[arg-type]


def page_of(picture: NDArray[np.uint8], dpi: float) -> Page:
    """Given grey or RGB pixels, return the page of a picture file that holds them."""
    rgb = picture if picture.ndim == 3 else cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB)
    height, width = rgb.shape[:2]
    return Page(0, (float(width), float(height)), "px", dpi, Transform.identity(), picture=frozen_picture(rgb.copy()))


@dataclass(frozen=True)
class KnownTurn:
    """An orienter that was told how many quarter turns clockwise a page was given."""

    turns: int = 0
    name: str = "known"

    def turned(self, picture: Picture) -> NDArray[np.float64]:
        return np.eye(4)[self.turns]
