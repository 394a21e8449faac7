"""Curl: what slope is left along the rulings is integrated into a smooth displacement and taken out.

A page that bends away from the lens keeps its rulings smooth: the slope that is left after levelling is a low
polynomial of the place. Fitting slopes instead of traced curves needs no ruling to be followed from end to end.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from pipeline.config import Upright
from pipeline.geometry import Box, Point, box_around
from pipeline.stages.upright.segments import Segments, lengths, middles, slopes, split_families, total_length

Floats = NDArray[np.float64]
Number = TypeVar("Number", float, Floats)

Shape = tuple[int, int]
"""Powers of the place along the rulings and across them that a slope may follow."""
SHAPES: tuple[Shape, ...] = ((7, 3), (7, 1))
"""A full wave along the rulings; the same for all of them, or another from one side of the page to the other."""
PASSES = ((12.0, 0.02), (9.0, 0.006), (6.0, 0.001))
"""Degrees about level and plumb in which rulings are looked for, and the slope beyond which one counts as an outlier,
from pass to pass: what was fitted is taken out, and what sways with the rest of the page is then told from print."""
REACH = PASSES[0][0]
STEADY = 0.002
"""Rise over run; the noise of a segment's slope."""
EXPLAINED = 0.8
"""Of the unevenness that a bend may leave at the most, to be real: of rulings it was not fitted to, a bent page leaves
less than 0.65, a flat one more than 0.95."""
SAME_IN = 0.06
"""Inches across; the rims of one ruling, and its pieces, are nearer, its neighbours farther."""
FEWEST = 3
"""Segments of half the rulings, with fewer nothing is known of the other half."""


@dataclass(frozen=True, slots=True)
class Bow:
    """Displacement of one axis: the integral along the rulings of a polynomial slope, in page pixels.

    axis: 0 when level rulings bow up and down, 1 when plumb ones bow sideways. reach: extent (low, high) of the rulings
    seen along them and across them, in pixels; beyond it the displacement stays as at its edge. weights: (powers along
    + 1, powers across) coefficients of Chebyshev polynomials of the place in that extent, for the pixels displaced.
    """

    axis: int
    reach: tuple[tuple[float, float], tuple[float, float]]
    weights: tuple[tuple[float, ...], ...]

    @property
    def shape(self) -> Shape:
        return len(self.weights) - 1, len(self.weights[0])

    def shift(self, x: Number, y: Number) -> Number:
        """Given a point of the flat page, or arrays of x and y, return how far it lies displaced on the bent page."""
        along, across = (chebyshevs(place, len(self.weights)) for place in self.unit(x, y))
        rows = (total(w * power for w, power in zip(row, across, strict=False)) for row in self.weights)
        return total(row * power for row, power in zip(rows, along, strict=True))

    def unit(self, x: Number, y: Number) -> tuple[Number, Number]:
        """Given points of the flat page, return their places along and across, -1 to 1 over the reach."""
        (a0, a1), (b0, b1) = self.reach
        along, across = (x, y) if self.axis == 0 else (y, x)
        return held((2 * along - a0 - a1) / (a1 - a0)), held((2 * across - b0 - b1) / (b1 - b0))

    def refined(self, family: Segments, loose: float) -> Bow:
        """Given the segments of one family as this bow leaves them, return the bow that levels them better."""
        along, across = middles(family, self.axis)
        u, v = self.unit(*((along, across) if self.axis == 0 else (across, along)))
        slope = fit_slopes(u, v, slopes(family, self.axis), lengths(family), loose, self.shape)
        half = (self.reach[0][1] - self.reach[0][0]) / 2
        weights = np.array(self.weights) + chebyshev.chebint(slope, scl=half, axis=0)
        return Bow(self.axis, self.reach, tuple(map(tuple, weights.tolist())))


def held(place: Number) -> Number:
    """Given places, return them with those beyond the reach at its edge."""
    if isinstance(place, float):  # characters are mapped one by one: numpy would take ten times as long
        return min(max(place, -1.0), 1.0)
    return np.clip(place, -1.0, 1.0)


