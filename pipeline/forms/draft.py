"""A definition proposed from one sample page: labels by position, repetition and vocabulary; types from the values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pipeline.forms.caption import find_caption
from pipeline.forms.definition import Side
from pipeline.forms.draft_fields import FoundField, Layout, Noted, find_fields, find_noted, joined_layouts
from pipeline.forms.draft_marks import LIKELY, Scorer, prints_of
from pipeline.forms.draft_matrix import FoundMatrix, find_matrices
from pipeline.forms.draft_names import Named, Namer, plain_label
from pipeline.forms.draft_table import FoundTable, find_tables
from pipeline.forms.draft_types import Around, Guess, guess_column, guess_crossing, guess_field
from pipeline.forms.draft_words import Vocabulary
from pipeline.forms.labels import fold
from pipeline.forms.sheet import Box, Sheet
from pipeline.model import TextLine
from pipeline.text.chars import is_han
from pipeline.text.dates import parse_year
from pipeline.text.numbers import unit_in_label

TITLE_LIKENESS = 1.0
"""A title ends in one of the known words exactly; there is nothing to tell a misread one by."""
OPENING = 4
"""Labels at the top that mark the beginning of a declaration."""
UNSURE_LABEL = "its print looks little like a label"


@dataclass(frozen=True, slots=True)
class DraftField:
    """A field as it will be written. sample: the value on the sample page. doubts: what to look at before use."""

    named: Named
    type: str
    label: str
    place: str
    sample: str
    section: str | None = None
    choices: tuple[str, ...] = ()
    shape: str | None = None
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftColumn:
    """parts: keys of the columns whose values stand under one another in this one's cells."""

    named: Named
    type: str
    label: str
    sample: str
    shape: str | None = None
    doubts: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class DraftTable:
    """levels: for each word of the first level column the words of the next that stand beside it."""

    named: Named
    labels: tuple[str, ...]
    columns: tuple[DraftColumn, ...]
    levels: dict[str, tuple[str, ...]]
    side: Side | None = None


