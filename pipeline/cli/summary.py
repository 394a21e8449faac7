"""What a run says at its end: a table of the files, the totals, and for programs one object."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from pipeline.batch.findings import Drift
from pipeline.batch.listen import Ended
from pipeline.cli.progress import status_of, totals
from pipeline.cli.words import count_of, printable
from pipeline.errors import EXIT_INTERRUPTED, EXIT_OK, EXIT_UNFINISHED

MAX_WORDS = 5
"""Words of unknown layouts that are shown, the most frequent first."""
MAX_ROWS = 40
"""Above this many files the table names only those that need somebody; a longer table is not read but scrolled past."""


def exit_code(ends: Sequence[Ended], interrupted: bool) -> int:
    if interrupted:
        return EXIT_INTERRUPTED
    return EXIT_OK if all(ended.status == "ok" for ended in ends) else EXIT_UNFINISHED


def print_summary(console: Console, ends: Sequence[Ended], out: Path, drift: Drift) -> None:
    """Print the table of files and the totals."""
    rows = sorted(ends, key=lambda ended: ended.file)
    if len(rows) > MAX_ROWS:
        rows = [ended for ended in rows if ended.status != "ok"]
    if rows:
        console.print(_table(rows[:MAX_ROWS]))
    if len(rows) > MAX_ROWS:
        console.print(f"and {count_of(len(rows) - MAX_ROWS, 'more file')}: see {printable(str(out))}/documents.jsonl")
    for line in total_lines(ends, out, drift):
        console.print(line, soft_wrap=True)


def total_lines(ends: Sequence[Ended], out: Path, drift: Drift) -> list[str]:
    """Given how the inputs ended, return the totals in sentences, what needs somebody after what does not."""
    accepted, review, failed = totals(list(ends))
    pages = pages_of(ends)
    before = sum(not ended.fresh for ended in ends)
    lines = [f"{count_of(len(ends), 'file')}, {count_of(pages, 'page')}: {count_of(accepted, 'record')} accepted"]
    if before:
        lines[0] += f" ({count_of(before, 'file')} finished in an earlier run)"
    if review:
        lines.append(
            f"{count_of(review, 'record')} to review: their issues in records.jsonl say what is in doubt and where"
        )
    if failed:
        lines.append(
            f"{count_of(failed, 'file')} not read: {_reasons(ends)}; once mended, run again with --retry failed"
        )
    if drift.records:
        words = ", ".join(f"'{printable(word)}' {times}x" for word, times in drift.words.most_common(MAX_WORDS))
        lines.append(
            f"{count_of(drift.records, 'record')} with words that their forms do not know (layout-drift): {words}"
        )
    return [*lines, f"Results: {printable(str(out))}/records.jsonl, documents.jsonl, tables.jsonl"]


def pages_of(ends: Sequence[Ended]) -> int:
    """Given how the inputs ended, return their pages; those of bytes that several files hold count once."""
    return sum(ended.pages or 0 for ended in ends if not ended.copy)


def closing_object(ends: Sequence[Ended], out: Path, drift: Drift, code: int) -> dict[str, Any]:
    """Given how the inputs ended, return the object that --json prints."""
    accepted, review, _ = totals(list(ends))
    return {
        "out": str(out),
        "exit_code": code,
        "interrupted": code == EXIT_INTERRUPTED,
        "files": len(ends),
        "finished_before": sum(not ended.fresh for ended in ends),
        "pages": pages_of(ends),
        "records": {"accepted": accepted, "review": review},
        "layout_drift": {"records": drift.records, "words": dict(drift.words.most_common())},
        "documents": dict(sorted(Counter(ended.status for ended in ends).items())),
        "not_read": [
            {"file": ended.file, "status": ended.status, "reason": ended.reason, "message": ended.message}
            for ended in sorted(ends, key=lambda ended: ended.file)
            if ended.status not in ("ok", "review")
        ],
    }


def _table(rows: Sequence[Ended]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("File", overflow="fold", ratio=3)
    table.add_column("Pages", justify="right")
    table.add_column("Records", justify="right")
    table.add_column("Status")
    table.add_column("What to do", overflow="fold", ratio=4)
    for ended in rows:
        table.add_row(*_cells(ended))
    return table


def _cells(ended: Ended) -> tuple[str, str, str, str, str]:
    records = f"{ended.accepted + ended.review}" if ended.status in ("ok", "review") else ""
    pages = "" if ended.pages is None else str(ended.pages)
    return printable(ended.file), pages, records, status_of(ended), printable(ended.message)


def _reasons(ends: Sequence[Ended]) -> str:
    reasons = Counter(ended.reason for ended in ends if ended.status not in ("ok", "review"))
    return ", ".join(f"{number} {reason}" for reason, number in sorted(reasons.items(), key=lambda item: str(item[0])))
