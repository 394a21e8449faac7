"""What driver and child say to each other: frames of one kind byte, four length bytes and a body."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from enum import Enum

HEAD = struct.Struct(">cI")
MAX_BODY = 1 << 30
"""bytes; a gigabyte of text from one file is no text but a fault"""


class Kind(Enum):
    HELLO = b"H"
    """driver -> child: JSON with worker, limits and the driver's pid"""
    TASK = b"T"
    """driver -> child: JSON of a Task"""
    READY = b"R"
    """child -> driver: the worker is made"""
    FATAL = b"F"
    """child -> driver: JSON with message and exit code; no worker can be made"""
    TAKEN = b"K"
    """child -> driver: the task has been read; from here on the child answers for it"""
    PAGE = b"P"
    """child -> driver: JSON [page, total, [[stage, seconds, error], ...]]"""
    DONE = b"D"
    """child -> driver: JSON of a Report's header, a line feed, the artefact"""


class WireError(Exception):
    """The bytes are no frame."""


Frame = tuple[Kind, bytes]


def pack(kind: Kind, body: bytes = b"") -> bytes:
    return HEAD.pack(kind.value, len(body)) + body


class Unpacker:
    """Given bytes as they come, yields whole frames. Raises WireError at bytes that are no frame, after the frames that
    came before them: what was said in good order counts, whatever is said next."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        self._bytes += data
        while (frame := self._next()) is not None:
            yield frame

    def _next(self) -> Frame | None:
        if len(self._bytes) < HEAD.size:
            return None
        kind, length = unpack_head(bytes(self._bytes[: HEAD.size]))
        end = HEAD.size + length
        if len(self._bytes) < end:
            return None
        body = bytes(self._bytes[HEAD.size : end])
        del self._bytes[:end]
        return kind, body


def unpack_head(head: bytes) -> tuple[Kind, int]:
    letter, length = HEAD.unpack(head)
    try:
        kind = Kind(letter)
    except ValueError as error:
        raise WireError(f"no frame begins with {letter!r}") from error
    if length > MAX_BODY:
        raise WireError(f"a frame of {length} bytes is too long")
    return kind, length
