"""The scalar fields of a declaration: label, place, print, value."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from dataclasses import field as field_of

from pipeline.errors import IssueCode
from pipeline.forms.caption import Caption, find_labelled
from pipeline.forms.definition import Field
from pipeline.forms.labels import is_label_like, is_word
from pipeline.forms.locate import Sighting
from pipeline.forms.places import Spot
from pipeline.forms.prints import Print, sureness
from pipeline.forms.readout import Readout, absent, doubted, found, quoted
from pipeline.forms.sheet import Box
from pipeline.forms.survey import Survey, is_slip
from pipeline.forms.values import STRICT, Unit, read_field
from pipeline.model import Issue, Severity, TextLine
from pipeline.text.chars import is_han
from pipeline.text.numbers import unit_in_label

SPECKS = ".。:：·、"
"""What a speck behind a label is read as."""
BRACKETS = re.compile(r"[(（\[【][^()（）\[\]【】]*[)）\]】]?")


@dataclass
class FieldReader:
    """Reads the fields of one declaration and remembers which boxes and which lines above them gave values."""

    surveys: Sequence[Survey]
    caption: Caption
    claimed: dict[Box, str] = field_of(default_factory=dict)
    prints: dict[str, Print] = field_of(default_factory=dict)
    captions: list[TextLine] = field_of(default_factory=list)

    def read(self, field: Field) -> Readout:
        """Given a field of the form, return its value or null, and what is doubtful about it."""
        seen = next(((s, survey) for survey in self.surveys if (s := survey.labels.seen.get(field.path))), None)
        if seen is not None and (not field.on_page or _says(field, *seen)):
            return self._from_label(field, *seen)
        if not field.on_page:
            return self._unseen(field)
        readout = self._from_caption(field)
        unread = readout.values[0].value is None
        return self._from_label(field, *seen) if unread and seen is not None else readout

    def _unseen(self, field: Field) -> Readout:
        if field.optional:
            return read_field(field, Print("", ()), None)
        message = f"no label of '{field.names.zh}' was found: add its wording to the form's labels if it is there"
        severity: Severity = "error" if field.required else "warning"
        issues = (Issue(IssueCode.MISSING, severity, path, message) for path in (field.path, field.code) if path)
        return doubted(read_field(field, Print("", ()), None), *issues)

    def _from_label(self, field: Field, sighting: Sighting, survey: Survey) -> Readout:
        group, (sighting, spot) = sighting, _placed(sighting, survey)
        if spot is None and not field.optional:
            return self._placeless(field, sighting)
        spot = spot or Spot((), Print("", ()))
        rival = next((self.claimed[box] for box in spot.boxes if box in self.claimed and not box.blank), None)
        if rival is not None and not sighting.shares:
            return self._contested(field, spot, rival)
        inner = () if sighting is group else (sighting.box,)
        self.claimed.update((box, field.path) for box in (*inner, *spot.boxes))
        self.prints[field.path] = spot.print
        readout = read_field(field, spot.print, find_unit(field, sighting, spot, survey, self.caption))
        readout = _with_label_code(field, sighting, readout)
        return _with_doubts(field, sighting, spot, readout)

    def _placeless(self, field: Field, sighting: Sighting) -> Readout:
        if field.places[0] == "inside":  # the label is alone in a cell that holds both
            return self._empty(field, sighting)
        message = f"the label '{sighting.label}' has no cell for its value: look for '{field.names.zh}' on the page"
        issue = Issue(IssueCode.LAYOUT_DRIFT, "error" if field.required else "warning", field.path, message)
        return doubted(read_field(field, Print("", ()), None), issue)

    def _empty(self, field: Field, sighting: Sighting) -> Readout:
        """A cell that holds nothing but its label; a recogniser may have passed over the value."""
        nothing = read_field(field, Print("", ()), None)
        if sighting.label_print.origin != "ocr":
            return nothing
        message = f"nothing was read behind the label '{sighting.label}' in its cell: look at the page"
        return doubted(nothing, Issue(IssueCode.MISSING, "warning", field.path, message))

    def _contested(self, field: Field, spot: Spot, rival: str) -> Readout:
        message = f"the only value beside '{field.names.zh}' belongs to '{rival}' already: enter it by hand"
        other = f"the cell of this value stands beside '{field.names.zh}' too: it may hold both, compare with the page"
        candidates = (spot.print.verbatim,)
        doubts = ((field.path, message), (rival, other))
        return doubted(
            absent(field.path), *(Issue(IssueCode.BAD_VALUE, "error", path, told, candidates) for path, told in doubts)
        )

    def _from_caption(self, field: Field) -> Readout:
        """The first place that says what the field's grammar asks for; a fallback says so."""
        for print_ in (*self._labelled(field), *self._caption_prints(field)):
            readout = read_field(field, print_, None)
            if readout.values[0].value is not None:
                self.captions += [line for line, _ in print_.inked]
                return readout
        return self._from_fallback(field)

    def _labelled(self, field: Field) -> Iterator[Print]:
        """What stands behind the field's label in the lines about the title."""
        if field.labels and self.surveys:
            lines = [print_ for print_ in (self.caption.heading, self.caption.title) if print_ is not None]
            yield from find_labelled([*self.caption.under, *lines], field.labels, self.surveys[0].threshold)

    def _caption_prints(self, field: Field) -> Iterator[Print]:
        """Whole lines; a field of words would take any line, so it needs a label there."""
        for place in field.places:
            if place == "caption" and field.type in STRICT:
                yield from reversed(self.caption.under)
            print_ = {"title": self.caption.title, "heading": self.caption.heading}.get(place)
            if print_ is not None:
                yield print_

    def _from_fallback(self, field: Field) -> Readout:
        print_ = self.prints.get(field.fallback) if field.fallback else None
        readout = read_field(field, print_, None) if print_ is not None else absent(field.path)
        if readout.values[0].value is None:
            return self._unseen(field) if field.labels else read_field(field, Print("", ()), None)
        message = f"'{field.names.zh}' stands in the value of '{field.fallback}' only: confirm it"
        return doubted(
            readout, Issue(IssueCode.INFERRED, "warning", field.path, message, (str(readout.values[0].value),))
        )


