"""What the records of a job folder say, counted in one walk: doubts by field and by page, layouts that drift."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.errors import IssueCode
from pipeline.sinks.jsonl import read_lines

ROW = re.compile(r"\[\d+\]")
"""The place in a list: doubts of one column count together."""
WORST = 20
RECORDS = "records.jsonl"

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Doubt:
    """A field of a form, and what is wrong with it. times: issues; records: that have one."""

    form: str
    path: str
    code: str
    times: int
    records: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A value in doubt and where it stands, in units of its page."""

    path: str
    box: Box
    confidence: float


@dataclass(frozen=True, slots=True)
class BadPage:
    """A page with values in doubt. page: 1-based. sha256: of the file that it was read from."""

    file: str
    sha256: str
    page: int
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Drift:
    """Records whose layout is not as their form has it, and how often each unknown or other word stood there."""

    records: int = 0
    words: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Findings:
    """records: how many there are of each form. doubts: most frequent first. worst: pages, most doubts first. lost:
    (file, reason, message) of inputs that gave nothing. drift: layouts that are not as their forms have them."""

    records: Mapping[str, int]
    doubts: tuple[Doubt, ...]
    worst: tuple[BadPage, ...]
    lost: tuple[tuple[str, str, str], ...]
    drift: Drift = Drift()


class _Tally:
    """Adds up record by record."""

    def __init__(self) -> None:
        self.forms: Counter[str] = Counter()
        self.words: Counter[str] = Counter()
        self.drifted = 0
        self._times: Counter[tuple[str, str, str]] = Counter()
        self._holders: Counter[tuple[str, str, str]] = Counter()
        self._pages: dict[tuple[str, str, int], list[Mark]] = {}

    def add(self, record: Mapping[str, Any]) -> None:
        keys = [(record["form"], *_kind(issue)) for issue in _errors(record)]
        self.forms[record["form"]] += 1
        self._times.update(keys)
        self._holders.update(set(keys))
        for page, mark in _marks(record):
            self._pages.setdefault((record["source"]["file"], record["source"]["sha256"], page), []).append(mark)
        self.add_drift(record)

    def add_drift(self, record: Mapping[str, Any]) -> None:
        found = [issue for issue in record["issues"] if issue["code"] == IssueCode.LAYOUT_DRIFT]
        self.drifted += bool(found)
        self.words.update("".join(issue["candidates"][0].split()) for issue in found if issue["candidates"])

    def drift(self) -> Drift:
        return Drift(self.drifted, self.words)

    def doubts(self) -> tuple[Doubt, ...]:
        doubts = (Doubt(*key, times=number, records=self._holders[key]) for key, number in self._times.items())
        return tuple(sorted(doubts, key=lambda doubt: (-doubt.times, doubt.form, doubt.path, doubt.code)))

    def worst(self) -> tuple[BadPage, ...]:
        pages = (BadPage(file, sha256, page, tuple(marks)) for (file, sha256, page), marks in self._pages.items())
        return tuple(sorted(pages, key=lambda page: (-len(page.marks), page.file, page.page))[:WORST])


def findings_of(folder: Path) -> Findings:
    """Given a job folder, count what its files say. Raises UsageError when there are none."""
    tally = _Tally()
    for record in read_lines(folder / RECORDS):
        tally.add(record)
    return Findings(dict(tally.forms), tally.doubts(), tally.worst(), tuple(_lost(folder)), tally.drift())


def drift_of(folder: Path) -> Drift:
    """Given a job folder, count drifting layouts only, quickly: other records are not taken apart. Where no record was
    written there are none."""
    tally, mark = _Tally(), f'"{IssueCode.LAYOUT_DRIFT}"'
    for record in read_lines(folder / RECORDS, mark) if (folder / RECORDS).exists() else ():
        tally.add_drift(record)
    return tally.drift()


def _errors(record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return (issue for issue in record["issues"] if issue["severity"] == "error")


def _kind(issue: Mapping[str, Any]) -> tuple[str, str]:
    return ROW.sub("[]", issue["path"] or "(record)"), issue["code"]


def _marks(record: Mapping[str, Any]) -> Iterator[tuple[int, Mark]]:
    """Yield (page, mark) of each value in doubt once; a doubt about what is not on the page has no place."""
    for path in dict.fromkeys(issue["path"] for issue in _errors(record)):
        evidence = record["evidence"].get(path)
        if evidence is not None:
            yield evidence["page"], Mark(path, tuple(evidence["bbox"]), evidence["confidence"])


def _lost(folder: Path) -> Iterator[tuple[str, str, str]]:
    for line in read_lines(folder / "documents.jsonl"):
        if line["status"] not in ("ok", "review"):
            yield line["file"], line["reason"] or line["status"], line["message"]
