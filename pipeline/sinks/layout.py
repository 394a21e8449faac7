"""Records as tables with types: documents, records, evidence, one table a group of fields, one a repeating table.

Which columns there are follows from the forms' definitions; what no definition names is kept whole in records.data.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "money", "number", "date", "integer", "real", "json"]
Part = Literal["documents", "records", "evidence", "group", "rows"]

NAME_LIMIT = 63
"""Bytes of a name that PostgreSQL keeps; it would cut a longer one without a word."""
NAME_DIGEST = 8
PARTIAL = "_as_read"
"""Ending of the text column beside a date: a month or a year alone is no date of the database."""
DECIMALS = {"money": (20, 2), "number": (38, 10)}
"""Digits in all and behind the point, where a format wants them fixed."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value that records may have. table: path of the repeating table whose rows hold it, None outside of them."""

    path: str
    kind: Kind
    table: str | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """path: where its value stands in the data, of a row or of a group below it; empty for what every record has."""

    name: str
    kind: Kind
    path: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """source: the path of the group or repeating table. key: names of the columns that tell its rows apart."""

    name: str
    part: Part
    source: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    tables: tuple[Table, ...]

    @property
    def signature(self) -> str:
        """Changes when any table does, so that what was exported with other columns is exported again."""
        return hashlib.sha256(repr(self.tables).encode("utf-8")).hexdigest()


def _columns(kind: Kind, *names: str) -> tuple[Column, ...]:
    return tuple(Column(name, kind) for name in names)


LINK = _columns("text", "job", "record_id", "file")
VERSION = Column("version", "text")
"""Digest of the document as it was exported; the same in all of its rows."""
DOCUMENTS = (
    *_columns("text", "job", "file", "sha256", "status", "reason", "message"),
    *_columns("integer", "pages", "records"),
    Column("pages_unused", "json"),
    VERSION,
)
RECORDS = (
    *LINK,
    *_columns("text", "form", "status", "sha256"),
    *_columns("integer", "schema_version", "first_page", "last_page"),
    *_columns("json", "issues", "data"),
    VERSION,
)
EVIDENCE = (
    *LINK,
    *_columns("text", "path", "text"),
    Column("page", "integer"),
    *_columns("real", "x0", "y0", "x1", "y1", "confidence"),
    Column("origin", "text"),
    VERSION,
)
GROUP = (*LINK, VERSION)
ROWS = (*LINK, Column("row", "integer"), VERSION)


def layout_of(leaves: Iterable[Leaf]) -> Layout:
    """Given all values that the forms know, return the tables that hold them."""
    known = list(leaves)
    inside = [leaf for leaf in known if leaf.table is None]
    groups = dict.fromkeys(leaf.path.split(".")[0] for leaf in inside if "." in leaf.path)
    lists = dict.fromkeys(leaf.table for leaf in known if leaf.table is not None)
    single = [leaf for leaf in inside if "." not in leaf.path]
    record = ("job", "record_id")
    tables = [
        Table("documents", "documents", "", DOCUMENTS, ("job", "file")),
        Table("records", "records", "", with_fields(RECORDS, single), record),
        Table("evidence", "evidence", "", EVIDENCE, (*record, "path")),
    ]
    taken = {table.name for table in tables}
    for source in groups:
        below = [Leaf(leaf.path.partition(".")[2], leaf.kind) for leaf in inside if leaf.path.startswith(f"{source}.")]
        tables.append(Table(free_name(source, taken), "group", source, with_fields(GROUP, below), record))
    for source in lists:
        own = [leaf for leaf in known if leaf.table == source]
        tables.append(Table(free_name(source, taken), "rows", source, with_fields(ROWS, own), (*record, "row")))
    return Layout(tuple(tables))


def with_fields(fixed: Sequence[Column], leaves: Iterable[Leaf]) -> tuple[Column, ...]:
    """Given the columns that every record has, return them with those of the values, no name twice."""
    taken = {column.name for column in fixed}
    return (*fixed, *(column for path, kind in merged(leaves).items() for column in _named(path, kind, taken)))


def merged(leaves: Iterable[Leaf]) -> dict[str, Kind]:
    """Given values of several forms, return one kind a path that holds them all."""
    kinds: dict[str, Kind] = {}
    for leaf in leaves:
        kinds[leaf.path] = wider(kinds.get(leaf.path, leaf.kind), leaf.kind)
    return kinds


def wider(first: Kind, second: Kind) -> Kind:
    if first == second:
        return first
    return "number" if {first, second} <= {"money", "number", "integer"} else "text"


def _named(path: str, kind: Kind, taken: set[str]) -> Iterator[Column]:
    name = free_name(path, taken)
    yield Column(name, kind, path)
    if kind == "date":
        yield Column(free_name(name + PARTIAL, taken), "text", path)


def free_name(path: str, taken: set[str]) -> str:
    """Given a dotted path and the names in use (the new one is added), return a name for it that databases take."""
    name = path.replace(".", "_").lower()
    if len(name.encode()) > NAME_LIMIT - 1:
        name = f"{name[: NAME_LIMIT - NAME_DIGEST - 2]}_{hashlib.sha256(path.encode()).hexdigest()[:NAME_DIGEST]}"
    while name in taken:
        name += "_"
    taken.add(name)
    return name
