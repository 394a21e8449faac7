"""One declaration: the tables it stands on -> a Record with values, evidence and doubts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from pipeline.errors import IssueCode
from pipeline.forms.caption import find_caption
from pipeline.forms.definition import Form
from pipeline.forms.drift import explained, told_drift, unfound_fields
from pipeline.forms.fields import FieldReader, unit_of
from pipeline.forms.heal import heal, printed_words
from pipeline.forms.match import Match
from pipeline.forms.paths import set_path, value_at
from pipeline.forms.readout import Readout, joined, quoted
from pipeline.forms.rows import NOTHING, TableRow
from pipeline.forms.sheet import Box, Sheet
from pipeline.forms.survey import Body, Survey, is_furniture, survey
from pipeline.forms.table_rows import read_table, rows_of
from pipeline.forms.versions import contested_version
from pipeline.model import Evidence, Issue, Record, Table, TextLine
from pipeline.text.indicators import parse_indicator_name
from pipeline.text.numbers import is_absent, unit_in_label

Part = tuple[Body, tuple[TableRow, ...]]
"""A repeating table on one sheet with its rows."""


def read_declaration(match: Match, tables: Sequence[Table], threshold: float) -> Record:
    """Given a form, the tables of one declaration in page order and the likeness of labels, return its record."""
    form = match.form
    words = printed_words(form)
    surveys = [survey(form, Sheet.of(heal(table, words, threshold)), threshold) for table in tables]
    caption = find_caption(_caption_lines(tables[0], surveys[0]), form.identity.titles, threshold)
    reader = FieldReader(surveys, caption)
    fields = read_fields(form, reader)
    notes = (*caption.under, *surveys[0].notes)
    unit = next((unit for print_ in notes if (unit := unit_of(print_)) is not None), None)
    parts = {id(s): [(replace(body, unit=unit), rows_of(s, body)) for body in s.bodies] for s in surveys}
    rows = joined(
        read_table(table, [part for s in surveys for part in parts[id(s)] if part[0].table is table], threshold)
        for table in form.tables
    )
    doubled = [issue for s in surveys for issue in doubled_labels(s, reader)]
    left = [(s, box) for s in surveys for box in unused_boxes(s, parts[id(s)], reader)]
    unused = [issue for s in surveys for issue in unused_cells(s, [box for found, box in left if found is s], reader)]
    drift = [issue for s in surveys for issue in told_drift(s, [box for found, box in left if found is s])]
    unfound = unfound_fields(form, surveys, left)
    whole = (*_rivals(match), *_partial(match), *contested_version(match.told))
    readout = fields + rows + Readout((), (*doubled, *unused, *drift, *unfound, *whole))
    return replace(to_record(form, pages_of(tables), readout), version=match.told.id)


def pages_of(tables: Sequence[Table]) -> tuple[int, ...]:
    """Given the tables of one declaration, return the pages that print any of it: on a last one may be blank rows only,
    and whatever else stands there is of no concern to it."""
    pages = {page for table in tables for page in table.pages}
    cells = (line for table in tables for cell in table.cells for line in cell.lines)
    around = (line for table in tables for line in (*table.above, *table.repeated))
    printed = pages & {line.page for line in (*cells, *around)}
    return tuple(sorted(printed or pages))


def _caption_lines(table: Table, first: Survey) -> list[TextLine]:
    """The lines above the fields: those above the table, then those in the rows above the first label."""
    return [*table.above, *(line for box in first.caption_boxes for line in box.cell.lines)]


def read_fields(form: Form, reader: FieldReader) -> Readout:
    """Return the fields in the form's order; those above the table come last to be read, since they may fall back."""
    order = sorted(form.fields, key=lambda field: field.on_page)
    readouts = {field.path: reader.read(field) for field in order}
    return joined(readouts[field.path] for field in form.fields)


def doubled_labels(found: Survey, reader: FieldReader) -> Iterable[Issue]:
    """Yield a doubt for each label that stands twice with another value, so that neither value is lost in silence."""
    for sighting in found.labels.doubled:
        path = sighting.field.path
        spot = None if is_furniture(found.form, sighting.box) else found.ground.spot(sighting)
        if spot is None or spot.print.blank or any(box in reader.claimed for box in spot.boxes):
            continue
        reader.claimed.update((box, path) for box in spot.boxes)
        first = reader.prints.get(path)
        if first is None or first.verbatim != spot.print.verbatim:
            message = f"the label '{sighting.label}' stands twice; the second value is {quoted(spot.print.verbatim)}"
            yield Issue(IssueCode.UNUSED_CELL, "error", path, message, (spot.print.verbatim,))


