"""Underlines: lifted off print, while rulings stay as they are."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model import Picture
from pipeline.stages.upright.underline import lift_underlines

DPI = 200.0
LEFT, RIGHT, TOP, HIGH, ROWS = 150, 1450, 200, 80, 8
"""Pixels; the table's sides, its first ruling, the height of its rows and how many there are."""


@dataclass(frozen=True, slots=True)
class Line:
    """An underline in pixels: its box, half open."""

    x0: int
    y0: int
    x1: int
    y1: int


def table(sides: bool, dividers: tuple[int, ...]) -> Picture:
    """A page of a table with print in every row, of its first column at the least."""
    page = np.full((1100, 1600), 245, np.uint8)
    for y in range(TOP, TOP + ROWS * HIGH + 1, HIGH):
        page[y : y + 3, LEFT:RIGHT] = 20
    for x in (*dividers, *((LEFT, RIGHT - 3) if sides else ())):
        page[TOP : TOP + ROWS * HIGH + 3, x : x + 3] = 20
    for row in range(ROWS):
        write(page, f"total of {row}123.45", LEFT + 12, row)
    return page


def write(page: Picture, text: str, x: int, row: int) -> int:
    """Given a page, a text and its place, write it and return how wide it is in pixels."""
    cv2.putText(page, text, (x, TOP + row * HIGH + 48), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 20, 2, cv2.LINE_AA)
    return int(cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.9, 2)[0][0])


def underlined(page: Picture, text: str, x: int, row: int, thick: int) -> Line:
    """Given a page, write an underlined text on it and return the line."""
    wide, y = write(page, text, x, row), TOP + row * HIGH + 54
    page[y : y + thick, x : x + wide] = 20
    return Line(x, y, x + wide, y + thick)


@given(
    st.sampled_from(["2024", "1,234,567.00", "a name of some length and so on"]),
    st.integers(0, ROWS - 1),
    st.integers(660, 700),
    st.integers(1, 4),
)
def test_an_underline_goes_and_all_else_stays(text: str, row: int, x: int, thick: int) -> None:
    page = table(True, (640,))
    line = underlined(page, text, x, row, thick)
    lifted = lift_underlines(page, DPI)
    assert lifted[line.y0 : line.y1, line.x0 + 2 : line.x1 - 2].min() > 150 or thick == 1
    assert np.count_nonzero(lifted[line.y0 : line.y1, line.x0 : line.x1] < 150) < 0.1 * (line.x1 - line.x0) * thick
    around = np.ones(page.shape, bool)
    around[line.y0 - 4 : line.y1 + 4, line.x0 - 5 : line.x1 + 5] = False
    assert np.array_equal(lifted[around], page[around])


@pytest.mark.parametrize("sides", [True, False])
@pytest.mark.parametrize("dividers", [(), (640,), (640, 1000)])
def test_a_table_without_underlines_is_the_same_page(sides: bool, dividers: tuple[int, ...]) -> None:
    page = table(sides, dividers)
    assert lift_underlines(page, DPI) is page


@pytest.mark.parametrize("row", [2, 5])
def test_a_broken_ruling_with_print_on_one_of_its_pieces_stays(row: int) -> None:
    page = table(True, (640,))
    y = TOP + (row + 1) * HIGH
    cv2.putText(page, "2024-02-26", (760, y - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 20, 2, cv2.LINE_AA)
    wide = int(cv2.getTextSize("2024-02-26", cv2.FONT_HERSHEY_SIMPLEX, 0.9, 2)[0][0])
    for x in (700, 760 + wide + 4, 1380):
        page[y : y + 3, x : x + 50] = 245
    assert lift_underlines(page, DPI) is page


def test_a_page_of_a_few_pixels_stays() -> None:
    page = np.full((3, 1), 255, np.uint8)
    assert lift_underlines(page, 600.0) is page
