"""The rows of a repeating table: which box of a row belongs to which column, by place, and by words where merges were
lost; levels filled down."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from pipeline.errors import IssueCode
from pipeline.forms.definition import Column, Form, Repeating
from pipeline.forms.header import Header, header_words, is_header
from pipeline.forms.labels import CACHED
from pipeline.forms.prints import Print
from pipeline.forms.sheet import Box, Sheet
from pipeline.forms.words import Word, read_word, word_within
from pipeline.model import Issue, TextLine
from pipeline.text.indicators import IndicatorName, parse_indicator_name
from pipeline.text.numbers import is_absent

NOTHING = " \n.…·-—–_/\\、，。:："
"""Signs that fill an empty row of a template."""


@dataclass(frozen=True, slots=True)
class RowBoxes:
    """One row. levels: the box of each level column that has print in this row, else None. cells: by column key."""

    row: int
    levels: tuple[Box | None, ...]
    cells: dict[str, Box]

    @property
    def used(self) -> tuple[Box, ...]:
        return (*(box for box in self.levels if box is not None), *self.cells.values())


@dataclass(frozen=True, slots=True)
class LevelWord:
    """The word of one level in one row. box: where it is printed, None where only the vocabulary tells it.

    text is None where nothing tells it. inferred: it is not printed for this row.
    """

    text: str | None
    box: Box | None
    word: Word | None
    inferred: bool


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of values with its levels. prints: by column key, where the row has only a part of a cell.

    doubts: keys of the columns whose cell stands for several rows, so that its share is uncertain.
    """

    boxes: RowBoxes
    levels: tuple[LevelWord, ...]
    prints: dict[str, Print] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()

    def print_at(self, key: str) -> Print | None:
        """What the row says in a column, None where it has no cell there."""
        box = self.boxes.cells.get(key)
        return self.prints.get(key, None if box is None else box.print)


class RowFinder:
    """Finds the rows of one table on one sheet. is_group: is a box the group label beside the table?"""

    def __init__(self, sheet: Sheet, table: Repeating, header: Header, is_group: Callable[[Box], bool]) -> None:
        self.sheet, self.table, self.header, self._is_group = sheet, table, header, is_group
        self._words: dict[Box, tuple[Word | None, ...]] = {}

    def boxes(self, row: int) -> RowBoxes | None:
        """Given a row, return its boxes by column, or None when one box fills what should be several."""
        placed = self._by_place(row)
        return placed if placed is not None and self._is_plausible(placed) else self._by_words(row)

    def _by_place(self, row: int) -> RowBoxes | None:
        at = {key: self.sheet.slots[row, box.cell.col] for key, box in self.header.columns.items()}
        levels = tuple(at.get(column.key) for column in self.table.level_columns)
        cells = {column.key: at[column.key] for column in self.table.row_columns if column.key in at}
        filled = [box for box in at.values() if not box.blank]
        if len(set(filled)) < len(filled):
            return None
        return RowBoxes(row, tuple(None if box is None or box.blank else box for box in levels), cells)

    def _is_plausible(self, row: RowBoxes) -> bool:
        """Do the words agree with the places: levels under their headers, no level and no numbered name elsewhere?"""
        for depth, box in enumerate(row.levels):
            if box is not None and (self._is_group(box) or not self._may_be_level(box, depth)):
                return False
        filled = [(column, row.cells[column.key]) for column in self.table.row_columns if column.key in row.cells]
        return not any(self._is_misplaced(column, box) for column, box in filled if not box.blank)

    def _may_be_level(self, box: Box, depth: int) -> bool:
        depths = self._depths_of(box, exact=True)
        return depth in depths if depths else not is_numbered(box)

    def _is_misplaced(self, column: Column, box: Box) -> bool:
        if self._depths_of(box, exact=True) and column.type != "text":
            return True
        return column.type == "indicator-value" and is_numbered(box)

    def _depths_of(self, box: Box, *, exact: bool = False) -> tuple[int, ...]:
        """The level columns whose vocabulary has the word that the box says.

        exact: without mending what was read, since a misread word may come near to a word of another column.
        """
        if box not in self._words:
            depths = range(len(self.table.level_columns))
            self._words[box] = tuple(read_word(box.print, self.table.level_words(depth)) for depth in depths)
        words = enumerate(self._words[box])
        return tuple(depth for depth, word in words if word is not None and (word.exact or not exact))

    def _by_words(self, row: int) -> RowBoxes | None:
        """Level words lead the row, from outer to inner; what follows are the other columns, by order or by place."""
        boxes = [box for box in self._own(row) if not box.blank and not self._is_group(box)]
        levels = self._leading_levels(boxes)
        rest = [box for box in boxes if box not in levels]
        columns = [column for column in self.table.row_columns if column.key in self.header.columns]
        if len(rest) == len(columns):
            return RowBoxes(row, levels, {column.key: box for column, box in zip(columns, rest, strict=True)})
        cells = {column.key: box for column in columns if (box := self._nearest(column, rest)) is not None}
        single = len(set(cells.values())) == len(cells)
        return RowBoxes(row, levels, cells) if single and cells else None

    def _own(self, row: int) -> list[Box]:
        """The boxes of a row, of two tables side by side those below the own header."""
        boxes = self.sheet.row(row)
        if self.table.side is None:
            return list(boxes)
        heads = self.header.columns.values()
        return [box for box in boxes if any(box.overlaps_columns(head.cell.col, head.end_col) for head in heads)]

    def _leading_levels(self, boxes: Sequence[Box]) -> tuple[Box | None, ...]:
        count = len(self.table.level_columns)
        leading = []
        for box in boxes[:count]:
            if not self._depths_of(box):
                break
            leading.append(box)
        levels: list[Box | None] = [None] * count
        for n, box in enumerate(leading):
            depths = self._depths_of(box)
            free = [
                d for d in depths if levels[d] is None and all(levels[deeper] is None for deeper in range(d, count))
            ]
            last_one = n == len(leading) - 1
            if free:
                levels[self._choose(free, last_one, alone=len(leading) < count)] = box
        return tuple(levels)

    def _choose(self, free: Sequence[int], last_one: bool, *, alone: bool) -> int:
        """A word known in several levels is the outer one when another level word follows, else the inner one."""
        return max(free) if last_one and (alone or len(free) == 1) else min(free)

    def _nearest(self, column: Column, boxes: Sequence[Box]) -> Box | None:
        header = self.header.columns[column.key]
        over = [box for box in boxes if box.overlaps_columns(header.cell.col, header.end_col)]
        return over[0] if over else None


