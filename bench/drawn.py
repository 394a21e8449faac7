"""Documents of the corpus on disk: drawn once for each state of the corpus machine, kept outside of git."""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from bench.corpus.levels import levels_of
from bench.corpus.machine import Sample, make_sample

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / ".bench"
"""Everything that benchmarks make and git does not keep."""
MACHINE = Path(__file__).resolve().parent / "corpus"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which document: the split, its index and its level. family: empty for the form of Shanghai as it usually is."""

    split: str
    index: int
    level: str
    family: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A document on disk with its truth. truths: one a declaration; tables: lines as in tables.jsonl, every page's."""

    path: Path
    level: str
    group: str
    n_pages: int
    truths: tuple[dict[str, Any], ...]
    tables: tuple[dict[str, Any], ...]

    @property
    def file(self) -> str:
        return self.path.name


def documents(split: str, level: str, start: int, count: int, family: str = "") -> list[Wanted]:
    """Return which documents are asked for; the levels take turns as in python -m bench.corpus."""
    levels = islice(cycle(levels_of(level)), count)
    return [Wanted(split, index, one, family) for index, one in enumerate(levels, start)]


@functools.cache
def machine_state() -> str:
    """Return a short name for what the corpus machine would draw: it changes with its code and its words."""
    digest = hashlib.sha256()
    for path in sorted(path for path in MACHINE.rglob("*") if path.suffix in {".py", ".yaml"}):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def draw(wanted: Wanted) -> Drawn:
    """Given which document, return it, drawn now unless it was before."""
    folder = BENCH / "corpus" / machine_state() / wanted.split
    truth = folder / ("-".join(filter(None, (wanted.family, wanted.level, f"{wanted.index:05d}"))) + ".json")
    if not truth.exists():
        folder.mkdir(parents=True, exist_ok=True)
        keep(make_sample(wanted.split, wanted.index, wanted.level, wanted.family), truth)
    return load(truth)


def keep(sample: Sample, truth: Path) -> None:
    """Given a document, write it beside its truth; the truth last, so that it stands for both."""
    (truth.parent / sample.name).write_bytes(sample.content)
    kept = {
        "file": sample.name, "level": sample.level, "group": sample.group, "n_pages": sample.n_pages,
        "truths": [line for line, _ in sample.records], "tables": sample.tables,
    }  # fmt: skip
    partial = truth.with_suffix(".partial")
    partial.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
    partial.replace(truth)


def load(truth: Path) -> Drawn:
    """Given where the truth of a document was kept, return the document."""
    kept = json.loads(truth.read_text(encoding="utf-8"))
    path = truth.parent / kept["file"]
    return Drawn(
        path, kept["level"], kept["group"], kept["n_pages"], tuple(kept["truths"]), tuple(kept["tables"])
    )  # fmt: skip