def _says(field: Field, sighting: Sighting, survey: Survey) -> bool:
    """Does a value of the field's type stand at its label?"""
    spot = survey.ground.spot(sighting)
    return spot is not None and read_field(field, spot.print, None).values[0].value is not None


def _placed(sighting: Sighting, survey: Survey) -> tuple[Sighting, Spot | None]:
    """Given the best label of a field, return where its value stands; where it has no cell of its own, as the label of
    a group, the next best one."""
    same = sorted((s for s in survey.labels.doubled if s.field is sighting.field), key=lambda s: s.order)
    inside = {s.box for s in same}
    groups = [s for s in (sighting, *same) if inside & set(survey.sheet.right_of(s.box))]
    spots = (_within_group(s, survey) for s in (sighting, *same) if s not in groups)
    return next(((s, spot) for s, spot in spots if spot is not None), (sighting, None))


def _within_group(sighting: Sighting, survey: Survey) -> tuple[Sighting, Spot | None]:
    """Given a label, return it and where its value stands; where a spare label of the field stands there, the label is
    that of a group, and the value stands at the spare one: 项目资金 | 总额 | 5,000.00."""
    spot, spare = survey.ground.spot(sighting), sighting.field.spare_labels
    if spot is None or len(spot.boxes) != 1 or sighting.cut is not None or not is_word(spot.print.text, spare):
        return sighting, spot
    inner = Sighting(sighting.field, spot.boxes[0], sighting.score)
    return inner, survey.ground.spot(inner)


def _with_label_code(field: Field, sighting: Sighting, readout: Readout) -> Readout:
    """Add the code that stands in brackets behind the label: 出境关别（5301）."""
    if field.code is None or field.code_shape is None:
        return readout
    if sighting.between.strip(f" \n{SPECKS}"):
        return _with_bare_code(field.code, field.code_shape, sighting, readout)
    label = sighting.label_print
    inked = [at for at, char in enumerate(label.text) if not char.isspace()]
    text = "".join(label.text[at] for at in inked)
    closing = rf"[)）][{SPECKS}]?$" if label.origin == "ocr" else r"[)）]$"
    code = re.search(rf"[(（](?P<code>{field.code_shape}){closing}", text)
    if code is None:
        other = re.search(rf"[(（](?P<print>[0-9A-Za-z]+){closing}", text)
        return readout if other is None else doubted(readout, _misshaped(field.code, other["print"], label))
    start, end = (inked[code.start("code")], inked[code.end("code") - 1] + 1)
    return readout + found(field.code, code["code"], label.part(start, end))


