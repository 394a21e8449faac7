"""Stage: grids of a clean page -> the page's reading: words in every cell, and the lines outside of all tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from pipeline.config import Read
from pipeline.geometry import Box
from pipeline.model import CleanPage, Grid, PageReading, Picture, TextLine
from pipeline.ocr import Recogniser
from pipeline.stages.read.ink import find_ink, paper_of
from pipeline.stages.read.inner import inner_box
from pipeline.stages.read.layer import assign_chars, read_layer
from pipeline.stages.read.lines import page_em
from pipeline.stages.read.picture import Area, Sheet, read_areas

DENSE = 0.4
"""Of a block that is ink; the boldest print has less, a picture and noise have more."""


def read(page: CleanPage, grids: Sequence[Grid], recogniser: Recogniser, settings: Read) -> PageReading:
    """Given a clean page and its empty grids, return everything that stands on it.

    A page with a text layer is read from it, any other by the recogniser, cell by cell.
    """
    areas = [cell.box for grid in grids for cell in grid.cells]
    if page.layer is not None:
        texts, loose = _read_layer(page, areas)
    elif page.grey is not None:
        texts, loose = _read_picture(page, page.grey, areas, grids, recogniser, settings)
    else:
        raise ValueError(f"page {page.number} has neither a text layer nor a picture")
    filled = iter(texts)
    with_words = tuple(fill(grid, [next(filled) for _ in grid.cells]) for grid in grids)
    return PageReading(page.number, page.file_size, page.unit, page.size, page.to_file, with_words, loose, page.tops)


def fill(grid: Grid, texts: Sequence[tuple[TextLine, ...]]) -> Grid:
    """Given a grid and the lines of each of its cells, return the grid with words."""
    cells = tuple(replace(cell, lines=lines) for cell, lines in zip(grid.cells, texts, strict=True))
    return replace(grid, cells=cells)


def _read_layer(page: CleanPage, areas: Sequence[Box]) -> tuple[list[tuple[TextLine, ...]], tuple[TextLine, ...]]:
    chars = page.layer.chars if page.layer is not None else ()
    parts, rest = assign_chars(chars, areas)
    texts = [read_layer(part, page.number, page.to_file, box) for part, box in zip(parts, areas, strict=True)]
    return texts, read_layer(rest, page.number, page.to_file, Box(0, 0, *page.size))


def _read_picture(
    page: CleanPage, grey: Picture, areas: Sequence[Box], grids: Sequence[Grid], recogniser: Recogniser, settings: Read
) -> tuple[list[tuple[TextLine, ...]], tuple[TextLine, ...]]:
    sheet = Sheet(grey, paper_of(grey, page.dpi))
    whole = find_ink(sheet.grey, sheet.paper, page.dpi, 0.0, settings)
    em = page_em(whole.mask, page.dpi)
    inside = [Area(inner_box(box, whole.mask, page.dpi, settings), ruled=True) for box in areas]
    outside = [Area(box, ruled=False) for box in loose_areas(whole.mask, [grid.box for grid in grids], page.dpi, em)]
    lines = read_areas(page, sheet, [*inside, *outside], em, recogniser, settings)
    texts, loose = lines[: len(inside)], lines[len(inside) :]
    return texts, tuple(line for area in loose for line in area)


def loose_areas(mask: Picture, tables: Sequence[Box], dpi: float, em: float) -> list[Box]:
    """Given the ink of a page, return the boxes of blocks of print outside all tables, top to bottom.

    Print is smeared along its lines and down to the next ones, so that a paragraph or a title becomes one block;
    blocks that are too flat, too thin or as dense as a picture or noise are not print.
    """
    outside = mask.copy()
    for box in tables:
        grown = box.grown(0.04 * dpi).clipped(mask.shape[1], mask.shape[0])
        outside[int(grown.y0) : int(grown.y1) + 1, int(grown.x0) : int(grown.x1) + 1] = 0
    kernel = np.ones((max(round(0.5 * em), 1), max(round(1.5 * em), 1)), np.uint8)
    smeared = cv2.morphologyEx(
        cv2.copyMakeBorder(outside, 60, 60, 60, 60, cv2.BORDER_CONSTANT, value=0), cv2.MORPH_CLOSE, kernel
    )
    _, _, stats, _ = cv2.connectedComponentsWithStats(smeared[60:-60, 60:-60], connectivity=8)
    boxes = [
        Box(x - 2, y - 2, x + w + 2, y + h + 2)
        for x, y, w, h, _ in stats[1:].tolist()
        if h > 0.45 * em and w > 0.3 * em and outside[y : y + h, x : x + w].mean() < DENSE
    ]
    return sorted((b.clipped(mask.shape[1], mask.shape[0]) for b in boxes), key=lambda b: (b.y0, b.x0))
