"""Small PDFs for the tests, drawn on the spot with reportlab and pikepdf."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream
from PIL import Image, ImageDraw
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

A4 = (595.0, 842.0)
TWICE = Array([Name.FlateDecode, Name.FlateDecode])


def draw(path: Path, *pages: Callable[[Canvas], object], size: tuple[float, float] = A4) -> Path:
    """Given a path and one drawing function a page, write the PDF and return the path."""
    canvas = Canvas(str(path), pagesize=size, invariant=True)
    for page in pages:
        canvas.setFont("Helvetica", 12)
        page(canvas)
        canvas.showPage()
    canvas.save()
    return path


def edit(path: Path, change: Callable[[pikepdf.Pdf], object], **saving: object) -> Path:
    """Given a PDF, change it in place and return its path."""
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        change(pdf)
        pdf.save(path, **saving)  # type: ignore[arg-type]
    return path


def raw_page(
    path: Path,
    content: bytes,
    resources: Dictionary | Callable[[pikepdf.Pdf], Dictionary] | None = None,
    box: tuple[float, ...] = (0, 0, 595, 842),
    filters: object = None,
) -> Path:
    """Given content as stored, its resources (or what makes them) and its filters, write a PDF of one page."""
    with pikepdf.new() as pdf:
        made = resources(pdf) if callable(resources) else resources or Dictionary()
        stream = Stream(pdf, content)
        if filters is not None:
            stream.Filter = filters
        page = Dictionary(Type=Name.Page, MediaBox=Array(list(box)), Contents=stream, Resources=made)
        pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
        pdf.save(path, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    return path


def bomb(n_bytes: int) -> bytes:
    """Given a size, return blanks of that size packed twice."""
    packer, parts = zlib.compressobj(9), []
    for _ in range(n_bytes >> 20):
        parts.append(packer.compress(b" " * (1 << 20)))
    return zlib.compress(b"".join([*parts, packer.flush()]), 9)


def form(
    pdf: pikepdf.Pdf, content: bytes, resources: Dictionary | None = None, filters: object = None
) -> pikepdf.Object:
    """Given content, return a form XObject that draws it."""
    stream = Stream(pdf, content)
    stream.Type, stream.Subtype, stream.BBox = Name.XObject, Name.Form, Array([0, 0, 595, 842])
    stream.Resources = resources or Dictionary()
    if filters is not None:
        stream.Filter = filters
    return pdf.make_indirect(stream)


def picture(image: Image.Image) -> ImageReader:
    out = io.BytesIO()
    image.save(out, "PNG")
    out.seek(0)
    return ImageReader(out)


def ruled_table(canvas: Canvas, xs: list[float], ys: list[float], words: bool = True) -> None:
    """Given edges in points (y up), draw a ruled table with a word in each cell."""
    for x in xs:
        canvas.line(x, min(ys), x, max(ys))
    for y in ys:
        canvas.line(min(xs), y, max(xs), y)
    if words:
        for x in xs[:-1]:
            for y in ys[1:] if ys[0] > ys[-1] else ys[:-1]:
                canvas.drawString(x + 4, y + 5, "Word")


def lines(canvas: Canvas, n: int = 12) -> None:
    for row in range(n):
        canvas.drawString(60, 780 - 20 * row, f"Line {row} of plain text, 1,234.50")


def noise(width: int = 600, height: int = 850) -> Image.Image:
    """A scan: grey paper with dark marks like words."""
    image = Image.new("L", (width, height), 235)
    pen = ImageDraw.Draw(image)
    for y in range(40, height - 40, 24):
        for x in range(50, width - 60, 14):
            pen.rectangle((x, y, x + 8, y + 10), fill=40)
    return image
