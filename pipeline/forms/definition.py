"""The form language as frozen products: what a form is, where its values stand, what must hold between them.

Read from configs/forms/*.yaml by load.py. Paths are dotted paths into a record's ``data``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Literal

from pipeline.forms.lexicon import Lexicon
from pipeline.model import Severity

FieldType = Literal["text", "money", "number", "percent", "integer", "year", "date", "choice", "coded"]
Place = Literal["right", "below", "inside", "across", "title", "heading", "caption"]
ColumnType = Literal[
    "level", "indicator-name", "indicator-value", "measure", "quantity", "lines", "operator", "unit", "text", "number",
    "percent", "integer", "money", "date", "coded",
]  # fmt: skip
Side = Literal["left", "right"]

PAGE_PLACES: tuple[Place, ...] = ("title", "heading", "caption")
"""Places outside of the ruled cells: the title, the line above it, and the lines between the title and the table."""


@dataclass(frozen=True, slots=True)
class Names:
    """One thing in both languages, as headings of exports and screens."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Section:
    """A group of fields under one group label. ``labels``: the group's own printed words, which may carry a unit."""

    id: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One scalar value.

    places: tried in order. spare_labels: words that mean this field only where none of its labels stands, and another
    field's label where that one has no better. header: for the place "across", the words of the column that crosses
    the label's row.
    section: tells fields with the same label apart. unit_from: further labels that may carry the unit of an amount.
    fallback: path of a field in whose value this one may stand when it stands nowhere else. optional: many layouts of
    the form have no such label, so that none is missed.
    code: path that takes the code glued to a name (type "coded"), code_labels: labels of a cell that holds it alone,
    code_shape: a regular expression for what stands in brackets and is a code, however short.
    choices: the printed options (type "choice").
    """

    path: str
    names: Names
    type: FieldType
    labels: tuple[str, ...]
    places: tuple[Place, ...]
    spare_labels: tuple[str, ...] = ()
    section: str | None = None
    required: bool = False
    optional: bool = False
    header: tuple[str, ...] = ()
    unit_from: tuple[str, ...] = ()
    fallback: str | None = None
    code: str | None = None
    code_labels: tuple[str, ...] = ()
    code_shape: str | None = None
    choices: tuple[str, ...] = ()

    @property
    def on_page(self) -> bool:
        """Does the value stand outside of the ruled cells?"""
        return any(place in PAGE_PLACES for place in self.places)


@dataclass(frozen=True, slots=True)
class Level:
    """One word of a level column with the words that may stand under it in the next level column."""

    word: str
    under: tuple[Level, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a repeating table. optional: the table is complete without it, and then rows lack its keys.

    code_shape: as in a field. parts: keys of the columns whose values stand under one another in its cells (type
    "lines").
    """

    key: str
    names: Names
    type: ColumnType
    labels: tuple[str, ...]
    optional: bool = False
    code_shape: str | None = None
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Repeating:
    """A table of like rows. labels: the words of the group label that may stand beside the whole table.

    levels: the tree of words of its level columns, in page order of these columns. side: where the same header words
    stand twice in one row, the half that is this table's; a table that is not required is only there when they do.
    """

    path: str
    names: Names
    columns: tuple[Column, ...]
    labels: tuple[str, ...] = ()
    levels: tuple[Level, ...] = ()
    required: bool = False
    side: Side | None = None

    @cached_property
    def lexicon(self) -> Lexicon:
        """The header words of the columns."""
        return Lexicon(tuple(column.labels for column in self.columns))

    @cached_property
    def level_columns(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.type == "level")

    def level_words(self, depth: int) -> tuple[str, ...]:
        """All words that may stand in the level column of this depth (0-based), each once, whole and as stems."""
        return self._words_by_depth[depth]

    @cached_property
    def _words_by_depth(self) -> tuple[tuple[str, ...], ...]:
        return tuple(self._words_at(depth) for depth in range(len(self.level_columns)))

    def _words_at(self, depth: int) -> tuple[str, ...]:
        layer = self.levels
        for _ in range(depth):
            layer = tuple(under for level in layer for under in level.under)
        words = [level.word for level in layer]
        return tuple(dict.fromkeys((*words, *map(self.stem, words))))

    @cached_property
    def ending(self) -> str:
        """What all level words end in; forms print them with and without it."""
        words = [level.word for top in self.levels for level in (top, *top.under)]
        shortest = min(words, key=len, default="")
        ends = (shortest[start:] for start in range(len(shortest)))
        return next((end for end in ends if all(word.endswith(end) for word in words)), "")

    def stem(self, word: str) -> str:
        """A level word without the common ending."""
        return word.removesuffix(self.ending) or word

    def parents(self, word: str) -> tuple[str, ...]:
        """The words of the first level column under which this word of the second may stand."""
        stem = self.stem(word)
        return tuple(top.word for top in self.levels if any(self.stem(under.word) == stem for under in top.under))

    def children(self, word: str) -> tuple[str, ...]:
        """The words of the second level column that may stand under this word of the first."""
        stem = self.stem(word)
        return tuple(under.word for top in self.levels if self.stem(top.word) == stem for under in top.under)

    @cached_property
    def needed_columns(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if not column.optional)

    @cached_property
    def row_columns(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.type != "level")


