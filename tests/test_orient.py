"""Which way up a page lies, seen by the classifier itself."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from pipeline.model import Picture
from pipeline.ocr.onnx import OnnxRecogniser
from pipeline.ocr.orient import PageOrienter, told_by
from pipeline.ocr.weights import orientation_model, rec_model

LINES = (
    "Annual budget of the project",
    "Total amount 21,045,108.18",
    "Department of finance",
    "Quality target 95.00 %",
)


@pytest.fixture(scope="module")
def orienter() -> PageOrienter:
    quick = OnnxRecogniser(rec_model(True), threads=1, narrow=0.9, max_width=3200, batch_pixels=960, others=4)
    return PageOrienter(orientation_model(), quick, threads=1)


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


def row_on(height: int) -> Picture:
    """A page that is empty but for one ruled row with a few words of small print in it."""
    page = np.full((1754, 1240, 3), 245, np.uint8)
    cv2.rectangle(page, (180, height), (1060, height + 60), (25,) * 3, 2)
    for x, word in ((420, "Item 3"), (700, "95"), (880, "%")):
        cv2.line(page, (x, height), (x, height + 60), (25,) * 3, 2)
        cv2.putText(page, word, (x + 10, height + 38), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (25,) * 3, 1, cv2.LINE_AA)
    return page


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("height", [100, 800, 1600])
def test_a_page_of_a_single_row_is_read_to_tell_its_turn(orienter: PageOrienter, height: int, turns: int) -> None:
    turned = np.ascontiguousarray(np.rot90(row_on(height), -turns))
    assert int(orienter.turned(turned).argmax()) == turns


def test_signs_tell_only_where_one_turn_has_many_more() -> None:
    chances = np.array([0.4, 0.3, 0.2, 0.1])
    for signs in ([0, 0, 4, 0], [9, 0, 9, 0], [5, 0, 9, 0]):
        assert (told_by(np.array(signs, float), chances) == chances).all()
    assert told_by(np.array([4.0, 0, 9, 0]), chances).tolist() == [0, 0, 1, 0]


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 900, 3), (900, 3, 3)])
def test_scraps_have_some_side_up(orienter: PageOrienter, shape: tuple[int, ...]) -> None:
    scrap = np.random.default_rng(2).integers(0, 256, shape, dtype=np.uint8)
    assert orienter.turned(scrap).shape == (4,)
