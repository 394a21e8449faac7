"""Layout: rows get heights, tables are cut into pages, cells and lines get their places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate

from bench.corpus.drawing import ASCENT, DrawnCell, DrawnTable, PageDrawing, PlacedLine
from bench.corpus.form import CaptionLook, FormCell, FormTable
from bench.corpus.rulings import table_strokes
from bench.corpus.style import Align, Style
from bench.corpus.text import SetLine, width_of, wrap
from bench.corpus.wording import Run
from pipeline.geometry import Box

SPLIT_MIN_LINES = 4  # a cell of fewer lines is not cut by a page break
PACK_GAP = 24.0  # points between two declarations on one page


@dataclass(frozen=True, slots=True)
class Band:
    """One row as drawn on one page: of source row ``row``, lines [start, stop) of each of its own cells."""

    row: int
    height: float
    start: int = 0
    stop: int | None = None


@dataclass(frozen=True, slots=True)
class Setter:
    """A table being laid out: its wrapped cells and the places of its columns."""

    table: FormTable
    style: Style
    edges: tuple[float, ...]
    lines: dict[FormCell, list[SetLine]]
    record: int | None

    def size(self, cell: FormCell) -> float:
        return self.style.size * cell.scale

    def pitch(self, cell: FormCell) -> float:
        return self.size(cell) * self.style.pitch

    def block(self, cell: FormCell, count: int) -> float:
        """Return the height that ``count`` lines of a cell need, with the blank around them."""
        return (count + cell.gap) * self.pitch(cell) + 2 * self.style.pad_y


def column_edges(style: Style, columns: tuple[float, ...] = ()) -> tuple[float, ...]:
    """Given a look and shares of the width, those of the look where none are given, return the edges of the columns."""
    left, _, right, _ = style.margins
    width = style.paper[0] - left - right
    return tuple(left + width * share for share in accumulate(columns or style.columns, initial=0.0))


def wrap_cell(cell: FormCell, width: float, style: Style) -> list[SetLine]:
    """Given a cell and the width of its text, return its lines; a balanced label has lines of like length."""
    size = style.size * cell.scale

    def at(width: float) -> list[SetLine]:
        return wrap(cell.runs, width, style.family, size, style.break_anywhere, style.kinsoku)

    lines = at(width)
    if not (cell.is_label and style.balance_labels and len(lines) > 1):
        return lines
    widths = (sum(map(width_of, lines)) / len(lines) + step * size for step in (0, 0.5, 1, 1.5, 2, 3))
    return next((tried for w in widths if w <= width and len(tried := at(w)) == len(lines)), lines)


def make_setter(table: FormTable, style: Style, record: int | None) -> Setter:
    """Given a table and a look, return it with every cell wrapped. record: None where it belongs to no declaration."""
    edges = column_edges(style, table.columns)
    lines = {}
    for cell in table.cells:
        width = edges[cell.col + cell.col_span] - edges[cell.col] - 2 * style.pad_x
        lines[cell] = wrap_cell(cell, width, style)
    return Setter(table, style, edges, lines, record)


def page_room(style: Style) -> float:
    """Return the height between the margins of a page."""
    return style.paper[1] - style.margins[1] - style.margins[3]


def row_heights(setter: Setter) -> list[float]:
    """Return the height of every row: what its own cells need, then what the merged cells over it need."""
    heights = [setter.style.row_height] * setter.table.n_rows
    for cell in sorted(setter.table.cells, key=lambda cell: cell.row_span):
        rows = range(cell.row, cell.row + cell.row_span)
        lack = setter.block(cell, max(1, len(setter.lines[cell]))) - sum(heights[row] for row in rows)
        if lack > 0:
            for row in rows:
                heights[row] += lack / len(rows)
    return heights


def own_cells(setter: Setter, row: int) -> list[FormCell]:
    return [cell for cell in setter.table.cells if cell.row == row and cell.row_span == 1]


def cut_row(setter: Setter, band: Band, room: float) -> tuple[Band, Band] | None:
    """Given a row that does not fit, return its part for this page and the rest, or None when it must stay whole."""
    cells = own_cells(setter, band.row)
    left = max(len(setter.lines[cell]) for cell in cells) - band.start
    pitch = max(setter.pitch(cell) for cell in cells)
    fits = int((room - 2 * setter.style.pad_y) / pitch)
    allowed = setter.style.breaks.inside_cells or band.height > page_room(setter.style)
    if not allowed or left < SPLIT_MIN_LINES or min(fits, left - fits) < 1:
        return None
    rest = (left - fits) * pitch + 2 * setter.style.pad_y
    return Band(band.row, room, band.start, band.start + fits), Band(band.row, rest, band.start + fits)


def cut_pages(setter: Setter, first_room: float, room: float) -> list[list[Band]]:
    """Given the room on this page and on later ones, return the rows of each page. Every page gets at least one row."""
    queue = [Band(row, height) for row, height in enumerate(row_heights(setter))]
    pages: list[list[Band]] = [[]]
    free = first_room
    while queue:
        band = queue.pop(0)
        if band.height <= free:
            pages[-1].append(band)
            free -= band.height
            continue
        parts = cut_row(setter, band, free)
        if parts:
            pages[-1].append(parts[0])
            queue.insert(0, parts[1])
        elif pages[-1] or free < room:
            queue.insert(0, band)
        else:
            pages[-1].append(replace(band, height=room))
        pages.append(repeated_head(setter, queue))
        free = room - sum(one.height for one in pages[-1])
    return [page for page in pages if page]


def repeated_head(setter: Setter, queue: list[Band]) -> list[Band]:
    """Given the rows that are left, return the row of heads when the next page prints it again."""
    head = setter.table.head_row
    if setter.style.breaks.repeat_head and queue and setter.table.is_body(queue[0].row):
        return [Band(head, row_heights(setter)[head])]
    return []


def pieces_of(cell: FormCell, pages: list[list[Band]]) -> dict[int, list[int]]:
    """Given a cell, return for each page that shows it the indices of its rows there."""
    rows = range(cell.row, cell.row + cell.row_span)
    found = {p: [i for i, band in enumerate(page) if band.row in rows] for p, page in enumerate(pages)}
    return {p: indices for p, indices in found.items() if indices}


def piece_height(pages: list[list[Band]], page: int, indices: list[int]) -> float:
    return sum(pages[page][i].height for i in indices)


def shared_lines(setter: Setter, cell: FormCell, heights: dict[int, float]) -> dict[int, tuple[list[SetLine], int]]:
    """Given a cell that fits on none of its pages, return its lines dealt out over them, as many as each holds."""
    left, dealt = setter.lines[cell], {}
    for page, height in heights.items():
        fits = len(left) if page == max(heights) else int(height / setter.pitch(cell))
        dealt[page], left = (left[:fits], 0), left[fits:]
    return dealt


def merged_lines(setter: Setter, cell: FormCell, heights: dict[int, float]) -> dict[int, tuple[list[SetLine], int]]:
    """Given a merged cell and its height on each page, return (lines, how often printed before) for pages with text."""
    lines = setter.lines[cell]
    fitting = [page for page, height in heights.items() if height >= len(lines) * setter.pitch(cell)]
    if not fitting:
        return shared_lines(setter, cell, heights)
    carry = setter.style.breaks.carry
    if carry == "repeat":
        return {page: (lines, copy) for copy, page in enumerate(fitting)}
    return {fitting[0] if carry == "first" else max(fitting, key=lambda page: heights[page]): (lines, 0)}


def piece_lines(setter: Setter, cell: FormCell, pages: list[list[Band]], page: int) -> tuple[list[SetLine], int]:
    """Given a cell and a page, return the lines of text it shows there, and how often earlier pages showed them."""
    pieces = pieces_of(cell, pages)
    if cell.row_span == 1 and cell.row == setter.table.head_row:
        return setter.lines[cell], page
    if cell.row_span == 1:
        band = pages[page][pieces[page][0]]
        return setter.lines[cell][band.start : band.stop], 0
    heights = {number: piece_height(pages, number, indices) for number, indices in pieces.items()}
    return merged_lines(setter, cell, heights).get(page, ([], 0))


def line_x(align: Align, left: float, right: float, width: float) -> float:
    return {"left": left, "right": right - width, "centre": (left + right - width) / 2}[align]


def place_lines(setter: Setter, cell: FormCell, lines: list[SetLine], box: Box) -> tuple[PlacedLine, ...]:
    """Given the lines of a cell and its box, return them centred down the box and aligned across it."""
    size, pitch, style = setter.size(cell), setter.pitch(cell), setter.style
    slack = 2 * style.pad_y if cell.valign == "top" else box.height - (len(lines) + cell.gap) * pitch
    top = box.y0 + slack / 2 + (pitch - size) / 2
    placed, shift = [], 0.0
    for i, line in enumerate(lines):
        x = line_x(cell.align, box.x0 + style.pad_x, box.x1 - style.pad_x, width_of(line))
        shift = shift or (cell.gap * pitch if any(char.path for char in line) else 0.0)
        baseline = top + i * pitch + ASCENT * size + shift
        placed.append(PlacedLine(line, x, baseline, style.family, size, cell.bold, setter.record))
    return tuple(placed)


def place_cells(setter: Setter, pages: list[list[Band]], page: int, top: float) -> Iterator[DrawnCell]:
    """Given a page and where its part of the table begins, yield its cells; a dropped label column is left out."""
    ys = list(accumulate((band.height for band in pages[page]), initial=top))
    wanted = setter.style.breaks.drop_label_column and setter.table.droppable
    dropped = page > 0 and wanted and pages[page][0].row >= setter.table.head_row
    for cell in setter.table.cells:
        rows = pieces_of(cell, pages).get(page)
        if not rows or (dropped and cell.col == 0):
            continue
        box = Box(setter.edges[cell.col], ys[rows[0]], setter.edges[cell.col + cell.col_span], ys[rows[-1] + 1])
        lines, copy = piece_lines(setter, cell, pages, page)
        placed = tuple(replace(line, copy=copy) for line in place_lines(setter, cell, lines, box))
        yield DrawnCell(rows[0], cell.col, len(rows), cell.col_span, box, placed)


def squeeze(starts: set[int], stop: int) -> dict[int, int]:
    """Given the places where cells begin, return their ranks; ``stop`` ranks last."""
    return {place: rank for rank, place in enumerate((*sorted(starts), stop))}


def make_table(cells: list[DrawnCell], n_columns: int) -> DrawnTable:
    """Given the cells of one page part, return the table with rows and columns counted by the edges that exist.

    n_columns: those of the whole table.
    """
    rows = squeeze({cell.row for cell in cells}, max(cell.row + cell.row_span for cell in cells))
    cols = squeeze({cell.col for cell in cells}, n_columns)
    counted = [
        replace(
            cell,
            row=rows[cell.row],
            col=cols[cell.col],
            row_span=rows[cell.row + cell.row_span] - rows[cell.row],
            col_span=cols[cell.col + cell.col_span] - cols[cell.col],
        )
        for cell in sorted(cells, key=lambda cell: (cell.row, cell.col))
    ]
    box = Box(
        min(c.box.x0 for c in cells), min(c.box.y0 for c in cells),
        max(c.box.x1 for c in cells), max(c.box.y1 for c in cells),
    )  # fmt: skip
    return DrawnTable(box, len(rows) - 1, len(cols) - 1, tuple(counted))


def caption_looks(table: FormTable) -> tuple[CaptionLook, ...]:
    """Return how the captions are set: as titles, the first in bold, but the last as text, unless the table says."""
    count = len(table.captions)
    usual = (CaptionLook("centre", i < count - 1, i == 0 and count > 1) for i in range(count))
    return table.looks or tuple(usual)


def caption_lines(setter: Setter, top: float) -> tuple[list[PlacedLine], float]:
    """Given where the captions begin, return their lines and where they end."""
    style, placed, y = setter.style, [], top
    for runs, look in zip(setter.table.captions, caption_looks(setter.table), strict=True):
        size = style.title_size if look.is_title else style.size
        for line in wrap(runs, setter.edges[-1] - setter.edges[0], style.title_family, size, True, False):
            x = line_x(look.align, setter.edges[0], setter.edges[-1], width_of(line))
            placed.append(PlacedLine(line, x, y + ASCENT * size, style.title_family, size, look.bold, setter.record))
            y += size * max(style.pitch, 1.1)
    return placed, y + 2.0


def prose_lines(setter: Setter, top: float, prose: tuple[Run, ...]) -> tuple[list[PlacedLine], float]:
    """Given a paragraph that stands above the form, return its lines and where they end."""
    style = setter.style
    lines = wrap(prose, setter.edges[-1] - setter.edges[0], style.family, style.size, False, True)
    pitch = style.size * max(style.pitch, 1.2)
    baselines = (top + i * pitch + ASCENT * style.size for i in range(len(lines)))
    placed = [
        PlacedLine(line, setter.edges[0], y, style.family, style.size, False, None)
        for line, y in zip(lines, baselines, strict=True)
    ]
    return placed, top + len(lines) * pitch + (style.size if lines else 0.0)


def new_page(style: Style) -> PageDrawing:
    return PageDrawing(*style.paper)


def signature_line(setter: Setter, top: float, runs: tuple[Run, ...]) -> PlacedLine:
    style = setter.style
    line = wrap(runs, 1e6, style.family, style.size, True, False)[0]
    return PlacedLine(line, setter.edges[0] + 4, top + style.size, style.family, style.size, False, None)


def lay_table(
    setter: Setter, pages: list[PageDrawing], top: float, debris: list[tuple[Run, ...]], prose: tuple[Run, ...] = ()
) -> float:
    """Given pages so far and where to begin on the last, add one declaration; return where it ends on its last page."""
    style = setter.style
    above, top = prose_lines(setter, top, prose)
    pages[-1].lines += above
    lines, y = caption_lines(setter, top)
    bottom = style.paper[1] - style.margins[3]
    again = y - top if style.breaks.repeat_title else 0.0
    bands = cut_pages(setter, bottom - y, bottom - style.margins[1] - again)
    for part in range(len(bands)):
        if part:
            pages.append(new_page(style))
            lines, y = caption_lines(setter, style.margins[1]) if again else ([], style.margins[1])
            lines = [replace(line, copy=part) for line in lines]
        table = make_table(list(place_cells(setter, bands, part, y)), setter.table.n_columns)
        pages[-1].lines += [*lines, *(line for cell in table.cells for line in cell.lines)]
        pages[-1].strokes += table_strokes(table, style.rulings)
        pages[-1].tables.append(table)
        y = table.box.y1
    for runs in debris:
        pages[-1].lines.append(signature_line(setter, y + 4, runs))
        y += style.size * 1.6
    return y
