from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli import main
from pipeline.errors import ShenbaoError, UsageError
from pipeline.forms.definition import Column, Field, Form, Identity, Names, Repeating
from pipeline.sinks.csv_files import FORMULA_START, NUMBER, guarded, write_csv
from pipeline.sinks.frames import flat_tables
from pipeline.sinks.jsonl import read_lines, replacing, write_lines
from pipeline.sinks.tables import Exported, export
from pipeline.sinks.workbook import CUT_MARK, MAX_TEXT, WHOLE_TEXTS, fitting, pieces, sheet_name, without_controls

CODE = "310117245012345678"


def field(path: str, zh: str, kind: Any = "text", code: str | None = None) -> Field:
    return Field(path, Names(zh, path), kind, (zh,), ("right",), code=code)


def column(key: str, zh: str, kind: Any = "text") -> Column:
    return Column(key, Names(zh, key), kind, (zh,))


FORM = Form(
    id="sample",
    names=Names("样表", "Sample"),
    identity=Identity((), (), (), (), 0.6),
    fields=(
        field("fiscal_year", "年度", "year"),
        field("project_name", "项目名称", "coded", code="project_code"),
        field("funds.total", "资金总额", "money"),
        field("funds.other", "其他资金", "money"),
        field("goal", "目标"),
        field("funds.annual_other", "其他资金", "money"),
    ),
    tables=(
        Repeating(
            "indicators",
            Names("绩效指标", "Indicators"),
            (column("name", "三级指标", "indicator-name"), column("value", "指标值", "indicator-value")),
        ),
    ),
)


def record(identity: str, **changes: Any) -> dict[str, Any]:
    data = {
        "project_name": "帮困慰问",
        "fiscal_year": 2024,
        "project_code": CODE,
        "funds": {"total": "21045108.18", "other": "-5.00", "annual_other": None},
        "goal": "一、做；\n二、成。",
        "unheard_of": "x",
        "indicators": [
            {"number": 1, "name": "人数", "operator": ">=", "value": "605.00", "unit": "人", "text": None},
            {"number": None, "name": "=1+1", "operator": "=", "value": None, "unit": None, "text": "及时"},
        ],
    }
    return {
        "record_id": identity,
        "form": "sample",
        "status": "review",
        "source": {"file": "in/a.pdf", "sha256": "0" * 64, "pages": [4, 5], "page_sizes": []},
        "data": data | changes,
        "evidence": {},
        "issues": [{"code": "c", "severity": "error", "path": "goal", "message": "no", "candidates": []}],
    }


def cell(row: int, col: int, text: str, spans: tuple[int, int] = (1, 1)) -> dict[str, Any]:
    box = [100.0 * col, 20.0 * row, 100.0 * (col + spans[1]), 20.0 * (row + spans[0])]
    place = {"row": row, "col": col, "row_span": spans[0], "col_span": spans[1]}
    return {**place, "text": text, "bbox": box, "confidence": 1.0}


def table(file: str = "in/a.pdf", text: str = CODE) -> dict[str, Any]:
    cells = [cell(0, 0, "=HYPERLINK(1)", (2, 1)), cell(0, 1, "行\n二", (1, 2)), cell(1, 1, text), cell(1, 2, "#N/A")]
    shape = {"bbox": [0.0, 0.0, 300.0, 40.0], "n_rows": 2, "n_cols": 3, "kind": "ruled"}
    return {"table_id": "t", "file": file, "page": 4, **shape, "cells": cells}


@pytest.fixture
def job(tmp_path: Path) -> Path:
    write_lines(
        tmp_path / "records.jsonl", [json.dumps(record("r1")), json.dumps(record("r2", goal="＝cmd", indicators=[]))]
    )
    write_lines(tmp_path / "tables.jsonl", [json.dumps(table()), json.dumps(table("in/b[1]*.pdf"))])
    return tmp_path


def exported(job: Path, flavour: Any) -> Exported:
    return export(job, flavour, job / "export", [FORM])


def test_csv_is_read_back_whole(job: Path) -> None:
    files = exported(job, "csv").files
    assert [file.name for file in files] == ["records.csv", "indicators.csv"]
    assert files[0].read_bytes().startswith(b"\xef\xbb\xbf")
    frame = pd.read_csv(files[0], dtype=str, encoding="utf-8-sig", keep_default_na=False)
    assert list(frame.columns) == [
        "记录编号", "文件", "页", "表单", "状态", "年度", "项目名称", "项目名称代码", "资金总额",
        "其他资金 (funds.other)", "目标", "其他资金 (funds.annual_other)", "unheard_of", "存疑",
    ]  # fmt: skip
    assert list(frame["目标"]) == ["一、做；\n二、成。", "'＝cmd"]
    row = frame.iloc[0]
    assert (row["项目名称代码"], row["资金总额"], row["其他资金 (funds.other)"]) == (CODE, "21045108.18", "-5.00")
    assert (row["其他资金 (funds.annual_other)"], row["页"], row["存疑"]) == ("", "4, 5", "goal: no")


