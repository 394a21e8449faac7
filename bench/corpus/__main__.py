"""python -m bench.corpus --split tune --count 20 --level clean --out DIR

Writes DIR/in/ (the documents) and, one JSON object a line, DIR/truth.jsonl (form and data of every declaration, with
its file, level and pages), DIR/boxes.jsonl (where every leaf is printed), DIR/tables.jsonl (the grids of its pages).
With --family the forms named take turns, each in all of its layouts, and the truth names the layout; the family "mixed"
is files of one to twelve declarations.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

from bench.corpus.families.document import forms
from bench.corpus.levels import levels_of
from bench.corpus.machine import MIXED, Sample, make_sample
from bench.corpus.spec import SPLITS
from bench.corpus.truth import Json


def options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.corpus", description=__doc__.split("\n\n")[1])
    parser.add_argument("--split", choices=SPLITS, required=True)
    parser.add_argument("--count", type=int, default=20, help="documents to draw")
    parser.add_argument("--level", default="all", help="a level, a group (digital, clean, hard, low) or all")
    parser.add_argument("--start", type=int, default=0, help="index of the first document")
    parser.add_argument("--family", type=families_of, default=("",), help="forms to draw, with commas between")
    parser.add_argument("--out", type=Path, required=True)
    return parser.parse_args(arguments)


def families_of(names: str) -> tuple[str, ...]:
    """Given names with commas between, return the families. Raises ArgumentTypeError for one that there is not."""
    found = tuple(names.split(","))
    for name in found:
        if name not in (*forms(), MIXED):
            raise argparse.ArgumentTypeError(f"no family {name!r}: choose of {', '.join((*forms(), MIXED))}")
    return found


def samples(split: str, start: int, count: int, level: str, families: tuple[str, ...] = ("",)) -> Iterator[Sample]:
    """Given what to draw, yield the documents; the levels of a group and the families take turns."""
    for number, name in zip(range(start, start + count), islice(cycle(levels_of(level)), count), strict=True):
        index, turn = divmod(number, len(families))
        yield make_sample(split, index, name, families[turn])


def lines_of(sample: Sample) -> Iterator[tuple[str, Json]]:
    """Given a document, yield its lines of truth with the file each belongs to."""
    file = f"in/{sample.name}"
    for number, (truth, boxes) in enumerate(sample.records):
        origin = {"file": file, "record": number, "level": sample.level, "group": sample.group}
        yield "truth.jsonl", {**origin, **truth}
        yield "boxes.jsonl", {"file": file, "record": number, "boxes": boxes}
    for table in sample.tables:
        yield "tables.jsonl", {"file": file, "level": sample.level, **table}


def main(arguments: list[str] | None = None) -> int:
    wanted = options(arguments)
    folder: Path = wanted.out
    (folder / "in").mkdir(parents=True, exist_ok=True)
    names = ("truth.jsonl", "boxes.jsonl", "tables.jsonl")
    files = {name: (folder / name).open("w", encoding="utf-8", newline="\n") for name in names}
    pages = 0
    for sample in samples(wanted.split, wanted.start, wanted.count, wanted.level, wanted.family):
        (folder / "in" / sample.name).write_bytes(sample.content)
        for name, line in lines_of(sample):
            files[name].write(json.dumps(line, ensure_ascii=False) + "\n")
        pages += sample.n_pages
    for file in files.values():
        file.close()
    print(f"{wanted.count} documents, {pages} pages in {folder}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
