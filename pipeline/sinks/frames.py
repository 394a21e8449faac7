"""Records as flat frames: one of single values, one long frame for each repeating table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.forms.definition import Form
from pipeline.sinks.headings import Headings, row_headings, scalar_headings, table_names

RECORDS, RECORDS_TITLE = "records", "记录"
SHORT_TITLES = {"indicators": "指标"}
"""Titles of sheets where the short word is the usual one; else the table's own name."""
KEYS = {"record_id": "记录编号", "file": "文件", "pages": "页", "form": "表单", "status": "状态"}
LINK_KEYS = ("record_id", "file")
ROW, ROW_HEADING = "row", "行"
ISSUES, ISSUES_HEADING = "issues", "存疑"
ROW_MARK = "[]."
NAME_SUFFIX = "_name"
"""The first field whose path ends so says in every row what the row belongs to."""

Plain = Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class FlatTable:
    """One table of an export. numeric: headings of the columns that hold numbers. paths: of the columns, distinct."""

    name: str
    title: str
    frame: pd.DataFrame
    numeric: frozenset[str]
    paths: tuple[str, ...]


def flat_tables(records: Sequence[Plain], forms: Sequence[Form]) -> list[FlatTable]:
    """Given records as in records.jsonl and the forms they may be of, return the frame of single values and one for
    each repeating table of these forms or records."""
    names = table_names(forms)
    found = (path for record in records for path, value in record["data"].items() if is_table(value))
    lists = list(dict.fromkeys([*names, *found]))
    return [
        _records_table(records, scalar_headings(forms)),
        *(_rows_table(records, path, forms, SHORT_TITLES.get(path, names.get(path, path))) for path in lists),
    ]


def is_table(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, Mapping) for item in value)


def scalars(data: Plain, path: str = "") -> Iterator[tuple[str, object]]:
    """Given data, yield (dotted path, value) of everything outside of repeating tables; a list of values is joined."""
    for key, value in data.items():
        place = f"{path}.{key}" if path else key
        if isinstance(value, Mapping):
            yield from scalars(value, place)
        elif isinstance(value, list) and not is_table(value):
            yield place, "；".join(map(str, value))
        elif not isinstance(value, list):
            yield place, value


def _records_table(records: Sequence[Plain], headings: Headings) -> FlatTable:
    rows = [{**_keys(record), **dict(scalars(record["data"])), ISSUES: _issues(record)} for record in records]
    paths = headings.sorted(path for record in records for path, _ in scalars(record["data"]))
    whole = Headings({**headings.names, **KEYS, ISSUES: ISSUES_HEADING}, headings.order, headings.numeric)
    return _flat_table(RECORDS, RECORDS_TITLE, rows, [*KEYS, *paths, ISSUES], whole)


def _rows_table(records: Sequence[Plain], table: str, forms: Sequence[Form], title: str) -> FlatTable:
    headings, rows, leading = row_headings(forms, table), [], list[str]()
    for record in records:
        keys = _keys(record)
        lead = {path: value for path, value in scalars(record["data"]) if path.endswith(NAME_SUFFIX)}
        first = next(iter(lead), None)
        link = {key: keys[key] for key in LINK_KEYS} | ({first: lead[first]} if first else {})
        leading += [first] if first and first not in leading else []
        for number, item in enumerate(record["data"].get(table) or (), start=1):
            rows.append({**link, ROW: number, **{_inner(key): value for key, value in scalars(item)}})
    found = (key for record in records for item in record["data"].get(table) or () for key, _ in scalars(item))
    inner = list(dict.fromkeys(found)) or list(headings.order)
    names = {**scalar_headings(forms).names, **KEYS, ROW: ROW_HEADING}
    names |= {_inner(key): headings.names.get(key, key) for key in inner}
    numeric = frozenset({ROW, *(_inner(key) for key in headings.numeric)})
    paths = [*LINK_KEYS, *leading, ROW, *map(_inner, inner)]
    return _flat_table(table, title, rows, paths, Headings(names, (), numeric))


def _inner(key: str) -> str:
    """Keys of rows and paths of records are different things, even where they are spelled the same."""
    return f"{ROW_MARK}{key}"


def _flat_table(name: str, title: str, rows: Sequence[Plain], paths: Sequence[str], headings: Headings) -> FlatTable:
    columns = headings.distinct(paths)
    values = [[row.get(path) for path in paths] for row in rows]
    frame = pd.DataFrame(values, columns=columns, dtype=object)
    numeric = frozenset(column for column, path in zip(columns, paths, strict=True) if path in headings.numeric)
    return FlatTable(name, title, frame, numeric, distinct_paths(paths))


def distinct_paths(paths: Sequence[str]) -> tuple[str, ...]:
    """Given paths, return them without the mark of rows where that leaves each one distinct."""
    bare = [path.removeprefix(ROW_MARK) for path in paths]
    return tuple(path if bare.count(name) > 1 else name for path, name in zip(paths, bare, strict=True))


def _keys(record: Plain) -> dict[str, object]:
    source = record["source"]
    pages = ", ".join(map(str, source["pages"]))
    return {
        "record_id": record["record_id"],
        "file": source["file"],
        "pages": pages,
        "form": record["form"],
        "status": record["status"],
    }


def _issues(record: Plain) -> str | None:
    """One line an issue; None when there is none."""
    lines = [f"{issue['path'] or '-'}: {issue['message']}" for issue in record["issues"]]
    return "\n".join(lines) or None
