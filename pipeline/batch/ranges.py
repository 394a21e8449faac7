"""Long files in ranges of pages: an engine around another one, so that one long file fills all workers.

A file's own task comes back as ``long``; then each range of its pages becomes a task, whose ``part`` is kept in the job
folder, and when all are there a last task joins them. One outcome a file leaves here, whatever its parts went through.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace

from pipeline.batch.engine import (
    FILE_TIMEOUT,
    NO_SPACE,
    Engine,
    Outcome,
    Pages,
    Report,
    Task,
    WorkerRef,
    file_timeout,
)
from pipeline.batch.parts import PartStore
from pipeline.config import Limits

DEADLY = frozenset({"crashed", "timeout", "out-of-memory"})
"""How a worker ends that does not say itself what was wrong with a page."""


GOES_ON = frozenset({NO_SPACE, FILE_TIMEOUT})
"""Reasons that say nothing against the ranges that were read."""


class RangedEngine:
    """Satisfies the Engine protocol. engine: carries out the parts. store: keeps them from one run to the next."""

    def __init__(self, engine: Engine, store: PartStore) -> None:
        self._engine, self._store = engine, store

    def run(self, tasks: Iterable[Task | None], worker: WorkerRef, limits: Limits) -> Generator[Outcome, None, None]:
        desk = _Desk(tasks, self._store, limits)
        with closing(self._engine.run(desk.tasks(), worker, limits)) as outcomes:
            for outcome in outcomes:
                final = desk.take(outcome)
                if final is not None:
                    yield final
                    desk.clear(final)  # after it was made to last


@dataclass(slots=True)
class _LongFile:
    """A file that is read in ranges. missing: those that are not read yet; lost: pages that ended their worker, and how
    in words. seconds: of all workers together."""

    task: Task
    n_pages: int
    missing: set[Pages]
    done: dict[Pages, str] = field(default_factory=dict)
    lost: dict[int, str] = field(default_factory=dict)
    seconds: float = 0.0

    def joined(self) -> Task:
        paths = tuple(path for _, path in sorted(self.done.items()))
        return replace(self.task, parts=paths, lost=tuple(sorted(self.lost.items())))

    def ended(self, report: Report) -> Outcome:
        return Outcome(self.task, report, self.seconds)


class _Desk:
    """What is to be done next, and which files are in the middle of it."""

    def __init__(self, tasks: Iterable[Task | None], store: PartStore, limits: Limits) -> None:
        self._source, self._store, self._limits = iter(tasks), store, limits
        self._next: deque[Task] = deque()
        self._files: dict[str, _LongFile] = {}
        self._under_way = 0

    def tasks(self) -> Iterator[Task | None]:
        """Yield parts of files that were begun before new files, and None while nobody knows whether there is more."""
        while True:
            task = self._next.popleft() if self._next else next(self._source, None)
            if task is None and not self._under_way:
                return
            self._under_way += task is not None
            yield task

    def take(self, outcome: Outcome) -> Outcome | None:
        """Given how a task of ours ended, return how its file did, or None when that is not known yet."""
        self._under_way -= 1
        task, report = outcome.task, outcome.report
        if report.status == "long":
            self._begin(outcome)
            return None
        if task.is_whole:
            return outcome
        file = self._files.get(task.file)
        if file is None:  # a part of a file whose end is known already
            return None
        file.seconds += outcome.seconds
        end = report if task.parts else self._part(file, task, report)
        return None if end is None else self._end(file, end)

    def clear(self, final: Outcome) -> None:
        """Given a file's outcome that lasts, drop its parts, but where another run can go on from them."""
        if final.report.reason not in GOES_ON:
            self._store.drop(final.task)

    def _begin(self, outcome: Outcome) -> None:
        n_pages = outcome.report.pages or 0
        ranges = list(ranges_of(n_pages, self._limits.range_pages))
        file = _LongFile(outcome.task, n_pages, set(ranges), seconds=outcome.seconds)
        file.done = self._store.known(outcome.task, ranges)
        file.missing -= file.done.keys()
        self._files[outcome.task.file] = file
        self._ask(file, sorted(file.missing))

    def _ask(self, file: _LongFile, ranges: Iterable[Pages]) -> None:
        """Have ranges of a file read before anything else; when none is missing, have them joined."""
        wanted = [replace(file.task, pages=pages) for pages in ranges]
        self._next.extendleft(reversed(wanted if file.missing else [file.joined()]))

    def _part(self, file: _LongFile, task: Task, report: Report) -> Report | None:
        """Given how a part ended, return what ends the file as a whole, or None."""
        assert task.pages is not None
        file.missing.discard(task.pages)
        again: list[Pages] = []
        if report.status == "part":
            file.done[task.pages] = self._store.write(task, report.artefact)
        elif report.status not in DEADLY:
            return report
        elif task.pages[1] - task.pages[0] > 1:
            again = list(ranges_of(task.pages[1], 1, task.pages[0]))
        else:
            file.lost[task.pages[0]] = report.message
            if len(file.lost) > self._limits.lost_pages:
                return report
        file.missing.update(again)
        if file.missing and file.seconds > self._limits.file_seconds:
            return Report("timeout", FILE_TIMEOUT, file_timeout(self._limits))
        if again or not file.missing:
            self._ask(file, again)
        return None

    def _end(self, file: _LongFile, report: Report) -> Outcome:
        del self._files[file.task.file]
        self._next = deque(task for task in self._next if task.file != file.task.file)
        return file.ended(report)


def ranges_of(end: int, size: int, begin: int = 0) -> Iterator[Pages]:
    """Given pages from ``begin`` on before ``end`` and how many make a range, yield the ranges."""
    return ((first, min(first + size, end)) for first in range(begin, end, size))
