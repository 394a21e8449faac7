"""A second opinion: lines of which one recogniser is not sure are shown to another one, of another make.

Two networks that were trained apart err apart: a character on which both agree is right far more often than its
probability says, and one that only the first sees is not. It costs little: few lines hold a doubtful character, and of
those the second is shown the piece around it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from pipeline.ocr import Crop, ReadGlyph, Reading, Recogniser
from pipeline.ocr.pieces import Piece, pieces_of, shown_piece
from pipeline.text.signs import spelling

DOUBTFUL = 0.99
"""Probability from which a character is believed without a second look: of 78 surer ones that the second recogniser
read otherwise, the first was right on all."""
MANY, MOST = 20, 0.5
"""Lines of one call from which it is a page, and how many of these are shown to the second recogniser at the most."""


class SecondedRecogniser:
    """Reads with one recogniser, and notes on each doubtful character what another one sees there."""

    def __init__(self, first: Recogniser, second: Recogniser) -> None:
        self.name = f"{first.name}+{second.name}"
        self.first, self.second = first, second

    def read(self, crops: Sequence[Crop]) -> list[Reading]:
        """Given N line crops, return the first recogniser's readings in the same order, doubtful characters seconded
        or contradicted. Where most lines are doubtful, as on a page of noise, nobody is asked: it would cost as much
        again and settle nothing."""
        readings = self.first.read(crops)
        asked = [i for i, reading in enumerate(readings) if any(map(is_doubtful, reading.glyphs))]
        if len(readings) >= MANY and len(asked) > MOST * len(readings):
            return readings
        pieces = [(i, piece) for i in asked for piece in pieces_of(readings[i], crops[i], is_doubtful)]
        opinions = self.second.read([shown_piece(crops[i], piece) for i, piece in pieces])
        for (i, piece), opinion in zip(pieces, opinions, strict=True):
            readings[i] = with_opinion(readings[i], piece, opinion)
        return readings


def is_doubtful(glyph: ReadGlyph, below: float = DOUBTFUL) -> bool:
    """Is it unsure which sign stands here? Which of its spellings does not count: no crop tells, and no value asks."""
    return glyph.confidence < below and surety_of_sign(glyph) < below


def surety_of_sign(glyph: ReadGlyph) -> float:
    """Given a glyph, return the probability that what was taken stands there in whatever spelling."""
    own = spelling(glyph.text) if glyph.text else ""
    same = sum(chance for text, chance in glyph.others if text and spelling(text) == own)
    return min(glyph.confidence + same, 1.0)


def with_opinion(reading: Reading, piece: Piece, opinion: Reading) -> Reading:
    """Given a reading and what the second recogniser saw on a piece of its line, return it with that piece seconded."""
    glyphs = reading.glyphs
    piece_of = Reading(glyphs[piece.first : piece.last])
    return Reading((*glyphs[: piece.first], *seconded(piece_of, opinion).glyphs, *glyphs[piece.last :]))


def seconded(first: Reading, second: Reading) -> Reading:
    """Given two readings of one piece of a line, return the first with what the second sees at each doubtful place."""
    opinions = opinions_on([token(glyph) for glyph in first.glyphs], [token(glyph) for glyph in second.glyphs])
    return Reading(
        tuple(
            replace(glyph, second=opinion) if is_doubtful(glyph) else glyph
            for glyph, opinion in zip(first.glyphs, opinions, strict=True)
        )
    )


def token(glyph: ReadGlyph) -> str:
    """What two readings are laid side by side by: the sign in one spelling; of a place where nothing was read, what may
    have been passed over there, so that it meets the sign where the other recogniser saw it."""
    text = glyph.text or (glyph.others[0][0] if glyph.others else "")
    return "".join(map(spelling, text))


def opinions_on(first: Sequence[str], second: Sequence[str]) -> Iterator[str]:
    """Given the signs of two readings, yield what the second has at each place of the first, "" for nothing."""
    for kind, a, b, c, d in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if kind in ("equal", "replace"):
            yield from second[c : min(c + b - a, d)]
            yield from [""] * max((b - a) - (d - c), 0)
        elif kind == "delete":
            yield from [""] * (b - a)
