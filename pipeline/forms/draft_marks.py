"""How much a print looks like a label, and where a label ends inside its own cell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline.forms.draft_words import Vocabulary
from pipeline.forms.labels import BRACKETED_TAIL, COLON, fold, inner_cuts
from pipeline.forms.prints import Print
from pipeline.forms.sheet import Sheet
from pipeline.text.chars import is_han
from pipeline.text.dates import parse_date
from pipeline.text.names import has_boxes
from pipeline.text.numbers import is_absent, parse_number

KNOWN, END, SHORT_END, HAN, AT_COLON = 3.0, 1.5, 1.0, 0.5, 1.0
"""Points for a label of an installed definition, for a known last word, for one of a single sign, for ideographs alone,
for a colon behind."""
END_POINTS = (0.0, SHORT_END, END)
"""By the signs of the last word: none, one, more."""
REPEATED, UNREPEATED = 1.5, -1.5
"""Points for a print that other samples of the form have too, and for one that they lack."""
LATIN, DIGIT, SENTENCE, VALUE = -1.5, -2.0, -2.0, -3.0
"""Points for what labels seldom hold: letters, digits, signs of a sentence, the shape of a date, number or choice."""
LONG_AT, LONG = 10, -0.5
"""Characters from which on each costs points: nine labels in ten are shorter."""
SINGLE = -1.5
"""Points for a single character."""
PARTED = -1.0
"""Points for a line that ends before it has to inside of a label: what follows is no part of it."""
SEVERAL = -2.0
"""Points for words set apart by blanks on one line: labels of several fields, or none."""
TORN = -2.0
"""Points for a label that ends inside of brackets or before them."""
PARAGRAPH = 0.5
"""Points for a label whose line ends before it has to."""
LIKELY, POSSIBLE = 1.0, 0.3
"""Points from which on a print is likely a label, and may be one where its place asks for one."""
IN_BRACKETS = re.compile(r"\s*[(（][^()（）]*[)）]?")
SENTENCE_SIGNS = frozenset("。;；!！?？，≥≤=")


@dataclass(frozen=True, slots=True)
class Split:
    """A cell taken apart into its label and the value behind it. score: how much the label looks like one."""

    label: str
    value: Print
    score: float


@dataclass(frozen=True)
class Scorer:
    """vocabulary: what is known. repeated: folded prints of other samples of the form; None without other samples."""

    vocabulary: Vocabulary
    repeated: frozenset[str] | None = None

    def label(self, printed: str) -> float:
        """Given a print, return how much it looks like a label: 0 says nothing either way."""
        if self.vocabulary.knows(printed):
            return KNOWN
        whole = fold(printed)
        text = without_tails(whole)
        if not text or is_valuelike(printed):
            return VALUE
        score = HAN if all(map(is_han, text)) else 0.0
        score += END_POINTS[min(len(self.vocabulary.end_of(text) or ""), 2)]
        score += AT_COLON if COLON.search(printed.strip()[-1:]) else 0.0
        score += sum(points for points, found in _flaws(text) if found)
        score += LONG * max(0, len(text) - LONG_AT)
        score += PARTED if "\n\n" in printed.strip() else 0.0
        score += SEVERAL if _is_several(printed) else 0.0
        return score + self._repetition(whole)

    def _repetition(self, key: str) -> float:
        if self.repeated is None:
            return 0.0
        return REPEATED if key in self.repeated else UNREPEATED

    def is_level_word(self, printed: str) -> bool:
        return fold(printed) in self.vocabulary.level_words

    def split(self, print_: Print) -> Split | None:
        """Given the print of a cell, return the likeliest label in front of a value in it, or None when the print as a
        whole looks more like a label, or nothing does."""
        found = max(self._splits(print_), key=lambda split: split.score, default=None)
        if found is None or found.score < max(POSSIBLE, self.label(print_.text) + PARAGRAPH / 2):
            return None
        return found

    def _splits(self, print_: Print) -> Iterator[Split]:
        text = print_.text
        for cut in inner_cuts(text):
            label, between = text[: cut.label_end], text[cut.label_end : cut.value_start]
            if label.strip() and text[cut.value_start :].strip():
                bonus = PARAGRAPH if between.count("\n") != 1 else 0.0
                bonus += TORN if is_torn(label, text[cut.value_start :]) else 0.0
                yield Split(label, print_.part(cut.value_start, len(text)), self.label(label) + bonus)


def _flaws(text: str) -> tuple[tuple[float, bool], ...]:
    return (
        (LATIN, re.search("[A-Za-z]", text) is not None),
        (DIGIT, any(char.isdecimal() for char in text)),
        (SENTENCE, any(char in SENTENCE_SIGNS for char in text)),
        (SINGLE, len(text) == 1),
    )


def is_torn(label: str, rest: str) -> bool:
    """Does a label end inside of brackets, or before brackets that belong to it?"""
    key = fold(label)
    return key.count("(") > key.count(")") or fold(rest).startswith("(")


def without_tails(key: str) -> str:
    """Given a folded label, return it without all that stands in brackets at its end: an area and a code, say."""
    short = BRACKETED_TAIL.sub("", key)
    return key if short == key else without_tails(short)


def _is_several(printed: str) -> bool:
    """Words of two characters and more, six together, since a vertical label is printed with blanks too."""
    lines = (line.split() for line in IN_BRACKETS.sub("", printed).split("\n"))
    return any(len(words) > 1 and min(map(len, words)) > 1 and sum(map(len, words)) > 5 for words in lines)


def is_valuelike(printed: str) -> bool:
    """Is the print a value by its shape: a date, a number, tick boxes, a sign for nothing?"""
    text = printed.strip()
    shaped = has_boxes(text) or parse_number(text) is not None or parse_date(text) is not None
    return shaped or is_absent(text)


def prints_of(sheets: Iterable[Sheet]) -> frozenset[str]:
    """Given sheets of other samples, return the folded prints that may be labels: cells, and their parts in front."""
    texts = [box.text for sheet in sheets for box in sheet.filled]
    heads = (text[: cut.label_end] for text in texts for cut in inner_cuts(text))
    return frozenset(map(fold, (*texts, *heads)))
