"""The HTTP interface against its own description: whatever is asked, the answer is one that the description names."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st
from review_jobs import doubtful_job, records_in, review_of

pytest.importorskip("fastapi", reason="pip install 'shenbao[review]'")
schemathesis = pytest.importorskip("schemathesis", reason="pip install schemathesis")
checks = pytest.importorskip("schemathesis.specs.openapi.checks")
"""An action may be well formed and still refused, with 422: one check says that this cannot be."""

from pipeline.config import load_settings  # noqa: E402
from pipeline.review.web.app import Site, build_app  # noqa: E402
from pipeline.review.web.guard import access_of  # noqa: E402

HEADERS = {"host": "127.0.0.1:8420"}
SENT = "/api/documents"
"""Has a test of its own: each document that is taken is read."""


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_answers_are_as_described(read_sample: Path, tmp_path: Path) -> None:
    job = doubtful_job(read_sample, tmp_path / "job")
    app = build_app(Site(review_of(job), load_settings(), access_of("127.0.0.1", None), "甲"))
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, headers=HEADERS)
    known = {record["record_id"]: record["source"]["pages"][0] for record in records_in(job)}
    seen = {}
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path != SENT:
            seen[operation.label] = answers(operation, known)
    assert len(seen) >= 10
    assert not any(status >= 500 for counts in seen.values() for status in counts)
    refused = {label for label, counts in seen.items() if not counts[200]}
    assert refused <= {"GET /api/jobs/{job_id}", "GET /api/jobs/{job_id}/records"}


def answers(operation: Any, known: dict[str, int]) -> Counter[int]:
    """Ask an operation many things, of records that are there as well; every answer is held against the description."""
    seen: Counter[int] = Counter()

    @hypothesis.settings(max_examples=12, suppress_health_check=list(hypothesis.HealthCheck), database=None)
    @hypothesis.given(case=operation.as_strategy(), record=st.sampled_from([None, *known]))
    def ask(case: Any, record: str | None) -> None:
        if record is not None and "record_id" in (case.path_parameters or {}):
            case.path_parameters["record_id"] = record
            case.path_parameters |= {"page": known[record]} if "page" in case.path_parameters else {}
        if record is not None and isinstance(case.body, dict) and "seen" in case.body:
            case.body |= {"seen": 0, "kind": "reopen"}
        answer = case.call_and_validate(headers=HEADERS, excluded_checks=[checks.positive_data_acceptance])
        seen[answer.status_code] += 1

    ask()
    return seen
