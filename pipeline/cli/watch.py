"""``shenbao watch``: what is dropped into a folder is read and put away, until somebody says stop."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import click
from rich.console import Console

from pipeline.batch.dropfolder import DONE, FAILED, WORKING, DropFolder, Settling
from pipeline.batch.interrupt import asked_to_stop
from pipeline.batch.job import NOT_FINAL, job_folder, run_job, worker_of
from pipeline.batch.journal import Journal
from pipeline.batch.ledger import read_ledger
from pipeline.batch.listen import Chorus, Ended
from pipeline.batch.local import LocalEngine
from pipeline.batch.lock import run_lock
from pipeline.batch.outputs import Seldom
from pipeline.batch.plan import FINISHED, Job
from pipeline.batch.pulse import Pulse
from pipeline.batch.sources import SourceFile
from pipeline.batch.standing import StandingEngine
from pipeline.cli import installed_version
from pipeline.cli.progress import Lines
from pipeline.cli.run import processors
from pipeline.cli.words import count_of, printable, word_console
from pipeline.config import Settings, config_dir, load_settings
from pipeline.errors import EXIT_INTERRUPTED, EXIT_OK, EXIT_UNFINISHED, PolicyError, UsageError
from pipeline.forms.load import load_definitions

LOOK_SECONDS = 0.5
"""Between two looks at the folder. Looking works on every file system; being told does not on network shares."""
SETTLE_SECONDS = 5.0
"""A scanner writes a page in less than this, and a copy over a network does not rest for longer."""

AGAIN_SECONDS = 5.0
"""Before what changed while it was read, or found no room, is tried again."""
REASON_STEM = 60
"""characters of a file's name that its reason is named after; any of them fit a file system's 255 bytes"""


@click.command()
@click.argument("folder", metavar="FOLDER", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--out", required=True, metavar="DIR", type=click.Path(path_type=Path), help="The job folder.")
@click.option(
    "--settle", default=SETTLE_SECONDS, show_default=True, type=click.FloatRange(min=0), help="Seconds of rest."
)
@click.option("--once", is_flag=True, help="Read what is there and end, as a timer's job would.")
@click.option("--form", default="auto", show_default=True, metavar="auto|ID", help="Take only this form for known.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes that read. [default: one a processor]")
@click.option("--config", metavar="FILE", type=click.Path(path_type=Path), help="Settings in place of pipeline.yaml.")
@click.pass_context
def watch(
    ctx: click.Context,
    *,
    folder: Path,
    out: Path,
    settle: float,
    once: bool,
    form: str,
    workers: int | None,
    config: Path | None,
) -> int:
    """Read each document that is dropped into FOLDER, and move it to FOLDER/done or FOLDER/failed.

    A file is taken when it has rested for --settle seconds, moved to FOLDER/working and read from there. Beside a file
    in failed/ its reason stands in a .txt; move the file back into FOLDER to have it tried again. Ctrl-C ends the
    watch; nothing is lost, also not by a power cut: the next watch goes on.
    """
    settings = load_settings(config)
    load_definitions(form, config_dir() / "forms")
    if os.path.realpath(folder) == os.path.realpath(out):
        raise UsageError(f"{folder} is both drop folder and job folder: choose another --out")
    drop, console = DropFolder(folder, out), word_console()
    drop.prepare()
    loud = bool(ctx.find_root().params.get("debug"))
    farewell = b"\nStopping: files under way are read to their end; Ctrl-C again to stop at once\n"
    with (
        run_lock(folder / WORKING),
        asked_to_stop(settings.limits.interrupt_seconds, lambda: os.write(sys.stderr.fileno(), farewell)) as halted,
    ):
        ears = Chorus()
        local = LocalEngine(workers or processors(), ears.page, halted, loud, ears.note, on_tick=ears.tick)
        watcher = Watcher(drop, settings, form, console, halted, loud, ears, StandingEngine(local))
        try:
            with suppress(KeyboardInterrupt), closing(watcher.engine):
                watcher.keep_on(Settling(settle), once)
        finally:
            watcher.catch_up()
        if halted() or not once:
            console.print("Stopped watching: the same command again goes on")
            return EXIT_INTERRUPTED
        return EXIT_OK if watcher.all_read else EXIT_UNFINISHED


@dataclass(slots=True)
class Watcher:
    """Looks, claims, reads and puts away, round by round, with the same workers. ears: hear of the round under way."""

    drop: DropFolder
    settings: Settings
    form: str
    console: Console
    halted: Callable[[], bool]
    loud: bool
    ears: Chorus
    engine: StandingEngine
    files: Seldom = field(default_factory=Seldom)
    all_read: bool = True
    held: bool = False
    again_at: float = 0.0

    def keep_on(self, settling: Settling, once: bool) -> None:
        """Do rounds until somebody says stop, or once everything that was there is read."""
        self.console.print(f"Watching {printable(str(self.drop.root))}; Ctrl-C ends it")
        while not self.halted():
            waiting = list(self.drop.waiting())
            stable = settling.stable(iter(waiting))
            left = self.round(stable) if stable or time.monotonic() >= self.again_at else 0
            if left:
                self.again_at = time.monotonic() + AGAIN_SECONDS
            if once and len(stable) == len(waiting) and not self.held:
                self.all_read &= not left
                return
            if self.files.is_due:
                self.catch_up()
            time.sleep(LOOK_SECONDS)

    def catch_up(self) -> None:
        """Write the files of the job folder when that was put off; another run that holds it writes them itself."""
        if self.files.stale:
            with suppress(PolicyError), job_folder(self.drop.out) as ledger:
                self.files.write_now(self.drop.out, ledger)

    def round(self, stable: list[Path]) -> int:
        """Given files that rest, read them and what was claimed before, and return how many are to be tried again."""
        if stable:
            with read_ledger(self.drop.out) as ledger:
                for path in stable:
                    with suppress(FileNotFoundError):  # somebody has taken it away
                        self.drop.claim(path, ledger)
        sources = self.drop.working()
        if not sources:
            return 0
        job = Job(sources, self.drop.out, self.settings, self.form, retry=True)
        ends = {ended.file: ended for ended in self.read(job)}
        return sum(not self.put_away(ends.get(source.file), source) for source in sources)

    def read(self, job: Job) -> list[Ended]:
        """Given a job, carry it out and return what ended; nothing while another run holds the job folder."""
        lines = Lines(self.console)
        self.ears.listeners = (lines, Journal(installed_version(), debug=self.loud), Pulse())
        try:
            run_job(job, self.engine, worker_of(job), self.ears, self.files.write)
            self.held = False
        except PolicyError as error:
            if not self.held:
                self.console.print(f"{error}: {count_of(len(job.sources), 'file')} to go", soft_wrap=True)
            self.held = True
        finally:
            self.ears.listeners = ()
        return lines.ends

    def put_away(self, ended: Ended | None, source: SourceFile) -> bool:
        """Given how a claimed file ended (None: not yet), move it to where it belongs and return whether it has."""
        if ended is None or ended.reason in NOT_FINAL:
            return False
        if ended.status in FINISHED:
            self.drop.put_away(source, DONE)
            return True
        self.all_read = False
        place = self.drop.put_away(source, FAILED)
        why = f"{ended.status} ({ended.reason})\n{ended.message}\n"
        place.with_name(f"{place.name[:REASON_STEM]}.txt").write_text(why, encoding="utf-8", errors="backslashreplace")
        return True
