"""How far a reading is to be trusted: a recogniser's probability -> how often such a character is right.

Method: Platt scaling (Platt 1999) on the log-odds of the probability, with what else tells right from wrong beside it:
how murky the page is as a whole, whether the neighbours are sure, what another recogniser sees. The weights come from
drawn pages that nothing else was tuned on (``python -m bench.calibrate`` writes configs/confidence.yaml).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.ocr import ReadGlyph, Reading
from pipeline.ocr.second import surety_of_sign
from pipeline.text.chars import is_han
from pipeline.text.signs import spelling

MARKS = frozenset(",.;:!?()[]<>'\"、。·°-—|`")
"""Signs of a few pixels, in one spelling; they differ by a tail or a dot."""
SUREST = 1e-5
"""Off 1 by this much every probability is the same."""
DOUBTFUL = 0.95
"""Probability below which a character counts towards the murk of its page."""
CLEAR = 0.002
"""Share of doubtful characters of the clearest pages."""
SURE, NEAR = 0.99, 3
"""Probability from which a character is sure company to its neighbours, which are as many as that to each side."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a character stands. murk: of its page; company: share of its neighbours on the line that are sure."""

    murk: float
    company: float


def spelled_as_one(reading: Reading) -> Reading:
    """Given a reading, return it with the spellings of one sign taken together, glyph by glyph."""
    return Reading(tuple(same_sign(glyph) for glyph in reading.glyphs))


def same_sign(glyph: ReadGlyph) -> ReadGlyph:
    """Given a read glyph, return it with the spellings of one sign taken together.

    A colon and its full-width form differ in spelling only; which one was printed cannot be told from a crop and does
    not matter to a value.
    """
    if not glyph.others:
        return glyph
    own = spelling(glyph.text) if glyph.text else ""
    others = tuple(other for other in glyph.others if not other[0] or spelling(other[0]) != own)
    return replace(glyph, confidence=surety_of_sign(glyph), others=others)


def settle_trust(readings: Sequence[Reading], weights: Mapping[str, float]) -> list[Reading]:
    """Given the readings of one page and the weights of the features, return them with calibrated probabilities."""
    murk = murk_of([glyph.confidence for reading in readings for glyph in reading.glyphs])
    return [trusted_line(reading, murk, weights) for reading in readings]


def trusted_line(reading: Reading, murk: float, weights: Mapping[str, float]) -> Reading:
    """Given the reading of one line, return it with calibrated probabilities."""
    company = company_of([(glyph.text, glyph.confidence) for glyph in reading.glyphs])
    pairs = zip(reading.glyphs, company, strict=True)
    return Reading(tuple(trusted(glyph, Setting(murk, share), weights) for glyph, share in pairs))


def trusted(glyph: ReadGlyph, setting: Setting, weights: Mapping[str, float]) -> ReadGlyph:
    """Given a glyph and where it stands, return it with its probability calibrated; what is left goes to its rivals as
    it was shared among them."""
    odds = sum(weights[name] * value for name, value in features(glyph, setting).items())
    right = 1.0 / (1.0 + math.exp(-min(max(odds, -30.0), 30.0)))
    shrink = (1.0 - right) / max(1.0 - glyph.confidence, SUREST)
    others = tuple((text, min(p * shrink, 1.0)) for text, p in glyph.others)
    return ReadGlyph(glyph.text, right, glyph.x0, glyph.x1, others, glyph.second)


def murk_of(probabilities: Sequence[float]) -> float:
    """Given the probabilities of a page's characters, return the log of the share that is doubtful, 0 on the clearest
    pages and 1 where ten times as many are."""
    doubtful = sum(p < DOUBTFUL for p in probabilities) / max(len(probabilities), 1)
    return math.log10((doubtful + CLEAR) / CLEAR)


def company_of(line: Sequence[tuple[str, float]]) -> list[float]:
    """Given the characters of one line with their probabilities, return for each what share of its neighbours is sure,
    one more that is not among them, so that a lone character has 0 and one amid sure ones nearly 1.

    Dust, seals and the strokes of a pen are read as characters, too, but seldom amid print.
    """
    inked = [at for at, (text, _) in enumerate(line) if text.strip()]
    sure = [line[at][1] >= SURE for at in inked]
    company = dict.fromkeys(range(len(line)), 0.0)
    for n, at in enumerate(inked):
        near = [*sure[max(n - NEAR, 0) : n], *sure[n + 1 : n + 1 + NEAR]]
        company[at] = sum(near) / (len(near) + 1)
    return list(company.values())


def is_seconded(glyph: ReadGlyph) -> bool:
    """Does another recogniser see what was taken, if in another spelling?"""
    return glyph.second is not None and list(map(spelling, glyph.text)) == list(map(spelling, glyph.second))


def features(glyph: ReadGlyph, setting: Setting) -> dict[str, float]:
    """Given a glyph and where it stands, return what its calibrated log-odds are a weighted sum of."""
    p = min(max(glyph.confidence, SUREST), 1.0 - SUREST)
    rival = glyph.others[0][0] if glyph.others else None
    seconded = is_seconded(glyph)
    return {
        "always": 1.0,
        "surety": math.log(p / (1.0 - p)),
        "murk": setting.murk,
        "company": setting.company,
        "mark": float(spelling(glyph.text) in MARKS),
        "digit": float(spelling(glyph.text).isdecimal()),
        # The network tends to see nothing where 、 stands, and never sees it where nothing does.
        "nothing_or_pause": float(rival == "" and glyph.text == "、"),
        # What another recogniser sees, where it was asked. Both take remains of rulings for the same dash.
        "seconded": float(seconded),
        "seconded_ideograph": float(seconded and len(glyph.text) == 1 and is_han(glyph.text)),
        "contradicted": float(glyph.second is not None and not seconded),
    }
