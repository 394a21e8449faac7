"""Long files, read in ranges of pages by several workers: the same result, one outcome, nothing read twice."""

from __future__ import annotations

import json
import random
import time
import zlib
from collections.abc import Callable, Generator, Iterable
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from batch_drive import shenbao, start, write_inputs
from batch_engines import LIMITS, OBEDIENT, Inline, begun, statuses, write_tasks
from golden_json import decode, read_golden
from hypothesis import given
from hypothesis import strategies as st
from pdf_makers import A4, draw, edit, ruled_table
from pikepdf import Array, Pdf
from reportlab.pdfgen.canvas import Canvas

from pipeline.batch import extraction
from pipeline.batch.engine import Outcome, Report, Task, WorkerRef
from pipeline.batch.job import run_job, worker_of
from pipeline.batch.listen import Listener
from pipeline.batch.local import LocalEngine
from pipeline.batch.parts import PARTS, PartStore
from pipeline.batch.plan import Job
from pipeline.batch.ranges import RangedEngine, ranges_of
from pipeline.batch.readings import PartError, pack_part, unpack_part
from pipeline.batch.sources import SourceFile
from pipeline.batch.standing import StandingEngine
from pipeline.config import Limits, load_settings
from pipeline.geometry import Chain, Transform
from pipeline.model import Note, PageReading, Source, UnusedPage
from pipeline.stages.upright.bend import Bend, Bow
from pipeline.stages.upright.spread import Gutter, Stack
from pipeline.tools import Tools

SAMPLES = Path(__file__).resolve().parent.parent / "sample_docs"
NAMES = ("records", "documents", "tables")
CUT = LIMITS.model_copy(update={"range_pages": 3})
SOURCE = Source("a.pdf", Path("a.pdf"), "0" * 64, "pdf", 6)
Reader = Callable[[Path, str, int], Inline]


def job_of(path: Path, out: Path, size: int) -> Job:
    """A job of one file that is read in ranges of so many pages."""
    settings = load_settings()
    limits = settings.limits.model_copy(update={"range_pages": size})
    return Job((SourceFile(path.name, path),), out, settings.model_copy(update={"limits": limits}))


