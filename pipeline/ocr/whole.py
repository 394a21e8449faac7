"""The recogniser in whole numbers, and in floats where it doubts.

Bytes are multiplied in half the time of floats, and read a line that is plain all the same. Where a character is in
doubt a probability matters, and rounding has moved it: such lines, few of a page, are read again in floats.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.ocr import Crop, Reading, Recogniser
from pipeline.ocr.second import is_doubtful

REREAD = 0.97
"""Probability below which a character has its line read again. Of 5,600 lines of drawn pages 4 in 100 are doubtful for
characters between this and the second recogniser's limit; read again, not one of them held another sign."""
MANY, MOST = 10, 0.8
"""Lines of one call from which it is a page, or a sample of one, and how many of these are read again at the most: of
noise nearly all are in doubt, of a bad fax not as many."""


class RereadRecogniser:
    """Reads with a quick recogniser, and again with a careful one each line that holds a doubtful character or, to the
    quick one's eyes, nothing; unless nearly all lines of a page do."""

    def __init__(self, quick: Recogniser, careful: Recogniser) -> None:
        self.name = careful.name
        self.quick, self.careful = quick, careful

    def read(self, crops: Sequence[Crop]) -> list[Reading]:
        """Given N line crops, return N readings in the same order."""
        readings = self.quick.read(crops)
        asked = [i for i, reading in enumerate(readings) if is_to_reread(reading)]
        if len(readings) >= MANY and len(asked) > MOST * len(readings):
            return readings
        for i, again in zip(asked, self.careful.read([crops[i] for i in asked]), strict=True):
            readings[i] = again
        return readings


def is_to_reread(reading: Reading) -> bool:
    """Does a line hold a character in doubt or, to the quick one's eyes, nothing?"""
    return not reading.glyphs or any(is_doubtful(glyph, REREAD) for glyph in reading.glyphs)
