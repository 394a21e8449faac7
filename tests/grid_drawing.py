"""Pages as text drawings, for tests: rows of cells parted by "|"; "<" goes on from the left, "^" from above, "\\" ends
a line of print. Every character becomes a glyph with a box of its own, so that evidence can be followed."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.geometry import Box, Transform
from pipeline.model import Cell, Glyph, Grid, Origin, PageReading, TextLine

WIDTH, HEIGHT = 595.0, 842.0
LEFT, RIGHT, TOP = 50.0, 545.0, 120.0
TEXT = 9.0
ROW = 24.0


def text_line(
    text: str, page: int, x: float, y: float, origin: Origin = "text_layer", confidence: float = 0.9999
) -> TextLine:
    """Given a line of print and its top left, return it with a square box for every character."""
    glyphs = (
        Glyph(char, Box(x + i * TEXT, y, x + (i + 1) * TEXT, y + TEXT), confidence) for i, char in enumerate(text)
    )
    return TextLine(page, tuple(glyphs), origin)


def slots_of(drawing: str) -> list[list[str]]:
    """Given a drawing, return its slots; rows may be shorter than the first, and then their last cell runs on."""
    rows = [[slot.strip() for slot in row.split("|")] for row in drawing.strip().splitlines()]
    width = max(map(len, rows))
    return [[*row, *["<"] * (width - len(row))] for row in rows]


def _span(slots: list[list[str]], row: int, col: int) -> tuple[int, int]:
    across = 1
    while col + across < len(slots[row]) and slots[row][col + across] == "<":
        across += 1
    down = 1
    while row + down < len(slots) and slots[row + down][col] == "^":
        down += 1
    return down, across


def _covers(cells: Sequence[Cell], row: int, col: int) -> bool:
    return any((row, col) in cell.slots() for cell in cells)


def draw_grid(
    drawing: str,
    page: int = 0,
    top: float = TOP,
    edges: Sequence[float] | None = None,
    origin: Origin = "text_layer",
    confidence: float = 0.9999,
) -> Grid:
    """Given a drawing, return its grid. edges: column edges in clean pixels, else columns of one width."""
    slots = slots_of(drawing)
    n_rows, n_cols = len(slots), len(slots[0])
    step = (RIGHT - LEFT) / n_cols
    xs = list(edges) if edges else [LEFT + i * step for i in range(n_cols + 1)]
    ys = [top + i * ROW for i in range(n_rows + 1)]
    cells: list[Cell] = []
    for row in range(n_rows):
        for col in range(n_cols):
            if _covers(cells, row, col):
                continue
            down, across = _span(slots, row, col)
            box = Box(xs[col], ys[row], xs[col + across], ys[row + down])
            text = "" if slots[row][col] in "<^" else slots[row][col]
            lines = tuple(
                text_line(part, page, box.x0 + 1, box.y0 + 1 + i * TEXT, origin, confidence)
                for i, part in enumerate(text.split("\\"))
                if part
            )
            cells.append(Cell(row, col, down, across, box, lines))
    return Grid(page, "ruled", Box(xs[0], ys[0], xs[-1], ys[-1]), n_rows, n_cols, tuple(cells), tuple(ys), tuple(xs))


def draw_page(
    *drawings: str | Grid,
    page: int = 0,
    above: Sequence[str] = (),
    below: Sequence[str] = (),
    origin: Origin = "text_layer",
) -> PageReading:
    """Given drawings from top to bottom and the lines around them, return the page they stand on."""
    grids: list[Grid] = []
    top = TOP
    for drawing in drawings:
        grid = drawing if isinstance(drawing, Grid) else draw_grid(drawing, page, top, origin=origin)
        grids.append(grid)
        top = grid.box.y1 + 40
    heads = [text_line(text, page, 200, TOP - 14 * (len(above) - i), origin) for i, text in enumerate(above)]
    feet = [text_line(text, page, 80, top - 30 + 14 * i, origin) for i, text in enumerate(below)]
    return PageReading(
        page, (WIDTH, HEIGHT), "pt", (WIDTH, HEIGHT), Transform.identity(), tuple(grids), (*heads, *feet)
    )
