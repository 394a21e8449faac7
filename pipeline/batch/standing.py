"""Workers that stay from one run to the next, since loading their models takes longer than a page."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator

from pipeline.batch.engine import Engine, Outcome, Task, WorkerRef
from pipeline.config import Limits


class StandingEngine:
    """Satisfies the Engine protocol. engine: does the work; its run goes on behind the runs of this one, all of which
    have the same worker and limits. ``close`` ends it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._outcomes: Generator[Outcome, None, None] | None = None
        self._source: Iterator[Task | None] = iter(())
        self._next: deque[Task] = deque()
        self._under_way = 0

    def run(self, tasks: Iterable[Task | None], worker: WorkerRef, limits: Limits) -> Generator[Outcome, None, None]:
        self._source = iter(tasks)
        try:
            while self._has_work():
                if self._outcomes is None:
                    self._outcomes = self._engine.run(self._tasks(), worker, limits)
                outcome = next(self._outcomes, None)
                if outcome is None:  # it was told to stop
                    self.close()
                    return
                self._under_way -= 1
                yield outcome
        except BaseException:  # what is under way belongs to a run that is over
            self.close()
            raise

    def close(self) -> None:
        if self._outcomes is not None:
            self._outcomes.close()
        self._outcomes, self._under_way = None, 0
        self._next.clear()

    def _has_work(self) -> bool:
        """Is a task under way, or is there one? It is drawn then: the engine behind would wait for it without end."""
        if not self._under_way and not self._next:
            self._next.extend(task for task in [next(self._source, None)] if task is not None)
        return bool(self._under_way or self._next)

    def _tasks(self) -> Iterator[Task | None]:
        """Never ends: between two runs there is nothing for a while."""
        while True:
            task = self._next.popleft() if self._next else next(self._source, None)
            self._under_way += task is not None
            yield task
