"""SOURCE... -> the files of a run: folders searched, sorted, each file once, nothing outside of what was named."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.batch.ledger import LEDGER_NAME
from pipeline.errors import UnreadableFile, UsageError

SUPPORTED = frozenset({".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp"})


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One input. file: its name as the user gave it, with what UTF-8 cannot hold written as ``\\xff``."""

    file: str
    path: Path


def expand_sources(sources: Sequence[Path], job: Path) -> tuple[SourceFile, ...]:
    """Given files and folders and the job folder, return the inputs in order of their names, each file once.

    Raises UsageError for a path that does not exist, is neither file nor folder, or is the job folder itself.
    """
    job_real = os.path.realpath(job)
    by_real: dict[str, Path] = {}
    for source in sources:
        for path in _named(source, job_real):
            by_real.setdefault(os.path.realpath(path), path)
    return tuple(sorted((SourceFile(name_of(path), path) for path in by_real.values()), key=lambda entry: entry.file))


def name_of(path: Path) -> str:
    """Given a path, return it as text that UTF-8 can hold; bytes of no character become ``\\xff``."""
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")


def sha256_of(path: Path) -> str:
    """Given a file, return the digest of its bytes. Raises UnreadableFile."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UnreadableFile(
                f"{name_of(path)} is not a file that can be read: check it and its folder's permissions"
            )
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UnreadableFile(f"cannot read {name_of(path)}: {error.strerror}. Mend that and run again") from error


def _named(source: Path, job_real: str) -> Iterator[Path]:
    """Given one SOURCE, yield its files. What is named itself is taken, whatever its name."""
    kind = _kind(source)
    if stat.S_ISDIR(kind):
        if os.path.realpath(source) == job_real:
            raise UsageError(f"{name_of(source)} is both source and job folder: choose another --out")
        yield from _search(source, os.path.realpath(source), job_real)
    elif stat.S_ISREG(kind):
        yield source
    else:
        raise UsageError(f"{name_of(source)} is neither a file nor a folder")


def _kind(source: Path) -> int:
    try:
        return source.stat().st_mode
    except OSError as error:
        raise UsageError(f"{name_of(source)}: {error.strerror}. Check the path") from error


def _search(folder: Path, root: str, job_real: str) -> Iterator[Path]:
    """Given a folder, yield its documents, the real ones before links to them. A folder that cannot be searched is
    yielded itself, so that it becomes a failed input and not a silent gap."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: (entry.is_symlink(), entry.name))
    except OSError:
        yield folder
        return
    for entry in entries:
        path = folder / entry.name
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            if not _is_job(path, job_real):
                yield from _search(path, root, job_real)
        elif path.suffix.lower() in SUPPORTED and _stays(entry, root):
            yield path


def _is_job(folder: Path, job_real: str) -> bool:
    """Is it the job folder of this run or of another one? What those hold are results, not input."""
    return os.path.realpath(folder) == job_real or (folder / LEDGER_NAME).is_file()


def _stays(entry: os.DirEntry[str], root: str) -> bool:
    """Is it a file, or a link to a file below the root? A link to nothing there counts: its absence is to be told."""
    if not entry.is_symlink():
        return entry.is_file()
    target = os.path.realpath(entry.path)
    return os.path.commonpath([target, root]) == root and not Path(target).is_dir()
