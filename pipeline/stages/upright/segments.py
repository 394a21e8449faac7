"""Straight segments of a page and the two families they fall into: near-level and near-plumb.

Method: LSD (Grompone von Gioi et al. 2010) at a small scale, where the angle of a ruling is still exact.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.config import Upright
from pipeline.geometry import Transform
from pipeline.model import Picture

Segments = NDArray[np.float64]
"""(N, 4): x0, y0, x1, y1 in pixels of the page."""

TURN_STEP = 0.5
"""Degrees; bins of the histogram of angles."""
TURN_SPREAD = 4.0
"""Degrees; the rulings of a bent page or of one seen from the side spread about their turn by as much."""


def find_pieces(grey: Picture, dpi: float, settings: Upright) -> Segments:
    """Given a grey page, return its straight strokes longer than ``piece_min_in``, found at a small scale."""
    scale = min(settings.level_dpi / dpi, 1.0)
    small = scaled(grey, scale)
    # Dots become strokes; the stairs that a stroke nearly level gets by it are made even again.
    solid = cv2.GaussianBlur(cv2.erode(small, np.ones((3, 3), np.uint8)), (3, 3), 0)
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE, 1.0).detect(solid)[0]
    if found is None:
        return np.zeros((0, 4))
    segments = found.reshape(-1, 4).astype(np.float64) / scale
    return segments[lengths(segments) >= settings.piece_min_in * dpi]


def scaled(grey: Picture, scale: float) -> Picture:
    """Given a grey page and a scale, return it smaller; at its own size when one side would vanish."""
    if min(grey.shape) * scale < 1:
        return grey
    return cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def lengths(segments: Segments) -> NDArray[np.float64]:
    return np.asarray(np.hypot(segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1]))


def total_length(segments: Segments) -> float:
    return float(lengths(segments).sum())


def angles(segments: Segments) -> NDArray[np.float64]:
    """Given segments, return their angles in degrees, in [-90, 90), x towards y."""
    raw = np.degrees(np.arctan2(segments[:, 3] - segments[:, 1], segments[:, 2] - segments[:, 0]))
    return np.asarray((raw + 90.0) % 180.0 - 90.0)


def common_turn(segments: Segments, least: float) -> float | None:
    """Given segments, return the turn in [-45, 45) degrees, x towards y, about which most length lies modulo 90.

    None when less than ``least`` pixels of length lie about it. The peak of the length-weighted histogram, taken round
    the circle; good to a degree or two, which is what a finer fit needs to start from.
    """
    folded = (angles(segments) + 45.0) % 90.0 - 45.0
    bins = np.arange(-45.0, 45.0 + TURN_STEP / 2, TURN_STEP)
    histogram, _ = np.histogram(folded, bins=bins, weights=lengths(segments))
    half = round(TURN_SPREAD / TURN_STEP)
    window = 1.0 - np.abs(np.arange(-half, half + 1)) / (half + 1)
    smooth = np.convolve(np.concatenate([histogram[-half:], histogram, histogram[:half]]), window, mode="valid")
    peak = float(bins[int(smooth.argmax())] + TURN_STEP / 2)
    off = np.abs((folded - peak + 45.0) % 90.0 - 45.0)
    return peak if total_length(segments[off <= TURN_SPREAD]) >= least else None


def split_families(segments: Segments, near: float) -> tuple[Segments, Segments]:
    """Given segments, return those within ``near`` degrees of level and those within as much of plumb."""
    off = np.abs(angles(segments))
    return segments[off <= near], segments[off >= 90.0 - near]


def slopes(segments: Segments, axis: int) -> NDArray[np.float64]:
    """Given one family (axis 0: near-level, 1: near-plumb), return rise over run along its own axis."""
    delta = segments[:, 2:] - segments[:, :2]
    return np.asarray(delta[:, 1 - axis] / delta[:, axis])


def middles(segments: Segments, axis: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Given one family, return the places of its segments' middles along its own axis, and across it."""
    x, y = (segments[:, 0] + segments[:, 2]) / 2, (segments[:, 1] + segments[:, 3]) / 2
    return (x, y) if axis == 0 else (y, x)


def map_segments(segments: Segments, transform: Transform) -> Segments:
    """Given segments, return them with both ends mapped."""
    ends = segments.reshape(-1, 2)
    homogeneous = np.column_stack([ends, np.ones(len(ends))]) @ np.array(transform.matrix).reshape(3, 3).T
    return np.asarray((homogeneous[:, :2] / homogeneous[:, 2:]).reshape(-1, 4))
