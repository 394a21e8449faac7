"""emit: Document -> the lines of records.jsonl, documents.jsonl and tables.jsonl.

Everything here is pure: no clock, no path but the name the user gave, so the same input gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from pipeline.errors import DocumentStatus, InputError, IssueCode
from pipeline.geometry import Box
from pipeline.model import Cell, Document, Evidence, Grid, Issue, Kind, Origin, PageReading, Record, Severity

SCHEMA_VERSION = 1
BOX_DECIMALS = 2
"""A hundredth of a point or pixel is finer than any print."""
CONFIDENCE_DECIMALS = 6
ID_DIGITS = 16
"""64 bits of the file's sha256 tell the files of an archive apart."""

NO_RECORD = "no-record"

BoxOut = tuple[float, float, float, float]


class Out(BaseModel):
    """One object of an output file; its keys stand in the order of the fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SourceOut(Out):
    """pages: 1-based. page_sizes: (width, height) in file units, one a page of ``pages``."""

    file: str
    sha256: str
    pages: tuple[int, ...]
    page_sizes: tuple[tuple[float, float], ...]


class EvidenceOut(Out):
    text: str
    page: int
    bbox: BoxOut
    confidence: float
    origin: Origin


class IssueOut(Out):
    code: str
    severity: Severity
    path: str | None
    message: str
    candidates: tuple[str, ...]


class RecordOut(Out):
    """One line of records.jsonl. version: of the form's layout, only where one was told. status: "accepted" or
    "review"."""

    schema_version: int
    record_id: str
    form: str
    version: str | None = Field(default=None, exclude_if=lambda version: version is None)
    status: str
    source: SourceOut
    data: dict[str, Any]
    evidence: dict[str, EvidenceOut]
    issues: tuple[IssueOut, ...]


class UnusedPageOut(Out):
    page: int
    reason: str


class DocumentOut(Out):
    """One line of documents.jsonl. sha256 and pages: None when the file could not be read that far."""

    file: str
    sha256: str | None
    status: DocumentStatus
    reason: str | None
    message: str
    pages: int | None
    records: tuple[str, ...]
    pages_unused: tuple[UnusedPageOut, ...]


class CellOut(Out):
    row: int
    col: int
    row_span: int
    col_span: int
    text: str
    bbox: BoxOut
    confidence: float


class TableOut(Out):
    """One line of tables.jsonl."""

    table_id: str
    file: str
    page: int
    bbox: BoxOut
    n_rows: int
    n_cols: int
    kind: Kind
    cells: tuple[CellOut, ...]


class Outputs(Out):
    """Everything that one input adds to the output files."""

    document: DocumentOut
    records: tuple[RecordOut, ...]
    tables: tuple[TableOut, ...]


def document_to_outputs(document: Document) -> Outputs:
    """Given a document, return its lines: records by page and position, tables by page from top to bottom."""
    records = records_out(document)
    return Outputs(document=document_out(document, records), records=records, tables=tables_out(document))


def failure_to_outputs(file: str, sha256: str | None, error: InputError) -> Outputs:
    """Given an input that cannot be read and why, return its one line."""
    return lost_to_outputs(file, sha256, error.status, error.reason, str(error))


def lost_to_outputs(file: str, sha256: str | None, status: DocumentStatus, reason: str, message: str) -> Outputs:
    """Given an input that gave nothing, how it ended, a stable code and what to do, return its one line."""
    line = DocumentOut(
        file=file,
        sha256=sha256,
        status=status,
        reason=reason,
        message=message,
        pages=None,
        records=(),
        pages_unused=(),
    )
    return Outputs(document=line, records=(), tables=())


def records_out(document: Document) -> tuple[RecordOut, ...]:
    """Given a document, return its records in order of their first page; order on one page is kept."""
    sizes = {reading.page: reading.file_size for reading in document.readings}
    in_order = sorted(document.records, key=lambda record: record.pages[0])
    places = _positions(record.pages[0] for record in in_order)
    return tuple(_record_out(record, place, document, sizes) for record, place in zip(in_order, places, strict=True))


def tables_out(document: Document) -> tuple[TableOut, ...]:
    """Given a document, return every grid of every page, with boxes in file units of its page."""
    return tuple(
        _table_out(grid, place, reading, document)
        for reading in sorted(document.readings, key=lambda reading: reading.page)
        for place, grid in enumerate(reading.grids, start=1)
    )


def document_out(document: Document, records: tuple[RecordOut, ...]) -> DocumentOut:
    """Given a document and its records, return the line that says how the reading of the file ended."""
    status, reason, message = _verdict(document, records)
    message = "; ".join(part for part in (message, *(note.message for note in document.notes)) if part)
    return DocumentOut(
        file=document.source.file,
        sha256=document.source.sha256,
        status=status,
        reason=reason,
        message=message,
        pages=document.source.n_pages,
        records=tuple(record.record_id for record in records),
        pages_unused=tuple(
            UnusedPageOut(page=unused.page + 1, reason=unused.reason)
            for unused in sorted(document.pages_unused, key=lambda unused: unused.page)
        ),
    )


def to_line(output: Out | Mapping[str, Any]) -> str:
    """Given an output, return it as one line of JSON without its line end, keys in their own order.

    Lone surrogates, which broken text layers contain and UTF-8 does not, become U+FFFD. Raises ValueError for NaN.
    """
    plain = output.model_dump(mode="json") if isinstance(output, Out) else output
    line = json.dumps(plain, ensure_ascii=False, allow_nan=False)
    return line if line.isascii() else line.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def data_paths(data: Any, path: str = "") -> Iterator[str]:
    """Given a record's data, return the dotted paths of its scalars in order: ``funds.total``, ``rows[3].value``."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from data_paths(value, f"{path}.{key}" if path else str(key))
    elif isinstance(data, list | tuple):
        for index, value in enumerate(data):
            yield from data_paths(value, f"{path}[{index}]")
    else:
        yield path


