"""Records as flat tables: one of single values, one long table for each repeating part.

They are read twice: for the columns, then for the rows, so that no more than one record is held at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.forms.definition import Form
from pipeline.sinks.headings import Headings, row_headings, scalar_headings, table_names

RECORDS, RECORDS_TITLE = "records", "记录"
SHORT_TITLES = {"indicators": "指标"}
"""Titles of sheets where the short word is the usual one; else the table's own name."""
KEYS = {"record_id": "记录编号", "file": "文件", "pages": "页", "form": "表单", "status": "状态"}
LINK_KEYS = ("record_id", "file")
ROW, ROW_HEADING = "row", "行"
ISSUES, ISSUES_HEADING = "issues", "存疑"
ROW_MARK = "[]."
NAME_SUFFIX = "_name"
"""The first field whose path ends so says in every row what the row belongs to."""

Plain = Mapping[str, Any]


Read = Callable[[], Iterable[Plain]]
"""Reads the records from the first one on, each time it is called."""


@dataclass(frozen=True, slots=True)
class FlatTable:
    """What a table of an export looks like. keys: of the values of a row; columns: their headings; paths: the keys as a
    program names them; numeric: which of them hold numbers. length: rows below the heading."""

    name: str
    title: str
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    paths: tuple[str, ...]
    numeric: tuple[bool, ...]
    length: int


@dataclass(frozen=True, slots=True)
class Flat:
    """The tables of an export: that of the single values, then the others."""

    tables: tuple[FlatTable, ...]
    read: Read

    def rows(self) -> Iterator[tuple[int, list[object]]]:
        """Yield each row with the number of its table, in order of the records."""
        for record in self.read():
            yield 0, _values(self.tables[0], _record_row(record))
            for number, table in enumerate(self.tables[1:], start=1):
                for row in _item_rows(record, table.name):
                    yield number, _values(table, row)


@dataclass(slots=True)
class Survey:
    """What a first reading finds. items: of each repeating table the keys of its rows and how many rows there are."""

    records: int = 0
    scalars: dict[str, None] = field(default_factory=dict)
    leading: dict[str, None] = field(default_factory=dict)
    items: dict[str, dict[str, None]] = field(default_factory=dict)
    lengths: Counter[str] = field(default_factory=Counter)

    def add(self, record: Plain) -> None:
        self.records += 1
        paths = [path for path, _ in scalars(record["data"])]
        self.scalars.update(dict.fromkeys(paths))
        self.leading.update(dict.fromkeys([path for path in paths if path.endswith(NAME_SUFFIX)][:1]))
        for table, value in record["data"].items():
            if is_table(value):
                self.lengths[table] += len(value)
                self.items.setdefault(table, {}).update(
                    dict.fromkeys(key for item in value for key, _ in scalars(item))
                )


def flat_tables(read: Read, forms: Sequence[Form]) -> Flat:
    """Given a way to read records as in records.jsonl and the forms they may be of, return the table of single values
    and one for each repeating table of these forms or records."""
    survey, names = Survey(), table_names(forms)
    for record in read():
        survey.add(record)
    lists = dict.fromkeys([*names, *survey.items])
    rows = (_rows_table(survey, path, forms, SHORT_TITLES.get(path, names.get(path, path))) for path in lists)
    return Flat((_records_table(survey, scalar_headings(forms)), *rows), read)


def is_table(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, Mapping) for item in value)


def scalars(data: Plain, path: str = "") -> Iterator[tuple[str, object]]:
    """Given data, yield (dotted path, value) of everything outside of repeating tables; a list of values is joined."""
    for key, value in data.items():
        place = f"{path}.{key}" if path else key
        if isinstance(value, Mapping):
            yield from scalars(value, place)
        elif isinstance(value, list) and not is_table(value):
            yield place, "；".join(map(str, value))
        elif not isinstance(value, list):
            yield place, value


def _records_table(survey: Survey, headings: Headings) -> FlatTable:
    whole = Headings({**headings.names, **KEYS, ISSUES: ISSUES_HEADING}, headings.order, headings.numeric)
    paths = [*KEYS, *headings.sorted(survey.scalars), ISSUES]
    return _flat_table(RECORDS, RECORDS_TITLE, paths, whole, survey.records)


def _rows_table(survey: Survey, table: str, forms: Sequence[Form], title: str) -> FlatTable:
    headings = row_headings(forms, table)
    inner = list(survey.items.get(table, ())) or list(headings.order)
    names = {**scalar_headings(forms).names, **KEYS, ROW: ROW_HEADING}
    names |= {_inner(key): headings.names.get(key, key) for key in inner}
    numeric = frozenset({ROW, *(_inner(key) for key in headings.numeric)})
    paths = [*LINK_KEYS, *survey.leading, ROW, *map(_inner, inner)]
    return _flat_table(table, title, paths, Headings(names, (), numeric), survey.lengths[table])


def _record_row(record: Plain) -> Plain:
    return {**_keys(record), **dict(scalars(record["data"])), ISSUES: _issues(record)}


def _item_rows(record: Plain, table: str) -> Iterator[Plain]:
    """Yield the rows of a repeating table, each with what it belongs to."""
    items = record["data"].get(table) or ()
    if items:
        keys = _keys(record)
        first = [(path, value) for path, value in scalars(record["data"]) if path.endswith(NAME_SUFFIX)][:1]
        link = {**{key: keys[key] for key in LINK_KEYS}, **dict(first)}
        for number, item in enumerate(items, start=1):
            yield {**link, ROW: number, **{_inner(key): value for key, value in scalars(item)}}


def _values(table: FlatTable, row: Plain) -> list[object]:
    return [row.get(key) for key in table.keys]


def _inner(key: str) -> str:
    """Keys of rows and paths of records are different things, even where they are spelled the same."""
    return f"{ROW_MARK}{key}"


def _flat_table(name: str, title: str, paths: Sequence[str], headings: Headings, length: int) -> FlatTable:
    columns = tuple(headings.distinct(paths))
    numeric = tuple(path in headings.numeric for path in paths)
    return FlatTable(name, title, tuple(paths), columns, distinct_paths(paths), numeric, length)


def distinct_paths(paths: Sequence[str]) -> tuple[str, ...]:
    """Given paths, return them without the mark of rows where that leaves each one distinct."""
    bare = [path.removeprefix(ROW_MARK) for path in paths]
    return tuple(path if bare.count(name) > 1 else name for path, name in zip(paths, bare, strict=True))


def _keys(record: Plain) -> dict[str, object]:
    source = record["source"]
    pages = ", ".join(map(str, source["pages"]))
    return {
        "record_id": record["record_id"],
        "file": source["file"],
        "pages": pages,
        "form": record["form"],
        "status": record["status"],
    }


def _issues(record: Plain) -> str | None:
    """One line an issue; None when there is none."""
    lines = [f"{issue['path'] or '-'}: {issue['message']}" for issue in record["issues"]]
    return "\n".join(lines) or None
