"""``shenbao review``: the page on which people settle what a run left in doubt."""

from __future__ import annotations

import getpass
import secrets
from importlib import import_module
from pathlib import Path

import click

from pipeline.config import config_dir, load_settings
from pipeline.errors import EXIT_OK, UsageError
from pipeline.forms.load import load_definitions
from pipeline.review.service import Review

MISSING = "the review page needs more packages: pip install 'shenbao[review]'"


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to bind; elsewhere a token is needed.")
@click.option("--port", default=8420, show_default=True, type=click.IntRange(0, 65535), help="0: any that is free.")
@click.option("--user", metavar="NAME", help="Under whose name actions are written down. [default: the system's]")
@click.option(
    "--token", envvar="SHENBAO_TOKEN", metavar="TEXT", help="What a browser must show. [default: made up where needed]"
)
@click.option("--config", metavar="FILE", type=click.Path(path_type=Path), help="Settings in place of pipeline.yaml.")
def review(*, folder: Path, host: str, port: int, user: str | None, token: str | None, config: Path | None) -> int:
    """Serve the review page of the job folder DIR: the queue of doubts, all records, the progress of the run.

    Every action is written to DIR/reviews.sqlite; records.jsonl stays as it was read. shenbao export carries the
    corrections, shenbao eval says what they tell of the reader.
    """
    try:
        web = import_module("pipeline.review.web.serve")
    except ImportError as error:
        raise UsageError(f"{MISSING} ({error.name} is missing)") from error
    settings = load_settings(config)
    shown = token or (None if web.is_loopback(host) else secrets.token_urlsafe(24))
    desk = Review(folder, load_definitions("auto", config_dir() / "forms"), settings.records.accept_confidence)
    site = web.Site(desk, settings, web.access_of(host, shown), user or getpass.getuser())
    if (folder / "records.jsonl").is_file():
        desk.lists()  # ten thousand records take some seconds the first time: better now than when the page is opened
    web.serve(site, host, port, lambda open_port: click.echo(address_of(host, open_port, shown), err=True))
    return EXIT_OK


def address_of(host: str, port: int, token: str | None) -> str:
    """Given where a page is served, return what to open."""
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}/" + (f"?token={token}" if token else "")
