"""Rulings that something lies beside or over: a fold, a row of print, grain, the back of the page."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from page_drawing import INK, PAPER, Spec, add_noise, draw_line, draw_sheet, full, rects_of
from test_pieces import SETTINGS, Sheet, grids_of

from pipeline.model import Ruling
from pipeline.stages.detect.doubles import join_doubles
from pipeline.stages.detect.edges import Edge, Joints
from pipeline.stages.detect.look import Seen, parted_at
from pipeline.stages.detect.proof import dotted_slots
from pipeline.stages.detect.raster import find_rulings
from pipeline.stages.detect.ridges import find_ridges
from pipeline.stages.detect.trace import between_sides

DPI = 200.0
FAINT = 175


def places(spec: Spec, dpi: float = DPI) -> tuple[list[int], list[int]]:
    """Given a table, return the x and y of its edges in pixels."""
    return [round(v * dpi) for v in spec.xs], [round(v * dpi) for v in spec.ys]


def dotted(spec: Spec) -> Sheet:
    """A table with a solid frame and dots of two pixels in four inside."""
    sheet = draw_sheet(Spec(((0, 0, 1, 1),), (sum(spec.heights),), (sum(spec.widths),)), DPI, words=False)
    xs, ys = places(spec)
    for y in ys[1:-1]:
        for x in range(xs[0] + 4, xs[-1] - 3, 5):
            sheet[y : y + 2, x : x + 2] = INK
    for x in xs[1:-1]:
        for y in range(ys[0] + 4, ys[-1] - 3, 5):
            sheet[y : y + 2, x : x + 2] = INK
    return sheet


def folded(sheet: Sheet, left: int, right: int) -> Sheet:
    """Return a sheet with a fold over its whole width, from one height at its left to another at its right."""
    fold = np.full_like(sheet, PAPER)
    draw_line(fold, (0, left), (sheet.shape[1] - 1, right), 2)
    return np.minimum(sheet, np.maximum(fold, FAINT))


def test_a_row_of_print_is_a_worse_twin_than_the_other_stroke() -> None:
    print_above = [Ruling("h", 96.0, start, start + 90.0, 3.0) for start in range(0, 1000, 200)]
    joined = join_doubles(
        [*print_above, Ruling("h", 102.0, 0.0, 1000.0, 2.0), Ruling("h", 108.0, 0.0, 1000.0, 2.0)], 12.0
    )
    (double,) = (ruling for ruling in joined if ruling.length == 1000.0)
    assert (double.at, double.thickness) == (105.0, 8.0)


def test_a_fold_that_meets_a_ruling_at_a_small_angle_hides_none() -> None:
    """The fold and the stroke of a double ruling that it touches are one blot of ink."""
    spec = full(6, 3, 0.4, 1.4)
    sheet = draw_sheet(spec, DPI, words=False)
    xs, ys = places(spec)
    for y in ys:
        draw_line(sheet, (xs[0], y + 8), (xs[-1], y + 8), 2)
    for x in xs:
        draw_line(sheet, (x + 8, ys[0]), (x + 8, ys[-1]), 2)
    (grid,) = grids_of(folded(sheet, ys[3] - 30, ys[3]), DPI)
    assert rects_of(grid) == list(spec.rects)


def test_dots_under_a_fold_are_a_ruling() -> None:
    spec = full(6, 3, 0.4, 1.4)
    sheet = dotted(spec)
    y = places(spec)[1][3]
    (grid,) = grids_of(folded(sheet, y - 4, y + 3), DPI)
    assert rects_of(grid) == list(spec.rects)


def test_a_hairline_beside_a_ruling_is_no_second_stroke_of_it() -> None:
    ruling, fold = Ruling("h", 108.0, 0.0, 900.0, 3.0), Ruling("h", 103.0, 100.0, 1000.0, 1.0)
    assert join_doubles([ruling, fold], 12.0) == [fold, ruling]
    assert len(join_doubles([ruling, replace(fold, thickness=2.0)], 12.0)) == 1


def test_short_dividers_of_a_few_dots_are_rulings() -> None:
    """Five to a row, as far apart as no stroke is made of, beside level rulings of the same dots."""
    spec = full(7, 4, 0.26, 1.5)
    sheet = draw_sheet(Spec(((0, 0, 1, 1),), (sum(spec.heights),), (sum(spec.widths),)), DPI, words=False)
    xs, ys = places(spec)
    for y in ys[1:-1]:
        for x in range(xs[0] + 6, xs[-1] - 4, 11):
            sheet[y - 2 : y + 2, x : x + 4] = INK
    for x in xs[1:-1]:
        for y in (y + off for y in ys[1:4:2] for off in range(7, 48, 11)):
            sheet[y : y + 4, x - 2 : x + 2] = INK
    (grid,) = grids_of(cv2.GaussianBlur(sheet, (0, 0), 0.6), DPI)  # a fax's would be drawn anew
    assert len(grid.cells) == 2 * 4 + 5


@pytest.mark.parametrize(("bars", "dotted"), [(3, False), (5, True)])
def test_three_bars_of_a_lone_sign_are_no_dots(bars: int, dotted: bool) -> None:
    """Those of an 8 follow each other evenly from one side of a low row to the other."""
    sheet = np.full((200, 400), PAPER, np.uint8)
    for n in range(bars):
        sheet[96:104, 104 + 10 * n : 107 + 10 * n] = INK
    ridges, _ = find_ridges(sheet, DPI, SETTINGS.detect)
    share = ridges.dotted_share(Ruling("h", 100.0, 100.0, 104.0 + 10 * bars, 2.0), ridges.floor)
    assert (share >= SETTINGS.detect.dotted_share) == dotted


def test_dots_follow_each_other_evenly_and_strokes_of_print_do_not() -> None:
    sheet = np.full((100, 1000), PAPER, np.uint8)
    sheet[20:22, np.arange(1000) % 5 < 2] = INK
    rng = np.random.default_rng(3)
    for x in np.cumsum(rng.integers(6, 26, 60)).tolist():
        sheet[60:62, x : x + 3] = INK
    ridges = find_ridges(sheet, DPI, SETTINGS.detect)[0]

    def share(at: float, start: float = 0.0) -> float:
        return ridges.dotted_share(Ruling("h", at, start, 700.0, 2.0), ridges.floor)

    assert share(21.0) > 0.9
    assert share(61.0) < SETTINGS.detect.dotted_share
    assert share(90.0) == share(21.0, 700.0) == 0.0


def test_blurred_grain_makes_no_strokes() -> None:
    grain = add_noise(np.full((1000, 1000), PAPER - 5, np.uint8), 18.0, 1)
    assert not find_rulings(cv2.GaussianBlur(grain, (0, 0), 0.6), DPI, SETTINGS.detect)


def test_what_lies_between_the_two_sides_of_the_paper_belongs_to_none() -> None:
    """Print over a ruling of the back is darker than the back. Where nothing shows through, a pale ruling stays."""
    lengths = np.full(8, 100.0)

    def least(*rises: float) -> float:
        return between_sides(np.array(rises), lengths[: len(rises)], 50.0, SETTINGS.detect)

    assert 90.0 < least(30.0, 32.0, 34.0, 90.0, 200.0, 205.0, 210.0, 215.0) < 200.0
    assert least(60.0, 90.0, 200.0, 205.0) == 0.0


def test_a_double_ruling_has_paper_between_its_strokes_and_print_has_not() -> None:
    rise = np.zeros((11, 3), np.uint8)
    rise[[2, 8], 0] = rise[[4, 5, 6], 1] = 200
    rise[2:9, 2] = 200
    assert parted_at(rise, np.full(3, 5), 4).tolist() == [True, False, False]


@pytest.mark.parametrize(("seam", "ruled"), [(0.75, True), (0.0, False)])
def test_even_bars_that_come_to_no_joint_are_no_dots(seam: float, ruled: bool) -> None:
    """Those of a sign in a low row, where dots of a ruling would begin at the joint."""
    sheet = np.full((200, 400), PAPER, np.uint8)
    for n in range(5):
        sheet[96:104, 104 + 10 * n : 107 + 10 * n] = INK
    ridges, _ = find_ridges(sheet, DPI, SETTINGS.detect)
    edge = Edge(100.0, (Ruling("h", 100.0, 20.0, 98.0, 2.0),), 100.0)
    joints = Joints(np.array([20.0, 98.0, 156.0, 214.0]), np.zeros(4))
    share, ones = np.array([0.7, 0.7, 0.0]), np.ones(3)
    seen = Seen(np.full(3, 100.0), share, ones, share, np.array([0.75, seam, 0.0]), ones, np.zeros(3), 0.0, solid=0.7)
    flags = dotted_slots(edge, joints, seen, np.zeros(3, np.bool_), ridges, SETTINGS.detect)
    assert flags.tolist()[1:] == [ruled, False]
