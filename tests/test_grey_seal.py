"""Seals that were scanned grey are lifted; what only looks like one stays."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.config import load_settings
from pipeline.stages.upright.grey_seal import lift_grey_seals, ring_boxes, ring_shares

SETTINGS = load_settings().upright
DPI = 200.0
PAPER, PRINT = 245, 25
Sheet = NDArray[np.uint8]


def ruled(pitch: int = 100) -> Sheet:
    """A sheet of 5 by 5 inches ruled in cells, a word in each."""
    sheet = np.full((1000, 1000), PAPER, np.uint8)
    for at in range(100, 901, pitch):
        cv2.line(sheet, (100, at), (900, at), PRINT, 2)
        cv2.line(sheet, (at, 100), (at, 900), PRINT, 2)
        for x in range(100, 900, pitch):
            cv2.putText(sheet, "83", (x + 8, at + 40), cv2.FONT_HERSHEY_SIMPLEX, 0.9, PRINT, 2)
    return sheet


def stamped(sheet: Sheet, through: float, shape: str = "round") -> Sheet:
    """The sheet under a seal that lets this share of the light through."""
    seal = np.zeros_like(sheet)
    if shape == "round":
        cv2.circle(seal, (500, 500), 160, 1, 9)
        cv2.circle(seal, (500, 500), 40, 1, -1)
    else:
        cv2.rectangle(seal, (400, 400), (590, 590), 1, 9)
        cv2.putText(seal, "HA", (420, 540), cv2.FONT_HERSHEY_SIMPLEX, 3.5, 1, 9)
    return np.where(seal > 0, sheet * through, sheet).astype(np.uint8)


@pytest.mark.parametrize("shape", ["round", "square"])
@pytest.mark.parametrize("through", [0.4, 0.6, 0.75])
def test_a_grey_seal_is_lifted_and_the_print_under_it_stays(through: float, shape: str) -> None:
    sheet = ruled()
    lifted = lift_grey_seals(stamped(sheet, through, shape), DPI, SETTINGS)
    inked = sheet < 100
    assert (lifted[~inked] > 0.85 * PAPER).mean() > 0.995
    assert (lifted[inked] < 110).mean() > 0.98


def test_rulings_as_pale_as_the_seal_go_on_under_it() -> None:
    sheet = np.full((1000, 1000), PAPER, np.uint8)
    for at in (440, 560):
        sheet[at : at + 4, 100:900] = sheet[100:900, at : at + 4] = 140
    lifted = lift_grey_seals(stamped(sheet, 0.6), DPI, SETTINGS)
    assert (lifted[sheet < PAPER] < 150).mean() > 0.98


@pytest.mark.parametrize("blur", [0.0, 1.2, 2.0])
def test_tables_are_no_seals_however_blurred(blur: float) -> None:
    sheet = ruled(150)
    if blur:
        sheet = np.asarray(cv2.GaussianBlur(sheet, (0, 0), blur), np.uint8)
    assert lift_grey_seals(sheet, DPI, SETTINGS) is sheet


def test_shaded_cells_and_a_bilevel_page_are_left_alone() -> None:
    shaded = ruled(200)
    shaded[100:300, 100:500] = np.minimum(shaded[100:300, 100:500], 170)
    assert lift_grey_seals(shaded, DPI, SETTINGS) is shaded
    bilevel = np.where(stamped(ruled(), 0.5) > 128, np.uint8(255), np.uint8(0))
    assert lift_grey_seals(bilevel, DPI, SETTINGS) is bilevel


def test_the_share_of_a_circle_is_its_ink_less_that_of_the_one_around_it() -> None:
    ring, disc = np.zeros((200, 200), np.uint8), np.zeros((200, 200), np.uint8)
    cv2.circle(ring, (100, 90), 40, 1, 3)
    cv2.circle(disc, (100, 90), 60, 1, -1)
    circles = np.array([(100.0, 90.0, 40.0), (100.0, 90.0, 30.0), (100.0, 90.0, 46.0)])
    assert ring_shares(ring, circles, 5.0).round(2).tolist() == [1.0, 0.0, 0.0]
    assert ring_shares(disc, circles, 5.0).tolist() == [0.0, 0.0, 0.0]
    inner = np.array([(100.0, 90.0, 34.0)])
    assert ring_shares(ring, inner, 5.0).tolist() == [-1.0]


def test_thin_print_as_pale_as_the_seal_stays_beside_it() -> None:
    sheet = np.full((1000, 1000), PAPER, np.uint8)
    for y in range(360, 660, 30):
        for x in range(360, 660, 30):
            cv2.rectangle(sheet, (x, y), (x + 16, y + 16), 110, 2)
    sealed = stamped(sheet, 0.55)
    lifted = lift_grey_seals(sealed, DPI, SETTINGS)
    beside = (sheet < PAPER) & (cv2.erode(np.where(sealed == sheet, np.uint8(1), np.uint8(0)), np.ones((25, 25))) > 0)
    bare = (sheet == PAPER) & (sealed < PAPER)
    assert (lifted[beside] < 160).mean() > 0.85
    assert (lifted[bare] > 0.8 * PAPER).mean() > 0.8


def test_a_round_heap_of_pale_print_is_no_ring() -> None:
    """Where a page is pale throughout, some circle goes through much of its print, and so does the one within."""
    ys, xs = np.mgrid[:1000, :1000]
    away = np.hypot(xs - 500, ys - 500)
    ring = np.where(np.abs(away - 120) < 4, 255, 0).astype(np.uint8)
    ((x0, y0, x1, y1),) = ring_boxes(ring, DPI)
    assert x0 < 390 < 610 < x1
    assert y0 < 390 < 610 < y1
    words = ((xs // 12 + ys // 12) % 2 == 0) | (ys % 24 < 8)
    assert ring_boxes(np.where(words & (away < 122), 255, 0).astype(np.uint8), DPI) == []
