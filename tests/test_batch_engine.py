"""The engine against real processes that die, hang, eat, shout and lie."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from batch_engines import LIMITS, begun, statuses, when_begun, write_tasks

from pipeline.batch.engine import Outcome, Task, WorkerRef
from pipeline.batch.local import LocalEngine
from pipeline.config import Limits
from pipeline.errors import ShenbaoError, UsageError


def run(
    folder: Path, orders: Iterable[str], workers: int = 2, limits: Limits = LIMITS, **options: object
) -> dict[str, Outcome]:
    """Run the orders and return the outcomes by file; each task has exactly one."""
    tasks = write_tasks(folder, orders)
    engine = LocalEngine(workers, **options)  # type: ignore[arg-type]
    worker = WorkerRef("batch_workers:make_obedient", {"folder": str(folder)})
    outcomes = list(engine.run(tasks, worker, limits))
    assert sorted(o.task.file for o in outcomes) == [task.file for task in tasks]
    return {outcome.task.file: outcome for outcome in outcomes}


def children() -> list[int]:
    """Return the living workers that this process has started."""
    stats = [(path, path.read_text().rpartition(")")[2].split()) for path in Path("/proc").glob("[0-9]*/stat")]
    ours = [path.parent for path, stat in stats if stat[1] == str(os.getpid()) and stat[0] != "Z"]
    return [int(place.name) for place in ours if b"pipeline.batch.child" in (place / "cmdline").read_bytes()]


def test_every_task_has_its_outcome_and_its_pages_are_told(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    outcomes = run(tmp_path, ["pages 2", "", "pages 1"], on_page=lambda task, *page: told.append((task.file, *page)))
    assert statuses(outcomes) == ["ok"] * 3
    assert sorted(told) == [("000.txt", 1, 2), ("000.txt", 2, 2), ("002.txt", 1, 1)]
    assert b'"pages_unused": []' in outcomes["001.txt"].report.artefact
    assert children() == []


def test_fewer_tasks_than_workers_start_fewer_processes(tmp_path: Path) -> None:
    run(tmp_path, ["sleep 0.1"], workers=4)
    assert len({pid for pid, _ in begun(tmp_path)}) == 1


def test_whatever_happens_to_one_worker_costs_its_task_only(tmp_path: Path) -> None:
    orders = ["", "die SIGSEGV", "", "eat 4000", "fork 5", "raise 坏", "nonsense Z", "shout 50", "die SIGKILL", ""]
    start = time.monotonic()
    outcomes = run(tmp_path, orders)
    assert statuses(outcomes) == [
        "ok", "crashed", "ok", "out-of-memory", "crashed", "failed", "crashed", "ok", "crashed", "ok",
    ]  # fmt: skip
    assert "SIGSEGV" in outcomes["001.txt"].report.message
    assert outcomes["005.txt"].report.message.startswith("ValueError: 坏")
    assert time.monotonic() - start < 15


def test_kill_of_a_worker_from_outside_costs_one_task(tmp_path: Path) -> None:
    killer = when_begun(tmp_path, "001.txt", signal.SIGKILL)
    outcomes = run(tmp_path, ["", "sleep 30", "", ""])
    killer.join()
    assert statuses(outcomes) == ["ok", "crashed", "ok", "ok"]
    assert outcomes["001.txt"].report.reason == "crashed"


def test_a_stopped_worker_runs_out_of_time(tmp_path: Path) -> None:
    limits = LIMITS.model_copy(update={"page_seconds": 0.6})
    stopper = when_begun(tmp_path, "000.txt", signal.SIGSTOP)
    outcomes = run(tmp_path, ["pages 3 sleep 0.3 pages 3", "pages 20"], limits=limits)
    stopper.join()
    assert statuses(outcomes) == ["timeout", "ok"]
    assert outcomes["000.txt"].report.reason == "page-timeout"
    assert children() == []


def test_pages_without_end_run_out_of_the_total_time(tmp_path: Path) -> None:
    limits = LIMITS.model_copy(update={"file_seconds": 0.5})
    outcomes = run(tmp_path, ["pages 1000", ""], limits=limits)
    assert statuses(outcomes) == ["timeout", "ok"]
    assert outcomes["000.txt"].report.reason == "file-timeout"


def test_work_without_end_is_stopped_by_the_kernel(tmp_path: Path) -> None:
    """Pages begin the count anew, and a wait costs nothing."""
    limits = LIMITS.model_copy(update={"worker_cpu_seconds": 1})
    outcomes = run(
        tmp_path, ["spin 60", "", "spin 0.8 pages 1 spin 0.8 pages 1 spin 0.8 sleep 1"], workers=1, limits=limits
    )
    assert statuses(outcomes) == ["timeout", "ok", "ok"]
    assert outcomes["000.txt"].report.reason == "cpu-timeout"
    assert outcomes["000.txt"].seconds < 10


def test_workers_are_replaced_after_their_number_of_files(tmp_path: Path) -> None:
    outcomes = run(tmp_path, [""] * 5, workers=1, limits=LIMITS.model_copy(update={"worker_files": 2}))
    assert statuses(outcomes) == ["ok"] * 5
    assert len({pid for pid, _ in begun(tmp_path)}) == 3


def test_a_worker_that_has_grown_is_replaced(tmp_path: Path) -> None:
    limits = LIMITS.model_copy(update={"worker_resident_mb": 150})
    outcomes = run(tmp_path, ["", "", "grow 200", "", ""], workers=1, limits=limits)
    assert statuses(outcomes) == ["ok"] * 5
    pids = [pid for pid, _ in begun(tmp_path)]
    assert pids[0] == pids[1] == pids[2] != pids[3] == pids[4]


def test_workers_are_kept_within_their_limits(tmp_path: Path) -> None:
    """No network, no vast temporary files, no flood of open files: each costs its task, and the next is unharmed."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        outcomes = run(tmp_path, [f"connect {port}", "", "write 30", "open 200", "write 2 open 20"], workers=1)
    assert statuses(outcomes) == ["failed", "ok", "failed", "failed", "ok"]
    messages = [outcomes[file].report.message for file in sorted(outcomes)]
    assert "do not use the network" in messages[0]
    assert outcomes["002.txt"].report.reason == "no-space"
    assert "Too many open files" in messages[3]
    assert len({pid for pid, _ in begun(tmp_path)}) == 1


