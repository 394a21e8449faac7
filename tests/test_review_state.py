"""Events and the state they sum up to."""

from __future__ import annotations

import csv
import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from review_jobs import TOTAL, doubtful_job, misread, records_in, review_of, write_records

from pipeline.cli import main
from pipeline.errors import ShenbaoError
from pipeline.forms.paths import value_at
from pipeline.review.actions import Action, Desk, Refused, event_of, tried, valid_paths
from pipeline.review.evaluate import evaluation_of, truth_lines
from pipeline.review.events import Event, counting
from pipeline.review.overlay import overlay_of
from pipeline.review.rows import added, merged, moved, removed
from pipeline.review.service import Review
from pipeline.review.state import State, digest_of, state_of
from pipeline.review.store import open_reviews, plain_words
from pipeline.review.typed import typed
from pipeline.sinks.jsonl import read_lines
from pipeline.sinks.lines import Only, Overlay, records_of

KINDS = ["set", "accept-fields", "accept-record", "undo", "add-row", "remove-row", "merge-rows", "reopen"]


@pytest.fixture
def job(read_sample: Path, tmp_path: Path) -> Path:
    return doubtful_job(read_sample, tmp_path / "job")


@pytest.fixture
def review(job: Path) -> Review:
    return review_of(job)


def overlay(review: Review) -> Overlay:
    return overlay_of(review.folder, list(review.forms.values()), review.accept)


def first_id(review: Review) -> str:
    return review.lists().catalog.entries[0].record_id


def right_total(review: Review) -> str:
    funds = review.state(first_id(review)).record["data"]["funds"]
    return str(funds["annual_appropriation"])


ACTIONS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 12), st.sampled_from(["12.50", "甲", "", "0"])), max_size=14
)


@settings(max_examples=40)
@given(ACTIONS)
def test_all_actions_replay_to_the_same_state_and_each_undo_leads_back(
    read_sample: Path, actions: list[tuple[str, int, str]]
) -> None:
    record = small(records_in(read_sample)[0])
    misread(record)
    review = review_of(read_sample)
    form, judge = review.forms[record["form"]], review.judge(record["form"])
    events: list[Event] = []
    states = {(): state_of(record, [], judge)}
    for kind, at, text in actions:
        state = state_of(record, events, judge)
        paths = [TOTAL, "project_name", *(f"indicators[{n}].name" for n in range(3))]
        path = f"indicators[{at}]" if "row" in kind else paths[at % len(paths)]
        action = Action(kind, state.version, path, text, "seen by me", (paths[at % 2],))  # type: ignore[arg-type]
        try:
            event = event_of(action, Desk(state, form, "tester", "2026-01-01T00:00:00+00:00"))
        except Refused:
            continue
        events.append(event)
        now = state_of(record, events, judge)
        assert told(now) == told(state_of(record, list(events), judge))
        before = states.setdefault(tuple(e.version for e in now.events), now)
        assert told(before) == told(now)
        check_whole(now)


def small(record: dict[str, Any]) -> dict[str, Any]:
    """A record with its first four rows."""
    record["data"]["indicators"] = record["data"]["indicators"][:4]
    gone = re.compile(r"indicators\[([4-9]|\d\d)\]")
    record["evidence"] = {path: one for path, one in record["evidence"].items() if not gone.match(path)}
    return record


def told(state: State) -> str:
    """A digest, since a failure that shows two whole records takes minutes to be put into words."""
    return digest_of(state.record)


def check_whole(state: State) -> None:
    """Evidence stands under values that are there, and an accepted record has no error left."""
    data = state.record["data"]
    paths = state.record["evidence"].keys() - state.read["evidence"].keys()
    assert all(value_at(data, path) is not None for path in paths)
    assert state.record["status"] == "review" or not state.errors


