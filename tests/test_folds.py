"""Folds become paper; rulings and print stay what they are."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from pipeline.geometry import Box
from pipeline.model import Picture
from pipeline.stages.read.folds import paper_with_folds

DPI = 150.0
TABLE = Box(120.0, 200.0, 1100.0, 1400.0)


def sheet(*, fold: bool, lean: int = 0, ruling: bool = True) -> Picture:
    """A page with a frame, a ruling through it at x = 400 and print at x = 600, where the fold may run."""
    page = np.full((1700, 1240), 240, np.uint8)
    cv2.rectangle(page, (120, 200), (1100, 1400), 30, 3)
    if ruling:
        cv2.line(page, (400, 200), (400, 1400), 30, 3)
    if fold:
        cv2.line(page, (600, 0), (600 + lean, 1699), 170, 3)
    for y in range(220, 1380, 60):
        cv2.putText(page, "8B8", (585, y + 20), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 20, 2)
    return page


def level(page: Picture, tables: list[Box]) -> Picture:
    return np.asarray(paper_with_folds(page, np.full_like(page, 240), tables, DPI))


@pytest.mark.parametrize("lean", [0, 8])
def test_a_fold_is_paper_on_all_of_its_way_and_print_on_it_is_not(lean: int) -> None:
    page = sheet(fold=True, lean=lean)
    darkness = cv2.subtract(level(page, [TABLE]), page)
    bare = [y for y in range(40, 1660) if all(abs(y - (t + 12)) > 20 for t in range(220, 1380, 60))]
    off_frame = [y for y in bare if min(abs(y - 200), abs(y - 1400)) > 6]
    assert max(int(darkness[y, 600 + round(lean * y / 1700)]) for y in off_frame) < 45
    assert darkness[230:1380, 580:640].max() > 100
    assert darkness[800, 400] > 150


def test_a_level_fold_is_found_as_well() -> None:
    page = np.ascontiguousarray(sheet(fold=True).T)
    turned = Box(TABLE.y0, TABLE.x0, TABLE.y1, TABLE.x1)
    assert level(page, [turned])[600, 60] < 200


def test_without_a_fold_the_paper_stays() -> None:
    assert (level(sheet(fold=False), [TABLE]) == 240).all()


def test_rulings_that_fill_the_page_are_no_folds() -> None:
    page = np.full((1700, 1240), 240, np.uint8)
    for x in (20, 400, 1220):
        cv2.line(page, (x, 0), (x, 1699), 30, 3)
    assert (level(page, [Box(20.0, 0.0, 1220.0, 1700.0)]) == 240).all()
