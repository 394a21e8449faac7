"""Cells filled dark with white print become dark print on light; nothing else on a page does."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.stages.upright.blocks import lighten_blocks

DPI = 200.0
PAPER, RULING = 245, 20
Sheet = NDArray[np.uint8]


def form(fill: int, print_: int, blur: float = 0.7) -> Sheet:
    """Four rows of two cells between rulings, the left ones filled, with a word in each."""
    sheet = np.full((500, 900), PAPER, np.uint8)
    sheet[100:340, 100:350] = fill
    for n in range(4):
        y = 100 + 60 * n
        cv2.putText(sheet, "LABEL 7", (130, y + 40), cv2.FONT_HERSHEY_SIMPLEX, 0.9, print_, 2, cv2.LINE_AA)
        cv2.putText(sheet, "value 12", (400, y + 40), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 30, 2, cv2.LINE_AA)
    for y in range(100, 341, 60):
        cv2.line(sheet, (100, y), (800, y), RULING, 2)
    for x in (100, 350, 800):
        cv2.line(sheet, (x, 100), (x, 340), RULING, 2)
    grain = np.random.default_rng(3).normal(0.0, 4.0, sheet.shape)
    return np.clip(cv2.GaussianBlur(sheet, (0, 0), blur) + grain, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("fill", [60, 85, 120])
def test_white_print_on_dark_cells_becomes_dark_print_on_light(fill: int) -> None:
    sheet = form(fill, 250)
    light = lighten_blocks(sheet, DPI)
    labels = light[110:330, 108:342]
    assert np.median(labels) > 230
    assert 0.02 < (labels < 110).mean() < 0.3  # the print
    assert all((light[y - 3 : y + 4, 120:340].min(axis=0) < 180).mean() > 0.95 for y in (160, 220, 280))  # the rulings
    assert np.array_equal(light[:, 360:], sheet[:, 360:])


@pytest.mark.parametrize(("fill", "print_"), [(PAPER, 30), (190, 30), (60, 60)])
def test_dark_print_on_light_cells_and_bars_without_print_stay(fill: int, print_: int) -> None:
    sheet = form(fill, print_)
    assert np.array_equal(lighten_blocks(sheet, DPI), sheet)


def test_print_that_touches_a_dark_cell_from_the_next_one_stays() -> None:
    sheet = form(85, 250)
    for y in (140, 200, 260, 320):  # a sign of 10 point right behind the ruling
        sheet[y - 26 : y, 352:378:4] = 30
    light = lighten_blocks(sheet, DPI)
    assert np.array_equal(light[:, 360:], sheet[:, 360:])
    assert np.median(light[110:330, 108:342]) > 230


def test_bold_titles_and_round_stamps_stay() -> None:
    sheet = form(PAPER, 30)
    cv2.putText(sheet, "TITLE OF FORM", (120, 60), cv2.FONT_HERSHEY_DUPLEX, 1.8, 20, 9, cv2.LINE_AA)
    cv2.circle(sheet, (650, 420), 60, 90, -1)
    cv2.putText(sheet, "HA", (615, 435), cv2.FONT_HERSHEY_SIMPLEX, 1.4, 240, 4, cv2.LINE_AA)
    assert np.array_equal(lighten_blocks(sheet, DPI), sheet)


def test_scraps_of_a_few_pixels_stay() -> None:
    for shape in ((1, 1), (3, 200), (200, 2)):
        scrap = np.zeros(shape, np.uint8)
        assert np.array_equal(lighten_blocks(scrap, DPI), scrap)
