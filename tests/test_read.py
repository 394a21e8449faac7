"""What stands in drawn cells is read, character by character, and every box lies on its ink."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from page_drawing import INK, PAPER, KnownTurn, Spec, add_noise, draw_sheet, full, page_of, turned
from PIL import Image, ImageDraw, ImageFont

from pipeline.config import load_settings
from pipeline.geometry import Box, PlaneMap, Transform, box_around
from pipeline.model import Cell, CleanPage, Grid, PageReading
from pipeline.ocr import Crop, ReadGlyph, Reading, Recogniser
from pipeline.stages.detect import detect_raster
from pipeline.stages.grid import build_grids
from pipeline.stages.read import read
from pipeline.stages.read.trust import same_sign
from pipeline.stages.upright import upright
from pipeline.tools import Tools

SETTINGS = load_settings()
DPI = 200.0
SPEC = Spec(
    ((0, 0, 1, 1), (0, 1, 1, 2), (1, 0, 2, 1), (1, 1, 1, 1), (1, 2, 1, 1), (2, 1, 1, 1), (2, 2, 1, 1)),
    (0.4, 0.4, 0.5),
    (1.6, 1.6, 2.0),
    (0.8, 1.4),
)
TEXTS = ["2024", "21,045,108.18", "Annual\ntarget", "", "615848.00", "≥80.00%", "first line\nsecond 100\nthird"]
TITLE = "Declaration 2024 of 37 targets"


def print_on(sheet: NDArray[np.uint8], text: str, x: float, y: float, points: float = 11.0) -> Box:
    """Given a sheet and a place in pixels, print the text there and return the box of its ink."""
    font = ImageFont.load_default(points / 72 * DPI)
    image = Image.fromarray(sheet)
    pen = ImageDraw.Draw(image)
    pen.multiline_text((x, y), text, fill=INK, font=font, spacing=6)
    before = sheet.copy()
    sheet[:] = np.asarray(image)
    rows, cols = np.nonzero(before != sheet)
    return Box(cols.min(), rows.min(), cols.max() + 1, rows.max() + 1)


def printed(spec: Spec, texts: list[str]) -> tuple[NDArray[np.uint8], list[Box | None]]:
    """Given a grid and the texts of its cells, return the sheet and the box of each cell's ink."""
    sheet = draw_sheet(spec, DPI, words=False)
    boxes: list[Box | None] = []
    for (row, col, _, _), text in zip(spec.rects, texts, strict=True):
        place = (spec.xs[col] + 0.08) * DPI, (spec.ys[row] + 0.03) * DPI
        size = 11.0 if "\n" not in text else 8.0
        boxes.append(print_on(sheet, text, *place, points=size) if text else None)
    return sheet, boxes


def read_page(sheet: NDArray[np.uint8], recogniser: Recogniser) -> tuple[PageReading, CleanPage]:
    page = upright(page_of(sheet, DPI), KnownTurn(), SETTINGS.upright)
    grids = build_grids(page, detect_raster(page, SETTINGS.detect), SETTINGS.grid)
    return read(page, grids, recogniser, SETTINGS.read), page


def bare(text: str) -> str:
    return text.replace(" ", "").replace(">", "≥")


def around(there: PlaneMap, box: Box) -> Box:
    return box_around(there.apply(corner) for corner in box.corners)


@pytest.mark.parametrize(("degrees", "noise"), [(0.0, 0.0), (1.7, 10.0), (-3.2, 5.0)])
def test_a_drawn_page_is_read(tools: Tools, degrees: float, noise: float) -> None:
    spec = SPEC
    texts = [text.replace("≥", ">") for text in TEXTS]
    sheet, boxes = printed(spec, texts)
    title = print_on(sheet, TITLE, 1.2 * DPI, 0.8 * DPI, 14.0)
    skewed, there = turned(sheet, degrees)
    reading, _ = read_page(add_noise(skewed, noise, 3), tools.recogniser)
    (grid,) = reading.grids
    assert [bare(cell.text) for cell in grid.cells] == [bare(text) for text in texts]
    assert [bare(line.text) for line in reading.loose] == [bare(TITLE)]
    lies_on(reading.loose[0].box, around(there, title))
    for cell, box in zip(grid.cells, boxes, strict=True):
        assert [line.origin for line in cell.lines] == ["ocr"] * len(cell.lines)
        if box is not None:
            lies_on(box_around(c for line in cell.lines for c in line.box.corners), around(there, box))
            assert min(line.confidence for line in cell.lines) > 0.5


