"""The sums of a form choose among the readings of its amounts, where the first readings do not add up."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations, product

from pipeline.errors import IssueCode
from pipeline.forms.definition import Rule, Sum
from pipeline.forms.paths import set_path, sums_of, value_at
from pipeline.forms.proofs import FAULT
from pipeline.forms.readout import quoted
from pipeline.model import Issue, OtherReading, Record

CHANGED = 2
"""Amounts of one sum that may have been misread at once."""
CLEARLY = 3.0
"""Times as likely as the next choice that adds up; else nothing is chosen."""

Choice = Mapping[str, OtherReading]
"""Other readings under the dotted paths of their values."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A choice that makes a sum add up, and how likely it is against the first readings."""

    choice: Choice
    odds: float


def settle_sums(record: Record, rules: Sequence[Rule]) -> Record:
    """Given a record and the rules of its form, return it with the readings that its sums ask for, each with a warning.

    A sum that no choice satisfies, or several do, stays as it was printed; so does one whose choice breaks another.
    """
    sums = [one for rule in rules if isinstance(rule, Sum) for one in sums_of(record.data, rule)]
    for rule in sums:
        if _is_broken(rule, record):
            best = clear_best(list(choices(rule, record)))
            settled = record if best is None else with_choice(record, rule, best)
            if _broken(sums, settled) < _broken(sums, record):
                record = settled
    return record


def _amounts(rule: Sum, record: Record) -> dict[str, Decimal]:
    """The amounts of a sum that were read, the total first."""
    read = {path: value_at(record.data, path) for path in (rule.total, *rule.parts)}
    return {path: Decimal(value) for path, value in read.items() if value is not None}


def _adds_up(rule: Sum, amounts: Mapping[str, Decimal]) -> bool:
    parts = [amount for path, amount in amounts.items() if path != rule.total]
    return abs(sum(parts, Decimal(0)) - amounts[rule.total]) <= rule.tolerance


def _is_broken(rule: Sum, record: Record) -> bool:
    amounts = _amounts(rule, record)
    return rule.total in amounts and len(amounts) > 1 and not _adds_up(rule, amounts)


def _broken(sums: Sequence[Sum], record: Record) -> int:
    return sum(_is_broken(rule, record) for rule in sums)


def choices(rule: Sum, record: Record) -> Iterator[Weighed]:
    """Given a sum over a record, yield the choices of other readings with which it adds up."""
    amounts = _amounts(rule, record)
    others = {path: record.evidence[path].others for path in amounts if path in record.evidence}
    for count in range(1, CHANGED + 1):
        for paths in combinations([path for path in amounts if others.get(path)], count):
            for readings in product(*(others[path] for path in paths)):
                chosen = dict(zip(paths, readings, strict=True))
                if _adds_up(rule, amounts | {path: Decimal(other.value) for path, other in chosen.items()}):
                    yield Weighed(chosen, math.prod(other.odds for other in readings))


def clear_best(weighed: Sequence[Weighed]) -> Weighed | None:
    """Given choices, return the one that is clearly likelier than all others, or None."""
    ranked = sorted(weighed, key=lambda one: -one.odds)
    if not ranked or (len(ranked) > 1 and ranked[0].odds < CLEARLY * ranked[1].odds):
        return None
    return ranked[0]


def with_choice(record: Record, rule: Sum, weighed: Weighed) -> Record:
    """Given a record and a choice of readings, return the record with them, marked as chosen by a rule; they are as
    sure as they were likely, against a print that is at fault by just that."""
    data, evidence = copy.deepcopy(record.data), dict(record.evidence)
    issues = []
    for path, other in weighed.choice.items():
        first = evidence[path]
        set_path(data, path, other.value)
        sure = first.shared * weighed.odds / (weighed.odds + FAULT)
        evidence[path] = replace(first, text=other.text, confidence=sure, origin="rule", others=())
        message = f"{quoted(first.text)} was read, the sum of {rule.total} asks for {quoted(other.text)}"
        issues.append(Issue(IssueCode.CORRECTED, "warning", path, message, (other.text, first.text)))
    return replace(record, data=data, evidence=evidence, issues=(*record.issues, *issues))
