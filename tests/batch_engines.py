"""What the tests of engines share: limits, tasks with orders in them, and what their workers left to be seen."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterable
from pathlib import Path

from pipeline.batch.engine import Engine, Outcome, Task, Worker, WorkerRef
from pipeline.config import Limits

LIMITS = Limits(
    page_seconds=20,
    file_seconds=60,
    start_seconds=30,
    interrupt_seconds=1,
    worker_memory_mb=1024,
    worker_resident_mb=1024,
    worker_written_mb=16,
    worker_open_files=64,
    worker_cpu_seconds=20,
    worker_files=100,
    range_pages=25,
    lost_pages=3,
)
MakeEngine = Callable[..., Engine]
OBEDIENT = "batch_workers:make_obedient"


class Inline:
    """An engine in this process, for a worker that is made already."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self.tasks: list[Task] = []

    def run(self, tasks: Iterable[Task | None], worker: WorkerRef, limits: Limits) -> Generator[Outcome, None, None]:
        for task in tasks:
            assert task is not None
            self.tasks.append(task)
            yield Outcome(task, self._worker(task, lambda page, of: None), 0.1)


def write_tasks(folder: Path, orders: Iterable[str]) -> list[Task]:
    tasks = []
    for number, order in enumerate(orders):
        path = folder / f"{number:03}.txt"
        path.write_text(order, encoding="utf-8")
        tasks.append(Task(path.name, str(path), f"{number:064x}"))
    return tasks


def run(
    make: MakeEngine, folder: Path, orders: Iterable[str], workers: int = 2, limits: Limits = LIMITS, **options: object
) -> dict[str, Outcome]:
    """Run the orders and return the outcomes by file; each task has exactly one."""
    tasks = write_tasks(folder, orders)
    engine = make(workers, **options)
    worker = WorkerRef(OBEDIENT, {"folder": str(folder)})
    outcomes = list(engine.run(tasks, worker, limits))
    assert sorted(o.task.file for o in outcomes) == [task.file for task in tasks]
    return {outcome.task.file: outcome for outcome in outcomes}


def statuses(outcomes: dict[str, Outcome]) -> list[str]:
    return [outcomes[file].report.status for file in sorted(outcomes)]


def begun(folder: Path) -> list[tuple[int, str]]:
    """Return (pid of the worker, file) of each task in order of their beginnings; of a range with its pages."""
    log = folder / "begun"
    lines = log.read_text().split("\n")[:-1] if log.exists() else []
    return [(int(pid), what) for pid, what in (line.split(" ", 1) for line in lines)]


def when_begun(folder: Path, file: str, deed: Callable[[int], None]) -> threading.Thread:
    """Once the file has been begun, do something to the worker with this pid."""

    def wait() -> None:
        while not (pids := [pid for pid, name in begun(folder) if name == file]):
            time.sleep(0.01)
        time.sleep(0.05)
        deed(pids[0])

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    return thread
