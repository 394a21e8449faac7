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
from pipeline.overlay.marks import REGION, UPRIGHT, Caption, Mark, Outline, Tint, record_marks
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
    """The lines of each unused cell: cells are known by their print, which the issue quotes whole, and by holding no
    value, since another cell may print the same."""
    issues = [issue for record, _ in found for issue in record.issues if issue.code == IssueCode.UNUSED_CELL]
    prints = {_squeezed(text) for issue in issues for text in issue.candidates}
    values = [e.box.centre for record, _ in found for e in record.evidence.values() if e.page == reading.page]
    for cell in (cell for grid in reading.grids for cell in grid.cells if _squeezed(cell.text) in prints):
        if not any(line.box.contains(place) for line in cell.lines for place in values):
            yield from (Tint(line.box, UPRIGHT) for line in cell.lines)
            yield from (Caption(line.box, UNUSED, UPRIGHT, above=True) for line in cell.lines[:1])


def _squeezed(text: str) -> str:
    return "".join(text.split())
