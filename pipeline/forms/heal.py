"""Words of the form that stand in the wrong cells of a table: halves that a page break cut, each in a cell of its own,
made whole again; and words of several columns in one cell, between which a fax lost the divider, parted again.

Only the form knows its words, so neither finding rulings nor stitching pages can do this.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby, pairwise

from pipeline.forms.definition import Form
from pipeline.forms.labels import is_exact, likeness
from pipeline.model import Table, TableCell, TextLine

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
    """Given a table and the words of its form, return it with each of these in a cell of its own."""
    return with_rows_parted(
        with_dividers(with_halves_joined(table, words, threshold), words, threshold), words, threshold
    )


def with_rows_parted(table: Table, words: Words, threshold: float) -> Table:
    """Given a table and the words of its form, return it with each recognised cell parted whose lines are as many words
    of the form, under one another, as it covers rows: the ruling between two labels was lost."""
    parted = {cell: _rows_of(cell, words, threshold) for cell in table.cells if 1 < cell.row_span <= len(cell.lines)}
    cells = (part for cell in table.cells for part in parted.get(cell, (cell,)))
    return replace(table, cells=tuple(cells)) if any(len(parts) > 1 for parts in parted.values()) else table


def _rows_of(cell: TableCell, words: Words, threshold: float) -> tuple[TableCell, ...]:
    """The cells that a lost ruling joined, one a row, or the cell as it is."""
    if any(line.origin != "ocr" for line in cell.lines):
        return (cell,)
    ends = [0]
    while len(ends) <= cell.row_span and ends[-1] < len(cell.lines):
        ends.append(_end_of_word(cell, ends[-1], words, threshold))
    if len(ends) != cell.row_span + 1 or ends[-1] != len(cell.lines) or len(set(ends)) != len(ends):
        return (cell,)
    spans = enumerate(pairwise(ends))
    return tuple(replace(cell, row=cell.row + n, row_span=1, lines=cell.lines[start:end]) for n, (start, end) in spans)


def _end_of_word(cell: TableCell, start: int, words: Words, threshold: float) -> int:
    """Where the lines end that are a word of the form to the letter from ``start`` on, the longest of them; ``start``
    where none is."""
    texts = {end: "".join(line.text for line in cell.lines[start:end]) for end in range(start + 1, len(cell.lines) + 1)}
    return max((end for end, text in texts.items() if is_exact(likeness(text, words, threshold))), default=start)


def with_dividers(table: Table, words: Words, threshold: float) -> Table:
    """Given a table and the words of its form, return it with each recognised cell parted that holds as many words of
    the form, side by side, as there are cells right below it."""
    parted = {cell: _parted(table, cell, words, threshold) for cell in table.cells if cell.col_span > 1 and cell.lines}
    cells = (part for cell in table.cells for part in parted.get(cell, (cell,)))
    return replace(table, cells=tuple(cells)) if any(len(parts) > 1 for parts in parted.values()) else table


def _parted(table: Table, cell: TableCell, words: Words, threshold: float) -> tuple[TableCell, ...]:
    """The cells that a lost divider joined, or the cell as it is."""
    below = [table.slots.get((cell.row + cell.row_span, cell.col + k)) for k in range(cell.col_span)]
    heads = [one for one in dict.fromkeys(below) if one is not None]
    ends = (heads[0].col, heads[-1].col + heads[-1].col_span) if heads else None
    pieces = _side_by_side(cell) if ends == (cell.col, cell.col + cell.col_span) else ()
    if len(pieces) < 2 or len(pieces) != len(heads):
        return (cell,)
    if not all(is_exact(likeness(piece.text, words, threshold)) for piece in pieces):
        return (cell,)
    pairs = zip(heads, pieces, strict=True)
    return tuple(replace(cell, col=head.col, col_span=head.col_span, lines=(piece,)) for head, piece in pairs)


def _side_by_side(cell: TableCell) -> tuple[TextLine, ...]:
    """The words of a recognised cell of one line, each as a line of its own."""
    if len(cell.lines) > 1 or cell.lines[0].origin != "ocr":
        return ()
    line = cell.lines[0]
    runs = groupby(line.glyphs, key=lambda glyph: glyph.text.isspace())
    return tuple(replace(line, glyphs=tuple(run)) for blank, run in runs if not blank)


def with_halves_joined(table: Table, words: Words, threshold: float) -> Table:
    """Given a table and the words of its form, return it with the halves of each word that a page break cut joined."""
    for lower in table.cells:
        upper = table.slots.get((lower.row - 1, lower.col))
        if upper is not None and _are_halves(upper, lower, words, threshold):
            return with_halves_joined(_joined(table, upper, lower), words, threshold)
    return table


def _are_halves(upper: TableCell, lower: TableCell, words: Words, threshold: float) -> bool:
    same = (upper.col, upper.col_span) == (lower.col, lower.col_span)
    worded = all(any(map(str.isalnum, cell.text)) for cell in (upper, lower))  # a dash is no half of a word
    if not same or not worded or min(lower.pages) <= max(upper.pages):
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
