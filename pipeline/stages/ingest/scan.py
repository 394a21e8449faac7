"""Pages of a PDF that are read from their drawing: how fine it must be for what the page shows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pikepdf
from numpy.typing import NDArray
from pikepdf import Name

from pipeline.config import Ingest
from pipeline.errors import IssueCode
from pipeline.geometry import Transform
from pipeline.model import Note, Page
from pipeline.stages.ingest.draw import Canvas, Look, PlacedPicture
from pipeline.stages.ingest.objects import is_kind, streams_under
from pipeline.stages.ingest.placing import ROUNDING
from pipeline.stages.ingest.resolution import is_sheet, resolution_of

GRID = 100
"""Parts of each side of the page by which the share that pictures cover is counted."""

ALIKE = 0.02
"""Share by which the dpi of a scan's parts differ; a strip of 0.1 in whose place is rounded to 0.1 points is off by
0.015."""

BLANK_LEVELS = 2
"""Grey levels between the lightest and the darkest pixel of a drawing on which there is nothing."""


def drawn_page(canvas: Canvas, look: Look, number: int, settings: Ingest) -> Page:
    """Given a page and what it shows, return it drawn: never so large that the drawing has more pixels than
    ingest.max_picture_pixels, and with a note when it is coarser than it should be for that."""
    most = 72.0 * math.sqrt(settings.max_picture_pixels / (canvas.size[0] * canvas.size[1]))
    scanned = scanned_dpi(look.pictures, canvas.size, settings)
    enlarged = 1.0 if scanned is None else enlargement(canvas, min(scanned, most))
    wanted = wanted_dpi(scanned, enlarged, settings)
    dpi = min(wanted, most / enlarged)
    picture = canvas.draw(dpi * enlarged)
    height, width = picture.shape[:2]
    to_file = Transform.scale(canvas.size[0] / width, canvas.size[1] / height)
    notes = tuple(_coarser(number, dpi, wanted))
    return Page(number, canvas.size, "pt", dpi, to_file, picture=picture, notes=notes)


def _coarser(number: int, dpi: float, wanted: float) -> Iterator[Note]:
    if dpi < wanted:
        told = f"page {number + 1} is so large that it was drawn at {dpi:.0f} dpi in place of {wanted:.0f}"
        yield Note(IssueCode.DRAWN_COARSER, number, told)


def wanted_dpi(scanned: float | None, enlarged: float, settings: Ingest) -> float:
    """Given the pixels that a scan has for an inch of the page, or None, and how often an inch of the paper goes into
    it, return the pixels an inch of the paper that it is read best at."""
    if scanned is None:
        return settings.vector_dpi
    return min(max(scanned / enlarged, settings.scan_dpi_min), settings.scan_dpi_max)


def enlargement(canvas: Canvas, dpi: float) -> float:
    """Given a scanned page and its dpi, return by how much the page is larger than the sheet that was scanned.

    Programs that know no resolution make a point of each pixel, so that a sheet comes out a metre long, and a wrong one
    makes it a stamp. Its print tells.
    """
    if is_sheet(max(canvas.size) / 72.0):
        return 1.0
    return dpi / resolution_of(canvas.draw_grey(dpi), dpi)


def scanned_dpi(pictures: Sequence[PlacedPicture], size: tuple[float, float], settings: Ingest) -> float | None:
    """Given a page's pictures and its size in points, return how fine they are in pixels an inch of the page, or None
    when they do not cover it.

    The finest counts that cover more than a logo together: scans are stored as a coarse picture of the paper and a fine
    one of the print, or of every word.
    """
    if not pictures or cover(pictures, size) <= settings.image_cover:
        return None
    ordered = sorted(pictures, key=lambda picture: -picture.dpi)
    shares = covers(ordered, size)
    finest = next(picture.dpi for picture, share in zip(ordered, shares, strict=True) if share > settings.mark_cover)
    return dpi_of_parts([picture for picture in pictures if abs(picture.dpi - finest) <= ALIKE * finest], size)


def dpi_of_parts(parts: Sequence[PlacedPicture], size: tuple[float, float]) -> float:
    """Given pictures that are about equally fine and the page's size in points, return their dpi.

    Places are rounded, so that each strip of a scan has another; the scan they are cut from fills the page with whole
    pixels.
    """
    if len(parts) == 1:
        return parts[0].dpi
    area = sum(part.box.area for part in parts)
    side = max(size) / 72.0
    return round(sum(part.dpi * part.box.area for part in parts) / area * side) / side * (1 - ROUNDING)


def cover(pictures: Sequence[PlacedPicture], size: tuple[float, float]) -> float:
    """Given pictures and the page's size in points, return the share of the page that they cover together."""
    return max(covers(pictures, size), default=0.0)


def covers(pictures: Iterable[PlacedPicture], size: tuple[float, float]) -> Iterator[float]:
    """Given pictures and the page's size in points, yield the share of the page that the first, the first two, the
    first three of them cover."""
    mask: NDArray[np.uint8] = np.zeros((GRID, GRID), dtype=np.uint8)
    for picture in pictures:
        held = picture.box.clipped(*size)
        left, right = (int(x / size[0] * GRID + 0.5) for x in (held.x0, held.x1))
        top, bottom = (int(y / size[1] * GRID + 0.5) for y in (held.y0, held.y1))
        mask[top:bottom, left:right] = 1
        yield float(mask.mean())


def with_masks(look: Look, page: pikepdf.Object) -> Look:
    """Given what pdfium finds on a page and the page, return it with the pictures as fine as the masks they are cut out
    with, which pdfium does not tell of: a blot of ink and a fine mask are the print of a scan."""
    finer = mask_scales(page) if look.pictures else {}
    pictures = (replace(found, dpi=found.dpi * finer.get(found.pixels, 1.0)) for found in look.pictures)
    return replace(look, pictures=tuple(pictures)) if finer else look


def mask_scales(page: pikepdf.Object) -> dict[tuple[int, int], float]:
    """Given a page, return how much finer the masks of its pictures are, by the pictures' own width and height."""
    scales: dict[tuple[int, int], float] = {}
    for stream in streams_under(page, set()):
        if is_kind(stream, Name.Image) and min(own := _pixels(stream)) > 0:
            masks = [mask for key in (Name.SMask, Name.Mask) if isinstance(mask := stream.get(key), pikepdf.Stream)]
            finer = [fine / side for mask in masks for fine, side in zip(_pixels(mask), own, strict=True)]
            if finer:
                scales[own] = max(scales.get(own, 1.0), *finer)
    return scales


def _pixels(picture: pikepdf.Object) -> tuple[int, int]:
    sides = [picture.get(key) for key in (Name.Width, Name.Height)]
    wide, high = (side if isinstance(side, int) else 0 for side in sides)
    return wide, high


def is_blank(page: Page) -> bool:
    """A few pixels tell of nearly every page that something is on it."""
    picture = page.picture
    return picture is not None and all(int(np.ptp(picture[::step, ::step])) <= BLANK_LEVELS for step in (60, 3))
