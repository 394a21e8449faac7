"""``shenbao show``: a picture of what a stage made of a page."""

from __future__ import annotations

import os
from pathlib import Path

import click
from PIL import Image

from pipeline.batch.sources import name_of
from pipeline.config import load_settings
from pipeline.errors import UsageError
from pipeline.model import Picture
from pipeline.overlay.fonts import NO_CHINESE_FONT, find_face
from pipeline.overlay.scene import STAGES, Stage, draw_stage
from pipeline.tools import load_tools

FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--page", default=1, show_default=True, type=click.IntRange(min=1), help="Counted from 1.")
@click.option("--stage", required=True, type=click.Choice(STAGES), help="Whose product is painted.")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="PNG, JPEG or WebP.")
@click.option("--form", default="auto", show_default=True, metavar="auto|ID", help="Take only this form for known.")
@click.option("--config", metavar="FILE", type=click.Path(path_type=Path), help="Settings in place of pipeline.yaml.")
def show(*, file: Path, page: int, stage: Stage, out: Path, form: str, config: Path | None) -> None:
    """Paint what a stage made of a page of FILE.

    upright: the cleaned page. detect: regions and rulings. grid: cells as row,col and spans. read: each line, and
    beside it what was read, from red for doubt to green for certainty. records: the fields with their names, on the
    page as the file stores it.
    """
    check_out(out, file)
    tools = load_tools(load_settings(config), form)
    face = find_face()
    picture, title = draw_stage(file, name_of(file), page - 1, stage=stage, tools=tools, face=face)
    save_picture(picture, out)
    click.echo(f"{out}: {title}", err=True)
    if not face.holds_chinese:
        click.echo(NO_CHINESE_FONT, err=True)


def check_out(out: Path, file: Path) -> None:
    """Given where the picture shall go, return nothing. Raises UsageError before any work when it cannot go there."""
    if out.suffix.lower() not in FORMATS:
        raise UsageError(f"--out {out}: the name must end in {', '.join(FORMATS)}")
    if not out.parent.is_dir():
        raise UsageError(f"--out {out}: the folder {out.parent} does not exist: make it first")
    if out.exists() and out.samefile(file):
        raise UsageError(f"--out {out} is the document itself: choose another name")
    if not os.access(out.parent, os.W_OK):
        raise UsageError(f"--out {out}: the folder {out.parent} cannot be written: choose another")


def save_picture(picture: Picture, out: Path) -> None:
    """Given a picture, write it in the format of the name's ending, whole or not at all. Raises UsageError."""
    draft = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        Image.fromarray(picture).save(draft, format=FORMATS[out.suffix.lower()])
        draft.replace(out)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise UsageError(f"--out {out} cannot be written: {error.strerror or error}") from error
