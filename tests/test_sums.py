"""Sums choose among readings: only where one choice clearly adds up, and never in silence."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import config_dir, load_settings
from pipeline.errors import IssueCode
from pipeline.forms.load import load_forms
from pipeline.forms.paths import value_at
from pipeline.forms.proofs import FAULT
from pipeline.forms.sums import settle_sums
from pipeline.geometry import Box
from pipeline.model import Evidence, OtherReading, Record

FORM = load_forms("shanghai-project-target", config_dir() / "forms", load_settings().records.label_similarity).forms[0]
FIRST = {"project_total": "615848.00", "project_fiscal": "600000.00", "project_other": "15848.00"}
Others = dict[str, list[tuple[str, float]]]


def record_of(funds: dict[str, str | None], others: Others) -> Record:
    evidence = {
        f"funds.{key}": Evidence(
            str(value), 0, Box(0, 0, 1, 1), 0.8, "ocr", tuple(OtherReading(v, v, p) for v, p in others.get(key, []))
        )
        for key, value in funds.items()
        if value is not None
    }
    return Record(FORM.id, (0,), {"funds": dict(funds)}, evidence)


def test_the_reading_that_adds_up_is_taken_with_a_warning() -> None:
    record = record_of(
        FIRST | {"project_fiscal": "800000.00"}, {"project_fiscal": [("600000.00", 0.2), ("500000.00", 0.3)]}
    )
    settled = settle_sums(record, FORM.rules)
    assert settled.data["funds"] == FIRST
    evidence = settled.evidence["funds.project_fiscal"]
    assert (evidence.text, evidence.origin) == ("600000.00", "rule")
    assert evidence.confidence == pytest.approx(0.2 / (0.2 + FAULT))  # misread, or the print is at fault by just that
    (issue,) = settled.issues
    assert (issue.code, issue.severity, issue.path) == (IssueCode.CORRECTED, "warning", "funds.project_fiscal")
    assert issue.candidates == ("600000.00", "800000.00")
    assert record.data["funds"]["project_fiscal"] == "800000.00"


@pytest.mark.parametrize(
    "others",
    [
        {},
        {"project_fiscal": [("700000.00", 0.5)]},
        {"project_fiscal": [("600000.00", 0.2)], "project_total": [("815848.00", 0.2)]},
    ],
    ids=["no other reading", "none that adds up", "two that do"],
)
def test_else_it_stays_as_printed(others: Others) -> None:
    record = record_of(FIRST | {"project_fiscal": "800000.00"}, others)
    assert settle_sums(record, FORM.rules) is record


def test_a_sum_over_what_was_not_read_is_left_alone() -> None:
    record = record_of(
        {"project_total": None, "project_fiscal": "1.00", "project_other": None}, {"project_fiscal": [("2.00", 0.9)]}
    )
    assert settle_sums(record, FORM.rules) is record


amounts = st.decimals("0", "999999.99", places=2)


@given(amounts, amounts, amounts, st.lists(amounts, max_size=3))
def test_whatever_is_chosen_adds_up_and_says_so(
    total: Decimal, one: Decimal, two: Decimal, rest: list[Decimal]
) -> None:
    funds: dict[str, Any] = {
        "project_total": f"{total:f}", "project_fiscal": f"{one:f}", "project_other": f"{two:f}"
    }  # fmt: skip
    record = record_of(
        funds, {"project_total": [(f"{one + two:f}", 0.1)], "project_other": [(f"{x:f}", 0.05) for x in rest]}
    )
    settled = settle_sums(record, FORM.rules)
    if settled is record:
        return
    read = [Decimal(value_at(settled.data, f"funds.{key}")) for key in funds]
    assert read[0] == read[1] + read[2]
    changed = {path for path in record.evidence if settled.evidence[path] != record.evidence[path]}
    assert {issue.path for issue in settled.issues} == changed
