"""What benchmarks say: what confidence is worth, the goals, the tables of results, and one run from end to end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bench import accuracy
from bench.corpus.fonts import missing_packages
from bench.curve import Sent, calibration_error, curve, leaves_sent, paint, records_sent, reliability, table
from bench.drawn import Wanted, draw, load
from bench.goals import Goal, any_missed
from bench.peers import __main__ as peers
from bench.peers.harness import timed
from bench.peers.pages import pages_of
from bench.peers.systems import OURS, SYSTEMS
from bench.results import with_section
from bench.score import Leaf, Verdict
from bench.throughput import speed_from

needs_fonts = pytest.mark.skipif(bool(missing_packages()), reason="fonts to draw with are not installed")


def verdict(*sure: tuple[float, bool], doubted: bool = False) -> Verdict:
    leaves = tuple(Leaf(f"a{i}", "x", "x" if right else "y", right, False, p) for i, (p, right) in enumerate(sure))
    return Verdict(leaves, found=True, doubted=doubted, surety=min(p for p, _ in sure))


def test_calibration_error_of_plain_cases() -> None:
    assert calibration_error([]) is None
    assert calibration_error([(1.0, True)] * 5) == 0.0
    assert calibration_error([(1.0, False)] * 5) == 1.0
    assert calibration_error([(0.9, True)] * 9 + [(0.9, False)]) == pytest.approx(0.0)
    # A tenth is wrong by 0.5 in one bin, the rest is right: bins weigh by what they hold.
    assert calibration_error([(0.5, True)] + [(1.0, True)] * 9) == pytest.approx(0.05)


def test_reliability_names_the_bins_that_hold_something() -> None:
    assert reliability([(0.0, False), (1.0, True), (0.99, False)]) == [
        (0.0, 1, 0.0, 0.0), (pytest.approx(14 / 15), 2, pytest.approx(0.995), 0.5),
    ]  # fmt: skip


def test_a_threshold_accepts_what_is_at_least_as_sure() -> None:
    things = [Sent(0.5, 1), Sent(0.9, 0), Sent(0.9, 2), Sent(None, 5)]
    found = [(p.threshold, p.review_share, p.accepted, p.wrong_left) for p in curve(things)]
    assert found == [(0.5, 0.25, 3, 3), (0.9, 0.5, 2, 2)]
    assert [p.accepted for p in curve(things, (0.0, 0.7, 0.95))] == [3, 2, 0]
    assert curve([]) == []


def test_a_record_is_as_sure_as_its_least_sure_leaf_and_waits_when_it_is_doubted() -> None:
    verdicts = [verdict((0.9, True), (0.6, False)), verdict((0.99, True), doubted=True), Verdict(())]
    assert records_sent(verdicts) == [Sent(0.6, 1), Sent(None, 0)]
    assert leaves_sent(verdicts) == [Sent(0.9, 0), Sent(0.6, 1), Sent(0.99, 0)]


def test_the_table_and_the_picture_of_the_curve(tmp_path: Path) -> None:
    verdicts = [verdict((0.9, True), (0.6, False)), verdict((0.99, True))]
    lines = table(verdicts)
    assert lines[2].split() == ["0.0000", "0.00%", "3", "1", "0.00%", "2", "1"]
    assert lines[-1].split() == ["1.0000", "100.00%", "0", "0", "100.00%", "0", "0"]
    paint(verdicts, tmp_path / "curve.png")
    with Image.open(tmp_path / "curve.png") as picture:
        assert picture.width > picture.height > 300


@pytest.mark.parametrize(
    ("measured", "at_most", "said"),
    [(0.5, True, "met"), (0.5, False, "met"), (0.6, True, "MISSED"), (0.4, False, "MISSED"), (None, True, "unknown"),
     (0.0, False, "MISSED")],
)  # fmt: skip
def test_goals_are_met_at_their_bound(measured: float | None, at_most: bool, said: str) -> None:
    goal = Goal("a", measured, 0.5, at_most=at_most)
    assert goal.line().startswith(said)
    assert any_missed([goal]) == (said == "MISSED")


def test_results_keep_the_sections_of_others() -> None:
    text = with_section("", "peers", "one")
    text = with_section(text, "accuracy", "two")
    text = with_section(text, "peers", "three\n\nlines")
    assert text.index("two") < text.index("three\n\nlines")
    assert "one" not in text
    assert with_section(text, "accuracy", "two") == text


@pytest.fixture
def _kept_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.drawn.BENCH", tmp_path)
    monkeypatch.setattr("bench.accuracy.BENCH", tmp_path)


@needs_fonts
@pytest.mark.usefixtures("_kept_here")
def test_a_document_is_drawn_once_and_its_pages_are_pictures(tmp_path: Path) -> None:
    drawn = draw(Wanted("train", 3, "digital"))
    written = drawn.path.stat().st_mtime_ns
    assert draw(Wanted("train", 3, "digital")) == drawn
    assert drawn.path.stat().st_mtime_ns == written
    assert drawn.truths[0]["data"]["project_name"]
    pages = pages_of(drawn, tmp_path / "pages")
    assert [page.number for page in pages] == list(range(1, drawn.n_pages + 1))
    assert sum(len(page.tables) for page in pages) == len(drawn.tables)
    assert load(next(drawn.path.parent.glob("*.json"))) == drawn


@needs_fonts
@pytest.mark.usefixtures("_kept_here")
def test_a_digital_document_is_measured_from_end_to_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    accuracy.main(["--split", "train", "--level", "digital", "--count", "1", "--out", str(tmp_path / "out")])
    told = capsys.readouterr().out
    numbers = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    summary = numbers["summaries"]["ALL"]
    assert summary["leaves"] == summary["right"] > 20
    assert summary["teds"] == summary["structure"] == 1.0
    assert summary["missed"] == summary["invented"] == 0
    assert "digital" in told
    assert "unknown  leaf accuracy, CLEAN" in told
    leaves = [json.loads(line) for line in (tmp_path / "out" / "leaves.jsonl").read_text().splitlines()]
    assert {"file", "level", "record", "path", "confidence", "right", "origin", "flagged"} <= leaves[0].keys()
    assert all(leaf["right"] for leaf in leaves)
    assert (tmp_path / "out" / "wrong.jsonl").read_text() == ""
    assert (tmp_path / "out" / "curve.png").exists()


TRUTH = {
    "page": 1, "n_rows": 1, "n_cols": 2,
    "cells": [{"row": 0, "col": i, "row_span": 1, "col_span": 1, "text": text} for i, text in enumerate("甲乙")],
}  # fmt: skip
TABLE = "<table><tr><td>甲</td><td>{}</td></tr></table>"


def page_score(key: str, tables: list[str], lines: Sequence[str] = (), seconds: float = 1.0) -> peers.PageScore:
    system = next(system for system in SYSTEMS if system.key == key)
    page: Any = peers.PagePicture(Path("p.png"), "scan", "clean", 1, (TRUTH,))
    return peers.score_page(system, page, {"tables": tables, "lines": lines, "seconds": seconds, "error": None})


def test_peers_stand_in_one_table_and_the_goals_follow() -> None:
    scores = {
        OURS: [page_score("shenbao", [TABLE.format("乙")])],
        SYSTEMS[1]: [page_score("img2table", [TABLE.format("二")], seconds=8.0)],
        SYSTEMS[2]: [page_score("wired_table_rec", [], seconds=1.0)],
        SYSTEMS[4]: [page_score("paddleocr", [], ["甲"], seconds=2.0)],
    }
    rows = {system: peers.rows_of(system, found) for system, found in scores.items()}
    lines = peers.table_lines(rows)
    assert lines[2] == "| scan | 1 | Shenbao | 1.000 | 1.000 | 1.000 | 1.00 |"
    assert lines[3].endswith("| 0.667 | 1.000 | 0.500 | 8.00 |")
    assert lines[4].endswith("| 0.000 | 0.000 | 0.000 | 1.00 |")
    assert lines[5].endswith("| – | – | 0.500 | 2.00 |")
    assert [goal.measured for goal in peers.goals_of(rows)] == [pytest.approx(1 / 3), 8.0]
    assert "wired_table_rec 1.1.0 + RapidOCR: 1 tables not found" in peers.failure_lines(scores)


def test_a_reader_that_fails_on_a_page_has_read_nothing_there() -> None:
    def broken(picture: str) -> dict[str, list[str]]:
        raise ValueError(picture)

    line = timed(broken, "a.png")
    assert (line["tables"], line["lines"], line["error"]) == ([], [], "ValueError: a.png")
    assert timed(lambda _: {"tables": ["t"]}, "a.png")["tables"] == ["t"]


def test_the_speed_of_a_run_is_read_from_its_log() -> None:
    def event(second: float, kind: str, **more: object) -> dict[str, object]:
        return {"time": f"2026-01-01T00:00:{second:09.6f}Z", "event": kind, "document": "a", **more}

    speed = speed_from(
        [
            event(0, "run-begun"),
            event(2, "document-begun"),
            event(4, "page-read", seconds={"ingest": 0.5, "read": 1.5}),
            event(6, "page-read", seconds={"ingest": 0.5, "read": 1.0}),
            event(7, "document-ended", pages=2),
        ],
        workers=1,
    )
    assert (speed.pages, speed.seconds, speed.start, speed.join) == (2, 5.0, 2.0, 1.0)
    assert speed.stages == {"ingest": 1.0, "read": 2.5}
    assert speed.pages_a_second == pytest.approx(0.4)
    assert speed.idle == pytest.approx(1 - 4.5 / 5)
