"""What the ink under a doubtful glyph says about its readings: drawn signs, measured and weighed."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from pipeline.ocr import Crop, ReadGlyph, Reading
from pipeline.stages.read.shape import blot_at, drop_passed_over, settle_shape

PAD = 0.25
TYPE = 40
"""Pixels; the height of type in the crops below."""


def line(*signs: str) -> tuple[Crop, list[float]]:
    """A crop with these signs drawn 40 pixels apart, and their middles."""
    crop = np.full((round(TYPE * (1 + 2 * PAD)), 60 + 40 * len(signs)), 245, np.uint8)
    top, middles = round(TYPE * PAD), []
    for n, sign in enumerate(signs):
        x = 40 + 40 * n
        middles.append(float(x))
        if sign == "0":
            cv2.ellipse(crop, (x, top + TYPE // 2), (9, TYPE // 2 - 3), 0, 0, 360, 30, 3)
        elif sign == "。":
            cv2.circle(crop, (x, top + TYPE - 8), 5, 30, 2)
        elif sign == "°":
            cv2.circle(crop, (x, top + 8), 5, 30, 2)
        elif sign == "%":
            cv2.circle(crop, (x - 9, top + 10), 6, 30, 2)
            cv2.line(crop, (x + 7, top + 2), (x - 7, top + TYPE - 2), 30, 2)
            cv2.circle(crop, (x + 9, top + TYPE - 10), 6, 30, 2)
        elif sign == "1":
            cv2.line(crop, (x, top + 3), (x, top + TYPE - 3), 30, 3)
        elif sign == "/":
            cv2.line(crop, (x + 9, top + 3), (x - 9, top + TYPE - 3), 30, 3)
        elif sign in "><":
            tip, arm = (x + 9, x - 9) if sign == ">" else (x - 9, x + 9)
            cv2.polylines(crop, [np.array([(arm, top + 6), (tip, top + 16), (arm, top + 28)])], False, 30, 3)
        elif sign == "≥":
            cv2.polylines(crop, [np.array([(x - 9, top + 4), (x + 9, top + 13), (x - 9, top + 24)])], False, 30, 3)
            cv2.line(crop, (x - 9, top + 32), (x + 9, top + 32), 30, 3)
        elif sign == "、":
            cv2.line(crop, (x - 4, top + TYPE - 12), (x + 3, top + TYPE - 4), 30, 3)
    return crop, middles


def read_as(middle: float, text: str, p: float, *others: tuple[str, float]) -> ReadGlyph:
    return ReadGlyph(text, p, middle - 8, middle + 8, others)


@pytest.mark.parametrize(
    ("drawn", "text", "p", "others"),
    [
        ("。", "0", 0.6, (("。", 0.3), ("6", 0.05))),
        ("。", "°", 0.6, (("。", 0.3),)),
        ("°", "。", 0.6, (("°", 0.3),)),
        ("%", "°", 0.8, (("%", 0.15),)),
        ("0", "。", 0.6, (("0", 0.3),)),
        ("≥", ">", 0.6, (("≥", 0.3),)),
        ("/", "1", 0.9, (("/", 0.05),)),
        ("1", "/", 0.9, (("1", 0.05),)),
        ("/", "1", 0.75, (("L", 0.1), ("I", 0.05), ("/", 0.04))),
    ],
)
def test_the_reading_that_fits_the_ink_wins(
    drawn: str, text: str, p: float, others: tuple[tuple[str, float], ...]
) -> None:
    crop, (middle,) = line(drawn)
    settled = settle_shape(Reading((read_as(middle, text, p, *others),)), crop, PAD).glyphs[0]
    assert settled.text == drawn
    assert settled.confidence + sum(chance for _, chance in settled.others) <= 1.0 + 1e-9


def test_where_ink_stands_nothing_is_no_reading() -> None:
    crop, (_, middle, _) = line("0", "、", "0")
    glyphs = (read_as(40.0, "0", 1.0), read_as(middle, "、", 0.7, ("", 0.3)), read_as(120.0, "0", 1.0))
    settled = settle_shape(Reading(glyphs), crop, PAD).glyphs
    assert settled[1].confidence > 0.98
    assert (settled[0], settled[2]) == (glyphs[0], glyphs[2])


def test_a_pause_that_was_passed_over_is_seen_by_its_ink() -> None:
    crop, (_, middle, _) = line("0", "、", "0")
    nothing = ReadGlyph("", 0.8, middle - 4, middle + 4, (("、", 0.18),))
    glyphs = (read_as(40.0, "0", 1.0), nothing, read_as(120.0, "0", 0.9))
    seen = settle_shape(Reading(glyphs), crop, PAD).glyphs
    assert [glyph.text for glyph in seen] == ["0", "、", "0"]
    assert seen[1].confidence > 0.8
    assert seen[2].confidence == 0.9
    blank, _ = line("0", " ", "0")
    unseen = settle_shape(Reading(glyphs), blank, PAD).glyphs
    assert [glyph.text for glyph in unseen] == ["0", "0"]
    assert unseen[1].confidence == pytest.approx(0.9 * 0.82)


def test_where_no_ink_stands_nothing_changes() -> None:
    crop, _ = line("0", "0")
    reading = Reading((read_as(140.0, "、", 0.7, ("", 0.3)),))
    assert settle_shape(reading, crop, PAD) == reading


def test_the_ink_of_a_neighbour_is_not_a_glyphs_own() -> None:
    crop, middles = line("0", "。")
    ink = crop < 150
    digit, stop = blot_at(ink, middles, 0, PAD), blot_at(ink, middles, 1, PAD)
    assert digit is not None
    assert stop is not None
    assert digit.high > 0.8 > 0.5 > stop.high
    assert blot_at(ink, [40.0, 80.0, 86.0], 2, PAD) is None


def test_a_slash_alone_in_a_cell_is_no_one() -> None:
    crop, (middle,) = line("/")
    assert settle_shape(Reading((read_as(middle, "1", 0.999),)), crop, PAD).text == "/"
    crop, (middle,) = line("1")
    settled = settle_shape(Reading((read_as(middle, "1", 0.999),)), crop, PAD).glyphs[0]
    assert (settled.text, settled.confidence > 0.99) == ("1", True)


def test_a_sign_whose_ring_is_read_by_itself_stays_one_sign() -> None:
    crop, (middle,) = line("%")
    ring, whole = read_as(middle - 1, "°", 0.8, ("%", 0.15)), read_as(middle + 9, "%", 0.999)
    assert settle_shape(Reading((ring, whole)), crop, PAD).text == "%"


def test_what_the_recogniser_is_sure_of_is_left_alone() -> None:
    crop, (middle,) = line("。")
    reading = Reading((read_as(middle, "0", 0.995, ("。", 0.004)),))
    assert settle_shape(reading, crop, PAD) == reading


def test_a_broken_sign_does_not_overrule_all_doubt() -> None:
    """A fragment is small, but the readings that would fit it are next to impossible."""
    crop, (middle,) = line("、")
    reading = Reading((read_as(middle, "于", 0.95, ("子", 0.01), (".", 0.0001)),))
    assert settle_shape(reading, crop, PAD).glyphs[0].text == "于"


def test_a_bar_tells_at_least_from_more_and_its_lack_tells_nothing() -> None:
    """A faint bar is lost before the arms are."""
    for drawn, sure in (("≥", True), (">", False)):
        crop, (middle,) = line(drawn)
        glyph = settle_shape(Reading((read_as(middle, "≥", 0.8, (">", 0.2)),)), crop, PAD).glyphs[0]
        assert glyph.text == "≥"
        assert (glyph.confidence > 0.98) == sure


@pytest.mark.parametrize(
    ("read", "places", "left"),
    [
        ("一-次", (0.5, 1.0, 2.0), "一次"),  # the rest of a stroke
        ("一-次", (0.5, 1.4, 2.2), "一-次"),  # a hyphen behind it
        ("---级", (0.2, 0.6, 1.1, 1.7), "一级"),  # a dotted stroke
        ("--级", (0.2, 1.3, 2.1), "--级"),  # too wide for one sign
        ("3--4", (0.3, 0.7, 1.1, 1.6), "3--4"),  # between figures
    ],
)
def test_the_pieces_of_a_broken_stroke_are_one_sign(read: str, places: tuple[float, ...], left: str) -> None:
    crop = np.full((round(TYPE * (1 + 2 * PAD)), 200), 245, np.uint8)
    glyphs = [read_as(x * TYPE, text, 0.9 if text in "-一" else 1.0) for x, text in zip(places, read, strict=True)]
    assert settle_shape(Reading(tuple(glyphs)), crop, PAD).text == left


@pytest.mark.parametrize(("wide", "text"), [(0.9, "一"), (0.5, "-")])
def test_a_stroke_as_wide_as_a_sign_is_no_hyphen(wide: float, text: str) -> None:
    crop = np.full((round(TYPE * (1 + 2 * PAD)), 200), 245, np.uint8)
    half = round(wide * TYPE / 2)
    cv2.line(crop, (100 - half, 30), (100 + half, 30), 30, 2)
    glyph = read_as(100.0, "-", 0.87, ("一", 0.12))
    assert settle_shape(Reading((glyph,)), crop, PAD).text == text


def test_a_mark_that_is_likely_all_that_a_line_holds_is_put_there_in_doubt() -> None:
    for others, text in (
        ([(";", 0.31), ("；", 0.18)], ";"),
        ([(";", 0.12), ("，", 0.1)], ""),
        ([("·", 0.5), (" ", 0.4)], ""),
    ):
        settled = drop_passed_over([ReadGlyph("", 0.442, 0.0, 8.0, tuple(others))])
        assert settled.text == text
        assert all(glyph.confidence < 0.5 for glyph in settled.glyphs)
