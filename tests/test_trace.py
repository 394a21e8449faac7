"""Rulings run from joint to joint: what only crosses a table, shines through or lines up by chance parts no cell."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from page_drawing import PAPER, Spec, draw_line, draw_sheet, full, rects_of, specs

from pipeline.config import load_settings
from pipeline.geometry import Transform
from pipeline.model import CleanPage, Grid, Ruling
from pipeline.stages.detect import detect_raster, loose_in
from pipeline.stages.detect.proof import grown
from pipeline.stages.grid import build_grids

SETTINGS = load_settings()
DPI = 200.0
Sheet = np.ndarray


def grids_of(sheet: Sheet, dpi: float = DPI) -> tuple[Grid, ...]:
    size = (float(sheet.shape[1]), float(sheet.shape[0]))
    page = CleanPage(0, size, "px", size, dpi, Transform.identity(), grey=sheet)
    return build_grids(page, detect_raster(page, SETTINGS.detect), SETTINGS.grid)


def folded(sheet: Sheet, column: int, edge: int = 60, step: int = 25) -> Sheet:
    """The sheet with a fold down it: a dark edge, and a shadow that ends there."""
    drawn = sheet.astype(np.int64)
    drawn[:, column : column + 2] -= edge
    shadow = (step * np.exp(-np.arange(60) / 25)).astype(np.int64)
    drawn[:, column - 60 : column] -= shadow[::-1]
    return drawn.clip(0, 255).astype(np.uint8)


@given(specs(), st.floats(0.1, 0.9))
@settings(max_examples=25, derandomize=True)
def test_a_fold_over_a_table_parts_no_cell(spec: Spec, share: float) -> None:
    """Drawn where no ruling runs along it, over two tables that stay two."""
    sheet = np.vstack([draw_sheet(spec, DPI)] * 2)
    left, right = spec.xs[0] * DPI, spec.xs[-1] * DPI
    column = round(left + share * (right - left))
    if min(abs(x * DPI - column) for x in spec.xs) < 0.1 * DPI:
        return
    grids = grids_of(folded(sheet, column))
    assert [rects_of(grid) for grid in grids] == [list(spec.rects)] * 2


def test_a_ruling_that_a_fold_runs_along_stays() -> None:
    spec = full(4, 3)
    sheet = folded(draw_sheet(spec, DPI), round(spec.xs[1] * DPI))
    (grid,) = grids_of(sheet)
    assert rects_of(grid) == list(spec.rects)


@pytest.mark.parametrize("share", [0.1, 0.2])
def test_the_back_of_the_page_makes_no_grid(share: float) -> None:
    """Another table, mirrored and shifted, shines through with a share of its ink."""
    spec = full(5, 4, 0.45, 0.9)
    sheet, back = draw_sheet(spec, DPI), draw_sheet(full(6, 3, 0.37, 1.13), DPI)[:, ::-1]
    shown = np.full(sheet.shape, PAPER, np.uint8)
    height, width = min(sheet.shape[0], back.shape[0]), min(sheet.shape[1], back.shape[1])
    shown[:height, :width] = cv2.GaussianBlur(back, (0, 0), 1.2)[:height, :width]
    through = np.minimum(sheet, (PAPER - share * (PAPER - shown.astype(float)))).astype(np.uint8)
    (grid,) = grids_of(through)
    assert rects_of(grid) == list(spec.rects)


def test_print_that_lines_up_over_low_rows_is_no_ruling() -> None:
    """One sign with plumb strokes at the same place of every row, nearly as high as the row."""
    spec = full(12, 2, 0.17, 1.5)
    sheet = draw_sheet(spec, DPI, words=False)
    for top in spec.ys[:-1]:
        y0, y1 = round(top * DPI) + 5, round((top + 0.17) * DPI) - 5
        for sign in range(3):
            x = round((spec.xs[0] + 0.3 + 0.16 * sign) * DPI)
            for stroke in (0, 7, 14, 21):
                draw_line(sheet, (x + stroke, y0), (x + stroke, y1), 2)
            for bar in (y0, (y0 + y1) // 2, y1):
                draw_line(sheet, (x, bar), (x + 21, bar), 2)
    (grid,) = grids_of(sheet)
    assert rects_of(grid) == list(spec.rects)


@pytest.mark.parametrize("dpi", [165.0, 200.0, 300.0])
def test_thick_double_rulings_are_one(dpi: float) -> None:
    """Two strokes of 0.75 point, 2.2 points apart, everywhere."""
    spec = full(5, 4)
    sheet = np.minimum.reduce(
        [
            np.roll(draw_sheet(spec, dpi, words=False), (round(dy * dpi), round(dx * dpi)), (0, 1))
            for dy, dx in ((0, 0), (2.2 / 72, 2.2 / 72))
        ]
    )
    (grid,) = grids_of(sheet, dpi)
    assert rects_of(grid) == list(spec.rects)


@pytest.mark.xfail(strict=True, reason="a ruling cut out of a slanting stroke starts too far from its joint to be kept")
def test_a_ruling_crossed_by_a_slanting_stroke_is_not_lost() -> None:
    """The stroke hangs together with the rulings that it crosses; no component of them is straight."""
    spec = full(6, 3, 0.5, 2.0)
    sheet = draw_sheet(spec, DPI)
    y = spec.ys[3] * DPI
    draw_line(sheet, (spec.xs[0] * DPI - 60, y - 40), (spec.xs[-1] * DPI + 60, y + 40), 2)
    (grid,) = grids_of(sheet)
    assert rects_of(grid) == list(spec.rects)


@pytest.mark.parametrize("dpi", [165.0, 200.0, 300.0])
def test_a_divider_goes_on_under_a_signature(dpi: float) -> None:
    """Broad strokes of a pen, paler than print, lie over one slot of it and its joints: no ridge is left there."""
    spec = full(6, 3, 0.25, 1.2)
    sheet = draw_sheet(spec, dpi, words=False)
    pen = np.full_like(sheet, PAPER)
    x, top, low = spec.xs[1] * dpi, (spec.ys[2] + 0.02) * dpi, (spec.ys[3] + 0.02) * dpi
    for k in range(5):
        y = top + k * (low - top) / 4
        ends = (round(x - 0.15 * dpi), round(y + 0.03 * dpi)), (round(x + 0.15 * dpi), round(y - 0.03 * dpi))
        cv2.line(pen, *ends, 85, round(0.05 * dpi))
    (grid,) = grids_of(np.minimum(sheet, pen), dpi)
    assert rects_of(grid) == list(spec.rects)


@pytest.mark.parametrize("off", [-3.0, -1.0, 0.0, 1.0])
def test_the_pieces_of_a_broken_outer_ruling_are_the_tables_own(off: float) -> None:
    """Neither has two joints, so the table's extent is that of its level rulings, which may begin inside of them."""
    table = [Ruling("h", at, 100.0, 700.0) for at in (100.0, 200.0, 500.0)]
    table += [Ruling("v", at, 100.0, 500.0) for at in (300.0, 700.0)]
    pieces = [Ruling("v", 100.0 + off, 100.0, 340.0), Ruling("v", 100.0 + off, 380.0, 500.0)]
    away = Ruling("v", 60.0, 100.0, 340.0)
    assert loose_in(table, [*table, *pieces, away], DPI, SETTINGS.detect) == pieces


