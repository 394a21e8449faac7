"""Gentle curl: what slope is left along the rulings is integrated into a smooth displacement and taken out.

A page that bends away from the lens keeps its rulings smooth: the slope that is left after levelling is a low
polynomial of the place. Fitting slopes instead of traced curves needs no ruling to be followed from end to end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.config import Upright
from pipeline.geometry import Box, Point, box_around
from pipeline.stages.upright.segments import Segments, lengths, slopes

Floats = NDArray[np.float64]

ALONG, ACROSS = 4, 3
"""Powers of the place along the rulings (0..3) and across them (0..2) that a slope may follow."""


@dataclass(frozen=True, slots=True)
class Bow:
    """Displacement of one axis: the integral along the rulings of a polynomial slope, in page pixels.

    axis: 0 when level rulings bow up and down, 1 when plumb ones bow sideways. middle, scale: page pixels to unit
    coordinates. reach: unit extent (u0, u1, v0, v1) of the rulings seen; beyond it the displacement stays as at its
    edge. weights: ALONG x ACROSS coefficients, row-major.
    """

    axis: int
    middle: Point
    scale: float
    reach: tuple[float, float, float, float]
    weights: tuple[float, ...]

    def shift(self, x: Floats, y: Floats) -> Floats:
        """Given points of the flat page, return how far each lies displaced on the bent page, in pixels."""
        u, v = self._unit(x, y)
        table = np.array(self.weights).reshape(ALONG, ACROSS)
        total = np.zeros_like(u)
        for i in range(ALONG):
            total = total + u ** (i + 1) / (i + 1) * sum(table[i, j] * v**j for j in range(ACROSS))
        return np.asarray(total * self.scale)

    def _unit(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        along, across = (x, y) if self.axis == 0 else (y, x)
        mid_along, mid_across = self.middle if self.axis == 0 else self.middle[::-1]
        u0, u1, v0, v1 = self.reach
        return (
            np.clip((along - mid_along) / self.scale, u0, u1),
            np.clip((across - mid_across) / self.scale, v0, v1),
        )


@dataclass(frozen=True, slots=True)
class Bend:
    """Map from the flat page to the bent one: rulings that are straight here bow there."""

    bows: tuple[Bow, ...]

    def apply(self, point: Point) -> Point:
        x, y = self.apply_all(np.array([point[0]]), np.array([point[1]]))
        return float(x[0]), float(y[0])

    def apply_box(self, box: Box) -> Box:
        return box_around(self.apply(corner) for corner in box.corners)

    def apply_all(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Given coordinates of any one shape, return where they lie on the bent page."""
        dx, dy = np.zeros_like(x), np.zeros_like(y)
        for bow in self.bows:
            if bow.axis == 0:
                dy = dy + bow.shift(x, y)
            else:
                dx = dx + bow.shift(x, y)
        return x + dx, y + dy

    def inverse(self) -> Unbend:
        return Unbend(self)


@dataclass(frozen=True, slots=True)
class Unbend:
    """Map from the bent page to the flat one, by fixed-point steps: a bend is far smaller than the page."""

    bend: Bend

    def apply(self, point: Point) -> Point:
        x, y = point
        for _ in range(4):
            there = self.bend.apply((x, y))
            x, y = x + point[0] - there[0], y + point[1] - there[1]
        return x, y

    def apply_box(self, box: Box) -> Box:
        return box_around(self.apply(corner) for corner in box.corners)

    def inverse(self) -> Bend:
        return self.bend


def find_bend(level: Segments, plumb: Segments, dpi: float, size: tuple[int, int], settings: Upright) -> Bend | None:
    """Given both families of segments of a levelled page, return its bend, or None when it is flat.

    size: (width, height) in pixels.
    """
    bows = [find_bow(family, axis, dpi, size, settings) for axis, family in ((0, level), (1, plumb))]
    kept = tuple(bow for bow in bows if bow is not None)
    return Bend(kept) if kept else None


def find_bow(family: Segments, axis: int, dpi: float, size: tuple[int, int], settings: Upright) -> Bow | None:
    """Given one family, return how it bows, or None when there is too little evidence or less than ``bow_min_in``."""
    if len(family) < settings.bow_segments:
        return None
    width, height = size
    scale = max(width, height) / 2
    middle = (width / 2, height / 2)
    ends = (family - np.array([*middle, *middle])) / scale
    along, across = (ends[:, :2] + ends[:, 2:]).T[:: 1 if axis == 0 else -1] / 2
    reach = (float(along.min()), float(along.max()), float(across.min()), float(across.max()))
    weights = fit_slopes(along, across, slopes(ends, axis), lengths(ends))
    bow = Bow(axis, middle, scale, reach, tuple(float(w) for w in weights))
    sway = np.ptp(bow.shift((family[:, 0] + family[:, 2]) / 2, (family[:, 1] + family[:, 3]) / 2))
    return bow if sway > settings.bow_min_in * dpi else None


def fit_slopes(along: Floats, across: Floats, slope: Floats, weight: Floats) -> Floats:
    """Given slopes at places in unit coordinates, return the polynomial's coefficients, ALONG x ACROSS, row-major.

    Weighted ridge regression, reweighted against outliers (Cauchy); higher powers are held back more.
    """
    powers = [(i, j) for i in range(ALONG) for j in range(ACROSS)]
    basis = np.stack([along**i * across**j for i, j in powers], axis=1)
    hold = np.diag([1e-4 * 4 ** (i + j) for i, j in powers])
    robust = np.ones_like(slope)
    weights = np.zeros(len(powers))
    for _ in range(6):
        w = weight / weight.sum() * robust
        weights = np.linalg.solve(basis.T @ (basis * w[:, None]) + hold, basis.T @ (w * slope))
        residual = np.abs(slope - basis @ weights)
        robust = 1 / (1 + (residual / max(2 * float(np.median(residual)), 1e-3)) ** 2)
    return np.asarray(weights)
