"""The ledger of a job folder: which bytes were read under which settings, how that ended, and which files hold them.

SQLite, one writer: the driver. An extraction is keyed by sha256 and fingerprint, never by times; its row is written
after its artefact is safe on the disk, so a row always has its artefact.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path

from pipeline.errors import ShenbaoError

LEDGER_NAME = "ledger.sqlite"

MIGRATIONS = (
    """
    CREATE TABLE extractions (
        sha256 TEXT NOT NULL, fingerprint TEXT NOT NULL, status TEXT NOT NULL, reason TEXT, message TEXT NOT NULL,
        pages INTEGER, accepted INTEGER NOT NULL, review INTEGER NOT NULL, seconds REAL NOT NULL,
        artefact TEXT NOT NULL,
        PRIMARY KEY (sha256, fingerprint)
    ) STRICT;
    CREATE TABLE inputs (
        file TEXT PRIMARY KEY, path TEXT NOT NULL, sha256 TEXT, fingerprint TEXT NOT NULL, reason TEXT, message TEXT
    ) STRICT;
    CREATE UNIQUE INDEX inputs_path ON inputs (path);
    """,
    """
    CREATE TABLE runs (
        run TEXT PRIMARY KEY, state TEXT NOT NULL, begun REAL NOT NULL, seen REAL NOT NULL, files INTEGER NOT NULL,
        ended INTEGER NOT NULL, fresh INTEGER NOT NULL, pages INTEGER NOT NULL, under_way TEXT NOT NULL
    ) STRICT;
    """,
    """
    CREATE TABLE job (id TEXT NOT NULL) STRICT;
    INSERT INTO job VALUES (lower(hex(randomblob(8))));
    CREATE TABLE receivers (url TEXT PRIMARY KEY, gone REAL) STRICT;
    CREATE TABLE outbox (
        url TEXT NOT NULL, record_id TEXT NOT NULL, wanted TEXT NOT NULL, sent TEXT, number INTEGER NOT NULL,
        since REAL NOT NULL, attempts INTEGER NOT NULL, answer TEXT,
        PRIMARY KEY (url, record_id)
    ) STRICT;
    """,
)
"""Statement n leads from user_version n to n + 1. Old ones are never edited."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """One reading of some bytes. pages: None when not known. artefact: path below the job folder."""

    sha256: str
    fingerprint: str
    status: str
    reason: str | None
    message: str
    pages: int | None
    accepted: int
    review: int
    seconds: float
    artefact: str


@dataclass(frozen=True, slots=True)
class Input:
    """One named file and the bytes it held. sha256: None when it could not be read; then reason and message say why."""

    file: str
    path: str
    sha256: str | None
    fingerprint: str
    reason: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run as it was last seen. begun, seen: seconds since 1970. ended, fresh: inputs, and those of them that were
    read in this run; pages: read in this run. under_way: JSON of [file, since, page, of]."""

    run: str
    state: str
    begun: float
    seen: float
    files: int
    ended: int
    fresh: int
    pages: int
    under_way: str


READ = "FROM inputs i LEFT JOIN extractions e ON e.sha256 = i.sha256 AND e.fingerprint = i.fingerprint"
ONCE = "FROM (SELECT DISTINCT e.* FROM inputs i JOIN extractions e USING (sha256, fingerprint))"


@contextmanager
def open_ledger(folder: Path) -> Iterator[Ledger]:
    """Given a job folder, open its ledger, made or brought up to date. Raises ShenbaoError when it cannot be used."""
    with connected_ledger(folder) as connection:
        yield Ledger(connection)


