"""The real command line with a light worker in place of the reader: ``python batch_drive.py run ...``."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from pipeline.batch import job
from pipeline.batch.ledger import Ledger
from pipeline.cli import main

ROOT = Path(__file__).resolve().parent.parent
RUN_SECONDS = 120
"""For a command that takes two; a machine that does six things at once takes ten."""
SLOW = pytest.mark.skipif("SHENBAO_SLOW" not in os.environ, reason="takes a minute or more: set SHENBAO_SLOW=1")


def start(
    folder: Path, *words: str, extra: Mapping[str, str] = MappingProxyType({}), **options: object
) -> subprocess.Popen[str]:
    """Start the command in a folder, with extra environment; its workers log into it."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    env = {**os.environ, "PYTHONPATH": path, "SHENBAO_TEST_FOLDER": str(folder), "PYTHONWARNINGS": "error", **extra}
    return subprocess.Popen(
        [sys.executable, __file__, *words],
        cwd=folder,
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,  # type: ignore[call-overload]
    )


def shenbao(folder: Path, *words: str, **options: object) -> tuple[int, str, str]:
    """Run the command in a folder to its end and return (exit code, stdout, stderr)."""
    process = start(folder, *words, **options)  # type: ignore[arg-type]
    out, err = process.communicate(timeout=RUN_SECONDS)
    return process.returncode, out, err


def until_said(process: subprocess.Popen[str], words: str) -> str:
    """Read what a command says on standard error until these words have come; return it."""
    assert process.stderr is not None
    told = ""
    while words not in told:
        line = process.stderr.readline()
        assert line, f"it ended without a word of {words!r}: {told}"
        told += line
    return told


def rest_of(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Wait for a command whose standard error was read in part; return its stdout and the rest of its stderr."""
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout as out, process.stderr as err:
        process.wait(timeout=RUN_SECONDS)
        return out.read(), err.read()


def pids_in_log(folder: Path) -> list[int]:
    """The worker of each document that was begun, as the log of the first run tells."""
    logs = sorted((folder / "out/logs").glob("*.jsonl"))
    entries = map(json.loads, logs[0].read_text("utf-8").splitlines()) if logs else ()
    return [entry["worker"] for entry in entries if entry["event"] == "document-begun"]


def write_inputs(folder: Path, orders: list[str]) -> None:
    """Write orders as in/000.pdf ...; each gets bytes of its own."""
    (folder / "in").mkdir(exist_ok=True)
    for number, order in enumerate(orders):
        (folder / "in" / f"{number:03}.pdf").write_text(f"{order} sleep 0.00{number}", encoding="utf-8")


def die_at_step(number: int) -> None:
    """Have this process killed at its n-th step of making something last: before a file or folder is made safe, a name
    is changed or rows are written, and after each of these."""
    steps = itertools.count(1)

    def deadly(deed: Callable[..., object]) -> Callable[..., object]:
        def done(*arguments: object) -> object:
            step()
            result = deed(*arguments)
            step()
            return result

        return done

    def step() -> None:
        if next(steps) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    os.fsync, Path.replace, Ledger.settle = map(deadly, (os.fsync, Path.replace, Ledger.settle))  # type: ignore[assignment,method-assign]


if __name__ == "__main__":
    if "SHENBAO_TEST_DIE_AT" in os.environ:
        die_at_step(int(os.environ["SHENBAO_TEST_DIE_AT"]))
    job.EXTRACTOR = "batch_workers:make_extractor"
    sys.exit(main())
