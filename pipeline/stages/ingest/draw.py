"""Pages drawn by pdfium: their frame, their pictures, their pixels. The one place where pdfium's errors become ours."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import c_int, c_uint
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from numpy.typing import NDArray

from pipeline.errors import DamagedFile, LimitExceeded
from pipeline.geometry import Box, Transform
from pipeline.model import Picture, frozen_picture
from pipeline.stages.ingest.placing import fineness, on_pixels

MAX_FORM_DEPTH = 12
"""Levels of form XObjects that are looked into; real files use three."""


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Given what is being done, return a context in which pdfium's errors become the program's errors."""
    try:
        yield
    except pdfium.PdfiumError as error:
        raise DamagedFile(f"{what} cannot be drawn ({error}): print the document to a new PDF and try again") from error
    except (MemoryError, OverflowError) as error:
        raise LimitExceeded(f"{what} does not fit into memory: print the document at a smaller size") from error


@dataclass(frozen=True, slots=True)
class PlacedPicture:
    """A picture on a page: its box in points of the viewer frame, its dpi, its own width and height in pixels."""

    box: Box
    dpi: float
    pixels: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Look:
    """What pdfium finds on a page without drawing it."""

    has_text: bool
    pictures: tuple[PlacedPicture, ...]


class Canvas:
    """One loaded page of a pdfium document; close it after use."""

    def __init__(self, document: pdfium.PdfDocument, number: int) -> None:
        self.what = f"page {number + 1}"
        with translated(self.what):
            self._page = document[number]
            self.size: tuple[float, float] = self._page.get_size()
            self.bounds: tuple[float, float, float, float] = self._page.get_bbox()
            self.rotation: int = self._page.get_rotation()

    def close(self) -> None:
        self._page.close()

    @property
    def to_view(self) -> Transform:
        """From PDF user space (y up) to points of the frame that a viewer shows (y down)."""
        return user_to_view(self.bounds, self.rotation)

    def look(self) -> Look:
        """Return whether the page holds text and which pictures lie where, those inside forms included."""
        has_text, pictures = False, []
        with translated(self.what):
            for kind, handle, placing in _objects(self._page.raw, None, Transform.identity(), 0):
                if kind == pdfium_c.FPDF_PAGEOBJ_TEXT:
                    has_text = True
                elif kind == pdfium_c.FPDF_PAGEOBJ_IMAGE:
                    pictures.append(_placed(handle, placing.then(self.to_view)))
        return Look(has_text, tuple(picture for picture in pictures if picture is not None))

    def has_broken_picture(self, least_pt: float) -> bool:
        """Return whether a picture whose sides are longer than that many points cannot be unpacked. Unpacks them."""
        with translated(self.what):
            for handle, placing in self._pictures():
                if found := _placed(handle, placing.then(self.to_view)):
                    bitmap = pdfium_c.FPDFImageObj_GetBitmap(handle)
                    if not bitmap and min(found.box.width, found.box.height) > least_pt:
                        return True
                    pdfium_c.FPDFBitmap_Destroy(bitmap)
        return False

    @contextmanager
    def without_pictures(self) -> Iterator[None]:
        """Return a context in which drawings show the print alone; pictures that were on are on again after it."""
        with translated(self.what):
            hidden = [handle for handle, _ in self._pictures() if _is_on(handle)]
            for handle in hidden:
                pdfium_c.FPDFPageObj_SetIsActive(handle, 0)
        try:
            yield
        finally:
            for handle in hidden:
                pdfium_c.FPDFPageObj_SetIsActive(handle, 1)

    @contextmanager
    def _on_pixels(self, dpi: float) -> Iterator[None]:
        """Given a resolution, return a context in which pictures begin and end where pixels of such a drawing do."""
        wide, high = (math.ceil(side * dpi / 72.0) for side in self.size)
        to_pixels = self.to_view.then(Transform.scale(wide / self.size[0], high / self.size[1]))
        with translated(self.what):
            own = [(handle, _matrix(handle), placing.then(to_pixels)) for handle, placing in self._pictures()]
            for handle, matrix, placing in own:
                _set_matrix(handle, on_pixels(matrix.then(placing)).then(matrix))
        try:
            yield
        finally:
            for handle, matrix, _ in own:
                _set_matrix(handle, matrix)

    def _pictures(self) -> Iterator[tuple[object, Transform]]:
        for kind, handle, placing in _objects(self._page.raw, None, Transform.identity(), 0):
            if kind == pdfium_c.FPDF_PAGEOBJ_IMAGE:
                yield handle, placing

    def draw(self, dpi: float) -> Picture:
        """Given a resolution, return the page as (H, W, 3) RGB uint8."""
        with self._on_pixels(dpi):
            return frozen_picture(self._render(dpi, grey=False))

    def draw_grey(self, dpi: float) -> Picture:
        """Given a resolution, return the page as (H, W) uint8."""
        return frozen_picture(self._render(dpi, grey=True))

    def _render(self, dpi: float, grey: bool) -> NDArray[np.uint8]:
        with translated(self.what):
            bitmap = self._page.render(scale=dpi / 72.0, grayscale=grey, rev_byteorder=True)
            try:
                pixels = np.array(bitmap.to_numpy())
            finally:
                bitmap.close()
        return pixels if grey or pixels.ndim == 3 else np.repeat(pixels[:, :, None], 3, axis=2)


