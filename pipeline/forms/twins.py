"""Signs that look alike on a bad scan: what a number says when the recogniser took one for the other.

A comma that lost its tail is a point, a nought is an O. Where the other readings of the recogniser do not hold the
right sign, the grammar of numbers still tells it: points cannot stand between groups of three digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise, product

from pipeline.forms.prints import Print
from pipeline.model import Glyph
from pipeline.text.chars import fold_char, is_han

TWIN = 0.05
"""Probability that is given to a sign which looks like the one that was read."""

TICKS, STROKES = frozenset("√✓☑"), frozenset("一-—–_|丨/\\'`VvJ丶、.·")
"""What a tick is read as, and what strokes beside the print are."""
PERCENT = ("%", "％")
BOX, MOUTH = "□", "口"
RINGS = frozenset("0Oo〇")
_DIGITS = {**dict.fromkeys("OoQDΟО〇", "0"), **dict.fromkeys("lI|丨!", "1"), "S": "5", "B": "8", "Z": "2", "b": "6"}
_POINTS = ".,，。．、·"
_RUN = re.compile(
    rf"[0-9{re.escape(''.join(_DIGITS))}{re.escape(_POINTS)}]*[0-9][0-9{re.escape(''.join(_DIGITS))}{_POINTS}]*"
)
_GROUPS = re.compile(r"[0-9]{1,3}(?:[.,][0-9]{3})*(?:[.,][0-9]+)?")


def twins(print_: Print) -> Iterator[Print]:
    """Given a print, yield it with its numbers spelled as numbers are: digits for letters, separators in their places.

    The last separator before three digits may part thousands or decimals, so that there may be two such spellings.
    """
    runs = [(run.start(), run.end()) for run in _RUN.finditer(print_.text)]
    choices = [respelled(print_.text[start:end]) for start, end in runs]
    for spelled in product(*choices):
        changes = [
            (at, new)
            for (start, end), text in zip(runs, spelled, strict=True)
            for at, new in zip(range(start, end), text, strict=True)
            if print_.text[at] != new
        ]
        if changes:
            yield rewritten(print_, changes)


def without_strays(print_: Print) -> Print | None:
    """Given a print, return it without what a pen, a fold or the rest of a ruling adds to a number: ticks, and strokes
    that stand apart. None when there is nothing of the kind, or nothing else."""
    kept = [at for at, char in enumerate(print_.text) if char not in TICKS]
    words = re.finditer(r"\S+", "".join(print_.text[at] for at in kept))
    strays = {kept[n] for word in words if set(word.group()) <= STROKES for n in range(*word.span())}
    left = _without_end_points(print_.text, [at for at in kept if at not in strays])
    text = "".join(print_.text[at] for at in left)
    if len(left) == len(print_.text) or not any(char.isdecimal() for char in text):
        return None
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    return Print(text.strip(), tuple(print_.marks[at] for at in left[start:end]))


def _without_end_points(text: str, places: list[int]) -> list[int]:
    """Given a text and places in it, return them without the points behind the last sign, and without those before the
    first one, behind its operator if there is one, when another point stands further on: no number begins or ends with
    them."""
    inked = [at for at in places if not text[at].isspace()]
    solid = [at for at in inked if text[at] not in POINTS and text[at] not in RELATIONS]
    if not solid:
        return places
    inner = any(text[at] in POINTS for at in inked if solid[0] < at < solid[-1])
    first = solid[0] if inner else inked[0]
    return [at for at in places if first <= at <= solid[-1] or text[at] in RELATIONS]


def with_stops(print_: Print) -> Print:
    """Given the print of a sentence, return it with full stops where a small ring was read as a sign of its shape: a
    degree behind a word or a percent sign, and a nought that ends the text and may have been a stop."""
    inked = [(at, char) for at, char in enumerate(print_.text) if not char.isspace()]  # a stop may begin a line
    changes = [
        (at, "。")
        for (_, before), (at, char) in pairwise(inked)
        if (char == "°" or (char in RINGS and at == len(print_.text) - 1 and _may_be_stop(print_, at)))
        and (is_han(before) or before in "%％）)”")
    ]
    return rewritten(print_, changes) if changes else print_


RELATIONS = frozenset("≥≧⩾≤≦⩽<>＜＞=＝﹥﹤")
"""Signs of which operators are made."""
SPECKS, POINTS = ".。·,，、-－—", ".．·"
"""Signs that a speck behind a name is read as, and those of them that end no sentence either."""
LEADING_SPECKS = ".．·;；,，、'` \n"
"""Signs that nothing begins with, which a speck before a name or a target is read as."""
STROKED = re.compile(r"[|丨{](?=[0-9]{3,}[|丨}])[0-9]+[|丨}]")
OPENING = ("(", "（", "[", "【")
CLOSING = frozenset(")）]】%％”")
"""Signs behind which a name or a target ends, too."""
NUMERALS = frozenset("一二三四五六七八九十")
"""Behind these a point belongs to the number of an item."""
LEADS = frozenset("/\\|丨")
"""Strokes that no words begin with."""
COLONS = ":："
"""Signs that a semicolon is read as."""
FURTHER = re.compile(
    r"\s*(?:<[^>]*>\s*)*(?:$|[(（]?(?:[2-9]|[1-9][0-9]|[二三四五六七八九十])(?:[)）、]|[.．](?![0-9])))"
)
"""The end of a text, or the number of an item that is not the first."""
YEAR = re.compile(r"(?:19|20)[0-9]{2}年")
TAIL_LOST = 0.8
"""Probability that a point amid Chinese text was a comma; it is a speck, or a stop that filled up, else."""
NAMED = 2e-4
"""Probability from which a recogniser names a comma; it does not where a point was printed."""


def without_lead(print_: Print) -> Print:
    """Given the recognised print of words, return it without the stroke of a pen or a ruling before its first
    ideograph, or a middle point before its first digit."""
    text = print_.text.lstrip()
    start = len(print_.text) - len(text)
    first = text[1:].lstrip()[:1]
    stroke, point = text[:1] in LEADS and is_han(first), text[:1] == "·" and first.isdecimal()
    led = print_.origin == "ocr" and (stroke or point)
    return print_.part(start + 1, len(print_.text)) if text and led else print_


def with_mouth(print_: Print) -> Print:
    """Given the print of words, return it with the ideograph for a box to tick that stands alone: boxes come in pairs,
    and not within words."""
    places = [at for at, char in enumerate(print_.text) if char == BOX]
    if print_.origin != "ocr" or len(places) != 1:
        return print_
    beside = print_.text[max(places[0] - 2, 0) : places[0] + 3]
    return rewritten(print_, [(places[0], MOUTH)]) if any(map(is_han, beside)) else print_


def with_commas(print_: Print) -> Print:
    """Given the recognised print of a sentence, return it with commas for the points within it: a comma that lost its
    tail is one, and a Chinese full stop is a ring."""
    inked = [at for at, char in enumerate(print_.text) if not char.isspace()]
    triples = zip(inked, inked[1:], inked[2:], strict=False)
    places = [at for before, at, behind in triples if _may_be_comma(print_, before, at, behind)]
    return rewritten(print_, [(at, "，") for at in places]) if places else print_


def with_semicolons(print_: Print) -> Print:
    """Given the recognised print of a sentence, return it with semicolons for the colons that end it or one of its
    items: a colon leads to something, to the first item at the latest."""
    text = print_.text
    places = [
        at
        for at, char in enumerate(text)
        if char in COLONS and FURTHER.match(text, at + 1) and _named(print_, at, ";；") >= NAMED
    ]
    return rewritten(print_, [(at, "；") for at in places]) if places else print_


def _named(print_: Print, at: int, signs: str) -> float:
    """The probability that a recogniser gives to the likeliest of some signs at a place; 0 in a text layer."""
    mark = print_.marks[at]
    return max((p for char, p in mark[1].others if char in signs), default=0.0) if mark is not None else 0.0


def _may_be_comma(print_: Print, before: int, at: int, behind: int) -> bool:
    text, mark = print_.text, print_.marks[at]
    if text[at] not in ".．" or mark is None or "\n\n" in text[before:behind]:
        return False
    ahead = is_han(text[behind]) or text[behind] == "“" or YEAR.match(text, behind) is not None
    amid = (is_han(text[before]) or text[before] in "%％）)”") and ahead
    return amid and text[before] not in NUMERALS and _named(print_, at, ",，") >= NAMED


def without_stop(print_: Print, specks: str = SPECKS) -> Print:
    """Given the recognised print of a name or a target, return it without the point behind its last ideograph or
    bracket, and without those before its first sign: no name ends as a sentence does, and specks look like points."""
    kept = print_.text.rstrip()
    body = kept[:-1].rstrip() if kept[-1:] in specks else ""
    end = len(body) if body and (is_han(body[-1]) or body[-1] in CLOSING) else len(print_.text)
    start = len(kept) - len(kept.lstrip(LEADING_SPECKS))
    if print_.origin != "ocr" or start >= end or (start == 0 and end == len(print_.text)):
        return print_
    return print_.part(start, end)


def with_brackets(print_: Print) -> Print:
    """Given the recognised print of a name, return it with square brackets for the upright strokes or braces about a
    code."""
    strokes = STROKED.search(print_.text) if print_.origin == "ocr" else None
    return print_ if strokes is None else rewritten(print_, [(strokes.start(), "["), (strokes.end() - 1, "]")])


def without_points(print_: Print) -> Print:
    """Given the recognised print of a name, return it without points between ideographs, but for that of an item
    number: no sentence ends in a name, and what is left of a seal looks like a point."""
    text = print_.text
    points = (at for at in range(1, len(text) - 1) if text[at] in POINTS and text[at - 1] not in NUMERALS)
    specks = {at for at in points if _is_amid_words(text, at)}
    if print_.origin != "ocr" or not specks:
        return print_
    return print_.at([at for at in range(len(text)) if at not in specks])


def _is_amid_words(text: str, at: int) -> bool:
    """Do ideographs stand on both sides of a point, or a bracket behind it? One of middle height parts foreign names,
    but at no line's end."""
    before, behind = text[:at].rstrip(), text[at + 1 :].lstrip()
    ended = len(before) < at or len(behind) < len(text) - at - 1
    named = is_han(behind[:1]) and (text[at] != "·" or ended)
    return is_han(before[-1:]) and (named or behind[:1] in OPENING)


