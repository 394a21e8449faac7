"""What stands above the fields: title, the heading over it, and the lines under it, on the page or in the grid's first
rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.forms.labels import LABELLED, label_keys, likeness
from pipeline.forms.prints import Print
from pipeline.geometry import Box
from pipeline.model import TextLine

TITLE_MARGIN = 24
"""Characters that a title may be longer than the words it ends with: a place, a class, a year. A sentence is longer."""
NEAR_LINES = 4
"""Lines right above the fields that may name the year when no title was found; further up stands prose."""
HEADING_GAP = 3.0
"""Heights of the title; a line further above it belongs to the page, not to the form."""
SENTENCE_ENDS = "。；;！!？?，,"


@dataclass(frozen=True, slots=True)
class Caption:
    """title and heading as printed, None where none is. under: the lines between the title and the fields."""

    title: Print | None
    heading: Print | None
    under: tuple[Print, ...]


def find_caption(lines: Sequence[TextLine], endings: Sequence[str], threshold: float) -> Caption:
    """Given the lines above a form's fields from top to bottom and how its title may end, return its caption."""
    for start, end in _stretches(len(lines)):
        if is_title(Print.of(lines[start:end]).text, endings, threshold):
            return Caption(
                title=Print.of(lines[start:end]),
                heading=_heading(lines, start),
                under=tuple(Print.of([line]) for line in lines[end:]),
            )
    return Caption(None, None, tuple(Print.of([line]) for line in lines[-NEAR_LINES:]))


def _stretches(count: int) -> Iterator[tuple[int, int]]:
    """One line, the lowest first; then two lines together, since a long title wraps."""
    yield from ((end - 1, end) for end in range(count, 0, -1))
    yield from ((end - 2, end) for end in range(count, 1, -1))


def find_labelled(lines: Iterable[Print], labels: tuple[str, ...], threshold: float) -> Iterator[Print]:
    """Given the lines above a form's fields and the spellings of a label, yield what stands behind it and a colon."""
    for line in lines:
        for match in LABELLED.finditer(line.text):
            if likeness(match["label"], labels, threshold):
                yield line.part(*match.span("value"))


def is_title(printed: str, endings: Iterable[str], threshold: float) -> bool:
    """Given a line, return whether it ends as a title does, a bracketed year or class aside."""
    if printed.strip()[-1:] in SENTENCE_ENDS:
        return False
    keys = label_keys(printed)
    return any(
        len(key) <= len(ending) + TITLE_MARGIN and likeness(key[-len(ending) :], (ending,), threshold) > 0.0
        for key in keys
        for ending in endings
    )


def _heading(lines: Sequence[TextLine], title: int) -> Print | None:
    if title == 0:
        return None
    above, below = lines[title - 1], lines[title]
    reach = HEADING_GAP * min(below.box.height, below.box.width)
    text = above.text.strip()
    near = above.page == below.page and _gap(above.box, below.box) <= reach
    return Print.of([above]) if near and sum(char.isalpha() for char in text) > 2 else None


def _gap(one: Box, other: Box) -> float:
    """Distance between two boxes along the axis that parts them; pages may lie on their side."""
    return max(one.x0 - other.x1, other.x0 - one.x1, one.y0 - other.y1, other.y0 - one.y1, 0.0)
