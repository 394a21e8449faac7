"""Labels as they are compared: folded, a bracketed tail optional, a character or two misread."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from pipeline.text.chars import is_han
from pipeline.text.normalise import fold_label

BRACKETED_TAIL = re.compile(r"(?<=.)\([^()]*\)?$")
"""A unit, a period or a note behind the words of a label: 项目资金(元)."""
TAIL_COST = 0.01
"""What a bracketed tail takes off a likeness, so that the label that prints the whole wins."""
COLON = re.compile(r"[:：∶]")
INNER_CUTS = 3
"""Colons and line ends behind which the value of a label may begin inside its own cell."""


LONGEST_LABEL = 12
"""Characters; what is longer is a value."""
NO_LABEL = frozenset("，。；！？,;!?0123456789%")
"""Signs that stand in values and not in labels."""
CACHED = 16384
"""Labels and prints that are kept folded: more than a long document has, in a few megabytes."""
LONGEST = 60
"""Characters; a longer print is no label, whatever it is compared with."""


@lru_cache(maxsize=CACHED)
def fold(printed: str) -> str:
    """Given a printed label, return the key under which labels are compared."""
    return fold_label(printed)


@lru_cache(maxsize=CACHED)
def label_keys(printed: str) -> tuple[str, ...]:
    """Given a printed label, return the keys it may be known by: the whole, and the whole without a bracketed tail."""
    whole = fold(printed)
    short = fold(BRACKETED_TAIL.sub("", whole))
    return (whole, short) if short and short != whole else (whole,)


def likeness(printed: str, labels: tuple[str, ...], threshold: float) -> float:
    """Given a print and the spellings of one label, return how alike they are in [0, 1]; 0 below the threshold.

    The likeness of two keys is 1 - (Levenshtein distance / length of the longer one).
    """
    return _likeness(printed, labels, threshold) if len(printed) <= LONGEST else 0.0


@lru_cache(maxsize=CACHED)
def _likeness(printed: str, labels: tuple[str, ...], threshold: float) -> float:
    keys = [(key, n * TAIL_COST) for n, key in enumerate(label_keys(printed)) if key]
    scores = (Levenshtein.normalized_similarity(key, fold(label)) - cost for label in labels for key, cost in keys)
    best = max(scores, default=0.0)
    return best if best >= threshold - TAIL_COST else 0.0


def is_exact(score: float) -> bool:
    """A label read without a slip, with or without a bracketed tail."""
    return score >= 1.0 - 2 * TAIL_COST


@dataclass(frozen=True, slots=True)
class Cut:
    """A label and the value behind it inside one print: ``text[start:label_end]`` and ``text[value_start:end]``; an end
    of None is the print's own."""

    label_end: int
    value_start: int
    start: int = 0
    end: int | None = None


LABELLED = re.compile(r"(?<!\S)(?P<label>[^\s:：]+)\s*[:：]\s*(?P<value>.*?)(?=\s+[^\s:：]+\s*[:：]|\s*$)", re.DOTALL)
"""One of several labels with their values in one line: 海关编号：1234 预录入编号：5678."""


def further_cuts(printed: str) -> Iterator[Cut]:
    """Given a print, yield the labels in it behind the first one, each with its value up to the next."""
    for match in LABELLED.finditer(printed):
        if match.start() > 0:
            yield Cut(match.end("label"), match.start("value"), match.start(), match.end("value"))


def inner_cuts(printed: str) -> Iterator[Cut]:
    """Given a print, yield where a label inside it may end: at a colon, or at a line's end."""
    colons = [Cut(match.start(), match.end()) for match in COLON.finditer(printed)]
    breaks = [Cut(match.start(), match.end()) for match in re.finditer(r"\n+", printed)]
    yield from colons[:INNER_CUTS]
    yield from breaks[:INNER_CUTS]


def is_label_like(text: str) -> bool:
    """Is a print short, in ideographs, and without the signs of values?"""
    signs = "".join(text.split())
    return 1 < len(signs) <= LONGEST_LABEL and not NO_LABEL & set(signs) and sum(map(is_han, signs)) * 2 > len(signs)
