"""``shenbao run``: documents in, the files of a job folder out."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import click

from pipeline.batch.engine import Engine
from pipeline.batch.findings import drift_of
from pipeline.batch.interrupt import asked_to_stop
from pipeline.batch.job import run_job, worker_of
from pipeline.batch.journal import Journal
from pipeline.batch.ledger import read_ledger
from pipeline.batch.listen import Chorus
from pipeline.batch.local import LocalEngine
from pipeline.batch.plan import Job, plan
from pipeline.batch.pulse import Pulse
from pipeline.batch.ray import RayEngine
from pipeline.batch.sources import expand_sources
from pipeline.cli import installed_version
from pipeline.cli.plan import print_plan
from pipeline.cli.progress import Watch, watching
from pipeline.cli.summary import closing_object, exit_code, print_summary
from pipeline.cli.words import count_of, word_console
from pipeline.config import config_dir, load_settings
from pipeline.errors import EXIT_OK
from pipeline.forms.load import load_definitions


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...", type=click.Path(path_type=Path))
@click.option("--out", required=True, metavar="DIR", type=click.Path(path_type=Path), help="The job folder.")
@click.option("--form", default="auto", show_default=True, metavar="auto|ID", help="Take only this form for known.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes that read. [default: one a processor]")
@click.option(
    "--engine", type=click.Choice(["local", "ray"]), default="local", show_default=True, help="What runs them."
)
@click.option(
    "--address", envvar="RAY_ADDRESS", metavar="HOST:PORT", help="Of a Ray cluster. [default: start one here]"
)
@click.option("--config", metavar="FILE", type=click.Path(path_type=Path), help="Settings in place of pipeline.yaml.")
@click.option("--retry", type=click.Choice(["failed"]), help="Read again what an earlier run could not read.")
@click.option("--dry-run", is_flag=True, help="Read nothing: say what would be read, and why.")
@click.option("--keep", is_flag=True, help="Keep what each document gave in a form that people can read.")
@click.option("--json", "as_json", is_flag=True, help="Print one closing object to stdout.")
@click.pass_context
def run(
    ctx: click.Context,
    *,
    sources: tuple[Path, ...],
    out: Path,
    form: str,
    workers: int | None,
    engine: str,
    address: str | None,
    config: Path | None,
    retry: str | None,
    dry_run: bool,
    keep: bool,
    as_json: bool,
) -> int:
    """Read every document of SOURCE... into records.

    SOURCE is a PDF, a picture (PNG, JPEG, TIFF, BMP, WebP) or a folder, searched recursively. The same command again
    goes on where the last one stopped.
    """
    job = plan_job(sources, out, form, config, retry=retry is not None, keep=keep)
    if dry_run:
        with read_ledger(out) as ledger:
            print_plan(plan(job, ledger), as_json)
        return EXIT_OK
    make = partial(RayEngine, address=address) if engine == "ray" else LocalEngine
    interrupted, watch = carry_out(job, make, workers or processors(), loud=bool(ctx.find_root().params.get("debug")))
    code, drift = exit_code(watch.ends, interrupted), drift_of(out)
    print_summary(watch.console, watch.ends, out, drift)
    if interrupted:
        left = count_of(len(job.sources) - len(watch.ends), "file")
        watch.console.print(f"Interrupted with {left} to go: run the same command again to go on")
    if as_json:
        click.echo(json.dumps(closing_object(watch.ends, out, drift, code), ensure_ascii=False))
    return code


def plan_job(sources: tuple[Path, ...], out: Path, form: str, config: Path | None, *, retry: bool, keep: bool) -> Job:
    """Given the words of the command line, return the job. Everything that can be wrong with them is found here,
    before anything is written. Raises UsageError."""
    settings = load_settings(config)
    load_definitions(form, config_dir() / "forms")
    return Job(expand_sources(sources, out), out, settings, form, retry, keep)


def carry_out(job: Job, make: Callable[..., Engine], workers: int, loud: bool) -> tuple[bool, Watch]:
    """Given a job and what makes its engine, run it in sight of the user and return whether it was interrupted, and
    what was seen."""
    console = word_console()
    if not job.sources:
        console.print("No PDF or picture was found in what was named")
    grace = job.settings.limits.interrupt_seconds
    farewell = f"\nStopping: files under way get {grace} s to end; Ctrl-C again to stop at once\n".encode()
    with asked_to_stop(grace, lambda: os.write(sys.stderr.fileno(), farewell)) as halted:
        with suppress(KeyboardInterrupt), watching(console, len(job.sources)) as watch:
            all_of = Chorus([watch, Journal(installed_version(), debug=loud), Pulse()])
            engine = make(workers, all_of.page, halted, loud, all_of.note, on_tick=all_of.tick)
            run_job(job, engine, worker_of(job), all_of)
        return len(watch.ends) < len(job.sources), watch


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