def test_what_a_store_gives_back_is_what_was_done(review: Review) -> None:
    record_id = first_id(review)
    done = review.act(record_id, Action("set", 0, TOTAL, right_total(review)), "甲")
    done = review.act(record_id, Action("remove-row", 1, "indicators[2]"), "甲")
    done = review.act(record_id, Action("accept-record", 2), "乙")
    again = review_of(review.folder).state(record_id)
    assert again == done
    assert again.record["status"] == "accepted"
    assert again.accepted_by == "乙"
    assert [(event.who, event.before) for event in again.events[::2]] == [
        ("甲", records_in(review.folder)[0]["data"]["funds"]["annual_total"]),
        ("乙", "review"),
    ]


def test_a_record_without_events_is_as_it_was_read(review: Review) -> None:
    for record in records_in(review.folder):
        assert review.state(record["record_id"]).record == record


def test_a_corrected_amount_settles_its_sum_and_is_of_human_origin(review: Review) -> None:
    record_id = first_id(review)
    assert {issue["code"] for issue in review.state(record_id).errors} == {"sum-mismatch", "low-confidence"}
    state = review.act(record_id, Action("set", 0, TOTAL, f" {right_total(review)}元 "), "甲")
    assert state.errors == []
    assert state.record["status"] == "review"  # until a person says so
    evidence = state.record["evidence"][TOTAL]
    assert (evidence["origin"], evidence["confidence"]) == ("human", 1.0)
    assert evidence["bbox"] == state.read["evidence"][TOTAL]["bbox"]


def test_a_confirmed_amount_still_has_to_add_up(review: Review) -> None:
    state = review.act(first_id(review), Action("accept-fields", 0, paths=(TOTAL,)), "甲")
    assert {(issue["code"], issue["path"]) for issue in state.errors} == {("sum-mismatch", TOTAL)}


def test_an_error_is_let_pass_with_a_reason_only(review: Review) -> None:
    record_id = first_id(review)
    with pytest.raises(Refused, match="write why") as refused:
        review.act(record_id, Action("accept-record", 0, why="  "), "甲")
    assert refused.value.code == "reason-needed"
    state = review.act(record_id, Action("accept-record", 0, why="printed so"), "甲")
    assert state.record["status"] == "accepted"
    assert all("printed so" in issue["message"] for issue in state.record["issues"] if issue["path"] == TOTAL)
    assert review.act(record_id, Action("reopen", 1), "乙").record["status"] == "review"


def test_a_stale_edit_is_refused_and_nothing_is_lost(review: Review) -> None:
    record_id = first_id(review)
    review.act(record_id, Action("set", 0, "project_name", "甲项目"), "甲")
    with pytest.raises(Refused, match="甲 changed this record meanwhile"):
        review.act(record_id, Action("set", 0, "project_name", "乙项目"), "乙")
    assert review.state(record_id).record["data"]["project_name"] == "甲项目"


def test_two_writers_at_the_same_moment_cannot_both_win(review: Review) -> None:
    state = review.state(first_id(review))
    form = review.forms[state.record["form"]]
    events = [
        event_of(Action("set", 0, "project_name", who), Desk(state, form, who, "2026-01-01T00:00:00+00:00"))
        for who in ("甲", "乙")
    ]
    with open_reviews(review.folder) as one, open_reviews(review.folder) as other:
        one.append(events[0])
        with pytest.raises(Refused, match="at the same moment"):
            other.append(events[1])
        assert other.of_record(events[0].record_id) == events[:1]


def test_events_can_be_neither_changed_nor_deleted(review: Review) -> None:
    review.act(first_id(review), Action("set", 0, "project_name", "甲项目"), "甲")
    with sqlite3.connect(review.folder / "reviews.sqlite") as connection:
        with pytest.raises(sqlite3.IntegrityError, match="never changed"):
            connection.execute("UPDATE events SET who = '乙'")
        with pytest.raises(sqlite3.IntegrityError, match="never deleted"):
            connection.execute("DELETE FROM events")


