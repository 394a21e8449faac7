"""Rulings in pieces, and what stands in line with them: print, folds, the back of the page."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from page_drawing import INK, PAPER, Spec, add_noise, draw_line, draw_sheet, full, rects_of

from pipeline.config import load_settings
from pipeline.geometry import Transform
from pipeline.model import CleanPage, Grid, Ruling
from pipeline.stages.detect import detect_raster
from pipeline.stages.detect.doubles import join_doubles
from pipeline.stages.detect.edges import Edge, Joints, edge_of, joints_of
from pipeline.stages.detect.look import Seen
from pipeline.stages.detect.proof import ends_there, ruled_slots
from pipeline.stages.detect.ridges import find_ridges
from pipeline.stages.detect.trace import landed
from pipeline.stages.grid import build_grids

SETTINGS = load_settings()
Sheet = np.ndarray


def grids_of(sheet: Sheet, dpi: float) -> tuple[Grid, ...]:
    size = (float(sheet.shape[1]), float(sheet.shape[0]))
    page = CleanPage(0, size, "px", size, dpi, Transform.identity(), grey=sheet)
    return build_grids(page, detect_raster(page, SETTINGS.detect), SETTINGS.grid)


cuts = st.lists(st.floats(60.0, 940.0), max_size=6).map(sorted)


def pieces(at: float, breaks: list[float]) -> list[Ruling]:
    """A line of 1000 pixels at ``at``, broken over four pixels at each of some places."""
    starts, ends = [0.0, *(b + 4 for b in breaks)], [*breaks, 1000.0]
    return [Ruling("h", at, a, b, 2.0) for a, b in zip(starts, ends, strict=True) if b - a >= 20]


@given(cuts, cuts)
def test_a_double_ruling_broken_anywhere_is_one(upper: list[float], lower: list[float]) -> None:
    joined = join_doubles([*pieces(100.0, upper), *pieces(106.0, lower)], 12.0)
    assert max(r.thickness for r in joined) == 8.0
    assert all(r.at == 103.0 for r in joined if r.thickness == 8.0)
    assert sum(r.length for r in joined if r.thickness == 8.0) >= 750.0


@given(st.lists(st.floats(0.0, 40.0), min_size=1, max_size=12))
def test_strokes_joined_to_a_double_are_not_higher_than_one(places: list[float]) -> None:
    strokes = [Ruling("h", 100.0 + at, 0.0, 100.0, 2.0) for at in places]
    assert max(r.thickness for r in join_doubles(strokes, 12.0)) <= 12.0


def test_a_double_ruling_with_other_breaks_in_either_stroke_parts_rows() -> None:
    spec, dpi = full(3, 3), 200.0
    sheet = draw_sheet(spec, dpi, words=False)
    left, right, y = (round(v * dpi) for v in (spec.xs[0], spec.xs[-1], spec.ys[1]))
    draw_line(sheet, (left, y + 7), (right, y + 7), 2)
    for x in (left + 70, left + 110):
        sheet[y - 2 : y + 3, x : x + 8] = PAPER
    sheet[y + 5 : y + 10, right - 120 : right - 112] = PAPER
    (grid,) = grids_of(sheet, dpi)
    assert rects_of(grid) == list(spec.rects)


def test_a_thick_scrap_does_not_make_an_edge_thick() -> None:
    strokes = (Ruling("h", 50.0, 0.0, 60.0, 11.0), Ruling("h", 50.0, 80.0, 900.0, 2.0))
    assert Edge(50.0, strokes, 100.0).thickness == 2.0


@pytest.mark.parametrize("gap", [6, 7])
def test_a_stroke_of_print_in_line_with_a_divider_and_near_one_joint_does_not_prolong_it(gap: int) -> None:
    """A low heading row over two columns, print in it from its lower ruling to ``gap`` pixels below the upper one."""
    rects = ((0, 0, 1, 2), (1, 0, 1, 1), (1, 1, 1, 1))
    spec, dpi = Spec(rects, (0.155, 0.6), (1.2, 1.2)), 200.0
    sheet = draw_sheet(spec, dpi, words=False)
    x, top, low = round(spec.xs[1] * dpi), round(spec.ys[0] * dpi), round(spec.ys[1] * dpi)
    sheet[top + gap : low, x - 1 : x + 1] = INK
    for off in (-10, -6, 5, 9):
        sheet[top + 10 : low - 4, x + off : x + off + 2] = INK
    (grid,) = grids_of(sheet, dpi)
    assert rects_of(grid) == list(rects)


def test_strokes_that_all_miss_their_joints_are_a_ruling() -> None:
    """Torn at every joint, so that no piece meets more than one ruling across."""
    spec, dpi = full(4, 4, 0.4, 1.2), 200.0
    sheet = draw_sheet(spec, dpi, words=False)
    y = round(spec.ys[2] * dpi)
    for x in (round(v * dpi) for v in spec.xs):
        sheet[y - 4 : y + 5, x - 16 : x - 3] = sheet[y - 4 : y + 5, x + 4 : x + 17] = PAPER
    (grid,) = grids_of(sheet, dpi)
    assert rects_of(grid) == list(spec.rects)


def test_the_back_of_the_page_does_not_prolong_a_divider() -> None:
    """A faint line over three rows, in line with the divider of the last one."""
    rects = (*((r, 0, 1, 2) for r in range(4)), (4, 0, 1, 1), (4, 1, 1, 1))
    spec, dpi = Spec(rects, (0.4,) * 5, (1.2, 1.2)), 200.0
    sheet = draw_sheet(spec, dpi, words=False)
    x = round(spec.xs[1] * dpi)
    faint = sheet[round(spec.ys[0] * dpi) - 20 : round(spec.ys[3] * dpi), x - 1 : x + 2]
    faint[:] = np.minimum(faint, PAPER - 36)
    (grid,) = grids_of(add_noise(sheet, 2.0, 7), dpi)
    assert rects_of(grid) == list(rects)


def test_tables_that_the_back_of_the_page_joins_are_two() -> None:
    """The faint sides of another table run in line with theirs."""
    spec, dpi = full(3, 3, 0.4, 1.2), 200.0
    sheet = np.vstack([draw_sheet(spec, dpi, words=False)] * 2)
    for x in (round(v * dpi) for v in (spec.xs[0], spec.xs[-1])):
        sheet[40:-40, x - 1 : x + 2] = np.minimum(sheet[40:-40, x - 1 : x + 2], PAPER - 40)
    grids = grids_of(sheet, dpi)
    assert [rects_of(grid) for grid in grids] == [list(spec.rects)] * 2


def test_two_folds_are_no_side_of_the_table() -> None:
    """Both end at the paper's border, as the rulings of an open frame end at its side."""
    rows = [Edge(100.0 * n, (Ruling("h", 100.0 * n, 200.0, 900.0),), 200.0) for n in range(6)]
    folds = [Edge(100.0 * n + 40, (Ruling("h", 100.0 * n + 40, 4.0, 1096.0),), 90.0) for n in (1, 3)]
    sides = [Edge(at, (Ruling("h", at, 0.0, 500.0),), 200.0) for at in (200.0, 500.0, 900.0)]
    assert joints_of([*rows, *folds], sides, 200.0, SETTINGS.detect).at.tolist() == [200.0, 500.0, 900.0]
    sides_gone = joints_of(rows, sides[1:2], 200.0, SETTINGS.detect)
    assert sides_gone.at.tolist() == [200.0, 500.0, 900.0]


