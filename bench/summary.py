"""Sums over documents, and the line of the printed table that shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.measure import Measured
from bench.score import Verdict


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts and means over some documents. wrong_accepted: wrong leaves in accepted records, of which there are
    accepted_leaves; accepted_wrong: accepted records with something wrong in them; faulty: declarations whose print
    breaks a rule; seconds: CPU, a page.

    A mean over nothing is None.
    """

    documents: int
    pages: int
    leaves: int
    right: int
    silent: int
    records: int
    exact: int
    faulty: int
    accepted: int
    accepted_wrong: int
    accepted_leaves: int
    wrong_accepted: int
    missed: int
    invented: int
    tables: int
    grids_exact: int
    cells: int
    cells_right: int
    extra_tables: int
    teds: float | None
    structure: float | None
    seconds: float
    recogniser: float

    @property
    def leaf_accuracy(self) -> float | None:
        return share(self.right, self.leaves)

    @property
    def silent_share(self) -> float | None:
        return share(self.silent, self.leaves)

    @property
    def accepted_share(self) -> float | None:
        return share(self.accepted, self.records)

    @property
    def acceptable_share(self) -> float | None:
        """Accepted records by those whose print breaks no rule."""
        return share(self.accepted, self.records - self.faulty)

    @property
    def wrong_accepted_share(self) -> float | None:
        return share(self.wrong_accepted, self.accepted_leaves)


def share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def summarise(measured: Sequence[Measured]) -> Summary:
    """Given documents, return their sums and means."""
    verdicts = [verdict for one in measured for verdict in one.score.verdicts]
    invented = [verdict for one in measured for verdict in one.score.invented]
    leaves = [leaf for verdict in verdicts for leaf in verdict.leaves]
    accepted = [verdict for verdict in (*verdicts, *invented) if verdict.accepted]
    tables = [table for one in measured for table in one.likeness.tables]
    pages = sum(one.n_pages for one in measured)
    return Summary(
        documents=len(measured),
        pages=pages,
        leaves=len(leaves),
        right=sum(leaf.right for leaf in leaves),
        silent=sum(leaf.silent for leaf in leaves),
        records=len(verdicts),
        exact=sum(verdict.exact for verdict in verdicts),
        faulty=sum(verdict.faulty for verdict in verdicts),
        accepted=sum(verdict.accepted for verdict in verdicts),
        accepted_wrong=sum(map(is_wrong, accepted)),
        accepted_leaves=sum(len(verdict.leaves) + len(verdict.beyond) for verdict in accepted),
        wrong_accepted=sum(verdict.n_wrong for verdict in accepted),
        missed=sum(not verdict.found for verdict in verdicts),
        invented=len(invented),
        tables=len(tables),
        grids_exact=sum(table.exact for table in tables),
        cells=sum(table.n_cells for table in tables),
        cells_right=sum(table.cells_right for table in tables),
        extra_tables=sum(one.likeness.extra for one in measured),
        teds=share(sum(table.teds for table in tables), len(tables)),
        structure=share(sum(table.structure for table in tables), len(tables)),
        seconds=sum(one.seconds for one in measured) / pages,
        recogniser=sum(one.recogniser for one in measured) / pages,
    )


def is_wrong(verdict: Verdict) -> bool:
    """Say whether a record holds anything wrong: a leaf, a row too many, or all of it."""
    return bool(verdict.n_wrong or verdict.extra_rows or not verdict.leaves)


COLUMNS = (
    ("pages", 6), ("leaves", 7), ("leaf acc", 9), ("wrong", 6), ("silent", 7), ("records", 8), ("exact", 6),
    ("faulty", 7), ("accepted", 9), ("acc.wrong", 10), ("missed", 7), ("invented", 9), ("grid ex.", 9), ("cell ex.", 9),
    ("extra t.", 9), ("TEDS", 8), ("TEDS-S", 8), ("s/page", 7), ("recog.", 7),
)  # fmt: skip


def header() -> str:
    return f"{'level':<9}" + "".join(f"{name:>{width}}" for name, width in COLUMNS)


def summary_line(name: str, one: Summary) -> str:
    """Given a name and a summary, return the line of the printed table."""
    return f"{name:<9}" + "".join(f"{v:>{width}}" for v, (_, width) in zip(values_of(one), COLUMNS, strict=True))


def markdown(summaries: Mapping[str, Summary]) -> list[str]:
    """Given summaries by name, return the same table as lines of Markdown."""
    rows = [["level", *(name for name, _ in COLUMNS)], ["---", *("--:" for _ in COLUMNS)]]
    rows += [[name, *map(str, values_of(one))] for name, one in summaries.items()]
    return [f"| {' | '.join(row)} |" for row in rows]


def values_of(one: Summary) -> tuple[int | str, ...]:
    """Given a summary, return its columns in the order of COLUMNS."""
    return (
        one.pages, one.leaves, decimals(one.leaf_accuracy, 5), one.leaves - one.right, one.silent, one.records,
        one.exact, one.faulty, one.accepted, one.accepted_wrong, one.missed, one.invented,
        decimals(share(one.grids_exact, one.tables), 4), decimals(share(one.cells_right, one.cells), 4),
        one.extra_tables, decimals(one.teds, 4), decimals(one.structure, 4), decimals(one.seconds, 2),
        decimals(one.recogniser, 2),
    )  # fmt: skip


def decimals(value: float | None, places: int) -> str:
    return "-" if value is None else f"{value:.{places}f}"
