"""PDF files: first look and repair by pikepdf, then each page either with its text layer or drawn.

The one place where pikepdf's errors become ours.
"""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2 as pdfium

from pipeline.config import Ingest
from pipeline.errors import DamagedFile, EncryptedFile, IssueCode, LimitExceeded, NoPages
from pipeline.geometry import Box, Transform
from pipeline.model import Char, Note, Page, Source, TextLayer
from pipeline.stages.ingest.active import told_of
from pipeline.stages.ingest.draw import Canvas, Look, open_drawn
from pipeline.stages.ingest.fields import flatten
from pipeline.stages.ingest.guard import Guard, Weight
from pipeline.stages.ingest.plumb import Layer, LayerReader
from pipeline.stages.ingest.rulings import rulings_of
from pipeline.stages.ingest.scan import cover, drawn_page, is_blank, with_masks
from pipeline.stages.ingest.trust import (
    PROBE_DPI,
    is_senseless,
    judge,
    odd_share,
    turned_share,
    visible_rulings,
    without_duplicates,
)
from pipeline.stages.ingest.unpack import TooMuchError
from pipeline.stages.ingest.wholeness import is_whole, pages_named, shows_cut_picture

TURNED_SHARE = 0.5
"""Of a page's characters; when more than this are turned, the page is read from its picture, which can be turned."""

LOST_PICTURE_PT = 72.0
"""Points; a smaller picture is an ornament."""


class PdfDocument:
    """An open PDF. ``path`` is the file that readers are given: the input itself or a repaired copy of it."""

    def __init__(self, path: Path, settings: Ingest) -> None:
        self._settings = settings
        with ExitStack() as stack:
            self._pike = stack.enter_context(_first_look(path))
            with _translated():
                self._damaged = bool(self._pike.get_warnings())
            self.n_pages = _count_pages(self._pike, pages_named(path) if self._damaged else 0, settings)
            if self._damaged:
                _check_some_whole(self._pike, settings)
            self._notes = tuple(_active(self._pike))
            self.path = stack.enter_context(_readable(self._pike, path, self._damaged))
            self._drawn = open_drawn(self.path)
            stack.callback(self._drawn.close)
            self._layers = LayerReader(self.path)
            stack.callback(self._layers.close)
            self._guard = Guard(settings)
            self._stack = stack.pop_all()

    def page(self, source: Source, number: int) -> Page:
        """Given a 0-based page number, return the page with its text layer when that is the truth, else drawn.

        Raises LimitExceeded for a page too large or too rich, DamagedFile for one that cannot be drawn.
        """
        if number >= len(self._pike.pages):
            raise DamagedFile(f"page {number + 1} is lost, the PDF is damaged: get it again from where it came")
        weight = self._weigh(number)
        canvas = Canvas(self._drawn, number)
        try:
            _check_side(canvas, number, self._settings)
            look = canvas.look()
            layer = self._layer(canvas, look, number, weight) if look.has_text else None
            if layer:
                return replace(_digital(canvas, number, layer), notes=self._notes)
            page = drawn_page(canvas, with_masks(look, self._pike.pages[number].obj), number, self._settings)
            self._check_pictures(page, canvas)
            return replace(page, notes=(*self._notes, *page.notes))
        finally:
            canvas.close()

    def close(self) -> None:
        self._stack.close()

    def _weigh(self, number: int) -> Weight:
        page = self._pike.pages[number]
        with _translated():
            weight = self._guard.weigh(page, number)
            if self._damaged and not is_whole(page, self._settings.max_stream_bytes):
                raise DamagedFile(
                    f"a part of page {number + 1} is lost, the PDF is damaged: get it again from where it came"
                )
        return weight

    def _check_pictures(self, page: Page, canvas: Canvas) -> None:
        """A picture that cannot be unpacked leaves no mark on the drawing, and must not pass for a blank page."""
        blank = is_blank(page)
        with _translated():
            cut = shows_cut_picture(self._pike.pages[page.number], self._settings.max_stream_bytes, every_kind=blank)
        if cut or (blank and canvas.has_broken_picture(LOST_PICTURE_PT)):
            raise DamagedFile(
                f"a picture on page {page.number + 1} cannot be unpacked to its end: get the PDF again from where it "
                "came, or scan the page again"
            )

    def _layer(self, canvas: Canvas, look: Look, number: int, weight: Weight) -> TextLayer | None:
        """Return the page's text layer, or None when the page is too rich to parse or the layer is not the truth."""
        settings = self._settings
        if weight.paths > settings.max_layer_paths or weight.content > settings.max_layer_bytes:
            return None
        found = self._layers.read(number, len(self._pike.pages), canvas.bounds)
        return None if found is None else _trusted(found, canvas, look, settings)


@contextmanager
def _translated() -> Iterator[None]:
    """Return a context in which pikepdf's errors become the program's errors."""
    try:
        yield
    except pikepdf.PasswordError as error:
        raise EncryptedFile(
            "the PDF asks for a password: save a copy without one (print to PDF) and run again on the copy"
        ) from error
    except (
        pikepdf.PdfError,
        pikepdf.DataDecodingError,
        pikepdf.ForeignObjectError,
        RuntimeError,
        UnicodeError,
    ) as error:
        raise DamagedFile(
            "the PDF is broken beyond repair: get it again from where it came, or print it to a new PDF"
        ) from error
    except (MemoryError, OverflowError) as error:
        raise LimitExceeded("the PDF does not fit into memory: split it into smaller files") from error


