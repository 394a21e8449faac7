from __future__ import annotations

import json
import os
import pty
import resource
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from batch_drive import ROOT, shenbao, write_inputs

from pipeline.batch.findings import Drift
from pipeline.batch.listen import Ended
from pipeline.cli import COMMANDS, main
from pipeline.cli.progress import line_of
from pipeline.cli.summary import MAX_ROWS, closing_object, exit_code, print_summary, total_lines
from pipeline.cli.words import count_of, printable, word_console

HELP_SECONDS = 0.4


def python(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, *words], cwd=cwd, env=env, capture_output=True, text=True, timeout=60, check=False
    )


def work_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def files_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_help_answers_at_once_and_names_every_command(tmp_path: Path) -> None:
    """In seconds of the processor: what else the machine does takes none of them."""
    times = []
    for _ in range(5):
        begin = work_of_children()
        done = python("-m", "pipeline", "--help", cwd=tmp_path)
        times.append(work_of_children() - begin)
    assert done.returncode == 0
    assert all(f"  {name} " in done.stdout and entry.help in done.stdout for name, entry in COMMANDS.items())
    assert min(times) < HELP_SECONDS


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    code = "import sys; from pipeline.cli import main; main(['--help']); print(*sys.modules, file=sys.stderr)"
    loaded = set(python("-c", code, cwd=tmp_path).stderr.split())
    assert "click" in loaded
    assert not loaded & {"numpy", "pydantic", "yaml", "rich", "cv2", "pandas", "onnxruntime", "pdfplumber"}


@pytest.mark.parametrize("command", ["run", "export"])
def test_commands_have_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert "--json" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("shenbao ")


