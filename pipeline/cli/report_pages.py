"""Pictures of pages for the report: the page as its file stores it, with the values in doubt marked."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from pipeline.batch.findings import BadPage
from pipeline.batch.ledger import read_ledger
from pipeline.batch.sources import sha256_of
from pipeline.config import Ingest
from pipeline.errors import InputError, UnreadableFile
from pipeline.geometry import Box
from pipeline.overlay.background import file_background
from pipeline.overlay.fonts import find_face
from pipeline.overlay.marks import Mark, evidence_marks
from pipeline.overlay.paint import Panel, paint
from pipeline.stages.ingest import open_document

WIDTH = 1000
"""pixels; print is still read, and a page takes some 200 kB"""
QUALITY = 70
"""of JPEG, in percent"""


@dataclass(frozen=True, slots=True)
class Shot:
    """jpeg: base64, None when the file is not to be had any more. words: what is marked, or why nothing is shown."""

    file: str
    page: int
    words: str
    jpeg: str | None


def shots_of(folder: Path, pages: Sequence[BadPage], settings: Ingest) -> list[Shot]:
    """Given a job folder and its worst pages, return their pictures, as far as the files are still there."""
    with read_ledger(folder) as ledger:
        places = {page.file: ledger.place_of(page.file) for page in pages}
    return [_shot(page, places[page.file], settings) for page in pages]


def _shot(page: BadPage, place: str | None, settings: Ingest) -> Shot:
    words = ", ".join(dict.fromkeys(mark.path for mark in page.marks))
    try:
        if place is None or sha256_of(Path(place)) != page.sha256:
            raise UnreadableFile("the file has been moved or changed since it was read")
        return Shot(page.file, page.page, words, _jpeg(page, Path(place), settings))
    except InputError as error:
        return Shot(page.file, page.page, f"{words} ({error})", None)


def _jpeg(bad: BadPage, path: Path, settings: Ingest) -> str:
    with open_document(path, bad.file, settings) as opened:
        background = file_background(opened.readable_path, opened.page(bad.page - 1))
    picture = paint(Panel(background.picture, background.scale, tuple(_marks(bad))), find_face())
    picture.thumbnail((WIDTH, WIDTH * 2), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, format="JPEG", quality=QUALITY)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def _marks(bad: BadPage) -> Iterator[Mark]:
    for mark in bad.marks:
        yield from evidence_marks(Box(*mark.box), [mark.path], mark.confidence)
