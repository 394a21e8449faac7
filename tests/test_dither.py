"""Dithered pages: told from black and white ones, and averaged to greys."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image

from pipeline.model import Picture
from pipeline.stages.upright.dither import is_dithered, undithered

SCREEN = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) * 16 + 8
"""Bayer's (1973), of four pixels."""
PAPER, SHADE, INK = 225, 190, 15


def sheet() -> Picture:
    """A grey page (400, 400) of paper, a shaded stripe and black rulings."""
    page = np.full((400, 400), PAPER, np.uint8)
    page[:, 240:360] = SHADE
    page[40::80, :] = page[41::80, :] = page[42::80, :] = INK
    return page


def screened(grey: Picture) -> Picture:
    return np.where(grey < np.tile(SCREEN, (100, 100)), 0, 255).astype(np.uint8)


def diffused(grey: Picture) -> Picture:
    return np.asarray(Image.fromarray(grey).convert("1"), dtype=np.uint8) * 255


def rgb(grey: Picture) -> Picture:
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB))


@pytest.mark.parametrize("dots", [screened(sheet()), diffused(sheet())], ids=["screened", "diffused"])
def test_dots_become_the_grey_that_they_stand_for(dots: Picture) -> None:
    smooth = undithered(rgb(dots))[:, :, 0]
    paper, shade = smooth[50:110, 20:220].astype(float), smooth[50:110, 260:340].astype(float)
    assert paper.mean() == pytest.approx(PAPER, abs=8)
    assert shade.mean() == pytest.approx(SHADE, abs=8)
    assert paper.std() < 0.3 * dots[50:110, 20:220].std()
    assert smooth[41, 20:340].max() < 110


def test_a_black_and_white_page_with_dust_and_a_grey_one_stay() -> None:
    plain = np.where(sheet() < 128, 0, 255).astype(np.uint8)
    dust = np.random.default_rng(1).random(plain.shape) < 0.01
    for page in (plain, np.where(dust, 255 - plain, plain), sheet()):
        picture = rgb(page)
        assert not is_dithered(picture)
        assert undithered(picture) is picture
