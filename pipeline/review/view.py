"""A record's state as the page shows it: every field with names, print, place, doubts, candidates. Plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pipeline.forms.columns import column_keys
from pipeline.forms.definition import Column, Form, Repeating
from pipeline.forms.paths import value_at
from pipeline.review.actions import known_paths
from pipeline.review.events import RECORD, Event
from pipeline.review.rows import every_row
from pipeline.review.rules import sums_shown
from pipeline.review.state import State
from pipeline.review.typed import kinds_of, typed
from pipeline.schema import PARTS_EN
from pipeline.sinks.headings import PARTS, Headings, scalar_headings
from pipeline.stages.emit import data_paths

Plain = Mapping[str, Any]
MAX_CANDIDATES = 9
"""As many as there are keys for them."""
CONTROL_SPOTS = 3
"""Values of a record without a doubt that are shown first: the least sure ones."""


def record_view(state: State, form: Form | None) -> dict[str, Any]:
    """Given a state and its form (None where its definition is gone), return what the page shows."""
    record, kinds = state.record, known_paths(state, form)
    values = {path: _value(state, path, kind) for path, kind in kinds.items()}
    return {
        "record_id": record["record_id"],
        "form": {"id": record["form"], "zh": form.names.zh, "en": form.names.en} if form else {"id": record["form"]},
        "file": record["source"]["file"],
        "pages": _pages(record["source"]),
        "version": state.version,
        "status": record["status"],
        "accepted_by": state.accepted_by,
        "control": state.read["status"] == "accepted" and state.accepted_by is not None,
        "fields": [{"path": path, **_names(path, form)} for path in _field_paths(values, form)],
        "tables": [_table(table, state) for table in form.tables] if form else [],
        "values": values,
        **doubts_view(state, form),
        "history": [_told(event) for event in state.events],
        "aside": [_told(event) for event in state.aside],
        "notices": list(notices(state, form)),
    }


def doubts_view(state: State, form: Form | None) -> dict[str, Any]:
    """What follows from the values and changes while they are typed: issues, sums, and the spots to look at."""
    return {
        "issues": state.record["issues"],
        "errors": len(state.errors),
        "sums": [asdict(one) for one in sums_shown(state.record["data"], form)],
        "spots": spots(state),
    }


def spots(state: State) -> list[str]:
    """Return the paths of the values in doubt in the order of the form; of a record without any its least sure ones."""
    sure = {path: float(one["confidence"]) for path, one in state.record["evidence"].items()}
    doubted = list(dict.fromkeys(issue["path"] or RECORD for issue in state.errors))
    if not doubted and state.accepted_by is None:
        left = [path for path in sure if path not in state.draft.settled]
        doubted = sorted(left, key=lambda path: sure[path])[:CONTROL_SPOTS]
    order = {path: place for place, path in enumerate(data_paths(state.record["data"]))}
    return sorted(doubted, key=lambda path: (path == RECORD, order.get(path, len(order))))


def notices(state: State, form: Form | None) -> Iterator[str]:
    """Yield stable codes of what is to be known before one trusts the page."""
    if form is None:
        yield "form-gone"
        return
    kinds = kinds_of(form)
    if any(every_row(path) not in kinds for path in known_paths(state, form)):
        yield "form-changed"


def _value(state: State, path: str, kind: str) -> dict[str, Any]:
    issues = [issue for issue in state.record["issues"] if issue["path"] == path]
    return {
        "kind": kind,
        "value": value_at(state.record["data"], path),
        "evidence": state.record["evidence"].get(path),
        "candidates": candidates(issues, kind),
        "settled": path in state.draft.settled,
    }


def candidates(issues: Sequence[Plain], kind: str) -> list[str]:
    """Given the issues of a value and its kind, return the readings that can stand there, each once as it is typed."""
    found: dict[Any, str] = {}
    for words in (words for issue in issues for words in issue["candidates"]):
        got = typed(kind, words)
        if got.fault is None and got.value is not None:
            found.setdefault(got.value, str(got.value))
    return list(found.values())[:MAX_CANDIDATES]


def _pages(source: Plain) -> list[dict[str, Any]]:
    pairs = zip(source["pages"], source["page_sizes"], strict=True)
    return [{"page": page, "width": size[0], "height": size[1]} for page, size in pairs]


def _field_paths(values: Plain, form: Form | None) -> list[str]:
    """Single values, in the order of the form; a field that many layouts lack only where it has a value."""
    paths = [path for path in values if "[" not in path]
    if form is None:
        return paths
    spare = {field.path for field in form.fields if field.optional} | {f.code for f in form.fields if f.code}
    shown = [path for path in paths if path not in spare or values[path]["value"] is not None]
    return scalar_headings([form]).sorted(shown)


def _names(path: str, form: Form | None) -> dict[str, str]:
    if form is None:
        return {"zh": path, "en": path}
    english = {field.path: field.names.en for field in form.fields}
    english |= {field.code: f"{field.names.en}: code" for field in form.fields if field.code}
    zh: Headings = scalar_headings([form])
    return {"zh": zh.names.get(path, path), "en": english.get(path, path)}


def _table(table: Repeating, state: State) -> dict[str, Any]:
    rows = list(value_at(state.record["data"], table.path) or ())
    names = {key: _heading(column, key) for column in table.columns for key in column_keys(column)}
    keys = dict.fromkeys([key for row in rows for key in row] or names)
    columns = [{"key": key, **names.get(key, {"zh": PARTS.get(key, key), "en": key})} for key in keys]
    return {"path": table.path, "zh": table.names.zh, "en": table.names.en, "columns": columns, "rows": len(rows)}


def _heading(column: Column, key: str) -> dict[str, str]:
    """The names of one key of a column: the column's own, or with those of the part that is split off into it."""
    part = key.removeprefix(f"{column.key}_")
    own = key == column.key or part == "value" or part not in PARTS
    if own:
        return {"zh": column.names.zh, "en": column.names.en}
    whole = key != part
    zh, en = PARTS[part], PARTS_EN[part].capitalize()
    return {"zh": f"{column.names.zh}：{zh}" if whole else zh, "en": f"{column.names.en}: {en}" if whole else en}


def _told(event: Event) -> dict[str, Any]:
    return {key: value for key, value in asdict(event).items() if key not in ("record_id", "digest")}
