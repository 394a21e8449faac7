"""How far a reading is to be trusted: a recogniser's probability -> how often such a character is right.

Method: Platt scaling (Platt 1999) on the log-odds of the probability, with what else tells right from wrong beside it:
what the nearest rival is, and how murky the page is as a whole. The weights come from drawn pages that nothing else was
tuned on (``python -m bench.calibrate`` writes configs/confidence.yaml).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.ocr import ReadGlyph, Reading
from pipeline.ocr.second import surety_of_sign
from pipeline.text.signs import spelling

MARKS = frozenset(",.;:!?()[]<>'\"、。·°-—|`")
"""Signs of a few pixels, in one spelling; they differ by a tail or a dot."""
SUREST = 1e-5
"""Off 1 by this much every probability is the same."""
DOUBTFUL = 0.95
"""Probability below which a character counts towards the murk of its page."""
CLEAR = 0.002
"""Share of doubtful characters of the clearest pages."""
SURE = 0.9995
"""Probability from which it does not matter that no rival is known."""


def spelled_as_one(reading: Reading) -> Reading:
    """Given a reading, return it with the spellings of one sign taken together, glyph by glyph."""
    return Reading(tuple(same_sign(glyph) for glyph in reading.glyphs))


def same_sign(glyph: ReadGlyph) -> ReadGlyph:
    """Given a read glyph, return it with the spellings of one sign taken together.

    A colon and its full-width form differ in spelling only; which one was printed cannot be told from a crop and does
    not matter to a value.
    """
    own = spelling(glyph.text) if glyph.text else ""
    others = tuple(other for other in glyph.others if not other[0] or spelling(other[0]) != own)
    return replace(glyph, confidence=surety_of_sign(glyph), others=others)


def settle_trust(readings: Sequence[Reading], weights: Mapping[str, float]) -> list[Reading]:
    """Given the readings of one page and the weights of the features, return them with calibrated probabilities."""
    murk = murk_of([glyph.confidence for reading in readings for glyph in reading.glyphs])
    return [Reading(tuple(trusted(glyph, murk, weights) for glyph in reading.glyphs)) for reading in readings]


def trusted(glyph: ReadGlyph, murk: float, weights: Mapping[str, float]) -> ReadGlyph:
    """Given a glyph and the murk of its page, return it with its probability calibrated; what is left goes to its
    rivals as it was shared among them."""
    odds = sum(weights[name] * value for name, value in features(glyph, murk).items())
    right = 1.0 / (1.0 + math.exp(-min(max(odds, -30.0), 30.0)))
    shrink = (1.0 - right) / max(1.0 - glyph.confidence, SUREST)
    return replace(glyph, confidence=right, others=tuple((text, min(p * shrink, 1.0)) for text, p in glyph.others))


def murk_of(probabilities: Sequence[float]) -> float:
    """Given the probabilities of a page's characters, return the log of the share that is doubtful, 0 on the clearest
    pages and 1 where ten times as many are."""
    doubtful = sum(p < DOUBTFUL for p in probabilities) / max(len(probabilities), 1)
    return math.log10((doubtful + CLEAR) / CLEAR)


def is_seconded(glyph: ReadGlyph) -> bool:
    """Does another recogniser see what was taken, if in another spelling?"""
    return glyph.second is not None and list(map(spelling, glyph.text)) == list(map(spelling, glyph.second))


def features(glyph: ReadGlyph, murk: float) -> dict[str, float]:
    """Given a glyph and the murk of its page, return what its calibrated log-odds are a weighted sum of."""
    p = min(max(glyph.confidence, SUREST), 1.0 - SUREST)
    rival = glyph.others[0][0] if glyph.others else None
    mark = spelling(glyph.text) in MARKS
    return {
        "always": 1.0,
        "surety": math.log(p / (1.0 - p)),
        "murk": murk,
        "mark": float(mark),
        "murky_mark": murk * mark,
        # The network tends to see nothing where 、 stands, and never sees it where nothing does.
        "nothing_or_pause": float(rival == "" and glyph.text == "、"),
        "nothing_else": float(rival == "" and glyph.text != "、"),
        # Without a rival, doubt means that a character may have been passed over beside it.
        "passed_over": float(rival is None and p < SURE),
        # What another recogniser sees, where it was asked. Both take remains of rulings for the same dash.
        "seconded": float(is_seconded(glyph)),
        "seconded_mark": float(is_seconded(glyph) and mark),
        "contradicted": float(glyph.second is not None and not is_seconded(glyph)),
    }
