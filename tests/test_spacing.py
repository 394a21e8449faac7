"""Blanks of letter-spaced print are none; blanks between words and numbers are."""

from __future__ import annotations

import pytest

from pipeline.ocr import ReadGlyph, Reading
from pipeline.stages.read.spacing import close_spacing

HEIGHT = 30.0


def reading_of(text: str, pitch: float) -> Reading:
    """Every character a pitch (pixels) from the last; ``_`` is a blank that was read within the pitch of its sides,
    a blank stands a pitch wide."""
    glyphs, x = [], 0.0
    for char in text:
        if char == "_":
            glyphs.append(ReadGlyph(" ", 0.9, x - 0.6 * pitch, x - 0.4 * pitch))
            continue
        glyphs.append(ReadGlyph(char, 0.9, x - 0.2 * pitch, x + 0.2 * pitch))
        x += pitch
    return Reading(tuple(glyphs))


@pytest.mark.parametrize("text", ["<9_0.0_0%", "≥7_4._0_0%", "2_29_1.0_0场"])
def test_letter_spaced_figures_are_one_number(text: str) -> None:
    assert close_spacing(reading_of(text, 1.2 * HEIGHT), HEIGHT).text == text.replace("_", "")


@pytest.mark.parametrize("text", ["12 34", "a b c d", "12_34", "2024 15", "1_2"])
def test_figures_set_as_usual_keep_their_blanks(text: str) -> None:
    assert close_spacing(reading_of(text, 0.6 * HEIGHT), HEIGHT).text == text.replace("_", " ")


@pytest.mark.parametrize("text", ["≤_4_3(天)", "=_5_6.8(元/人)", "=_4_0_0.0_0(个)", "9_0"])
def test_full_width_figures_are_one_number_though_all_are_parted(text: str) -> None:
    assert close_spacing(reading_of(text, 1.0 * HEIGHT), HEIGHT).text == text.replace("_", "")


def test_two_wide_numbers_stay_two() -> None:
    assert close_spacing(reading_of("12_3   4_56", 1.1 * HEIGHT), HEIGHT).text == "123   456"


def test_blanks_beside_ideographs_stay() -> None:
    assert close_spacing(reading_of("项_目_12_3", 1.2 * HEIGHT), HEIGHT).text == "项 目 123"
