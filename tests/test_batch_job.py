"""Runs over many files, killed, interrupted, repeated: nothing lost, nothing twice."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from batch_drive import SLOW, rest_of, shenbao, start, until_said, write_inputs

from pipeline.config import config_dir


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    text = (folder / "out" / f"{name}.jsonl").read_bytes().decode("utf-8")
    assert text == "" or text.endswith("\n")
    return [json.loads(line) for line in text.split("\n")[:-1]]


def begun(folder: Path) -> list[str]:
    log = folder / "begun"
    return log.read_text().splitlines() if log.exists() else []


def wait_for(folder: Path, number: int) -> None:
    end = time.monotonic() + 60
    while len(begun(folder)) < number:
        assert time.monotonic() < end
        time.sleep(0.005)


def nobody_is_left(folder: Path) -> None:
    """Workers notice soon that their driver is gone."""
    end = time.monotonic() + 30
    while [pid for line in begun(folder) if is_running(pid := int(line.split()[0]))]:
        assert time.monotonic() < end
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_run_writes_one_line_a_file_and_again_skips_all(tmp_path: Path) -> None:
    write_inputs(tmp_path, ["pages 1", "raise X", ""])
    code, out, err = shenbao(tmp_path, "run", "in", "--out", "out", "--json")
    assert code == 3
    closing = json.loads(out)
    assert (closing["files"], closing["documents"]) == (3, {"failed": 1, "ok": 2})
    assert closing["not_read"][0]["reason"] == "internal-error"
    assert "in/001.pdf: failed (internal-error): ValueError: X" in err
    assert [line["file"] for line in lines(tmp_path, "documents")] == ["in/000.pdf", "in/001.pdf", "in/002.pdf"]
    assert [line["source"]["file"] for line in lines(tmp_path, "records")] == ["in/000.pdf", "in/002.pdf"]
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").glob("*.jsonl")}
    code, out, _ = shenbao(tmp_path, "run", "in", "--out", "out", "--json")
    assert (code, json.loads(out)["finished_before"], len(begun(tmp_path))) == (3, 3, 3)
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").glob("*.jsonl")} == before


def test_retry_reads_again_what_failed_and_only_that(tmp_path: Path) -> None:
    write_inputs(tmp_path, ["", "die SIGKILL"])
    assert shenbao(tmp_path, "run", "in", "--out", "out")[0] == 3
    code, _, err = shenbao(tmp_path, "run", "in", "--out", "out", "--retry", "failed")
    assert code == 3
    assert [line.split()[1] for line in begun(tmp_path)].count("in/001.pdf") == 2
    assert len(begun(tmp_path)) == 3
    assert "1 crashed" in err


def test_new_bytes_are_read_and_old_ones_are_remembered(tmp_path: Path) -> None:
    write_inputs(tmp_path, ["", ""])
    shenbao(tmp_path, "run", "in", "--out", "out")
    old = (tmp_path / "in/000.pdf").read_text()
    first = lines(tmp_path, "documents")[0]["sha256"]
    (tmp_path / "in/000.pdf").write_text("pages 1")
    os.utime(tmp_path / "in/001.pdf", (1, 1))
    shenbao(tmp_path, "run", "in", "--out", "out")
    assert len(begun(tmp_path)) == 3
    assert lines(tmp_path, "documents")[0]["sha256"] != first
    (tmp_path / "in/000.pdf").write_text(old)
    shenbao(tmp_path, "run", "in", "--out", "out")
    assert len(begun(tmp_path)) == 3
    assert lines(tmp_path, "documents")[0]["sha256"] == first


def test_the_same_bytes_under_three_names_are_read_once(tmp_path: Path) -> None:
    write_inputs(tmp_path, [""])
    for name in ("b.pdf", "c.pdf"):
        (tmp_path / "in" / name).write_bytes((tmp_path / "in/000.pdf").read_bytes())
    code, out, _ = shenbao(tmp_path, "run", "in", "--out", "out", "--json")
    assert (code, len(begun(tmp_path)), json.loads(out)["records"]["accepted"]) == (0, 1, 1)
    documents = lines(tmp_path, "documents")
    assert [line["file"] for line in documents] == ["in/000.pdf", "in/b.pdf", "in/c.pdf"]
    assert len({tuple(line["records"]) for line in documents}) == 1
    assert len(lines(tmp_path, "records")) == len(lines(tmp_path, "tables")) == 1


def test_a_copy_that_is_met_once_its_bytes_are_read_is_of_this_run(tmp_path: Path) -> None:
    write_inputs(tmp_path, [""] * 6)
    (tmp_path / "in/z.pdf").write_bytes((tmp_path / "in/000.pdf").read_bytes())
    told = [json.loads(shenbao(tmp_path, "run", "in", "--out", "out", "--workers", "1", "--json")[1]) for _ in range(2)]
    assert [one["finished_before"] for one in told] == [0, 7]
    assert [one["pages"] for one in told] == [6, 6]


def test_a_lost_artefact_is_made_again(tmp_path: Path) -> None:
    write_inputs(tmp_path, ["", ""])
    shenbao(tmp_path, "run", "in", "--out", "out")
    before = (tmp_path / "out/records.jsonl").read_bytes()
    next((tmp_path / "out/artefacts").rglob("*.json")).unlink()
    assert shenbao(tmp_path, "run", "in", "--out", "out")[0] == 0
    assert len(begun(tmp_path)) == 3
    assert (tmp_path / "out/records.jsonl").read_bytes() == before


def test_a_file_that_vanishes_is_tried_again_by_the_next_run(tmp_path: Path) -> None:
    write_inputs(tmp_path, ["", ""])
    place = tmp_path / "in/001.pdf"
    content = place.read_bytes()
    place.unlink()
    place.symlink_to("001.pdf")  # a link to itself: it is there, and it cannot be read
    assert shenbao(tmp_path, "run", "in", "--out", "out")[0] == 3
    assert [(line["reason"], line["sha256"]) for line in lines(tmp_path, "documents")][1] == ("unreadable", None)
    place.unlink()
    place.write_bytes(content)
    assert shenbao(tmp_path, "run", "in", "--out", "out")[0] == 0
    assert [line["status"] for line in lines(tmp_path, "documents")] == ["ok", "ok"]


@pytest.mark.parametrize("moments", [4, pytest.param(20, marks=SLOW)])
def test_kill_of_the_driver_at_random_moments_and_resume(tmp_path: Path, moments: int) -> None:
    write_inputs(tmp_path, ["pages 1"] * 30)
    dice = random.Random(20261122)
    for _ in range(moments):
        driver = start(tmp_path, "run", "in", "--out", "out", "--workers", "2")
        time.sleep(dice.uniform(0.3, 1.3))
        driver.kill()
        driver.communicate()
    nobody_is_left(tmp_path)
    code, out, _ = shenbao(tmp_path, "run", "in", "--out", "out", "--json")
    assert (code, json.loads(out)["files"]) == (0, 30)
    for name, key in (("documents", "file"), ("records", "record_id"), ("tables", "table_id")):
        values = [line[key] for line in lines(tmp_path, name)]
        assert len(values) == len(set(values)) == 30
    assert len(begun(tmp_path)) <= 30 + moments * 2
    assert list((tmp_path / "out").rglob(".*")) == []


def test_kill_of_all_workers_costs_their_tasks(tmp_path: Path) -> None:
    go = tmp_path / "go"
    write_inputs(tmp_path, [f"until {go}"] * 6)
    driver = start(tmp_path, "run", "in", "--out", "out", "--workers", "2")
    wait_for(tmp_path, 2)
    for line in begun(tmp_path)[:2]:
        os.kill(int(line.split()[0]), signal.SIGKILL)
    wait_for(tmp_path, 3)  # another one is at work: the dead are known to be dead
    go.touch()
    driver.communicate(timeout=120)
    assert driver.returncode == 3
    assert sorted(line["status"] for line in lines(tmp_path, "documents")) == ["crashed"] * 2 + ["ok"] * 4


def test_every_run_has_its_log_with_run_document_and_page_bound(tmp_path: Path) -> None:
    write_inputs(tmp_path, ["pages 2", "raise 机密", "die SIGKILL"])
    for _ in range(2):
        shenbao(tmp_path, "run", "in", "--out", "out", "--workers", "1")
    logs = sorted((tmp_path / "out/logs").iterdir())
    first, second = ([json.loads(line) for line in log.read_text("utf-8").splitlines()] for log in logs)
    assert [{entry["run"] for entry in entries} for entries in (first, second)] == [{log.stem} for log in logs]
    assert all({"time", "level", "event"} <= entry.keys() for entry in first)
    about = [(entry["event"], entry.get("document"), entry.get("page")) for entry in first]
    assert about[0] == ("run-begun", None, None)
    assert [a for a in about if a[1] == "in/000.pdf"] == [
        ("document-begun", "in/000.pdf", None),
        ("page-read", "in/000.pdf", 1),
        ("page-read", "in/000.pdf", 2),
        ("document-ended", "in/000.pdf", None),
    ]
    ends = {entry["document"]: entry for entry in first if entry["event"] == "document-ended"}
    assert (ends["in/001.pdf"]["level"], ends["in/001.pdf"]["reason"]) == ("warning", "internal-error")
    (died,) = [entry for entry in first if entry["event"] == "worker-ended" and "document" in entry]
    assert (died["document"], "SIGKILL" in died["why"]) == ("in/002.pdf", True)
    assert "机密" not in logs[0].read_text("utf-8")
    assert [entry["event"] for entry in second] == ["run-begun", *["document-ended"] * 3, "run-over"]
    assert (second[-1]["state"], second[0]["files"]) == ("finished", 3)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_keeps_what_is_finished(tmp_path: Path, number: signal.Signals) -> None:
    go = tmp_path / "go"
    write_inputs(tmp_path, ["pages 3", *[f"until {go}"] * 11])
    driver = start(tmp_path, "run", "in", "--out", "out", "--workers", "2", "--json")
    wait_for(tmp_path, 3)
    driver.send_signal(number)
    until_said(driver, "Stopping: files under way")
    go.touch()
    out, err = rest_of(driver)
    closing = json.loads(out)
    assert (driver.returncode, closing["interrupted"]) == (130, True)
    assert "run the same command again" in err
    assert 3 <= closing["files"] == len(lines(tmp_path, "documents")) == len(begun(tmp_path)) < 12
    assert shenbao(tmp_path, "run", "in", "--out", "out")[0] == 0
    assert len(begun(tmp_path)) == len(lines(tmp_path, "documents")) == 12


def test_a_second_interrupt_ends_at_once(tmp_path: Path) -> None:
    write_inputs(tmp_path, ["", "sleep 600", "sleep 600"])
    (tmp_path / "patient.yaml").write_text(with_grace(300), encoding="utf-8")
    driver = start(tmp_path, "run", "in", "--out", "out", "--workers", "2", "--config", "patient.yaml")
    wait_for(tmp_path, 3)
    driver.send_signal(signal.SIGINT)
    until_said(driver, "Stopping: files under way")
    driver.send_signal(signal.SIGINT)
    begin = time.monotonic()
    rest_of(driver)
    assert time.monotonic() - begin < 100  # of 300 that the first one leaves for what is under way
    assert driver.returncode == 130
    assert [line["file"] for line in lines(tmp_path, "documents")] == ["in/000.pdf"]
    nobody_is_left(tmp_path)


def with_grace(seconds: int) -> str:
    """The settings, with so long a time for files under way after an interrupt."""
    text = (config_dir() / "pipeline.yaml").read_text(encoding="utf-8")
    changed, times = re.subn(r"interrupt_seconds: \d+", f"interrupt_seconds: {seconds}", text)
    assert times == 1
    return changed


def test_a_second_run_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    go = tmp_path / "go"
    write_inputs(tmp_path, [f"until {go}"])
    first = start(tmp_path, "run", "in", "--out", "out")
    wait_for(tmp_path, 1)
    code, out, err = shenbao(tmp_path, "run", "in", "--out", "out")
    go.touch()
    assert (code, out) == (4, "")
    assert f"process {first.pid}" in err
    first.communicate(timeout=120)
    assert first.returncode == 0
    assert len(lines(tmp_path, "documents")) == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB at out/, where this user may mount one."""
    place = tmp_path / "out"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place], check=False, stderr=subprocess.DEVNULL
    )
    if mounted.returncode != 0:
        pytest.skip("this user may not mount a small disk")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_full_disk_keeps_what_is_finished_and_the_next_run_goes_on(tmp_path: Path, small_disk: Path) -> None:
    write_inputs(tmp_path, ["pages 1"] * 12)
    filler = small_disk / "filler"
    filler.write_bytes(b"x" * 880_000)
    code, _, err = shenbao(tmp_path, "run", "in", "--out", "out", "--workers", "1")
    assert (code, "Traceback" in err) == (1, False)
    assert "out" in err
    assert 0 < len(begun(tmp_path)) < 12
    filler.unlink()
    assert shenbao(tmp_path, "run", "in", "--out", "out")[0] == 0
    assert len(lines(tmp_path, "documents")) == len(lines(tmp_path, "records")) == 12


def test_a_read_only_disk_is_said_in_one_line(tmp_path: Path, small_disk: Path) -> None:
    write_inputs(tmp_path, [""])
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    code, out, err = shenbao(tmp_path, "run", "in", "--out", "out")
    assert (code, out, len(err.splitlines())) == (1, "", 1)
    assert "cannot write in out: Read-only file system" in err
