"""``shenbao export``: records of a job folder to spreadsheets, data files, databases and receivers."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from pipeline.cli.words import count_of, printable, word_console
from pipeline.config import config_dir, load_settings
from pipeline.errors import EXIT_OK, EXIT_UNFINISHED, ShenbaoError, UsageError
from pipeline.feed.export import Order, Outcome
from pipeline.feed.export import export as export_order
from pipeline.forms.load import load_definitions
from pipeline.review.overlay import overlay_of
from pipeline.sinks.csv_files import Dress
from pipeline.sinks.lines import Only

SECRET = "SHENBAO_WEBHOOK_SECRET"  # noqa: S105 - the name of a variable


@click.command()
@click.argument("job", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("url", metavar="[URL]", required=False)
@click.option("--to", "target", required=True, metavar="TARGET", help="What to write, or whom to send to.")
@click.option("--only", type=click.Choice(["accepted", "reviewed", "all"]), default="all", help="Which records. [all]")
@click.option("--out", metavar="DIR", type=click.Path(path_type=Path), help="Where files go. [default: DIR/export]")
@click.option("--flavour", "dress", type=click.Choice(["excel", "data"]), default="excel", help="Of CSV. [excel]")
@click.option("--secret-file", type=click.Path(path_type=Path), help=f"Secret of a receiver. [default: ${SECRET}]")
@click.option("--again", is_flag=True, help="Ask a receiver again that said it is gone for good.")
@click.option("--json", "as_json", is_flag=True, help="Print one closing object to stdout.")
def export(
    *,
    job: Path,
    url: str | None,
    target: str,
    only: Only,
    out: Path | None,
    dress: Dress,
    secret_file: Path | None,
    again: bool,
    as_json: bool,
) -> int:
    """Write the records of the job folder DIR to TARGET: csv, xlsx, parquet, sqlite, duckdb, postgresql://…, or
    webhook with a URL.

    csv: records.csv, and one long table for each repeating part, such as indicators.csv; --flavour data for programs.
    xlsx: the same as sheets, and one sheet for each table of the pages, merged as on the page. parquet, sqlite, duckdb,
    postgresql: tables documents, records, evidence, and one for each group and repeating part; again, and only what has
    changed is written. webhook: signed messages; what a receiver did not take waits for the next export.
    """
    folder = out or job / "export"
    try:
        forms = load_definitions("auto", config_dir() / "forms")
        overlay = overlay_of(job, forms, load_settings().records.accept_confidence)
        secret = _secret(secret_file)
        outcome = export_order(
            Order(job, _address(target, url), folder, forms, only, overlay, dress, secret=secret, again=again)
        )
    except OSError as error:
        raise ShenbaoError(f"cannot write in {folder}: {error.strerror}. Choose another --out") from error
    _say(outcome)
    if as_json:
        click.echo(json.dumps(_closing_object(outcome), ensure_ascii=False))
    return EXIT_OK if outcome.done else EXIT_UNFINISHED


def _address(target: str, url: str | None) -> str:
    """A receiver is named as ``--to webhook URL`` or as ``--to URL``."""
    if (target == "webhook") != (url is not None):
        raise UsageError("a URL goes with --to webhook, and --to webhook goes with a URL")
    if url is not None and not url.startswith(("http://", "https://")):
        raise UsageError("the address of the receiver must be one of http:// or https:// with a host")
    return url or target


def _secret(file: Path | None) -> str | None:
    """Return the secret from a file or the environment: a command line is seen by everyone on the machine."""
    if file is None:
        return os.environ.get(SECRET)
    try:
        return file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the secret in {file}: name a file that holds whsec_… alone") from error


def _say(outcome: Outcome) -> None:
    console = word_console()
    for note in outcome.notes:
        console.print(f"Note: {printable(note)}", soft_wrap=True)
    for file in outcome.files:
        console.print(printable(str(file)), soft_wrap=True)
    told = "".join(f", {number:,} {name}" for name, number in outcome.counts.items())
    console.print(f"{count_of(outcome.records, 'record')} exported{told}")


def _closing_object(outcome: Outcome) -> dict[str, object]:
    files = [str(file) for file in outcome.files]
    return {"files": files, "records": outcome.records, "notes": outcome.notes, **outcome.counts}
