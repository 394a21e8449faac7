"""What archives do to a run: files that change under it, hostile names, a death at any step, thousands of inputs."""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

import pytest
from batch_drive import SLOW, shenbao, start, write_inputs
from pdf_makers import draw, ruled_table
from reportlab.pdfgen.canvas import Canvas

from pipeline.batch import extraction
from pipeline.batch.engine import Note, Outcome, Report, Task, Worker, WorkerRef
from pipeline.batch.job import run_job
from pipeline.batch.journal import Journal, log_file
from pipeline.batch.ledger import open_ledger
from pipeline.batch.listen import Begun, Ended, Listener
from pipeline.batch.local import LocalEngine
from pipeline.batch.plan import Job
from pipeline.batch.sources import expand_sources, sha256_of
from pipeline.config import Limits, load_settings
from pipeline.tools import Tools
from pipeline.trace import staged, stages_told_to

NAMES = ("records", "documents", "tables")


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    text = (folder / f"{name}.jsonl").read_bytes().decode("utf-8")
    assert text == "" or text.endswith("\n")
    return [json.loads(line) for line in text.split("\n")[:-1]]


@pytest.mark.parametrize(("files", "stride"), [(1, 4), pytest.param(4, 1, marks=SLOW)])
def test_death_of_the_driver_at_any_step_of_writing_loses_nothing(tmp_path: Path, files: int, stride: int) -> None:
    """One run after another in one folder, each killed a step of writing later than the one before, until one ends."""
    write_inputs(tmp_path, [""] * files)
    whole = dict.fromkeys(NAMES, b"")
    deaths = 0
    while True:
        driver = start(tmp_path, "run", "in", "--out", "out", extra={"SHENBAO_TEST_DIE_AT": str(deaths * stride + 1)})
        driver.communicate(timeout=120)
        if driver.returncode == 0:
            break
        deaths += 1
        assert driver.returncode == -9
        for name in NAMES:
            file = tmp_path / f"out/{name}.jsonl"
            whole[name] = file.read_bytes() if file.exists() else whole[name]
            assert all(json.loads(line) for line in whole[name].splitlines())
    assert deaths * stride >= 20
    assert [line["status"] for line in lines(tmp_path / "out", "documents")] == ["ok"] * files
    assert len(lines(tmp_path / "out", "records")) == files
    assert list((tmp_path / "out").rglob(".*")) == []


def test_what_happens_to_a_file_while_it_is_read_is_not_final(tmp_path: Path) -> None:
    """A failure over bytes that are gone says nothing about the bytes: the next run reads the file anew."""
    write_inputs(tmp_path, [""] * 5)
    places = [tmp_path / f"in/{number:03}.pdf" for number in range(5)]
    deeds = ["rest 0", "alter {} raise X", "vanish {} raise X", "alter {} die SIGKILL", "raise X"]
    for place, deed in zip(places, deeds, strict=True):
        place.write_text(deed.format(place))
    assert shenbao(tmp_path, "run", *map(str, places), "--out", "out")[0] == 3
    documents = lines(tmp_path / "out", "documents")
    assert [line["reason"] for line in documents] == [None, "changed", "unreadable", "changed", "internal-error"]
    assert [line["sha256"] is None for line in documents] == [False, True, True, True, False]
    for place in places[1:4]:
        place.write_text(f"rest {place.stem}")
    assert shenbao(tmp_path, "run", *map(str, places), "--out", "out")[0] == 3
    documents = lines(tmp_path / "out", "documents")
    assert [line["status"] for line in documents] == ["ok", "ok", "ok", "ok", "failed"]


@pytest.fixture
def reader(tools: Tools, monkeypatch: pytest.MonkeyPatch) -> Worker:
    """The worker that reads documents, in this process."""
    monkeypatch.setattr(extraction, "load_tools", lambda settings, form: tools)
    return extraction.make_extractor(tools.settings.model_dump(mode="json"), "auto")


def sheet(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 11)
    ruled_table(canvas, [80.0, 200.0, 480.0], [500.0, 560.0, 620.0, 680.0])


def task_of(path: Path) -> Task:
    return Task(path.name, str(path), sha256_of(path))


def test_the_reader_notices_bytes_that_change_between_two_pages(reader: Worker, tmp_path: Path) -> None:
    path = draw(tmp_path / "a.pdf", sheet, sheet)
    task, content = task_of(path), path.read_bytes()
    assert reader(task, lambda done, of: None).status == "ok"
    changed = reader(task, lambda done, of: path.write_bytes(content + b"\n") and None)
    assert (changed.reason, changed.artefact) == ("changed", b"")
    assert reader(task, lambda done, of: None).reason == "changed"
    path.write_bytes(content)
    assert reader(task, lambda done, of: path.unlink(missing_ok=True)).reason == "unreadable"
    assert reader(task, lambda done, of: None).reason == "unreadable"


