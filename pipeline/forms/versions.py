"""Which version of its form a page is: told by the words that it prints and lacks; the year settles a tie."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.errors import IssueCode
from pipeline.forms.definition import Form, Version
from pipeline.forms.labels import fold, inner_cuts, is_word
from pipeline.forms.sheet import Sheet
from pipeline.model import Issue
from pipeline.text.dates import parse_year

BESIDE = " > "
"""Between two words, the second of which stands right of the first."""
TITLE_ROWS = 3
"""Rows at the top of a table that may hold the title and the year."""


@dataclass(frozen=True, slots=True)
class Told:
    """version: the one that the page is, None where none was told. words: those it was told by.

    rivals: versions that the page shows equally well, in the form's order.
    """

    version: Version | None = None
    words: tuple[str, ...] = ()
    rivals: tuple[Version, ...] = ()

    @property
    def id(self) -> str | None:
        return None if self.version is None else self.version.id


def tell_version(form: Form, sheets: Sequence[Sheet], lines: Sequence[str]) -> Told:
    """Given a form, the sheets of one declaration and the lines above it, return its version.

    A version is out where a word stands that it lacks. Of the others those are meant whose own words stand, else those
    that have none; of several the one in use in the year of the form.
    """
    standing = [version for version in form.versions if not words_seen(version.lacks, sheets, lines)]
    told = [version for version in standing if words_seen(version.has, sheets, lines)]
    fit = told or [version for version in standing if not version.has]
    year = year_of(sheets, lines)
    likely = [version for version in fit if version.covers(year)] or told
    if len(likely) != 1:
        return Told(rivals=tuple(likely))
    return Told(likely[0], tuple(words_seen(likely[0].has, sheets, lines)))


def words_seen(words: Iterable[str], sheets: Sequence[Sheet], lines: Sequence[str]) -> list[str]:
    """Given words of a version, return those that stand in a cell, before a colon in one, or in the lines above."""
    texts = [fold(line) for line in lines]
    return [word for word in words if any(fold(word) in text for text in texts) or _in_cells(word, sheets)]


def _in_cells(word: str, sheets: Sequence[Sheet]) -> bool:
    first, _, second = word.partition(BESIDE)
    boxes = ((sheet, box) for sheet in sheets for box in sheet.filled if _says(box.text, first))
    return any(not second or any(_says(right.text, second) for right in sheet.right_of(box)) for sheet, box in boxes)


def _says(text: str, word: str) -> bool:
    heads = (text, *(text[: cut.label_end] for cut in inner_cuts(text)))
    return any(is_word(head, (word,)) for head in heads if head)


def year_of(sheets: Sequence[Sheet], lines: Sequence[str]) -> int | None:
    """Given the sheets of a declaration and the lines above it, return the year in its title or near it, or None."""
    tops = (sheets[0].slots[row, 0] for row in range(min(TITLE_ROWS, sheets[0].n_rows))) if sheets else ()
    texts = (*reversed(lines), *(box.text for box in tops if sheets[0].fills_row(box)))
    return next((year[0] for text in texts if (year := parse_year(text)) is not None), None)


def contested_version(told: Told) -> Iterator[Issue]:
    """Yield a warning where a page shows several versions, so that it was read by none of them."""
    if told.rivals:
        ids = tuple(version.id for version in told.rivals)
        message = f"the page may be of the versions {', '.join(ids)}: it was read by what they have in common"
        yield Issue(IssueCode.LAYOUT_DRIFT, "warning", None, message, ids)
