"""Labels as they are compared: folded, a bracketed tail optional, a character or two misread."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from pipeline.text.chars import is_han
from pipeline.text.normalise import fold_label

BRACKETED_TAIL = re.compile(r"(?<=.)\([^()]*\)?$")
"""A unit, a period or a note behind the words of a label: 项目资金(元)."""
BRACKETED = re.compile(r"\([^()]*\)")
"""What an office adds inside a label: 主管(预算)部门."""
SIGNS = re.compile(r"[()·.:,、-]")
"""Brackets inside a label, and what they are misread as."""
PART_OF = re.compile(r"^其中:?")
"""Words before a label that only say that its amount is part of one above: 其中：其他资金."""
TAIL_COST = 0.01
"""What an addition takes off a likeness, so that the label that prints the whole wins."""
COLON = re.compile(r"[:：∶]")
INNER_CUTS = 3
"""Colons and line ends behind which the value of a label may begin inside its own cell."""


LONGEST_LABEL = 12
"""Characters; what is longer is a value."""
NO_LABEL = frozenset("，。；！？,;!?0123456789%")
"""Signs that stand in values and not in labels."""
CACHED = 16384
"""Labels and prints that are kept folded: more than a long document has, in a few megabytes."""
LABEL_LINES = 4
"""Lines of a label that stands in a narrow column."""
LONGEST = 60
"""Characters; a longer print is no label, whatever it is compared with."""


@lru_cache(maxsize=CACHED)
def fold(printed: str) -> str:
    """Given a printed label, return the key under which labels are compared."""
    return fold_label(printed)


def label_keys(printed: str) -> tuple[str, ...]:
    """Given a printed label, return the keys it may be known by: the whole first, then the whole without additions."""
    return tuple(key for key, _ in dresses(printed))


@lru_cache(maxsize=CACHED)
def dresses(printed: str) -> tuple[tuple[str, float], ...]:
    """Given a printed label, return the keys it may be known by, each with what it takes off a likeness: the whole, and
    the whole without a bracketed tail or any brackets, without signs, and without words that make it a part."""
    whole = fold(printed)
    shorts = (fold(BRACKETED_TAIL.sub("", whole)), fold(BRACKETED.sub("", whole)), SIGNS.sub("", whole))
    found = {whole: 0.0}
    for key, cost in ((whole, 0.0), *((short, TAIL_COST) for short in (*shorts, ORDINAL.sub("", whole)))):
        found.setdefault(key, cost)
        found.setdefault(PART_OF.sub("", key), cost + TAIL_COST)
    return tuple((key, cost) for key, cost in found.items() if key) or ((whole, 0.0),)


def likeness(printed: str, labels: tuple[str, ...], threshold: float) -> float:
    """Given a print and the spellings of one label, return how alike they are in [0, 1]; 0 below the threshold.

    The likeness of two keys is 1 - (Levenshtein distance / length of the longer one). What an office may add to a label
    it may leave out as well, where the form's own spelling has it.
    """
    return _likeness(printed, labels, threshold) if len(printed) <= LONGEST else 0.0


@lru_cache(maxsize=CACHED)
def _likeness(printed: str, labels: tuple[str, ...], threshold: float) -> float:
    keys = [(key, cost) for key, cost in dresses(printed) if key]
    best = 0.0
    for label in labels:
        for known, more in dresses(label):
            scores = (Levenshtein.normalized_similarity(key, known) - max(cost, more) for key, cost in keys)
            best = max(best, *scores) if keys else best
    return best if best >= threshold - TAIL_COST else 0.0


def is_exact(score: float) -> bool:
    """A label read without a slip, with or without a bracketed tail."""
    return score >= 1.0 - 2 * TAIL_COST


def is_word(printed: str, words: Iterable[str]) -> bool:
    """Given a print, return whether it is one of these words to the letter, additions and brackets about it aside."""
    keys = {key.strip("()") for key in label_keys(printed)}
    return any(fold(word) in keys for word in words)


@dataclass(frozen=True, slots=True)
class Cut:
    """A label and the value behind it inside one print: ``text[start:label_end]`` and ``text[value_start:end]``; an end
    of None is the print's own."""

    label_end: int
    value_start: int
    start: int = 0
    end: int | None = None


GLUED = r"(?<=[0-9A-Za-z])(?=[一-鿿]{4,12}\s*[:：])"
"""Between a number and the label behind it, where the blank was not read."""
LABELLED = re.compile(
    rf"(?:(?<!\S)|{GLUED})(?P<label>[^\s:：]+)\s*[:：]\s*(?P<value>.*?)(?=\s+[^\s:：]+\s*[:：]|{GLUED}|\s*$)", re.DOTALL
)
"""One of several labels with their values in one line: 海关编号：1234 预录入编号：5678."""


def further_cuts(printed: str) -> Iterator[Cut]:
    """Given a print, yield the labels in it behind the first one, each with its value up to the next."""
    for match in LABELLED.finditer(printed):
        if match.start() > 0:
            yield Cut(match.end("label"), match.start("value"), match.start(), match.end("value"))


SPACED = re.compile(r"^(?P<label>[一-鿿][^\s:：]*)[^\S\n]+(?=[0-9A-Za-z])")
"""A label, a blank, and what is no word behind it: 件数 168. Words behind a blank may be the rest of the label."""


def inner_cuts(printed: str) -> Iterator[Cut]:
    """Given a print, yield where a label inside it may end: at a colon, at a line's end, or before a number or code."""
    colons = [Cut(match.start(), match.end()) for match in COLON.finditer(printed)]
    breaks = [Cut(match.start(), match.end()) for match in re.finditer(r"\n+", printed)]
    yield from colons[:INNER_CUTS]
    yield from breaks[:INNER_CUTS]
    spaced = SPACED.match(printed)
    if spaced is not None:
        yield Cut(spaced.end("label"), spaced.end())


CODED = re.compile(r"^(?P<label>[一-鿿][一-鿿\s]*[一-鿿])(?P<code>[^一-鿿\n(（]{1,20})\n\s*")
"""A label, and a code behind it whose opening bracket was not read."""


def coded_cuts(printed: str) -> Iterator[Cut]:
    """Given a print, yield where the label in it ends when a code whose brackets were misread stands behind it."""
    match = CODED.match(printed)
    if match is not None and any(map(str.isalnum, match["code"])):
        yield Cut(match.end("label"), match.end())


NUMBERED = re.compile(
    r"^(?:[（(]?[一二三四五六七八九十]{1,2}[、.．)）]|第[一二三四五六七八九十]{1,2}部分[、:：]?)(?=.)"
)
"""How the heading of a part of a form begins: 三、绩效目标."""


ORDINAL = re.compile(rf"{NUMBERED.pattern}|^(?:\d{{1,2}}[、.．](?!\d)|[（(]\d{{1,2}}[)）]|[①-⑳])(?=.)")
"""The number of a label in the form's own count: 三、 or 3. or (3)."""


def is_heading(text: str) -> bool:
    """Is a print the numbered heading of a part of a form?"""
    found = NUMBERED.match("".join(text.split()))
    return found is not None and is_label_like(NUMBERED.sub("", "".join(text.split())))


def is_label_like(text: str) -> bool:
    """Is a print short, in ideographs, and without the signs of values?"""
    signs = "".join(text.split())
    return 1 < len(signs) <= LONGEST_LABEL and not NO_LABEL & set(signs) and sum(map(is_han, signs)) * 2 > len(signs)
