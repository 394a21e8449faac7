"""The real command line with a light worker in place of the reader: ``python batch_drive.py run ...``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from pipeline.batch import job
from pipeline.cli import main

ROOT = Path(__file__).resolve().parent.parent


def start(folder: Path, *words: str, **options: object) -> subprocess.Popen[str]:
    """Start the command in a folder; its workers log into it."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    env = {**os.environ, "PYTHONPATH": path, "SHENBAO_TEST_FOLDER": str(folder), "PYTHONWARNINGS": "error"}
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
    process = start(folder, *words, **options)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def write_inputs(folder: Path, orders: list[str]) -> None:
    """Write orders as in/000.pdf ...; each gets bytes of its own."""
    (folder / "in").mkdir(exist_ok=True)
    for number, order in enumerate(orders):
        (folder / "in" / f"{number:03}.pdf").write_text(f"{order} sleep 0.00{number}", encoding="utf-8")


if __name__ == "__main__":
    job.EXTRACTOR = "batch_workers:make_extractor"
    sys.exit(main())
