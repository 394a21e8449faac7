"""Errors as application/problem+json (RFC 9457): a stable type, a status and words that say what to do."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from pipeline.errors import InputError, ShenbaoError, UsageError
from pipeline.review.actions import Refused

STATUSES = {"conflict": 409, "accepted-already": 409, "no-record": 404, "no-job": 404, "too-large": 413, "busy": 503}
"""By code of a refusal; the others are 422: understood, but it cannot be done so."""


class Problem(BaseModel):
    type: str
    title: str
    status: int
    detail: str


def problem(status: int, code: str, detail: str) -> JSONResponse:
    body = Problem(type=f"urn:shenbao:{code}", title=code.replace("-", " "), status=status, detail=detail)
    return JSONResponse(body.model_dump(), status, media_type="application/problem+json")


def speak_problems(app: FastAPI) -> None:
    """Have the app answer every error as a problem."""
    for kind, answer in ANSWERS.items():
        app.exception_handler(kind)(_handler(answer))


def _handler(answer: Callable[[Exception], JSONResponse]) -> Callable[[Request, Exception], JSONResponse]:
    return lambda _, error: answer(error)


def _refused(error: Exception) -> JSONResponse:
    assert isinstance(error, Refused)
    return problem(STATUSES.get(error.code, 422), error.code, str(error))


def _invalid(error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    faults = (f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
    return problem(422, "invalid-request", "; ".join(faults))


def _http(error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    answer = problem(error.status_code, f"http-{error.status_code}", str(error.detail))
    answer.headers.update(error.headers or {})
    return answer


ANSWERS: dict[type[Exception], Callable[[Exception], JSONResponse]] = {
    Refused: _refused,
    RequestValidationError: _invalid,
    HTTPException: _http,
    InputError: lambda error: problem(404, "no-picture", str(error)),
    UsageError: lambda error: problem(404, "no-records", str(error)),
    ShenbaoError: lambda error: problem(507, "not-kept", str(error)),
    OSError: lambda error: problem(507, "not-kept", f"the disk refused it ({error}): nothing of this was kept"),
}
