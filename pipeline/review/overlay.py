"""Reviewed data flows out: the records of a job folder with what people made of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.forms.definition import Form
from pipeline.review.rules import Judge
from pipeline.review.state import state_of
from pipeline.review.store import read_reviews
from pipeline.sinks.lines import Only, Overlay, Plain, Seen, records_of


def overlay_of(job: Path, forms: Sequence[Form], accept: float) -> Overlay:
    """Given a job folder, its forms and the probability below which a value waits for review, return what lays people's
    corrections over its records."""
    by_id = {form.id: form for form in forms}
    with read_reviews(job) as reviews:
        events = reviews.by_record()

    def overlay(record: Plain) -> Seen:
        own = events.get(record["record_id"])
        if not own:
            return Seen(record, by_hand=False)
        state = state_of(record, own, Judge(by_id.get(record["form"]), accept))
        return Seen(state.record, by_hand=state.accepted_by is not None)

    return overlay


def reviewed_records(job: Path, forms: Sequence[Form], accept: float, only: Only = "all") -> Iterator[Plain]:
    """Given a job folder, yield its records in order with all corrections. Raises UsageError when it holds none."""
    return records_of(job, only, overlay_of(job, forms, accept))
