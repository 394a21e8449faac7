"""The print of one cell of a repeating table -> its values, by the grammar of its column."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial

from pipeline.errors import IssueCode
from pipeline.forms.decode import decode
from pipeline.forms.definition import Column, ColumnType
from pipeline.forms.prints import Print
from pipeline.forms.readout import Readout, absent, doubted, found, joined, quoted, unreadable
from pipeline.forms.strays import without_doubled_colons, without_edge, without_idle_point, without_stray_lines
from pipeline.forms.twins import POINTS, with_mouth, with_percents, without_points, without_stop
from pipeline.forms.values import (
    STRICT,
    Unit,
    joined_lines,
    read_coded,
    read_date,
    read_integer,
    read_money,
    read_number,
    read_over_lines,
    read_percent,
    read_text,
    unwrapped,
)
from pipeline.model import Issue
from pipeline.text.chars import DIGITS
from pipeline.text.indicators import (
    begins_with_operator,
    is_kind,
    parse_indicator_name,
    parse_indicator_value,
    parse_operator,
    parse_unit,
)
from pipeline.text.mapped import Span
from pipeline.text.normalise import half
from pipeline.text.numbers import is_absent

NAME_KEYS = ("number", "name")
VALUE_KEYS = ("operator", "value", "unit", "text")
MEASURE_KEYS = ("value", "unit", "text")
QUANTITY_SIGNS = "≥≤≧≦⩾⩽=<>%"
BROKEN = re.compile(r"\d+(?![.,~-]\d)[^\w\s%]+\d")
"""A number with signs in it that no number has: 13:.00万元."""
CUT_NUMBER = re.compile(r"[0-9]\s*\n\s*[0-9]")
DATED = re.compile(r"[0-9]\s*[年月日]")


def column_keys(column: Column) -> tuple[str, ...]:
    """Given a column, return the keys that its cells give to a row."""
    keys: dict[ColumnType, tuple[str, ...]] = {
        "indicator-name": NAME_KEYS,
        "indicator-value": VALUE_KEYS,
        "measure": tuple(f"{column.key}_{key}" for key in MEASURE_KEYS),
        "coded": (column.key, f"{column.key}_code"),
        "quantity": (column.key, "unit"),
        "lines": (),
    }
    return keys.get(column.type, (column.key,))


def read_cell(column: Column, unit: Unit | None, print_: Print, row: str) -> Readout:
    """Given a column with the unit of its header, the print of a cell and the path of its row, return what it says."""
    if print_.blank or is_absent(print_.text):
        return joined(absent(f"{row}.{key}") for key in column_keys(column))
    path = f"{row}.{column.key}"
    if column.type == "money":
        read = partial(read_money, path, unit=unit)
        return read_over_lines(path, print_, lambda part: decode(part, read))
    if column.type == "coded":
        return read_coded(path, f"{path}_code", print_, column.code_shape)
    reader = READERS[column.type]
    if column.type not in STRICT and column.type != "operator":
        return reader(path, row, print_)
    return read_over_lines(path, print_, lambda part: decode(part, lambda variant: reader(path, row, variant)))


def _part(path: str, value: object, span: Span | None, print_: Print) -> Readout:
    return absent(path) if value is None or span is None else found(path, value, print_.part(*span))


def read_name(_: str, row: str, print_: Print) -> Readout:
    """Given a printed indicator name, return its number and the name itself."""
    words = without_edge(without_stray_lines(print_))
    settled = without_stop(without_points(without_doubled_colons(with_mouth(words))))
    name = parse_indicator_name(settled.text)
    readout = _part(f"{row}.number", name.number, name.number_span, settled) + _part(
        f"{row}.name", name.name or None, name.span, settled
    )
    return _told(readout, f"{row}.name", print_, settled)


def read_target(_: str, row: str, print_: Print) -> Readout:
    """Given a printed target, return operator, value and unit, or its words; a sign that was settled says so."""
    if print_.origin != "ocr":
        return _read_target(row, print_)
    settled = without_stop(with_percents(without_stray_lines(print_)), POINTS)
    readout = _read_target(row, settled)
    key = "text" if readout.values[-1].value else "unit" if settled.text[:1] == print_.text[:1] else "value"
    return _told(readout, f"{row}.{key}", print_, settled)


def _told(readout: Readout, path: str, print_: Print, settled: Print) -> Readout:
    """Given what was read of a print once its signs were settled, return it with a doubt that says so if they were."""
    if settled.text == print_.text:
        return readout
    message = f"{quoted(print_.verbatim)} was read, {quoted(settled.verbatim)} was taken"
    candidates = (settled.verbatim, print_.verbatim)
    return doubted(readout, Issue(IssueCode.CORRECTED, "warning", path, message, candidates))


def _read_target(row: str, print_: Print) -> Readout:
    target = parse_indicator_value(print_.text)
    spans = (target.operator_span, target.value_span, target.unit_span, target.text_span)
    parts = (target.operator, target.value, target.unit, target.text)
    triples = zip(VALUE_KEYS, parts, spans, strict=True)
    readout = joined(_part(f"{row}.{key}", part, span, print_) for key, part, span in triples)
    if not target.text:
        return readout
    whole = unwrapped(print_)
    if whole is None:
        doubts = tuple(_half_read(row, print_))
        return (_quantity_meant(row, print_) if doubts else None) or doubted(readout, *doubts)
    return doubted(_read_target(row, whole), joined_lines(f"{row}.value", print_, whole.text))


def _quantity_meant(row: str, print_: Print) -> Readout | None:
    """Given the print of a target that has the look of a quantity, return the likeliest quantity that the recogniser
    may have seen instead, or None."""

    def read(variant: Print) -> Readout:
        target = parse_indicator_value(variant.text)
        if target.value is None:
            return unreadable(f"{row}.value", variant, "a quantity")
        parts = (
            (target.value, target.value_span),
            (target.operator, target.operator_span),
            (target.unit, target.unit_span),
        )
        keys = ("value", "operator", "unit")
        return joined(_part(f"{row}.{key}", *part, variant) for key, part in zip(keys, parts, strict=True))

    meant = decode(print_, read)
    return meant + absent(f"{row}.text") if meant.values[0].value is not None else None


def read_measure(path: str, row: str, print_: Print) -> Readout:
    """Given a printed result, return its number and unit, or its words; an operator is no part of one and says so."""
    settled = without_stop(with_percents(print_), POINTS) if print_.origin == "ocr" else print_
    got = parse_indicator_value(settled.text)
    whole = unwrapped(settled) if got.text else None
    if whole is not None:
        return doubted(read_measure(path, row, whole), joined_lines(f"{path}_value", settled, whole.text))
    parts = zip(
        MEASURE_KEYS, (got.value, got.unit, got.text), (got.value_span, got.unit_span, got.text_span), strict=True
    )
    readout = joined(_part(f"{path}_{key}", part, span, settled) for key, part, span in parts)
    readout = _told(readout, f"{path}_{'text' if got.text else 'value'}", print_, settled)
    if got.text and print_.origin == "ocr" and BROKEN.match(half(settled.text).text.strip()):
        return doubted(readout, *(_broken(f"{path}_{key}", print_) for key in MEASURE_KEYS))
    if got.operator is None:
        return readout
    message = f"{quoted(print_.verbatim)} is a result, its '{got.operator}' was left out: confirm it"
    return doubted(readout, Issue(IssueCode.BAD_VALUE, "warning", f"{path}_value", message, (print_.verbatim,)))


def _broken(path: str, print_: Print) -> Issue:
    message = f"{quoted(print_.verbatim)} looks like a quantity but does not read as one: compare with the page"
    return Issue(IssueCode.BAD_VALUE, "error", path, message, (print_.verbatim,))


def read_quantity(path: str, row: str, print_: Print) -> Readout:
    """Given a printed number with or without its unit, return both; a point between them is a speck and says so."""
    settled = without_idle_point(print_)
    if settled is not print_:
        return _told(read_quantity(path, row, settled), path, print_, settled)
    got = parse_indicator_value(print_.text)
    if got.value is None or got.operator is not None:
        return unreadable(path, print_, "a number with its unit")
    return _part(path, got.value, got.value_span, print_) + _part(f"{row}.unit", got.unit, got.unit_span, print_)


def _half_read(row: str, print_: Print) -> Iterator[Issue]:
    """Doubts about all parts of a target that was read as words, but that has the look of a quantity; in a text layer,
    where signs are sure, only of one with a number over a line's end."""
    folded = half(print_.text).text.strip()
    looks = any(sign in folded for sign in QUANTITY_SIGNS) or folded[:1] in DIGITS + "." or begins_with_operator(folded)
    if DATED.search(folded) or not looks or (print_.origin != "ocr" and not CUT_NUMBER.search(folded)):
        return
    yield from (_broken(f"{row}.{key}", print_) for key in VALUE_KEYS)


def read_operator(path: str, _: str, print_: Print) -> Readout:
    """Given a cell that holds an operator alone, return it; the kind of a target in words has none."""
    if is_kind(print_.text):
        return absent(path)
    sign = parse_operator(print_.text)
    return unreadable(path, print_, "an operator") if sign is None else found(path, sign, print_)


def read_unit(path: str, _: str, print_: Print) -> Readout:
    """Given a cell that holds a unit alone, return it."""
    settled = without_stop(print_)
    unit = parse_unit(settled.text)
    return absent(path) if unit is None else _told(found(path, unit, settled), path, print_, settled)


READERS: dict[ColumnType, Callable[[str, str, Print], Readout]] = {
    "indicator-name": read_name,
    "indicator-value": read_target,
    "operator": read_operator,
    "unit": read_unit,
    "text": lambda path, _, print_: read_text(path, print_),
    "number": lambda path, _, print_: read_number(path, print_),
    "percent": lambda path, _, print_: read_percent(path, print_),
    "measure": read_measure,
    "quantity": read_quantity,
    "integer": lambda path, _, print_: read_integer(path, print_),
    "date": lambda path, _, print_: read_date(path, print_),
}
