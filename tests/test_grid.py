"""A merged grid drawn as rulings comes back as it was specified; whatever the rulings, a grid tiles."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from page_drawing import Spec, full, rects_of, rulings_of, specs

from pipeline.config import load_settings
from pipeline.geometry import Box, Transform
from pipeline.model import CleanPage, Grid, Ruling, TableRegion, check_tiling
from pipeline.stages.grid import build_grid, build_grids

GRID = load_settings().grid
DPIS = st.sampled_from([72.0, 120.0, 200.0, 300.0])


def region_of(rulings: list[Ruling]) -> TableRegion:
    xs = [x for r in rulings for x in ((r.start, r.end) if r.orientation == "h" else (r.at,))]
    ys = [y for r in rulings for y in ((r.start, r.end) if r.orientation == "v" else (r.at,))]
    return TableRegion("ruled", Box(min(xs), min(ys), max(xs), max(ys)), tuple(rulings))


def grid_of(rulings: list[Ruling], dpi: float) -> Grid | None:
    return build_grid(region_of(rulings), 0, dpi, GRID)


def flipped(rulings: list[Ruling]) -> list[Ruling]:
    """The rulings mirrored at the diagonal."""
    return [replace(r, orientation="v" if r.orientation == "h" else "h") for r in rulings]


def transposed(grid: Grid) -> Grid:
    cells = tuple(
        replace(
            c, row=c.col, col=c.row, row_span=c.col_span, col_span=c.row_span,
            box=Box(c.box.y0, c.box.x0, c.box.y1, c.box.x1),
        )
        for c in grid.cells
    )  # fmt: skip
    box = Box(grid.box.y0, grid.box.x0, grid.box.y1, grid.box.x1)
    ordered = tuple(sorted(cells, key=lambda c: (c.row, c.col)))
    return Grid(grid.page, grid.kind, box, grid.n_cols, grid.n_rows, ordered, grid.col_edges, grid.row_edges)


def as_specified(grid: Grid | None, spec: Spec, dpi: float, within: float = 1e-6) -> None:
    assert grid is not None
    assert rects_of(grid) == list(spec.rects)
    assert grid.row_edges == pytest.approx([y * dpi for y in spec.ys], abs=within)
    assert grid.col_edges == pytest.approx([x * dpi for x in spec.xs], abs=within)
    for cell in grid.cells:
        bottom, right = grid.row_edges[cell.row + cell.row_span], grid.col_edges[cell.col + cell.col_span]
        assert cell.box == Box(grid.col_edges[cell.col], grid.row_edges[cell.row], right, bottom)


@given(specs(most=9), DPIS)
def test_a_drawn_grid_comes_back(spec: Spec, dpi: float) -> None:
    as_specified(grid_of(rulings_of(spec, dpi), dpi), spec, dpi)


@given(specs(), DPIS, st.randoms(use_true_random=False))
def test_rulings_may_be_crooked_and_cut_up(spec: Spec, dpi: float, chance: np.random.RandomState) -> None:
    """Each ruling a hundredth of an inch off, up to 3/100 short or long, in two strokes that overlap, in any order."""
    off = 0.01 * dpi
    strokes = []
    for ruling in rulings_of(spec, dpi):
        start, end = (v + chance.uniform(-3 * off, 3 * off) for v in (ruling.start, ruling.end))
        middle = chance.uniform(start, end)
        for a, b in ((start, middle), (max(middle - 0.25 * dpi, start), end)):
            strokes.append(replace(ruling, at=ruling.at + chance.uniform(-off, off), start=a, end=b))
    chance.shuffle(strokes)
    as_specified(grid_of(strokes, dpi), spec, dpi, within=1.01 * off)


@given(specs(), DPIS)
def test_a_table_on_its_side_is_the_transposed_table(spec: Spec, dpi: float) -> None:
    rulings = rulings_of(spec, dpi)
    grid, other = grid_of(rulings, dpi), grid_of(flipped(rulings), dpi)
    assert grid is not None
    assert other == transposed(grid)
    assert transposed(transposed(grid)) == grid


JUNK = st.lists(
    st.builds(
        lambda orientation, at, start, length: Ruling(orientation, at, start, start + length),
        st.sampled_from(["h", "v"]),
        st.floats(0, 800),
        st.floats(0, 800),
        st.floats(0, 800),
    ),
    min_size=1,
    max_size=30,
)


@given(JUNK, DPIS)
def test_any_rulings_make_a_grid_that_tiles_or_none(rulings: list[Ruling], dpi: float) -> None:
    grid = grid_of(rulings, dpi)
    if grid is None:
        return
    check_tiling(grid.cells, grid.n_rows, grid.n_cols)
    for edges in (grid.row_edges, grid.col_edges):
        assert all(a < b for a, b in pairwise(edges))
    assert list(grid.cells) == sorted(grid.cells, key=lambda c: (c.row, c.col))
    assert sum(cell.box.area for cell in grid.cells) == pytest.approx(grid.box.area)


@given(JUNK, specs(), DPIS)
def test_junk_among_the_rulings_of_a_table_leaves_a_grid(junk: list[Ruling], spec: Spec, dpi: float) -> None:
    grid = grid_of([*rulings_of(spec, dpi), *junk], dpi)
    assert grid is not None
    check_tiling(grid.cells, grid.n_rows, grid.n_cols)


def test_a_pinwheel_is_five_cells() -> None:
    """No ruling goes through: four cells around a fifth."""
    spec = Spec(((0, 0, 1, 2), (0, 2, 2, 1), (1, 0, 2, 1), (1, 1, 1, 1), (2, 1, 1, 2)), (0.5,) * 3, (0.6,) * 3)
    as_specified(grid_of(rulings_of(spec, 200.0), 200.0), spec, 200.0)


def test_a_leak_is_closed_where_it_is_ruled_most() -> None:
    """One side of the middle cell of a full grid is missing at a corner: the cells around it would make an L."""
    rulings = rulings_of(full(3, 3), 100.0)
    torn = [r for r in rulings if r.orientation == "v" or r.at != pytest.approx(120.0)]
    torn += [Ruling("h", 120.0, 70.0, 170.0), Ruling("h", 120.0, 270.0, 370.0)]
    grid = grid_of(torn, 100.0)
    assert grid is not None
    assert rects_of(grid) == [
        (0, 0, 1, 1), (0, 1, 2, 1), (0, 2, 1, 1), (1, 0, 1, 1), (1, 2, 1, 1), (2, 0, 1, 1), (2, 1, 1, 1), (2, 2, 1, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "rulings",
    [
        [Ruling("h", 10, 0, 100)],
        [Ruling("h", 10, 0, 100), Ruling("h", 60, 0, 100)],
        [Ruling("h", 10, 0, 100), Ruling("v", 10, 0, 100)],
    ],
)
def test_too_few_rulings_make_no_grid(rulings: list[Ruling]) -> None:
    assert grid_of(rulings, 100.0) is None


def test_a_box_of_one_cell_is_no_table() -> None:
    frame = region_of(rulings_of(full(1, 1), 100.0))
    table = region_of(rulings_of(replace(full(2, 2), corner=(4.0, 4.0)), 100.0))
    page = CleanPage(4, (900.0, 900.0), "px", (900.0, 900.0), 100.0, Transform.identity())
    grids = build_grids(page, [frame, table], GRID)
    assert [(g.page, g.n_rows, g.n_cols) for g in grids] == [(4, 2, 2)]


@given(specs(), DPIS, st.floats(0.5, 3.0))
def test_the_same_table_at_another_scale_is_the_same_table(spec: Spec, dpi: float, scale: float) -> None:
    assume(72.0 <= dpi * scale <= 600.0)
    grid, other = grid_of(rulings_of(spec, dpi), dpi), grid_of(rulings_of(spec, dpi * scale), dpi * scale)
    assert grid is not None
    assert other is not None
    assert rects_of(grid) == rects_of(other)
