"""Hairlines of which a fax left dots are drawn anew; points of signs, dust and blank cells are left as they are."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.config import load_settings
from pipeline.model import Ruling
from pipeline.stages.detect.hairlines import best_part, is_bilevel
from pipeline.stages.detect.knots import knots_at
from pipeline.stages.detect.raster import find_rulings, with_hairlines

DETECT = load_settings().detect
DPI = 240.0
Sheet = NDArray[np.uint8]


def blank() -> Sheet:
    return np.full((1200, 1600), 255, np.uint8)


def dotted(sheet: Sheet, row: int, left: int, right: int, an_inch: float, seed: int = 0) -> None:
    """Leave dots of a level hairline."""
    n = round((right - left) / DPI * an_inch)
    for x in np.random.default_rng(seed).integers(left, right, n):
        sheet[row, x : x + 2] = 0


def ruled(sheet: Sheet, rows: list[int], columns: list[int]) -> None:
    for y in rows:
        sheet[y : y + 3, columns[0] : columns[-1] + 3] = 0
    for x in columns:
        sheet[rows[0] : rows[-1] + 3, x : x + 3] = 0


def drawn(sheet: Sheet, lost: bool = False) -> Sheet:
    return with_hairlines(sheet, find_rulings(sheet, DPI, DETECT), lost, DPI, DETECT)


def ink_on(sheet: Sheet, row: int, left: int, right: int) -> float:
    return float((sheet[row - 1 : row + 2, left:right] < 128).any(axis=0).mean())


@pytest.mark.parametrize("an_inch", [8.0, 12.0, 30.0])
def test_dots_in_a_row_are_a_hairline(an_inch: float) -> None:
    sheet = blank()
    dotted(sheet, 400, 200, 1400, an_inch)
    assert ink_on(sheet, 400, 300, 1300) < 0.3
    assert ink_on(drawn(sheet), 400, 300, 1300) == 1.0


def test_a_stroke_goes_on_where_few_dots_are_left_to_the_ruling_across() -> None:
    sheet = blank()
    ruled(sheet, [200, 600], [200, 800, 1400])
    sheet[400, 200:800] = 0
    for x in (880, 960, 1060, 1150, 1250, 1370):
        sheet[400, x : x + 2] = 0
    assert ink_on(drawn(sheet), 400, 810, 1395) == 1.0


def test_a_few_dots_are_the_side_of_a_cell_where_the_page_lost_its_hairlines() -> None:
    sheet = blank()
    ruled(sheet, [200, 600], [200, 500, 1400])
    sheet[400, 500:1400] = 0
    for x in (250, 330, 420):
        sheet[400, x : x + 2] = 0
    assert ink_on(drawn(sheet, lost=True), 400, 205, 495) == 1.0
    sheet[400, 330:332] = 255  # two of them may be dust, over so long a way
    assert ink_on(drawn(sheet, lost=True), 400, 205, 495) < 0.1


def lost_column(knotted: bool) -> Sheet:
    """A column of which a stroke is left in its lower half and a few dots above, with what it left on the rulings."""
    sheet = blank()
    rows = list(range(200, 1001, 100))
    ruled(sheet, rows, [200, 1400])
    for y in rows[1:-1]:
        sheet[y : y + 3, 200:1400] = 0
        if knotted:
            sheet[y - 2 : y + 5, 800] = 0
    sheet[600:1000, 800] = 0
    for y in (330, 360):
        sheet[y : y + 2, 800] = 0
    return sheet


def test_a_hairline_is_drawn_between_its_knots_where_dots_tell_that_its_row_lost_some() -> None:
    with_knots, without = drawn(lost_column(knotted=True)).T, drawn(lost_column(knotted=False)).T
    assert ink_on(with_knots, 800, 305, 595) == 1.0
    assert ink_on(without, 800, 305, 595) < 0.1


def test_knots_alone_are_no_hairline() -> None:
    sheet = lost_column(knotted=True)
    sheet[320:380, 800] = 255
    assert ink_on(drawn(sheet).T, 800, 305, 595) < 0.1


@pytest.mark.parametrize(("left", "right"), [(0, 0), (0, 2), (2, 0), (2, 2)])
def test_a_knot_reaches_beside_its_ruling(left: int, right: int) -> None:
    ink = np.zeros((60, 60), np.uint8)
    ink[:, 30:32] = 1
    ink[30, 30 - left : 32 + right] = 1
    assert knots_at(ink, 30, 30, DPI, 1) == (left > 0, right > 0)


def test_dust_leads_no_column_beyond_all_rows_where_they_do_not_reach_it() -> None:
    sheet = blank()
    ruled(sheet, [200, 600, 1000], [200, 800])
    sheet[200:600, 1200] = 0
    for y in (*range(620, 1000, 60), 1030, 1080):
        sheet[y : y + 2, 1200] = 0
    assert ink_on(drawn(sheet).T, 1200, 620, 980) == 1.0
    assert ink_on(drawn(sheet).T, 1200, 1010, 1100) < 0.1


def test_dust_makes_no_line() -> None:
    sheet, rng = blank(), np.random.default_rng(3)
    ruled(sheet, [200, 600, 1000], [200, 800, 1400])
    for y, x in zip(rng.integers(0, 1199, 600), rng.integers(0, 1598, 600), strict=True):
        sheet[y, x : x + 2] = 0
    assert (drawn(sheet) == sheet).all()


def test_points_of_colons_beside_their_digits_make_no_column() -> None:
    sheet = blank()
    ruled(sheet, [100, 1100], [200, 1400])
    for y in range(140, 1060, 60):
        cv2.putText(sheet, "1", (500, y + 24), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 0, 2)
        for dot in (y + 8, y + 20):
            sheet[dot : dot + 4, 526:530] = 0
    assert (drawn(sheet) == sheet).all()


def test_a_column_is_not_led_through_a_cell_without_dots() -> None:
    sheet = blank()
    ruled(sheet, [100, 300, 400, 600], [200, 1400])
    for y in (*range(110, 300, 8), *range(410, 600, 8)):
        sheet[y : y + 2, 800] = 0
    found = drawn(sheet)
    assert ink_on(found.T, 800, 110, 290) == ink_on(found.T, 800, 410, 590) == 1.0
    assert ink_on(found.T, 800, 310, 390) == 0.0


def test_dust_beyond_the_frame_leads_no_ruling_out_of_it() -> None:
    sheet = blank()
    ruled(sheet, [200, 600], [200, 1400])
    dotted(sheet, 400, 204, 1398, 12.0)
    sheet[400, 1430:1432] = sheet[401, 1470:1472] = 0
    assert ink_on(drawn(sheet), 400, 210, 1390) == 1.0
    assert ink_on(drawn(sheet), 400, 1435, 1465) == 0.0


def test_a_scan_in_grey_is_left_alone() -> None:
    sheet = blank()
    dotted(sheet, 400, 200, 1400, 12.0)
    grey = cv2.GaussianBlur(sheet, (5, 5), 1.5)
    assert is_bilevel(sheet)
    assert not is_bilevel(grey)
    assert with_hairlines(grey, (), True, DPI, DETECT) is grey


def test_a_page_without_dots_is_the_same_picture() -> None:
    sheet = blank()
    ruled(sheet, [200, 600], [200, 1400])
    assert drawn(sheet) is sheet


def test_the_best_part_is_the_one_of_greatest_sum() -> None:
    assert best_part(np.array([1.0, -5.0, 3.0, -1.0, 4.0, -9.0, 2.0])) == (2, 5, 6.0)
    assert best_part(np.array([2.0])) == (0, 1, 2.0)


def test_strokes_that_are_drawn_are_found() -> None:
    sheet = blank()
    dotted(sheet, 400, 200, 1400, 12.0)
    rulings: tuple[Ruling, ...] = find_rulings(drawn(sheet), DPI, DETECT)
    assert [(r.orientation, round(r.at)) for r in rulings] == [("h", 400)]
    assert rulings[0].length > 1000


def stacked_signs(rows: int = 12) -> Sheet:
    """Bold level rulings 40 pixels apart, and between them the same two strokes of a sign that leave 4 at both."""
    sheet = blank()
    for y in range(200, 200 + 40 * rows + 1, 40):
        sheet[y : y + 5, 200:1400] = 0
    for y in range(200, 200 + 40 * rows, 40):
        for x in (600, 612):
            sheet[y + 9 : y + 36, x : x + 3] = 0
        sheet[y + 14 : y + 17, 590:640] = sheet[y + 22 : y + 25, 590:640] = sheet[y + 30 : y + 33, 590:640] = 0
    return sheet


def test_the_same_sign_in_many_low_rows_is_no_dashed_ruling() -> None:
    sheet = stacked_signs()
    assert any(r.orientation == "v" and 590 < r.at < 625 for r in find_rulings(sheet, DPI, DETECT))
    assert ink_on(np.ascontiguousarray(drawn(sheet).T), 601, 200, 680) < 0.9


def test_a_dashed_ruling_across_low_rows_is_drawn_whole() -> None:
    sheet = stacked_signs()
    for y in range(200, 680, 12):
        sheet[y : y + 8, 1000:1002] = 0
    assert ink_on(np.ascontiguousarray(drawn(sheet).T), 1001, 210, 670) == 1.0


def test_a_ruling_of_thick_dots_is_drawn_as_thick_as_they_are() -> None:
    sheet = blank()
    for x in range(200, 1400, 14):
        sheet[400:406, x : x + 6] = 0
    sheet[200:1000, 300:303] = sheet[200:1000, 1300:1303] = 0
    whole = (drawn(sheet)[396:410, 310:1290] < 128).all(axis=1)
    assert np.flatnonzero(whole).tolist() == [4, 5, 6, 7, 8, 9]


def thick_dots(sheet: Sheet, steps: list[int]) -> None:
    """Stand dots that are thicker than a hairline's under one another, with print close beside them."""
    for y in np.cumsum([100, *steps]).tolist():
        sheet[y : y + 6, 400:406] = 0
        sheet[y - 2 : y + 8, 414:420] = 0


def test_thick_dots_are_a_ruling_where_they_are_evenly_set_and_points_of_colons_where_not() -> None:
    even, colons = blank(), blank()
    thick_dots(even, [14] * 50)
    thick_dots(colons, [10, 22] * 25)
    plumb = [r for r in find_rulings(even, DPI, DETECT) if r.orientation == "v" and abs(r.at - 403) < 3]
    assert sum(r.length for r in plumb) > 600
    assert not [r for r in find_rulings(colons, DPI, DETECT) if r.orientation == "v" and abs(r.at - 403) < 3]


@pytest.mark.parametrize("gap", [1480, 1505])
def test_a_speck_in_line_with_dots_that_stand_close_is_none_of_them(gap: int) -> None:
    sheet = blank()
    ruled(sheet, [200, 600], [200, 1000])
    for x in range(204, 1400, 12):
        sheet[400:402, x : x + 5] = 0
    sheet[400:402, gap : gap + 2] = 0
    assert ink_on(drawn(sheet), 400, 210, 1390) == 1.0
    assert ink_on(drawn(sheet), 400, 1410, 1470) == 0.0
