"""The one contract of every engine: tasks in, exactly one final outcome for each out, in any order.

A worker is named, not passed: ``module:function`` and plain arguments, so that the driver never imports what the
workers need, and so that it travels to another process or machine as text.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol

from pipeline.config import Limits

OutcomeStatus = Literal["ok", "review", "failed", "rejected", "timeout", "crashed", "out-of-memory"]
"""How a file may end."""
Intermediate = Literal["long", "part"]
"""How a task may end whose file goes on: the file is to be read in ranges; a range of it was read."""
Pages = tuple[int, int]
"""A half-open range of 0-based pages."""

INTERNAL_ERROR, CRASHED, OUT_OF_MEMORY = "internal-error", "crashed", "out-of-memory"
PAGE_TIMEOUT, FILE_TIMEOUT, CPU_TIMEOUT = "page-timeout", "file-timeout", "cpu-timeout"
CHANGED = "changed"
"""The file was not the same any more when it was read."""
NO_SPACE = "no-space"
"""The worker found no room for its temporary files."""
PARTS_DAMAGED = "parts-damaged"
"""What was kept of a long file's ranges cannot be read any more."""


@dataclass(frozen=True, slots=True)
class Task:
    """One input. file: its name as the user gave it; path: where it lies; sha256: of its bytes when handed out.

    pages: those wanted of a long file. parts: files that hold what was read of all its ranges, in order, to be joined;
    lost: (0-based page, why) of those that no part holds.
    """

    file: str
    path: str
    sha256: str
    pages: Pages | None = None
    parts: tuple[str, ...] = ()
    lost: tuple[tuple[int, str], ...] = ()

    @property
    def is_whole(self) -> bool:
        return self.pages is None and not self.parts

    @property
    def patience(self) -> int:
        """Return how many times the time of a page it may be silent: ranges are joined without a word, and joining one
        takes a few seconds, never longer than a page may take."""
        return max(1, len(self.parts))

    @staticmethod
    def of(plain: Mapping[str, Any]) -> Task:
        """Given a task as JSON gives it back, return it. Raises TypeError, KeyError or ValueError for anything else."""
        pages = None if plain["pages"] is None else (int(plain["pages"][0]), int(plain["pages"][1]))
        lost = tuple((int(page), str(why)) for page, why in plain["lost"])
        return Task(**{**plain, "pages": pages, "parts": tuple(map(str, plain["parts"])), "lost": lost})


@dataclass(frozen=True, slots=True)
class Report:
    """How a task ended. pages: of the file, None when not known; accepted, review: counts of records.

    artefact: everything found, as the worker wrote it; empty when the task gave nothing.
    """

    status: OutcomeStatus | Intermediate
    reason: str | None = None
    message: str = ""
    pages: int | None = None
    accepted: int = 0
    review: int = 0
    artefact: bytes = b""

    def header(self) -> dict[str, Any]:
        """Everything but the artefact, ready for JSON."""
        return {key: value for key, value in asdict(self).items() if key != "artefact"}


def changed_report(file: str) -> Report:
    """Given the name of a file whose bytes are not those of its task, return the report that says so."""
    return Report("failed", CHANGED, f"{file} was changed while it was read: run again")


def crash_report(how: str) -> Report:
    """Given in words how a worker came to its end, return the report on the task it had."""
    return Report("crashed", CRASHED, f"the worker {how} on this file: run again with --retry failed")


def file_timeout(limits: Limits) -> str:
    total = limits.file_seconds
    return f"not finished in {total:g} s: cut the file, or raise limits.file_seconds, and use --retry failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The one final word on a task. seconds: wall time from handing it out; of a file that was read in ranges the sum
    of theirs."""

    task: Task
    report: Report
    seconds: float


Stage = tuple[str, float, str | None]


@dataclass(frozen=True, slots=True)
class Note:
    """What else an engine does. pid: of the worker. file: of the task that it took or had. why: it came or went.

    page: 1-based; stages: (stage, seconds, type of the error that ended it or None) of that page.
    """

    event: Literal["worker-started", "worker-ended", "document-begun", "page-read"]
    pid: int
    file: str | None = None
    why: str = ""
    page: int | None = None
    stages: tuple[Stage, ...] = ()


OnPage = Callable[[int, int], None]
"""Called with (page, pages of the file) when a page is done, 1-based: the sign of life of a worker. Page 0 says only
that it lives."""
Worker = Callable[[Task, OnPage], Report]


@dataclass(frozen=True, slots=True)
class WorkerRef:
    """A worker by name. ``maker`` is ``module:function``; called once a process with ``arguments`` it gives a Worker.

    Arguments are plain data (what JSON holds). The maker may be slow: it loads models.
    """

    maker: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


class Engine(Protocol):
    def run(self, tasks: Iterable[Task | None], worker: WorkerRef, limits: Limits) -> Generator[Outcome, None, None]:
        """Given tasks, return one final outcome for each that was begun, in order of completion.

        Tasks are drawn only as workers become free; None among them says that there is none at the moment, but that
        more may come when one under way has ended. Closing the generator ends the workers. Raises ShenbaoError when
        workers cannot be started at all.
        """
        ...
