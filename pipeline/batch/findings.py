"""What the records of a job folder doubt, counted: by field, and by page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.sinks.jsonl import read_lines

ROW = re.compile(r"\[\d+\]")
"""The place in a list: doubts of one column count together."""
WORST = 20

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
class Findings:
    """records: how many there are of each form. doubts: most frequent first. worst: pages, most doubts first. lost:
    (file, reason, message) of inputs that gave nothing."""

    records: Mapping[str, int]
    doubts: tuple[Doubt, ...]
    worst: tuple[BadPage, ...]
    lost: tuple[tuple[str, str, str], ...]


def findings_of(folder: Path) -> Findings:
    """Given a job folder, count what its files say. Raises UsageError when there are none."""
    forms: Counter[str] = Counter()
    times: Counter[tuple[str, str, str]] = Counter()
    holders: Counter[tuple[str, str, str]] = Counter()
    pages: dict[tuple[str, str, int], list[Mark]] = {}
    for record in read_lines(folder / "records.jsonl"):
        forms[record["form"]] += 1
        keys = [(record["form"], *_kind(issue)) for issue in _errors(record)]
        times.update(keys)
        holders.update(set(keys))
        for page, mark in _marks(record):
            pages.setdefault((record["source"]["file"], record["source"]["sha256"], page), []).append(mark)
    doubts = [Doubt(*key, times=number, records=holders[key]) for key, number in times.items()]
    worst = [BadPage(file, sha256, page, tuple(marks)) for (file, sha256, page), marks in pages.items()]
    return Findings(
        records=dict(forms),
        doubts=tuple(sorted(doubts, key=lambda doubt: (-doubt.times, doubt.form, doubt.path, doubt.code))),
        worst=tuple(sorted(worst, key=lambda page: (-len(page.marks), page.file, page.page))[:WORST]),
        lost=tuple(_lost(folder)),
    )


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
