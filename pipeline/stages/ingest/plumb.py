"""The text layer of a PDF page: what pdfplumber finds, in the viewer's frame. The one place where its errors are met.

pdfplumber's own page gives no text render mode, which tells print from invisible text; its device is therefore
extended here.
"""

from __future__ import annotations

import logging
import math
import struct
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pdfplumber
from pdfminer.layout import LTChar, LTComponent, LTContainer, LTCurve, LTImage, LTRect
from pdfminer.pdffont import PDFCIDFont, PDFFont, PDFType3Font
from pdfminer.pdfpage import PDFPage
from pdfminer.pdftypes import dict_value, int_value
from pdfminer.psexceptions import PSException
from pdfplumber.page import Page as PlumberPage
from pdfplumber.page import PDFPageAggregatorWithMarkedContent
from pdfplumber.utils.exceptions import MalformedPDFException, PdfminerException

from pipeline.geometry import Box, Transform
from pipeline.stages.ingest.covered import Cover, without_overwritten
from pipeline.stages.ingest.hidden import LayeredInterpreter, Layers
from pipeline.stages.ingest.painted import PaintedPath, PrintedChar

for _name in ("pdfminer", "pdfplumber"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)  # one FontBBox warning for each browser font otherwise

INVISIBLE_MODES = (3, 7)
"""Text render modes that paint nothing (ISO 32000-1, table 106)."""

EM_DESCENT = -0.12
"""Of the font size; where the em box of ideographs begins, whatever a font says, and of fonts that say nothing (Type 3
from browsers)."""

IDEOGRAPHS = "\u2e80"
"""Characters from here on fill an em box."""

REOPEN_AFTER = 64
"""Pages after which the parser is opened anew: it keeps every object that it has met."""

_LAYER_ERRORS = (
    PdfminerException, MalformedPDFException, PSException, ValueError, TypeError, KeyError, IndexError, AttributeError,
    ArithmeticError, RecursionError, AssertionError, EOFError, NotImplementedError, struct.error,
)  # fmt: skip
"""What pdfminer lets through on broken files; each means that the page has no layer that can be used."""


FONT_FILES = frozenset({"FontFile", "FontFile2", "FontFile3"})
"""Entries of a font descriptor that hold the shapes (ISO 32000-1, table 122)."""


@dataclass(frozen=True, slots=True)
class Layer:
    """What a page's content says it paints, in points of the viewer's frame."""

    chars: tuple[PrintedChar, ...]
    paths: tuple[PaintedPath, ...]


class _Device(PDFPageAggregatorWithMarkedContent):  # type: ignore[misc]
    """Keeps what paints, and remembers the frame that the parser works in. opened: of each marked sequence around the
    operator at hand, whether its layer is shown."""

    def begin_page(self, page: PDFPage, ctm: Any) -> None:
        self.frame = ctm
        self.opened: list[bool] = []
        super().begin_page(page, ctm)

    def render_string(self, textstate: Any, seq: Any, ncs: Any, graphicstate: Any) -> None:
        before = len(self.cur_item._objs)
        super().render_string(textstate, seq, ncs, graphicstate)
        if textstate.render in INVISIBLE_MODES or not all(self.opened):
            del self.cur_item._objs[before:]

    def paint_path(self, *arguments: Any, **named: Any) -> None:
        if all(self.opened):
            super().paint_path(*arguments, **named)

    def render_char(self, matrix: Any, font: Any, fontsize: float, scaling: float, rise: float, *rest: Any) -> float:
        advance: float = super().render_char(matrix, font, fontsize, scaling, rise, *rest)
        char = self.cur_item._objs[-1]
        char.embedded = isinstance(font, PDFType3Font) or not FONT_FILES.isdisjoint(font.descriptor)
        if getattr(font, "nameless", False):
            char._text = f"(cid:{rest[0]})"
        if not font.is_vertical() and (font.get_descent() == 0 or char.get_text() >= IDEOGRAPHS):
            _set_em_box(char, matrix, fontsize, rise)
        return advance


