"""Our tables beside those of other readers, on the same pictures of pages: ``make bench-peers``.

Draws documents of the corpus, writes their pages as pictures, has each reader read them in a process of its own, and
prints one table: level x reader -> TEDS, TEDS-structure, share of cells that are exact, CPU seconds a page. With
--record the table goes into bench/RESULTS.md. Exit code 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.corpus.spec import SPLITS
from bench.drawn import BENCH, documents, draw
from bench.goals import Goal, any_missed
from bench.likeness import Likeness, compare_tables
from bench.peers.pages import PagePicture, pages_of
from bench.peers.systems import OURS, SYSTEMS, System, read_pages
from bench.results import command_of, machine_line, record
from bench.tables import grids_of_html, lines_right

SPEED_GOAL = 5.0  # times less CPU than the peer with the best TEDS
NOTES = """\
Every reader gets the same PNG pictures of single pages (PDF pages drawn at 200 dpi, pictures as they are) and runs in a
process of its own on one thread; the seconds are CPU seconds a page, ours with the records that no other reader gives.
TEDS and TEDS-structure are means over the true tables: one that was not found scores 0, one too many costs nothing.
"Cells" is the share of true cells at the same place with the same spans and text; for text only, the share of cells
with text whose every line was read as a line of its own. The level "digital" is drawn like any other page, without its
text layer."""


@dataclass(frozen=True, slots=True)
class PageScore:
    """What one reader made of one page. cells_right of n_cells; error: why the reader gave up, or None."""

    level: str
    group: str
    likeness: Likeness
    cells_right: int
    n_cells: int
    seconds: float
    error: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """One reader on some pages. teds, structure: None for a reader that knows no tables."""

    pages: int
    teds: float | None
    structure: float | None
    cells: float
    seconds: float

    def cells_of_table(self) -> list[str]:
        return [*("–" if v is None else f"{v:.3f}" for v in (self.teds, self.structure, self.cells)),
                f"{self.seconds:.2f}"]  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    wanted = options(arguments)
    out: Path = wanted.out or BENCH / "peers" / f"{wanted.split}-{wanted.level}-{wanted.start}-{wanted.count}"
    chosen = documents(wanted.split, wanted.level, wanted.start, wanted.count)
    pages = [page for document in chosen for page in pages_of(draw(document), out / "pages")]
    chosen = [system for system in SYSTEMS if system.key in wanted.systems]
    scores = {system: score_system(system, pages, out, wanted.resume) for system in chosen}
    rows = {system: rows_of(system, found) for system, found in scores.items()}
    goals = goals_of(rows)
    lines = [*table_lines(rows), "", *failure_lines(scores), *(goal.line() for goal in goals)]
    print(*lines, sep="\n")
    if wanted.record:
        record("peers", results_text(rows, scores, goals, len(pages)))
    return int(any_missed(goals))


def options(arguments: list[str] | None) -> argparse.Namespace:
    keys = [system.key for system in SYSTEMS]
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__.split("\n\n")[1])
    parser.add_argument("--split", choices=SPLITS, default="test")
    parser.add_argument("--count", type=int, default=57, help="documents; 57 are three of each level, some 85 pages")
    parser.add_argument("--level", default="all", help="a level, a group (digital, clean, hard, low) or all")
    parser.add_argument("--start", type=int, default=0, help="index of the first document")
    parser.add_argument("--systems", nargs="+", choices=keys, default=keys, help="readers to compare")
    parser.add_argument("--out", type=Path, help="folder for what is written; by default one in .bench/peers")
    parser.add_argument("--resume", action="store_true", help="keep the pages that a run before this one has read")
    parser.add_argument("--record", action="store_true", help="write the table into bench/RESULTS.md")
    return parser.parse_args(arguments)


def score_system(system: System, pages: Sequence[PagePicture], out: Path, resume: bool) -> list[PageScore]:
    """Given a reader and pages, have it read them and return a score for each."""
    readings, job = out / f"{system.key}.jsonl", out / f"{system.key}.job"
    if not resume:
        readings.unlink(missing_ok=True)
    left = [page for page in pages if str(page.path) not in load(readings)]
    if left:
        job.write_text("".join(f"{page.path}\n" for page in left), encoding="utf-8")
        read_pages(system, job, readings)
    done = load(readings)
    return [score_page(system, page, done[str(page.path)]) for page in pages]


def load(readings: Path) -> dict[str, dict[str, Any]]:
    """Given a file of readings, return them by picture."""
    if not readings.exists():
        return {}
    lines = map(json.loads, readings.read_text(encoding="utf-8").splitlines())
    return {line["picture"]: line for line in lines}


def score_page(system: System, page: PagePicture, reading: Mapping[str, Any]) -> PageScore:
    """Given what a reader read on a page, return its score."""
    grids = [grid for html in reading["tables"] for grid in grids_of_html(html)]
    likeness = compare_tables(page.tables, {page.number: grids}, (page.number,))
    right = sum(table.cells_right for table in likeness.tables)
    total = sum(table.n_cells for table in likeness.tables)
    if not system.knows_tables:
        right, total = lines_right(page.tables, reading["lines"])
    return PageScore(page.level, page.group, likeness, right, total, reading["seconds"], reading["error"])


def rows_of(system: System, scores: Sequence[PageScore]) -> dict[str, Row]:
    """Given the scores of a reader, return a row for each level and for all."""
    levels = dict.fromkeys(score.level for score in scores)
    rows = {level: row_of(system, [score for score in scores if score.level == level]) for level in levels}
    return {**rows, "ALL": row_of(system, scores)}


def row_of(system: System, scores: Sequence[PageScore]) -> Row:
    tables = [table for score in scores for table in score.likeness.tables]
    whole = max(len(tables), 1)
    return Row(
        len(scores),
        sum(table.teds for table in tables) / whole if system.knows_tables else None,
        sum(table.structure for table in tables) / whole if system.knows_tables else None,
        sum(score.cells_right for score in scores) / max(sum(score.n_cells for score in scores), 1),
        sum(score.seconds for score in scores) / len(scores),
    )


def goals_of(rows: Mapping[System, Mapping[str, Row]]) -> list[Goal]:
    """Given the rows, return our goals against the peers; none without us or without a peer that knows tables."""
    peers = {system: of for system, of in rows.items() if system.knows_tables and system != OURS}
    if OURS not in rows or not peers:
        return []
    ours = rows[OURS]
    best = max(peers, key=lambda system: peers[system]["ALL"].teds or 0.0)
    lead = min(
        (row.teds or 0.0) - max(peer[level].teds or 0.0 for peer in peers.values()) for level, row in ours.items()
    )
    return [
        Goal("our TEDS less the best peer's, on the level where we lead least", lead, 0.0),
        Goal(f"CPU time of the best peer, {best.title}, to ours", peers[best]["ALL"].seconds / ours["ALL"].seconds,
             SPEED_GOAL, "x"),
    ]  # fmt: skip


def table_lines(rows: Mapping[System, Mapping[str, Row]]) -> list[str]:
    """Given the rows, return the table as Markdown: a line for each level and reader."""
    lines = ["| level | pages | reader | TEDS | TEDS-structure | cells | s/page |", "|---|--:|---|--:|--:|--:|--:|"]
    for level in next(iter(rows.values())):
        for number, (system, of) in enumerate(rows.items()):
            first = [level, str(of[level].pages)] if number == 0 else ["", ""]
            lines.append(f"| {' | '.join([*first, system.title, *of[level].cells_of_table()])} |")
    return lines


def failure_lines(scores: Mapping[System, Sequence[PageScore]]) -> list[str]:
    """Return how often each reader gave up on a page, and its first reason."""
    lines = []
    for system, found in scores.items():
        errors = [score.error for score in found if score.error]
        empty = sum(not table.found for score in found for table in score.likeness.tables)
        if system.knows_tables and (errors or empty):
            why = f"; it failed on {len(errors)} pages, first with {shortened(errors[0])}" if errors else ""
            lines.append(f"{system.title}: {empty} tables not found{why}")
    return [*lines, ""] if lines else []


def shortened(message: str) -> str:
    """Given an error's message, return it in one line that fits a report."""
    return textwrap.shorten(message, 120, placeholder=" …")


def results_text(
    rows: Mapping[System, Mapping[str, Row]], scores: Mapping[System, Sequence[PageScore]], goals: Sequence[Goal],
    n_pages: int,
) -> str:  # fmt: skip
    """Return the section of bench/RESULTS.md."""
    parts = [
        f"Made by `{command_of('bench.peers')}` on {n_pages} pages; {machine_line()}.",
        NOTES, "\n".join(table_lines(rows)), "\n".join(f"- {line}" for line in failure_lines(scores) if line),
        "\n".join(f"- {goal.line()}" for goal in goals),
    ]  # fmt: skip
    return "\n\n".join(filter(None, parts))


if __name__ == "__main__":
    sys.exit(main())
