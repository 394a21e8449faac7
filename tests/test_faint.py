"""What is faint is measured by the print around it, whatever else in its area is darker."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from pipeline.config import load_settings
from pipeline.geometry import Box
from pipeline.stages.read.debris import find_debris
from pipeline.stages.read.ink import find_ink
from pipeline.stages.read.picture import Area, cut_area, sheet_of

READ = load_settings().read
DPI, EM = 200.0, 28.0


def strokes(*levels: int) -> np.ndarray:
    """Levels below the paper: signs 14 pixels wide and 20 high side by side, as dark as given."""
    darkness = np.zeros((60, 40 + 24 * len(levels)), np.uint8)
    for n, level in enumerate(levels):
        darkness[20:40, 20 + 24 * n : 34 + 24 * n] = level
    return darkness


def gone(darkness: np.ndarray) -> list[bool]:
    """Which of the signs are taken for debris?"""
    debris = find_debris((darkness > 20).astype(np.uint8), darkness, True, DPI, EM, READ)
    return [bool(debris[30, x]) for x in range(27, darkness.shape[1] - 13, 24)]


def test_what_shines_through_is_debris_beside_print() -> None:
    assert gone(strokes(200, 210, 190, 80, 205)) == [False, False, False, True, False]


def test_thin_pale_print_stays_when_all_print_is_pale() -> None:
    assert not any(gone(strokes(120, 130, 90, 125)))


@pytest.mark.parametrize("dark", ["specks", "ruling"])
def test_darker_specks_and_rulings_make_no_print_faint(dark: str) -> None:
    darkness = strokes(120, 130, 90, 125)
    if dark == "specks":
        darkness[5:55:7, 3::11] = np.maximum(darkness[5:55:7, 3::11], 250)
    else:
        darkness[0:4, :] = 250
    assert not any(gone(darkness))


def page_with_marks(level: int, rows: range) -> np.ndarray:
    """Print at the left of a page, and marks of this level at the right, on so many rows."""
    grey = np.full((1200, 900), 245, np.uint8)
    for y in range(100, 1200, 100):
        cv2.putText(grey, "LEFT 12", (20, y), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 25, 3, cv2.LINE_AA)
    for y in rows:
        cv2.putText(grey, "BACK 3456 7", (400, y), cv2.FONT_HERSHEY_SIMPLEX, 1.2, level, 3, cv2.LINE_AA)
    return grey


@pytest.mark.parametrize(
    ("level", "rows", "ruled", "read"),
    [
        (205, range(100, 1200, 100), True, False),
        (205, range(100, 1200, 100), False, True),
        (160, range(100, 1200, 100), True, True),
        (205, range(100, 200, 100), True, True),  # one pale entry on a page whose back does not show
    ],
)
def test_a_cell_with_nothing_but_what_shines_through_is_blank(level: int, rows: range, ruled: bool, read: bool) -> None:
    """Its own print tells nothing, that of the page does."""
    grey = page_with_marks(level, rows)
    paper = np.full_like(grey, 245)
    sheet = sheet_of(grey, paper, find_ink(grey, paper, 200.0, 0.0, READ))
    assert bool(cut_area(sheet, 0, Area(Box(380, 50, 890, 130), ruled), 200.0, 28.0, READ)) is read
    assert cut_area(sheet, 0, Area(Box(10, 50, 290, 130), ruled=True), 200.0, 28.0, READ)
