"""``shenbao schema``: the JSON Schema of a form's records."""

from __future__ import annotations

import json

import click

from pipeline.cli.forms import form_named
from pipeline.errors import EXIT_OK
from pipeline.schema import record_schema


@click.command()
@click.argument("form", metavar="ID")
def schema(*, form: str) -> int:
    """Print JSON Schema 2020-12 of the lines that the form ID gives to records.jsonl. ID may be a form file, too."""
    click.echo(json.dumps(record_schema(form_named(form)), ensure_ascii=False, indent=2))
    return EXIT_OK
