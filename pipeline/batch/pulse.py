"""Keeps the ledger's line about the run that is under way, so that others can see how it gets on."""

from __future__ import annotations

import json
import time

from pipeline.batch.engine import Note, Task
from pipeline.batch.ledger import RunRow
from pipeline.batch.listen import Begun, Ended, Listener, RunState

BEAT_SECONDS = 1.0
"""Between two writes, each of which waits for the disk."""


class Pulse(Listener):
    """Counts, and writes the counts from time to time; the last ones always."""

    def __init__(self, beat: float = BEAT_SECONDS) -> None:
        self._beat = beat
        self._begun: Begun | None = None
        self._at = self._written = 0.0
        self._ended = self._fresh = self._pages = 0
        self._under_way: dict[str, tuple[float, set[int], int]] = {}

    def begun(self, begun: Begun) -> None:
        self._begun, self._at = begun, time.time()
        self._write("running")

    def note(self, note: Note) -> None:
        if note.event == "document-begun" and note.file is not None:
            self._under_way.setdefault(note.file, (time.time(), set(), 0))

    def page(self, task: Task, page: int, total: int) -> None:
        since, done, _ = self._under_way.get(task.file, (time.time(), set(), 0))
        self._pages += page not in done  # a range may be read again
        done.add(page)
        self._under_way[task.file] = since, done, total

    def ended(self, ended: Ended) -> None:
        self._under_way.pop(ended.file, None)
        self._ended += 1
        self._fresh += ended.fresh
        self.tick()  # a run that passes over thousands of finished files begins no task meanwhile

    def over(self, state: RunState) -> None:
        self._under_way.clear()
        self._write(state)

    def tick(self) -> None:
        if time.monotonic() - self._written >= self._beat:
            self._write("running")

    def _write(self, state: RunState) -> None:
        assert self._begun is not None
        self._written = time.monotonic()
        under_way = [[file, since, len(done), of] for file, (since, done, of) in self._under_way.items()]
        self._begun.ledger.note_run(
            RunRow(
                run=self._begun.run,
                state=state,
                begun=self._at,
                seen=time.time(),
                files=self._begun.files,
                ended=self._ended,
                fresh=self._fresh,
                pages=self._pages,
                under_way=json.dumps(under_way, ensure_ascii=False),
            )
        )
