"""Marks are pure functions of products; the painter sets them where the product stands."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.geometry import Box, Transform
from pipeline.model import Cell, Evidence, Glyph, Grid, PageReading, Record, Ruling, TableRegion, TextLine
from pipeline.overlay.fonts import Face, find_face
from pipeline.overlay.marks import (
    Caption,
    Outline,
    Print,
    Stroke,
    Tint,
    box_before,
    confidence_colour,
    detect_marks,
    grid_marks,
    joint_label,
    place_marks,
    print_marks,
    record_marks,
)
from pipeline.overlay.paint import Panel, caption_places, paint, paint_panels

LATIN_ONLY = Face(None)
WHITE = np.full((120, 200), 255, np.uint8)
RED = (200, 0, 0)

places = st.floats(0, 2000, allow_nan=False)
sides = st.floats(2, 500)


@st.composite
def turns(draw: st.DrawFn) -> Transform:
    """A quarter turn, a skew of up to 15 degrees and a scale, as pages have them."""
    angle = math.radians(draw(st.floats(-15, 15)))
    c, s = math.cos(angle), math.sin(angle)
    skew = Transform((c, -s, 0.0, s, c, 0.0, 0.0, 0.0, 1.0))
    quarter = Transform.quarter_turns(draw(st.integers(0, 3)), 2000, 3000)
    return quarter.then(skew).then(Transform.scale(draw(st.floats(0.2, 3))))


@given(turns(), places, places, sides, sides)
def test_the_box_before_a_skew_is_found_again(turn: Transform, x: float, y: float, width: float, height: float) -> None:
    box = Box(x, y, x + width, y + height)
    back = box_before(turn.apply_box(box), turn)
    assert (back.x0, back.y0, back.x1, back.y1) == pytest.approx((box.x0, box.y0, box.x1, box.y1), abs=1e-3)


def test_a_turn_by_45_degrees_gives_a_box_that_holds_the_first() -> None:
    half = math.sqrt(0.5)
    turn = Transform((half, -half, 0.0, half, half, 0.0, 0.0, 0.0, 1.0))
    back = box_before(turn.apply_box(Box(10, 10, 60, 20)), turn)
    assert back.union(Box(10.01, 10.01, 59.99, 19.99)) == back


@given(st.floats(0, 1), st.floats(0, 1))
def test_colours_go_from_red_to_green(low: float, high: float) -> None:
    assume(low <= high)
    (red_low, green_low, _), (red_high, green_high, _) = confidence_colour(low), confidence_colour(high)
    assert red_high <= red_low
    assert green_high >= green_low
    assert confidence_colour(1.0) == (0, 191, 0)
    assert confidence_colour(0.3) == (191, 0, 0)


def test_detect_paints_each_ruling_along_its_own_line() -> None:
    rulings = (Ruling("h", 10, 0, 90), Ruling("v", 30, 5, 70))
    marks = list(detect_marks([TableRegion("ruled", Box(0, 5, 90, 70), rulings)]))
    strokes = [mark for mark in marks if isinstance(mark, Stroke)]
    assert [(mark.start, mark.end) for mark in strokes] == [((0, 10), (90, 10)), ((30, 5), (30, 70))]
    assert strokes[0].colour != strokes[1].colour
    assert [mark.text for mark in marks if isinstance(mark, Caption)] == ["0 ruled"]


def merged_grid() -> Grid:
    cells = (
        Cell(0, 0, 1, 2, Box(0, 0, 20, 10)),
        Cell(1, 0, 1, 1, Box(0, 10, 10, 20)),
        Cell(1, 1, 1, 1, Box(10, 10, 20, 20)),
    )
    return Grid(0, "ruled", Box(0, 0, 20, 20), 2, 2, cells, (0, 10, 20), (0, 10, 20))


def test_grid_names_places_and_spans() -> None:
    marks = list(grid_marks([merged_grid()]))
    assert [mark.text for mark in marks if isinstance(mark, Caption)] == ["0,0 1×2", "1,0", "1,1"]
    tints = [mark for mark in marks if isinstance(mark, Tint)]
    assert [mark.box for mark in tints] == [cell.box for cell in merged_grid().cells]
    assert tints[0].colour != tints[1].colour == tints[2].colour


def read_page() -> PageReading:
    to_file = Transform.scale(0.5)
    line = TextLine(0, (Glyph("A", Box(5, 5, 10, 10), 0.99), Glyph("7", Box(10, 5, 15, 10), 0.4)), "ocr")
    return PageReading(0, (100, 60), "pt", (200, 120), to_file, (), (line,))


def test_read_marks_stand_on_the_clean_page() -> None:
    outlines = [mark for mark in place_marks(read_page()) if isinstance(mark, Outline)]
    assert [mark.box for mark in outlines] == [Box(10, 10, 30, 20)]
    prints = [mark for mark in print_marks(read_page()) if isinstance(mark, Print)]
    assert [(mark.text, mark.box) for mark in prints] == [("A", Box(10, 10, 20, 20)), ("7", Box(20, 10, 30, 20))]
    assert prints[1].colour == confidence_colour(0.4)


def test_records_show_the_values_of_the_page_asked_for() -> None:
    evidence = {
        "here": Evidence("1", 1, Box(0, 0, 9, 9), 1.0, "ocr"),
        "elsewhere": Evidence("2", 0, Box(0, 0, 9, 9), 1.0, "ocr"),
    }
    record = Record("some-form", (0, 1), {"here": "1", "elsewhere": "2"}, evidence)
    assert [mark.text for mark in record_marks([record], 1) if isinstance(mark, Caption)] == ["here"]


@pytest.mark.parametrize(
    ("paths", "label"),
    [
        (["funds.total"], "funds.total"),
        (["rows[2].name"], "2.name"),
        (["rows[0].level", "rows[1].level", "rows[2].level"], "0-2.level"),
        (["rows[4].value", "rows[4].unit"], "4.value unit"),
        (["name", "rows[0].name"], "name rows[0].name"),
    ],
)
def test_values_in_one_print_share_a_label(paths: list[str], label: str) -> None:
    assert joint_label(paths) == label


def test_an_outline_is_painted_at_its_place_in_page_units() -> None:
    painted = np.asarray(paint(Panel(WHITE, 2.0, (Outline(Box(10, 10, 40, 30), RED),)), LATIN_ONLY))
    assert tuple(painted[20, 50]) == RED
    assert tuple(painted[40, 20]) == RED
    assert tuple(painted[40, 50]) == (255, 255, 255)
    assert painted.shape == (120, 200, 3)


def test_a_tint_lets_the_page_shine_through() -> None:
    page = WHITE.copy()
    page[50:60, 50:60] = 0
    painted = np.asarray(paint(Panel(page, 1.0, (Tint(Box(40, 40, 80, 80), RED, strength=0.3),)), LATIN_ONLY))
    assert painted[55, 55].max() < 80 < painted[70, 70, 1] < 255


def test_small_print_keeps_off_other_small_print_and_on_the_page() -> None:
    first = caption_places(Box(50, 50, 120, 70), 30, 10, above=True)
    assert first[0].y1 <= 50
    marks = tuple(Caption(Box(50, 50, 120, 70), text, RED, above=True) for text in ("one", "two"))
    alone = np.asarray(paint(Panel(WHITE, 1.0, marks[:1]), LATIN_ONLY))
    both = np.asarray(paint(Panel(WHITE, 1.0, marks), LATIN_ONLY))
    first_print = (alone != 255).any(axis=2)
    assert first_print.any()
    assert (both[first_print] == alone[first_print]).all()
    assert (both[~first_print] != alone[~first_print]).any()


def test_without_a_chinese_font_boxes_take_the_place_of_text() -> None:
    mark = Print(Box(20, 20, 60, 60), "申", RED)
    painted = np.asarray(paint(Panel(WHITE, 1.0, (mark,)), LATIN_ONLY))
    assert tuple(painted[20, 40]) == RED
    assert tuple(painted[40, 40]) == (255, 255, 255)


def test_the_face_found_prints_chinese() -> None:
    face = find_face()
    if not face.holds_chinese:
        pytest.skip("no Chinese font is installed")
    painted = [np.asarray(paint(Panel(WHITE, 1.0, (Print(Box(20, 20, 60, 60), char, RED),)), face)) for char in "申报"]
    assert (painted[0] != 255).any()
    assert (painted[0] != painted[1]).any()


def test_panels_stand_side_by_side_under_a_title() -> None:
    sheet = paint_panels("标题 · a.pdf", [Panel(WHITE, 1.0, ()), Panel(WHITE, 1.0, ())], LATIN_ONLY)
    assert sheet.shape[1] == 400
    assert sheet.shape[0] > 120
    assert (sheet[-120:] == 255).all()
    assert not sheet.flags.writeable
