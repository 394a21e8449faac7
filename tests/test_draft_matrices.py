"""Drafts of what is crossed and what stands side by side: matrices, rows of totals, two tables in one."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_corpus import needs_fonts
from test_forms_draft import WORDS, cell, drafted

from bench.corpus.machine import make_sample
from pipeline.cli.forms_draft import pick_tables, read_page
from pipeline.config import config_dir, load_settings
from pipeline.forms.draft import Draft, draft_form
from pipeline.forms.draft_words import vocabulary
from pipeline.forms.draft_yaml import draft_to_yaml
from pipeline.forms.load import load_definitions, read_form
from pipeline.forms.match import Forms
from pipeline.forms.sheet import Sheet
from pipeline.geometry import Box
from pipeline.model import Table
from pipeline.run import extract_document
from pipeline.tools import Tools, load_tools

MATRIX = [
    ["项目名称", "渠道清淤", "实施单位", "云岭县水务局"],
    ["资金来源(元)", "年初预算数", "全年执行数", "执行率"],
    ["财政拨款", "615,848.00", "600,000.00", "97.43%"],
    ["其他资金", "1,200.00", "1,200.00", "100%"],
]
ROWS = [["一级指标", "二级指标", "名称", "分值", "得分"], ["产出", "数量", "清淤长度", "10", "8"]]
ROWS += [["产出", "质量", "清淤深度", "20", "20"], ["效益", "社会", "受益人数", "30", "30"]]


def crossings(draft: Draft) -> set[tuple[str, str, str]]:
    return {(label, c.label, c.type) for matrix in draft.matrices for _, label in matrix.rows for c in matrix.columns}


def read_back(draft: Draft, tmp_path: Path) -> Path:
    file = tmp_path / "drafted.yaml"
    file.write_text(draft_to_yaml(draft, WORDS, "sample.pdf"), encoding="utf-8")
    assert read_form(file)[1] == ()
    return file


def test_labels_crossed_by_header_words_are_a_matrix(tmp_path: Path) -> None:
    draft = drafted(MATRIX)
    assert [field.label for field in draft.fields] == ["项目名称", "实施单位"]
    assert crossings(draft) == {
        (label, *column)
        for label in ("财政拨款", "其他资金")
        for column in (("年初预算数", "money"), ("全年执行数", "money"), ("执行率", "percent"))
    }
    fields = read_form(read_back(draft, tmp_path))[0].fields
    assert sum(field.places == ("across",) for field in fields) == 6


def test_one_row_of_values_is_no_matrix() -> None:
    assert drafted(MATRIX[:3]).matrices == ()
    assert (
        drafted(
            [["项目名称", "渠道清淤", "实施单位", "水务局"], ["登记日期", "2024-01-02", "合同编号", "A-1"]]
        ).matrices
        == ()
    )


def test_a_row_of_totals_below_a_table_is_crossed_by_its_columns(tmp_path: Path) -> None:
    cells = [cell(r, c, text) for r, row in enumerate(ROWS) for c, text in enumerate(row)]
    cells += [cell(4, 0, "合计", cols=3), cell(4, 3, "60"), cell(4, 4, "58")]
    table = Table("ruled", 5, 5, tuple(cells), (0,), ((0, Box(0, 0, 9, 9)),))
    draft = draft_form("drafted", [Sheet.of(table)], [], vocabulary(WORDS, ()))
    assert crossings(draft) == {("合计", "分值", "number"), ("合计", "得分", "number")}
    assert draft.fields == ()
    read_back(draft, tmp_path)


def test_a_label_in_two_matrices_is_drafted_once(tmp_path: Path) -> None:
    draft = drafted([*MATRIX, ["登记日期", "2024-01-02"], *MATRIX[1:]])
    assert len([label for label, head, _ in crossings(draft) if head == "执行率"]) == 2
    read_back(draft, tmp_path)


def test_header_words_that_stand_twice_are_two_tables_side_by_side(tmp_path: Path) -> None:
    head = ["一级指标", "二级指标", "三级指标", "指标值", "二级指标", "三级指标", "指标值"]
    rows = [["产出指标", "数量指标", "长度", "≥5公里", "数量指标", "宽度", "≥3米"]] * 2
    rows += [["效益指标", "社会效益", "人数", "≥50人", "社会效益", "户数", "≥9户"]]
    draft = drafted([head, *rows])
    assert [(table.side, [column.label for column in table.columns]) for table in draft.tables] == [
        ("left", head[:4]),
        ("right", [head[0], *head[4:]]),
    ]
    tables = read_form(read_back(draft, tmp_path))[0].tables
    assert [table.side for table in tables] == ["left", "right"]


def test_a_word_that_stands_twice_alone_makes_no_second_table() -> None:
    head = ["名称", "数量", "单位", "单价", "单位"]
    draft = drafted([head, ["阀门", "3", "个", "12", "元"], ["水泵", "4", "台", "80", "元"]])
    assert [table.side for table in draft.tables] == [None]


@pytest.fixture(scope="module")
def tools() -> Tools:
    return load_tools(load_settings())


@needs_fonts
@pytest.mark.parametrize(
    ("family", "index", "parts"),
    [("project-self-evaluation", 300, 2), ("department-target", 302, 1), ("project-target", 310, 2)],
)
def test_a_specimen_is_read_by_its_own_draft(tmp_path: Path, tools: Tools, family: str, index: int, parts: int) -> None:
    """Amounts of matrices and rows of both sides come out, with nothing known of the family."""
    sample = make_sample("train", index, "digital", family)
    file = tmp_path / sample.name
    file.write_bytes(sample.content)
    tables = pick_tables(file, read_page(file, 0, tools), None, tools)
    others = [form for form in load_definitions("auto", config_dir() / "forms") if form.id != family]
    sheets = [Sheet.of(table) for table in tables]
    draft = draft_form("drafted", sheets, tables[0].above, vocabulary(WORDS, others))
    assert len(draft.matrices) + sum(table.side is not None for table in draft.tables) == parts
    form = read_form(read_back(draft, tmp_path))[0]
    own = Forms((form,), tools.settings.records.label_similarity)
    record = extract_document(file, file.name, Tools(tools.settings, own, tools.recogniser, tools.orienter)).records[0]
    amounts = [field.path for field in form.fields if field.places == ("across",) and field.type == "money"]
    assert [path for path in amounts if path not in record.evidence] == []
    assert all(record.data[table.path] for table in form.tables)
