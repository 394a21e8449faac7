"""Labels and values of a sheet that nobody knows, by position: label above value in one cell, or value beside label."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from pipeline.forms.draft_marks import LIKELY, POSSIBLE, Scorer, Split
from pipeline.forms.prints import Print
from pipeline.forms.sheet import Box, Sheet
from pipeline.model import TextLine
from pipeline.text.numbers import unit_in_label

ALONE = -2.5
"""Points for a label without a value at its right: more than a likely label brings, less than a known one."""
AS_VALUE = -0.3
"""Share of its points as a label that a cell takes off where it is taken for a value."""
LONG_VALUE = 15
"""Characters of a print below a label that make it a value even where other labels stand beside."""


@dataclass(frozen=True, slots=True, eq=False)
class FoundField:
    """label: as printed. value: what stands there, maybe nothing. place: in the words of the form language. box: the
    label's. group: the cell that stands beside several labels, if any. score: how much the label looks like one."""

    label: str
    value: Print
    place: str
    box: Box
    group: Box | None
    score: float


@dataclass(frozen=True)
class Layout:
    """What stands where outside of tables. groups: cells beside several labels. left: cells that are nothing known."""

    fields: tuple[FoundField, ...]
    groups: tuple[Box, ...]
    left: tuple[Box, ...]


NOTHING = Print("", ())
PAIR = re.compile(r"([^\s:：]{2,14})\s*[:：]\s*([^\s:：]+(?: [^\s:：]+)*?)?(?=\s{2,}|\s+[^\s:：]+\s*[:：]|\s*$)")
"""A label, a colon, and what stands behind it up to a wide gap or the next label."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A label with its value in a line above the table."""

    label: str
    value: str
    score: float


def find_noted(lines: Sequence[TextLine], scorer: Scorer) -> tuple[Noted, ...]:
    """Given the lines above a table, return the labels with values in them; a unit for the whole page is none."""
    pairs = (pair for line in lines if not unit_in_label(line.text) for pair in PAIR.finditer(line.text))
    noted = (Noted(pair[1], pair[2] or "", scorer.label(pair[1])) for pair in pairs)
    return tuple(note for note in noted if note.score >= POSSIBLE)


def joined_layouts(layouts: Sequence[Layout]) -> Layout:
    """Given the layouts of a page's tables from top to bottom, return them as one."""
    return Layout(
        tuple(field for layout in layouts for field in layout.fields),
        tuple(box for layout in layouts for box in layout.groups),
        tuple(box for layout in layouts for box in layout.left),
    )


def find_fields(sheet: Sheet, blocked: Collection[Box], scorer: Scorer) -> Layout:
    """Given a sheet and the boxes of its tables and title, return its fields in page order."""
    free = [box for box in sheet.boxes if box not in blocked]
    splits = {box: split for box in free if not box.blank and (split := scorer.split(box.print))}
    within = label_stands_inside(sheet, free, splits, scorer)
    reader = FieldFinder(sheet, frozenset(free), splits, scorer, within)
    fields = tuple(sorted(reader.fields(), key=lambda field: field.box.place))
    used = {*(field.box for field in fields), *reader.groups}
    values = {mark[0] for field in fields for mark in field.value.marks if mark}
    left = (box for box in free if not box.blank and box not in used and not values & set(box.cell.lines))
    return Layout(fields, tuple(reader.groups), tuple(left))


def label_stands_inside(sheet: Sheet, free: Sequence[Box], splits: dict[Box, Split], scorer: Scorer) -> bool:
    """Do labels stand in the cells of their values? Cells that hold both are counted against pairs of cells."""
    inside = sum(split.score >= LIKELY for split in splits.values())
    pairs = [
        (box, right)
        for box in free
        if not box.blank and box not in splits
        for right in sheet.right_of(box)
        if not right.blank and right not in splits
    ]
    beside = sum(scorer.label(box.text) >= LIKELY and scorer.label(right.text) < POSSIBLE for box, right in pairs)
    return inside > beside


