"""The worker that reads documents. Named by the driver, imported by its children only: it loads the models."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter
from pathlib import Path
from typing import Any

from pipeline.batch.engine import PARTS_DAMAGED, OnPage, Report, Task, Worker, changed_report
from pipeline.batch.joining import Span, WindowsDifferError, join_windows, written
from pipeline.batch.readings import Part, PartError, ReadPage, pack_part, unpack_part
from pipeline.batch.sources import sha256_of
from pipeline.config import Settings
from pipeline.errors import InputError
from pipeline.model import Document, Source, UnusedPage
from pipeline.run import join_pages, read_pages
from pipeline.stages.ingest import open_document
from pipeline.tools import Tools, load_tools


def make_extractor(settings: Mapping[str, Any], form: str) -> Worker:
    """Given the settings as plain data and the form's id or "auto", return the worker. Slow: loads the models."""
    tools = load_tools(Settings.model_validate(settings), form)

    def extract(task: Task, on_page: OnPage) -> Report:
        try:
            return join(task, tools, on_page) if task.parts else read(task, tools, on_page)
        except InputError as error:
            return Report(error.status, error.reason, str(error))

    return extract


def read(task: Task, tools: Tools, on_page: OnPage) -> Report:
    """Given a file or a range of its pages, return what it holds; of a long file that it is one. Raises InputError."""
    path = Path(task.path)
    with open_document(path, task.file, tools.settings.ingest) as opened:
        source = opened.source
        if task.pages is None and source.n_pages > tools.settings.limits.range_pages:
            return Report("long", pages=source.n_pages)
        wanted = range(*(task.pages or (0, source.n_pages)))
        pages = tuple(read_pages(opened, wanted, tools, on_page))
    after = sha256_of(path)  # pages are read one by one: only now is it known what they were read from
    if not source.sha256 == after == task.sha256:
        return changed_report(task.file)
    if task.pages is not None:
        return Report("part", pages=source.n_pages, artefact=pack_part(source, pages))
    return report_of(source, [join_pages(source, pages, tools)])


def join(task: Task, tools: Tools, on_page: OnPage) -> Report:
    """Given a long file all of whose ranges were read, return what it holds. Raises InputError for damaged parts."""
    first = _part(Path(task.parts[0]))
    source = Source(task.file, Path(task.path), task.sha256, first.kind, first.n_pages)
    try:
        return report_of(source, join_windows(source, pages_of(task, source, on_page), tools, Span()))
    except WindowsDifferError:
        return report_of(source, [join_pages(source, tuple(pages_of(task, source, on_page)), tools)])


def pages_of(task: Task, source: Source, on_page: OnPage) -> Iterator[ReadPage]:
    """Given a long file all of whose ranges were read, yield its pages in order; a range is loaded when its turn comes.
    Raises InputError for damaged parts."""
    lost = [UnusedPage(page, f"page-failed: {why}") for page, why in task.lost]
    read = (page for place in task.parts for page in _told(_part(Path(place)), on_page))
    count = 0
    for page in heapq.merge(lost, read, key=attrgetter("page")):
        if page.page != count:
            raise _damaged("pages are missing")
        count += 1
        yield page
    if count != source.n_pages:
        raise _damaged("pages are missing")


def _told(part: Part, on_page: OnPage) -> tuple[ReadPage, ...]:
    on_page(0, part.n_pages)
    return part.pages


def _part(place: Path) -> Part:
    try:
        return unpack_part(place.read_bytes())
    except (OSError, PartError) as error:
        raise _damaged(str(error)) from error


def _damaged(how: str) -> InputError:
    return InputError(f"what was read of the file in parts is damaged ({how}): run again", PARTS_DAMAGED)


def report_of(source: Source, documents: Iterable[Document]) -> Report:
    """Given an input and what stands on its pages, return the report that carries what it adds to the output files."""
    all_of = written(source, documents)
    return Report(
        status=all_of.line.status,
        reason=all_of.line.reason,
        message=all_of.line.message,
        pages=all_of.line.pages,
        accepted=all_of.accepted,
        review=len(all_of.line.records) - all_of.accepted,
        artefact=all_of.artefact,
    )
