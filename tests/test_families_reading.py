"""Every layout of every family comes back as it was meant, files of many are split right, and what a form does not know
is named."""

from __future__ import annotations

import pytest
from grid_drawing import draw_page

from bench.corpus.families.document import forms
from bench.corpus.machine import MIXED
from bench.drawn import documents
from bench.families import FileOutcome, measure
from pipeline.config import config_dir, load_settings
from pipeline.forms.load import load_forms
from pipeline.model import Record
from pipeline.stages.check import check
from pipeline.stages.records import records
from pipeline.stages.stitch import stitch

SETTINGS = load_settings()
FORMS = load_forms("auto", config_dir() / "forms", SETTINGS.records.label_similarity)
ROUND = 9
"""Documents of a family in which each of its layouts stands once at least."""


def read_all(family: str, count: int) -> list[FileOutcome]:
    return [measure(wanted) for wanted in documents("train", "digital", 100, count, family)]


@pytest.mark.parametrize("family", [*forms()])
def test_every_layout_is_read_whole(family: str) -> None:
    for one in read_all(family, ROUND):
        assert (one.failure, one.strangers) == (None, ())
        for outcome in one.outcomes:
            where = (outcome.file, outcome.layout)
            wrong = [(leaf.path, leaf.want, leaf.got) for leaf in outcome.verdict.leaves if not leaf.right]
            assert (where, wrong, outcome.verdict.found, outcome.right_pages) == (where, [], True, True)


def test_files_of_many_are_split_where_they_should_be() -> None:
    for one in read_all(MIXED, 6):
        assert (one.failure, one.strangers) == (None, ())
        for outcome in one.outcomes:
            verdict = outcome.verdict
            where = (outcome.file, outcome.layout)
            assert (where, verdict.found, verdict.right_form, verdict.extra_rows) == (where, True, True, 0)


def test_a_form_of_many_fields_and_a_table_is_a_short_file() -> None:
    (form,) = (form for form in FORMS.forms if form.id == "goods-declaration")
    assert (len(form.fields) >= 12, len(form.tables)) == (True, 1)
    assert len((config_dir() / "forms" / f"{form.id}.yaml").read_text(encoding="utf-8").splitlines()) <= 60


def read_one(drawing: str, title: str = "项目支出绩效目标申报表") -> Record:
    page = draw_page(drawing.strip(), above=(title, "(2024年度)"))
    (record,), _ = records(stitch([page], FORMS, SETTINGS.stitch), [page], FORMS, SETTINGS.records)
    return check(record, FORMS, SETTINGS.records)


NATIONAL = """
项目名称 | 甲乙工程 | < | < | < | <
主管部门 | 某局 | < | 实施单位 | 某所 | <
{extra}
资金情况(万元) | 年度资金总额 | < | 1.50 | < | <
^ | 其中：财政拨款 | < | 1.00 | < | <
^ | 其他资金 | < | 0.50 | < | <
{goal} | 把事情办好。 | < | < | < | <
绩效指标 | 一级指标 | 二级指标 | 三级指标 | 指标值 | {column}
^ | 产出指标 | 数量指标 | 清淤长度 | ≥5公里 | 要紧
"""


GOODS = """
境内发货人\\甲公司 | 运输方式\\水路运输 | 贸易方式\\一般贸易 | 成交方式\\FOB
境外收货人\\B LTD. | 件数\\3 | 毛重（千克）\\9.50 | 净重（千克）\\9.00
项号 | 商品编号 | 商品名称 | 数量及单位
1 | 8536500090 | 低压开关 | 7个
"""


def drift(record: Record) -> list[tuple[str | None, str]]:
    return [
        (issue.path, issue.candidates[-1] if issue.path else issue.candidates[0])
        for issue in record.issues
        if issue.code.value == "layout-drift"
    ]


def test_what_the_form_knows_is_no_drift() -> None:
    record = read_one(
        NATIONAL.format(extra="项目期 | 三年 | < | 项目属性 | 新增项目 | <", goal="年度目标", column="备注")
    )
    assert (drift(record), record.accepted) == ([], True)
    assert record.data["indicators"][0]["remark"] == "要紧"