def is_numbered(box: Box) -> bool:
    """Does the print begin as an item of a list of names does?"""
    return _name_of(box.text).number is not None


@lru_cache(maxsize=CACHED)
def _name_of(printed: str) -> IndicatorName:
    return parse_indicator_name(printed)


def is_nothing(column: Column, box: Box) -> bool:
    """Is there no value, or nothing behind the item number, as in the empty rows of a template?"""
    if column.type == "indicator-name":
        return box.blank or not _name_of(box.text).name.strip(NOTHING)
    return box.blank or is_absent(box.text)


def is_empty_row(table: Repeating, boxes: RowBoxes) -> bool:
    """Has no column of the row, levels aside, anything to say?"""
    return all(is_nothing(column, boxes.cells[column.key]) for column in table.row_columns if column.key in boxes.cells)


STRAYS = 2
"""Cells that say a level or begin as a numbered name from which a table without a header looks like rows of a form."""


def stray_rows(form: Form, sheet: Sheet) -> Iterator[Issue]:
    """Given a form and a table behind a declaration of it that is none itself, yield a doubt for each table of the form
    whose rows it seems to hold."""
    for table in form.tables:
        alike = boxes_of_rows(table, sheet)
        page = min((page for box in alike for page in box.print.pages), default=0)
        if len(alike) >= STRAYS:
            message = (
                f"page {page + 1} holds rows that look like '{table.names.zh}' but were not joined: add them by hand"
            )
            yield Issue(IssueCode.MISSING, "error", table.path, message)


def boxes_of_rows(table: Repeating, sheet: Sheet) -> list[Box]:
    """Given a repeating table with levels and a sheet, return the boxes that say a level or begin as numbered names."""
    words = [word for depth in range(len(table.level_columns)) for word in table.level_words(depth)]
    return [box for box in sheet.filled if read_word(box.print, words) is not None or (words and is_numbered(box))]


