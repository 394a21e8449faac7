"""A record's state is the sum of its events over what was read. Pure: the same events give the same state."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from pipeline.errors import IssueCode
from pipeline.review.draft import Draft, applied, draft_of
from pipeline.review.events import RECORD, Event, counting
from pipeline.review.rules import Judge, doubts_of_reading, issues_of

Plain = Mapping[str, Any]
DIGEST_DIGITS = 32
VERDICTS = ("accept-record", "reopen")
CHANGED_BY = frozenset({"set", "accept-fields", "add-row", "remove-row", "merge-rows"})


@dataclass(frozen=True, slots=True)
class State:
    """record: as in records.jsonl, with what people made of it. version: of the last event. events: those that count.

    read: the record as it was read. aside: events on another reading of it. accepted_by: None where no person did.
    """

    record: dict[str, Any]
    read: Plain
    draft: Draft
    digest: str
    version: int
    events: tuple[Event, ...]
    aside: tuple[Event, ...]

    @property
    def accepted_by(self) -> str | None:
        last = verdict(self.events)
        return last.who if last is not None and last.kind == "accept-record" else None

    @property
    def errors(self) -> list[Plain]:
        return [issue for issue in self.record["issues"] if issue["severity"] == "error"]


def digest_of(record: Plain) -> str:
    """Given a record, return what tells its reading from another one; the name of its file plays no part."""
    source = {key: value for key, value in record["source"].items() if key != "file"}
    told = json.dumps({**record, "source": source}, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(told.encode("ascii")).hexdigest()[:DIGEST_DIGITS]


def state_of(record: Plain, events: Sequence[Event], judge: Judge) -> State:
    """Given a record as it was read and all events on its id in order, return its state.

    Events on another reading of the record are laid aside: what they corrected may not be there any more.
    """
    digest = digest_of(record)
    own = [event for event in events if event.digest == digest]
    aside = counting(event for event in events if event.digest != digest)
    kept = counting(own)
    draft = reduce(applied, kept, draft_of(record, doubts_of_reading(record, judge)))
    told = [] if RECORD in draft.settled else _told_aside(aside)
    issues = [*issues_of(draft, record, judge), *told] if kept or aside else list(record["issues"])
    status, issues = _judged(record, kept, issues)
    shown = {**record, "status": status, "data": draft.data, "evidence": draft.evidence, "issues": issues}
    return State(shown, record, draft, digest, own[-1].version if own else 0, kept, aside)


def _judged(record: Plain, events: Sequence[Event], issues: list[Any]) -> tuple[str, list[Any]]:
    """The verdict of the last event that counts: a record that was changed waits until a person accepts it."""
    last = verdict(events)
    if last is None:
        errors = any(issue["severity"] == "error" for issue in issues)
        return ("review" if errors else record["status"]), issues
    if last.kind != "accept-record":
        return "review", issues
    return "accepted", [_overruled(issue, last.why) for issue in issues]


def verdict(events: Sequence[Event]) -> Event | None:
    return next((event for event in reversed(events) if event.kind in CHANGED_BY or event.kind in VERDICTS), None)


def _overruled(issue: Plain, why: str) -> Plain:
    """An error that a person let pass is a warning that says why."""
    if issue["severity"] != "error":
        return issue
    return {**issue, "severity": "warning", "message": f"{issue['message']} (accepted by hand: {why})"}


def _told_aside(aside: Sequence[Event]) -> list[dict[str, Any]]:
    """The doubt about corrections of another reading; a verdict alone corrected nothing."""
    many = sum(event.kind not in VERDICTS for event in aside)
    if not many:
        return []
    message = f"{many} corrections were made on another reading of this record and are laid aside: look at them again"
    code = str(IssueCode.LAID_ASIDE)
    return [{"code": code, "severity": "error", "path": None, "message": message, "candidates": []}]
