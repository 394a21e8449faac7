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


def long_segments(grey: Picture, dpi: float, settings: Upright) -> Segments:
    """Given a grey page, return its straight segments longer than ``segment_min_in``, found at half size."""
    scale = min(settings.level_dpi / dpi, 1.0)
    small = scaled(grey, scale)
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE, 1.0).detect(small)[0]
    if found is None:
        return np.zeros((0, 4))
    segments = found.reshape(-1, 4).astype(np.float64) / scale
    return segments[lengths(segments) >= settings.segment_min_in * dpi]


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


def split_families(segments: Segments, limit: float) -> tuple[Segments, Segments]:
    """Given segments, return the near-level and the near-plumb ones around their common strongest turn.

    The strongest turn is the peak of the length-weighted histogram of angles modulo 90 degrees.
    """
    if not len(segments):
        return segments, segments
    turn = strongest_turn(angles(segments), lengths(segments), limit)
    off_level = np.abs(angles(segments) - turn)
    off_plumb = np.abs((angles(segments) - turn) % 180.0 - 90.0)
    near = 4.0
    return segments[np.minimum(off_level, 180 - off_level) < near], segments[off_plumb < near]


def strongest_turn(degrees: NDArray[np.float64], weights: NDArray[np.float64], limit: float) -> float:
    """Given angles, return the turn in [-limit, limit] about which most length lies, modulo 90 degrees."""
    folded = (degrees + 45.0) % 90.0 - 45.0
    inside = np.abs(folded) <= limit
    if not inside.any():
        return 0.0
    step = 0.25
    bins = np.arange(-limit - step, limit + 2 * step, step)
    histogram, edges = np.histogram(folded[inside], bins=bins, weights=weights[inside])
    smooth = np.convolve(histogram, [1, 2, 3, 2, 1], mode="same")
    return float(edges[int(smooth.argmax())] + step / 2)


def slopes(segments: Segments, axis: int) -> NDArray[np.float64]:
    """Given one family (axis 0: near-level, 1: near-plumb), return rise over run along its own axis."""
    delta = segments[:, 2:] - segments[:, :2]
    return np.asarray(delta[:, 1 - axis] / delta[:, axis])


def map_segments(segments: Segments, transform: Transform) -> Segments:
    """Given segments, return them with both ends mapped."""
    ends = segments.reshape(-1, 2)
    homogeneous = np.column_stack([ends, np.ones(len(ends))]) @ np.array(transform.matrix).reshape(3, 3).T
    return np.asarray((homogeneous[:, :2] / homogeneous[:, 2:]).reshape(-1, 4))
