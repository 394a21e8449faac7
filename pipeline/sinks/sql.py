"""SQLite and PostgreSQL through SQLAlchemy."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import product
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.types import UserDefinedType

from pipeline.errors import ShenbaoError, UsageError
from pipeline.sinks.layout import DECIMALS, Column, Layout, Table
from pipeline.sinks.store import Put
from pipeline.sinks.typed import Value

CONNECT_SECONDS = 10
"""Time for a server to answer; one on another continent takes one."""
DRIVERS = {"postgresql": "postgresql+psycopg"}


class Exact(UserDefinedType[Any]):
    """A decimal. PostgreSQL keeps every digit; SQLite computes with it, and is exact for fifteen digits."""

    cache_ok = True

    def __init__(self, digits: int | None = None, places: int | None = None) -> None:
        self.digits, self.places = digits, places

    def get_col_spec(self, **_: Any) -> str:
        return "NUMERIC" if self.digits is None else f"NUMERIC({self.digits}, {self.places})"


def _as_text(value: Any) -> str | None:
    return None if value is None else str(value)


TYPES: Mapping[str, Any] = {
    "text": sa.Text(),
    "money": Exact(*DECIMALS["money"]),
    "number": Exact(),
    "date": sa.Date(),
    "integer": sa.BigInteger(),
    "real": sa.Double(),
    "json": sa.Text().with_variant(postgresql.JSONB(), "postgresql"),
}


@contextmanager
def open_sql(url: str, layout: Layout, job: str) -> Iterator[SqlStore]:
    """Given the address of a database, open it with the tables of the layout, made or widened where they are not so.

    Raises UsageError for an address that is none, ShenbaoError for a database that cannot be used."""
    engine = _engine(url)
    try:
        with plain_words(engine.url.render_as_string(hide_password=True)):
            yield SqlStore(engine, layout, job)
    finally:
        engine.dispose()


def _engine(url: str) -> sa.Engine:
    try:
        address = sa.make_url(url)
    except (ArgumentError, ValueError):
        raise UsageError("the address of the database is none: write postgresql://user@host/database") from None
    address = address.set(drivername=DRIVERS.get(address.drivername, address.drivername))
    if address.get_backend_name() not in WRITERS:
        raise UsageError(f"{address.drivername} is no database that is known here: name postgresql://… or sqlite")
    given = {"connect_timeout": CONNECT_SECONDS} if address.drivername in DRIVERS.values() else {}
    given = {key: value for key, value in given.items() if key not in address.query}
    engine = sa.create_engine(address, connect_args=given, hide_parameters=True)
    sa.event.listen(engine, "connect", _hurry)
    return engine


def _hurry(connection: Any, _: object) -> None:
    """A power cut may take back the last documents, whole and in order, and then the next export brings them again:
    waiting for the disk after each of them would gain nothing."""
    postgres = hasattr(connection, "pgconn")
    cursor = connection.cursor()
    for statement in (
        ["SET synchronous_commit = off"] if postgres else ["PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL"]
    ):
        cursor.execute(statement)
    cursor.close()
    if postgres:
        connection.commit()


class SqlStore:
    """The tables of one job in one database."""

    batch_rows = 0

    def __init__(self, engine: sa.Engine, layout: Layout, job: str) -> None:
        self._engine, self._job = engine, job
        self._tables = [_table(sa.MetaData(), table) for table in layout.tables]
        _prepare(engine, self._tables)
        write = WRITERS[engine.dialect.name]
        self._writers = [write(engine, table) for table in self._tables]
        self._documents = self._tables[0]

    def versions(self) -> dict[str, str]:
        wanted = sa.select(self._documents.c.file, self._documents.c.version).where(self._documents.c.job == self._job)
        with self._engine.connect() as connection:
            return {row.file: row.version for row in connection.execute(wanted)}

    def put(self, documents: Sequence[Put]) -> None:
        with self._engine.begin() as connection:
            for put in documents:
                self._put(connection, put)

    def _put(self, connection: sa.Connection, put: Put) -> None:
        for table, write in zip(self._tables, self._writers, strict=True):
            if put.rows[table.name]:
                write(connection, put.rows[table.name])
            if not put.fresh:
                connection.execute(self._of(table, put.file).where(table.c.version != put.version))

    def drop(self, file: str) -> None:
        with self._engine.begin() as connection:
            for table in self._tables:
                connection.execute(self._of(table, file))

    def _of(self, table: sa.Table, file: str) -> sa.Delete:
        return sa.delete(table).where(table.c.job == self._job, table.c.file == file)


Writer = Callable[[sa.Connection, list[tuple[Value, ...]]], object]


def sqlite_writer(engine: sa.Engine, table: sa.Table) -> Writer:
    """Given a table, return what writes rows one after the other, as the driver does it fastest."""
    statement = str(over_old(sqlite.insert(table)).compile(dialect=engine.dialect))
    as_text = [at for at, column in enumerate(table.columns) if column.info["kind"] in ("money", "number", "date")]

    def write(connection: sa.Connection, rows: list[tuple[Value, ...]]) -> object:
        return connection.exec_driver_sql(statement, with_texts(rows, as_text) if as_text else rows)

    return write


def with_texts(rows: Iterable[tuple[Value, ...]], places: Sequence[int]) -> list[tuple[Value, ...]]:
    """Given rows and which of their values the driver does not know, return them with these as texts."""
    plain = list(map(list, rows))
    for row in plain:
        for at in places:
            row[at] = _as_text(row[at])
    return list(map(tuple, plain))


def postgresql_writer(engine: sa.Engine, table: sa.Table) -> Writer:
    """Given a table, return what writes all rows with one statement and one parameter: the server takes the types from
    the table, and there is no round trip for each row."""
    names = [column.name for column in table.columns]
    documents = [column.name for column in table.columns if column.info["kind"] == "json"]
    shape: sa.ColumnElement[Any] = sa.literal_column(f"NULL::{engine.dialect.identifier_preparer.format_table(table)}")
    text = sa.cast(sa.bindparam("rows", type_=sa.Text()), postgresql.JSON())
    given = sa.func.json_populate_recordset(shape, text).table_valued(*(sa.column(name) for name in names))
    statement = over_old(postgresql.insert(table).from_select(names, sa.select(*given.columns)))

    def write(connection: sa.Connection, rows: list[tuple[Value, ...]]) -> object:
        given: list[dict[str, Any]] = [{n: v for n, v in zip(names, row, strict=True) if v is not None} for row in rows]
        for row, name in product(given, documents):
            if name in row:
                row[name] = json.loads(row[name])
        return connection.execute(statement, {"rows": json.dumps(given, ensure_ascii=False, default=str)})

    return write


WRITERS: Mapping[str, Callable[[sa.Engine, sa.Table], Writer]] = {
    "sqlite": sqlite_writer,
    "postgresql": postgresql_writer,
}


def over_old(statement: Any) -> Any:
    """Given an insert, return it so that it writes over the row whose key is there."""
    table = statement.table
    key, columns = [column.name for column in table.primary_key], [column.name for column in table.columns]
    rest = {name: statement.excluded[name] for name in columns if name not in key}
    return statement.on_conflict_do_update(index_elements=key, set_=rest)


def _table(metadata: sa.MetaData, table: Table) -> sa.Table:
    made = sa.Table(table.name, metadata, *(_column(column, column.name in table.key) for column in table.columns))
    if "file" not in table.key:
        sa.Index(f"{table.name}_by_file", made.c.job, made.c.file)
    return made


def _column(column: Column, key: bool) -> sa.Column[Any]:
    return sa.Column(column.name, TYPES[column.kind], primary_key=key, nullable=not key, info={"kind": column.kind})


def _prepare(engine: sa.Engine, tables: list[sa.Table]) -> None:
    """Make the tables, and add the columns that a newer definition of a form has brought."""
    with engine.begin() as connection:
        for table in tables:
            there = _columns_there(connection, table)
            if not there:
                table.create(connection)
                continue
            if not {"job", "version", *(column.name for column in table.primary_key)} <= there:
                raise UsageError(f"the table {table.name} there is not one of ours: name another database or schema")
            for column in table.columns:
                if column.name not in there:
                    kind = column.type.compile(engine.dialect)
                    quote = engine.dialect.identifier_preparer
                    column_name, table_name = quote.quote(column.name), quote.format_table(table)
                    connection.execute(sa.text(f"ALTER TABLE {table_name} ADD COLUMN {column_name} {kind}"))


def _columns_there(connection: sa.Connection, table: sa.Table) -> set[str]:
    inspector = sa.inspect(connection)
    there = inspector.has_table(table.name)
    return {column["name"] for column in inspector.get_columns(table.name)} if there else set()


@contextmanager
def plain_words(address: str) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise ShenbaoError(
            f"the database {address} cannot be used ({cause}): whole documents that were stored stay; mend it and "
            "export again, which goes on where this ended"
        ) from error