def test_upright_strokes_of_three_lines_of_print_are_no_divider() -> None:
    """A narrow label cell whose signs have strokes one above the other, with paper at both joints."""
    spec, dpi = full(3, 2, 0.56, 0.85), 200.0
    sheet = draw_sheet(spec, dpi, words=False)
    x = round((spec.xs[0] + 0.35) * dpi)
    top = round(spec.ys[1] * dpi)
    sheet[top - 34 : top - 5, x - 1 : x + 2] = INK
    for line in range(3):
        y = top + 8 + 34 * line
        sheet[y : y + 28, x - 1 : x + 2] = INK
        for stroke in (2, 24):
            sheet[y + stroke : y + stroke + 3, x - 5 : x + 6] = INK
    (grid,) = grids_of(sheet, dpi)
    assert rects_of(grid) == list(spec.rects)


def faxed(spec: Spec, dpi: float, lost: float, seed: int = 3) -> Sheet:
    """A full grid on dusty paper, its frame solid, its inner rulings dots 0.033 inch apart of which some are lost."""
    chance = np.random.default_rng(seed)
    sheet = draw_sheet(Spec(((0, 0, 1, 1),), (sum(spec.heights),), (sum(spec.widths),)), dpi, words=False)
    left, right, top, low = (round(v * dpi) for v in (spec.xs[0], spec.xs[-1], spec.ys[0], spec.ys[-1]))
    for y in (round(v * dpi) for v in spec.ys[1:-1]):
        for x in range(left + 6, right - 4, round(0.033 * dpi)):
            sheet[y : y + 2, x : x + 2] = INK if chance.random() > lost else PAPER
    for x in (round(v * dpi) for v in spec.xs[1:-1]):
        for y in range(top + 6, low - 4, round(0.033 * dpi)):
            sheet[y : y + 2, x : x + 2] = INK if chance.random() > lost else PAPER
    for x, y in chance.integers(2, np.array(sheet.shape[::-1]) - 2, (120, 2)).tolist():
        sheet[y : y + 2, x : x + 2] = INK
    return sheet


