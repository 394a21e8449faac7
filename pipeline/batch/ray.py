"""RayEngine: the same supervised processes, spread over the machines of a Ray cluster, one actor around each.

Inside an actor a LocalEngine of one worker does the supervising, so that a task ends there as it would here. What can
happen besides is that the actor or its machine goes: then the task that it had begun has crashed, and any other one is
handed out again. Files are read where the actors run: sources and job folder must lie on a file system that all share.
"""

from __future__ import annotations

import logging
import os
import queue
import signal
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from pipeline.batch.crew import MAX_STARTS, TICK_SECONDS, Crew, CrewedEngine, OnNote, OnTaskPage
from pipeline.batch.engine import PAGE_TIMEOUT, Note, Outcome, Report, Task, WorkerRef, crash_report
from pipeline.batch.local import LocalEngine
from pipeline.batch.process import import_places
from pipeline.config import Limits
from pipeline.errors import ShenbaoError, UsageError

LOCAL = "local"
"""Ray's word for a cluster of this machine alone, that ends with the run."""
DISMISS_SECONDS = 5.0
"""For the processes inside of actors to be ended and what they left to be cleared away."""
KNOCK_SECONDS = 5.0
INTERRUPTS = (signal.SIGINT, signal.SIGTERM)
"""Ray takes one of these for itself when it starts."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A page of the task under way is done."""

    page: int
    of: int


@dataclass(frozen=True, slots=True)
class Returned:
    """The task under way was recalled before any process had begun it."""


Event = Seen | Note | Outcome | Returned | ShenbaoError
"""What an actor tells of its task; an outcome, its return or an error comes last."""


class _DismissedError(Exception):
    """Ends the supervising, whatever is under way."""


@dataclass(frozen=True, slots=True)
class Order:
    """What an actor is to do. path: where the driver imports from."""

    worker: WorkerRef
    limits: Limits
    loud: bool
    path: tuple[str, ...]


class Supervisor:
    """What lives in an actor: a LocalEngine in a thread of its own, that gets tasks one by one."""

    def __init__(self, order: Order) -> None:
        sys.path += [place for place in order.path if place not in sys.path]  # what its workers import lies there
        self._tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._recalled = self._dismissed = False
        self._thread = threading.Thread(target=self._supervise, args=(order,), daemon=True)
        self._thread.start()

    def carry_out(self, task: Task) -> Iterator[Event]:
        self._tasks.put(task)
        while True:
            event = self._events.get()
            yield event
            if isinstance(event, Outcome | Returned | ShenbaoError):
                return

    def recall(self) -> None:
        """Begin no task any more: one under way is ended, one that no process has begun yet is given back."""
        self._recalled = True

    def dismiss(self) -> None:
        """End the worker and clear away what it left."""
        self._dismissed = True
        self._thread.join(DISMISS_SECONDS)

    def _supervise(self, order: Order) -> None:
        engine = LocalEngine(1, self._on_page, self._is_recalled, order.loud, self._events.put, on_tick=self._on_tick)
        try:
            for outcome in engine.run(self._source(), order.worker, order.limits):
                self._events.put(outcome)
            self._events.put(Returned())
        except ShenbaoError as error:
            self._events.put(error)
        except _DismissedError:
            return

    def _source(self) -> Iterator[Task | None]:
        """Asked only while no task is under way, so it may wait."""
        while True:
            try:
                yield self._tasks.get(timeout=TICK_SECONDS)
            except queue.Empty:
                yield None

    def _on_page(self, task: Task, page: int, of: int) -> None:
        self._events.put(Seen(page, of))

    def _is_recalled(self) -> bool:
        return self._recalled

    def _on_tick(self) -> None:
        if self._dismissed:
            raise _DismissedError


class RayEngine(CrewedEngine):
    """Engine on a Ray cluster. Satisfies the Engine protocol; everything but ``address`` is as in LocalEngine.

    address: of a running cluster; without one Ray is started on this machine for the length of the run.
    """

    def __init__(self, workers: int, *rest: Any, address: str | None = None, **options: Any) -> None:
        super().__init__(workers, *rest, **options)
        self._address = address

    @contextmanager
    def _crew(self, worker: WorkerRef, limits: Limits) -> Iterator[Crew]:
        with connected(self._address, self._workers, self._loud) as ray:
            crew = _Crew(ray, Order(worker, limits, self._loud, import_places()), self._on_page, self._on_note)
            try:
                yield crew
            finally:
                crew.dismiss()