def test_a_record_that_was_read_anew_lays_its_corrections_aside_and_says_so(review: Review) -> None:
    record_id = first_id(review)
    review.act(record_id, Action("set", 0, "project_name", "甲项目"), "甲")
    review.act(record_id, Action("set", 1, TOTAL, right_total(review)), "甲")
    review.act(record_id, Action("accept-record", 2), "甲")
    records = records_in(review.folder)
    records[0]["evidence"]["project_name"]["confidence"] = 0.9
    write_records(review.folder, records)
    state = review.state(record_id)
    assert state.record["data"] == records[0]["data"]
    assert [event.after for event in state.aside][:2] == ["甲项目", right_total(review)]
    assert [issue["code"] for issue in state.errors].count("laid-aside") == 1
    assert state.record["status"] == "review"
    assert [entry.record_id for entry in review.lists().queue][:1] == [record_id]
    exported = next(iter(records_of(review.folder, "all", overlay(review))))
    assert exported == state.record


def test_a_renamed_file_is_the_same_reading(review: Review) -> None:
    record_id = first_id(review)
    review.act(record_id, Action("set", 0, "project_name", "甲项目"), "甲")
    records = records_in(review.folder)
    records[0]["source"]["file"] = "elsewhere.pdf"
    write_records(review.folder, records)
    assert review.state(record_id).record["data"]["project_name"] == "甲项目"


def test_a_full_disk_says_so_and_keeps_nothing_by_half(review: Review) -> None:
    record_id = first_id(review)
    review.act(record_id, Action("set", 0, "project_name", "甲项目"), "甲")
    with open_reviews(review.folder) as reviews:
        connection = reviews._connection
        full = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={full}")
        state = review.state(record_id)
        form = review.forms[state.record["form"]]
        action = Action("set", 1, "overall_goal", "满" * 20_000)
        event = event_of(action, Desk(state, form, "甲", "2026-01-01T00:00:00+00:00"))
        with pytest.raises(ShenbaoError, match=r"full.*nothing of this action was kept"), plain_words(review.folder):
            reviews.append(event)
    assert review.state(record_id) == state


def test_a_form_that_is_gone_loses_no_correction(job: Path) -> None:
    review = review_of(job)
    record_id = first_id(review)
    review.act(record_id, Action("set", 0, TOTAL, "1.00"), "甲")
    bare = Review(job, [], review.accept)
    state = bare.act(record_id, Action("set", 1, "project_name", "甲项目"), "甲")
    assert state.record["data"]["funds"]["annual_total"] == "1.00"
    assert review_of(job).state(record_id).record["data"]["project_name"] == "甲项目"


def test_rows_carry_their_evidence_and_doubts_along(review: Review) -> None:
    record_id = first_id(review)
    before = review.state(record_id).record
    rows, proofs = before["data"]["indicators"], before["evidence"]
    state = review.act(record_id, Action("remove-row", 0, "indicators[0]"), "甲")
    assert state.record["data"]["indicators"] == rows[1:]
    assert state.record["evidence"]["indicators[0].name"] == proofs["indicators[1].name"]
    state = review.act(record_id, Action("merge-rows", 1, "indicators[0]"), "甲")
    both = state.record["data"]["indicators"][0]
    assert both["name"] == rows[1]["name"] + rows[2]["name"]
    assert both["level1"] == rows[1]["level1"]
    assert state.record["evidence"]["indicators[0].name"]["origin"] == "human"
    assert state.record["evidence"]["indicators[1].name"] == proofs["indicators[3].name"]
    state = review.act(record_id, Action("add-row", 2, "indicators[1]"), "甲")
    assert state.record["data"]["indicators"][1]["level1"] == both["level1"]
    assert state.record["data"]["indicators"][1]["name"] is None
    for version in (3, 4, 5):
        state = review.act(record_id, Action("undo", version), "甲")
    assert state.record["data"] == before["data"]
    assert state.record["evidence"] == before["evidence"]
    with pytest.raises(Refused) as refused:
        review.act(record_id, Action("undo", 6), "甲")
    assert refused.value.code == "nothing-to-undo"


