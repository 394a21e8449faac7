"""The print of one cell as one string, each character tied to its glyph, so that every value finds its evidence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from pipeline.geometry import union_of
from pipeline.model import Evidence, Glyph, Origin, TextLine
from pipeline.text.chars import fold_char
from pipeline.text.join import join_lines


def sureness(glyph: Glyph) -> float:
    """Given a glyph, return the probability of its character in either width, which context decides."""
    folded = fold_char(glyph.text) if len(glyph.text) == 1 else glyph.text
    return min(
        1.0, glyph.confidence + sum(p for char, p in glyph.others if len(char) == 1 and fold_char(char) == folded)
    )


@dataclass(frozen=True)
class Print:
    """``text``: the print, lines parted by "\\n", paragraphs by "\\n\\n". marks: line and glyph of each, if any."""

    text: str
    marks: tuple[tuple[TextLine, Glyph] | None, ...]

    @staticmethod
    def of(lines: Sequence[TextLine]) -> Print:
        """Given the lines of one cell from top to bottom, return them as one print."""
        text, places = join_lines([(line.text, line.ends_paragraph) for line in lines])
        owners = [[glyph for glyph in line.glyphs for _ in glyph.text] for line in lines]
        return Print(text, tuple((lines[at], owners[at][char]) if at >= 0 else None for at, char in places))

    @property
    def blank(self) -> bool:
        return not self.text.strip()

    @property
    def verbatim(self) -> str:
        """One line of print a line."""
        return self.text.strip().replace("\n\n", "\n")

    @property
    def pages(self) -> tuple[int, ...]:
        return tuple(dict.fromkeys(mark[0].page for mark in self.marks if mark))

    def part(self, start: int, end: int) -> Print:
        """Given a half-open range of ``text``, return that part."""
        return Print(self.text[start:end], self.marks[start:end])

    def at(self, places: Sequence[int]) -> Print:
        """Given places in ``text`` from left to right, return the characters there as one print."""
        return Print("".join(self.text[place] for place in places), tuple(self.marks[place] for place in places))

    @cached_property
    def inked(self) -> tuple[tuple[TextLine, Glyph], ...]:
        """The glyphs that carry ink, once each, in order."""
        kept = {id(mark[1]): mark for mark in self.marks if mark and mark[1].text.strip()}
        return tuple(kept.values())

    @property
    def confidence(self) -> float:
        """Probability that every glyph was read right, taken as independent; 1 for a blank print."""
        return math.prod(sureness(glyph) for _, glyph in self.inked)

    @property
    def origin(self) -> Origin:
        """Where the reading comes from: "ocr" as soon as one glyph does."""
        origins = {line.origin for line, _ in self.inked}
        return "ocr" if "ocr" in origins else min(origins, default="text_layer")

    def evidence(self, origin: Origin | None = None, confidence: float | None = None) -> Evidence | None:
        """Return where this stands: verbatim, boxed on the page of its first glyph; None for a blank print."""
        if not self.inked:
            return None
        page = self.inked[0][0].page
        return Evidence(
            text=self.verbatim,
            page=page,
            box=union_of(glyph.box for line, glyph in self.inked if line.page == page),
            confidence=self.confidence if confidence is None else confidence,
            origin=origin or self.origin,
        )
