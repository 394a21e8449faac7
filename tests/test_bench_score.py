"""The scorer of records: hand-made cases whose counts are plain to see."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from bench.measure import marked
from bench.score import FileScore, score
from pipeline.config import load_settings
from pipeline.tools import load_tools

SAMPLES = Path(__file__).resolve().parent.parent / "sample_docs"

TRUTH = {
    "form": "f",
    "data": {
        "name": "总工会（本级）",
        "funds": {"total": "21045108.18", "other": None},
        "indicators": [{"name": "甲", "value": "80.00"}, {"name": "乙", "value": None}],
    },
}
N_LEAVES = 7


def record_of(truth: dict[str, Any], **changes: Any) -> dict[str, Any]:
    proof = {"confidence": 0.9, "origin": "ocr", "text": "x"}
    return {
        "form": truth["form"],
        "status": "accepted",
        "data": copy.deepcopy(truth["data"]),
        "evidence": {"name": proof, "funds.total": proof | {"confidence": 0.7}, "indicators[0].value": proof},
        "issues": [],
    } | changes


def issue(path: str | None, severity: str = "error", code: str = "sum-mismatch") -> dict[str, Any]:
    return {"path": path, "severity": severity, "code": code}


def judged(found: FileScore) -> tuple[int, int, int]:
    """Right, wrong and silently wrong leaves."""
    leaves = [leaf for verdict in found.verdicts for leaf in verdict.leaves]
    right = sum(leaf.right for leaf in leaves)
    return right, len(leaves) - right, sum(leaf.silent for leaf in leaves)


def test_a_right_record() -> None:
    found = score([TRUTH], [record_of(TRUTH)])
    (verdict,) = found.verdicts
    assert judged(found) == (N_LEAVES, 0, 0)
    assert verdict.exact
    assert verdict.accepted
    assert verdict.surety == 0.7
    assert not found.invented


@pytest.mark.parametrize(
    ("want", "got", "right"),
    [
        ("总工会（本级）", "总工会(本级)", True),
        ("“十四五” 规划", '"十四五"规划', True),
        ("80.00", "80", True),
        ("8０％", "80%", True),
        ("", None, True),
        (2024, "2024", True),
        ("0", None, False),
        (None, "0.00", False),
        ("21045108.18", "21045108.13", False),
        ("上海市", "上海", False),
    ],
)
def test_when_leaves_are_equal(want: Any, got: Any, right: bool) -> None:
    truth = {"form": "f", "data": {"sure": "a", "leaf": want}}
    found = score([truth], [record_of(truth, data={"sure": "a", "leaf": got}, evidence={})])
    assert judged(found) == (1 + right, 1 - right, 1 - right)


@pytest.mark.parametrize(
    ("named", "silent"),
    [("funds.total", 0), ("funds", 0), (None, 1), ("funds.other", 1), ("fund", 1), ("funds.total.x", 1)],
)
def test_a_wrong_leaf_is_silent_unless_it_or_its_parent_is_named(named: str | None, silent: int) -> None:
    record = record_of(TRUTH, issues=[issue(named, "warning")])
    record["data"]["funds"]["total"] = "1.00"
    assert judged(score([TRUTH], [record])) == (N_LEAVES - 1, 1, silent)


def test_a_row_is_a_parent_of_its_leaves() -> None:
    record = record_of(TRUTH, issues=[issue("indicators[0]")])
    record["data"]["indicators"][0]["value"] = "8.00"
    assert judged(score([TRUTH], [record])) == (N_LEAVES - 1, 1, 0)


def test_a_truth_without_a_record_is_all_wrong_and_silent() -> None:
    assert judged(score([TRUTH], [])) == (0, N_LEAVES, N_LEAVES)
    assert not score([TRUTH], []).verdicts[0].found


def test_records_go_to_the_truths_they_resemble_most() -> None:
    other = {"form": "f", "data": {**TRUTH["data"], "name": "另一个", "funds": {"total": "5.00", "other": "1.00"}}}
    found = score([TRUTH, other], [record_of(other), record_of(TRUTH)])
    assert judged(found) == (2 * N_LEAVES, 0, 0)


def test_a_record_of_nothing_is_invented_and_its_leaves_are_wrong() -> None:
    stranger = record_of(TRUTH, data={"name": "别的"}, evidence={"name": {"confidence": 0.99}})
    found = score([TRUTH], [stranger, record_of(TRUTH)])
    assert judged(found) == (N_LEAVES, 0, 0)
    (invented,) = found.invented
    assert [(leaf.path, leaf.right, leaf.confidence) for leaf in invented.evidenced] == [("name", False, 0.99)]


def test_a_row_too_many_makes_a_record_inexact_and_its_leaves_count_as_sure_and_wrong() -> None:
    record = record_of(TRUTH)
    record["data"]["indicators"].append({"name": "丙", "value": None})
    record["evidence"]["indicators[2].name"] = {"confidence": 0.95, "origin": "ocr", "text": "丙"}
    found = score([TRUTH], [record])
    (verdict,) = found.verdicts
    assert judged(found) == (N_LEAVES, 0, 0)
    assert (verdict.extra_rows, verdict.exact, verdict.n_wrong) == (1, False, 1)
    assert [leaf.path for leaf in verdict.evidenced if not leaf.right] == ["indicators[2].name"]


def test_leaves_that_the_truth_says_nothing_about_are_not_judged() -> None:
    record = record_of(TRUTH)
    record["data"]["title"] = "申报表"
    record["evidence"]["title"] = {"confidence": 0.2, "origin": "ocr", "text": "申报表"}
    (verdict,) = score([TRUTH], [record]).verdicts
    assert verdict.exact
    assert verdict.n_wrong == 0
    assert verdict.surety == 0.2


def test_another_form_is_not_exact() -> None:
    assert not score([TRUTH], [record_of(TRUTH, form="g")]).verdicts[0].exact


@pytest.mark.parametrize(
    ("issues", "doubted"),
    [
        ([issue("name", code="low-confidence")], False),
        ([issue("name", "warning")], False),
        ([issue("name")], True),
    ],
)
def test_only_errors_other_than_low_confidence_doubt_a_record(issues: list[Any], doubted: bool) -> None:
    (verdict,) = score([TRUTH], [record_of(TRUTH, issues=issues, status="review")]).verdicts
    assert verdict.doubted == doubted
    assert not verdict.accepted


def test_a_declaration_that_does_not_add_up_on_paper_is_marked() -> None:
    lines = (SAMPLES / "declarations.truth.jsonl").read_text(encoding="utf-8").splitlines()
    tools = load_tools(load_settings())
    sound = json.loads(lines[0])
    broken = copy.deepcopy(sound)
    broken["data"]["funds"]["project_total"] = "1.00"
    assert [marked(truth, tools)["faulty"] for truth in (sound, broken)] == [False, True]
    record = record_of(broken, status="review", evidence={})
    assert score([marked(broken, tools)], [record]).verdicts[0].faulty