def lies_on(found: Box, ink: Box) -> None:
    """A twentieth of an inch around the ink, no more, no less; a turned box is larger than its ink by the turn."""
    for edge in ("x0", "y0", "x1", "y1"):
        assert getattr(found, edge) == pytest.approx(getattr(ink, edge), abs=0.06 * DPI)


def test_boxes_of_characters_follow_one_another_on_their_line(tools: Tools) -> None:
    sheet, boxes = printed(full(1, 2, 0.4, 2.0), ["0123456789", "88,888.88"])
    reading, _ = read_page(sheet, tools.recogniser)
    for cell, ink in zip(reading.grids[0].cells, boxes, strict=True):
        assert ink is not None
        (line,) = cell.lines
        boxes_ = [glyph.box for glyph in line.glyphs]
        assert all(a.x1 <= b.x0 + 1e-6 for a, b in pairwise(boxes_))
        step = ink.width / len(boxes_)
        for i, box in enumerate(boxes_ if cell.text.isdigit() else []):
            assert box.centre[0] == pytest.approx(ink.x0 + (i + 0.5) * step, abs=step)


def test_print_on_a_dark_fill_is_read(tools: Tools) -> None:
    spec = full(2, 2, 0.4, 2.0)
    sheet, _ = printed(spec, ["1357", "2468", "9753", "8642"])
    y0, y1, x0, x1 = (round(v * DPI) for v in (spec.ys[0], spec.ys[1], spec.xs[0], spec.xs[1]))
    sheet[y0 + 4 : y1 - 3, x0 + 4 : x1 - 3] = 255 - sheet[y0 + 4 : y1 - 3, x0 + 4 : x1 - 3]
    sheet[y0 + 4 : y1 - 3, x0 + 4 : x1 - 3] = np.clip(sheet[y0 + 4 : y1 - 3, x0 + 4 : x1 - 3], 70, 255)
    reading, _ = read_page(sheet, tools.recogniser)
    assert [cell.text for cell in reading.grids[0].cells] == ["1357", "2468", "9753", "8642"]


def test_blank_cells_stay_blank(tools: Tools) -> None:
    sheet, _ = printed(full(3, 3, 0.4, 1.0), [""] * 9)
    reading, _ = read_page(add_noise(sheet, 12.0, 4), tools.recogniser)
    assert [cell.lines for grid in reading.grids for cell in grid.cells] == [()] * 9
    assert reading.loose == ()


@pytest.mark.parametrize("shape", [(20, 20), (1, 1), (3, 400), (600, 500)])
@pytest.mark.parametrize("kind", ["blank", "black", "noise"])
def test_a_page_of_nothing_is_read_as_such(tools: Tools, shape: tuple[int, int], kind: str) -> None:
    noise = np.random.default_rng(2).integers(0, 256, shape, dtype=np.uint8)
    sheet = {"blank": np.full(shape, PAPER, np.uint8), "black": np.zeros(shape, np.uint8), "noise": noise}[kind]
    reading, page = read_page(sheet, tools.recogniser)
    assert reading.grids == ()
    assert reading.size == page.size
    if kind != "noise":
        assert reading.loose == ()


def test_the_same_page_twice_is_the_same_reading(tools: Tools) -> None:
    sheet, _ = printed(SPEC, TEXTS)
    noisy = add_noise(sheet, 10.0, 8)
    first, second = (read_page(noisy, tools.recogniser)[0] for _ in range(2))
    assert first == second


