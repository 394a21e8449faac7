"""Which readers are compared, and the environments they run in."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

from bench.drawn import BENCH, ROOT

REQUIREMENTS = Path(__file__).resolve().parent / "requirements"
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True, slots=True)
class System:
    """One reader. key: names its module read_KEY and, if it has one, its file of requirements; ours runs without.

    knows_tables: it gives grids, not lines of text only.
    """

    key: str
    title: str
    knows_tables: bool = True

    @property
    def requirements(self) -> Path:
        return REQUIREMENTS / f"{self.key}.txt"


OURS = System("shenbao", "Shenbao")
SYSTEMS = (
    OURS,
    System("img2table", "img2table 2.0.0 + RapidOCR, rotation on"),
    System("wired_table_rec", "wired_table_rec 1.1.0 + RapidOCR"),
    System("rapid_table", "rapid_table 0.3.0 + RapidOCR"),
    System("paddleocr", "PaddleOCR 3.7.0, text only", knows_tables=False),
)


def interpreter(system: System) -> Path:
    """Given a reader, return the Python that has it, installed now unless it was before.

    PaddleOCR is among our own dependencies and runs, as we do, in this environment. The folder of an environment is
    named by what its requirements say, so that a change of them makes another.
    """
    if not system.requirements.exists():
        return Path(sys.executable)
    state = hashlib.sha256(system.requirements.read_bytes()).hexdigest()[:8]
    home = BENCH / "venvs" / f"{system.key}-{state}"
    python = home / "bin" / "python"
    if not (home / "complete").exists():
        print(f"installing {system.title} in {home}", file=sys.stderr)
        shutil.rmtree(home, ignore_errors=True)
        venv.create(home, with_pip=True)
        pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        subprocess.run([*pip, "--requirement", str(system.requirements)], check=True)
        (home / "complete").touch()
    return python


def read_pages(system: System, job: Path, out: Path) -> None:
    """Given a reader, a job and where to, have every page read by a process of its own, on one thread.

    What ``out`` holds already stays. Raises CalledProcessError when the reader does not even start.
    """
    command = [str(interpreter(system)), "-W", "ignore", "-m", f"bench.peers.read_{system.key}", str(job), str(out)]
    subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, **ONE_THREAD})
