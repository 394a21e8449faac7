"""Ink that no character accounts for is not passed over: what stands beside it waits, and a bar is put in its place."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.ocr import Crop, ReadGlyph, Reading
from pipeline.stages.read.unread import DOUBT, doubt_unread

PAD = 0.25
EM = 30


def line(text: str, tail: tuple[int, int] = (0, 0)) -> tuple[Reading, Crop]:
    """A line of signs of one em each, all read surely, and behind them unread ink as wide and as high as this."""
    crop = np.full((round(EM * (1 + 2 * PAD)), EM * (len(text) + 1)), 245, np.uint8)
    top = round(PAD * EM)
    for at in range(len(text)):
        crop[top : top + EM, at * EM + 3 : at * EM + 27] = 30
    wide, high = tail
    crop[top + EM - high : top + EM, len(text) * EM + 8 : len(text) * EM + 8 + wide] = 30
    glyphs = (ReadGlyph(sign, 0.999, float(at * EM), float(at * EM + EM)) for at, sign in enumerate(text))
    return Reading(tuple(glyphs)), crop


def settled(*lines: tuple[Reading, Crop]) -> list[Reading]:
    return doubt_unread([reading for reading, _ in lines], [crop for _, crop in lines], PAD)


def sure(reading: Reading) -> list[bool]:
    return [glyph.confidence > DOUBT for glyph in reading.glyphs]


@given(st.integers(0, 12), st.integers(0, 10))
def test_what_is_read_stays_as_it_is_with_dust_behind_it(wide: int, high: int) -> None:
    whole = line("太阳能电池|组件", (wide, high))
    assert settled(whole) == [whole[0]]


@given(st.integers(2, 5), st.integers(26, 30))
def test_a_bar_at_the_end_of_a_line_is_put_there_in_doubt_on_a_page_that_prints_bars(wide: int, high: int) -> None:
    lost = line("电池组件", (wide, high))
    alone, (_, barred) = settled(lost), settled(line("无品牌|型号"), lost)
    assert (alone[0].text, barred.text) == ("电池组件", "电池组件|")
    assert sure(alone[0]) == [True, True, True, False]
    assert sure(barred)[-2:] == [False, False]


def test_a_bracket_or_a_broken_stroke_leaves_its_neighbour_in_doubt() -> None:
    for tail in ((9, 28), (3, 15), (20, 4)):
        reading, _ = settled(line("原产国", tail), line("无品牌|型号"))
        assert (reading.text, sure(reading)) == ("原产国", [True, True, False])


def test_a_mark_passed_over_amid_a_line_leaves_its_neighbour_in_doubt_and_dust_does_not() -> None:
    for top, high, lost in ((20, 7, True), (8, 7, False), (24, 3, False)):
        reading, crop = line("短板，教师")
        crop[:, 2 * EM : 3 * EM] = 245
        crop[round(PAD * EM) + top : round(PAD * EM) + top + high, 2 * EM + 4 : 2 * EM + 9] = 30
        passed = Reading((*reading.glyphs[:2], *reading.glyphs[3:]))
        assert (False in sure(settled((passed, crop))[0])) == lost
