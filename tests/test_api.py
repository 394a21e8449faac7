"""``from pipeline import extract``: the same content as the output files, as objects."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pipeline
from pipeline import Document, InputError, Table, extract, load_settings
from pipeline.api import Cell
from pipeline.config import config_dir
from pipeline.errors import UsageError

SAMPLES = Path(__file__).parent.parent / "sample_docs"

Spans = tuple[tuple[int, int, int, int], ...]


@st.composite
def tilings(draw: st.DrawFn) -> tuple[int, int, Spans]:
    """A rectangle cut in two again and again: (rows, columns, cells as (row, col, row span, col span))."""
    n_rows, n_cols = draw(st.integers(1, 6)), draw(st.integers(1, 6))

    def cut(row: int, col: int, height: int, width: int) -> Spans:
        if height * width == 1 or draw(st.booleans()):
            return ((row, col, height, width),)
        if width > 1 and (height == 1 or draw(st.booleans())):
            at = draw(st.integers(1, width - 1))
            return cut(row, col, height, at) + cut(row, col + at, height, width - at)
        at = draw(st.integers(1, height - 1))
        return cut(row, col, at, width) + cut(row + at, col, height - at, width)

    return n_rows, n_cols, cut(0, 0, n_rows, n_cols)


def table_of(n_rows: int, n_cols: int, spans: Spans, texts: list[str]) -> Table:
    cells = tuple(
        Cell(row=r, col=c, row_span=h, col_span=w, text=text, bbox=(0, 0, 1, 1), confidence=1.0)
        for (r, c, h, w), text in zip(sorted(spans), texts, strict=True)
    )
    return Table(
        table_id="t", file="a.pdf", page=1, bbox=(0, 0, 1, 1), n_rows=n_rows, n_cols=n_cols, kind="ruled", cells=cells
    )


@given(tilings())
def test_frames_keep_every_text_in_its_slots(tiling: tuple[int, int, Spans]) -> None:
    n_rows, n_cols, spans = tiling
    table = table_of(*tiling, [f"cell {number}" for number in range(len(spans))])
    repeated, blank = table.to_frame(), table.to_frame(merged="blank")
    assert repeated.shape == blank.shape == (n_rows, n_cols)
    for cell in table.cells:
        covered = repeated.iloc[cell.row : cell.row + cell.row_span, cell.col : cell.col + cell.col_span]
        assert (covered == cell.text).all(axis=None)
        assert blank.iloc[cell.row, cell.col] == cell.text
    assert (blank != "").sum(axis=None) == len(spans)


@given(tilings(), st.data())
def test_html_tells_the_same_cells(tiling: tuple[int, int, Spans], data: st.DataObject) -> None:
    spans = tiling[2]
    words = st.text(alphabet='申报<>&"\n 1p/', max_size=8)
    texts = data.draw(st.lists(words, min_size=len(spans), max_size=len(spans)))
    table = table_of(*tiling, texts)
    rows = ET.fromstring(table.to_html().replace("<br>", "<br/>")).findall("tr")
    assert len(rows) == table.n_rows
    told = [
        (row, int(cell.get("rowspan", "1")), int(cell.get("colspan", "1")), "\n".join(cell.itertext()))
        for row, line in enumerate(rows)
        for cell in line
    ]
    held = [
        (cell.row, cell.row_span, cell.col_span, "\n".join(part for part in cell.text.split("\n") if part))
        for cell in table.cells
    ]
    assert told == held


def test_a_merged_cell_is_repeated_or_blank_and_nothing_else() -> None:
    table = table_of(1, 1, ((0, 0, 1, 1),), ["a"])
    with pytest.raises(ValueError, match="repeat"):
        table.to_frame(merged="twice")  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def document() -> Document:
    return extract(SAMPLES / "declarations.pdf")


def test_records_hold_what_the_sample_says(document: Document) -> None:
    truth = [json.loads(line) for line in (SAMPLES / "declarations.truth.jsonl").read_text("utf-8").splitlines()]
    assert [record.form for record in document.records] == [line["form"] for line in truth]
    for record, line in zip(document.records, truth, strict=True):
        assert record.status == "accepted"
        assert record.data["project_name"] == line["data"]["project_name"]
        assert record.evidence["project_name"].page in record.source.pages
        assert all(0 <= evidence.confidence <= 1 for evidence in record.evidence.values())


def test_tables_of_a_document_are_frames_too(document: Document) -> None:
    assert len(document.tables) >= len(document.records)
    frame = document.tables[0].to_frame()
    assert frame.shape == (document.tables[0].n_rows, document.tables[0].n_cols)
    assert "rowspan=" in document.tables[0].to_html()


def test_a_page_of_no_known_form_says_why_it_was_not_used() -> None:
    document = extract(SAMPLES / "other.pdf")
    assert document.records == ()
    assert [unused.page for unused in document.pages_unused] == list(range(1, (document.pages or 0) + 1))
    assert all(unused.reason for unused in document.pages_unused)


def test_settings_may_be_named_by_their_file(document: Document) -> None:
    named = extract(str(SAMPLES / "declarations.pdf"), settings=config_dir() / "pipeline.yaml")
    assert named == document == extract(SAMPLES / "declarations.pdf", settings=load_settings())


def test_a_file_that_cannot_be_read_raises_its_reason() -> None:
    with pytest.raises(InputError) as caught:
        extract(SAMPLES / "broken.pdf")
    assert caught.value.reason == "damaged"


def pages_of_sizes(path: Path, *sides: float) -> Path:
    with pikepdf.new() as pdf:
        for side in sides:
            pdf.add_blank_page(page_size=(side, side))
        pdf.save(path)
    return path


def test_the_refusal_of_an_only_page_is_that_of_its_file(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        extract(pages_of_sizes(tmp_path / "huge.pdf", 14400))
    assert (caught.value.reason, caught.value.status) == ("page-too-large", "rejected")


def test_a_refused_page_among_others_costs_that_page_only(tmp_path: Path) -> None:
    document = extract(pages_of_sizes(tmp_path / "mixed.pdf", 500, 14400, 500))
    assert [(u.page, u.reason.split(":")[0]) for u in document.pages_unused] == [
        (1, "blank-page"),
        (2, "page-failed"),
        (3, "blank-page"),
    ]


def test_an_unknown_form_is_wrong_usage() -> None:
    with pytest.raises(UsageError):
        extract(SAMPLES / "declarations.pdf", form="no-such-form")


def test_importing_the_package_loads_no_model_and_no_library() -> None:
    code = (
        "import sys, pipeline; print(sorted({'numpy', 'cv2', 'pandas', 'onnxruntime', 'pydantic'} & set(sys.modules)))"
    )
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    assert done.stdout.strip() == "[]"


def test_every_public_name_is_there() -> None:
    assert all(getattr(pipeline, name) is not None for name in pipeline.__all__)
    assert set(pipeline.__all__) <= set(dir(pipeline))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = pipeline.nothing
