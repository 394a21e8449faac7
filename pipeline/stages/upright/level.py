"""Levelling: rotation, shear and perspective are read off the rulings, or rotation off the lines of text.

Method: line segments (Grompone von Gioi et al. 2010, LSD) fall into a near-level and a near-plumb family; each family
meets in a vanishing point (Hartley & Zisserman, section 8.6); the map that sends both points to infinity along the axes
levels the page. Where perspective is too weak to measure, the points are at infinity and the map is affine.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.config import Upright
from pipeline.geometry import Chain, PlaneMap, Transform
from pipeline.model import Picture
from pipeline.stages.upright.bend import Bend, find_bend
from pipeline.stages.upright.segments import (
    Segments,
    lengths,
    long_segments,
    map_segments,
    scaled,
    slopes,
    split_families,
    total_length,
)


@dataclass(frozen=True, slots=True)
class Leveling:
    """``back`` leads from the levelled page to the page before; skew in degrees, counter-clockwise turn applied."""

    back: PlaneMap
    skew: float


def level_page(grey: Picture, dpi: float, settings: Upright) -> tuple[Picture, Leveling]:
    """Given a grey page, return it level and flat, on a frame that holds all of it, with the map back."""
    height, width = grey.shape
    level, plumb = split_families(long_segments(grey, dpi, settings), settings.skew_limit_deg)
    forward = find_leveling(grey, level, plumb, dpi, settings)
    frame, forward = fit_frame(forward, width, height)
    bend = find_bend(map_segments(level, forward), map_segments(plumb, forward), dpi, frame, settings)
    if bend is None and is_level(forward, width, height, settings):
        return grey, Leveling(Transform.identity(), 0.0)
    skew = turn_of(forward, width, height)
    if bend is None:
        return warp(grey, forward, frame), Leveling(forward.inverse(), skew)
    return unbend(grey, forward, bend, frame), Leveling(Chain((bend, forward.inverse())), skew)


def find_leveling(grey: Picture, level: Segments, plumb: Segments, dpi: float, settings: Upright) -> Transform:
    """Given a grey page and its segments, return the map that levels it."""
    height, width = grey.shape
    if total_length(level) + total_length(plumb) < settings.skew_evidence_in * dpi:
        return rotation(-text_skew(grey, dpi, settings), width, height)
    return rectify(level, plumb, width, height)


def warp(grey: Picture, forward: Transform, frame: tuple[int, int]) -> Picture:
    """Given a page, a map and the new (width, height), return the mapped page, paper-coloured where there was none."""
    matrix = np.array(forward.matrix).reshape(3, 3)
    border = paper_level(grey)
    return cv2.warpPerspective(
        grey, matrix, frame, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=border
    )


def unbend(grey: Picture, forward: Transform, bend: Bend, frame: tuple[int, int]) -> Picture:
    """Given a page, its levelling and its bend, return it level and flat, resampled once.

    The map is smooth, so it is computed on every eighth pixel and interpolated.
    """
    wide, high = (-(-side // COARSE) + 1 for side in frame)
    x, y = np.meshgrid(np.arange(wide) * float(COARSE), np.arange(high) * float(COARSE))
    x, y = bend.apply_all(x, y)
    a, b, c, d, e, f, g, h, i = forward.inverse().matrix
    w = g * x + h * y + i
    maps = [
        cv2.resize(m.astype(np.float32), None, fx=COARSE, fy=COARSE)
        for m in ((a * x + b * y + c) / w, (d * x + e * y + f) / w)
    ]
    half = (COARSE - 1) // 2
    cut = [np.ascontiguousarray(shift_map(m, half)[: frame[1], : frame[0]]) for m in maps]
    return cv2.remap(
        grey, cut[0], cut[1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=paper_level(grey)
    )


COARSE = 8
"""Pixels between the places where a smooth map is computed."""


def shift_map(values: NDArray[np.float32], half: int) -> NDArray[np.float32]:
    """Given an enlarged map, return it from its first coarse pixel's middle on: cv2.resize aligns areas, not points."""
    return values[half:, half:]


def paper_level(grey: Picture) -> int:
    """Given a page, return the grey level of its bright paper."""
    return int(np.percentile(grey[::8, ::8], 90))


def rectify(level: Segments, plumb: Segments, width: int, height: int) -> Transform:
    """Given both families (one may be empty), return the map about the page's middle that sets them straight."""
    scale = max(width, height) / 2
    to_unit = Transform.shift(-width / 2, -height / 2).then(Transform.scale(1 / scale))
    right = vanishing_point(level, to_unit, 0)
    down = vanishing_point(plumb, to_unit, 1)
    right, down = right if right is not None else square_to(down), down if down is not None else square_to(right)
    return to_unit.then(map_to_axes(right, down)).then(to_unit.inverse())


