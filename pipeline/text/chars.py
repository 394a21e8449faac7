"""Leaf: the kinds of characters, and the folding of one character to its one spelling.

Folding is decided character by character. There is no NFKC over the text: it would turn ①100 into 1100, 10² into 102
and Ⅷ into VIII.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Literal

CharKind = Literal["wide", "latin", "digit", "other", "through"]
"""``kind_of`` gives the first four; "through" is for characters that a look at the neighbours passes by."""

PARAGRAPH = "\u2029"
"""Stands for a paragraph break until the text is finished."""

GAPS = " \n"
"""A layout blank and a line break of print, after folding."""

DIGITS = "0123456789"
MARKS = ",.;:?!"
BRACKETS = "()"
QUOTES = "\"'“”‘’"

_BREAKS = "\n\r\x0b\x0c\x85\u2028"
_PLAIN = {
    "\t": " ", "\xa0": " ", "\u1680": " ", "\u202f": " ", "\u205f": " ", "\u3000": " ", PARAGRAPH: PARAGRAPH,
    "｡": "。", "､": "、",
    "﹐": ",", "﹑": "、", "﹒": ".", "﹔": ";", "﹕": ":", "﹖": "?", "﹗": "!", "﹙": "(", "﹚": ")",
    "﹢": "+", "﹣": "-", "﹤": "<", "﹥": ">", "﹦": "=", "﹪": "%",
}  # fmt: skip

# PDF makers that embed a subset by glyph name write these radicals for the ideographs of the same shape. The block has
# no decompositions of its own, but for two; U+2F3E decomposes to the traditional form, which is not what was printed.
_RADICALS = dict(
    zip(
        "⺟⺠⻁⻄⻅⻆⻉⻋⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻬⻮⻰⻳⼾",
        "母民虎西见角贝车长门青韦页风飞食马骨鬼鱼鸟卤麦黄齐齿龙龟户",
        strict=True,
    )
)


@lru_cache(maxsize=4096)
def fold_char(char: str) -> str:
    """Given one printed character, return its one spelling: a character, a blank, a break, or "" for what has no ink.

    Full-width ASCII becomes half width (punctuation is widened again by context), radicals become ideographs, every
    kind of blank becomes " " and every kind of line break "\\n". Raises nothing; lone surrogates are dropped.
    """
    if char in _PLAIN:
        return _PLAIN[char]
    if char in _BREAKS:
        return "\n"
    if "！" <= char <= "～":
        return chr(ord(char) - 0xFEE0)
    if "\u2000" <= char <= "\u200a":
        return " "
    return _fold_rare(char)


def _fold_rare(char: str) -> str:
    if char in _RADICALS:
        return _RADICALS[char]
    if "\u2f00" <= char <= "\u2fd5" or "\uf900" <= char <= "\ufaff":
        return unicodedata.normalize("NFKC", char)
    if unicodedata.category(char) in ("Cc", "Cf", "Cs") or "\ufe00" <= char <= "\ufe0f":
        return ""
    return char


@lru_cache(maxsize=4096)
def kind_of(char: str) -> CharKind:
    """Given a folded character, return "wide" (Chinese script and punctuation), "latin" (any other letter),
    "digit" (0-9) or "other"."""
    if char in DIGITS:
        return "digit"
    if "\u3001" <= char <= "\u303f" or "\uff00" <= char <= "\uffdf":
        return "wide"
    if not char.isalpha():
        return "other"
    return "wide" if _is_east_asian(char) else "latin"


def _is_east_asian(char: str) -> bool:
    return "\u2e80" <= char <= "\u9fff" or "\uac00" <= char <= "\ufaff" or char >= "\U00020000"


def is_word(char: str) -> bool:
    """Return whether a character can stand in a Latin word or a number (², ½, ① and Ⅷ among them)."""
    return kind_of(char) in ("latin", "digit") or (kind_of(char) == "other" and char.isnumeric())


def is_han(char: str) -> bool:
    """Return whether a character is a letter of Chinese script (no punctuation)."""
    return kind_of(char) == "wide" and char.isalpha()
