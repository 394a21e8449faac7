"""Text set in lines: characters with their advance widths, wrapped as browsers and word processors wrap Chinese."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bench.corpus.fonts import advance
from bench.corpus.wording import Run

NOT_FIRST = frozenset("，。、；：？！）》”’％,.;:?!)%>")
NOT_LAST = frozenset("（《“‘(<")
WORD = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.,-/+&<>")
SLACK = 1e-6  # points; sums of the same widths in another order are the same width


@dataclass(frozen=True, slots=True)
class SetChar:
    """One character with its width in points and the leaf it prints."""

    char: str
    width: float
    path: str | None


SetLine = tuple[SetChar, ...]
Atom = list[SetChar]


def width_of(chars: Iterable[SetChar]) -> float:
    return sum(char.width for char in chars)


def set_chars(runs: Iterable[Run], family: str, size: float) -> Iterator[SetChar]:
    for run in runs:
        for char in run.text:
            yield SetChar(char, 0.0 if char == "\n" else advance(char, family) * size, run.path)


def holds_together(before: SetChar, after: SetChar, kinsoku: bool) -> bool:
    """Given two neighbours, say whether no line may end between them."""
    if {before.char, after.char} & {"\n", " "}:
        return False
    if before.char in WORD and after.char in WORD:
        return True
    return kinsoku and (after.char in NOT_FIRST or before.char in NOT_LAST)


def atoms(chars: Iterable[SetChar], anywhere: bool, kinsoku: bool) -> list[Atom]:
    """Given characters, return the pieces that a line may not cut."""
    pieces: list[Atom] = []
    for char in chars:
        if not anywhere and pieces and holds_together(pieces[-1][-1], char, kinsoku):
            pieces[-1].append(char)
        else:
            pieces.append([char])
    return pieces


def fit(pieces: list[Atom], width: float) -> Iterator[Atom]:
    """Given pieces, yield them with those wider than a line cut into their characters."""
    for piece in pieces:
        if width_of(piece) <= width + SLACK:
            yield piece
        else:
            yield from ([char] for char in piece)


def wrap(runs: Iterable[Run], width: float, family: str, size: float, anywhere: bool, kinsoku: bool) -> list[SetLine]:
    """Given runs and a width in points, return lines; blanks at a line's ends vanish, a line feed ends a line."""
    lines: list[list[SetChar]] = [[]]
    for chars in fit(atoms(set_chars(runs, family, size), anywhere, kinsoku), width):
        if chars[0].char == "\n":
            lines.append([])
            continue
        if lines[-1] and width_of(lines[-1]) + width_of(chars) > width + SLACK:
            lines.append([])
        if lines[-1] or chars[0].char != " ":
            lines[-1] += chars
    return [tuple(trim(line)) for line in lines if trim(line)]


def trim(line: list[SetChar]) -> list[SetChar]:
    while line and line[-1].char == " ":
        line = line[:-1]
    return line
