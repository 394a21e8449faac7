"""Job folders for tests of sinks: records of one made-up form, with evidence, in documents."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pipeline.feed.leaves import layout_of_forms
from pipeline.forms.definition import Column, Field, Form, Identity, Names, Repeating
from pipeline.sinks.jsonl import write_lines

Plain = dict[str, Any]
CODE = "310117245012345678"


def field(path: str, kind: Any = "text", code: str | None = None) -> Field:
    return Field(path, Names(path, path), kind, (path,), ("right",), code=code)


FORM = Form(
    id="sample",
    names=Names("样表", "Sample"),
    identity=Identity((), (), (), (), 0.6),
    fields=(
        field("fiscal_year", "year"),
        field("project_name", "coded", code="project_code"),
        field("funds.total", "money"),
        field("begin", "date"),
        field("end", "date"),
        field("status"),
    ),
    tables=(
        Repeating(
            "indicators",
            Names("绩效指标", "Indicators"),
            (
                Column("name", Names("指标", "name"), "indicator-name", ("指标",)),
                Column("value", Names("指标值", "value"), "indicator-value", ("指标值",)),
            ),
        ),
    ),
)
LAYOUT = layout_of_forms([FORM])


def record(file: str, place: int, **changes: Any) -> Plain:
    data = {
        "fiscal_year": 2024,
        "project_name": "帮困慰问",
        "project_code": CODE,
        "funds": {"total": "21045108.18"},
        "begin": "2024-01-01",
        "end": "2024-12",
        "status": "续建",
        "indicators": [
            {"number": 1, "name": "人数", "operator": ">=", "value": "605.00", "unit": "人", "text": None},
            {"number": None, "name": "=1+1", "operator": None, "value": None, "unit": None, "text": "及时"},
        ],
    } | changes
    seen = {"text": "21,045,108.18", "page": 1, "bbox": [1.0, 2.0, 3.5, 4.0], "confidence": 0.998, "origin": "ocr"}
    return {
        "schema_version": 1,
        "record_id": f"{file}-r{place}",
        "form": "sample",
        "status": "accepted" if place % 2 else "review",
        "source": {"file": file, "sha256": "0" * 64, "pages": [place, place + 1], "page_sizes": []},
        "data": data,
        "evidence": {"funds.total": seen, "indicators[0].value": {**seen, "text": "≥605.00人"}},
        "issues": [],
    }


def write_job(job: Path, documents: dict[str, list[Plain]]) -> Path:
    """Write a job folder of documents with these records."""
    job.mkdir(exist_ok=True)
    write_lines(job / "documents.jsonl", map(json.dumps, (document(file, documents[file]) for file in documents)))
    write_lines(job / "records.jsonl", (json.dumps(one) for records in documents.values() for one in records))
    write_lines(job / "tables.jsonl", [])
    return job


def document(file: str, records: Iterable[Plain]) -> Plain:
    ids = [one["record_id"] for one in records]
    told = {"sha256": "0" * 64, "status": "ok", "reason": None, "message": "", "pages": 3}
    return {"file": file, **told, "records": ids, "pages_unused": [{"page": 3, "reason": "no-table"}]}


def many(number: int, per_document: int = 2) -> dict[str, list[Plain]]:
    names = (f"in/{i:03}.pdf" for i in range(number))
    return {name: [record(name, place) for place in range(1, per_document + 1)] for name in names}
