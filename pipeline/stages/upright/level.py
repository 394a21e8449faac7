"""Levelling: rotation, shear and perspective are read off the rulings, or rotation off the lines of text.

Method: line segments (Grompone von Gioi et al. 2010, LSD) fall into a near-level and a near-plumb family; each family
meets in a vanishing point (Hartley & Zisserman, section 8.6); the map that sends both points to infinity along the axes
levels the page. Where perspective is too weak to measure, the points are at infinity and the map is affine.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.config import Upright
from pipeline.geometry import Chain, PlaneMap, Transform
from pipeline.model import Picture
from pipeline.stages.upright.bend import find_bend
from pipeline.stages.upright.segments import (
    Segments,
    lengths,
    map_segments,
    middles,
    slopes,
    split_families,
    total_length,
)
from pipeline.stages.upright.text import skew_left, text_skew
from pipeline.stages.upright.warp import frame_of, is_level, unbend, warp

Floats = NDArray[np.float64]

PASSES = (14.0, 9.0, 9.0)
"""Degrees about level and plumb in which rulings are looked for, from pass to pass. The last ones are as wide as the
rulings of a page that curls may spread."""
CURVES = 3
"""Powers of the place along the rulings that their slope may follow beside what perspective does to it."""
SHEAR = 0.001
"""Rise over run by which the angles of a scanned page may be off."""
STEADY = 0.0005
"""Rise over run; the least noise of a ruling's slope."""
RULED_SHARE = 0.3
"""Of the length of a page's segments that its rulings have at the least; where a fax kept only pieces of them it was
0.2 and less, and a page turned by 0.3 degrees was levelled by a third of it."""
MANY = 24
"""Segments from which on a curl can be told from perspective."""


@dataclass(frozen=True, slots=True)
class Leveling:
    """``back`` leads from the levelled page to the page before; skew in degrees, counter-clockwise turn applied."""

    back: PlaneMap
    skew: float


def level_page(
    grey: Picture, segments: Segments, turn: float | None, dpi: float, settings: Upright
) -> tuple[Picture, Leveling]:
    """Given a grey page, its segments and their common turn (None: too few to tell), return the page level and flat,
    on a frame that holds all of it, with the map back."""
    height, width = grey.shape
    if turn is None or not has_rulings(segments, dpi, settings):
        forward, bend = rotation(-text_skew(grey, dpi, settings), width, height), None
    else:
        forward = find_leveling(segments, turn, width, height)
        if print_prevails(segments, dpi, settings):
            forward = forward.then(rotation(-skew_left(grey, forward, dpi, settings), width, height))
        bend = find_bend(map_segments(segments, forward), dpi, settings)
    if bend is None and is_level(forward, width, height, settings.skew_step_deg):
        return grey, Leveling(Transform.identity(), 0.0)
    skew = turn_of(forward, width, height)
    x0, y0, x1, y1 = frame_of(forward, bend, width, height)
    frame = (math.ceil(x1 - x0), math.ceil(y1 - y0))
    if bend is None:
        moved = forward.then(Transform.shift(-x0, -y0))
        return warp(grey, moved, frame), Leveling(moved.inverse(), skew)
    back = Chain((Transform.shift(x0, y0), bend, forward.inverse()))
    return unbend(grey, forward, bend, (x0, y0), frame), Leveling(back, skew)


def has_rulings(segments: Segments, dpi: float, settings: Upright) -> bool:
    """True when enough segments are too long for the rims of print that stands in line, whose angle is but a guess."""
    long = segments[lengths(segments) >= settings.ruled_min_in * dpi]
    return total_length(long) >= settings.skew_evidence_in * dpi


def print_prevails(segments: Segments, dpi: float, settings: Upright) -> bool:
    """True when most segments are too short for rulings: print tells its angle only nearly, by the rims of signs."""
    long = segments[lengths(segments) >= settings.ruled_min_in * dpi]
    return total_length(long) < RULED_SHARE * total_length(segments)


def find_leveling(segments: Segments, turn: float, width: int, height: int) -> Transform:
    """Given the segments of a page and their common turn in degrees, return the map that levels them.

    A map that would tear the page apart is not believed; the turn alone is taken out then.
    """
    turned = rotation(-turn, width, height)
    forward = turned
    for near in PASSES:
        level, plumb = split_families(map_segments(segments, forward), near)
        forward = forward.then(rectify(level, plumb, width, height))
        if not is_sane(forward, width, height):
            return turned
    return squared(forward, slope_error(level, 0), slope_error(plumb, 1), width, height)


def squared(forward: Transform, level: float, plumb: float, width: int, height: int) -> Transform:
    """Given a map and the standard errors of the slopes of level and plumb rulings, return it with right angles as far
    as they are not plainly other ones: scanners and cameras hardly shear, short rulings among print seem to.

    Where perspective was seen there is evidence enough. The likeliest shear, weighed against one of ``SHEAR``.
    """
    if any(forward.matrix[6:8]):
        return forward
    error = level**2 + plumb**2
    a, b, _, d, e, *_ = forward.inverse().matrix
    shear = (b / e + d / a) * error / (error + SHEAR**2)
    middle = Transform.shift(-width / 2, -height / 2)
    lean, fall = shear * plumb**2 / max(error, 1e-12), shear * level**2 / max(error, 1e-12)
    back = Transform((1.0, -float(lean), 0.0, -float(fall), 1.0, 0.0, 0.0, 0.0, 1.0))
    return forward.then(middle).then(back.inverse()).then(middle.inverse())


