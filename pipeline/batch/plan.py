"""What a run would do with each input, and why, without doing it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.batch.fingerprint import fingerprint
from pipeline.batch.ledger import Extraction, Input, Ledger
from pipeline.batch.sources import SourceFile, name_of, sha256_of
from pipeline.config import Settings
from pipeline.errors import UnreadableFile

FINISHED = frozenset({"ok", "review"})

Why = Literal["new", "changed", "failed before", "up to date", "unreadable"]


@dataclass(frozen=True, slots=True)
class Job:
    """What was asked for. retry: read again what failed before. keep: artefacts indented for reading."""

    sources: tuple[SourceFile, ...]
    out: Path
    settings: Settings
    form: str = "auto"
    retry: bool = False
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """What a run would do with one input. read: its bytes would be read now. note: what the reason rests on."""

    file: str
    why: Why
    read: bool
    note: str = ""


def plan(job: Job, ledger: Ledger) -> Iterator[Planned]:
    """Given a job and its ledger, return what a run would do with each input, in order. Hashes, and writes nothing."""
    digest = fingerprint(job.settings, job.form)
    first_with: dict[str, str] = {}
    for source in job.sources:
        try:
            sha256 = sha256_of(source.path)
        except UnreadableFile as error:
            yield Planned(source.file, "unreadable", False, str(error))
            continue
        planned = _planned(job, ledger, source, Key(sha256, digest))
        first = first_with.setdefault(sha256, source.file)
        if planned.read and first != source.file:
            planned = Planned(source.file, planned.why, False, f"the same bytes as {first}")
        yield planned


@dataclass(frozen=True, slots=True)
class Key:
    """What an extraction is known by."""

    sha256: str
    fingerprint: str


def _planned(job: Job, ledger: Ledger, source: SourceFile, key: Key) -> Planned:
    known = ledger.extraction(key.sha256, key.fingerprint)
    if known is None:
        why, note = _unknown(ledger.input_at(place_of(source)), key)
        return Planned(source.file, why, True, note)
    if not has_artefact(known, job.out):
        return Planned(source.file, "changed", True, f"{known.artefact} is missing")
    if known.status in FINISHED:
        return Planned(source.file, "up to date", False)
    return Planned(source.file, "failed before", job.retry, known.reason or known.status)


def _unknown(before: Input | None, key: Key) -> tuple[Why, str]:
    """Given what is known of the place of an input whose bytes were not read under these settings, return why they
    were not, and what that rests on."""
    if before is None:
        return "new", ""
    if before.sha256 is None:
        return "failed before", before.reason or ""
    return "changed", "its bytes" if before.sha256 != key.sha256 else "settings, forms, code or models"


def is_finished(known: Extraction, out: Path, retry: bool) -> bool:
    """Given an extraction of an earlier run, need its bytes not be read again?"""
    return has_artefact(known, out) and (known.status in FINISHED or not retry)


def has_artefact(known: Extraction, out: Path) -> bool:
    return (out / known.artefact).is_file()


def place_of(source: SourceFile) -> str:
    """Return where an input lies whatever it is called, as the ledger writes it."""
    return name_of(Path(os.path.realpath(source.path)))
