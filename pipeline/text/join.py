"""Lines of print to one printed string that remembers where each character stood."""

from __future__ import annotations

from collections.abc import Sequence

Place = tuple[int, int]
"""(line index, character index in the line); INSERTED for a break that is not on the page."""

INSERTED: Place = (-1, -1)


def join_lines(lines: Sequence[tuple[str, bool]]) -> tuple[str, tuple[Place, ...]]:
    """Given (text, ends_paragraph) lines top to bottom, return the printed string and the place of each character.

    Lines are parted by "\\n", paragraphs by "\\n\\n"; nothing follows the last line.
    """
    text: list[str] = []
    places: list[Place] = []
    for number, (line, ends_paragraph) in enumerate(lines):
        text += line
        places += [(number, at) for at in range(len(line))]
        if number < len(lines) - 1:
            text += "\n\n" if ends_paragraph else "\n"
            places += [INSERTED] * (2 if ends_paragraph else 1)
    return "".join(text), tuple(places)
