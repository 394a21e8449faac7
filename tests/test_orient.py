"""Which way up a page lies, seen by the classifier itself."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from pipeline.model import Picture
from pipeline.ocr.orient import PageOrienter
from pipeline.ocr.weights import orientation_model

LINES = (
    "Annual budget of the project",
    "Total amount 21,045,108.18",
    "Department of finance",
    "Quality target 95.00 %",
)


@pytest.fixture(scope="module")
def orienter() -> PageOrienter:
    return PageOrienter(orientation_model(), threads=1)


def page_with(n_lines: int) -> Picture:
    """An A4 page at 150 dpi with so many lines of print at its head."""
    page = np.full((1754, 1240, 3), 245, np.uint8)
    for i in range(n_lines):
        cv2.putText(page, LINES[i % 4], (150, 180 + 60 * i), cv2.FONT_HERSHEY_SIMPLEX, 1.3, (25,) * 3, 3, cv2.LINE_AA)
    return page


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("n_lines", [24, 3])
def test_quarter_turns_are_seen_on_full_and_on_nearly_empty_pages(
    orienter: PageOrienter, n_lines: int, turns: int
) -> None:
    chances = orienter.turned(np.ascontiguousarray(np.rot90(page_with(n_lines), -turns)))
    assert int(chances.argmax()) == turns
    assert chances.sum() == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 900, 3), (900, 3, 3)])
def test_scraps_have_some_side_up(orienter: PageOrienter, shape: tuple[int, ...]) -> None:
    scrap = np.random.default_rng(2).integers(0, 256, shape, dtype=np.uint8)
    assert orienter.turned(scrap).shape == (4,)
