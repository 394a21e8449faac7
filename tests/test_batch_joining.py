"""A long file joined window by window gives the bytes of the file joined at once, and holds few of its pages."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest

from pipeline.batch.joining import Span, WindowsDifferError, clear_page, join_windows, written
from pipeline.batch.readings import ReadPage
from pipeline.model import Document, Record, UnusedPage
from pipeline.run import join_pages, read_pages
from pipeline.stages.emit import document_to_outputs, to_line
from pipeline.stages.ingest import open_document
from pipeline.tools import Tools

SAMPLES = Path(__file__).resolve().parent.parent / "sample_docs"
COPIES = 5


@pytest.fixture(scope="module")
def whole(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Document:
    """Declarations of one page and of two, and a page of no form, over and over; one page is lost."""
    place = tmp_path_factory.mktemp("long") / "long.pdf"
    with pikepdf.new() as long:
        for _ in range(COPIES):
            for name in ("declarations.pdf", "other.pdf"):
                with pikepdf.open(SAMPLES / name) as pdf:
                    long.pages.extend(pdf.pages)
        long.save(place)
    with open_document(place, "long.pdf", tools.settings.ingest) as opened:
        pages: list[ReadPage] = list(read_pages(opened, range(opened.source.n_pages), tools, lambda page, of: None))
        pages[20] = UnusedPage(20, "page-failed: it is lost")
        return join_pages(opened.source, pages, tools)


def pages_of(whole: Document) -> list[ReadPage]:
    lost = [unused for unused in whole.pages_unused if unused.reason.startswith("page-failed")]
    return sorted((*whole.readings, *lost), key=lambda page: page.page)


@pytest.mark.parametrize(("window", "margin"), [(8, 2), (13, 3), (25, 4), (500, 10)])
def test_windows_give_the_bytes_of_the_whole(whole: Document, tools: Tools, window: int, margin: int) -> None:
    assert len(whole.records) > 2 * COPIES
    assert any(len(record.pages) > 1 for record in whole.records)
    found = written(whole.source, join_windows(whole.source, pages_of(whole), tools, Span(window, margin)))
    outputs = document_to_outputs(whole)
    assert found.artefact == to_line(outputs).encode()
    assert (found.line, found.accepted) == (outputs.document, sum(r.status == "accepted" for r in outputs.records))


def test_few_pages_are_held_at_a_time(whole: Document, tools: Tools) -> None:
    pages = pages_of(whole)
    coming = iter(pages)
    held = [
        len({reading.page for reading in of.readings}) for of in join_windows(whole.source, coming, tools, Span(8, 2))
    ]
    assert sum(held) == len(whole.readings)
    assert max(held) <= 16
    assert len(held) > 3


def test_windows_that_disagree_are_not_taken(whole: Document, tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when what stands on a page depended on one far away."""

    def far(source: object, pages: list[ReadPage], tools: Tools) -> Document:
        joined = join_pages(whole.source, pages, tools)
        return Document(joined.source, joined.readings, joined.records[: 3 if pages[0].page else None])

    monkeypatch.setattr("pipeline.batch.joining.join_pages", far)
    with pytest.raises(WindowsDifferError):
        list(join_windows(whole.source, pages_of(whole), tools, Span(12, 3)))


def test_a_cut_lies_where_no_record_runs_on() -> None:
    records = [Record("f", pages, {}, {}) for pages in ((0,), (1, 2), (2, 3, 4), (6,))]
    assert [clear_page(records, first, last) for first, last in ((1, 4), (1, 5), (2, 4), (0, 0), (3, 6))] == [
        1, 5, None, 0, 6,
    ]  # fmt: skip
