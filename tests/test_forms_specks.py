"""Specks and strokes about names, targets, results and codes are none of them, and say so."""

from __future__ import annotations

import pytest
from test_forms_reading import field_of, layer_of, print_of

from pipeline.forms.columns import read_measure, read_name, read_quantity, read_target, read_unit
from pipeline.forms.definition import Field, Names
from pipeline.forms.labels import coded_cuts, is_exact, likeness
from pipeline.forms.values import read_field


def test_a_point_behind_a_name_is_a_speck_and_says_so() -> None:
    readout = read_field(field_of("coded"), print_of("市场采购."), None)
    assert ([value.value for value in readout.values], len(readout.issues)) == (["市场采购"], 1)
    layer = read_field(field_of("coded"), layer_of("市场采购。"), None)
    assert (layer.values[0].value, layer.issues) == ("市场采购。", ())


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("；预算控制数", "预算控制数"),
        ("会议·\n费支出", "会议费支出"),
        ("阿·买", "阿·买"),
        (".指标2：强制免疫头数", "强制免疫头数"),
        ("会议费支出\n-", "会议费支出"),
        ("会议费支出\n_", "会议费支出"),
        ("[指标3：会议费支出", "会议费支出"),
        ("指标2：：会议费支出", "会议费支出"),
    ],
)
def test_specks_about_a_name_are_none_of_it_and_say_so(printed: str, name: str) -> None:
    readout = read_name("", "rows[0]", print_of(printed))
    assert (readout.values[1].value, len(readout.issues)) == (name, int(name != printed))


def test_the_rest_of_a_ruling_below_a_target_is_none_of_it_and_says_so() -> None:
    readout = read_target("", "rows[0]", print_of("较上年有所提升\n_"))
    assert (readout.values[3].value, [issue.path for issue in readout.issues]) == ("较上年有所提升", ["rows[0].text"])
    assert read_target("", "rows[0]", layer_of("提升\n_")).values[3].value == "提升_"


def test_a_speck_before_a_target_is_none_of_it_and_says_so() -> None:
    readout = read_target("", "rows[0]", print_of(".99%"))
    assert [value.value for value in readout.values[1:3]] == ["99", "%"]
    assert [issue.path for issue in readout.issues] == ["rows[0].value"]


def test_specks_about_a_result_and_a_unit_are_none_of_them_and_say_so() -> None:
    got = read_measure("rows[0].actual", "rows[0]", print_of(".98.00%"))
    assert ([value.value for value in got.values], len(got.issues)) == (["98.00", "%", None], 1)
    got = read_measure("rows[0].actual", "rows[0]", print_of("891.00平方米."))
    assert ([value.value for value in got.values], len(got.issues)) == (["891.00", "平方米", None], 1)
    unit = read_unit("rows[0].unit", "rows[0]", print_of("元/人次."))
    assert ([value.value for value in unit.values], len(unit.issues)) == (["元/人次"], 1)


def test_strokes_about_a_code_are_brackets_and_say_so() -> None:
    field = Field("it", Names("它", "it"), "coded", ("它",), ("right",), code="it_code")
    readout = read_field(field, print_of("公路管理局|413|"), None)
    assert ([value.value for value in readout.values], len(readout.issues)) == (["公路管理局", "413"], 1)
    assert read_field(field, print_of("甲|乙|"), None).values[0].value == "甲|乙|"


def test_a_point_within_a_name_is_a_speck_and_says_so() -> None:
    readout = read_name("", "rows[0]", print_of("指标2：项目按期完.工情况"))
    assert [value.value for value in readout.values] == [2, "项目按期完工情况"]
    assert [issue.path for issue in readout.issues] == ["rows[0].name"]
    assert read_name("", "rows[0]", print_of("3.5公里", sure=0.99)).values[1].value == "3.5公里"
    assert read_name("", "rows[0]", layer_of("甲.乙")).values[1].value == "甲。乙"
    assert read_name("", "rows[0]", print_of("指标二.培训人数")).values[0].value == 2


