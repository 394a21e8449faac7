"""What a draft knows before it sees the page: the words of the installed definitions, and how business labels end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import yaml
from pydantic import ValidationError

from pipeline.config import Slice
from pipeline.errors import ConfigError
from pipeline.forms.definition import ColumnType, FieldType, Form, Level
from pipeline.forms.labels import BRACKETED_TAIL, fold, label_keys
from pipeline.forms.sheet import Sheet


class EnglishNames(Slice):
    zh: str
    en: str


class Words(Slice):
    """configs/draft.yaml; what its parts mean stands there."""

    standard: dict[str, EnglishNames]
    titles: tuple[str, ...]
    types: dict[str, tuple[str, ...]]
    ends: dict[str, str]
    parts: dict[str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """A label of an installed definition: its path, both names, and its type. code: where a glued code goes."""

    path: str
    zh: str
    en: str
    type: FieldType | ColumnType
    code: str | None = None


@dataclass(frozen=True)
class Vocabulary:
    """fields, columns: known labels by their folded key. levels: trees of level words by table. words: draft.yaml."""

    words: Words
    fields: dict[str, Known] = field(default_factory=dict)
    columns: dict[str, Known] = field(default_factory=dict)
    groups: frozenset[str] = frozenset()
    furniture: frozenset[str] = frozenset()
    levels: tuple[tuple[Level, ...], ...] = ()

    @cached_property
    def level_words(self) -> frozenset[str]:
        return frozenset(fold(word) for tree in self.levels for word in words_in(tree))

    def field_of(self, printed: str) -> Known | None:
        return next((self.fields[key] for key in label_keys(printed) if key in self.fields), None)

    def column_of(self, printed: str) -> Known | None:
        return next((self.columns[key] for key in label_keys(printed) if key in self.columns), None)

    def column_type_of(self, printed: str) -> str | None:
        """Given a label, return the type of an installed column of that name, as far as fields have it."""
        known = self.column_of(printed)
        return None if known is None else known.type

    def is_furniture(self, printed: str) -> bool:
        return any(key in self.furniture for key in label_keys(printed))

    def knows(self, printed: str) -> bool:
        """Is the print a label or a furniture word of an installed definition?"""
        known = (self.fields, self.columns, self.groups, self.furniture)
        return any(key in keys for key in label_keys(printed) for keys in known)

    def end_of(self, printed: str) -> str | None:
        """Given a label, return the longest known word that it ends with, a bracketed tail aside."""
        whole = fold(printed)
        short = fold(BRACKETED_TAIL.sub("", whole)) or whole
        return max((end for end in self.words.ends if short.endswith(end)), key=len, default=None)

    def type_of(self, printed: str) -> str | None:
        """Given a label, return the type that its last word asks for; of several the longest word decides."""
        keys = label_keys(printed)
        ends = [(len(end), kind) for kind, words in self.words.types.items() for end in words if keys[-1].endswith(end)]
        return max(ends, default=(0, None))[1]


def words_in(tree: Iterable[Level]) -> Iterator[str]:
    for level in tree:
        yield level.word
        yield from words_in(level.under)


def load_words(file: Path) -> Words:
    """Given draft.yaml, return it checked. Raises ConfigError with file and key."""
    try:
        return Words.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}: drafts need it") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is not valid YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(f"{file}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def vocabulary(words: Words, forms: Iterable[Form]) -> Vocabulary:
    """Given the words of draft.yaml and the installed forms, return all that a draft may know; the first form that has
    a label decides."""
    fields: dict[str, Known] = {}
    columns: dict[str, Known] = {}
    groups: list[str] = []
    furniture: list[str] = []
    for form in forms:
        owners = Counter(fold(label) for entry in form.fields for label in entry.labels)
        for entry in form.fields:
            known = Known(entry.path, entry.names.zh, entry.names.en, entry.type, entry.code)
            _add(fields, (label for label in entry.labels if owners[fold(label)] == 1), known)
        groups += owners
        for table in form.tables:
            groups += table.labels
            for column in table.columns:
                _add(columns, column.labels, Known(column.key, column.names.zh, column.names.en, column.type))
        groups += [word for section in form.sections for word in section.labels]
        furniture += form.furniture
    levels = tuple(dict.fromkeys(table.levels for form in forms for table in form.tables if table.levels))
    return Vocabulary(words, fields, columns, frozenset(map(fold, groups)), frozenset(map(fold, furniture)), levels)


def by_likeness(forms: Iterable[Form], sheets: Iterable[Sheet]) -> list[Form]:
    """Given forms and the sheets of a sample, return the forms with those first that share most labels with it."""
    keys = {key for sheet in sheets for box in sheet.filled for key in label_keys(box.text)}
    return sorted(forms, key=lambda form: -sum(fold(label) in keys for f in form.fields for label in f.labels))


def _add(into: dict[str, Known], labels: Iterable[str], known: Known) -> None:
    for label in labels:
        into.setdefault(fold(label), known)
