"""What a run would do, said without doing it; and the ledger read without touching it."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from batch_drive import shenbao, write_inputs

from pipeline.batch.ledger import LEDGER_NAME, MIGRATIONS, Extraction, Input, open_ledger, read_ledger
from pipeline.errors import ShenbaoError

Tree = dict[str, tuple[int, bytes]]


def tree(folder: Path) -> Tree:
    """Every file with its time and its bytes."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def planned(folder: Path, *words: str) -> dict[str, tuple[str, bool, str]]:
    """Plan a run, hold that nothing was touched, and return (reason, would be read, note) by the file's name."""
    before = tree(folder)
    code, out, _ = shenbao(folder, "run", "in", "--out", "out", "--dry-run", "--json", *words)
    assert (code, tree(folder)) == (0, before)
    files = json.loads(out)["files"]
    return {Path(entry["file"]).name: (entry["why"], entry["read"], entry["note"]) for entry in files}


def test_a_first_run_would_read_everything_and_makes_no_folder(tmp_path: Path) -> None:
    write_inputs(tmp_path, ["", ""])
    (tmp_path / "in/copy.pdf").write_bytes((tmp_path / "in/000.pdf").read_bytes())
    assert planned(tmp_path) == {
        "000.pdf": ("new", True, ""),
        "001.pdf": ("new", True, ""),
        "copy.pdf": ("new", False, "the same bytes as in/000.pdf"),
    }
    assert not (tmp_path / "out").exists()


def test_every_file_has_its_reason_and_the_run_does_what_was_said(tmp_path: Path) -> None:
    write_inputs(tmp_path, ["", "raise X", "", "die SIGKILL", "", ""])
    gone = tmp_path / "in/006.pdf"
    gone.symlink_to("006.pdf")
    assert shenbao(tmp_path, "run", "in", "--out", "out")[0] == 3
    (tmp_path / "in/002.pdf").write_text("pages 1")
    (tmp_path / "in/007.pdf").write_text("pages 2")
    (tmp_path / "in/004.pdf").rename(tmp_path / "in/renamed.pdf")
    gone.unlink()
    gone.write_text("pages 3")
    lost = json.loads((tmp_path / "out/documents.jsonl").read_text().splitlines()[5])["sha256"]
    next((tmp_path / "out/artefacts").rglob(f"{lost}*")).unlink()
    reasons = planned(tmp_path)
    assert {name: reason[:2] for name, reason in reasons.items()} == {
        "000.pdf": ("up to date", False),
        "001.pdf": ("failed before", False),
        "002.pdf": ("changed", True),
        "003.pdf": ("failed before", False),
        "005.pdf": ("changed", True),
        "006.pdf": ("failed before", True),
        "007.pdf": ("new", True),
        "renamed.pdf": ("up to date", False),
    }
    assert [reasons[name][2] for name in ("001.pdf", "002.pdf", "006.pdf")] == [
        "internal-error",
        "its bytes",
        "unreadable",
    ]
    assert "is missing" in reasons["005.pdf"][2]
    retried = planned(tmp_path, "--retry", "failed")
    assert {name for name, reason in retried.items() if reason[1]} == {
        *(name for name, reason in reasons.items() if reason[1]),
        "001.pdf",
        "003.pdf",
    }
    begun = (tmp_path / "begun").read_text().count("\n")
    shenbao(tmp_path, "run", "in", "--out", "out")
    read = [line.split()[1] for line in (tmp_path / "begun").read_text().splitlines()[begun:]]
    assert sorted(Path(file).name for file in read) == sorted(name for name, reason in reasons.items() if reason[1])


def test_new_settings_are_a_reason_of_their_own(tmp_path: Path) -> None:
    write_inputs(tmp_path, [""])
    shenbao(tmp_path, "run", "in", "--out", "out")
    assert planned(tmp_path, "--form", "project-target")["000.pdf"] == (
        "changed", True, "settings, forms, code or models",
    )  # fmt: skip