def _with_bare_code(path: str, shape: str, sighting: Sighting, readout: Readout) -> Readout:
    """Add the code that stands behind the label without its brackets, in doubt, since one of them may have been read as
    a part of it: 出境关别·22481."""
    whole, printed = sighting.box.print, sighting.between
    code = re.fullmatch(rf"[^0-9A-Za-z]*(?P<code>{shape}).?\s*", printed, re.DOTALL)
    if code is not None:
        start, end = (sighting.label_end + at for at in code.span("code"))
        readout = readout + found(path, code["code"], whole.part(start, end))
    message = f"{quoted(printed.strip())} stands behind the label without brackets: compare the code with the page"
    return doubted(readout, Issue(IssueCode.BAD_VALUE, "error", path, message, (printed.strip(),)))


def _misshaped(path: str, printed: str, label: Print) -> Issue:
    """An error where it may have been misread."""
    message = f"{quoted(printed)} stands behind the label, which is no code of this field: compare with the page"
    return Issue(IssueCode.BAD_VALUE, "error" if label.origin == "ocr" else "warning", path, message, (printed,))


def _with_doubts(field: Field, sighting: Sighting, spot: Spot, readout: Readout) -> Readout:
    """Say when the label was not read as the form has it, and when the value does not touch its label."""
    if is_slip(sighting):
        message = f"the label '{sighting.label}' was taken for '{field.labels[0]}'"
        candidates = (field.labels[0], sighting.label)
        code = IssueCode.CORRECTED if sighting.label_print.origin == "ocr" else IssueCode.LAYOUT_DRIFT
        readout = doubted(readout, Issue(code, "warning", field.path, message, candidates))
    if spot.skipped:
        message = (
            f"an empty cell lies between '{sighting.label}' and its value {quoted(spot.print.verbatim)}: confirm it"
        )
        readout = doubted(readout, Issue(IssueCode.INFERRED, "error", field.path, message, (spot.print.verbatim,)))
    return readout


def find_unit(field: Field, sighting: Sighting, spot: Spot, survey: Survey, caption: Caption) -> Unit | None:
    """Given the label of an amount and its place, return the unit that the label, what heads the amount's column, its
    group label or the caption names, or None.

    Of several group labels the one in the label's rows tells, else the last one above; then the other amounts' labels.
    """
    if field.type != "money":
        return None
    groups = survey.section_boxes(field.section) if field.section else ()
    row = sighting.box.cell.row
    beside = [box.print for box in groups if box.cell.row <= row < box.end_row]
    above = [box.print for box in reversed(groups) if box.end_row <= row]
    kin = [
        s.label_print
        for s in survey.labels.seen.values()
        if s.field.type == "money" and s.field.section == field.section
    ]
    heads = [box.print for box in survey.ground.heads(sighting)]
    named = [box.print for box in survey.sheet.filled if field.unit_from and survey.says(box, field.unit_from)]
    over = [o.print for box in spot.boxes[:1] for o in survey.ground.column_over(box) if is_label_like(o.text)]
    prints = (*heads, sighting.label_print, *over, *named, *beside, *above, *kin, *caption.under, *survey.notes)
    return next((unit for print_ in prints if (unit := unit_of(print_)) is not None), None)


def unit_of(print_: Print) -> Unit | None:
    """Given the print of a label, return the unit it names and how surely that was read, whatever its brackets are."""
    unit = unit_in_label(print_.text)
    if unit is None:
        return None
    brackets = list(BRACKETS.finditer(print_.text))
    part = print_.part(*brackets[-1].span()) if brackets else print_
    words = [sureness(glyph) for _, glyph in part.inked if len(glyph.text) == 1 and is_han(glyph.text)]
    return Unit(unit, math.prod(words) if words else part.confidence)
