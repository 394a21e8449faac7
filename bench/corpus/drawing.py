"""What is on a page: set lines, strokes and tables, in points from the top left corner, y down."""

from __future__ import annotations

from dataclasses import dataclass, field

from bench.corpus.style import Line
from bench.corpus.text import SetLine
from pipeline.geometry import Box, union_of

ASCENT, DESCENT = 0.86, 0.14  # of the font size: the em box of a Chinese character above and below its baseline


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A line of text with the left end of its baseline. record: the declaration it belongs to, None for debris.

    copy: 0 where a text is printed first, 1 and on where a later page prints it again.
    """

    chars: SetLine
    x: float
    baseline: float
    family: str
    size: float
    bold: bool
    record: int | None
    copy: int = 0

    @property
    def text(self) -> str:
        return "".join(char.char for char in self.chars)

    def char_boxes(self) -> list[Box]:
        """Return the em box of each character."""
        boxes, x = [], self.x
        top, bottom = self.baseline - ASCENT * self.size, self.baseline + DESCENT * self.size
        for char in self.chars:
            boxes.append(Box(x, top, x + char.width, bottom))
            x += char.width
        return boxes


@dataclass(frozen=True, slots=True)
class Stroke:
    """A ruling, horizontal or vertical. gap_every: mean distance in points between breaks, 0 for none."""

    x0: float
    y0: float
    x1: float
    y1: float
    width: float
    kind: Line
    grey: float
    gap_every: float = 0.0


@dataclass(frozen=True, slots=True)
class DrawnCell:
    """One cell as drawn on one page: 0-based place among the edges that exist there."""

    row: int
    col: int
    row_span: int
    col_span: int
    box: Box
    lines: tuple[PlacedLine, ...]


@dataclass(frozen=True, slots=True)
class DrawnTable:
    """One table, or the part of it that stands on one page."""

    box: Box
    n_rows: int
    n_cols: int
    cells: tuple[DrawnCell, ...]


@dataclass(slots=True)
class PageDrawing:
    """One page while it fills up."""

    width: float
    height: float
    lines: list[PlacedLine] = field(default_factory=list)
    strokes: list[Stroke] = field(default_factory=list)
    tables: list[DrawnTable] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Piece:
    """The part of a leaf that stands on one line."""

    text: str
    box: Box
    copy: int


def leaf_pieces(lines: list[PlacedLine]) -> dict[tuple[int, str], list[Piece]]:
    """Given the lines of a page, return for each (record, leaf) its printed pieces, in order."""
    found: dict[tuple[int, str], list[Piece]] = {}
    for line in lines:
        pieces: dict[str, list[int]] = {}
        for i, char in enumerate(line.chars):
            if char.path is not None:
                pieces.setdefault(char.path, []).append(i)
        boxes = line.char_boxes()
        for path, indices in pieces.items():
            text = "".join(line.chars[i].char for i in indices)
            if line.record is not None:
                piece = Piece(text, union_of(boxes[i] for i in indices), line.copy)
                found.setdefault((line.record, path), []).append(piece)
    return found
