"""The worker that reads documents. Named by the driver, imported by its children only: it loads the models."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.batch.engine import OnPage, Report, Task, Worker, changed_report
from pipeline.batch.sources import sha256_of
from pipeline.config import Settings
from pipeline.errors import InputError
from pipeline.run import extract_document
from pipeline.stages.emit import Outputs, document_to_outputs, to_line
from pipeline.tools import load_tools


def make_extractor(settings: Mapping[str, Any], form: str) -> Worker:
    """Given the settings as plain data and the form's id or "auto", return the worker. Slow: loads the models."""
    tools = load_tools(Settings.model_validate(settings), form)

    def extract(task: Task, on_page: OnPage) -> Report:
        try:
            document = extract_document(Path(task.path), task.file, tools, on_page)
            after = sha256_of(
                Path(task.path)
            )  # pages are read one by one: only now is it known what they were read from
        except InputError as error:
            return Report(error.status, error.reason, str(error))
        if not document.source.sha256 == after == task.sha256:
            return changed_report(task.file)
        return report_of(document_to_outputs(document))

    return extract


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
