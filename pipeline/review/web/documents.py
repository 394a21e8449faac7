"""The interface for programs that send documents: a document, a job, its records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Path, UploadFile
from pydantic import BaseModel

from pipeline.review.intake import JOB, Intake, JobState
from pipeline.review.service import Review
from pipeline.review.web.records import PROBLEMS
from pipeline.stages.emit import ID_DIGITS

BLOCK = 1 << 20
JobId = Annotated[str, Path(pattern=f"^{JOB.pattern}$")]


class JobOut(BaseModel):
    """One document that was sent. records: ids, once it was read."""

    job_id: str
    file: str
    state: JobState
    message: str
    sha256: str | None
    records: list[str]


def documents_router(review: Review, intake: Intake) -> APIRouter:
    """The routes under /api that take documents."""
    router = APIRouter(responses={**PROBLEMS, 411: PROBLEMS[422], 413: PROBLEMS[422]})

    @router.post("/api/documents", status_code=202)
    def send(file: UploadFile) -> JobOut:
        return _job(review, intake, intake.receive(file.filename, _blocks(file.file)))

    @router.get("/api/jobs/{job_id}")
    def job(job_id: JobId) -> JobOut:
        return _job(review, intake, job_id)

    @router.get("/api/jobs/{job_id}/records")
    def records(job_id: JobId) -> list[dict[str, Any]]:
        return [review.state(record_id).record for record_id in _job(review, intake, job_id).records]

    return router


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    while block := file.read(BLOCK):
        yield block


def _job(review: Review, intake: Intake, job_id: str) -> JobOut:
    upload = intake.upload(job_id)
    records = [] if upload.sha256 is None else _records_of(review, upload.sha256)
    return JobOut(
        job_id=upload.job_id,
        file=upload.file,
        state=upload.state,
        message=upload.message,
        sha256=upload.sha256,
        records=records,
    )


def _records_of(review: Review, sha256: str) -> list[str]:
    entries = review.lists().catalog.entries
    return [entry.record_id for entry in entries if entry.record_id.startswith(f"{sha256[:ID_DIGITS]}-")]