def test_unknown_labels_and_columns_and_renamed_labels_are_named() -> None:
    extra = "立项依据 | 市府办〔2024〕3号批复 | < | 项目期 | 三年 | <"
    record = read_one(NATIONAL.format(extra=extra, goal="年度目的", column="责任科室"))
    assert drift(record) == [("annual_goal", "年度目的"), (None, "立项依据"), ("indicators", "责任科室")]
    assert record.data["annual_goal"] == "把事情办好。"
    assert record.accepted


def test_columns_of_unknown_words_stand_in_order_behind_those_of_the_levels() -> None:
    unknown = NATIONAL.replace("三级指标 | 指标值 | {column}", "细化内容 | 应达水平 | <").replace(" | 要紧", " | <")
    record = read_one(unknown.format(extra="项目期 | 三年 | < | 项目属性 | 新增项目 | <", goal="年度目标"))
    assert [(row["name"], row["value"], row["unit"]) for row in record.data["indicators"]] == [
        ("清淤长度", "5", "公里")
    ]
    assert drift(record) == [("indicators", "细化内容"), ("indicators", "应达水平")]


def test_a_field_that_an_unknown_cell_may_hold_is_doubted() -> None:
    """No label of the period is known, but a cell of words is left: null, and the record says that it may be wrong."""
    record = read_one(
        NATIONAL.format(
            extra="实施年限范围 | 二〇二四年起共三个年头 | < | 批次 | 3 | <", goal="年度目标", column="备注"
        )
    )
    assert record.data["project_period"] is None
    doubted = {issue.path: issue.candidates for issue in record.issues if issue.code.value == "missing-field"}
    assert doubted["project_period"] == ("二〇二四年起共三个年头",)
    assert doubted["funds.annual_carryover"] == ("3",)


def test_a_table_and_a_labelled_line_that_were_not_found_are_told() -> None:
    """Neither is required, but on a page that was read badly they may be there."""
    record = read_one("部门名称 | 某局\n年度总体目标 | 办好。\n年度资金总额（元） | 1.00", "部门整体支出绩效目标申报表")
    assert ("missing-field", "tasks") in {(issue.code.value, issue.path) for issue in record.issues}
    goods = read_one(GOODS, "海关出口货物报关单")
    assert (goods.data["entry_number"], goods.data["customs_number"]) == (None, None)
    assert {"entry_number", "customs_number"} <= {issue.path for issue in goods.issues}


def test_a_code_that_no_shape_fits_and_one_without_a_label_are_doubted() -> None:
    odd = GOODS.replace("运输方式\\水路运输", "运输方式（Z21）\\水路运输").replace("成交方式\\FOB", "成交\\FOB")
    goods = read_one(odd, "海关出口货物报关单")
    assert (goods.data["transport_mode"], goods.data["transport_mode_code"]) == ("水路运输", None)
    paths = {(issue.code.value, issue.path) for issue in goods.issues}
    assert {("bad-value", "transport_mode_code"), ("missing-field", "terms_code")} <= paths


def test_long_term_and_annual_blocks_stand_side_by_side() -> None:
    blocks = """
    项目名称 | 甲乙工程 | < | < | < | < | <
    主管部门 | 某局 | < | < | 实施单位 | 某所 | <
    项目资金(元) | 中期资金总额 | < | 30.00 | 年度资金总额 | < | 10.00
    ^ | 其中：财政拨款 | < | 20.00 | 其中：财政拨款 | < | 8.00
    ^ | 其他资金 | < | 10.00 | 其他资金 | < | 2.00
    总体目标 | 中期目标 | < | < | 年度目标 | < | <
    ^ | 三年做完。 | < | < | 今年开工。 | < | <
    一级指标 | 二级指标 | 三级指标 | 指标值 | 二级指标 | 三级指标 | 指标值
    产出指标 | 数量指标 | 长度 | ≥9公里 | 数量指标 | 长度 | ≥3公里
    ^ | ^ |  |  | ^ | 座数 | 2座
    """
    data = read_one(blocks).data
    assert (data["funds"]["term_total"], data["funds"]["annual_total"]) == ("30.00", "10.00")
    assert (data["funds"]["term_other"], data["funds"]["annual_other"]) == ("10.00", "2.00")
    assert (data["overall_goal"], data["annual_goal"]) == ("三年做完。", "今年开工。")
    assert [(row["name"], row["value"]) for row in data["long_term_indicators"]] == [("长度", "9")]
    assert [(row["name"], row["value"]) for row in data["indicators"]] == [("长度", "3"), ("座数", "2")]
