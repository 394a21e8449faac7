"""Stage: grids of a clean page -> the page's reading: words in every cell, and the lines outside of all tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np

from pipeline.config import Read
from pipeline.geometry import Box
from pipeline.model import CleanPage, Grid, PageReading, Picture, TextLine
from pipeline.ocr import Recogniser
from pipeline.stages.read.folds import paper_with_folds
from pipeline.stages.read.ink import Ink, find_ink, paper_of
from pipeline.stages.read.inner import inner_box
from pipeline.stages.read.layer import assign_chars, read_layer
from pipeline.stages.read.lines import bands_of, page_em
from pipeline.stages.read.overprint import overprinted
from pipeline.stages.read.picture import Area, read_areas, sheet_of

DENSE, BOLD = 0.4, 0.5
"""Of a block that is ink; the boldest print of many lines has less than the first, of a few lines set tight less than
the second, a picture and noise have more."""
LINE, TITLE = 2.0, 5.0
"""Ems; a block that is lower than the first is one line, which may be denser when it is bold, and one that is lower
than the second is a few lines, a title."""
MARKED = 0.01
"""Of a page that is ink; dust, punch holes and what shines through from the back are less."""
DARK = 80
"""Grey levels; darker than any paper."""
LOW, ALIKE = 0.6, 0.75
"""Ems; what is lower is no line of print. And the share of a line's height and darkness that the next one of its block
has at the least."""
COARSE = 4
"""Pixels of a page to one of the small picture on which blocks of print are looked for."""

Block = tuple[int, int, int, int]
"""x0, y0, x1, y1 in page pixels, half open."""


def read(page: CleanPage, grids: Sequence[Grid], recogniser: Recogniser, settings: Read) -> PageReading:
    """Given a clean page and its empty grids, return everything that stands on it.

    A page with a text layer is read from it, any other by the recogniser, cell by cell.
    """
    areas = [cell.box for grid in grids for cell in grid.cells]
    if page.layer is not None:
        (texts, loose), marked = _read_layer(page, areas), True
    elif page.grey is not None:
        texts, loose, marked = _read_picture(page, page.grey, areas, grids, recogniser, settings)
    else:
        raise ValueError(f"page {page.number} has neither a text layer nor a picture")
    filled = iter(texts)
    with_words = tuple(fill(grid, [next(filled) for _ in grid.cells]) for grid in grids)
    place = (page.number, page.file_size, page.unit, page.size, page.to_file)
    return PageReading(*place, with_words, loose, page.tops, marked=marked)


def fill(grid: Grid, texts: Sequence[tuple[TextLine, ...]]) -> Grid:
    """Given a grid and the lines of each of its cells, return the grid with words."""
    cells = tuple(replace(cell, lines=lines) for cell, lines in zip(grid.cells, texts, strict=True))
    return replace(grid, cells=cells)


def _read_layer(page: CleanPage, areas: Sequence[Box]) -> tuple[list[tuple[TextLine, ...]], tuple[TextLine, ...]]:
    chars = page.layer.chars if page.layer is not None else ()
    parts, rest = assign_chars(chars, areas)
    over = overprinted(parts, areas)
    if over:
        parts = [[char for char in part if char not in over] for part in parts]
        rest = [*rest, *(char for char in chars if char in over)]
    texts = [read_layer(part, page.number, page.to_file, box) for part, box in zip(parts, areas, strict=True)]
    return texts, read_layer(rest, page.number, page.to_file, Box(0, 0, *page.size))


def _read_picture(
    page: CleanPage, grey: Picture, areas: Sequence[Box], grids: Sequence[Grid], recogniser: Recogniser, settings: Read
) -> tuple[list[tuple[TextLine, ...]], tuple[TextLine, ...], bool]:
    """Return the lines of each area, those outside of them, and whether there is anything at all on the paper."""
    tables = [grid.box for grid in grids]
    paper = paper_with_folds(grey, paper_of(grey, page.dpi), tables, page.dpi)
    whole = find_ink(grey, paper, page.dpi, 0.0, settings)
    sheet = sheet_of(grey, paper, whole)
    em = page_em(whole.mask, page.dpi)
    inside = [Area(inner_box(box, whole.mask, page.dpi, settings), ruled=True) for box in areas]
    outside = [Area(box, ruled=False) for box in loose_areas(whole, tables, page.dpi, em)]
    lines = read_areas(page, sheet, [*inside, *outside], em, recogniser, settings)
    texts, loose = lines[: len(inside)], lines[len(inside) :]
    marked = cv2.countNonZero(whole.mask) > MARKED * whole.mask.size or float(np.median(paper)) < DARK
    return texts, tuple(line for area in loose for line in area), marked


def loose_areas(ink: Ink, tables: Sequence[Box], dpi: float, em: float) -> list[Box]:
    """Given the ink of a page, return the boxes of blocks of print outside all tables, top to bottom.

    Print is smeared along its lines and down to the next ones, so that a paragraph or a title becomes one block;
    blocks that are too flat, too thin or as dense as a picture or noise are not print. Smeared at a quarter of the
    size: a block needs no sharp edge while it is looked for, and is cut to its ink afterwards.
    """
    outside = ink.mask.copy()
    for box in tables:
        grown = box.grown(0.04 * dpi).clipped(outside.shape[1], outside.shape[0])
        outside[int(grown.y0) : int(grown.y1) + 1, int(grown.x0) : int(grown.x1) + 1] = 0
    kept = replace(ink, mask=outside)
    parts = [part for block in smeared_blocks(outside, em) for part in parted_block(kept, block, em)]
    blocks = [trimmed for part in parts if (trimmed := trim_block(outside, part, em))]
    boxes = [box.grown(2).clipped(outside.shape[1], outside.shape[0]) for box in blocks]
    return sorted(boxes, key=lambda b: (b.y0, b.x0))


def smeared_blocks(mask: Picture, em: float) -> list[Block]:
    """Given ink and the text height in pixels, return (x0, y0, x1, y1) of its blocks, loosely."""
    height, width = mask.shape
    wide, high = -(-width // COARSE), -(-height // COARSE)
    whole = cv2.copyMakeBorder(mask, 0, high * COARSE - height, 0, wide * COARSE - width, cv2.BORDER_CONSTANT, value=0)
    small = cv2.resize(whole * 255, (wide, high), interpolation=cv2.INTER_AREA)
    kernel = np.ones((max(round(0.5 * em / COARSE), 1), max(round(1.5 * em / COARSE), 1)), np.uint8)
    rim = max(kernel.shape)
    small = cv2.copyMakeBorder(small, rim, rim, rim, rim, cv2.BORDER_CONSTANT, value=0)
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel)[rim:-rim, rim:-rim]
    _, _, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=8)
    return [(x * COARSE, y * COARSE, (x + w) * COARSE, (y + h) * COARSE) for x, y, w, h, _ in stats[1:].tolist()]


def parted_block(ink: Ink, block: Block, em: float) -> list[Block]:
    """Given the ink of a page and a block of it, return the block cut where its lines grow higher, lower or paler: one
    in small print below a bold title is as pale as what shines through from the back, and has to be looked at alone.
    """
    x0, y0, x1, y1 = block
    mask = ink.mask[y0:y1, x0:x1]
    lines = [slice(*band) for band in bands_of(np.asarray(mask.any(axis=1))) if band[1] - band[0] > LOW * em]
    sizes = [(line.stop - line.start, darkness_in(ink.darkness[y0:y1, x0:x1][line], mask[line])) for line in lines]
    cuts = [
        (lines[i].stop + lines[i + 1].start) // 2
        for i, (one, other) in enumerate(pairwise(sizes))
        if any(min(a, b) < ALIKE * max(a, b) for a, b in zip(one, other, strict=True))
    ]
    return [(x0, y0 + top, x1, y0 + bottom) for top, bottom in pairwise([0, *cuts, y1 - y0])]


def darkness_in(darkness: Picture, mask: Picture) -> float:
    """Given the darkness of a line and its ink, return that of its print: half of it is paler."""
    return float(np.median(darkness[mask > 0]))


def trim_block(mask: Picture, block: Block, em: float) -> Box | None:
    """Given ink and a block of it, return the block cut to its ink, or None where it cannot be print."""
    x0, y0, x1, y1 = block
    if y1 - y0 <= 0.45 * em or x1 - x0 <= 0.3 * em:
        return None
    part = mask[y0:y1, x0:x1]
    rows, columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
    if not rows.size:  # smeared over the rim of a page of a few pixels
        return None
    box = Box(float(x0 + columns[0]), float(y0 + rows[0]), float(x0 + columns[-1] + 1), float(y0 + rows[-1] + 1))
    inked = part[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].mean()
    dense = box.height > LINE * em and inked >= (DENSE if box.height > TITLE * em else BOLD)
    return None if dense or box.height <= 0.45 * em or box.width <= 0.3 * em else box