@pytest.mark.parametrize("lost", [0.0, 0.03, 0.3])
def test_a_table_of_which_a_fax_left_dots_is_found(lost: float) -> None:
    spec, dpi = full(5, 3, 0.4, 1.3), 240.0
    (grid,) = grids_of(faxed(spec, dpi, lost), dpi)
    assert rects_of(grid) == list(spec.rects)


def test_dust_and_strokes_of_print_are_no_dots_of_a_line() -> None:
    """Within a frame: as many dots as a dotted table has, and signs in line, their gaps as narrow as those of dots."""
    spec, dpi = full(1, 1, 2.0, 3.9), 240.0
    sheet = faxed(spec, dpi, 0.0)
    for x, y in np.random.default_rng(5).integers(200, 550, (150, 2)).tolist():
        sheet[y : y + 2, x : x + 2] = INK
    for row in range(3):
        for sign in range(12):
            x, y = 220 + 30 * sign, 260 + 60 * row
            sheet[y : y + 22, x : x + 3] = sheet[y : y + 3, x : x + 22] = INK
    assert grids_of(sheet, dpi) == ()


def test_a_dark_part_of_a_fold_is_no_divider() -> None:
    """It goes on beyond the table, and is twice as dark there over one row, but far from as dark as the rulings."""
    spec, dpi = full(6, 3, 0.4, 1.2), 200.0
    sheet = draw_sheet(spec, dpi, words=False)
    x, y0, y1 = round((spec.xs[1] + 0.5) * dpi), round(spec.ys[2] * dpi), round(spec.ys[3] * dpi)
    sheet[20:-20, x - 2 : x + 3] = np.minimum(sheet[20:-20, x - 2 : x + 3], PAPER - 75)
    sheet[y0:y1, x - 2 : x + 3] = np.minimum(sheet[y0:y1, x - 2 : x + 3], PAPER - 125)
    (grid,) = grids_of(sheet, dpi)
    assert rects_of(grid) == list(spec.rects)


def test_print_over_two_rows_that_reaches_only_the_place_between_them_is_no_line() -> None:
    """In a cell over both rows nothing crosses between them, so print need not keep away from there."""
    half = np.array([0.75, 0.75])
    seen = Seen(np.zeros(2), half, np.ones(2), half, np.array([0.6, 0.6]), np.ones(2), np.zeros(2), 0.0)
    short, reached = np.zeros(2, bool), np.ones(2, bool)

    def ruled(struck: list[float], both: list[bool]) -> list[bool]:
        ends = (reached, np.array(both))
        return ruled_slots(seen, np.array(struck), short, ends, False, SETTINGS.detect).tolist()

    assert ruled([0.0, 0.0], [False, False]) == [False, False]
    assert ruled([0.0, 0.0], [True, False]) == [True, True]
    assert ruled([0.0, 1.0], [False, False]) == [True, True]


