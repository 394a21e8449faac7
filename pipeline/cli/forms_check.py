"""``shenbao forms check``: everything that is wrong with definitions, by file and line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from pipeline.cli.words import count_of, printable
from pipeline.errors import EXIT_OK, EXIT_USAGE, ConfigError
from pipeline.forms.definition import Form
from pipeline.forms.load import read_form


@click.command("check")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one object to stdout.")
def check_forms(*, files: tuple[Path, ...], as_json: bool) -> int:
    """Name every fault of the definitions FILE... with its line, its key, and what to write instead.

    Exit code 0: none has a fault; 2: some have, or cannot be read.
    """
    checked = [_checked(file) for file in files]
    if as_json:
        click.echo(json.dumps({"files": checked}, ensure_ascii=False))
    else:
        _print(checked)
    return EXIT_USAGE if any(entry["faults"] for entry in checked) else EXIT_OK


def _checked(file: Path) -> dict[str, Any]:
    try:
        form, faults = read_form(file)
    except ConfigError as error:
        fault = {"line": None, "key": "", "message": str(error)}
        return {"file": str(file), "form": None, "says": "cannot be read", "faults": [fault]}
    found = [{"line": fault.line, "key": fault.key, "message": fault.message} for fault in faults]
    return {"file": str(file), "form": form.id, "says": _summary(form), "faults": found}


def _summary(form: Form) -> str:
    counts = ((len(form.fields), "field"), (len(form.tables), "table"), (len(form.rules), "rule"))
    versions = [(len(form.versions), "version")] if form.versions else []
    return f"{form.id}, {', '.join(count_of(number, noun) for number, noun in (*counts, *versions))}"


def _print(checked: list[dict[str, Any]]) -> None:
    """Faults are what was asked for and go to stdout, one a line as compilers write them; the verdict to stderr."""
    for entry in checked:
        for fault in entry["faults"]:
            click.echo(printable(_line_of(entry["file"], fault)))
        faults = len(entry["faults"])
        verdict = count_of(faults, "fault") if faults else f"no fault ({entry['says']})"
        click.echo(printable(f"{entry['file']}: {verdict}"), err=True)


def _line_of(file: str, fault: dict[str, Any]) -> str:
    if fault["line"] is None:
        return str(fault["message"])
    key = f"{fault['key']}: " if fault["key"] else ""
    return f"{file}:{fault['line']}: {key}{fault['message']}"
