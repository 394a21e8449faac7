"""``shenbao export``: from the name of a target to the sink that writes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from pipeline.batch.ledger import connected_ledger
from pipeline.errors import ShenbaoError, UsageError
from pipeline.feed.leaves import layout_of_forms
from pipeline.feed.outbox import Outbox, job_id
from pipeline.feed.post import Line, checked_url
from pipeline.feed.signing import key_of
from pipeline.feed.webhook import TIMEOUT, Delivered, Sender, deliver
from pipeline.forms.definition import Form
from pipeline.sinks.csv_files import Dress
from pipeline.sinks.jsonl import read_lines
from pipeline.sinks.lines import Only, Overlay, Plain, as_read, documents_of, records_of
from pipeline.sinks.store import Synced, sync
from pipeline.sinks.tables import export as export_tables

FILES = ("csv", "xlsx", "parquet", "sqlite", "duckdb")
SQLITE, DUCKDB = "records.sqlite", "records.duckdb"


@dataclass(frozen=True, slots=True)
class Order:
    """What to export, and where to. to: a word of FILES, or an address of a database or a receiver. out: folder of
    files. secret: of a receiver. again: a receiver that said it is gone is asked again."""

    job: Path
    to: str
    out: Path
    forms: Sequence[Form]
    only: Only = "all"
    overlay: Overlay = as_read
    dress: Dress = "excel"
    secret: str | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """records: in the export, or delivered now. counts: what else there is to count. done: nothing waits."""

    files: tuple[Path, ...]
    records: int
    notes: tuple[str, ...]
    counts: dict[str, int] = field(default_factory=dict)
    done: bool = True


def export(order: Order) -> Outcome:
    """Given an order, fulfil it. Raises UsageError for a target that is none, before anything is written."""
    act = _action(order.to)
    next(read_lines(order.job / "records.jsonl"), None)  # a folder that is no job gets no ledger
    return act(order)


def _action(to: str) -> Callable[[Order], Outcome]:
    scheme, colon, _ = to.partition("://")
    actions: dict[str, Callable[[Order], Outcome]] = {
        "csv": _spreadsheet,
        "xlsx": _spreadsheet,
        "parquet": _parquet,
        "sqlite": _sqlite,
        "duckdb": _duckdb,
    }
    if not colon and to in actions:
        return actions[to]
    if scheme in ("postgresql", "postgresql+psycopg"):
        return _postgresql
    if colon and scheme in ("http", "https"):
        checked_url(to)
        return _webhook
    raise UsageError(f"nothing is known to export to there: choose {', '.join(FILES)}, postgresql://… or https://…")


def _spreadsheet(order: Order) -> Outcome:
    kind: Any = order.to
    done = export_tables(order.job, kind, order.out, order.forms, _reading(order), order.dress)
    return Outcome(done.files, done.records, done.notes)


def _parquet(order: Order) -> Outcome:
    write = _heavy("pipeline.sinks.parquet").write_parquet
    order.out.mkdir(parents=True, exist_ok=True)
    files, done = write(order.out, layout_of_forms(order.forms), _job(order), _documents(order))
    return Outcome(tuple(files), done.records, _misfits(done))


def _sqlite(order: Order) -> Outcome:
    order.out.mkdir(parents=True, exist_ok=True)
    file = order.out / SQLITE
    url = _heavy("sqlalchemy").URL.create("sqlite", database=str(file.resolve()))
    return _stored(order, _heavy("pipeline.sinks.sql").open_sql, url, (file,))


def _postgresql(order: Order) -> Outcome:
    return _stored(order, _heavy("pipeline.sinks.sql").open_sql, order.to, ())


def _duckdb(order: Order) -> Outcome:
    order.out.mkdir(parents=True, exist_ok=True)
    file = order.out / DUCKDB
    return _stored(order, _heavy("pipeline.sinks.duck").open_duck, file, (file,))


def _stored(order: Order, open_store: Any, place: Any, files: tuple[Path, ...]) -> Outcome:
    layout, job = layout_of_forms(order.forms), _job(order)
    with open_store(place, layout, job) as store:
        done = sync(store, layout, job, _documents(order))
    counts = {"written": done.written, "unchanged": done.unchanged, "removed": done.removed}
    return Outcome(files, done.records, _misfits(done), counts)


def _webhook(order: Order) -> Outcome:
    key = key_of(order.secret or "")
    with connected_ledger(order.job) as ledger, closing(Line(order.to, TIMEOUT)) as line:
        outbox = Outbox(ledger, order.to)
        since = outbox.gone_since()
        if since is not None and not order.again:
            day = datetime.fromtimestamp(since, UTC).date()
            raise ShenbaoError(f"the receiver said on {day} that it is gone for good (410): --again asks it once more")
        outbox.mark_gone(None)
        done = deliver(outbox, _reading(order), Sender(line, key))
    return Outcome((), done.sent, tuple(_waits(done)), {"waiting": done.waiting}, done.waiting == 0)


def _waits(done: Delivered) -> list[str]:
    if not done.waiting:
        return []
    if done.gone:
        return [f"the receiver is gone for good (410) and is sent nothing more; {done.waiting:,} messages wait"]
    return [f"{done.waiting:,} messages wait in the outbox ({done.why}): export again to deliver them"]


def _reading(order: Order) -> Callable[[], Iterator[Plain]]:
    return partial(records_of, order.job, order.only, order.overlay)


def _documents(order: Order) -> Any:
    return documents_of(order.job, order.only, order.overlay)


def _job(order: Order) -> str:
    with connected_ledger(order.job) as ledger:
        return job_id(ledger)


def _misfits(done: Synced) -> tuple[str, ...]:
    return tuple(
        f"{place}: {number:,} values are not of the column's type and are empty there; records.data keeps them"
        for place, number in sorted(done.misfits.items())
    )


def _heavy(module: str) -> Any:
    """Given a module that needs a library of the extra, return it."""
    try:
        return import_module(module)
    except ImportError as error:
        text = f"{error.name} is not installed, which this export needs: pip install 'shenbao[sinks]'"
        raise ShenbaoError(text) from error
