"""Reviewed data flows out: what people made of a record, laid over it on its way to exports, feeds and evaluations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pipeline.forms.definition import Form
from pipeline.review.rules import Judge
from pipeline.review.state import State, state_of
from pipeline.review.store import read_reviews
from pipeline.sinks.jsonl import read_lines
from pipeline.sinks.lines import Overlay, Plain, Seen, as_read


def overlay_of(job: Path, forms: Sequence[Form], accept: float) -> Overlay:
    """Given a job folder, its forms and the probability below which a value waits for review, return the overlay of
    what people did up to now."""
    by_id = {form.id: form for form in forms}
    with read_reviews(job) as reviews:
        events = reviews.by_record()

    def seen(record: Plain) -> Seen:
        own = events.get(record["record_id"])
        if not own:
            return as_read(record)
        state = state_of(record, own, Judge(by_id.get(record["form"]), accept))
        return Seen(state.record, by_hand=state.accepted_by is not None)

    return seen


def reviewed_states(job: Path, forms: Sequence[Form], accept: float) -> Iterator[State]:
    """Given a job folder, yield the states of the records that people worked on. Raises UsageError when it holds no
    records."""
    by_id = {form.id: form for form in forms}
    with read_reviews(job) as reviews:
        events = reviews.by_record()
    for record in read_lines(job / "records.jsonl"):
        own: list[Any] = events.get(record["record_id"], [])
        if own:
            yield state_of(record, own, Judge(by_id.get(record["form"]), accept))
