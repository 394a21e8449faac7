"""What kind of file this is, by its first bytes; a name proves nothing."""

from __future__ import annotations

from typing import Literal

from pipeline.errors import UnsupportedFormat

FileKind = Literal["pdf", "image"]

HEAD_BYTES = 1024
"""A PDF header may stand anywhere in the first 1024 bytes (ISO 32000-1, annex H.3, implementation note 13)."""

_PICTURES: tuple[bytes, ...] = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"II*\x00",
    b"MM\x00*",
    b"II+\x00",
    b"MM\x00+",
    b"BM",
)

_SAVE_AS_PDF = "open it in the program that made it and save it as PDF, then run again on that"
_SAVE_AS_PICTURE = "convert it to PNG, JPEG or TIFF and run again on that"
_UNPACK = "unpack it and run again on the files inside"
_FETCH_AGAIN = "the download may have gone wrong: fetch the file itself again"

_KNOWN: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x03\x04", "a ZIP package (Office document, OFD or archive)", f"{_SAVE_AS_PDF}, or {_UNPACK}"),
    (b"PK\x05\x06", "an empty ZIP archive", "there is nothing in it to read"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document", _SAVE_AS_PDF),
    (b"{\\rtf", "a rich text document", _SAVE_AS_PDF),
    (b"%!PS", "a PostScript file", _SAVE_AS_PDF),
    (b"\xc5\xd0\xd3\xc6", "an encapsulated PostScript file", _SAVE_AS_PDF),
    (b"Rar!", "a RAR archive", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (b"\x1f\x8b", "a gzip archive", _UNPACK),
    (b"GIF8", "a GIF picture", _SAVE_AS_PICTURE),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture", _SAVE_AS_PICTURE),
    (b"\x97JB2\r\n\x1a\n", "a JBIG2 picture", _SAVE_AS_PICTURE),
    (b"8BPS", "a Photoshop picture", _SAVE_AS_PICTURE),
    (b"AT&T", "a DjVu document", _SAVE_AS_PDF),
)

_ACCEPTED = "give a PDF, PNG, JPEG, TIFF, BMP or WebP file"


def sniff(head: bytes) -> FileKind:
    """Given the first bytes of a file, return its kind. Raises UnsupportedFormat that names what it seems to be."""
    if head.startswith(_PICTURES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return "image"
    for magic, what, remedy in _KNOWN:
        if head.startswith(magic):
            raise UnsupportedFormat(f"this is {what}, not a PDF or a picture: {remedy}")
    if b"%PDF-" in head[:HEAD_BYTES]:
        return "pdf"
    what, remedy = _describe(head)
    raise UnsupportedFormat(f"this is {what}, not a PDF or a picture: {remedy}")


def _describe(head: bytes) -> tuple[str, str]:
    """Given bytes without a known magic number, return what they look like and what to do."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")) or b"<html" in start:
        return "a web page", _FETCH_AGAIN
    if start.startswith((b"<?xml", b"<svg")):
        return "an XML file", _SAVE_AS_PDF
    if head[4:8] == b"ftyp":
        return "a HEIF/AVIF picture or a video", _SAVE_AS_PICTURE
    if not head.strip(b"\x00"):
        return "a file of zero bytes only", _FETCH_AGAIN
    if _is_text(head):
        return "a text file", _ACCEPTED
    return "a file of unknown format", _ACCEPTED


def _is_text(head: bytes) -> bool:
    """Given bytes, return whether they hold no control codes but white space (UTF-16 text has a byte order mark)."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return all(byte >= 32 or byte in b"\t\r\n\x0c" for byte in head)
