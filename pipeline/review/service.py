"""One job folder under review: its records, their states, and what comes next. Shared by threads."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pipeline.forms.definition import Form
from pipeline.review.actions import Action, Desk, Refused, event_of
from pipeline.review.catalog import Catalog, Entry, load_catalog, stamp_of
from pipeline.review.events import Event, counting
from pipeline.review.queue import in_order
from pipeline.review.rules import Judge
from pipeline.review.state import State, digest_of, state_of, verdict
from pipeline.review.store import Door, Reviews

Standing = Literal["accepted", "changed", "aside"]
"""Of a record that people worked on: accepted by one, changed and not accepted, or read anew since."""


@dataclass(frozen=True, slots=True)
class Lists:
    """The records and their standings at one moment, and the queue that follows from them."""

    catalog: Catalog
    standings: Mapping[str, Standing]
    queue: Sequence[Entry]
    lost: tuple[str, ...]

    def status_of(self, entry: Entry) -> str:
        standing = self.standings.get(entry.record_id)
        return entry.status if standing is None else "accepted" if standing == "accepted" else "review"


class Review:
    """accept: the probability below which a value waits for review."""

    def __init__(self, folder: Path, forms: Sequence[Form], accept: float) -> None:
        self.folder = folder
        self.forms = {form.id: form for form in forms}
        self.accept = accept
        self._door = Door(folder)
        self._lock = threading.Lock()
        self._catalog: Catalog | None = None
        self._seq = -1
        self._standings: dict[str, Standing] = {}
        self._lists: Lists | None = None

    def lists(self) -> Lists:
        """Return all records and the queue as they are now. Raises UsageError where the folder has no records."""
        with self._lock, self._door.reading() as reviews:
            self._refresh(reviews)
            assert self._lists is not None
            return self._lists

    def state(self, record_id: str) -> State:
        """Raises Refused when there is no such record."""
        with self._door.reading() as reviews:
            return self._state(record_id, reviews)

    def act(self, record_id: str, action: Action, who: str) -> State:
        """Given an action on a record, do it and return the state afterwards. Raises Refused; then nothing was done."""
        with self._door.writing() as reviews:
            state = self._state(record_id, reviews)
            event = event_of(action, Desk(state, self.forms.get(state.record["form"]), who, _now()))
            reviews.append(event)
            return self._state(record_id, reviews)

    def next_after(self, record_id: str | None = None) -> Entry | None:
        """Return the record of the queue after the given one; the first where that is not in it any more."""
        queue = self.lists().queue
        places = [place for place, entry in enumerate(queue) if entry.record_id == record_id]
        following = [entry for entry in queue[places[0] + 1 :] if entry] if places else list(queue[:1])
        return next(iter([*following, *queue[:1]]), None)

    def judge(self, form: str) -> Judge:
        return Judge(self.forms.get(form), self.accept)

    def _state(self, record_id: str, reviews: Reviews) -> State:
        record = self._current().record(record_id)
        if record is None:
            raise Refused("no-record", f"there is no record {record_id!r} in this job folder")
        return state_of(record, reviews.of_record(record_id), self.judge(record["form"]))

    def _current(self) -> Catalog:
        """The catalog, read anew when a run has written the file anew."""
        if self._catalog is None or self._catalog.stamp != stamp_of(self._catalog.path):
            self._catalog = load_catalog(self.folder, self._catalog)
        return self._catalog

    def _refresh(self, reviews: Reviews) -> None:
        catalog, before = self._current(), self._lists
        fresh = before is None or before.catalog is not catalog
        read_anew = catalog.changed_since(before.catalog) if before is not None and fresh else frozenset[str]()
        last, touched = reviews.touched_since(self._seq)
        for record_id in {*touched, *(self._standings.keys() & read_anew)}:
            self._note(record_id, standing_of(catalog, record_id, reviews.of_record(record_id)))
        if touched or fresh:
            self._seq, self._lists = last, lists_of(catalog, dict(self._standings))

    def _note(self, record_id: str, standing: Standing | None) -> None:
        self._standings.pop(record_id, None)
        if standing is not None:
            self._standings[record_id] = standing


def lists_of(catalog: Catalog, standings: Mapping[str, Standing]) -> Lists:
    """Given the records and their standings, return them with the queue."""
    done = {record_id for record_id, standing in standings.items() if standing == "accepted"}
    queue = in_order(catalog.entries, done, standings.keys() - done)
    lost = tuple(sorted(record_id for record_id in standings if record_id not in catalog.by_id))
    return Lists(catalog, standings, queue, lost)


def standing_of(catalog: Catalog, record_id: str, events: Sequence[Event]) -> Standing | None:
    """Given a record's events, return how it stands; None where all of them were taken back."""
    record = catalog.record(record_id)
    if record is None:
        return "aside" if counting(events) else None
    digest = digest_of(record)
    last = verdict(counting(event for event in events if event.digest == digest))
    if last is not None:
        return "accepted" if last.kind == "accept-record" else "changed"
    return "aside" if counting(event for event in events if event.digest != digest) else None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
