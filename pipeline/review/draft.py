"""The values of a record while people change them, and what each kind of event does to them. Pure."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from pipeline.forms.paths import set_path, steps_of, value_at
from pipeline.review.events import Event
from pipeline.review.rows import Shift, added, inside, merged, moved, moved_keys, moved_paths, removed, row_of
from pipeline.stages.emit import data_paths

Plain = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Draft:
    """data, evidence and doubts as in records.jsonl. doubts: those of the reading, which no rule finds again.

    settled: paths that a person has judged. lineage: from each path to the path that its value had in the reading.
    """

    data: dict[str, Any]
    evidence: dict[str, Plain]
    doubts: tuple[Plain, ...]
    settled: frozenset[str]
    lineage: dict[str, str]
    source: Plain


def draft_of(record: Plain, doubts: tuple[Plain, ...]) -> Draft:
    """Given a record as it was read, return the draft that nobody has touched."""
    lineage = {path: path for path in data_paths(record["data"])}
    return Draft(record["data"], dict(record["evidence"]), doubts, frozenset(), lineage, record["source"])


def applied(draft: Draft, event: Event) -> Draft:
    """Given a draft and an event that counts, return the draft after it; verdicts on the record change no value."""
    change = CHANGES.get(event.kind)
    return draft if change is None else change(draft, event)


def _set(draft: Draft, event: Event) -> Draft:
    data = with_value(draft.data, event.path, event.after)
    evidence = dict(draft.evidence)
    evidence.pop(event.path, None)
    if event.after is not None:
        evidence[event.path] = _by_hand(draft, event.path, event.typed or str(event.after))
    return replace(draft, data=data, evidence=evidence, settled=draft.settled | {event.path})


def with_value(data: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Given data, return it with a value at a path; only what lies on the way is copied, the rest is shared."""
    *way, _ = steps_of(path)
    fresh: Any = dict(data)
    node = fresh
    for step in way:
        if isinstance(step, int) or step in node:
            node[step] = copy.copy(node[step])
            node = node[step]
        else:
            break
    set_path(fresh, path, value)
    return cast(dict[str, Any], fresh)


def _accept(draft: Draft, event: Event) -> Draft:
    paths = frozenset(map(str, event.after))
    sure = {path: _confirmed(draft.evidence[path]) for path in draft.evidence.keys() & paths}
    return replace(draft, evidence={**draft.evidence, **sure}, settled=draft.settled | paths)


def _add_row(draft: Draft, event: Event) -> Draft:
    table, at = _row(event)
    rows = list(value_at(draft.data, table) or ())
    rows.insert(at, dict(event.after))
    return _with_rows(draft, table, rows, added(at))


def _remove_row(draft: Draft, event: Event) -> Draft:
    table, at = _row(event)
    rows = list(value_at(draft.data, table) or ())
    del rows[at]
    return _with_rows(draft, table, rows, removed(at))


def _merge_rows(draft: Draft, event: Event) -> Draft:
    table, at = _row(event)
    rows = list(value_at(draft.data, table) or ())
    both = dict(event.after)
    rows[at : at + 2] = [both]
    joined = _with_rows(draft, table, rows, merged(at))
    for key, value in both.items():
        joined = _joined_key(draft, joined, f"{table}[{at}].{key}", f"{table}[{at + 1}].{key}", value)
    return joined


def _joined_key(before: Draft, after: Draft, upper: str, lower: str, value: Any) -> Draft:
    """The evidence of one key of a merged row: that of the row its value comes from, or that of both."""
    evidence, lineage = dict(after.evidence), dict(after.lineage)
    evidence.pop(upper, None)
    lineage.pop(upper, None)
    sources = [path for path in (upper, lower) if value is not None and value_at(before.data, path) == value]
    parts = [before.evidence[path] for path in (upper, lower) if path in before.evidence]
    if sources:
        lineage.update((upper, before.lineage[path]) for path in sources[:1] if path in before.lineage)
        parts = [before.evidence[path] for path in sources[:1] if path in before.evidence]
    if parts and value is not None:
        text = "\n".join(part["text"] for part in parts)
        sure = min(part["confidence"] for part in parts)
        human = {"origin": "human"} if len(parts) > 1 else {}
        evidence[upper] = {**parts[0], "text": text, "confidence": sure, **human}
    return replace(after, evidence=evidence, lineage=lineage)


def _with_rows(draft: Draft, table: str, rows: list[Any], shift: Shift) -> Draft:
    return replace(
        draft,
        data=with_value(draft.data, table, rows),
        evidence=moved_keys(draft.evidence, table, shift),
        doubts=tuple(one for doubt in draft.doubts if (one := _moved_doubt(doubt, table, shift)) is not None),
        settled=moved_paths(draft.settled, table, shift),
        lineage=moved_keys(draft.lineage, table, shift),
    )


def _moved_doubt(doubt: Plain, table: str, shift: Shift) -> Plain | None:
    if doubt["path"] is None:
        return doubt
    path = moved(doubt["path"], table, shift)
    return None if path is None else {**doubt, "path": path}


def _row(event: Event) -> tuple[str, int]:
    found = row_of(event.path)
    if found is None:
        raise ValueError(f"{event.path!r} names no row")
    return found


def _confirmed(evidence: Plain) -> Plain:
    return {**evidence, "confidence": 1.0, "origin": "human"}


def _by_hand(draft: Draft, path: str, text: str) -> Plain:
    """Evidence of a value that a person read: at the place where it was read before, else in its row, else on the first
    page of the record, since nothing narrower is known."""
    page, box = _place(draft, path)
    return {"text": text, "page": page, "bbox": box, "confidence": 1.0, "origin": "human"}


def _place(draft: Draft, path: str) -> tuple[int, list[float]]:
    known = draft.evidence.get(path)
    if known is not None:
        return known["page"], list(known["bbox"])
    row = inside(path)
    beside = [e for other, e in draft.evidence.items() if row and (inside(other) or ())[:2] == row[:2]]
    if beside:
        page = beside[0]["page"]
        return page, _union([e["bbox"] for e in beside if e["page"] == page])
    return draft.source["pages"][0], [0.0, 0.0, *draft.source["page_sizes"][0]]


def _union(boxes: list[list[float]]) -> list[float]:
    left, top, right, bottom = zip(*boxes, strict=True)
    return [min(left), min(top), max(right), max(bottom)]


CHANGES: Mapping[str, Callable[[Draft, Event], Draft]] = {
    "set": _set,
    "accept-fields": _accept,
    "add-row": _add_row,
    "remove-row": _remove_row,
    "merge-rows": _merge_rows,
}