def test_the_plan_is_printed_a_line_a_file(tmp_path: Path) -> None:
    write_inputs(tmp_path, [""])
    (tmp_path / "in/loop\x1b[2J.pdf").symlink_to("loop\x1b[2J.pdf")
    code, out, err = shenbao(tmp_path, "run", "in", "--out", "out", "--dry-run")
    assert code == 0
    assert out.splitlines()[0].split() == ["read", "new", "in/000.pdf"]
    assert out.splitlines()[1].startswith("skip  unreadable     in/loop\\x1b[2J.pdf  (cannot read ")
    assert err == "2 files: 1 would be read, 1 would not\n"


ROW = Extraction("s1", "f1", "ok", None, "", 2, 1, 0, 0.5, "artefacts/s1.json")


def test_reading_a_ledger_makes_and_changes_nothing(tmp_path: Path) -> None:
    with read_ledger(tmp_path) as empty:
        assert list(empty.inputs()) == []
    assert list(tmp_path.iterdir()) == []
    with open_ledger(tmp_path) as ledger:
        ledger.settle([Input("a.pdf", "/a.pdf", "s1", "f1")], ROW)
        with read_ledger(tmp_path) as live:
            assert live.extraction("s1", "f1") == ROW
            assert live.input_at("/a.pdf") == Input("a.pdf", "/a.pdf", "s1", "f1")
    before = tree(tmp_path)
    tmp_path.chmod(0o500)
    with read_ledger(tmp_path) as still:
        assert still.extraction("s1", "f1") == ROW
    tmp_path.chmod(0o700)
    assert tree(tmp_path) == before


def test_a_ledger_of_an_older_version_keeps_its_rows(tmp_path: Path) -> None:
    for version in range(1, len(MIGRATIONS)):
        place = tmp_path / str(version)
        place.mkdir()
        with closing(sqlite3.connect(place / LEDGER_NAME)) as old:
            for number in range(version):
                old.executescript(f"{MIGRATIONS[number]} PRAGMA user_version={number + 1};")
            old.execute("INSERT INTO inputs VALUES ('a.pdf', '/a.pdf', 's1', 'f1', NULL, NULL)")
            old.commit()
        before = (place / LEDGER_NAME).read_bytes()
        with read_ledger(place) as seen:
            assert [entry.file for entry, _ in seen.inputs()] == ["a.pdf"]
        assert (place / LEDGER_NAME).read_bytes() == before
        with open_ledger(place) as ledger:
            assert [entry.file for entry, _ in ledger.inputs()] == ["a.pdf"]


def test_a_migration_that_fails_leaves_the_ledger_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_ledger(tmp_path) as ledger:
        ledger.settle([Input("a.pdf", "/a.pdf", "s1", "f1")], ROW)
    broken = (*MIGRATIONS, "CREATE TABLE more (x TEXT) STRICT; CREATE TABLE more (x TEXT) STRICT;")
    with monkeypatch.context() as patch:
        patch.setattr("pipeline.batch.ledger.MIGRATIONS", broken)
        with pytest.raises(ShenbaoError, match="cannot be used"), open_ledger(tmp_path):
            pass
    with closing(sqlite3.connect(tmp_path / LEDGER_NAME)) as after:
        assert after.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
        assert after.execute("SELECT count(*) FROM sqlite_master WHERE name = 'more'").fetchone() == (0,)
    with open_ledger(tmp_path) as ledger:
        assert ledger.extraction("s1", "f1") == ROW


def test_a_ledger_is_read_while_its_writer_is_in_the_middle(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        ledger.settle([Input("a.pdf", "/a.pdf", "s1", "f1")], ROW)
        with closing(sqlite3.connect(tmp_path / LEDGER_NAME, isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            writer.execute("DELETE FROM inputs")
            with read_ledger(tmp_path) as seen:
                assert [entry.file for entry, _ in seen.inputs()] == ["a.pdf"]
            writer.execute("ROLLBACK")
    assert os.listdir(tmp_path) == [LEDGER_NAME]  # noqa: PTH208
