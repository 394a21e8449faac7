"""Indicator targets and names in every style seen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text.indicators import (
    IndicatorValue,
    parse_indicator_name,
    parse_indicator_value,
    parse_operator,
    parse_unit,
    split_score,
    suspicious,
)

many = settings(max_examples=200, deadline=None)
SHARED = Path(__file__).resolve().parents[2] / "shared" / "seed"


def parts(value: IndicatorValue) -> tuple[str | None, str | None, str | None]:
    assert value.text is None
    return value.operator, value.value, value.unit


@pytest.mark.parametrize(
    ("printed", "wanted"),
    [
        ("=100.00(%)", ("=", "100.00", "%")),
        ("≥80.00(%)", (">=", "80.00", "%")),
        ("≤15.20(万元)", ("<=", "15.20", "万元")),
        ("985米", (None, "985", "米")),
        ("≥46台（套）", (">=", "46", "台（套）")),
        ("≥46台\n(套)", (">=", "46", "台（套）")),
        ("100%", (None, "100", "%")),
        ("3所", (None, "3", "所")),
        ("≥7,800.00（人）", (">=", "7800.00", "人")),
        ("≥10000.0\n0(人)", (">=", "10000.00", "人")),
        ("不低于90%", (">=", "90", "%")),
        ("不少于 3 次", (">=", "3", "次")),
        ("不超过5000元", ("<=", "5000", "元")),
        ("大于等于95％", (">=", "95", "%")),
        ("≥ 95 ％", (">=", "95", "%")),
        ("90", (None, "90", None)),
        ("≥1次/年", (">=", "1", "次/年")),
        ("≤5000元/人·月", ("<=", "5000", "元/人·月")),
        ("1.2万人次", (None, "1.2", "万人次")),
        ("≥5个项目", (">=", "5", "个项目")),
        ("≥3m²", (">=", "3", "m²")),
        ("≤35μg/m³", ("<=", "35", "μg/m³")),
        ("24小时", (None, "24", "小时")),
        ("12个月", (None, "12", "个月")),
        ("-5%", (None, "-5", "%")),
        ("≥80.00(%", (">=", "80.00", "%")),
        ("95%以上", (">=", "95", "%")),
        ("60岁以下", ("<=", "60", "岁")),
        ("≥90%以上", (">=", "90", "%")),
        ("≤3天内", ("<=", "3", "天")),
        ("100%；", (None, "100", "%")),
        ("≥", (">=", None, None)),
    ],
)
def test_quantity(printed: str, wanted: tuple[str | None, str | None, str | None]) -> None:
    assert parts(parse_indicator_value(printed)) == wanted


@pytest.mark.parametrize(
    "printed",
    [
        "及时",
        "2024年2月底前",
        "全年",
        "90%-95%",
        "3-5个",
        "约100人",
        "100人左右",
        "100余人",
        "12月",
        "12月底前",
        "12月31日",
        "2024年",
        "≤2024年",
        "1:3",
        "7×24小时",
        "5个工作日内",
        "第3期",
        "达到90%",
        "满意度≥90%",
        "≥3次且无投诉",
        "二级",
        "3所学校",
        "3.0版",
        "1号",
        "5G",
        "≥90%，且无投诉",
        "①100",
        "10²",
        "1/2",
        "不低于上年",
        "显著提升",
    ],
)
def test_words(printed: str) -> None:
    value = parse_indicator_value(printed)
    assert (value.text, value.text_span) == (printed, (0, len(printed)))
    assert (value.operator, value.value, value.unit) == (None, None, None)


@pytest.mark.parametrize("printed", ["", "—", "/", "无", " \n", "-"])
def test_absent_target(printed: str) -> None:
    assert parse_indicator_value(printed) == IndicatorValue()


def test_two_numbers_in_a_cell_stay_two() -> None:
    assert parse_indicator_value("100\n200").text == "100 200"


def test_long_text_is_normalised() -> None:
    value = parse_indicator_value("按时,足额\n发放<br/>")
    assert value.text == "按时，足额发放"


OPERATORS = {
    ">=": ["≥", "≧", ">=", "＞=", "＞＝", "不低于", "不少于", "大于等于"],
    "<=": ["≤", "≦", "<=", "＜＝", "不超过", "不高于", "小于等于"],
    "=": ["=", "═", "﹦", "＝"],
    ">": [">", "＞", "﹥", "大于"],
    "<": ["<", "＜", "﹤", "小于"],
}
UNITS = ["%", "人", "人次", "万元", "台（套）", "个", "元/人", "平方米", "‰", "㎡", "公里", "个百分点"]


@many
@given(
    st.sampled_from(sorted(OPERATORS)),
    st.data(),
    st.integers(0, 10**7),
    st.sampled_from(["", ".0", ".00", ".25"]),
    st.booleans(),
    st.sampled_from(UNITS),
    st.sampled_from(["{}{}{}", "{}{}({})", "{}{}（{}）", "{} {} {}", "{}{}\n{}"]),
)
def test_targets_read_back(
    operator: str, data: st.DataObject, whole: int, cents: str, grouped: bool, unit: str, style: str
) -> None:
    sign = data.draw(st.sampled_from(OPERATORS[operator]))
    number = (f"{whole:,}" if grouped else str(whole)) + cents
    printed = style.format(sign, number, unit)
    value = parse_indicator_value(printed)
    assert parts(value) == (operator, f"{whole}{cents}", unit)
    assert value.operator_span is not None
    assert value.value_span is not None
    assert value.unit_span is not None
    assert printed[slice(*value.operator_span)] == sign
    assert printed[slice(*value.value_span)] == number
    assert printed[slice(*value.unit_span)] == unit


@many
@given(st.text(max_size=20) | st.text(alphabet="≥≤=><0123456789.,%()（）人元万年月 \n", max_size=12))
def test_any_print_gives_a_target_or_words(printed: str) -> None:
    value = parse_indicator_value(printed)
    assert value.text is None or (value.operator, value.value, value.unit) == (None, None, None)
    for part, span in [
        (value.operator, value.operator_span),
        (value.value, value.value_span),
        (value.unit, value.unit_span),
        (value.text, value.text_span),
    ]:
        assert (part is None) == (span is None)
        assert span is None or 0 <= span[0] < span[1] <= len(printed)


@many
@given(st.integers(0, 10**8), st.integers(0, 10**8))
def test_no_number_is_made_of_two(one: int, other: int) -> None:
    assert parse_indicator_value(f"{one}\n{other}").value is None
    assert parse_indicator_value(f"{one} {other}").value is None


@pytest.mark.parametrize(
    ("printed", "wanted"),
    [
        ("≥", ">="),
        ("＞", ">"),
        ("不低于", ">="),
        ("＝", "="),
        ("═", "="),
        ("≦", "<="),
        ("定性", None),
        ("", None),
        ("90", None),
    ],
)
def test_operator_cell(printed: str, wanted: str | None) -> None:
    assert parse_operator(printed) == wanted


@pytest.mark.parametrize(
    ("printed", "wanted"),
    [
        ("%", "%"),
        ("（％）", "%"),
        ("台(套)", "台（套）"),
        ("/", None),
        ("", None),
        ("人\n次", "人次"),
        ("(台)(套)", "（台）（套）"),
    ],
)
def test_unit_cell(printed: str, wanted: str | None) -> None:
    assert parse_unit(printed) == wanted


def test_a_negative_target_may_begin_with_an_equals_sign() -> None:
    assert "=37.00" in (suspicious(parse_indicator_value("-37.00个")) or "")
    assert suspicious(parse_indicator_value("≤-37.00个")) is None
    assert suspicious(parse_indicator_value("=37.00个")) is None


def test_a_percentage_that_may_be_a_misread_operator() -> None:
    reason = suspicious(parse_indicator_value("292%"))
    assert reason is not None
    assert "≥92%" in reason
    assert suspicious(parse_indicator_value("280.00(%)")) is not None
    for printed in ("92%", "200%", "20%", "300%", "292人", "及时", ""):
        assert suspicious(parse_indicator_value(printed)) is None


@pytest.mark.parametrize(
    ("printed", "number", "name"),
    [
        ("指标1:非编人员数", 1, "非编人员数"),
        ("指标1：非编人员数", 1, "非编人员数"),
        ("指标 12 ：扶\n人数", 12, "扶人数"),
        ("指标１：甲", 1, "甲"),
        ("指\n标2：甲", 2, "甲"),
        ("指标2、甲", 2, "甲"),
        ("指标2非编人员数", 2, "非编人员数"),
        ("指标一：甲", 1, "甲"),
        ("指标1：", 1, ""),
        ("指标3；职工技能", 3, "职工技能"),
        ("指标1·测评系统数", 1, "测评系统数"),
        ("指标二；甲", 2, "甲"),
        ("指标1", 1, ""),
        ("指标1:60岁以上", 1, "60岁以上"),
        ("指标1：PM2.5浓度,全年", 1, "PM2.5浓度，全年"),
        ("*指标1：甲", 1, "甲"),
        ("指标1：★甲", 1, "甲"),
        ("★甲*乙", None, "甲*乙"),
        ("指标体系建设", None, "指标体系建设"),
        ("指标1.5倍", None, "指标1.5倍"),
        ("1、甲", None, "1、甲"),
        ("三级指标", None, "三级指标"),
        ("", None, ""),
    ],
)
def test_name(printed: str, number: int | None, name: str) -> None:
    found = parse_indicator_name(printed)
    assert (found.number, found.name, found.threshold) == (number, name, None)


@pytest.mark.parametrize(
    ("printed", "name", "threshold"),
    [
        ("指标1：满意度(≥**%)", "满意度", "(≥**%)"),
        ("满意度（≥XX％）达标", "满意度达标", "（≥XX％）"),
        ("满意度（≥90%）", "满意度", "（≥90%）"),
        ("满意度,≥90%", "满意度", "≥90%"),
        ("老年人(≥60岁)体检率", "老年人（≥60岁）体检率", None),
        ("人数>100的企业占比", "人数>100的企业占比", None),
        ("补助(元/人)", "补助（元/人）", None),
        ("总工会（本级）", "总工会（本级）", None),
    ],
)
def test_leftover_threshold(printed: str, name: str, threshold: str | None) -> None:
    found = parse_indicator_name(printed)
    assert (found.name, found.threshold) == (name, threshold)


@many
@given(
    st.integers(0, 99),
    st.text(alphabet="甲乙丙“”人数", max_size=8),
    st.sampled_from(["指标{}:{}", "指标{}：{}", "*指标 {} ：{}"]),
)
def test_names_read_back(number: int, name: str, style: str) -> None:
    printed = style.format(number, name)
    found = parse_indicator_name(printed)
    assert (found.number, found.name) == (number, name)
    assert printed[slice(*found.span)] == name
    assert found.number_span is not None
    assert printed[slice(*found.number_span)] == str(number)


@pytest.mark.parametrize(
    ("printed", "wanted"),
    [
        ("产出指标(50分)", ("产出指标", "50")),
        ("产出指标\n（50）", ("产出指标", "50")),
        ("满意度指\n标10分", ("满意度指标", "10")),
        ("效益指标（满分30.5分）", ("效益指标", "30.5")),
        ("效益指标【30分】", ("效益指标", "30")),
        ("效益指标（30%）", ("效益指标", "30")),
        ("产出指标", ("产出指标", None)),
        ("产出指标（本级）", ("产出指标（本级）", None)),
        ("50分", ("50分", None)),
        ("", ("", None)),
    ],
)
def test_score(printed: str, wanted: tuple[str, str | None]) -> None:
    assert split_score(printed) == wanted


@pytest.mark.skipif(not SHARED.is_dir(), reason="no sample declarations beside the checkout")
def test_sample_declarations() -> None:
    """Every indicator of the samples, read from its printed row."""
    truths = [json.loads(line) for line in (SHARED / "truth.jsonl").read_text(encoding="utf-8").splitlines()]
    wanted = [row for truth in truths for row in truth["data"]["indicators"]]
    rows = [
        [cell for cell in line.split("\t") if cell.strip()]
        for line in (SHARED / "declarations.txt").read_text(encoding="utf-8").splitlines()
        if "\t指标" in line
    ]
    assert len(rows) == len(wanted) > 30
    for (*_, name, target), truth in zip(rows, wanted, strict=True):
        value, named = parse_indicator_value(target), parse_indicator_name(name)
        assert (named.number, named.name) == (truth["number"], truth["name"])
        assert (value.operator, value.value, value.unit, value.text) == tuple(
            truth[key] for key in ("operator", "value", "unit", "text")
        )


@pytest.mark.parametrize("bracket", [" (立\n方米)", "（立\n方米）", "立\n方米"])
def test_a_number_wraps_between_its_operator_and_a_unit_however_it_is_set(bracket: str) -> None:
    """A recogniser reads the white half of a wide bracket as a blank; ≥ is as wide as an ideograph."""
    value = parse_indicator_value(f"≥27210\n0.00{bracket}")
    assert (value.operator, value.value, value.unit) == (">=", "272100.00", "立方米")


@pytest.mark.parametrize(
    ("printed", "operator", "value", "unit"),
    [
        ("≥１７４０\n０.００\n（平方米）", ">=", "17400.00", "平方米"),
        ("１７３０\n０.００\n（辆次）", None, "17300.00", "辆次"),
        ("不超过11\n5404元/\n平方米", "<=", "115404", "元/平方米"),
        ("≤353\n5.50万\n元/年", "<=", "3535.50", "万元/年"),
        ("≧２３５\n７.００(人\n次)", ">=", "2357.00", "人次"),
        ("不低于9\n0.00%", ">=", "90.00", "%"),
        ("≤４０９\n５.２５(万\n元/年)", "<=", "4095.25", "万元/年"),  # 五 and its point would not have fitted
    ],
)
def test_a_number_cut_by_the_side_of_its_cell_is_whole_before_its_unit(
    printed: str, operator: str | None, value: str, unit: str
) -> None:
    target = parse_indicator_value(printed)
    assert (target.operator, target.value, target.unit, target.text) == (operator, value, unit, None)


@pytest.mark.parametrize("printed", ["615848\n0.00", "≥5\n0.00", "10\n12.5", "≥90\n95%", "≥3\n5个"])
def test_two_numbers_under_one_another_are_not_one(printed: str) -> None:
    assert parse_indicator_value(printed).value is None
