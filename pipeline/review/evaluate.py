"""What the judgements of people say about the reader: how often each field was wrong, how honest its confidence was.

Only records that a person accepted count, since of the others nobody said that they are right now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pipeline.forms.paths import value_at
from pipeline.review.rows import every_row
from pipeline.review.state import State
from pipeline.stages.emit import data_paths

EDGES = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1.0)
"""Of the bins of confidence; finer where most values are."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One value that was read, under the path of all rows. flagged: an error named it. confidence: None without
    print."""

    path: str
    right: bool
    flagged: bool
    confidence: float | None


@dataclass(frozen=True, slots=True)
class FieldScore:
    path: str
    judged: int
    wrong: int
    silent: int


@dataclass(frozen=True, slots=True)
class Bin:
    """Values whose confidence is from least up to most: how sure they were on the whole, and how many were right."""

    least: float
    most: float
    judged: int
    confidence: float
    right: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """records: that a person accepted; control: those of them that the program had accepted too, and of these the wrong
    ones. rows_added, rows_removed: of repeating tables."""

    records: int
    control: int
    control_wrong: int
    rows_added: int
    rows_removed: int
    fields: tuple[FieldScore, ...]
    bins: tuple[Bin, ...]


def evaluation_of(states: Iterable[State]) -> Evaluation:
    """Given the states of records, return what those that a person accepted say."""
    judged = [state for state in states if state.accepted_by is not None]
    verdicts = [verdict for state in judged for verdict in verdicts_of(state)]
    control = [state for state in judged if state.read["status"] == "accepted"]
    return Evaluation(
        records=len(judged),
        control=len(control),
        control_wrong=sum(is_wrong(state) for state in control),
        rows_added=sum(event.kind == "add-row" for state in judged for event in state.events),
        rows_removed=sum(event.kind in ("remove-row", "merge-rows") for state in judged for event in state.events),
        fields=tuple(field_scores(verdicts)),
        bins=tuple(bins_of(verdicts)),
    )


def is_wrong(state: State) -> bool:
    return bool(state.record["data"] != state.read["data"])


def verdicts_of(state: State) -> Iterator[Verdict]:
    """Given a record that a person accepted, yield for each value that was read whether it was right."""
    now = {origin: value_at(state.record["data"], path) for path, origin in state.draft.lineage.items()}
    named = [issue["path"] for issue in state.read["issues"] if issue["severity"] == "error" and issue["path"]]
    for path in data_paths(state.read["data"]):
        value = value_at(state.read["data"], path)
        evidence = state.read["evidence"].get(path)
        flagged = any(path == name or path.startswith((f"{name}.", f"{name}[")) for name in named)
        right = path in now and now[path] == value
        yield Verdict(every_row(path), right, flagged, evidence["confidence"] if evidence else None)


def field_scores(verdicts: Iterable[Verdict]) -> list[FieldScore]:
    """Given verdicts, return the score of each field, the most often wrong first."""
    by_path: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        by_path.setdefault(verdict.path, []).append(verdict)
    scores = (_score(path, found) for path, found in by_path.items())
    return sorted(scores, key=lambda score: (-score.wrong, -score.silent, score.path))


def _score(path: str, verdicts: list[Verdict]) -> FieldScore:
    wrong = [verdict for verdict in verdicts if not verdict.right]
    return FieldScore(path, len(verdicts), len(wrong), sum(not verdict.flagged for verdict in wrong))


def bins_of(verdicts: Iterable[Verdict]) -> Iterator[Bin]:
    """Given verdicts, yield the bins of confidence that hold any; the last one holds its upper edge too."""
    sure = [(verdict.confidence, verdict.right) for verdict in verdicts if verdict.confidence is not None]
    for least, most in pairwise(EDGES):
        inside = [(c, right) for c, right in sure if least <= c < most or (c == most == EDGES[-1])]
        if inside:
            mean = sum(c for c, _ in inside) / len(inside)
            yield Bin(least, most, len(inside), mean, sum(right for _, right in inside) / len(inside))


def truth_lines(states: Iterable[State]) -> Iterator[dict[str, Any]]:
    """Given the states of records, yield those that a person accepted as lines of a truth file."""
    for state in states:
        if state.accepted_by is not None:
            yield {"form": state.record["form"], "data": state.record["data"]}
