"""Products cannot be built wrong, and cannot be changed."""

from __future__ import annotations

import dataclasses
import inspect

import numpy as np
import pytest
from hypothesis import given
from page_drawing import Spec, specs

from pipeline import geometry, model
from pipeline.geometry import Box
from pipeline.model import Cell, Glyph, Grid, Ruling, Table, TableCell, TextLine, check_tiling, frozen_picture

BOX = Box(0, 0, 10, 10)


def cells_of(spec: Spec) -> tuple[Cell, ...]:
    return tuple(Cell(*rect, BOX) for rect in spec.rects)


def grid_of(cells: tuple[Cell, ...], n_rows: int, n_cols: int) -> Grid:
    rows, cols = tuple(map(float, range(n_rows + 1))), tuple(map(float, range(n_cols + 1)))
    return Grid(0, "ruled", BOX, n_rows, n_cols, cells, rows, cols)


def size_of(spec: Spec) -> tuple[int, int]:
    return len(spec.heights), len(spec.widths)


@given(specs())
def test_cells_that_tile_make_a_grid(spec: Spec) -> None:
    cells = cells_of(spec)
    grid = grid_of(cells, *size_of(spec))
    assert sorted(slot for cell in grid.cells for slot in cell.slots()) == sorted(np.ndindex(*size_of(spec)))


@given(specs())
def test_a_missing_or_doubled_cell_makes_none(spec: Spec) -> None:
    cells = cells_of(spec)
    for wrong in (cells[1:], (*cells, cells[0])):
        with pytest.raises(ValueError, match="tile"):
            grid_of(wrong, *size_of(spec))


def test_a_cell_outside_makes_no_grid() -> None:
    cells = (Cell(0, 0, 1, 1, BOX), Cell(2, 0, 1, 1, BOX))
    with pytest.raises(ValueError, match="outside"):
        check_tiling(cells, 2, 1)


def test_cells_that_overlap_by_as_much_as_they_leave_free_make_no_grid() -> None:
    cells = (Cell(0, 0, 1, 2, BOX), Cell(0, 1, 1, 1, BOX), Cell(1, 0, 1, 1, BOX))
    with pytest.raises(ValueError, match="tile"):
        check_tiling(cells, 2, 2)


def test_a_grid_has_one_edge_more_than_rows() -> None:
    with pytest.raises(ValueError, match="edge"):
        Grid(0, "ruled", BOX, 1, 1, (Cell(0, 0, 1, 1, BOX),), (0.0,), (0.0, 1.0))


@pytest.mark.parametrize("place", [(-1, 0, 1, 1), (0, -1, 1, 1), (0, 0, 0, 1), (0, 0, 1, 0)])
def test_a_cell_has_a_place(place: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="place"):
        Cell(*place, BOX)


def test_a_ruling_runs_forward() -> None:
    assert Ruling("h", 5, 1, 4).length == 3
    with pytest.raises(ValueError, match="ends before"):
        Ruling("v", 5, 4, 1)


def test_a_line_of_text_knows_its_text_box_and_confidence() -> None:
    line = TextLine(0, (Glyph("a", Box(0, 0, 5, 8), 0.5), Glyph("b", Box(5, 1, 9, 9), 0.9)), "ocr")
    assert (line.text, line.box) == ("ab", Box(0, 0, 9, 9))
    assert line.confidence == pytest.approx(0.45)
    with pytest.raises(ValueError, match="glyph"):
        TextLine(0, (), "ocr")


def test_the_text_of_a_cell_has_one_line_of_print_a_line() -> None:
    lines = tuple(TextLine(0, (Glyph(char, BOX, 1.0),), "ocr") for char in "ab")
    assert Cell(0, 0, 1, 1, BOX, lines).text == "a\nb"
    assert Cell(0, 0, 1, 1, BOX).text == ""


@given(specs())
def test_the_dense_view_names_the_cell_of_each_slot(spec: Spec) -> None:
    cells = tuple(TableCell(*rect, (), (0,)) for rect in spec.rects)
    table = Table("ruled", *size_of(spec), cells, (0,), ((0, BOX),))
    owner = spec.owner()
    assert {slot: cells[owner[slot]] for slot in np.ndindex(*size_of(spec))} == table.slots


def test_pixels_cannot_be_changed() -> None:
    picture = frozen_picture(np.zeros((2, 2), np.uint8))
    with pytest.raises(ValueError, match="read-only"):
        picture[0, 0] = 1


PRODUCTS = [
    kind
    for module in (model, geometry)
    for kind in vars(module).values()
    if inspect.isclass(kind) and dataclasses.is_dataclass(kind) and kind.__module__ == module.__name__
]


@pytest.mark.parametrize("kind", PRODUCTS, ids=lambda kind: kind.__name__)
def test_every_product_is_frozen_and_holds_no_list(kind: type) -> None:
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    fields = dataclasses.fields(kind)
    assert not [f.name for f in fields if str(f.type).startswith(("list", "set"))]
    holds_pixels = any("Picture" in str(f.type) for f in fields)
    assert kind.__dataclass_params__.eq is not holds_pixels  # type: ignore[attr-defined]
