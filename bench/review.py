"""How quick is the review page on many records, and do its events lead to the same state again? ``make bench-review``.

Makes a job folder of many records, those of the samples varied the same way each time, and measures three things.
queue: the server's answer to a browser that opens the queue, at rest and just after a run has written the file anew.
doubt: in a real browser (Chromium; left out where there is none), from the key to the next doubt on the screen.
replay: a random session of all kinds of actions; every state that it saw is made again from the events in the file.
Exit code 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.sinks import COMMAND, copies, read_samples
from pipeline.batch.ledger import LEDGER_NAME
from pipeline.config import config_dir, load_settings
from pipeline.errors import IssueCode
from pipeline.forms.load import load_definitions
from pipeline.forms.paths import value_at
from pipeline.review.actions import Action, Refused
from pipeline.review.events import KINDS
from pipeline.review.pictures import FOLDER, page_picture
from pipeline.review.service import Review
from pipeline.review.state import State, digest_of, state_of
from pipeline.review.store import open_reviews
from pipeline.sinks.jsonl import read_lines, write_lines

RECORDS = 10_000
QUEUE_MS, DOUBT_MS = 300.0, 100.0
"""Goals: of the server until the queue is sent, and from the key until the next doubt is shown."""
DOUBTED = 0.4
"""Share of the records that have doubts, one to three of them."""
SESSION = (40, 15)
"""Records of the random session, and actions on each."""
ROUNDS = 15
"""Requests, and doubts settled in the browser; the median counts."""
LOOK_MS = 500
"""For which somebody looks at a doubt; the next record is fetched meanwhile."""
SEED = 6

Plain = dict[str, Any]


def main() -> int:
    options = parse()
    with tempfile.TemporaryDirectory(prefix="shenbao-review-") as name:
        sample = options.job or read_samples(Path(name) / "sample")
        job = varied_job(sample, Path(name) / "job", options.records)
        size = (job / "records.jsonl").stat().st_size / 1e6
        print(f"{options.records:,} records, {size:.0f} MB of records.jsonl", flush=True)
        missed = [*queue_missed(job), *doubt_missed(job), *replay_missed(job)]
    print("missed: " + (", ".join(missed) or "nothing"))
    return int(bool(missed))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=RECORDS)
    parser.add_argument("--job", type=Path, help="a finished job folder to take in place of reading the samples")
    return parser.parse_args()


def varied_job(sample: Path, job: Path, wanted: int) -> Path:
    """Write a job folder of so many records, those of a sample with doubts here and there, and return it."""
    job.mkdir()
    dice, names = random.Random(SEED), list[str]()
    lines = (json.dumps(varied(json.loads(line), dice), ensure_ascii=False) for line in copies(sample, wanted, names))
    write_lines(job / "records.jsonl", lines)
    (job / "documents.jsonl").write_text("".join(names), encoding="utf-8")
    for file in (LEDGER_NAME, "tables.jsonl"):
        shutil.copy(sample / file, job)
    draw_pages(sample, job)
    return job


def varied(record: Plain, dice: random.Random) -> Plain:
    """Given a record, return it with a confidence of its own and perhaps doubts."""
    if dice.random() < DOUBTED:
        for path in dice.sample(sorted(record["evidence"]), min(dice.randint(1, 3), len(record["evidence"]))):
            record["evidence"][path]["confidence"] = round(dice.uniform(0.2, 0.85), 6)
            doubt = {"code": str(IssueCode.LOW_CONFIDENCE), "severity": "error", "path": path}
            record["issues"].append({**doubt, "message": "hard to read", "candidates": []})
            record["status"] = "review"
    return record


def draw_pages(sample: Path, job: Path) -> None:
    """Draw the pages of the sample once, as the server does when a page is first looked at."""
    settings = load_settings().ingest
    for record in read_lines(sample / "records.jsonl"):
        source = record["source"]
        for page in source["pages"]:
            page_picture(sample, source["file"], source["sha256"], page, settings)
    shutil.copytree(sample / FOLDER, job / FOLDER)


@contextmanager
def serving(job: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Serve the job folder with the command; yield the address and the process."""
    words = [*COMMAND, "review", str(job), "--port", "0", "--user", "bench"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        yield server.stderr.readline().strip().rstrip("/"), server
        server.terminate()


def queue_missed(job: Path) -> Iterator[str]:
    """Ask for the queue many times, then each time after one record was added; yield what missed its goal."""
    begun = time.monotonic()
    with serving(job) as (address, server):
        print(f"server: ready after {time.monotonic() - begun:.1f} s")
        rest = [milliseconds(lambda: fetch(f"{address}/queue")) for _ in range(ROUNDS)]
        anew, work = list[float](), list[float]()
        for number in range(5):
            add_record(job, f"new-{number}")
            before = work_of(server.pid)
            anew.append(milliseconds(lambda: fetch(f"{address}/queue")))
            work.append(work_of(server.pid) - before)
    print(f"work of the server for the queue of a file written anew: median {statistics.median(work):.0f} ms")
    for name, found in (("queue at rest", rest), ("queue after the file was written anew", anew)):
        yield from told(name, found, QUEUE_MS)


def fetch(url: str) -> bytes:
    with urllib.request.urlopen(url) as answer:
        return bytes(answer.read())


def add_record(job: Path, record_id: str) -> None:
    """Write the file anew with one record more at its beginning, as a run does that adds a document."""
    first = next(read_lines(job / "records.jsonl"))
    old = (job / "records.jsonl").read_text(encoding="utf-8").splitlines()
    write_lines(job / "records.jsonl", [json.dumps({**first, "record_id": record_id}, ensure_ascii=False), *old])


def work_of(pid: int) -> float:
    """Milliseconds of the processor that a process has taken; other work on the machine takes none of them."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def milliseconds(deed: Callable[[], object]) -> float:
    begun = time.perf_counter()
    deed()
    return (time.perf_counter() - begun) * 1000


def told(name: str, found: list[float], goal: float) -> Iterator[str]:
    """Print what was measured, and yield its name when the median missed the goal (both in milliseconds)."""
    median = statistics.median(found)
    print(f"{name}: median {median:.0f} ms, worst {max(found):.0f} ms of {len(found)} (goal {goal:.0f} ms)", flush=True)
    if median > goal:
        yield name


SHOWN = """() => new Promise((resolve) => {
  const begin = performance.now(), main = document.getElementById("main");
  const spot = () => `${main.dataset.ready} ${document.querySelector(".values .active[data-path]")?.dataset.path}`;
  const before = spot();
  const look = () => (spot() !== before && document.querySelector(".crop canvas")
    ? requestAnimationFrame(() => resolve(performance.now() - begin)) : setTimeout(look, 1));
  document.activeElement.blur();
  document.body.dispatchEvent(new KeyboardEvent("keydown", KEY));
  look();
})"""
"""Presses a key and waits until another spot is the active one, with its crop beside it, and has been painted."""
ENTER = 'Object({key: "Enter", bubbles: true, cancelable: true})'
SKIP = 'Object({key: "s", bubbles: true, cancelable: true})'


def doubt_missed(job: Path) -> Iterator[str]:
    """Settle doubts in a browser, and skip from record to record; yield what missed its goal."""
    chromium = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415
    except ImportError:
        chromium = None
    if chromium is None:
        print("doubt: not measured, since Chromium or Playwright is not installed")
        return
    with serving(job) as (address, _), sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(f"{address}/queue")
        page.click("#start")
        pairs = [(pressed(page, ENTER), pressed(page, SKIP)) for _ in range(ROUNDS)]
        browser.close()
    confirmed, skipped = map(list, zip(*pairs, strict=True))
    yield from told("next doubt of a record, the one before written down", confirmed, DOUBT_MS)
    yield from told("first doubt of the next record", skipped, DOUBT_MS)


def pressed(page: Any, key: str) -> float:
    """Press a key once the record is shown, and return the milliseconds until the next spot is."""
    page.wait_for_selector(".crop canvas")
    page.wait_for_timeout(LOOK_MS)
    return float(page.evaluate(SHOWN.replace("KEY", key)))


def replay_missed(job: Path) -> Iterator[str]:
    """Act at random on some records; yield a name where a state is not found again from the events that were kept."""
    forms = load_definitions("auto", config_dir() / "forms")
    review = Review(job, forms, load_settings().records.accept_confidence)
    dice, (records, actions) = random.Random(SEED), SESSION
    ids = dice.sample(sorted(review.lists().catalog.by_id), records)
    seen = {record_id: list(session(review, record_id, dice, actions)) for record_id in ids}
    same = sum(replayed(review, record_id, states) for record_id, states in seen.items())
    total = sum(map(len, seen.values()))
    print(f"replay: {same} of {total} states made again from {review.folder.name}/reviews.sqlite (goal: all)")
    if same != total or not total:
        yield "replay"


def session(review: Review, record_id: str, dice: random.Random, actions: int) -> Iterator[State]:
    """Do so many random actions on a record; yield the state after each that was not refused."""
    for number in range(actions):
        state = review.state(record_id)
        try:
            yield review.act(record_id, random_action(state, dice), f"person {number % 3}")
        except Refused:
            continue


def random_action(state: State, dice: random.Random) -> Action:
    kind: Any = dice.choice(KINDS)
    path = dice.choice(sorted(state.record["evidence"]) or ["title"])
    rows = value_at(state.record["data"], "indicators") or []
    place = f"indicators[{dice.randint(0, len(rows))}]"
    text = dice.choice(["12.50", "甲", "2024-05-01", "", "≥80%", "1,234.5万元"])
    return Action(kind, state.version, place if "row" in kind else path, text, dice.choice(["", "seen"]), (path,))


def replayed(review: Review, record_id: str, states: list[State]) -> int:
    """Return how many of the states are made again by the events in the file, each by those up to its version."""
    record = review.lists().catalog.record(record_id)
    assert record is not None
    with open_reviews(review.folder) as reviews:
        events = reviews.of_record(record_id)
    judge = review.judge(record["form"])
    again = [state_of(record, [event for event in events if event.version <= seen.version], judge) for seen in states]
    return sum(is_same(*pair) for pair in zip(states, again, strict=True))


def is_same(one: State, other: State) -> bool:
    """The record as it goes out, who has accepted it, and which events count."""
    told = [(digest_of(state.record), state.accepted_by, state.version, state.events) for state in (one, other)]
    return told[0] == told[1]


if __name__ == "__main__":
    sys.exit(main())
