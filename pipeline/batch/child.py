"""A worker process: takes one task after another from its driver and answers for each, until the driver goes.

Started by local.py as ``python -P -m pipeline.batch.child``. The pipes of the protocol are moved away from descriptors
0 and 1 first, so that nothing a library prints can be taken for an answer.
"""

from __future__ import annotations

import ctypes
import errno
import gc
import json
import math
import os
import pkgutil
import resource
import signal
import sys
import traceback
from collections.abc import Mapping
from typing import IO, Any

from pipeline.batch.engine import INTERNAL_ERROR, NO_SPACE, OUT_OF_MEMORY, Report, Stage, Task, Worker
from pipeline.batch.seclude import seclude
from pipeline.batch.wire import HEAD, Frame, Kind, pack, unpack_head
from pipeline.errors import EXIT_ERROR, ShenbaoError, UnreadableFile
from pipeline.trace import stages_told_to

PR_SET_PDEATHSIG = 1
"""prctl(2)"""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
NETWORK = frozenset(
    {"socket.__new__", "socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"}
)
"""Audit events of the interpreter that come before a word is sent or a name is looked up."""


def main() -> None:
    tasks, answers = own_pipes()
    hello = read_frame(tasks)
    if hello is None:
        return
    order = json.loads(hello[1])
    die_with(order["driver"])
    confine(order["memory_mb"], order["written_mb"], order["open_files"])
    worker = make_worker(order, answers)
    if worker is not None:
        gc.freeze()  # forms and dictionaries stay for good: no collection needs to walk them again
        seclude()  # not before: PaddleOCR may fetch a model that the settings name
        sys.addaudithook(refuse_network)  # says in words what the kernel only refuses, and stands in where it does not
        serve(worker, tasks, answers, order["cpu_seconds"])


def own_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Return (tasks, answers) on private descriptors; standard input is empty and standard output is standard error."""
    tasks, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return tasks, answers


def die_with(driver: int) -> None:
    """Given the driver's pid, end when it ends, however it ends and whatever runs here (elsewhere than on Linux: at the
    next page, whose sign of life finds no reader)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != driver:
        os._exit(EXIT_ERROR)


def confine(memory_mb: int, written_mb: int, open_files: int) -> None:
    """Given megabytes of address space and of one written file, and a number of open files, refuse more than those,
    and leave no core files."""
    _lower(resource.RLIMIT_AS, memory_mb << 20)
    _lower(resource.RLIMIT_FSIZE, written_mb << 20)
    _lower(resource.RLIMIT_NOFILE, open_files)
    _lower(resource.RLIMIT_CORE, 0)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # then a write beyond the limit is an error like a full disk


def refuse_network(event: str, arguments: tuple[object, ...]) -> None:
    """Given an audit event of the interpreter, refuse what would reach for a network: documents stay here."""
    if event in NETWORK:
        raise PermissionError(errno.EPERM, f"workers do not use the network ({event})")


def allow_cpu(seconds: int) -> None:
    """Given seconds, have the kernel end this process when it works longer than that from now on: it may run in a
    library that no signal reaches, and its driver may be stopped."""
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    _lower(resource.RLIMIT_CPU, math.ceil(used) + seconds)


def _lower(what: int, limit: int) -> None:
    hard = resource.getrlimit(what)[1]
    resource.setrlimit(what, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def make_worker(order: Mapping[str, Any], answers: IO[bytes]) -> Worker | None:
    """Given the driver's order, return its worker; when it cannot be made, say why and return None."""
    try:
        maker = pkgutil.resolve_name(order["maker"])
        worker: Worker = maker(**order["arguments"])
    except Exception as error:  # the driver turns it into the error of the run
        _send_fatal(answers, error)
        return None
    send(answers, Kind.READY)
    return worker


def _send_fatal(answers: IO[bytes], error: Exception) -> None:
    known = isinstance(error, ShenbaoError)
    message = str(error) if known else f"a worker does not start: {type(error).__name__}: {error}"
    body = {"message": message, "exit_code": error.exit_code if isinstance(error, ShenbaoError) else EXIT_ERROR}
    send(answers, Kind.FATAL, json.dumps(body).encode())


def serve(worker: Worker, tasks: IO[bytes], answers: IO[bytes], cpu_seconds: int) -> None:
    """Answer for each task. After a lack of memory the process ends: what else lacks a piece now cannot be known.

    cpu_seconds: of this process, from one page to the next."""
    while (frame := read_frame(tasks)) is not None:
        send(answers, Kind.TAKEN)
        task = Task.of(json.loads(frame[1]))
        report = attempt(worker, task, answers, cpu_seconds * task.patience)
        send(answers, Kind.DONE, json.dumps(report.header()).encode() + b"\n" + report.artefact)
        if report.status == "out-of-memory":
            return


def attempt(worker: Worker, task: Task, answers: IO[bytes], cpu_seconds: int) -> Report:
    """Given a task, return the worker's report, or one that says how the worker failed."""

    stages: list[Stage] = []

    def on_stage(stage: str, seconds: float, error: str | None) -> None:
        stages.append((stage, round(seconds, 4), error))

    def on_page(page: int, total: int) -> None:
        send(answers, Kind.PAGE, json.dumps([page, total, stages]).encode())
        stages.clear()
        allow_cpu(cpu_seconds)

    allow_cpu(cpu_seconds)
    try:
        with stages_told_to(on_stage):
            return worker(task, on_page)
    except MemoryError:
        return Report("out-of-memory", OUT_OF_MEMORY, "the file needs more memory than limits.worker_memory_mb allows")
    except Exception as error:  # the edge: whatever a library raises costs this task only
        if isinstance(error, OSError) and error.errno == errno.EIO:
            return Report("failed", UnreadableFile.reason, f"a disk failed ({error.strerror}): run again")
        if isinstance(error, OSError) and error.errno in FULL:
            return Report("failed", NO_SPACE, f"no room for temporary files ({error.strerror}): free some, run again")
        traceback.print_exc()  # seen when the driver is asked for details
        return Report("failed", INTERNAL_ERROR, f"{type(error).__name__}: {error}; please report it with the file")


def send(answers: IO[bytes], kind: Kind, body: bytes = b"") -> None:
    try:
        answers.write(pack(kind, body))
        answers.flush()
    except BrokenPipeError:  # the driver is gone, and with it the reason to work
        os._exit(EXIT_ERROR)


def read_frame(tasks: IO[bytes]) -> Frame | None:
    """Return the next frame, or None when the driver has closed the pipe."""
    head = tasks.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    kind, length = unpack_head(head)
    return kind, tasks.read(length)


if __name__ == "__main__":
    main()
