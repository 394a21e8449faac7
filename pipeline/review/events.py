"""What people did to a record: events that are written once and never changed, and which of them still count.

Kinds: ``set`` a value, ``accept-fields`` as they stand, ``accept-record``, ``undo`` the latest that counts,
``add-row``, ``remove-row`` and ``merge-rows`` of a repeating table, ``reopen`` a record.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args

Kind = Literal["set", "accept-fields", "accept-record", "undo", "add-row", "remove-row", "merge-rows", "reopen"]
KINDS: tuple[str, ...] = get_args(Kind)
RECORD = ""
"""The path of the record itself: doubts that are about no value of it."""


@dataclass(frozen=True, slots=True)
class Event:
    """One action on one reading of a record.

    digest: of the reading it was made on. version: its place among the events of that reading, from 1; whoever makes it
    has seen version - 1. at: ISO time in UTC. before, after: plain values; of accepted fields the paths stand in after,
    of an undo the version that it takes back. typed: the words as they were typed, which are what stands on the page.
    """

    record_id: str
    digest: str
    version: int
    at: str
    who: str
    kind: Kind
    path: str = RECORD
    before: Any = None
    after: Any = None
    typed: str = ""
    why: str = ""


def counting(events: Iterable[Event]) -> tuple[Event, ...]:
    """Given events in order, return those that were not taken back; an undo takes back the latest that counts."""
    kept: list[Event] = []
    for event in events:
        if event.kind != "undo":
            kept.append(event)
        elif kept and kept[-1].version == event.after:
            kept.pop()
    return tuple(kept)
