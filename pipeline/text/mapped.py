"""Leaf: a text whose every character knows where in the print it came from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Span = tuple[int, int]
"""Half-open (start, end) in a string."""


@dataclass(frozen=True, slots=True)
class Normalised:
    """``text`` made from a printed string; ``sources[i]`` is the index in the print of what gave ``text[i]``.

    Sources never go down. Raises ValueError when text and sources differ in length.
    """

    text: str
    sources: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.text) != len(self.sources):
            raise ValueError(f"{len(self.text)} characters with {len(self.sources)} sources")

    def cut(self, start: int, end: int) -> Normalised:
        """Given a half-open range of ``text``, return that part; its sources still point into the whole print."""
        return Normalised(self.text[start:end], self.sources[start:end])

    def span(self, start: int, end: int) -> Span:
        """Given a half-open range of ``text``, return the range of the print it came from (empty from empty)."""
        if start < end:
            return self.sources[start], self.sources[end - 1] + 1
        at = self.sources[start] if start < len(self.sources) else self.end
        return at, at

    @property
    def end(self) -> int:
        """Index in the print just behind the last character used."""
        return self.sources[-1] + 1 if self.sources else 0


def mapped(pairs: Iterable[tuple[str, int]]) -> Normalised:
    """Given (character or nothing, source) pairs, return them as one text."""
    kept = [(char, source) for char, source in pairs if char]
    return Normalised("".join(char for char, _ in kept), tuple(source for _, source in kept))
