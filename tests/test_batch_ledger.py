from __future__ import annotations

import json
import multiprocessing
import os
import socket
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.batch.fingerprint import fingerprint
from pipeline.batch.ledger import LEDGER_NAME, MIGRATIONS, Extraction, Input, open_ledger
from pipeline.batch.lock import LOCK_NAME, boot_id, is_alive, run_lock
from pipeline.config import load_settings
from pipeline.errors import PolicyError, ShenbaoError

READ = Extraction("s1", "f1", "ok", None, "", 2, 1, 0, 0.5, "artefacts/s1.json")
FILE = Input("in/a.pdf", "/x/in/a.pdf", "s1", "f1")


def test_rows_come_back_by_name_with_their_extraction(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        ledger.settle([FILE, replace(FILE, file="in/B.pdf", path="/x/in/B.pdf")], READ)
        ledger.settle([Input("in/0.pdf", "/x/in/0.pdf", None, "f1", "unreadable", "no permission")])
    with open_ledger(tmp_path) as ledger:
        assert [(entry.file, read) for entry, read in ledger.inputs()] == [
            ("in/0.pdf", None),
            ("in/B.pdf", READ),
            ("in/a.pdf", READ),
        ]
        assert ledger.extraction("s1", "f1") == READ
        assert ledger.extraction("s1", "f2") is None


def test_a_file_has_one_row_whatever_it_was_called_or_held_before(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        ledger.settle([FILE], READ)
        ledger.settle([replace(FILE, file="a.pdf")])
        ledger.settle([replace(FILE, file="a.pdf", sha256="s2")], replace(READ, sha256="s2"))
        rows = list(ledger.inputs())
    assert [(entry.file, entry.sha256) for entry, _ in rows] == [("a.pdf", "s2")]


def test_a_half_written_settlement_leaves_nothing(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        with pytest.raises(sqlite3.Error):
            ledger.settle([replace(FILE, file=None)], READ)  # type: ignore[arg-type]
        assert ledger.extraction("s1", "f1") is None
        ledger.settle([FILE], READ)
        assert len(list(ledger.inputs())) == 1


def test_the_ledger_is_safe_and_knows_its_version(tmp_path: Path) -> None:
    with open_ledger(tmp_path):
        other = sqlite3.connect(tmp_path / LEDGER_NAME)
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert other.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
        other.execute("PRAGMA user_version = 999")
        other.close()
    with pytest.raises(ShenbaoError, match="newer"), open_ledger(tmp_path):
        pass


def test_a_ledger_that_is_none_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / LEDGER_NAME).write_bytes(b"this is no database" * 100)
    with pytest.raises(ShenbaoError, match="cannot be used"), open_ledger(tmp_path):
        pass


def _hold(folder: str, ready: multiprocessing.synchronize.Event, end: multiprocessing.synchronize.Event) -> None:
    with run_lock(Path(folder)):
        ready.set()
        end.wait(30)


def test_a_held_folder_names_its_holder_and_a_dead_holder_is_taken_over(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    ready, end = spawn.Event(), spawn.Event()
    holder = spawn.Process(target=_hold, args=(str(tmp_path), ready, end))
    holder.start()
    assert ready.wait(30)
    with pytest.raises(PolicyError, match=f"process {holder.pid} on {socket.gethostname()}"), run_lock(tmp_path):
        pass
    holder.kill()
    holder.join()
    assert json.loads((tmp_path / LOCK_NAME).read_text())["pid"] == holder.pid
    with run_lock(tmp_path):
        assert json.loads((tmp_path / LOCK_NAME).read_text())["boot_id"] == boot_id()
    assert (tmp_path / LOCK_NAME).read_text() == ""


def test_who_is_alive() -> None:
    here = {"pid": os.getpid(), "boot_id": boot_id(), "host": socket.gethostname()}
    assert is_alive(here)
    assert is_alive({**here, "pid": 1})
    assert not is_alive({**here, "boot_id": "another start"})
    assert not is_alive({**here, "pid": 2**22 + 1})
    assert not is_alive({**here, "pid": None})
    assert is_alive({**here, "host": "elsewhere", "boot_id": "another"})


def test_garbage_in_the_lock_file_is_nobody(tmp_path: Path) -> None:
    (tmp_path / LOCK_NAME).write_bytes(b'{"pid": ')
    with run_lock(tmp_path):
        assert json.loads((tmp_path / LOCK_NAME).read_text())["pid"] == os.getpid()


def test_the_fingerprint_follows_settings_and_form_but_not_limits() -> None:
    settings = load_settings()
    base = fingerprint(settings, "auto")
    assert fingerprint(load_settings(), "auto") == base
    assert fingerprint(settings, "other") != base
    slower = settings.limits.model_copy(update={"page_seconds": 1.0})
    assert fingerprint(settings.model_copy(update={"limits": slower}), "auto") == base
    surer = settings.records.model_copy(update={"accept_confidence": 0.123})
    assert fingerprint(settings.model_copy(update={"records": surer}), "auto") != base
