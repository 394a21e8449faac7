"""The schema of a form's records is valid itself, holds every record that is written, and refuses what is not one."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from pipeline.cli import main
from pipeline.config import config_dir
from pipeline.forms.definition import Form
from pipeline.forms.load import load_definitions
from pipeline.run import extract_document
from pipeline.schema import record_schema
from pipeline.stages.emit import records_out, to_line
from pipeline.tools import Tools

ROOT = Path(__file__).resolve().parent.parent
FORMS = {form.id: form for form in load_definitions("auto", config_dir() / "forms")}
Record = dict[str, Any]


def validator(form: Form) -> Draft202012Validator:
    return Draft202012Validator(record_schema(form))


@pytest.fixture(scope="module")
def records(tools: Tools) -> list[Record]:
    """Every record of digital and photographed samples as records.jsonl has them; one is doubted in every value."""
    doubting = tools.settings.records.model_copy(update={"accept_confidence": 1.0})
    strict = replace(tools, settings=tools.settings.model_copy(update={"records": doubting}))
    files = [ROOT / "sample_docs" / name for name in ("declarations.pdf", "other.pdf", "photo.jpg")]
    documents = [extract_document(file, file.name, tools) for file in files]
    documents.append(extract_document(files[0], files[0].name, strict))
    return [json.loads(to_line(record)) for document in documents for record in records_out(document)]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_the_schema_of_every_form_is_valid_and_in_both_languages(form: Form) -> None:
    schema = record_schema(form)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert form.names.zh in schema["description"]
    for field in form.fields:
        node = schema["properties"]["data"]
        for step in field.path.split("."):
            node = node["properties"][step]
        assert field.names.zh in node["description"]
        assert field.names.en in node["description"]


def test_every_record_of_the_samples_validates(records: list[Record]) -> None:
    assert len(records) > 5
    assert any(record["issues"] for record in records)
    assert any(record["data"]["indicators"] for record in records)
    for record in records:
        errors = [error.message for error in validator(FORMS[record["form"]]).iter_errors(record)]
        assert errors == []


def _set(path: str, value: object) -> Callable[[Record], None]:
    def change(record: Record) -> None:
        node: Any = record
        *above, last = path.split("/")
        for step in above:
            node = node[int(step) if step.isdecimal() else step]
        node[last] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        _set("data/funds/annual_total", "1,000.00"),
        _set("data/funds/annual_total", 1000.0),
        _set("data/funds/anual_total", "1000.00"),
        _set("data/start_date", "2024-1-1"),
        _set("data/fiscal_year", "2024"),
        _set("data/indicators/0/operator", "≥"),
        _set("data/indicators/0/value", "1,000"),
        _set("data/indicators/0/colour", "red"),
        _set("status", "done"),
        _set("form", "another"),
        _set("evidence/Not A Path", None),
        _set("source/page", 1),
        lambda record: record["data"].pop("project_name"),
        lambda record: record["data"]["indicators"][0].pop("name"),
        lambda record: record["evidence"]["fiscal_year"].pop("bbox"),
        lambda record: record.pop("issues"),
    ],
)
def test_what_is_no_record_is_refused(records: list[Record], change: Callable[[Record], object]) -> None:
    record = copy.deepcopy(next(r for r in records if r["data"]["indicators"] and "fiscal_year" in r["evidence"]))
    check = validator(FORMS[record["form"]])
    assert check.is_valid(record)
    change(record)
    assert not check.is_valid(record)


def test_the_command_prints_the_schema_of_one_form(capsys: pytest.CaptureFixture[str]) -> None:
    form = next(iter(FORMS.values()))
    assert main(["schema", form.id]) == 0
    assert json.loads(capsys.readouterr().out) == record_schema(form)
    assert main(["schema", "no-such-form"]) == 2
    assert "unknown form" in capsys.readouterr().err
