"""``shenbao export``: records of a job folder as files for spreadsheets."""

from __future__ import annotations

import json
from pathlib import Path

import click

from pipeline.cli.words import count_of, printable, word_console
from pipeline.config import config_dir
from pipeline.errors import EXIT_OK, ShenbaoError
from pipeline.forms.load import load_definitions
from pipeline.sinks.tables import Exported, Flavour
from pipeline.sinks.tables import export as export_job


@click.command()
@click.argument("job", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--to", "flavour", required=True, type=click.Choice(["csv", "xlsx"]), help="What to write.")
@click.option("--out", metavar="DIR", type=click.Path(path_type=Path), help="Where to. [default: DIR/export]")
@click.option("--json", "as_json", is_flag=True, help="Print one closing object to stdout.")
def export(job: Path, flavour: Flavour, out: Path | None, as_json: bool) -> int:
    """Write the records of the job folder DIR as CSV or as one XLSX workbook.

    CSV: records.csv, and one long table for each repeating part, such as indicators.csv. XLSX: the same as sheets, and
    one sheet for each table of the pages, merged as on the page.
    """
    folder = out or job / "export"
    try:
        exported = export_job(job, flavour, folder, load_definitions("auto", config_dir() / "forms"))
    except OSError as error:
        raise ShenbaoError(f"cannot write in {folder}: {error.strerror}. Choose another --out") from error
    _say(exported)
    if as_json:
        click.echo(json.dumps(_closing_object(exported), ensure_ascii=False))
    return EXIT_OK


def _say(exported: Exported) -> None:
    console = word_console()
    for note in exported.notes:
        console.print(f"Note: {printable(note)}", soft_wrap=True)
    for file in exported.files:
        console.print(printable(str(file)), soft_wrap=True)
    console.print(f"{count_of(exported.records, 'record')} exported")


def _closing_object(exported: Exported) -> dict[str, object]:
    return {"files": [str(file) for file in exported.files], "records": exported.records, "notes": exported.notes}
