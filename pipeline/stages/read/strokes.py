"""The stroke of 一 on a bad scan: broken or dotted, and each piece of it read as a dash of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from pipeline.ocr import ReadGlyph
from pipeline.text.chars import is_han

STROKE = "一"
PIECES = frozenset("-—–·…~一")
"""What pieces of a stroke are read as."""
BROKEN = 0.95
"""Probability of a dash from which it is whole."""
BESIDE, ACROSS = 0.75, 0.95
"""Heights of type: the rest of a stroke lies nearer to its middle than the first, a hyphen behind a whole one farther
off; the middles of the first and the last piece of one stroke lie within the second."""
JOINED = 0.9
"""Probability of a stroke that was put together of pieces."""


def with_whole_strokes(glyphs: Sequence[ReadGlyph], type_height: float) -> list[ReadGlyph]:
    """Given the glyphs of a line and the height of type in pixels, return them with one 一 for each run of its
    pieces."""
    return [whole for run in runs_of(glyphs) for whole in joined(run, glyphs, type_height)]


def runs_of(glyphs: Sequence[ReadGlyph]) -> Iterator[list[ReadGlyph]]:
    """Yield the glyphs in runs of pieces and of anything else."""
    yield from (list(run) for _, run in groupby(glyphs, key=lambda glyph: glyph.text in PIECES))


def joined(run: list[ReadGlyph], line: Sequence[ReadGlyph], type_height: float) -> list[ReadGlyph]:
    """Given a run of glyphs of a line, return the one stroke that they are pieces of, or the same."""
    if len(run) < 2 or run[0].text not in PIECES or min(glyph.confidence for glyph in run) >= BROKEN:
        return run
    span = (middle(run[-1]) - middle(run[0])) / type_height
    whole = next((glyph for glyph in run if glyph.text == STROKE), None)
    if whole is not None:
        return [whole] if span < BESIDE else run
    if span > ACROSS or not beside_ideograph(run, line):
        return run
    rest = ((run[0].text, 1.0 - JOINED),)
    return [replace(run[0], text=STROKE, confidence=JOINED, x1=run[-1].x1, others=rest, second=None)]


def middle(glyph: ReadGlyph) -> float:
    return (glyph.x0 + glyph.x1) / 2


def beside_ideograph(run: Sequence[ReadGlyph], line: Sequence[ReadGlyph]) -> bool:
    """Does an ideograph stand right before or right behind the run? Between figures a dash is one."""
    start = next(at for at, glyph in enumerate(line) if glyph is run[0])
    beside = [*line[max(start - 1, 0) : start], *line[start + len(run) : start + len(run) + 1]]
    return any(len(glyph.text) == 1 and is_han(glyph.text) for glyph in beside)
