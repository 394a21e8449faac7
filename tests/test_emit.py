from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import EncryptedFile, InputError, IssueCode, LimitExceeded
from pipeline.geometry import Box, Transform
from pipeline.model import (
    Cell,
    Document,
    Evidence,
    Glyph,
    Grid,
    Issue,
    Note,
    PageReading,
    Record,
    Source,
    TextLine,
    UnusedPage,
)
from pipeline.stages.emit import (
    Outputs,
    data_paths,
    document_to_outputs,
    failure_to_outputs,
    lost_to_outputs,
    to_line,
)

SHA = "3f" * 32
PAGE_SIZE = (595.0, 842.0)
SCALE = 72 / 200
"""From clean pixels at 200 dpi to points."""


def text_line(text: str, confidence: float = 1.0) -> TextLine:
    return TextLine(3, tuple(Glyph(c, Box(0, 0, 1, 1), confidence) for c in text), "ocr")


def grid(page: int, lines: tuple[TextLine, ...] = ()) -> Grid:
    """Two rows and two columns; the first column is one cell. The last cell hangs over the right edge of the page."""
    cells = (
        Cell(0, 0, 2, 1, Box(100, 100, 200, 300), lines),
        Cell(0, 1, 1, 1, Box(200, 100, 2000, 200)),
        Cell(1, 1, 1, 1, Box(200, 200, 2000, 300)),
    )
    return Grid(page, "ruled", Box(100, 100, 2000, 300), 2, 2, cells, (100, 200, 300), (100, 200, 2000))


def reading(page: int, *grids: Grid) -> PageReading:
    return PageReading(page, PAGE_SIZE, "pt", (1653.0, 2339.0), Transform.scale(SCALE), grids, ())


def record(pages: tuple[int, ...], accepted: bool = True, issues: tuple[Issue, ...] = (), **data: Any) -> Record:
    here = Evidence("21,045,108.18", pages[0], Box(1.005, 2.0049, 3.456, 4.0), 0.99812345, "ocr")
    year = replace(here, text="2024", origin="text_layer")
    values = {"funds": {"total": "21045108.18"}, "year": 2024, "indicators": [{"value": None}]} | data
    return Record("sample", pages, values, {"year": year, "funds.total": here}, issues, accepted)


def document(*records: Record, readings: tuple[PageReading, ...] | None = None, **changes: Any) -> Document:
    source = Source("in/申报.pdf", Path("/x/in/a.pdf"), SHA, "pdf", 5)
    pages = tuple(reading(page, grid(page)) for page in range(5)) if readings is None else readings
    return replace(Document(source, pages, records), **changes)


def test_a_record_line_is_as_the_contract_says() -> None:
    outputs = document_to_outputs(document(record((3, 4))))
    assert json.loads(to_line(outputs.records[0])) == {
        "schema_version": 1,
        "record_id": f"{SHA[:16]}-p4-5-r1",
        "form": "sample",
        "status": "accepted",
        "source": {"file": "in/申报.pdf", "sha256": SHA, "pages": [4, 5], "page_sizes": [[595.0, 842.0]] * 2},
        "data": {"funds": {"total": "21045108.18"}, "year": 2024, "indicators": [{"value": None}]},
        "evidence": {
            "funds.total": {
                "text": "21,045,108.18",
                "page": 4,
                "bbox": [1.0, 2.0, 3.46, 4.0],
                "confidence": 0.998123,
                "origin": "ocr",
            },
            "year": {
                "text": "2024",
                "page": 4,
                "bbox": [1.0, 2.0, 3.46, 4.0],
                "confidence": 0.998123,
                "origin": "text_layer",
            },
        },
        "issues": [],
    }


def test_what_is_to_be_known_of_a_file_and_of_a_page_is_told_and_changes_no_status() -> None:
    notes = (Note("active-content", None, "the PDF carries a script"), Note("drawn-coarser", 3, "page 4 is large"))
    outputs = document_to_outputs(document(record((3,)), record((4,)), notes=notes))
    assert (outputs.document.status, outputs.document.reason) == ("ok", None)
    assert outputs.document.message == "the PDF carries a script; page 4 is large"
    told = [[(issue.code, issue.severity, issue.path) for issue in found.issues] for found in outputs.records]
    assert told == [[("drawn-coarser", "warning", None)], []]
    assert [found.status for found in outputs.records] == ["accepted", "accepted"]


def test_keys_stand_in_the_order_of_the_contract_and_of_the_data() -> None:
    line = json.loads(to_line(document_to_outputs(document(record((0,)))).records[0]))
    assert list(line) == ["schema_version", "record_id", "form", "status", "source", "data", "evidence", "issues"]
    assert list(line["data"]) == ["funds", "year", "indicators"]
    assert list(line["evidence"]) == ["funds.total", "year"]


def test_a_document_line_is_as_the_contract_says() -> None:
    outputs = document_to_outputs(
        document(record((3,)), pages_unused=(UnusedPage(2, "no form"), UnusedPage(0, "blank")))
    )
    line = json.loads(to_line(outputs.document))
    assert line == {
        "file": "in/申报.pdf",
        "sha256": SHA,
        "status": "ok",
        "reason": None,
        "message": "",
        "pages": 5,
        "records": [f"{SHA[:16]}-p4-r1"],
        "pages_unused": [{"page": 1, "reason": "blank"}, {"page": 3, "reason": "no form"}],
    }
    assert list(line) == ["file", "sha256", "status", "reason", "message", "pages", "records", "pages_unused"]


