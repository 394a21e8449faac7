"""The worker that reads documents. Named by the driver, imported by its children only: it loads the models."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.batch.engine import PARTS_DAMAGED, OnPage, Report, Task, Worker, changed_report
from pipeline.batch.readings import Part, PartError, ReadPage, pack_part, unpack_part
from pipeline.batch.sources import sha256_of
from pipeline.config import Settings
from pipeline.errors import InputError
from pipeline.model import Source, UnusedPage
from pipeline.run import join_pages, read_pages
from pipeline.stages.emit import Outputs, document_to_outputs, to_line
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
    return report_of(document_to_outputs(join_pages(source, pages, tools)))


def join(task: Task, tools: Tools, on_page: OnPage) -> Report:
    """Given a long file all of whose ranges were read, return what it holds. Raises InputError for damaged parts."""
    pages: list[ReadPage] = [UnusedPage(page, f"page-failed: {why}") for page, why in task.lost]
    for place in task.parts:
        part = _part(Path(place))
        pages += part.pages
        on_page(0, part.n_pages)
    pages.sort(key=lambda page: page.page)
    if [page.page for page in pages] != list(range(part.n_pages)):
        raise _damaged("pages are missing")
    source = Source(task.file, Path(task.path), task.sha256, part.kind, part.n_pages)
    return report_of(document_to_outputs(join_pages(source, pages, tools)))


def _part(place: Path) -> Part:
    try:
        return unpack_part(place.read_bytes())
    except (OSError, PartError) as error:
        raise _damaged(str(error)) from error


def _damaged(how: str) -> InputError:
    return InputError(f"what was read of the file in parts is damaged ({how}): run again", PARTS_DAMAGED)


def report_of(outputs: Outputs) -> Report:
    """Given what a document adds to the output files, return the report that carries it."""
    line = outputs.document
    accepted = sum(record.status == "accepted" for record in outputs.records)
    return Report(
        status=line.status,
        reason=line.reason,
        message=line.message,
        pages=line.pages,
        accepted=accepted,
        review=len(outputs.records) - accepted,
        artefact=to_line(outputs).encode("utf-8"),
    )
