"""Documents that programs send: kept below the job folder, read by the ordinary command one after the other."""

from __future__ import annotations

import queue
import re
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.batch.ledger import LEDGER_NAME, read_ledger
from pipeline.errors import EXIT_REFUSED
from pipeline.review.actions import Refused
from pipeline.sinks.jsonl import replacing

UPLOADS = "uploads"
BUSY_SECONDS = 2.0
"""Until a folder that another run holds is tried again."""
NAME_BYTES = 120
"""Of a file's name; file systems take 255, and a name is a part of others."""
ODD = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|]")
JOB = re.compile(r"[0-9a-f]{16}")
JobState = Literal["waiting", "reading", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Upload:
    """state: done when the document was read, be its records accepted or in doubt. sha256: None until it was read."""

    job_id: str
    file: str
    state: JobState
    message: str
    sha256: str | None


def safe_name(name: str | None) -> str:
    """Given what a sender calls a file, return a name that is no path and that every file system takes."""
    plain = ODD.sub("_", Path((name or "").replace("\\", "/")).name).strip(". ")
    while len(plain.encode("utf-8", "replace")) > NAME_BYTES:
        plain = plain[1:]
    return plain.encode("utf-8", "replace").decode("utf-8") or "document"


class Intake:
    """Takes documents and has them read. Shared by threads; one thread of its own reads."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder.absolute()
        self.max_bytes = max_bytes
        self._waiting: queue.Queue[tuple[str, Path]] = queue.Queue()
        self._pending: dict[str, JobState] = {}
        self._faults: dict[str, str] = {}
        self._thread: threading.Thread | None = None

    def resume(self) -> None:
        """Have read what was sent and not read before the server ended."""
        for place in sorted((self._folder / UPLOADS).glob("*/*")):
            if not place.name.startswith(".") and self._finished(place) is None:
                self._enqueue(place.parent.name, place)

    def receive(self, name: str | None, chunks: Iterable[bytes]) -> str:
        """Given a document's name and bytes, keep it and return the id of its job. Raises Refused; OSError."""
        job_id = secrets.token_hex(8)
        place = self._folder / UPLOADS / job_id / safe_name(name)
        place.parent.mkdir(parents=True)
        try:
            with replacing(place) as file:
                self._copy(chunks, file.write)
        except BaseException:
            place.parent.rmdir()
            raise
        self._enqueue(job_id, place)
        return job_id

    def _copy(self, chunks: Iterable[bytes], write: Callable[[bytes], object]) -> None:
        size = 0
        for chunk in chunks:
            size += len(chunk)
            if size > self.max_bytes:
                raise Refused("too-large", f"the document has more than {self.max_bytes} bytes: split it")
            write(chunk)
        if size == 0:
            raise Refused("empty-file", "the document has no content: send it again")

    def upload(self, job_id: str) -> Upload:
        """Return how a job stands. Raises Refused when there is none of this id."""
        places = list((self._folder / UPLOADS / job_id).glob("[!.]*")) if JOB.fullmatch(job_id) else []
        if not places:
            raise Refused("no-job", f"there is no job {job_id!r}")
        state = self._pending.get(job_id)
        if state in ("waiting", "reading"):
            return Upload(job_id, places[0].name, state, "", None)
        ended = self._finished(places[0])
        if ended is None:
            return Upload(job_id, places[0].name, "failed", self._faults.get(job_id, "it was not read"), None)
        return Upload(job_id, places[0].name, *ended)

    def _finished(self, place: Path) -> tuple[JobState, str, str | None] | None:
        """How the reading of a document ended, as the ledger has it; None while it has not."""
        if not (self._folder / LEDGER_NAME).is_file():
            return None
        with read_ledger(self._folder) as ledger:
            entry = ledger.input_at(str(place))
            if entry is None:
                return None
            read = ledger.extraction(entry.sha256, entry.fingerprint) if entry.sha256 else None
        if read is None:
            return "failed", entry.message or "", entry.sha256
        return ("done" if read.status in ("ok", "review") else "failed"), read.message, entry.sha256

    def _enqueue(self, job_id: str, place: Path) -> None:
        self._pending[job_id] = "waiting"
        self._waiting.put((job_id, place))
        if self._thread is None:
            self._thread = threading.Thread(target=self._read_all, name="intake", daemon=True)
            self._thread.start()

    def _read_all(self) -> None:
        while True:
            job_id, place = self._waiting.get()
            self._pending[job_id] = "reading"
            self._read(job_id, place)
            self._pending.pop(job_id)

    def _read(self, job_id: str, place: Path) -> None:
        """Run the ordinary command; while another run holds the folder, wait for it."""
        words = [sys.executable, "-m", "pipeline", "run", str(place), "--out", str(self._folder), "--workers", "1"]
        while True:
            done = subprocess.run(words, capture_output=True, text=True, errors="replace", check=False)
            if done.returncode != EXIT_REFUSED:
                break
            time.sleep(BUSY_SECONDS)
        self._faults[job_id] = (done.stderr.strip().splitlines() or [""])[-1]
