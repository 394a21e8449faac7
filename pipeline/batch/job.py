"""The driver of a run over many files: skip what is finished, have the rest read, keep each outcome, write files."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from pipeline.batch.engine import (
    CHANGED,
    NO_SPACE,
    PARTS_DAMAGED,
    Engine,
    Intermediate,
    Outcome,
    OutcomeStatus,
    Report,
    Task,
    WorkerRef,
    changed_report,
)
from pipeline.batch.fingerprint import fingerprint
from pipeline.batch.ledger import Extraction, Input, Ledger, open_ledger
from pipeline.batch.listen import Begun, Ended, Listener, RunState
from pipeline.batch.lock import run_lock
from pipeline.batch.outputs import artefact_name, reference, write_artefact, write_outputs
from pipeline.batch.parts import PartStore
from pipeline.batch.plan import FINISHED, Job, is_finished, place_of
from pipeline.batch.ranges import RangedEngine
from pipeline.batch.sources import SourceFile, name_of, sha256_of
from pipeline.errors import DocumentStatus, ShenbaoError, UnreadableFile, UsageError
from pipeline.stages.emit import lost_to_outputs, to_line

Write = Callable[[Path, Ledger], None]
EXTRACTOR = "pipeline.batch.extraction:make_extractor"
NOT_FINAL = frozenset({CHANGED, NO_SPACE, PARTS_DAMAGED, UnreadableFile.reason})
"""Reasons that lie in the moment and not in the bytes: such inputs are tried again by every run."""
DOCUMENT_STATUS: dict[OutcomeStatus | Intermediate, DocumentStatus] = {
    "ok": "ok",
    "review": "review",
    "failed": "failed",
    "rejected": "rejected",
    "timeout": "timeout",
    "crashed": "crashed",
    "out-of-memory": "crashed",
}


def worker_of(job: Job) -> WorkerRef:
    """Given a job, name the worker that reads its documents."""
    return WorkerRef(EXTRACTOR, {"settings": job.settings.model_dump(mode="json"), "form": job.form})


def run_job(
    job: Job, engine: Engine, worker: WorkerRef, listener: Listener, write: Write = write_outputs
) -> tuple[Ended, ...]:
    """Given a job, bring its inputs to an end and return how each ended, in order of their ends.

    ``write`` writes the files of the job folder in any case, also when the run is interrupted. Raises UsageError,
    PolicyError when another run holds the folder, ShenbaoError when it cannot be written or workers do not start.
    """
    with job_folder(job.out) as ledger:
        run = _Run(job, ledger, listener)
        store = PartStore(job.out, run.fingerprint)
        ranged = RangedEngine(engine, store)
        state: RunState = "broken"
        try:
            listener.begun(run.begun())
            with closing(ranged.run(run.tasks(), worker, job.settings.limits)) as outcomes:
                for outcome in outcomes:
                    run.take(outcome)
            store.tidy()
            state = "finished" if len(run.ends) == len(job.sources) else "interrupted"
        except KeyboardInterrupt:
            state = "interrupted"
            raise
        finally:
            try:
                write(job.out, ledger)
            finally:
                listener.over(state)
        return tuple(run.ends)


@contextmanager
def job_folder(folder: Path) -> Iterator[Ledger]:
    """Given the job folder, make it, hold it, open its ledger; what the disk refuses becomes an error with advice."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"--out {name_of(folder)} is a file: name a folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with run_lock(folder), open_ledger(folder) as ledger:
            yield ledger
    except OSError as error:
        raise ShenbaoError(
            f"cannot write in {name_of(folder)}: {error.strerror}. Free or unlock the disk and run again, or choose "
            "another --out; what is finished is kept"
        ) from error


