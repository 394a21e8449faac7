"""Signs that stand alone: ≥ over its number, = or % in a column of their own are read again between figures.

A recogniser has learnt lines of print. Of a sign without neighbours it knows neither size nor place on the line, and
takes ≥ for V, = for a dash and a dash for 一. Between figures of the same page it sees what it has learnt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from pipeline.ocr import Crop, ReadGlyph, Reading, Recogniser
from pipeline.stages.read.shape import LOW

DOUBTFUL = 0.99
"""Probability from which a sign that is read alone is believed."""
FIGURES = (2, 8)
"""Characters of a reading whose crop is set around a sign, at the least and at the most."""
SURE = 0.98
"""Probability that each character of such a reading must have."""
NUMERAL = frozenset("0123456789.,")
SIGNS = frozenset("≥≤=＝><＞＜%％")
"""What may be found where nothing was read, and several of where one sign was: all else is rather dust."""


def settle_lone(recogniser: Recogniser, crops: Sequence[Crop], readings: Sequence[Reading]) -> list[Reading]:
    """Given the crops of a page and their readings, return the readings with each doubtful sign that stands alone read
    again between figures of the page; a page without figures stays as it is."""
    asked = [i for i, reading in enumerate(readings) if is_lone(reading)]
    figures = figures_of(crops, readings) if asked else None
    if figures is None:
        return list(readings)
    settled = list(readings)
    again = recogniser.read([between(figures, crops[i]) for i in asked])
    for i, reading in zip(asked, again, strict=True):
        settled[i] = taken(readings[i], reading, figures.shape[1], crops[i].shape[1])
    return settled


def is_lone(reading: Reading) -> bool:
    """Is it one doubtful sign, or nothing at all? Small signs on the foot of a line are told by their place instead."""
    glyphs = [glyph for glyph in reading.glyphs if glyph.text.strip()]
    return not glyphs or (len(glyphs) == 1 and glyphs[0].confidence < DOUBTFUL and glyphs[0].text not in LOW)


def figures_of(crops: Sequence[Crop], readings: Sequence[Reading]) -> Crop | None:
    """Given the crops of a page and their readings, return the crop of sure figures of the middle width, or None."""
    sure = [crop for crop, reading in zip(crops, readings, strict=True) if is_figures(reading)]
    return sorted(sure, key=lambda crop: crop.shape[1])[len(sure) // 2] if sure else None


def is_figures(reading: Reading) -> bool:
    return (
        FIGURES[0] <= len(reading.glyphs) <= FIGURES[1]
        and reading.text.strip(".,") == reading.text
        and all(glyph.text in NUMERAL and glyph.confidence >= SURE for glyph in reading.glyphs)
    )


def between(figures: Crop, sign: Crop) -> Crop:
    """Given two crops, return one with the sign between the figures and the figures again."""
    high = max(figures.shape[0], sign.shape[0])
    return np.hstack([raised(crop, high) for crop in (figures, sign, figures)])


def raised(crop: Crop, high: int) -> Crop:
    """Given a crop, return it this high, with its paper above and below."""
    missing = high - crop.shape[0]
    paper = int(crop.max())
    return cv2.copyMakeBorder(crop, missing // 2, missing - missing // 2, 0, 0, cv2.BORDER_CONSTANT, value=paper)


def taken(first: Reading, again: Reading, before: int, wide: int) -> Reading:
    """Given the first reading of a sign, the one between figures, how wide they are before it and how wide its own crop
    is, all in pixels, return the one to believe: the second where it has one character there, or signs as in <=."""
    own = [glyph for glyph in again.glyphs if glyph.text.strip() and 0 <= (glyph.x0 + glyph.x1) / 2 - before < wide]
    signs = bool(own) and all(glyph.text in SIGNS for glyph in own)
    believed = signs or (len(own) == 1 and bool(first.text.strip()))
    return Reading(tuple(moved(glyph, before) for glyph in own)) if believed else first


def moved(glyph: ReadGlyph, left: int) -> ReadGlyph:
    return replace(glyph, x0=max(glyph.x0 - left, 0.0), x1=max(glyph.x1 - left, 0.0))