@dataclass
class FieldFinder:
    """Finds the fields of one sheet. within: labels stand in the cells of their values."""

    sheet: Sheet
    free: frozenset[Box]
    splits: dict[Box, Split]
    scorer: Scorer
    within: bool

    def __post_init__(self) -> None:
        self.groups: list[Box] = [] if self.within else [box for box in self.free if self._is_group(box)]

    def fields(self) -> Iterator[FoundField]:
        if self.within:
            yield from self._inside()
            return
        below = {field.box: field for field in self._below()}
        yield from below.values()
        taken = {*below, *(self.sheet.slots[box.end_row, box.cell.col] for box in below), *self.groups}
        for row in range(self.sheet.n_rows):
            yield from self._beside(row, taken)

    def _inside(self) -> Iterator[FoundField]:
        """Each cell begins with its label. One that only may be a label has to stand alone in its cell."""
        for box in self.free:
            if box.blank:
                continue
            split = self.splits.get(box)
            if split is not None:
                yield FoundField(split.label, split.value, "inside", box, None, split.score)
            elif (score := self.scorer.label(box.text)) >= POSSIBLE:
                yield FoundField(box.text, NOTHING, "inside", box, None, score)

    def _is_group(self, box: Box) -> bool:
        """Does the box stand beside several rows, one of which begins with a label?"""
        if box.blank or box.cell.row_span < 2 or self.scorer.label(box.text) < POSSIBLE:
            return False
        beside = [right for right in self.sheet.right_of(box) if right in self.free]
        return len(beside) > 1 and any(self.scorer.label(right.text) >= LIKELY for right in beside if not right.blank)

    def _group_of(self, box: Box) -> Box | None:
        row = box.cell.row
        return next((g for g in self.groups if g.cell.row <= row < g.end_row and g.end_col <= box.cell.col), None)

    def _below(self) -> Iterator[FoundField]:
        """Labels above cells of the same width, where all cells of the row are such."""
        for row in range(self.sheet.n_rows):
            own = [box for box in self.sheet.row(row) if box in self.free and box not in self.groups]
            pairs = [(box, under) for box in own if (under := self._under(box)) is not None]
            if pairs and len(pairs) == len(own) and any(self._is_long(under) for _, under in pairs):
                for box, under in pairs:
                    yield self._found(box, under, "below")

    def _under(self, box: Box) -> Box | None:
        """The value below a label: as wide, and no label itself."""
        if box.blank or box.end_row >= self.sheet.n_rows or self.scorer.label(box.text) < POSSIBLE:
            return None
        under = self.sheet.slots[box.end_row, box.cell.col]
        same = (under.cell.col, under.end_col) == (box.cell.col, box.end_col)
        is_value = under.blank or self._is_long(under) or self.scorer.label(under.text) < POSSIBLE
        return under if same and is_value and under in self.free and under not in self.splits else None

    def _is_long(self, box: Box) -> bool:
        return len(box.text) >= LONG_VALUE

    def _beside(self, row: int, taken: Collection[Box]) -> Iterator[FoundField]:
        own = [box for box in self.sheet.row(row) if box.cell.row == row and box in self.free and box not in taken]
        labels = best_labels([self._points(box) for box in own], [box in self.splits for box in own])
        for n in labels:
            split = self.splits.get(own[n])
            if split is not None:
                yield FoundField(split.label, split.value, "inside", own[n], self._group_of(own[n]), split.score)
            else:
                alone = n + 1 in labels or n + 1 == len(own)
                yield self._found(own[n], None if alone else own[n + 1], "right")

    def _found(self, box: Box, value: Box | None, place: str) -> FoundField:
        print_ = NOTHING if value is None else value.print
        return FoundField(box.text, print_, place, box, self._group_of(box), self.scorer.label(box.text))

    def _points(self, box: Box) -> float:
        if box.blank:
            return float("-inf")
        split = self.splits.get(box)
        return self.scorer.label(box.text) if split is None else split.score


def best_labels(points: Sequence[float], complete: Sequence[bool]) -> tuple[int, ...]:
    """Given the points of the cells of one row as labels and whether each holds its value too, return which cells are
    labels: those that together have most points, where each needs a value at its right.

    A walk from the right: what is best from a cell on depends on whether the cell before it asks for a value.
    """
    free: tuple[float, tuple[int, ...]] = (0.0, ())
    asked: tuple[float, tuple[int, ...]] = (ALONE, ())
    for n in reversed(range(len(points))):
        after = free if complete[n] else asked
        as_label = (points[n] + after[0], (n, *after[1]))
        as_value = (AS_VALUE * max(points[n], 0.0) + free[0], free[1])
        asked = max((as_label[0] + ALONE, as_label[1]), as_value, key=lambda way: way[0])
        free = max(as_label, (free[0], free[1]), key=lambda way: way[0])
    return free[1]
