"""A long file joined window by window, so that one of thousands of pages needs no more memory than one of hundreds.

Which table goes on over a page, and which tables are one declaration, is told by pages next to each other. So a window
of pages is joined as if it were the whole file, what ends well before its end is given out, and the next window begins
a little before that place: what both windows saw must be the same in both, or the file is not to be joined this way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from pipeline.batch.readings import ReadPage
from pipeline.model import Document, Record, Source
from pipeline.run import join_pages
from pipeline.stages.emit import DocumentOut, RecordOut, document_out, records_out, tables_out, to_line
from pipeline.tools import Tools


@dataclass(frozen=True, slots=True)
class Span:
    """Pages. window: that are joined at a time; margin: at the end of a window that wait for the next one, and that two
    windows share at the least."""

    window: int = 150
    margin: int = 10


class WindowsDifferError(Exception):
    """Two windows disagree about pages that both of them saw."""


def join_windows(source: Source, pages: Iterable[ReadPage], tools: Tools, span: Span) -> Iterator[Document]:
    """Given all pages of an input in order, yield documents of some pages each that are together what it holds.

    Raises WindowsDifferError.
    """
    coming, held, begin = iter(pages), list[ReadPage](), 0
    before: Document | None = None
    while True:
        more = list(islice(coming, span.window))
        end = held[-1].page + 1 if held else 0
        held += more
        joined = join_pages(source, held, tools)
        if before is not None and settled(before, begin, end - span.margin) != settled(
            joined, begin, end - span.margin
        ):
            raise WindowsDifferError(f"about pages {begin + 1} to {end}")
        if len(more) < span.window:
            yield part_of(joined, begin, source.n_pages)
            return
        cut = clear_page(joined.records, begin + 1, held[-1].page + 1 - 2 * span.margin)
        if cut is not None:
            yield part_of(joined, begin, cut)
            keep = clear_page(joined.records, held[0].page, cut - span.margin) or held[0].page
            held, begin = [page for page in held if page.page >= keep], cut
        before = joined


def clear_page(records: Sequence[Record], first: int, last: int) -> int | None:
    """Given records and a range of pages, both ends in it, return the last page that no record reaches into from the
    page before; None without any."""
    within = {page for record in records for page in range(record.pages[0] + 1, record.pages[-1] + 1)}
    return next((page for page in range(last, first - 1, -1) if page not in within), None)


def settled(document: Document, begin: int, end: int) -> tuple[object, ...]:
    """Given what was joined of some pages, return what is known for sure of those from ``begin`` on before ``end``."""
    records = [record for record in document.records if begin <= record.pages[0] and record.pages[-1] < end]
    return records, [unused for unused in document.pages_unused if begin <= unused.page < end]


def part_of(document: Document, begin: int, end: int) -> Document:
    """Given what was joined of some pages, return what begins on those from ``begin`` on before ``end``."""
    return replace(
        document,
        readings=tuple(reading for reading in document.readings if begin <= reading.page < end),
        records=tuple(record for record in document.records if begin <= record.pages[0] < end),
        pages_unused=tuple(unused for unused in document.pages_unused if begin <= unused.page < end),
        notes=tuple(note for note in document.notes if note.page is None or begin <= note.page < end),
    )


@dataclass(frozen=True, slots=True)
class Written:
    """What an input adds to the output files. line: that of the document; artefact: all of it, as JSON."""

    line: DocumentOut
    accepted: int
    artefact: bytes


def written(source: Source, documents: Iterable[Document]) -> Written:
    """Given an input and documents of some of its pages each, in order, return what they are together: the same bytes
    as of one document of all pages. Of each only its lines are kept."""
    records, tables, slim = list[str](), list[str](), list[RecordOut]()
    known = Document(source, (), ())
    for document in documents:
        outputs = records_out(document)
        records += map(to_line, outputs)
        tables += map(to_line, tables_out(document))
        slim += [output.model_copy(update={"data": {}, "evidence": {}, "issues": ()}) for output in outputs]
        known = replace(
            known,
            readings=known.readings or document.readings[:1],
            pages_unused=(*known.pages_unused, *document.pages_unused),
            issues=tuple(dict.fromkeys((*known.issues, *document.issues))),
            notes=tuple(dict.fromkeys((*known.notes, *document.notes))),
        )
    line = document_out(known, tuple(slim))
    text = f'{{"document": {to_line(line)}, "records": [{", ".join(records)}], "tables": [{", ".join(tables)}]}}'
    return Written(line, sum(output.status == "accepted" for output in slim), text.encode("utf-8"))