@given(st.integers(0, 9), st.integers(0, 9))
def test_paths_follow_their_rows(row: int, at: int) -> None:
    path = f"rows[{row}].key"
    assert moved(moved(path, "rows", added(at)) or "", "rows", removed(at)) == path
    assert moved(path, "others", removed(at)) == path
    assert (moved(path, "rows", removed(at)) is None) == (row == at)
    assert moved(path, "rows", merged(at)) == (path if row <= at else f"rows[{row - 1}].key")


@pytest.mark.parametrize(
    ("kind", "words", "value", "fault"),
    [
        ("money", "21,045,108.18", "21045108.18", None),
        ("money", "317.0846万元", "3170846.00", None),
        ("money", "12.345", None, "not-money"),
        ("money", "十二头", None, "not-money"),
        ("money", "—", None, None),
        ("date", "2024年1月5日", "2024-01-05", None),
        ("date", "2024-02-31", None, "not-date"),
        ("year", "2024", 2024, None),
        ("integer", "3.5", None, "not-integer"),
        ("operator", "≥", ">=", None),
        ("percent", "80.00%", "80.00", None),
        ("text", "上海市总工会(本级)", "上海市总工会（本级）", None),
        ("text", "  ", None, None),
    ],
)
def test_what_is_typed_goes_through_the_grammars(kind: str, words: str, value: Any, fault: str | None) -> None:
    got = typed(kind, words)
    assert (got.value, got.fault) == (value, fault)


def test_refusals_say_what_cannot_be_done(review: Review) -> None:
    record_id = first_id(review)
    cases = [
        (Action("set", 0, "no.such", "1"), "unknown-path"),
        (Action("set", 0, TOTAL, "many"), "not-money"),
        (Action("set", 0, "indicators", "1"), "unknown-path"),
        (Action("set", 0, "indicators[99].name", "1"), "unknown-path"),
        (Action("accept-fields", 0), "unknown-path"),
        (Action("accept-fields", 0, paths=("x",)), "unknown-path"),
        (Action("remove-row", 0, "indicators[99]"), "bad-row"),
        (Action("merge-rows", 0, "funds"), "unknown-path"),
        (Action("undo", 0), "nothing-to-undo"),
        (Action("set", 0, TOTAL, "1" * 20_001), "too-long"),
        (Action("set", 5, TOTAL, "1"), "conflict"),
    ]
    for action, code in cases:
        with pytest.raises(Refused) as refused:
            review.act(record_id, action, "甲")
        assert refused.value.code == code, action
    assert review.state(record_id).version == 0


def test_only_values_that_no_rule_contradicts_are_accepted_together(review: Review) -> None:
    first, second = (entry.record_id for entry in review.lists().catalog.entries[:2])
    page = review.state(second).record["source"]["pages"][0]
    assert valid_paths(review.state(second), page) == ["implementing_unit"]
    assert valid_paths(review.state(first), 1) == []  # the total is unsure and does not add up


def test_drafts_are_checked_and_not_kept(review: Review) -> None:
    state = review.state(first_id(review))
    events, faults = tried(state, review.forms[state.record["form"]], {TOTAL: "x", "project_name": "乙"})
    assert ([event.after for event in events], faults) == (["乙"], {TOTAL: "not-money"})
    assert review.state(first_id(review)).version == 0


def test_the_queue_is_ordered_by_doubt_and_what_is_accepted_leaves_it(review: Review) -> None:
    queue = [entry.record_id for entry in review.lists().queue]
    ids = [entry.record_id for entry in review.lists().catalog.entries]
    assert queue[:2] == ids[:2]
    review.act(ids[0], Action("accept-record", 0, why="printed so"), "甲")
    assert [entry.record_id for entry in review.lists().queue][:1] == ids[1:2]
    review.act(ids[0], Action("undo", 1), "甲")
    assert [entry.record_id for entry in review.lists().queue] == queue


