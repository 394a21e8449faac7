"""What a person asks for -> the event that does it, or a refusal that says why. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.errors import IssueCode, ShenbaoError
from pipeline.forms.definition import Form
from pipeline.forms.paths import value_at
from pipeline.review.events import RECORD, Event, Kind
from pipeline.review.rows import row_of
from pipeline.review.state import State
from pipeline.review.typed import kind_at, kinds_of, typed
from pipeline.stages.check import scalars

MAX_TEXT = 20_000
"""Characters of one value; the longest goal on a form has some 2,000."""
CLOSE = re.compile(r"\[\d+\]$")


class Refused(ShenbaoError):
    """An action that cannot be done. ``code`` is stable, for programs and for translations."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Action:
    """seen: the version that the person had before their eyes. text: what was typed. paths: of the fields accepted."""

    kind: Kind
    seen: int
    path: str = RECORD
    text: str = ""
    why: str = ""
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Desk:
    """Where an action is made: on which state, under which form (None where its definition is gone), by whom, when."""

    state: State
    form: Form | None
    who: str
    at: str


def event_of(action: Action, desk: Desk) -> Event:
    """Given an action, return the event that does it. Raises Refused."""
    if action.seen != desk.state.version:
        raise Refused("conflict", _conflict(action, desk))
    if len(action.text) > MAX_TEXT or len(action.why) > MAX_TEXT:
        raise Refused("too-long", f"more than {MAX_TEXT} characters were sent for one value")
    return MAKERS[action.kind](action, desk)


def _conflict(action: Action, desk: Desk) -> str:
    others = [event for event in desk.state.events if event.version > action.seen]
    who = ", ".join(sorted({event.who for event in others})) or "somebody"
    what = ", ".join(sorted({event.path or "the record" for event in others})) or "an action was taken back"
    return f"{who} changed this record meanwhile ({what}); nothing was overwritten: look again and repeat your edit"


def _event(action: Action, desk: Desk, **more: Any) -> Event:
    state = desk.state
    return Event(
        record_id=state.record["record_id"],
        digest=state.digest,
        version=state.version + 1,
        at=desk.at,
        who=desk.who,
        kind=action.kind,
        why=action.why.strip(),
        **{"path": action.path, **more},
    )


def known_paths(state: State, form: Form | None) -> dict[str, str]:
    """Return the kind of value at every path of a record that may be set: those of its form, and those that it has."""
    kinds = kinds_of(form) if form else {}
    rows = {f"{path}.{key}" for path, row in _rows(state, form) for key in row}
    there = {path for path, _ in scalars(state.record["data"])} | rows
    fields = {path for path in kinds if "[]" not in path}
    return {path: kind_at(kinds, path) for path in sorted(there | fields) if path and not CLOSE.search(path)}


def _rows(state: State, form: Form | None) -> list[tuple[str, Mapping[str, Any]]]:
    tables = [table.path for table in form.tables] if form else []
    return [
        (f"{table}[{n}]", row) for table in tables for n, row in enumerate(value_at(state.record["data"], table) or ())
    ]


def _set(action: Action, desk: Desk) -> Event:
    kinds = known_paths(desk.state, desk.form)
    if action.path not in kinds:
        raise Refused("unknown-path", f"this record has no place {action.path!r}")
    got = typed(kinds[action.path], action.text)
    if got.fault is not None:
        raise Refused(got.fault, f"{action.text!r} is {got.fault.replace('-', ' a ', 1)} and was not taken")
    before = value_at(desk.state.record["data"], action.path)
    return _event(action, desk, before=before, after=got.value, typed=action.text.strip())


def _accept_fields(action: Action, desk: Desk) -> Event:
    state = desk.state
    tables = [table.path for table in desk.form.tables] if desk.form else []
    doubted = [issue["path"] or RECORD for issue in state.record["issues"]]
    known = {*known_paths(state, desk.form), *tables, *doubted}
    unknown = [path for path in action.paths if path not in known]
    if unknown or not action.paths:
        raise Refused("unknown-path", f"this record has no place {', '.join(map(repr, unknown)) or 'named'}")
    before = {path: value_at(state.record["data"], path) for path in action.paths if path and path not in tables}
    return _event(action, desk, before=before, after=list(action.paths))


def valid_paths(state: State, page: int) -> list[str]:
    """Given a 1-based page, return the paths of its values in doubt that no rule contradicts: only their print was hard
    to read."""
    errors: dict[str, set[str]] = {}
    for issue in state.errors:
        errors.setdefault(issue["path"] or RECORD, set()).add(issue["code"])
    evidence = state.record["evidence"]
    return [
        path
        for path, codes in errors.items()
        if codes <= {IssueCode.LOW_CONFIDENCE} and path in evidence and evidence[path]["page"] == page
    ]


