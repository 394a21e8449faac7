"""A declaration whose table could not be rebuilt: its title and its labels stand on a page that fed no record.

A fax that lost nearly all of its rulings leaves the print and no cells. That a declaration is there must not be lost:
its record says what stands above the fields, and that everything else has to be read from the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set

from pipeline.errors import IssueCode
from pipeline.forms.caption import find_caption, is_title
from pipeline.forms.declaration import doubted_whole, read_fields, to_record
from pipeline.forms.definition import Form
from pipeline.forms.fields import FieldReader
from pipeline.forms.labels import LABEL_LINES, likeness
from pipeline.forms.readout import Readout
from pipeline.model import Issue, PageReading, Record, TextLine

LABELS = 6
"""Labels of fields that stand alone on the page, from which its title is no mention; half of them for a small form."""


def lost_record(reading: PageReading, forms: Sequence[Form], threshold: float) -> Record | None:
    """Given a page that fed no record and the likeness of labels, return the record of the declaration that stands
    there without a table, everything in doubt, or None."""
    lines = lines_of(reading)
    words = {word for line in lines for word in words_of(line)} | set(heads_of(reading))
    titled = [f for f in forms if any(is_title(line.text, f.identity.titles, threshold) for line in lines)]
    seen = {form.id: labels_among(words, form, threshold) for form in titled}
    enough = [form for form in titled if len(seen[form.id]) >= least_labels(form)]
    if not enough:
        return None
    form = max(enough, key=lambda form: share_of(form, seen[form.id]))
    first = next(n for n, line in enumerate(lines) if labels_among(words_of(line), form, threshold))
    reader = FieldReader([], find_caption(lines[:first], form.identity.titles, threshold))
    readout = read_fields(form, reader)
    message = (
        f"title and labels of {form.id} stand on page {reading.page + 1}, but its table was not found: read it there"
    )
    told = doubted_whole(form, IssueCode.MISSING, message)
    return to_record(form, (reading.page,), Readout(readout.values, (*_of_caption(readout), *told)))


def _of_caption(readout: Readout) -> tuple[Issue, ...]:
    """The doubts about what was read; those about what was not are one for each part of the record."""
    read = {value.path for value in readout.values if value.value is not None}
    return tuple(issue for issue in readout.issues if issue.path in read)


def lines_of(reading: PageReading) -> list[TextLine]:
    """Given a page, return its lines, in cells and outside, from top to bottom of the upright page."""
    lines = [*reading.loose, *(line for grid in reading.grids for cell in grid.cells for line in cell.lines)]
    upright = reading.to_file.inverse()
    return sorted(lines, key=lambda line: upright.apply(line.box.centre)[1])


def heads_of(reading: PageReading) -> Iterator[str]:
    """Given a page, yield what the first lines of each cell of several lines say: a label that wraps is among them."""
    texts = (cell.text for grid in reading.grids for cell in grid.cells if len(cell.lines) > 1)
    yield from ("".join(text.split("\n")[:n]) for text in texts for n in range(2, LABEL_LINES + 1))


def least_labels(form: Form) -> int:
    return min(LABELS, -(-sum(bool(field.labels) for field in form.fields) // 2))


def share_of(form: Form, seen: Set[str]) -> float:
    """Given the fields whose labels were seen, return the share of those that a form always prints."""
    always = {field.path for field in form.fields if field.labels and not field.optional}
    return len(always & seen) / max(len(always), 1)


def labels_among(words: Iterable[str], form: Form, threshold: float) -> set[str]:
    """Given words, return the paths of the fields of which one is a label."""
    return {f.path for word in words for f in form.fields if f.labels and likeness(word, f.labels, threshold)}


def words_of(line: TextLine) -> tuple[str, ...]:
    """Given a line, return it whole and its parts between blanks: without rulings, a row of cells is one line."""
    return line.text, *line.text.split()