@contextmanager
def connected_ledger(folder: Path) -> Iterator[sqlite3.Connection]:
    """Given a job folder, open its ledger as open_ledger does, for tables whose SQL stands elsewhere."""
    with _plain_words(folder), closing(_connect(folder / LEDGER_NAME)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        _migrate(connection, folder)
        yield connection


@contextmanager
def read_ledger(folder: Path) -> Iterator[Ledger]:
    """Given a job folder, return what its ledger holds now, also while a run writes it; an empty one where there is
    none. It is a copy in memory: nothing in the folder is made, changed or brought up to date."""
    file = folder / LEDGER_NAME
    with _plain_words(folder), closing(_connect(":memory:")) as connection:
        if file.is_file():
            with closing(_connect(_read_only(file), uri=True)) as source:
                source.backup(connection)
        _migrate(connection, folder)
        yield Ledger(connection)


class Ledger:
    """Reads and writes rows."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def extraction(self, sha256: str, fingerprint: str) -> Extraction | None:
        query = "SELECT * FROM extractions WHERE sha256 = ? AND fingerprint = ?"
        row = self._connection.execute(query, (sha256, fingerprint)).fetchone()
        return Extraction(*row) if row else None

    def input_at(self, path: str) -> Input | None:
        """Given a place, return the file that lay there when it came to an end the last time."""
        row = self._connection.execute("SELECT * FROM inputs WHERE path = ?", (path,)).fetchone()
        return Input(*row) if row else None

    def place_of(self, file: str) -> str | None:
        """Return where the file of a name lay when it came to an end the last time."""
        row = self._connection.execute("SELECT path FROM inputs WHERE file = ?", (file,)).fetchone()
        return str(row[0]) if row else None

    def has_input(self, file: str) -> bool:
        """Has a file of this name come to an end before?"""
        return self._connection.execute("SELECT 1 FROM inputs WHERE file = ?", (file,)).fetchone() is not None

    def settle(self, inputs: Iterable[Input], extraction: Extraction | None = None) -> None:
        """Given files that have come to an end and the new extraction of their bytes, write all or nothing.

        An earlier extraction of the same key is replaced, and so are inputs of the same name or the same place.
        """
        with transaction(self._connection):
            if extraction is not None:
                row = astuple(extraction)
                self._connection.execute("INSERT OR REPLACE INTO extractions VALUES (?,?,?,?,?,?,?,?,?,?)", row)
            rows = map(astuple, inputs)
            self._connection.executemany("INSERT OR REPLACE INTO inputs VALUES (?,?,?,?,?,?)", rows)

    def inputs(self) -> Iterator[tuple[Input, Extraction | None]]:
        """Yield every input that has come to an end, by name, with its extraction (None when it could not be read)."""
        for row in self._connection.execute(f"SELECT i.*, e.* {READ} ORDER BY i.file"):
            yield Input(*row[:6]), Extraction(*row[6:]) if row[6] is not None else None

    def note_run(self, row: RunRow) -> None:
        with transaction(self._connection):
            self._connection.execute("INSERT OR REPLACE INTO runs VALUES (?,?,?,?,?,?,?,?,?)", astuple(row))

    def latest_run(self) -> RunRow | None:
        row = self._connection.execute("SELECT * FROM runs ORDER BY begun DESC, run DESC LIMIT 1").fetchone()
        return RunRow(*row) if row else None

    def counts(self) -> dict[str, int]:
        """Return how many inputs ended with each status."""
        query = f"SELECT COALESCE(e.status, 'failed') AS how, COUNT(*) {READ} GROUP BY how ORDER BY how"
        return dict(self._connection.execute(query))

    def failures(self) -> dict[str, int]:
        """Return how many inputs gave nothing for each reason, the most frequent first."""
        query = f"""
            SELECT COALESCE(e.reason, i.reason, e.status) AS why, COUNT(*) AS many {READ}
            WHERE e.status IS NULL OR e.status NOT IN ('ok', 'review') GROUP BY why ORDER BY many DESC, why
        """
        return dict(self._connection.execute(query))

    def records(self) -> tuple[int, int]:
        """Return the numbers of accepted records and of those that wait for review; of each document once."""
        query = f"SELECT COALESCE(SUM(accepted), 0), COALESCE(SUM(review), 0) {ONCE}"
        accepted, review = self._connection.execute(query).fetchone()
        return accepted, review

    def pages(self) -> int:
        query = f"SELECT COALESCE(SUM(pages), 0) {ONCE}"
        return int(self._connection.execute(query).fetchone()[0])

    def slowest(self, number: int) -> tuple[tuple[str, float, int | None], ...]:
        """Return (file, seconds, pages) of the documents that took longest."""
        query = f"""
            SELECT MIN(i.file), e.seconds, e.pages {READ}
            WHERE e.seconds IS NOT NULL GROUP BY e.sha256, e.fingerprint ORDER BY e.seconds DESC, i.file LIMIT ?
        """
        return tuple(self._connection.execute(query, (number,)))


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Write all that the block writes, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _migrate(connection: sqlite3.Connection, folder: Path) -> None:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(MIGRATIONS):
        raise ShenbaoError(f"{folder / LEDGER_NAME} was made by a newer shenbao: update it, or choose another --out")
    for number in range(version, len(MIGRATIONS)):
        connection.executescript(f"BEGIN; {MIGRATIONS[number]} PRAGMA user_version={number + 1}; COMMIT;")


def _connect(place: Path | str, uri: bool = False) -> sqlite3.Connection:
    return sqlite3.connect(place, isolation_level=None, uri=uri)


def _read_only(file: Path) -> str:
    """Given a ledger, return the URI that opens it without making files beside it: where no -wal lies there, nobody
    writes, and SQLite needs none of its own."""
    still = not file.with_name(f"{file.name}-wal").exists()
    return f"{file.absolute().as_uri()}?{'immutable=1' if still else 'mode=ro'}"


@contextmanager
def _plain_words(folder: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise _trouble(folder, error) from error


def _trouble(folder: Path, error: sqlite3.Error) -> ShenbaoError:
    return ShenbaoError(
        f"the ledger {folder / LEDGER_NAME} cannot be used ({error}): check free space and permissions, or choose "
        "another --out; what is finished is kept"
    )