def framed(spec: Spec, dpi: float, depth: int) -> Sheet:
    """A full grid whose inner rulings are ``depth`` levels below the paper, in a bold black frame."""
    sheet = draw_sheet(spec, dpi, words=False)
    sheet[sheet < PAPER] = PAPER - depth
    (left, right), (top, low) = ((round(v[0] * dpi), round(v[-1] * dpi)) for v in (spec.xs, spec.ys))
    for start, end in (((left, top), (right, top)), ((left, low), (right, low))):
        draw_line(sheet, start, end, 5)
    for x in (left, right):
        draw_line(sheet, (x, top), (x, low), 5)
    return sheet


def test_hairlines_in_the_bold_frame_of_a_small_table_are_rulings() -> None:
    """Most of what is drawn is frame, so that its darkness is the usual one."""
    spec, dpi = full(3, 2, 0.6, 1.6), 200.0
    (grid,) = grids_of(framed(spec, dpi, 62), dpi)
    assert rects_of(grid) == list(spec.rects)


def test_the_back_of_a_bold_frame_is_no_ruling_among_hairlines() -> None:
    """Two of its sides cross a table whose hairlines are only twice as dark, and most of what is drawn."""
    spec, dpi = full(12, 4, 0.35, 1.2), 200.0
    sheet = framed(spec, dpi, 105)
    for y in (round((spec.ys[row] + 0.15) * dpi) for row in (2, 9)):
        faint = sheet[y - 2 : y + 3, round((spec.xs[0] - 0.3) * dpi) : round((spec.xs[-1] + 0.02) * dpi)]
        faint[:] = np.minimum(faint, PAPER - 48)
    (grid,) = grids_of(sheet, dpi)
    assert rects_of(grid) == list(spec.rects)


def test_dots_far_fainter_than_their_frame_are_rulings() -> None:
    """Not a third as dark as the frame, and less on the average along the ruling."""
    spec, dpi = full(4, 3, 0.5, 1.3), 240.0
    sheet = draw_sheet(Spec(((0, 0, 1, 1),), (sum(spec.heights),), (sum(spec.widths),)), dpi, words=False)
    left, right, top, low = (round(v * dpi) for v in (spec.xs[0], spec.xs[-1], spec.ys[0], spec.ys[-1]))
    for y in (round(v * dpi) for v in spec.ys[1:-1]):
        for x in range(left + 6, right - 4, 6):
            sheet[y : y + 3, x : x + 3] = PAPER - round(0.29 * (PAPER - INK))
    for x in (round(v * dpi) for v in spec.xs[1:-1]):
        for y in range(top + 6, low - 4, 6):
            sheet[y : y + 3, x : x + 3] = PAPER - round(0.29 * (PAPER - INK))
    (grid,) = grids_of(sheet, dpi)
    assert rects_of(grid) == list(spec.rects)


def test_a_side_that_stands_apart_closes_a_column_without_rulings() -> None:
    """A label goes on from the page before: nothing is ruled above and below it where the frame is open."""
    spec, dpi = full(5, 3, 0.4, 1.2), 200.0
    sheet = draw_sheet(spec, dpi, words=False)
    x, y0, y1 = round((spec.xs[0] - 0.45) * dpi), round(spec.ys[0] * dpi), round(spec.ys[-1] * dpi)
    sheet[y0:y1, x : x + 2] = INK
    (grid,) = grids_of(sheet, dpi)
    assert rects_of(grid)[0] == (0, 0, 5, 1)
    assert len(grid.cells) == 16
    sheet[y0 : y0 + 60, x : x + 2] = PAPER
    (grid,) = grids_of(sheet, dpi)
    assert rects_of(grid) == list(spec.rects)


def test_strokes_of_print_that_stop_at_a_divider_of_other_rows_are_no_ruling() -> None:
    """They start at the cell's side, cover half of the way, and end where nothing is ruled in this row."""
    sheet = draw_sheet(full(3, 2), 200.0, words=False)
    for x in range(100, 300, 20):
        sheet[138:148, x : x + 8] = sheet[152:166, x + 6 : x + 14] = INK
    ridges = find_ridges(sheet, 200.0, SETTINGS.detect)[0]
    whole, half = Ruling("h", 150.0, 100.0, 300.0, 3.0), Ruling("h", 150.0, 100.0, 200.0, 3.0)
    rows = [edge_of([Ruling("h", at, 100.0, 500.0, 3.0)], ridges) for at in (100.0, 200.0)]
    sides = [edge_of([Ruling("h", at, 0.0, 400.0, 3.0)], ridges) for at in (100.0, 300.0, 500.0)]
    ruled = [Ruling("v", 100.0, 0.0, 400.0, 3.0), Ruling("v", 300.0, 200.0, 400.0, 3.0)]

    def left(stroke: Ruling) -> int:
        along = [rows[0], edge_of([stroke], ridges), rows[1]]
        return len(landed([whole], along, sides, ruled, ridges, SETTINGS.detect))

    assert (left(half), left(whole)) == (0, 1)


