"""The page under the marks: as the file stores it, or as the upright stage left it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.geometry import Transform
from pipeline.model import CleanPage, Page, Picture, frozen_picture
from pipeline.stages.ingest.draw import Canvas, open_drawn

POINT_SCALE = 2.0
"""Pixels a point: 144 dpi, enough to read 5 pt print."""
MAX_SIDE = 4000
"""Pixels; larger sheets are drawn coarser."""


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """(H, W) or (H, W, 3) pixels and the factor from page units to them."""

    picture: Picture
    scale: float


def file_background(path: Path, page: Page) -> Background:
    """Given a file (repaired, if it had to be) and a page, return it as stored: drawn by pdfium, or turned back."""
    if page.unit == "pt":
        return _drawn(path, page)
    picture = _page_picture(page)
    scale = min(1.0, MAX_SIDE / max(page.file_size))
    return Background(_mapped(picture, page.to_file.then(Transform.scale(scale)), page.file_size, scale), scale)


def clean_background(path: Path, page: Page, clean: CleanPage) -> Background:
    """Given a file, a page and what the upright stage made of it, return the clean page."""
    if clean.grey is not None:
        return Background(clean.grey, 1.0)
    stored = file_background(path, page)  # a page with a text layer is upright: only its frame is another one
    to_clean = Transform.scale(1 / stored.scale).then(page.to_file.inverse()).then(Transform.scale(stored.scale))
    return Background(_mapped(stored.picture, to_clean, clean.size, stored.scale), stored.scale)


def blank(background: Background) -> Background:
    """Given a background, return white paper of its size."""
    return Background(frozen_picture(np.full(background.picture.shape[:2], 255, np.uint8)), background.scale)


def _drawn(path: Path, page: Page) -> Background:
    scale = min(max(POINT_SCALE, page.dpi / 72.0), MAX_SIDE / max(page.file_size))
    document = open_drawn(path)
    try:
        canvas = Canvas(document, page.number)
        try:
            return Background(canvas.draw(72.0 * scale), scale)
        finally:
            canvas.close()
    finally:
        document.close()


def _page_picture(page: Page) -> Picture:
    if page.picture is None:
        raise ValueError("a page of a picture file holds its picture")
    return page.picture


def _mapped(picture: Picture, transform: Transform, size: tuple[float, float], scale: float) -> Picture:
    """Given a picture and the map of its pixels, return it mapped onto a white page of ``size`` times ``scale``."""
    if transform == Transform.identity():
        return picture
    matrix = np.array(transform.matrix, np.float64).reshape(3, 3)
    shape = (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))
    mapped: NDArray[np.uint8] = np.asarray(
        cv2.warpPerspective(picture, matrix, shape, flags=cv2.INTER_LINEAR, borderValue=(255, 255, 255)), np.uint8
    )
    return frozen_picture(mapped)
