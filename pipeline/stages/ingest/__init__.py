"""Stage ingest: a file -> its pages, one at a time, each with a text layer that tells the truth or with pixels."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import stat_result
from pathlib import Path

from pipeline.config import Ingest
from pipeline.errors import EmptyFile, LimitExceeded, UnreadableFile, UnsupportedFormat
from pipeline.model import Page, Source
from pipeline.stages.ingest.image import ImageDocument
from pipeline.stages.ingest.pdf import PdfDocument
from pipeline.stages.ingest.sniff import HEAD_BYTES, sniff

__all__ = ["OpenDocument", "open_document"]

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """An open input. ``readable_path``: the file that other PDF readers should be given (repaired when need be)."""

    source: Source
    readable_path: Path
    _document: PdfDocument | ImageDocument

    def page(self, number: int) -> Page:
        """Given a 0-based page number, return the page; nothing of it is kept here.

        Raises an InputError that names the page when only this page cannot be had; IndexError beyond the last.
        """
        if not 0 <= number < self.source.n_pages:
            raise IndexError(f"page {number} of {self.source.n_pages}")
        return self._document.page(self.source, number)


@contextmanager
def open_document(path: Path, file: str, settings: Ingest) -> Iterator[OpenDocument]:
    """Given a path, the name that the user gave it and the settings, yield the document open for reading pages.

    Raises EmptyFile, UnsupportedFormat, EncryptedFile, DamagedFile, NoPages, UnreadableFile or LimitExceeded, each with
    what happened and what to do next.
    """
    head, sha256 = _read_through(path, settings)
    kind = sniff(head)
    document = PdfDocument(path, settings) if kind == "pdf" else ImageDocument(path, settings)
    try:
        source = Source(file, path, sha256, kind, document.n_pages)
        readable = document.path if isinstance(document, PdfDocument) else path
        yield OpenDocument(source, readable, document)
    finally:
        document.close()


def _read_through(path: Path, settings: Ingest) -> tuple[bytes, str]:
    """Given a path, return the file's first bytes and the SHA-256 of all."""
    try:
        _check_file(path.stat(), settings)
        digest = hashlib.sha256()
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
            digest.update(head)
            while block := stream.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        raise UnreadableFile(
            f"the file cannot be read ({error.strerror or error}): check that it exists and that you may read it"
        ) from error
    return head, digest.hexdigest()


def _check_file(found: stat_result, settings: Ingest) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise UnsupportedFormat("this is not a file: give a PDF, a picture or a folder of them")
    if found.st_size == 0:
        raise EmptyFile("the file has no content: copy or scan it again")
    if found.st_size > settings.max_file_bytes:
        raise LimitExceeded(
            f"the file has {found.st_size} bytes, more than the {settings.max_file_bytes} allowed: split it, "
            "or raise ingest.max_file_bytes in the settings"
        )
