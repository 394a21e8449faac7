"""Leaf: the error tree, exit codes and the codes of issues.

ShenbaoError                     exit 1   could not run at all
├── UsageError                   exit 2   wrong usage: a missing path, an unknown form, a bad option
│   └── ConfigError              exit 2   a settings or form file that says something unknown
├── InputError                   exit 3   one input cannot be read; the rest of the run goes on
│   ├── EmptyFile                         "empty-file"
│   ├── UnsupportedFormat                 "unsupported-format"
│   ├── EncryptedFile                     "encrypted"
│   ├── DamagedFile                       "damaged"
│   ├── NoPages                           "no-pages"
│   ├── UnreadableFile                    "unreadable" (the file system refused it)
│   └── LimitExceeded            rejected "too-large", "too-many-pages", "page-too-large"
└── PolicyError                  exit 4   refused: the job folder is held by another run

Every message says what happened and what to do next.
"""

from __future__ import annotations

import errno
from enum import StrEnum
from typing import ClassVar, Literal

EXIT_OK, EXIT_ERROR, EXIT_USAGE, EXIT_UNFINISHED, EXIT_REFUSED, EXIT_INTERRUPTED = 0, 1, 2, 3, 4, 130

DocumentStatus = Literal["ok", "review", "failed", "rejected", "timeout", "crashed"]


class ShenbaoError(Exception):
    """Root of every error that this program raises on purpose."""

    exit_code: ClassVar[int] = EXIT_ERROR


class UsageError(ShenbaoError):
    exit_code = EXIT_USAGE


class ConfigError(UsageError):
    """A settings or form file is wrong; the message names file, key and what to write instead."""


class PolicyError(ShenbaoError):
    exit_code = EXIT_REFUSED


class InputError(ShenbaoError):
    """One input cannot be read. ``reason`` is the stable code that documents.jsonl carries."""

    exit_code = EXIT_UNFINISHED
    reason: str = "failed"
    status: ClassVar[DocumentStatus] = "failed"

    def __init__(self, message: str, reason: str | None = None) -> None:
        super().__init__(message)
        if reason is not None:
            self.reason = reason


class EmptyFile(InputError):
    reason = "empty-file"


class UnsupportedFormat(InputError):
    reason = "unsupported-format"


class EncryptedFile(InputError):
    reason = "encrypted"


class DamagedFile(InputError):
    reason = "damaged"


class NoPages(InputError):
    reason = "no-pages"


class UnreadableFile(InputError):
    reason = "unreadable"


class LimitExceeded(InputError):
    reason = "too-large"
    status = "rejected"


MACHINE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO})
"""No room for a temporary file, or a disk that fails."""


def is_of_the_machine(error: BaseException) -> bool:
    """Given an error, return whether the machine and not the document is to blame: then it may go well another time."""
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno in MACHINE)


def page_fault(error: Exception) -> str:
    """Given what a page raised, return it in words; what this program did not raise itself is its own fault."""
    known = isinstance(error, InputError)
    return str(error) if known else f"{type(error).__name__}: {error}; report this with the file"


class IssueCode(StrEnum):
    """Stable codes of what can be wrong with a value, a record or a page."""

    LOW_CONFIDENCE = "low-confidence"
    MISSING = "missing-field"
    BAD_VALUE = "bad-value"
    SUM_MISMATCH = "sum-mismatch"
    ORDER = "order"
    UNUSED_CELL = "unused-cell"
    LAYOUT_DRIFT = "layout-drift"
    INFERRED = "inferred"
    CORRECTED = "corrected"
    PAGE_FAILED = "page-failed"
    AMBIGUOUS_FORM = "ambiguous-form"
    NO_INDICATORS = "no-indicators"
    GRID_REPAIRED = "grid-repaired"
    LAYER_DOUBTED = "layer-doubted"
    ACTIVE_CONTENT = "active-content"
    DRAWN_COARSER = "drawn-coarser"
    LAID_ASIDE = "laid-aside"