def unused_cells(found: Survey, boxes: Sequence[Box], reader: FieldReader) -> Iterable[Issue]:
    """Yield an issue for each cell that belongs to no field: an error on a page that was recognised, unless the form
    only does not know it, since its rulings may have been misread, and then the value beside it is cut or lost."""
    known = explained(found, boxes)
    for box in boxes:
        text = box.print.verbatim
        misread = box not in known and any(line.origin == "ocr" for line in box.cell.lines)
        path = value_beside(found, box, reader) if misread else None
        message = f"the cell {quoted(text)} (row {box.cell.row + 1}, column {box.cell.col + 1}) belongs to no field"
        advice = ": compare with the page, a value beside it may be cut" if misread else ""
        yield Issue(IssueCode.UNUSED_CELL, "error" if misread else "warning", path, message + advice, (text,))


def value_beside(found: Survey, box: Box, reader: FieldReader) -> str | None:
    """Given a cell that belongs to no field, return the path of the value or the table that it may be a part of."""
    body = next((body for body in found.bodies if body.holds(box)), None)
    if body is not None:
        return body.table.path
    own = set(found.sheet.boxes)
    sides = ((box.side_of(other), path) for other, path in reader.claimed.items() if other in own)
    return min(((side, path) for side, path in sides if side is not None), default=(0, None))[1]


def unused_boxes(found: Survey, parts: Sequence[Part], reader: FieldReader) -> Iterable[Box]:
    """Yield each cell with print that is neither value nor label nor furniture."""
    rows = {box for _, body_rows in parts for row in body_rows for box in row.boxes.used}
    labels = {s.box for s in (*found.labels.seen.values(), *found.labels.doubled)}
    headers = {box for body in found.bodies for box in body.heads}
    heads = tuple(word for s in found.labels.seen.values() for word in s.field.header)
    crossing = (box for box in found.sheet.filled if heads and found.says(box, heads))
    captions = (box for box in found.caption_boxes if _is_caption(box, reader.captions))
    known = {*rows, *labels, *headers, *reader.claimed, *found.furniture, *crossing, *captions}
    for box in found.sheet.filled:
        if box not in known and not _is_template(found, box):
            yield box


def _is_caption(box: Box, used: Sequence[TextLine]) -> bool:
    """Did the box above the fields give the title, the heading or the year, or does it name a unit?"""
    return any(line is other for line in box.cell.lines for other in used) or unit_in_label(box.text) is not None


def _is_template(found: Survey, box: Box) -> bool:
    """Is the box part of an empty row of a template, or of a header row or group label printed again?"""
    bodies = [body for body in found.bodies if body.holds(box)]
    if not bodies:
        return is_absent(box.text)
    return any(_is_template_row(found, body, box) for body in bodies)


def _is_template_row(found: Survey, body: Body, box: Box) -> bool:
    words = [*body.table.labels, *(word for column in body.table.columns for word in column.labels)]
    words += [word for depth in range(len(body.table.level_columns)) for word in body.table.level_words(depth)]
    name = parse_indicator_name(box.text)
    numbered = name.number is not None and not name.name
    empty = is_absent(box.text) or not box.text.strip(NOTHING)
    return numbered or empty or found.says(box, tuple(words))


def _rivals(match: Match) -> tuple[Issue, ...]:
    if not match.rivals:
        return ()
    others = ", ".join(match.rivals)
    message = f"the table matches {others} as well as {match.form.id}: run again with --form"
    return (Issue(IssueCode.AMBIGUOUS_FORM, "error", None, message, (match.form.id, *match.rivals)),)


def _partial(match: Match) -> tuple[Issue, ...]:
    """One doubt for each part of a record that was found by its title though many labels are lost."""
    if not match.partial:
        return ()
    message = f"few labels of {match.form.id} were found on the table below its title: compare everything with the page"
    return doubted_whole(match.form, IssueCode.AMBIGUOUS_FORM, message)


def doubted_whole(form: Form, code: IssueCode, message: str) -> tuple[Issue, ...]:
    """Given a form and what is wrong with a whole record of it, return one error for each part of the record."""
    codes = (field.code for field in form.fields if field.code)
    paths = (*form.by_path, *codes, *(table.path for table in form.tables))
    parts = dict.fromkeys(re.split(r"[.\[]", path)[0] for path in paths)
    return tuple(Issue(code, "error", part, message) for part in parts)


def to_record(form: Form, pages: tuple[int, ...], readout: Readout) -> Record:
    """Given values under dotted paths, return them as nested data with evidence and issues."""
    data: dict[str, Any] = {}
    evidence: dict[str, Evidence] = {}
    for value in readout.values:
        if value.value is not None or value_at(data, value.path) is None:
            set_path(data, value.path, value.value)
        if value.value is not None and value.evidence is not None:
            evidence[value.path] = value.evidence
    for table in form.tables:
        data.setdefault(table.path, [])
    return Record(form.id, pages, data, evidence, readout.issues)
