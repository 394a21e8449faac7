"""``shenbao status``: how a job folder stands, also while a run is under way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from pipeline.batch.status import Status, status_of
from pipeline.cli.words import count_of, printable
from pipeline.errors import EXIT_OK

STATES = {
    "running": "running",
    "finished": "not running; the last run finished",
    "interrupted": "not running; the last run was interrupted: run again to go on",
    "broken": "not running; the last run ended with an error: run again to go on",
    "killed": "not running; the last run was killed: run again to go on",
    "unknown": "not running",
}


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one object to stdout.")
def status(*, folder: Path, as_json: bool) -> int:
    """Say how the job folder DIR stands: counts, speed, time left, slowest files, failures by reason.

    Only looks: nothing in DIR is made or changed, and a run that is under way is not disturbed.
    """
    found = status_of(folder)
    lines = [json.dumps(status_object(found), ensure_ascii=False)] if as_json else status_lines(found)
    for line in lines:
        click.echo(printable(line))
    return EXIT_OK


def status_lines(found: Status) -> Iterator[str]:
    """Given a status, yield it in words."""
    yield STATES[found.state] + _holder(found)
    if found.run is not None:
        yield f"{found.run.ended:,} of {count_of(found.run.files, 'file')}, {found.run.fresh:,} read in this run"
    counts = ", ".join(f"{number:,} {name}" for name, number in found.documents.items())
    accepted, review = found.records
    yield f"documents: {counts or 'none yet'}"
    yield f"records: {accepted:,} accepted, {review:,} to review, on {count_of(found.pages, 'page')}"
    yield from _speed(found)
    yield from _listed("under way", (_under_way(one) for one in found.under_way))
    yield from _listed("failures", (f"{number:,} {reason}" for reason, number in found.failures.items()))
    yield from _listed("slowest", (_slow(*entry) for entry in found.slowest))


def _holder(found: Status) -> str:
    return f" (process {found.holder.get('pid')} on {found.holder.get('host')})" if found.holder else ""


def _speed(found: Status) -> Iterator[str]:
    if found.pages_a_second is not None:
        yield f"speed: {found.pages_a_second:.2f} pages a second"
    if found.seconds_left is not None:
        yield f"time left: about {timedelta(seconds=round(found.seconds_left))}"


def _under_way(one: Any) -> str:
    place = f"page {one.page} of {one.of}" if one.of else "first page"
    return f"{one.file}: {place}, {one.seconds:.0f} s"


def _slow(file: str, seconds: float, pages: int | None) -> str:
    return f"{seconds:.1f} s  {file}" + ("" if pages is None else f" ({count_of(pages, 'page')})")


def _listed(title: str, lines: Iterator[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if number == 0:
            yield f"{title}:"
        yield f"  {line}"


def status_object(found: Status) -> dict[str, Any]:
    """Given a status, return it as plain data."""
    accepted, review = found.records
    return {
        "state": found.state,
        "holder": dict(found.holder) if found.holder else None,
        "run": found.run.run if found.run else None,
        "files": found.run.files if found.run else None,
        "ended": found.run.ended if found.run else None,
        "fresh": found.run.fresh if found.run else None,
        "documents": dict(found.documents),
        "failures": dict(found.failures),
        "records": {"accepted": accepted, "review": review},
        "pages": found.pages,
        "pages_a_second": found.pages_a_second,
        "seconds_left": found.seconds_left,
        "under_way": [asdict(one) for one in found.under_way],
        "slowest": [{"file": file, "seconds": seconds, "pages": pages} for file, seconds, pages in found.slowest],
    }
