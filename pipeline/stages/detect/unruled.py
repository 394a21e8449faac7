"""Tables without rulings on a digital page: text set in columns.

A cheap look at the characters decides whether and where camelot is asked; prose never gets that far. Camelot finds the
rows and columns, the free space between the characters settles where exactly they part.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pikepdf
from pikepdf import Name

from pipeline.config import Detect
from pipeline.geometry import Box, Transform, union_of
from pipeline.model import Char, CleanPage, Ruling, TableRegion

SAME_LINE = 0.5
"""Of the text height; centres nearer than this stand on one line."""

COLUMN_GAP = 0.8
"""Of the text height; a gap wider than this parts two columns, a narrower one two words."""

SHARED_GAP = 0.4
"""Of the text height; what must be left of a gap that all lines of a table share."""

LINE_STEP = 4.0
"""Of the text height; lines farther apart than this belong to different tables."""

MIN_LINES = 3
"""Lines that make a table."""

MIN_GAPS = 2
"""Gaps that these lines share: two columns alone may be a list with its numbers, or prose beside a margin."""

FULL_LINE = 0.75
"""Of its column's width; prose in newspaper columns fills most lines this far, ragged ones too; cells do not."""

MOST_LINES = 0.7
"""Of the lines; so many are full when a column holds prose."""

PROSE_WIDTH = 8.0
"""Of the text height; a column narrower than this holds no prose, but may hold numbers of one width."""

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of characters cut at its wide gaps. parts: x extents left to right; box: of the whole line."""

    box: Box
    parts: tuple[Interval, ...]
    height: float


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that follow each other and share gaps: a table, maybe. gaps: x extents that no line of it touches."""

    rows: tuple[Row, ...]
    gaps: tuple[Interval, ...]

    @property
    def box(self) -> Box:
        return union_of(row.box for row in self.rows)


def detect_unruled(page: CleanPage, pdf_path: Path, settings: Detect) -> tuple[TableRegion, ...]:
    """Given a page with a text layer and its file, return the tables whose columns only white space parts, top down.

    Their rulings (thickness 0) are the separators of columns and rows and the frame.
    """
    if page.layer is None:
        return ()
    blocks = find_blocks(page.layer.chars)
    if not blocks:
        return ()
    single = _single_page(pdf_path, page.number)
    regions = (_region(block, single, page, settings) for block in blocks)
    return tuple(region for region in regions if region is not None)


def find_blocks(chars: Iterable[Char]) -> list[Block]:
    """Given the characters of a page, return the blocks of lines that look like a table, top to bottom."""
    blocks: list[Block] = []
    current: list[Row] = []
    shared: tuple[Interval, ...] = ()
    for row in _rows_of(chars):
        gaps = _shared_gaps(shared, row) if current and _follows(current[-1], row) else ()
        if len(gaps) >= MIN_GAPS:
            current, shared = [*current, row], gaps
            continue
        blocks.extend(_block(current, shared))
        current, shared = [row], _gaps(row)
    blocks.extend(_block(current, shared))
    return blocks


def _rows_of(chars: Iterable[Char]) -> list[Row]:
    """Given characters, return them by line, top to bottom."""
    lines: list[list[Char]] = []
    for char in sorted((c for c in chars if c.text.strip()), key=lambda c: c.box.centre[1]):
        if lines and char.box.centre[1] - lines[-1][0].box.centre[1] <= SAME_LINE * lines[-1][0].box.height:
            lines[-1].append(char)
        else:
            lines.append([char])
    return [_row(line) for line in lines]


def _row(line: Sequence[Char]) -> Row:
    height = median(char.box.height for char in line)
    spans = sorted((char.box.x0, char.box.x1) for char in line)
    parts = [spans[0]]
    for x0, x1 in spans[1:]:
        if x0 - parts[-1][1] > COLUMN_GAP * height:
            parts.append((x0, x1))
        else:
            parts[-1] = (parts[-1][0], max(parts[-1][1], x1))
    return Row(union_of(char.box for char in line), tuple(parts), height)


def _follows(above: Row, below: Row) -> bool:
    return below.box.centre[1] - above.box.centre[1] <= LINE_STEP * max(above.height, below.height)


def _gaps(row: Row) -> tuple[Interval, ...]:
    return tuple((left[1], right[0]) for left, right in pairwise(row.parts))


def _shared_gaps(shared: Sequence[Interval], row: Row) -> tuple[Interval, ...]:
    """Given gaps and a line, return what the line leaves of them; beside its ends a line leaves everything."""
    free = [(-1e9, row.parts[0][0]), *_gaps(row), (row.parts[-1][1], 1e9)]
    left = ((max(a, c), min(b, d)) for a, b in shared for c, d in free)
    return tuple(gap for gap in left if gap[1] - gap[0] > SHARED_GAP * row.height)


def _block(rows: Sequence[Row], gaps: tuple[Interval, ...]) -> Iterator[Block]:
    """Given lines that share gaps, yield them as a block when they are enough and set in cells."""
    first = next((i for i, row in enumerate(rows) if len(row.parts) > 1), len(rows))
    last = next((i for i in range(len(rows) - 1, -1, -1) if len(rows[i].parts) > 1), -1)
    kept = tuple(rows[first : last + 1])
    used = [_used_gaps(row, gaps) for row in kept]
    if len(gaps) >= MIN_GAPS and sum(n >= MIN_GAPS for n in used) >= MIN_LINES and not _is_prose(kept, gaps):
        yield Block(kept, gaps)


