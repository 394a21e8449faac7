"""A levelled page as pixels: the frame that holds it and the resampling, done once."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.geometry import Point, Transform
from pipeline.model import Picture
from pipeline.stages.upright.bend import Bend

LARGEST = 2.0
"""Times the page's own side; a larger frame comes from a map gone wrong."""
COARSE = 8
"""Pixels between the places where a smooth map is computed."""


def frame_of(forward: Transform, bend: Bend | None, width: int, height: int) -> tuple[float, float, float, float]:
    """Given a page's levelling and its bend, return the extent (x0, y0, x1, y1) of the page once level and flat."""
    edge = np.linspace(0.0, 1.0, 9)
    sides = [(x * width, y * height) for x in edge for y in (0.0, 1.0)]
    sides += [(x * width, y * height) for y in edge for x in (0.0, 1.0)]
    points = [_flat(forward.apply(side), bend) for side in sides]
    x0, y0 = min(p[0] for p in points), min(p[1] for p in points)
    x1, y1 = max(p[0] for p in points), max(p[1] for p in points)
    return x0, y0, min(x1, x0 + width * LARGEST), min(y1, y0 + height * LARGEST)


def _flat(point: Point, bend: Bend | None) -> Point:
    return point if bend is None else bend.inverse().apply(point)


def warp(grey: Picture, forward: Transform, frame: tuple[int, int]) -> Picture:
    """Given a page, a map and the new (width, height), return the mapped page, paper-coloured where there was none."""
    matrix = np.array(forward.matrix).reshape(3, 3)
    border = paper_level(grey)
    return cv2.warpPerspective(
        grey, matrix, frame, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=border
    )


def unbend(grey: Picture, forward: Transform, bend: Bend, corner: Point, frame: tuple[int, int]) -> Picture:
    """Given a page, its levelling, its bend, the place of the new frame's corner on the level page and the frame's
    (width, height), return the page level and flat, resampled once.

    The map is smooth, so it is computed on every eighth pixel and interpolated.
    """
    wide, high = (-(-side // COARSE) + 1 for side in frame)
    x, y = np.meshgrid(np.arange(wide) * float(COARSE) + corner[0], np.arange(high) * float(COARSE) + corner[1])
    x, y = bend.apply_all(x, y)
    a, b, c, d, e, f, g, h, i = forward.inverse().matrix
    w = g * x + h * y + i
    maps = [fine_map(m, frame) for m in ((a * x + b * y + c) / w, (d * x + e * y + f) / w)]
    return cv2.remap(
        grey, maps[0], maps[1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=paper_level(grey)
    )


def fine_map(coarse: NDArray[np.float64], frame: tuple[int, int]) -> NDArray[np.float32]:
    """Given values at every ``COARSE``-th pixel, return them at every pixel of the frame (width, height)."""
    step = np.array([[1 / COARSE, 0, 0], [0, 1 / COARSE, 0]])
    return cv2.warpAffine(coarse.astype(np.float32), step, frame, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)


def paper_level(grey: Picture) -> int:
    """Given a page, return the grey level of its bright paper."""
    return int(np.percentile(grey[::8, ::8], 90))


def is_level(forward: Transform, width: int, height: int, step: float) -> bool:
    """True when no corner of the page moves by more than a turn by ``step`` degrees would move it."""
    reach = math.radians(step) * max(width, height) / 2
    corners = ((0.0, 0.0), (float(width), 0.0), (float(width), float(height)), (0.0, float(height)))
    return all(math.dist(corner, forward.apply(corner)) <= reach for corner in corners)
