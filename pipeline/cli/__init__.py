"""The command ``shenbao``. Only this package prints and exits; data goes to stdout, words go to stderr.

A command's module is imported when the command is called and not before, so that ``--help`` answers at once.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

import click

from pipeline.errors import EXIT_ERROR, EXIT_INTERRUPTED, EXIT_OK, EXIT_USAGE, ShenbaoError


@dataclass(frozen=True, slots=True)
class Entry:
    """One command: where its click.Command lies and what it does, in the words of ``--help``."""

    module: str
    attribute: str
    help: str


COMMANDS = {
    "run": Entry("pipeline.cli.run", "run", "Read documents into records; again to go on where it stopped."),
    "watch": Entry("pipeline.cli.watch", "watch", "Read what is dropped into a folder, and put it away."),
    "status": Entry("pipeline.cli.status", "status", "Say how a job folder stands, also while a run is under way."),
    "report": Entry("pipeline.cli.report", "report", "Write one HTML page about a job folder."),
    "export": Entry("pipeline.cli.export", "export", "Write records to spreadsheets, databases or receivers."),
    "review": Entry("pipeline.cli.review", "review", "Serve the page on which people settle what is in doubt."),
    "eval": Entry("pipeline.cli.eval", "evaluate", "Say from corrections how often each field was wrong."),
    "show": Entry("pipeline.cli.show", "show", "Paint what a stage saw over a page."),
    "forms": Entry("pipeline.cli.forms", "forms", "List, show, check, try and draft the definitions of forms."),
    "schema": Entry("pipeline.cli.schema", "schema", "Print the JSON Schema of a form's records."),
    "limits": Entry("pipeline.cli.limits", "limits", "Print every limit with its unit and reason."),
    "doctor": Entry("pipeline.cli.doctor", "doctor", "Check this machine: libraries, fonts, models, access, disk."),
}


class LazyGroup(click.Group):
    """Knows its commands by name and help, and imports one when it is called."""

    entries = COMMANDS

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = self.entries.get(cmd_name)
        if entry is None:
            return None
        command = getattr(import_module(entry.module), entry.attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in self.entries.items()])


def installed_version() -> str:
    try:
        return version("shenbao")
    except PackageNotFoundError:
        return "from a checkout, not installed"


def show_version(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(f"shenbao {installed_version()}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=show_version, help="Print it.")
@click.option("--debug", is_flag=True, help="Show the traceback of an unexpected error, and what workers print.")
def cli(debug: bool) -> None:
    """Shenbao (申报) reads scanned and digital declarations into exact, structured records."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Given the words of a command line (default: this process's), run it and return the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = cli.main(words, prog_name="shenbao", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return EXIT_USAGE
    except (click.Abort, KeyboardInterrupt):
        return say("interrupted", EXIT_INTERRUPTED)
    except BrokenPipeError:  # the reader of our output has gone; so it wants no more of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_ERROR
    except ShenbaoError as error:
        return say(str(error), error.exit_code)
    except Exception as error:  # the edge of the program: one clear line, whatever happened
        if "--debug" in words:
            traceback.print_exc()
        return say(f"unexpected {type(error).__name__}: {error} (again with shenbao --debug for details)", EXIT_ERROR)
    return code if isinstance(code, int) else EXIT_OK


def say(message: str, code: int) -> int:
    """Say in one line why the program ends, and return the code that says it too."""
    click.echo(f"shenbao: {message}", err=True)
    return code