def chebyshevs(place: Number, count: int) -> list[Number]:
    """Given places from -1 to 1, return the Chebyshev polynomials of degree 0 to ``count`` - 1 there."""
    found = [0.0 * place + 1.0, place]
    while len(found) < count:
        found.append(2.0 * place * found[-1] - found[-2])
    return found


def total(terms: Iterable[Number]) -> Number:
    return functools.reduce(operator.add, terms)


def mapped(apply_all: Callable[[Floats, Floats], tuple[Floats, Floats]], points: Sequence[Point]) -> list[Point]:
    """Given a map of arrays of x and y and some points, return the points mapped."""
    x, y = apply_all(*np.array(points, float).reshape(-1, 2).T)
    return list(zip(x.tolist(), y.tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class Bend:
    """Map from the flat page to the bent one: rulings that are straight here bow there."""

    bows: tuple[Bow, ...]

    def apply(self, point: Point) -> Point:
        return self.apply_all(*point)

    def apply_points(self, points: Sequence[Point]) -> list[Point]:
        return mapped(self.apply_all, points)

    def apply_box(self, box: Box) -> Box:
        return box_around(self.apply(corner) for corner in box.corners)

    def apply_all(self, x: Number, y: Number) -> tuple[Number, Number]:
        """Given coordinates of any one shape, return where they lie on the bent page."""
        dx, dy = 0.0 * x, 0.0 * y
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
        return self.apply_all(*point)

    def apply_points(self, points: Sequence[Point]) -> list[Point]:
        return mapped(self.apply_all, points)

    def apply_box(self, box: Box) -> Box:
        return box_around(self.apply(corner) for corner in box.corners)

    def apply_all(self, x: Number, y: Number) -> tuple[Number, Number]:
        """Given coordinates of any one shape, return where they lie on the flat page, to a tenth of a pixel."""
        flat_x, flat_y = x, y
        for _ in range(8):
            there_x, there_y = self.bend.apply_all(flat_x, flat_y)
            flat_x, flat_y = flat_x + x - there_x, flat_y + y - there_y
        return flat_x, flat_y

    def inverse(self) -> Bend:
        return self.bend


def find_bend(segments: Segments, dpi: float, settings: Upright) -> Bend | None:
    """Given the segments of a levelled page, return its bend, or None when it is flat."""
    shapes = {axis: shape_of(segments, axis, dpi, settings) for axis in (0, 1)}
    bows = (straight_bow(segments, axis, shape, settings) for axis, shape in shapes.items() if shape is not None)
    bend = fitted_bend(segments, Bend(tuple(bow for bow in bows if bow is not None)))
    return bend if bend.bows else None


def fitted_bend(segments: Segments, bend: Bend) -> Bend:
    """Given segments and the bows to start from, return these fitted; one without any ruling left falls out.

    Each pass fits what the one before left over, in a narrower window, so that strokes of print fall out.
    """
    for near, loose in PASSES:
        if not bend.bows:
            return bend
        families = split_families(unbent(segments, bend), near)
        bend = Bend(tuple(bow.refined(families[bow.axis], loose) for bow in bend.bows if len(families[bow.axis])))
    return bend


def shape_of(segments: Segments, axis: int, dpi: float, settings: Upright) -> Shape | None:
    """Given the segments of a levelled page, return the shape of the bow of one axis that is real, None for no bow.

    Real is what half of the rulings tell about the other half: strokes of print and badly seen rulings can always be
    made more even by some curve, but by none that was fitted to others (cross-validation, Stone 1974).
    """
    family = split_families(segments, REACH)[axis]
    start = straight_bow(segments, axis, SHAPES[0], settings)
    if start is None:
        return None
    bend = fitted_bend(family, Bend((start,)))
    if not bend.bows or sway(bend.bows[0], family) <= settings.bow_min_in * dpi or left_over(family, bend) > EXPLAINED:
        return None
    half = halves(family, axis, SAME_IN * dpi)
    found = [(untold(family, half, Bend((replace(start, weights=zeros(shape)),))), shape) for shape in SHAPES]
    least, shape = min(found)
    return shape if least <= EXPLAINED else None


def halves(family: Segments, axis: int, same: float) -> NDArray[np.bool_]:
    """Given one family, return which half of the rulings each segment belongs to: every other one, from side to side.

    Segments nearer across than ``same`` pixels are of one ruling, its two rims or its pieces.
    """
    across = middles(family, axis)[1]
    order = np.argsort(across, kind="stable")
    ruling = np.zeros(len(family), np.int64)
    ruling[order[1:]] = np.cumsum(np.diff(across[order]) > same)
    return np.asarray(ruling % 2 == 0)


def untold(family: Segments, half: NDArray[np.bool_], straight: Bend) -> float:
    """Given one family, its two halves and the bow to start from, return the share of its unevenness that the bend
    fitted to either half leaves of the other."""
    left, whole = 0.0, 0.0
    for told, asked in ((family[half], family[~half]), (family[~half], family[half])):
        if min(len(told), len(asked)) < FEWEST:
            return 1.0
        weight, axis = total_length(asked), straight.bows[0].axis
        left += weight * unevenness(unbent(asked, fitted_bend(told, straight)), axis)
        whole += weight * unevenness(asked, axis)
    return left / max(whole, 1e-9)


def zeros(shape: Shape) -> tuple[tuple[float, ...], ...]:
    """Given a shape, return the weights of a bow that displaces nothing."""
    return ((0.0,) * shape[1],) * (shape[0] + 1)


def straight_bow(segments: Segments, axis: int, shape: Shape, settings: Upright) -> Bow | None:
    """Given segments, return the bow of one axis to start from, which displaces nothing; None without evidence."""
    family = split_families(segments, REACH)[axis]
    if len(family) < settings.bow_segments:
        return None
    across = middles(family, axis)[1]
    ends = family[:, axis], family[:, axis + 2]
    low, high = float(min(e.min() for e in ends)), float(max(e.max() for e in ends))
    reach = ((low, high), (float(across.min()), float(across.max()) + 1.0))
    return Bow(axis, reach, zeros(shape))


def unbent(segments: Segments, bend: Bend) -> Segments:
    """Given segments of a bent page, return them as they lie on the flat one."""
    if not any(any(row) for bow in bend.bows for row in bow.weights):  # none at all, or those to start from
        return segments
    x, y = bend.inverse().apply_all(segments[:, ::2], segments[:, 1::2])
    return np.stack([x[:, 0], y[:, 0], x[:, 1], y[:, 1]], axis=1)


def sway(bow: Bow, segments: Segments) -> float:
    """Given a bow and the segments it was found in, return by how many pixels it displaces one against another."""
    family = split_families(segments, REACH)[bow.axis]
    return float(np.ptp(bow.shift(family[:, 0], family[:, 1])))


def left_over(family: Segments, bend: Bend) -> float:
    """Given one family and the bend fitted to it, return the share of its unevenness that the bend leaves."""
    axis = bend.bows[0].axis
    return unevenness(unbent(family, bend), axis) / max(unevenness(family, axis), 1e-9)


def unevenness(family: Segments, axis: int) -> float:
    """Given one family, return how far it is from straight: the mean of a cost that hardly grows where a segment is
    far off, so that levelling strokes of print does not make up for bending rulings."""
    return float(np.average(np.log1p((slopes(family, axis) / STEADY) ** 2), weights=lengths(family)))


def fit_slopes(along: Floats, across: Floats, slope: Floats, weight: Floats, loose: float, shape: Shape) -> Floats:
    """Given slopes at places from -1 to 1, return the coefficients, of ``shape``, of the polynomial they follow.

    Weighted ridge regression, reweighted against outliers (Cauchy) beyond ``loose``; higher degrees are held back more.
    """
    basis = chebyshev.chebvander2d(along, across, [shape[0] - 1, shape[1] - 1])
    degrees = np.add.outer(np.arange(shape[0]), np.arange(shape[1])).ravel()
    hold = np.diag(1e-4 * 2.0**degrees)
    robust = np.ones_like(slope)
    weights = np.zeros(len(degrees))
    for _ in range(6):
        w = weight / weight.sum() * robust
        weights = np.linalg.solve(basis.T @ (basis * w[:, None]) + hold, basis.T @ (w * slope))
        residual = np.abs(slope - basis @ weights)
        robust = 1 / (1 + (residual / max(2 * float(np.median(residual)), loose)) ** 2)
    return np.asarray(weights).reshape(shape)
