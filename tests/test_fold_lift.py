"""Folds are lifted from a level page; rulings that run beside them, and tables that fill the page, stay."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.config import load_settings
from pipeline.stages.upright.fold import Fold, find_folds, lift_folds

SETTINGS = load_settings().upright
DPI = 150.0
PAPER, PRINT, RULING = 240, 20, 700
Sheet = NDArray[np.uint8]


def ruled() -> Sheet:
    """A page with a frame, a ruling over all of it, and print."""
    sheet = np.full((1700, 1240), PAPER, np.uint8)
    cv2.rectangle(sheet, (120, 200), (1100, 1400), PRINT, 2)
    cv2.line(sheet, (120, RULING), (1100, RULING), PRINT, 2)
    for y in range(240, 1380, 60):
        cv2.putText(sheet, "83 83", (200, y + 20), cv2.FONT_HERSHEY_SIMPLEX, 0.8, PRINT, 2)
    return sheet


def folded(sheet: Sheet, left: int, right: int, through: float) -> Sheet:
    fold = np.zeros_like(sheet)
    cv2.line(fold, (0, left), (sheet.shape[1] - 1, right), 1, 2)
    return np.where(fold > 0, sheet * through, sheet).astype(np.uint8)


@pytest.mark.parametrize("plumb", [False, True])
@pytest.mark.parametrize(("left", "right"), [(900, 915), (RULING - 5, RULING - 5), (RULING - 6, RULING + 4)])
def test_a_fold_becomes_paper_and_a_ruling_beside_it_stays(left: int, right: int, plumb: bool) -> None:
    sheet, page = ruled(), folded(ruled(), left, right, 0.7)
    lifted = lift_folds(page.T.copy(), DPI, SETTINGS).T if plumb else lift_folds(page, DPI, SETTINGS)
    blank = (sheet == PAPER) & (page < PAPER)
    assert (lifted[blank] > 0.93 * PAPER).mean() > 0.9
    assert (lifted[sheet < 60] < 90).all()


def test_without_a_fold_the_page_is_the_same_object() -> None:
    sheet = ruled()
    assert lift_folds(sheet, DPI, SETTINGS) is sheet


@pytest.mark.parametrize(("ink", "step"), [(PRINT, 500), (170, 200)])
def test_rulings_that_run_over_the_whole_picture_are_no_folds(ink: int, step: int) -> None:
    """Dark ones, and pale ones that are too many."""
    sheet = np.full((1700, 1240), PAPER, np.uint8)
    sheet[step::step] = sheet[step + 1 :: step] = ink
    assert lift_folds(sheet, DPI, SETTINGS) is sheet


def test_folds_are_found_by_their_ends() -> None:
    page = folded(folded(ruled(), 520, 510, 0.8), 1100, 1112, 0.8)
    found = find_folds(page, DPI, SETTINGS)
    expected = [Fold(520.0, 510.0), Fold(1100.0, 1112.0)]
    assert len(found) == 2
    for fold, one in zip(found, expected, strict=True):
        assert abs(fold.left - one.left) <= 3
        assert abs(fold.right - one.right) <= 3


def test_grain_is_no_fold() -> None:
    grain = np.random.default_rng(0).integers(0, 256, (900, 700)).astype(np.uint8)
    assert find_folds(grain, DPI, SETTINGS) == []
