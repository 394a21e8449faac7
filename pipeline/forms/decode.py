"""Reading with the grammar of the place: of all that a recogniser may have seen, what the grammar admits.

Only what a recogniser read is decoded; a text layer says what it says.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

from pipeline.errors import IssueCode
from pipeline.forms.prints import Print
from pipeline.forms.readout import Readout, Value, doubted, quoted
from pipeline.forms.twins import TWIN, twins, without_strays
from pipeline.model import Evidence, Glyph, Issue, OtherReading

LONGEST = 40
"""Characters of a print that is decoded: amounts, dates and numbers are shorter."""
LEAST = 5e-3
"""Probability below which another reading of a character is no candidate."""
SWAPS = 2
"""Characters of one print that may be misread at once."""
KEPT = 6
"""Other values of one print that are kept."""
TRIALS = 64
"""Readings of one print that are tried, the most probable ones."""

Read = Callable[[Print], Readout]
"""Reads one value with the grammar of its place; null when the grammar refuses."""
Swap = tuple[int, str, float]
"""Place in the print, the other character, its probability."""


def decode(print_: Print, read: Read) -> Readout:
    """Given a print and its grammar, return the value of the most probable reading that the grammar admits.

    A reading other than the first says so. The confidence is that of the value: readings that give the same value
    count for it, and readings that the grammar refuses do not count against it.
    """
    first = read(print_)
    if print_.origin != "ocr" or len(print_.text) > LONGEST:
        return first
    if _value(first) is not None:
        return _sure(first, print_, read)
    return _mended(first, print_, read)


def _value(readout: Readout) -> Any:
    return readout.values[0].value


def _sure(readout: Readout, print_: Print, read: Read) -> Readout:
    value = readout.values[0]
    if value.evidence is None:
        return readout
    factor = _agreement(print_, read, value.value) / print_.confidence if print_.confidence > 0.0 else 1.0
    confidence = min(1.0, value.evidence.confidence * factor)
    others = other_readings(print_, read, value.value)
    evidence = replace(value.evidence, confidence=confidence, others=others)
    return Readout((Value(value.path, value.value, evidence), *readout.values[1:]), readout.issues)


def other_readings(print_: Print, read: Read, value: Any) -> tuple[OtherReading, ...]:
    """Given a print, its grammar and the value that was taken, return the other values that it may say."""
    odds = [(odds / max(print_.confidence, LEAST), variant) for odds, variant in variants(print_)]
    found: dict[Any, OtherReading] = {}
    for chance, variant in sorted([*odds, *((TWIN, twin) for twin in twins(print_))], key=lambda one: -one[0]):
        other = _value(read(variant))
        if other is not None and other != value and other not in found:
            found[other] = OtherReading(other, variant.verbatim, chance)
    return tuple(found.values())[:KEPT]


def _agreement(print_: Print, read: Read, value: Any) -> float:
    """Product over the glyphs of the probability that the value is right as far as this glyph goes."""
    same: dict[int, float] = {}
    refused: dict[int, float] = {}
    for at, char, probability in swaps(print_, least=0.0):
        other = _value(read(swapped(print_, [(at, char, probability)])))
        into = refused if other is None else same if other == value else None
        if into is not None:
            into[at] = into.get(at, 0.0) + probability
    glyphs = {at: mark[1] for at, mark in enumerate(print_.marks) if mark and mark[1].text.strip()}
    return math.prod(_share(glyph, same.get(at, 0.0), refused.get(at, 0.0)) for at, glyph in glyphs.items())


def _share(glyph: Glyph, same: float, refused: float) -> float:
    right = glyph.confidence + same
    return min(1.0, right / (1.0 - refused)) if refused < 1.0 else 0.0


def swaps(print_: Print, least: float = LEAST) -> Iterator[Swap]:
    """Given a print, yield the other readings of its characters that are at least this probable."""
    for at, mark in enumerate(print_.marks):
        if mark is not None and len(mark[1].text) == 1:
            yield from ((at, char, p) for char, p in mark[1].others if p >= least and len(char) <= 1)


def swapped(print_: Print, changes: list[Swap]) -> Print:
    """Given a print and other readings of some of its characters, return the print with them; "" drops a character."""
    text, marks = list(print_.text), list(print_.marks)
    for at, char, probability in changes:
        mark = marks[at]
        text[at] = char
        if mark is not None:
            marks[at] = (mark[0], replace(mark[1], text=char, confidence=probability))
    kept = [at for at, char in enumerate(text) if char]
    return Print("".join(text[at] for at in kept), tuple(marks[at] for at in kept))


def variants(print_: Print) -> list[tuple[float, Print]]:
    """Given a print, return the other readings of it with their probabilities, the likeliest first."""
    places = list(swaps(print_))
    sets = [
        list(chosen)
        for count in range(1, SWAPS + 1)
        for chosen in combinations(places, count)
        if len({at for at, _, _ in chosen}) == count
    ]
    likely = heapq.nlargest(TRIALS, ((_odds(print_, chosen), -n) for n, chosen in enumerate(sets)))
    return [(odds * print_.confidence, swapped(print_, sets[-n])) for odds, n in likely]


def _odds(print_: Print, chosen: list[Swap]) -> float:
    """How likely a reading is against the first one."""
    marks = ((print_.marks[at], probability) for at, _, probability in chosen)
    return math.prod(p / max(mark[1].confidence, LEAST) for mark, p in marks if mark is not None)


def _mended(first: Readout, print_: Print, read: Read) -> Readout:
    plain = without_strays(print_)
    alike = [*twins(print_), *([plain, *twins(plain)] if plain is not None else [])]
    swapped_ = [(odds, variant, _named(print_, variant)) for odds, variant in variants(print_)]
    others = [*swapped_, *((TWIN * print_.confidence, twin, 1.0) for twin in alike)]
    admitted = [
        (odds, variant, found, named) for odds, variant, named in others if _value(found := read(variant)) is not None
    ]
    if not admitted:
        return first
    weights: dict[Any, float] = {}
    for odds, _, found, _ in admitted:
        weights[_value(found)] = weights.get(_value(found), 0.0) + odds
    best = max(weights, key=lambda value: weights[value])
    _, variant, found, named = next(entry for entry in admitted if _value(entry[2]) == best)
    share = named * weights[best] / sum(weights.values())
    value = found.values[0]
    evidence = _with_rule(value.evidence, share, first_confidence=_kept_confidence(print_, variant))
    message = f"{quoted(print_.verbatim)} was read, which cannot stand here; {quoted(variant.verbatim)} was taken"
    candidates = (variant.verbatim, print_.verbatim)
    readout = Readout((Value(value.path, value.value, evidence), *found.values[1:]), found.issues)
    return doubted(readout, Issue(IssueCode.CORRECTED, "warning", value.path, message, candidates))


def _named(print_: Print, variant: Print) -> float:
    """Probability that what stands at the places which a variant changes is among the recogniser's other readings.

    Where they are few and unlikely, the right sign may be none of them.
    """
    kept = {id(glyph) for _, glyph in variant.inked}
    changed = [glyph for _, glyph in print_.inked if id(glyph) not in kept]
    known = [(sum(p for _, p in glyph.others), glyph.confidence) for glyph in changed]
    return math.prod(others / max(others, 1.0 - sure, LEAST) for others, sure in known)


def _kept_confidence(print_: Print, variant: Print) -> float:
    """Product over the glyphs that the variant leaves as they were read."""
    first = {id(glyph) for _, glyph in print_.inked}
    return math.prod(glyph.confidence for _, glyph in variant.inked if id(glyph) in first)


def _with_rule(evidence: Evidence | None, share: float, first_confidence: float) -> Evidence | None:
    return replace(evidence, confidence=share * first_confidence, origin="rule") if evidence else None
