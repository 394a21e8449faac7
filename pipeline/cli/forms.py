"""``shenbao forms``: the definitions of forms, listed, shown, checked, tried and drafted."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console

from pipeline.cli import Entry, LazyGroup
from pipeline.cli.words import PLAIN_WIDTH
from pipeline.config import config_dir
from pipeline.errors import ConfigError, UsageError
from pipeline.forms.definition import Form
from pipeline.forms.load import load_definitions, load_form

ENTRIES = {
    "list": Entry("pipeline.cli.forms_list", "list_forms", "Name the installed definitions."),
    "show": Entry("pipeline.cli.forms_list", "show_form", "Print what a definition holds."),
    "check": Entry("pipeline.cli.forms_check", "check_forms", "Name all that is wrong with definitions, by line."),
    "try": Entry("pipeline.cli.forms_try", "try_form", "Read a document by one definition; say what was found where."),
    "draft": Entry("pipeline.cli.forms_draft", "draft", "Propose a definition from a sample page."),
}


class FormsGroup(LazyGroup):
    entries = ENTRIES


@click.group(cls=FormsGroup, context_settings={"help_option_names": ["-h", "--help"]})
def forms() -> None:
    """Definitions of forms: what stands where, in files that people can write (docs/forms.md)."""


def data_console() -> Console:
    """Return the console on stdout, for what a command was asked for."""
    console = Console(file=sys.stdout, markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    return console


def forms_folder() -> Path:
    return config_dir() / "forms"


def form_named(word: str) -> Form:
    """Given the id of an installed form or a form file, return the definition. Raises ConfigError for either."""
    file = Path(word)
    if file.suffix in (".yaml", ".yml"):
        if not file.is_file():
            raise UsageError(f"{word} does not exist: name a form file, or an id of shenbao forms list")
        return load_form(file)
    if word == "auto":
        raise ConfigError("'auto' names no single form: choose an id of shenbao forms list")
    return load_definitions(word, forms_folder())[0]
