"""One sheet of a declaration surveyed: headers of its tables, labels of its fields, furniture, and what is left."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import cached_property

from pipeline.forms.definition import Form, Repeating
from pipeline.forms.divide_header import divide_header
from pipeline.forms.header import Header, find_header, header_words, is_header
from pipeline.forms.intruder import intruder_row
from pipeline.forms.labels import inner_cuts, is_exact, is_heading, is_word, likeness
from pipeline.forms.locate import Labels, Sighting, find_labels
from pipeline.forms.places import Ground, over
from pipeline.forms.prints import Print
from pipeline.forms.sheet import Box, Sheet
from pipeline.forms.values import Unit


@dataclass(frozen=True, slots=True)
class Body:
    """A repeating table on a sheet: its rows are ``header.bottom`` up to ``end``; up to ``tail`` stand those of another
    list in its columns. parted: the header and the first row stood in one row of cells. above: by column key, the boxes
    with print over its header word, the nearest first. unit: that of amounts whose headers name none.
    """

    table: Repeating
    header: Header
    end: int
    tail: int
    parted: bool = False
    above: Mapping[str, tuple[Box, ...]] = dataclass_field(default_factory=dict)
    unit: Unit | None = None

    @property
    def heads(self) -> tuple[Box, ...]:
        """The boxes of the header, those over several columns included."""
        return tuple(
            dict.fromkeys((*self.header.columns.values(), *(box for over in self.above.values() for box in over)))
        )

    def holds(self, box: Box) -> bool:
        return self.header.bottom <= box.cell.row < self.end

    def covers(self, box: Box) -> bool:
        """Does the box stand among the rows, or among those of the other list?"""
        return self.header.bottom <= box.cell.row < self.tail


@dataclass(frozen=True)
class Survey:
    """What stands where on one sheet. top: rows above the first label, where a title may stand."""

    form: Form
    sheet: Sheet
    bodies: tuple[Body, ...]
    labels: Labels
    furniture: frozenset[Box]
    top: int
    threshold: float

    @cached_property
    def ground(self) -> Ground:
        """Where values may stand."""
        seen = self.labels.seen.values()
        inner, heading = sum(s.cut is not None for s in seen), sum(self._heads_column(s) for s in seen)
        return Ground(self.sheet, self.blocked, self.threshold, 2 * inner > len(seen), 2 * heading > len(seen))

    def _heads_column(self, sighting: Sighting) -> bool:
        """Is a label over a cell that is none and beside labels only?"""
        labels = {s.box for s in self.labels.seen.values()}
        right, below = (list(side(sighting.box)) for side in (self.sheet.right_of, self.sheet.below))
        beside = bool(right) and labels.issuperset(right)
        return sighting.cut is None and beside and bool(below) and labels.isdisjoint(below)

    @cached_property
    def blocked(self) -> frozenset[Box]:
        """Labels, headers, furniture, captions and the rows of tables: none of them is the value of a field."""
        labels = (s.box for s in (*self.labels.seen.values(), *self.labels.doubled))
        headers = (box for body in self.bodies for box in body.heads)
        rows = (box for box in self.sheet.boxes if any(body.covers(box) for body in self.bodies))
        return frozenset((*labels, *headers, *rows, *self.furniture, *self.caption_boxes))

    @cached_property
    def caption_boxes(self) -> tuple[Box, ...]:
        """Boxes with print above the first label."""
        return tuple(box for box in self.sheet.filled if box.end_row <= self.top and box not in self.furniture)

    @property
    def notes(self) -> tuple[Print, ...]:
        """Furniture and boxes above the first label in page order: any of them may name the unit of all amounts."""
        return tuple(box.print for box in sorted((*self.furniture, *self.caption_boxes), key=lambda box: box.place))

    def says(self, box: Box, words: tuple[str, ...]) -> bool:
        """Is the box one of these words, a misread character aside?"""
        return likeness(box.text, words, self.threshold) > 0.0

    def section_boxes(self, section: str) -> tuple[Box, ...]:
        """The group labels of a section, which may carry its unit, in page order."""
        words = self.form.by_section[section].labels
        return tuple(box for box in self.sheet.filled if self.says(box, words))


def survey(form: Form, sheet: Sheet, threshold: float) -> Survey:
    """Given a form and a sheet that is of it, return what stands where."""
    parted = []
    for table in form.tables:
        apart = divide_header(sheet, table, threshold)
        if apart is not None:
            sheet = apart
            parted.append(table.path)
    bodies = tuple(_bodies(form, sheet, threshold, parted))
    headers = {box for body in bodies for box in body.heads}
    outside = [box for box in sheet.filled if box not in headers and not any(body.covers(box) for body in bodies)]
    labels = find_labels(form, outside, threshold)
    taken = {s.box for s in labels.seen.values()}
    furniture = frozenset(
        box for box in outside if box not in taken and (is_furniture(form, box) or heads_part(sheet, box, taken))
    )
    firsts = [s.box.cell.row for s in labels.seen.values()] + [box.cell.row for box in headers]
    return Survey(form, sheet, bodies, labels, furniture, min(firsts, default=0), threshold)


def _bodies(form: Form, sheet: Sheet, threshold: float, parted: Collection[str]) -> Iterator[Body]:
    for table in form.tables:
        header = find_header(sheet, table, threshold)
        if header is not None:
            rows = range(header.bottom, sheet.n_rows)
            ends = (row for row in rows if _ends(form, table, sheet, row, threshold) or _is_left(sheet, header, row))
            top = min(box.cell.row for box in header.columns.values())
            above = {key: over(sheet, box, top) for key, box in header.columns.items()}
            tail = next(ends, sheet.n_rows)
            end = intruder_row(sheet, table, header, tail)
            yield Body(table, header, tail if end is None else end, tail, table.path in parted, above)


def _ends(form: Form, table: Repeating, sheet: Sheet, row: int, threshold: float) -> bool:
    """Does this row lie below the table: a label or furniture leads it, or it is the header of another table?"""
    own = [box for box in sheet.row(row) if box.cell.row == row and not box.blank and not is_group(table, box)]
    others = [other for other in form.tables if other is not table]
    if any(is_header(header_words(sheet, row, other, threshold), other) for other in others):
        return True
    return bool(own) and (is_furniture(form, own[0]) or _is_label(form, own[0]))


def _is_left(sheet: Sheet, header: Header, row: int) -> bool:
    """Does this row head another part of the form? Over further rows in the columns of the table it heads some of its
    rows: （一）产出指标."""
    below = {(box.cell.col, box.cell.col_span) for box in sheet.row(row + 1)} if row + 1 < sheet.n_rows else set()
    columns = {(box.cell.col, box.cell.col_span) for box in header.columns.values()}
    return heads_part(sheet, sheet.row(row)[0], ()) and not columns <= below


def _is_label(form: Form, box: Box) -> bool:
    return any(is_word(box.text, field.labels) for field in form.fields)


def is_group(table: Repeating, box: Box) -> bool:
    """Is the box the group label that stands beside the whole table?"""
    return bool(table.labels) and is_word(box.text, table.labels)


def is_furniture(form: Form, box: Box) -> bool:
    """Is the box a word of the form that is neither label nor value, alone or before a colon?"""
    groups = (word for table in form.tables for word in table.labels)
    sections = (word for section in form.sections for word in section.labels)
    words = (*form.furniture, *groups, *sections)
    heads = [box.text, *(box.text[: cut.label_end] for cut in inner_cuts(box.text))]
    return any(is_word(head, words) for head in heads)


def heads_part(sheet: Sheet, box: Box, labels: Collection[Box]) -> bool:
    """Is the box the numbered heading of a part of the form, and no value right below its own label?"""
    if not sheet.fills_row(box) or not is_heading(box.text):
        return False
    above = sheet.slots.get((box.cell.row - 1, box.cell.col))
    return above is None or above not in labels or not sheet.fills_row(above)


def is_slip(sighting: Sighting) -> bool:
    """Was the label found in spite of a misread or other wording?"""
    return not is_exact(sighting.score + (0.0 if sighting.cut is None else 0.02))
