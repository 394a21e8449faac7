"""Pages a second of the real command with one and two workers, on scans and on digital pages: part of ``make bench``.

Every run reads copies of one document whose bytes differ, into a job folder of its own, and is measured by the clock
from the first document's begin to the last one's end; what the start of the workers took is told apart. The time of
each stage comes from the run's own log. Needs a machine that has nothing else to do: runs are not taken in turns.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pikepdf

from bench.goals import Goal, any_missed

SAMPLES = Path(__file__).resolve().parent.parent / "sample_docs"
SOURCES = {"scanned": SAMPLES / "declarations_scan.pdf", "digital": SAMPLES / "declarations.pdf"}
WORKERS = (1, 2)
COPIES = 6
"""Documents of a scanned run: an even number, shared out without a rest, and few enough for five minutes in all."""
PAGES_A_SECOND, GAIN = 1.2, 1.9
"""Goals: scanned pages a second with two workers, and times one worker."""


@dataclass(frozen=True, slots=True)
class Speed:
    """One run. seconds: by the clock, from the first document's begin; start: before that. stages: seconds of all
    workers together; join: theirs from the last page of a document to its end."""

    pages: int
    workers: int
    seconds: float
    start: float
    stages: dict[str, float]
    join: float

    @property
    def pages_a_second(self) -> float:
        return self.pages / self.seconds

    @property
    def idle(self) -> float:
        """Return the share of the workers' time that is in no stage: the driver, the protocol, waiting for the end."""
        return 1 - (sum(self.stages.values()) + self.join) / (self.workers * self.seconds)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.throughput", description=__doc__)
    parser.add_argument(
        "--copies", type=int, default=COPIES, help="documents of a scanned run; digital ones are four times"
    )
    goals = measure(parser.parse_args().copies)
    for goal in goals:
        print(goal.line())
    return int(any_missed(goals))


def measure(copies: int) -> list[Goal]:
    """Given how many documents a run reads, run and print, and return the goals."""
    speeds = {
        (kind, workers): speed_of(source, copies * (4 if kind == "digital" else 1), workers)
        for kind, source in SOURCES.items()
        for workers in WORKERS
    }
    print("the whole command: pages a second, and seconds a page of each stage")
    for (kind, workers), speed in speeds.items():
        print(f"  {kind}, {workers} workers: {line_of(speed)}")
    gains = {kind: speeds[kind, 2].pages_a_second / speeds[kind, 1].pages_a_second for kind in SOURCES}
    return [
        Goal("scanned pages a second, 2 workers", speeds["scanned", 2].pages_a_second, PAGES_A_SECOND),
        *(Goal(f"{kind}, 2 workers to 1", gain, GAIN, "x") for kind, gain in gains.items()),
        Goal("driver and waiting, scanned, 1 worker", 100 * speeds["scanned", 1].idle, 5, " %", at_most=True),
    ]


def line_of(speed: Speed) -> str:
    stages = {**speed.stages, "join": speed.join}
    told = ", ".join(f"{name} {seconds / speed.pages:.3f}" for name, seconds in stages.items())
    rate = f"{speed.pages_a_second:.2f} ({speed.pages} pages in {speed.seconds:.1f} s, {speed.start:.1f} s of start)"
    return f"{rate}; {told}; {100 * speed.idle:.1f} % of the workers' time in none"


def speed_of(source: Path, copies: int, workers: int) -> Speed:
    """Given a document, how often it is read and by how many workers, run the command on copies of it."""
    with tempfile.TemporaryDirectory(prefix="shenbao-bench-") as folder:
        make_copies(source, Path(folder, "in"), copies)
        command = [sys.executable, "-m", "pipeline", "run", "in", "--out", "out", "--workers", str(workers)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode not in (0, 3):
            raise SystemExit(f"the run ended with {done.returncode}: {done.stderr}")
        (log,) = Path(folder, "out", "logs").iterdir()
        return speed_from([json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()], workers)


def make_copies(source: Path, folder: Path, copies: int) -> None:
    """Copies of the same bytes would be read once."""
    folder.mkdir()
    for number in range(copies):
        with pikepdf.open(source) as pdf:
            pdf.docinfo["/Subject"] = f"copy {number}"
            pdf.save(folder / f"{number:04}.pdf")


def speed_from(events: list[dict[str, Any]], workers: int) -> Speed:
    """Given the lines of a run's log, return its speed."""
    begun = [_time(event) for event in events if event["event"] == "document-begun"]
    ended = [event for event in events if event["event"] == "document-ended"]
    stages: Counter[str] = Counter()
    for event in events:
        stages.update(event["seconds"] if event["event"] == "page-read" else {})
    seconds = max(map(_time, ended)) - min(begun)
    pages = sum(event["pages"] for event in ended)
    return Speed(pages, workers, seconds, min(begun) - _time(events[0]), dict(stages), sum(joins(events)))


def joins(events: list[dict[str, Any]]) -> Iterator[float]:
    """Given the lines of a log, yield the seconds of each document from its last page to its end."""
    last: dict[str, float] = {}
    for event in events:
        if event["event"] == "page-read":
            last[event["document"]] = _time(event)
        elif event["event"] == "document-ended":
            yield _time(event) - last.get(event["document"], _time(event))


def _time(event: dict[str, Any]) -> float:
    return datetime.fromisoformat(event["time"]).timestamp()


if __name__ == "__main__":
    sys.exit(main())
