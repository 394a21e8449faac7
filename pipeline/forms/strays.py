"""Recognised words with signs of other shapes about them: lines of specks, the quotes of a spreadsheet read apart, and
O and 0 in codes."""

from __future__ import annotations

import re
from dataclasses import replace

from pipeline.forms.prints import Print
from pipeline.forms.twins import POINTS, TWIN, rewritten
from pipeline.text.chars import is_han
from pipeline.text.signs import spelling

STRAYS = frozenset(".．·•…,，、'`-－—–~_＿|｜")
"""Signs that specks in line are read as; a line of nothing else beside lines of words is none."""
QUOTE = '"'
QUOTES = frozenset('"“”')
TOKEN = re.compile(r"(?<![A-Za-z0-9])(?=[A-Z0-9]*[A-Z])(?=[A-Z0-9]*[0-9])[A-Z0-9]{4,}(?![A-Za-z0-9])")
"""Capitals and digits of a code."""
RINGS = {"0": "O", "O": "0"}
UNSTOPPED = 0.5
"""Probability that a point behind the last word is a full stop, where the recogniser saw no ring there."""


def without_stray_lines(print_: Print) -> Print:
    """Given the recognised print of words over several lines, return it without the first and the last ones that hold
    strays only; a quote that has no other one is a stray on a line of its own."""
    strays = STRAYS | QUOTES if sum(map(print_.text.count, QUOTES)) == 1 else STRAYS
    lines = [(line.start(), line.end()) for line in re.finditer(r"[^\n]+", print_.text)]
    words = [span for span in lines if not set("".join(print_.text[slice(*span)].split())) <= strays]
    if print_.origin != "ocr" or not words or (words[0], words[-1]) == (lines[0], lines[-1]):
        return print_
    return print_.part(words[0][0], words[-1][1])


def without_edge(print_: Print) -> Print:
    """Given the recognised print of a name, return it without what the edge of its cell was read as before its number:
    [指标3：会议费支出."""
    edge = re.match(r"\s*[\[\]【】|｜丨]\s*(?=指\s*标\s*[0-9])", print_.text)
    return print_ if edge is None else _without(print_, set(range(edge.end())))


def without_doubled_colons(print_: Print) -> Print:
    """Given the recognised print of a name, return it without a colon right behind another one: 指标1：：带动投资."""
    return _without(print_, {colon.end() - 1 for colon in re.finditer(r"[:：]\s*[:：]", print_.text)})


def without_idle_point(print_: Print) -> Print:
    """Given the recognised print of a quantity, return it without a point between its number and its unit."""
    points = {point.start() + 1 for point in re.finditer(r"[0-9][.．·]\s*(?=[一-鿿])", print_.text)}
    return _without(print_, points)


def _without(print_: Print, places: set[int]) -> Print:
    """Given a print and places in it, return it without these where it was recognised, or as it is."""
    if print_.origin != "ocr" or not places:
        return print_
    return print_.at([at for at in range(len(print_.text)) if at not in places])


def with_even_quotes(print_: Print) -> Print:
    """Given the recognised print of words, return it with straight quotes about the whole where one of the two was read
    as a curly one, and all within are in pairs."""
    text = print_.text.strip()
    outer = text[:1] + text[-1:]
    apart = len(text) > 2 and [spelling(sign) for sign in outer] == [QUOTE, QUOTE] and outer.count(QUOTE) == 1
    if print_.origin != "ocr" or not apart or not _is_paired(text[1:-1]):
        return print_
    start = print_.text.index(text)
    at = start if outer[1] == QUOTE else start + len(text) - 1
    mark = print_.marks[at]
    marks = [*print_.marks]
    if mark is not None:  # which of its spellings a quote was read as says nothing
        marks[at] = (mark[0], replace(mark[1], text=QUOTE))
    return Print(print_.text[:at] + QUOTE + print_.text[at + 1 :], tuple(marks))


def _is_paired(text: str) -> bool:
    """Do the curly quotes of a text open and close in turn, with no straight ones among them?"""
    quotes = "".join(sign for sign in text if sign in '“”"')
    return quotes == "“”" * (len(quotes) // 2)


def with_rings_of_codes(print_: Print) -> Print:
    """Given the recognised print of words, return it with O for a 0 that stands between letters of a code, the ends
    aside, and with 0 for an O between digits: which one it is no shape tells."""
    if print_.origin != "ocr":
        return print_
    tokens = [(token.start(), token.group()) for token in TOKEN.finditer(print_.text)]
    changes = [
        (start + at, RINGS[sign])
        for start, token in tokens
        for at, sign in enumerate(token)
        if sign in RINGS and _stands_among(token[max(at - 1, 0) : at] + token[at + 1 : at + 2], letters=sign == "0")
    ]
    return rewritten(print_, changes) if changes else print_


def _stands_among(beside: str, *, letters: bool) -> bool:
    return all(sign not in RINGS and sign.isalpha() == letters for sign in beside)


def stop_sureness(print_: Print) -> float:
    """Given the recognised print of words, return how sure it is that the point which ends it is a full stop: a ring
    that filled up is known for one, and a speck looks the same."""
    inked = [at for at, char in enumerate(print_.text) if not char.isspace()]
    if print_.origin != "ocr" or len(inked) < 2 or print_.text[inked[-1]] not in POINTS:
        return 1.0
    mark, before = print_.marks[inked[-1]], print_.text[inked[-2]]
    ringed = mark is not None and any(sign == "。" and p >= TWIN / 5 for sign, p in mark[1].others)
    return 1.0 if ringed or not is_han(before) else UNSTOPPED