@dataclass(frozen=True, slots=True)
class Sum:
    """``total`` equals the sum of ``parts`` within ``tolerance`` (in the unit of the values).

    A part "rows[].key" stands for that key of all rows; where the total is one too, the sum holds in each row.
    """

    total: str
    parts: tuple[str, ...]
    tolerance: Decimal
    severity: Severity


@dataclass(frozen=True, slots=True)
class Order:
    """``first`` is not after ``second``."""

    first: str
    second: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class Equal:
    """``first`` and ``second`` agree within ``tolerance``."""

    first: str
    second: str
    tolerance: Decimal
    severity: Severity


@dataclass(frozen=True, slots=True)
class Range:
    """Each of ``paths`` ("rows[].key" for a key of all rows) is a number from ``least`` to ``most``."""

    paths: tuple[str, ...]
    least: Decimal
    most: Decimal
    severity: Severity


Rule = Sum | Order | Equal | Range


@dataclass(frozen=True, slots=True)
class Identity:
    """How a table is known to be of this form.

    titles: words of the title, a hint only. opening: fields whose labels stand at the top of a new declaration, the
    first of them decides alone. evidence: paths (fields and tables) whose labels count. against: words of other forms.
    min_share: share of the evidence that must be found.
    """

    titles: tuple[str, ...]
    opening: tuple[str, ...]
    evidence: tuple[str, ...]
    against: tuple[str, ...]
    min_share: float


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a form's layout: what it is known by, and what is otherwise in it.

    has: words of which it prints one at the least, and other versions none; "A > B" is B right of A. lacks: words that
    it never prints. since, until: the fiscal years of its use, which settle a tie.
    labels: by path, further wordings, which are no other field's here. required, optional: paths of fields that are so
    here. without: paths of fields that it does not have. levels: by table, the tree of its level words.
    """

    id: str
    names: Names
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    since: int | None = None
    until: int | None = None
    labels: tuple[tuple[str, tuple[str, ...]], ...] = ()
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    levels: tuple[tuple[str, tuple[Level, ...]], ...] = ()

    def covers(self, year: int | None) -> bool:
        """Was it in use in a fiscal year, as far as it says? An unknown year is none of a version that names some."""
        if year is None:
            return self.since is None and self.until is None
        return (self.since is None or self.since <= year) and (self.until is None or year <= self.until)

    def field(self, field: Field) -> Field:
        """Given a field of the form, return it as it is in this version."""
        gone, path = field.path in self.without, field.path
        own = dict(self.labels)
        moved = {word for other, words in self.labels if other != path for word in words}
        kept = tuple(word for word in field.labels if word not in moved)
        return replace(
            field,
            labels=() if gone else tuple(dict.fromkeys((*own.get(path, ()), *kept))),
            spare_labels=() if gone else tuple(word for word in field.spare_labels if word not in moved),
            required=not gone and (field.required or path in self.required) and path not in self.optional,
            optional=gone or ((field.optional or path in self.optional) and path not in self.required),
        )

    def table(self, table: Repeating) -> Repeating:
        """Given a table of the form, return it as it is in this version."""
        return replace(table, levels=dict(self.levels).get(table.path, table.levels))


@dataclass(frozen=True)
class Form:
    """One family of forms. furniture: words that stand on the form and are neither labels of fields nor values.

    versions: of its layout; a page of none of them is read by the form as it stands.
    """

    id: str
    names: Names
    identity: Identity
    fields: tuple[Field, ...]
    sections: tuple[Section, ...] = ()
    tables: tuple[Repeating, ...] = ()
    furniture: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    versions: tuple[Version, ...] = ()

    def in_version(self, version: str | None) -> Form:
        """Given the id of a version, return the form as it is in it; for None, or an id that is gone, as it stands."""
        return self._in_versions.get(version or "", self)

    @cached_property
    def _in_versions(self) -> dict[str, Form]:
        return {
            version.id: replace(
                self, fields=tuple(map(version.field, self.fields)), tables=tuple(map(version.table, self.tables))
            )
            for version in self.versions
        }

    @cached_property
    def by_path(self) -> dict[str, Field]:
        return {field.path: field for field in self.fields}

    @cached_property
    def lexicon(self) -> Lexicon:
        """The labels of the fields."""
        return Lexicon(tuple(field.labels for field in self.fields))

    @cached_property
    def by_section(self) -> dict[str, Section]:
        return {section.id: section for section in self.sections}
