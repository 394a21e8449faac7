"""``shenbao limits``: what a file may be and what a worker may use, as a run would take it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from pipeline.cli.words import printable
from pipeline.config import config_dir, load_settings
from pipeline.errors import EXIT_OK

ENTRY = re.compile(r"(?P<group>\w+):|  (?P<key>\w+): [^#]*# (?P<note>.*)")
"""One line of the shipped settings: a group's head, or a setting with its unit and reason."""


@dataclass(frozen=True, slots=True)
class Limit:
    """key: as in the settings. note: its unit, and the reason of the shipped value."""

    key: str
    value: float
    note: str


@click.command()
@click.option("--config", metavar="FILE", type=click.Path(path_type=Path), help="Settings in place of pipeline.yaml.")
@click.option("--json", "as_json", is_flag=True, help="Print one object to stdout.")
def limits(*, config: Path | None, as_json: bool) -> int:
    """Print every limit: what is refused or drawn coarser, and what a worker may use before it is ended.

    A file or page beyond a limit ends with a reason of its own; the rest of the run goes on.
    """
    found = list(limits_of(config))
    if as_json:
        click.echo(json.dumps({limit.key: asdict(limit) for limit in found}, ensure_ascii=False))
        return EXIT_OK
    width = max(len(limit.key) for limit in found)
    for limit in found:
        click.echo(printable(f"{limit.key:<{width}}  {limit.value:>13,}  {limit.note}"))
    return EXIT_OK


def limits_of(config: Path | None) -> Iterator[Limit]:
    """Given a settings file (default: the shipped one), yield its limits. Raises ConfigError."""
    settings, notes = load_settings(config), notes_of(config_dir() / "pipeline.yaml")
    for key, value in settings.ingest.model_dump().items():
        if key.startswith("max_"):
            yield Limit(f"ingest.{key}", value, notes.get(f"ingest.{key}", ""))
    for key, value in settings.limits.model_dump().items():
        yield Limit(f"limits.{key}", value, notes.get(f"limits.{key}", ""))


def notes_of(file: Path) -> dict[str, str]:
    """Given the shipped settings, return what stands beside each of them."""
    group, notes = "", {}
    for line in file.read_text(encoding="utf-8").splitlines():
        match = ENTRY.fullmatch(line)
        if match and match["group"]:
            group = match["group"]
        elif match:
            notes[f"{group}.{match['key']}"] = match["note"]
    return notes
