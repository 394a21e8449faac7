"""Values that bear each other out: the amounts of a sum that holds, and what stands on the form in two places.

Bayes' rule: that amounts which were read apart add up to the fen, or that two goals agree character by character, is as
good as certain where all were read right, and where one was misread only if another one was misread to match.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import combinations

from pipeline.forms.definition import Rule, Sum
from pipeline.forms.paths import sums_of, value_at
from pipeline.model import Evidence, Record

SAME = 0.5
"""Probability that of two misread values of a proof the second was misread to match: like print is misread alike.
Judged, not fitted: 441 agreeing pairs of train and tune held no wrong one."""
FAULT = 5e-3
"""Probability that a misread value agrees with right ones: the print is at fault by just what was misread.
Judged as well."""
LEAST = 5
"""Characters of a value from which another place of the form says the same one again, and not a like one by chance."""

Proof = tuple[str, ...]
"""Dotted paths of values that agree."""


def borne_out(record: Record, rules: Sequence[Rule]) -> Record:
    """Given a record as it was read and the rules of its form, return it with each value as sure as the best proof of
    it makes it."""
    evidence = dict(record.evidence)
    for proof in proofs(record, rules):
        for path, one in sure_by(proof, record.evidence):
            evidence[path] = max(evidence[path], one, key=lambda known: known.confidence)
    return replace(record, evidence=evidence)


def proofs(record: Record, rules: Sequence[Rule]) -> Iterator[Proof]:
    """Given a record and the rules of its form, yield the values that agree: by sums, and by standing in two places."""
    for rule in rules:
        if isinstance(rule, Sum):
            yield from (proof for one in sums_of(record.data, rule) if (proof := held_by(one, record)))
    single = [(path, value_at(record.data, path)) for path in record.evidence if "[" not in path]
    long = [(path, value) for path, value in single if isinstance(value, str) and len(value) >= LEAST]
    for (first, value), (second, other) in combinations(long, 2):
        if value == other and is_apart(record.evidence[first], record.evidence[second]):
            yield first, second


def held_by(rule: Sum, record: Record) -> Proof:
    """Given a sum over a record, return the paths of its amounts where it holds and all were read, else none."""
    read = {path: value_at(record.data, path) for path in (rule.total, *rule.parts)}
    amounts = {path: Decimal(value) for path, value in read.items() if value is not None}
    total = amounts.get(rule.total)
    if total is None or len(amounts) < 2 or any(path not in record.evidence for path in amounts):
        return ()
    found = sum((amount for path, amount in amounts.items() if path != rule.total), Decimal(0))
    return tuple(amounts) if abs(found - total) <= rule.tolerance else ()


def is_apart(one: Evidence, other: Evidence) -> bool:
    """Do two values stand in two places, and not on one print?"""
    return (one.page, one.box) != (other.page, other.box)


def sure_by(proof: Proof, evidence: dict[str, Evidence]) -> Iterator[tuple[str, Evidence]]:
    """Given the paths of values that agree and their evidence, yield each with the probability that this leaves it.

    What a value shares with others, such as the unit that a label names, is no surer for it.
    """
    own = {path: own_confidence(evidence[path]) for path in proof}
    for path in proof if all(own.values()) else ():
        sure = proven(own[path], [one for other, one in own.items() if other != path])
        yield path, replace(evidence[path], confidence=evidence[path].shared * sure)


def own_confidence(one: Evidence) -> float:
    """Given the evidence of a value, return the probability that its own print was read right."""
    return min(one.confidence / one.shared, 1.0) if one.shared > 0.0 else 0.0


def proven(own: float, others: Sequence[float]) -> float:
    """Given the probability that a value was read right, and those of the values that agree with it, return the
    probability once that they agree is known."""
    right = own * math.prod(others)
    wrong = (1.0 - own) * min(SAME * sum(1.0 - other for other in others) + FAULT, 1.0)
    return right / (right + wrong)
