"""Stage: Record -> Record with the doubts that its values raise against one another and against their confidence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

from pipeline.config import Records
from pipeline.errors import IssueCode
from pipeline.forms.columns import column_keys
from pipeline.forms.definition import Equal, Field, Form, Order, Range, Rule, Sum
from pipeline.forms.match import Forms
from pipeline.forms.paths import paths_of, steps_of, sums_of
from pipeline.forms.readout import quoted
from pipeline.forms.sums import settle_sums
from pipeline.model import Evidence, Issue, Record, Severity
from pipeline.text.indicators import IndicatorValue, suspicious
from pipeline.text.normalise import fold_label

Values = Mapping[str, Any]
"""Every scalar of a record under its dotted path."""
PADDED = re.compile(r"(?<![0-9])0[0-9](?![0-9])")
LONE_DIGIT = re.compile(r"(?<![0-9])[1-9](?![0-9])")
"""Parts of a date: one filled up with a nought, and one that is not."""
PART = re.compile(r"(.*\[\d+\])\.(?:operator|value|unit|text)")
ROW = re.compile(r"(.*\[\d+\])\.value")


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check looks at: the record, its form, its scalars by path."""

    record: Record
    form: Form
    values: Values

    def name(self, path: str) -> str:
        """What stands at a path, in the words of the form; a key of a row with the row's number."""
        if path in self.form.by_path:
            return self.form.by_path[path].names.zh
        *_, row, key = steps_of(path)
        column = next(column for table in self.form.tables for column in table.columns if key in column_keys(column))
        return f"{column.names.zh}({int(row) + 1})"

    def is_read(self, path: str) -> bool:
        """Was the value read by a recogniser, so that it may have been misread?"""
        evidence = self.record.evidence.get(path)
        return evidence is not None and evidence.origin in ("ocr", "rule")


def check(record: Record, forms: Forms, settings: Records) -> Record:
    """Given a record, return it with the readings its sums ask for, the issues of its form's rules and its verdict.

    accepted: no issue is an error, and every value is at least as sure as ``accept_confidence``.
    """
    form = next(form for form in forms.forms if form.id == record.form).in_version(record.version)
    record = settle_sums(record, form.rules)
    checked = Checked(record, form, dict(scalars(record.data)))
    raised = [
        *missing_fields(checked),
        *(issue for rule in form.rules for issue in broken(rule, checked)),
        *suspicious_targets(checked),
        *swallowed_labels(checked),
        *broken_numbering(checked),
        *low_confidence(checked, settings.accept_confidence),
    ]
    told = (*record.issues, *raised)
    issues = tuple(dict.fromkeys((*told, *codes_in_doubt(checked, told))))
    return replace(record, issues=issues, accepted=not any(issue.severity == "error" for issue in issues))


