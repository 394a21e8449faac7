"""A table behind a record that nobody can read: whether its rows belong to the record is for a person to see."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.errors import IssueCode
from pipeline.model import Issue, PageReading

SURE = 0.8
"""Probability from which a character is read."""
LEGIBLE = 0.5
"""Share of a table's characters that are read, from which it says itself that it is another one."""


def illegible_table(reading: PageReading) -> Iterator[Issue]:
    """Given a page right behind a record that fed none, yield a doubt where print of its tables cannot be read."""
    cells = [cell for grid in reading.grids for cell in grid.cells]
    chances = [glyph.confidence for cell in cells for line in cell.lines for glyph in line.glyphs if glyph.text.strip()]
    if chances and sum(chance >= SURE for chance in chances) < LEGIBLE * len(chances):
        message = f"page {reading.page + 1} has a table that cannot be read: see whether it belongs to this record"
        yield Issue(IssueCode.MISSING, "error", None, message)
