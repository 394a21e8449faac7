"""From a label to its value: right of it, below it, behind it in the same box, or where a column crosses its row."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from pipeline.forms.definition import Place
from pipeline.forms.labels import likeness
from pipeline.forms.locate import Sighting
from pipeline.forms.prints import Print
from pipeline.forms.sheet import Box, Sheet


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a value stands: its boxes and what they print. skipped: empty boxes lay between it and its label."""

    boxes: tuple[Box, ...]
    print: Print
    skipped: bool = False


def over(sheet: Sheet, head: Box, top: int) -> tuple[Box, ...]:
    """Given a header word, return the boxes with print over it that head several columns with it, the nearest first.

    A header whose words all begin in one row has none; ``top`` is the row where its highest one begins.
    """
    above = []
    while head.cell.row > top:
        over_it = sheet.slots[head.cell.row - 1, head.cell.col]
        if over_it.blank or over_it.cell.col_span <= head.cell.col_span:
            break
        above.append(over_it)
        head = over_it
    return tuple(above)


def _reaches_out(spot: Spot, label: Box) -> bool:
    """Does a value stand under its label and other columns too? A heading of what follows does."""
    first = spot.boxes[0]
    return first.cell.row >= label.end_row and (first.cell.col < label.cell.col or first.end_col > label.end_col)


