"""Layouts with numbered headings of their parts, numbered labels, and codes in cells or brackets of their own."""

from __future__ import annotations

import pytest
from test_records import codes, form, issues_at, one

from pipeline.errors import IssueCode
from pipeline.forms.labels import fold, inner_cuts, is_exact, is_heading, likeness
from pipeline.text.names import split_code

ABOVE = ("项目支出绩效目标申报表", "（2024年度）", "单位：元")
TOP = """
项目名称 | 编外人员经费 | < | <
主管部门 | 某某市总工会 | 实施单位 | 某某市总工会(本级)
"""
FUNDS = """
年度资金总额 | 5,000.00 | 其中:财政拨款 | 4,000.00
其他资金 | 1,000.00 | < | <
"""
ROWS = """
一级指标 | 二级指标 | 三级指标 | 指标值
产出指标 | 数量指标 | 指标1:非编人员数 | =4.00(人)
"""


def test_a_goal_right_of_its_label_is_not_the_heading_below_it() -> None:
    record = one(form(TOP, FUNDS, "年度目标 | 保障劳动权益。 | < | <", "四、绩效指标 | < | < | <", ROWS), ABOVE)
    assert record.data["annual_goal"] == "保障劳动权益。"
    record = one(form(TOP, FUNDS, "年度目标 | 保障劳动权益。 | < | <", "以下各项指标 | < | < | <", ROWS), ABOVE)
    assert record.data["annual_goal"] == "保障劳动权益。"  # a heading without a number stands under both as well


def test_numbered_headings_are_no_values_and_may_name_the_unit() -> None:
    parts = ("一、基本信息 | < | < | <", TOP, "二、资金安排（万元） | < | < | <", FUNDS, "三、绩效目标 | < | < | <")
    record = one(form(*parts, "年度目标 | 保障劳动权益。 | < | <", "四、绩效指标 | < | < | <", ROWS), ABOVE[:2])
    assert record.issues == ()
    assert record.data["funds"]["annual_total"] == "50000000.00"
    assert record.data["annual_goal"] == "保障劳动权益。"


def test_a_heading_that_is_the_label_of_what_stands_below_gives_it() -> None:
    goal = "三、年度目标 | < | < | <\n一、稳定队伍 | < | < | <"
    record = one(form(TOP, FUNDS, goal, "四、绩效指标 | < | < | <", ROWS), ABOVE)
    assert record.data["annual_goal"] == "一、稳定队伍"


def test_a_heading_ends_the_table_above_it() -> None:
    record = one(form(TOP, FUNDS, "年度目标 | 保障。 | < | <", ROWS, "五、其他事项 | < | < | <"), ABOVE)
    assert len(record.data["indicators"]) == 1
    assert issues_at(record, "indicators") == []


@pytest.mark.parametrize("number", ["三、", "3.", "3、", "（3）", "(3)", "③", "（三）"])
def test_the_number_of_a_label_is_no_part_of_it(number: str) -> None:
    assert is_exact(likeness(f"{number}年度目标", ("年度目标",), 0.75))
    top = TOP.replace("项目名称", f"{number}项目名称").replace("主管部门", f"{number}主管部门")
    record = one(form(top, FUNDS, f"{number}年度目标 | 保障劳动权益。 | < | <", ROWS), ABOVE)
    assert (record.data["annual_goal"], record.data["competent_department"]) == ("保障劳动权益。", "某某市总工会")
    assert record.issues == ()


def test_what_only_looks_like_a_heading() -> None:
    assert all(map(is_heading, ("一、项目基本情况", "（二）资金安排", "第一部分：基本情况", "四、绩效 指标")))
    assert not any(map(is_heading, ("一、完成培训，提高技能。", "一级指标", "三、", "三年行动", "2024年度")))
    assert fold("三年行动") == "三年行动"
    assert not is_exact(likeness("3.5年度目标", ("年度目标",), 0.75))


def test_the_label_of_a_group_leaves_the_value_to_the_label_beside_it() -> None:
    funds = "项目资金 | 资金总额：5,000.00 | < | <\n | 其中：财政拨款：4,000.00 | 其他资金：1,000.00 | <"
    record = one(form(TOP, funds, "年度目标 | 保障劳动权益。 | < | <", ROWS), ABOVE)
    assert record.data["funds"]["annual_total"] == "5000.00"
    assert record.data["funds"]["annual_other"] == "1000.00"


@pytest.mark.parametrize(
    ("department", "code"),
    [
        ("某某市总工会 | 主管部门代码 | 219", "219"),
        ("某某市总工会（219） | 项目编码 | 00", "219"),
        ("某某市总工会 219 | 项目编码 | 00", "219"),
        ("219|某某市总工会".replace("|", "｜") + " | 项目编码 | 00", "219"),
    ],
)
def test_the_code_of_a_department_stands_in_a_cell_or_behind_the_name(department: str, code: str) -> None:
    top = f"项目名称 | 编外人员经费 | < | <\n主管部门 | {department}\n实施单位 | 某某市总工会(本级) | < | <"
    record = one(form(top, FUNDS, "年度目标 | 保障劳动权益。 | < | <", ROWS), ABOVE)
    assert (record.data["competent_department"], record.data["competent_department_code"]) == ("某某市总工会", code)
    assert record.data["implementing_unit"] == "某某市总工会（本级）"


def test_digits_before_a_department_may_be_its_code() -> None:
    record = one(
        form(TOP.replace("某某市总工会 ", "219某某市总工会 "), FUNDS, "年度目标 | 保障。 | < | <", ROWS), ABOVE
    )
    assert record.data["competent_department"] == "219某某市总工会"
    marks = {("bad-value", "competent_department"), ("bad-value", "competent_department_code")}
    assert marks <= codes(record)
    (issue,) = issues_at(record, "competent_department_code")
    assert (issue.code, issue.severity, issue.candidates) == (IssueCode.BAD_VALUE, "warning", ("219",))


@pytest.mark.parametrize(
    ("printed", "shape", "code", "name"),
    [
        ("北仑海关 3104", "[0-9]{4}", "3104", "北仑海关"),
        ("智利 CHL", "[A-Z]{3}", "CHL", "智利"),
        ("水路运输 2", "[0-9]", None, "水路运输2"),
        ("某局（2024）", "[0-9]{3}|[0-9]{5,}", None, "某局（2024）"),
        ("510523000022义务教育补助", None, "510523000022", "义务教育补助"),
        ("100000人次补贴", None, None, "100000人次补贴"),
    ],
)
def test_codes_of_a_shape(printed: str, shape: str | None, code: str | None, name: str) -> None:
    found = split_code(printed, shape)
    assert (found.code, found.name) == (code, name)


def test_a_number_behind_a_label_and_a_blank_is_its_value() -> None:
    heads = ["件数 168", "净重（千克） 1288.5", "成交方式（3） FOB"]
    assert [[text[: cut.label_end] for cut in inner_cuts(text)] for text in heads] == [
        ["件数"], ["净重（千克）"], ["成交方式（3）"],
    ]  # fmt: skip
    assert list(inner_cuts("主管部 门意见")) == []
