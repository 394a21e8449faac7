"""Databases: a document is stored whole or not; what has not changed is left alone, what is gone is removed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.sinks.layout import Layout
from pipeline.sinks.lines import DocumentLines
from pipeline.sinks.typed import Rows, Shaper


@dataclass(frozen=True, slots=True)
class Put:
    """A document to be stored. fresh: nothing of it is stored yet."""

    file: str
    version: str
    rows: Rows
    fresh: bool


class Store(Protocol):
    """A database with the tables of a layout, seen by one job. batch_rows: so many rows of whole documents are put at
    once; 0 where each document is put by itself."""

    batch_rows: int

    def versions(self) -> Mapping[str, str]:
        """Return the version of each document that is stored, by file."""

    def put(self, documents: Sequence[Put]) -> None:
        """Given documents, store their rows and remove their rows of other versions, all or nothing."""

    def drop(self, file: str) -> None:
        """Remove all rows of a document, all or nothing."""


@dataclass(frozen=True, slots=True)
class Synced:
    """written, unchanged, removed: documents. misfits: values that no column could hold, by table and column."""

    records: int
    written: int
    unchanged: int
    removed: int
    misfits: Mapping[str, int]


def sync(store: Store, layout: Layout, job: str, documents: Iterable[DocumentLines]) -> Synced:
    """Given documents with their records, bring the database to hold just these for the job, and say what it took."""
    stored, shaper = store.versions(), Shaper(layout, job)
    seen: set[str] = set()
    records = written = 0
    puts, rows = list[Put](), 0
    for lines in documents:
        file, version = lines.document["file"], shaper.version(lines)
        seen.add(file)
        records += len(lines.records)
        if stored.get(file) != version:
            puts.append(Put(file, version, shaper.rows(lines, version), fresh=file not in stored))
            rows += sum(map(len, puts[-1].rows.values()))
            written += 1
        if rows > store.batch_rows:
            store.put(puts)
            puts, rows = [], 0
    if puts:
        store.put(puts)
    gone = stored.keys() - seen
    for file in sorted(gone):
        store.drop(file)
    return Synced(records, written, len(seen) - written, len(gone), shaper.misfits)
