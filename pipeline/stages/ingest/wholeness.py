"""What is left of the pages of a damaged PDF: a page of which a part is lost must not be read as if it were whole."""

from __future__ import annotations

import io
import mmap
import re
import zlib
from pathlib import Path

import pikepdf
from pikepdf import Name
from PIL import Image

from pipeline.stages.ingest.objects import (
    NAMED_CALL,
    NAMED_FONT,
    contents_of,
    is_kind,
    resource,
    resources_of,
    streams_under,
)
from pipeline.stages.ingest.unpack import filters_of, unpack

_JPEG_END = b"\xff\xd9"
_JPEG_TAIL = 4096
"""Bytes; some writers pad a JPEG after its end mark."""

_PAGE_TREE = re.compile(rb"<<(?:(?!<<|>>).){0,4000}?/Type\s*/Pages\b(?:(?!<<|>>).){0,400000}?>>", re.DOTALL)
_COUNT = re.compile(rb"/Count\s+(\d{1,7})\b")


def pages_named(path: Path) -> int:
    """Given a damaged PDF, return how many pages its page tree says it had; 0 when no node of the tree is legible.

    Read from the bytes, as pikepdf has mended the count by the time it can be asked.
    """
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        counts = (_COUNT.search(match.group()) for match in _PAGE_TREE.finditer(data))
        return max((int(count.group(1)) for count in counts if count), default=0)


def is_whole(page: pikepdf.Page, limit: int) -> bool:
    """Given a page of a damaged file, return whether all that it draws with is there.

    limit: bytes a stream may unpack to. Raises TooMuchError beyond.
    """
    streams = contents_of(page.obj)
    if not streams or any(_is_cut(stream, limit) for stream in streams_under(page.obj, set())):
        return False
    text = b"\n".join(unpack(stream, limit) for stream in streams)
    resources = resources_of(page.obj)
    return _has_all(text, resources, Name.Font, NAMED_FONT) and _has_all(text, resources, Name.XObject, NAMED_CALL)


def shows_cut_picture(page: pikepdf.Page, limit: int, every_kind: bool) -> bool:
    """Given a page, return whether the data of a JPEG that it shows end before its last row, or those of any picture
    when every kind is looked at, which takes time.

    limit: bytes a stream may unpack to.
    """
    text = b"\n".join(unpack(stream, limit) for stream in contents_of(page.obj))
    called = {match.group(1) for match in NAMED_CALL.finditer(text)}
    found = (resource(resources_of(page.obj), Name.XObject, name) for name in called)
    pictures = [stream for stream in found if stream is not None and is_kind(stream, Name.Image)]
    return any(_is_cut_photo(picture) or (every_kind and _is_cut(picture, limit)) for picture in pictures)


def _is_cut_photo(stream: pikepdf.Object) -> bool:
    """Some writers leave the end mark out, so that only unpacking tells whether rows are lost."""
    if filters_of(stream)[:1] not in (["/DCTDecode"], ["/DCT"]):
        return False
    data = bytes(stream.read_raw_bytes())
    if _JPEG_END in data[-_JPEG_TAIL:]:
        return False
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG",)) as photo:
            photo.load()
    except (OSError, SyntaxError, ValueError):
        return True
    return False


def _has_all(text: bytes, resources: pikepdf.Object | None, kind: Name, named: re.Pattern[bytes]) -> bool:
    """Return whether every name that operators use stands for something."""
    return all(resource(resources, kind, name) is not None for name in {m.group(1) for m in named.finditer(text)})


def _is_cut(stream: pikepdf.Object, limit: int) -> bool:
    """Given a stream, return whether its data end before their own end mark."""
    filters, data = filters_of(stream), bytes(stream.read_raw_bytes())
    if not data:
        return bool(filters)
    if filters and filters[0] in ("/FlateDecode", "/Fl"):
        return not _ends_well(data, limit)
    if filters and filters[0] in ("/DCTDecode", "/DCT"):
        return _JPEG_END not in data[-_JPEG_TAIL:]
    return False


def _ends_well(data: bytes, limit: int) -> bool:
    """Given zlib data, return whether they run to their end mark within ``limit`` bytes."""
    unpacker, size = zlib.decompressobj(), 0
    try:
        while data and not unpacker.eof and size <= limit:
            size += len(unpacker.decompress(data, 1 << 20))
            data = unpacker.unconsumed_tail
    except zlib.error:
        return False
    return unpacker.eof
