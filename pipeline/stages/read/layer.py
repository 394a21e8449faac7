"""Reading from the text layer: the characters of one area -> its lines of print.

Lengths are relative to the text height (the height of a character's box, its em), so any unit of coordinates will do.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from statistics import median

import numpy as np

from pipeline.geometry import Box, PlaneMap
from pipeline.model import Char, Glyph, TextLine

CONFIDENCE = 0.9999
"""Probability that a character of a trusted layer is what is printed."""

UNKNOWN = "\ufffd"
"""Stands for a character that the layer cannot name; its confidence is 0."""

SAME_LINE = 0.5
"""Of the text height; centres nearer stand on one line. Tight leading is 0.9, a raised figure is off by 0.35."""

WORD_GAP = 0.18
"""Of the text height; a gap wider than this between Latin letters or digits is a blank (a thin blank is 0.25)."""

WIDE_GAP = 1.0
"""Of the text height; a gap wider than this parts any two characters."""

LEFT_SHAKE = 0.3
"""Of the text height; left edges of lines of one block agree within this (brackets begin inside their boxes)."""

INDENT = (0.9, 5.0)
"""Of the text height; how far the first line of a paragraph is moved in."""

ROOM_TO_SPARE = 1.0
"""Of the text height; room that a line leaves unused, over what the next word needs, when its sentence has ended."""

LAST_ROOM = 2.0
"""Of the text height; room after the last line that shows that its sentence has ended."""

PARAGRAPH_PITCH = 1.6
"""Of the median line pitch; a wider step to the next line is a paragraph's end."""


def read_layer(chars: Sequence[Char], page: int, to_file: PlaneMap, area: Box) -> tuple[TextLine, ...]:
    """Given the characters that lie in one area, return its lines, top to bottom, with boxes in file units.

    page: 0-based; to_file: from the characters' units to the file's; area: the box that the text was set in.
    """
    lines = [line for line in map(_with_blanks, _lines_of(_split(chars))) if line]
    ends = paragraph_ends(lines, area)
    return tuple(
        TextLine(page, tuple(_glyph(char, to_file) for char in line), "text_layer", end)
        for line, end in zip(lines, ends, strict=True)
    )


def assign_chars(chars: Sequence[Char], boxes: Sequence[Box]) -> tuple[list[list[Char]], list[Char]]:
    """Given characters and boxes, return the characters of each box (centre inside, first box wins) and the rest."""
    owners = np.full(len(chars), -1)
    centres = np.array([char.box.centre for char in chars]).reshape(-1, 2)
    x, y = centres[:, 0], centres[:, 1]
    for index, box in enumerate(boxes):
        inside = (x >= box.x0) & (x < box.x1) & (y >= box.y0) & (y < box.y1)
        owners[inside & (owners < 0)] = index
    parts: list[list[Char]] = [[] for _ in boxes]
    rest: list[Char] = []
    for char, owner in zip(chars, owners.tolist(), strict=True):
        (rest if owner < 0 else parts[owner]).append(char)
    return parts, rest


def _glyph(char: Char, to_file: PlaneMap) -> Glyph:
    return Glyph(char.text, to_file.apply_box(char.box), 0.0 if char.text == UNKNOWN else CONFIDENCE)


def _split(chars: Iterable[Char]) -> Iterator[Char]:
    """Given characters, yield one for each sign of print: ligatures are shared out, white space becomes a blank."""
    for char in chars:
        signs = _signs(char.text)
        step = char.box.width / len(signs)
        for index, sign in enumerate(signs):
            x0 = char.box.x0 + index * step
            yield Char(sign, Box(x0, char.box.y0, x0 + step, char.box.y1))


def _signs(text: str) -> list[str]:
    """Given what a layer prints at one place, return its signs, marks kept with their letter; at least one."""
    if text.startswith("(cid:") or not text:
        return [UNKNOWN]
    signs: list[str] = []
    for sign in text:
        if signs and unicodedata.combining(sign):
            signs[-1] += sign
        else:
            signs.append(_shown(sign))
    return signs


def _shown(sign: str) -> str:
    kind = unicodedata.category(sign)
    if sign.isspace() or kind == "Zs":
        return " "
    return UNKNOWN if kind in ("Cc", "Co", "Cs", "Cn") else sign


