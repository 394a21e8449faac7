"""A merged grid drawn as a picture comes back through upright, detect and grid, whatever the scanner did to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from page_drawing import (
    PAPER,
    KnownTurn,
    Spec,
    add_gaps,
    add_noise,
    draw_line,
    draw_sheet,
    full,
    page_of,
    rects_of,
    specs,
    turned,
)

from pipeline.config import load_settings
from pipeline.geometry import Transform
from pipeline.model import CleanPage, Grid
from pipeline.stages.detect import detect_raster
from pipeline.stages.detect.raster import find_rulings, opened_level
from pipeline.stages.grid import build_grids
from pipeline.stages.upright import turn_picture, upright

SETTINGS = load_settings()
WITHIN = 0.02
"""Inches by which an edge of a grid may be off its ruling, back on the file's page."""


@dataclass(frozen=True)
class Scan:
    """What a scanner does: resolution, turn in degrees, quarter turns, grain in grey levels, tears in inches."""

    dpi: float = 200.0
    skew: float = 0.0
    turns: int = 0
    noise: float = 0.0
    gap: float = 0.0
    seed: int = 0


SCANS = st.builds(
    Scan,
    dpi=st.sampled_from([120.0, 150.0, 200.0, 300.0]),
    skew=st.floats(-8.0, 8.0),
    turns=st.integers(0, 3),
    noise=st.sampled_from([0.0, 4.0, 8.0, 12.0]),
    gap=st.sampled_from([0.0, 0.02, 0.05]),
    seed=st.integers(0, 2**16),
)


def scan(spec: Spec, how: Scan) -> tuple[CleanPage, Transform]:
    """Given a grid, return its scanned page made upright, and the map from the sheet to the file's page."""
    sheet = add_gaps(draw_sheet(spec, how.dpi), spec, how.dpi, how.gap, how.seed)
    skewed, there = turned(sheet, how.skew)
    grained = add_noise(skewed, how.noise, how.seed)
    lying = np.ascontiguousarray(turn_picture(grained, how.turns))
    over = Transform.quarter_turns(how.turns, grained.shape[1], grained.shape[0])
    page = upright(page_of(lying, how.dpi), KnownTurn(how.turns), SETTINGS.upright)
    return page, there.then(over)


def grids_of(page: CleanPage) -> tuple[Grid, ...]:
    return build_grids(page, detect_raster(page, SETTINGS.detect), SETTINGS.grid)


def stands_on_its_rulings(grid: Grid, page: CleanPage, spec: Spec, dpi: float, there: Transform) -> None:
    """Every corner of the grid lies, back on the file's page, where it was drawn."""
    for row, y in zip(grid.row_edges, spec.ys, strict=True):
        for col, x in zip(grid.col_edges, spec.xs, strict=True):
            drawn = there.apply((x * dpi, y * dpi))
            assert page.to_file.apply((col, row)) == pytest.approx(drawn, abs=max(WITHIN * dpi, 2.5))


@given(specs(), SCANS)
@example(full(8, 6, 0.3, 0.6), Scan(dpi=120.0, skew=7.9, turns=1, noise=12.0, gap=0.05))
@example(full(1, 2), Scan(dpi=300.0, skew=-7.9, turns=2))
@settings(max_examples=40, derandomize=True)
def test_a_scanned_grid_comes_back(spec: Spec, how: Scan) -> None:
    page, there = scan(spec, how)
    (grid,) = grids_of(page)
    assert rects_of(grid) == list(spec.rects)
    assert page.quarter_turns == -how.turns % 4
    stands_on_its_rulings(grid, page, spec, how.dpi, there)


def flat(sheet: np.ndarray, dpi: float) -> CleanPage:
    """A page that is level already."""
    size = (float(sheet.shape[1]), float(sheet.shape[0]))
    return CleanPage(0, size, "px", size, dpi, Transform.identity(), grey=sheet)


@pytest.mark.parametrize("thick", [0.006, 0.012, 0.03])
@pytest.mark.parametrize("dpi", [120.0, 200.0, 300.0])
def test_thin_and_thick_rulings_stand_where_they_were_drawn(thick: float, dpi: float) -> None:
    spec = full(4, 3)
    rulings = find_rulings(draw_sheet(spec, dpi, words=False, thick=thick), dpi, SETTINGS.detect)
    assert sorted(r.at for r in rulings if r.orientation == "h") == pytest.approx([y * dpi for y in spec.ys], abs=1.5)
    assert sorted(r.at for r in rulings if r.orientation == "v") == pytest.approx([x * dpi for x in spec.xs], abs=1.5)
    assert {round(r.length / dpi, 1) for r in rulings if r.orientation == "h"} == {3.0}


