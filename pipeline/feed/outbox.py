"""The outbox in the ledger: which version of each record a receiver shall have, and which one it has.

One row a receiver and record. What is wanted and not sent waits; a receiver that is down changes nothing here, so that
nothing is lost. The bodies are made from the records when they are sent.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.batch.ledger import transaction
from pipeline.sinks.lines import Plain

GONE = ""
"""The version of a record that is no more."""
ID_DIGITS = 32
NEW = """
    INSERT INTO outbox VALUES (:url, :record_id, :wanted, NULL, 1, :now, 0, NULL)
    ON CONFLICT (url, record_id) DO UPDATE SET
        wanted = excluded.wanted, number = number + 1, since = excluded.since, answer = NULL
    WHERE wanted <> excluded.wanted
"""
FORGET = """
    DELETE FROM outbox WHERE url = ? AND sent IS NULL AND attempts = 0
    AND record_id NOT IN (SELECT record_id FROM listed)
"""
REMOVE = """
    UPDATE outbox SET wanted = ?, number = number + 1, since = ? WHERE url = ? AND wanted <> ?
    AND record_id NOT IN (SELECT record_id FROM listed)
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that waits. number: of the versions of this record so far. since: seconds since 1970, when it became
    wanted. attempts: deliveries that failed."""

    record_id: str
    wanted: str
    number: int
    since: float
    attempts: int

    @property
    def is_removal(self) -> bool:
        return self.wanted == GONE


def version_of(record: Plain) -> str:
    """Given a record, return the digest of all that a receiver gets of it."""
    return hashlib.sha256(json.dumps(record).encode("ascii")).hexdigest()[:ID_DIGITS]


class Outbox:
    """The messages of one job to one receiver."""

    def __init__(self, connection: sqlite3.Connection, url: str) -> None:
        self._connection, self._url = connection, url
        self._job = job_id(connection)
        # A power cut may take back the last marks; those messages go out again, under the ids that they had.
        connection.execute("PRAGMA synchronous=NORMAL")

    def want(self, versions: Iterable[tuple[str, str]], now: float) -> None:
        """Given (record id, version) of all records that the receiver shall have, write them down, all or nothing.

        A record that it has and that is not among them is to be removed there; one that it never got is forgotten."""
        with transaction(self._connection):
            self._connection.execute("CREATE TEMP TABLE listed (record_id TEXT PRIMARY KEY)")
            for record_id, version in versions:
                self._connection.execute(NEW, {**self._key(record_id), "wanted": version, "now": now})
                self._connection.execute("INSERT INTO listed VALUES (?)", (record_id,))
            self._connection.execute(FORGET, (self._url,))
            self._connection.execute(REMOVE, (GONE, now, self._url, GONE))
            self._connection.execute("DROP TABLE listed")

    def waiting(self) -> dict[str, Waiting]:
        """Return what waits, by record."""
        query = """
            SELECT record_id, wanted, number, since, attempts FROM outbox
            WHERE url = ? AND sent IS NOT wanted ORDER BY record_id
        """
        return {row[0]: Waiting(*row) for row in self._connection.execute(query, (self._url,))}

    def message_id(self, message: Waiting) -> str:
        """Given a message, return its id: the same at each attempt, another one for each version of a record."""
        told = f"{self._job}\n{message.record_id}\n{message.number}\n{message.wanted}"
        return f"msg_{hashlib.sha256(told.encode('utf-8')).hexdigest()[:ID_DIGITS]}"

    def sent(self, message: Waiting) -> None:
        """The receiver has taken a message; a newer version that has come in meanwhile goes on waiting."""
        done = "UPDATE outbox SET sent = :sent, attempts = 0, answer = NULL WHERE url = :url AND record_id = :record_id"
        self._connection.execute(done, {**self._key(message.record_id), "sent": message.wanted})

    def failed(self, message: Waiting, answer: str) -> None:
        """The receiver has not said that it took a message, for all attempts of one run. It may have: what it holds of
        the record is not known any more, so that even a version that it had once is sent again."""
        failed = """
            UPDATE outbox SET sent = NULL, attempts = attempts + 1, answer = :answer
            WHERE url = :url AND record_id = :record_id
        """
        self._connection.execute(failed, {**self._key(message.record_id), "answer": answer})

    def gone_since(self) -> float | None:
        """Return when the receiver said that it is gone for good (seconds since 1970), or None."""
        row = self._connection.execute("SELECT gone FROM receivers WHERE url = ?", (self._url,)).fetchone()
        return None if row is None else row[0]

    def mark_gone(self, now: float | None) -> None:
        self._connection.execute("INSERT OR REPLACE INTO receivers VALUES (?, ?)", (self._url, now))

    def _key(self, record_id: str) -> dict[str, str]:
        return {"url": self._url, "record_id": record_id}


def job_id(connection: sqlite3.Connection) -> str:
    """Given a ledger, return the id of its job, which no move of the folder changes."""
    return str(connection.execute("SELECT id FROM job").fetchone()[0])
