"""What of each record a list needs to know, with the place of the rest in records.jsonl, which stays on the disk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from pipeline.errors import IssueCode, UsageError
from pipeline.sinks.jsonl import BUFFER_BYTES

Plain = Mapping[str, Any]
NAME_SUFFIX = "_name"
"""The first field whose path ends so says what a record is about."""
Print = tuple[int, int]
"""Of a line of the file: its length in bytes and its keyed hash, which holds as long as this process. Lines that share
both are the same line: two of a million others do by a chance of one in thirty million."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One record. surety: of its most doubtful value, 0 where something is wrong in itself."""

    record_id: str
    form: str
    file: str
    page: int
    name: str
    status: str
    errors: int
    surety: float


@dataclass(frozen=True)
class Catalog:
    """The records of one state of a file, in its order. stamp: what changes when the file does. prints: of their lines,
    in the same order; places: where these begin, in bytes."""

    path: Path
    stamp: tuple[int, ...]
    entries: tuple[Entry, ...]
    prints: tuple[Print, ...]
    by_id: Mapping[str, Entry]
    places: Mapping[str, int]

    def record(self, record_id: str) -> dict[str, Any] | None:
        """Return the whole record; None where there is none of this id."""
        place = self.places.get(record_id)
        if place is None:
            return None
        with self.path.open("rb") as file:
            file.seek(place)
            record: dict[str, Any] = json.loads(file.readline())
        return record

    def by_print(self) -> dict[Print, Entry]:
        return dict(zip(self.prints, self.entries, strict=True))

    def changed_since(self, before: Catalog) -> frozenset[str]:
        """Return the ids of the records whose lines are not those that they were, or that are not in both."""
        now, then = self.prints_by_id(), before.prints_by_id()
        return frozenset(record_id for record_id, _ in now.items() ^ then.items())

    def prints_by_id(self) -> dict[str, Print]:
        return dict(zip((entry.record_id for entry in self.entries), self.prints, strict=True))


def stamp_of(path: Path) -> tuple[int, ...]:
    """Return what changes when a file is written anew. Raises UsageError when there is none."""
    try:
        found = path.stat()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}. Name the job folder of a finished run") from error
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def load_catalog(folder: Path, before: Catalog | None = None) -> Catalog:
    """Given a job folder and a catalog of how it was before, return the catalog of its records.

    A line costs a third of a millisecond to understand and a hundredth to recognise: a run that adds documents writes
    the whole file anew, and most of its lines are old."""
    path = folder / "records.jsonl"
    stamp, known = stamp_of(path), before.by_print() if before else {}
    entries, prints = list[Entry](), list[Print]()
    with path.open("rb", buffering=BUFFER_BYTES) as file:
        for line in file:
            prints.append((len(line), hash(line)))
            entries.append(known.get(prints[-1]) or _entry(json.loads(line)))
    by_id = {entry.record_id: entry for entry in entries}
    begins = accumulate((length for length, _ in prints[:-1]), initial=0)
    places = {entry.record_id: begin for entry, begin in zip(entries, begins, strict=False)}
    return Catalog(path, stamp, tuple(entries), tuple(prints), by_id, places)


def _entry(record: Plain) -> Entry:
    errors = [issue for issue in record["issues"] if issue["severity"] == "error"]
    return Entry(
        record_id=record["record_id"],
        form=record["form"],
        file=record["source"]["file"],
        page=record["source"]["pages"][0],
        name=name_of(record["data"]),
        status=record["status"],
        errors=len(errors),
        surety=surety_of(record),
    )


def surety_of(record: Plain) -> float:
    """Given a record, return the probability of its least sure value, and 0 where a rule or a grammar says no."""
    if any(issue["severity"] == "error" and issue["code"] != IssueCode.LOW_CONFIDENCE for issue in record["issues"]):
        return 0.0
    return min((float(one["confidence"]) for one in record["evidence"].values()), default=0.0)


def name_of(data: Plain) -> str:
    names = (value for key, value in data.items() if key.endswith(NAME_SUFFIX) and isinstance(value, str))
    return next(names, "")