def test_a_box_within_a_name_is_an_ideograph_too() -> None:
    field = field_of("coded")
    readout = read_field(field, print_of("进料对□"), None)
    assert [value.value for value in readout.values] == ["进料对口"]
    assert [issue.path for issue in readout.issues] == ["it"]


def test_a_bracket_without_its_other_one_may_have_held_a_code_and_says_so() -> None:
    field = Field("it", Names("它", "it"), "coded", ("它",), ("right",), code="it_code")
    cut = read_field(field, print_of("中国(CHN1"), None)
    assert {(issue.path, issue.severity) for issue in cut.issues} == {("it", "error"), ("it_code", "error")}
    assert read_field(field, print_of("中国"), None).issues == ()


def test_a_stroke_above_a_coded_name_does_not_hide_its_code() -> None:
    field = Field("it", Names("它", "it"), "coded", ("它",), ("right",), code="it_code")
    readout = read_field(field, print_of("—\n8745336000-渡船更新"), None)
    assert [value.value for value in readout.values] == ["渡船更新", "8745336000"]
    assert [issue.path for issue in readout.issues] == ["it"]


@pytest.mark.parametrize(
    ("printed", "told"), [("不少于200:00天", True), ("不少于部颁标准", False), ("达到标准", False)]
)
def test_words_behind_an_operator_that_begin_with_a_digit_are_doubted(printed: str, told: bool) -> None:
    readout = read_target("it[0].value", "it[0]", print_of(printed))
    assert readout.values[-1].value is not None
    assert bool(readout.issues) == told


@pytest.mark.parametrize(
    ("printed", "text"),
    [
        (".\n哈萨克斯坦", "哈萨克斯坦"),
        ("2024-2028年\n-…-", "2024-2028年"),
        ("第一，\n—\n第二", "第一，—第二"),
        ('"突出“重点”，稳住队伍。”', "突出“重点”，稳住队伍。"),
        ("“突出重点”，稳住“队伍”", "“突出重点”，稳住“队伍”"),
        ("0NEY8049872256", "ONEY8049872256"),
        ("HDMU562O985226", "HDMU5620985226"),
        ("MAE0680976585", "MAE0680976585"),
        ("2040", "2040"),
    ],
)
def test_strays_about_words_and_rings_of_codes(printed: str, text: str) -> None:
    readout = read_field(field_of("text"), print_of(printed), None)
    assert (readout.values[0].value, bool(readout.issues)) == (text, "".join(printed.split()) != text)
    assert read_field(field_of("text"), layer_of("0NEY8049872256"), None).values[0].value == "0NEY8049872256"


def test_a_point_that_ends_words_and_shows_no_ring_is_no_sure_stop() -> None:
    for printed, sure in (("以台账为准.", False), ("以台账为准", True), ("SMITH CO.", True)):
        (value,) = read_field(field_of("text"), print_of(printed), None).values
        assert value.evidence is not None
        assert (value.evidence.confidence > 0.6) == sure


def test_a_point_before_the_code_of_a_name_is_a_speck() -> None:
    field = Field("it", Names("它", "it"), "coded", ("它",), ("right",), code="it_code", code_shape="[0-9]{4}")
    readout = read_field(field, print_of("进料对口.（0615）"), None)
    assert ([value.value for value in readout.values], len(readout.issues)) == (["进料对口", "0615"], 1)


def test_braces_about_a_code_are_brackets() -> None:
    field = Field("it", Names("它", "it"), "coded", ("它",), ("right",), code="it_code")
    readout = read_field(field, print_of("龙泉市公路管理局{731}"), None)
    assert [value.value for value in readout.values] == ["龙泉市公路管理局", "731"]


def test_a_point_between_a_number_and_its_unit_is_a_speck_and_says_so() -> None:
    got = read_quantity("rows[0].quantity", "rows[0]", print_of("11591.个"))
    assert ([value.value for value in got.values], len(got.issues)) == (["11591", "个"], 1)
    layer = read_quantity("rows[0].quantity", "rows[0]", layer_of("11591.个"))
    assert layer.values[0].value is None
    assert read_quantity("rows[0].quantity", "rows[0]", print_of("11.5个")).issues == ()


