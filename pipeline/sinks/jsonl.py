"""Files that are whole or absent: temporary sibling, fsync, rename; and JSON Lines on top of that."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from pipeline.errors import ShenbaoError, UsageError

BUFFER_BYTES = 1 << 20
"""A line of a record has some 20 kB: with the usual 8 kB each is pieced together."""


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Given a path, open a sibling to write to, which takes the path's place when the block ends without an error.

    The sibling's name is fixed, so that what a killed run left behind is overwritten by the next one. Readers see the
    old file or the new one. Raises OSError; then the path is as it was.
    """
    draft = path.with_name(f".{path.name}.tmp")
    try:
        with draft.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename in the folder last: without it a power cut can take the new name back."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_bytes(path: Path, content: bytes) -> None:
    with replacing(path) as file:
        file.write(content)


def write_lines(path: Path, lines: Iterable[str]) -> int:
    """Given lines of JSON without their ends, write them as UTF-8 with LF and return how many there were."""
    count = 0
    with replacing(path) as file:
        for line in lines:
            file.write(line.encode("utf-8") + b"\n")
            count += 1
    return count


def read_lines(path: Path, mark: str = "") -> Iterator[dict[str, Any]]:
    """Given a JSON Lines file, return its objects one by one, only those that hold a piece of text where one is given.

    Raises UsageError when there is no such file."""
    return (value for value, _ in read_pairs(path, mark))


def read_pairs(path: Path, mark: str = "") -> Iterator[tuple[dict[str, Any], str]]:
    """As read_lines, each object with the line that it stands on."""
    try:
        with path.open(encoding="utf-8", newline="\n", buffering=BUFFER_BYTES) as file:
            for number, line in enumerate(file, start=1):
                if mark in line:
                    yield _object(path, number, line), line
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}. Name the job folder of a finished run") from error


def _object(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError as error:
        raise ShenbaoError(f"{path}:{number} is not JSON: run shenbao run again, it writes the file anew") from error
    if not isinstance(value, dict):
        raise ShenbaoError(f"{path}:{number} is not an object: run shenbao run again, it writes the file anew")
    return value
