"""The contract of every engine, against real processes that die, hang, eat, shout and lie."""

from __future__ import annotations

import os
import platform
import signal
import socket
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from batch_engines import LIMITS, OBEDIENT, MakeEngine, begun, run, statuses, when_begun, write_tasks
from hypothesis import given
from hypothesis import strategies as st

from pipeline.batch.engine import Task, WorkerRef
from pipeline.batch.local import LocalEngine
from pipeline.batch.seclude import CALLS
from pipeline.batch.wire import Frame, Kind, Unpacker, WireError, pack
from pipeline.cli.doctor import network
from pipeline.errors import ShenbaoError, UsageError


@pytest.fixture(params=["local", "ray"])
def make(request: pytest.FixtureRequest) -> MakeEngine:
    """What makes an engine of each kind."""
    return LocalEngine if request.param == "local" else request.getfixturevalue("ray_engine")


@pytest.fixture(autouse=True)
def no_worker_is_left(tmp_path: Path) -> Iterator[None]:
    """A process that was killed goes when the kernel gets to it: soon, not at once."""
    yield
    end = time.monotonic() + 20
    while left := [pid for pid, _ in begun(tmp_path) if is_worker(pid)]:
        assert time.monotonic() < end, left
        time.sleep(0.02)


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
    orders = ["", "die SIGSEGV", "", "eat 4000", "fork 600", "raise 坏", "nonsense Z", "shout 50", "die SIGKILL", ""]
    start = time.monotonic()
    outcomes = run(make, tmp_path, orders)
    assert statuses(outcomes) == [
        "ok", "crashed", "ok", "out-of-memory", "crashed", "failed", "crashed", "ok", "crashed", "ok",
    ]  # fmt: skip
    assert "SIGSEGV" in outcomes["001.txt"].report.message
    assert outcomes["005.txt"].report.message.startswith("ValueError: 坏")
    assert time.monotonic() - start < 300  # half of what the pipe is held open for by the child that was left behind


def test_what_was_said_in_good_order_counts_whatever_is_said_next(make: MakeEngine, tmp_path: Path) -> None:
    """The outcome before the nonsense is the outcome: it is neither lost nor had twice."""
    assert statuses(run(make, tmp_path, ["", "forge ok", ""], workers=1)) == ["ok"] * 3
    assert [file for _, file in begun(tmp_path)] == ["000.txt", "001.txt", "002.txt"]


@given(st.lists(st.tuples(st.sampled_from(Kind), st.binary(max_size=9)), max_size=4), st.integers(1, 40))
def test_frames_before_nonsense_are_heard(frames: list[Frame], size: int) -> None:
    """However the bytes were cut on their way."""
    sent, heard = b"".join(pack(*frame) for frame in frames) + b"Z" * 9, list[Frame]()
    pieces = [sent[at : at + size] for at in range(0, len(sent), size)]
    with pytest.raises(WireError):
        hear(Unpacker(), pieces, heard)
    assert heard == frames


def hear(unpacker: Unpacker, pieces: Iterable[bytes], heard: list[Frame]) -> None:
    for piece in pieces:
        for frame in unpacker.feed(piece):
            heard.append(frame)


def test_kill_of_a_worker_from_outside_costs_one_task(make: MakeEngine, tmp_path: Path) -> None:
    killer = when_begun(tmp_path, "001.txt", lambda pid: os.kill(pid, signal.SIGKILL))
    outcomes = run(make, tmp_path, ["", "sleep 30", "", ""])
    killer.join()
    assert statuses(outcomes) == ["ok", "crashed", "ok", "ok"]
    assert outcomes["001.txt"].report.reason == "crashed"


def test_a_stopped_worker_runs_out_of_time(make: MakeEngine, tmp_path: Path) -> None:
    """It is let go on only when it cannot any more."""
    limits, go = LIMITS.model_copy(update={"page_seconds": 2.0}), tmp_path / "go"

    def stop(pid: int) -> None:
        os.kill(pid, signal.SIGSTOP)
        go.touch()

    stopper = when_begun(tmp_path, "000.txt", stop)
    outcomes = run(make, tmp_path, [f"pages 3 until {go} pages 3", "pages 20"], limits=limits)
    stopper.join()
    assert statuses(outcomes) == ["timeout", "ok"]
    assert outcomes["000.txt"].report.reason == "page-timeout"


def test_pages_without_end_run_out_of_the_total_time(make: MakeEngine, tmp_path: Path) -> None:
    limits = LIMITS.model_copy(update={"file_seconds": 1.5})
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


def test_the_kernel_keeps_workers_off_the_network(make: MakeEngine, tmp_path: Path) -> None:
    """Libraries and programs that they start as well, where the doctor says so; and they go on."""
    (finding,) = network(tmp_path)
    held = finding.verdict == "ok"
    assert held or sys.platform != "linux" or platform.machine() not in CALLS or "no filter" in finding.found
    outcomes = run(make, tmp_path, ["dial library", "dial program", ""], workers=1)
    assert statuses(outcomes) == ["failed" if held else "ok"] * 2 + ["ok"]
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
    """None of them ends before two are under way and the run is halted."""
    go = tmp_path / "go"
    tasks = write_tasks(tmp_path, [f"until {go}"] * 6)

    def halted() -> bool:
        if len(begun(tmp_path)) >= 2:
            go.touch()
        return go.exists()

    engine = make(2, halted=halted)
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
