"""Codes glued to names, and choices among tick boxes.

Grammar of a name with its code, gaps aside (``code``: three or more digits, or seven and more digits, capital letters
or …; a year is no code, and what is left must be a name):
    code dash name | "[" code "]" name | name "[" code "]"            any of [] 【】 〔〕
    name "(" code ")" | "(" code ")" name                             round: five or more digits, 总工会（本级） stays
    code blank name | name blank code | name dash code                six or more digits: 120 急救中心 stays
    code name                                                         nine or more digits
Grammar of a choice:
    mark option {mark option} | option mark {option mark}             marks all in front or all behind
    ticked   ☑ ✓ ✔ √ ■ ☒ ● … also in brackets, [√]                   empty   □ ☐ ○ ( ) [ ] …
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.text.chars import DIGITS, is_han
from pipeline.text.dates import FIRST_YEAR, LAST_YEAR
from pipeline.text.mapped import Normalised, Span, mapped
from pipeline.text.normalise import half, normalise

_CODE = r"(?:[0-9]{3,}|[0-9][0-9A-Z…]{6,})"
_LONG_CODE = r"[0-9]{5,}[0-9A-Z…]+"
_NAME = r"[^0-9\s].*"
_DASH = r"\s?(?:[-—–_]+|\|)\s?"
_STYLES = tuple(
    re.compile(style, re.DOTALL)
    for style in (
        rf"(?P<code>{_CODE}){_DASH}(?P<name>{_NAME})",
        rf"(?P<code>{_LONG_CODE}){_DASH}(?P<name>.+)",
        rf"[\[【〔](?P<code>{_CODE})[\]】〕][-—–_]?(?P<name>.*)",
        rf"(?P<name>.+?)[\[【〔](?P<code>{_CODE})[\]】〕]",
        r"[(（](?P<code>[0-9]{5,})[)）](?P<name>.+)",
        r"(?P<name>.+?)[(（](?P<code>[0-9]{5,})[)）]",
        rf"(?P<code>{_LONG_CODE})\s(?P<name>{_NAME})",
        r"(?P<code>[0-9]{9,})(?P<name>[^0-9A-Z\s].*)",
        rf"(?P<name>.*[^0-9\s])\s(?P<code>{_LONG_CODE})",
        rf"(?P<name>.*[^0-9\s]){_DASH}(?P<code>{_LONG_CODE})",
    )
)
_OPENING, _CLOSING = ("(", "（", "[", "【", "〔"), (")", "）", "]", "】", "〕")
_MIN_DIGITS = 3  # digits of the shortest code, that of a budget department

_TICKS = "√✓✔"
_TICKED = _TICKS + "☑☒■⊠●◉✅☓✗✘\uf0fe\uf052\uf0fd\uf0fc\uf054"
_EMPTY = "□☐○◯▢◻⬜❑❏▫\uf0a8\uf06f\uf0a3\uf071\uf072"  # private use: the boxes of a word processor's symbol fonts
_MARK = re.compile(f"([{_EMPTY}][{_TICKS}]|[{_TICKED}{_EMPTY}])")  # a tick set behind its box belongs to the box
_BOXED = re.compile(rf"[(\[{{][ \n]*([{_TICKED}×xX]?)[ \n]*[)\]}}]")  # a bracket is read as a brace
_MISREAD_BOX = re.compile(r"(?<![^ \n])口(?=[^ \n])")  # □ is read as the sign for mouth
_OPTION_EDGE = " \n、，,;；/|"


@dataclass(frozen=True, slots=True)
class CodeName:
    """A name without its code. The spans are half-open ranges of the printed string."""

    code: str | None
    name: str
    code_span: Span | None
    name_span: Span


def split_code(printed: str, shape: str | None = None) -> CodeName:
    """Given a printed name, return it and the code glued to it ("219-清河区水利局", "云岭县卫生健康局[317001]").

    shape: a regular expression; what stands in round brackets before or behind the name and is of it is a code too
    ("公路运输(4)"), and what stands behind words and a blank and has three signs ("北仑海关 3104").
    """
    view = _keeping_blanks(printed)
    boxed = _boxed_code(view.text, shape) if shape else None
    match = boxed or next(
        (found for style in _STYLES if (found := style.fullmatch(view.text)) and _parts_well(found)), None
    )
    if match is None:
        return _named(printed, None, None, view.span(0, len(view.text)))
    return _named(printed, match["code"], view.span(*match.span("code")), view.span(*match.span("name")))


def _boxed_code(text: str, shape: str) -> re.Match[str] | None:
    code = rf"[(（](?P<code>{shape})[)）]"
    styles = (
        rf"(?P<name>.*?){code}",
        rf"{code}(?P<name>.*)",
        rf"(?P<name>.*[^0-9A-Z\s])\s(?P<code>(?=\w{{3}})(?:{shape}))",
    )
    return next((found for style in styles if (found := re.fullmatch(style, text, re.DOTALL))), None)


def _named(printed: str, code: str | None, code_span: Span | None, name_span: Span) -> CodeName:
    return CodeName(code, normalise(printed[slice(*name_span)]).text, code_span, name_span)


def _keeping_blanks(printed: str) -> Normalised:
    """Half width, blanks kept: one may part a code from its name, and so may the line break between digit and sign. The
    white of a wide bracket before or behind it is none."""
    view = half(printed)
    return mapped(
        (_parting(view.text[at - 1], view.text[at + 1]) if char == "\n" else char, source)
        for at, (char, source) in enumerate(zip(view.text, view.sources, strict=True))
        if not (char == " " and _is_of_bracket(view.text[at - 1 : at], view.text[at + 1 : at + 2]))
    )


def _is_of_bracket(left: str, right: str) -> bool:
    """Is a blank the white between a code and its bracket?"""
    return (_is_of_code(left) and right in _CLOSING) or (left in _OPENING and _is_of_code(right))


def _is_of_code(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _parting(left: str, right: str) -> str:
    return " " if (left in DIGITS and is_han(right)) or (is_han(left) and right in DIGITS) else ""


def _parts_well(match: re.Match[str]) -> bool:
    code, name = match["code"], match["name"]
    if sum(char.isdecimal() for char in code) < _MIN_DIGITS:
        return False
    is_year = len(code) == 4 and code.isdecimal() and FIRST_YEAR <= int(code) <= LAST_YEAR
    return not is_year and (not name or any(map(is_han, name)))


def has_boxes(printed: str) -> bool:
    """Return whether a cell offers a choice by tick boxes."""
    return bool(_MARK.search(_with_plain_marks(printed)))


def pick_choice(printed: str, known: Sequence[str] = ()) -> str | None:
    """Given a cell with tick boxes and the options of its form as far as they are known, return the one ticked option,
    or None: no box, no tick, or more than one."""
    text = _with_plain_marks(printed)
    marked = any(sign in text for sign in _EMPTY)
    found = _marked_options(text) if marked else _options_beside_ticks(text, known)
    options = [option for option in (normalise(part.strip(_OPTION_EDGE)).text for part in found) if option]
    return options[0] if len(options) == 1 else None


def list_options(printed: str) -> tuple[str, ...]:
    """Given a cell with tick boxes, return all options that it offers, in their order, ticked or not."""
    text = _with_plain_marks(printed)
    options = (normalise(piece.strip(_OPTION_EDGE)).text for piece in _MARK.split(text)[::2])
    return tuple(dict.fromkeys(option for option in options if option))


def _with_plain_marks(printed: str) -> str:
    """Half width, with [√] and ( ) as one sign each, and a box that was read as 口 restored beside a tick."""
    text = _BOXED.sub(lambda box: "☑" if box[1] not in ("", "×") else "□", half(printed).text)
    return _MISREAD_BOX.sub("□", text) if any(sign in text for sign in _TICKED) else text


def _marked_options(text: str) -> Iterator[str]:
    """Every option has its mark: in front, unless words come first and a mark comes last."""
    pieces = _MARK.split(text)
    behind = bool(pieces[0].strip()) and not pieces[-1].strip()
    for at in range(1, len(pieces), 2):
        if pieces[at][-1] in _TICKED:
            yield pieces[at - 1] if behind else pieces[at + 1]


def _options_beside_ticks(text: str, known: Sequence[str]) -> Iterator[str]:
    """Only the chosen option has a mark: it is the known option, or else the word, that the tick touches."""
    pieces = _MARK.split(text)
    for before, behind in zip(pieces[:-1:2], pieces[2::2], strict=True):
        after = behind.removeprefix("\n") if _is_parted(before) else behind
        if after[:1].strip():
            yield (
                ""
                if before[-1:].strip()
                else _longest(known, "".join(after.split()), str.startswith) or after.split()[0]
            )
        elif before[-1:].strip():
            yield _longest(known, "".join(before.split()), str.endswith) or before.split()[-1]


def _is_parted(before: str) -> bool:
    """Do blanks part the options of a tick's line, one of them right before the tick? Then a line end behind the tick
    parts it from nothing: 新增 延续 √\\n一次性."""
    line = before.rpartition("\n")[2]
    return line[-1:] == " " and " " in line.strip()


def _longest(known: Sequence[str], text: str, fits: Callable[[str, str], bool]) -> str:
    """The longest known option that the text begins or ends with, as ``fits`` tells."""
    return max((option for option in known if fits(text, option)), key=len, default="")
