"""DuckDB by its own interface: the SQLAlchemy dialect for it is made for earlier versions of both, and rows given one
by one are slow there. The tables are the same as in the other databases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipeline.errors import ShenbaoError, UsageError
from pipeline.sinks.layout import DECIMALS, Layout, Table
from pipeline.sinks.parquet import BATCH_ROWS, arrow_table
from pipeline.sinks.store import Put

TYPES: Mapping[str, str] = {
    "text": "VARCHAR",
    "money": "DECIMAL({}, {})".format(*DECIMALS["money"]),
    "number": "DECIMAL({}, {})".format(*DECIMALS["number"]),
    "date": "DATE",
    "integer": "BIGINT",
    "real": "DOUBLE",
    "json": "VARCHAR",
}
COLUMNS = "SELECT column_name FROM duckdb_columns() WHERE table_name = ? AND database_name = current_database()"
GIVEN = "given"


@contextmanager
def open_duck(file: Path, layout: Layout, job: str) -> Iterator[DuckStore]:
    """Given a file, open it as a database with the tables of the layout, made or widened where they are not so.

    Raises UsageError for a database of somebody else, ShenbaoError for one that cannot be used."""
    try:
        with duckdb.connect(str(file)) as connection:
            yield DuckStore(connection, layout, job)
    except duckdb.Error as error:
        cause = str(error).strip().splitlines()[0]
        raise ShenbaoError(
            f"the database {file} cannot be used ({cause}): whole documents that were stored stay; close what else "
            "has it open and export again, which goes on where this ended"
        ) from error


class DuckStore:
    """The tables of one job in one file."""

    batch_rows = BATCH_ROWS

    def __init__(self, connection: duckdb.DuckDBPyConnection, layout: Layout, job: str) -> None:
        self._connection, self._layout, self._job = connection, layout, job
        with self._transaction():
            for table in layout.tables:
                self._prepare(table)
        self._upserts = {table.name: upsert(table) for table in layout.tables}

    def versions(self) -> dict[str, str]:
        found = self._connection.execute("SELECT file, version FROM documents WHERE job = ?", [self._job]).fetchall()
        return dict(found)

    def put(self, documents: Sequence[Put]) -> None:
        """One transaction for all of them: a statement costs DuckDB as much for one row as for thousands."""
        stale = [(put.file, put.version) for put in documents if not put.fresh]
        with self._transaction():
            for table in self._layout.tables:
                rows = [row for put in documents for row in put.rows[table.name]]
                if rows:
                    self._run(self._upserts[table.name], arrow_table(table, rows))
                if stale:
                    files, versions = zip(*stale, strict=True)
                    self._run(removal(table), pa.table({"file": files, "version": versions}), self._job)

    def _run(self, statement: str, given: Any, *values: str) -> None:
        self._connection.register(GIVEN, given)
        try:
            self._connection.execute(statement, values)
        finally:
            self._connection.unregister(GIVEN)

    def drop(self, file: str) -> None:
        with self._transaction():
            for table in self._layout.tables:
                gone = f"DELETE FROM {quoted(table.name)} WHERE job = ? AND file = ?"  # noqa: S608 - as below
                self._connection.execute(gone, [self._job, file])

    def _prepare(self, table: Table) -> None:
        there = {name for (name,) in self._connection.execute(COLUMNS, [table.name]).fetchall()}
        if not there:
            self._connection.execute(create(table))
        elif not {"job", "version", *table.key} <= there:
            raise UsageError(f"the table {table.name} there is not one of ours: name another --out")
        for column in table.columns if there else ():
            if column.name not in there:
                kind = TYPES[column.kind]
                self._connection.execute(f"ALTER TABLE {quoted(table.name)} ADD COLUMN {quoted(column.name)} {kind}")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.begin()
        try:
            yield
        except BaseException:
            self._connection.rollback()
            raise
        self._connection.commit()


def create(table: Table) -> str:
    """Given a table, return the statement that makes it."""
    columns = ", ".join(f"{quoted(column.name)} {TYPES[column.kind]}" for column in table.columns)
    return f"CREATE TABLE {quoted(table.name)} ({columns}, PRIMARY KEY ({', '.join(map(quoted, table.key))}))"


def upsert(table: Table) -> str:
    """Given a table, return the statement that writes the given rows, over those whose key is there."""
    names = [column.name for column in table.columns]
    values = ", ".join(f"{quoted(name)} = excluded.{quoted(name)}" for name in names if name not in table.key)
    key = ", ".join(map(quoted, table.key))
    return (
        f"INSERT INTO {quoted(table.name)} ({', '.join(map(quoted, names))}) "  # noqa: S608 - names are our own
        f"SELECT * FROM {GIVEN} ON CONFLICT ({key}) DO UPDATE SET {values}"
    )


def removal(table: Table) -> str:
    """Given a table, return the statement that removes what the given documents have of other versions."""
    return (
        f"DELETE FROM {quoted(table.name)} AS old USING {GIVEN} AS new "  # noqa: S608 - as above
        "WHERE old.job = ? AND old.file = new.file AND old.version <> new.version"
    )


def quoted(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'
