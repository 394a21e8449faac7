"""What every engine does with its crew, whatever that is made of: hand out tasks, listen, and dismiss it at the end."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from pipeline.batch.engine import Note, Outcome, Task, WorkerRef
from pipeline.config import Limits

TICK_SECONDS = 0.1
"""How late a death without a word or a deadline may be noticed."""
MAX_STARTS = 3
"""Members in a row that end before they are ready; after that the fault is not theirs."""

OnTaskPage = Callable[[Task, int, int], None]
OnNote = Callable[[Note], None]


def no_page(task: Task, done: int, total: int) -> None:
    """Listens to nothing."""


def no_note(note: Note) -> None:
    """Listens to nothing."""


def no_tick() -> None:
    """Listens to nothing."""


def never() -> bool:
    return False


class Crew(Protocol):
    """The members of one run; each has one task at most. busy: how many have one."""

    @property
    def busy(self) -> int: ...

    def hand_out(self, waiting: deque[Task], workers: int) -> None:
        """Give tasks to those that are free, and take on as many more, up to ``workers``, as there are tasks for."""

    def listen(self, waiting: deque[Task]) -> Iterator[Outcome]:
        """Wait for a word of any, and yield the outcomes it brings; tasks that were never begun go back."""

    def recall(self) -> None:
        """No task is to be begun any more."""


class CrewedEngine:
    """The part of an engine that all have in common.

    workers: processes at most; fewer are started for fewer tasks. on_page: told of each page; on_note: of workers that
    come and go and of the tasks they take; on_tick: called all the time. halted: asked all the time; once it says yes,
    no task is begun any more and the run ends with the tasks under way. loud: what workers print is shown on standard
    error.
    """

    def __init__(
        self,
        workers: int,
        on_page: OnTaskPage = no_page,
        halted: Callable[[], bool] = never,
        loud: bool = False,
        on_note: OnNote = no_note,
        *,
        on_tick: Callable[[], None] = no_tick,
    ) -> None:
        self._workers, self._loud = workers, loud
        self._on_page, self._on_note, self._on_tick = on_page, on_note, on_tick
        self._halted = halted

    def _crew(self, worker: WorkerRef, limits: Limits) -> AbstractContextManager[Crew]:
        """Given a worker and its limits, return a context with a crew, which is dismissed at its end."""
        raise NotImplementedError

    def run(self, tasks: Iterable[Task | None], worker: WorkerRef, limits: Limits) -> Generator[Outcome, None, None]:
        waiting: deque[Task] = deque()
        source = iter(tasks)
        with self._crew(worker, limits) as crew:
            while True:
                self._on_tick()
                if self._halted():
                    waiting.clear()
                    crew.recall()
                    source = iter(())
                more = draw(source, waiting, self._workers - crew.busy)
                crew.hand_out(waiting, self._workers)
                if not waiting and not crew.busy and not more:
                    return
                yield from crew.listen(waiting)


def draw(source: Iterator[Task | None], waiting: deque[Task], wanted: int) -> bool:
    """Draw only what can be begun: the source hashes a file for each task. Return whether there may be more."""
    while len(waiting) < wanted:
        try:
            task = next(source)
        except StopIteration:
            return False
        if task is None:
            return True
        waiting.append(task)
    return True