def test_what_is_read_is_made_of_plain_numbers(tools: Tools) -> None:
    sheet, _ = printed(full(1, 2, 0.4, 2.0), ["1234", "5678"])
    reading, _ = read_page(sheet, tools.recogniser)
    lines = [line for cell in reading.grids[0].cells for line in cell.lines]
    assert {type(line.ends_paragraph) for line in lines} == {bool}
    assert {type(glyph.box.x1) for line in lines for glyph in line.glyphs} == {float}
    assert {type(glyph.confidence) for line in lines for glyph in line.glyphs} == {float}


def test_a_page_of_neither_layer_nor_picture_cannot_be_read(tools: Tools) -> None:
    page = CleanPage(0, (9.0, 9.0), "pt", (9.0, 9.0), 72.0, Transform.identity())
    with pytest.raises(ValueError, match="neither"):
        read(page, (), tools.recogniser, SETTINGS.read)


@pytest.mark.parametrize(
    ("text", "others", "confidence", "left"),
    [
        (":", (("：", 0.3), ("1", 0.05)), 0.9, (("1", 0.05),)),
        ("：", ((":", 0.3), ("∶", 0.05)), 0.95, ()),
        ("(", (("（", 0.4),), 1.0, ()),
        ("8", (("B", 0.3), ("８", 0.1)), 0.7, (("B", 0.3),)),
        ("①", (("1", 0.3),), 0.6, (("1", 0.3),)),
        ("0", (("O", 0.2), ("", 0.1)), 0.6, (("O", 0.2), ("", 0.1))),
    ],
)
def test_spellings_of_one_sign_are_taken_together(
    text: str, others: tuple[tuple[str, float], ...], confidence: float, left: tuple[tuple[str, float], ...]
) -> None:
    settled = same_sign(ReadGlyph(text, 0.6, 0.0, 8.0, others))
    assert (settled.confidence, settled.others) == (pytest.approx(confidence), left)


def test_no_confidence_is_above_one() -> None:
    assert same_sign(ReadGlyph("-", 0.8, 0.0, 8.0, (("—", 0.3),))).confidence == 1.0


class Counting:
    """The recogniser itself, and how often and with what it was asked."""

    def __init__(self, own: Recogniser) -> None:
        self.own, self.name = own, own.name
        self.asked: list[list[Crop]] = []

    def read(self, crops: list[Crop]) -> list[Reading]:  # type: ignore[override]
        self.asked.append(list(crops))
        return self.own.read(crops)


def test_a_page_asks_once_and_only_for_print(tools: Tools) -> None:
    counting = Counting(tools.recogniser)
    sheet, _ = printed(SPEC, TEXTS)
    read_page(sheet, counting)  # type: ignore[arg-type]
    (crops,) = counting.asked
    assert len(crops) == sum(text.count("\n") + 1 for text in TEXTS if text)
    assert all(crop[0].min() > 200 and crop[-1].min() > 200 for crop in crops)


def test_a_cell_cut_by_the_page_edge_is_read_as_far_as_it_goes(tools: Tools) -> None:
    sheet, _ = printed(full(1, 2, 0.4, 2.0), ["1234", "5678"])
    page = upright(page_of(sheet, DPI), KnownTurn(), SETTINGS.upright)
    (grid,) = build_grids(page, detect_raster(page, SETTINGS.detect), SETTINGS.grid)
    wide = replace(grid.cells[1].box, x1=page.size[0] + 300.0, y1=page.size[1] + 300.0)
    cells: tuple[Cell, ...] = (grid.cells[0], replace(grid.cells[1], box=wide))
    over: Grid = replace(grid, cells=cells)
    reading = read(page, (over,), tools.recogniser, SETTINGS.read)
    assert [cell.text[:4] for cell in reading.grids[0].cells] == ["1234", "5678"]
