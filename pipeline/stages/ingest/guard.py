"""A cheap look at a PDF page before anything draws it: how much would its streams unpack to, how much is painted?

Works on pikepdf's objects. Nothing here decodes more than the limit it is given, whatever the file says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pikepdf
from pikepdf import Name

from pipeline.config import Ingest
from pipeline.errors import LimitExceeded
from pipeline.stages.ingest.unpack import TooMuchError, check_unpacked, unpack

MAX_FORM_DEPTH = 30
"""Levels of forms that call forms; real files use three, and readers below recurse."""

_PATHS = re.compile(rb"(?<![^\s\]>)])(?:l|re|c|v|y)(?=\s)")
_CALLS = re.compile(rb"/([^\s/\[\]<>(){}%]+)\s+Do(?![^\s])")


@dataclass(frozen=True, slots=True)
class Weight:
    """What a content stream makes the reader do, the forms it calls included.

    content: bytes of operators; paths: path segments painted.
    """

    content: int
    paths: int

    def plus(self, other: Weight, times: int = 1) -> Weight:
        return Weight(self.content + times * other.content, self.paths + times * other.paths)


@dataclass(slots=True)
class Guard:
    """Weighs the pages of one document; remembers the shared streams that it has already seen."""

    settings: Ingest
    _checked: set[tuple[int, int]] = field(default_factory=set)
    _too_much: dict[tuple[int, int], str] = field(default_factory=dict)
    _forms: dict[tuple[int, int], Weight] = field(default_factory=dict)

    def weigh(self, page: pikepdf.Page, number: int) -> Weight:
        """Given a page, return its weight.

        Raises LimitExceeded when a stream unpacks beyond ingest.max_stream_bytes, a picture holds more than
        ingest.max_picture_pixels, or more is painted than ingest.max_page_paths.
        """
        try:
            self._check_streams(page.obj)
            weight = self._weigh_content(_contents(page.obj), page.obj.get(Name.Resources), ())
        except TooMuchError as found:
            raise _page_refused(number, str(found)) from None
        if weight.paths > self.settings.max_page_paths or weight.content > self.settings.max_stream_bytes:
            raise _page_refused(number, f"{weight.paths} path segments in {weight.content} bytes of drawing")
        return weight

    def _weigh_content(
        self, streams: list[pikepdf.Object], resources: pikepdf.Object | None, above: tuple[tuple[int, int], ...]
    ) -> Weight:
        text = b"\n".join(unpack(stream, self.settings.max_stream_bytes) for stream in streams)
        weight = Weight(len(text), sum(1 for _ in _PATHS.finditer(text)))
        calls: dict[bytes, int] = {}
        for match in _CALLS.finditer(text):
            calls[match.group(1)] = calls.get(match.group(1), 0) + 1
        for name, times in calls.items():
            form = _form(resources, name)
            if form is not None and form.objgen not in above:
                weight = weight.plus(self._weigh_form(form, resources, above), times)
        return weight

    def _weigh_form(
        self, form: pikepdf.Object, outer: pikepdf.Object | None, above: tuple[tuple[int, int], ...]
    ) -> Weight:
        if len(above) >= MAX_FORM_DEPTH:
            raise TooMuchError(f"forms nested more than {MAX_FORM_DEPTH} deep")
        key = form.objgen
        if key not in self._forms:
            self._forms[key] = self._weigh_content([form], form.get(Name.Resources, outer), (*above, key))
        return self._forms[key]

    def _check_streams(self, page: pikepdf.Object) -> None:
        try:
            for stream in _reachable(page, self._checked):
                self._check_stream(stream)
        except TooMuchError:
            self._checked.clear()  # so that the next page that shares the stream meets it again
            raise

    def _check_stream(self, stream: pikepdf.Object) -> None:
        if stream.objgen in self._too_much:
            raise TooMuchError(self._too_much[stream.objgen])
        try:
            if stream.get(Name.Subtype) == Name.Image:
                self._check_picture(stream)
            check_unpacked(stream, self.settings.max_stream_bytes)
        except TooMuchError as found:
            self._too_much[stream.objgen] = str(found)
            raise

    def _check_picture(self, stream: pikepdf.Object) -> None:
        width, height = (_whole(stream.get(key)) for key in (Name.Width, Name.Height))
        if width * height > self.settings.max_picture_pixels:
            raise TooMuchError(f"a picture of {width} x {height} pixels")


def _page_refused(number: int, what: str) -> LimitExceeded:
    return LimitExceeded(
        f"page {number + 1} holds {what}, more than the limits allow: print the document to a new PDF, "
        "or raise the limits under ingest in the settings",
        "page-too-large",
    )


def _whole(value: object) -> int:
    try:
        return max(0, int(value))  # type: ignore[call-overload, no-any-return]
    except (TypeError, ValueError):
        return 0


def _contents(page: pikepdf.Object) -> list[pikepdf.Object]:
    found = page.get(Name.Contents)
    parts = list(found) if isinstance(found, pikepdf.Array) else [found]
    return [part for part in parts if isinstance(part, pikepdf.Stream)]


def _form(resources: pikepdf.Object | None, name: bytes) -> pikepdf.Object | None:
    """Given resources and the name in a Do operator, return the form XObject it calls, or None."""
    table = resources.get(Name.XObject) if isinstance(resources, pikepdf.Dictionary) else None
    if not isinstance(table, pikepdf.Dictionary):
        return None
    found = table.get("/" + name.decode("latin-1"))
    is_form = isinstance(found, pikepdf.Stream) and found.get(Name.Subtype) == Name.Form
    return found if is_form else None


def _reachable(root: pikepdf.Object, seen: set[tuple[int, int]]) -> Iterator[pikepdf.Object]:
    """Given a page, yield every unseen stream under it; the way back to the page tree is not taken."""
    waiting = [value for key, value in root.items() if key not in ("/Parent", "/B", "/StructParents")]
    while waiting:
        item = waiting.pop()
        if not isinstance(item, pikepdf.Array | pikepdf.Dictionary | pikepdf.Stream):
            continue
        if item.is_indirect:
            if item.objgen in seen:
                continue
            seen.add(item.objgen)
        if isinstance(item, pikepdf.Stream):
            yield item
        waiting.extend(_children(item))


def _children(item: pikepdf.Object) -> list[pikepdf.Object]:
    if isinstance(item, pikepdf.Array):
        return list(item)
    if item.get(Name.Type) in (Name.Page, Name.Pages, Name.Catalog):
        return []
    return [value for key, value in item.items() if key not in ("/Parent", "/P", "/Dest", "/A", "/StructParent")]


def _filters(stream: pikepdf.Object) -> list[str]:
    found = stream.get(Name.Filter, stream.get(Name.F))
    names = list(found) if isinstance(found, pikepdf.Array) else [found]
    return [str(name) for name in names if isinstance(name, pikepdf.Name)]
