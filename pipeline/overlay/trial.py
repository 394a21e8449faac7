"""A page with what one definition found on it: values, their labels, and the cells that no field took."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.config import Settings
from pipeline.errors import IssueCode, UsageError
from pipeline.forms.trial import Trace
from pipeline.model import Document, PageReading, Picture, Record
from pipeline.overlay.background import file_background
from pipeline.overlay.fonts import Face
from pipeline.overlay.marks import REGION, UPRIGHT, Caption, Mark, Outline, Tint, lines_of, record_marks
from pipeline.overlay.paint import paint_panels
from pipeline.overlay.scene import count, over
from pipeline.stages.ingest import open_document

Found = Sequence[tuple[Record, Trace]]
UNUSED = "unused"


def draw_trial(path: Path, document: Document, number: int, found: Found, settings: Settings, face: Face) -> Picture:
    """Given a document, a 0-based page and its records with their traces, return the page as stored, painted: values
    with their paths, labels outlined, unused cells tinted. Raises UsageError for a page that the file does not have."""
    pages = document.source.n_pages
    if number >= pages:
        raise UsageError(f"{document.source.file} has {pages} pages: choose --page 1 to {pages}")
    with open_document(path, document.source.file, settings.ingest) as opened:
        background = file_background(opened.readable_path, opened.page(number))
    here = [(record, trace) for record, trace in found if number in record.pages]
    reading = next((reading for reading in document.readings if reading.page == number), None)
    marks = [*record_marks((record for record, _ in here), number), *_label_marks(here, number)]
    if reading is not None:
        marks += _unused_marks(here, reading)
    title = f"{path.name} · {number + 1}/{pages} · {count(len(here), 'record')}"
    return paint_panels(title, (over(background, *marks),), face)


def _label_marks(found: Found, page: int) -> Iterator[Mark]:
    for _, trace in found:
        for field in trace.fields:
            yield from (Outline(line.box, REGION) for line in field.label_lines if line.page == page)


def _unused_marks(found: Found, reading: PageReading) -> Iterator[Mark]:
    """The lines of each unused cell; cells are known by their print, which the issue quotes whole."""
    issues = (issue for record, _ in found for issue in record.issues if issue.code == IssueCode.UNUSED_CELL)
    prints = {text for issue in issues if issue.path is None for text in issue.candidates}
    unused = {line for text in prints for line in text.split("\n")}
    for line in lines_of(reading):
        if line.text.strip() in unused:
            yield Tint(line.box, UPRIGHT)
            yield Caption(line.box, UNUSED, UPRIGHT, above=True)
