"""A row of dividers alone on a scan is a table; the stems of headings, columns of print and empty marks are none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from pipeline.config import load_settings
from pipeline.geometry import Transform
from pipeline.model import CleanPage
from pipeline.stages.detect import detect_raster

DETECT = load_settings().detect


def scanned(heights: tuple[int, ...], words: bool = True, stems: bool = False) -> CleanPage:
    """A sheet at 150 dpi with dividers side by side, words between them, and strokes beside them as signs have."""
    sheet = np.full((1200, 1000), 245, np.uint8)
    for x, high in zip(range(100, 100 + 160 * len(heights), 160), heights, strict=True):
        sheet[100 : 100 + high, x : x + 3] = 25
        if words:
            cv2.putText(sheet, "680", (x + 50, 140), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 25, 2)
        for y in (100, 128, 157) if stems else ():
            sheet[y : y + 3, x : x + 40] = 25
    size = (1000.0, 1200.0)
    return CleanPage(0, size, "px", size, 150.0, Transform.identity(), grey=sheet)


def test_a_scanned_row_of_dividers_alone_is_a_table() -> None:
    (region,) = detect_raster(scanned((60,) * 6), DETECT)
    assert sum(r.orientation == "v" for r in region.rulings) == 6
    assert sorted(round(r.at) for r in region.rulings if r.orientation == "h") == [100, 160]


@pytest.mark.parametrize("page", [scanned((60, 90, 120, 150, 180, 210)), scanned((60,) * 6, words=False)])
def test_lines_of_other_heights_and_empty_marks_are_no_row(page: CleanPage) -> None:
    assert detect_raster(page, DETECT) == ()


@pytest.mark.parametrize("heights", [(900,) * 6, (60,) * 3])
def test_lines_between_columns_and_a_narrow_mark_are_no_row(heights: tuple[int, ...]) -> None:
    assert detect_raster(scanned(heights), DETECT) == ()


def test_the_stems_of_a_large_heading_are_no_dividers() -> None:
    assert detect_raster(scanned((60,) * 6, stems=True), DETECT) == ()
