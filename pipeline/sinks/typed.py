"""Lines of a job folder -> rows of the tables, each value of the type of its column."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from pipeline.sinks.layout import DECIMALS, Kind, Layout, Table
from pipeline.sinks.lines import DocumentLines, Plain

NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
FULL_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
PARTIAL_DATE = re.compile(r"[0-9]{4}(-[0-9]{2})?", re.ASCII)
NO_BOX = (None, None, None, None)
MAX_INTEGER = 2**63 - 1
NUL, NUL_PICTURE = "\0", "\N{SYMBOL FOR NULL}"
"""PostgreSQL stores every character but this one."""

Value = str | int | float | Decimal | date | None
Rows = dict[str, list[tuple[Value, ...]]]


class MisfitError(ValueError):
    """A value that its column cannot hold; it is still whole in records.data."""


Reader = Callable[[Any], Value]
Plan = tuple[tuple[str, tuple[str, ...], Reader], ...]
"""Of each column of a table its name, the keys that lead to its value in the data, and what makes it typed."""


class Shaper:
    """Makes rows for one job. misfits: how often a column could not hold a value, by table and column."""

    def __init__(self, layout: Layout, job: str) -> None:
        self.misfits: Counter[str] = Counter()
        self._layout, self._job, self._signature = layout, job, layout.signature
        self._plans = {table.name: plan_of(table) for table in layout.tables}

    def version(self, lines: DocumentLines) -> str:
        """Given a document, return the digest of all that is exported of it."""
        told = json.dumps([self._signature, lines.document, lines.digests])
        return hashlib.sha256(told.encode("ascii")).hexdigest()[:32]

    def rows(self, lines: DocumentLines, version: str) -> Rows:
        """Given a document, return its rows by name of table."""
        stamp = {"job": self._job, "version": version}
        return {table.name: list(self._table_rows(table, lines, stamp)) for table in self._layout.tables}

    def _table_rows(self, table: Table, lines: DocumentLines, stamp: Plain) -> Iterator[tuple[Value, ...]]:
        if table.part == "evidence":
            return evidence_rows(lines, stamp)
        return (self._row(table.name, fixed, data) for fixed, data in PARTS[table.part](table, lines, stamp))

    def _row(self, table: str, fixed: Plain, data: Plain) -> tuple[Value, ...]:
        row: list[Value] = []
        for name, keys, read in self._plans[table]:
            value = within(data, keys) if keys else fixed[name]
            try:
                row.append(None if value is None else read(value))
            except MisfitError:
                self.misfits[f"{table}.{name}"] += 1
                row.append(None)
        return tuple(row)


def plan_of(table: Table) -> Plan:
    return tuple(
        (column.name, tuple(column.path.split(".")) if column.path else (), TYPED[column.kind])
        for column in table.columns
    )


def within(data: Any, keys: tuple[str, ...]) -> Any:
    """Given data and keys that lead down into it, return the value there; None where there is none."""
    for key in keys:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data


Parted = Iterator[tuple[Plain, Plain]]
"""What every record has, by name of column, and the data that the other columns take their values from."""


def _documents(table: Table, lines: DocumentLines, stamp: Plain) -> Parted:
    yield {**lines.document, **stamp, "records": len(lines.records)}, {}


def _records(table: Table, lines: DocumentLines, stamp: Plain) -> Parted:
    for record in lines.records:
        source = record["source"]
        pages = {"first_page": source["pages"][0], "last_page": source["pages"][-1]}
        yield {**record, **_link(record, stamp), **pages, "sha256": source["sha256"]}, record["data"]


def evidence_rows(lines: DocumentLines, stamp: Plain) -> Iterator[tuple[Value, ...]]:
    """Yield the rows of a document's evidence, in the order of layout.EVIDENCE. They are nine in ten of all rows, and
    what evidence holds has its types already."""
    for record in lines.records:
        link = (stamp["job"], record["record_id"], record["source"]["file"])
        for path, seen in record["evidence"].items():
            box = seen["bbox"] or NO_BOX
            text = None if seen["text"] is None else _text(seen["text"])
            yield (*link, path, text, seen["page"], *box, seen["confidence"], seen["origin"], stamp["version"])


def _group(table: Table, lines: DocumentLines, stamp: Plain) -> Parted:
    for record in lines.records:
        data = record["data"].get(table.source)
        if isinstance(data, Mapping):
            yield _link(record, stamp), data


def _rows(table: Table, lines: DocumentLines, stamp: Plain) -> Parted:
    for record in lines.records:
        for number, row in enumerate(record["data"].get(table.source) or (), start=1):
            yield {**_link(record, stamp), "row": number}, row


def _link(record: Plain, stamp: Plain) -> dict[str, Any]:
    return {**stamp, "record_id": record["record_id"], "file": record["source"]["file"]}


PARTS: Mapping[str, Callable[[Table, DocumentLines, Plain], Parted]] = {
    "documents": _documents,
    "records": _records,
    "group": _group,
    "rows": _rows,
}


def _text(value: object) -> str:
    if type(value) is str and NUL not in value:
        return value
    if isinstance(value, list):
        value = "；".join(map(str, value))
    return (value if isinstance(value, str) else _dumped(value)).replace(NUL, NUL_PICTURE)


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _json(value: object) -> str:
    text = _dumped(value)
    return _dumped(_without_nul(value)) if "\\u0000" in text else text


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace(NUL, NUL_PICTURE)
    if isinstance(value, Mapping):
        return {_without_nul(key): _without_nul(inner) for key, inner in value.items()}
    return [_without_nul(inner) for inner in value] if isinstance(value, list | tuple) else value


def _decimal(kind: str) -> Callable[[object], Decimal]:
    digits, places = DECIMALS[kind]

    def read(value: object) -> Decimal:
        text = str(value)
        whole, _, rest = text.lstrip("-").partition(".")
        if not NUMBER.fullmatch(text) or len(whole.lstrip("0")) > digits - places or len(rest) > places:
            raise MisfitError(text)
        return Decimal(text)

    return read


def _date(value: object) -> date | None:
    """A month or a year alone is none, and stands in the column of text beside it."""
    text = str(value)
    if PARTIAL_DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(FULL_DATE.fullmatch(text)[0])  # type: ignore[index]
    except (TypeError, ValueError):
        raise MisfitError(text) from None


def _integer(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MAX_INTEGER:
        raise MisfitError(str(value))
    return value


def _real(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MisfitError(str(value))
    return float(value)


TYPED: Mapping[Kind, Reader] = {
    "text": _text,
    "money": _decimal("money"),
    "number": _decimal("number"),
    "date": _date,
    "integer": _integer,
    "real": _real,
    "json": _json,
}
"""What makes a value of a record one of its column; raises MisfitError where the column cannot hold it."""
