"""What killed drivers leave in the temporary folder is cleared away, and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from pipeline.batch.scratch import YOUNG_SECONDS, Scratch, sweep

HOLD = "import time; from pipeline.batch.scratch import Scratch; print(Scratch().folder, flush=True); time.sleep(60)"


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def killed_drivers(temporary: Path) -> Path:
    """Have a process make a folder and be killed; return the folder."""
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True, env=environment) as driver:
        assert driver.stdout is not None
        folder = Path(driver.stdout.readline().strip())
        driver.send_signal(signal.SIGKILL)
    (folder / "page.png").write_bytes(b"left")
    return folder


def aged(folder: Path) -> Path:
    past = time.time() - 2 * YOUNG_SECONDS
    os.utime(folder, (past, past))
    return folder


def test_only_old_folders_that_nobody_holds_are_swept(temporary: Path) -> None:
    left, young = aged(killed_drivers(temporary)), killed_drivers(temporary)
    held = Scratch()
    aged(held.folder)
    other = temporary / "shenbao-worker-mine"
    other.mkdir()
    aged(other)
    sweep()
    assert not left.exists()
    assert all(folder.exists() for folder in (young, held.folder, other))
    held.clear()
    assert not held.folder.exists()
