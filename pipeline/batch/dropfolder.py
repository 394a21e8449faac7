"""A scanner's drop folder: files are claimed when they are stable, read from working/, and end in done/ or failed/.

A claimed file gets a name that nothing in the folder or the ledger has had before, so that tomorrow's scan0001.pdf does
not take the place of today's. Every step is one rename on one file system: whenever this is killed, each file is in
exactly one of the places, and the next start goes on from there.
"""

from __future__ import annotations

import errno
import itertools
import os
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.batch.ledger import Ledger
from pipeline.batch.sources import SUPPORTED, SourceFile, name_of

WORKING, DONE, FAILED = "working", "done", "failed"
MAX_NAME = 255
"""bytes of a file's name on common file systems"""
NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK)
"""What file systems answer that know no second names."""

Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class DropFolder:
    """out: the job folder, which may lie inside and is left alone."""

    root: Path
    out: Path

    def prepare(self) -> None:
        for name in (WORKING, DONE, FAILED):
            (self.root / name).mkdir(exist_ok=True)

    def waiting(self) -> Iterator[Path]:
        """Yield the documents that lie in the folder and its subfolders, in order of their names; no links."""
        kept = {os.path.realpath(place) for place in (self.out, *(self.root / n for n in (WORKING, DONE, FAILED)))}
        yield from _documents(self.root, lambda folder: os.path.realpath(folder) in kept)

    def claim(self, path: Path, ledger: Ledger) -> Path:
        """Given a stable file and the ledger, move it to working/ under a name of its own and return its new place."""
        relative = path.relative_to(self.root)

        def free(name: Path) -> bool:
            taken = (self.root / place / name for place in (DONE, FAILED))
            return not any(map(os.path.lexists, taken)) and not ledger.has_input(self.name(name))

        return move(path, self.root / WORKING / relative, lambda place: free(place.relative_to(self.root / WORKING)))

    def working(self) -> tuple[SourceFile, ...]:
        """Return what was claimed, now or by one that was killed; named as if it still lay in the folder itself."""
        base = self.root / WORKING
        found = _documents(base, lambda folder: False)
        return tuple(SourceFile(self.name(path.relative_to(base)), path) for path in found)

    def name(self, relative: Path) -> str:
        return name_of(self.root / relative)

    def put_away(self, source: SourceFile, place: str) -> Path:
        """Given a claimed file and done or failed, move it there and return where it is."""
        return move(source.path, self.root / place / source.path.relative_to(self.root / WORKING))


class Settling:
    """Tells which files have not changed for some seconds. now: seconds of a clock that never goes back."""

    def __init__(self, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._now = seconds, now
        self._seen: dict[Path, tuple[Stamp, float]] = {}

    def stable(self, paths: Iterator[Path]) -> list[Path]:
        """Given the files that are there now, return those that have been the same for long enough."""
        before, now, self._seen, still = self._seen, self._now(), {}, []
        for path in paths:
            stamp = _stamp(path)
            if stamp is None:
                continue
            since = before[path][1] if path in before and before[path][0] == stamp else now
            self._seen[path] = stamp, since
            if now - since >= self._seconds:
                still.append(path)
        return still


def move(source: Path, wanted: Path, free: Callable[[Path], bool] = lambda place: True) -> Path:
    """Given a file and the place wanted for it, move it there, or beside it under a number when that is taken; nothing
    is ever written over. Returns the place. A move that was killed half-way, with both names there, is completed."""
    wanted.parent.mkdir(parents=True, exist_ok=True)
    for number in itertools.count(1):
        place = numbered(wanted, number)
        if os.path.lexists(place) and place.samefile(source):
            source.unlink()
            return place
        if free(place) and _moved(source, place):
            return place
    raise AssertionError("numbers do not end")


def numbered(path: Path, number: int) -> Path:
    """Given a.pdf and 2, return "a (2).pdf", shortened where the name would be too long; with 1, the path itself."""
    if number == 1:
        return path
    end = f" ({number}){path.suffix}"
    stem = path.stem
    while len(os.fsencode(stem + end)) > MAX_NAME:
        stem = stem[:-1]
    return path.with_name(stem + end)


def _moved(source: Path, place: Path) -> bool:
    """Move a file to a place that must not exist yet, and return whether it did not."""
    try:
        place.hardlink_to(source)  # refuses to write over, which a rename does not
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in NO_LINKS or os.path.lexists(place):
            raise
        source.rename(place)
        return True
    source.unlink()
    return True


def _documents(folder: Path, skip: Callable[[Path], bool]) -> Iterator[Path]:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        path = folder / entry.name
        if entry.name.startswith(".") or entry.is_symlink():
            continue
        if entry.is_dir():
            if not skip(path):
                yield from _documents(path, skip)
        elif entry.is_file() and path.suffix.lower() in SUPPORTED:
            yield path


def _stamp(path: Path) -> Stamp | None:
    """Return what changes when a file is written to; None when it has gone. Only for telling whether it rests."""
    try:
        state = path.lstat()
    except OSError:
        return None
    return (state.st_ino, state.st_size, state.st_mtime_ns) if stat.S_ISREG(state.st_mode) else None
