"""The language is one: what the loader takes, what editors are told, and what the shipped definitions say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from jsonschema import Draft202012Validator

from pipeline.config import config_dir
from pipeline.forms import load
from pipeline.forms.definition import ColumnType, FieldType, Place, Side
from pipeline.model import Severity

SCHEMA = json.loads((config_dir() / "form.schema.json").read_text(encoding="utf-8"))
FILES = sorted((config_dir() / "forms").glob("*.yaml"))
DOCS = Path(__file__).resolve().parent.parent / "docs"
EDITOR_LINE = re.compile(r"# yaml-language-server: \$schema=(\S+)")

KEYS = {
    "identity": load.IDENTITY_KEYS,
    "field": load.FIELD_KEYS,
    "matrix": load.MATRIX_KEYS,
    "matrixRow": load.MATRIX_ROW_KEYS,
    "matrixColumn": load.MATRIX_COLUMN_KEYS,
    "table": load.TABLE_KEYS,
    "column": load.COLUMN_KEYS,
    "rule": load.RULE_KEYS,
    "version": load.VERSION_KEYS,
}
WORDS = {"fieldType": FieldType, "columnType": ColumnType, "place": Place, "severity": Severity}


def test_the_schema_is_valid_itself() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("part", KEYS)
def test_the_schema_knows_the_keys_that_the_loader_takes_and_no_others(part: str) -> None:
    assert set(SCHEMA["$defs"][part]["properties"]) == set(KEYS[part])
    assert SCHEMA["$defs"][part]["additionalProperties"] is False


def test_every_table_of_keys_of_the_loader_is_compared() -> None:
    tables = {name for name in vars(load) if name.endswith("_KEYS")}
    assert len(tables) == len(KEYS) + 1  # and the keys at the top
    assert set(SCHEMA["properties"]) == set(load.FORM_KEYS)


@pytest.mark.parametrize("part", WORDS)
def test_the_schema_knows_the_words_that_the_loader_takes(part: str) -> None:
    assert SCHEMA["$defs"][part]["enum"] == list(get_args(WORDS[part]))
    assert SCHEMA["$defs"]["table"]["properties"]["side"]["enum"] == list(get_args(Side))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_shipped_definition_validates_and_names_the_schema(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    errors = [error.message for error in Draft202012Validator(SCHEMA).iter_errors(yaml.safe_load(text))]
    assert errors == []
    line = EDITOR_LINE.search(text)
    assert line is not None
    assert (file.parent / line[1]).resolve() == (config_dir() / "form.schema.json").resolve()


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for inner in node.values():
            yield from nodes(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from nodes(inner)


def test_every_key_is_described_for_editors() -> None:
    for node in nodes(SCHEMA):
        for key, inner in node.get("properties", {}).items():
            target = SCHEMA["$defs"][inner["$ref"].rsplit("/", 1)[-1]] if "$ref" in inner else inner
            assert inner.get("description") or target.get("description"), key


@pytest.mark.parametrize(
    "text",
    [
        "form: a\nnames: {zh: 甲, en: A}\nfields: {x: {names: {zh: 甲, en: A}, type: mony}}",
        "form: a\nnames: {zh: 甲, en: A}\nfields: {x: {names: {zh: 甲, en: A}, type: text, lables: [甲]}}",
        "form: a\nnames: {zh: 甲}\nfields: {}",
        "form: A B\nnames: {zh: 甲, en: A}\nfields: {}",
        "form: a\nnames: {zh: 甲, en: A}\nfields: {}\nrules: [{sum: x}]",
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(text: str) -> None:
    assert not Draft202012Validator(SCHEMA).is_valid(yaml.safe_load(text))
