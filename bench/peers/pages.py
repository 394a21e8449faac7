"""Single pages as pictures, so that every reader sees the same pixels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
from PIL import Image, ImageSequence

from bench.drawn import Drawn

RENDER_DPI = 200.0  # pixels an inch; for pages of a PDF, as most tools render them
POINTS_PER_INCH = 72.0


@dataclass(frozen=True, slots=True)
class PagePicture:
    """One page. number: 1-based; tables: the true lines of tables.jsonl of this page."""

    path: Path
    level: str
    group: str
    number: int
    tables: tuple[dict[str, Any], ...]


def pages_of(drawn: Drawn, folder: Path) -> list[PagePicture]:
    """Given a document and where to, write each of its pages as a PNG picture."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = pdf_pages(drawn.path) if drawn.path.suffix == ".pdf" else picture_pages(drawn.path)
    return [
        keep(drawn, number, picture, dpi, folder) for number, (picture, dpi) in enumerate(pictures, 1)
    ]  # fmt: skip


def keep(drawn: Drawn, number: int, picture: Image.Image, dpi: float, folder: Path) -> PagePicture:
    path = folder / f"{drawn.path.stem}.{number}.png"
    # With one bit a pixel a reader that loads pictures by Pillow gets an array of bool, which OpenCV refuses.
    shown = picture.convert("L") if picture.mode == "1" else picture
    shown.save(path, dpi=(dpi, dpi), compress_level=1)
    truth = tuple(table for table in drawn.tables if table["page"] == number)
    return PagePicture(path, drawn.level, drawn.group, number, truth)


def pdf_pages(path: Path) -> Iterator[tuple[Image.Image, float]]:
    """Yield the pages of a PDF as drawn at 200 dpi."""
    document = pdfium.PdfDocument(path)
    try:
        for page in document:
            yield page.render(scale=RENDER_DPI / POINTS_PER_INCH).to_pil(), RENDER_DPI
    finally:
        document.close()


def picture_pages(path: Path) -> Iterator[tuple[Image.Image, float]]:
    """Yield the pages of a picture file as they are, with the dpi that the file names."""
    with Image.open(path) as image:
        dpi = float(image.info.get("dpi", (RENDER_DPI,))[0])
        for frame in ImageSequence.Iterator(image):
            yield frame.copy(), dpi
