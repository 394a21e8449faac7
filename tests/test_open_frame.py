"""Rows of a digital form whose frame is open: between two parts of it, and alone behind a page break."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipeline.geometry import Box
from pipeline.model import Char, Ruling
from pipeline.stages.detect.open_frame import combs, printed_by, with_open_rows_between

REACH = 4.0


def level(at: float, start: float = 50.0, end: float = 550.0) -> Ruling:
    return Ruling("h", at, start, end, 1.0)


def plumb(at: float, start: float, end: float) -> Ruling:
    return Ruling("v", at, start, end, 1.0)


def part(top: float, height: float, sides: bool = False) -> list[Ruling]:
    dividers = [plumb(x, top, top + height) for x in (200.0, 400.0, *((50.0, 550.0) if sides else ()))]
    return [level(top), level(top + height), *dividers]


def char(x: float, y: float) -> Char:
    return Char("字", Box(x - 4, y - 4, x + 4, y + 4))


@given(st.integers(1, 4), st.floats(15, 60))
def test_rows_without_dividers_join_the_parts_about_them(rows: int, height: float) -> None:
    lines = [level(140.0 + height * n) for n in range(1, rows + 1)]
    lower = part(140.0 + height * (rows + 1), 40.0)
    text = [char(300.0, 140.0 + height * (n + 0.5)) for n in range(rows + 1)]
    for gone in range(rows + 1):  # a row without print is a gap between two forms
        assert (
            len(
                with_open_rows_between(
                    [part(100.0, 40.0), lower], lines, printed_by(text[:gone] + text[gone + 1 :]), REACH
                )
            )
            == 2
        )
    (joined,) = with_open_rows_between([part(100.0, 40.0), lower], lines, printed_by(text), REACH)
    assert {*joined} == {*part(100.0, 40.0), *lines, *lower}


def test_a_last_or_first_row_without_dividers_leads_to_the_other_part() -> None:
    upper, lower, text = part(100.0, 40.0), part(260.0, 40.0), printed_by([char(300.0, 230.0)])
    assert len(with_open_rows_between([upper, lower], [], text, REACH)) == 2
    assert len(with_open_rows_between([[*upper, level(180.0)], lower], [], text, REACH)) == 1
    assert (
        len(with_open_rows_between([upper, [level(200.0), *lower]], [], printed_by([char(300.0, 170.0)]), REACH)) == 1
    )
    assert len(with_open_rows_between([[*upper, level(180.0)], lower], [], printed_by([]), REACH)) == 2


def test_other_tables_stay_apart() -> None:
    upper, lower = part(100.0, 40.0), part(260.0, 40.0)
    text = printed_by([char(100.0, y) for y in (160.0, 220.0)])
    assert len(with_open_rows_between([upper, lower], [], text, REACH)) == 2
    assert len(with_open_rows_between([upper, lower], [level(180.0, 50.0, 300.0)], text, REACH)) == 2
    assert len(with_open_rows_between([upper, part(260.0, 40.0, sides=True)], [level(180.0)], text, REACH)) == 2
    narrow = [level(260.0, 50.0, 300.0), level(300.0, 50.0, 300.0), plumb(200.0, 260.0, 300.0)]
    assert len(with_open_rows_between([upper, narrow], [level(180.0)], text, REACH)) == 2


@given(st.lists(st.integers(60, 540), min_size=3, max_size=8, unique=True), st.floats(12, 80))
def test_dividers_of_one_height_make_a_row(places: list[int], height: float) -> None:
    row = [plumb(float(x), 40.0, 40.0 + height) for x in places]
    xs = sorted(places)
    printed = [char((a + b) / 2, 40.0 + height / 2) for a, b in pairwise(xs)]
    (found,) = combs(row, printed_by(printed), REACH)
    assert {*row} < {*found}
    assert sorted(r.at for r in found if r.orientation == "h") == [40.0, 40.0 + height]
    assert list(combs(row, printed_by([]), REACH)) == []
    assert list(combs(row[:2], printed_by(printed), REACH)) == []
