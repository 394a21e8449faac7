"""Letter-spaced print: "9 0 . 0 0 %" set wide is one number, and the blanks that a recogniser sees in it are none."""

from __future__ import annotations

from itertools import pairwise
from statistics import median

from pipeline.ocr import ReadGlyph, Reading
from pipeline.text.chars import fold_char

WIDE = 0.9
"""Of the height of the print: the pitch of figures and letters that are set wide; it is 0.5 to 0.7 as a rule."""
UNIFORM = 1.4
"""Of the usual pitch: the distance of two figures up to which nothing stands between them."""


def close_spacing(reading: Reading, height: float) -> Reading:
    """Given a reading and the height of its print in crop pixels, return it without the blanks of letter-spacing.

    Blanks beside ideographs stay, since no number depends on them.
    """
    inked = [(at, glyph) for at, glyph in enumerate(reading.glyphs) if glyph.text.strip()]
    pairs = [(a, b, middle(g) - middle(f)) for (a, f), (b, g) in pairwise(inked) if is_narrow(f) and is_narrow(g)]
    unparted = [distance for a, b, distance in pairs if b == a + 1]
    if not unparted or len(unparted) == len(pairs):
        return reading
    pitch = median(unparted)
    if pitch < WIDE * height:
        return reading
    blanks = {at for a, b, distance in pairs if distance <= UNIFORM * pitch for at in range(a + 1, b)}
    return Reading(tuple(glyph for at, glyph in enumerate(reading.glyphs) if at not in blanks))


def middle(glyph: ReadGlyph) -> float:
    return (glyph.x0 + glyph.x1) / 2


def is_narrow(glyph: ReadGlyph) -> bool:
    """True for figures, letters and signs that are set half an em wide."""
    return all(fold_char(char).isascii() or char in "≥≤％" for char in glyph.text)
