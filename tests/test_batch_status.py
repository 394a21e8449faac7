"""What can be asked about a run and about the machine, from outside."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from batch_drive import rest_of, shenbao, start, until_said, write_inputs

from pipeline.batch.engine import Note, Task
from pipeline.batch.ledger import Extraction, Input, RunRow, open_ledger
from pipeline.batch.listen import Begun, Ended
from pipeline.batch.pulse import Pulse
from pipeline.batch.status import Status, status_of
from pipeline.cli import main
from pipeline.cli.doctor import Finding, opencv, versions
from pipeline.cli.status import status_lines
from pipeline.config import Ingest, Limits
from pipeline.errors import UsageError


def status(folder: Path) -> dict[str, Any]:
    code, out, err = shenbao(folder, "status", "out", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert isinstance(found, dict)
    return found


def wait_until_begun(folder: Path, number: int) -> None:
    end = time.monotonic() + 60
    while not (folder / "begun").exists() or (folder / "begun").read_text().count("\n") < number:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_run_is_seen_while_it_is_under_way_and_after_it_was_killed(tmp_path: Path) -> None:
    write_inputs(tmp_path, ["pages 2", "raise X", f"pages 2 until {tmp_path / 'go'}", ""])
    run = start(tmp_path, "run", "in", "--out", "out", "--workers", "1")
    wait_until_begun(tmp_path, 3)
    end = time.monotonic() + 120
    while not (found := status(tmp_path))["under_way"] or found["under_way"][0]["page"] < 2:
        assert time.monotonic() < end  # the worker says nothing any more, and yet it is seen
    assert (found["state"], found["holder"]["pid"]) == ("running", run.pid)
    assert (found["files"], found["ended"], found["fresh"]) == (4, 2, 2)
    assert (found["documents"], found["failures"]) == ({"failed": 1, "ok": 1}, {"internal-error": 1})
    assert (found["records"], found["pages"]) == ({"accepted": 1, "review": 0}, 1)
    assert (found["under_way"][0]["file"], found["under_way"][0]["of"]) == ("in/002.pdf", 2)
    run.kill()
    run.communicate()
    found = status(tmp_path)
    assert (found["state"], found["holder"], found["under_way"]) == ("killed", None, [])
    (tmp_path / "go").touch()
    assert shenbao(tmp_path, "run", "in", "--out", "out")[0] == 3
    found = status(tmp_path)
    assert (found["state"], found["ended"], found["fresh"]) == ("finished", 4, 2)
    assert found["documents"] == {"failed": 1, "ok": 3}
    assert {entry["file"] for entry in found["slowest"]} == {f"in/00{number}.pdf" for number in range(4)}


def test_an_interrupted_run_says_so(tmp_path: Path) -> None:
    go = tmp_path / "go"
    write_inputs(tmp_path, [f"until {go}"] * 8)
    run = start(tmp_path, "run", "in", "--out", "out", "--workers", "1")
    wait_until_begun(tmp_path, 1)
    run.send_signal(signal.SIGINT)
    until_said(run, "Stopping: files under way")
    go.touch()
    rest_of(run)
    code, out, _ = shenbao(tmp_path, "status", "out")
    assert (code, run.returncode) == (0, 130)
    assert out.startswith("not running; the last run was interrupted: run again to go on\n")


def test_no_job_folder_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no job folder"):
        status_of(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_pulse_counts_what_it_hears(tmp_path: Path) -> None:
    task = Task("a.pdf", "/a.pdf", "s1")
    with open_ledger(tmp_path) as ledger:
        pulse = Pulse(beat=0.0)
        pulse.begun(Begun("r1", tmp_path, 3, "f", ledger))
        pulse.note(Note("worker-started", 1))
        pulse.note(Note("document-begun", 1, "a.pdf"))
        for done in (1, 1, 2):
            pulse.page(task, done, 4)
        pulse.tick()
        row = ledger.latest_run()
        assert row is not None
        assert [entry[::3] + entry[2:3] for entry in json.loads(row.under_way)] == [["a.pdf", 4, 2]]
        pulse.ended(Ended("b.pdf", "ok", None, "", fresh=False))
        pulse.ended(Ended("a.pdf", "ok", None, ""))
        pulse.tick()
        row = ledger.latest_run()
        assert row is not None
        assert (row.state, row.files, row.ended, row.fresh, row.pages, row.under_way) == ("running", 3, 2, 1, 2, "[]")
        pulse.over("finished")
        row = ledger.latest_run()
        assert row is not None
        assert row.state == "finished"


def running(**changes: Any) -> Status:
    row = {
        "run": "r", "state": "running", "begun": 100.0, "seen": 200.0, "files": 90, "ended": 40, "fresh": 20,
        "pages": 50, "under_way": json.dumps([["in/a.pdf", 190.0, 3, 7]]),
    }  # fmt: skip
    return Status({"ok": 40}, {}, (40, 0), 80, (), RunRow(**{**row, **changes}), {"pid": 7, "host": "here"})


def test_speed_and_time_left_follow_what_was_read_in_this_run() -> None:
    found = running()
    assert found.pages_a_second == 0.5
    assert found.seconds_left == 50 / (20 / 100)
    assert [(one.file, one.seconds, one.page, one.of) for one in found.under_way] == [("in/a.pdf", 10.0, 3, 7)]
    words = list(status_lines(found))
    assert "speed: 0.50 pages a second" in words
    assert "time left: about 0:04:10" in words
    assert "  in/a.pdf: page 3 of 7, 10 s" in words
    assert running(fresh=0).seconds_left is None
    assert running(seen=100.1).pages_a_second is None
    assert running(state="finished").seconds_left is None


def test_counts_take_shared_bytes_once_and_every_file_once(tmp_path: Path) -> None:
    read = Extraction("s1", "f1", "review", None, "", 3, 1, 1, 0.5, "a")
    crashed = Extraction("s2", "f1", "crashed", "crashed", "", None, 0, 0, 9.0, "b")
    old = Extraction("s1", "f0", "ok", None, "", 3, 2, 0, 99.0, "c")
    with open_ledger(tmp_path) as ledger:
        ledger.settle([], old)
        ledger.settle([Input("a.pdf", "/a", "s1", "f1"), Input("b.pdf", "/b", "s1", "f1")], read)
        ledger.settle([Input("c.pdf", "/c", "s2", "f1")], crashed)
        ledger.settle([Input("d.pdf", "/d", None, "f1", "unreadable", "x")])
    found = status_of(tmp_path)
    assert found.documents == {"crashed": 1, "failed": 1, "review": 2}
    assert found.failures == {"crashed": 1, "unreadable": 1}
    assert (found.records, found.pages) == ((1, 1), 3)
    assert found.slowest == (("c.pdf", 9.0, None), ("a.pdf", 0.5, 3))
    assert found.state == "unknown"


def test_limits_are_printed_with_unit_and_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["limits", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    wanted = {f"limits.{key}" for key in Limits.model_fields}
    wanted |= {f"ingest.{key}" for key in Ingest.model_fields if key.startswith("max_")}
    assert set(found) == wanted
    assert all(entry["note"] for entry in found.values())
    assert main(["limits"]) == 0
    assert "seconds without a finished page before a worker is killed" in capsys.readouterr().out


def test_the_doctor_finds_this_machine_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["doctor", "--out", str(tmp_path / "not" / "yet"), "--json"])
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert (code, [finding for finding in findings if finding["verdict"] == "error"]) == (0, [])
    assert {"python", "libraries", "opencv", "font", "models", "write", "disk", "memory"} <= {
        finding["check"] for finding in findings
    }
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_names_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wheels = {"opencv-python": "4.10.0.84", "opencv-python-headless": "5.0.0.1"}
    monkeypatch.setattr("pipeline.cli.doctor.installed", lambda: wheels)
    clash, loaded = opencv(tmp_path)
    assert (clash.verdict, loaded.verdict) == ("error", "error")
    assert loaded.advice == "pip install --force-reinstall --no-deps opencv-python opencv-python-headless"
    assert [finding.verdict for finding in versions(tmp_path)][-1] == "error"

    def broken(out: Path) -> list[Finding]:
        raise ImportError("libGL.so.1: cannot open shared object file")

    monkeypatch.setattr("pipeline.cli.doctor.CHECKS", (broken,))
    assert main(["doctor"]) == 1
    assert "libGL.so.1: cannot open" in capsys.readouterr().out
