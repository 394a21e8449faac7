"""What ``shenbao run --dry-run`` prints: each input with what would be done and why."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable

import click

from pipeline.batch.plan import Planned
from pipeline.cli.words import count_of, printable


def print_plan(plan: Iterable[Planned], as_json: bool) -> None:
    """Print the plan to stdout, a line an input as it is known, or one object; the totals go to stderr."""
    seen = []
    for planned in plan:
        seen.append(planned)
        if not as_json:
            click.echo(printable(plan_line(planned)))
    if as_json:
        click.echo(json.dumps(plan_object(seen), ensure_ascii=False))
    reading = sum(planned.read for planned in seen)
    click.echo(f"{count_of(len(seen), 'file')}: {reading:,} would be read, {len(seen) - reading:,} would not", err=True)


def plan_line(planned: Planned) -> str:
    deed = "read" if planned.read else "skip"
    return f"{deed}  {planned.why:<13}  {planned.file}" + (f"  ({planned.note})" if planned.note else "")


def plan_object(plan: list[Planned]) -> dict[str, object]:
    keys = ("file", "why", "read", "note")
    return {
        "files": [{key: getattr(planned, key) for key in keys} for planned in plan],
        "read": sum(planned.read for planned in plan),
        "reasons": dict(sorted(Counter(planned.why for planned in plan).items())),
    }