def slope_error(family: Segments, axis: int) -> float:
    """Given one family of level rulings, return the standard error of their mean slope, that of one ruling at least."""
    if not len(family):
        return 1.0
    weights = lengths(family) ** 2
    off = np.abs(slopes(family, axis))
    size = np.maximum(float(np.median(off)), STEADY)
    w = weights / np.maximum(1.0, off / (2 * size)) ** 2
    noise = max(float(np.average(off**2, weights=w)), STEADY**2)
    return math.sqrt(noise * float((w**2).sum())) / float(w.sum())


def is_sane(forward: Transform, width: int, height: int) -> bool:
    """True when the map keeps every corner of the page in front of the camera, and at about its scale."""
    g, h, i = forward.matrix[6:]
    depths = [g * x + h * y + i for x in (0, width) for y in (0, height)]
    return min(depths) > 0.5 * max(depths)


def rectify(level: Segments, plumb: Segments, width: int, height: int) -> Transform:
    """Given both families (one may be empty), return the map about the page's middle that sets them straight."""
    scale = max(width, height) / 2
    to_unit = Transform.shift(-width / 2, -height / 2).then(Transform.scale(1 / scale))
    right = vanishing_point(map_segments(level, to_unit), 0)
    down = vanishing_point(map_segments(plumb, to_unit), 1)
    right, down = right if right is not None else square_to(down), down if down is not None else square_to(right)
    return to_unit.then(map_to_axes(right, down)).then(to_unit.inverse())


def vanishing_point(family: Segments, axis: int) -> Floats | None:
    """Given one family in unit coordinates, return its homogeneous meeting point, or None when the family is empty.

    Lines that meet change their slope from one to the next, evenly; lines that curl change it along their way.
    """
    if not len(family):
        return None
    along, across = middles(family, axis)
    weights = lengths(family) ** 2  # the error of a slope goes with one over the length
    base, trend = fit_slope(across, along, slopes(family, axis), weights)
    direction = (1.0, base) if axis == 0 else (base, 1.0)
    return np.array([*direction, -trend])


def fit_slope(across: Floats, along: Floats, slope: Floats, weights: Floats) -> tuple[float, float]:
    """Given weighted slopes and their places, return (slope in the middle, change of slope across), robustly.

    What the slope does along the rulings is fitted beside, so that a curl is not taken for perspective. The change is
    0 unless it is three times its standard error and the spread of the places allows it.
    """
    curves = [along**k for k in range(1, CURVES + 1)] if len(slope) >= MANY else []
    w = weights / weights.mean()
    base, trend = 0.0, 0.0
    for _ in range(8):
        columns = [c - np.average(c, weights=w) for c in curves]
        base, trend, rest = _weighted_fit(across, columns, slope, w)
        size = np.abs(rest)
        median = max(float(np.median(size)), 1e-4)
        w = weights / weights.mean() / np.maximum(1.0, size / (2 * median)) ** 2
    return base, trend


def _weighted_fit(across: Floats, columns: list[Floats], slope: Floats, w: Floats) -> tuple[float, float, Floats]:
    """Return the value at 0, the trend (0 where it is not plain) and what is left over of a linear fit."""
    middle = float(np.average(across, weights=w))
    spread = float(np.average((across - middle) ** 2, weights=w))
    tilted = spread > 0.01 and len(slope) >= 6
    basis = np.stack([np.ones_like(slope), *([across - middle] if tilted else []), *columns], axis=1)
    normal = np.linalg.inv(basis.T @ (basis * w[:, None]) + 1e-6 * np.eye(basis.shape[1]))
    found = normal @ (basis.T @ (w * slope))
    rest = np.asarray(slope - basis @ found)
    noise = max(float(np.average(rest**2, weights=w)), 1e-8)
    if not tilted or abs(found[1]) < 3 * math.sqrt(noise * normal[1, 1]):
        return float(found[0]), 0.0, rest
    return float(found[0] - found[1] * middle), float(found[1]), rest


def square_to(point: Floats | None) -> Floats:
    """Given the direction of the other family, return the direction at right angles to it, at infinity."""
    if point is None:
        return np.array([1.0, 0.0, 0.0])
    return np.array([-point[1], point[0], 0.0])


def map_to_axes(right: Floats, down: Floats) -> Transform:
    """Given two vanishing points in unit coordinates, return the map that sends them to the x and y axis at infinity.

    Scale and place at the middle of the page are kept.
    """
    columns = np.column_stack(
        [right / np.hypot(right[0], right[1]), down / np.hypot(down[0], down[1]), [0.0, 0.0, 1.0]]
    )
    if columns[0, 0] < 0:
        columns[:, 0] *= -1
    if columns[1, 1] < 0:
        columns[:, 1] *= -1
    inverse = np.linalg.inv(columns)
    return Transform(tuple(float(v) for v in (inverse / inverse[2, 2]).ravel()))  # type: ignore[arg-type]


def rotation(degrees: float, width: int, height: int) -> Transform:
    """Given an angle (x towards y), return the rotation about the page's middle."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    turn = Transform((cos, -sin, 0.0, sin, cos, 0.0, 0.0, 0.0, 1.0))
    return Transform.shift(-width / 2, -height / 2).then(turn).then(Transform.shift(width / 2, height / 2))


def turn_of(forward: Transform, width: int, height: int) -> float:
    """Given a map, return the degrees by which it turns a level stroke at the page's middle counter-clockwise."""
    a, b = forward.apply((width / 2 - 10, height / 2)), forward.apply((width / 2 + 10, height / 2))
    return -math.degrees(math.atan2(b[1] - a[1], b[0] - a[0]))