@contextmanager
def _first_look(path: Path) -> Iterator[pikepdf.Pdf]:
    with _translated():
        pdf = pikepdf.open(path, suppress_warnings=True)
    with pdf:
        yield pdf


def _count_pages(pdf: pikepdf.Pdf, named: int, settings: Ingest) -> int:
    """Given a PDF and how many pages a damaged one says it had, return the count of pages, the lost ones included."""
    with _translated():
        left = len(pdf.pages)
    count = named if 0 < left < named <= settings.max_pages else left
    if count == 0:
        raise NoPages("the PDF has no pages: get it again from where it came")
    if count > settings.max_pages:
        raise LimitExceeded(
            f"the PDF has {count} pages, more than the {settings.max_pages} allowed: split it, "
            "or raise ingest.max_pages in the settings",
            "too-many-pages",
        )
    return count


def _check_some_whole(pdf: pikepdf.Pdf, settings: Ingest) -> None:
    """Given a damaged PDF, return nothing. Raises DamagedFile when none of its pages is whole."""
    try:
        with _translated():
            if any(is_whole(page, settings.max_stream_bytes) for page in pdf.pages):
                return
    except TooMuchError:
        return  # the page itself will say so
    raise DamagedFile("the PDF is damaged and no page of it is whole: get it again from where it came")


@contextmanager
def _readable(pdf: pikepdf.Pdf, path: Path, damaged: bool) -> Iterator[Path]:
    """Given the PDF as pikepdf understood it and whether it had to mend it, yield a file that the other readers
    understand the same way.

    That is the input itself, unless it is encrypted, damaged or holds filled fields and notes, which no text layer
    shows until they are made part of the page.
    """
    with _translated():
        rewrite = pdf.is_encrypted or damaged or bool(pdf.get_warnings()) or not _drawable(path, len(pdf.pages))
        rewrite = flatten(pdf) or rewrite
    if not rewrite:
        yield path
        return
    folder = Path(tempfile.mkdtemp(prefix="shenbao-"))
    try:
        copy = folder / "readable.pdf"
        with _translated():
            pdf.save(copy, encryption=False, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
        yield copy
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _drawable(path: Path, n_pages: int) -> bool:
    """Return whether pdfium opens the file and counts the same pages."""
    try:
        drawn = pdfium.PdfDocument(path)
    except pdfium.PdfiumError:
        return False
    try:
        return len(drawn) == n_pages
    finally:
        drawn.close()


def _check_side(canvas: Canvas, number: int, settings: Ingest) -> None:
    width, height = canvas.size
    if not (width > 0 and height > 0 and math.isfinite(width) and math.isfinite(height)):
        raise DamagedFile(f"page {number + 1} has no size: print the document to a new PDF and try again")
    if max(width, height) > settings.max_page_side_pt:
        raise LimitExceeded(
            f"page {number + 1} is {width:.0f} x {height:.0f} points, its sides may have "
            f"{settings.max_page_side_pt:.0f}: print the document at a smaller size",
            "page-too-large",
        )


def _trusted(found: Layer, canvas: Canvas, look: Look, settings: Ingest) -> TextLayer | None:
    """Given what the content says, return the layer of what is seen, or None when the page must be read from pixels.

    Slanting print on a level page is a watermark: it lies over cells and is the content of none.
    """
    chars = without_duplicates(char for char in found.chars if _on_page(char.box, canvas.size))
    if not any(char.text.strip() for char in chars) or turned_share(chars) > TURNED_SHARE:
        return None
    if odd_share(chars) > settings.odd_char_share or is_senseless(chars):
        return None
    rulings = rulings_of(found.paths, settings.ruling_thickness_pt, *canvas.size)
    covered = cover(look.pictures, canvas.size) > settings.image_cover
    whole = canvas.draw_grey(PROBE_DPI)
    marks = [picture.box for picture in look.pictures if cover([picture], canvas.size) <= settings.mark_cover]
    may_hide = covered or len(marks) < len(look.pictures)  # text behind a picture stands on the ink of the picture
    print_only = _drawn_without_pictures(canvas) if may_hide else whole
    known = (*rulings.drawn, *rulings.edges)
    verdict = judge(chars, known, () if covered else marks, whole, print_only)
    level = [char for char in verdict.chars if not char.slanting]
    if verdict.foreign_share > settings.foreign_ink_share or not any(char.text.strip() for char in level):
        return None
    seen = tuple(Char(char.text, char.box) for char in level)
    return TextLayer(seen, visible_rulings(rulings, print_only))


def _drawn_without_pictures(canvas: Canvas) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    with canvas.without_pictures():
        return canvas.draw_grey(PROBE_DPI)


def _on_page(box: Box, size: tuple[float, float]) -> bool:
    return Box(0.0, 0.0, *size).contains(box.centre)


def _digital(canvas: Canvas, number: int, layer: TextLayer) -> Page:
    return Page(number, canvas.size, "pt", 72.0, Transform.identity(), layer=layer)


def _active(pdf: pikepdf.Pdf) -> Iterator[Note]:
    with _translated():
        told = told_of(pdf)
    if told:
        yield Note(IssueCode.ACTIVE_CONTENT, None, told)
