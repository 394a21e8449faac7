"""Where events lie: DIR/reviews.sqlite, written by whoever serves the review page.

A file of its own beside the ledger. The ledger can be made again from the documents and has one writer, the run; what
people decided cannot be made again, must outlive a ledger that is thrown away, and is written while a run goes on.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import astuple, fields
from pathlib import Path

from pipeline.errors import ShenbaoError
from pipeline.review.actions import Refused
from pipeline.review.events import Event

REVIEWS_NAME = "reviews.sqlite"
BUSY_SECONDS = 5.0
"""A writer holds the file for milliseconds; longer means that something is wrong."""
JSON_COLUMNS = ("before", "after")
COLUMNS = tuple(field.name for field in fields(Event))
INSERT = """
    INSERT INTO events (record_id, digest, version, at, who, kind, path, before, after, typed, why)
    VALUES (?,?,?,?,?,?,?,?,?,?,?)
"""
SELECT_ALL = """
    SELECT record_id, digest, version, at, who, kind, path, before, after, typed, why FROM events ORDER BY seq
"""
SELECT_ONE = """
    SELECT record_id, digest, version, at, who, kind, path, before, after, typed, why FROM events
    WHERE record_id = ? ORDER BY seq
"""

MIGRATIONS = (
    """
    CREATE TABLE events (
        record_id TEXT NOT NULL, digest TEXT NOT NULL, version INTEGER NOT NULL, at TEXT NOT NULL, who TEXT NOT NULL,
        kind TEXT NOT NULL, path TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL, typed TEXT NOT NULL,
        why TEXT NOT NULL, seq INTEGER PRIMARY KEY AUTOINCREMENT,
        UNIQUE (record_id, digest, version)
    ) STRICT;
    CREATE TRIGGER events_stay BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
    CREATE TRIGGER events_last BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
    """,
)
"""Statement n leads from user_version n to n + 1. Old ones are never edited."""


class Reviews:
    """Reads and appends events. One connection, used by one thread at a time."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def append(self, event: Event) -> None:
        """Add an event. Raises Refused where another one has its version already, so that no edit is lost."""
        try:
            self._connection.execute(INSERT, _row(event))
        except sqlite3.IntegrityError as error:
            message = "this record was changed at the same moment; nothing was overwritten: look again and repeat"
            raise Refused("conflict", message) from error

    def of_record(self, record_id: str) -> list[Event]:
        return [_event(row) for row in self._connection.execute(SELECT_ONE, (record_id,))]

    def touched_since(self, seq: int) -> tuple[int, list[str]]:
        """Given a place among all events, return the last place and the records with events after the given one."""
        last = self._connection.execute("SELECT COALESCE(MAX(seq), 0) FROM events").fetchone()[0]
        query = "SELECT DISTINCT record_id FROM events WHERE seq > ? AND seq <= ?"
        return int(last), [row[0] for row in self._connection.execute(query, (seq, last))]

    def by_record(self) -> dict[str, list[Event]]:
        """Return all events in order by record."""
        found: dict[str, list[Event]] = {}
        for row in self._connection.execute(SELECT_ALL):
            event = _event(row)
            found.setdefault(event.record_id, []).append(event)
        return found


@contextmanager
def open_reviews(folder: Path) -> Iterator[Reviews]:
    """Given a job folder, open its events for reading and writing, made where there are none. Raises ShenbaoError."""
    with plain_words(folder), closing(_prepared(folder)) as connection:
        yield Reviews(connection)


def _prepared(folder: Path) -> sqlite3.Connection:
    connection = _connect(folder / REVIEWS_NAME)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        _migrate(connection, folder)
    except BaseException:
        connection.close()
        raise
    return connection


class Door:
    """The events of a job folder, kept open: to open and close the file for each action costs three writes to the disk
    in place of one. Shared by threads, used by one at a time. A file that was taken away meanwhile is opened anew."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._file = folder, folder / REVIEWS_NAME
        self._lock = threading.RLock()
        self._kept: tuple[tuple[int, int], sqlite3.Connection] | None = None

    @contextmanager
    def reading(self) -> Iterator[Reviews]:
        """Yield the events; an empty store where nobody has reviewed. Makes no file."""
        if self._file.is_file():
            with self.writing() as reviews:
                yield reviews
            return
        with read_reviews(self._folder) as reviews:
            yield reviews

    @contextmanager
    def writing(self) -> Iterator[Reviews]:
        """Yield the events, made where there are none. Raises ShenbaoError; then the next one opens the file anew."""
        with self._lock, plain_words(self._folder):
            try:
                yield Reviews(self._connection())
            except sqlite3.Error:
                self.close()
                raise

    def close(self) -> None:
        with self._lock:
            if self._kept is not None:
                self._kept[1].close()
            self._kept = None

    def __del__(self) -> None:
        self.close()

    def _connection(self) -> sqlite3.Connection:
        if self._kept is not None and self._file.is_file() and self._kept[0] == _identity(self._file):
            return self._kept[1]
        self.close()
        connection = _prepared(self._folder)
        self._kept = (_identity(self._file), connection)
        return connection


def _identity(file: Path) -> tuple[int, int]:
    found = file.stat()
    return found.st_dev, found.st_ino


@contextmanager
def read_reviews(folder: Path) -> Iterator[Reviews]:
    """Given a job folder, open its events for reading; an empty store where nobody has reviewed. Makes no file."""
    if (folder / REVIEWS_NAME).is_file():
        with open_reviews(folder) as reviews:
            yield reviews
        return
    with closing(_connect(":memory:")) as connection:
        _migrate(connection, folder)
        yield Reviews(connection)


@contextmanager
def plain_words(folder: Path) -> Iterator[None]:
    """Raise errors of SQLite, a full disk among them, as ShenbaoError in words."""
    try:
        yield
    except sqlite3.Error as error:
        raise ShenbaoError(
            f"{folder / REVIEWS_NAME} cannot be written ({error}): nothing of this action was kept. Free space on the "
            "disk or mend its permissions, then do it again"
        ) from error


def _connect(place: Path | str) -> sqlite3.Connection:
    return sqlite3.connect(place, isolation_level=None, timeout=BUSY_SECONDS, check_same_thread=False)


def _migrate(connection: sqlite3.Connection, folder: Path) -> None:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(MIGRATIONS):
        raise ShenbaoError(f"{folder / REVIEWS_NAME} was made by a newer shenbao: update it")
    for number in range(version, len(MIGRATIONS)):
        connection.executescript(f"BEGIN; {MIGRATIONS[number]} PRAGMA user_version={number + 1}; COMMIT;")


def _row(event: Event) -> tuple[object, ...]:
    pairs = zip(COLUMNS, astuple(event), strict=True)
    return tuple(json.dumps(value, ensure_ascii=False) if name in JSON_COLUMNS else value for name, value in pairs)


def _event(row: tuple[object, ...]) -> Event:
    pairs = zip(COLUMNS, row, strict=True)
    return Event(**{name: json.loads(str(value)) if name in JSON_COLUMNS else value for name, value in pairs})  # type: ignore[arg-type]
