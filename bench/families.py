"""How right the forms are, family by family and layout by layout: ``make bench-families``.

Draws documents of every family of forms and files of many records, reads them, and prints for each family, layout and
level how many records were found, how many are exact, and what was read wrong; then the goals. Exit code 1 when one is
missed. The split "test" is for measuring only: look at the leaves of "tune" with --show.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

from bench.corpus.families.document import forms
from bench.corpus.levels import LEVELS
from bench.corpus.machine import MIXED, SHAKEN
from bench.corpus.spec import SPLITS
from bench.drawn import Wanted, documents, draw
from bench.goals import Goal, any_missed
from bench.measure import loaded, read
from bench.score import Leaf, Verdict, pair, score

LEAF_GOALS = {"digital": 1.0, "scanned": 0.998}
"""Group of levels -> least share of right leaves."""
COLUMNS = (
    ("records", 8), ("found", 6), ("exact", 6), ("accepted", 9), ("leaves", 7), ("wrong", 6), ("silent", 7),
    ("extra", 6), ("pages", 6),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """One declaration: where it stands, on which layout, and how it was read. right_pages: its pages were told."""

    file: str
    family: str
    form: str
    layout: str
    level: str
    verdict: Verdict
    right_pages: bool


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """One document. strangers: records of nothing; failure: how the pipeline raised, or None."""

    wanted: Wanted
    outcomes: tuple[Outcome, ...]
    strangers: tuple[Verdict, ...]
    failure: str | None


def main(arguments: list[str] | None = None) -> int:
    wanted = options(arguments)
    asked = [
        one
        for family in wanted.family
        for one in documents(wanted.split, wanted.level, wanted.start, wanted.count, family)
    ]
    files = measure_all(asked, wanted.workers)
    report(files)
    if wanted.show:
        print(*show(files, wanted.show), sep="\n")
    goals = goals_of(files)
    print(*(goal.line() for goal in goals), sep="\n")
    return int(any_missed(goals))


def options(arguments: list[str] | None) -> argparse.Namespace:
    families = (*forms(), MIXED)
    parser = argparse.ArgumentParser(prog="python -m bench.families", description=__doc__.split("\n\n")[1])
    parser.add_argument(
        "--family", type=lambda names: names.split(","), default=families, help=", ".join((*families, SHAKEN))
    )
    parser.add_argument("--split", choices=SPLITS, default="test")
    parser.add_argument("--count", type=int, default=60, help="documents of each family")
    parser.add_argument("--level", default="digital", help="a level, a group (digital, clean, hard, low) or all")
    parser.add_argument("--start", type=int, default=0, help="index of the first document")
    parser.add_argument("--workers", type=int, default=1, help="processes, of one thread each")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="list the first N wrong leaves")
    return parser.parse_args(arguments)


def measure_all(asked: Sequence[Wanted], workers: int) -> list[FileOutcome]:
    """Given documents, return the outcome of each in order, by as many processes as asked for."""
    if workers < 2:
        return list(watched(map(measure, asked), len(asked)))
    with get_context("spawn").Pool(workers) as pool:
        return list(watched(pool.imap(measure, asked), len(asked)))


def watched(files: Iterable[FileOutcome], total: int) -> Iterator[FileOutcome]:
    for number, one in enumerate(files, 1):
        if number % 10 == 0 or one.failure:
            print(f"{number} of {total} {one.failure or ''}", file=sys.stderr)
        yield one


def measure(wanted: Wanted) -> FileOutcome:
    """Given which document, draw it, read it and compare."""
    drawn = draw(wanted)
    outputs, failure = read(drawn, loaded()[0])
    records = [record.model_dump(mode="json") for record in outputs.records]
    scored, pairs = score(drawn.truths, records), pair(drawn.truths, records)
    outcomes = (
        outcome_of(drawn.file, wanted, truth, verdict, records[pairs[i]] if i in pairs else None)
        for i, (truth, verdict) in enumerate(zip(drawn.truths, scored.verdicts, strict=True))
    )
    return FileOutcome(wanted, tuple(outcomes), scored.invented, failure)


def outcome_of(
    file: str, wanted: Wanted, truth: Mapping[str, Any], verdict: Verdict, record: Mapping[str, Any] | None
) -> Outcome:
    """Given a declaration, its verdict and the record that was paired with it, return its outcome."""
    right_pages = record is not None and record["source"]["pages"] == truth["pages"]
    layout = truth.get("layout", "usual")
    return Outcome(file, wanted.family, truth["form"], layout, wanted.level, verdict, right_pages)


def grouped(files: Iterable[FileOutcome]) -> dict[tuple[str, str, str, str], list[Outcome]]:
    """Return the outcomes by family, form, layout and level; files of many records only by form."""
    groups: dict[tuple[str, str, str, str], list[Outcome]] = {}
    for file in files:
        for one in file.outcomes:
            layout = "" if one.family == MIXED else one.layout
            groups.setdefault((one.family, one.form, layout, one.level), []).append(one)
    return dict(sorted(groups.items()))


def values_of(outcomes: Sequence[Outcome]) -> tuple[int, ...]:
    """Given declarations, return their sums in the order of COLUMNS."""
    verdicts = [one.verdict for one in outcomes]
    leaves = [leaf for verdict in verdicts for leaf in verdict.leaves]
    extra = sum(len(verdict.beyond) + verdict.extra_rows for verdict in verdicts)
    return (
        len(verdicts), sum(verdict.found and verdict.right_form for verdict in verdicts),
        sum(verdict.exact for verdict in verdicts), sum(verdict.accepted for verdict in verdicts), len(leaves),
        sum(not leaf.right for leaf in leaves), sum(leaf.silent for leaf in leaves), extra,
        sum(one.right_pages for one in outcomes),
    )  # fmt: skip


def line_of(name: str, outcomes: Sequence[Outcome]) -> str:
    numbers = zip(values_of(outcomes), COLUMNS, strict=True)
    return f"{name:<56}" + "".join(f"{value:>{width}}" for value, (_, width) in numbers)


def report(files: Sequence[FileOutcome]) -> None:
    """Print the table, what was invented, and what failed."""
    print(f"{'family / layout / level':<56}" + "".join(f"{name:>{width}}" for name, width in COLUMNS))
    for (family, form, layout, level), outcomes in grouped(files).items():
        name = f"{family} {form}" if family == MIXED else f"{family} / {layout}"
        print(line_of(f"{name} / {level}", outcomes))
    print(line_of("ALL", [one for file in files for one in file.outcomes]))
    for file in files:
        for stranger in file.strangers:
            print(f"invented: {name_of(file)} a record of {len(stranger.leaves) + len(stranger.beyond)} leaves")
        if file.failure:
            print(f"failed: {name_of(file)}: {file.failure}")


def name_of(file: FileOutcome) -> str:
    return f"{file.wanted.family} {file.wanted.level} {file.wanted.index}"


def show(files: Iterable[FileOutcome], most: int) -> list[str]:
    """Return a line for each of the first wrong leaves, and for each record that was missed or told on wrong pages."""
    lines: list[str] = []
    for one in (one for file in files for one in file.outcomes):
        place = f"{one.file} {one.form}/{one.layout}"
        if not one.verdict.found:
            lines.append(f"{place}: MISSED")
            continue
        if not one.right_pages:
            lines.append(f"{place}: other pages")
        lines += [f"{place}: {told(leaf)}" for leaf in (*one.verdict.leaves, *one.verdict.beyond) if not leaf.right]
    return lines[:most]


def told(leaf: Leaf) -> str:
    known = "" if leaf.flagged else "  SILENT"
    printed = "" if leaf.text is None else f" print {leaf.text!r}"
    return f"{leaf.path}: want {leaf.want!r} got {leaf.got!r}{printed}{known}"


def goals_of(files: Sequence[FileOutcome]) -> list[Goal]:
    """Return the goals: right leaves of digital and of scanned documents, records found, none invented or merged."""
    goals = []
    for group, bound in LEAF_GOALS.items():
        outcomes = [
            one
            for file in files
            for one in file.outcomes
            if (LEVELS[one.level].group == "digital") == (group == "digital")
        ]
        leaves = [leaf for one in outcomes for leaf in one.verdict.leaves]
        right = sum(leaf.right for leaf in leaves) / len(leaves) if leaves else None
        silent = float(sum(leaf.silent for leaf in leaves)) if leaves else None
        goals += [
            Goal(f"leaf accuracy, {group}", right, bound),
            Goal(f"silent wrong leaves, {group}", silent, 0, at_most=True),
        ]
    mixed = [file for file in files if file.wanted.family == MIXED]
    missed = float(sum(not one.verdict.found for file in mixed for one in file.outcomes)) if mixed else None
    invented = float(sum(len(file.strangers) for file in mixed)) if mixed else None
    return [
        *goals,
        Goal("records missed in files of many", missed, 0, at_most=True),
        Goal("records invented in files of many", invented, 0, at_most=True),
    ]


if __name__ == "__main__":
    sys.exit(main())