def _used_gaps(row: Row, gaps: Iterable[Interval]) -> int:
    """Return how many of the gaps have print of the line at both sides."""
    return sum(row.parts[0][0] < a and b < row.parts[-1][1] for a, b in gaps)


def _is_prose(rows: Sequence[Row], gaps: Sequence[Interval]) -> bool:
    """Return whether most columns are filled line by line from side to side, as prose in columns is."""
    edges = [-1e9, *((a + b) / 2 for a, b in gaps), 1e9]
    full = 0
    for left, right in pairwise(edges):
        widths = [width for row in rows if (width := _width_within(row, left, right)) > 0]
        widest = max(widths, default=0.0)
        is_full = sum(width >= FULL_LINE * widest for width in widths) > MOST_LINES * len(rows)
        full += is_full and widest > PROSE_WIDTH * rows[0].height
    return full >= len(edges) - 2


def _width_within(row: Row, left: float, right: float) -> float:
    parts = [part for part in row.parts if left <= (part[0] + part[1]) / 2 < right]
    return max(part[1] for part in parts) - min(part[0] for part in parts) if parts else 0.0


def _single_page(pdf_path: Path, number: int) -> bytes:
    """Given a PDF and a 0-based page, return a PDF of that page alone, turned and moved to the frame a viewer shows.

    So camelot's coordinates are the page's, only upside down, whatever /Rotate and the page's boxes say.
    """
    with pikepdf.open(pdf_path, suppress_warnings=True) as source, pikepdf.new() as single:
        single.pages.append(source.pages[number])
        page = single.pages[0]
        matrix, width, height = _frame(page)
        a, b, c, d, e, f, *_ = matrix.matrix
        page.contents_add(f"q {a:.6f} {d:.6f} {b:.6f} {e:.6f} {c:.6f} {f:.6f} cm".encode(), prepend=True)
        page.contents_add(b"Q")
        for key in (Name.MediaBox, Name.CropBox):
            page.obj[key] = pikepdf.Array([0, 0, width, height])
        page.obj[Name.Rotate] = 0
        out = io.BytesIO()
        single.save(out)
    return out.getvalue()


def _frame(page: pikepdf.Page) -> tuple[Transform, float, float]:
    """Given a page, return the map from its user space to the frame a viewer shows, y up, and that frame's size."""
    media, crop = (Box(*_sorted_corners(box)) for box in (page.mediabox, page.cropbox))
    shown = media.intersection(crop) or media
    turns = int(page.obj.get(Name.Rotate, 0)) // 90 % 4
    width, height = (shown.height, shown.width) if turns % 2 else (shown.width, shown.height)
    flipped = Transform((1.0, 0.0, -shown.x0, 0.0, -1.0, shown.y1, 0.0, 0.0, 1.0))
    viewed = flipped.then(Transform.quarter_turns(turns, shown.width, shown.height))
    return viewed.then(Transform((1.0, 0.0, 0.0, 0.0, -1.0, height, 0.0, 0.0, 1.0))), width, height


def _sorted_corners(box: Any) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = (float(value) for value in box)
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _region(block: Block, single: bytes, page: CleanPage, settings: Detect) -> TableRegion | None:
    """Given a block, return its region by camelot's rows and columns; None when camelot does not see a good table."""
    margin = block.rows[0].height / 4
    area = block.box.grown(margin).clipped(*page.size)
    unit = page.dpi / 72.0
    found = _ask_camelot(single, Transform.scale(1 / unit).apply_box(area), page.size[1] / unit)
    if found is None or found.accuracy < settings.unruled_min_accuracy:
        return None
    columns = [_settled(x * unit, block) for x in found.columns]
    rows = [y * unit for y in found.rows]
    if len(columns) < MIN_GAPS or len(rows) < MIN_LINES - 1:
        return None
    return TableRegion("unruled", area, tuple(_separators(area, columns, rows)))


@dataclass(frozen=True, slots=True)
class Found:
    """What camelot sees in an area: inner separators in points from the top left, and its accuracy in percent."""

    columns: tuple[float, ...]
    rows: tuple[float, ...]
    accuracy: float


def _ask_camelot(single: bytes, area: Box, height: float) -> Found | None:
    """Given a PDF of one page, an area in points and the page's height, return what camelot's stream parser finds."""
    import camelot  # noqa: PLC0415  (heavy, and most documents never need it)

    corners = f"{area.x0},{height - area.y0},{area.x1},{height - area.y1}"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tables = camelot.read_pdf(single, pages="1", flavor="stream", table_areas=[corners], suppress_stdout=True)
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RuntimeError, AssertionError, OSError):
        return None
    if len(tables) != 1:
        return None
    table = tables[0]
    columns = tuple((left[1] + right[0]) / 2 for left, right in pairwise(table.cols))
    rows = tuple(height - (above[1] + below[0]) / 2 for above, below in pairwise(table.rows))
    return Found(columns, rows, float(table.parsing_report["accuracy"]))


def _settled(x: float, block: Block) -> float:
    """Given a separator, return the middle of the shared gap it belongs to (in it, or within one text height of it)."""
    near = min(block.gaps, key=lambda gap: max(gap[0] - x, x - gap[1], 0.0))
    off = max(near[0] - x, x - near[1], 0.0)
    return (near[0] + near[1]) / 2 if off <= block.rows[0].height else x


def _separators(area: Box, columns: Sequence[float], rows: Sequence[float]) -> Iterator[Ruling]:
    for y in (area.y0, *sorted(set(rows)), area.y1):
        yield Ruling("h", y, area.x0, area.x1, 0.0)
    for x in (area.x0, *sorted(set(columns)), area.x1):
        yield Ruling("v", x, area.y0, area.y1, 0.0)