def vanishing_point(segments: Segments, to_unit: Transform, axis: int) -> NDArray[np.float64] | None:
    """Given one family, return its homogeneous meeting point in unit coordinates, or None when the family is empty.

    Weighted least squares on the segments' lines, reweighted against outliers; the point is set at infinity when the
    convergence it claims is within the noise of the segments.
    """
    if not len(segments):
        return None
    scale, (cx, cy) = to_unit.matrix[0], to_unit.apply((0.0, 0.0))
    ends = segments * scale + np.array([cx, cy, cx, cy])
    middles = (ends[:, :2] + ends[:, 2:]) / 2
    rises = slopes(ends, axis)
    weights = lengths(ends)
    offsets = middles[:, 1 - axis] - rises * middles[:, axis]
    base, trend = fit_line(offsets, rises, weights)
    direction = np.array([1.0, base, 0.0]) if axis == 0 else np.array([base, 1.0, 0.0])
    direction[2] = -trend
    return direction


def fit_line(x: NDArray[np.float64], y: NDArray[np.float64], weights: NDArray[np.float64]) -> tuple[float, float]:
    """Given weighted points, return (value at 0, slope) of a robust line; slope 0 unless it is plainly there.

    Huber reweighting; the slope must exceed three times its standard error and the spread of x must allow it.
    """
    w = weights.copy()
    base, trend = float(np.average(y, weights=w)), 0.0
    for _ in range(8):
        mean_x, mean_y = np.average(x, weights=w), np.average(y, weights=w)
        var = np.average((x - mean_x) ** 2, weights=w)
        trend = float(np.average((x - mean_x) * (y - mean_y), weights=w) / var) if var > 0.01 and len(x) >= 6 else 0.0
        residual = y - mean_y - trend * (x - mean_x)
        spread = max(float(np.sqrt(np.average(residual**2, weights=w))), 1e-4)
        error = spread / math.sqrt(max(len(x), 1) * max(float(var), 1e-6))
        if abs(trend) < 3 * error:
            trend = 0.0
        base = float(mean_y - trend * mean_x)
        median = max(float(np.median(np.abs(residual))), 1e-4)
        w = weights / np.maximum(1.0, np.abs(residual) / (2 * median)) ** 2
    return base, trend


def square_to(point: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """Given the direction of the other family, return the direction at right angles to it, at infinity."""
    if point is None:
        return np.array([1.0, 0.0, 0.0])
    return np.array([-point[1], point[0], 0.0])


def map_to_axes(right: NDArray[np.float64], down: NDArray[np.float64]) -> Transform:
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


def fit_frame(forward: Transform, width: int, height: int) -> tuple[tuple[int, int], Transform]:
    """Given a map of the page, return the (width, height) that holds it whole and the map shifted into that frame."""
    points = [forward.apply(p) for p in ((0, 0), (width, 0), (width, height), (0, height))]
    x0, y0 = min(p[0] for p in points), min(p[1] for p in points)
    x1, y1 = max(p[0] for p in points), max(p[1] for p in points)
    limit = 2.0
    wide, high = min(x1 - x0, width * limit), min(y1 - y0, height * limit)
    return (math.ceil(wide), math.ceil(high)), forward.then(Transform.shift(-x0, -y0))


def is_level(forward: Transform, width: int, height: int, settings: Upright) -> bool:
    """True when no corner of the page moves by more than the smallest skew that is worth a turn."""
    reach = math.radians(settings.skew_step_deg) * max(width, height) / 2
    corners = ((0.0, 0.0), (float(width), 0.0), (float(width), float(height)), (0.0, float(height)))
    return all(math.dist(corner, forward.apply(corner)) <= reach for corner in corners)


def turn_of(forward: Transform, width: int, height: int) -> float:
    """Given a map, return the degrees by which it turns a level stroke at the page's middle counter-clockwise."""
    a, b = forward.apply((width / 2 - 10, height / 2)), forward.apply((width / 2 + 10, height / 2))
    return -math.degrees(math.atan2(b[1] - a[1], b[0] - a[0]))


def text_skew(grey: Picture, dpi: float, settings: Upright) -> float:
    """Given a page without rulings, return the angle of its lines of text in degrees, x towards y.

    The angle at which the row profile of the ink is sharpest (Postl 1986), coarse steps first.
    """
    scale = min(settings.text_skew_dpi / dpi, 1.0)
    small = scaled(grey, scale)
    ink = cv2.subtract(cv2.medianBlur(small, 21), small)
    ink[ink < settings.ink_levels] = 0
    if not ink.any():
        return 0.0
    best = 0.0
    for step, reach in ((1.0, settings.skew_limit_deg), (0.2, 1.0), (settings.skew_step_deg, 0.2)):
        tried = np.arange(best - reach, best + reach + step / 2, step)
        best = float(tried[int(np.argmax([profile_sharpness(ink, float(angle)) for angle in tried]))])
    return best


def profile_sharpness(ink: Picture, angle: float) -> float:
    """Given ink and an angle, return the energy of the differences of its row profile after turning it back."""
    height, width = ink.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    rows = cv2.warpAffine(ink, matrix, (width, height)).sum(axis=1, dtype=np.float64)
    return float((np.diff(rows) ** 2).sum())
