"""What comes of reading one cell: values under their paths with evidence, and doubts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pipeline.errors import IssueCode
from pipeline.forms.prints import Print
from pipeline.model import Evidence, Issue, Origin

QUOTED = 40
"""Characters of a print that a message shows; the rest stands in the evidence."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value under its dotted path. Without print behind it, it has no evidence."""

    path: str
    value: Any
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Readout:
    """Values in the order of the output, and the doubts about them."""

    values: tuple[Value, ...] = ()
    issues: tuple[Issue, ...] = ()

    def __add__(self, other: Readout) -> Readout:
        return Readout((*self.values, *other.values), (*self.issues, *other.issues))


def joined(readouts: Iterable[Readout]) -> Readout:
    """Given readouts in order, return them as one."""
    parts = tuple(readouts)
    return Readout(tuple(v for part in parts for v in part.values), tuple(i for part in parts for i in part.issues))


def found(path: str, value: Any, print_: Print, origin: Origin | None = None) -> Readout:
    """A value read from this print."""
    return Readout((Value(path, value, print_.evidence(origin)),))


def absent(path: str) -> Readout:
    """The place is there and says nothing."""
    return Readout((Value(path, None),))


def doubted(readout: Readout, *issues: Issue) -> Readout:
    """The same values with further doubts."""
    return Readout(readout.values, (*readout.issues, *issues))


def quoted(text: str) -> str:
    """Given a print, return it for a message: on one line, a long one cut short."""
    line = " ".join(text.split())
    return f"'{line}'" if len(line) <= QUOTED else f"'{line[: QUOTED - 1]}…'"


def unreadable(path: str, print_: Print, what: str) -> Readout:
    """Something is printed that is not what the place asks for: no value, and the print as candidate."""
    message = f"{quoted(print_.verbatim)} is not {what}: enter it by hand"
    return doubted(absent(path), Issue(IssueCode.BAD_VALUE, "error", path, message, (print_.verbatim,)))
