"""What of each record a list needs to know, with the place of the rest in records.jsonl, which stays on the disk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import IssueCode, UsageError

Plain = Mapping[str, Any]
NAME_SUFFIX = "_name"
"""The first field whose path ends so says what a record is about."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One record. surety: of its most doubtful value, 0 where something is wrong in itself. offset: of its line."""

    record_id: str
    form: str
    file: str
    page: int
    name: str
    status: str
    errors: int
    surety: float
    offset: int


@dataclass(frozen=True)
class Catalog:
    """The records of one state of a file, in its order. stamp: what changes when the file does."""

    path: Path
    stamp: tuple[int, ...]
    entries: tuple[Entry, ...]
    by_id: Mapping[str, Entry]

    def record(self, record_id: str) -> dict[str, Any] | None:
        """Return the whole record; None where there is none of this id."""
        entry = self.by_id.get(record_id)
        if entry is None:
            return None
        with self.path.open("rb") as file:
            file.seek(entry.offset)
            record: dict[str, Any] = json.loads(file.readline())
        return record


def stamp_of(path: Path) -> tuple[int, ...]:
    """Return what changes when a file is written anew. Raises UsageError when there is none."""
    try:
        found = path.stat()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}. Name the job folder of a finished run") from error
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def load_catalog(folder: Path) -> Catalog:
    """Given a job folder, return the catalog of its records; some 0.3 s for a thousand."""
    path = folder / "records.jsonl"
    stamp, entries, offset = stamp_of(path), [], 0
    with path.open("rb") as file:
        for line in file:
            entries.append(_entry(json.loads(line), offset))
            offset += len(line)
    return Catalog(path, stamp, tuple(entries), {entry.record_id: entry for entry in entries})


def _entry(record: Plain, offset: int) -> Entry:
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
        offset=offset,
    )


def surety_of(record: Plain) -> float:
    """Given a record, return the probability of its least sure value, and 0 where a rule or a grammar says no."""
    if any(issue["severity"] == "error" and issue["code"] != IssueCode.LOW_CONFIDENCE for issue in record["issues"]):
        return 0.0
    return min((float(one["confidence"]) for one in record["evidence"].values()), default=0.0)


def name_of(data: Plain) -> str:
    names = (value for key, value in data.items() if key.endswith(NAME_SUFFIX) and isinstance(value, str))
    return next(names, "")