@pytest.fixture
def read(tools: Tools, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Reader:
    """Read a file in this process into a folder of this name, in ranges of so many pages."""

    def read(path: Path, out: str, size: int) -> Inline:
        job = job_of(path, tmp_path / out, size)
        monkeypatch.setattr(extraction, "load_tools", lambda settings, form: replace(tools, settings=settings))
        engine = Inline(extraction.make_extractor(job.settings.model_dump(mode="json"), "auto"))
        run_job(job, engine, WorkerRef(""), Listener())
        return engine

    return read


def written(out: Path) -> dict[str, bytes]:
    return {name: (out / f"{name}.jsonl").read_bytes() for name in NAMES}


def sheet(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 11)
    ruled_table(canvas, [80.0, 200.0, 480.0], [500.0, 560.0, 620.0, 680.0])


def break_page(pdf: Pdf, number: int) -> None:
    pdf.pages[number].MediaBox = Array([0, 0, A4[0] * 100, A4[1] * 100])


def test_a_file_read_in_ranges_is_the_file_read_whole(read: Reader, tmp_path: Path) -> None:
    """Records of this file run over its pages, so ranges of one page and of three cut some of them."""
    path = SAMPLES / "declarations.pdf"
    tasks = {size: read(path, str(size), size).tasks for size in (6, 3, 1)}
    assert {size: len(done) for size, done in tasks.items()} == {6: 1, 3: 1 + 2 + 1, 1: 1 + 6 + 1}
    assert len(written(tmp_path / "6")["records"].splitlines()) > 1
    assert written(tmp_path / "6") == written(tmp_path / "3") == written(tmp_path / "1")
    assert list((tmp_path / "1" / PARTS).iterdir()) == []


def test_processes_share_a_file_out_and_give_the_same_bytes(read: Reader, tmp_path: Path) -> None:
    path = SAMPLES / "declarations.pdf"
    read(path, "whole", 6)
    for workers, size in ((1, 3), (2, 1)):
        job = job_of(path, tmp_path / str(workers), size)
        (ended,) = run_job(job, LocalEngine(workers), worker_of(job), Listener())
        assert (ended.pages, written(job.out)) == (6, written(tmp_path / "whole"))


def test_one_bad_page_of_fifty_costs_one_page(read: Reader, tmp_path: Path) -> None:
    path = edit(draw(tmp_path / "a.pdf", *[sheet] * 50), lambda pdf: break_page(pdf, 16))
    assert [task.pages for task in read(path, "out", 25).tasks] == [None, (0, 25), (25, 50), None]
    (document,) = map(json.loads, written(tmp_path / "out")["documents"].splitlines())
    assert (document["status"], document["reason"], document["pages"]) == ("review", "page-failed", 50)
    assert "page 17: " in document["message"]
    tables = map(json.loads, written(tmp_path / "out")["tables"].splitlines())
    assert {table["page"] for table in tables} == set(range(1, 51)) - {17}
    assert [page["page"] for page in document["pages_unused"] if "page-failed" in page["reason"]] == [17]


def test_parts_that_were_damaged_are_read_again_by_the_next_run(read: Reader, tmp_path: Path) -> None:
    path, job = SAMPLES / "declarations.pdf", job_of(SAMPLES / "declarations.pdf", tmp_path / "out", 3)
    engine = read(path, "fine", 3)
    first = next(task for task in engine.tasks if task.pages == (0, 3))

    def spoilt(task: Task, on_page: object) -> Report:
        if task.parts:
            Path(task.parts[0]).write_bytes(b"spoilt")
        return engine._worker(task, lambda page, of: None)

    (ended,) = run_job(job, Inline(spoilt), WorkerRef(""), Listener())
    assert (ended.status, ended.reason) == ("failed", "parts-damaged")
    (ended,) = run_job(job, engine, WorkerRef(""), Listener())
    assert engine.tasks.count(first) == 2
    assert written(tmp_path / "out") == written(tmp_path / "fine")


def run_long(folder: Path, orders: Iterable[str], limits: Limits = CUT, workers: int = 2) -> dict[str, Outcome]:
    """Run the orders as long files and return the outcomes by file; each file has exactly one."""
    tasks = write_tasks(folder, orders)
    engine = RangedEngine(LocalEngine(workers), PartStore(folder / "out", "f" * 64))
    outcomes = list(engine.run(tasks, WorkerRef(OBEDIENT, {"folder": str(folder)}), limits))
    assert sorted(outcome.task.file for outcome in outcomes) == [task.file for task in tasks]
    return {outcome.task.file: outcome for outcome in outcomes}


def joined(outcome: Outcome) -> str:
    return str(json.loads(outcome.report.artefact)["records"][0]["data"]["text"])


def test_one_long_file_fills_all_workers(tmp_path: Path) -> None:
    """The first range waits for the second one: another worker has to be at it."""
    met = tmp_path / "met"
    outcomes = run_long(tmp_path, [f"long 10 each sleep:0.2 at0 until:{met} at3 alter:{met}", ""])
    assert joined(outcomes["000.txt"]) == "0 1 2 3 4 5 6 7 8 9 []"
    assert outcomes["000.txt"].seconds > 2.0
    ranges = {what: pid for pid, what in begun(tmp_path) if "-" in what}
    assert list(ranges) == [f"000.txt {pages}" for pages in ("0-3", "3-6", "6-9", "9-10")]
    assert len(set(ranges.values())) == 2


def test_a_page_that_kills_its_worker_costs_that_page(tmp_path: Path) -> None:
    outcomes = run_long(tmp_path, ["long 10 at7 die:SIGKILL", "long 4 at0 die:SIGSEGV"])
    assert statuses(outcomes) == ["review", "review"]
    assert joined(outcomes["000.txt"]) == "0 1 2 3 4 5 6 8 9 [7]"
    assert joined(outcomes["001.txt"]) == "1 2 3 [0]"


def test_a_file_whose_pages_kill_one_worker_after_another_is_given_up(tmp_path: Path) -> None:
    outcomes = run_long(tmp_path, ["long 50 each die:SIGKILL", "long 7"], CUT.model_copy(update={"lost_pages": 1}))
    assert statuses(outcomes) == ["crashed", "ok"]
    assert sum(what.startswith("000.txt ") for _, what in begun(tmp_path)) < 10


def test_all_ranges_of_a_file_together_have_its_time_and_the_next_run_goes_on_from_them(tmp_path: Path) -> None:
    """A range takes 1.2 s, two of them more than they may."""
    limits = CUT.model_copy(update={"file_seconds": 2.0})
    ends = []
    while ends[-1:] != ["ok"] and len(ends) < 9:
        (outcome,) = run_long(tmp_path, ["long 9 each sleep:0.4"], limits, workers=1).values()
        ends.append(outcome.report.status)
        assert outcome.report.reason == ("file-timeout" if ends[-1] == "timeout" else None)
    assert "timeout" in ends
    assert joined(outcome) == "0 1 2 3 4 5 6 7 8 []"
    ranges = [what for _, what in begun(tmp_path) if "-" in what]
    assert sorted(ranges) == [f"000.txt {pages}" for pages in ("0-3", "3-6", "6-9")]


def test_joining_may_take_as_long_as_its_ranges_are_many(tmp_path: Path) -> None:
    """Four ranges have four times the silence of a page, and one has that of one page."""
    limits = CUT.model_copy(update={"page_seconds": 1.0})
    outcomes = run_long(tmp_path, ["long 12 join 2.0", "long 3 join 2.0"], limits)
    assert statuses(outcomes) == ["ok", "timeout"]
    assert outcomes["001.txt"].report.reason == "page-timeout"


def test_a_file_that_turns_bad_in_the_middle_has_one_end(tmp_path: Path) -> None:
    outcomes = run_long(tmp_path, ["long 30 at4 raise:X each sleep:0.02", "long 5"])
    assert statuses(outcomes) == ["failed", "ok"]
    assert sum(what.startswith("000.txt ") for _, what in begun(tmp_path)) < 6


def test_ranges_that_were_read_are_not_read_again_after_a_kill(tmp_path: Path) -> None:
    go = tmp_path / "go"
    write_inputs(tmp_path, [f"long 75 at50 until:{go}"])  # three ranges; the last one does not end
    driver = start(tmp_path, "run", "in", "--out", "out", "--workers", "1")
    parts = tmp_path / "out" / PARTS
    end = time.monotonic() + 60
    while len(list(parts.rglob("*.part"))) < 2 and time.monotonic() < end:
        time.sleep(0.01)
    driver.kill()
    driver.communicate()
    go.touch()
    kept = {path.stem for path in parts.rglob("*.part")}
    assert len(kept) == 2
    before = len(begun(tmp_path))
    code, out, _ = shenbao(tmp_path, "run", "in", "--out", "out", "--json")
    assert (code, json.loads(out)["files"], json.loads(out)["pages"]) == (0, 1, 75)
    again = [what.split()[1:] for _, what in begun(tmp_path)[before:]]
    assert again == [[], ["50-75"], ["join"]]
    (record,) = map(json.loads, (tmp_path / "out/records.jsonl").read_text().splitlines())
    assert record["data"]["text"] == "".join(f"{page} " for page in range(75)) + "[]"
    assert list(parts.iterdir()) == []


def test_progress_counts_each_page_of_a_long_file_once(tmp_path: Path) -> None:
    write_inputs(tmp_path, ["long 60", "pages 2"])
    shenbao(tmp_path, "run", "in", "--out", "out", "--workers", "2")
    entries = [json.loads(line) for line in next((tmp_path / "out/logs").iterdir()).read_text("utf-8").splitlines()]
    pages = [entry["page"] for entry in entries if entry["event"] == "page-read" and "000" in entry["document"]]
    assert sorted(pages) == list(range(1, 61))
    code, out, _ = shenbao(tmp_path, "status", "out", "--json")
    assert (code, json.loads(out)["pages"]) == (0, 61)


@given(st.integers(0, 200), st.integers(1, 50))
def test_ranges_hold_each_page_once_and_in_order(pages: int, size: int) -> None:
    ranges = list(ranges_of(pages, size))
    assert [page for begin, end in ranges for page in range(begin, end)] == list(range(pages))
    assert all(0 < end - begin <= size for begin, end in ranges)


class Dice:
    """An engine that ends one of the tasks under way at random, in a random manner."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)

    def run(self, tasks: Iterable[Task | None], worker: WorkerRef, limits: Limits) -> Generator[Outcome, None, None]:
        source, under_way, more = iter(tasks), [], True
        while under_way or more:
            while more and len(under_way) < 4:
                try:
                    task = next(source)
                except StopIteration:
                    more = False
                    break
                if task is None:
                    assert under_way, "nothing is under way, and nothing comes"
                    break
                under_way.append(task)
            if under_way:
                yield self._end(under_way.pop(self._dice.randrange(len(under_way))))

    def _end(self, task: Task) -> Outcome:
        good = "long" if task.is_whole else "part" if task.pages else "ok"
        status = self._dice.choice([good] * 12 + ["crashed", "timeout", "failed", "out-of-memory"])
        return Outcome(task, Report(status, pages=20, artefact=b"x"), 0.0)


@pytest.mark.parametrize("seed", range(12))
def test_whatever_happens_to_its_parts_a_file_ends_once(tmp_path: Path, seed: int) -> None:
    tasks = [Task(f"{number}.pdf", "", f"{number:064x}") for number in range(5)]
    engine = RangedEngine(Dice(seed), PartStore(tmp_path, "f" * 64))
    outcomes = list(engine.run(tasks, WorkerRef(""), CUT))
    assert sorted(outcome.task.file for outcome in outcomes) == [task.file for task in tasks]
    assert all(outcome.task.is_whole and outcome.report.status not in ("long", "part") for outcome in outcomes)


def test_parts_of_other_settings_are_dropped(tmp_path: Path) -> None:
    task = Task("a.pdf", "", "0" * 64, pages=(0, 3))
    old, new = (PartStore(tmp_path, letter * 64) for letter in "ab")
    old.write(task, b"old")
    assert new.known(task, [(0, 3)]) == {}
    place = new.write(task, b"new")
    new.tidy()
    assert [str(path) for path in (tmp_path / PARTS).rglob("*.part")] == [place]


BOW = Bow(0, ((0.0, 900.5), (0.1, 1 / 3)), ((0.0, 1e-17), (2.5, -0.0)))
MAPS = (
    Transform.scale(0.1, 1 / 3),
    Chain((Bend((BOW,)), Transform.shift(1e300, 5e-324))),
    Bend((BOW,)).inverse(),
    Stack(7.1, Bend(()), Chain(()), Gutter(0.1, -0.2)).inverse(),
)


@pytest.mark.parametrize("document", ["declarations", "declarations_scan"])
def test_readings_travel_without_a_change(document: str) -> None:
    pages = decode(read_golden(document, "readings"))
    assert any(cell.lines for page in pages for grid in page.grids for cell in grid.cells)
    notes = (Note("active-content", None, "坏"), Note("drawn-coarser", 3, ""))
    changed = [replace(page, to_file=plane, notes=notes) for page, plane in zip(pages, (*MAPS, *MAPS), strict=False)]
    lost = UnusedPage(3, "page-failed: \ud800 \u0000 坏")
    part = unpack_part(pack_part(SOURCE, (*pages, *changed, lost)))
    assert (part.kind, part.n_pages) == ("pdf", 6)
    assert repr(part.pages) == repr((*pages, *changed, lost))
    assert {type(leaf) for leaf in leaves(part.pages)} <= {str, int, float, bool, type(None)}


def leaves(value: Any) -> Iterable[Any]:
    if is_dataclass(value):
        value = tuple(getattr(value, field.name) for field in fields(value))
    if isinstance(value, tuple):
        return (leaf for item in value for leaf in leaves(item))
    return [value]


@given(st.data())
def test_bytes_that_are_no_part_are_refused(data: st.DataObject) -> None:
    page = PageReading(0, (1.0, 2.0), "pt", (1.0, 2.0), Transform.identity(), (), ())
    packed = pack_part(SOURCE, [page])
    at = data.draw(st.integers(0, len(packed) - 1))
    spoilt = bytes([*packed[:at], packed[at] ^ data.draw(st.integers(1, 255)), *packed[at + 1 :]])
    with pytest.raises(PartError):
        unpack_part(data.draw(st.sampled_from([spoilt, packed[:at], data.draw(st.binary(max_size=30))])))
    for wrong in ('["pdf",1,[["Path","/etc"]]]', '["pdf",true,[]]', '["tif",1,[]]', '["pdf",1]', "{}", "null"):
        with pytest.raises(PartError):
            unpack_part(zlib.compress(wrong.encode()))


def test_workers_that_stay_read_long_files_too_and_nothing_of_a_run_that_was_left(tmp_path: Path) -> None:
    standing = StandingEngine(LocalEngine(2))
    tasks = write_tasks(tmp_path, ["long 7", "", "sleep 60"])
    worker = WorkerRef(OBEDIENT, {"folder": str(tmp_path)})
    store = PartStore(tmp_path / "out", "f" * 64)
    for _ in range(2):
        assert len(list(RangedEngine(standing, store).run(tasks[:2], worker, CUT))) == 2
    assert list(standing.run([], worker, CUT)) == []
    assert len({pid for pid, _ in begun(tmp_path)}) <= 2
    left = standing.run(tasks[1:], worker, CUT)
    assert next(left).task.file == "001.txt"
    left.close()
    assert [outcome.task.file for outcome in standing.run(tasks[1:2], worker, CUT)] == ["001.txt"]
    standing.close()
