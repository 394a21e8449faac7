"""A sheet: the picture of one scan or photo, and how points of the drawn pages get onto it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray

from pipeline.geometry import Box, Transform

Picture = NDArray[np.uint8]
Points = NDArray[np.float64]
"""(N, 2) x and y."""
PointMap = Callable[[Points], Points]

POINTS_PER_INCH = 72.0
EDGE_SAMPLES = 8  # points a side of a box when it is mapped through a curved step


@dataclass(frozen=True, slots=True)
class Sheet:
    """picture: (H, W, 3) RGB. dpi: pixels an inch of paper. pages: 0-based page -> its maps, from points on.

    bilevel: the file stores one bit a pixel; grey: it stores no colour.
    """

    picture: Picture
    dpi: float
    pages: dict[int, tuple[PointMap, ...]]
    bilevel: bool = False
    grey: bool = False
    quality: int = 90

    @property
    def width(self) -> int:
        return int(self.picture.shape[1])

    @property
    def height(self) -> int:
        return int(self.picture.shape[0])


def generator_of(seed: str) -> np.random.Generator:
    """Given a seed text, return a generator that is the same on every machine."""
    return np.random.default_rng(int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8]))


def as_point_map(transform: Transform) -> PointMap:
    """Given a plane transform, return it as a map of many points."""
    matrix = np.array(transform.matrix).reshape(3, 3)

    def apply(points: Points) -> Points:
        mapped = np.column_stack([points, np.ones(len(points))]) @ matrix.T
        return np.asarray(mapped[:, :2] / mapped[:, 2:], dtype=np.float64)

    return apply


def render(pdf: bytes, dpi: float) -> list[Sheet]:
    """Given a PDF, return a sheet for each page at the given dpi."""
    scale = dpi / POINTS_PER_INCH
    document = pdfium.PdfDocument(pdf)
    try:
        pictures = [page.render(scale=scale).to_numpy() for page in document]
        rgb = [np.ascontiguousarray(picture[:, :, 2::-1]) for picture in pictures]
    finally:
        document.close()
    maps = as_point_map(Transform.scale(scale))
    return [Sheet(picture, dpi, {i: (maps,)}) for i, picture in enumerate(rgb)]


def painted(sheet: Sheet, picture: NDArray[np.floating] | Picture) -> Sheet:
    """Given a sheet and new pixels of the same frame, return it repainted."""
    return replace(sheet, picture=np.ascontiguousarray(np.clip(np.rint(picture), 0, 255).astype(np.uint8)))


def moved(sheet: Sheet, picture: Picture, step: PointMap) -> Sheet:
    """Given a sheet, its pixels after a geometric step and the map of that step, return it moved."""
    return replace(sheet, picture=picture, pages={page: (*maps, step) for page, maps in sheet.pages.items()})


def warped(sheet: Sheet, transform: Transform, width: int, height: int, border: tuple[int, int, int]) -> Sheet:
    """Given a plane transform and a new frame, return the sheet seen through it; ``border`` fills what is new."""
    matrix = np.array(transform.matrix).reshape(3, 3)
    picture = cv2.warpPerspective(
        sheet.picture, matrix, (width, height), flags=cv2.INTER_AREA if sheet.dpi > 250 else cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_CONSTANT, borderValue=border,
    )  # fmt: skip
    return moved(sheet, np.asarray(picture, dtype=np.uint8), as_point_map(transform))


def outline(box: Box) -> Points:
    """Given a box, return points along its sides, corners included."""
    share = np.linspace(0, 1, EDGE_SAMPLES)
    xs, ys = box.x0 + box.width * share, box.y0 + box.height * share
    full = np.ones(EDGE_SAMPLES)
    sides = [(xs, full * box.y0), (full * box.x1, ys), (xs[::-1], full * box.y1), (full * box.x0, ys[::-1])]
    return np.concatenate([np.column_stack(side) for side in sides])


def map_points(sheet: Sheet, page: int, points: Points) -> Points:
    """Given points of a drawn page, return them in pixels of the sheet."""
    for step in sheet.pages[page]:
        points = step(points)
    return points


def map_box(sheet: Sheet, page: int, box: Box) -> Box:
    """Given a box of a drawn page, return the smallest upright box around it on the sheet, within its frame."""
    points = map_points(sheet, page, outline(box))
    found = Box(*points.min(axis=0).tolist(), *points.max(axis=0).tolist())
    return found.clipped(sheet.width, sheet.height)


def map_corners(sheet: Sheet, page: int, box: Box) -> list[list[float]]:
    """Given a box of a drawn page, return its corners on the sheet, clockwise from the one that was top left."""
    return [[round(float(v), 2) for v in point] for point in map_points(sheet, page, np.array(box.corners))]
