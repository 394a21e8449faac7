"""Sheets as files: image-only PDF, multi-page TIFF, PNG, JPEG; the same bytes for the same sheets."""

from __future__ import annotations

import time
from io import BytesIO

from PIL import Image

from bench.corpus.levels import Container
from bench.corpus.sheet import POINTS_PER_INCH, Sheet

SUFFIX: dict[Container, str] = {"pdf": ".pdf", "tiff": ".tif", "png": ".png", "jpeg": ".jpg"}
LONG_AGO = time.gmtime(0)


def image_of(sheet: Sheet) -> Image.Image:
    """Given a sheet, return it with as many bits a pixel as its file stores."""
    image = Image.fromarray(sheet.picture)
    if sheet.bilevel:
        return image.convert("L").point(lambda v: 255 if v > 127 else 0).convert("1", dither=Image.Dither.NONE)
    return image.convert("L") if sheet.grey else image


def store_pdf(sheets: list[Sheet]) -> bytes:
    images = [image_of(sheet) for sheet in sheets]
    target = BytesIO()
    quality = {} if sheets[0].bilevel else {"quality": sheets[0].quality}
    images[0].save(
        target, "PDF", save_all=True, append_images=images[1:], resolution=sheets[0].dpi,
        creationDate=LONG_AGO, modDate=LONG_AGO, title="scan", **quality,
    )  # fmt: skip
    return target.getvalue()


def store_tiff(sheets: list[Sheet]) -> bytes:
    images = [image_of(sheet) for sheet in sheets]
    compression = "group4" if sheets[0].bilevel else "tiff_lzw"
    target, dpi = BytesIO(), (sheets[0].dpi, sheets[0].dpi)
    images[0].save(target, "TIFF", save_all=True, append_images=images[1:], compression=compression, dpi=dpi)
    return target.getvalue()


def store_single(sheet: Sheet, container: Container) -> bytes:
    target, dpi = BytesIO(), (round(sheet.dpi), round(sheet.dpi))
    if container == "jpeg":
        image_of(sheet).convert("L" if sheet.grey else "RGB").save(target, "JPEG", quality=sheet.quality, dpi=dpi)
    else:
        image_of(sheet).save(target, "PNG", dpi=dpi)
    return target.getvalue()


def store(sheets: list[Sheet], container: Container) -> bytes:
    """Given sheets, return a file of the given kind. Raises ValueError for several sheets in a one-page kind."""
    if container == "pdf":
        return store_pdf(sheets)
    if container == "tiff":
        return store_tiff(sheets)
    if len(sheets) != 1:
        raise ValueError(f"a {container} file holds one page, not {len(sheets)}")
    return store_single(sheets[0], container)


def unit_scale(sheet: Sheet, container: Container) -> float:
    """Return file units a pixel: points for a PDF page, pixels for a picture."""
    return POINTS_PER_INCH / sheet.dpi if container == "pdf" else 1.0
