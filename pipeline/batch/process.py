"""One child process as its driver sees it: what it was given, what it said, and whether it lives."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.batch.engine import Outcome, Report, Stage, Task, WorkerRef
from pipeline.batch.scratch import Scratch
from pipeline.batch.wire import Frame, Kind, Unpacker, WireError, pack
from pipeline.config import Limits
from pipeline.errors import ShenbaoError

READ_BYTES = 1 << 20
WAIT_SECONDS = 5.0
"""For a killed process to be gone; one that the kernel holds in a read that never ends is left behind."""
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
"""Processes are the unit of parallel work; threads inside of them would fight for the same cores."""

HUGE_PAGES = "glibc.malloc.hugetlb=1"
"""A tunable of GNU's library, which passes over those that it does not know: memory in pages of two megabytes where the
kernel has them. A scanned page took three percent less processor time, for the same results."""


@dataclass(slots=True)
class Started:
    """A task under way. at: when it was given; beat: last sign of life. taken: the process has read it."""

    task: Task
    at: float
    beat: float
    taken: bool = False


@dataclass(frozen=True, slots=True)
class PageDone:
    task: Task
    page: int
    total: int
    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True)
class Fatal:
    """No worker can be made: why, and the exit code of the run."""

    message: str
    exit_code: int


Word = PageDone | Fatal | Outcome
"""What a process says that its driver acts on."""


class Process:
    """starting -> idle <-> busy (``started``) -> gone. Everything in monotonic seconds."""

    def __init__(self, worker: WorkerRef, limits: Limits, loud: bool) -> None:
        self.born = time.monotonic()
        self.starting = True
        self.started: Started | None = None
        self.served = 0
        self._unpacker = Unpacker()
        self._frames: list[Frame] = []
        self._nonsense: str | None = None
        self._closed = False
        self._scratch = Scratch()
        self._popen = _popen(loud, self._scratch.folder)
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        self._tasks, self.answers = self._popen.stdin, self._popen.stdout
        os.set_blocking(self.answers.fileno(), False)
        self._write(Kind.HELLO, json.dumps(_hello(worker, limits)).encode())

    @property
    def idle(self) -> bool:
        return not self.starting and self.started is None

    @property
    def pid(self) -> int:
        return self._popen.pid

    def resident_mb(self) -> float:
        """Return the megabytes of memory that the process holds now; 0 where the system does not say."""
        try:
            pages = int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1])
        except (OSError, ValueError, IndexError):
            return 0.0
        return pages * resource.getpagesize() / (1 << 20)

    def give(self, task: Task) -> bool:
        """Given a task, hand it over and return whether the process was there to take it."""
        if not self._write(Kind.TASK, json.dumps(asdict(task)).encode()):
            return False
        now = time.monotonic()
        self.started = Started(task, at=now, beat=now)
        return True

    def receive(self) -> None:
        """Read what has come, without waiting."""
        with suppress(BlockingIOError):
            while data := os.read(self.answers.fileno(), READ_BYTES):
                self._take(data)
            self._closed = True

    def heard(self) -> list[Word]:
        """Return what the process said since the last time, up to the first nonsense, and note its signs of life."""
        frames, self._frames = self._frames, []
        words: list[Word] = []
        try:
            for kind, body in frames:
                word = self._word(kind, body)
                words += [] if word is None else [word]
        except (ValueError, TypeError, KeyError) as error:
            self._nonsense = f"{type(error).__name__} in an answer"
        return words

    def death(self) -> str | None:
        """Return how the process ended when it has and all its words are heard, else None."""
        if self._nonsense is not None:
            return f"broke the protocol ({self._nonsense})"
        if self._popen.poll() is None and not self._closed:
            return None
        self.receive()
        if self._frames:
            return None
        with suppress(subprocess.TimeoutExpired):  # the pipe closes a moment before the process is gone
            return _how(self._popen.wait(WAIT_SECONDS))
        return "closed its pipe"

    @property
    def worked_too_long(self) -> bool:
        """Return whether the kernel ended the process for the processor time that it took."""
        return self._popen.returncode == -signal.SIGXCPU

    def kill(self) -> None:
        """End the process and everything it has started, and clear away what it left in its temporary folder."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._popen.pid, signal.SIGKILL)
        with suppress(OSError):
            self._tasks.close()
        self.answers.close()
        with suppress(subprocess.TimeoutExpired):
            self._popen.wait(WAIT_SECONDS)
        self._scratch.clear()

    def _word(self, kind: Kind, body: bytes) -> Word | None:
        """Given a frame, return what it means for the driver. Raises ValueError, TypeError or KeyError for nonsense."""
        if kind is Kind.READY:
            self.starting = False
        elif kind is Kind.FATAL:
            return Fatal(**json.loads(body))
        elif self.started is None:
            raise ValueError("an answer without a task")
        elif kind is Kind.DONE:
            return self._finish(self.started, body)
        else:
            self.started.taken, self.started.beat = True, time.monotonic()
            if kind is Kind.PAGE:
                page, total, stages = json.loads(body)
                return PageDone(self.started.task, int(page), int(total), tuple(map(tuple, stages)))
        return None

    def _finish(self, started: Started, body: bytes) -> Outcome:
        header, _, artefact = body.partition(b"\n")
        outcome = Outcome(started.task, Report(**json.loads(header), artefact=artefact), time.monotonic() - started.at)
        self.started = None
        self.served += 1
        return outcome

    def _take(self, data: bytes) -> None:
        try:
            for frame in self._unpacker.feed(data):
                self._frames.append(frame)
        except WireError as error:
            self._nonsense = str(error)

    def _write(self, kind: Kind, body: bytes) -> bool:
        try:
            self._tasks.write(pack(kind, body))
            self._tasks.flush()
        except BrokenPipeError:
            return False
        return True


def _hello(worker: WorkerRef, limits: Limits) -> dict[str, object]:
    return {
        **asdict(worker),
        "driver": os.getpid(),
        "memory_mb": limits.worker_memory_mb,
        "written_mb": limits.worker_written_mb,
        "open_files": limits.worker_open_files,
        "cpu_seconds": limits.worker_cpu_seconds,
    }


def import_places() -> tuple[str, ...]:
    """Return where this process imports from, so that another one finds the same modules."""
    return tuple(os.path.abspath(entry) for entry in sys.path)  # noqa: PTH100


def tuned(environment: Mapping[str, str]) -> dict[str, str]:
    """Given the environment of a driver, return what its workers have in place of it; what people set goes before."""
    return {"GLIBC_TUNABLES": ":".join(filter(None, (HUGE_PAGES, environment.get("GLIBC_TUNABLES"))))}


def _popen(loud: bool, scratch: Path) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own: a Ctrl-C in the terminal is the driver's to handle.

    -P and an explicit path: a file in the working folder must not be imported because of its name.
    """
    path = os.pathsep.join(import_places())
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "pipeline.batch.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if loud else subprocess.DEVNULL,
            env={**os.environ, **ONE_THREAD, **tuned(os.environ), "PYTHONPATH": path, "TMPDIR": str(scratch)},
            start_new_session=True,
        )
    except OSError as error:
        raise ShenbaoError(f"cannot start a worker: {error.strerror}. Use fewer --workers") from error


def _how(code: int) -> str:
    """Given a return code of subprocess, return the end in words."""
    if code >= 0:
        return f"ended with code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
