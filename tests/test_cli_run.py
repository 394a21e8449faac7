"""The command with its real worker, models and all, on documents of the repository."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("records", "documents", "tables")


def run(out: Path, *words: str) -> subprocess.CompletedProcess[str]:
    sources = [f"sample_docs/{name}" for name in ("other.pdf", "declarations.pdf", "broken.pdf")]
    command = [sys.executable, "-m", "pipeline", "run", *sources, "--out", str(out), *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("job")
    done = run(out, "--workers", "2", "--json")
    assert done.returncode == 3, done.stderr
    closing = json.loads(done.stdout)
    assert (closing["files"], closing["documents"]) == (3, {"failed": 1, "ok": 2})
    assert "sample_docs/broken.pdf: failed (damaged)" in done.stderr
    return out


def test_every_input_has_one_line_in_order(job: Path) -> None:
    documents = lines(job / "documents.jsonl")
    assert [Path(line["file"]).name for line in documents] == ["broken.pdf", "declarations.pdf", "other.pdf"]
    assert [line["status"] for line in documents] == ["failed", "ok", "ok"]
    assert [page["page"] for page in documents[2]["pages_unused"]] == [1]
    known = [line["record_id"] for line in lines(job / "records.jsonl")]
    assert known == [identity for line in documents for identity in line["records"]]


def test_records_are_the_truth_and_their_evidence_is_on_its_page(job: Path) -> None:
    records = lines(job / "records.jsonl")
    truth = lines(ROOT / "sample_docs/declarations.truth.jsonl")
    assert [record["data"]["project_name"] for record in records] == [entry["data"]["project_name"] for entry in truth]
    for record in records:
        sizes = dict(zip(record["source"]["pages"], record["source"]["page_sizes"], strict=True))
        assert record["evidence"]
        for evidence in record["evidence"].values():
            x0, y0, x1, y1 = evidence["bbox"]
            width, height = sizes[evidence["page"]]
            assert 0 <= x0 < x1 <= width
            assert 0 <= y0 < y1 <= height
            assert 0 <= evidence["confidence"] <= 1


def test_tables_tile_and_those_of_no_known_form_are_there(job: Path) -> None:
    tables = lines(job / "tables.jsonl")
    assert "sample_docs/other.pdf" in {table["file"] for table in tables}
    for table in tables:
        slots = [
            (row, col)
            for cell in table["cells"]
            for row in range(cell["row"], cell["row"] + cell["row_span"])
            for col in range(cell["col"], cell["col"] + cell["col_span"])
        ]
        assert sorted(slots) == [(row, col) for row in range(table["n_rows"]) for col in range(table["n_cols"])]


def test_the_same_inputs_give_the_same_bytes_whoever_reads_them(job: Path, tmp_path: Path) -> None:
    assert run(tmp_path, "--workers", "1").returncode == 3
    for name in NAMES:
        assert (tmp_path / f"{name}.jsonl").read_bytes() == (job / f"{name}.jsonl").read_bytes()


def test_again_reads_nothing_and_changes_nothing(job: Path) -> None:
    before = {name: (job / f"{name}.jsonl").read_bytes() for name in NAMES}
    done = run(job, "--json")
    assert (done.returncode, json.loads(done.stdout)["finished_before"]) == (3, 3)
    assert {name: (job / f"{name}.jsonl").read_bytes() for name in NAMES} == before


def test_the_log_times_every_stage_and_quotes_no_page(job: Path) -> None:
    log = min((job / "logs").iterdir())
    text = log.read_text(encoding="utf-8")
    pages = [entry for entry in lines(log) if entry["event"] == "page-read"]
    assert len(pages) == sum(line["pages"] or 0 for line in lines(job / "documents.jsonl"))
    assert {tuple(entry["seconds"]) for entry in pages} == {("ingest", "upright", "detect", "grid", "read")}
    values = {evidence["text"] for record in lines(job / "records.jsonl") for evidence in record["evidence"].values()}
    assert len(values) > 100
    assert [value for value in values if len(value) > 5 and value in text] == []
    assert re.search("[一-鿿]", text) is None
