"""Databases and Parquet, each a real one: what arrives, what a second export changes, what a kill leaves."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sinks_job import CODE, FORM, LAYOUT, document, many, record, write_job

from pipeline.cli import main
from pipeline.errors import ShenbaoError, UsageError
from pipeline.feed.export import Order, Outcome
from pipeline.feed.export import export as export_order
from pipeline.feed.leaves import layout_of_forms
from pipeline.sinks.duck import open_duck
from pipeline.sinks.layout import NAME_LIMIT, Leaf, free_name, layout_of
from pipeline.sinks.lines import DocumentLines, digest_of, documents_of
from pipeline.sinks.parquet import write_parquet
from pipeline.sinks.sql import open_sql
from pipeline.sinks.store import Store, Synced, sync
from pipeline.sinks.typed import TYPED, MisfitError, Shaper

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
LACKING = "PostgreSQL is not installed: apt-get install postgresql (make test does so where it may)"


class Server:
    """A PostgreSQL server of its own, under an account that it accepts, reached by a socket in its folder: a port that
    was free a moment ago may be taken when it starts again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data = folder, folder / "data"
        self.process: subprocess.Popen[bytes] | None = None
        self._run("initdb", "-D", str(self.data), "-A", "trust", "-U", "tester", "--no-sync", "-E", "UTF8")

    @property
    def url(self) -> str:
        return f"postgresql://tester@/postgres?host={self.folder}"

    def _command(self, name: str, *words: str) -> list[str]:
        user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        return [*user, str(BINARIES[-1] / name), *words]

    def _run(self, name: str, *words: str) -> None:
        subprocess.run(self._command(name, *words), check=True, capture_output=True, cwd=self.folder)

    def start(self) -> None:
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=off"
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(self.data), "-o", options, "-l", log, "-w", "-t", "120", "start")

    def empty(self) -> Place:
        """Its database without anything in it."""
        engine = sa.create_engine(self.url.replace("postgresql:", "postgresql+psycopg:"))
        with engine.begin() as connection:
            connection.execute(sa.text("DROP SCHEMA public CASCADE"))
            connection.execute(sa.text("CREATE SCHEMA public"))
        engine.dispose()
        return Place("postgresql", self.url)

    def kill(self) -> None:
        """What a power cut does to it: no clean end, for none of its processes."""
        parent = int((self.data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        for process in [parent, *map(int, children)]:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        while any(map(_alive, [parent, *map(int, children)])):
            time.sleep(0.01)
        # Where process 1 reaps no orphans the dead one keeps its number, and its lock files would count as held.
        for lock in (self.data / "postmaster.pid", *self.folder.glob(".s.PGSQL.*")):
            lock.unlink(missing_ok=True)

    def stop(self) -> None:
        subprocess.run(
            self._command("pg_ctl", "-D", str(self.data), "-m", "immediate", "stop"),
            check=False,
            capture_output=True,
            cwd=self.folder,
        )


def _alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    if not BINARIES:
        pytest.skip(LACKING)
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    made = Server(folder)
    made.start()
    yield made
    made.stop()
    shutil.rmtree(folder, ignore_errors=True)


Opened = Callable[[], AbstractContextManager[Store]]


class Place:
    """A database of one kind, empty at first."""

    def __init__(self, kind: str, address: Any) -> None:
        self.kind, self.address = kind, address

    def open(self, layout: Any = LAYOUT, job: str = "job") -> AbstractContextManager[Store]:
        return open_duck(self.address, layout, job) if self.kind == "duckdb" else open_sql(self.address, layout, job)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        if self.kind == "duckdb":
            with duckdb.connect(str(self.address)) as connection:
                return connection.execute(query).fetchall()
        address = str(self.address).replace("postgresql:", "postgresql+psycopg:")
        engine = sa.create_engine(address)
        try:
            with engine.connect() as connection:
                return [tuple(row) for row in connection.execute(sa.text(query))]
        finally:
            engine.dispose()

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        return {t.name: self.rows(f"SELECT * FROM {t.name} ORDER BY {', '.join(t.key)}") for t in LAYOUT.tables}


@pytest.fixture(params=["sqlite", "duckdb", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "postgresql":
        server = request.getfixturevalue("server")
        return server.empty()
    file = tmp_path / f"db.{request.param}"
    return Place(request.param, file if request.param == "duckdb" else f"sqlite:///{file}")


def put(place: Place, documents: dict[str, list[Any]], job: str = "job") -> Synced:
    with place.open(job=job) as store:
        return sync(store, LAYOUT, job, lines(documents))


def lines(documents: dict[str, list[Any]]) -> Iterator[DocumentLines]:
    for file, records in documents.items():
        yield DocumentLines(document(file, records), tuple(records), tuple(map(digest_of, records)))


def test_a_record_arrives_with_types(place: Place) -> None:
    assert put(place, many(1, 1)).records == 1
    names = (
        'fiscal_year, project_code, begin, begin_as_read, "end", end_as_read, status, status_, first_page, last_page'
    )
    (row,) = place.rows(f"SELECT {names} FROM records")
    begin = "2024-01-01" if place.kind == "sqlite" else date(2024, 1, 1)
    assert row == (2024, CODE, begin, "2024-01-01", None, "2024-12", "accepted", "续建", 1, 2)
    ((total,),) = place.rows("SELECT total FROM funds WHERE total > 21045108")
    assert total == (21045108.18 if place.kind == "sqlite" else Decimal("21045108.18"))
    assert place.rows("SELECT name, operator, value, unit, text FROM indicators ORDER BY row") == [
        ("人数", ">=", 605, "人", None),
        ("=1+1", None, None, None, "及时"),
    ]
    assert place.rows("SELECT path, text, page, x0, y1, confidence, origin FROM evidence ORDER BY path") == [
        ("funds.total", "21,045,108.18", 1, 1.0, 4.0, 0.998, "ocr"),
        ("indicators[0].value", "≥605.00人", 1, 1.0, 4.0, 0.998, "ocr"),
    ]
    assert place.rows("SELECT file, status, pages, records FROM documents") == [("in/000.pdf", "ok", 3, 1)]


def test_a_second_export_changes_nothing(place: Place) -> None:
    put(place, many(5))
    before = place.everything()
    assert put(place, many(5)) == Synced(10, 0, 5, 0, {})
    assert place.everything() == before


def test_what_a_document_no_longer_has_is_removed(place: Place) -> None:
    put(place, many(3))
    put(place, many(2), job="another")
    changed = many(3)
    changed["in/001.pdf"] = [record("in/001.pdf", 2, indicators=[], funds=None)]
    del changed["in/002.pdf"]
    assert put(place, changed) == Synced(3, 1, 1, 1, {})
    ids = place.rows("SELECT record_id FROM records WHERE job = 'job' ORDER BY record_id")
    assert ids == [("in/000.pdf-r1",), ("in/000.pdf-r2",), ("in/001.pdf-r2",)]
    for table in ("indicators", "funds"):
        assert {file for (file,) in place.rows(f"SELECT file FROM {table} WHERE job = 'job'")} == {"in/000.pdf"}
    assert len(place.rows("SELECT file FROM evidence WHERE job = 'another'")) == 8


def test_a_record_that_moved_to_another_file_stays_one(place: Place) -> None:
    one = record("in/000.pdf", 1)
    put(place, {"in/000.pdf": [one]})
    moved = {**one, "source": {**one["source"], "file": "in/new.pdf"}}
    put(place, {"in/new.pdf": [moved]})
    assert place.rows("SELECT file, record_id FROM records") == [("in/new.pdf", "in/000.pdf-r1")]
    assert len(place.rows("SELECT * FROM indicators")) == 2


def test_a_new_definition_adds_its_columns(place: Place) -> None:
    put(place, many(1))
    wider = layout_of([*_leaves(), Leaf("colour", "text")])
    documents = {"in/000.pdf": [record("in/000.pdf", 1, colour="红")]}
    with place.open(wider) as store:
        assert sync(store, wider, "job", lines(documents)).written == 1
    assert place.rows("SELECT record_id, colour FROM records") == [("in/000.pdf-r1", "红")]


def _leaves() -> list[Leaf]:
    parts = [(table.source if table.part == "rows" else None, table) for table in LAYOUT.tables]
    return [
        Leaf(f"{table.source}.{column.path}" if table.part == "group" else column.path, column.kind, source)
        for source, table in parts
        for column in table.columns
        if column.path and not column.name.endswith("_as_read")
    ]


def test_what_no_column_holds_stays_whole_in_data(place: Place) -> None:
    odd = record("in/000.pdf", 1, funds={"total": "9" * 30 + ".00"}, fiscal_year="二〇二四", project_name="a\0b")
    assert put(place, {"in/000.pdf": [odd]}).misfits == {"funds.total": 1, "records.fiscal_year": 1}
    assert place.rows("SELECT total FROM funds") == [(None,)]
    ((name, data),) = place.rows("SELECT project_name, data FROM records")
    assert name == "a␀b"
    assert "9" * 30 in str(data)


def test_a_table_of_somebody_else_is_left_alone(place: Place) -> None:
    if place.kind == "duckdb":
        with duckdb.connect(str(place.address)) as connection:
            connection.execute("CREATE TABLE evidence (crime VARCHAR)")
    else:
        engine = sa.create_engine(place.address.replace("postgresql:", "postgresql+psycopg:"))
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE TABLE evidence (crime TEXT)"))
        engine.dispose()
    with pytest.raises(UsageError, match="evidence there is not one of ours"):
        put(place, many(1))
    columns = place.rows("SELECT * FROM evidence")
    assert columns == []


def test_a_server_that_is_killed_midway_leaves_whole_documents(server: Server) -> None:
    place = server.empty()
    documents = many(12)

    def killing() -> Iterator[DocumentLines]:
        for number, one in enumerate(lines(documents)):
            if number == 7:
                server.kill()
            yield one

    with pytest.raises(ShenbaoError, match="cannot be used"), place.open() as store:
        sync(store, LAYOUT, "job", killing())
    server.start()
    join = "documents d LEFT JOIN records r ON r.file = d.file AND r.job = d.job"
    left = place.rows(f"SELECT d.records, COUNT(r.record_id) FROM {join} GROUP BY d.file, d.records")
    assert 0 < len(left) <= 7
    assert set(left) == {(2, 2)}
    done = put(place, documents)
    assert (done.records, done.unchanged, done.written) == (24, len(left), 12 - len(left))
    assert len(place.rows("SELECT * FROM records WHERE job = 'job'")) == 24
    assert len(place.rows("SELECT * FROM evidence WHERE job = 'job'")) == 48
    assert put(place, documents).written == 0


def ordered(job: Path, to: str, **more: Any) -> Outcome:
    return export_order(Order(job, to, job / "export", [FORM], **more))


@pytest.mark.parametrize("to", ["sqlite", "duckdb", "parquet"])
def test_only_accepted_records_are_exported_when_asked(tmp_path: Path, to: str) -> None:
    job = write_job(tmp_path / "job", many(2))
    assert ordered(job, to).records == 4
    done = ordered(job, to, only="accepted")
    assert done.records == 2
    if to == "parquet":
        assert set(pq.read_table(job / "export/records.parquet")["status"].to_pylist()) == {"accepted"}
    else:
        address = done.files[0] if to == "duckdb" else f"sqlite:///{done.files[0]}"
        assert set(Place(to, address).rows("SELECT status FROM records")) == {("accepted",)}


def test_parquet_has_decimals_and_dates(tmp_path: Path) -> None:
    job = write_job(tmp_path / "job", many(2))
    first = [file.read_bytes() for file in ordered(job, "parquet").files]
    assert [file.read_bytes() for file in ordered(job, "parquet").files] == first
    funds = pq.read_table(job / "export/funds.parquet")
    assert str(funds.schema.field("total").type) == "decimal128(20, 2)"
    assert funds["total"].to_pylist() == [Decimal("21045108.18")] * 4
    records = pd.read_parquet(job / "export/records.parquet")
    assert list(records["begin"]) == [date(2024, 1, 1)] * 4
    assert list(records["project_code"]) == [CODE] * 4
    assert pq.read_table(job / "export/indicators.parquet")["value"].to_pylist()[:2] == [Decimal("605"), None]


def test_parquet_that_fails_leaves_the_old_files(tmp_path: Path) -> None:
    write_parquet(tmp_path, LAYOUT, "job", lines(many(1)))
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}

    def failing() -> Iterator[DocumentLines]:
        yield from lines(many(2))
        raise ShenbaoError("midway")

    with pytest.raises(ShenbaoError, match="midway"):
        write_parquet(tmp_path, LAYOUT, "job", failing())
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_files_of_two_moments_are_refused(tmp_path: Path) -> None:
    job = write_job(tmp_path / "job", many(2))
    records = (job / "records.jsonl").read_text().splitlines(keepends=True)
    for torn in (records[1:], records[:-1], [*records, records[0]]):
        (job / "records.jsonl").write_text("".join(torn))
        with pytest.raises(ShenbaoError, match="not of one moment"):
            list(documents_of(job))


def test_the_command_names_what_it_cannot_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    job = write_job(tmp_path / "job", many(1))
    assert main(["export", str(job), "--to", "postgresql://nobody:hush@127.0.0.1:9/none"]) == 1
    told = capsys.readouterr().err
    assert "cannot be used" in told
    assert "hush" not in told
    assert main(["export", str(job), "--to", "mysql://host/none"]) == 2
    assert main(["export", str(job), "--to", "file:///etc/passwd"]) == 2
    (tmp_path / "empty").mkdir()
    assert main(["export", str(tmp_path / "empty"), "--to", "sqlite"]) == 2
    assert list((tmp_path / "empty").iterdir()) == []
    (job / "export").mkdir()
    (job / "export/records.sqlite").write_text("no database, but long enough to be looked at" * 50)
    assert main(["export", str(job), "--to", "sqlite"]) == 1
    (job / "export/records.duckdb").write_text("no database, but long enough to be looked at" * 500)
    assert main(["export", str(job), "--to", "duckdb"]) == 1


@given(st.lists(st.text("abc._", min_size=1, max_size=90), max_size=20))
def test_names_are_distinct_and_short(paths: list[str]) -> None:
    taken: set[str] = {"job"}
    names = [free_name(path, taken) for path in paths]
    assert len(set(names)) == len(names)
    assert all(len(name.encode()) <= NAME_LIMIT + len(paths) - 1 for name in names)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**27), max_value=10**27))
def test_numbers_are_exact(number: Decimal) -> None:
    assert TYPED["number"](f"{number:f}") == number


@given(st.text())
def test_a_column_holds_a_value_of_its_type_or_refuses_it(text: str) -> None:
    for kind, read in TYPED.items():
        try:
            held = read(text)
        except MisfitError:
            continue
        if kind == "text":
            assert held == text.replace("\0", "␀")
        if kind in ("money", "number"):
            assert isinstance(held, Decimal)
        if kind == "date":
            assert held is None or held == date.fromisoformat(text)


def test_a_version_tells_records_and_columns_apart() -> None:
    shaper = Shaper(LAYOUT, "job")
    one, other = (next(lines({"a": [record("a", 1, status=word)]})) for word in ("x", "y"))
    assert len({shaper.version(one), shaper.version(other), Shaper(layout_of_forms([]), "job").version(one)}) == 3
    assert shaper.version(one) == Shaper(LAYOUT, "other").version(one)