def _may_be_stop(print_: Print, at: int) -> bool:
    mark = print_.marks[at]
    return mark is not None and any(text == "。" for text, _ in mark[1].others)


def with_percents(print_: Print) -> Print:
    """Given a recognised target, return it with one percent sign for the ring that one leaves and for one that was read
    twice: no target is in degrees but those of heat."""
    text = print_.text
    rings = [at for at, char in enumerate(text) if char == "°" and text[at + 1 : at + 2] not in ("C", "c")]
    signs = [*rings, *(at for at, char in enumerate(text) if char in PERCENT)]
    doubled = {at for at in signs if text[at + 1 : at + 2] in PERCENT}
    settled = rewritten(print_, [(at, "%") for at in rings if at not in doubled])
    return settled.at([at for at in range(len(text)) if at not in doubled])


def respelled(run: str) -> list[str]:
    """Given a run of digits, separators and signs like them, return the ways to spell it as one number.

    Nothing is moved or dropped: each spelling has the run's own length. The run itself where it is none.
    """
    plain = "".join(_DIGITS.get(char, "." if char in _POINTS else char) for char in run)
    head, *rest = plain.split(".")
    if not rest or not _GROUPS.fullmatch(plain):
        return [plain if not rest else run]
    if len(rest) == 1 and "," not in run and len(rest[0]) != 3:
        return [plain]
    wholes = ",".join([head, *rest[:-1]])
    last = rest[-1]
    return [f"{wholes}.{last}", f"{wholes},{last}"] if len(last) == 3 else [f"{wholes}.{last}"]


def rewritten(print_: Print, changes: list[tuple[int, str]]) -> Print:
    """Given a print and characters that stand for others at their places, return it with them."""
    text, marks = list(print_.text), list(print_.marks)
    for at, char in changes:
        text[at] = char
        mark = marks[at]
        if mark is not None:
            marks[at] = (mark[0], _other(mark[1], char))
    return Print("".join(text), tuple(marks))


def _other(glyph: Glyph, char: str) -> Glyph:
    """A ring is a full stop whichever sign it was read as; any other sign is as sure as it was among the others."""
    if (glyph.text, char) == ("°", "。"):
        return replace(glyph, text=char)
    sign = fold_char(char)
    named = sum(p for text, p in glyph.others if len(text) == 1 and fold_char(text) == sign)
    kept = tuple(o for o in glyph.others if len(o[0]) != 1 or fold_char(o[0]) != sign)
    if char == "；":  # the colon stays among what may stand here, so that its share is known when it is found it cannot
        return replace(glyph, text=char, confidence=named, others=((glyph.text, glyph.confidence), *kept))
    sure = min(named + TAIL_LOST * glyph.confidence, 1.0) if char == "，" else max(named, TWIN)
    return replace(glyph, text=char, confidence=sure, others=kept)
