"""Where a layout is not as its form has it: unknown labels and columns, and fields that may stand there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.errors import IssueCode
from pipeline.forms.definition import Field, Form
from pipeline.forms.labels import is_label_like
from pipeline.forms.readout import quoted
from pipeline.forms.sheet import Box
from pipeline.forms.survey import Body, Survey
from pipeline.forms.values import DEFAULT_UNIT, Unit, read_field
from pipeline.model import Issue
from pipeline.text.chars import is_han

CANDIDATES = 3
"""Prints that a doubt about an unfound field names."""


def told_drift(found: Survey, unused: Sequence[Box]) -> Iterator[Issue]:
    """Given a sheet and its cells that belong to no field, yield all warnings about labels and columns that the form
    does not know."""
    yield from unknown_words(found, unused)
    yield from strange_cells(found, unused)


def unknown_words(found: Survey, unused: Sequence[Box]) -> Iterator[Issue]:
    """Given a sheet and its cells that belong to no field, yield a warning for each that looks like the label of
    another one, or like the header of a column that the form does not know."""
    values = unknown_pairs(found, unused)
    for box in unused:
        body = _headed(found, box)
        if body is not None:
            message = f"'{body.table.names.zh}' has the unknown column {quoted(box.print.verbatim)}: add it to the form"
            yield Issue(IssueCode.LAYOUT_DRIFT, "warning", body.table.path, message, (box.print.verbatim,))
        elif box in values:
            value = values[box].print.verbatim
            message = f"the label {quoted(box.print.verbatim)} is unknown, beside it stands {quoted(value)}"
            yield Issue(IssueCode.LAYOUT_DRIFT, "warning", None, message, (box.print.verbatim, value))


def strange_cells(found: Survey, unused: Sequence[Box]) -> Iterator[Issue]:
    """Given a sheet and its cells that belong to no field, yield a warning for each table in whose rows some of them
    stand and none is the head of an unknown column: each may be the value of a column that was not found."""
    for body in found.bodies:
        prints = [box.print.verbatim for box in unused if body.holds(box)]
        if prints and not any(_headed(found, box) is body for box in unused):
            shown = ", ".join(quoted(text) for text in prints[:CANDIDATES])
            message = f"cells of the rows of '{body.table.names.zh}' belong to no column that was found: {shown}"
            yield Issue(IssueCode.LAYOUT_DRIFT, "warning", body.table.path, message, tuple(prints[:CANDIDATES]))


def unknown_pairs(found: Survey, unused: Sequence[Box]) -> dict[Box, Box]:
    """Given a sheet and its cells that belong to no field, return those that look like labels, each with the cell right
    of it or below it that is its value."""
    left, pairs = set(unused), dict[Box, Box]()
    for box in unused:
        if box in left and is_label_like(box.text) and _headed(found, box) is None:
            near = (*found.sheet.right_of(box), *found.sheet.below(box))
            value = next((other for other in near if other in left), None)
            if value is not None:
                pairs[box] = value
                left -= {box, value}
    return pairs


def explained(found: Survey, unused: Sequence[Box]) -> set[Box]:
    """Given a sheet and its cells that belong to no field, return those that the form only does not know: labels with
    a cell for their value, these cells, and unknown columns. All others were not expected where they stand."""
    pairs = unknown_pairs(found, unused)
    heads = [(box, body) for box in unused if (body := _headed(found, box)) is not None]
    columns = {
        box
        for box in unused
        for head, body in heads
        if body.covers(box) and box.overlaps_columns(head.cell.col, head.end_col)
    }
    labels = {box for box in unused if is_label_like(box.text) and _has_room(found, box)}
    return {*pairs, *pairs.values(), *(head for head, _ in heads), *columns, *labels}


def _has_room(found: Survey, box: Box) -> bool:
    """Is there an empty cell for the value of a label?"""
    return any(other.blank for other in (*found.sheet.right_of(box), *found.sheet.below(box)))


def _headed(found: Survey, box: Box) -> Body | None:
    """The table in the rows of whose header the box stands."""
    return next((body for body in found.bodies if _heads_with(body.heads, box)), None)


def _heads_with(heads: Sequence[Box], box: Box) -> bool:
    return min(head.cell.row for head in heads) <= box.cell.row < max(head.end_row for head in heads)


def unfound_fields(form: Form, surveys: Sequence[Survey], unused: Sequence[tuple[Survey, Box]]) -> Iterator[Issue]:
    """Given the cells of a declaration that belong to no field, yield a warning for each optional field whose value one
    of them may be and that has no label, or no place since its column was not found: no value of a layout that is not
    known yet is null in silence."""
    labels = {box for found in surveys for box in unknown_pairs(found, [box for own, box in unused if own is found])}
    free = [box for found, box in unused if box not in labels and not _is_signed(found, box)]
    seen = {path for found in surveys for path, s in found.labels.seen.items() if found.ground.spot(s) is not None}
    for field in form.fields:
        if field.optional and field.path not in seen:
            fitting = [box.print.verbatim for box in free if may_be(field, box)]
            if fitting:
                shown = ", ".join(quoted(text) for text in fitting[:CANDIDATES])
                message = f"no label of '{field.names.zh}' was found, but cells that belong to no field: {shown}"
                yield Issue(IssueCode.MISSING, "warning", field.path, message, tuple(fitting[:CANDIDATES]))


def may_be(field: Field, box: Box) -> bool:
    """Would the field's grammar take the print of this box?"""
    if field.type == "text":
        return sum(map(str.isalnum, box.text)) > 1
    if field.type in ("choice", "coded"):
        return sum(map(is_han, box.text)) > 1
    return read_field(field, box.print, Unit(DEFAULT_UNIT)).values[0].value is not None


def _is_signed(found: Survey, box: Box) -> bool:
    """Does a word of the form stand left of the box, as in a row of signatures?"""
    left = found.sheet.slots.get((box.cell.row, box.cell.col - 1))
    return left is not None and left in found.furniture
