"""``shenbao forms draft``: a definition proposed from a sample page, to be edited."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import click

from pipeline.batch.sources import name_of
from pipeline.cli.forms import forms_folder
from pipeline.cli.words import count_of, printable
from pipeline.config import config_dir, load_settings
from pipeline.errors import EXIT_OK, ShenbaoError, UsageError
from pipeline.forms.draft import Draft, draft_form
from pipeline.forms.draft_words import by_likeness, load_words, vocabulary
from pipeline.forms.draft_yaml import draft_to_yaml
from pipeline.forms.load import load_definitions
from pipeline.forms.match import Forms
from pipeline.forms.sheet import Sheet
from pipeline.model import PageReading, Table
from pipeline.run import process_page
from pipeline.stages.ingest import open_document
from pipeline.stages.stitch import stitch
from pipeline.tools import Tools, tools_with

ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
UNNAMED = "new-form"


@click.command()
@click.argument(
    "docs",
    metavar="DOC...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--page", default=1, show_default=True, type=click.IntRange(min=1), help="Counted from 1.")
@click.option("--table", type=click.IntRange(min=1), help="Counted from the top. [default: all]")
@click.option("--id", "form_id", metavar="ID", help="Of the new form. [default: from the file's name]")
@click.option("--without", metavar="ID", multiple=True, help="Know nothing of this installed form.")
@click.option("--out", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Write it here.")
def draft(
    *,
    docs: tuple[Path, ...],
    page: int,
    table: int | None,
    form_id: str | None,
    without: Sequence[str],
    out: Path | None,
) -> int:
    """Propose a definition from a page of DOC, digital or scanned.

    Further DOCs of the same form tell labels, which they repeat, from values, which they do not. The definition goes to
    stdout, or to --out; what it is unsure of is marked '# ?'.
    """
    name = form_id or id_of(docs[0])
    if not ID.fullmatch(name):
        raise UsageError(f"--id {name} is no id: write small letters, digits and hyphens, as 'goods-list'")
    if out is not None and out.exists():
        raise UsageError(f"--out {out} exists: a draft writes over nothing, choose another name")
    forms = [form for form in load_definitions("auto", forms_folder()) if form.id not in without]
    words = load_words(config_dir() / "draft.yaml")
    settings = load_settings()
    tools = tools_with(settings, Forms((), settings.records.label_similarity))
    samples = [pick_tables(doc, read_page(doc, page - 1, tools), table, tools) for doc in docs]
    sheets = [[Sheet.of(part) for part in sample] for sample in samples]
    known = vocabulary(words, by_likeness(forms, sheets[0]))
    others = [sheet for sample in sheets[1:] for sheet in sample]
    proposed = draft_form(name, sheets[0], samples[0][0].above, known, others)
    _write(draft_to_yaml(proposed, words, docs[0].name), out)
    _say(proposed, out)
    return EXIT_OK


def id_of(doc: Path) -> str:
    words = re.findall("[a-z0-9]+", doc.stem.lower())
    return "-".join(words) if words and words[0][0].isalpha() else "-".join([UNNAMED, *words])


def read_page(doc: Path, number: int, tools: Tools) -> PageReading:
    """Given a document and a 0-based page, return what stands there. Raises UsageError for a page it does not have."""
    with open_document(doc, name_of(doc), tools.settings.ingest) as opened:
        if number >= opened.source.n_pages:
            raise UsageError(f"{doc} has {opened.source.n_pages} pages: choose --page 1 to {opened.source.n_pages}")
        return process_page(opened, number, tools).reading


def pick_tables(doc: Path, reading: PageReading, number: int | None, tools: Tools) -> tuple[Table, ...]:
    """Given a page's reading, return its tables from top to bottom, or only the one asked for, counted from 1."""
    tables = stitch((reading,), tools.forms, tools.settings.stitch)
    if not tables:
        raise UsageError(f"{doc}: no table was found on page {reading.page + 1}: choose another --page")
    if number is not None and number > len(tables):
        found = count_of(len(tables), "table")
        raise UsageError(f"{doc}: page {reading.page + 1} has {found}: choose --table 1 to {len(tables)}")
    return tables if number is None else (tables[number - 1],)


def _write(text: str, out: Path | None) -> None:
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ShenbaoError(f"cannot write {out}: {error.strerror}: choose another --out") from error


def _say(proposed: Draft, out: Path | None) -> None:
    columns = sum(len(table.columns) for table in proposed.tables)
    doubts = sum(bool(field.doubts) for field in proposed.fields)
    crossings = sum(len(matrix.rows) * len(matrix.columns) for matrix in proposed.matrices)
    counts = f"{count_of(len(proposed.fields) + crossings, 'field')} ({doubts} unsure), {count_of(columns, 'column')}"
    where = "" if out is None else f"{printable(str(out))}: "
    click.echo(f"{where}{counts}: look for '# ?', then shenbao forms check and shenbao forms try", err=True)
