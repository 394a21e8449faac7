"""Exports whose process is killed midway, and exported again: the same rows, no file torn, no message lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sinks_drive import ROOT, SECRET
from sinks_job import FORM, many, record, write_job
from test_sinks_stores import Place
from test_sinks_webhook import Receiver

from pipeline.feed.export import Order, Outcome
from pipeline.feed.export import export as export_order
from pipeline.sinks.lines import records_of
from pipeline.sinks.parquet import BATCH_ROWS

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
DOCUMENTS, RECORDS = 30, 60


def killed(job: Path, to: str, out: Path, last: int) -> None:
    """Export in a process that is killed when it comes to a record; some sinks read them twice, first for columns."""
    words = [sys.executable, "tests/sinks_drive.py", str(job), to, str(out), str(last)]
    done = subprocess.run(words, cwd=ROOT, env=ENVIRONMENT, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


def exported(job: Path, to: str, out: Path) -> Outcome:
    return export_order(Order(job, to, out, [FORM], secret=SECRET))


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


@pytest.mark.parametrize(("to", "last"), [("csv", RECORDS + 40), ("xlsx", RECORDS + 40), ("parquet", 40)])
def test_files_are_the_old_ones_or_the_new_ones(tmp_path: Path, to: str, last: int) -> None:
    job, out = write_job(tmp_path / "job", many(DOCUMENTS)), tmp_path / "out"
    killed(job, to, out, last)
    assert [name for name in files_in(out) if not name.startswith(".")] == []
    exported(job, to, out)
    old = files_in(out)
    write_job(job, {**many(DOCUMENTS), "in/000.pdf": [record("in/000.pdf", 1, status="新建")]})
    killed(job, to, out, last - 1)
    assert {name: content for name, content in files_in(out).items() if not name.startswith(".")} == old
    exported(job, to, out)
    exported(job, to, tmp_path / "fine")
    assert files_in(out) == files_in(tmp_path / "fine") != old


@pytest.mark.parametrize(("to", "documents"), [("sqlite", DOCUMENTS), ("duckdb", BATCH_ROWS // 10)])
def test_databases_hold_whole_documents_and_then_all_of_them(tmp_path: Path, to: str, documents: int) -> None:
    """DuckDB stores many documents at once: so many that it has stored some when it is killed."""
    job, out = write_job(tmp_path / "job", many(documents)), tmp_path / "out"
    killed(job, to, out, documents * 2 - 3)
    place = place_of(to, out)
    join = "documents d LEFT JOIN records r ON r.file = d.file AND r.job = d.job"
    left = place.rows(f"SELECT d.records, COUNT(r.record_id) FROM {join} GROUP BY d.file, d.records")
    assert 0 < len(left) < documents
    assert set(left) == {(2, 2)}
    done = exported(job, to, out)
    assert (done.records, done.counts["unchanged"]) == (documents * 2, len(left))
    exported(job, to, tmp_path / "fine")
    assert place.everything() == place_of(to, tmp_path / "fine").everything()


def place_of(to: str, out: Path) -> Place:
    file = out / f"records.{to}"
    return Place(to, file if to == "duckdb" else f"sqlite:///{file}")


def test_messages_of_a_sender_that_was_killed_are_sent_by_the_next(tmp_path: Path) -> None:
    """The first one is killed between messages, the second one while the receiver holds its message in hand."""
    receiver = Receiver()
    job = write_job(tmp_path / "job", many(DOCUMENTS))
    killed(job, receiver.url, tmp_path, RECORDS + 20)
    assert 0 < len(receiver.got) < RECORDS
    process = subprocess.Popen(
        [sys.executable, "tests/sinks_drive.py", str(job), receiver.url, str(tmp_path), "0"],
        cwd=ROOT,
        env=ENVIRONMENT,
    )

    def kill_the_sender(message: object) -> int:
        if len(receiver.got) == RECORDS - 10:
            process.kill()
            process.wait()
        return 204

    receiver.answer = kill_the_sender
    assert process.wait(120) == -signal.SIGKILL
    receiver.answer = lambda message: 204
    done = exported(job, receiver.url, tmp_path)
    receiver.stop()
    assert done.done
    assert set(receiver.ids()) == {one["record_id"] for one in records_of(job)}
    twice = len(receiver.got) - len({message["id"] for message in receiver.got})
    assert len({message["id"] for message in receiver.got}) == RECORDS
    assert twice <= 2  # the one in hand at each kill, under the id that it had
