"""A sign that stands alone is read again between figures of its page, and only where that can help."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from pipeline.ocr import Crop, ReadGlyph, Reading
from pipeline.stages.read.lone import between, settle_lone
from pipeline.text.signs import spelling
from pipeline.tools import Tools

HEIGHT, STROKE, INK, PAPER = 46, 3, 30, 245
SIGN = 30
"""Pixels; the width of a sign's crop, by which the recogniser below knows it."""


def paper(width: int, height: int = HEIGHT) -> Crop:
    return np.full((height, width), PAPER, np.uint8)


def drawn_figures() -> Crop:
    """Figures in the plain strokes of OpenCV's own font."""
    crop = paper(112)
    cv2.putText(crop, "8526", (8, 36), cv2.FONT_HERSHEY_SIMPLEX, 1.1, INK, STROKE, cv2.LINE_AA)
    return crop


def drawn_sign(sign: str) -> Crop:
    crop = paper(SIGN)
    lines = {
        "=": [((5, 19), (25, 19)), ((5, 28), (25, 28))],
        "≥": [((5, 10), (25, 19)), ((25, 19), (5, 28)), ((5, 36), (25, 27))],
        "≤": [((25, 10), (5, 19)), ((5, 19), (25, 28)), ((25, 36), (5, 27))],
        ">": [((5, 12), (25, 23)), ((25, 23), (5, 34))],
    }
    for start, end in lines[sign]:
        cv2.line(crop, start, end, INK, STROKE, cv2.LINE_AA)
    return crop


@pytest.mark.parametrize("sign", ["=", "≥", "≤", ">"])
def test_an_operator_alone_is_read_as_it_is_beside_figures(tools: Tools, sign: str) -> None:
    crops = [drawn_figures(), drawn_sign(sign)]
    readings = settle_lone(tools.recogniser, crops, tools.recogniser.read(crops))
    assert ["".join(map(spelling, reading.text)) for reading in readings] == ["8526", sign]  # of either width
    assert 0 <= readings[1].glyphs[0].x0 < readings[1].glyphs[0].x1 <= SIGN + 8


class Answers:
    """A recogniser that reads a crop of two figures and a sign as told, each in its own place."""

    name = "answers"

    def __init__(self, middle: str) -> None:
        self.middle, self.asked = middle, 0

    def read(self, crops: Sequence[Crop]) -> list[Reading]:
        self.asked += len(crops)
        return [self.answer(crop.shape[1]) for crop in crops]

    def answer(self, width: int) -> Reading:
        beside = (width - SIGN) / 2
        places = [(text, beside + 5 + 9 * n) for n, text in enumerate(self.middle)]
        around = [("1", 4.0), *places, ("1", width - 8.0)]
        return Reading(tuple(ReadGlyph(text, 0.999, x, x + 4.0) for text, x in around))


def reading(text: str, p: float) -> Reading:
    return Reading(tuple(ReadGlyph(char, p, 4.0 + 10 * n, 12.0 + 10 * n) for n, char in enumerate(text)))


FIGURES = (paper(60), reading("12.50", 0.999))


@pytest.mark.parametrize(
    ("first", "p", "middle", "settled"),
    [
        ("V", 0.6, "≥", "≥"),
        ("", 0.0, "=", "="),
        ("", 0.0, "-", ""),
        (" ", 0.5, ".", " "),
        ("C", 0.3, "<=", "<="),
        ("C", 0.3, "ab", "C"),
        ("V", 0.6, "", "V"),
        ("天", 0.999, "夭", "天"),
        ("。", 0.6, "0", "。"),
        ("VV", 0.6, "≥", "VV"),
    ],
)
def test_only_a_doubtful_sign_that_stands_alone_is_read_again(first: str, p: float, middle: str, settled: str) -> None:
    figures, known = FIGURES
    got = settle_lone(Answers(middle), [figures, paper(SIGN)], [known, reading(first, p)])
    assert [one.text for one in got] == [known.text, settled]


@pytest.mark.parametrize("text", ["1", ".5", "12a", "123456789"])
def test_without_figures_to_set_it_between_a_sign_stays(text: str) -> None:
    recogniser = Answers("≥")
    readings = [reading(text, 0.999), reading("V", 0.6)]
    assert settle_lone(recogniser, [paper(60), paper(SIGN)], readings) == readings
    assert recogniser.asked == 0


def test_doubtful_figures_are_none_to_compare_with() -> None:
    readings = [reading("12.50", 0.9), reading("V", 0.6)]
    assert settle_lone(Answers("≥"), [paper(60), paper(SIGN)], readings) == readings


def test_crops_of_other_heights_stand_on_one_line() -> None:
    joined = between(paper(60, 31), paper(SIGN, 46))
    assert joined.shape == (46, 60 + SIGN + 60)
    assert (joined == PAPER).all()
