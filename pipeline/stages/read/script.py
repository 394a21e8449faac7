"""One page, one script: on a page of simplified characters a traditional one is most likely a misreading.

The recogniser knows both scripts and takes 时 for 時 in brush-like print. The print of the whole page tells which one
it is written in; that is the prior by which Bayes' rule ranks the readings of each character again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from pipeline.ocr import ReadGlyph, Reading
from pipeline.text.chars import is_han

SIMPLIFIED = 0.95
"""Share of a page's ideographs in the everyday simplified set from which the page is taken to be written in it."""
ENOUGH = 30
"""Ideographs that a page must have to tell."""
STRANGER = 0.02
"""How likely a character outside of that set is on such a page, against one within it: names have rare ones."""


@lru_cache(maxsize=1 << 15)
def is_everyday(char: str) -> bool:
    """True for the simplified characters of GB 2312 and for every sign that is no ideograph."""
    if not is_han(char):
        return True
    try:
        char.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def settle_script(readings: Sequence[Reading]) -> list[Reading]:
    """Given the readings of one page, return them with strangers to the page's script ranked by how rare they are."""
    if not is_simplified(glyph.text for reading in readings for glyph in reading.glyphs):
        return list(readings)
    return [Reading(tuple(settle(glyph) for glyph in reading.glyphs)) for reading in readings]


def is_simplified(chars: Iterable[str]) -> bool:
    """Given the characters of a page, return whether they are written in simplified script."""
    ideographs = [char for char in chars if char and is_han(char[0])]
    everyday = sum(is_everyday(char[0]) for char in ideographs)
    return len(ideographs) >= ENOUGH and everyday >= SIMPLIFIED * len(ideographs)


def settle(glyph: ReadGlyph) -> ReadGlyph:
    """Given a glyph on a page of simplified script, return it with its readings ranked by that."""
    readings = glyph.readings
    if not glyph.text or all(len(text) != 1 or is_everyday(text) for text, _ in readings):
        return glyph
    weighted = [(text, p if len(text) != 1 or is_everyday(text) else STRANGER * p) for text, p in readings]
    left = max(1.0 - sum(p for _, p in readings), 0.0)
    whole = sum(p for _, p in weighted) + left
    return glyph.taking((text, p / whole) for text, p in weighted)
