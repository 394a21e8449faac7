"""The temporary folder of one worker: cleared by its driver, and by a later run where the driver was killed."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

PREFIX = "shenbao-worker-"
OWNER = ".driver"
"""A file in the folder that its driver holds a lock on: the system lets go of it however the driver ends."""
YOUNG_SECONDS = 60.0
"""A folder younger than this may not be locked yet."""


class Scratch:
    """A new temporary folder, held as long as this object is not cleared."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._owner = (self.folder / OWNER).open("w", encoding="ascii")
        with suppress(OSError):  # a file system without locks: then nobody sweeps there either
            fcntl.flock(self._owner, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def clear(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self._owner.close()


def sweep() -> None:
    """Remove the folders of drivers that are gone, of this user and in this process's temporary folder."""
    for owner in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{OWNER}"):
        with suppress(OSError):
            if _is_left(owner):
                shutil.rmtree(owner.parent, ignore_errors=True)


def _is_left(owner: Path) -> bool:
    """Is the folder of this file ours, and does nobody hold it? Raises OSError where that cannot be told, or it is."""
    place = owner.parent.lstat()
    if place.st_uid != os.getuid() or time.time() - place.st_mtime < YOUNG_SECONDS or owner.parent.is_symlink():
        return False
    with owner.open("r+", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return True