@dataclass(eq=False, slots=True)
class _Member:
    """An actor as its driver sees it. placed: comes true when it has its place in the cluster. events: of its task;
    begun: when a process took that, and beat: when it last gave a sign of life, in monotonic seconds; recalled: when it
    was told to begin no more. pid: of the process that has the task."""

    actor: Any
    placed: Any
    events: Any = None
    task: Task | None = None
    begun: float | None = None
    beat: float = 0.0
    recalled: float | None = None
    pid: int = 0

    def give(self, task: Task) -> None:
        self.task, self.begun, self.beat = task, None, time.monotonic()
        self.events = self.actor.carry_out.options(num_returns="streaming").remote(task)


class _Crew:
    """The actors of one run; each has one task at most, so what is in flight never exceeds the workers."""

    def __init__(self, ray: Any, order: Order, on_page: OnTaskPage, on_note: OnNote) -> None:
        self._ray, self._order, self._limits = ray, order, order.limits
        self._on_page, self._on_note = on_page, on_note
        self._actor = ray.remote(num_cpus=1, max_restarts=0, max_task_retries=0, max_concurrency=2)(Supervisor)
        self._members: list[_Member] = []
        self._failed_starts = 0

    @property
    def busy(self) -> int:
        return sum(member.task is not None for member in self._members)

    def hand_out(self, waiting: deque[Task], workers: int) -> None:
        for _ in range(min(len(waiting) + self.busy, workers) - len(self._members)):
            actor = self._actor.remote(self._order)
            self._members.append(_Member(actor, actor.__ray_ready__.remote()))
        for member in self._members:
            if waiting and member.task is None:
                member.give(waiting.popleft())

    def listen(self, waiting: deque[Task]) -> Iterator[Outcome]:
        self._reclaim(waiting)
        talking = {member.events: member for member in self._members if member.task is not None}
        if not talking:
            time.sleep(TICK_SECONDS)
            return
        ready, silent = self._ray.wait(list(talking), num_returns=1, timeout=TICK_SECONDS)
        for events in ready:
            yield from self._heard(talking[events], waiting)
        for events in silent:
            yield from self._overdue(talking[events])

    def _reclaim(self, waiting: deque[Task]) -> None:
        """Take back what was given to actors that have no place yet, as many as others are free: of a cluster with
        fewer processors than workers, or that has lost a machine, they may never get one."""
        idle = 0 if waiting else len(self._members) - self.busy
        homeless = [m for m in self._members if m.task is not None and m.begun is None and not m.pid] if idle else []
        for member in homeless:
            if idle and not self._ray.wait([member.placed], timeout=0)[0]:
                assert member.task is not None
                waiting.append(member.task)
                self._remove(member, "another worker is free")
                idle -= 1

    def recall(self) -> None:
        """Have the tasks given back that no process has begun. Only an actor knows: its word may still be under way."""
        for member in [m for m in self._members if m.task is not None and m.recalled is None]:
            member.recalled = time.monotonic()
            member.actor.recall.remote()

    def dismiss(self) -> None:
        farewells = [member.actor.dismiss.remote() for member in self._members]
        if farewells:
            self._ray.wait(farewells, num_returns=len(farewells), timeout=DISMISS_SECONDS * 2)
        for member in self._members:
            self._ray.kill(member.actor)

    def _heard(self, member: _Member, waiting: deque[Task]) -> Iterator[Outcome]:
        try:
            event: Event = self._ray.get(next(member.events))
        except (self._ray.exceptions.RayError, StopIteration) as error:
            yield from self._gone(member, type(error).__name__, waiting)
            return
        assert member.task is not None
        member.beat = time.monotonic()
        if isinstance(event, ShenbaoError):
            raise event
        if isinstance(event, Outcome):
            member.task = None
            yield event
        elif isinstance(event, Returned):
            self._remove(member, "the run is over")
        elif isinstance(event, Seen):
            self._on_page(member.task, event.page, event.of)
        else:
            self._noted(member, event)

    def _noted(self, member: _Member, note: Note) -> None:
        if note.event == "document-begun":
            self._failed_starts, member.begun, member.pid = 0, member.beat, note.pid
        self._on_note(note)

    def _gone(self, member: _Member, how: str, waiting: deque[Task]) -> Iterator[Outcome]:
        """Given an actor that is lost with its process and perhaps its machine, bring its task to an end or back."""
        task, begun = member.task, member.begun
        self._remove(member, f"its actor is lost ({how})")
        assert task is not None
        if begun is not None:
            yield Outcome(task, crash_report(f"was lost with its actor ({how})"), time.monotonic() - begun)
            return
        waiting.appendleft(task)
        self._failed_starts += 1
        if self._failed_starts >= MAX_STARTS:
            raise ShenbaoError(f"{MAX_STARTS} actors in a row did not start: the last one was lost ({how})")

    def _overdue(self, member: _Member) -> Iterator[Outcome]:
        """Given an actor that says nothing, end its task when even the actor's own deadlines do not."""
        if member.task is None:
            return
        if member.begun is None:
            self._give_up(member)
            return
        silence = self._limits.page_seconds * member.task.patience + self._limits.start_seconds
        if time.monotonic() - member.beat <= silence:
            return
        task, begun = member.task, member.begun
        self._remove(member, "its actor does not answer")
        report = Report(
            "timeout", PAGE_TIMEOUT, f"the worker did not answer for {silence:g} s: run again with --retry failed"
        )
        yield Outcome(task, report, time.monotonic() - begun)

    def _give_up(self, member: _Member) -> None:
        """Given an actor that has begun nothing, let it go when it was recalled long ago: it cannot be started."""
        if member.recalled is not None and time.monotonic() - member.recalled > self._limits.start_seconds:
            self._remove(member, "the run is over")

    def _remove(self, member: _Member, why: str) -> None:
        self._members.remove(member)
        self._ray.kill(member.actor)
        if member.pid:
            self._on_note(Note("worker-ended", member.pid, member.task.file if member.task else None, why))


