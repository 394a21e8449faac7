"""Edges that strokes show badly: print between dots, broken dividers, rows without any divider."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from page_drawing import PAPER, Spec, draw_line, draw_sheet, full, rects_of

from pipeline.config import load_settings
from pipeline.geometry import Transform
from pipeline.model import CleanPage, Grid, Ruling
from pipeline.stages.detect import detect_raster, without_pieces
from pipeline.stages.detect.dots import with_dots_joined
from pipeline.stages.detect.edges import Joints, edges_of
from pipeline.stages.detect.look import Seen, look_along
from pipeline.stages.detect.proof import is_print
from pipeline.stages.detect.ridges import find_ridges
from pipeline.stages.detect.trace import bridged, crossed_slots
from pipeline.stages.grid import build_grids

SETTINGS = load_settings()
POINT = 1 / 72
Sheet = np.ndarray


def grids_of(sheet: Sheet, dpi: float) -> tuple[Grid, ...]:
    size = (float(sheet.shape[1]), float(sheet.shape[0]))
    page = CleanPage(0, size, "px", size, dpi, Transform.identity(), grey=sheet)
    return build_grids(page, detect_raster(page, SETTINGS.detect), SETTINGS.grid)


def dotted(spec: Spec, dpi: float, on: float, off: float) -> Sheet:
    """A full grid whose inner rulings are dots. on, off: points of ink and of paper between."""
    sheet = draw_sheet(Spec(((0, 0, 1, 1),), (sum(spec.heights),), (sum(spec.widths),)), dpi, words=False)
    half, long, period = max(round(on * POINT * dpi / 2), 1), round(on * POINT * dpi), (on + off) * POINT * dpi
    left, right, top, bottom = (v * dpi for v in (spec.xs[0], spec.xs[-1], spec.ys[0], spec.ys[-1]))
    for y in (round(v * dpi) for v in spec.ys[1:-1]):
        for x in np.arange(left, right, period).round().astype(int):
            sheet[y - half : y + half, x : x + long] = 25
    for x in (round(v * dpi) for v in spec.xs[1:-1]):
        for y in np.arange(top, bottom, period).round().astype(int):
            sheet[y : y + long, x - half : x + half] = 25
    return sheet


TOO_NEAR = pytest.mark.xfail(strict=True, reason="so little paper is that between the dots of the rulings")


@pytest.mark.parametrize(
    ("dpi", "gap"),
    [
        (237.0, 2.2),
        (300.0, 1.6),
        (300.0, 2.2),
        pytest.param(150.0, 1.4, marks=TOO_NEAR),
        pytest.param(237.0, 1.6, marks=TOO_NEAR),
    ],
)
def test_strokes_of_print_between_dots_are_no_columns(dpi: float, gap: float) -> None:
    """Plumb strokes nearly as high as their row. gap: points of paper above and below them."""
    spec = full(8, 2, 0.2, 1.5)
    sheet = dotted(spec, dpi, 1.2, 1.7)
    for row, (top, bottom) in enumerate(zip(spec.ys[:-1], spec.ys[1:], strict=True)):
        for sign in range(4):
            x = (spec.xs[0] + 0.2 + 0.17 * sign + 0.03 * row) * dpi
            draw_line(sheet, (x, top * dpi + gap * POINT * dpi), (x, bottom * dpi - gap * POINT * dpi), 2)
            middle = (top + bottom) / 2 * dpi
            draw_line(sheet, (x - 0.03 * dpi, middle), (x + 0.03 * dpi, middle), 2)
    (grid,) = grids_of(sheet, dpi)
    assert rects_of(grid) == list(spec.rects)


def test_dots_far_apart_are_a_ruling() -> None:
    """Thick dots, so far apart that a low row holds three or four."""
    spec = full(8, 3, 0.21, 1.2)
    (grid,) = grids_of(dotted(spec, 220.0, 1.5, 2.1), 220.0)
    assert rects_of(grid) == list(spec.rects)


@pytest.mark.parametrize("piece", [0.08, 0.12])
def test_a_short_divider_in_pieces_is_found(piece: float) -> None:
    """In one row only, so that no other row shows it. piece: inches between its breaks of a fiftieth of an inch."""
    rects = ((0, 0, 1, 1), (0, 1, 1, 1), (1, 0, 1, 2), (2, 0, 1, 2))
    spec, dpi = Spec(rects, (0.3, 0.3, 0.3), (1.5, 1.0)), 200.0
    sheet = draw_sheet(spec, dpi, words=False)
    x, top = round(spec.xs[1] * dpi), spec.ys[0] * dpi
    for y in np.arange(top + piece * dpi, spec.ys[1] * dpi - 0.03 * dpi, (piece + 0.02) * dpi):
        sheet[round(y) : round(y + 0.02 * dpi), x - 4 : x + 5] = PAPER
    (grid,) = grids_of(sheet, dpi)
    assert rects_of(grid) == list(rects)


def test_a_long_ruling_in_pieces_is_found() -> None:
    """No piece of it is as long as a stroke must be."""
    spec, dpi = full(4, 3, 0.4, 1.2), 200.0
    sheet = draw_sheet(spec, dpi, words=False)
    y = round(spec.ys[2] * dpi)
    for x in np.arange(spec.xs[0] * dpi + 25, spec.xs[-1] * dpi - 10, 36):
        sheet[y - 4 : y + 5, round(x) : round(x) + 6] = PAPER
    (grid,) = grids_of(sheet, dpi)
    assert rects_of(grid) == list(spec.rects)


def test_title_rows_of_a_frame_without_sides_belong_to_the_table() -> None:
    """Two rows that no divider parts, above rows with two dividers; nothing is drawn left and right."""
    rects = ((0, 0, 1, 3), (1, 0, 1, 3), *((row, col, 1, 1) for row in (2, 3, 4) for col in range(3)))
    spec, dpi = Spec(rects, (0.35, 0.3, 0.3, 0.3, 0.3), (1.0, 1.0, 1.0)), 200.0
    sheet = draw_sheet(spec, dpi, words=False)
    for x in (spec.xs[0], spec.xs[-1]):
        at = round(x * dpi)
        inner = sheet[:, at + 6 if x == spec.xs[0] else at - 6].copy()
        sheet[:, at - 5 : at + 6] = inner[:, None]
    (grid,) = grids_of(sheet, dpi)
    assert rects_of(grid) == list(rects)


@pytest.mark.parametrize("goal", [0.5, 1.1])
def test_rows_without_dividers_join_the_parts_of_a_frame_without_sides(goal: float) -> None:
    """A label and a goal that no divider parts, between rows with dividers; without print there they are two forms."""
    rects = (
        *((row, col, 1, 1) for row in (0, 1) for col in range(3)),
        *((row, 0, 1, 3) for row in (2, 3)),
        *((row, col, 1, 1) for row in (4, 5) for col in range(3)),
    )
    spec, dpi = Spec(rects, (0.35, 0.3, 0.3, goal, 0.3, 0.3), (1.0, 1.2, 1.0)), 200.0
    for words in (True, False):
        sheet = draw_sheet(spec, dpi, words=words)
        left, right = (round(x * dpi) for x in (spec.xs[0], spec.xs[-1]))
        for at, inner in ((left, left + 6), (right, right - 6)):
            sheet[:, at - 5 : at + 6] = sheet[:, inner, None]
        found = grids_of(sheet, dpi)
        assert len(found) == (1 if words else 2)
        assert not words or rects_of(found[0]) == list(rects)


def test_a_row_with_one_divider_amid_title_rows_belongs_to_the_table_of_a_frame_without_sides() -> None:
    rects = (
        *((row, 0, 1, 3) for row in (0, 1)),
        (2, 0, 1, 1),
        (2, 1, 1, 2),
        (3, 0, 1, 3),
        *((row, col, 1, 1) for row in (4, 5) for col in range(3)),
    )
    spec, dpi = Spec(rects, (0.3, 0.3, 0.3, 0.3, 0.3, 0.3), (1.0, 1.2, 1.0)), 200.0
    sheet = draw_sheet(spec, dpi, words=True)
    left, right = (round(x * dpi) for x in (spec.xs[0], spec.xs[-1]))
    for at, inner in ((left, left + 6), (right, right - 6)):
        sheet[:, at - 5 : at + 6] = sheet[:, inner, None]
    (grid,) = grids_of(sheet, dpi)
    assert rects_of(grid) == list(rects)


def test_a_divider_up_to_an_open_top_stays() -> None:
    """It meets one ruling only, and no other divider runs as far as it does."""
    rects = (
        (0, 0, 1, 1),
        (0, 1, 1, 1),
        (0, 2, 1, 1),
        (0, 3, 1, 1),
        *((r, c, 1, s) for r in (1, 2) for c, s in ((0, 1), (1, 2), (3, 1))),
    )
    spec, dpi = Spec(tuple(sorted(rects)), (0.35, 0.3, 0.3), (0.8, 0.8, 0.8, 0.8)), 200.0
    sheet = draw_sheet(spec, dpi, words=False)
    top = round(spec.ys[0] * dpi)
    sheet[top - 5 : top + 6] = sheet[top + 8][None, :]
    sheet[: top - 2] = PAPER
    (grid,) = grids_of(sheet, dpi)
    assert rects_of(grid) == list(spec.rects)


@pytest.mark.parametrize("dpi", [150.0, 200.0, 300.0])
def test_a_short_divider_beyond_all_others_is_found_in_an_open_frame(dpi: float) -> None:
    """A row of 0.18 inch is divided once more, farther right than any other row; the table has no right side."""
    spec = Spec(full(5, 4).rects, (0.4, 0.18, 0.4, 0.4, 0.4), (1.0, 1.0, 1.0, 2.5))
    sheet = draw_sheet(spec, dpi)
    for x in (spec.xs[0], spec.xs[-1]):
        sheet[:, round((x - 0.02) * dpi) : round((x + 0.02) * dpi)] = PAPER
    x = (spec.xs[3] + 1.3) * dpi
    draw_line(sheet, (x, spec.ys[1] * dpi), (x, spec.ys[2] * dpi), max(round(0.012 * dpi), 1))
    (grid,) = grids_of(sheet, dpi)
    assert (grid.n_rows, grid.n_cols) == (5, 5)
    assert [(c.col, c.col_span) for c in grid.cells if c.row == 1] == [(col, 1) for col in range(5)]
    assert {(c.col, c.col_span) for c in grid.cells if c.row != 1} == {(0, 1), (1, 1), (2, 1), (3, 2)}


@pytest.mark.parametrize(("odd", "print_"), [(False, False), (True, True)])
def test_a_stroke_of_another_make_than_the_rulings_must_prove_more(odd: bool, print_: bool) -> None:
    """The left parts of signs that begin every row touch the rulings above and below them, but are thicker."""
    whole = np.ones(6)
    seen = Seen(
        at=whole,
        inked=whole,
        clean=0.28 * whole,
        ruled=whole,
        seam=whole,
        parted=whole,
        crossed=0 * whole,
        beyond=0.0,
        odd=odd,
    )
    assert is_print(seen, whole > 0, SETTINGS.detect) is print_


def test_a_single_row_is_a_table_when_it_is_as_long_as_one() -> None:
    """The last row of a form may stand alone on the next page."""
    row = full(1, 5, 0.21, 1.4)
    (grid,) = grids_of(draw_sheet(row, 200.0, words=False), 200.0)
    assert len(grid.cells) == 5
    assert grids_of(draw_sheet(full(1, 2, 0.21, 0.5), 200.0, words=False), 200.0) == ()


def test_two_rows_of_a_frame_that_is_open_above_and_below_are_a_table() -> None:
    sheet = np.full((600, 1400), PAPER, np.uint8)
    for x in (100, 300, 600, 900, 1300):
        draw_line(sheet, (x, 200), (x, 320), 3)
    assert grids_of(sheet, 200.0) == ()
    draw_line(sheet, (100, 260), (1300, 260), 3)
    (grid,) = grids_of(sheet, 200.0)
    assert (len(grid.cells), {cell.row for cell in grid.cells}) == (8, {0, 1})


def seen_with(crossed: list[float], clean: list[float]) -> Seen:
    whole = np.ones(len(crossed))
    return Seen(whole, whole, np.array(clean), whole, whole, whole, np.array(crossed), 0.0)


def test_a_stem_of_print_is_no_divider_where_print_keeps_off_the_others() -> None:
    stem = seen_with([0.0, 0.0, 0.3], [1.0, 1.0, 0.3])
    plain = [seen_with([0.0] * 12, [1.0] * 12) for _ in range(2)]
    struck = [np.ones(3), np.ones(12), np.ones(12)]
    assert next(flags.tolist() for flags in crossed_slots([stem, *plain], struck, SETTINGS.detect)) == [
        False,
        False,
        True,
    ]
    low = seen_with([0.2] * 12, [0.4] * 12)  # rows so low that print touches all rulings from both sides
    assert not any(flags.any() for flags in crossed_slots([stem, low, low], struck, SETTINGS.detect))


def test_pieces_of_a_table_within_it_are_no_table() -> None:
    def level(at: float, start: float, end: float) -> Ruling:
        return Ruling("h", at, start, end, 2.0)

    def plumb(at: float, start: float, end: float) -> Ruling:
        return Ruling("v", at, start, end, 2.0)

    outer = [level(0, 0, 900), level(600, 0, 900), plumb(0, 0, 600), plumb(900, 0, 600)]
    piece = [level(100, 500, 880), level(200, 500, 880), plumb(700, 90, 210)]
    framed = [level(300, 200, 400), level(400, 200, 400), plumb(200, 300, 400), plumb(400, 300, 400)]
    assert without_pieces([outer, piece, framed]) == [outer, framed]


def test_dotted_rulings_end_where_they_do_amid_grain() -> None:
    """Grain stands in every row, so near to the next speck that a dotted ruling would run on over the page's margin
    where the frame is open."""
    spec = full(6, 4, 0.4, 1.2)
    sheet, side = dotted(spec, 250.0, 1.0, 1.0), round(spec.xs[0] * 250)
    sheet[:, side - 8 : side + 8] = PAPER
    sheet[np.random.default_rng(5).random(sheet.shape) < 0.02] = 90
    dark = (sheet < 128).astype(np.uint8)
    rows, _ = with_dots_joined(dark, 250.0)
    margin = side - 20
    assert (rows[:, margin:] != dark[:, margin:]).any()
    assert (rows[:, :margin] == dark[:, :margin]).all()


def test_a_stroke_goes_on_over_a_slot_too_narrow_to_look_at() -> None:
    """Stems of the signs that begin each row stand close beside a divider: what passes for a joint parts no ruling."""
    joints = Joints(np.array([0.0, 300.0, 318.0, 600.0]), np.full(4, 10.0))
    ridges = find_ridges(np.full((50, 50), PAPER, np.uint8), 200.0, SETTINGS.detect)[0]

    def told(ruled: list[bool], struck: float = 1.0) -> list[bool]:
        return bridged(np.array(ruled), joints, np.array([1.0, struck, 1.0]), ridges, SETTINGS.detect).tolist()

    assert told([True, False, True]) == [False, True, False]
    assert told([True, False, True], struck=0.5) == [False, False, False]
    assert told([True, False, False]) == [False, False, False]
    wide = replace(joints, at=np.array([0.0, 300.0, 330.0, 600.0]))  # there the page itself is asked
    assert not bridged(np.array([True, False, True]), wide, np.ones(3), ridges, SETTINGS.detect).any()


def test_a_divider_of_two_strokes_in_one_low_row_is_found_among_double_rulings() -> None:
    """It is too short for a stroke, and one of its two is seen."""
    spec = full(4, 4, 0.17, 1.4)
    sheet = np.full_like(draw_sheet(spec, 200.0, words=False), PAPER)
    xs, ys = ([round(v * 200) for v in edges] for edges in (spec.xs, spec.ys))
    for off in (-3, 3):
        for y in ys:
            draw_line(sheet, (xs[0] - 3, y + off), (xs[-1] + 3, y + off), 2)
        for x in (xs[0], xs[2], xs[-1]):
            draw_line(sheet, (x + off, ys[0] - 3), (x + off, ys[-1] + 3), 2)
        draw_line(sheet, (xs[1] + off, ys[0]), (xs[1] + off, ys[1]), 2)
    (grid,) = grids_of(sheet, 200.0)
    assert [sum(cell.row == row for cell in grid.cells) for row in range(4)] == [3, 2, 2, 2]


def test_the_ink_of_a_guessed_edge_is_told_by_where_it_was_seen() -> None:
    """Black print that stands in line with a faint line elsewhere does not make it paper."""
    sheet = np.full((80, 900), PAPER, np.uint8)
    sheet[40:42, 10:90] = 205
    for x in range(110, 880, 8):
        sheet[40:43, x : x + 5] = 20
    ridges = find_ridges(sheet, 200.0, SETTINGS.detect)[0]
    joints = Joints(np.array([8.0, 92.0, 890.0]), np.full(3, 2.0))
    (edge,) = edges_of([Ruling("h", 41.0, 10.0, 90.0, 2.0)], ridges, SETTINGS.detect)
    seen = [
        look_along(replace(edge, found=found), joints, ridges, ridges.floor, SETTINGS.detect).inked[0]
        for found in (False, True)
    ]
    assert seen == [1.0, 0.0]
