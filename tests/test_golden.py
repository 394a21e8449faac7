"""Each stage, given the product of the stage before it as it was once, makes its own as it was once.

``pytest tests/test_golden.py --update-golden`` writes the products anew: look at what changed before it is committed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from golden_json import GOLDEN, decode, differences, encode, read_golden, write_golden

from pipeline.model import CleanPage, Grid, PageReading, Table, TableRegion, TextLine
from pipeline.stages.check import check
from pipeline.stages.detect import detect
from pipeline.stages.grid import build_grids
from pipeline.stages.ingest import open_document
from pipeline.stages.read import read
from pipeline.stages.records import records
from pipeline.stages.stitch import stitch
from pipeline.stages.upright import upright
from pipeline.tools import Tools

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Sample:
    """Some pages (0-based) of one sample. within: units of a clean page by which a place may be off."""

    name: str
    pages: tuple[int, ...]
    within: float

    @property
    def path(self) -> Path:
        return ROOT / "sample_docs" / self.name

    @property
    def document(self) -> str:
        return self.path.stem


DIGITAL = Sample("declarations.pdf", (3, 4), within=0.01)
"""One declaration over a page break."""
SCAN = Sample("declarations_scan.pdf", (0,), within=2.0)
"""Other processors round pictures another way."""
both = pytest.mark.parametrize("sample", [DIGITAL, SCAN], ids=lambda sample: sample.document)
Check = Callable[[Sample, str, Any], None]


@pytest.fixture
def agrees(request: pytest.FixtureRequest) -> Check:
    """Compares a product with its golden twin, or writes the twin when asked to."""

    def compare(sample: Sample, product: str, got: Any) -> None:
        if request.config.getoption("--update-golden"):
            write_golden(sample.document, product, got)
        found = list(differences(encode(got), read_golden(sample.document, product), sample.within))
        assert found == []

    return compare


def golden(sample: Sample, product: str) -> Any:
    return decode(read_golden(sample.document, product))


@pytest.fixture(scope="module")
def cleaned(tools: Tools) -> Callable[[Sample], list[CleanPage]]:
    """The clean pages of a sample: pixels are not kept, so they are made anew, once."""

    def make(sample: Sample) -> list[CleanPage]:
        with open_document(sample.path, sample.name, tools.settings.ingest) as opened:
            pages = [opened.page(number) for number in sample.pages]
        return [upright(page, tools.orienter, tools.settings.upright) for page in pages]

    return functools.cache(make)


Cleaned = Callable[[Sample], list[CleanPage]]


@both
def test_upright(sample: Sample, cleaned: Cleaned, agrees: Check) -> None:
    """A page's frame, how it was turned, and where three of its places lie in the file."""
    frames = []
    for page in cleaned(sample):
        width, height = page.size
        places = [page.to_file.apply((x * width, y * height)) for x, y in ((0.1, 0.1), (0.9, 0.1), (0.5, 0.9))]
        frames.append([page.number, page.unit, page.file_size, page.size, page.quarter_turns, places])
    agrees(sample, "clean", frames)


@both
def test_detect(sample: Sample, cleaned: Cleaned, tools: Tools, agrees: Check) -> None:
    regions = [detect(page, sample.path, tools.settings.detect) for page in cleaned(sample)]
    agrees(sample, "regions", regions)


@both
def test_grid(sample: Sample, cleaned: Cleaned, tools: Tools, agrees: Check) -> None:
    regions: tuple[tuple[TableRegion, ...], ...] = golden(sample, "regions")
    pages = cleaned(sample)
    grids = [build_grids(page, known, tools.settings.grid) for page, known in zip(pages, regions, strict=True)]
    agrees(sample, "grids", grids)


@both
def test_read(sample: Sample, cleaned: Cleaned, tools: Tools, agrees: Check, request: pytest.FixtureRequest) -> None:
    """Of what the recogniser reads, the texts and the boxes of lines are compared; its scores differ by processor."""
    grids: tuple[tuple[Grid, ...], ...] = golden(sample, "grids")
    readings = [
        read(page, known, tools.recogniser, tools.settings.read)
        for page, known in zip(cleaned(sample), grids, strict=True)
    ]
    if request.config.getoption("--update-golden"):
        write_golden(sample.document, "readings", readings)
    got, want = ([texts_of(reading) for reading in found] for found in (readings, golden(sample, "readings")))
    assert list(differences(encode(got), encode(want), sample.within)) == []


def texts_of(reading: PageReading) -> list[Any]:
    cells = [
        (c.row, c.col, c.row_span, c.col_span, [line_of(x) for x in c.lines]) for g in reading.grids for c in g.cells
    ]
    return [reading.page, reading.file_size, reading.size, cells, [line_of(line) for line in reading.loose]]


def line_of(line: TextLine) -> list[Any]:
    return [line.page, line.text, line.box, line.origin, line.ends_paragraph]


@both
def test_stitch(sample: Sample, tools: Tools, agrees: Check) -> None:
    readings: tuple[PageReading, ...] = golden(sample, "readings")
    agrees(sample, "tables", stitch(readings, tools.forms, tools.settings.stitch))


@both
def test_records(sample: Sample, tools: Tools, agrees: Check) -> None:
    tables: tuple[Table, ...] = golden(sample, "tables")
    readings: tuple[PageReading, ...] = golden(sample, "readings")
    found, unused = records(tables, readings, tools.forms, tools.settings.records)
    checked = [check(record, tools.forms, tools.settings.records) for record in found]
    agrees(sample, "records", [*checked, *unused])


def test_the_golden_products_are_small() -> None:
    assert 0 < sum(path.stat().st_size for path in GOLDEN.rglob("*.json")) < 1_500_000


@both
def test_a_product_survives_being_written(sample: Sample) -> None:
    for product in ("regions", "grids", "readings", "tables"):
        kept = read_golden(sample.document, product)
        assert encode(decode(kept)) == kept


def test_a_difference_is_seen() -> None:
    assert list(differences([1.0, "a", 3], [1.5, "a", 3], 1.0)) == []
    assert list(differences([1.0, "a", 3], [3.5, "b", 4], 1.0)) == [
        "[0]: 1.0 is not 3.5",
        "[1]: a is not b",
        "[2]: 3 is not 4",
    ]
    assert list(differences({"a": [1]}, {"a": [1, 2]}, 0.0)) == [".a: [1] is not [1, 2]"]
    assert list(differences({"a": None}, {"a": 0}, 0.0)) == [".a: None is not 0"]
