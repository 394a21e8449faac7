"""The header row of a repeating table: which column stands where."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from pipeline.forms.definition import Column, Repeating
from pipeline.forms.labels import is_exact, is_label_like, is_word, likeness
from pipeline.forms.lexicon import alike
from pipeline.forms.sheet import Box, Sheet

ENOUGH = 0.6
"""Share of a table's needed columns whose header words make a row its header row; two words at least."""


@dataclass(frozen=True, slots=True)
class Header:
    """Columns by key with the boxes of their header words. bottom: the first row below it."""

    columns: dict[str, Box]
    bottom: int

    def has(self, box: Box) -> bool:
        return box in self.columns.values()


def enough(table: Repeating) -> int:
    """How many header words make a header row of this table."""
    return max(2, math.ceil(ENOUGH * len(table.needed_columns)))


def find_header(sheet: Sheet, table: Repeating, threshold: float, start: int = 0) -> Header | None:
    """Given a sheet, return the table's header at or below row ``start``, or None: the first row over the columns of
    the one with most header words, else the first one that has the words of all levels and one box for each further
    column that is needed."""
    words = {row: header_words(sheet, row, table, threshold) for row in range(start, sheet.n_rows)}
    heads = [row for row in words if is_header(words[row], table)]
    row = max(heads, key=lambda row: len(words[row]), default=None)
    if row is not None:
        first = next(head for head in heads if _stands_over(words[head], words[row]))
        columns = {**words[first], **_unread(_own_half(sheet.row(first), table, threshold), words[first], table)}
        return Header({**words[row], **columns}, max(box.end_row for box in columns.values()))
    led = (_led(sheet.row(row), words[row], table, threshold) for row in words)
    return next((Header(columns, max(b.end_row for b in columns.values())) for columns in led if columns), None)


def _stands_over(words: dict[str, Box], fullest: dict[str, Box]) -> bool:
    """Given the header words of a row and those of the row that has most, are the former all in the latter's columns?
    A head that is printed again behind a page break may have been read better than the first one."""
    places = [(box.cell.col, box.end_col) for box in words.values()]
    return places == [(box.cell.col, box.end_col) for key in words if (box := fullest.get(key))]


def _led(row: Sequence[Box], words: dict[str, Box], table: Repeating, threshold: float) -> dict[str, Box]:
    """Given a row and the header words in it, return all columns where the words of the levels lead the row, and behind
    them stands one box with words for each needed column; else none."""
    levels = [column for column in table.level_columns if column.key in words]
    known = len(levels) > 1 and all(is_exact(likeness(words[c.key].text, c.labels, threshold)) for c in levels)
    if not known or len(levels) < len(table.level_columns):
        return {}
    end = max(words[column.key].end_col for column in levels)
    behind = [box for box in row if box.cell.col >= end and not box.blank]
    needed = [column.key for column in table.needed_columns if column not in levels]
    fits = len(behind) == len(needed) and all(is_label_like(box.text) for box in behind)
    return {**{c.key: words[c.key] for c in levels}, **dict(zip(needed, behind, strict=True))} if fits else {}


def is_header(words: dict[str, Box], table: Repeating) -> bool:
    """Are these header words enough, most of the needed ones among them, and one of a column with values?"""
    needed = [column.key for column in table.needed_columns]
    return (
        len(words) >= enough(table)
        and sum(key in words for key in needed) >= min(enough(table), len(needed))
        and any(column.key in words for column in table.row_columns)
    )


def header_words(sheet: Sheet, row: int, table: Repeating, threshold: float) -> dict[str, Box]:
    """Given a row, return the columns whose header words stand in it, best likeness first, one word one column; the
    label beside the table is none of them."""
    scores = [
        (score, -n, table.columns[n].key, box)
        for box in _own_half(sheet.row(row), table, threshold)
        if not box.blank and (words := alike(table.lexicon, box.text, threshold))
        if not is_word(box.text, table.labels)
        for n, score in words
    ]
    found: dict[str, Box] = {}
    for _, _, key, box in sorted(scores, key=lambda entry: entry[:2], reverse=True):
        if key not in found and box not in found.values():
            found[key] = box
    return found


def _own_half(row: tuple[Box, ...], table: Repeating, threshold: float) -> tuple[Box, ...]:
    """The boxes of a row that may head this table; of two like blocks side by side its own and what they share."""
    if table.side is None:
        return row
    at = _second_block(row, table, threshold)
    if at is None:
        return row if table.required else ()
    return row[:at] if table.side == "left" else (*row[at:], *_shared(row[:at], row[at:], table, threshold))


def _second_block(row: tuple[Box, ...], table: Repeating, threshold: float) -> int | None:
    """Where in a row the words of the columns begin to stand for the second time, two of them at the least; other words
    of a form are like them, so only what is one to the letter counts."""
    keys = [_key_of(box, table, threshold) for box in row]
    again = [n for n, key in enumerate(keys) if key is not None and key in keys[:n]]
    return again[0] if len(again) > 1 else None


def _shared(left: tuple[Box, ...], right: tuple[Box, ...], table: Repeating, threshold: float) -> list[Box]:
    """The boxes before the second block whose columns it does not print again."""
    there = {_key_of(box, table, threshold) for box in right}
    return [box for box in left if (key := _key_of(box, table, threshold)) is not None and key not in there]


def _key_of(box: Box, table: Repeating, threshold: float) -> str | None:
    """The column whose header word a box says."""
    words = alike(table.lexicon, box.text, threshold)
    return next((table.columns[n].key for n, score in words if is_exact(score)), None)


def _unread(row: Collection[Box], found: dict[str, Box], table: Repeating) -> dict[str, Box]:
    """A needed column whose header word was not read stands where its neighbours leave one box."""
    order = list(table.columns)
    return {
        column.key: free[0]
        for n, column in enumerate(order)
        if column.key not in found and not column.optional
        if len(free := _between(row, found, order[:n], order[n + 1 :])) == 1
    }


def _between(row: Collection[Box], found: dict[str, Box], before: list[Column], after: list[Column]) -> list[Box]:
    left = max((found[column.key].end_col for column in before if column.key in found), default=None)
    right = min((found[column.key].cell.col for column in after if column.key in found), default=None)
    if left is None and right is None:
        return []
    free = [box for box in row if box not in found.values()]
    return [box for box in free if (left or 0) <= box.cell.col and (right is None or box.end_col <= right)]
