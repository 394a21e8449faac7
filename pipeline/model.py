"""Leaf: every product that travels between the stages, frozen.

Source -> Page -> CleanPage -> TableRegion -> Grid -> PageReading -> Table -> Record.
Coordinates follow the contract at the top of geometry.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import IssueCode
from pipeline.geometry import Box, PlaneMap, Transform, union_of

Picture = NDArray[np.uint8]
"""(H, W) grey or (H, W, 3) RGB, read-only."""

Origin = Literal["text_layer", "ocr", "rule", "human"]
Kind = Literal["ruled", "unruled"]
Severity = Literal["error", "warning"]


def frozen_picture(array: NDArray[np.uint8]) -> Picture:
    """Given pixels, return them marked read-only, so that no stage changes what another one sees."""
    array.flags.writeable = False
    return array


@dataclass(frozen=True, slots=True)
class Source:
    """One input file. ``file`` is its name as the user gave it; ``path`` where it lies now."""

    file: str
    path: Path
    sha256: str
    kind: Literal["pdf", "image"]
    n_pages: int


@dataclass(frozen=True, slots=True)
class Char:
    """One character of a text layer with its box, in clean-page or page units."""

    text: str
    box: Box


@dataclass(frozen=True, slots=True)
class Ruling:
    """One straight ruling. Horizontal: ``at`` is y, ``start``/``end`` are x; vertical: ``at`` is x, they are y.

    ``thickness`` in the same unit as the coordinates.
    """

    orientation: Literal["h", "v"]
    at: float
    start: float
    end: float
    thickness: float = 1.0

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"ruling ends before it starts: {self}")

    @property
    def length(self) -> float:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class TextLayer:
    """What a PDF page says about itself: visible characters in reading order and vector rulings.

    Coordinates in points of the file page as shown upright by the viewer frame of the same Page.
    """

    chars: tuple[Char, ...]
    rulings: tuple[Ruling, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """What to know about a file, or about one of its pages (0-based), that makes nothing of it wrong. code: an
    IssueCode, as text since it travels between processes."""

    code: str
    page: int | None
    message: str


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """One page as the file stores it.

    number: 0-based. file_size: (width, height) in file units. unit: "pt" or "px".
    layer: the text layer when the page is digital, else None. picture: (H, W, 3) RGB when the page must be read from
    pixels, else None; exactly one of the two routes is taken, so at least one of them is present.
    dpi: pixels an inch of ``picture`` (72 when there is only a layer).
    to_file: from picture pixels (or layer points) to file units.
    notes: on this page, and those on the whole file, which every page has.
    """

    number: int
    file_size: tuple[float, float]
    unit: Literal["pt", "px"]
    dpi: float
    to_file: Transform
    layer: TextLayer | None = None
    picture: Picture | None = None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class CleanPage:
    """A page made upright: text runs left to right and rulings are level.

    size: (width, height) in clean pixels at ``dpi``. grey: (H, W) uint8, dark ink on light paper, shade flattened, seal
    lifted; None on the digital route. layer: as in Page, in clean pixels. quarter_turns: clockwise turns that were
    applied; skew: degrees by which the page was turned counter-clockwise to level it. tops: y in clean pixels at which
    each sheet begins; two sheets side by side are set one above the other here, in the order in which they are read.
    """

    number: int
    file_size: tuple[float, float]
    unit: Literal["pt", "px"]
    size: tuple[float, float]
    dpi: float
    to_file: PlaneMap
    layer: TextLayer | None = None
    grey: Picture | None = None
    quarter_turns: int = 0
    skew: float = 0.0
    tops: tuple[float, ...] = (0.0,)


@dataclass(frozen=True, slots=True)
class TableRegion:
    """One table on a clean page: its box and its rulings (of an unruled one: the gaps between columns and rows)."""

    kind: Kind
    box: Box
    rulings: tuple[Ruling, ...]


@dataclass(frozen=True, slots=True)
class Glyph:
    """One printed character: box in file units of its page, probability that it was read right.

    ``others``: the next likely characters at this place with their probabilities, best first. ``second``: what another
    recogniser sees there; None where it was not asked.
    """

    text: str
    box: Box
    confidence: float
    others: tuple[tuple[str, float], ...] = ()
    second: str | None = None


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of print. page: 0-based. ``ends_paragraph``: the layout shows that the sentence does not run on.

    Holds at least one glyph. A blank inside a line is a glyph of text " ".
    """

    page: int
    glyphs: tuple[Glyph, ...]
    origin: Origin
    ends_paragraph: bool = False

    def __post_init__(self) -> None:
        if not self.glyphs:
            raise ValueError("a text line holds at least one glyph")

    @property
    def text(self) -> str:
        return "".join(glyph.text for glyph in self.glyphs)

    @property
    def box(self) -> Box:
        return union_of(glyph.box for glyph in self.glyphs)

    @property
    def confidence(self) -> float:
        """Probability that the whole line is right, its characters taken as independent."""
        return float(np.prod([glyph.confidence for glyph in self.glyphs]))


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a grid. row, col 0-based; spans >= 1; box in clean pixels; lines top to bottom, empty at first."""

    row: int
    col: int
    row_span: int
    col_span: int
    box: Box
    lines: tuple[TextLine, ...] = ()

    def __post_init__(self) -> None:
        if self.row < 0 or self.col < 0 or self.row_span < 1 or self.col_span < 1:
            raise ValueError(f"cell has no place in a grid: {self}")

    @property
    def text(self) -> str:
        """The verbatim print, one line of print a line."""
        return "\n".join(line.text for line in self.lines)

    def slots(self) -> Iterator[tuple[int, int]]:
        for row in range(self.row, self.row + self.row_span):
            for col in range(self.col, self.col + self.col_span):
                yield row, col


def check_tiling(cells: tuple[Cell, ...] | tuple[TableCell, ...], n_rows: int, n_cols: int) -> None:
    """Given cells, return nothing. Raises ValueError unless they cover each slot of n_rows x n_cols exactly once."""
    slots = [slot for cell in cells for slot in cell.slots()]
    if len(slots) != n_rows * n_cols or len(set(slots)) != len(slots):
        raise ValueError(f"cells do not tile {n_rows} x {n_cols}")
    if any(row >= n_rows or col >= n_cols for row, col in slots):
        raise ValueError(f"a cell reaches outside {n_rows} x {n_cols}")


@dataclass(frozen=True, slots=True)
class Grid:
    """One table of one page: cells in order of (row, col) that tile the rectangle. page: 0-based.

    row_edges (n_rows + 1) and col_edges (n_cols + 1): boundaries in clean pixels, ascending.
    """

    page: int
    kind: Kind
    box: Box
    n_rows: int
    n_cols: int
    cells: tuple[Cell, ...]
    row_edges: tuple[float, ...]
    col_edges: tuple[float, ...]

    def __post_init__(self) -> None:
        check_tiling(self.cells, self.n_rows, self.n_cols)
        if len(self.row_edges) != self.n_rows + 1 or len(self.col_edges) != self.n_cols + 1:
            raise ValueError("a grid has one edge more than rows and columns")


@dataclass(frozen=True, slots=True)
class PageReading:
    """Everything read on one page: its grids with words, top to bottom, and the lines outside of them.

    file_size, to_file and tops as in CleanPage; size: (width, height) in clean pixels. marked: there is more on the
    paper than dust, be it print or not.
    """

    page: int
    file_size: tuple[float, float]
    unit: Literal["pt", "px"]
    size: tuple[float, float]
    to_file: PlaneMap
    grids: tuple[Grid, ...]
    loose: tuple[TextLine, ...]
    tops: tuple[float, ...] = (0.0,)
    notes: tuple[Note, ...] = ()
    marked: bool = False


@dataclass(frozen=True, slots=True)
class TableCell:
    """One cell of a table that may run over pages; its lines know their own page and box."""

    row: int
    col: int
    row_span: int
    col_span: int
    lines: tuple[TextLine, ...]
    pages: tuple[int, ...]

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)

    def slots(self) -> Iterator[tuple[int, int]]:
        for row in range(self.row, self.row + self.row_span):
            for col in range(self.col, self.col + self.col_span):
                yield row, col


@dataclass(frozen=True)
class Table:
    """One table joined over its pages: cells tile the rectangle; pages 0-based, ascending.

    above / below: loose lines between this table and its neighbours on the page (title, heading, signature row).
    boxes: box of each part in file units of its page, one a page part, in order.
    repeated: lines of titles and header rows that a further page prints again.
    """

    kind: Kind
    n_rows: int
    n_cols: int
    cells: tuple[TableCell, ...]
    pages: tuple[int, ...]
    boxes: tuple[tuple[int, Box], ...]
    above: tuple[TextLine, ...] = ()
    below: tuple[TextLine, ...] = ()
    repeated: tuple[TextLine, ...] = ()

    def __post_init__(self) -> None:
        check_tiling(self.cells, self.n_rows, self.n_cols)

    @cached_property
    def slots(self) -> dict[tuple[int, int], TableCell]:
        """The dense view: every (row, col) with the cell that covers it."""
        return {slot: cell for cell in self.cells for slot in cell.slots()}


@dataclass(frozen=True, slots=True)
class Issue:
    """One doubt. path: dotted path into ``data``, None for the whole record; candidates: readings, best first."""

    code: IssueCode
    severity: Severity
    path: str | None
    message: str
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OtherReading:
    """Another value that the same print may say, the print so read, and its odds against the first reading."""

    value: Any
    text: str
    odds: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a value stands: verbatim print, 0-based page, box in file units, probability that the value is right.

    others: what else the print may say within the grammar of its place, likeliest first. shared: the part of that
    probability that the value has in common with others, such as that the unit of a label was read right.
    """

    text: str
    page: int
    box: Box
    confidence: float
    origin: Origin
    others: tuple[OtherReading, ...] = ()
    shared: float = 1.0


@dataclass(frozen=True, slots=True)
class Record:
    """One declaration: clean values, their evidence under the same dotted paths, and the doubts.

    version: of the form's layout, None where the form has none or none was told.
    """

    form: str
    pages: tuple[int, ...]
    data: dict[str, Any]
    evidence: dict[str, Evidence]
    issues: tuple[Issue, ...] = ()
    accepted: bool = False
    version: str | None = None


@dataclass(frozen=True, slots=True)
class UnusedPage:
    """A page that fed no record, and why. page: 0-based."""

    page: int
    reason: str


@dataclass(frozen=True, slots=True)
class Document:
    """Everything found in one input."""

    source: Source
    readings: tuple[PageReading, ...]
    records: tuple[Record, ...]
    pages_unused: tuple[UnusedPage, ...] = ()
    issues: tuple[Issue, ...] = field(default=())
    notes: tuple[Note, ...] = ()
