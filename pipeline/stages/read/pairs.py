"""Brackets and quotes come in pairs: where one stands alone, the other was passed over, as under a lifted seal or on a
line of its own, or this one is another sign. Nothing is put in its place; the cell waits for a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from pipeline.model import Glyph
from pipeline.ocr import ReadGlyph
from pipeline.text.signs import spelling

DOUBT = 0.5
"""Probability that a bracket without its other half was read right, and any sign of which the page raises a doubt."""
Sign = TypeVar("Sign", Glyph, ReadGlyph)
NUMBERED = 3
"""Digits at the most between the start of an item and the bracket that closes its number: 1) 12)"""
QUOTE = '"'
"""Stands for all marks of which a cell has an even number: which of them opens is not always read right."""
CLOSING = "”"
"""At the start of a cell it must be another mark."""
STARTS = frozenset(",.;:。、")
"""Signs behind which an item may start in the middle of a line."""

Line = tuple[Glyph, ...]


def doubt_lone_brackets(lines: Sequence[Line]) -> list[Line]:
    """Given the lines of one cell, return them with a lone bracket or quote as doubtful as it is."""
    flat = [(i, k, spelling(glyph.text)) for i, line in enumerate(lines) for k, glyph in enumerate(line)]
    opened: list[tuple[int, int]] = []
    lone: set[tuple[int, int]] = set()
    for i, k, sign in flat:
        if sign == "(":
            opened.append((i, k))
        elif sign == ")" and opened:
            opened.pop()
        elif sign == ")" and not closes_number(lines[i][:k]):
            lone.add((i, k))
    lone.update(opened)
    quotes = [(i, k) for i, k, sign in flat if sign == QUOTE]
    lone.update(quotes[-1:] if len(quotes) % 2 else [])
    lone.update((i, k) for i, k, _ in flat[:1] if lines[i][k].text == CLOSING)
    return [tuple(doubted(g) if (i, k) in lone else g for k, g in enumerate(line)) for i, line in enumerate(lines)]


def closes_number(before: Line) -> bool:
    """Given what stands before a bracket on its line, return True when it closes the number of an item: 1) 12)"""
    signs = [spelling(glyph.text) for glyph in before]
    digits = next((n for n, sign in enumerate(reversed(signs)) if not sign.isdecimal()), len(signs))
    return 0 < digits <= NUMBERED and (digits == len(signs) or signs[-digits - 1] in STARTS)


def doubted(glyph: Sign) -> Sign:
    """Given a sign, return it as doubtful as that at the least."""
    return replace(glyph, confidence=min(glyph.confidence, DOUBT))
