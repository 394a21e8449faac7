"""Pages as pictures for the review page: drawn once from the document, then kept as files."""

from __future__ import annotations

import io
import threading
from pathlib import Path

from PIL import Image

from pipeline.batch.ledger import read_ledger
from pipeline.config import Ingest
from pipeline.errors import UnreadableFile
from pipeline.overlay.background import file_background
from pipeline.sinks.jsonl import write_bytes
from pipeline.stages.ingest import open_document

FOLDER = "review-pages"
MAX_SIDE = 2200
"""Pixels of the longer side: 5 pt print is still read when it is enlarged, and a page takes some 400 kB."""
QUALITY = 80
"""Of JPEG, in percent."""

_ONE_AT_A_TIME = threading.Lock()
"""pdfium may not be used by two threads at once."""


def page_picture(job: Path, file: str, sha256: str, page: int, settings: Ingest) -> bytes:
    """Given a document of a job by its name and digest and a 1-based page, return the page as JPEG.

    Raises InputError where it is not to be had: the document was moved or changed since it was read.
    """
    kept = job / FOLDER / f"{sha256}-p{page}.jpg"
    try:
        return kept.read_bytes()
    except OSError:
        picture = _drawn(_place(job, file), file, sha256, page, settings)
        _keep(kept, picture)
        return picture


def _place(job: Path, file: str) -> Path:
    with read_ledger(job) as ledger:
        place = ledger.place_of(file)
    if place is None:
        raise UnreadableFile(f"the ledger does not know where {file} lies: run again to have it read")
    return Path(place)


def _drawn(path: Path, file: str, sha256: str, page: int, settings: Ingest) -> bytes:
    with _ONE_AT_A_TIME, open_document(path, file, settings) as opened:
        if opened.source.sha256 != sha256:
            raise UnreadableFile(f"{file} was changed since it was read: put the old file back, or run again")
        background = file_background(opened.readable_path, opened.page(page - 1))
    picture = Image.fromarray(background.picture).convert("RGB")
    picture.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, format="JPEG", quality=QUALITY)
    return buffer.getvalue()


def _keep(path: Path, picture: bytes) -> None:
    """A picture that cannot be kept, on a full disk perhaps, is drawn again the next time."""
    try:
        path.parent.mkdir(exist_ok=True)
        write_bytes(path, picture)
    except OSError:
        return
