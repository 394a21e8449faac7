"""Strokes of coloured pens are lifted and the print under them stays; coloured print, boxes and rulings stay too."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.config import load_settings
from pipeline.stages.upright.pen import lift_pens

SETTINGS = load_settings().upright
DPI = 200.0
PAPER = 250
NAVY, BLUE, RED = (25, 40, 130), (20, 50, 170), (190, 25, 35)
Sheet = NDArray[np.uint8]
Colour = tuple[int, int, int]


def printed() -> Sheet:
    """A sheet of 5 by 5 inches in RGB, ruled in cells of 0.5 by 0.5, a word in each."""
    sheet = np.full((1000, 1000, 3), PAPER, np.uint8)
    for at in range(100, 901, 100):
        cv2.line(sheet, (100, at), (900, at), (30, 30, 30), 2)
        cv2.line(sheet, (at, 100), (at, 900), (30, 30, 30), 2)
        for x in range(100, 900, 100):
            cv2.putText(sheet, "83", (x + 8, at + 60), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (20, 20, 20), 2)
    return sheet


def multiplied(sheet: Sheet, mask: Sheet, colour: Colour) -> Sheet:
    """The sheet under ink of a colour, where the mask is 255."""
    through = 1 - mask[:, :, None] / 255 * (1 - np.array(colour) / 255)
    return (sheet * through).astype(np.uint8)


def ticked(sheet: Sheet, colour: Colour) -> tuple[Sheet, Sheet]:
    """The sheet with two ticks over rulings and print and a wavy stroke over words, and the mask of their ink."""
    mask = np.zeros(sheet.shape[:2], np.uint8)
    for x, y in ((120, 150), (680, 640)):
        cv2.polylines(mask, [np.array([(x, y), (x + 14, y + 20), (x + 40, y - 20)])], False, 255, 3, cv2.LINE_AA)
    xs = np.arange(300, 540, 4)
    cv2.polylines(mask, [np.stack([xs, 350 + 30 * np.sin(xs / 9)], 1).astype(np.int32)], False, 255, 5, cv2.LINE_AA)
    return multiplied(sheet, mask, colour), mask


def grey_of(sheet: Sheet) -> Sheet:
    return np.asarray(cv2.cvtColor(sheet, cv2.COLOR_RGB2GRAY))


@pytest.mark.parametrize("paper", [(255, 255, 255), (255, 246, 200), (216, 230, 246)])
@pytest.mark.parametrize("colour", [NAVY, BLUE, RED])
def test_strokes_of_a_coloured_pen_are_lifted_off_print_and_rulings(colour: Colour, paper: Colour) -> None:
    sheet = (printed() * (np.array(paper) / 255)).astype(np.uint8)
    marked, mask = ticked(sheet, colour)
    plain, lifted = grey_of(sheet), lift_pens(marked, grey_of(marked), DPI, SETTINGS)
    inked, bare = (mask > 200) & (plain < 60), (mask > 0) & (cv2.erode(plain, np.ones((5, 5))) > 180)
    assert (grey_of(marked)[(mask > 200) & bare] < 150).all()
    assert (lifted[bare] > 0.8 * plain.max()).mean() > 0.97
    assert (lifted[inked] < 110).mean() > 0.97
    assert (lifted[mask == 0] == plain[mask == 0]).mean() > 0.99


@pytest.mark.parametrize("turned", [False, True])
def test_a_row_of_coloured_print_stays(turned: bool) -> None:
    sheet = printed()
    cv2.putText(sheet, "VLXYZKLV", (120, 970), cv2.FONT_HERSHEY_SIMPLEX, 1.9, BLUE, 2)
    sheet = np.ascontiguousarray(np.rot90(sheet)) if turned else sheet
    grey = grey_of(sheet)
    assert lift_pens(sheet, grey, DPI, SETTINGS) is grey


@pytest.mark.parametrize("size", [(240, 90), (60, 60), (700, 500)])
def test_a_coloured_box_stays(size: tuple[int, int]) -> None:
    sheet = printed()
    cv2.rectangle(sheet, (150, 150), (150 + size[0], 150 + size[1]), RED, 2)
    grey = grey_of(sheet)
    assert lift_pens(sheet, grey, DPI, SETTINGS) is grey


@pytest.mark.parametrize("apart", [1, 2, 3])
def test_black_strokes_with_coloured_fringes_stay(apart: int) -> None:
    sheet = np.full((400, 400, 3), PAPER, np.uint8)
    cv2.polylines(sheet, [np.array([(140, 140), (150, 160), (180, 120)])], False, (20, 20, 20), 4)
    fringed = np.stack([np.roll(sheet[:, :, i], apart * (i - 1), axis=1) for i in range(3)], axis=2)
    grey = grey_of(fringed)
    assert lift_pens(fringed, grey, DPI, SETTINGS) is grey


def test_a_filled_field_stays() -> None:
    sheet = printed()
    sheet[505:595, 305:395] = np.minimum(sheet[505:595, 305:395], (120, 160, 240))
    grey = grey_of(sheet)
    assert lift_pens(sheet, grey, DPI, SETTINGS) is grey


def test_a_picture_in_colours_is_no_page_that_was_written_on() -> None:
    sheet = ticked(printed(), BLUE)[0]
    sheet[:, 700:] = np.minimum(sheet[:, 700:], (120, 160, 240))
    grey = grey_of(sheet)
    assert lift_pens(sheet, grey, DPI, SETTINGS) is grey
