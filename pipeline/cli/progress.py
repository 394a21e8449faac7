"""What a run looks like while it runs: a bar on a terminal, one plain line a document elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from pipeline.batch.engine import Task
from pipeline.batch.listen import Ended, Listener
from pipeline.cli.words import count_of, printable


class Watch(Listener):
    """Sees each page and each end of a run, and keeps the ends."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.ends: list[Ended] = []

    def ended(self, ended: Ended) -> None:
        self.ends.append(ended)


class Lines(Watch):
    """One line for each document that was read in this run."""

    def ended(self, ended: Ended) -> None:
        super().ended(ended)
        if ended.fresh:
            self.console.print(line_of(ended), soft_wrap=True)


class Bar(Watch):
    """A bar over the files, long files by their pages, with speed, time left and the counts so far."""

    def __init__(self, console: Console, progress: Progress, files: int) -> None:
        super().__init__(console)
        self._progress = progress
        self._bar = progress.add_task("", total=files, counts="")
        self._begun = time.monotonic()
        self._pages = 0
        self._parts: dict[str, tuple[set[int], int]] = {}

    def page(self, task: Task, page: int, total: int) -> None:
        done, _ = self._parts.setdefault(task.file, (set(), total))
        self._pages += page not in done  # a range may be read again
        done.add(page)
        self._show()

    def ended(self, ended: Ended) -> None:
        super().ended(ended)
        self._parts.pop(ended.file, None)
        self._show()

    def _show(self) -> None:
        parts = sum(len(done) / total for done, total in self._parts.values() if total)
        self._progress.update(self._bar, completed=len(self.ends) + parts, counts=self._counts())

    def _counts(self) -> str:
        speed = self._pages / max(time.monotonic() - self._begun, 1e-3)
        accepted, review, failed = totals(self.ends)
        found = f"{count_of(accepted + review, 'record')}, {review} to review, {failed} failed"
        return f"{len(self.ends)} done  {count_of(self._pages, 'page')} ({speed:.1f}/s)  {found}"


@contextmanager
def watching(console: Console, files: int) -> Iterator[Watch]:
    """Given the console and the number of inputs, return what shows the run there."""
    if not console.is_terminal or console.is_dumb_terminal:
        yield Lines(console)
        return
    columns = BarColumn(), TextColumn("{task.total} files, {task.fields[counts]}")
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as progress:
        yield Bar(console, progress, files)


def totals(ends: list[Ended]) -> tuple[int, int, int]:
    """Return (accepted records, records that wait for review, files that gave nothing)."""
    failed = sum(ended.status not in ("ok", "review") for ended in ends)
    return sum(ended.accepted for ended in ends), sum(ended.review for ended in ends), failed


def line_of(ended: Ended) -> str:
    """Given how an input ended, return it as one line."""
    name = printable(ended.file)
    if ended.status not in ("ok", "review"):
        return f"{name}: {status_of(ended)}: {printable(ended.message)}"
    if ended.copy:
        return f"{name}: {status_of(ended)}, {printable(ended.message)}"
    records = count_of(ended.accepted + ended.review, "record")
    doubt = f", {ended.review} to review" if ended.review else ""
    return f"{name}: {status_of(ended)}, {count_of(ended.pages or 0, 'page')}, {records}{doubt}"


def status_of(ended: Ended) -> str:
    """Return the status with its reason, where that says more."""
    return ended.status if ended.reason in (None, ended.status) else f"{ended.status} ({ended.reason})"