def _set_em_box(char: LTChar, matrix: Any, size: float, rise: float) -> None:
    a, b, c, d, e, f = matrix
    low, high = EM_DESCENT * size + rise, (1 + EM_DESCENT) * size + rise
    corners = [(a * x + c * y + e, b * x + d * y + f) for x in (0, char.adv) for y in (low, high)]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    char.set_bbox((min(xs), min(ys), max(xs), max(ys)))


SYMBOLIC = 1 << 2
"""Flag of a font descriptor (ISO 32000-1, table 123): its codes are its own."""

NAMING = ("Encoding", "ToUnicode")
"""Entries of a font, either of which says what its codes mean."""


def _is_nameless(font: PDFFont, spec: Mapping[str, Any]) -> bool:
    """Given a font and its entries, return whether nothing says what its codes mean.

    The parser takes the codes of such a font for Latin letters. A Type 1 program says it itself, and is asked.
    """
    said = isinstance(font, PDFCIDFont | PDFType3Font) or "FontFile" in font.descriptor
    symbolic = bool(int_value(font.descriptor.get("Flags", 0)) & SYMBOLIC)
    return symbolic and not said and not FONT_FILES.isdisjoint(font.descriptor) and not any(n in spec for n in NAMING)


class _Interpreter(LayeredInterpreter):
    """Tells its device's characters whose font leaves their codes without a meaning."""

    def init_resources(self, resources: dict[object, object]) -> None:
        super().init_resources(resources)
        specs = dict_value(resources.get("Font", {})) if resources else {}
        for name, spec in specs.items():
            if name in self.fontmap:
                self.fontmap[name].nameless = _is_nameless(self.fontmap[name], dict_value(spec))


class _Page(PlumberPage):  # type: ignore[misc]
    """pdfplumber's page, parsed with the device above."""

    @cached_property
    def parsed(self) -> tuple[Any, Any]:
        """The page's items and the matrix from user space to their frame."""
        device = _Device(self.pdf.rsrcmgr, pageno=self.page_number, laparams=None)
        interpreter = _Interpreter(self.pdf.rsrcmgr, device)
        interpreter.layers = Layers(self.pdf.doc.catalog)
        interpreter.process_page(self.page_obj)
        return device.get_result(), device.frame


