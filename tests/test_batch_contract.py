"""The contract of every engine, against real processes that die, hang, eat, shout and lie."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from batch_engines import LIMITS, OBEDIENT, MakeEngine, begun, run, statuses, when_begun, write_tasks

from pipeline.batch.engine import Task, WorkerRef
from pipeline.batch.local import LocalEngine
from pipeline.errors import ShenbaoError, UsageError


@pytest.fixture(params=["local", "ray"])
def make(request: pytest.FixtureRequest) -> MakeEngine:
    """What makes an engine of each kind."""
    return LocalEngine if request.param == "local" else request.getfixturevalue("ray_engine")


@pytest.fixture(autouse=True)
def no_worker_is_left(tmp_path: Path) -> Iterator[None]:
    yield
    assert [pid for pid, _ in begun(tmp_path) if is_worker(pid)] == []


def is_worker(pid: int) -> bool:
    place = Path(f"/proc/{pid}/cmdline")
    return place.exists() and b"pipeline.batch.child" in place.read_bytes()


def test_every_task_has_its_outcome_and_its_pages_are_told(make: MakeEngine, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    outcomes = run(
        make, tmp_path, ["pages 2", "", "pages 1"], on_page=lambda task, *page: told.append((task.file, *page))
    )
    assert statuses(outcomes) == ["ok"] * 3
    assert sorted(told) == [("000.txt", 1, 2), ("000.txt", 2, 2), ("002.txt", 1, 1)]
    assert b'"pages_unused": []' in outcomes["001.txt"].report.artefact


def test_whatever_happens_to_one_worker_costs_its_task_only(make: MakeEngine, tmp_path: Path) -> None:
    orders = ["", "die SIGSEGV", "", "eat 4000", "fork 5", "raise 坏", "nonsense Z", "shout 50", "die SIGKILL", ""]
    start = time.monotonic()
    outcomes = run(make, tmp_path, orders)
    assert statuses(outcomes) == [
        "ok", "crashed", "ok", "out-of-memory", "crashed", "failed", "crashed", "ok", "crashed", "ok",
    ]  # fmt: skip
    assert "SIGSEGV" in outcomes["001.txt"].report.message
    assert outcomes["005.txt"].report.message.startswith("ValueError: 坏")
    assert time.monotonic() - start < 15


def test_kill_of_a_worker_from_outside_costs_one_task(make: MakeEngine, tmp_path: Path) -> None:
    killer = when_begun(tmp_path, "001.txt", lambda pid: os.kill(pid, signal.SIGKILL))
    outcomes = run(make, tmp_path, ["", "sleep 30", "", ""])
    killer.join()
    assert statuses(outcomes) == ["ok", "crashed", "ok", "ok"]
    assert outcomes["001.txt"].report.reason == "crashed"


def test_a_stopped_worker_runs_out_of_time(make: MakeEngine, tmp_path: Path) -> None:
    limits = LIMITS.model_copy(update={"page_seconds": 0.6})
    stopper = when_begun(tmp_path, "000.txt", lambda pid: os.kill(pid, signal.SIGSTOP))
    outcomes = run(make, tmp_path, ["pages 3 sleep 0.3 pages 3", "pages 20"], limits=limits)
    stopper.join()
    assert statuses(outcomes) == ["timeout", "ok"]
    assert outcomes["000.txt"].report.reason == "page-timeout"


def test_pages_without_end_run_out_of_the_total_time(make: MakeEngine, tmp_path: Path) -> None:
    limits = LIMITS.model_copy(update={"file_seconds": 0.5})
    outcomes = run(make, tmp_path, ["pages 1000", ""], limits=limits)
    assert statuses(outcomes) == ["timeout", "ok"]
    assert outcomes["000.txt"].report.reason == "file-timeout"


def test_workers_are_replaced_after_their_number_of_files(make: MakeEngine, tmp_path: Path) -> None:
    outcomes = run(make, tmp_path, [""] * 5, workers=1, limits=LIMITS.model_copy(update={"worker_files": 2}))
    assert statuses(outcomes) == ["ok"] * 5
    assert len({pid for pid, _ in begun(tmp_path)}) == 3


def test_workers_are_kept_within_their_limits(make: MakeEngine, tmp_path: Path) -> None:
    """No network, no vast temporary files, no flood of open files: each costs its task, and the next is unharmed."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        outcomes = run(make, tmp_path, [f"connect {port}", "", "write 30", "open 200", "write 2 open 20"], workers=1)
    assert statuses(outcomes) == ["failed", "ok", "failed", "failed", "ok"]
    messages = [outcomes[file].report.message for file in sorted(outcomes)]
    assert "do not use the network" in messages[0]
    assert outcomes["002.txt"].report.reason == "no-space"
    assert "Too many open files" in messages[3]
    assert len({pid for pid, _ in begun(tmp_path)}) == 1


def test_workers_that_cannot_be_made_end_the_run_with_their_own_error(make: MakeEngine, tmp_path: Path) -> None:
    tasks = write_tasks(tmp_path, ["", ""])
    with pytest.raises(UsageError, match="no such form"):
        list(make(2).run(tasks, WorkerRef("batch_workers:make_nothing"), LIMITS))
    with pytest.raises(ShenbaoError, match="does not start"):
        list(make(1).run(tasks, WorkerRef("batch_workers:missing"), LIMITS))
    with pytest.raises(ShenbaoError, match="ended with code 7"):
        list(make(1).run(tasks, WorkerRef("batch_workers:make_death"), LIMITS))


def test_closing_the_run_ends_its_workers(make: MakeEngine, tmp_path: Path) -> None:
    tasks = write_tasks(tmp_path, ["", "sleep 60", "sleep 60"])
    outcomes = make(2).run(tasks, WorkerRef(OBEDIENT), LIMITS)
    assert next(outcomes).task.file == "000.txt"
    outcomes.close()


def test_halted_begins_nothing_new_and_ends_what_is_under_way(make: MakeEngine, tmp_path: Path) -> None:
    tasks = write_tasks(tmp_path, ["sleep 0.5"] * 6)
    engine = make(2, halted=lambda: len(begun(tmp_path)) >= 2)
    outcomes = list(engine.run(tasks, WorkerRef(OBEDIENT, {"folder": str(tmp_path)}), LIMITS))
    assert len(outcomes) == len(begun(tmp_path)) == 2


def test_tasks_are_drawn_only_as_workers_become_free(make: MakeEngine, tmp_path: Path) -> None:
    drawn = 0

    def counted() -> Iterable[Task]:
        nonlocal drawn
        for task in write_tasks(tmp_path, [""] * 12):
            drawn += 1
            yield task

    ended = 0
    for _ in make(2).run(counted(), WorkerRef(OBEDIENT), LIMITS):
        ended += 1
        assert drawn - ended <= 4
    assert ended == 12


def test_a_source_may_have_nothing_for_a_while(make: MakeEngine, tmp_path: Path) -> None:
    """The second task comes only when the first has ended, as the ranges of a long file do."""
    ended: list[str] = []

    def tasks() -> Iterator[Task | None]:
        first, second = write_tasks(tmp_path, ["sleep 0.3", ""])
        yield first
        while not ended:
            yield None
        yield second

    for outcome in make(2).run(tasks(), WorkerRef(OBEDIENT, {"folder": str(tmp_path)}), LIMITS):
        ended.append(outcome.task.file)
    assert ended == ["000.txt", "001.txt"]