def _accept_record(action: Action, desk: Desk) -> Event:
    if desk.state.accepted_by is not None:
        raise Refused("accepted-already", f"{desk.state.accepted_by} has accepted this record already")
    if desk.state.errors and not action.why.strip():
        raise Refused("reason-needed", "this record still has an error: settle it, or write why it can be accepted")
    return _event(action, desk, path=RECORD, before=desk.state.record["status"], after="accepted")


def _reopen(action: Action, desk: Desk) -> Event:
    return _event(action, desk, path=RECORD, before=desk.state.record["status"], after="review")


def _undo(action: Action, desk: Desk) -> Event:
    if not desk.state.events:
        raise Refused("nothing-to-undo", "nothing has been done to this record that could be taken back")
    last = desk.state.events[-1]
    return _event(action, desk, path=last.path, before=last.after, after=last.version)


def _add_row(action: Action, desk: Desk) -> Event:
    table, at, rows = _place(action, desk)
    if at > len(rows):
        raise Refused("bad-row", f"{table} has {len(rows)} rows")
    kinds = kinds_of(desk.form) if desk.form else {}
    keys = list(rows[0]) if rows else [inner for path in kinds if (inner := _key(path, table))]
    neighbour = rows[at - 1] if at else {}
    levels = _level_keys(desk.form, table)
    return _event(action, desk, after={key: neighbour.get(key) if key in levels else None for key in keys})


def _remove_row(action: Action, desk: Desk) -> Event:
    table, at, rows = _place(action, desk)
    if at >= len(rows):
        raise Refused("bad-row", f"{table} has {len(rows)} rows")
    return _event(action, desk, before=rows[at])


def _merge_rows(action: Action, desk: Desk) -> Event:
    table, at, rows = _place(action, desk)
    if at + 1 >= len(rows):
        raise Refused("bad-row", f"{table} has no row after row {at + 1} to merge with it")
    kinds = kinds_of(desk.form) if desk.form else {}
    levels = _level_keys(desk.form, table)
    upper, lower = rows[at], rows[at + 1]
    both = {
        key: joined_value(upper.get(key), lower.get(key), kinds.get(f"{table}[].{key}") == "text" and key not in levels)
        for key in dict.fromkeys([*upper, *lower])
    }
    return _event(action, desk, before=[upper, lower], after=both)


def joined_value(upper: Any, lower: Any, words: bool) -> Any:
    """Given what two rows that are one hold under a key, return what the one holds: words run on, else the first."""
    if upper is None or lower is None or upper == lower:
        return lower if upper is None else upper
    return f"{upper}{lower}" if words else upper


def _level_keys(form: Form | None, table: str) -> frozenset[str]:
    tables = form.tables if form else ()
    return frozenset(column.key for one in tables if one.path == table for column in one.level_columns)


def _key(path: str, table: str) -> str | None:
    return path.removeprefix(f"{table}[].") if path.startswith(f"{table}[].") else None


def _place(action: Action, desk: Desk) -> tuple[str, int, list[dict[str, Any]]]:
    found = row_of(action.path)
    tables = [table.path for table in desk.form.tables] if desk.form else []
    if found is None or found[0] not in tables:
        raise Refused("unknown-path", f"{action.path!r} names no row of a table of this record")
    return found[0], found[1], list(value_at(desk.state.record["data"], found[0]) or ())


MAKERS: Mapping[Kind, Callable[[Action, Desk], Event]] = {
    "set": _set,
    "accept-fields": _accept_fields,
    "accept-record": _accept_record,
    "undo": _undo,
    "add-row": _add_row,
    "remove-row": _remove_row,
    "merge-rows": _merge_rows,
    "reopen": _reopen,
}


def tried(state: State, form: Form | None, drafts: Mapping[str, str]) -> tuple[list[Event], dict[str, str]]:
    """Given what stands in inputs and is not sent yet, return events that would set it, and the faults by path."""
    kinds, events, faults = known_paths(state, form), [], {}
    for path, words in drafts.items():
        got = typed(kinds.get(path, "text"), words)
        if got.fault is not None:
            faults[path] = got.fault
        elif path in kinds:
            events.append(Event(state.record["record_id"], state.digest, 0, "", "", "set", path, after=got.value))
    return events, faults