def test_export_carries_corrections_and_knows_who_judged(review: Review) -> None:
    ids = [entry.record_id for entry in review.lists().catalog.entries]
    review.act(ids[0], Action("set", 0, TOTAL, right_total(review)), "甲")
    review.act(ids[0], Action("accept-record", 1), "甲")
    choices: tuple[Only, ...] = ("all", "accepted", "reviewed")
    got = {only: list(records_of(review.folder, only, overlay(review))) for only in choices}
    assert [record["record_id"] for record in got["all"]] == ids
    assert [record["record_id"] for record in got["accepted"]] == [ids[0], *ids[2:]]
    assert [record["record_id"] for record in got["reviewed"]] == ids[:1]
    assert got["reviewed"][0]["data"]["funds"]["annual_total"] == right_total(review)
    assert got["all"][1:] == list(read_lines(review.folder / "records.jsonl"))[1:]


def test_an_evaluation_counts_what_people_found_wrong(review: Review) -> None:
    ids = [entry.record_id for entry in review.lists().catalog.entries]
    review.act(ids[0], Action("set", 0, TOTAL, right_total(review)), "甲")
    review.act(ids[0], Action("remove-row", 1, "indicators[0]"), "甲")
    review.act(ids[0], Action("accept-record", 2), "甲")
    review.act(ids[2], Action("set", 0, "project_name", "另一个"), "甲")
    review.act(ids[2], Action("accept-record", 1), "甲")
    review.act(ids[3], Action("accept-record", 0), "甲")
    states = [review.state(record_id) for record_id in ids]
    found = evaluation_of(states)
    scores = {score.path: (score.judged, score.wrong, score.silent) for score in found.fields}
    assert (found.records, found.control, found.control_wrong) == (3, 2, 1)
    assert scores[TOTAL] == (3, 1, 0)
    assert scores["project_name"] == (3, 1, 1)
    rows = [len(state.read["data"]["indicators"]) for state in states]
    assert scores["indicators[].name"] == (rows[0] + rows[2] + rows[3], 1, 1)
    doubted = next(bin_ for bin_ in found.bins if bin_.least <= 0.41 < bin_.most)
    assert (doubted.judged, doubted.right) == (1, 0.0)
    lines = list(truth_lines(states))
    assert [line["data"] for line in lines] == [states[n].record["data"] for n in (0, 2, 3)]


def test_counting_takes_back_the_latest_only() -> None:
    def event(version: int, kind: str, after: Any = None) -> Event:
        return Event("r", "d", version, "", "", kind, after=after)  # type: ignore[arg-type]

    events = [event(1, "set"), event(2, "set"), event(3, "undo", 2), event(4, "undo", 1), event(5, "set")]
    assert [one.version for one in counting(events)] == [5]


def test_export_and_eval_from_the_command_line(
    review: Review, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record_id = first_id(review)
    review.act(record_id, Action("set", 0, TOTAL, right_total(review)), "甲")
    review.act(record_id, Action("accept-record", 1), "甲")
    job, out, truth = str(review.folder), tmp_path / "out", tmp_path / "truth.jsonl"
    assert main(["export", job, "--to", "csv", "--only", "reviewed", "--out", str(out), "--flavour", "data"]) == 0
    with (out / "records.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 1
    assert "accepted" in rows[0].values()
    assert right_total(review) in rows[0].values()
    capsys.readouterr()
    assert main(["eval", job, "--truth", str(truth), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["records"] == 1
    assert main(["eval", job]) == 0
    assert f"wrong     1 of 1      100.0 %  silent 0    {TOTAL}" in capsys.readouterr().out
    lines = [json.loads(line) for line in truth.read_text(encoding="utf-8").splitlines()]
    state = review.state(record_id).record
    assert lines == [{"form": state["form"], "data": state["data"]}]
