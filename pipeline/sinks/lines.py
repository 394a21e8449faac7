"""The one way from a job folder to its lines: every export, feed and page reads records here.

Corrections by people are laid over the records on this way, so that whoever reads sees them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from pipeline.errors import ShenbaoError
from pipeline.sinks.jsonl import read_lines, read_pairs

Plain = Mapping[str, Any]
Only = Literal["accepted", "reviewed", "all"]


@dataclass(frozen=True, slots=True)
class Seen:
    """A record as it stands now. by_hand: a person has accepted it."""

    record: Plain
    by_hand: bool


Overlay = Callable[[Plain], Seen]
"""Given a record as it was read, what people made of it."""


@dataclass(frozen=True, slots=True)
class DocumentLines:
    """One line of documents.jsonl and those of its records that were asked for. digests: what tells each of these from
    another state of it."""

    document: Plain
    records: tuple[Plain, ...]
    digests: tuple[str, ...]


def as_read(record: Plain) -> Seen:
    """The overlay of a folder that nobody has reviewed."""
    return Seen(record, by_hand=False)


def records_of(job: Path, only: Only = "all", overlay: Overlay = as_read) -> Iterator[Plain]:
    """Given a job folder, yield its records with their corrections. Raises UsageError when it holds none."""
    for record in read_lines(job / "records.jsonl"):
        seen = overlay(record)
        if is_wanted(seen, only):
            yield seen.record


def is_wanted(seen: Seen, only: Only) -> bool:
    """accepted: by the program or by a person; reviewed: by a person."""
    accepted = seen.record["status"] == "accepted"
    return only == "all" or (accepted and (only == "accepted" or seen.by_hand))


def documents_of(job: Path, only: Only = "all", overlay: Overlay = as_read) -> Iterator[DocumentLines]:
    """Given a job folder, yield each document with its records, one at a time: both files stand in the same order.

    Raises ShenbaoError where they do not belong together, as when a run writes them just now.
    """
    records = read_pairs(job / "records.jsonl")
    for document in read_lines(job / "documents.jsonl"):
        own = list(islice(records, len(document["records"])))
        if [record["record_id"] for record, _ in own] != document["records"]:
            raise _torn(job)
        seen = [(now, digest_of(now.record, record, line)) for record, line in own if (now := overlay(record))]
        wanted = [(now.record, digest) for now, digest in seen if is_wanted(now, only)]
        yield DocumentLines(document, tuple(record for record, _ in wanted), tuple(digest for _, digest in wanted))
    if next(records, None) is not None:
        raise _torn(job)


def digest_of(record: Plain, as_read: Plain | None = None, line: str = "") -> str:
    """Given a record and, where it may be that, the one that was read from a line, return what tells its state. Of one
    that nobody has changed the line tells it: to write a record down takes as long as to read it."""
    told = line if record is as_read else json.dumps(record)
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def _torn(job: Path) -> ShenbaoError:
    return ShenbaoError(
        f"records.jsonl and documents.jsonl in {job} are not of one moment: export again once the run has written both"
    )
