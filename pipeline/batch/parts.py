"""Where the parts of long files lie until they are joined: one folder a file, one file a range of its pages."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from pipeline.batch.engine import Pages, Task
from pipeline.batch.fingerprint import FINGERPRINT_DIGITS
from pipeline.sinks.jsonl import write_bytes

PARTS = "parts"


class PartStore:
    """Parts below a job folder, known by the bytes of their file and the fingerprint that they were read under."""

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self._root = folder.absolute() / PARTS
        self._ending = f"-{fingerprint[:FINGERPRINT_DIGITS]}"

    def write(self, task: Task, part: bytes) -> str:
        """Given the task of a range and what was read, keep it and return where; it is there whole or not at all."""
        assert task.pages is not None
        place = self._place(task, task.pages)
        place.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(place, part)
        return str(place)

    def known(self, task: Task, ranges: Iterable[Pages]) -> dict[Pages, str]:
        """Given a long file and the ranges that it is cut into, return where those lie that were read before."""
        places = {pages: self._place(task, pages) for pages in ranges}
        return {pages: str(place) for pages, place in places.items() if place.is_file()}

    def drop(self, task: Task) -> None:
        shutil.rmtree(self._folder(task), ignore_errors=True)

    def tidy(self) -> None:
        """Drop what was read under another fingerprint: nobody will join it."""
        for folder in self._root.glob("*"):
            if not folder.name.endswith(self._ending):
                shutil.rmtree(folder, ignore_errors=True)

    def _folder(self, task: Task) -> Path:
        return self._root / f"{task.sha256}{self._ending}"

    def _place(self, task: Task, pages: Pages) -> Path:
        return self._folder(task) / f"{pages[0] + 1}-{pages[1]}.part"
