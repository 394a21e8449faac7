"""How sure the text of a recognised print is: all readings that come out as the same text count for it.

Text has one spelling for one thing. The ring behind a percent sign is a full stop whichever of two signs it was read
as; the letters of a tag that is dropped, once they make one, say nothing about what is left.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

from pipeline.forms.prints import Print, sureness
from pipeline.forms.twins import FURTHER
from pipeline.model import Glyph
from pipeline.text.chars import fold_char, is_han
from pipeline.text.mapped import Normalised

SURE = 0.999
"""Probability from which it does not matter what else a sign may be."""
LIKELY = 1e-3
"""Probability below which another reading adds nothing."""

SPECKS = frozenset("·•°˚º'`")
"""What a recogniser also sees in a mark of a sentence, and what cannot stand there."""
SENTENCE = frozenset(map(fold_char, "，。、；："))
"""The marks within Chinese sentences and at their ends."""
WORD_ENDS = frozenset(")）]】》>”%％")
"""Signs behind which a sentence goes on as behind a word."""

Spell = Callable[[Print], Normalised]
"""Gives the text of a print, with its sources."""


def text_confidence(print_: Print, spell: Spell) -> float:
    """Given a recognised print and how it is spelled, return the probability that its text is right, the glyphs taken
    as independent. What cannot stand at a place does not count against what was read there."""
    said = spell(print_)
    return math.prod(sure_of(print_, at, glyph, spell, said.text) for at, glyph in deciding(print_, said))


def sure_of(print_: Print, at: int, glyph: Glyph, spell: Spell, said: str) -> float:
    """Given a glyph of a print at a place, how the print is spelled and its text, return the probability of that text
    as far as this glyph goes."""
    refusals = [(char, p, cannot_stand(print_.text, at, char)) for char, p in alike(glyph)]
    refused = sum(p for _, p, refusal in refusals if refusal)
    others = [(char, p) for char, p, refusal in refusals if not refusal]
    same = sum(p for char, p in others if spell(swap(print_, at, glyph, char)).text == said)
    return min(1.0, (sureness(glyph) + same) / (1.0 - refused)) if refused < 1.0 else 0.0


def cannot_stand(text: str, at: int, char: str) -> bool:
    """Given a text, a mark in it and what else it may be, return True for a colon at the end of all or before a further
    item, where nothing follows that it could announce, and for a speck behind a word or its bracket, where a sentence
    has a mark or nothing: a middle point stands in foreign names and before items, a degree behind digits."""
    if fold_char(char) == ":":
        return fold_char(text[at]) == ";" and FURTHER.match(text, at + 1) is not None
    return char in SPECKS and fold_char(text[at]) in SENTENCE and is_worded(text[:at])


def is_worded(before: str) -> bool:
    """Given what stands before a mark, return whether it is a word, a bracket that ends, or a percent sign."""
    last = before.rstrip()[-1:]
    return is_han(last) or last in WORD_ENDS


def swap(print_: Print, at: int, glyph: Glyph, char: str) -> Print:
    """Given a print, a glyph of it and another reading of that, return the print with the two readings exchanged."""
    others = {**dict(glyph.others), glyph.text: glyph.confidence}
    mark = print_.marks[at]
    other = replace(glyph, text=char, confidence=others.pop(char), others=tuple(others.items()))
    marks = (*print_.marks[:at], (mark[0], other) if mark else None, *print_.marks[at + 1 :])
    return Print(f"{print_.text[:at]}{char}{print_.text[at + 1 :]}", marks)


def deciding(print_: Print, said: Normalised) -> Iterator[tuple[int, Glyph]]:
    """Given a print and its text, yield the place and glyph of each sign that the text depends on, once: those that are
    in it, and the first one of what is dropped, since a sign that was passed over makes the next one doubtful."""
    kept = set(said.sources)
    before, seen = False, None
    for at, mark in enumerate(print_.marks):
        if mark is None or not mark[1].text.strip() or mark[1] is seen:
            continue
        seen = mark[1]
        if at in kept or before:
            yield at, seen
        before = at in kept


def alike(glyph: Glyph) -> Iterator[tuple[str, float]]:
    """Given a glyph, yield the other signs that may come out as the same text: two ideographs never do, and what only
    differs in width counts as the same sign already."""
    if glyph.confidence >= SURE or len(glyph.text) != 1 or is_han(glyph.text):
        return
    own = fold_char(glyph.text)
    for char, p in glyph.others:
        if p >= LIKELY and len(char) == 1 and not is_han(char) and fold_char(char) != own:
            yield char, p
