"""How a job folder stands: what its ledger says now, also while a run is under way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.batch.ledger import LEDGER_NAME, RunRow, read_ledger
from pipeline.batch.lock import living_holder
from pipeline.errors import UsageError

SLOWEST = 5
MIN_SECONDS = 1.0
"""Over less than this a speed says nothing."""


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A document that a worker reads. page, of: 0 until the first page is done."""

    file: str
    seconds: float
    page: int
    of: int


@dataclass(frozen=True, slots=True)
class Status:
    """documents: counts by status; failures: by reason; slowest: (file, seconds, pages) of whole documents.

    run: the latest one, None for a folder of an older version; holder: who holds the folder, None for nobody.
    """

    documents: Mapping[str, int]
    failures: Mapping[str, int]
    records: tuple[int, int]
    pages: int
    slowest: tuple[tuple[str, float, int | None], ...]
    run: RunRow | None
    holder: Mapping[str, Any] | None

    @property
    def state(self) -> str:
        """Return the state of the latest run; one that says it runs but whose process is gone was killed."""
        if self.run is None:
            return "unknown"
        return "killed" if self.run.state == "running" and self.holder is None else self.run.state

    @property
    def pages_a_second(self) -> float | None:
        return self._rate(self.run.pages) if self.run else None

    @property
    def seconds_left(self) -> float | None:
        """Return how long the rest takes at the speed of the files read so far; None while nobody can tell."""
        if self.run is None or self.state != "running" or not (speed := self._rate(self.run.fresh)):
            return None
        return (self.run.files - self.run.ended) / speed

    @property
    def under_way(self) -> tuple[UnderWay, ...]:
        if self.run is None or self.state != "running":
            return ()
        seen = self.run.seen
        return tuple(
            UnderWay(file, max(seen - since, 0.0), page, of) for file, since, page, of in json.loads(self.run.under_way)
        )

    def _rate(self, number: int) -> float | None:
        seconds = self.run.seen - self.run.begun if self.run else 0.0
        return number / seconds if seconds >= MIN_SECONDS else None


def status_of(folder: Path) -> Status:
    """Given a job folder, return how it stands. Raises UsageError for a folder without a ledger."""
    if not (folder / LEDGER_NAME).is_file():
        raise UsageError(f"{folder} is no job folder: name the --out of a run")
    holder = living_holder(folder)  # before the ledger: a run that ends in between is then seen as ended
    with read_ledger(folder) as ledger:
        return Status(
            documents=ledger.counts(),
            failures=ledger.failures(),
            records=ledger.records(),
            pages=ledger.pages(),
            slowest=ledger.slowest(SLOWEST),
            run=ledger.latest_run(),
            holder=holder,
        )
