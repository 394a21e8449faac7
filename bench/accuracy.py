"""How right our readings are, and whether we know when they are not: ``make bench-accuracy``.

Draws documents of the corpus, reads them, and prints a line for each level and group, what confidence is worth, and the
goals; writes results.json, wrong.jsonl (a line a wrong leaf), leaves.jsonl (a line a leaf that was read),
records.jsonl (a line a record) and curve.png. Exit code 1 when a goal is missed. The split "test" is for measuring
only: look at the leaves of "tune".
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from bench.corpus.spec import SPLITS
from bench.curve import Point, calibration_error, curve, leaves_sent, paint, records_sent, reliability, sure_of, table
from bench.drawn import BENCH, Wanted, documents
from bench.goals import Goal, any_missed
from bench.measure import Measured, measure
from bench.results import RESULTS, command_of, machine_line, record
from bench.score import Leaf, Verdict
from bench.summary import Summary, header, markdown, summarise, summary_line

GROUPS = ("digital", "clean", "hard", "low")
LEAF_GOALS = {"clean": (0.999, 0.0), "hard": (0.995, 1 / 5000), "low": (0.98, 1 / 2000)}
"""Group -> least share of right leaves, largest share of silently wrong ones."""
ACCEPTED_GOAL, TEDS_GOAL, ECE_GOAL, RATIO_GOAL = 0.9, 0.99, 0.03, 1.5
WRONG_ACCEPTED_GOAL = 1 / 10_000
"""Wrong leaves among those of accepted records."""
PICTURE = "curve.png"
NOTES = """\
A wrong leaf is silent when no issue of the record names it or a parent of it. "acc.wrong": accepted records with
anything wrong in them. "faulty": declarations whose print itself breaks a rule of the form, such as a sum, so that they
have to be reviewed. "grid ex.", "cell ex.": shares of tables with every cell in its place, and of cells with place,
spans and text right. "extra t.": tables read that are not there. "s/page": CPU seconds, of which "recog." inside the
recogniser."""


def main(arguments: list[str] | None = None) -> int:
    wanted = options(arguments)
    out: Path = wanted.out or BENCH / "accuracy" / f"{wanted.split}-{wanted.level}-{wanted.start}-{wanted.count}"
    out.mkdir(parents=True, exist_ok=True)
    measured = measure_all(documents(wanted.split, wanted.level, wanted.start, wanted.count), wanted.workers)
    goals = goals_of(measured)
    write(measured, goals, out)
    report(measured, goals)
    print(f"written: {out}")
    if wanted.record:
        shutil.copyfile(out / PICTURE, RESULTS.with_name(PICTURE))
        record("accuracy", results_text(measured, goals))
    return int(any_missed(goals))


def options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.accuracy", description=__doc__.split("\n\n")[1])
    parser.add_argument("--split", choices=SPLITS, default="test")
    parser.add_argument("--count", type=int, default=190, help="documents; 190 are ten of each level, some 280 pages")
    parser.add_argument("--level", default="all", help="a level, a group (digital, clean, hard, low) or all")
    parser.add_argument("--start", type=int, default=0, help="index of the first document")
    parser.add_argument("--workers", type=int, default=1, help="processes, of one thread each")
    parser.add_argument("--out", type=Path, help="folder for what is written; by default one in .bench/accuracy")
    parser.add_argument(
        "--record", action="store_true", help="write the numbers and the picture beside bench/RESULTS.md"
    )
    return parser.parse_args(arguments)


def measure_all(wanted: Sequence[Wanted], workers: int) -> list[Measured]:
    """Given documents, return the measure of each in order, by as many processes as asked for."""
    if workers < 2:
        return list(watched(map(measure, wanted), len(wanted)))
    with get_context("spawn").Pool(workers) as pool:
        return list(watched(pool.imap(measure, wanted), len(wanted)))


def watched(measured: Iterable[Measured], total: int) -> Iterator[Measured]:
    """Pass on what was measured, and tell on stderr how far it is."""
    for number, one in enumerate(measured, 1):
        print(f"{number} of {total}: {one.file}{'  ' + one.failure if one.failure else ''}", file=sys.stderr)
        yield one


def verdicts_of(measured: Iterable[Measured]) -> list[Verdict]:
    """Given documents, return the verdicts on their declarations, and on records of nothing."""
    return [verdict for one in measured for verdict in (*one.score.verdicts, *one.score.invented)]


def summaries(measured: Sequence[Measured]) -> dict[str, Summary]:
    """Given documents, return a summary for each level, each group and all, in this order; names are in capitals for
    groups."""
    parts: dict[str, list[Measured]] = {}
    for one in measured:
        parts.setdefault(one.level, []).append(one)
    for group in GROUPS:
        parts[group.upper()] = [one for one in measured if one.group == group]
    parts["ALL"] = list(measured)
    return {name: summarise(part) for name, part in parts.items() if part}


def goals_of(measured: Sequence[Measured]) -> list[Goal]:
    """Given documents, return the goals; those of a group without pages are unknown."""
    found = summaries(measured)
    goals = [goal for group, bounds in LEAF_GOALS.items() for goal in leaf_goals(group, bounds, found)]
    all_of, clean = found["ALL"], found.get("CLEAN")
    sure = sure_of(verdicts_of(measured))
    return [
        *goals,
        Goal("TEDS over all", all_of.teds, TEDS_GOAL),
        Goal("records accepted without review, CLEAN", clean.accepted_share if clean else None, ACCEPTED_GOAL),
        Goal("the same, of those whose print breaks no rule", clean.acceptable_share if clean else None, ACCEPTED_GOAL),
        Goal("wrong leaves a leaf of accepted records", all_of.wrong_accepted_share, WRONG_ACCEPTED_GOAL, at_most=True),
        Goal("calibration error", calibration_error(sure), ECE_GOAL, at_most=True),
        Goal("our CPU time to the bare recogniser's", recogniser_ratio(measured), RATIO_GOAL, "x", at_most=True),
    ]


def leaf_goals(group: str, bounds: tuple[float, float], found: Mapping[str, Summary]) -> list[Goal]:
    """Given a group and its bounds, return its two goals."""
    summary = found.get(group.upper())
    return [
        Goal(f"leaf accuracy, {group.upper()}", summary.leaf_accuracy if summary else None, bounds[0]),
        Goal(
            f"silent wrong leaves a leaf, {group.upper()}",
            summary.silent_share if summary else None,
            bounds[1],
            at_most=True,
        ),
    ]


def recogniser_ratio(measured: Iterable[Measured]) -> float | None:
    """Return our CPU time over what the bare recogniser takes for the same lines, on pages that were scanned."""
    scanned = [one for one in measured if one.group != "digital"]
    bare = sum(one.bare for one in scanned)
    return sum(one.seconds for one in scanned) / bare if bare else None


def report(measured: Sequence[Measured], goals: Sequence[Goal]) -> None:
    """Print everything that a person reads."""
    print(header())
    for name, summary in summaries(measured).items():
        print(summary_line(name, summary))
    verdicts = verdicts_of(measured)
    print("\nconfidence of leaves with evidence, by bin: lower edge, leaves, mean confidence, share right")
    for low, count, mean, share in reliability(sure_of(verdicts)):
        print(f"  {low:.3f} {count:>8} {mean:.5f} {share:.5f}")
    print("\nwhat a threshold sends to review, and the wrong leaves that stay among the accepted")
    print(*table(verdicts), sep="\n")
    failures = [f"{one.file}: {one.failure}" for one in measured if one.failure]
    print(*(["\ndocuments that failed", *failures] if failures else []), sep="\n")
    print(*(goal.line() for goal in goals), sep="\n")


def results_text(measured: Sequence[Measured], goals: Sequence[Goal]) -> str:
    """Return the section of bench/RESULTS.md."""
    pages = sum(one.n_pages for one in measured)
    curves = ["```", *table(verdicts_of(measured)), "```"]
    parts = [
        [f"Made by `{command_of('bench.accuracy')}` on {pages} pages; {machine_line()}.", "", NOTES],
        markdown(summaries(measured)),
        [f"- {goal.line()}" for goal in goals],
        ["What a threshold sends to review, and the wrong leaves that stay among the accepted:", "", *curves],
        [f"![share sent to review against wrong leaves left; confidence against truth]({PICTURE})"],
    ]
    return "\n\n".join("\n".join(part) for part in parts)


def write(measured: Sequence[Measured], goals: Sequence[Goal], out: Path) -> None:
    """Write the results of a run into a folder."""
    verdicts = verdicts_of(measured)
    numbers = {
        "summaries": {name: asdict(summary) for name, summary in summaries(measured).items()},
        "goals": [asdict(goal) | {"verdict": goal.verdict} for goal in goals],
        "curve": {"leaves": points(curve(leaves_sent(verdicts))), "records": points(curve(records_sent(verdicts)))},
        "failures": {one.file: one.failure for one in measured if one.failure},
    }
    (out / "results.json").write_text(json.dumps(numbers, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    write_lines(out / "wrong.jsonl", leaf_lines(measured, lambda leaf: not leaf.right))
    write_lines(out / "leaves.jsonl", leaf_lines(measured, lambda leaf: leaf.confidence is not None))
    write_lines(out / "records.jsonl", record_lines(measured))
    paint(verdicts, out / PICTURE)


def points(found: Iterable[Point]) -> list[dict[str, Any]]:
    return [asdict(point) for point in found]


def write_lines(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    text = "".join(json.dumps(line, ensure_ascii=False, default=str) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8")


def places(measured: Iterable[Measured]) -> Iterator[tuple[dict[str, Any], Verdict]]:
    """Yield every verdict with where it belongs; record: number of the declaration, None for a record of nothing."""
    for one in measured:
        place = {"file": one.file, "level": one.level, "group": one.group}
        for number, verdict in enumerate(one.score.verdicts):
            yield {**place, "record": number}, verdict
        for verdict in one.score.invented:
            yield {**place, "record": None}, verdict


def leaf_lines(measured: Iterable[Measured], chosen: Callable[[Leaf], bool]) -> Iterator[dict[str, Any]]:
    """Yield a line for each leaf that is chosen."""
    for place, verdict in places(measured):
        for leaf in filter(chosen, (*verdict.leaves, *verdict.beyond)):
            yield {**place, "accepted": verdict.accepted, **asdict(leaf)}


def record_lines(measured: Iterable[Measured]) -> Iterator[dict[str, Any]]:
    """Yield a line for each declaration, and for each record of nothing."""
    for place, verdict in places(measured):
        told = {name: getattr(verdict, name) for name in ("found", "exact", "accepted", "doubted", "surety", "n_wrong")}
        yield {**place, **told, "n_leaves": len(verdict.leaves)}


if __name__ == "__main__":
    sys.exit(main())
