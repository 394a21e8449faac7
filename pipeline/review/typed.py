"""What a person types -> the typed value of a field, by the same grammars that read a page. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.forms.columns import column_keys
from pipeline.forms.definition import Column, Form
from pipeline.forms.values import DEFAULT_UNIT, FEN
from pipeline.review.rows import every_row
from pipeline.text.dates import parse_bare_year, parse_date, parse_year
from pipeline.text.indicators import parse_operator
from pipeline.text.normalise import normalise
from pipeline.text.numbers import format_money, is_absent, parse_money, parse_number

OPERATOR_SIGNS = (">=", "<=", "=", ">", "<")
PART_KINDS = {"number": "integer", "operator": "operator", "value": "number", "unit": "text", "text": "text"}
"""What a cell is split into, and the kind of each part."""
SPLIT = frozenset({"indicator-name", "indicator-value", "measure"})
WORDED = frozenset({"text", "choice", "coded", "level", "lines", "unit"})


@dataclass(frozen=True, slots=True)
class Typed:
    """value: what goes into the record. fault: why the words cannot stand here, a stable code; None where they can."""

    value: Any = None
    fault: str | None = None


def kinds_of(form: Form) -> dict[str, str]:
    """Given a form, return the kind of value at each of its paths, those of rows as "rows[].key"."""
    fields = {field.path: _plain_kind(field.type) for field in form.fields}
    codes = {field.code: "text" for field in form.fields if field.code}
    rows = {f"{table.path}[].{key}": kind for table in form.tables for key, kind in _row_kinds(table.columns)}
    return {**codes, **rows, **fields}


def _row_kinds(columns: tuple[Column, ...]) -> Iterator[tuple[str, str]]:
    for column in columns:
        for key in column_keys(column):
            yield key, _column_kind(column, key)


def _column_kind(column: Column, key: str) -> str:
    if column.type in SPLIT:
        return PART_KINDS.get(key.removeprefix(f"{column.key}_"), "text")
    if column.type == "quantity":
        return "number" if key == column.key else "text"
    return _plain_kind(column.type)


def _plain_kind(kind: str) -> str:
    return "text" if kind in WORDED else kind


def typed(kind: str, words: str) -> Typed:
    """Given the kind of a value and what was typed, return the value; nothing, or a sign for nothing, is null."""
    if not words.strip() or is_absent(words):
        return Typed()
    value = READERS.get(kind, _text)(words)
    return Typed(fault=f"not-{kind}") if value is None else Typed(value)


def kind_at(kinds: Mapping[str, str], path: str) -> str:
    return kinds.get(every_row(path), "text")


def _text(words: str) -> str | None:
    return normalise(words).text or None


def _money(words: str) -> str | None:
    money = parse_money(words, DEFAULT_UNIT)
    if money is None or money.amount != money.amount.quantize(FEN):
        return None
    return format_money(money.amount)


def _percent(words: str) -> str | None:
    return parse_number(words.strip().rstrip("%％ "))


def _integer(words: str) -> int | None:
    number = parse_number(words)
    return int(number) if number is not None and number.lstrip("-").isdecimal() else None


def _year(words: str) -> int | None:
    year = parse_year(words) or parse_bare_year(words)
    return None if year is None else year[0]


def _operator(words: str) -> str | None:
    return words.strip() if words.strip() in OPERATOR_SIGNS else parse_operator(words)


READERS: Mapping[str, Callable[[str], Any]] = {
    "text": _text,
    "money": _money,
    "number": parse_number,
    "percent": _percent,
    "integer": _integer,
    "year": _year,
    "date": parse_date,
    "operator": _operator,
}
