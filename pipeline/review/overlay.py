"""Reviewed data flows out: the records of a job folder with what people made of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from pipeline.forms.definition import Form
from pipeline.review.rules import Judge
from pipeline.review.state import state_of
from pipeline.review.store import read_reviews
from pipeline.sinks.jsonl import read_lines

Only = Literal["accepted", "reviewed", "all"]
"""accepted: by the program or by a person. reviewed: by a person. all: the others too, as they stand now."""


def reviewed_records(job: Path, forms: Sequence[Form], accept: float, only: Only = "all") -> Iterator[dict[str, Any]]:
    """Given a job folder, its forms and the probability below which a value waits for review, yield its records in
    order with all corrections. Raises UsageError when it holds no records."""
    by_id = {form.id: form for form in forms}
    with read_reviews(job) as reviews:
        events = reviews.by_record()
    for record in read_lines(job / "records.jsonl"):
        own = events.get(record["record_id"], [])
        state = state_of(record, own, Judge(by_id.get(record["form"]), accept)) if own else None
        shown = state.record if state else record
        if only == "all" or (shown["status"] == "accepted" and (only == "accepted" or (state and state.accepted_by))):
            yield shown
