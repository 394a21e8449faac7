"""Rows of a repeating table come and go: where a path leads afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

ROW = re.compile(r"(?P<table>.+)\[(?P<row>\d+)\]")
INNER = re.compile(r"(?P<table>.+?)\[(?P<row>\d+)\](?P<rest>.*)")
INDEX = re.compile(r"\[\d+\]")

T = TypeVar("T")
Shift = Callable[[int], int | None]
"""From the number of a row to its number afterwards; None where the row goes."""


def row_of(path: str) -> tuple[str, int] | None:
    """Given "rows[3]", return ("rows", 3); None for a path of another kind."""
    match = ROW.fullmatch(path)
    return (match["table"], int(match["row"])) if match else None


def inside(path: str) -> tuple[str, int, str] | None:
    """Given "rows[3].key", return ("rows", 3, ".key"); None where no row is named."""
    match = INNER.fullmatch(path)
    return (match["table"], int(match["row"]), match["rest"]) if match else None


def every_row(path: str) -> str:
    """Given "rows[3].key", return "rows[].key", which names the key of all rows."""
    return INDEX.sub("[]", path)


def added(at: int) -> Shift:
    return lambda row: row + 1 if row >= at else row


def removed(at: int) -> Shift:
    return lambda row: None if row == at else row - 1 if row > at else row


def merged(at: int) -> Shift:
    """The row after ``at`` becomes part of it."""
    return lambda row: row - 1 if row > at else row


def moved(path: str, table: str, shift: Shift) -> str | None:
    """Given a path and what becomes of a table's rows, return where it leads afterwards; None when it leads nowhere."""
    found = inside(path)
    if found is None or found[0] != table:
        return path
    row = shift(found[1])
    return None if row is None else f"{table}[{row}]{found[2]}"


def moved_keys(items: Mapping[str, T], table: str, shift: Shift) -> dict[str, T]:
    """Given things by path, return them by their paths afterwards; where two meet, the upper row's stays."""
    result: dict[str, T] = {}
    for path, item in items.items():
        after = moved(path, table, shift)
        if after is not None:
            result.setdefault(after, item)
    return result


def moved_paths(paths: Iterable[str], table: str, shift: Shift) -> frozenset[str]:
    return frozenset(after for path in paths if (after := moved(path, table, shift)) is not None)
