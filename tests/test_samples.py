"""The sample documents come out as their truth says, and every value that does not is flagged."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest

from pipeline.api import Document, outputs_to_document
from pipeline.errors import DamagedFile
from pipeline.run import extract_document
from pipeline.stages.emit import document_to_outputs
from pipeline.tools import Tools

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "sample_docs"
SEED = ROOT.parent / "shared" / "seed"
seeded = pytest.mark.skipif(not SEED.is_dir(), reason="the seed declarations are not part of the repository")

HALF = {c: c - 0xFEE0 for c in range(0xFF01, 0xFF5F)}
QUOTES = str.maketrans("\u3000“”‘’—–", " \"\"''--")


def leaves(node: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every scalar of ``data`` with its dotted path."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, f"{path}.{key}" if path else key)
    elif isinstance(node, list | tuple):
        for i, value in enumerate(node):
            yield from leaves(value, f"{path}[{i}]")
    else:
        yield path, node


def canonical(value: object) -> object:
    """White space dropped, full width folded, numbers as decimals; null and the empty text are one."""
    text = re.sub(r"\s+", "", str(value).translate(HALF).translate(QUOTES)) if value is not None else ""
    try:
        return Decimal(text)
    except InvalidOperation:
        return text or None


@dataclass(frozen=True)
class Score:
    """How a document compares with its truth. silent: wrong values that no issue names. extra: invented rows."""

    leaves: int
    wrong: list[str]
    silent: list[str]
    extra: int


def compare(documents: list[dict[str, Any]], truths: list[dict[str, Any]]) -> Score:
    """Given records and truths in order, one for one, return how they compare."""
    assert [record["form"] for record in documents] == [truth["form"] for truth in truths]
    total, extra = 0, 0
    wrong: list[str] = []
    silent: list[str] = []
    for n, (record, truth) in enumerate(zip(documents, truths, strict=True)):
        got, flags = dict(leaves(record["data"])), [i["path"] for i in record["issues"] if i["path"]]
        for path, want in leaves(truth["data"]):
            total += 1
            if canonical(got.get(path)) != canonical(want):
                wrong.append(f"{n}:{path}: {got.get(path)!r} for {want!r}")
                named = any(path == flag or path.startswith((f"{flag}.", f"{flag}[")) for flag in flags)
                silent += [] if named else wrong[-1:]
        extra += max(len(record["data"].get("indicators", ())) - len(truth["data"].get("indicators", ())), 0)
    return Score(total, wrong, silent, extra)


def read_truth(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


Reader = Callable[[Path], Document]


@pytest.fixture(scope="session")
def reader(tools: Tools) -> Reader:
    """Reads a document, once for all tests."""
    return functools.cache(lambda path: fresh(path, tools))


def fresh(path: Path, tools: Tools) -> Document:
    return outputs_to_document(document_to_outputs(extract_document(path, path.name, tools)))


def score(document: Document, truth: Path) -> Score:
    return compare([record.model_dump(mode="json") for record in document.records], read_truth(truth))


def test_the_comparison_tells_right_from_wrong_and_loud_from_silent() -> None:
    truth = {"form": "f", "data": {"a": "中心(本级)", "b": {"c": "1.50"}, "indicators": [{"v": None}, {"v": "5"}]}}
    issues = [{"path": "indicators[1]"}, {"path": None}]
    record = {"form": "f", "data": {"a": "中 心（本级）", "b": {"c": "1.5"}, "indicators": [{"v": ""}, {"v": "6"}]}}
    assert compare([record | {"issues": issues}], [truth]).silent == []
    assert compare([record | {"issues": []}], [truth]) == Score(
        4, ["0:indicators[1].v: '6' for '5'"], ["0:indicators[1].v: '6' for '5'"], 0
    )


def test_digital_declarations_are_exact(reader: Reader) -> None:
    document = reader(SAMPLES / "declarations.pdf")
    result = score(document, SAMPLES / "declarations.truth.jsonl")
    assert (result.wrong, result.extra) == ([], 0)
    assert [record.status for record in document.records] == ["accepted"] * len(document.records)
    assert (document.status, document.reason, document.pages_unused) == ("ok", None, ())


@pytest.mark.parametrize(
    "name",
    [
        "declarations_scan.pdf",
        "declarations_fax.tif",
        "photo.jpg",
    ],
)
def test_scanned_declarations_are_right_or_flagged(reader: Reader, name: str) -> None:
    result = score(reader(SAMPLES / name), (SAMPLES / name).with_suffix(".truth.jsonl"))
    assert (result.silent, result.extra) == ([], 0)
    assert len(result.wrong) <= 0.01 * result.leaves, result.wrong


@pytest.mark.parametrize("name", ["declarations.pdf", "declarations_scan.pdf", "declarations_fax.tif", "photo.jpg"])
def test_every_value_has_its_place_on_its_page(reader: Reader, name: str) -> None:
    document = reader(SAMPLES / name)
    for record in document.records:
        sizes = dict(zip(record.source.pages, record.source.page_sizes, strict=True))
        known = {path for path, value in leaves(record.data) if value is not None}
        spoken = {path for path in known if not any(i.path == path for i in record.issues)}
        assert spoken <= set(record.evidence)
        for path, evidence in record.evidence.items():
            x0, y0, x1, y1 = evidence.bbox
            width, height = sizes[evidence.page]
            assert 0 <= x0 < x1 <= width, path
            assert 0 <= y0 < y1 <= height, path
            assert evidence.text.strip()
            assert 0 <= evidence.confidence <= 1


def overlap(a: list[float], b: list[float]) -> float:
    """Which share of the smaller box the other one covers."""
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    area = min((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
    return max(wide, 0.0) * max(high, 0.0) / area


@pytest.mark.parametrize("name", ["declarations.pdf", "declarations_scan.pdf", "declarations_fax.tif", "photo.jpg"])
def test_evidence_lies_where_the_values_were_printed(reader: Reader, name: str) -> None:
    document = reader(SAMPLES / name)
    drawn = read_truth((SAMPLES / name).with_suffix(".boxes.jsonl"))
    checked = 0
    for record, entry in zip(document.records, drawn, strict=True):
        for path, places in places_of(entry).items():
            evidence = record.evidence.get(path)
            if evidence is None:
                continue
            here = [box for page, box in places if page == evidence.page]
            assert here, f"{path} is on another page"
            assert max(overlap(list(evidence.bbox), box) for box in here) > 0.5, path
            checked += 1
    assert checked > 30


def places_of(entry: dict[str, Any]) -> dict[str, list[tuple[int, list[float]]]]:
    """(page, box) of every place where a value is printed, by its path."""
    return {
        path: [(part["page"], part["bbox"]) for part in (*place["parts"], *place["repeats"])]
        for path, place in entry.items()
    }


def test_a_form_that_nobody_knows_still_gives_its_table(reader: Reader) -> None:
    document = reader(SAMPLES / "other.pdf")
    (truth,) = read_truth(SAMPLES / "other.truth.jsonl")
    assert [document.file, document.status, document.pages, list(document.records)] == [
        truth[key] for key in ("file", "status", "pages", "records")
    ]
    assert [page.page for page in document.pages_unused] == truth["pages_unused"]
    assert document.pages_unused[0].reason == "no-known-form"
    (table,) = document.tables
    slots = sorted((row, col) for cell in table.cells for row, col in covered(cell))
    assert slots == [(row, col) for row in range(table.n_rows) for col in range(table.n_cols)]
    assert sum(bool(cell.text) for cell in table.cells) > 6


def covered(cell: Any) -> list[tuple[int, int]]:
    return [(cell.row + i, cell.col + j) for i in range(cell.row_span) for j in range(cell.col_span)]


def test_a_broken_file_says_so(tools: Tools) -> None:
    (truth,) = read_truth(SAMPLES / "broken.truth.jsonl")
    with pytest.raises(DamagedFile) as raised:
        fresh(SAMPLES / "broken.pdf", tools)
    assert (raised.value.reason, raised.value.status) == (truth["reason"], truth["status"])
    assert len(str(raised.value)) > 20


@pytest.mark.parametrize("name", ["declarations.pdf", "photo.jpg", "other.pdf"])
def test_the_same_file_twice_is_the_same_document(reader: Reader, tools: Tools, name: str) -> None:
    path = SAMPLES / name
    assert fresh(path, tools) == reader(path)


@seeded
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "least", "accepted"),
    [("declarations", 444, 4), ("declarations_scan", 444, 0), ("declarations_scan_rough", 442, 0)],
)
def test_the_seed_declarations(tools: Tools, name: str, least: int, accepted: int) -> None:
    """accepted: how many records must need no look."""
    document = fresh(SEED / f"{name}.pdf", tools)
    result = score(document, SEED / "truth.jsonl")
    assert (result.silent, result.extra, result.leaves) == ([], 0, 444)
    assert result.leaves - len(result.wrong) >= least, result.wrong
    assert sum(record.status == "accepted" for record in document.records) >= accepted
    units = [document.records[n].data["implementing_unit"] for n in (0, 2, 3)]
    assert len(set(units)) == 1
