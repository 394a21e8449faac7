"""Words of the form that a page break cut in two, each half in a cell of its own: made whole again.

Only the form knows that two halves make one of its words, so stitching pages cannot do this.
"""

from __future__ import annotations

from dataclasses import replace

from pipeline.forms.definition import Form
from pipeline.forms.labels import is_exact, likeness
from pipeline.model import Table, TableCell

Words = tuple[str, ...]


def printed_words(form: Form) -> Words:
    """Given a form, return every word that it prints itself: labels, headers, levels, group labels, furniture."""
    fields = (label for field in form.fields for label in (*field.labels, *field.header))
    sections = (label for section in form.sections for label in section.labels)
    headers = (label for table in form.tables for column in table.columns for label in column.labels)
    groups = (label for table in form.tables for label in table.labels)
    depths = ((table, depth) for table in form.tables for depth in range(len(table.level_columns)))
    levels = (word for table, depth in depths for word in table.level_words(depth))
    return tuple(dict.fromkeys((*fields, *sections, *headers, *groups, *levels, *form.furniture)))


def heal(table: Table, words: Words, threshold: float) -> Table:
    """Given a table and the words of its form, return it with the halves of each word that a page break cut joined."""
    for lower in table.cells:
        upper = table.slots.get((lower.row - 1, lower.col))
        if upper is not None and _are_halves(upper, lower, words, threshold):
            return heal(_joined(table, upper, lower), words, threshold)
    return table


def _are_halves(upper: TableCell, lower: TableCell, words: Words, threshold: float) -> bool:
    same = (upper.col, upper.col_span) == (lower.col, lower.col_span)
    if not same or not upper.lines or not lower.lines or min(lower.pages) <= max(upper.pages):
        return False
    whole = likeness(f"{upper.text}\n{lower.text}", words, threshold)
    halves = (likeness(upper.text, words, threshold), likeness(lower.text, words, threshold))
    return whole > max(halves) or (is_exact(whole) and not all(is_exact(half) for half in halves))


def _joined(table: Table, upper: TableCell, lower: TableCell) -> Table:
    whole = replace(
        upper,
        row_span=lower.row + lower.row_span - upper.row,
        lines=(*upper.lines, *lower.lines),
        pages=tuple(dict.fromkeys((*upper.pages, *lower.pages))),
    )
    kept = (cell for cell in table.cells if cell is not lower)
    return replace(table, cells=tuple(whole if cell is upper else cell for cell in kept))
