"""The doubts about a draft: those of the reading that no person has settled, and those that its form's rules raise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pipeline.errors import IssueCode
from pipeline.forms.definition import Form, Sum
from pipeline.forms.paths import sums_of
from pipeline.geometry import Box
from pipeline.model import Evidence, Issue, Record
from pipeline.review.draft import Draft
from pipeline.review.events import RECORD
from pipeline.stages.check import (
    Checked,
    broken,
    broken_numbering,
    low_confidence,
    missing_fields,
    scalars,
    suspicious_targets,
)

Plain = Mapping[str, Any]
RULES_ONLY = frozenset({IssueCode.SUM_MISMATCH, IssueCode.ORDER, IssueCode.LOW_CONFIDENCE, IssueCode.MISSING})
"""Codes that nothing but the check raises: they are always found anew."""


@dataclass(frozen=True, slots=True)
class Judge:
    """accept: the probability below which a value waits for review. form: None where its definition is gone."""

    form: Form | None
    accept: float


@dataclass(frozen=True, slots=True)
class SumShown:
    """One sum as people see it: its paths, what the parts add up to, and whether that is the total."""

    total: str
    parts: tuple[str, ...]
    found: str
    holds: bool


def doubts_of_reading(record: Plain, judge: Judge) -> tuple[Plain, ...]:
    """Given a record as it was read, return those of its issues that the rules would not find again by themselves."""
    if judge.form is None:
        return tuple(record["issues"])
    checked = _checked(record["data"], record["evidence"], record, judge.form)
    again = {(str(issue.code), issue.path) for issue in _raised(checked, judge)}
    return tuple(
        issue
        for issue in record["issues"]
        if issue["code"] not in RULES_ONLY and (issue["code"], issue["path"]) not in again
    )


def issues_of(draft: Draft, record: Plain, judge: Judge) -> list[dict[str, Any]]:
    """Given a draft of a record, return its issues as in records.jsonl: what a person has judged is in doubt no more,
    but for what contradicts itself."""
    left = [dict(doubt) for doubt in draft.doubts if (doubt["path"] or RECORD) not in draft.settled]
    if judge.form is None:
        return left
    checked = _checked(draft.data, draft.evidence, record, judge.form)
    firm = [issue for rule in judge.form.rules for issue in broken(rule, checked)]
    missing = list(missing_fields(checked))
    soft = [issue for issue in _soft(checked, judge) if (issue.path or RECORD) not in draft.settled]
    return [*left, *map(_plain, dict.fromkeys([*missing, *firm, *soft]))]


def sums_shown(data: Mapping[str, Any], form: Form | None) -> list[SumShown]:
    """Given data, return every sum of its form that has a total and a part."""
    rules = [rule for rule in form.rules if isinstance(rule, Sum)] if form else []
    values = dict(scalars(data))
    found = (_sum_shown(one, values) for rule in rules for one in sums_of(data, rule))
    return [one for one in found if one is not None]


def _sum_shown(rule: Sum, values: Mapping[str, Any]) -> SumShown | None:
    total = values.get(rule.total)
    parts = tuple(path for path in rule.parts if values.get(path) is not None)
    if total is None or not parts:
        return None
    found = sum((Decimal(values[path]) for path in parts), Decimal(0))
    return SumShown(rule.total, rule.parts, str(found), abs(found - Decimal(total)) <= rule.tolerance)


def _raised(checked: Checked, judge: Judge) -> Iterator[Issue]:
    yield from (issue for rule in checked.form.rules for issue in broken(rule, checked))
    yield from _soft(checked, judge)


def _soft(checked: Checked, judge: Judge) -> Iterator[Issue]:
    """Doubts that a look at the page settles."""
    yield from suspicious_targets(checked)
    yield from broken_numbering(checked)
    yield from low_confidence(checked, judge.accept)


def _checked(data: Mapping[str, Any], evidence: Mapping[str, Plain], record: Plain, form: Form) -> Checked:
    pages = tuple(page - 1 for page in record["source"]["pages"])
    proofs = {path: _evidence(one) for path, one in evidence.items()}
    own = form.in_version(record.get("version"))
    return Checked(Record(form.id, pages, dict(data), proofs), own, dict(scalars(data)))


def _evidence(plain: Plain) -> Evidence:
    return Evidence(plain["text"], plain["page"] - 1, Box(*plain["bbox"]), plain["confidence"], plain["origin"])


def _plain(issue: Issue) -> dict[str, Any]:
    return {
        "code": str(issue.code),
        "severity": issue.severity,
        "path": issue.path,
        "message": issue.message,
        "candidates": list(issue.candidates),
    }
