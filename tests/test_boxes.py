"""Boxes to tick are told by their ink, however they were read; ticks by the paper beside them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import load_settings
from pipeline.ocr import Crop, ReadGlyph
from pipeline.stages.read.boxes import with_boxes, with_ticks_apart
from pipeline.stages.read.ink import filled_boxes, find_ink

PAD, TYPE, INK, PAPER = 0.25, 40, 30, 245
TOP = round(PAD * TYPE)
READ = load_settings().read


def blank(signs: int) -> Crop:
    return np.full((round(TYPE * (1 + 2 * PAD)), 60 + 50 * signs), PAPER, np.uint8)


def glyph(text: str, middle: float, p: float = 0.6) -> ReadGlyph:
    return ReadGlyph(text, p, middle - 8, middle + 8)


def put(crop: Crop, sign: str, x: int, side: int = 30, ink: int = INK, stroke: int = 2) -> None:
    """Draw a sign at x, on the middle of the line."""
    y = crop.shape[0] // 2 - side // 2
    if sign in "□■":
        cv2.rectangle(crop, (x, y), (x + side, y + side), ink, -1 if sign == "■" else stroke)
    elif sign == "目":
        cv2.rectangle(crop, (x, y), (x + side, y + side), ink, stroke)
        cv2.line(crop, (x, y + side // 2), (x + side, y + side // 2), ink, stroke)
    elif sign == "√":
        cv2.polylines(
            crop, [np.array([(x, y + 15), (x + 9, y + 26), (x + side, y)])], isClosed=False, color=ink, thickness=2
        )


@given(
    st.sampled_from("□■"),
    st.integers(24, 40),
    st.integers(1, 3),
    st.sampled_from([30, 110, 170]),
    st.sampled_from(["", " ", "|", "0", "□", "口"]),
)
def test_a_square_is_a_box_whatever_was_read(sign: str, side: int, stroke: int, ink: int, text: str) -> None:
    crop = blank(2)
    put(crop, sign, 20, side, ink, stroke)
    read = [glyph(text, 20 + side / 2), glyph("项", 100, 0.999)]
    assert [one.text for one in with_boxes(read, crop, PAD)] == [sign, "项"]
    assert [one.text for one in with_boxes(read[1:], crop, PAD)] == [sign, "项"]


@pytest.mark.parametrize(
    ("sign", "side", "text", "p"), [("目", 30, "目", 0.6), ("□", 30, "口", 0.95), ("□", 12, "o", 0.6)]
)
def test_other_signs_are_left_as_they_were_read(sign: str, side: int, text: str, p: float) -> None:
    """An ideograph that was read surely, a sign with strokes inside, a small ring."""
    crop = blank(1)
    put(crop, sign, 20, side)
    read = [glyph(text, 20 + side / 2, p)]
    assert with_boxes(read, crop, PAD) == read


@pytest.mark.parametrize(("left", "right", "text"), [(20, 4, "目 √延"), (4, 20, "目√ 延"), (8, 8, "目√延")])
def test_a_tick_stands_with_the_sign_that_is_nearer(left: int, right: int, text: str) -> None:
    crop = blank(3)
    put(crop, "目", 10)
    put(crop, "√", 42 + left)
    put(crop, "目", 42 + left + 32 + right)
    read = [glyph("目", 25), glyph("√", 42 + left + 15), glyph("延", 42 + left + 32 + right + 15)]
    assert "".join(one.text for one in with_ticks_apart(read, crop, PAD)) == text


@pytest.mark.parametrize("filled", [False, True])
def test_the_hairs_of_an_empty_box_are_print(filled: bool) -> None:
    """Beside strokes twice as dark, and beside a box that is darker still."""
    area = np.full((70, 300), PAPER, np.uint8)
    put(area, "□", 20, 30, PAPER - 130, 1)
    for x in (70, 110, 150):
        put(area, "目", x, 30, 60 if not filled else 100, 3)
    if filled:
        put(area, "■", 210, 30, 0)
    found = find_ink(area, np.full_like(area, PAPER), 200.0, 36.0, READ, ruled=True)
    assert found.mask[18:53, 18:53].sum() > 80
    assert found.mask[:, 60:190].sum() > 600


def test_bold_strokes_are_no_filled_box() -> None:
    """Strokes of half an em, as of bold print on a coarse scan, and a block wider than any sign."""
    mask = np.zeros((80, 300), np.uint8)
    mask[20:50, 20:34] = mask[28:42, 20:50] = 1
    mask[20:50, 100:230] = 1
    assert not filled_boxes(mask, 30.0).any()
    mask[22:48, 250:276] = 1
    assert filled_boxes(mask, 30.0)[22:48, 250:276].all()
