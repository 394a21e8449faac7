"""Negatives: which pages are light print on dark paper."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model import Picture
from pipeline.stages.upright.negative import is_negative, positive

DPI = 100.0


def form(paper: int = 250, ink: int = 20, noise: float = 4.0, seed: int = 0) -> Picture:
    """A ruled page of 8 by 11 inches with print in its cells, RGB."""
    page = np.full((1100, 800, 3), paper, np.uint8)
    for y in range(100, 1001, 60):
        cv2.line(page, (60, y), (740, y), (ink,) * 3, 2)
        cv2.putText(page, "2024 1,234.50 abc", (80, y - 18), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (ink,) * 3, 2)
    for x in range(60, 741, 170):
        cv2.line(page, (x, 100), (x, 1000), (ink,) * 3, 2)
    grain = np.random.default_rng(seed).normal(0.0, noise, page.shape[:2])[..., None]
    return np.clip(page + grain, 0, 255).astype(np.uint8)


@given(st.integers(180, 255), st.integers(0, 60), st.floats(0.0, 8.0), st.integers(0, 99))
def test_a_page_turned_to_its_negative_and_back_is_the_page(paper: int, ink: int, noise: float, seed: int) -> None:
    page = form(paper, ink, noise, seed)
    assert positive(page, DPI) is page
    assert np.array_equal(positive(255 - page, DPI), page)


def on_a_desk() -> Picture:
    """A sheet that fills a fourth of the picture of a dark desk."""
    desk = np.full((2200, 1600, 3), 40, np.uint8)
    desk[600:1700, 400:1200] = form()
    return desk


@pytest.mark.parametrize(
    "page",
    [np.zeros((1100, 800, 3), np.uint8), form() // 3, on_a_desk()],
    ids=["nothing", "in the dark", "on a dark desk"],
)
def test_a_dark_page_of_no_light_strokes_stays(page: Picture) -> None:
    assert not is_negative(page, DPI)


def test_a_last_page_of_one_line_is_told_too() -> None:
    page = np.full((1100, 800, 3), 5, np.uint8)
    cv2.putText(page, "signed 2024-01-15, page 2", (80, 100), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (250,) * 3, 2)
    assert is_negative(page, DPI)