class _Run:
    """The state of one run: who waits for which bytes, and what has ended."""

    def __init__(self, job: Job, ledger: Ledger, listener: Listener) -> None:
        self._job = job
        self._ledger = ledger
        self._listener = listener
        self.fingerprint = fingerprint(job.settings, job.form)
        self._waiting: dict[str, list[SourceFile]] = {}
        self._read_now: set[str] = set()
        self._first_with: dict[str, str] = {}
        self.ends: list[Ended] = []

    def begun(self) -> Begun:
        now = time.time_ns() // 1_000_000  # a watch does several runs a second
        name = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime(now // 1000))}.{now % 1000:03}Z-{os.getpid()}"
        return Begun(name, self._job.out, len(self._job.sources), self.fingerprint, self._ledger)

    def tasks(self) -> Iterator[Task]:
        """Hash one input after another; what is finished or cannot be read ends here, the rest becomes tasks."""
        for source in self._job.sources:
            try:
                sha256 = sha256_of(source.path)
            except UnreadableFile as error:
                self._fail([source], error.reason, str(error))
                continue
            known = self._ledger.extraction(sha256, self.fingerprint)
            if known is not None and self._is_finished(known):
                self._ledger.settle([self._input(source, sha256)])
                self._end(source, known, fresh=sha256 in self._read_now)
            elif sha256 in self._waiting:
                self._waiting[sha256].append(source)
            else:
                self._waiting[sha256] = [source]
                yield Task(source.file, str(source.path.absolute()), sha256)

    def take(self, outcome: Outcome) -> None:
        """Given an outcome, make it last: artefact first, rows second."""
        outcome = replace(outcome, report=as_of_now(outcome))
        sources, report = self._waiting.pop(outcome.task.sha256), outcome.report
        self._read_now.add(outcome.task.sha256)
        if report.reason in NOT_FINAL:
            self._fail(sources, report.reason or "", report.message)
            return
        extraction = self._extraction(outcome)
        artefact = report.artefact or _lost(outcome.task, report)
        write_artefact(self._job.out, extraction.artefact, artefact, self._job.keep)
        self._ledger.settle([self._input(source, extraction.sha256) for source in sources], extraction)
        for source in sources:
            self._end(source, extraction, fresh=True)

    def _is_finished(self, known: Extraction) -> bool:
        retry = self._job.retry and known.sha256 not in self._read_now
        return is_finished(known, self._job.out, retry)

    def _extraction(self, outcome: Outcome) -> Extraction:
        sha256, report = outcome.task.sha256, outcome.report
        return Extraction(
            sha256=sha256,
            fingerprint=self.fingerprint,
            status=DOCUMENT_STATUS[report.status],
            reason=report.reason,
            message=report.message,
            pages=report.pages,
            accepted=report.accepted,
            review=report.review,
            seconds=outcome.seconds,
            artefact=artefact_name(sha256, self.fingerprint),
        )

    def _input(self, source: SourceFile, sha256: str | None) -> Input:
        return Input(source.file, place_of(source), sha256, self.fingerprint)

    def _fail(self, sources: Sequence[SourceFile], reason: str, message: str) -> None:
        for source in sources:
            place = self._input(source, None)
            self._ledger.settle([Input(place.file, place.path, None, place.fingerprint, reason, message)])
            self._tell(Ended(source.file, "failed", reason, message))

    def _end(self, source: SourceFile, known: Extraction, fresh: bool) -> None:
        status: DocumentStatus = known.status  # type: ignore[assignment]
        counts, message = (known.pages, known.accepted, known.review), known.message
        first = self._first_with.setdefault(known.sha256, source.file)
        if copy := first != source.file:
            counts, message = (known.pages, 0, 0), reference(message, first)
        self._tell(Ended(source.file, status, known.reason, message, *counts, fresh=fresh, copy=copy))

    def _tell(self, ended: Ended) -> None:
        self.ends.append(ended)
        self._listener.ended(ended)


def as_of_now(outcome: Outcome) -> Report:
    """Given an outcome, return its report; a failure over bytes that are gone by now is one of the moment."""
    if outcome.report.status in FINISHED:
        return outcome.report
    try:
        same = sha256_of(Path(outcome.task.path)) == outcome.task.sha256
    except UnreadableFile as error:
        return Report(error.status, error.reason, str(error))
    return outcome.report if same else changed_report(outcome.task.file)


def _lost(task: Task, report: Report) -> bytes:
    status = DOCUMENT_STATUS[report.status]
    return to_line(lost_to_outputs(task.file, task.sha256, status, report.reason or status, report.message)).encode()