@given(st.lists(st.sampled_from("rw."), min_size=1, max_size=12))
@settings(max_examples=60, derandomize=True)
def test_a_ruled_line_takes_in_the_whole_slots_in_its_row(slots: list[str]) -> None:
    """Ruled slots stay; whole ones become ruled when a row of such leads to a ruled one."""
    ruled, whole = (np.array([slot == kind for slot in slots]) for kind in "rw")
    parts = "".join(slots).split(".")
    want = ".".join("r" * len(part) if "r" in part else part for part in parts)
    assert grown(ruled, whole).tolist() == [kind == "r" for kind in want]


def test_dots_far_apart_make_a_table_where_nothing_else_does() -> None:
    """Dots of 8 pixels, 9 pixels apart, inside of a plain frame: too broad for dust, too far for a dotted ruling."""
    spec, dpi = full(5, 3, 0.5, 1.2), 300.0
    sheet = np.full_like(draw_sheet(spec, dpi, words=False), PAPER)
    xs, ys = ([round(at * dpi) for at in places] for places in (spec.xs, spec.ys))
    for x in xs[1:-1]:
        for y in range(ys[0] + 12, ys[-1] - 8, 17):
            sheet[y : y + 8, x - 4 : x + 4] = 25
    for y in ys[1:-1]:
        for x in range(xs[0] + 12, xs[-1] - 8, 17):
            sheet[y - 4 : y + 4, x : x + 8] = 25
    cv2.rectangle(sheet, (xs[0], ys[0]), (xs[-1], ys[-1]), 25, 4)
    (grid,) = grids_of(sheet, dpi)
    assert rects_of(grid) == list(spec.rects)


def test_a_ruling_that_is_broken_all_along_goes_on_from_where_it_is_whole() -> None:
    spec = full(4, 5)
    sheet = draw_sheet(spec, DPI, words=False)
    row, left, right = (round(v * DPI) for v in (spec.ys[2], spec.xs[1], spec.xs[-1]))
    for x in range(left + 20, right - 20, 70):
        sheet[row - 4 : row + 5, x : x + 30] = PAPER
    (grid,) = grids_of(sheet)
    assert rects_of(grid) == list(spec.rects)
