"""What a library of C says to the standard error and to nobody else."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

STDERR = 2
"""The file that libraries of C write to."""


@contextmanager
def complaints() -> Iterator[list[bytes]]:
    """Return a context that holds back what is written to the standard error within it, and the list of its lines,
    filled on leaving. A process without a standard error has nothing to hold back."""
    said: list[bytes] = []
    try:
        kept = os.dup(STDERR)
    except OSError:
        yield said
        return
    with tempfile.TemporaryFile() as told:
        os.dup2(told.fileno(), STDERR)
        try:
            yield said
        finally:
            os.dup2(kept, STDERR)
            os.close(kept)
            told.seek(0)
            said.extend(told.read().splitlines())