@pytest.mark.parametrize("dash", [(2, 2), (6, 4), (12, 4)])
def test_dotted_and_dashed_rulings_part_cells_too(dash: tuple[int, int]) -> None:
    """Strokes and gaps in pixels at 200 dpi; the widest gap is 1.4 point."""
    on, off = dash
    spec, dpi = full(3, 3), 200.0
    sheet = draw_sheet(spec, dpi)
    y, x0, x1 = round(spec.ys[1] * dpi), round(spec.xs[0] * dpi), round(spec.xs[-1] * dpi)
    for x in range(x0 + 4, x1 - 4):
        if (x - x0) % (on + off) >= on:
            sheet[y - 3 : y + 4, x] = np.where(sheet[y - 3 : y + 4, x] < 128, PAPER, sheet[y - 3 : y + 4, x])
    (grid,) = grids_of(flat(sheet, dpi))
    assert rects_of(grid) == list(spec.rects)


def test_print_in_line_with_a_ruling_is_not_its_end() -> None:
    """Flat tops of digits in a merged cell, at the height of the ruling that ends at the cell beside it."""
    rects = ((0, 0, 1, 1), (0, 1, 2, 1), (1, 0, 1, 1))
    spec, dpi = Spec(rects, (0.3, 0.36), (0.9, 0.45)), 150.0
    sheet = draw_sheet(spec, dpi, words=False)
    x, y = round((spec.xs[1] + 0.08) * dpi), round(spec.ys[1] * dpi)
    for digit in range(3):
        sheet[y : y + 2, x + 13 * digit : x + 13 * digit + 11] = 25
        sheet[y : y + 15, x + 13 * digit + 9 : x + 13 * digit + 11] = 25
    (grid,) = grids_of(flat(sheet, dpi))
    assert rects_of(grid) == list(rects)


def test_double_rulings_are_one() -> None:
    spec, dpi = full(3, 3), 200.0
    sheet = draw_sheet(spec, dpi)
    left, right = spec.xs[0] * dpi, spec.xs[-1] * dpi
    for y in spec.ys:
        draw_line(sheet, (left, y * dpi + 7), (right, y * dpi + 7), 2)
    (grid,) = grids_of(flat(sheet, dpi))
    assert rects_of(grid) == list(spec.rects)


def test_two_tables_are_two() -> None:
    spec, dpi = full(2, 3), 150.0
    sheet = draw_sheet(spec, dpi)
    grids = grids_of(flat(np.vstack([sheet, sheet]), dpi))
    assert [rects_of(grid) for grid in grids] == [list(spec.rects)] * 2
    assert grids[0].box.y1 < sheet.shape[0] < grids[1].box.y0


def test_lines_of_print_and_underlines_are_no_table() -> None:
    dpi = 200.0
    sheet = draw_sheet(full(1, 1, 8.0, 6.0), dpi, words=False)
    sheet[:] = PAPER
    for row in range(20):
        y = 200 + 60 * row
        for word in range(8):
            sheet[y : y + 18, 150 + word * 130 : 250 + word * 130 : 3] = 30
        draw_line(sheet, (150, y + 24), (1150, y + 24), 2)
    assert grids_of(flat(sheet, dpi)) == ()


def test_pure_noise_and_a_blank_sheet_have_no_table() -> None:
    noise = np.random.default_rng(5).integers(0, 256, (1400, 1000), dtype=np.uint8)
    assert grids_of(flat(noise, 150.0)) == ()
    assert grids_of(flat(np.full((1400, 1000), PAPER, np.uint8), 150.0)) == ()
    assert grids_of(flat(np.zeros((1400, 1000), np.uint8), 150.0)) == ()


@pytest.mark.parametrize("shape", [(20, 20), (1, 1), (3, 900), (900, 3)])
def test_a_scrap_of_a_picture_has_no_table(shape: tuple[int, int]) -> None:
    scrap = np.random.default_rng(5).integers(0, 256, shape, dtype=np.uint8)
    assert grids_of(flat(scrap, 200.0)) == ()


def test_a_page_without_a_picture_cannot_be_searched() -> None:
    page = CleanPage(0, (9.0, 9.0), "pt", (9.0, 9.0), 72.0, Transform.identity())
    with pytest.raises(ValueError, match="no picture"):
        detect_raster(page, SETTINGS.detect)


@given(st.integers(0, 2**32 - 1), st.integers(2, 60), st.floats(0.5, 0.99))
@settings(max_examples=40, derandomize=True)
def test_an_opened_mask_keeps_the_long_runs(seed: int, long: int, share: float) -> None:
    mask = (np.random.default_rng(seed).random((4, 150)) < share).astype(np.uint8)
    kept = np.zeros_like(mask)
    for row, line in enumerate(mask):
        changes = np.flatnonzero(np.diff(np.concatenate([[0], line, [0]])))
        for start, stop in zip(changes[::2], changes[1::2], strict=True):
            kept[row, start:stop] = stop - start >= long
    assert np.array_equal(opened_level(mask, long), kept)
