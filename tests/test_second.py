"""A second opinion is asked for doubtful lines only, and laid beside the first reading place by place."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import load_settings
from pipeline.ocr import Crop, ReadGlyph, Reading
from pipeline.ocr.engines import load_onnx
from pipeline.ocr.second import MANY, SecondedRecogniser, opinions_on, seconded
from pipeline.ocr.weights import rec_model, second_model
from pipeline.ocr.whole import RereadRecogniser
from pipeline.stages.read.shape import settle_shape
from pipeline.stages.read.trust import Setting, features

texts = st.text("甲乙丙0123,.，", max_size=8)


CLEAR = Setting(0.0, 1.0)


def reading_of(text: str, doubtful: str = "") -> Reading:
    return Reading(
        tuple(ReadGlyph(c, 0.8 if c in doubtful else 1.0, i * 10.0, i * 10.0 + 8) for i, c in enumerate(text))
    )


def opinions(first: str, second: str, doubtful: str) -> list[str | None]:
    return [glyph.second for glyph in seconded(reading_of(first, doubtful), reading_of(second)).glyphs]


class Told:
    """A recogniser that reads what it is told, and counts its crops."""

    name = "told"

    def __init__(self, *readings: Reading) -> None:
        self.readings, self.asked = readings, 0

    def read(self, crops: Sequence[Crop]) -> list[Reading]:
        self.asked += len(crops)
        return list(self.readings[: len(crops)])


def test_only_lines_with_a_doubtful_character_are_shown_to_the_second() -> None:
    crop = np.full((48, 100), 245, np.uint8)
    second = Told(reading_of("乙"))
    both = SecondedRecogniser(Told(reading_of("甲"), reading_of("乙", "乙"), reading_of("丙")), second)
    assert [[glyph.second for glyph in reading.glyphs] for reading in both.read([crop] * 3)] == [[None], ["乙"], [None]]
    assert second.asked == 1


def test_a_sign_sure_in_one_of_its_spellings_is_not_shown_but_one_of_two_signs_is() -> None:
    crop = np.full((48, 100), 245, np.uint8)
    lines = [Reading((ReadGlyph("：", 0.6, 0.0, 8.0, ((other, 0.399),)),)) for other in (":", ";")]
    second = Told(reading_of(";"))
    readings = SecondedRecogniser(Told(*lines), second).read([crop] * 2)
    assert [reading.glyphs[0].second for reading in readings] == [None, ";"]
    assert second.asked == 1


def test_lines_in_doubt_and_lines_of_nothing_are_read_again_with_care() -> None:
    crop = np.full((48, 100), 245, np.uint8)
    careful = Told(reading_of("丙"), reading_of("丁"))
    both = RereadRecogniser(Told(reading_of("甲"), reading_of("乙", "乙"), reading_of("")), careful)
    assert [reading.text for reading in both.read([crop] * 3)] == ["甲", "丙", "丁"]
    assert careful.asked == 2


def test_a_page_of_noise_is_not_read_twice() -> None:
    crop = np.full((48, 100), 245, np.uint8)
    careful = Told(*[reading_of("丙")] * 9)
    quick = Told(*[reading_of("甲")] * 2, *[reading_of("乙", "乙")] * 10)
    assert {reading.text for reading in RereadRecogniser(quick, careful).read([crop] * 12)} == {"甲", "乙"}
    assert careful.asked == 0
    assert [reading.text for reading in RereadRecogniser(quick, careful).read([crop] * 3)] == ["甲", "甲", "丙"]


def test_nobody_is_asked_where_most_lines_are_doubtful() -> None:
    crop = np.full((48, 100), 245, np.uint8)
    lines = [reading_of("甲"), *[reading_of("乙", "乙")] * (MANY - 1)]
    second = Told(*lines)
    both = SecondedRecogniser(Told(*lines), second)
    assert [[glyph.second for glyph in reading.glyphs] for reading in both.read([crop] * MANY)] == [[None]] * MANY
    assert second.asked == 0
    both.read([crop] * 3)
    assert second.asked == 2


def test_opinions_stand_at_their_places() -> None:
    assert opinions("合司书", "合同书", "司") == [None, "同", None]
    assert opinions("1,234.50", "1,23450", ".") == [None, None, None, None, None, "", None, None]
    assert opinions("甲乙", "甲丙乙", "乙") == [None, "乙"]


def test_one_sign_in_two_spellings_is_agreement() -> None:
    agreed, differing = (seconded(reading_of("：", "："), reading_of(sign)).glyphs[0] for sign in ":.")
    assert (features(agreed, CLEAR)["seconded"], features(agreed, CLEAR)["contradicted"]) == (1.0, 0.0)
    assert (features(differing, CLEAR)["seconded"], features(differing, CLEAR)["contradicted"]) == (0.0, 1.0)


@given(texts, texts)
def test_there_is_one_opinion_a_place(first: str, second: str) -> None:
    assert len(list(opinions_on(list(first), list(second)))) == len(first)


@given(texts)
def test_a_reading_agrees_with_itself(text: str) -> None:
    assert list(opinions_on(list(text), list(text))) == list(text)


def passed_over(second: str | None) -> Reading:
    nothing = ReadGlyph("", 0.9, 12.0, 16.0, ((";", 0.1),), second)
    return Reading((ReadGlyph("甲", 1.0, 0.0, 8.0), nothing, ReadGlyph("乙", 1.0, 20.0, 28.0)))


def test_a_sign_that_was_passed_over_and_that_the_second_saw_comes_back_where_there_is_ink() -> None:
    crop = np.full((45, 40), 245, np.uint8)
    crop[12:33, 1:8] = crop[12:33, 21:28] = 30
    assert settle_shape(passed_over(";"), crop, 0.25).text == "甲乙"  # no ink
    crop[24:33, 13:16] = 30
    assert settle_shape(passed_over(";"), crop, 0.25).text == "甲;乙"
    assert settle_shape(passed_over(""), crop, 0.25).text == "甲乙"
    assert settle_shape(passed_over(None), crop, 0.25).text == "甲乙"


def test_both_models_read_print_each_with_its_own_dictionary() -> None:
    settings = load_settings().ocr
    crop = np.full((48, 260), 245, np.uint8)
    cv2.putText(crop, "2024-615,848", (10, 36), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 30, 2)
    texts = [load_onnx(model, settings).read([crop])[0].text for model in (rec_model(), second_model())]
    assert texts == ["2024-615,848"] * 2