def open_drawn(path: Path) -> pdfium.PdfDocument:
    """Given a PDF file, return it open for drawing. Raises DamagedFile when pdfium refuses it."""
    with translated("the document"):
        return pdfium.PdfDocument(path)


def user_to_view(bounds: tuple[float, float, float, float], rotation: int) -> Transform:
    """Given the visible box in user space and the page's /Rotate, return the map to the viewer's frame, y down.

    Source: ISO 32000-1, 7.7.3.3 (Rotate: degrees clockwise) and 14.11.2 (page boundaries).
    """
    x0, y0, x1, y1 = bounds
    upright = Transform((1.0, 0.0, -x0, 0.0, -1.0, y1, 0.0, 0.0, 1.0))
    return upright.then(Transform.quarter_turns(rotation // 90, x1 - x0, y1 - y0))


def _objects(
    page: object, form: object | None, placing: Transform, depth: int
) -> Iterator[tuple[int, object, Transform]]:
    """Given a page or one of its forms, yield (type, handle, map of its space to the page's) of what it holds."""
    if form is None:
        count, get, parent = pdfium_c.FPDFPage_CountObjects, pdfium_c.FPDFPage_GetObject, page
    else:
        count, get, parent = pdfium_c.FPDFFormObj_CountObjects, pdfium_c.FPDFFormObj_GetObject, form
    for index in range(count(parent)):
        handle = get(parent, index)
        kind = pdfium_c.FPDFPageObj_GetType(handle)
        yield kind, handle, placing
        if kind == pdfium_c.FPDF_PAGEOBJ_FORM and depth < MAX_FORM_DEPTH:
            yield from _objects(page, handle, _matrix(handle).then(placing), depth + 1)


def _is_on(handle: object) -> bool:
    """Return whether an object is drawn."""
    active = c_int()
    return bool(pdfium_c.FPDFPageObj_GetIsActive(handle, active)) and bool(active.value)


def _matrix(handle: object) -> Transform:
    found = pdfium_c.FS_MATRIX()
    if not pdfium_c.FPDFPageObj_GetMatrix(handle, found):
        return Transform.identity()
    return Transform((found.a, found.c, found.e, found.b, found.d, found.f, 0.0, 0.0, 1.0))


def _set_matrix(handle: object, matrix: Transform) -> None:
    a, b, e, c, d, f, _, _, _ = matrix.matrix
    pdfium_c.FPDFPageObj_SetMatrix(handle, pdfium_c.FS_MATRIX(a, c, b, d, e, f))


def _placed(handle: object, placing: Transform) -> PlacedPicture | None:
    """Given a picture and the map of its space to the view, return where it lies; None when it has no area."""
    to_view = _matrix(handle).then(placing)
    a, b, _, c, d, _, _, _, _ = to_view.matrix
    width_pt, height_pt = math.hypot(a, c), math.hypot(b, d)
    if not (math.isfinite(width_pt + height_pt) and width_pt > 0 and height_pt > 0):
        return None
    n_wide, n_high = c_uint(), c_uint()
    if not pdfium_c.FPDFImageObj_GetImagePixelSize(handle, n_wide, n_high):
        return None
    dpi = fineness(n_wide.value / width_pt, n_high.value / height_pt)
    return PlacedPicture(to_view.apply_box(Box(0.0, 0.0, 1.0, 1.0)), dpi, (n_wide.value, n_high.value))
