"""THE driver of one document: one assignment a stage, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.errors import InputError, IssueCode, is_of_the_machine, page_fault
from pipeline.model import CleanPage, Document, Grid, Issue, Page, PageReading, Source, TableRegion, UnusedPage
from pipeline.stages.check import check
from pipeline.stages.detect import detect
from pipeline.stages.grid import build_grids
from pipeline.stages.ingest import OpenDocument, open_document
from pipeline.stages.read import read
from pipeline.stages.records import records
from pipeline.stages.stitch import stitch
from pipeline.stages.upright import upright
from pipeline.tools import Tools
from pipeline.trace import staged

OnPage = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class PageProducts:
    """The product of every stage of one page, named as in the driver."""

    page: Page
    clean: CleanPage
    regions: tuple[TableRegion, ...]
    grids: tuple[Grid, ...]
    reading: PageReading


def extract_document(path: Path, file: str, tools: Tools, on_page: OnPage = lambda number, of: None) -> Document:
    """Given an input, the user's name for it and who is told (page, of), return all it holds. Raises InputError."""
    with open_document(path, file, tools.settings.ingest) as opened:
        pages = read_pages(opened, range(opened.source.n_pages), tools, on_page)
        return join_pages(opened.source, tuple(pages), tools)


def read_pages(
    opened: OpenDocument, numbers: Iterable[int], tools: Tools, on_page: OnPage
) -> Iterator[PageReading | UnusedPage]:
    """Given an open document and 0-based pages, yield what stands on each, or why it cannot be read.

    The driver's edge: whatever a library raises on one page costs that page only. What is the machine's fault goes on;
    so does the refusal of an only page, whose reason is the file's."""
    for number in numbers:
        try:
            yield process_page(opened, number, tools).reading
        except Exception as error:
            if is_of_the_machine(error) or (isinstance(error, InputError) and opened.source.n_pages == 1):
                raise
            yield UnusedPage(number, f"page-failed: {page_fault(error)}")
        on_page(number + 1, opened.source.n_pages)


def process_page(opened: OpenDocument, number: int, tools: Tools) -> PageProducts:
    """Given an open document and a 0-based page, return the product of every stage. Raises InputError."""
    settings = tools.settings
    page = staged("ingest", opened.page, number)
    clean = staged("upright", upright, page, tools.orienter, settings.upright)
    regions = staged("detect", detect, clean, opened.readable_path, settings.detect)
    grids = staged("grid", build_grids, clean, regions, settings.grid)
    reading = staged("read", read, clean, grids, tools.recogniser, settings.read)
    return PageProducts(page, clean, regions, grids, replace(reading, notes=page.notes))


def join_pages(source: Source, pages: Sequence[PageReading | UnusedPage], tools: Tools) -> Document:
    """Given all pages of an input in order, wherever they were read, return the document that they make."""
    readings = tuple(page for page in pages if isinstance(page, PageReading))
    lost = tuple(page for page in pages if isinstance(page, UnusedPage))
    tables = stitch(readings, tools.forms, tools.settings.stitch)
    found, unused = records(tables, readings, tools.forms, tools.settings.records)
    checked = tuple(check(record, tools.forms, tools.settings.records) for record in found)
    issues = tuple(Issue(IssueCode.PAGE_FAILED, "error", None, f"page {p.page + 1}: {p.reason}") for p in lost)
    notes = tuple(dict.fromkeys(note for page in readings for note in page.notes))
    return Document(source, readings, checked, tuple(sorted((*unused, *lost), key=lambda p: p.page)), issues, notes)