@contextmanager
def connected(address: str | None, workers: int, loud: bool = False) -> Iterator[Any]:
    """Given an address or None, yield Ray connected to a cluster; one that is there already is used and left alone.

    Raises UsageError when Ray is not installed, ShenbaoError when no cluster answers or none can be started.
    """
    ray = _ray(loud)
    if ray.is_initialized():
        yield ray
        return
    options: dict[str, Any] = {} if address else {"num_cpus": workers, "include_dashboard": False}
    with _own_signals():
        try:
            _check_answers(address)
            ray.init(address or LOCAL, log_to_driver=loud, configure_logging=False, **options)
        except (OSError, ValueError, RuntimeError) as error:
            where = f"at {address}" if address else "on this machine"
            raise ShenbaoError(
                f"Ray does not answer {where} ({error}): check --address, and RAY_AUTH_MODE=token where it asks for "
                "one, or use --engine local"
            ) from error
    try:
        yield ray
    finally:
        ray.shutdown()


def _check_answers(address: str | None) -> None:
    """Given the address of a cluster, knock: Ray itself would wait for minutes. Raises OSError."""
    host, _, port = (address or "").rpartition(":")
    if host and port.isdecimal() and "/" not in host:
        socket.create_connection((host, int(port)), timeout=KNOCK_SECONDS).close()


def _ray(loud: bool) -> Any:
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # nothing is told to anybody
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # no warning about graphics cards
    # Ray would start workers at the lowest priority but four: beside other work their deadlines pass in a queue.
    os.environ.setdefault("RAY_worker_niceness", "0")
    try:
        import ray  # noqa: PLC0415
    except ImportError as error:
        raise UsageError(
            "the ray engine is not installed: pip install 'shenbao[ray]', or use --engine local"
        ) from error
    logging.getLogger("ray").setLevel(logging.DEBUG if loud else logging.ERROR)
    return ray


@contextmanager
def _own_signals() -> Iterator[None]:
    """Return a context after which signals are handled as before."""
    handlers = {number: signal.getsignal(number) for number in INTERRUPTS}
    try:
        yield
    finally:
        with suppress(ValueError):  # not the main thread: there nobody could take a signal
            for number, handler in handlers.items():
                signal.signal(number, handler)