def test_indicators_are_one_long_table(job: Path) -> None:
    frame = pd.read_csv(exported(job, "csv").files[1], dtype=str, encoding="utf-8-sig", keep_default_na=False)
    assert list(frame.columns) == [
        "记录编号", "文件", "项目名称", "行", "编号", "三级指标", "比较", "指标值", "计量单位", "定性目标",
    ]  # fmt: skip
    assert list(frame.iloc[0]) == ["r1", "in/a.pdf", "帮困慰问", "1", "1", "人数", ">=", "605.00", "人", ""]
    assert list(frame.iloc[1])[5:7] == ["'=1+1", "'="]


def test_csv_for_programs_is_plain(job: Path) -> None:
    records, indicators = export(job, "csv", job / "export", [FORM], dress="data").files
    content = records.read_bytes()
    assert b"\r" not in content
    assert content.startswith(b"record_id,file,pages,form,status,fiscal_year,project_name,project_code,funds.total,")
    frame = pd.read_csv(records, dtype=str, keep_default_na=False)
    assert (frame["goal"][1], frame["project_code"][0]) == ("＝cmd", CODE)
    rows = pd.read_csv(indicators, dtype=str, keep_default_na=False)
    assert list(rows.columns) == ["record_id", "file", "project_name", "row", "number", "name", "operator", "value",
                                  "unit", "text"]  # fmt: skip
    assert list(rows["name"]) == ["人数", "=1+1"]


def test_codes_that_excel_would_round_are_told(job: Path) -> None:
    (note,) = exported(job, "csv").notes
    assert "项目名称代码" in note
    assert export(job, "csv", job / "export", [FORM], dress="data").notes == ()


def test_only_what_is_wanted_is_exported(job: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_lines(job / "records.jsonl", [json.dumps(record("r1")), json.dumps({**record("r2"), "status": "accepted"})])
    for only, number in (("all", 2), ("accepted", 1), ("reviewed", 0)):
        assert main(["export", str(job), "--to", "csv", "--only", only, "--flavour", "data", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["records"] == number
        assert len(pd.read_csv(job / "export/records.csv")) == number


@pytest.mark.parametrize("start", ["=", "＝", "+", "＋", "-", "－", "@", "＠", "\t", "\r", "\n", "  ="])
def test_every_start_of_a_formula_is_guarded(start: str) -> None:
    assert guarded(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"


def test_no_records_give_files_with_headings(tmp_path: Path) -> None:
    for name in ("records", "tables"):
        write_lines(tmp_path / f"{name}.jsonl", [])
    first, second = exported(tmp_path, "csv").files
    assert first.read_text(encoding="utf-8-sig").startswith("记录编号,文件")
    assert second.read_text(encoding="utf-8-sig").strip() == "记录编号,文件,行,三级指标,指标值"


@given(st.text())
def test_no_csv_cell_starts_like_a_formula(text: str) -> None:
    held = guarded(text)
    assert NUMBER.fullmatch(held) or not held.startswith(FORMULA_START)
    assert held in (text, f"'{text}")


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2).map(lambda number: f"{number:f}"))
def test_real_numbers_stay_numbers(text: str) -> None:
    assert guarded(text) == text


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1))
def test_csv_brings_every_text_back(texts: list[str]) -> None:
    flat = flat_tables(lambda: [record(str(number), goal=text) for number, text in enumerate(texts)], [FORM])
    with TemporaryDirectory() as folder:
        files, _ = write_csv(Path(folder), flat, "data")
        with files[0].open(encoding="utf-8", newline="") as file:
            head, *rows = csv.reader(file)
    assert [row[head.index("goal")] for row in rows] == texts


def test_xlsx_holds_text_as_text_and_amounts_as_numbers(job: Path) -> None:
    done = exported(job, "xlsx")
    book = openpyxl.load_workbook(done.files[0])
    assert book.sheetnames == ["记录", "指标", "表1 p4 a", "表2 p4 b_1__"]
    sheet = book["记录"]
    by_heading = {head.value: sheet.cell(2, head.column) for head in sheet[1]}
    assert (by_heading["项目名称代码"].value, by_heading["项目名称代码"].data_type) == (CODE, "s")
    assert by_heading["资金总额"].value == 21045108.18
    assert by_heading["资金总额"].number_format == "0.00"
    assert by_heading["年度"].value == 2024
    assert by_heading["其他资金 (funds.annual_other)"].value is None
    with zipfile.ZipFile(done.files[0]) as archive:
        sheets = [name for name in archive.namelist() if "worksheets/" in name]
        assert len(sheets) == 4
        assert not any(b"<f>" in archive.read(name) or b"<f " in archive.read(name) for name in sheets)


