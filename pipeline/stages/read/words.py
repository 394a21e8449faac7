"""Look-alike ideographs told apart by the words they stand in: 倾斜 not 倾料, 合同 not 合司, 规划 not 规戈.

A recogniser judges each character by its strokes, and in poor print 问 looks like 间. Bayes' rule with the likelihood
of the ideographs around under each candidate, after a unigram model of words at its best segmentation (Sproat et al.
1996), found by dynamic programming; the counts are those of the dictionary in the jieba package.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache, lru_cache

from pipeline.ocr import ReadGlyph, Reading
from pipeline.ocr.weights import wheel_file
from pipeline.stages.read.script import is_everyday
from pipeline.text.chars import is_han

DOUBTFUL = 0.999
"""Probability from which an ideograph is not looked at again: in print of 100 dpi 0.99 is given to wrong ones, too."""
RIVAL = 0.001
"""Probability from which an ideograph competes for a place."""
REACH = 4
"""Ideographs to each side that count: as many as a word can have, so that the neighbours' own words are seen, too."""
LONGEST = 4
"""Characters of the longest words that are asked for."""
WEIGHT = 0.7
"""Exponent of the likelihood: words depend on each other, which the model does not know."""
MOST = 100.0
"""How many times likelier words make one candidate than another at most: names are in no dictionary."""
COUNTED = 6e7
"""Running words that the counts of the dictionary come from."""
ALONE = 3000 / COUNTED
"""Probability of any ideograph by itself: as words of their own some are a thousand times as frequent as others, but
that says nothing about names, and the recogniser has learnt it already."""
STRANGERS = 0.2
"""Share of a page's ideographs outside of the everyday simplified set from which it is in another script than the
dictionary."""


def settle_words(readings: Sequence[Reading]) -> list[Reading]:
    """Given the readings of one page, a crop each, return them with the doubtful ideographs weighed by their words."""
    if not any(is_contested(glyph) for reading in readings for glyph in reading.glyphs) or is_foreign(readings):
        return list(readings)
    return [settle_line(reading) for reading in readings]


def settle_line(reading: Reading) -> Reading:
    """Given a reading, return it with its doubtful ideographs settled left to right, each beside the settled ones."""
    glyphs = list(reading.glyphs)
    for i, glyph in enumerate(glyphs):
        if is_contested(glyph):
            glyphs[i] = weighed(glyph, run_of(glyphs[:i][::-1])[::-1], run_of(glyphs[i + 1 :]))
    return Reading(tuple(glyphs))


def is_ideograph(text: str) -> bool:
    return len(text) == 1 and is_han(text)


def is_rival(text: str, p: float) -> bool:
    return p >= RIVAL and is_ideograph(text)


def is_contested(glyph: ReadGlyph) -> bool:
    """True for a doubtful ideograph that may be another one."""
    return glyph.confidence < DOUBTFUL and is_ideograph(glyph.text) and any(is_rival(*other) for other in glyph.others)


def is_foreign(readings: Sequence[Reading]) -> bool:
    """Given the readings of one page, return whether they are in a script whose words are not known."""
    ideographs = [glyph.text for reading in readings for glyph in reading.glyphs if is_ideograph(glyph.text)]
    return sum(not is_everyday(text) for text in ideographs) >= STRANGERS * len(ideographs)


def run_of(glyphs: Sequence[ReadGlyph]) -> str:
    """Given the glyphs to one side, nearest first, return the ideographs that follow on at once."""
    count = next((i for i, glyph in enumerate(glyphs[:REACH]) if not is_ideograph(glyph.text)), min(REACH, len(glyphs)))
    return "".join(glyph.text for glyph in glyphs[:count])


def weighed(glyph: ReadGlyph, left: str, right: str) -> ReadGlyph:
    """Given a contested glyph and the ideographs before and behind it, return it with its ideographs weighed by the
    words they make. What they have together stays theirs: of other signs and of nothing, words say nothing."""
    readings = glyph.readings
    rivals = [glyph.text, *(text for text, p in glyph.others if is_rival(text, p))]
    gains = gains_of(rivals, left, right)
    if len(set(gains.values())) == 1:
        return glyph
    theirs = sum(p for text, p in readings if text in gains)
    share = theirs / sum(p * gains[text] for text, p in readings if text in gains)
    return glyph.taking((text, p * gains[text] * share if text in gains else p) for text, p in readings)


def gains_of(rivals: Sequence[str], left: str, right: str) -> dict[str, float]:
    """Given the candidates for a place and the ideographs around it, return each one's likelihood, 1 for the best and
    no less than 1 / ``MOST``."""
    if not left and not right:
        return dict.fromkeys(rivals, 1.0)
    likely = {text: log_likelihood(left + text + right) for text in rivals}
    best = max(likely.values())
    return {text: max(math.exp(WEIGHT * (one - best)), 1.0 / MOST) for text, one in likely.items()}


def log_likelihood(text: str) -> float:
    """Given ideographs, return the log of their probability when they are cut into words in the likeliest way."""
    best = [0.0]
    for end in range(1, len(text) + 1):
        starts = range(max(end - LONGEST, 0), end)
        best.append(max(best[start] + log_probability(text[start:end]) for start in starts))
    return best[-1]


@lru_cache(maxsize=1 << 16)
def log_probability(word: str) -> float:
    """Given a word, return the log of its share of running text; -inf for one of several characters that is none."""
    if len(word) == 1:
        return math.log(ALONE)
    entries, key = lexicon(), f"{word} ".encode()
    place = bisect_left(entries, key)
    if place == len(entries) or not entries[place].startswith(key):
        return -math.inf
    return math.log(int(entries[place].split(b" ")[1]) / COUNTED)


@cache
def lexicon() -> list[bytes]:
    """Return the entries "word count kind" of the dictionary in order, 25 MB. Loaded when the first doubtful ideograph
    is met, in a tenth of a second: they stay bytes until they are asked for.

    Raises ShenbaoError when the package is not installed; it is located, never imported.
    """
    return sorted(wheel_file("jieba", "dict.txt").read_bytes().splitlines())
