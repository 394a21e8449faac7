"""THE driver of one document: one assignment a stage, in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import InputError, IssueCode
from pipeline.model import CleanPage, Document, Grid, Issue, Page, PageReading, TableRegion, UnusedPage
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


def extract_document(path: Path, file: str, tools: Tools, on_page: OnPage = lambda done, of: None) -> Document:
    """Given an input, return everything found in it; ``on_page(done, of)`` is called after each page.

    file: the input's name as the user gave it. Raises InputError when the file as a whole cannot be read; a page that
    cannot be read is named among the unused pages, and the others are read; an only page is the file as a whole.
    """
    with open_document(path, file, tools.settings.ingest) as opened:
        pages = [try_page(opened, number, tools, on_page) for number in range(opened.source.n_pages)]
    readings = tuple(page for page in pages if isinstance(page, PageReading))
    lost = tuple(page for page in pages if isinstance(page, UnusedPage))
    tables = stitch(readings, tools.forms.opens, tools.settings.stitch, tools.forms.is_foreign)
    found, unused = records(tables, readings, tools.forms, tools.settings.records)
    checked = tuple(check(record, tools.forms, tools.settings.records) for record in found)
    issues = tuple(Issue(IssueCode.PAGE_FAILED, "error", None, f"page {p.page + 1}: {p.reason}") for p in lost)
    return Document(opened.source, readings, checked, tuple(sorted((*unused, *lost), key=lambda p: p.page)), issues)


def try_page(opened: OpenDocument, number: int, tools: Tools, on_page: OnPage) -> PageReading | UnusedPage:
    """Given an open document, return what stands on one page, or why the page cannot be read.

    The driver's edge: whatever a library raises on one page costs that page only. Running out of memory is not the
    page's fault and goes on; so does the refusal of an only page, whose reason is the file's.
    """
    try:
        return process_page(opened, number, tools).reading
    except InputError as error:
        if opened.source.n_pages == 1:
            raise
        return UnusedPage(number, f"page-failed: {error}")
    except MemoryError:
        raise
    except Exception as error:
        return UnusedPage(number, f"page-failed: {type(error).__name__}: {error}; report this with the file")
    finally:
        on_page(number + 1, opened.source.n_pages)


def process_page(opened: OpenDocument, number: int, tools: Tools) -> PageProducts:
    """Given an open document and a 0-based page, return the product of every stage. Raises InputError."""
    settings = tools.settings
    page = staged("ingest", opened.page, number)
    clean = staged("upright", upright, page, tools.orienter, settings.upright)
    regions = staged("detect", detect, clean, opened.readable_path, settings.detect)
    grids = staged("grid", build_grids, clean, regions, settings.grid)
    reading = staged("read", read, clean, grids, tools.recogniser, settings.read)
    return PageProducts(page, clean, regions, grids, reading)
