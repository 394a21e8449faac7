"""Does a long run stay small? One long file through the real run, one worker: ``make bench-steady``.

Prints the worker's memory after 50 pages and at the end of its pages, the driver's share of the time, and what joining
the file took. Exit code 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import pikepdf

from bench.goals import Goal, any_missed
from pipeline.batch.engine import Engine, Note, Task
from pipeline.batch.job import run_job, worker_of
from pipeline.batch.journal import Journal
from pipeline.batch.listen import Chorus, Ended, Listener
from pipeline.batch.local import LocalEngine
from pipeline.batch.plan import Job
from pipeline.batch.pulse import Pulse
from pipeline.batch.ray import RayEngine
from pipeline.batch.sources import SourceFile
from pipeline.config import load_settings

SAMPLES = Path(__file__).resolve().parent.parent / "sample_docs"
EARLY = 50
"""Pages after which a worker has loaded and used everything once."""
GROWTH, DRIVER_SHARE = 1.1, 0.05
"""Goals: at most so many times the memory after ``EARLY`` pages; at most this share of the run's time."""


class Meter(Listener):
    """Notes the memory of each worker at each of its pages, and when the last page was done."""

    def __init__(self) -> None:
        self.memory: dict[int, list[float]] = {}
        self.last_page = self.end = 0.0
        self.ends: list[Ended] = []

    def note(self, note: Note) -> None:
        if note.event == "page-read":
            self.memory.setdefault(note.pid, []).append(resident_mb(note.pid))

    def page(self, task: Task, page: int, total: int) -> None:
        self.last_page = time.monotonic()

    def ended(self, ended: Ended) -> None:
        self.end = time.monotonic()
        self.ends.append(ended)


def resident_mb(pid: int) -> float:
    """Given a process, return the megabytes of memory it holds; 0 when it is gone."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * resource.getpagesize() / (1 << 20)


def main() -> int:
    options = parse()
    with tempfile.TemporaryDirectory(prefix="shenbao-steady-") as folder:
        path = repeated(options.source, options.pages, Path(folder) / "long.pdf")
        meter, begun, cpu = Meter(), time.monotonic(), time.process_time()
        job = Job((SourceFile("long.pdf", path),), Path(folder) / "out", load_settings())
        ears = Chorus([meter, Journal("bench"), Pulse()])
        run_job(job, engine_of(options, ears), worker_of(job), ears)
        wall, cpu = time.monotonic() - begun, time.process_time() - cpu
    goals = goals_of(meter, cpu / wall)
    report(options, meter, wall, cpu)
    for goal in goals:
        print(goal.line())
    return int(any_missed(goals))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.steady", description=__doc__)
    parser.add_argument("--source", type=Path, default=SAMPLES / "declarations_scan.pdf", help="PDF to repeat")
    parser.add_argument("--pages", type=int, default=500, help="of the long file")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--engine", choices=["local", "ray"], default="local")
    return parser.parse_args()


def engine_of(options: argparse.Namespace, ears: Listener) -> Engine:
    make = RayEngine if options.engine == "ray" else LocalEngine
    return make(options.workers, ears.page, on_note=ears.note, on_tick=ears.tick)


def repeated(source: Path, pages: int, place: Path) -> Path:
    """Given a PDF, write one of so many pages that repeats its pages; what they share is stored once."""
    with pikepdf.open(source) as pdf, pikepdf.new() as long:
        for number in range(pages):
            long.pages.append(pdf.pages[number % len(pdf.pages)])
        long.save(place)
    return place


def goals_of(meter: Meter, share: float) -> list[Goal]:
    goals = [Goal("the driver's processor time to the run's time", share, DRIVER_SHARE, "", at_most=True)]
    for number, memory in enumerate(meter.memory.values(), start=1):
        if len(memory) > EARLY:
            growth = memory[-1] / memory[EARLY - 1]
            goals.append(
                Goal(f"memory of worker {number} to that after {EARLY} pages", growth, GROWTH, "x", at_most=True)
            )
    return goals


def report(options: argparse.Namespace, meter: Meter, wall: float, cpu: float) -> None:
    pages = sum(map(len, meter.memory.values()))
    print(f"{options.pages} pages of {options.source.name}, {options.workers} worker(s), {options.engine} engine")
    joined = meter.end - meter.last_page
    print(f"  {pages} pages read in {wall:.1f} s: {pages / wall:.2f} a second; joined in {joined:.1f} s")
    print(f"  driver: {cpu:.2f} s of processor time, {resident_mb(os.getpid()):.0f} MB at the end")
    for pid, memory in meter.memory.items():
        marks = ", ".join(f"{memory[at - 1]:.0f} MB after {at}" for at in marks_of(len(memory)))
        print(f"  worker {pid}: {marks}")
    print(f"  outcome: {', '.join(f'{ended.status}, {ended.pages} pages {ended.message}' for ended in meter.ends)}")


def marks_of(pages: int) -> list[int]:
    """Given how many pages a worker read, return the counts at which its memory is told."""
    return sorted({count for count in (1, 10, EARLY, 100, 200, 300, 400, pages) if count <= pages})


if __name__ == "__main__":
    sys.exit(main())