@dataclass(frozen=True, slots=True)
class Ground:
    """One sheet with what can never be a value on it. blocked: labels, headers, furniture, rows of tables. inner: most
    labels share a cell with their value, so that a label alone in its cell has none. heading: most labels stand beside
    other labels, over their values, so that what stands right of one is more likely a label that nobody knows."""

    sheet: Sheet
    blocked: Collection[Box]
    threshold: float
    inner: bool = False
    heading: bool = False

    def spot(self, sighting: Sighting) -> Spot | None:
        """Given a label, return where its value stands: the first of the field's places that is there, or None. For
        words one that has print goes before, since a goal is printed beside its label or below it; an amount below an
        empty cell is another one's."""
        places = sorted(sighting.field.places, key=lambda place: self.heading and place == "right")
        spots = [spot for place in places if (spot := self._at(place, sighting)) is not None]
        if spots and sighting.field.type != "text":
            return spots[0]
        if not spots:
            return self._under(sighting)
        filled = [spot for spot in spots if not spot.print.blank]
        return min(filled, key=lambda spot: _reaches_out(spot, sighting.box), default=spots[0] if spots else None)

    def _under(self, sighting: Sighting) -> Spot | None:
        """Where a label that has none of its places stands in a row of labels, what is printed below it in its columns
        is its value, whatever its places are."""
        label = sighting.box
        left = self.sheet.slots.get((label.cell.row, label.cell.col - 1))
        beside = list(self.sheet.right_of(label)) or ([left] if left is not None else [])
        if sighting.cut is not None or self.inner or not beside or not all(box in self.blocked for box in beside):
            return None
        spot = self._below(label)
        return None if spot is None or spot.print.blank or _reaches_out(spot, label) else spot

    def column_over(self, value: Box) -> Iterator[Box]:
        """Given the box of a value, yield the boxes with print above it in the same columns, the nearest first."""
        above = self.sheet.slots.get((value.cell.row - 1, value.cell.col))
        while above is not None and (above.cell.col, above.cell.col_span) == (value.cell.col, value.cell.col_span):
            if not above.blank:
                yield above
            above = self.sheet.slots.get((above.cell.row - 1, above.cell.col))

    def _at(self, place: Place, sighting: Sighting) -> Spot | None:
        if place == "inside":
            return self._inside(sighting)
        if sighting.cut is not None:
            return None
        if self.inner and sighting.field.places[0] == "inside":
            return None
        if place == "right":
            return self._right(sighting.box)
        if place == "below":
            return self._below(sighting.box)
        return self._across(sighting) if place == "across" else None

    def _inside(self, sighting: Sighting) -> Spot | None:
        if sighting.cut is None:
            return None
        whole = sighting.box.print
        return Spot((sighting.box,), whole.part(sighting.cut.value_start, sighting.cut.end or len(whole.text)))

    def _right(self, label: Box) -> Spot | None:
        free = [box for box in self.sheet.right_of(label) if box not in self.blocked]
        if not free:
            return None
        filled = next((box for box in free if not box.blank), None)
        if filled is not None:
            return self._whole(filled)
        return self._beyond(free[0], label) or Spot((free[0],), free[0].print)

    def _beyond(self, empty: Box, label: Box) -> Spot | None:
        """Where the merge of a label or value was lost, empty boxes lie between. What comes behind them is the value
        only when it is followed by the table's side, a label or nothing: else it may be a label that nobody knows."""
        row = [box for box in self.sheet.row(label.cell.row) if box.cell.col >= empty.cell.col]
        n = next((n for n, box in enumerate(row) if not box.blank), None)
        if n is None or row[n] in self.blocked:
            return None
        after = row[n + 1] if n + 1 < len(row) else None
        known = after is None or after.blank or after in self.blocked
        return Spot((row[n],), row[n].print, skipped=True) if known else None

    def _below(self, label: Box) -> Spot | None:
        free = [box for box in self.sheet.below(label) if box not in self.blocked]
        filled = next((box for box in free if not box.blank), None)
        if filled is not None:
            return self._whole(filled)
        return Spot((free[0],), free[0].print) if free else None

    def _across(self, sighting: Sighting) -> Spot | None:
        head = self._head(sighting)
        if head is None:
            return None
        box = self.sheet.slots[sighting.box.cell.row, head.cell.col]
        return None if box in self.blocked else Spot((box,), box.print)

    def heads(self, sighting: Sighting) -> tuple[Box, ...]:
        """Given a label whose row a column crosses, return the column's word and what heads several columns with it."""
        head = self._head(sighting) if sighting.field.header else None
        if head is None:
            return ()
        row = self.sheet.row(head.cell.row)
        return (head, *over(self.sheet, head, min(box.cell.row for box in row)))

    def _head(self, sighting: Sighting) -> Box | None:
        """The word of the field's column above its row: the best likeness, of equal ones the nearest."""
        above = [box for box in self.sheet.filled if box.end_row <= sighting.box.cell.row]
        scores = {box: likeness(box.text, sighting.field.header, self.threshold) for box in above}
        return max((box for box in above if scores[box]), key=lambda box: (scores[box], box.cell.row), default=None)

    def _whole(self, box: Box) -> Spot:
        """A value with what a page break cut off behind a full sentence."""
        boxes = (box, *self._continued(box))
        if len(boxes) == 1:
            return Spot(boxes, box.print)
        return Spot(boxes, Print.of([line for part in boxes for line in part.cell.lines]))

    def _continued(self, box: Box) -> Iterator[Box]:
        """The boxes of the same columns right below that stand on a further page and belong to no label."""
        below = next(iter(self.sheet.below(box)), None)
        while below is not None and self._goes_on(box, below):
            yield below
            box, below = below, next(iter(self.sheet.below(below)), None)

    def _goes_on(self, box: Box, below: Box) -> bool:
        same = (box.cell.col, box.cell.col_span) == (below.cell.col, below.cell.col_span)
        turned = min(below.cell.pages, default=0) > max(box.cell.pages, default=0)
        if not same or not turned or below.blank or below in self.blocked:
            return False
        left = self.sheet.slots.get((below.cell.row, below.cell.col - 1))
        return left is None or left.blank or left.cell.row < below.cell.row or self._goes_on_too(left)

    def _goes_on_too(self, left: Box) -> bool:
        """Is the box beside a continuation one itself, as of two goals side by side, and no label?"""
        above = self.sheet.slots.get((left.cell.row - 1, left.cell.col))
        return above is not None and above not in self.blocked and self._goes_on(above, left)
