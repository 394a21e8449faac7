"""Which form a table is of: by its labels and column words; the title is a hint that settles a tie."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from dataclasses import field as field_of

from pipeline.forms.caption import is_title
from pipeline.forms.definition import Field, Form, Repeating
from pipeline.forms.header import find_header, header_words, is_header
from pipeline.forms.labels import LABEL_LINES, is_exact, is_label_like, is_word, likeness
from pipeline.forms.lexicon import alike
from pipeline.forms.locate import NEAR, sight, sights
from pipeline.forms.rows import STRAYS, boxes_of_rows
from pipeline.forms.sheet import Box, Sheet
from pipeline.forms.versions import Told, tell_version
from pipeline.model import Grid

OPENING_ROWS = 3
"""Rows with print, title rows aside, in which the opening labels of a new declaration stand."""
TITLE_HINT = 0.02
"""What a fitting title adds to a share of evidence: less than any label does."""
TITLED_PART = 0.75
"""Of the share that a form asks for, what is enough where its title stands above and its first label at the top: the
grid of a bad page may glue a third of its labels to their neighbours."""
REPEATED = 3
"""Labels that two pages have both from which they are of two declarations: a cut cell may print one or two again."""
LIST_ROWS = 3
"""Rows by which a list is known: its head, and the numbers 1 and 2 below it."""
LIST_WORDS = 3
"""Words that head a list at the least."""
TIE = 0.01
"""Forms whose shares of evidence are nearer than this match a table equally well."""


Said = Sequence[Sequence[Set[str]]]
"""For each box of rows the paths of the fields whose label it prints."""


@dataclass(frozen=True, slots=True)
class Match:
    """A form that a table is of, its share of evidence in [0, 1] (a hint may lift it above), and equally good ones.

    form: as it is in its version, as far as one was told. partial: the share is less than the form asks for; its title
    told.
    """

    form: Form
    share: float
    rivals: tuple[str, ...] = ()
    partial: bool = False
    told: Told = field_of(default_factory=Told)


@dataclass(frozen=True, slots=True)
class Forms:
    """The forms of a run. label_similarity: share of a label's characters that must be read right."""

    forms: tuple[Form, ...]
    label_similarity: float

    def opens(self, grid: Grid) -> bool:
        """Given a grid, return whether it begins a new declaration: the opening labels of a form stand near its top."""
        return self.opens_sheet(Sheet.of_grid(grid))

    def opens_sheet(self, sheet: Sheet) -> bool:
        """Given a sheet, return whether it begins a new declaration."""
        return any(self._openers([self._said_in(form, top_rows(sheet)) for form in self.forms]))

    def openings(self, grid: Grid, depth: int) -> list[bool]:
        """Given a grid, return for each row whether it and the ``depth`` - 1 below it begin a new declaration, cut off
        from the rows above: each cell is read once, however many rows look at it."""
        sheet = Sheet.of_grid(grid)
        said = [{box: self._labels_in(form, box) for box in sheet.filled} for form in self.forms]
        windows = [top_rows(sheet, row, row + depth) for row in range(grid.n_rows)]
        return [
            any(self._openers([[[paths[box] for box in row] for row in rows] for paths in said])) for rows in windows
        ]

    def _openers(self, said: Sequence[Said]) -> Iterator[Form]:
        """Given what each form has to say to the top rows of a sheet, yield the forms that begin there.

        The first opening label decides alone. Where it was not read, two others in one row do, if something that is no
        label of any form stands before them: a continuation begins its rows with a label.
        """
        led = [any(row[0] for row in rows) for rows in zip(*said, strict=True)]
        for form, rows in zip(self.forms, said, strict=True):
            further = form.identity.opening[1:]
            counts = (sum(path in set().union(*row) for path in further) for row in rows)
            if self._begins(form, rows) or any(
                count > 1 and not first for count, first in zip(counts, led, strict=True)
            ):
                yield form

    def _said_in(self, form: Form, rows: Iterable[Iterable[Box]]) -> Said:
        return [[self._labels_in(form, box) for box in row] for row in rows]

    def _labels_in(self, form: Form, box: Box) -> set[str]:
        """The paths of the fields whose label the box prints, alone or in front of its value."""
        return {s.field.path for s in sights(form, box, self.label_similarity)}

    def _labels(self, box: Box, field: Field) -> bool:
        """Does the box print the field's label, alone or in front of its value?"""
        return next(sight(field, box, self.label_similarity), None) is not None

    def goes_on(self, grid: Grid) -> bool:
        """Given rows above a declaration, return whether they look like rows of a table of some form, the last ones of
        the declaration before."""
        sheet = Sheet.of_grid(grid)
        return any(len(boxes_of_rows(table, sheet)) >= STRAYS for form in self.forms for table in form.tables)

    def leads(self, before: Grid, row: Grid, after: Grid) -> bool:
        """Given rows of a grid, the one below them, and those below it, which begin a declaration, return whether the
        row belongs to it: one of its labels leads the row, and stands above already or is none of the form above."""
        upper, own, lower = (Sheet.of_grid(grid) for grid in (before, row, after))
        first = next((box for box in own.row(0) if not box.blank), None)
        openings = self._openers([self._said_in(form, top_rows(lower)) for form in self.forms])
        return first is not None and any(self._leads(form, upper, first, lower) for form in openings)

    def _leads(self, form: Form, upper: Sheet, first: Box, lower: Sheet) -> bool:
        """A label that stands again below ends the declaration above."""
        said = [field for field in form.fields if not field.header and self._labels(first, field)]
        below, above = (any(self._says(sheet, field) for field in said) for sheet in (lower, upper))
        other = len(self._evidence(form, [upper])) < TITLED_PART * form.identity.min_share * len(form.identity.evidence)
        return bool(said) and not below and (above or other)

    def _says(self, sheet: Sheet, field: Field) -> bool:
        return any(self._labels(box, field) for box in sheet.filled)

    def repeats(self, before: Grid, further: Grid, above: Sequence[str]) -> bool:
        """Given the first grid of a declaration, a further one and the lines above this, return whether the further one
        prints so many labels of fields again that it is of another declaration, whose opening label was not read.

        Under a title one is enough that the first grid left behind: a cell cut by the break is its last one. A grid
        that begins with the header of a table goes on with its rows, and what stands below these ends the form.
        """
        upper, lower = Sheet.of_grid(before), Sheet.of_grid(further)
        return any(
            len(self._on_sheet(form, upper) & self._on_sheet(form, lower)) >= REPEATED
            or (
                any(is_title(line, form.identity.titles, self.label_similarity) for line in above)
                and not self._is_headed(form, lower)
                and self._left_behind(form, upper) & self._led(form, lower)
            )
            for form in self.forms
        )

    def _is_headed(self, form: Form, sheet: Sheet) -> bool:
        """Does a sheet begin with the header of a repeating table?"""
        words = ((table, header_words(sheet, 0, table, self.label_similarity)) for table in form.tables)
        return any(is_header(found, table) for table, found in words)

    def _left_behind(self, form: Form, sheet: Sheet) -> set[str]:
        """The fields whose labels end above the last row of a sheet."""
        above = [box for box in sheet.filled if box.end_row < sheet.n_rows]
        return {path for path in self._only(form, above) if not form.by_path[path].header}

    def _led(self, form: Form, sheet: Sheet) -> set[str]:
        """The fields whose label is all that the first lines of a cell say, to the letter: on a bad page cells are
        glued. A cell that is furniture in whole is none: 主管部门审核意见 over two lines."""
        boxes = [box for box in sheet.filled if not is_word(box.text, form.furniture)]
        heads = ("".join(box.text.split("\n")[:n]) for box in boxes for n in range(1, LABEL_LINES + 1))
        said = (
            [n for n, score in alike(form.lexicon, head, self.label_similarity) if is_exact(score)] for head in heads
        )
        return {form.fields[numbers[0]].path for numbers in said if len(numbers) == 1}

    def _on_sheet(self, form: Form, sheet: Sheet) -> set[str]:
        """The fields whose labels a sheet prints. Labels of several fields stand on one form more than once, and a row
        that columns cross may be printed again with its table."""
        return {path for path in self._only(form, sheet.filled) if not form.by_path[path].header}

    def _only(self, form: Form, boxes: Iterable[Box]) -> set[str]:
        return {path for box in boxes if len(own := self._labels_in(form, box)) == 1 for path in own}

    def is_foreign(self, grid: Grid) -> bool:
        """Given a grid, return whether it is a list of its own: a row of words that heads no table of any form, over
        rows that count from 1. Such a list is no continuation, whatever its columns."""
        sheet = Sheet.of_grid(grid)
        rows = [[box for box in sheet.row(row) if not box.blank] for row in range(min(LIST_ROWS, sheet.n_rows))]
        if (
            len(rows) < LIST_ROWS - 1
            or len(rows[0]) < LIST_WORDS
            or not all(is_label_like(box.text) for box in rows[0])
        ):
            return False
        counted = [row[0].text.strip() if row else "" for row in rows[1:]]
        known = any(self._is_headed(form, sheet) for form in self.forms)
        return not known and counted == [str(n) for n in range(1, len(counted) + 1)]

    def match(self, sheets: Sequence[Sheet], titles: Iterable[str]) -> Match | None:
        """Given the sheets of one declaration and the lines above it, return its form, or None when none is known."""
        lines = tuple(titles)
        found = self._match(sheets, lines)
        if found is None or not found.form.versions:
            return found
        told = tell_version(found.form, sheets, lines)
        return replace(found, form=found.form.in_version(told.id), told=told)

    def _match(self, sheets: Sequence[Sheet], lines: tuple[str, ...]) -> Match | None:
        shares = [(self._share(form, sheets, lines), form) for form in self.forms]
        fit = [(share, form) for share, form in shares if share >= form.identity.min_share]
        if not fit:
            return self._partial(shares, sheets, lines)
        best, form = max(fit, key=lambda entry: entry[0])
        return Match(form, best, tuple(other.id for share, other in fit if other is not form and best - share < TIE))

    def _partial(
        self, shares: Sequence[tuple[float, Form]], sheets: Sequence[Sheet], lines: tuple[str, ...]
    ) -> Match | None:
        """The form whose title stands above and whose first label at the top, with most of its evidence."""
        fit = [
            (share, form)
            for share, form in shares
            if share - TITLE_HINT >= TITLED_PART * form.identity.min_share
            and any(is_title(line, form.identity.titles, self.label_similarity) for line in lines)
            and self._begins(form, self._said_in(form, top_rows(sheets[0])))
        ]
        if not fit:
            return None
        best, form = max(fit, key=lambda entry: entry[0])
        return Match(form, best, tuple(other.id for _, other in fit if other is not form), partial=True)

    def _begins(self, form: Form, rows: Said) -> bool:
        """Does the form's first opening label stand in these rows?"""
        first = form.identity.opening[:1]
        return bool(first) and any(first[0] in paths for row in rows for paths in row)

    def completes(self, sheets: Sequence[Sheet], further: Sheet) -> bool:
        """Given the sheets of a declaration so far, return whether a further one shows evidence that they lack, shows
        none again, and begins nothing."""
        if self.opens_sheet(further):
            return False
        pairs = [(self._evidence(form, sheets), self._evidence(form, [further])) for form in self.forms]
        return any(before and after and not before & after for before, after in pairs)

    def _share(self, form: Form, sheets: Sequence[Sheet], titles: tuple[str, ...]) -> float:
        found = len(self._evidence(form, sheets))
        against = sum(any(self._prints(sheet, (word,)) for sheet in sheets) for word in form.identity.against)
        titled = any(is_title(line, form.identity.titles, self.label_similarity) for line in titles)
        return (found - against) / max(len(form.identity.evidence), 1) + TITLE_HINT * titled

    def _evidence(self, form: Form, sheets: Sequence[Sheet]) -> set[str]:
        """The paths of the form's evidence that the sheets show."""
        said = {path for sheet in sheets for box in sheet.filled for path in self._paths(form, box)}
        return {path for path in form.identity.evidence if any(self._has(form, path, s, said) for s in sheets)}

    def _has(self, form: Form, path: str, sheet: Sheet, said: Container[str]) -> bool:
        if path in form.by_path:
            field = form.by_path[path]
            headed = not field.header or "right" in field.places or self._prints(sheet, field.header)
            return headed and path in said
        return find_header(sheet, table_at(form, path), self.label_similarity) is not None

    def _paths(self, form: Form, box: Box) -> Iterator[str]:
        """The fields whose label a box says best: what is only like the label of another field shows nothing of it."""
        scores = {s.field.path: s.score for s in sights(form, box, self.label_similarity)}
        best = max(scores.values(), default=0.0)
        yield from (path for path, score in scores.items() if score >= best - NEAR)

    def _prints(self, sheet: Sheet, labels: tuple[str, ...]) -> bool:
        return any(likeness(box.text, labels, self.label_similarity) for box in sheet.filled)


def table_at(form: Form, path: str) -> Repeating:
    return next(table for table in form.tables if table.path == path)


def top_rows(sheet: Sheet, start: int = 0, end: int | None = None) -> list[tuple[Box, ...]]:
    """Given a sheet, or a half-open range of its rows as if it were cut there, return the boxes with print of its first
    rows that no single cell fills, left to right. A cell cut at the top leaves its print above the cut."""
    cut = range(start, min(sheet.n_rows, sheet.n_rows if end is None else end))
    rows = (tuple(box for box in sheet.row(row) if not box.blank and box.cell.row >= start) for row in cut)
    return [row for row in rows if row and not sheet.fills_row(row[0])][:OPENING_ROWS]
