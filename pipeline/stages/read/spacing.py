"""Letter-spaced print: "9 0 . 0 0 %" set wide is one number, and the blanks that a recogniser sees in it are none."""

from __future__ import annotations

from itertools import pairwise
from statistics import median

from pipeline.ocr import ReadGlyph, Reading
from pipeline.text.chars import fold_char

WIDE = 0.9
"""Of the height of the print: the pitch of figures and letters that are set wide; it is 0.5 to 0.7 as a rule."""
LONE = 0.7
"""The same where a blank was seen between every two figures: nobody prints a row of one-figure numbers."""
UNIFORM = 1.4
"""Of the usual pitch: the distance of two figures up to which nothing stands between them."""


def close_spacing(reading: Reading, height: float) -> Reading:
    """Given a reading and the height of its print in crop pixels, return it without the blanks of letter-spacing.

    Figures tell how wide the print is set, with or without a blank between them: full-width ones have an em each, and
    a recogniser sees blanks between some of them. Blanks beside ideographs stay, since no number depends on them.
    """
    inked = [(at, glyph) for at, glyph in enumerate(reading.glyphs) if glyph.text.strip()]
    pairs = [(a, b, f, g) for (a, f), (b, g) in pairwise(inked) if is_narrow(f) and is_narrow(g)]
    figures = [(b == a + 1, middle(g) - middle(f)) for a, b, f, g in pairs if f.text.isdigit() and g.text.isdigit()]
    unparted = [middle(g) - middle(f) for a, b, f, g in pairs if b == a + 1]
    pitch = median([distance for _, distance in figures] or unparted or [0.0])
    lone = bool(figures) and not any(joined for joined, _ in figures)
    if pitch < (LONE if lone else WIDE) * height or len(unparted) == len(pairs):
        return reading
    close = [(a, b) for a, b, f, g in pairs if middle(g) - middle(f) <= UNIFORM * pitch]
    blanks = {at for a, b in close for at in range(a + 1, b)}
    return Reading(tuple(glyph for at, glyph in enumerate(reading.glyphs) if at not in blanks))


def middle(glyph: ReadGlyph) -> float:
    return (glyph.x0 + glyph.x1) / 2


def is_narrow(glyph: ReadGlyph) -> bool:
    """True for figures, letters and signs that are set half an em wide."""
    return all(fold_char(char).isascii() or char in "≥≤％" for char in glyph.text)
