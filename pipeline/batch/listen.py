"""Who hears of a run: the terminal, the ledger's line about the run, the log. Each overrides what it cares for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.batch.engine import Note, Task
from pipeline.batch.ledger import Ledger
from pipeline.errors import DocumentStatus

RunState = Literal["running", "finished", "interrupted", "broken"]


@dataclass(frozen=True, slots=True)
class Ended:
    """How one input ended. fresh: in this run, not in an earlier one. copy: another file before it holds the same
    bytes; records and pages count with that one."""

    file: str
    status: DocumentStatus
    reason: str | None
    message: str
    pages: int | None = None
    accepted: int = 0
    review: int = 0
    fresh: bool = True
    copy: bool = False


@dataclass(frozen=True, slots=True)
class Begun:
    """A run that holds its job folder. run: its name, which sorts by time."""

    run: str
    out: Path
    files: int
    fingerprint: str
    ledger: Ledger


class Listener:
    """Hears nothing; the base of all that hear something. ``over`` comes last, however the run ends."""

    def begun(self, begun: Begun) -> None:
        """Told once, when the folder is held."""

    def note(self, note: Note) -> None:
        """Told of workers that come and go and of each document that one takes."""

    def page(self, task: Task, page: int, total: int) -> None:
        """Told of each page of a file that is done, 1-based; of a long file in any order."""

    def tick(self) -> None:
        """Called several times a second, also while nothing happens."""

    def ended(self, ended: Ended) -> None:
        """Told of each input, once."""

    def over(self, state: RunState) -> None:
        """Told once, when the files of the folder are written."""


class Chorus(Listener):
    """Passes everything on to several listeners, in their order; they may be others in another run."""

    def __init__(self, listeners: Sequence[Listener] = ()) -> None:
        self.listeners = tuple(listeners)

    def begun(self, begun: Begun) -> None:
        for listener in self.listeners:
            listener.begun(begun)

    def note(self, note: Note) -> None:
        for listener in self.listeners:
            listener.note(note)

    def page(self, task: Task, page: int, total: int) -> None:
        for listener in self.listeners:
            listener.page(task, page, total)

    def tick(self) -> None:
        for listener in self.listeners:
            listener.tick()

    def ended(self, ended: Ended) -> None:
        for listener in self.listeners:
            listener.ended(ended)

    def over(self, state: RunState) -> None:
        for listener in self.listeners:
            listener.over(state)