def _lines_of(chars: Iterable[Char]) -> list[list[Char]]:
    """Given the characters of an area, return them by line, top to bottom, each line left to right.

    The tallest characters make the lines, so that raised, lowered and small ones join the line they belong to.
    """
    lines: list[list[Char]] = []
    for char in sorted(chars, key=lambda c: (-round(c.box.height, 1), c.box.y0, c.box.x0)):
        near = min(lines, key=lambda line: _off(char, line), default=None)
        if near is None or _off(char, near) > SAME_LINE * near[0].box.height:
            lines.append([char])
        else:
            near.append(char)
    lines.sort(key=lambda line: line[0].box.centre[1])
    return [sorted(line, key=lambda c: c.box.centre[0]) for line in lines]


def _off(char: Char, line: list[Char]) -> float:
    return abs(char.box.centre[1] - line[0].box.centre[1])


def _with_blanks(line: list[Char]) -> list[Char]:
    """Given a line, return it with one blank wherever a blank is seen, none at its ends."""
    out: list[Char] = []
    for char in line:
        if char.text == " ":
            if out and out[-1].text != " ":
                out.append(char)
            continue
        if out and out[-1].text != " " and _is_gap(out[-1], char):
            out.append(_blank(out[-1], char))
        out.append(char)
    return out[:-1] if out and out[-1].text == " " else out


def _is_gap(left: Char, right: Char) -> bool:
    gap = right.box.x0 - left.box.x1
    height = max(left.box.height, right.box.height)
    return gap > height * (WORD_GAP if _is_latin(left.text) and _is_latin(right.text) else WIDE_GAP)


def _is_latin(text: str) -> bool:
    """Return whether a sign is set with blanks between words: letters, digits and marks of European scripts."""
    return text < "\u2000"


def _blank(left: Char, right: Char) -> Char:
    box = left.box.union(right.box)
    return Char(" ", Box(left.box.x1, box.y0, right.box.x0, box.y1))


def paragraph_ends(lines: Sequence[Sequence[Char]], area: Box) -> list[bool]:
    """Given the lines of an area, return for each whether the layout shows that its sentence does not run on."""
    if not lines:
        return []
    height = median(char.box.height for line in lines for char in line)
    lefts = [line[0].box.x0 for line in lines]
    left = min(lefts)
    if not _is_flush(lefts, left, height, area):
        return [False] * len(lines)
    right = max(*(line[-1].box.x1 for line in lines), area.x1 - max(0.0, left - area.x0))
    pitch = _median_pitch(lines)
    indented = [x - left > INDENT[0] * height for x in lefts]
    ends = []
    for index, (line, following) in enumerate(pairwise(lines)):
        room = right - line[-1].box.x1
        stepped = following[0].box.centre[1] - line[0].box.centre[1] > PARAGRAPH_PITCH * pitch
        moved_in = indented[0] and indented[index + 1]
        ends.append(stepped or moved_in or room > _first_word(following) + ROOM_TO_SPARE * height)
    return [*ends, right - lines[-1][-1].box.x1 > LAST_ROOM * height]


def _is_flush(lefts: Sequence[float], left: float, height: float, area: Box) -> bool:
    """Return whether lines begin at one edge or moved in from it; a single one must begin at the area's edge."""
    if len(lefts) == 1:
        return left - area.x0 < INDENT[0] * height
    offs = [x - left for x in lefts]
    return all(off <= LEFT_SHAKE * height or INDENT[0] * height <= off <= INDENT[1] * height for off in offs)


def _median_pitch(lines: Sequence[Sequence[Char]]) -> float:
    steps = [b[0].box.centre[1] - a[0].box.centre[1] for a, b in pairwise(lines)]
    return median(steps) if steps else 0.0


def _first_word(line: Sequence[Char]) -> float:
    """Given a line, return the width that its first unbreakable piece needs: a Latin word, or one sign and its mark."""
    end = 1
    if _is_latin(line[0].text):
        while end < len(line) and _is_latin(line[end].text) and line[end].text != " ":
            end += 1
    elif end < len(line) and unicodedata.category(line[end].text[0]).startswith("P"):
        end += 1
    return line[end - 1].box.x1 - line[0].box.x0
