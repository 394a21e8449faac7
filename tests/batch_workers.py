"""Light workers for tests of the engine: each input file says in words what is to happen while it is read."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pipeline.batch.engine import OnPage, Report, Task, Worker
from pipeline.batch.wire import Kind, pack
from pipeline.errors import UsageError


def make_obedient(folder: str = "") -> Worker:
    """Return a worker that does what its input says; pids and counts are left in ``folder`` for the test to see."""

    def obey(task: Task, on_page: OnPage) -> Report:
        words = Path(task.path).read_text(encoding="utf-8").split()
        if folder:
            pages = f" {task.pages[0]}-{task.pages[1]}" if task.pages else ""
            with Path(folder, "begun").open("a") as log:
                log.write(f"{os.getpid()} {task.file}{pages}{' join' * bool(task.parts)}\n")
        if words[:1] == ["long"]:
            return obey_long(task, int(words[1]), words[2:], on_page)
        for word, value in zip(words[::2], words[1::2], strict=True):
            DEEDS[word](value, on_page)
        return Report("ok", pages=1, accepted=1, artefact=artefact(task))

    return obey


def obey_long(task: Task, n_pages: int, words: list[str], on_page: OnPage) -> Report:
    """Play the reader of a long file: ``at 7 die:SIGKILL each sleep:0.1`` says what happens on which 0-based page."""
    if task.is_whole:
        return Report("long", pages=n_pages)
    if task.parts:
        time.sleep(float(dict(zip(words[::2], words[1::2], strict=True)).get("join", "0")))
        pages = "".join(Path(part).read_text() for part in task.parts)
        lost = [page for page, _ in task.lost]
        return Report("review" if lost else "ok", pages=n_pages, accepted=1, artefact=artefact(task, f"{pages}{lost}"))
    assert task.pages is not None
    for page in range(*task.pages):
        for place, deed in zip(words[::2], words[1::2], strict=True):
            if place in ("each", f"at{page}"):
                word, _, value = deed.partition(":")
                DEEDS[word](value, on_page)
        on_page(page + 1, n_pages)
    return Report("part", pages=n_pages, artefact="".join(f"{page} " for page in range(*task.pages)).encode())


def make_extractor(settings: object, form: str) -> Worker:
    """Stand where the real worker stands, for tests of the command line."""
    return make_obedient(os.environ.get("SHENBAO_TEST_FOLDER", ""))


def make_nothing() -> Worker:
    raise UsageError("no such form: write another one")


def make_death() -> Worker:
    os._exit(7)


def artefact(task: Task, text: str = "项目") -> bytes:
    """A document of one record with the shape of the real ones."""
    source = {"file": task.file, "sha256": task.sha256, "pages": [1], "page_sizes": [[595.0, 842.0]]}
    identity = f"{task.sha256[:16]}-p1-r1"
    document = {"file": task.file, "sha256": task.sha256, "status": "ok", "reason": None, "message": "", "pages": 1}
    return json.dumps(
        {
            "document": {**document, "records": [identity], "pages_unused": []},
            "records": [{"record_id": identity, "status": "accepted", "source": source, "data": {"text": text}}],
            "tables": [{"table_id": f"{task.sha256[:16]}-p1-t1", "file": task.file, "page": 1}],
        },
        ensure_ascii=False,
    ).encode("utf-8")


def _pages(value: str, on_page: OnPage) -> None:
    for number in range(1, int(value) + 1):
        time.sleep(0.05)
        on_page(number, int(value))


def _die(value: str, on_page: OnPage) -> None:
    os.kill(os.getpid(), getattr(signal, value))
    time.sleep(60)


def _eat(value: str, on_page: OnPage) -> None:
    hoard = [bytearray(1 << 20) for _ in range(int(value))]
    raise AssertionError(f"{len(hoard)} megabytes were to be had")


def _shout(value: str, on_page: OnPage) -> None:
    """Flood standard output and standard error, from Python, from below it and from a process of its own."""
    for _ in range(int(value)):
        sys.stdout.write("D\x00\x00\x00\x04{}\n{}" * 1000)
        os.write(1, b"D\x00\x00\x00\x02{}" * 1000)
        os.write(2, b"garbage" * 1000)
    subprocess.run([sys.executable, "-c", "print('D' * 100000)"], check=True)


def _nonsense(value: str, on_page: OnPage) -> None:
    """Write to every descriptor, the protocol's own too."""
    _nonsense_of(value.encode() * 100)


