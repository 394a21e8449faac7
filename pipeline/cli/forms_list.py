"""``shenbao forms list`` and ``show``: what is installed, and what one definition holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from pipeline.cli.forms import data_console, form_named, forms_folder
from pipeline.cli.words import count_of, printable
from pipeline.errors import EXIT_OK, EXIT_USAGE, ConfigError
from pipeline.forms.definition import Equal, Field, Form, Level, Order, Repeating, Rule, Sum, Version
from pipeline.forms.load import read_form


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one object to stdout.")
def list_forms(*, as_json: bool) -> int:
    """Name the installed definitions. One that is faulty is listed with the number of its faults."""
    listed = [_entry(file) for file in sorted(forms_folder().glob("*.yaml"))]
    if as_json:
        click.echo(json.dumps({"folder": str(forms_folder()), "forms": listed}, ensure_ascii=False))
    else:
        _print_list(data_console(), listed)
    return EXIT_OK if all(not entry["faults"] for entry in listed) else EXIT_USAGE


def _entry(file: Path) -> dict[str, Any]:
    """A definition in one row. A file that cannot be read at all has one fault and no names."""
    try:
        form, faults = read_form(file)
    except ConfigError as error:
        return {"id": file.stem, "file": file.name, "zh": "", "en": str(error), "fields": 0, "tables": 0, "faults": 1}
    counts = {"fields": len(form.fields), "tables": len(form.tables), "faults": len(faults)}
    return {"id": form.id, "file": file.name, "zh": form.names.zh, "en": form.names.en, **counts}


def _print_list(console: Console, listed: list[dict[str, Any]]) -> None:
    table = plain_table("Id", "名称", "Name", "Fields", "Tables")
    for entry in listed:
        faults = f"{count_of(entry['faults'], 'fault')}: shenbao forms check {entry['file']}" if entry["faults"] else ""
        name = faults or entry["en"]
        table.add_row(entry["id"], printable(entry["zh"]), printable(name), str(entry["fields"]), str(entry["tables"]))
    console.print(table)


def plain_table(*columns: str) -> Table:
    """Given headings, return an empty table without rules; long cells are folded."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


@click.command("show")
@click.argument("form", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print one object to stdout.")
def show_form(*, form: str, as_json: bool) -> int:
    """Print what the definition ID holds: its fields, tables and rules. ID may be a file, too."""
    definition = form_named(form)
    if as_json:
        click.echo(json.dumps(form_to_plain(definition), ensure_ascii=False))
    else:
        _print_form(data_console(), definition)
    return EXIT_OK


def form_to_plain(form: Form) -> dict[str, Any]:
    """Given a definition, return it as plain JSON values; exact decimals are strings."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(form), default=_exact))
    kinds = [type(rule).__name__.lower() for rule in form.rules]
    plain["rules"] = [{"kind": kind, **rule} for kind, rule in zip(kinds, plain["rules"], strict=True)]
    return plain


def _exact(value: object) -> str:
    if not isinstance(value, Decimal):
        raise TypeError(f"{value!r} has no place in JSON")
    return str(value)


def _print_form(console: Console, form: Form) -> None:
    console.print(f"{form.id}: {printable(form.names.zh)}, {printable(form.names.en)}", soft_wrap=True)
    identity = form.identity
    console.print(
        f"Known by {count_of(len(identity.evidence), 'label')}, of which {identity.min_share:.0%} must be seen"
    )
    if identity.titles:
        console.print(f"Titles end in {printable('、'.join(identity.titles))}")
    console.print()
    console.print(_fields_table(form))
    for table in form.tables:
        console.print()
        _print_table(console, table)
    if form.versions:
        console.print()
        console.print(_versions_table(form))
    if form.rules:
        console.print("\nRules", style="bold")
    for rule in form.rules:
        console.print(f"  {rule_in_words(rule)}", soft_wrap=True)


def _fields_table(form: Form) -> Table:
    table = plain_table("Field", "名称", "Type", "Labels", "Value", "Section")
    for field in form.fields:
        path = f"{field.path} *" if field.required else field.path
        words = printable("、".join(field.labels))
        table.add_row(path, printable(field.names.zh), _type_of(field), words, _places(field), field.section or "")
    table.caption = "* required" if any(field.required for field in form.fields) else None
    table.caption_justify = "left"
    return table


def _type_of(field: Field) -> str:
    return f"{field.type} + {field.code}" if field.code else field.type


def _places(field: Field) -> str:
    places = ", ".join(field.places)
    return f"{places} {printable('、'.join(field.header))}" if field.header else places


def _print_table(console: Console, table: Repeating) -> None:
    group = f", beside it {printable('、'.join(table.labels))}" if table.labels else ""
    console.print(f"{table.path}[]: {printable(table.names.zh)}{group}", soft_wrap=True, style="bold")
    columns = plain_table("Column", "名称", "Type", "Header")
    for column in table.columns:
        key = f"{column.key} (optional)" if column.optional else column.key
        columns.add_row(key, printable(column.names.zh), column.type, printable("、".join(column.labels)))
    console.print(columns)
    for line in _levels(table.levels):
        console.print(f"  {printable(line)}", soft_wrap=True)


def _levels(levels: tuple[Level, ...], indent: str = "") -> Iterator[str]:
    for level in levels:
        if level.under and not any(under.under for under in level.under):
            yield f"{indent}{level.word}: {'、'.join(under.word for under in level.under)}"
        else:
            yield f"{indent}{level.word}"
            yield from _levels(level.under, f"{indent}  ")


def _versions_table(form: Form) -> Table:
    table = plain_table("Version", "名称", "Prints one of", "Never prints", "Years", "Other there")
    for version in form.versions:
        words = (printable("、".join(some)) for some in (version.has, version.lacks))
        table.add_row(version.id, printable(version.names.zh), *words, _years(version), printable(changes_of(version)))
    return table


def _years(version: Version) -> str:
    if version.since is None and version.until is None:
        return ""
    return f"{version.since or ''}-{version.until or ''}"


def changes_of(version: Version) -> str:
    """Given a version, return what is otherwise in it."""
    labels = (f"{path}: {'、'.join(words)}" for path, words in version.labels)
    parts = (("required", version.required), ("optional", version.optional), ("without", version.without))
    paths = (f"{word} {', '.join(some)}" for word, some in parts if some)
    return "; ".join((*labels, *paths, *(f"levels of {path}" for path, _ in version.levels)))


def rule_in_words(rule: Rule) -> str:
    """Given a rule, return it as a sentence."""
    if isinstance(rule, Sum):
        return f"{rule.total} = {' + '.join(rule.parts)} ({rule.severity})"
    if isinstance(rule, Order):
        return f"{rule.first} is not after {rule.second} ({rule.severity})"
    if isinstance(rule, Equal):
        return f"{rule.first} = {rule.second} ({rule.severity})"
    return f"{', '.join(rule.paths)} from {rule.least} to {rule.most} ({rule.severity})"