def scalars(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Given nested data, yield each scalar with its dotted path in order."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from scalars(value, f"{path}.{key}" if path else key)
    elif isinstance(node, Sequence) and not isinstance(node, str):
        for index, value in enumerate(node):
            yield from scalars(value, f"{path}[{index}]")
    else:
        yield path, node


def missing_fields(checked: Checked) -> Iterator[Issue]:
    """Yield an error for each required field without a value that has none yet."""
    named = {issue.path for issue in checked.record.issues if issue.severity == "error"}
    for field in checked.form.fields:
        if field.required and checked.values.get(field.path) is None and field.path not in named:
            yield Issue(IssueCode.MISSING, "error", field.path, f"{_title(field)} has no value: enter it by hand")


def _title(field: Field) -> str:
    return f"the required field '{field.names.zh}'"


def broken(rule: Rule, checked: Checked) -> Iterator[Issue]:
    """Given a rule of the form, yield the issues of breaking it; one over a missing value is not broken."""
    if isinstance(rule, Sum):
        yield from (issue for one in sums_of(checked.record.data, rule) for issue in _broken_sum(one, checked))
    elif isinstance(rule, Range):
        yield from _out_of_range(rule, checked)
    elif isinstance(rule, Order):
        yield from _broken_order(rule, checked)
        yield from cut_dates(rule, checked)
    else:
        yield from _broken_equality(rule, checked)


def _broken_sum(rule: Sum, checked: Checked) -> Iterator[Issue]:
    """Name the total, and each part that may have been misread, so that no wrong amount looks right."""
    total = checked.values.get(rule.total)
    parts = [path for path in rule.parts if checked.values.get(path) is not None]
    if total is None or not parts:
        return
    found = sum((Decimal(checked.values[path]) for path in parts), Decimal(0))
    if abs(found - Decimal(total)) <= rule.tolerance:
        return
    shown = " + ".join(f"{checked.name(path)} {checked.values[path]}" for path in parts)
    message = f"{checked.name(rule.total)} {total} is not {shown} = {found}: compare with the page"
    yield Issue(IssueCode.SUM_MISMATCH, rule.severity, rule.total, message)
    for path in rule.parts:
        if checked.is_read(path) or checked.values.get(path) is None:
            other = f"part of a sum that fails: {checked.name(rule.total)} {total} against {found}"
            yield Issue(IssueCode.SUM_MISMATCH, "warning", path, other)


def _broken_order(rule: Order, checked: Checked) -> Iterator[Issue]:
    """Dates of unlike precision are compared as far as both go; ISO strings order as dates do."""
    first, second = (checked.values.get(path) for path in (rule.first, rule.second))
    if first is None or second is None:
        return
    length = min(len(str(first)), len(str(second)))
    if str(first)[:length] > str(second)[:length]:
        for path in (rule.first, rule.second):
            message = f"{checked.name(rule.first)} {first} is after {checked.name(rule.second)} {second}"
            yield Issue(IssueCode.ORDER, rule.severity, path, message)


def cut_dates(rule: Order, checked: Checked) -> Iterator[Issue]:
    """Yield an issue for a date printed with a lone digit beside a date whose parts are filled up with noughts: a digit
    may have been lost at a cell's edge ("2024-01-01" and "2024-12-3")."""
    prints = {
        path: e.text for path in (rule.first, rule.second) if (e := checked.record.evidence.get(path)) is not None
    }
    if any(PADDED.search(text) for text in prints.values()):
        for path in (path for path, text in prints.items() if LONE_DIGIT.search(text)):
            message = f"'{prints[path]}' has a lone digit where other dates have two: a digit may be lost"
            yield Issue(IssueCode.BAD_VALUE, "error", path, message, (prints[path],))


def _out_of_range(rule: Range, checked: Checked) -> Iterator[Issue]:
    for path in (path for every in rule.paths for path in paths_of(checked.record.data, every)):
        value = checked.values.get(path)
        if value is not None and not rule.least <= Decimal(value) <= rule.most:
            message = f"{checked.name(path)} {value} is not between {rule.least} and {rule.most}: compare with the page"
            yield Issue(IssueCode.BAD_VALUE, rule.severity, path, message, (str(value),))


def _broken_equality(rule: Equal, checked: Checked) -> Iterator[Issue]:
    first, second = (checked.values.get(path) for path in (rule.first, rule.second))
    if first is None or second is None or abs(Decimal(first) - Decimal(second)) <= rule.tolerance:
        return
    for path in (rule.first, rule.second):
        message = f"{checked.name(rule.first)} {first} is not {checked.name(rule.second)} {second}"
        yield Issue(IssueCode.SUM_MISMATCH, rule.severity, path, message)


def suspicious_targets(checked: Checked) -> Iterator[Issue]:
    """Yield an issue for each target whose number may hold its operator; a text layer does not misread, so it is asked
    to be looked at only."""
    for path, value in checked.values.items():
        row = ROW.fullmatch(path)
        if row is None or value is None:
            continue
        prefix = row[1]
        target = IndicatorValue(checked.values.get(f"{prefix}.operator"), value, checked.values.get(f"{prefix}.unit"))
        doubt = suspicious(target)
        if doubt is not None:
            severity: Severity = "error" if checked.is_read(path) else "warning"
            yield Issue(
                IssueCode.BAD_VALUE,
                severity,
                path,
                doubt,
                (f"{'=' if value.startswith('-') else '>='}{value[1:]}", value),
            )
            yield Issue(IssueCode.BAD_VALUE, severity, f"{prefix}.operator", doubt)


def swallowed_labels(checked: Checked) -> Iterator[Issue]:
    """Yield an error for each read value in whose print the label of a field without a value stands by itself: the line
    between two cells was not found, and one was read into the other."""
    lost = {
        fold_label(label): field
        for field in checked.form.fields
        if checked.values.get(field.path) is None
        for label in field.labels
    }
    for field in checked.form.fields:
        if checked.values.get(field.path) is None or not checked.is_read(field.path):
            continue
        for piece in checked.record.evidence[field.path].text.split():
            other = lost.get(fold_label(piece))
            if other is not None:
                message = f"the label {piece} stands in this value: two cells were read as one, compare with the page"
                yield Issue(IssueCode.BAD_VALUE, "error", field.path, message)
                yield Issue(IssueCode.BAD_VALUE, "error", other.path, message)


def broken_numbering(checked: Checked) -> Iterator[Issue]:
    """Yield an issue for each repeating table whose printed row numbers do not run on: a recognised page may have lost
    a row, or joined two, and then the values of all rows below stand in wrong places.

    Numbers run from 1 within one group of levels, or on over its end.
    """
    for table in checked.form.tables:
        if not any(column.type == "indicator-name" for column in table.columns):
            continue  # "number" is what that type calls the number of a name; elsewhere it is anything
        rows = checked.record.data.get(table.path) or []
        levels = [column.key for column in table.level_columns]
        numbers = [(row.get("number"), tuple(row.get(key) for key in levels)) for row in rows]
        if not any(checked.is_read(f"{table.path}[{n}].name") for n in range(len(rows))):
            continue
        for n, (before, row) in enumerate(pairwise([(None, ()), *numbers])):
            if not _runs_on(before, row):
                message = (
                    f"row {n + 1} has the number {row[0] or 'none'} after {before[0] or 'none'}: look for lost rows"
                )
                yield Issue(IssueCode.GRID_REPAIRED, "error", table.path, message)
                break


Numbered = tuple[int | None, tuple[str | None, ...]]
"""The printed number of a row, and its levels."""


def _runs_on(before: Numbered, row: Numbered) -> bool:
    (last, group), (number, own) = before, row
    if number is None:
        return last is None
    return number == 1 if last is None else number == last + 1 or (number == 1 and own != group)


def low_confidence(checked: Checked, accept: float) -> Iterator[Issue]:
    """Yield an error for each value less sure than ``accept``, a probability, and for the parts of its target that were
    not seen beside it."""
    for path, evidence in checked.record.evidence.items():
        if evidence.confidence < accept:
            sure = f"{evidence.confidence:.2f}"
            message = f"{quoted(evidence.text)} was read with confidence {sure}: compare with the page"
            for doubted in (path, *unseen_parts(path, checked.values)):
                yield Issue(IssueCode.LOW_CONFIDENCE, "error", doubted, message, (evidence.text,))


def codes_in_doubt(checked: Checked, issues: Sequence[Issue]) -> Iterator[Issue]:
    """Given all issues of a record, yield each doubt about a name whose code is null once more, about the code, if any
    of it was recognised: where the one is misread or lost, the other may stand there unseen."""
    named = {issue.path for issue in issues}
    recognised = any(evidence.origin != "text_layer" for evidence in checked.record.evidence.values())
    for issue in issues if recognised else ():
        code = code_beside(issue.path, checked.form) if issue.path else None
        unseen = code is not None and code not in named and checked.values.get(code) is None
        told = issue.severity == "error" or issue.code == IssueCode.MISSING
        if unseen and told and issue.path is not None and may_hold_code(checked.record.evidence.get(issue.path)):
            yield replace(issue, path=code)


def may_hold_code(printed: Evidence | None) -> bool:
    """Given what was printed for a name, say whether a code may be in it: no print at all, or more than ideographs."""
    return printed is None or any(char.isascii() and not char.isspace() for char in printed.text)


def code_beside(path: str, form: Form) -> str | None:
    """Given the path of a name, return that of the code that may be glued to it; None where the form has none."""
    if path in form.by_path:
        return form.by_path[path].code
    row, _, key = path.rpartition(".")
    columns = (column for table in form.tables for column in table.columns if row.startswith(f"{table.path}["))
    coded = any(column.key == key and column.type == "coded" for column in columns)
    return f"{path}_code" if coded else None


def unseen_parts(path: str, values: Values) -> list[str]:
    """Given the path of a part of a target, return the paths of its other parts that are null: a percent sign that was
    not read leaves no trace but the doubt of its neighbour."""
    part = PART.fullmatch(path)
    others = [f"{part[1]}.{key}" for key in ("operator", "value", "unit", "text")] if part else []
    return [other for other in others if other in values and values[other] is None]
