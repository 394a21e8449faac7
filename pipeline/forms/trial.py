"""How the fields of a record came to their values: which label was seen, where the value stood, what was missed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.forms.definition import Column, Field, Form, Repeating
from pipeline.forms.heal import heal, printed_words
from pipeline.forms.labels import likeness
from pipeline.forms.locate import Sighting
from pipeline.forms.sheet import Box, Sheet
from pipeline.forms.survey import Survey, survey
from pipeline.model import Table, TextLine

NEAR = 0.4
"""Likeness from which on a print is named as what a label may have been; below, it is another word."""


@dataclass(frozen=True, slots=True)
class FieldTrace:
    """label: as printed, None where none was seen. place: the word of the form language for where the value was looked
    for with success. near: the most alike print where no label was seen. label_lines: where the label stands."""

    field: Field
    label: str | None
    place: str | None
    near: str | None
    label_lines: tuple[TextLine, ...] = ()


@dataclass(frozen=True, slots=True)
class TableTrace:
    """headers: the printed header word of each column that was seen, by key."""

    table: Repeating
    headers: dict[str, str]

    @property
    def missed(self) -> tuple[Column, ...]:
        return tuple(column for column in self.table.columns if column.key not in self.headers)


@dataclass(frozen=True, slots=True)
class Trace:
    fields: tuple[FieldTrace, ...]
    tables: tuple[TableTrace, ...]

    @property
    def missed(self) -> tuple[str, ...]:
        """Paths of labelled fields and of tables that the sheets do not show."""
        fields = (trace.field.path for trace in self.fields if trace.label is None and trace.field.labels)
        return (*fields, *(trace.table.path for trace in self.tables if not trace.headers))


def trace(form: Form, tables: Sequence[Table], threshold: float) -> Trace:
    """Given a form, the tables of one declaration and the likeness of labels, return what was seen of the form."""
    words = printed_words(form)
    surveys = [survey(form, Sheet.of(heal(table, words, threshold)), threshold) for table in tables]
    fields = tuple(_trace_field(field, surveys) for field in form.fields)
    return Trace(fields, tuple(_trace_table(table, surveys) for table in form.tables))


def _trace_field(field: Field, surveys: Sequence[Survey]) -> FieldTrace:
    for found in surveys:
        sighting = found.labels.seen.get(field.path)
        if sighting is not None:
            return FieldTrace(field, _flat(sighting.label), _place(sighting, found), None, _label_lines(sighting))
    return FieldTrace(field, None, None, _nearest(field, surveys))


def _flat(text: str) -> str:
    return "".join(text.split())


def _place(sighting: Sighting, found: Survey) -> str | None:
    """The first place of the field that has print."""
    for place in sighting.field.places:
        alone = replace(sighting, field=replace(sighting.field, places=(place,)))
        spot = found.ground.spot(alone)
        if spot is not None and not spot.print.blank:
            return place
    return None


def _label_lines(sighting: Sighting) -> tuple[TextLine, ...]:
    """The lines of the label, as far as whole lines are its own."""
    if sighting.cut is None:
        return sighting.box.cell.lines
    label = sighting.box.print.part(sighting.cut.start, sighting.cut.label_end)
    return tuple(dict.fromkeys(line for line, _ in label.inked))


def _nearest(field: Field, surveys: Sequence[Survey]) -> str | None:
    if not field.labels:
        return None
    boxes = [box for found in surveys for box in free_boxes(found)]
    scores = [(likeness(box.text, field.labels, 0.0), -n, _flat(box.text)) for n, box in enumerate(boxes)]
    score, _, text = max(scores, default=(0.0, 0, ""))
    return text if score >= NEAR else None


def free_boxes(found: Survey) -> Iterator[Box]:
    """Given a survey, yield the boxes outside of tables that are no label."""
    labels = {sighting.box for sighting in found.labels.seen.values()}
    for box in found.sheet.filled:
        if box not in labels and not any(body.holds(box) for body in found.bodies):
            yield box


def _trace_table(table: Repeating, surveys: Sequence[Survey]) -> TableTrace:
    bodies = [body for found in surveys for body in found.bodies if body.table is table]
    headers = {key: _flat(box.text) for body in bodies for key, box in body.header.columns.items()}
    return TableTrace(table, {column.key: headers[column.key] for column in table.columns if column.key in headers})
