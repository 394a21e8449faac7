"""LocalEngine: supervised child processes on this machine, one task, one model and one thread each.

A child that dies, hangs or eats too much memory costs the task it had taken and nothing else: it is killed with
everything it started, and another one takes its place.
"""

from __future__ import annotations

import selectors
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.batch.crew import MAX_STARTS, TICK_SECONDS, Crew, CrewedEngine, OnNote, OnTaskPage
from pipeline.batch.engine import (
    CPU_TIMEOUT,
    FILE_TIMEOUT,
    PAGE_TIMEOUT,
    Note,
    Outcome,
    Report,
    Task,
    WorkerRef,
    crash_report,
    file_timeout,
)
from pipeline.batch.process import Fatal, PageDone, Process, Started
from pipeline.batch.scratch import sweep
from pipeline.config import Limits
from pipeline.errors import EXIT_USAGE, ShenbaoError, UsageError


class LocalEngine(CrewedEngine):
    """Engine on this machine. Satisfies the Engine protocol."""

    @contextmanager
    def _crew(self, worker: WorkerRef, limits: Limits) -> Iterator[Crew]:
        crew = _Crew(worker, limits, self._on_page, self._loud, self._on_note)
        try:
            yield crew
        finally:
            crew.dismiss()


class _Crew:
    """The processes of one run."""

    def __init__(self, worker: WorkerRef, limits: Limits, on_page: OnTaskPage, loud: bool, on_note: OnNote) -> None:
        self._on_note = on_note
        self._worker = worker
        self._limits = limits
        self._on_page = on_page
        self._loud = loud
        self._processes: list[Process] = []
        self._selector = selectors.DefaultSelector()
        self._failed_starts = 0
        sweep()

    @property
    def busy(self) -> int:
        return sum(process.started is not None for process in self._processes)

    def hand_out(self, waiting: deque[Task], workers: int) -> None:
        for process in [p for p in self._processes if p.idle]:
            if waiting and process.give(waiting[0]):
                task = waiting.popleft()
                self._on_note(Note("document-begun", process.pid, task.file, page=task.pages and task.pages[0] + 1))
        coming = sum(process.started is None for process in self._processes)
        for _ in range(min(len(waiting) - coming, workers - len(self._processes))):
            self._start()

    def listen(self, waiting: deque[Task]) -> Iterator[Outcome]:
        for key, _ in self._selector.select(TICK_SECONDS):
            key.data.receive()
        now = time.monotonic()
        for process in list(self._processes):
            yield from self._outcomes(process)
            started, fault = process.started, self._fault(process, now)
            if fault is not None:
                self._remove(process, fault.message)
                if started is not None and started.taken:
                    yield Outcome(started.task, fault, now - started.at)
                elif started is not None:
                    waiting.appendleft(started.task)
            elif spent := self._spent(process):
                self._remove(process, spent)

    def recall(self) -> None:
        """Nothing is given to a process before it is to begin it."""

    def dismiss(self) -> None:
        for process in list(self._processes):
            self._remove(process, "the run is over")
        self._selector.close()

    def _start(self) -> None:
        process = Process(self._worker, self._limits, self._loud)
        self._processes.append(process)
        self._selector.register(process.answers, selectors.EVENT_READ, process)
        self._on_note(Note("worker-started", process.pid))

    def _remove(self, process: Process, why: str) -> None:
        self._selector.unregister(process.answers)
        self._processes.remove(process)
        process.kill()
        self._on_note(Note("worker-ended", process.pid, process.started.task.file if process.started else None, why))

    def _outcomes(self, process: Process) -> Iterator[Outcome]:
        """Everything that the process has said since the last time, in order."""
        for word in process.heard():
            if isinstance(word, Fatal):
                raise _start_error(word)
            if isinstance(word, PageDone) and word.page:
                self._on_page(word.task, word.page, word.total)
                self._on_note(Note("page-read", process.pid, word.task.file, page=word.page, stages=word.stages))
            elif isinstance(word, Outcome):
                yield word

    def _spent(self, process: Process) -> str:
        """Given a process, return why it is not to be given another file: it has served long enough, or has grown too
        large; empty when neither."""
        if not process.idle or not process.served:
            return ""
        if process.served >= self._limits.worker_files:
            return f"replaced after {process.served} files"
        held = process.resident_mb()
        return f"replaced, since it held {held:.0f} MB" if held > self._limits.worker_resident_mb else ""

    def _fault(self, process: Process, now: float) -> Report | None:
        """Given a process, return what ends it, or None. Raises ShenbaoError when processes cannot be started."""
        died = process.death()
        if process.starting:
            late = now - process.born > self._limits.start_seconds
            return self._failed_start(died or "took too long") if died or late else None
        self._failed_starts = 0
        if died:
            return self._worked_too_long() if process.worked_too_long else crash_report(died)
        return self._overdue(process.started, now) if process.started else None

    def _failed_start(self, how: str) -> Report:
        self._failed_starts += 1
        if self._failed_starts >= MAX_STARTS:
            raise ShenbaoError(f"{MAX_STARTS} workers in a row did not start: the last one {how}")
        return crash_report(how)

    def _worked_too_long(self) -> Report:
        limit = self._limits.worker_cpu_seconds
        text = f"no page was finished in {limit} s of work: use --retry failed, or raise limits.worker_cpu_seconds"
        return Report("timeout", CPU_TIMEOUT, text)

    def _overdue(self, started: Started, now: float) -> Report | None:
        """Given a task under way, return the report of its timeout when it is over the time."""
        silence, total = self._limits.page_seconds * started.task.patience, self._limits.file_seconds
        if now - started.beat > silence:
            text = (
                f"no page was finished for {silence:g} s: run again with --retry failed, or raise limits.page_seconds"
            )
            return Report("timeout", PAGE_TIMEOUT, text)
        if now - started.at > total:
            return Report("timeout", FILE_TIMEOUT, file_timeout(self._limits))
        return None


def _start_error(fatal: Fatal) -> ShenbaoError:
    return UsageError(fatal.message) if fatal.exit_code == EXIT_USAGE else ShenbaoError(fatal.message)
