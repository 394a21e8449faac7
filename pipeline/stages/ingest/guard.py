"""A cheap look at a PDF page before anything draws it: how much would its streams unpack to, how much is painted?

Works on pikepdf's objects. Nothing here decodes more than the limit it is given, whatever the file says.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

import pikepdf
from pikepdf import Name

from pipeline.config import Ingest
from pipeline.errors import LimitExceeded
from pipeline.stages.ingest.objects import NAMED_CALL, contents_of, is_kind, resource, resources_of, streams_under
from pipeline.stages.ingest.unpack import TooMuchError, check_unpacked, unpack

MAX_FORM_DEPTH = 30
"""Levels of forms that call forms; real files use three, and readers below recurse."""

MAX_PICTURES = 10
"""Times ingest.max_picture_pixels that all pictures drawn on a page may have together, repeats counted."""

MAX_TILES = 1_000_000
"""Repeats of a tiling pattern over a page of A4; hatching in steps of 1 point needs 500,000."""

A4_AREA_PT = 595.0 * 842.0
"""Square points."""

_PATHS = re.compile(rb"(?<![^\s\]>)])(?:l|re|c|v|y)(?=\s)")


@dataclass(frozen=True, slots=True)
class Weight:
    """What a content stream makes the reader do, the forms it calls included.

    content: bytes of operators; paths: path segments painted; pixels: of the pictures drawn.
    """

    content: int
    paths: int
    pixels: int = 0

    def plus(self, other: Weight, times: int = 1) -> Weight:
        return Weight(
            self.content + times * other.content,
            self.paths + times * other.paths,
            self.pixels + times * other.pixels,
        )


ObjectId = tuple[int, int]


@dataclass(slots=True)
class Guard:
    """Weighs the pages of one document; remembers the shared streams that it has already seen."""

    settings: Ingest
    _checked: set[ObjectId] = field(default_factory=set)
    _too_much: dict[ObjectId, str] = field(default_factory=dict)
    _forms: dict[ObjectId, Weight] = field(default_factory=dict)

    def weigh(self, page: pikepdf.Page, number: int) -> Weight:
        """Given a page, return its weight.

        Raises LimitExceeded when a stream unpacks beyond ingest.max_stream_bytes, a picture holds more than
        ingest.max_picture_pixels, or more is painted than ingest.max_page_paths.
        """
        try:
            self._check_streams(page.obj)
            weight = self._weigh_content(contents_of(page.obj), resources_of(page.obj), ())
            self._check_weight(weight)
        except TooMuchError as found:
            raise LimitExceeded(
                f"page {number + 1} holds {found}, more than the limits allow: print the document to a new PDF, "
                "or raise the limits under ingest in the settings",
                "page-too-large",
            ) from None
        return weight

    def _check_weight(self, weight: Weight) -> None:
        if weight.content > self.settings.max_stream_bytes:
            raise TooMuchError(f"{weight.content} bytes of drawing")
        if weight.paths > self.settings.max_page_paths:
            raise TooMuchError(f"{weight.paths} path segments")
        if weight.pixels > MAX_PICTURES * self.settings.max_picture_pixels:
            raise TooMuchError(f"pictures of {weight.pixels} pixels together")

    def _weigh_content(
        self, streams: list[pikepdf.Object], resources: pikepdf.Object | None, above: tuple[ObjectId, ...]
    ) -> Weight:
        text = _unpacked(streams, self.settings.max_stream_bytes)
        weight = Weight(len(text), sum(1 for _ in _PATHS.finditer(text)))
        for name, times in Counter(match.group(1) for match in NAMED_CALL.finditer(text)).items():
            called = resource(resources, Name.XObject, name)
            if called is not None and is_kind(called, Name.Image):
                weight = weight.plus(Weight(0, 0, _pixels(called)), times)
            elif called is not None and is_kind(called, Name.Form) and called.objgen not in above:
                weight = weight.plus(self._weigh_form(called, resources, above), times)
        return weight

    def _weigh_form(self, form: pikepdf.Object, outer: pikepdf.Object | None, above: tuple[ObjectId, ...]) -> Weight:
        if len(above) >= MAX_FORM_DEPTH:
            raise TooMuchError(f"forms nested more than {MAX_FORM_DEPTH} deep")
        key = form.objgen
        if key not in self._forms:
            self._forms[key] = self._weigh_content([form], form.get(Name.Resources, outer), (*above, key))
        return self._forms[key]

    def _check_streams(self, page: pikepdf.Object) -> None:
        try:
            for stream in streams_under(page, self._checked):
                self._check_stream(stream)
        except TooMuchError:
            self._checked.clear()  # so that the next page that shares the stream meets it again
            raise

    def _check_stream(self, stream: pikepdf.Object) -> None:
        if stream.objgen in self._too_much:
            raise TooMuchError(self._too_much[stream.objgen])
        try:
            if _pixels(stream) > self.settings.max_picture_pixels:
                raise TooMuchError(f"a picture of {_pixels(stream)} pixels")
            _check_tiles(stream)
            check_unpacked(stream, self.settings.max_stream_bytes)
        except TooMuchError as found:
            self._too_much[stream.objgen] = str(found)
            raise


def _unpacked(streams: list[pikepdf.Object], limit: int) -> bytes:
    """Given content streams, return them as one, as readers see them. Raises TooMuchError above ``limit`` together."""
    parts: list[bytes] = []
    room = limit
    for stream in streams:
        parts.append(unpack(stream, room))
        room -= len(parts[-1])
    return b"\n".join(parts)


def _pixels(stream: pikepdf.Object) -> int:
    """Given a stream, return the pixels it holds as a picture; 0 for other streams."""
    if not is_kind(stream, Name.Image):
        return 0
    width, height = (_number(stream.get(key)) for key in (Name.Width, Name.Height))
    return int(max(0.0, width) * max(0.0, height))


def _check_tiles(stream: pikepdf.Object) -> None:
    if stream.get(Name.PatternType) != 1:
        return
    a, b, c, d, *_ = [*map(_number, stream.get(Name.Matrix, ())), 1.0, 0.0, 0.0, 1.0]
    step = abs(_number(stream.get(Name.XStep)) * _number(stream.get(Name.YStep)) * (a * d - b * c))
    if step * MAX_TILES < A4_AREA_PT:
        raise TooMuchError(f"a pattern repeated every {step:.2g} square points")


def _number(value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return 0.0
