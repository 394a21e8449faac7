"""Streams unpacked under a limit: no step of a filter chain may give more bytes than allowed, whatever the file says.

Source of the filters: ISO 32000-1, 7.4.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib

import pikepdf
from pikepdf import Name

DEFLATE_MAX_RATIO = 1032
"""Bytes out for one byte in: the most that deflate can do (zlib technical details, "Maximum expansion factor")."""

PICTURE_FILTERS = frozenset({"/DCTDecode", "/DCT", "/JPXDecode", "/JBIG2Decode", "/CCITTFaxDecode", "/CCF"})
"""Filters that code pictures; they end a chain and their size is known from the picture's own numbers."""

_STEP = 1 << 20


class TooMuchError(Exception):
    """A part of a page breaks a limit; the text names the part."""


def filters_of(stream: pikepdf.Object) -> list[str]:
    """Given a stream, return the names of its filters in order."""
    found = stream.get(Name.Filter, stream.get(Name.F))
    names = list(found) if isinstance(found, pikepdf.Array) else [found]
    return [_text_of(name) for name in names if isinstance(name, pikepdf.Name)]


def _text_of(name: pikepdf.Name) -> str:
    """Names are bytes; the filters' are ASCII, and one that is no text is none of them."""
    try:
        return str(name)
    except UnicodeDecodeError:
        return "/?"


def check_unpacked(stream: pikepdf.Object, limit: int) -> None:
    """Given a stream, return nothing. Raises TooMuchError when it unpacks beyond the limit."""
    depth = sum(name not in PICTURE_FILTERS for name in filters_of(stream))
    if len(stream.read_raw_bytes()) * DEFLATE_MAX_RATIO**depth > limit:
        unpack(stream, limit)


def unpack(stream: pikepdf.Object, limit: int) -> bytes:
    """Given a stream, return its bytes, unpacked up to the first filter that codes a picture.

    Raises TooMuchError when any step of the chain gives more than ``limit`` bytes. Broken data end where they break.
    """
    data = bytes(stream.read_raw_bytes())
    for name in filters_of(stream):
        if name in PICTURE_FILTERS:
            break
        data = _unpack_one(name, data, limit)
    _check_size(len(data), limit)
    return data


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise TooMuchError(f"a stream of more than {limit} bytes")


def _unpack_one(name: str, data: bytes, limit: int) -> bytes:
    if name in ("/FlateDecode", "/Fl"):
        return inflate(data, limit)
    if name in ("/LZWDecode", "/LZW"):
        return unlzw(data, limit)
    if name in ("/RunLengthDecode", "/RL"):
        return unrun(data, limit)
    if name in ("/ASCIIHexDecode", "/AHx"):
        return _unhex(data)
    if name in ("/ASCII85Decode", "/A85"):
        return _un85(data)
    return data


def inflate(data: bytes, limit: int) -> bytes:
    """Given zlib data, return them unpacked as far as they are whole. Raises TooMuchError above ``limit`` bytes."""
    unpacker, parts, size = zlib.decompressobj(), [], 0
    try:
        while data and not unpacker.eof:
            parts.append(unpacker.decompress(data, _STEP))
            size += len(parts[-1])
            _check_size(size, limit)
            data = unpacker.unconsumed_tail
    except zlib.error:
        pass
    return b"".join(parts)


def unlzw(data: bytes, limit: int) -> bytes:
    """Given LZW data (early change), return what they unpack to. Raises TooMuchError above ``limit`` bytes."""
    clear, end = 256, 257
    fresh = [bytes((value,)) for value in range(256)] + [b"", b""]
    table, out, last = list(fresh), bytearray(), b""
    width, bits, n_bits = 9, 0, 0
    for byte in data:
        bits, n_bits = ((bits << 8) | byte) & 0xFFFFFF, n_bits + 8
        if n_bits < width:
            continue
        n_bits -= width
        code = (bits >> n_bits) & ((1 << width) - 1)
        if code == end or (code >= len(table) and not last) or code > len(table):
            break
        if code == clear:
            table, last, width = list(fresh), b"", 9
            continue
        entry = table[code] if code < len(table) else last + last[:1]
        out += entry
        _check_size(len(out), limit)
        if last and len(table) < 4096:
            table.append(last + entry[:1])
        last = entry
        width = min(12, max(9, (len(table) + 1).bit_length()))
    return bytes(out)


def unrun(data: bytes, limit: int) -> bytes:
    """Given run-length data, return what they unpack to. Raises TooMuchError above ``limit`` bytes."""
    out, at = bytearray(), 0
    while at + 1 < len(data) and data[at] != 128:
        length = data[at]
        if length < 128:
            out += data[at + 1 : at + 2 + length]
            at += 2 + length
        else:
            out += data[at + 1 : at + 2] * (257 - length)
            at += 2
        _check_size(len(out), limit)
    return bytes(out)


def _unhex(data: bytes) -> bytes:
    digits = re.sub(rb"[^0-9A-Fa-f]", b"", data.split(b">", 1)[0])
    return binascii.unhexlify(digits + b"0" * (len(digits) % 2))


def _un85(data: bytes) -> bytes:
    body = re.sub(rb"[^!-uz]", b"", data.split(b"~", 1)[0])
    try:
        return base64.a85decode(body)
    except ValueError:
        return b""
