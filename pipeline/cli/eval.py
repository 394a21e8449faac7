"""``shenbao eval``: what people's corrections tell of the reader."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from pipeline.cli.words import count_of, printable
from pipeline.config import config_dir, load_settings
from pipeline.errors import EXIT_OK, ShenbaoError
from pipeline.forms.load import load_definitions
from pipeline.review.evaluate import Bin, Evaluation, FieldScore, evaluation_of, truth_lines
from pipeline.review.overlay import reviewed_states
from pipeline.sinks.jsonl import write_lines
from pipeline.stages.emit import to_line


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--truth", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Write truth lines.")
@click.option("--config", metavar="FILE", type=click.Path(path_type=Path), help="Settings in place of pipeline.yaml.")
@click.option("--json", "as_json", is_flag=True, help="Print one object to stdout.")
def evaluate(*, folder: Path, truth: Path | None, config: Path | None, as_json: bool) -> int:
    """Say from the corrections in DIR how often each field was wrong, and how honest its confidence was.

    Only records that a person accepted count. --truth writes them as they are now, one object with form and data a
    line, in the order of the documents: what bench and score take for the truth.
    """
    forms = load_definitions("auto", config_dir() / "forms")
    states = list(reviewed_states(folder, forms, load_settings(config).records.accept_confidence))
    found = evaluation_of(states)
    lines = [json.dumps(asdict(found), ensure_ascii=False)] if as_json else report_lines(found)
    for line in lines:
        click.echo(printable(line))
    if truth is not None:
        _write(truth, [to_line(line) for line in truth_lines(states)])
    return EXIT_OK


def _write(truth: Path, lines: list[str]) -> None:
    try:
        count = write_lines(truth, lines)
    except OSError as error:
        raise ShenbaoError(f"cannot write {truth}: {error.strerror}. Choose another --truth") from error
    click.echo(f"{truth}: {count_of(count, 'record')}", err=True)


def report_lines(found: Evaluation) -> Iterator[str]:
    """Given an evaluation, yield it in words."""
    yield f"{count_of(found.records, 'record')} accepted by people"
    if found.records:
        yield f"control: {found.control_wrong} of {count_of(found.control, 'accepted record')} wrong"
        yield f"rows: {found.rows_added} added, {found.rows_removed} removed or merged"
        yield from (_field_line(score) for score in found.fields if score.wrong)
        yield from (_bin_line(one) for one in found.bins)


def _field_line(score: FieldScore) -> str:
    share = 100 * score.wrong / score.judged
    return f"wrong {score.wrong:>5} of {score.judged:<6} {share:5.1f} %  silent {score.silent:<4} {score.path}"


def _bin_line(one: Bin) -> str:
    place = f"confidence {one.least:.3f} to {one.most:.3f}"
    return f"{place}: {count_of(one.judged, 'value')}, said {one.confidence:.4f}, right {one.right:.4f}"
