"""Tables become records: labels, places, sections, rows, evidence, and every doubt with its path."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from grid_drawing import draw_grid, draw_page

from pipeline.config import config_dir, load_settings
from pipeline.errors import IssueCode
from pipeline.forms.load import load_forms
from pipeline.model import Glyph, Issue, PageReading, Record, TextLine, UnusedPage
from pipeline.stages.check import check
from pipeline.stages.records import records
from pipeline.stages.stitch import stitch

SETTINGS = load_settings()
FORMS = load_forms("auto", config_dir() / "forms", SETTINGS.records.label_similarity)
ABOVE = ("某某市某某局2024年度项目绩效目标汇总表", "财政项目支出绩效目标申报表", "(2024年度)")

HEAD = """
项目名称 | 编外人员经费 | < | 项目性质 | 经常性项目 | 项目类别 | 特定目标类
主管部门 | 某某市总工会 | < | 实施单位 | 某某市总工会(本级) | < | <
计划开始\\日期 | 2024-01-01 | < | 计划完成日期 | 2024年12月31日 | < | <
"""
FUNDS = """
项目资金\\(元) | 项目资金总额 | 615,848.00 | 年度资金申请总额 | < | 515,848.00 | <
^ | 其中:财政资金 | 600,000.00 | 其中:当年财政拨款 | < | 500,000.00 | <
^ |  |  | 上年结转资金 | < | 5,848.00 | <
^ | 其他资金 | 15848 | 其他资金 | < | 10,000 | <
"""
GOALS = """
项目绩效\\目标 | 项目总目标 | < | 年度总体目标 | < | < | <
^ | 保障劳动权益。 | < | 优化人才结构。 | < | < | <
"""
COLUMNS = "绩效\\指标 | 一级指标 | 二级指标 | 三级指标 | < | 年度(/项目)指标值 | <"
ROWS = """
^ | 产出指标 | 数量指标 | 指标1:非编人员数 | < | =4.00(人) | <
^ | ^ | ^ | 指标2：培训\\次数 | < | ≥3次 | <
^ | ^ | 质量指标 | 指标1:发放准确性 | < | 准确 | <
^ | 满意度指\\标 | 服务对象满\\意度指标 | 指标1:群众满意度 | < | ≥80.00(%) | <
"""


def form(*parts: str) -> str:
    return "\n".join(part.strip() for part in parts)


WHOLE = form(HEAD, FUNDS, GOALS, COLUMNS, ROWS)


def read(*pages: PageReading) -> tuple[tuple[Record, ...], tuple[UnusedPage, ...]]:
    tables = stitch(pages, FORMS, SETTINGS.stitch)
    found, unused = records(tables, pages, FORMS, SETTINGS.records)
    return tuple(check(record, FORMS, SETTINGS.records) for record in found), unused


def one(drawing: str, above: tuple[str, ...] = ABOVE) -> Record:
    found, _ = read(draw_page(drawing, above=above))
    (record,) = found
    return record


def issues_at(record: Record, path: str | None) -> list[Issue]:
    return [issue for issue in record.issues if issue.path == path]


def codes(record: Record) -> set[tuple[str, str | None]]:
    return {(issue.code.value, issue.path) for issue in record.issues}


def rows_of(record: Record) -> list[tuple[Any, ...]]:
    keys = ("level1", "level2", "number", "name", "operator", "value", "unit", "text")
    return [tuple(row[key] for key in keys) for row in record.data["indicators"]]


EXPECTED_ROWS = [
    ("产出指标", "数量指标", 1, "非编人员数", "=", "4.00", "人", None),
    ("产出指标", "数量指标", 2, "培训次数", ">=", "3", "次", None),
    ("产出指标", "质量指标", 1, "发放准确性", None, None, None, "准确"),
    ("满意度指标", "服务对象满意度指标", 1, "群众满意度", ">=", "80.00", "%", None),
]
EXPECTED_FUNDS = {
    "project_total": "615848.00",
    "project_fiscal": "600000.00",
    "project_other": "15848.00",
    "annual_total": "515848.00",
    "annual_appropriation": "500000.00",
    "annual_carryover": "5848.00",
    "annual_other": "10000.00",
}


def test_a_whole_declaration_is_read_and_accepted() -> None:
    record = one(WHOLE)
    assert record.issues == ()
    assert record.accepted
    data = record.data
    assert (data["title"], data["heading"], data["fiscal_year"]) == (ABOVE[1], ABOVE[0], 2024)
    assert (data["project_name"], data["project_nature"], data["project_category"]) == (
        "编外人员经费",
        "经常性项目",
        "特定目标类",
    )
    assert (data["competent_department"], data["implementing_unit"]) == ("某某市总工会", "某某市总工会（本级）")
    assert (data["start_date"], data["end_date"]) == ("2024-01-01", "2024-12-31")
    assert data["funds"] == EXPECTED_FUNDS
    assert (data["overall_goal"], data["annual_goal"]) == ("保障劳动权益。", "优化人才结构。")
    assert rows_of(record) == EXPECTED_ROWS


def test_evidence_is_the_smallest_print_of_each_value() -> None:
    evidence = one(WHOLE).evidence
    assert evidence["indicators[3].value"].text == "80.00"
    assert evidence["indicators[3].unit"].text == "%"
    assert evidence["indicators[3].operator"].text == "≥"
    assert evidence["indicators[1].name"].text == "培训\n次数"
    assert evidence["indicators[1].level1"] == evidence["indicators[0].level1"]
    assert evidence["indicators[3].level2"].text == "服务对象满\n意度指标"
    assert evidence["funds.annual_other"].text == "10,000"
    assert evidence["fiscal_year"].text == "2024"
    assert evidence["end_date"].origin == "text_layer"


def test_every_value_has_evidence_and_no_null_has() -> None:
    record = one(WHOLE.replace("经常性项目", "—").replace("5,848.00 |", " |"))
    leaves = {f"funds.{key}": value for key, value in record.data["funds"].items()}
    leaves |= {key: value for key, value in record.data.items() if isinstance(value, str | int | type(None))}
    leaves |= {f"indicators[{i}].{k}": v for i, row in enumerate(record.data["indicators"]) for k, v in row.items()}
    assert leaves["project_nature"] is None
    assert {path for path, value in leaves.items() if value is not None} == set(record.evidence)


def test_the_two_other_funds_follow_their_owners_when_the_pairs_change_sides() -> None:
    swapped = """
    项目资金(元) | 年度资金申请总额 | 515,848.00 | 项目资金总额 | < | 615,848.00 | <
    ^ | 其中:当年财政拨款 | 500,000.00 | 其中:财政资金 | < | 600,000.00 | <
    ^ | 上年结转资金 | 5,848.00 | 其他资金 | < | 15848 | <
    ^ | 其他资金 | 10,000 |  | < |  | <
    """
    assert one(form(HEAD, swapped, GOALS, COLUMNS, ROWS)).data["funds"] == EXPECTED_FUNDS


def test_the_two_other_funds_follow_their_owners_one_below_the_other() -> None:
    stacked = """
    项目资金(元) | 项目资金总额 | < | 615,848.00 | < | < | <
    ^ | 财政资金 | < | 600,000.00 | < | < | <
    ^ | 其他资金 | < | 15848 | < | < | <
    ^ | 年度资金申请总额 | < | 515,848.00 | < | < | <
    ^ | 当年财政拨款 | < | 500,000.00 | < | < | <
    ^ | 上年结转资金 | < | 5,848.00 | < | < | <
    ^ | 其他资金 | < | 10,000 | < | < | <
    """
    assert one(form(HEAD, stacked, GOALS, COLUMNS, ROWS)).data["funds"] == EXPECTED_FUNDS


def test_the_two_other_funds_follow_their_owners_side_by_side_in_a_row() -> None:
    flat = """
    项目资金总额(元) | 615,848.00 | 其中:财政资金(元) | 600,000.00 | 其他资金(元) | 15848 | <
    年度资金申请总额(元) | 515,848.00 | 其中:当年财政拨款(元) | 500,000.00 | 上年结转资金(元) | 5,848.00 | <
    其他资金(元) | 10,000 | < | < | < | < | <
    """
    assert one(form(HEAD, flat, GOALS, COLUMNS, ROWS)).data["funds"] == EXPECTED_FUNDS


@pytest.mark.parametrize("place", ["label", "group", "caption", "cell"])
def test_ten_thousands_are_multiplied_out_wherever_they_are_printed(place: str) -> None:
    amounts = {"615,848.00": "61.5848", "600,000.00": "60", "515,848.00": "51.5848", "500,000.00": "50.0"}
    amounts |= {"5,848.00": "0.5848", "15848": "1.5848", "10,000": "1.0"}
    funds = FUNDS
    for old, new in amounts.items():
        funds = funds.replace(f"| {old} ", f"| {new}{'万元' if place == 'cell' else ''} ")
    unit = {"label": "", "group": "\\(万元)", "caption": "", "cell": "\\(元)"}[place]
    funds = funds.replace("\\(元)", unit)
    if place == "label":
        for label in ("项目资金总额", "财政资金", "年度资金申请总额", "当年财政拨款", "上年结转资金", "其他资金"):
            funds = funds.replace(f"{label} |", f"{label}(万元) |")
    above = (*ABOVE, "单位：万元") if place == "caption" else ABOVE
    record = one(form(HEAD, funds, GOALS, COLUMNS, ROWS), above)
    assert record.data["funds"] == EXPECTED_FUNDS
    assert record.accepted


def test_no_unit_anywhere_waits_for_review() -> None:
    record = one(WHOLE.replace("\\(元)", ""))
    assert record.data["funds"] == EXPECTED_FUNDS
    assert ("inferred", "funds.annual_total") in codes(record)
    assert not record.accepted


def test_without_a_unit_an_amount_finer_than_a_fen_is_in_ten_thousands() -> None:
    record = one(WHOLE.replace("项目资金\\(元)", "项目资金").replace("615,848.00", "61.584812"))
    assert record.data["funds"]["project_total"] == "615848.12"
    assert ("inferred", "funds.project_total") in codes(record)


def test_blank_boxes_give_null_and_never_the_next_label() -> None:
    blank = WHOLE.replace("编外人员经费", "").replace("2024-01-01", "").replace("优化人才结构。", "")
    record = one(blank)
    assert record.data["project_name"] is None
    assert record.data["start_date"] is None
    assert record.data["annual_goal"] is None
    assert ("missing-field", "project_name") in codes(record)
    assert issues_at(record, "start_date") == []


def test_a_blank_template_is_a_record_of_nulls_in_review() -> None:
    rows = """
    ^ | 产出指标 | 数量指标 | 指标1： | < |  | <
    ^ | ^ | ^ | 指标2： | < |  | <
    ^ | ^ | 质量指标 | …… | < |  | <
    ^ | 满意度指标 | 服务对象满意度指标 |  | < |  | <
    """
    head = "项目名称 | | < | 项目性质 | | 项目类别 |\n主管部门 | | < | 实施单位 | | < | <\n"
    head += "计划开始日期 | 年 月 日 | < | 计划完成日期 | 年 月 日 | < | <"
    funds = "\n".join(
        " | ".join(["^" if i else "项目资金(元)", a, "", b, "<", "", "<"]) for i, (a, b) in enumerate(PAIRS)
    )
    goals = "项目绩效目标 | 项目总目标 | < | 年度总体目标 | < | < | <\n^ | | < | | < | < | <"
    record = one(form(head, funds, goals, COLUMNS, rows), ABOVE[1:2])
    assert record.data["indicators"] == []
    assert set(record.evidence) == {"title"}
    assert {path for code, path in codes(record)} == {
        "fiscal_year",
        "project_name",
        "competent_department",
        "implementing_unit",
        "funds.project_total",
        "funds.annual_total",
        "indicators",
    }
    assert not record.accepted


PAIRS = [
    ("项目资金总额", "年度资金申请总额"),
    ("其中：财政资金", "其中：当年财政拨款"),
    ("", "上年结转资金"),
    ("其他资金", "其他资金"),
]


def test_goals_stand_right_of_their_labels_too() -> None:
    goals = """
    项目绩效目标 | 项目总目标 | 保障劳动权益。 | 年度总体目标 | 优化人才结构。 | < | <
    """
    record = one(form(HEAD, FUNDS, goals, COLUMNS, ROWS))
    assert (record.data["overall_goal"], record.data["annual_goal"]) == ("保障劳动权益。", "优化人才结构。")
    assert record.accepted


def test_goals_stand_behind_a_colon_too() -> None:
    goals = "项目绩效目标 | 项目总目标：保障劳动权益。 | < | 年度总体目标：\\优化人才结构。 | < | < | <"
    record = one(form(HEAD, FUNDS, goals, COLUMNS, ROWS))
    assert (record.data["overall_goal"], record.data["annual_goal"]) == ("保障劳动权益。", "优化人才结构。")
    assert record.evidence["annual_goal"].text == "优化人才结构。"


def test_fields_below_the_indicators_end_the_table() -> None:
    record = one(form(HEAD, COLUMNS, ROWS, FUNDS, GOALS, "备注 | 本表一式两份 | < | < | < | < | <"))
    assert rows_of(record) == EXPECTED_ROWS
    assert record.data["funds"] == EXPECTED_FUNDS
    assert record.data["annual_goal"] == "优化人才结构。"
    assert [issue.candidates for issue in issues_at(record, None)] == [("本表一式两份",)]


@pytest.mark.parametrize(
    ("above", "grid_top", "year"),
    [
        (("财政项目支出绩效目标申报表", "（2026年度）"), "", 2026),
        (("财政项目支出绩效目标申报表", "2026 年度)"), "", 2026),
        (("财政项目支出绩效目标申报表(2026年度)",), "", 2026),
        (("某局2026年度项目绩效目标汇总表", "财政项目支出绩效目标申报表"), "", 2026),
        (("2023年度决算说明如下。", "财政项目支出绩效目标申报表", "(2026年度)"), "", 2026),
        ((), "财政项目支出绩效目标申报表 | < | < | < | < | < | <\n(2026年度) | < | < | < | < | < | <\n", 2026),
        ((), "财政项目支出绩效目标申报表\\(2026年度) | < | < | < | < | < | <\n", 2026),
        (("(2026年度)",), "", 2026),
    ],
)
def test_the_year_is_found_about_the_title(above: tuple[str, ...], grid_top: str, year: int) -> None:
    record = one(grid_top + WHOLE, above)
    assert record.data["fiscal_year"] == year
    assert record.evidence["fiscal_year"].text.replace(" ", "") == str(year)
    assert record.accepted
    assert record.data["funds"] == EXPECTED_FUNDS


def test_a_year_in_the_project_name_alone_is_taken_with_a_warning() -> None:
    record = one(WHOLE.replace("编外人员经费", "2025年编外人员经费"), ABOVE[1:2])
    assert record.data["fiscal_year"] == 2025
    assert record.data["project_name"] == "2025年编外人员经费"
    assert [issue.severity for issue in issues_at(record, "fiscal_year")] == ["warning"]


def test_no_year_is_null_with_an_error() -> None:
    record = one(WHOLE, ABOVE[1:2])
    assert record.data["fiscal_year"] is None
    assert ("missing-field", "fiscal_year") in codes(record)
    assert not record.accepted


LOST = """
^ | 产出指标 | 数量指标 | 指标1:非编人员数 | < | =4.00(人) | <
^ |  |  | 指标2：培训次数 | < | ≥3次 | <
^ |  | 质量指标 | 指标1:发放准确性 | < | 准确 | <
^ | 满意度指标 |  | 指标1:群众满意度 | < | ≥80.00(%) | <
"""


def test_levels_whose_merge_was_lost_are_inferred_and_say_so() -> None:
    record = one(form(HEAD, FUNDS, GOALS, COLUMNS, LOST))
    assert rows_of(record) == EXPECTED_ROWS
    inferred = {path for code, path in codes(record) if code == "inferred"}
    assert inferred == {
        "indicators[1].level1",
        "indicators[1].level2",
        "indicators[2].level1",
        "indicators[3].level2",
    }
    assert record.evidence["indicators[1].level1"].origin == "rule"
    assert "indicators[3].level2" not in record.evidence
    assert record.accepted


SHIFTED = """
^ | 产出指标 | 数量指标 | 指标1:非编人员数 | < | =4.00(人) | <
^ | 指标2：培训次数 | ≥3次 |  | < |  | <
^ | 质量指标 | 指标1:发放准确性 | 准确 | < |  | <
满意度指标 | 服务对象满意度指标 | 指标1:群众满意度 | ≥80.00(%) | < |  | <
"""


def test_rows_that_shifted_left_are_read_by_their_words() -> None:
    record = one(form(HEAD, FUNDS, GOALS, COLUMNS, SHIFTED))
    assert rows_of(record) == EXPECTED_ROWS
    assert ("inferred", "indicators[2].level1") in codes(record)


def test_cost_is_a_level_by_its_place() -> None:
    rows = """
    ^ | 成本指标 | 经济成本指标 | 指标1:人均经费 | < | ≤15.20(万元) | <
    ^ | 产出指标 | 数量指标 | 指标1:人数 | < | ≤5.00(人) | <
    ^ | ^ | 成本指标 | 指标1:总成本 | < | ≤9(万元) | <
    """
    levels = [row[:2] for row in rows_of(one(form(HEAD, FUNDS, GOALS, COLUMNS, rows)))]
    assert levels == [("成本指标", "经济成本指标"), ("产出指标", "数量指标"), ("产出指标", "成本指标")]


def test_levels_over_a_page_break_and_scores_glued_on() -> None:
    rows = ROWS.replace("产出指标", "产出指标(50分)")
    rest = """
     | | 时效指标 | 指标1:发放及时性 | < | 及时 | <
    ^ | 效益指标 | 社会效益指标 | 指标1:就业率 | < | 提升 | <
    """
    cut = "\n".join(rows.strip().splitlines()[:3])
    found, unused = read(
        draw_page(form(HEAD, FUNDS, GOALS, COLUMNS, cut), above=ABOVE),
        draw_page(rest.strip(), page=1, below=("- 2 -",)),
    )
    (record,) = found
    assert unused == ()
    assert record.pages == (0, 1)
    assert [row[:2] for row in rows_of(record)] == [
        ("产出指标", "数量指标"),
        ("产出指标", "数量指标"),
        ("产出指标", "质量指标"),
        ("产出指标", "时效指标"),
        ("效益指标", "社会效益指标"),
    ]
    assert record.evidence["indicators[3].name"].page == 1
    assert record.issues == ()


def test_a_label_cut_by_the_break_is_whole() -> None:
    first = form(HEAD, FUNDS, GOALS, COLUMNS, "^ | 产出指标 | 数量 | 指标1:人数 | < | 3人 | <")
    second = " |  | 指标 | 指标2:次数 | < | 4次 | <\n^ | 效益指标 | 社会效益指标 | 指标1:就业 | < | 提升 | <"
    found, _ = read(draw_page(first, above=ABOVE), draw_page(second, page=1))
    assert [row[:2] for row in rows_of(found[0])] == [("产出指标", "数量指标")] * 2 + [("效益指标", "社会效益指标")]


def test_two_declarations_on_one_page_and_in_one_grid() -> None:
    other = WHOLE.replace("某某市总工会(本级)", "某某市工人文化宫")
    title = "财政项目支出绩效目标申报表\\(2025年度) | < | < | < | < | < | <\n"
    for pages in ([draw_page(WHOLE, other, above=ABOVE)], [draw_page(WHOLE + "\n" + title + other, above=ABOVE)]):
        found, unused = read(*pages)
        assert [r.data["implementing_unit"] for r in found] == ["某某市总工会（本级）", "某某市工人文化宫"]
        assert [rows_of(r) for r in found] == [EXPECTED_ROWS] * 2
        assert unused == ()
    assert [r.data["fiscal_year"] for r in found] == [2024, 2025]


def test_a_form_drawn_as_several_tables_is_one_record() -> None:
    columns, rows = COLUMNS.replace("绩效\\指标", "绩效指标"), ROWS
    found, unused = read(draw_page(form(HEAD, FUNDS), form(GOALS), form(columns, rows), above=ABOVE))
    (record,) = found
    assert record.data["funds"] == EXPECTED_FUNDS
    assert rows_of(record) == EXPECTED_ROWS
    assert record.issues == ()
    assert unused == ()


def test_pages_that_fed_no_record_are_named_with_the_reason() -> None:
    budget = "序号 | 科目 | 金额\n1 | 工资 | 100\n2 | 差旅 | 200"
    pages = [
        draw_page(page=0),
        draw_page(page=1, above=["一、部门概况。项目名称：编外人员经费，金额615,848.00元。"]),
        draw_page(budget, page=2, above=["预算明细表"]),
        draw_page(WHOLE, page=3, above=ABOVE),
        draw_page(budget, page=4, above=["附表 预算明细表"]),
    ]
    found, unused = read(*pages)
    assert [record.pages for record in found] == [(3,)]
    assert unused == (
        UnusedPage(0, "blank-page"),
        UnusedPage(1, "no-table"),
        UnusedPage(2, "no-known-form"),
        UnusedPage(4, "no-known-form"),
    )


def test_a_self_evaluation_is_known_by_its_columns() -> None:
    other = """
    项目名称 | 某项目 | < | < | < | < | <
    主管部门 | 某局 | < | 实施单位 | 某所 | < | <
    项目资金(万元) |  | 年初预算数 | 全年预算数 | 全年执行数 | 分值 | 得分
    ^ | 年度资金总额 | 10 | 10 | 9 | 10 | 9
    ^ | 其他资金 | 0 | 0 | 0 | | <
    一级指标 | 二级指标 | 三级指标 | 年度指标值 | 实际完成值 | 分值 | 得分
    产出指标 | 数量指标 | 人数 | ≥3人 | 3人 | 50 | 50
    """
    for title in ("项目支出绩效自评表", "项目支出绩效目标申报表"):
        (record,), unused = read(draw_page(form(other), above=(title, "(2024年度)")))
        assert (record.form, unused) == ("project-self-evaluation", ())
        assert record.data["funds"]["annual_total"]["executed"] == "90000.00"
        assert record.data["indicators"][0]["actual_value"] == "3"


def test_what_belongs_to_no_field_is_named() -> None:
    record = one(form(HEAD, "立项依据 | 市府办〔2024〕3号 | < | < | < | < | <", FUNDS, GOALS, COLUMNS, ROWS))
    left = [issue for issue in record.issues if issue.code is IssueCode.UNUSED_CELL]
    assert [issue.candidates for issue in left] == [("立项依据",), ("市府办〔2024〕3号",)]
    assert {issue.severity for issue in left} == {"warning"}
    assert record.accepted


@pytest.mark.parametrize(
    ("head", "severity"),
    [
        (f"{HEAD}立项依据 | 市府办〔2024〕3号 | < | < | < | < | <", "warning"),  # a label that the form does not know
        (f"{HEAD}立项依据 | | < | < | < | < | <", "warning"),
        (HEAD.replace("总工会(本级) | < | <", "总工会(本 | < | 级)"), "error"),  # cut by a ruling that is none
        (HEAD.replace("项目类别 | 特定目标类", "项目类别 特定目标类 | <"), "error"),  # a ruling was missed
    ],
)
def test_print_that_was_recognised_where_none_should_stand_is_a_doubt(head: str, severity: str) -> None:
    (record,), _ = read(draw_page(form(head, FUNDS, GOALS, COLUMNS, ROWS), above=ABOVE, origin="ocr"))
    assert {issue.severity for issue in record.issues if issue.code is IssueCode.UNUSED_CELL} == {severity}
    assert record.accepted == (severity == "warning")


def test_the_doubt_about_print_that_was_cut_off_names_the_value_beside_it() -> None:
    head = HEAD.replace("总工会(本级) | < | <", "总工会(本 | < | 级)")
    (record,), _ = read(draw_page(form(head, FUNDS, GOALS, COLUMNS, ROWS), above=ABOVE, origin="ocr"))
    (left,) = (issue for issue in record.issues if issue.code is IssueCode.UNUSED_CELL)
    assert (left.path, left.candidates) == ("implementing_unit", ("级)",))


def test_signature_rows_and_notes_are_furniture() -> None:
    tail = """
    填报人：张三　联系电话：123 | < | < | 填报日期：　年　月　日 | < | < | <
    注：本表按年度填报。 | < | < | < | < | < | <
    """
    record = one(form(WHOLE, tail))
    assert rows_of(record) == EXPECTED_ROWS
    assert record.issues == ()


def test_a_value_that_its_grammar_refuses_is_null_with_the_print_as_candidate() -> None:
    record = one(WHOLE.replace("2024-01-01", "2024-13-01").replace("615,848.00", "61,58,48"))
    assert record.data["start_date"] is None
    assert record.data["funds"]["project_total"] is None
    (issue,) = issues_at(record, "start_date")
    assert (issue.code, issue.severity, issue.candidates) == (IssueCode.BAD_VALUE, "error", ("2024-13-01",))


def test_a_label_that_stands_twice_loses_neither_value() -> None:
    record = one(form(HEAD, "项目名称 | 另一个名字 | < | < | < | < | <", FUNDS, GOALS, COLUMNS, ROWS))
    assert record.data["project_name"] == "编外人员经费"
    assert [issue.candidates for issue in issues_at(record, "project_name")] == [("另一个名字",)]
    assert not record.accepted


def test_a_lost_column_keeps_the_rest_and_says_so() -> None:
    columns = COLUMNS.replace("年度(/项目)指标值", "")
    record = one(form(HEAD, FUNDS, GOALS, columns, ROWS))
    assert rows_of(record) == EXPECTED_ROWS  # the one box that is left between the known headers is the column
    gone = "绩效\\指标 | 一级指标 | 二级指标 | 三级指标 | < | < | <"
    rows = "\n".join(row.rsplit("|", 2)[0] + "| < | <" for row in ROWS.strip().splitlines())
    record = one(form(HEAD, FUNDS, GOALS, gone, rows))
    assert [row[:4] for row in rows_of(record)] == [row[:4] for row in EXPECTED_ROWS]
    assert ("missing-field", "indicators") in codes(record)


def test_an_unknown_text_between_label_and_value_is_not_the_value() -> None:
    moved = HEAD.replace("主管部门 | 某某市总工会 | <", "主管部门 | | 某某市总工会")
    record = one(form(moved, FUNDS, GOALS, COLUMNS, ROWS))
    assert record.data["competent_department"] == "某某市总工会"
    assert [(i.code, i.severity) for i in issues_at(record, "competent_department")] == [(IssueCode.INFERRED, "error")]
    strange = HEAD.replace(
        "主管部门 | 某某市总工会 | < | 实施单位 | 某某市总工会(本级) | < | <",
        "主管部门 | | 分管领导 | 王某 | < | < | <",
    )
    record = one(form(strange, FUNDS, GOALS, COLUMNS, ROWS))
    assert record.data["competent_department"] is None


def misread(page: PageReading, old: str, new: str, confidence: float = 0.6, mass: float = 0.35) -> PageReading:
    """The page as a recogniser read it, with one character of every print that holds ``old`` read as ``new``."""

    def change(line: TextLine) -> TextLine:
        at = line.text.find(old)
        differs = next((i for i, (a, b) in enumerate(zip(old, new, strict=True)) if a != b), 0)
        glyphs = [
            Glyph(new[differs], g.box, confidence, ((g.text, mass),)) if at >= 0 and i == at + differs else g
            for i, g in enumerate(line.glyphs)
        ]
        return replace(line, glyphs=tuple(glyphs), origin="ocr")

    grids = tuple(
        replace(grid, cells=tuple(replace(cell, lines=tuple(map(change, cell.lines))) for cell in grid.cells))
        for grid in page.grids
    )
    return replace(page, grids=grids, loose=tuple(map(change, page.loose)))


def test_a_misread_label_is_known_and_named() -> None:
    found, _ = read(misread(draw_page(WHOLE, above=ABOVE), "主管部门", "主管蔀门"))
    (record,) = found
    assert record.data["competent_department"] == "某某市总工会"
    (issue,) = issues_at(record, "competent_department")
    assert (issue.code, issue.severity, issue.candidates) == (IssueCode.CORRECTED, "warning", ("主管部门", "主管蔀门"))


def test_a_misread_level_is_mended_when_one_word_is_nearest() -> None:
    found, _ = read(misread(draw_page(WHOLE, above=ABOVE), "产出指标", "产山指标"))
    (record,) = found
    assert [row[0] for row in rows_of(record)] == ["产出指标"] * 3 + ["满意度指标"]
    assert record.evidence["indicators[0].level1"].origin == "rule"
    assert ("corrected", "indicators[2].level1") in codes(record)
    (issue,) = issues_at(record, "indicators[0].level1")
    assert issue.candidates == ("产出指标", "产山指标")


def test_a_misread_level_between_two_words_is_not_guessed() -> None:
    found, _ = read(misread(draw_page(WHOLE, above=ABOVE), "数量指标", "效量指标"))
    (record,) = found
    assert record.data["indicators"][0]["level2"] == "效量指标"
    assert not record.accepted
    assert ("bad-value", "indicators[0].level2") in codes(record)


def test_an_amount_that_no_grammar_admits_is_read_again_with_its_other_characters() -> None:
    found, _ = read(misread(draw_page(WHOLE, above=ABOVE), "615,848.00", "615.848.00"))
    (record,) = found
    assert record.data["funds"]["project_total"] == "615848.00"
    (issue,) = [i for i in issues_at(record, "funds.project_total") if i.code is IssueCode.CORRECTED]
    assert issue.candidates == ("615,848.00", "615.848.00")
    assert record.evidence["funds.project_total"].origin == "rule"


def test_a_text_layer_is_never_mended() -> None:
    record = one(WHOLE.replace("产出指标", "产山指标").replace("615,848.00", "615.848.00"))
    assert record.data["indicators"][0]["level1"] == "产山指标"
    assert record.data["funds"]["project_total"] is None


def test_an_unread_opening_label_does_not_join_two_declarations() -> None:
    second = misread(draw_page(WHOLE.replace("项目名称", "囗囗囗囗"), page=1, above=ABOVE), "囗", "囗")
    found, _ = read(draw_page(WHOLE, above=ABOVE), second)
    assert [record.pages for record in found] == [(0,), (1,)]
    assert found[1].data["project_name"] is None
    assert ("missing-field", "project_name") in codes(found[1])


def test_rows_that_were_not_joined_are_not_lost_in_silence() -> None:
    rest = "产出指标 | 数量指标 | 指标9:人数 | 3人"
    found, unused = read(draw_page(WHOLE, above=ABOVE), draw_page(rest, page=1, above=["第二部分 其他事项的说明文字"]))
    assert unused == (UnusedPage(1, "no-known-form"),)
    assert ("missing-field", "indicators") in codes(found[0])
    assert not found[0].accepted


@pytest.mark.parametrize(
    "rows",
    [
        "^ | 产出指标 | 数量指标 | 指标1:人数\\指标2：培训\\次数 | < | ≥3人 | <\n^ | ^ | ^ | ^ | < | ≥4次 | <",
        "^ | 产出指标 | 数量指标 | 指标1:人数\\指标2：培训\\次数 | < | ≥3人\\≥4次 | <",
        "^ | 产出指标 | 数量指标 | 指标1:人数 | < | ≥3人\\≥4次 | <\n^ | ^ | ^ | 指标2:培训次数 | < | ^ | <",
    ],
)
def test_rows_that_a_lost_ruling_made_one_are_told_apart_and_say_so(rows: str) -> None:
    record = one(form(HEAD, FUNDS, GOALS, COLUMNS, rows))
    assert rows_of(record) == [
        ("产出指标", "数量指标", 1, "人数", ">=", "3", "人", None),
        ("产出指标", "数量指标", 2, "培训次数", ">=", "4", "次", None),
    ]
    assert {code for code, _ in codes(record)} == {"grid-repaired"}
    assert not record.accepted


def test_names_that_cannot_be_told_apart_are_doubted() -> None:
    rows = "^ | 产出指标 | 数量指标 | 指标1:人数\\指标2：次数 | < | ≥3人 | <"
    record = one(form(HEAD, FUNDS, GOALS, COLUMNS, rows))
    assert ("grid-repaired", "indicators[0].name") in codes(record)
    assert ("grid-repaired", "indicators[0].value") in codes(record)


def test_a_target_merged_over_rows_stands_for_each() -> None:
    rows = "^ | 产出指标 | 时效指标 | 指标1:甲 | < | 及时 | <\n^ | ^ | ^ | 指标2:乙 | < | ^ | <"
    record = one(form(HEAD, FUNDS, GOALS, COLUMNS, rows))
    assert [row["text"] for row in record.data["indicators"]] == ["及时", "及时"]
    assert record.issues == ()


def test_levels_are_known_without_their_common_ending_too() -> None:
    rows = ROWS.replace("产出指标", "产出").replace("数量指标", "数量").replace("满意度指\\标", "满意度")
    record = one(form(HEAD, FUNDS, GOALS, COLUMNS, rows))
    assert [row[:2] for row in rows_of(record)] == [
        ("产出", "数量"),
        ("产出", "数量"),
        ("产出", "质量指标"),
        ("满意度", "服务对象满意度指标"),
    ]
    assert record.issues == ()


def test_a_level_that_was_cut_off_is_doubted_even_in_a_text_layer() -> None:
    record = one(WHOLE.replace("服务对象满\\意度指标", "服务对象满"))
    assert ("bad-value", "indicators[3].level2") in codes(record)
    assert one(WHOLE.replace("质量指标", "工程进度")).issues == ()


def test_rows_above_a_head_that_was_read_better_when_printed_again_are_kept() -> None:
    misread = COLUMNS.replace("二级指标", "=级指杯")
    record = one(form(HEAD, FUNDS, GOALS, misread, ROWS, COLUMNS.replace("绩效\\指标", "^"), ROWS))
    assert rows_of(record) == [*EXPECTED_ROWS, *EXPECTED_ROWS]


@pytest.mark.parametrize(("sure", "told"), [(0.3, True), (0.99, False)])
def test_a_table_behind_a_record_that_cannot_be_read_is_a_doubt(sure: float, told: bool) -> None:
    """Its rows may be the record's last ones; another table that is plainly read is none of them."""
    grid = draw_grid("批次 | 数量 | 备注\n甲批 | 12 | 无", page=1, origin="ocr", confidence=sure)
    behind = draw_page(grid, page=1)
    (record,), unused = read(draw_page(WHOLE, above=ABOVE), behind)
    assert [page.page for page in unused] == [1]
    told_by = [issue.message for issue in issues_at(record, None) if issue.code == IssueCode.MISSING]
    assert told_by == ["page 2 has a table that cannot be read: see whether it belongs to this record"] * told
    assert record.accepted is not told