def test_xlsx_tables_have_the_merges_of_the_page(job: Path) -> None:
    sheet = openpyxl.load_workbook(exported(job, "xlsx").files[0])["表1 p4 a"]
    assert sorted(map(str, sheet.merged_cells.ranges)) == ["A1:A2", "B1:C1"]
    assert [sheet[place].value for place in ("A1", "B1", "B2", "C2")] == ["=HYPERLINK(1)", "行\n二", CODE, "#N/A"]
    assert {sheet[place].data_type for place in ("A1", "B1", "B2", "C2")} == {"s"}


def test_the_same_records_give_the_same_workbook(job: Path) -> None:
    first = exported(job, "xlsx").files[0].read_bytes()
    assert exported(job, "xlsx").files[0].read_bytes() == first


def test_an_overlong_text_is_kept_whole_in_a_sheet_of_its_own(job: Path) -> None:
    text = "𠮷字\n" * 20_000
    write_lines(job / "records.jsonl", [json.dumps(record("r1", goal=text)), json.dumps(record("r2", goal="=1"))])
    done = exported(job, "xlsx")
    book = openpyxl.load_workbook(done.files[0])
    sheet, place, *_ = next(book[WHOLE_TEXTS].iter_rows(min_row=2, values_only=True))
    assert book[sheet][place].value.endswith(CUT_MARK)
    rows = list(book[WHOLE_TEXTS].iter_rows(min_row=2, values_only=True))
    assert "".join(str(row[3]) for row in rows) == text
    assert [row[:3] for row in rows] == [(sheet, place, number) for number in (1, 2, 3)]
    assert ["80,000" not in note and WHOLE_TEXTS in note for note in done.notes] == [True]
    frame = pd.read_excel(done.files[0], sheet_name="记录", dtype=str)
    assert list(frame["项目名称代码"]) == [CODE, CODE]
    assert frame["目标"][1] == "=1"


@given(st.text(max_size=60).map(lambda text: "𠮷" * (MAX_TEXT // 2) + text))
def test_pieces_are_the_whole_text(text: str) -> None:
    parts = list(pieces(text))
    assert "".join(parts) == without_controls(text)
    assert all(len(part.encode("utf-16-le", "surrogatepass")) // 2 <= MAX_TEXT for part in parts)


def test_an_overlong_text_is_cut_aloud(job: Path) -> None:
    write_lines(job / "tables.jsonl", [json.dumps(table(text="字" * 40_000))])
    done = exported(job, "xlsx")
    cell = openpyxl.load_workbook(done.files[0])["表1 p4 a"]["B2"]
    assert len(cell.value) == MAX_TEXT
    assert cell.value.endswith(CUT_MARK)
    assert cell.fill.fgColor.rgb == "00FFC7CE"
    assert ["40,000 characters" in note for note in done.notes] == [True]


@given(st.text(max_size=60))
def test_what_a_cell_gets_is_never_more_than_it_holds(text: str) -> None:
    held, cut = fitting("𠮷" * (MAX_TEXT // 2) + text)
    assert len(held.encode("utf-16-le", "surrogatepass")) // 2 <= MAX_TEXT
    assert cut == (len(text.replace("\r\n", "\n").encode("utf-16-le", "surrogatepass")) // 2 > 1)


@given(st.lists(st.text(), max_size=20))
def test_sheet_names_are_what_excel_takes(wanted: list[str]) -> None:
    taken: set[str] = set()
    names = [sheet_name(name, taken) for name in [*wanted, "History", "a/b", "A:B"]]
    assert len({name.lower() for name in names}) == len(names)
    for name in names:
        assert 0 < len(name.encode("utf-16-le", "surrogatepass")) // 2 <= 31
        assert not set(name) & set("[]:*?/\\'")
        assert name.lower() != "history"


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    write_lines(path, ['{"a": "项"}'])
    with pytest.raises(TypeError), replacing(path) as file:
        file.writelines([b"half", None])  # type: ignore[list-item]
    assert path.read_bytes() == '{"a": "项"}\n'.encode()
    assert list(tmp_path.iterdir()) == [path]
    assert list(read_lines(path)) == [{"a": "项"}]


def test_lines_that_are_none_are_named(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"a": 1}\n[]\n')
    with pytest.raises(ShenbaoError, match="jsonl:2"):
        list(read_lines(tmp_path / "x.jsonl"))
    with pytest.raises(UsageError, match="job folder"):
        list(read_lines(tmp_path / "y.jsonl"))


def test_the_command_says_what_it_wrote(job: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(job), "--to", "xlsx", "--out", str(job / "there"), "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == {"files": [str(job / "there/records.xlsx")], "records": 2, "notes": []}
    assert "2 records exported" in err
    assert main(["export", str(job / "there"), "--to", "csv"]) == 2
    assert "Name the job folder" in capsys.readouterr().err
    assert main(["export", str(job), "--to", "dbf"]) == 2
