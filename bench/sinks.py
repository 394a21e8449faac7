"""How long does the export of many records take, and how much memory? ``make bench-sinks``.

Reads the samples once, makes a job folder of many records from what they gave, and exports it to each sink in a process
of its own, twice. Prints seconds of the clock, of CPU (ours; a database server and a receiver have their own) and the
most memory held. Exit code 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import base64
import json
import multiprocessing
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from pipeline.sinks.jsonl import read_lines, write_lines

SAMPLES = Path(__file__).resolve().parent.parent / "sample_docs"
RECORDS, SECONDS = 10_000, 60.0
"""Goal: an export of so many records takes at most so long."""
SECRET = "whsec_" + base64.b64encode(bytes(32)).decode()
FILES = (("csv",), ("csv", "--flavour", "data"), ("xlsx",), ("parquet",), ("sqlite",), ("duckdb",))

Plain = dict[str, Any]


def main() -> int:
    options = parse()
    with tempfile.TemporaryDirectory(prefix="shenbao-sinks-") as name:
        folder = Path(name)
        sample = options.job or read_samples(folder / "sample")
        job = folder / "job"
        documents = multiply(sample, job, options.records)
        size = (job / "records.jsonl").stat().st_size / 1e6
        print(f"{options.records:,} records of {documents:,} documents, {size:.0f} MB of records.jsonl")
        print(f"{'sink':<22}{'seconds':>9}{'CPU':>8}{'memory':>10}{'again':>9}")
        missed = [measure(job, target, folder) for target in targets(options, folder)]
    return int(any(missed))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=RECORDS)
    parser.add_argument("--job", type=Path, help="a finished job folder to take in place of reading the samples")
    parser.add_argument("--postgresql", metavar="URL", help="an empty database to measure as well")
    parser.add_argument("--only", action="append", metavar="SINK", help="csv, xlsx, parquet, sqlite, duckdb, webhook")
    return parser.parse_args()


def read_samples(folder: Path) -> Path:
    """Read the samples into a job folder and return it."""
    subprocess.run([*COMMAND, "run", str(SAMPLES), "--out", str(folder)], check=False, capture_output=True)
    return folder


COMMAND = (sys.executable, "-m", "pipeline")


def multiply(sample: Path, job: Path, wanted: int) -> int:
    """Write a job folder of so many records, those of a sample repeated, and return how many documents it has."""
    job.mkdir()
    names: list[str] = []
    write_lines(job / "records.jsonl", copies(sample, wanted, names))
    (job / "documents.jsonl").write_text("".join(names), encoding="utf-8")
    shutil.copy(sample / "tables.jsonl", job)
    return len(names)


def copies(sample: Path, wanted: int, names: list[str]) -> Iterator[str]:
    """Yield lines of records; the lines of their documents are added to names."""
    documents = [document for document in read_lines(sample / "documents.jsonl") if document["records"]]
    by_id = {record["record_id"]: record for record in read_lines(sample / "records.jsonl")}
    left = wanted
    while left:
        document = documents[len(names) % len(documents)]
        file = f"{len(names):06}/{document['file']}"
        own = [by_id[name] for name in document["records"]][:left]
        ids = [f"{len(names):06}-{record['record_id']}" for record in own]
        names.append(json.dumps({**document, "file": file, "records": ids}, ensure_ascii=False) + "\n")
        left -= len(own)
        for name, record in zip(ids, own, strict=True):
            source = {**record["source"], "file": file}
            yield json.dumps({**record, "record_id": name, "source": source}, ensure_ascii=False)


def targets(options: argparse.Namespace, folder: Path) -> Iterator[tuple[str, ...]]:
    """Yield the words that name each sink to the command."""
    wanted = [target for target in FILES if not options.only or target[0] in options.only]
    yield from wanted
    if options.postgresql:
        yield (options.postgresql,)
    if not options.only or "webhook" in options.only:
        port: Any = multiprocessing.Queue()
        process = multiprocessing.Process(target=receive, args=(port,), daemon=True)
        process.start()
        yield ("webhook", f"http://127.0.0.1:{port.get()}/")
        process.terminate()


def receive(port: Any) -> None:
    """A receiver that takes everything."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    port.put(server.server_address[1])
    server.serve_forever()


def measure(job: Path, target: tuple[str, ...], folder: Path) -> bool:
    """Export twice, print what that took, and return whether the goal was missed."""
    to, *rest = target
    words = [*COMMAND, "export", str(job), *rest, "--to", to, "--out", str(folder / "export")]
    first, second = timed(words), timed(words)
    shutil.rmtree(folder / "export", ignore_errors=True)
    name = " ".join(target).partition("://")[0]
    memory = f"{first[2]:.0f} MB"
    print(f"{name:<22}{first[0]:>9.1f}{first[1]:>8.1f}{memory:>10}{second[0]:>9.1f}", flush=True)
    return first[0] > SECONDS


def timed(words: list[str]) -> tuple[float, float, float]:
    """Given a command, run it and return seconds of the clock and of CPU, and its most memory in megabytes."""
    begun = time.monotonic()
    process = subprocess.Popen(words, env={**os.environ, "SHENBAO_WEBHOOK_SECRET": SECRET}, stderr=subprocess.PIPE)
    assert process.stderr is not None
    told = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(told.decode())
    return time.monotonic() - begun, used.ru_utime + used.ru_stime, memory_mb(used)


def memory_mb(used: resource.struct_rusage) -> float:
    return used.ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