def _nonsense_of(content: bytes) -> None:
    for number in range(3, 20):
        try:
            os.write(number, content)
        except OSError:
            continue
    time.sleep(60)


def _forge(value: str, on_page: OnPage) -> None:
    """Say in one breath that the task is done, that another one is taken, and nonsense."""
    done = pack(Kind.DONE, json.dumps({"status": value}).encode() + b"\n")
    _nonsense_of(done + pack(Kind.TAKEN) + b"Z" * 100)


def _fork(value: str, on_page: OnPage) -> None:
    """Leave a process behind that holds every pipe open, and die."""
    if os.fork() == 0:
        time.sleep(float(value))
        os._exit(0)
    os.kill(os.getpid(), signal.SIGKILL)


def _raise(value: str, on_page: OnPage) -> None:
    raise ValueError(value)


def _fail(value: str, on_page: OnPage) -> None:
    raise OSError(getattr(errno, value), "as if")


def _litter(value: str, on_page: OnPage) -> None:
    """Leave a file where temporary files go, and die."""
    with tempfile.NamedTemporaryFile(prefix=value, delete=False):
        os.kill(os.getpid(), signal.SIGKILL)


def _connect(value: str, on_page: OnPage) -> None:
    socket.create_connection(("127.0.0.1", int(value)), timeout=5)


def _dial(value: str, on_page: OnPage) -> None:
    """Past the interpreter, as a library in C would, or by a program that is started."""
    if value == "library":
        opened = ctypes.CDLL(None, use_errno=True).socket(socket.AF_INET, socket.SOCK_STREAM, 0)
        if opened < 0:
            raise PermissionError(ctypes.get_errno(), "no socket")
    else:
        subprocess.run([sys.executable, "-c", "import socket; socket.socket()"], check=True)


def _write(value: str, on_page: OnPage) -> None:
    with tempfile.TemporaryFile() as file:
        for _ in range(int(value)):
            file.write(b"x" * (1 << 20))


def _open(value: str, on_page: OnPage) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(int(value)):
            stack.enter_context(Path(os.devnull).open("rb"))


def _spin(value: str, on_page: OnPage) -> None:
    """Work for some seconds of processor time where no signal of the interpreter is heard."""
    end = time.process_time() + float(value)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    while time.process_time() < end:
        hashlib.sha256(bytes(1 << 20))


def _grow(value: str, on_page: OnPage) -> None:
    LEAK.append(b"x" * (int(value) << 20))


def _alter(value: str, on_page: OnPage) -> None:
    """Change the file whose path is the value, as somebody would who copies over it."""
    Path(value).write_text("changed")


def _until(value: str, on_page: OnPage) -> None:
    """Go on once the test has made the file that the value names."""
    while not Path(value).exists():
        time.sleep(0.02)


def _vanish(value: str, on_page: OnPage) -> None:
    Path(value).unlink()


LEAK: list[bytes] = []
DEEDS = {
    "rest": lambda value, on_page: None,
    "connect": _connect,
    "dial": _dial,
    "write": _write,
    "open": _open,
    "spin": _spin,
    "grow": _grow,
    "alter": _alter,
    "until": _until,
    "vanish": _vanish,
    "fail": _fail,
    "litter": _litter,
    "pages": _pages,
    "sleep": lambda value, on_page: time.sleep(float(value)),
    "die": _die,
    "eat": _eat,
    "shout": _shout,
    "nonsense": _nonsense,
    "forge": _forge,
    "fork": _fork,
    "raise": _raise,
}
