"""The cells of a table under way, and those along a page break."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.geometry import Box
from pipeline.model import TableCell
from pipeline.stages.stitch.chain import squeeze
from pipeline.stages.stitch.parts import Part

ITEM = re.compile(r"\W*[^\W\d]{0,3}(\d{1,2})(?:[:：、]|[.．](?!\d))")
"""The number of an item of a list, behind a word of a few characters or alone."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A table cell under way, with the last cell of print it was made of, to see whether its text was cut."""

    cell: TableCell
    box: Box
    part: Part

    @property
    def bottom(self) -> int:
        return self.cell.row + self.cell.row_span

    @property
    def columns(self) -> tuple[int, int]:
        return self.cell.col, self.cell.col_span

    @property
    def empty(self) -> bool:
        return not squeeze(self.cell.text)


Columns = tuple[int, int]
Edge = dict[Columns, Piece]
"""The cells along one side of a break by their columns."""
