"""``shenbao forms try``: one document read by one definition, with what was found where and what was not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from pipeline.batch.sources import name_of
from pipeline.cli.forms import data_console, form_named
from pipeline.cli.forms_list import plain_table
from pipeline.cli.show import check_out, save_picture
from pipeline.cli.words import count_of, printable
from pipeline.config import load_settings
from pipeline.errors import EXIT_OK, EXIT_UNFINISHED
from pipeline.forms.columns import column_keys
from pipeline.forms.definition import Form
from pipeline.forms.match import Forms
from pipeline.forms.paths import value_at
from pipeline.forms.readout import quoted
from pipeline.forms.trial import FieldTrace, TableTrace, Trace, trace
from pipeline.forms.versions import Told
from pipeline.model import Document, Issue, Record, Table
from pipeline.overlay.fonts import find_face
from pipeline.overlay.trial import draw_trial
from pipeline.run import extract_document
from pipeline.stages.records import find_declarations
from pipeline.stages.stitch import stitch
from pipeline.tools import Tools, tools_with

SHOWN = 24
"""Characters of a value that the table shows; --json has it whole."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One record with how it came about."""

    record: Record
    trace: Trace
    told: Told


@click.command("try")
@click.argument("form", metavar="FILE|ID")
@click.argument("doc", metavar="DOC", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--page", type=click.IntRange(min=1), help="Only records of this page, counted from 1.")
@click.option("--out", metavar="PICTURE", type=click.Path(dir_okay=False, path_type=Path), help="Paint it, too.")
@click.option("--config", metavar="FILE", type=click.Path(path_type=Path), help="Settings in place of pipeline.yaml.")
@click.option("--json", "as_json", is_flag=True, help="Print one object to stdout.")
def try_form(*, form: str, doc: Path, page: int | None, out: Path | None, config: Path | None, as_json: bool) -> int:
    """Read DOC by the definition in FILE (or the installed one of that ID) alone, and print each field with its label
    as printed, its value and where that stands; where it was not found, what was expected.

    Exit code 0: a record was found and needs no review; 3: none, or one does.
    """
    if out is not None:
        check_out(out, doc)
    definition = form_named(form)
    settings = load_settings(config)
    tools = tools_with(settings, Forms((definition,), settings.records.label_similarity))
    document = extract_document(doc, name_of(doc), tools)
    tables = stitch(document.readings, tools.forms, tools.settings.stitch)
    trials = [trial for trial in trials_of(document, tables, tools) if _is_on(trial.record, page)]
    if as_json:
        click.echo(json.dumps(_plain(definition, trials), ensure_ascii=False))
    else:
        _print(data_console(), definition, trials, _unmatched(definition, tables, tools, page) if not trials else None)
    if out is not None:
        _paint(out, doc, document, trials, page, tools)
    accepted = trials and all(trial.record.accepted for trial in trials)
    return EXIT_OK if accepted else EXIT_UNFINISHED


def trials_of(document: Document, tables: Sequence[Table], tools: Tools) -> Iterator[Trial]:
    """Given a document and its tables, yield its records with how their fields were found."""
    threshold = tools.settings.records.label_similarity
    for record, found in zip(document.records, find_declarations(tables, tools.forms), strict=True):
        yield Trial(record, trace(found.match.form, found.tables, threshold), found.match.told)


def _is_on(record: Record, page: int | None) -> bool:
    return page is None or page - 1 in record.pages


def _unmatched(form: Form, tables: Sequence[Table], tools: Tools, page: int | None) -> Trace | None:
    """What the table that shows most of the form shows of it."""
    here = [table for table in tables if page is None or page - 1 in table.pages]
    traces = [trace(form, [table], tools.settings.records.label_similarity) for table in here]
    return min(traces, key=lambda found: len(found.missed), default=None)


def _print(console: Console, form: Form, trials: Sequence[Trial], unmatched: Trace | None) -> None:
    if not trials:
        least = f"{form.identity.min_share:.0%} of {', '.join(form.identity.evidence)}"
        console.print(f"No table of this document is of {form.id}: it asks for {least}", soft_wrap=True)
        if unmatched is not None:
            console.print("The table that comes nearest shows:")
            _print_fields(console, unmatched, None)
        return
    for number, trial in enumerate(trials, start=1):
        pages = ", ".join(str(page + 1) for page in trial.record.pages)
        status = "accepted" if trial.record.accepted else "review"
        console.print(f"Record {number} of {len(trials)}: {form.id}, page {pages}, {status}", style="bold")
        if form.versions:
            console.print(_version_line(trial.told), soft_wrap=True)
        _print_fields(console, trial.trace, trial.record)
        _print_issues(console, trial.record)


def _version_line(told: Told) -> str:
    """Which version of its form a record is, and by what it was told."""
    if told.version is None:
        rivals = ", ".join(version.id for version in told.rivals)
        return f"Version: none was told{f', it may be {rivals}' if rivals else ''}"
    words = f", since the page prints {'、'.join(told.words)}" if told.words else ""
    return printable(f"Version: {told.version.id} ({told.version.names.zh}){words}")


def _print_fields(console: Console, found: Trace, record: Record | None) -> None:
    table = plain_table("Field", "Label as printed", "Place", "Value", "Print", "Page: box", "Sure")
    for field in found.fields:
        table.add_row(*map(printable, _row(field, record)))
    console.print(table)
    for rows in found.tables:
        _print_rows(console, rows, record)
    console.print()


def _row(found: FieldTrace, record: Record | None) -> tuple[str, ...]:
    field = found.field
    value = None if record is None else value_at(record.data, field.path)
    evidence = record.evidence.get(field.path) if record is not None else None
    label = found.label or _expected(found, is_read=value is not None)
    place = found.place or ", ".join(field.places)
    if evidence is None:
        return field.path, label, place, "" if value is None else str(value), "", "", ""
    where = f"{evidence.page + 1}: {' '.join(f'{edge:.0f}' for edge in _edges(evidence.box))}"
    sure = f"{evidence.confidence:.3f} {evidence.origin}"
    print_ = "" if evidence.text == value else _short(evidence.text)
    return field.path, label, place, _short(value), print_, where, sure


def _short(value: object) -> str:
    """On one line, a long one cut."""
    line = " ".join(str(value).split())
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"


def _edges(box: Any) -> tuple[float, float, float, float]:
    return box.x0, box.y0, box.x1, box.y1


def _expected(found: FieldTrace, *, is_read: bool) -> str:
    """What was looked for in vain in the cells; the value may stand above them."""
    if is_read or not found.field.labels:
        return "(above the table)" if is_read else "(no label)"
    near = f", nearest print {quoted(found.near)}" if found.near else ""
    return f"{_missed(found.field.optional)} {' or '.join(found.field.labels)}{near}"


def _missed(optional: bool) -> str:
    return "not printed (optional):" if optional else "NOT FOUND: expected"


def _print_rows(console: Console, found: TableTrace, record: Record | None) -> None:
    rows = [] if record is None else record.data.get(found.table.path) or []
    console.print(f"{found.table.path}[]: {count_of(len(rows), 'row')}")
    columns = plain_table("Column", "Header as printed", "First row")
    for column in found.table.columns:
        header = found.headers.get(column.key, f"{_missed(column.optional)} {' or '.join(column.labels)}")
        first = [rows[0].get(key) for key in column_keys(column)] if rows else []
        shown = " ".join(str(value) for value in first if value is not None)
        columns.add_row(column.key, printable(header), printable(_short(shown)))
    console.print(columns)


def _print_issues(console: Console, record: Record) -> None:
    """Cells that no field took, then all other doubts."""
    for issue in sorted(record.issues, key=lambda issue: issue.path is not None):
        console.print(f"  {_issue_line(issue)}", soft_wrap=True)
    console.print()


def _issue_line(issue: Issue) -> str:
    return printable(f"{issue.severity} {issue.code} {issue.path or ''}: {issue.message}".replace(" :", ":"))


def _paint(out: Path, doc: Path, document: Document, trials: Sequence[Trial], page: int | None, tools: Tools) -> None:
    pages = [number for trial in trials for number in trial.record.pages]
    number = page - 1 if page is not None else min(pages, default=0)
    found = [(trial.record, trial.trace) for trial in trials]
    picture = draw_trial(doc, document, number, found, tools.settings, find_face())
    save_picture(picture, out)
    click.echo(f"{out}: page {number + 1}", err=True)


def _plain(form: Form, trials: Sequence[Trial]) -> dict[str, Any]:
    return {"form": form.id, "records": [_plain_trial(trial) for trial in trials]}


def _plain_trial(trial: Trial) -> dict[str, Any]:
    record = trial.record
    return {
        "pages": [page + 1 for page in record.pages],
        "status": "accepted" if record.accepted else "review",
        "version": {"id": trial.told.id, "words": trial.told.words, "rivals": [v.id for v in trial.told.rivals]},
        "fields": [_plain_field(found, record) for found in trial.trace.fields],
        "tables": [
            {"path": found.table.path, "headers": found.headers, "rows": record.data.get(found.table.path) or []}
            for found in trial.trace.tables
        ],
        "issues": [
            {"code": str(issue.code), "severity": issue.severity, "path": issue.path, "message": issue.message}
            for issue in record.issues
        ],
    }


def _plain_field(found: FieldTrace, record: Record) -> dict[str, Any]:
    evidence = record.evidence.get(found.field.path)
    expected = {"expected": list(found.field.labels), "nearest": found.near} if found.label is None else {}
    stands = (
        {} if evidence is None else {"text": evidence.text, "page": evidence.page + 1, "bbox": _edges(evidence.box)}
    )
    value = value_at(record.data, found.field.path)
    return {"path": found.field.path, "label": found.label, "place": found.place, "value": value, **stands, **expected}
