"""Closed vocabularies: which known word a print says, and how sure that is, from the recogniser's own scores."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from pipeline.forms.labels import CACHED, LONGEST, fold
from pipeline.forms.prints import Print
from pipeline.model import Glyph
from pipeline.text.chars import fold_char
from pipeline.text.indicators import split_score
from pipeline.text.mapped import Span
from pipeline.text.normalise import normalise

UNSEEN = 1e-3
"""Probability of a character that the recogniser did not name among the likely ones at its place."""
STRANGER = 1e-2
"""Prior probability that a closed vocabulary's place holds a word which is not in it."""
SHORT_WORD = 4
"""Characters; up to here a word is short."""
MENDED_SHORT, MENDED_LONG = 1, 2
"""Misread characters that may be mended in a short and in a longer word."""


@dataclass(frozen=True, slots=True)
class Word:
    """A known word that a print says. exact: it was read without a slip; else ``read`` is what was read."""

    text: str
    read: str
    confidence: float

    @property
    def exact(self) -> bool:
        return fold(self.text) == fold(self.read)


def without_score(print_: Print) -> Print:
    """Given the print of a label, return the part without a score glued on."""
    return print_.part(*_bare(print_.text)[1])


@lru_cache(maxsize=CACHED)
def _bare(printed: str) -> tuple[str, Span]:
    """Given a printed label, return it without a score glued on, and where that stands in the print."""
    label = split_score(printed)[0]
    return label, normalise(printed).span(0, len(label))


def read_word(print_: Print, words: Collection[str]) -> Word | None:
    """Given a print and a closed vocabulary, return the word it says, a score glued on aside, or None.

    Only what a recogniser read is mended, and only when one known word is nearer than all others; a text layer says
    what it says.
    """
    if len(print_.text) > LONGEST or not words:
        return None
    read, span = _bare(print_.text)
    reach = 0 if print_.origin != "ocr" else MENDED_LONG
    word = _nearest(fold(read), tuple(words), reach) if read else None
    return None if word is None else Word(word, read, word_probability(print_.part(*span), word, words))


def word_within(print_: Print, words: Collection[str]) -> Word | None:
    """Given a print that a recogniser read and a closed vocabulary, return the only known word that stands in it amid
    other signs, as those of a pen or a seal over the cell; doubtful, since what they say is not known."""
    if print_.origin != "ocr" or len(print_.text) > LONGEST:
        return None
    read, span = _bare(print_.text)
    within = [word for word in words if fold(word) in fold(read)]
    longest = max(within, key=len, default="")
    if not longest or any(word not in longest for word in within):
        return None
    return Word(longest, read, word_probability(print_.part(*span), longest, words))


@lru_cache(maxsize=CACHED)
def _nearest(read: str, words: tuple[str, ...], reach: int) -> str | None:
    """Given what was read, return the known word that is nearer than all others and near enough, or None."""
    distances = sorted((Levenshtein.distance(read, fold(word)), word) for word in words)
    nearest, word = distances[0]
    alone = len(distances) == 1 or distances[1][0] > nearest
    near = min(reach, MENDED_SHORT if len(word) <= SHORT_WORD else MENDED_LONG, len(word) // 3)
    return word if alone and nearest <= near else None


def word_probability(print_: Print, word: str, words: Collection[str]) -> float:
    """Given a print and a word of a closed vocabulary, return the probability that the print says this word.

    Bayes over the vocabulary: each word is as likely as its characters are at their places; what was read itself
    stands beside them as a stranger to the vocabulary.
    """
    glyphs = [glyph for _, glyph in print_.inked]
    likely = {_spelled(other): likelihood(glyphs, other) for other in {*words, word}}
    read = _spelled("".join(glyph.text for glyph in glyphs))
    stranger = 0.0 if read in likely else STRANGER * likelihood(glyphs, read)
    whole = sum(likely.values()) + stranger
    return likely[_spelled(word)] / whole if whole > 0.0 else 0.0


def edits(one: str, other: str) -> list[tuple[str, int, int, int, int]]:
    """Given two strings, return the blocks that lead from one to the other: (tag, start, end, start, end)."""
    return [(op.tag, op.src_start, op.src_end, op.dest_start, op.dest_end) for op in Levenshtein.opcodes(one, other)]


def _spelled(text: str) -> str:
    """Given a text, return it with one spelling for each sign: a font's file may name the radical for the ideograph."""
    return "".join(fold_char(char) or char for char in text)


def _named(glyph: Glyph, sign: str) -> float:
    """Given a glyph and a sign in one spelling, return the probability of that sign beside the one that was read."""
    return sum(p for text, p in glyph.others if _spelled(text) == sign) or UNSEEN


def likelihood(glyphs: Sequence[Glyph], word: str) -> float:
    """Given glyphs and a word, return the product over the word's characters of their probability at their place."""
    read, said = _spelled("".join(glyph.text[:1] for glyph in glyphs)), _spelled(word)
    product = 1.0
    for tag, start, end, at, to in edits(read, said):
        if tag == "equal":
            product *= math.prod(glyph.confidence for glyph in glyphs[start:end])
        elif tag == "replace":
            product *= math.prod(
                _named(glyph, char) for glyph, char in zip(glyphs[start:end], said[at:to], strict=True)
            )
        else:
            product *= UNSEEN ** max(end - start, to - at)
    return product