@pytest.mark.parametrize(
    "words",
    [
        ["run"],
        ["run", "in"],
        ["run", "missing", "--out", "out"],
        ["run", "in", "missing.pdf", "--out", "out"],
        ["run", "in", "--out", "in"],
        ["run", "in", "--out", "in/000.pdf"],
        ["run", "in", "--out", "out", "--form", "no-such-form"],
        ["run", "in", "--out", "out", "--config", "missing.yaml"],
        ["run", "in", "--out", "out", "--config", "bad.yaml"],
        ["run", "in", "--out", "out", "--workers", "0"],
        ["run", "in", "--out", "out", "--engine", "cluster"],
        ["run", "in", "--out", "out", "--engine", "cloud"],
        ["run", "in", "--out", "out", "--unheard"],
        ["export", "missing", "--to", "csv"],
        ["export", "in", "--to", "csv"],
        ["fly"],
        [],
    ],
)
def test_wrong_usage_is_exit_2_and_writes_nothing(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_inputs(tmp_path, [""])
    (tmp_path / "bad.yaml").write_text("ingest: {no_such_key: 1}")
    before = files_in(tmp_path)
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err != ""
    assert "Traceback" not in err
    assert files_in(tmp_path) == before


def test_an_unexpected_error_is_one_line_and_a_traceback_on_demand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(COMMANDS, "run", COMMANDS["run"].__class__("json", "no_such_command", ""))
    assert main(["run"]) == 1
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1
    assert "AttributeError" in err
    assert main(["--debug", "run"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_reader_that_goes_away_is_no_error_in_words(tmp_path: Path) -> None:
    done = python("-c", f"import subprocess, sys; {BROKEN_PIPE}", cwd=tmp_path)
    assert done.stderr == ""


BROKEN_PIPE = (
    "p = subprocess.Popen([sys.executable, '-m', 'pipeline', 'run', '--help'], stdout=subprocess.PIPE); "
    "p.stdout.close(); p.wait()"
)


def test_an_empty_folder_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    code, out, err = shenbao(tmp_path, "run", "in", "--out", "out", "--json")
    assert (code, json.loads(out)["files"]) == (0, 0)
    assert "No PDF or picture" in err
    assert (tmp_path / "out/documents.jsonl").read_bytes() == b""


def test_nothing_is_written_into_the_input_folder(tmp_path: Path) -> None:
    write_inputs(tmp_path, ["", "die SIGKILL"])
    before = files_in(tmp_path / "in")
    shenbao(tmp_path, "run", "in", "--out", "out", "--keep")
    assert files_in(tmp_path / "in") == before
    kept = [path.read_text() for path in (tmp_path / "out/artefacts").rglob("*.json")]
    assert [text.startswith('{\n "document"') for text in kept] == [True, True]


def test_a_terminal_gets_a_bar_and_the_table(tmp_path: Path) -> None:
    write_inputs(tmp_path, ["pages 5"] * 3)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "tests/batch_drive.py"), "run", "in", "--out", "out"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "150"},
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    try:
        while data := os.read(ours, 65536):
            shown += data
    except OSError:  # how a terminal says that nobody writes any more
        pass
    os.close(ours)
    assert process.wait(60) == 0
    text = shown.decode()
    assert "3 files, " in text
    assert "/s)" in text
    assert "3 records accepted" in text


def ended(file: str, status: str = "ok", **changes: object) -> Ended:
    return Ended(file, status, **{"reason": None, "message": "", "pages": 2, "accepted": 1, **changes})  # type: ignore[arg-type]


def test_the_exit_code_follows_the_worst_end() -> None:
    fine, doubtful = ended("a"), ended("b", "review", review=1)
    assert exit_code([fine], interrupted=False) == 0
    assert exit_code([fine, doubtful], interrupted=False) == 3
    assert exit_code([fine, ended("c", "crashed")], interrupted=False) == 3
    assert exit_code([fine], interrupted=True) == 130


def test_the_summary_says_what_there_is_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    failed = ended("in/[b].pdf", "failed", reason="encrypted", message="locked: remove it", pages=None, accepted=0)
    ends = [ended("in/a.pdf", "review", review=2, message="2 of 3 records wait"), failed]
    print_summary(word_console(), ends, Path("out"), Drift())
    words = " ".join(capsys.readouterr().err.split())
    assert "in/[b].pdf failed (encrypted) locked: remove it" in words
    assert "in/a.pdf 2 3 review 2 of 3 records wait" in words
    assert total_lines(ends, Path("out"), Drift(3, Counter({"a": 2})))[:4] == [
        "2 files, 2 pages: 1 record accepted",
        "2 records to review: their issues in records.jsonl say what is in doubt and where",
        "1 file not read: 1 encrypted; once mended, run again with --retry failed",
        "3 records with words that their forms do not know (layout-drift): 'a' 2x",
    ]


def test_bytes_that_two_files_hold_count_once() -> None:
    told = "the same bytes as in/a.pdf, where its records stand"
    ends = [ended("in/a.pdf"), ended("in/b.pdf", message=told, accepted=0, copy=True)]
    assert total_lines(ends, Path("out"), Drift())[0] == "2 files, 2 pages: 1 record accepted"
    assert closing_object(ends, Path("out"), Drift(), 0)["pages"] == 2
    assert line_of(ends[1]) == f"in/b.pdf: ok, {told}"


def test_a_long_summary_names_only_what_needs_somebody(capsys: pytest.CaptureFixture[str]) -> None:
    bad = [ended(f"bad{number:03}", "failed", reason="damaged") for number in range(MAX_ROWS + 2)]
    print_summary(word_console(), [*bad, *(ended(f"fine{number}") for number in range(9))], Path("out"), Drift())
    shown = capsys.readouterr().err
    assert "fine" not in shown
    assert f"bad{MAX_ROWS - 1:03}" in shown
    assert "and 2 more files" in shown


def test_names_cannot_steer_the_terminal() -> None:
    assert printable("a\x1b[2J\u202egpj.项目") == "a\\x1b[2J\\u202egpj.项目"
    assert line_of(ended("\r.pdf")) == "\\r.pdf: ok, 2 pages, 1 record"
    assert [count_of(number, "page") for number in (0, 1, 1000)] == ["0 pages", "1 page", "1,000 pages"]
