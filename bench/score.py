"""Records against their truth, leaf by leaf.

A leaf is one scalar of ``data`` under its dotted path. Text is equal when it agrees after white space is dropped and
full-width signs are folded to half width; numbers when they are equal as decimals; null equals null only. A wrong leaf
is flagged when an issue of the record names its path or a parent of it, and silent otherwise. The records of a file go
to those truths with which the most leaves agree; a truth without a record has all its leaves wrong and silent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

Json = Mapping[str, Any]

FOLD = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    ord(wide): ord(plain) for wide, plain in zip("　“”‘’—–", " \"\"''--", strict=True)
}
LOW_CONFIDENCE = "low-confidence"
"""The doubt that a threshold raises; every other error sends a record to review whatever the threshold."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value: what is true and what was read. confidence, origin, text: None where the record holds no evidence."""

    path: str
    want: Any
    got: Any
    right: bool
    flagged: bool
    confidence: float | None = None
    origin: str | None = None
    text: str | None = None

    @property
    def silent(self) -> bool:
        return not self.right and not self.flagged


@dataclass(frozen=True, slots=True)
class Verdict:
    """One declaration against the record that was paired with it.

    leaves: those of the truth. beyond: leaves with evidence in rows that the truth does not have; they are wrong.
    extra_rows: indicators read beyond those that there are. found: there is a record. doubted: an error other than low
    confidence. surety: confidence of the least sure value of the record, those that no truth knows included. faulty:
    what is printed breaks a rule of its form, so that a record that says just that has to be reviewed.
    """

    leaves: tuple[Leaf, ...]
    beyond: tuple[Leaf, ...] = ()
    extra_rows: int = 0
    found: bool = False
    right_form: bool = False
    accepted: bool = False
    doubted: bool = False
    surety: float = 1.0
    faulty: bool = False

    @property
    def exact(self) -> bool:
        return self.found and self.right_form and not self.extra_rows and all(leaf.right for leaf in self.leaves)

    @property
    def evidenced(self) -> tuple[Leaf, ...]:
        return tuple(leaf for leaf in (*self.leaves, *self.beyond) if leaf.confidence is not None)

    @property
    def n_wrong(self) -> int:
        """Wrong leaves, those that should not be there included."""
        return sum(not leaf.right for leaf in self.leaves) + len(self.beyond)


@dataclass(frozen=True, slots=True)
class FileScore:
    """verdicts: one a truth, in order; invented: one a record that belongs to no truth, all its leaves ``beyond``."""

    verdicts: tuple[Verdict, ...]
    invented: tuple[Verdict, ...] = ()


def folded(text: str) -> str:
    """Given a text, return it as comparisons see it: no white space, full width folded to half."""
    return re.sub(r"\s+", "", text.translate(FOLD))


def canon(value: Any) -> Decimal | str | None:
    """Given a leaf, return what equality is decided on: a decimal where it reads as one, else folded text."""
    if value is None or value == "":
        return None
    text = folded(str(value))
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


def same(want: Any, got: Any) -> bool:
    return canon(want) == canon(got)


def leaves_of(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Given nested data, yield (dotted path, scalar) in order."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from leaves_of(value, f"{path}.{key}" if path else key)
    elif isinstance(node, list | tuple):
        for index, value in enumerate(node):
            yield from leaves_of(value, f"{path}[{index}]")
    else:
        yield path, node


def is_flagged(path: str, named: Sequence[str]) -> bool:
    """Given a leaf's path and the paths that issues name, say whether one of them is it or a parent of it."""
    return any(path == name or path.startswith((f"{name}.", f"{name}[")) for name in named)


def leaf_of(path: str, want: Any, got: Any, right: bool, record: Json) -> Leaf:
    """Given a leaf and its record, return it with what the record says about it."""
    named = [issue["path"] for issue in record["issues"] if issue["path"]]
    proof: Json = record["evidence"].get(path, {})
    known = proof.get("confidence"), proof.get("origin"), proof.get("text")
    return Leaf(path, want, got, right, is_flagged(path, named), *known)


def missed(truth: Json) -> Verdict:
    """Given a truth that no record stands for, return its verdict: every leaf wrong and silent."""
    leaves = tuple(Leaf(path, want, None, False, False) for path, want in leaves_of(truth["data"]))
    return Verdict(leaves, faulty=truth.get("faulty", False))


def judge(truth: Json, record: Json) -> Verdict:
    """Given a truth and the record paired with it, return the verdict."""
    wants, gots = dict(leaves_of(truth["data"])), dict(leaves_of(record["data"]))
    leaves = tuple(
        leaf_of(path, want, gots.get(path), same(want, gots.get(path)), record) for path, want in wants.items()
    )
    rows, true_rows = (len(one["data"].get("indicators") or []) for one in (record, truth))
    return Verdict(
        leaves=leaves,
        beyond=beyond(record, wants),
        extra_rows=max(0, rows - true_rows),
        found=True,
        right_form=record["form"] == truth["form"],
        accepted=record["status"] == "accepted",
        doubted=is_doubted(record),
        surety=surety_of(record),
        faulty=truth.get("faulty", False),
    )


def beyond(record: Json, wants: Mapping[str, Any]) -> tuple[Leaf, ...]:
    """Given a record and the leaves of its truth, return the leaves of rows that are not there.

    Leaves outside of rows, such as the title, are what the truth says nothing about.
    """
    return tuple(
        leaf_of(path, None, got, False, record)
        for path, got in leaves_of(record["data"])
        if "[" in path and path not in wants and got is not None and path in record["evidence"]
    )


def is_doubted(record: Json) -> bool:
    return any(issue["severity"] == "error" and issue["code"] != LOW_CONFIDENCE for issue in record["issues"])


def invention(record: Json) -> Verdict:
    """Given a record of nothing, return its verdict."""
    leaves = tuple(
        leaf_of(path, None, got, False, record)
        for path, got in leaves_of(record["data"])
        if got is not None and path in record["evidence"]
    )
    accepted = record["status"] == "accepted"
    return Verdict((), leaves, 0, True, False, accepted, is_doubted(record), surety_of(record))


def surety_of(record: Json) -> float:
    """Given a record, return the confidence of its least sure value; 1 where nothing was read."""
    return min((proof["confidence"] for proof in record["evidence"].values()), default=1.0)


def agreement(truth: Json, record: Json) -> int:
    """Given a truth and a record, return how many leaves agree."""
    gots = dict(leaves_of(record["data"]))
    return sum(same(want, gots.get(path)) for path, want in leaves_of(truth["data"]))


def pair(truths: Sequence[Json], records: Sequence[Json]) -> dict[int, int]:
    """Given the truths and records of a file, return for each truth that has one its record; those most alike first."""
    alike = [(-agreement(truth, record), i, j) for i, truth in enumerate(truths) for j, record in enumerate(records)]
    pairs: dict[int, int] = {}
    for negative, i, j in sorted(alike):
        if negative and i not in pairs and j not in pairs.values():
            pairs[i] = j
    return pairs


def score(truths: Sequence[Json], records: Sequence[Json]) -> FileScore:
    """Given the truths and the records of one file, return the verdict on each. A truth may be marked ``faulty``."""
    pairs = pair(truths, records)
    verdicts = (judge(t, records[pairs[i]]) if i in pairs else missed(t) for i, t in enumerate(truths))
    strangers = (record for j, record in enumerate(records) if j not in pairs.values())
    return FileScore(tuple(verdicts), tuple(invention(record) for record in strangers))
