"""Headings of exports: Chinese names from the form definitions, the dotted path where none is given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.forms.definition import Column, Field, Form

NUMERIC_TYPES = frozenset({"money", "number", "integer", "year", "indicator-value"})
"""Types whose values are numbers; a code of digits is none, whatever it looks like."""
PARTS = {"number": "编号", "operator": "比较", "unit": "计量单位", "text": "定性目标", "section": "部分"}
"""Keys of rows that the grammars split off from what a column holds, so that no definition names them."""
CODE_SUFFIX = "代码"


@dataclass(frozen=True, slots=True)
class Headings:
    """Names by path. order: paths in the order of the definitions; numeric: paths whose values are numbers."""

    names: Mapping[str, str] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    numeric: frozenset[str] = frozenset()

    def sorted(self, paths: Iterable[str]) -> list[str]:
        """Given paths, return each once: those of the definitions in their order, then the others as they came."""
        found = dict.fromkeys(paths)
        known = dict.fromkeys(path for path in self.order if path in found)
        return [*known, *(path for path in found if path not in known)]

    def distinct(self, paths: Sequence[str]) -> list[str]:
        """Given paths, return a heading for each; where two would be the same, the path stands beside the name."""
        names = [self.names.get(path, path) for path in paths]
        often = Counter(names)
        return [name if often[name] == 1 else f"{name} ({path})" for name, path in zip(names, paths, strict=True)]


def scalar_headings(forms: Iterable[Form]) -> Headings:
    """Given forms, return the headings of their single values; the first form that names a path decides."""
    names: dict[str, str] = {}
    numeric: set[str] = set()
    for form in forms:
        for entry in form.fields:
            _add_field(entry, names, numeric)
    return Headings(names, tuple(names), frozenset(numeric))


def row_headings(forms: Iterable[Form], table: str) -> Headings:
    """Given forms and the path of a repeating table, return the headings of its rows' keys."""
    names: dict[str, str] = {}
    numeric: set[str] = set()
    for form in forms:
        for entry in form.tables:
            for column in entry.columns if entry.path == table else ():
                _add_column(column, names, numeric)
    return Headings({**PARTS, **names}, tuple(names), frozenset(numeric))


def table_names(forms: Iterable[Form]) -> dict[str, str]:
    """Given forms, return the name of each repeating table by its path."""
    names: dict[str, str] = {}
    for form in forms:
        for entry in form.tables:
            names.setdefault(entry.path, entry.names.zh)
    return names


def _add_field(entry: Field, names: dict[str, str], numeric: set[str]) -> None:
    if entry.path not in names and entry.type in NUMERIC_TYPES:
        numeric.add(entry.path)
    names.setdefault(entry.path, entry.names.zh)
    if entry.code is not None:
        names.setdefault(entry.code, entry.names.zh + CODE_SUFFIX)


def _add_column(column: Column, names: dict[str, str], numeric: set[str]) -> None:
    if column.key not in names and column.type in NUMERIC_TYPES:
        numeric.add(column.key)
    names.setdefault(column.key, column.names.zh)
