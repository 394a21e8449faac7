"""Lines of a cell that are no print: the rest of a seal or a stroke of the pen, of which a recogniser makes nothing.

It must name some sign, and gives none of them any probability. Beside print that is read plainly such a line is left
out; that something stood there stays as a doubt of the sign next to it. Of 23 such lines on drawn pages of the split
tune 21 were no print, and all eight that were as unsure as asked for here.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from pipeline.model import Glyph
from pipeline.stages.read.pairs import doubted

SENSELESS = 0.06
"""Probability of the likeliest sign of a line below which a recogniser makes nothing of it."""
FEW = 2
"""Signs of such a line at the most; longer ones are print that is hard to read."""
PLAIN = 0.9
"""Probability of the median sign of a line that is read plainly."""

Line = tuple[Glyph, ...]


def drop_senseless(lines: Sequence[Line]) -> tuple[list[int], list[Line]]:
    """Given the lines of a cell from top to bottom, return the numbers of those that are print, and these; a sign
    beside one that is left out is in doubt."""
    kept = [n for n, line in enumerate(lines) if not is_senseless(line)]
    if len(kept) == len(lines) or not any(is_plain(lines[n]) for n in kept):
        return list(range(len(lines))), list(lines)
    gone = set(range(len(lines))) - set(kept)
    return kept, [beside(lines[n], above=n - 1 in gone, below=n + 1 in gone) for n in kept]


def is_senseless(line: Line) -> bool:
    return len(line) <= FEW and all(glyph.confidence < SENSELESS for glyph in line)


def is_plain(line: Line) -> bool:
    return median(glyph.confidence for glyph in line) >= PLAIN


def beside(line: Line, *, above: bool, below: bool) -> Line:
    """Given a line and where one beside it was left out, return it with its sign next to that one in doubt."""
    marked = {0 for _ in range(above)} | {len(line) - 1 for _ in range(below)}
    return tuple(doubted(glyph) if k in marked else glyph for k, glyph in enumerate(line))