def test_no_name_leads_out_of_the_job_folder(tmp_path: Path) -> None:
    """Names of every kind: each file has its line under its own name, and nothing is written but in the job folder."""
    place = tmp_path / "deep" / "in"
    names = [
        "申报表 2024年度.pdf", "é.pdf", "e\u0301.pdf", "\u202egpj.pdf", "年" * 83 + "ab.pdf", "a\nb.pdf", "-rf.pdf",
        "a..pdf", "%2e%2e%2fx.pdf", "a;b|c&d.pdf", "C:\\temp\\x.pdf", "~root.pdf", "nul.pdf",
    ]  # fmt: skip
    place.mkdir(parents=True)
    for number, name in enumerate(names):
        (place / name).write_text(f"rest {number}", encoding="utf-8")
    Path(os.fsdecode(os.fsencode(place) + b"/\xff\xfe.pdf")).write_text("rest raw")
    secret = tmp_path / "secret.pdf"
    secret.write_text("rest secret")
    (place / "out.pdf").symlink_to(secret)
    (place / "up").symlink_to("..")
    before = {path for path in tmp_path.rglob("*") if "out" not in path.parts}
    code, _, err = shenbao(tmp_path, "run", "deep/../deep/in", "--out", "deep/../out", "--keep")
    assert (code, "Traceback" in err) == (0, False)
    documents = lines(tmp_path / "out", "documents")
    found = {line["file"].removeprefix("deep/../deep/in/") for line in documents}
    assert found == {*names, "\\xff\\xfe.pdf"}
    assert [line["file"] for line in documents] == sorted(line["file"] for line in documents)
    assert {path for path in tmp_path.rglob("*") if "out" not in path.parts} == before | {tmp_path / "begun"}
    assert len(lines(tmp_path / "out", "records")) == len(names) + 1


class Meter(Listener):
    """Listens to a run and notes the memory of this process on the way."""

    def __init__(self, every: int) -> None:
        self._every, self._ends = every, 0
        self.memory: list[float] = []

    def ended(self, ended: Ended) -> None:
        self._ends += 1
        if self._ends % self._every == 0:
            self.memory.append(int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"))


@pytest.mark.parametrize("files", [1000, pytest.param(10_000, marks=SLOW)])
def test_thousands_of_inputs_leave_the_driver_small_and_in_order(tmp_path: Path, files: int) -> None:
    (tmp_path / "in").mkdir()
    for number in range(files):
        (tmp_path / f"in/{number * 7919 % files:05}.pdf").write_text(f"rest {number}")
    out, meter = tmp_path / "out", Meter(files // 5)
    job = Job(expand_sources([tmp_path / "in"], out), out, load_settings())
    ends = run_job(job, LocalEngine(2), WorkerRef("batch_workers:make_obedient"), meter)
    assert [ended.status for ended in ends] == ["ok"] * files
    per_file = (meter.memory[-1] - meter.memory[0] - (2 << 20)) / files
    assert per_file < 1024  # bytes; names and ends of inputs are kept, what was read is not
    documents = [Path(line["file"]).name for line in lines(out, "documents")]
    assert documents == [f"{number:05}.pdf" for number in range(files)]
    assert len({line["record_id"] for line in lines(out, "records")}) == files


class OneByOne:
    """An engine without processes that gives every task the same report."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def run(self, tasks: Iterable[Task], worker: WorkerRef, limits: Limits) -> Generator[Outcome, None, None]:
        for task in tasks:
            yield Outcome(task, self._report, 0.0)


@pytest.mark.parametrize(("reason", "final"), [("changed", False), ("no-space", False), ("damaged", True)])
def test_failures_of_the_moment_are_tried_again(tmp_path: Path, reason: str, final: bool) -> None:
    write_inputs(tmp_path, [""])
    job = Job(expand_sources([tmp_path / "in"], tmp_path / "out"), tmp_path / "out", load_settings())
    fresh = [
        run_job(job, OneByOne(Report("failed", reason, "why")), WorkerRef(""), Meter(9))[0].fresh for _ in range(2)
    ]
    assert fresh == [True, not final]


def test_a_stage_that_breaks_is_named_in_the_log_and_its_words_are_not(tmp_path: Path) -> None:
    told: list[tuple[str, float, str | None]] = []

    def breaks(what: str) -> None:
        raise ValueError(what)

    with stages_told_to(lambda *stage: told.append(stage)), pytest.raises(ValueError, match="机密"):
        staged("detect", breaks, "机密")
    staged("read", str, 1)
    assert [(stage, error) for stage, _, error in told] == [("detect", "ValueError")]
    journal = Journal("1.0")
    with open_ledger(tmp_path) as ledger:
        journal.begun(Begun("r1", tmp_path, 1, "f", ledger))
        journal.note(Note("page-read", 7, "in/a.pdf", page=3, stages=tuple(told)))
        journal.ended(Ended("in/a.pdf", "failed", "page-failed", "机密"))
        journal.over("finished")
    (failed,) = [line for line in lines(tmp_path / "logs", "r1") if line["level"] == "error"]
    assert {key: failed[key] for key in ("run", "document", "page", "stage", "error")} == {
        "run": "r1",
        "document": "in/a.pdf",
        "page": 3,
        "stage": "detect",
        "error": "ValueError",
    }
    assert "机密" not in log_file(tmp_path, "r1").read_text("utf-8")