def test_what_a_dead_worker_left_behind_is_cleared_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "tmp"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    assert statuses(run(tmp_path, ["litter big", "pages 1"])) == ["crashed", "ok"]
    assert list(place.iterdir()) == []


def test_a_file_left_behind_by_name_is_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('imported from the working folder')")
    monkeypatch.chdir(tmp_path)
    assert statuses(run(tmp_path, [""])) == ["ok"]


def test_workers_that_cannot_be_made_end_the_run_with_their_own_error(tmp_path: Path) -> None:
    tasks = write_tasks(tmp_path, ["", ""])
    with pytest.raises(UsageError, match="no such form"):
        list(LocalEngine(2).run(tasks, WorkerRef("batch_workers:make_nothing"), LIMITS))
    with pytest.raises(ShenbaoError, match="does not start"):
        list(LocalEngine(1).run(tasks, WorkerRef("batch_workers:missing"), LIMITS))
    with pytest.raises(ShenbaoError, match="ended with code 7"):
        list(LocalEngine(1).run(tasks, WorkerRef("batch_workers:make_death"), LIMITS))
    assert children() == []


def test_closing_the_run_ends_its_workers(tmp_path: Path) -> None:
    tasks = write_tasks(tmp_path, ["", "sleep 60", "sleep 60"])
    outcomes = LocalEngine(2).run(tasks, WorkerRef("batch_workers:make_obedient"), LIMITS)
    assert next(outcomes).task.file == "000.txt"
    outcomes.close()
    assert children() == []


def test_halted_begins_nothing_new_and_ends_what_is_under_way(tmp_path: Path) -> None:
    tasks = write_tasks(tmp_path, ["sleep 0.5"] * 6)
    engine = LocalEngine(2, halted=lambda: len(begun(tmp_path)) >= 2)
    outcomes = list(engine.run(tasks, WorkerRef("batch_workers:make_obedient", {"folder": str(tmp_path)}), LIMITS))
    assert len(outcomes) == len(begun(tmp_path)) == 2


def test_tasks_are_drawn_only_as_workers_become_free(tmp_path: Path) -> None:
    drawn = 0

    def counted() -> Iterable[Task]:
        nonlocal drawn
        for task in write_tasks(tmp_path, [""] * 12):
            drawn += 1
            yield task

    ended = 0
    for _ in LocalEngine(2).run(counted(), WorkerRef("batch_workers:make_obedient"), LIMITS):
        ended += 1
        assert drawn - ended <= 4
    assert ended == 12
