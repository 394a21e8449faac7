"""The interface for programs, and for the page's own script: records, their states and actions on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from pipeline.batch.status import status_of
from pipeline.config import Ingest
from pipeline.forms.definition import Form
from pipeline.review.actions import MAX_TEXT, Action, Refused, tried, valid_paths
from pipeline.review.catalog import Entry
from pipeline.review.draft import applied
from pipeline.review.events import Kind
from pipeline.review.pictures import page_picture
from pipeline.review.rules import issues_of
from pipeline.review.service import Lists, Review
from pipeline.review.state import State
from pipeline.review.view import doubts_view, record_view
from pipeline.review.web.problems import Problem

PAGE_ROWS = 50
MAX_DRAFTS = 500
"""Inputs that one page sends to be checked; the largest form has some 300."""
Column = Literal["file", "name", "form", "status", "errors", "surety"]
PROBLEMS: dict[int | str, dict[str, Any]] = {
    code: {"model": Problem, "content": {"application/problem+json": {}}}
    for code in (401, 403, 404, 409, 421, 422, 507)
}


class ActionIn(BaseModel):
    """One action of a person. seen: the version that stood on the screen."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    seen: Annotated[int, Field(ge=0, le=2**53)]
    path: Annotated[str, Field(max_length=200)] = ""
    text: Annotated[str, Field(max_length=MAX_TEXT)] = ""
    why: Annotated[str, Field(max_length=MAX_TEXT)] = ""
    paths: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=MAX_DRAFTS)] = []
    page: Annotated[int | None, Field(ge=1, le=2**31)] = None


class DraftsIn(BaseModel):
    """What stands in inputs and is not sent yet, by path."""

    model_config = ConfigDict(extra="forbid")

    drafts: Annotated[dict[str, Annotated[str, Field(max_length=MAX_TEXT)]], Field(max_length=MAX_DRAFTS)]


class RecordRow(BaseModel):
    record_id: str
    form: str
    file: str
    page: int
    name: str
    status: str
    errors: int
    surety: float


class RecordRows(BaseModel):
    """One page of a list. total: of all pages."""

    total: int
    page: int
    rows: list[RecordRow]


class NextOut(BaseModel):
    """record_id: None when the queue is empty. picture: of its first page, to be fetched ahead."""

    record_id: str | None
    left: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """sort: a column, with "-" before it downwards."""

    page: int = 1
    sort: str = "file"
    text: str = ""
    status: str = ""
    form: str = ""


def rows_of(lists: Lists, wanted: Wanted) -> RecordRows:
    """Given all records and what is wanted, return that page of them."""
    folded = wanted.text.casefold()
    found = [
        entry
        for entry in lists.catalog.entries
        if (not wanted.status or lists.status_of(entry) == wanted.status)
        and (not wanted.form or entry.form == wanted.form)
        and (not folded or folded in f"{entry.file}\n{entry.name}\n{entry.record_id}".casefold())
    ]
    column = wanted.sort.lstrip("-")
    found.sort(key=lambda entry: _sort_key(entry, column, lists), reverse=wanted.sort.startswith("-"))
    first = (wanted.page - 1) * PAGE_ROWS
    rows = [row_of(entry, lists) for entry in found[first : first + PAGE_ROWS]]
    return RecordRows(total=len(found), page=wanted.page, rows=rows)


def _sort_key(entry: Entry, column: str, lists: Lists) -> tuple[Any, ...]:
    value = lists.status_of(entry) if column == "status" else getattr(entry, column)
    return (value, entry.file, entry.page)


def row_of(entry: Entry, lists: Lists) -> RecordRow:
    return RecordRow(
        record_id=entry.record_id,
        form=entry.form,
        file=entry.file,
        page=entry.page,
        name=entry.name,
        status=lists.status_of(entry),
        errors=entry.errors,
        surety=round(entry.surety, 6),
    )


def action_of(body: ActionIn, state: Callable[[], State]) -> Action:
    """Given what was sent and what tells the record's state, return the action; fields may be named by their page."""
    paths = tuple(body.paths)
    if body.kind == "accept-fields" and body.page is not None:
        paths = tuple(valid_paths(state(), body.page))
        if not paths:
            raise Refused("nothing-valid", "no value in doubt on this page can be taken as it stands")
    return Action(body.kind, body.seen, body.path, body.text, body.why, paths)


def checked(state: State, form: Form | None, review: Review, drafts: dict[str, str]) -> dict[str, Any]:
    """Given a state and what stands in inputs, return issues and sums as they would be; nothing is kept."""
    events, faults = tried(state, form, drafts)
    draft = reduce(applied, events, state.draft)
    issues = issues_of(draft, state.read, review.judge(state.record["form"]))
    record = {**state.record, "data": draft.data, "evidence": draft.evidence, "issues": issues}
    shown = State(record, state.read, draft, state.digest, state.version, state.events, state.aside)
    return {**doubts_view(shown, form), "faults": faults, "version": state.version}


def records_router(review: Review, ingest: Ingest, who: str) -> APIRouter:
    """The routes under /api that show and change records, and the pictures of pages."""
    router = APIRouter(responses=PROBLEMS)

    @router.get("/api/records")
    def list_records(
        page: Annotated[int, Query(ge=1, le=10**6)] = 1,
        sort: Annotated[str, Query(pattern="^-?(file|name|form|status|errors|surety)$")] = "file",
        q: Annotated[str, Query(max_length=200)] = "",
        status: Annotated[str, Query(pattern="^(accepted|review)?$")] = "",
        form: Annotated[str, Query(max_length=200)] = "",
    ) -> RecordRows:
        return rows_of(review.lists(), Wanted(page, sort, q, status, form))

    @router.get("/api/records/{record_id}")
    def one_record(record_id: str) -> dict[str, Any]:
        return _view(review, review.state(record_id))

    @router.get("/api/records/{record_id}/result")
    def result(record_id: str) -> dict[str, Any]:
        return review.state(record_id).record

    @router.post("/api/records/{record_id}/events")
    def act(record_id: str, body: ActionIn) -> dict[str, Any]:
        action = action_of(body, lambda: review.state(record_id))
        return _view(review, review.act(record_id, action, who))

    @router.post("/api/records/{record_id}/check")
    def check(record_id: str, body: DraftsIn) -> dict[str, Any]:
        state = review.state(record_id)
        return checked(state, review.forms.get(state.record["form"]), review, body.drafts)

    @router.get("/api/queue/next")
    def next_record(after: Annotated[str | None, Query(max_length=200)] = None) -> NextOut:
        entry = review.next_after(after)
        return NextOut(record_id=entry.record_id if entry else None, left=len(review.lists().queue))

    @router.get("/api/status")
    def status() -> dict[str, Any]:
        found = status_of(review.folder)
        accepted, waiting = found.records
        return {"state": found.state, "documents": dict(found.documents), "accepted": accepted, "review": waiting}

    @router.get("/pages/{record_id}/{page}.jpg", response_class=Response)
    def picture(record_id: str, page: int) -> Response:
        source = review.state(record_id).record["source"]
        if page not in source["pages"]:
            raise Refused("no-record", f"record {record_id!r} does not stand on page {page}")
        jpeg = page_picture(review.folder, source["file"], source["sha256"], page, ingest)
        return Response(jpeg, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})

    return router


def _view(review: Review, state: State) -> dict[str, Any]:
    return record_view(state, review.forms.get(state.record["form"]))
