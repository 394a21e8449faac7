"""What is faint is measured by the print around it, whatever else in its area is darker."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.config import load_settings
from pipeline.stages.read.debris import find_debris

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
