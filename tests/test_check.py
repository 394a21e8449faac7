"""Values are held against one another and against their confidence, exactly, and never repaired."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import config_dir, load_settings
from pipeline.errors import IssueCode
from pipeline.forms.load import load_forms
from pipeline.geometry import Box
from pipeline.model import Evidence, Issue, Origin, Record
from pipeline.stages.check import Checked, check, codes_in_doubt, scalars

SETTINGS = load_settings().records
FORMS = load_forms("shanghai-project-target", config_dir() / "forms", SETTINGS.label_similarity)
FUNDS = {
    "project_total": "615848.00",
    "project_fiscal": "600000.00",
    "project_other": "15848.00",
    "annual_total": "515848.00",
    "annual_appropriation": "500000.00",
    "annual_carryover": "5848.00",
    "annual_other": "10000.00",
}


def record_of(funds: dict[str, Any] | None = None, origin: Origin = "text_layer", **changes: Any) -> Record:
    data: dict[str, Any] = {
        "fiscal_year": 2024,
        "project_name": "甲",
        "competent_department": "乙",
        "implementing_unit": "丙",
        "start_date": "2024-01-01",
        "end_date": "2024-12-31",
        "funds": FUNDS | (funds or {}),
        "indicators": [],
    } | changes
    sure = {
        path: Evidence(str(value), 0, Box(0, 0, 1, 1), 0.99, origin)
        for path, value in scalars(data)
        if value is not None
    }
    return Record("shanghai-project-target", (0,), data, sure)


def raised(record: Record) -> list[tuple[str, str, str | None]]:
    return [(i.code.value, i.severity, i.path) for i in check(record, FORMS, SETTINGS).issues]


def test_a_record_without_fault_is_accepted_as_it_is() -> None:
    checked = check(record_of(), FORMS, SETTINGS)
    assert checked.accepted
    assert checked.issues == ()
    assert checked.data == record_of().data


def test_a_total_that_does_not_add_up_stays_as_printed() -> None:
    checked = check(record_of({"annual_total": "515848.01"}), FORMS, SETTINGS)
    assert checked.data["funds"]["annual_total"] == "515848.01"
    (issue,) = checked.issues
    assert (issue.code, issue.severity, issue.path) == (IssueCode.SUM_MISMATCH, "error", "funds.annual_total")
    assert "515848.00" in issue.message
    assert not checked.accepted


def test_every_part_that_may_have_been_misread_is_named() -> None:
    paths = {path for _, _, path in raised(record_of({"annual_other": "1000.00"}, origin="ocr"))}
    assert paths == {"funds.annual_total", "funds.annual_appropriation", "funds.annual_carryover", "funds.annual_other"}


def test_a_blank_part_counts_as_nothing_and_is_named_when_the_sum_fails() -> None:
    assert raised(record_of({"annual_other": None, "annual_total": "505848.00"})) == []
    assert raised(record_of({"annual_other": None})) == [
        ("sum-mismatch", "error", "funds.annual_total"),
        ("sum-mismatch", "warning", "funds.annual_other"),
    ]


@given(st.lists(st.integers(0, 10**15), min_size=3, max_size=3), st.integers(-3, 3))
def test_sums_are_exact_to_the_cent(parts: list[int], off: int) -> None:
    text = [f"{part // 100}.{part % 100:02d}" for part in parts]
    total = max(sum(parts) + off, 0)
    funds = dict(zip(("annual_appropriation", "annual_carryover", "annual_other"), text, strict=True))
    funds["annual_total"] = f"{total // 100}.{total % 100:02d}"
    assert bool(raised(record_of(funds))) == (total != sum(parts))


@pytest.mark.parametrize(
    ("start", "end", "bad"),
    [
        ("2024-01-01", "2023-12-31", True),
        ("2024-01-01", "2024-01-01", False),
        ("2024-05", "2024-04-30", True),
        ("2024-05", "2024", False),
        ("2025", "2024-12", True),
        (None, "2023-12-31", False),
    ],
)
def test_dates_of_any_precision_are_in_order(start: str | None, end: str, bad: bool) -> None:
    wrong = [("order", "error", "start_date"), ("order", "error", "end_date")] if bad else []
    assert raised(record_of(start_date=start, end_date=end)) == wrong


@pytest.mark.parametrize(
    ("start", "end", "doubted"),
    [
        ("2024-01-01", "2024-12-3", ["end_date"]),
        ("2024/1/1", "2024/12/31", []),
        ("2024-01-01", "2024-12-31", []),
        ("2024年1月1日", "2024年12月31日", []),
        ("2024-05-1", "2024-12-31", ["start_date"]),
    ],
)
def test_a_date_with_a_digit_lost_at_its_edge_is_doubted(start: str, end: str, doubted: list[str]) -> None:
    record = record_of()
    record.evidence["start_date"] = Evidence(start, 0, Box(0, 0, 1, 1), 1.0, "ocr")
    record.evidence["end_date"] = Evidence(end, 0, Box(0, 0, 1, 1), 1.0, "ocr")
    assert [path for _, _, path in raised(record)] == doubted


def test_a_required_field_without_value_is_an_error_once() -> None:
    assert raised(record_of(project_name=None)) == [("missing-field", "error", "project_name")]
    named = Issue(IssueCode.BAD_VALUE, "error", "project_name", "what is printed cannot be read")
    record = record_of(project_name=None)
    record = Record(record.form, record.pages, record.data, record.evidence, (named,))
    assert raised(record) == [("bad-value", "error", "project_name")]


@pytest.mark.parametrize(("origin", "severity"), [("ocr", "error"), ("text_layer", "warning")])
def test_a_percentage_that_may_hold_its_operator_is_doubted(origin: Origin, severity: str) -> None:
    row = {"operator": None, "value": "292.00", "unit": "%", "text": None}
    assert raised(record_of(origin=origin, indicators=[row])) == [
        ("bad-value", severity, "indicators[0].value"),
        ("bad-value", severity, "indicators[0].operator"),
    ]
    assert raised(record_of(indicators=[row | {"unit": "人"}])) == []


def test_a_value_less_sure_than_accepted_is_named_and_waits() -> None:
    record = record_of()
    record.evidence["project_name"] = Evidence("甲", 0, Box(0, 0, 1, 1), SETTINGS.accept_confidence - 1e-6, "ocr")
    record.evidence["start_date"] = Evidence("2024", 0, Box(0, 0, 1, 1), SETTINGS.accept_confidence, "ocr")
    assert raised(record) == [("low-confidence", "error", "project_name")]
    assert not check(record, FORMS, SETTINGS).accepted


def test_checking_twice_says_nothing_twice() -> None:
    once = check(record_of({"annual_total": "1.00"}, origin="ocr"), FORMS, SETTINGS)
    assert check(once, FORMS, SETTINGS) == once


def rows_of(*numbers: tuple[int | None, str]) -> list[dict[str, Any]]:
    """Indicators with a printed number and the word of their second level."""
    return [
        {"level1": "产出指标", "level2": level, "number": number, "name": f"第{n}项", "operator": None, "value": None}
        | {"unit": None, "text": "及时"}
        for n, (number, level) in enumerate(numbers)
    ]


@pytest.mark.parametrize(
    ("numbers", "doubted"),
    [
        ([(1, "数量"), (2, "数量"), (1, "质量"), (1, "时效"), (2, "时效")], False),
        ([(1, "数量"), (2, "数量"), (3, "质量"), (4, "时效")], False),
        ([(None, "数量"), (None, "数量"), (None, "质量")], False),
        ([(None, "数量"), (1, "质量")], False),
        ([(1, "数量"), (3, "数量")], True),
        ([(2, "数量")], True),
        ([(1, "数量"), (1, "数量")], True),
        ([(1, "数量"), (None, "数量"), (3, "数量")], True),
        ([(1, "数量"), (4, "质量")], True),
    ],
)
def test_rows_whose_numbers_do_not_run_on_are_doubted(numbers: list[tuple[int | None, str]], doubted: bool) -> None:
    rows = rows_of(*numbers)
    issue = ("grid-repaired", "error", "indicators")
    assert (issue in raised(record_of(origin="ocr", indicators=rows))) is doubted
    assert issue not in raised(record_of(origin="text_layer", indicators=rows))


def test_a_doubtful_target_puts_its_unseen_parts_in_doubt() -> None:
    record = record_of(origin="ocr", indicators=rows_of((1, "数量")))
    record.data["indicators"][0] |= {"operator": ">=", "value": "92", "text": None}
    record.evidence.pop("indicators[0].text")
    record.evidence["indicators[0].value"] = Evidence("92", 0, Box(0, 0, 1, 1), 0.3, "ocr")
    paths = {path for code, _, path in raised(record) if code == "low-confidence"}
    assert paths == {"indicators[0].value", "indicators[0].unit", "indicators[0].text"}


def test_a_value_that_swallowed_the_label_of_a_lost_field_is_doubted_with_it() -> None:
    """Two cells read as one; where the other field has its value, its label is part of a name."""

    def doubts(unit: str | None) -> set[str | None]:
        record = record_of(origin="ocr", implementing_unit=unit, competent_department="乙实施单位")
        printed = replace(record.evidence["competent_department"], text="乙 实施单位")
        record = replace(record, evidence={**record.evidence, "competent_department": printed})
        return {path for code, severity, path in raised(record) if (code, severity) == ("bad-value", "error")}

    assert doubts(None) == {"competent_department", "implementing_unit", "implementing_unit_code"}
    assert doubts("丙") == set()


def test_a_doubt_about_a_name_is_one_about_the_code_that_may_stand_in_it() -> None:
    form = next(
        form
        for form in load_forms("auto", config_dir() / "forms", SETTINGS.label_similarity).forms
        if form.id == "goods-declaration"
    )
    names, code = ("domestic_consignor", "goods[0].origin"), IssueCode.BAD_VALUE
    doubts = tuple(Issue(code, "error", path, "misread") for path in (*names, "contract_number"))
    data = {"domestic_consignor": "甲", "contract_number": "1", "goods": [{"origin": "中国"}]}
    proof = {"contract_number": Evidence("1", 0, Box(0, 0, 1, 1), 0.5, "ocr")}
    checked = Checked(Record(form.id, (0,), data, proof), form, dict(scalars(data)))
    assert [issue.path for issue in codes_in_doubt(checked, doubts)] == [f"{name}_code" for name in names]
    known = replace(
        checked, values={**checked.values, "domestic_consignor_code": "9144", "goods[0].origin_code": "CHN"}
    )
    assert not list(codes_in_doubt(known, doubts))
    warning = replace(doubts[0], severity="warning")
    assert not list(codes_in_doubt(checked, [warning]))
    assert not list(codes_in_doubt(replace(checked, record=replace(checked.record, evidence={})), doubts))
