"""The log of a run: DIR/logs/<run>.jsonl, one JSON object a line, each with the run, the document, the page, the stage
that it is about. It tells what was done and how long it took, never what stands on a page."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import IO, Any

import structlog

from pipeline.batch.engine import Note
from pipeline.batch.listen import Begun, Ended, Listener, RunState

LOGS = "logs"
PROCESSORS = (
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    structlog.processors.EventRenamer("event"),
    structlog.processors.JSONRenderer(ensure_ascii=False),
)


def log_file(out: Path, run: str) -> Path:
    return out / LOGS / f"{run}.jsonl"


class Journal(Listener):
    """Writes down what it hears. version: of the program. debug: messages too, which may quote a page."""

    def __init__(self, version: str, debug: bool = False) -> None:
        self._version = version
        self._level = logging.DEBUG if debug else logging.INFO
        self._file: IO[str] | None = None
        self._log: Any = None

    def begun(self, begun: Begun) -> None:
        path = log_file(begun.out, begun.run)
        path.parent.mkdir(exist_ok=True)
        self._file = path.open("a", encoding="utf-8", errors="backslashreplace", buffering=1)
        self._log = structlog.wrap_logger(
            structlog.WriteLogger(self._file),
            processors=PROCESSORS,
            wrapper_class=structlog.make_filtering_bound_logger(self._level),
        ).bind(run=begun.run)
        self._log.info("run-begun", files=begun.files, fingerprint=begun.fingerprint, version=self._version)

    def note(self, note: Note) -> None:
        log = self._log.bind(worker=note.pid, **({"document": note.file} if note.file is not None else {}))
        if note.event == "page-read":
            _page(log.bind(page=note.page), note)
        elif note.event == "worker-ended":
            log.info(note.event, why=note.why)
        else:
            log.info(note.event)

    def ended(self, ended: Ended) -> None:
        log = self._log.bind(document=ended.file)
        how = log.info if ended.status in ("ok", "review") else log.warning
        counts = {"pages": ended.pages, "accepted": ended.accepted, "review": ended.review}
        how("document-ended", status=ended.status, reason=ended.reason, fresh=ended.fresh, **counts)
        log.debug("document-message", message=ended.message)

    def over(self, state: RunState) -> None:
        if self._file is None:
            return
        try:
            self._log.info("run-over", state=state)
        finally:
            self._file.close()


def _page(log: Any, note: Note) -> None:
    """Log a page, and by itself the stage that broke on it."""
    for stage, seconds, error in note.stages:
        if error is not None:
            log.error("stage-failed", stage=stage, error=error, seconds=seconds)
    log.info("page-read", seconds={stage: seconds for stage, seconds, _ in note.stages})