def test_a_label_whose_brackets_were_misread_is_still_that_label() -> None:
    for printed, label in (("毛重千克", "毛重(千克)"), ("净重·千克", "净重(千克)"), ("运抵国·地区", "运抵国(地区)")):
        assert is_exact(likeness(printed, (label,), 0.75))
    assert not is_exact(likeness("毛重千克", ("净重(千克)",), 0.75))


@pytest.mark.parametrize(
    ("printed", "label", "value"),
    [
        ("出境关别·22481\n洋山海关", "出境关别", "洋山海关"),
        ("运输方式·5）\n航空运输", "运输方式", "航空运输"),
        ("包装种类22\n散装", "包装种类", "散装"),
    ],
)
def test_a_label_ends_before_a_code_whose_brackets_were_misread(printed: str, label: str, value: str) -> None:
    assert [(printed[: cut.label_end], printed[cut.value_start :]) for cut in coded_cuts(printed)] == [(label, value)]


def test_a_code_in_brackets_and_words_behind_a_label_are_no_bare_code() -> None:
    assert not [
        cut
        for text in ("出境关别（2248）\n洋山海关", "出境关别\n洋山海关", "出境关别·\n海关")
        for cut in coded_cuts(text)
    ]


@pytest.mark.parametrize("printed", ["(X)\n越南", "()\nCIF"])
def test_what_is_left_of_a_code_is_no_part_of_the_name(printed: str) -> None:
    field = Field("it", Names("它", "it"), "coded", ("它",), ("inside",), code="it_code", code_shape="[A-Z]{3}")
    readout = read_field(field, print_of(printed), None)
    assert [value.value for value in readout.values] == [printed.split("\n")[1], None]
    assert ("error", "it_code") in [(issue.severity, issue.path) for issue in readout.issues]
    behind = read_field(field, print_of("中国\n('CHIN)"), None)
    assert [value.value for value in behind.values] == ["中国", None]
    assert ("error", "it_code") in [(issue.severity, issue.path) for issue in behind.issues]
    assert read_field(field, layer_of("中国（CHIN）"), None).values[0].value == "中国（CHIN）"
    assert read_field(field, print_of("中国（大陆）"), None).values[0].value == "中国（大陆）"
    whole = read_field(field, print_of("(VNM)\n越南"), None)
    assert ([value.value for value in whole.values], whole.issues) == (["越南", "VNM"], ())


@pytest.mark.parametrize(
    ("printed", "text"),
    [('"\n通过项目实施。', "通过项目实施。"), ("“\n通过“项目”实施。", "“通过“项目”实施。"), ("·012-2108", "012-2108")],
)
def test_a_lone_quote_over_words_and_a_point_before_digits_are_none_of_them(printed: str, text: str) -> None:
    readout = read_field(field_of("text"), print_of(printed), None)
    assert (readout.values[0].value, bool(readout.issues)) == (text, text[0] != printed[0])


def test_specks_alone_are_nothing_and_say_so() -> None:
    readout = read_field(field_of("text"), print_of("~"), None)
    assert (readout.values[0].value, [issue.severity for issue in readout.issues]) == (None, ["warning"])
    assert read_field(field_of("text"), layer_of("~"), None).values[0].value == "~"


@pytest.mark.parametrize(
    ("printed", "doubts"), [("13：.00万元/年", 3), ("13.00万元/年", 0), ("及时", 0), ("1-2月完成", 0)]
)
def test_a_result_with_signs_amid_its_digits_is_doubted_whole(printed: str, doubts: int) -> None:
    assert len(read_measure("rows[0].actual", "rows[0]", print_of(printed)).issues) == doubts
    assert read_measure("rows[0].actual", "rows[0]", layer_of(printed)).issues == ()
