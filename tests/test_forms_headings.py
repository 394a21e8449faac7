"""Layouts with numbered headings of their parts, numbered labels, and codes in cells or brackets of their own."""

from __future__ import annotations

import pytest
from grid_drawing import draw_page
from test_records import codes, form, issues_at, one, read

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


def test_a_numbered_row_among_those_of_a_table_heads_some_of_them() -> None:
    rows = (
        "（一）产出指标 | < | < | <\n | 数量指标 | 人数 | ≥4人\n（二）效益指标 | < | < | <\n | 社会效益指标 | 满意 | 有"
    )
    goal = "年度目标 | 保障。 | < | <"
    record = one(form(TOP, FUNDS, goal, ROWS.strip().splitlines()[0], rows, "五、其他 | < | < | <"), ABOVE)
    assert [(row["level1"], row["level2"]) for row in record.data["indicators"]] == [
        ("产出指标", "数量指标"),
        ("效益指标", "社会效益指标"),
    ]


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


def test_a_word_for_the_total_in_a_group_of_amounts_is_the_label() -> None:
    funds = "项目资金 | 总额 | 5,000.00 | <\n^ | 其中:财政拨款 | 4,000.00 | <\n^ | 其他资金 | 1,000.00 | <"
    record = one(form(TOP, funds, "年度目标 | 保障劳动权益。 | < | <", ROWS), ABOVE)
    assert record.data["funds"]["annual_total"] == "5000.00"
    assert record.issues == ()


def test_a_total_over_its_amount_stands_for_the_funds_of_a_department() -> None:
    rows = (
        "部门名称 | 某市水务局 | < | <\n年度预算 | 总额 | 财政拨款 | 其他资金\n^ | 10.00 | 9.00 | 1.00",
        "年度总体目标 | 河道通畅。 | < | <\n任务名称 | 主要内容 | < | 总额\n疏浚 | 疏浚河段 | < | 10.00",
    )
    record = one(form(*rows, ROWS), ("部门整体支出绩效目标申报表", *ABOVE[1:]))
    assert (record.data["funds"]["annual_total"], record.data["tasks"][0]["total"]) == ("10.00", "10.00")
    assert [issue for issue in record.issues if issue.severity == "error"] == []


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


CUSTOMS = ("中华人民共和国海关出口货物报关单", "预录入编号：123456789012345678 海关编号：223456789012345678")
GOODS = "项号 | 商品编号 | 商品名称及规格型号 | 数量及单位 | 单价 | 总价\n1 | 8536500090 | 低压开关 | 3个 | 2.00 | 6.00"
OVER = """
境内发货人 | 出境关别（2202） | 出口日期 | 申报日期 | 运输方式 | 提运单号
甲公司 | 吴淞海关 | 2024-01-02 | 2024-01-01 | 水路运输 | {bill}
境外收货人 | 专用栏 | 监管方式 | 毛重（千克） | 净重（千克） | 件数
B LTD. | 乙 | 一般贸易 | 9.5 | 9 | 3
"""


@pytest.mark.parametrize("bill", ["A1", ""])
def test_labels_in_a_row_over_their_values(bill: str) -> None:
    """An unknown label right of a known one is not its value, and a cell left empty is no missing label."""
    record = one(form(OVER.format(bill=bill), GOODS), CUSTOMS)
    expected = {
        "domestic_consignor": "甲公司", "exit_customs": "吴淞海关", "exit_customs_code": "2202",
        "export_date": "2024-01-02", "declaration_date": "2024-01-01", "transport_mode": "水路运输",
        "bill_number": bill or None, "overseas_consignee": "B LTD.", "trade_mode": "一般贸易",
        "gross_weight": "9.5", "net_weight": "9", "packages": "3",
    }  # fmt: skip
    assert {key: record.data[key] for key in expected} == expected
    assert all(issues_at(record, key) == [] for key in expected)


def test_a_row_of_totals_is_no_row_of_goods() -> None:
    record = one(form(OVER.format(bill="A1"), GOODS, "合计 |  |  | 3个 |  | 6.00"), CUSTOMS)
    assert [row["item"] for row in record.data["goods"]] == ["1"]
    assert {("unused-cell", None)} <= codes(record)


def test_a_label_that_stands_right_behind_a_number_ends_it() -> None:
    """The blank between the two was not read."""
    lines = (CUSTOMS[0], "海关编号：223456789012345678预录入编号：123456789012345678")
    record = one(form(OVER.format(bill="A1"), GOODS), lines)
    assert record.data["customs_number"] == "223456789012345678"
    assert record.data["entry_number"] == "123456789012345678"


def test_a_label_alone_in_its_cell_on_a_scan_says_so() -> None:
    drawn = (
        "境内发货人\\甲公司 | 出境关别\\吴淞海关 | 运输方式\\水路运输\n毛重（千克） | 净重（千克）\\9 | 成交方式\\FOB\n"
        + GOODS
    )
    for origin, told in (("ocr", 1), ("text_layer", 0)):
        (record,), _ = read(draw_page(drawn, above=CUSTOMS, origin=origin))
        assert record.data["gross_weight"] is None
        assert len(issues_at(record, "gross_weight")) == told


def test_the_word_over_a_column_of_amounts_names_their_unit_before_the_caption() -> None:
    funds = (
        "资金来源 | 金额（万元） | 备注 | <\n年度资金总额 | 10 |  | <\n其中：财政拨款 | 9 |  | <\n其他资金 | 1 |  | <"
    )
    record = one(form(TOP, funds, "年度目标 | 保障。 | < | <", ROWS), ABOVE)
    assert [record.data["funds"][key] for key in ("annual_total", "annual_appropriation", "annual_other")] == [
        "100000.00", "90000.00", "10000.00",
    ]  # fmt: skip


def test_a_row_of_labels_over_their_values_where_the_form_has_them_beside() -> None:
    top = "项目名称 | < | 主管部门 | 实施单位\n编外人员经费 | < | 某市总工会 | 某市总工会(本级)"
    record = one(form(top, FUNDS, "年度目标 | 保障。 | < | <", ROWS), ABOVE)
    names = [record.data[key] for key in ("project_name", "competent_department", "implementing_unit")]
    assert names == ["编外人员经费", "某市总工会", "某市总工会（本级）"]
    assert record.issues == ()