def test_a_table_line_is_in_file_units_and_held_to_the_page() -> None:
    lines = text_line("项目", 0.9), text_line("名称", 0.5)
    outputs = document_to_outputs(document(readings=(reading(3, grid(3, lines)),)))
    line = json.loads(to_line(outputs.tables[0]))
    assert {key: value for key, value in line.items() if key != "cells"} == {
        "table_id": f"{SHA[:16]}-p4-t1",
        "file": "in/申报.pdf",
        "page": 4,
        "bbox": [36.0, 36.0, 595.0, 108.0],
        "n_rows": 2,
        "n_cols": 2,
        "kind": "ruled",
    }
    assert line["cells"][0] == {
        "row": 0,
        "col": 0,
        "row_span": 2,
        "col_span": 1,
        "text": "项目\n名称",
        "bbox": [36.0, 36.0, 72.0, 108.0],
        "confidence": 0.2025,
    }
    assert line["cells"][1] == {**line["cells"][1], "text": "", "confidence": 1.0, "bbox": [72.0, 36.0, 595.0, 72.0]}


def test_boxes_of_a_turned_page_are_on_the_page_as_the_file_stores_it() -> None:
    back = Transform.quarter_turns(1, 842, 595).inverse()
    lying = replace(reading(0, grid(0)), to_file=back, file_size=(842.0, 595.0))
    table = document_to_outputs(document(readings=(lying,))).tables[0]
    assert table.cells[0].bbox == (100.0, 395.0, 300.0, 495.0)


def test_records_are_ordered_by_page_and_named_by_their_place() -> None:
    outputs = document_to_outputs(document(record((3,)), record((0,), year=1), record((0, 1), year=2)))
    assert [line.record_id[17:] for line in outputs.records] == ["p1-r1", "p1-2-r2", "p4-r1"]
    assert [line.data["year"] for line in outputs.records] == [1, 2, 2024]
    assert outputs.document.records == tuple(line.record_id for line in outputs.records)
    assert len({table.table_id for table in outputs.tables}) == len(outputs.tables) == 5


def test_doubt_makes_a_review_of_record_and_document() -> None:
    error = Issue(IssueCode.SUM_MISMATCH, "error", "funds.total", "does not add up", ("1", "2"))
    warning = replace(error, severity="warning")
    for doubtful in (record((0,), accepted=False), record((0,), issues=(error,))):
        outputs = document_to_outputs(document(record((3,)), doubtful))
        assert [line.status for line in outputs.records] == ["review", "accepted"]
        assert (outputs.document.status, outputs.document.reason) == ("review", None)
        assert outputs.document.message.startswith("1 of 2 records")
    outputs = document_to_outputs(document(record((0,), issues=(warning,))))
    assert outputs.document.status == "ok"
    assert json.loads(to_line(outputs.records[0]))["issues"] == [
        {
            "code": "sum-mismatch",
            "severity": "warning",
            "path": "funds.total",
            "message": "does not add up",
            "candidates": ["1", "2"],
        }
    ]


def test_a_page_that_failed_is_named_and_the_rest_is_kept() -> None:
    lost = Issue(IssueCode.PAGE_FAILED, "error", None, "page 7 cannot be drawn")
    kept = document_to_outputs(document(record((3,)), issues=(lost,)))
    assert (kept.document.status, kept.document.reason) == ("review", "page-failed")
    assert kept.document.message == "page 7 cannot be drawn"
    assert len(kept.records) == 1
    assert document_to_outputs(document(readings=(), issues=(lost,))).document.status == "failed"


def test_a_document_without_a_record_says_so() -> None:
    line = document_to_outputs(document()).document
    assert (line.status, line.reason, line.records) == ("ok", "no-record", ())


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (EncryptedFile("locked: remove the password"), "failed", "encrypted"),
        (LimitExceeded("too long: cut it", "too-many-pages"), "rejected", "too-many-pages"),
    ],
)
def test_an_input_that_cannot_be_read_has_one_line(error: InputError, status: str, reason: str) -> None:
    outputs = failure_to_outputs("in/x.pdf", None, error)
    assert (outputs.records, outputs.tables) == ((), ())
    assert json.loads(to_line(outputs.document)) == {
        "file": "in/x.pdf",
        "sha256": None,
        "status": status,
        "reason": reason,
        "message": str(error),
        "pages": None,
        "records": [],
        "pages_unused": [],
    }


def test_a_lost_input_keeps_its_digest() -> None:
    line = lost_to_outputs("a", SHA, "timeout", "page-timeout", "slow").document
    assert (line.sha256, line.status, line.reason) == (SHA, "timeout", "page-timeout")


def test_the_same_document_gives_the_same_bytes_and_reads_back() -> None:
    outputs = document_to_outputs(document(record((3, 4), amount=Decimal("7800.00"))))
    line = to_line(outputs)
    assert line == to_line(document_to_outputs(document(record((3, 4), amount=Decimal("7800.00")))))
    assert to_line(Outputs.model_validate_json(line)) == line
    assert '"amount": "7800.00"' in line


@given(st.text(st.characters(exclude_categories=[])))
def test_a_line_is_one_line_of_utf8_whatever_the_print(text: str) -> None:
    line = to_line({"text": text})
    assert "\n" not in line
    back = json.loads(line.encode("utf-8"))["text"]
    assert len(text.encode("utf-16", "surrogatepass")) == len(back.encode("utf-16"))


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        to_line({"confidence": float("nan")})


KEYS = st.sampled_from("abc")
VALUES = st.recursive(
    st.none() | st.just("x"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(KEYS, VALUES, max_size=3))
def test_paths_of_data_lead_to_its_scalars(data: dict[str, Any]) -> None:
    for path in data_paths(data):
        value: Any = data
        for part in path.replace("[", ".[").split("."):
            value = value[int(part[1:-1])] if part.startswith("[") else value[part]
        assert value is None or isinstance(value, str)
