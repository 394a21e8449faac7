"""The pages that people see: the queue, one record, all records, the progress of the run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from pipeline.batch.status import status_of
from pipeline.errors import UsageError
from pipeline.review.service import Review
from pipeline.review.web.records import PAGE_ROWS, Wanted, row_of, rows_of
from pipeline.review.web.words import COOKIE, LANGUAGES, in_language, language_of

TEMPLATES = Path(__file__).parent / "templates"
QUEUE_ROWS = 100
COLUMNS = ("file", "name", "form", "status", "errors", "surety")
YEAR_SECONDS = 365 * 24 * 3600


def environment() -> Environment:
    """Everything is escaped, and a name that a template misspells is an error."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(default=True), undefined=StrictUndefined
    )


def pages_router(review: Review, who: str) -> APIRouter:
    """The routes of pages; they are no part of the interface for programs."""
    router, templates = APIRouter(include_in_schema=False, default_response_class=HTMLResponse), environment()

    def page(request: Request, name: str, **values: Any) -> HTMLResponse:
        language = language_of(request)
        shared = {"t": in_language(language), "lang": language, "who": who, "here": request.url.path}
        names = {form.id: getattr(form.names, language) for form in review.forms.values()}
        answer = HTMLResponse(templates.get_template(name).render(**shared, forms=names, **values))
        if request.query_params.get("lang") in LANGUAGES:
            answer.set_cookie(COOKIE, language, max_age=YEAR_SECONDS, samesite="strict", httponly=True)
        return answer

    @router.get("/")
    def root() -> Response:
        return RedirectResponse("/queue", 303)

    @router.get("/queue")
    def queue(request: Request) -> Response:
        lists = review.lists()
        rows = [row_of(entry, lists) for entry in lists.queue[:QUEUE_ROWS]]
        values = {"rows": rows, "left": len(lists.queue), "lost": lists.lost, "total": len(lists.catalog.entries)}
        return page(request, "queue.html", view="queue", **values)

    @router.get("/records")
    def records(
        request: Request,
        number: Annotated[int, Query(ge=1, le=10**6, alias="page")] = 1,
        sort: Annotated[str, Query(pattern="^-?(file|name|form|status|errors|surety)$")] = "file",
        q: Annotated[str, Query(max_length=200)] = "",
        status: Annotated[str, Query(pattern="^(accepted|review)?$")] = "",
        form: Annotated[str, Query(max_length=200)] = "",
    ) -> Response:
        wanted = Wanted(number, sort, q, status, form)
        found = rows_of(review.lists(), wanted)
        last = max(1, -(-found.total // PAGE_ROWS))
        return page(request, "records.html", view="records", found=found, wanted=wanted, last=last, columns=COLUMNS)

    @router.get("/records/{record_id}")
    def record(request: Request, record_id: str) -> Response:
        review.state(record_id)
        return page(request, "record.html", view="record", record_id=record_id)

    @router.get("/progress")
    def progress(request: Request) -> Response:
        return page(request, "progress.html", view="progress", **_progress(review))

    return router


def _progress(review: Review) -> Mapping[str, Any]:
    try:
        lists = review.lists()
        by_person = sum(standing == "accepted" for standing in lists.standings.values())
        counts = {"left": len(lists.queue), "by_person": by_person}
    except UsageError:
        counts = {"left": 0, "by_person": 0}
    return {"found": status_of(review.folder), **counts}