class LayerReader:
    """Reads the layers of one PDF file; opens it late and again every REOPEN_AFTER pages."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pdf: Any = None
        self._pages: list[PDFPage] = []
        self._reads = 0

    def read(self, number: int, n_pages: int, bounds: tuple[float, float, float, float]) -> Layer | None:
        """Given a 0-based page, the count of pages and the visible box in user space, return the page's layer.

        Returns None when the parser cannot make sense of the page or counts other pages than the caller.
        """
        try:
            self._open()
            if len(self._pages) != n_pages:
                return None
            page = _Page(self._pdf, self._pages[number], number + 1)
            items, frame = page.parsed
            return _layer_of(items, _frame_to_view(frame, bounds))
        except _LAYER_ERRORS:
            return None

    def close(self) -> None:
        if self._pdf is not None:
            self._pdf.stream.close()
            self._pdf, self._pages = None, []

    def _open(self) -> None:
        if self._reads >= REOPEN_AFTER:
            self.close()
            self._reads = 0
        if self._pdf is None:
            self._pdf = pdfplumber.open(self._path)
            self._pages = list(PDFPage.create_pages(self._pdf.doc))
        self._reads += 1


def _frame_to_view(frame: Any, bounds: tuple[float, float, float, float]) -> Transform:
    """Given the parser's matrix and the visible box in user space, return the map from the parser's frame (y up)."""
    a, b, c, d, e, f = frame
    to_frame = Transform((a, c, e, b, d, f, 0.0, 0.0, 1.0))
    visible = to_frame.apply_box(Box(*bounds))
    return Transform((1.0, 0.0, -visible.x0, 0.0, -1.0, visible.y1, 0.0, 0.0, 1.0))


def _layer_of(items: Iterable[Any], to_view: Transform) -> Layer:
    chars: list[PrintedChar] = []
    paths: list[PaintedPath] = []
    covers: list[Cover] = []
    for item in _leaves(items):
        if isinstance(item, LTChar):
            chars.extend(_char_of(item, to_view))
            continue
        if isinstance(item, LTCurve):
            paths.extend(_path_of(item, to_view))
        elif isinstance(item, LTImage):
            paths.extend(_strip_of(item, to_view))
        if isinstance(item, LTImage) or (item.fill and isinstance(item, LTRect)):
            covers.extend(Cover(box, len(chars)) for box in _box_of(item, to_view))
    return Layer(without_overwritten(chars, covers), tuple(paths))


def _leaves(items: Iterable[Any]) -> Iterator[Any]:
    for item in items:
        if isinstance(item, LTContainer):
            yield from _leaves(item)
        else:
            yield item


def _box_of(item: LTComponent, to_view: Transform) -> Iterator[Box]:
    if all(map(math.isfinite, item.bbox)):
        yield to_view.apply_box(Box(*item.bbox))


def _strip_of(item: LTImage, to_view: Transform) -> Iterator[PaintedPath]:
    """Given a picture, yield it as a filled box if it is so thin that it can be nothing but a ruling."""
    for box in _box_of(item, to_view):
        if min(box.width, box.height) <= STRIP_PT < max(box.width, box.height):
            yield PaintedPath(box.corners, closed=True, curved=False, stroke=False, fill=True, thickness=0.0)


MIN_CHAR_PT = 0.75
"""Points; print smaller than this is not meant to be seen."""

LEVEL = math.sin(math.radians(3.0))
"""Slope up to which a baseline counts as level, or as plumb."""


STRIP_PT = 3.0
"""Points; a picture that is lower or narrower than this shows nothing."""


def _char_of(item: LTChar, to_view: Transform) -> Iterator[PrintedChar]:
    """Given a character of the parser, yield it in the view, unless it has no size or is not a number."""
    if not all(map(math.isfinite, item.bbox)):
        return
    box = to_view.apply_box(Box(*item.bbox))
    if box.width <= 0 or max(box.width, box.height) < MIN_CHAR_PT:
        return
    a, b, _, d, _, _ = item.matrix
    slope = LEVEL * math.hypot(a, b)
    upright = a > 0 and d > 0 and abs(b) <= slope
    white = _is_white(item.graphicstate.ncolor)
    text = _without_controls(item.get_text())
    if text is None:
        return
    yield PrintedChar(text, box, upright, item.embedded, white, min(abs(a), abs(b)) > slope)


def _without_controls(text: str) -> str | None:
    """Given what a code stands for, return it without the marks that are for programs (joiners, direction, byte order);
    None when it is nothing else."""
    kept = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    return kept if kept or not text else None


def _path_of(item: LTCurve, to_view: Transform) -> Iterator[PaintedPath]:
    """Given a path of the parser, yield it in the view, unless it paints nothing; of two colours the darker counts."""
    stroke, fill = bool(item.stroke), bool(item.fill)
    dark_stroke = stroke and not _is_white(item.stroking_color)
    dark_fill = fill and not _is_white(item.non_stroking_color)
    white = not (dark_stroke or dark_fill)
    points = [to_view.apply(point) for point in item.pts]
    if not (stroke or fill) or not all(math.isfinite(value) for point in points for value in point):
        return
    operators = [step[0] for step in item.original_path or ()]
    thickness = float(item.linewidth) if isinstance(item.linewidth, int | float) else 1.0
    yield PaintedPath(
        points=tuple(points),
        closed="h" in operators or (len(points) > 2 and points[0] == points[-1]),
        curved=any(step in "cvy" for step in operators),
        stroke=stroke if white else dark_stroke,
        fill=fill if white else dark_fill,
        thickness=thickness,
        white=white,
    )


WHITE = 0.98
"""Of full scale; a colour brighter than this leaves no mark on paper."""


def _is_white(colour: Any) -> bool:
    """Given a colour of the parser (grey, RGB or CMYK parts), return whether it is white; patterns are not."""
    parts = colour if isinstance(colour, tuple | list) else (colour,)
    if not parts or not all(isinstance(part, int | float) for part in parts):
        return False
    if len(parts) == 4:
        return all(part <= 1 - WHITE for part in parts)
    return len(parts) in (1, 3) and all(part >= WHITE for part in parts)