def _verdict(document: Document, records: tuple[RecordOut, ...]) -> tuple[DocumentStatus, str | None, str]:
    """Given a document, return (status, reason code, message): its own faults first, then its records' doubts."""
    faults = [issue for issue in document.issues if issue.severity == "error"]
    if faults:
        status: DocumentStatus = "review" if document.readings else "failed"
        return status, str(faults[0].code), "; ".join(issue.message for issue in faults)
    waiting = sum(record.status == "review" for record in records)
    if waiting:
        return "review", None, f"{waiting} of {len(records)} records wait for review: see their issues in records.jsonl"
    if not records:
        return "ok", NO_RECORD, "no page is of a known form: see pages_unused and tables.jsonl"
    return "ok", None, ""


def _record_out(record: Record, place: int, document: Document, sizes: Mapping[int, tuple[float, float]]) -> RecordOut:
    doubted = any(issue.severity == "error" for issue in record.issues)
    return RecordOut(
        schema_version=SCHEMA_VERSION,
        record_id=_id(document.source.sha256, record.pages, "r", place),
        form=record.form,
        version=record.version,
        status="accepted" if record.accepted and not doubted else "review",
        source=SourceOut(
            file=document.source.file,
            sha256=document.source.sha256,
            pages=tuple(page + 1 for page in record.pages),
            page_sizes=tuple(_size(sizes[page]) for page in record.pages),
        ),
        data=record.data,
        evidence={path: _evidence_out(record.evidence[path]) for path in _evidence_order(record)},
        issues=tuple(_issue_out(issue) for issue in (*record.issues, *_page_issues(record, document))),
    )


def _evidence_order(record: Record) -> list[str]:
    """The order of the data; evidence of a value that was split or dropped comes last."""
    known = [path for path in data_paths(record.data) if path in record.evidence]
    return known + sorted(record.evidence.keys() - set(known))


def _evidence_out(evidence: Evidence) -> EvidenceOut:
    return EvidenceOut(
        text=evidence.text,
        page=evidence.page + 1,
        bbox=_box(evidence.box),
        confidence=_confidence(evidence.confidence),
        origin=evidence.origin,
    )


def _page_issues(record: Record, document: Document) -> Iterator[Issue]:
    """Yield what is to be known about the pages that a record stands on."""
    for note in document.notes:
        if note.page in record.pages:
            yield Issue(IssueCode(note.code), "warning", None, note.message)


def _issue_out(issue: Issue) -> IssueOut:
    return IssueOut(
        code=str(issue.code),
        severity=issue.severity,
        path=issue.path,
        message=issue.message,
        candidates=issue.candidates,
    )


def _table_out(grid: Grid, place: int, reading: PageReading, document: Document) -> TableOut:
    return TableOut(
        table_id=_id(document.source.sha256, (grid.page,), "t", place),
        file=document.source.file,
        page=grid.page + 1,
        bbox=_file_box(grid.box, reading),
        n_rows=grid.n_rows,
        n_cols=grid.n_cols,
        kind=grid.kind,
        cells=tuple(_cell_out(cell, reading) for cell in grid.cells),
    )


def _cell_out(cell: Cell, reading: PageReading) -> CellOut:
    """A cell is right when all its lines are; an empty cell has nothing to be wrong about."""
    confidence = 1.0
    for line in cell.lines:
        confidence *= line.confidence
    return CellOut(
        row=cell.row,
        col=cell.col,
        row_span=cell.row_span,
        col_span=cell.col_span,
        text=cell.text,
        bbox=_file_box(cell.box, reading),
        confidence=_confidence(confidence),
    )


def _file_box(box: Box, reading: PageReading) -> BoxOut:
    """Given a box in clean pixels, return it in file units, held to the page."""
    return _box(reading.to_file.apply_box(box).clipped(*reading.file_size))


def _box(box: Box) -> BoxOut:
    return _round(box.x0), _round(box.y0), _round(box.x1), _round(box.y1)


def _size(size: tuple[float, float]) -> tuple[float, float]:
    return _round(size[0]), _round(size[1])


def _round(value: float) -> float:
    """To the hundredth; adding zero turns -0.0 into 0.0."""
    return round(float(value), BOX_DECIMALS) + 0.0


def _confidence(value: float) -> float:
    return round(float(value), CONFIDENCE_DECIMALS)


def _positions(pages: Iterable[int]) -> list[int]:
    """Given the first page of each record, in order, return each one's position, 1-based, among those of its page."""
    seen: dict[int, int] = {}
    places = []
    for page in pages:
        seen[page] = seen.get(page, 0) + 1
        places.append(seen[page])
    return places


def _id(sha256: str, pages: tuple[int, ...], letter: str, place: int) -> str:
    """Stable: another record found on another page changes no id here."""
    first, last = pages[0] + 1, pages[-1] + 1
    where = f"p{first}" if first == last else f"p{first}-{last}"
    return f"{sha256[:ID_DIGITS]}-{where}-{letter}{place}"