@dataclass(frozen=True, slots=True)
class DraftMatrix:
    """rows: the name and the label of each."""

    named: Named
    rows: tuple[tuple[Named, str], ...]
    columns: tuple[DraftColumn, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """All of a definition. left: prints that found no place in it."""

    id: str
    title: str | None
    endings: tuple[str, ...]
    fields: tuple[DraftField, ...]
    sections: dict[str, tuple[str, ...]]
    tables: tuple[DraftTable, ...]
    furniture: tuple[str, ...]
    left: tuple[str, ...]
    matrices: tuple[DraftMatrix, ...] = ()

    @property
    def opening(self) -> tuple[str, ...]:
        inside = [field for field in self.fields if field.place != "caption"]
        return tuple(field.named.path for field in inside[:OPENING])

    @property
    def evidence(self) -> tuple[str, ...]:
        """What tells the form, where not all labels do: one that is the word of a column as well tells no field."""
        columns = [column for table in self.tables for column in table.columns]
        columns += [column for matrix in self.matrices for column in matrix.columns]
        heads = {fold(column.label) for column in columns}
        labels = [(field.named.path, field.label) for field in self.fields if field.place != "caption"]
        crossed = [(matrix, named.path, label) for matrix in self.matrices for named, label in matrix.rows]
        labels += [(f"{m.named.path}.{row}.{m.columns[0].named.path}", label) for m, row, label in crossed]
        if not any(fold(label) in heads for _, label in labels):
            return ()
        own = (path for path, label in labels if fold(label) not in heads)
        return (*own, *(table.named.path for table in self.tables))


def draft_form(
    name: str, sheets: Sequence[Sheet], above: Sequence[TextLine], vocabulary: Vocabulary, others: Iterable[Sheet] = ()
) -> Draft:
    """Given an id, the sheets of a sample page from top to bottom, the lines above them, what is known, and sheets of
    further samples, return the definition that fits the sample best."""
    samples = list(others)
    scorer = Scorer(vocabulary, prints_of(samples) if samples else None)
    parts = [_part(sheet, scorer) for sheet in sheets]
    layout = joined_layouts([part.layout for part in parts])
    lines = [*above, *(line for box in parts[0].tops for line in box.cell.lines)]
    caption = find_caption(lines, vocabulary.words.titles, TITLE_LIKENESS)
    title = None if caption.title is None else caption.title.verbatim
    notes = (*(line.text for line in lines), *(box.text for box in layout.left))
    drafter = Drafter(vocabulary, any(unit_in_label(note) for note in notes))
    sections, owners = find_sections(layout)
    matrices = distinct_matrices([drafter.matrix(matrix) for part in parts for matrix in part.matrices])
    crossed = {fold(label) for matrix in matrices for _, label in matrix.rows}
    found = (*map(drafter.noted, find_noted(lines, scorer)), *drafter.fields(layout, owners))
    fields = tuple(field for field in found if field.section is not None or fold(field.label) not in crossed)
    return Draft(
        id=name,
        title=title,
        endings=_endings(title),
        fields=fields,
        sections=sections,
        tables=tuple(drafter.table(table) for part in parts for table in part.tables),
        furniture=_furniture(layout, [*(field.label for field in fields), *crossed], scorer),
        left=tuple(box.print.verbatim for box in layout.left if not _is_furniture(box, scorer)),
        matrices=matrices,
    )


@dataclass(frozen=True)
class Part:
    """What one sheet of the page holds: cells above all else, repeating tables, and the rest."""

    tops: list[Box]
    tables: list[FoundTable]
    matrices: list[FoundMatrix]
    layout: Layout


def _part(sheet: Sheet, scorer: Scorer) -> Part:
    tables = find_tables(sheet, scorer)
    matrices = find_matrices(sheet, tables, scorer)
    held: list[FoundTable | FoundMatrix] = [*tables, *matrices]
    tops = _title_boxes(sheet, min((part.top for part in held), default=sheet.n_rows))
    blocked = {*tops, *(box for box in sheet.boxes if any(part.holds(box) for part in held))}
    layout = find_fields(sheet, blocked, scorer)
    beside = tuple(matrix.group for matrix in matrices if matrix.group is not None)
    return Part(tops, tables, matrices, replace(layout, groups=(*layout.groups, *beside)))


def _title_boxes(sheet: Sheet, end: int) -> list[Box]:
    """The first rows, above row ``end``, that one cell fills with one line or with a year, as titles do."""
    tops: list[Box] = []
    for row in range(end):
        box = sheet.slots[row, 0]
        if not sheet.fills_row(box) or (len(box.cell.lines) > 1 and parse_year(box.text) is None):
            break
        tops.append(box)
    return tops


def _endings(title: str | None) -> tuple[str, ...]:
    """What this title may be known by on other pages: its last words, a year or unit in brackets aside."""
    if title is None:
        return ()
    plain = plain_label(title)
    digits = [at for at, char in enumerate(plain) if char.isdecimal()]
    tail = plain[digits[-1] + 1 :].lstrip("年度") if digits else plain
    return (tail or plain,)


def find_sections(layout: Layout) -> tuple[dict[str, tuple[str, ...]], dict[Box, str]]:
    """Given a layout, return the sections that tell equal labels apart, and the section of each label's box.

    Labels in one group are of one section; where a group holds a label twice, each column of labels is one.
    """
    counts = Counter(fold(found.label) for found in layout.fields)
    doubled = {found.group for found in layout.fields if counts[fold(found.label)] > 1}
    inside: dict[tuple[Box | None, int], list[FoundField]] = {}
    for found in layout.fields:
        if found.group in doubled:
            twice = _is_twice(found.group, layout)
            inside.setdefault((found.group, found.box.cell.col if twice else 0), []).append(found)
    sections: dict[str, tuple[str, ...]] = {}
    owners: dict[Box, str] = {}
    for n, ((group, _), fields) in enumerate(inside.items()):
        if group is not None:
            name = f"part_{n + 1}"
            sections[name] = (plain_label(group.text),)
            owners |= {found.box: name for found in fields}
    return sections, owners


def _is_twice(group: Box | None, layout: Layout) -> bool:
    labels = [fold(found.label) for found in layout.fields if found.group is group]
    return len(set(labels)) < len(labels)


def _distinct(layout: Layout, owners: dict[Box, str]) -> list[FoundField]:
    """Each label once in its section: the language asks for it."""
    first: dict[tuple[str | None, str], FoundField] = {}
    for found in layout.fields:
        first.setdefault((owners.get(found.box), fold(plain_label(found.label))), found)
    return list(first.values())


class Drafter:
    """Names and types what was found. priced: a unit of money stands on the page."""

    def __init__(self, vocabulary: Vocabulary, priced: bool) -> None:
        self._vocabulary, self._priced = vocabulary, priced
        self._namer = Namer(vocabulary)

    def fields(self, layout: Layout, owners: dict[Box, str]) -> tuple[DraftField, ...]:
        return tuple(self._field(found, owners.get(found.box)) for found in _distinct(layout, owners))

    def noted(self, found: Noted) -> DraftField:
        """A field whose label and value stand above the table."""
        guess = guess_field(found.label, found.value, Around(priced=self._priced), self._vocabulary)
        return self._drafted(self._namer.field(found.label, None), guess, found.label, "caption", found.value)

    def _field(self, found: FoundField, section: str | None) -> DraftField:
        around = Around("" if found.group is None else found.group.text, self._priced)
        guess = guess_field(found.label, found.value.text, around, self._vocabulary)
        doubts = () if found.score >= LIKELY else (UNSURE_LABEL,)
        named = self._namer.field(found.label, section)
        field = self._drafted(named, guess, found.label, found.place, found.value.verbatim)
        return replace(field, section=section, doubts=(*field.doubts, *doubts))

    def _drafted(self, named: Named, guess: Guess, label: str, place: str, sample: str) -> DraftField:
        return DraftField(
            named=self._namer.with_code(named) if guess.type == "coded" else replace(named, code=None),
            type=guess.type,
            label=plain_label(label),
            place=place,
            sample=sample,
            choices=guess.choices,
            shape=guess.shape,
            doubts=_doubts(guess, named),
        )

    def table(self, found: FoundTable) -> DraftTable:
        words = () if found.group is None else (plain_label(found.group.text),)
        named = self._namer.table(words[0] if words else "")
        keys = self._namer.fresh()
        first = {fold(head.text): n for n, head in reversed(list(enumerate(found.heads))) if not head.blank}
        columns = (self._columns(found, n, keys) for n in sorted(first.values()))
        drafted = tuple(column for some in columns for column in some)
        return DraftTable(named, words, drafted, _levels(found), found.side)

    def matrix(self, found: FoundMatrix) -> DraftMatrix:
        """A field for each crossing."""
        group = "" if found.group is None else found.group.text
        named = self._namer.matrix(plain_label(group), "totals" if found.below else "amounts")
        rows, columns = self._namer.fresh(), self._namer.fresh()
        labels = {fold(plain_label(box.text)): box for box in reversed(found.labels)}
        heads = {fold(head.text): n for n, head in reversed(list(enumerate(found.heads))) if not head.blank}
        return DraftMatrix(
            named,
            tuple((rows.row(box.text), plain_label(box.text)) for box in reversed(labels.values())),
            tuple(self._crossing(found, n, columns) for n in sorted(heads.values())),
        )

    def _crossing(self, found: FoundMatrix, n: int, namer: Namer) -> DraftColumn:
        """A column of a matrix, of a type that fields have."""
        values = [box.print.verbatim for box in found.columns[n]]
        head = found.heads[n].text
        guess = guess_crossing(head, values, Around(priced=self._priced or found.priced), self._vocabulary)
        named = namer.column(head)
        sample = next((value for value in values if value.strip()), "")
        return DraftColumn(named, guess.type, plain_label(head), sample, doubts=_doubts(guess, named))

    def _columns(self, found: FoundTable, n: int, namer: Namer) -> tuple[DraftColumn, ...]:
        """One column, or one for each line of its cells and the one that holds them."""
        words, cells = stacked(found, n)
        whole = self._column(found, n, namer)
        if not words:
            return (whole,)
        parts = tuple(self._line(word, [cell[at] for cell in cells], namer) for at, word in enumerate(words))
        keys = tuple(part.named.path for part in parts)
        return (*parts, replace(whole, type="lines", parts=keys, shape=None, doubts=(), optional=True))

    def _line(self, word: str, values: Sequence[str], namer: Namer) -> DraftColumn:
        guess = guess_column(word, values, Around(priced=self._priced), self._vocabulary)
        named = namer.column(word)
        return DraftColumn(named, guess.type, word, values[0], guess.shape, _doubts(guess, named), optional=True)

    def _column(self, found: FoundTable, n: int, namer: Namer) -> DraftColumn:
        head = found.heads[n]
        values = [box.print.verbatim for box in found.columns[n]]
        guess = guess_column(head.text, values, Around(priced=self._priced or found.priced), self._vocabulary)
        if found.is_level(n):
            guess = Guess("level")
        elif guess.type == "level" and n + 1 == len(found.heads):
            guess = Guess("text")
        named = namer.column(head.text)
        sample = next((value for value in values if value.strip()), "")
        return DraftColumn(named, guess.type, plain_label(head.text), sample, guess.shape, _doubts(guess, named))


def _doubts(guess: Guess, named: Named) -> tuple[str, ...]:
    return tuple(doubt for doubt in (guess.doubt, named.doubt) if doubt)


def stacked(found: FoundTable, n: int) -> tuple[tuple[str, ...], list[list[str]]]:
    """Given a column, return the words of its header and the lines of its cells, where each line is of one word; else
    nothing."""
    words = tuple(plain_label(found.heads[n].text).split("/"))
    cells = [box.text.split() for box in found.columns[n] if not box.blank]
    fits = len(words) > 1 and cells and all(words) and all(len(cell) == len(words) for cell in cells)
    return (words, cells) if fits else ((), [])


def _levels(found: FoundTable) -> dict[str, tuple[str, ...]]:
    """The words of the first level column with those of the second in their rows, as far as the sample prints them."""
    if not found.is_level(0):
        return {}
    inner = found.columns[1] if len(found.columns) > 1 and found.is_level(1) else ()
    tree: dict[str, tuple[str, ...]] = {}
    for outer in found.columns[0]:
        if not outer.blank:
            words = [
                fold(box.text) for box in inner if outer.cell.row <= box.cell.row < outer.end_row and not box.blank
            ]
            before = tree.get(fold(outer.text), ())
            tree[fold(outer.text)] = tuple(dict.fromkeys((*before, *words)))
    return tree


def distinct_matrices(matrices: Sequence[DraftMatrix]) -> tuple[DraftMatrix, ...]:
    """Given matrices, return them without the rows whose label and header words another one has already: the language
    asks for it."""
    owners: dict[tuple[str, str], DraftMatrix] = {}
    kept: list[DraftMatrix] = []
    for matrix in matrices:
        crossings = {label: [(fold(label), fold(c.label)) for c in matrix.columns] for _, label in matrix.rows}
        rows = tuple(row for row in matrix.rows if not any(place in owners for place in crossings[row[1]]))
        owners |= {place: matrix for _, label in rows for place in crossings[label]}
        kept += [replace(matrix, rows=rows)] if rows else []
    return tuple(kept)


def _furniture(layout: Layout, words: Sequence[str], scorer: Scorer) -> tuple[str, ...]:
    """Group labels, and prints that are known for furniture, but for ``words`` that are labels."""
    labels = set(map(fold, words))
    known = [box for box in layout.left if _is_furniture(box, scorer)]
    texts = (plain_label(box.text) for box in (*layout.groups, *known))
    return tuple(dict.fromkeys(text for text in texts if fold(text) not in labels))


def _is_furniture(box: Box, scorer: Scorer) -> bool:
    """Is a print that found no place furniture of other definitions, or are they words that all samples print?"""
    printed = scorer.repeated is not None and fold(box.text) in scorer.repeated
    return scorer.vocabulary.is_furniture(box.text) or (printed and any(map(is_han, box.text)))
