"""Values that agree bear each other out: never above certainty, never below what each was, and not without grounds."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.forms.definition import Sum
from pipeline.forms.proofs import FAULT, SAME, borne_out, proofs, proven
from pipeline.geometry import Box
from pipeline.model import Evidence, Record

RULE = Sum("funds.total", ("funds.own", "funds.other"), Decimal("0.01"), "error")
ADDS_UP = {"total": "615848.00", "own": "600000.00", "other": "15848.00"}
PROBABILITIES = st.floats(0.0, 1.0)


def record_of(funds: dict[str, str | None], sure: float = 0.9, shared: float = 1.0, **goals: str) -> Record:
    """Each value stands in a place of its own."""
    data = {"funds": funds, **goals}
    values = {**{f"funds.{key}": value for key, value in funds.items()}, **goals}
    evidence = {
        path: Evidence(str(value), 0, Box(0, n, 1, n + 1), sure, "ocr", (), shared)
        for n, (path, value) in enumerate(values.items())
        if value is not None
    }
    return Record("any", (0,), data, evidence)


def sureness(record: Record) -> dict[str, float]:
    return {path: evidence.confidence for path, evidence in borne_out(record, (RULE,)).evidence.items()}


def test_amounts_of_a_sum_that_holds_are_nearly_certain() -> None:
    assert min(sureness(record_of(ADDS_UP)).values()) > 0.98
    assert set(sureness(record_of(ADDS_UP | {"total": "615848.10"})).values()) == {0.9}
    assert set(sureness(record_of(ADDS_UP | {"total": None})).values()) == {0.9}


def test_an_amount_without_evidence_proves_nothing() -> None:
    record = record_of(ADDS_UP)
    del record.evidence["funds.other"]
    assert set(sureness(record).values()) == {0.9}


def test_a_unit_that_amounts_share_is_no_surer_for_their_sum() -> None:
    """Ten thousand times as much adds up as well."""
    assert all(0.7 * 0.98 < sure < 0.7 for sure in sureness(record_of(ADDS_UP, 0.63, 0.7)).values())
    assert set(sureness(record_of(ADDS_UP, 0.0, 0.0)).values()) == {0.0}


def test_one_text_in_two_places_is_surer() -> None:
    goal = "工程验收合格率达到90%以上。"
    found = sureness(record_of({}, 0.8, overall_goal=goal, annual_goal=goal))
    assert all(0.9 < sure < 1.0 for sure in found.values())
    assert found.keys() == {"overall_goal", "annual_goal"}
    assert set(sureness(record_of({}, 0.8, overall_goal=goal, annual_goal=goal[:-1])).values()) == {0.8}
    assert set(sureness(record_of({}, 0.8, one="及时", other="及时")).values()) == {0.8}  # agree by chance


def test_one_print_does_not_bear_itself_out() -> None:
    record = record_of({}, 0.8, name="云岭县卫生健康局", unit="云岭县卫生健康局")
    assert len(list(proofs(record, ()))) == 1
    record.evidence["unit"] = record.evidence["name"]
    assert list(proofs(record, ())) == []


def test_rows_that_say_the_same_are_no_copies() -> None:
    """Many rows have a target of 100.00, and one that was misread as it would find its like."""
    rows = [{"value": "100.00"}, {"value": "100.00"}]
    evidence = {f"rows[{n}].value": Evidence("100.00", 0, Box(0, n, 1, n + 1), 0.8, "ocr") for n in range(2)}
    assert list(proofs(Record("any", (0,), {"rows": rows}, evidence), ())) == []


@given(PROBABILITIES, st.lists(PROBABILITIES, min_size=1, max_size=4))
def test_a_probability_stays_one(own: float, others: list[float]) -> None:
    if own > 0.0 and min(others) > 0.0:
        assert 0.0 <= proven(own, others) <= 1.0


@given(PROBABILITIES, PROBABILITIES)
def test_no_value_is_less_sure_for_what_bears_it_out(first: float, second: float) -> None:
    record = record_of({}, 0.5, one="一二三四五", other="一二三四五")
    one, other = (record.evidence[path] for path in ("one", "other"))
    record.evidence.update({"one": replaced(one, first), "other": replaced(other, second)})
    found = sureness(record)
    assert first <= found["one"] <= 1.0
    assert second <= found["other"] <= 1.0


def replaced(one: Evidence, sure: float) -> Evidence:
    return Evidence(one.text, one.page, one.box, sure, one.origin)


def test_bayes_over_what_may_have_happened() -> None:
    """Right twice, or wrong twice in one way, or wrong once beside a print that is at fault by just that."""
    right, alike, fault = 0.9 * 0.8, 0.1 * SAME * 0.2, 0.1 * FAULT
    assert proven(0.9, [0.8]) == pytest.approx(right / (right + alike + fault))
