"""Dotted paths into a record's data: "funds.total", "rows[3].name", and "rows[].name" for a key of all rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from pipeline.forms.definition import Sum

STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
"""One step of a dotted path: a key or an index."""
EACH = "[]"
"""Stands in a path of the form language where an index stands in a path of a record."""


def steps_of(path: str) -> list[str | int]:
    """Given a dotted path, return its keys and indices in order."""
    return [key or int(index) for key, index in STEP.findall(path)]


def value_at(data: Mapping[str, Any], path: str) -> Any:
    """Given nested data and a dotted path, return the value there, or None."""
    node: Any = data
    for step in steps_of(path):
        if isinstance(step, int):
            node = node[step] if isinstance(node, Sequence) and step < len(node) else None
        else:
            node = node.get(step) if isinstance(node, Mapping) else None
    return node


def set_path(data: dict[str, Any], path: str, value: Any) -> None:
    """Given nested data and a dotted path, set the value there; lists grow by one row at a time."""
    steps = steps_of(path)
    node: Any = data
    for step, following in pairwise(steps):
        fresh: Any = [] if isinstance(following, int) else {}
        if isinstance(step, int):
            node.extend([fresh] if step == len(node) else [])
            node = node[step]
        else:
            node = node.setdefault(step, fresh)
    node[steps[-1]] = value


def paths_of(data: Mapping[str, Any], path: str) -> tuple[str, ...]:
    """Given nested data and a path of the form language, return the paths that it stands for in this record."""
    if EACH not in path:
        return (path,)
    table, key = path.split(EACH, 1)
    return tuple(f"{table}[{n}]{key}" for n in range(len(value_at(data, table) or ())))


def sums_of(data: Mapping[str, Any], rule: Sum) -> Iterator[Sum]:
    """Given nested data and a sum of the form language, yield the sums that must hold in this record: one, or where its
    total is a key of all rows, one for each row."""
    if EACH not in rule.total:
        yield replace(rule, parts=tuple(path for part in rule.parts for path in paths_of(data, part)))
        return
    totals = paths_of(data, rule.total)
    for n, total in enumerate(totals):
        yield replace(rule, total=total, parts=tuple(part.replace(EACH, f"[{n}]") for part in rule.parts))