def test_print_beyond_a_joint_that_keeps_away_from_it_does_not_go_on_a_line() -> None:
    """The stroke of a sign under a short divider fills its low row, and leaves paper at both joints."""
    seen = Seen(
        np.zeros(2), np.ones(2), np.array([1.0, 0.75]), np.ones(2), np.array([1.0, 0.67]), np.ones(2), np.zeros(2), 0.0
    )
    ruled, both = np.array([True, False]), np.array([True, False])
    ridges = find_ridges(draw_sheet(full(2, 2), 200.0, words=False), 200.0, SETTINGS.detect)[0]
    edge, joints = edge_of([Ruling("h", 150.0, 100.0, 200.0, 3.0)], ridges), Joints(np.arange(3) * 100.0, np.ones(3))

    def stays(reached: bool) -> bool:
        slots = (ruled, np.array([True, reached]), both)
        return bool(ends_there(edge, joints, slots, seen, ridges, SETTINGS.detect)[0])

    assert stays(reached=False)
    assert not stays(reached=True)


def test_a_few_dots_between_two_ruled_slots_are_left_of_their_line() -> None:
    """Nothing at all stands in a cell over both rows; on paper with print beside it, or in a table of solid rulings,
    dots tell nothing."""

    def ruled(inked: float, clean: float, solid: float = 0.5) -> bool:
        shares, paper = np.array([0.5, inked, 0.5]), np.array([1.0, clean, 1.0])
        seen = Seen(
            np.zeros(3), shares, paper, shares, np.array([1.0, 0.0, 1.0]), np.ones(3), np.zeros(3), 0.0, solid=solid
        )
        long, ends = np.ones(3, bool), np.array([True, False, True])
        return bool(ruled_slots(seen, np.array([1.0, 0.0, 1.0]), long, (ends, ends), False, SETTINGS.detect)[1])

    assert ruled(0.15, 1.0)
    assert not ruled(0.0, 1.0)
    assert not ruled(0.15, 0.8)
    assert not ruled(0.15, 1.0, solid=1.0)


def test_equal_shares_of_ink_at_the_joints_are_not_parted_by_rounding() -> None:
    seen = Seen(
        np.zeros(2), np.ones(2), np.ones(2), np.ones(2), np.array([0.6, 0.59]), np.ones(2), np.zeros(2), 0.0, usual=0.8
    )
    assert seen.joined(0.75).tolist() == [True, False]


def test_stems_of_signs_are_no_divider_of_a_double_ruled_table() -> None:
    """In rows no higher than the signs, one above the other, and with their other strokes beside them."""
    spec, dpi = full(8, 3, 0.2, 1.2), 270.0
    sheet = draw_sheet(spec, dpi, words=False)
    left, right, top, low = (round(v * dpi) for v in (spec.xs[0], spec.xs[-1], spec.ys[0], spec.ys[-1]))
    for x in (round(v * dpi) for v in spec.xs):
        draw_line(sheet, (x + 9, top), (x + 9, low + 9), 3)
    for y in (round(v * dpi) for v in spec.ys):
        draw_line(sheet, (left, y + 9), (right + 9, y + 9), 3)
    stem = round((spec.xs[1] + 0.6) * dpi)
    for y in (round(v * dpi) for v in spec.ys[2:6]):
        sheet[y + 9 : y + 54, stem : stem + 4] = INK
        for stroke in (20, 36):
            sheet[y + stroke : y + stroke + 4, stem - 14 : stem + 18] = INK
    (grid,) = grids_of(sheet, dpi)
    assert rects_of(grid) == list(spec.rects)