def loose_rows(form: Form, lines: Sequence[TextLine]) -> Iterator[Issue]:
    """Given a form and the lines of a page behind a declaration of it on which no table was found, yield a doubt for
    each table of the form whose rows they seem to be: a level, or a numbered name, stands in a line as a word."""
    words = [word for line in lines for word in line.text.split()]
    for table in form.tables:
        depths = range(len(table.level_columns))
        levels = {word for depth in depths for word in table.level_words(depth) if word.endswith(table.ending)}
        if levels and any(word in levels or _name_of(word).number is not None for word in words):
            page = lines[0].page + 1
            message = f"page {page} has no table but lines that look like '{table.names.zh}': compare with it"
            yield Issue(IssueCode.MISSING, "error", table.path, message)


def find_rows(finder: RowFinder, end: int, threshold: float) -> Iterator[TableRow]:
    """Given the finder of a table and the row behind its last one, yield its rows with print from top to bottom.

    Header rows printed again and rows that repeat the boxes of the row above are left out.
    """
    sheet, table = finder.sheet, finder.table
    carried: tuple[LevelWord, ...] = tuple(LevelWord(None, None, None, inferred=True) for _ in table.level_columns)
    last: list[Box] = []
    for row in range(finder.header.bottom, end):
        boxes = None if is_header(header_words(sheet, row, table, threshold), table) else finder.boxes(row)
        if boxes is None or is_empty_row(table, boxes):
            continue
        carried = fill_levels(table, boxes.levels, carried)
        filled = [box for box in boxes.cells.values() if not box.blank]
        if filled != last:
            yield TableRow(boxes, tuple(_over_break(sheet, row, level) for level in carried))
        last = filled


def _over_break(sheet: Sheet, row: int, level: LevelWord) -> LevelWord:
    """A level that is printed on the next page only, with one row alone above the break: it may be the next row's."""
    box = level.box
    if box is None or box.cell.row != row or row + 1 >= box.end_row or _page_of(sheet, row + 1) == _page_of(sheet, row):
        return level
    return replace(level, inferred=min(box.print.pages, default=0) > _page_of(sheet, row))


def _page_of(sheet: Sheet, row: int) -> int:
    """The page on which a row begins; that of the row above where no cell does."""
    pages = [page for box in sheet.row(row) if box.cell.row == row for page in box.cell.pages]
    return min(pages) if pages or row == 0 else _page_of(sheet, row - 1)


def fill_levels(table: Repeating, boxes: Sequence[Box | None], carried: Sequence[LevelWord]) -> tuple[LevelWord, ...]:
    """Given the level boxes of a row and the levels of the row above, return this row's levels.

    What is not printed goes on from above as long as the outer level stays, if it is printed again or not, and the
    vocabulary allows it.
    """
    filled: list[LevelWord] = []
    changed = False
    for depth, box in enumerate(boxes):
        before = carried[depth]
        if box is not None:
            words = table.level_words(depth)
            whole = [word for word in words if word.endswith(table.ending)]
            word = read_word(box.print, words) or word_within(box.print, whole)
            filled.append(LevelWord(word.text if word else box.text, box, word, inferred=False))
            changed = changed or filled[-1].text != before.text
        elif depth == 0:
            filled.append(_outer(table, boxes, before))
            changed = changed or filled[0].text != before.text
        else:
            filled.append(_only_child(table, filled[-1]) if changed else _again(before))
    return tuple(filled)


def _again(level: LevelWord) -> LevelWord:
    return LevelWord(level.text, level.box, level.word, inferred=True)


def _outer(table: Repeating, boxes: Sequence[Box | None], before: LevelWord) -> LevelWord:
    """The outer word from above, unless the inner word printed here stands under another one only."""
    inner = read_word(boxes[1].print, table.level_words(1)) if len(boxes) > 1 and boxes[1] is not None else None
    parents = table.parents(inner.text) if inner else ()
    if not parents or (before.text is not None and table.stem(before.text) in map(table.stem, parents)):
        return _again(before)
    return LevelWord(parents[0] if len(parents) == 1 else None, None, None, inferred=True)


def _only_child(table: Repeating, outer: LevelWord) -> LevelWord:
    children = table.children(outer.text) if outer.text else ()
    return LevelWord(children[0] if len(children) == 1 else None, None, None, inferred=True)
