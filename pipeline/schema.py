"""JSON Schema 2020-12 of a form's lines in records.jsonl: the envelope from what emit writes, data from the form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pipeline.forms.columns import column_keys
from pipeline.forms.definition import Column, Field, Form, Repeating
from pipeline.sinks.headings import CODE_SUFFIX, PARTS
from pipeline.stages.emit import SCHEMA_VERSION, RecordOut

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]

MONEY = "^-?[0-9]+\\.[0-9]{2}$"
NUMBER = "^-?[0-9]+(\\.[0-9]+)?$"
DATE = "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"
PATH = "^[a-z][a-z0-9_]*(\\[[0-9]+\\])?(\\.[a-z][a-z0-9_]*(\\[[0-9]+\\])?)*$"
OPERATORS = (">=", "<=", "=", ">", "<", None)
PARTS_EN = {"number": "number", "operator": "operator", "value": "value", "unit": "unit", "text": "in words"}
"""What the grammars split off from one cell; their Chinese names stand in sinks/headings.py."""
ENVELOPE = {
    "schema_version": ("格式版本", "Version of this format"),
    "record_id": ("记录编号", "Id of the record, stable over runs"),
    "form": ("表单", "Id of the form's definition"),
    "version": ("版式版本，判定了才有", "Version of the form's layout, only where one was told"),
    "status": ("状态：已接受或待复核", "accepted, or review where an issue is an error or a value is too unsure"),
    "source": ("来源：文件、页码从1起、各页大小", "Where it stands: file, pages counted from 1, sizes of these pages"),
    "data": ("数据：只含整理后的值", "Clean, typed values only; what is absent or cannot be read is null"),
    "evidence": (
        "出处：每个值的原文、页码、位置与可信度",
        "By dotted path: print, page, box and probability",
    ),
    "issues": ("存疑", "Doubts, each with a stable code and the path it is about"),
}


def record_schema(form: Form) -> Schema:
    """Given a form, return the JSON Schema of its lines in records.jsonl."""
    line = RecordOut.model_json_schema(mode="serialization")
    properties: Schema = {key: {**line["properties"][key], **_described(key)} for key in line["properties"]}
    properties["schema_version"] = {"const": SCHEMA_VERSION, **_described("schema_version")}
    properties["form"] = {"const": form.id, **_described("form")}
    versions = [version.id for version in form.versions]
    properties["version"] = {"enum": versions, **_described("version")}
    if not versions:
        del properties["version"]
    properties["status"] = {"enum": ["accepted", "review"], **_described("status")}
    properties["data"] = {**data_schema(form), **_described("data")}
    properties["evidence"]["propertyNames"] = {"pattern": PATH}
    return {
        "$schema": DIALECT,
        "title": form.names.en,
        "description": f"{form.names.zh} / {form.names.en}",
        **_closed(properties, [key for key in properties if key != "version"]),
        "$defs": {name: _plain(definition) for name, definition in line["$defs"].items()},
    }


def _described(key: str) -> Schema:
    """pydantic's own title repeats the key; both languages say more."""
    zh, en = ENVELOPE[key]
    return {"title": key, "description": f"{zh} / {en}"}


def _plain(definition: Schema) -> Schema:
    """A definition of pydantic's without the remark for programmers; all of its keys are always written."""
    kept = {key: value for key, value in definition.items() if key != "description"}
    return {**kept, "required": list(definition["properties"])}


def _closed(properties: Schema, required: list[str]) -> Schema:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def data_schema(form: Form) -> Schema:
    """Given a form, return the JSON Schema of ``data``. Fields that few layouts print may be absent."""
    root = _closed({}, [])
    for field in form.fields:
        _place(root, field.path, field_schema(field), needed=not field.optional)
        if field.code is not None:
            code = _text(f"{field.names.zh}{CODE_SUFFIX} / {field.names.en}: code")
            _place(root, field.code, code, needed=False)
    for table in form.tables:
        _place(root, table.path, table_schema(table), needed=True)
    return root


def _place(root: Schema, path: str, schema: Schema, *, needed: bool) -> None:
    """Set the schema under a dotted path; a group is needed as soon as one thing in it is."""
    node = root
    *groups, last = path.split(".")
    for group in groups:
        inner = node["properties"].setdefault(group, _closed({}, []))
        if needed and group not in node["required"]:
            node["required"].append(group)
        node = inner
    node["properties"][last] = schema
    if needed and last not in node["required"]:
        node["required"].append(last)


def field_schema(field: Field) -> Schema:
    """Given a field, return the JSON Schema of its value."""
    return VALUES[field.type](f"{field.names.zh} / {field.names.en}")


def _text(described: str, pattern: str | None = None) -> Schema:
    schema: Schema = {"type": ["string", "null"], "description": described}
    return schema if pattern is None else {**schema, "pattern": pattern}


def _integer(described: str) -> Schema:
    return {"type": ["integer", "null"], "description": described}


VALUES: Mapping[str, Callable[[str], Schema]] = {
    "text": _text,
    "choice": _text,
    "coded": _text,
    "unit": _text,
    "level": _text,
    "money": lambda described: _text(f"{described} (元 / yuan)", MONEY),
    "number": lambda described: _text(described, NUMBER),
    "percent": lambda described: _text(f"{described} (%)", NUMBER),
    "date": lambda described: _text(described, DATE),
    "integer": _integer,
    "year": _integer,
    "operator": lambda described: {"enum": list(OPERATORS), "description": described},
}
SPLIT_TYPES = frozenset({"indicator-value", "measure"})
"""Types of columns whose cells give an operator, a number, a unit or words."""
PART_TYPES = {"number": "integer", "operator": "operator", "value": "number", "unit": "unit", "text": "text"}
"""Types of what is split off from one cell: the item number, and the parts of a target or a result."""


def table_schema(table: Repeating) -> Schema:
    """Given a repeating table, return the JSON Schema of its rows. Rows lack the keys of optional columns that the page
    does not have."""
    properties: Schema = {}
    required: list[str] = []
    for column in table.columns:
        keys = dict(_column_schemas(column))
        properties |= keys
        needed = [] if column.optional or column.key in table_parts(table) else list(keys)
        required += [key for key in needed if key not in required]
    described = f"{table.names.zh} / {table.names.en}"
    return {"type": "array", "description": described, "items": _closed(properties, required)}


def table_parts(table: Repeating) -> frozenset[str]:
    """Keys of the columns whose values may stand under one another in the cells of another one."""
    return frozenset(key for column in table.columns for key in column.parts)


def _column_schemas(column: Column) -> Iterator[tuple[str, Schema]]:
    for key in column_keys(column):
        zh, en = column.names.zh, column.names.en
        part = key.removeprefix(f"{column.key}_")
        if part in PARTS and (key != column.key or column.type in SPLIT_TYPES):
            yield key, VALUES[PART_TYPES[part]](f"{zh}：{PARTS[part]} / {en}: {PARTS_EN[part]}")
        elif key != column.key and part == "code":
            yield key, _text(f"{zh}{CODE_SUFFIX} / {en}: code")
        elif (part == "value" and column.type in SPLIT_TYPES) or column.type == "quantity":
            yield key, VALUES["number"](f"{zh} / {en}")
        else:
            yield key, VALUES[column.type if column.type in VALUES else "text"](f"{zh} / {en}")
