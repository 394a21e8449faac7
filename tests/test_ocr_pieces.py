"""Of a line in doubt the second recogniser is shown the signs in doubt with their company, cut where there is paper."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import load_settings
from pipeline.ocr import Crop, ReadGlyph, Reading, Recogniser
from pipeline.ocr.engines import load_onnx
from pipeline.ocr.pieces import Piece, pieces_of, shown_piece
from pipeline.ocr.second import SecondedRecogniser, is_doubtful
from pipeline.ocr.weights import rec_model, second_model

HIGH = 48


def line_of(middles: Sequence[float], doubtful: set[int]) -> Reading:
    return Reading(
        tuple(ReadGlyph("甲", 0.5 if i in doubtful else 1.0, x - 10.0, x + 10.0) for i, x in enumerate(middles))
    )


def crop_of(middles: Sequence[float], wide: int) -> Crop:
    """A stroke at each place, paper between them."""
    crop = np.full((HIGH, wide), 245, np.uint8)
    for x in middles:
        crop[12:36, max(round(x) - 6, 0) : round(x) + 6] = 30
    return crop


@given(st.lists(st.integers(0, 1500), min_size=1, max_size=40).map(sorted), st.sets(st.integers(0, 39), min_size=1))
def test_pieces_hold_every_doubtful_sign_once_and_nothing_twice(middles: list[int], asked: set[int]) -> None:
    doubtful = {i % len(middles) for i in asked}
    crop = crop_of(middles, 1510)
    pieces = pieces_of(line_of(middles, doubtful), crop, is_doubtful)
    assert all(0 <= piece.left < piece.right <= crop.shape[1] for piece in pieces)
    assert all(one.last <= two.first and one.right <= two.left for one, two in pairwise(pieces))
    held = [i for piece in pieces for i in range(piece.first, piece.last)]
    assert doubtful <= set(held)
    assert len(held) == len(set(held))
    assert all(shown_piece(crop, piece).shape[1] >= piece.right - piece.left for piece in pieces)


def test_a_long_line_is_cut_between_its_signs_and_a_short_one_is_not() -> None:
    middles = [30.0 + 40.0 * i for i in range(30)]
    crop = crop_of(middles, 1240)
    (piece,) = pieces_of(line_of(middles, {10}), crop, is_doubtful)
    assert (piece.first, piece.last) == (8, 13)
    assert crop[:, [piece.left, piece.right]].min() == 245
    assert pieces_of(line_of(middles[:6], {2}), crop[:, :260], is_doubtful) == [Piece(0, 6, 0, 260)]
    assert len(pieces_of(line_of(middles, {3, 25}), crop, is_doubtful)) == 2
    assert pieces_of(line_of(middles, set(range(0, 30, 2))), crop, is_doubtful) == [Piece(0, 30, 0, 1240)]


class Widths:
    """Reads as another recogniser does, and notes how wide the crops are."""

    def __init__(self, inner: Recogniser) -> None:
        self.name, self._inner = inner.name, inner
        self.widths: list[int] = []

    def read(self, crops: Sequence[Crop]) -> list[Reading]:
        self.widths += [crop.shape[1] for crop in crops]
        return self._inner.read(crops)


class Doubting:
    """Is sure of all that another recogniser reads but for one sign."""

    name = "doubting"

    def __init__(self, sign: str) -> None:
        self._inner, self._sign = load_onnx(rec_model(), load_settings().ocr), sign

    def read(self, crops: Sequence[Crop]) -> list[Reading]:
        return [
            Reading(tuple(ReadGlyph(g.text, 0.6 if g.text == self._sign else 1.0, g.x0, g.x1) for g in reading.glyphs))
            for reading in self._inner.read(crops)
        ]


def test_the_second_recogniser_reads_a_sign_in_its_piece_as_in_its_line() -> None:
    crop = np.full((60, 900), 245, np.uint8)
    cv2.putText(crop, "2024-615,848 103,577 96,002 8,115", (10, 42), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 30, 2)
    second = Widths(load_onnx(second_model(), load_settings().ocr))
    (reading,) = SecondedRecogniser(Doubting("7"), second).read([crop])
    assert reading.text.replace(" ", "") == "2024-615,848103,57796,0028,115"
    assert [glyph.second for glyph in reading.glyphs if glyph.text == "7"] == ["7", "7"]
    assert all(glyph.second is None for glyph in reading.glyphs if glyph.text != "7")
    assert len(second.widths) == 1
    assert second.widths[0] < 0.6 * crop.shape[1]
