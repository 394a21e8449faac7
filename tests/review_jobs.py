"""A job folder to review: a sample that was really read, with one amount misread and one text hostile."""

from __future__ import annotations

import functools
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline.cli import main
from pipeline.config import config_dir, load_settings
from pipeline.forms.definition import Form
from pipeline.forms.load import load_definitions
from pipeline.review.service import Review

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "sample_docs" / "declarations.pdf"
HOSTILE = '<script>window.hit=1</script>"><img src=x onerror="window.hit=1">'
TOTAL = "funds.annual_total"


def read_job(folder: Path) -> Path:
    """Run the sample into a job folder."""
    assert main(["run", str(SAMPLE), "--out", str(folder), "--workers", "1"]) == 0
    return folder


def records_in(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "records.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def write_records(folder: Path, records: list[dict[str, Any]]) -> None:
    lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    (folder / "records.jsonl").write_text("".join(lines), encoding="utf-8")


def doubtful_job(read: Path, folder: Path) -> Path:
    """Given a job that was read, return a copy whose first record has a wrong total and whose second a hostile name."""
    shutil.copytree(read, folder)
    first, second, *rest = records_in(folder)
    misread(first)
    second["data"]["implementing_unit"] = HOSTILE
    second["evidence"]["implementing_unit"] |= {"text": HOSTILE, "confidence": 0.4}
    doubt(second, "low-confidence", "implementing_unit", HOSTILE)
    write_records(folder, [first, second, *rest])
    return folder


def spoil(record: dict[str, Any]) -> str:
    """Read a 1 of the total as a 7, as a recogniser does, and return what was read."""
    right = record["data"]["funds"]["annual_total"]
    wrong = str(right[::-1].replace("1", "7", 1)[::-1] if "1" in right else "7" + right)
    record["data"]["funds"]["annual_total"] = wrong
    record["evidence"][TOTAL] |= {"text": wrong, "confidence": 0.41}
    doubt(record, "low-confidence", TOTAL, wrong)
    record["issues"][-1]["candidates"] = [right, wrong]
    return wrong


def misread(record: dict[str, Any]) -> None:
    """A total that was misread, with the doubts that a run raises about it."""
    wrong = spoil(record)
    record["issues"].pop()
    doubt(record, "sum-mismatch", TOTAL, wrong)
    doubt(record, "low-confidence", TOTAL, wrong)


def doubt(record: dict[str, Any], code: str, path: str, text: str) -> None:
    issue = {"code": code, "severity": "error", "path": path, "message": f"doubted: {text}", "candidates": [text]}
    record["issues"].append(issue)
    record["status"] = "review"


@functools.cache
def forms_and_threshold() -> tuple[tuple[Form, ...], float]:
    return load_definitions("auto", config_dir() / "forms"), load_settings().records.accept_confidence


def review_of(folder: Path) -> Review:
    return Review(folder, *forms_and_threshold())


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a job folder; yield the address."""
    words = [sys.executable, "-m", "pipeline", "review", str(folder), "--port", "0", "--user", "甲"]
    with subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        try:
            address = server.stderr.readline().strip().rstrip("/")
            assert address.startswith("http://127.0.0.1:"), address + server.stderr.read()
            yield address
        finally:
            server.terminate()
