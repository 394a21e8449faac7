"""One spelling for one thing, with sources that lead back to the print."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text.chars import fold_char
from pipeline.text.mapped import Normalised
from pipeline.text.normalise import as_printed, fold_label, half, normalise

PIECES = [
    *"甲乙一。、，,.．:：;；?？!！()（）\"“”'aB12 03%％≥=\n\t　*①²Ⅷ½&<>〈〉/;-‘’Ａ９\r\x00\u200b\ufeff\ud800⻓⾼",
    "\n\n", "\r\n", "\u2029", "<p>", "</p>", "<p\n>", "<br/>", '<p style="a">', "<b>", "</b>", "<span>", "p>", "span",
    "&nbsp;", "&nb\nsp;", "&lt;", "&gt;", "&amp;", "&quot;", "&#12288;", "&#40;", "&#xFFFFFFFF;", "nbsp", "amp;",
    "http://", '""', "1,234", "12:30", "...",
]  # fmt: skip
printed_texts = st.lists(st.sampled_from(PIECES), max_size=16).map("".join) | st.text(max_size=40)
many = settings(max_examples=200, deadline=None)


@pytest.mark.parametrize(
    ("printed", "wanted"),
    [
        ("上海市松江区总工会(本级)", "上海市松江区总工会（本级）"),
        ("上海市松江区总工会（本级)", "上海市松江区总工会（本级）"),
        ("劳动权益,优化单位;节省成本?好!", "劳动权益，优化单位；节省成本？好！"),
        ("其中:财政资金", "其中：财政资金"),
        ("汇编3.0版", "汇编3.0版"),
        ("汇编３．０版", "汇编3.0版"),
        ("每天12：30开始", "每天12:30开始"),
        ("见http：//www.a.cn：80/x?y=1，谢谢", "见http://www.a.cn:80/x?y=1，谢谢"),
        ("培训1,000人,计划320节", "培训1,000人，计划320节"),
        ("培训1，000人", "培训1,000人"),
        ("为3.0,2.0", "为3.0，2.0"),
        ("PM2.5,PM10", "PM2.5,PM10"),
        ("指标1:PM2.5浓度", "指标1：PM2.5浓度"),
        ("满意度≥95％;投诉率≤5％", "满意度≥95%；投诉率≤5%"),
        ("80.00(%)", "80.00(%)"),
        ("年度(/项目)指标值", "年度（/项目）指标值"),
        ("(1)加强(a(b))", "（1）加强（a(b)）"),
        ("2024年度)", "2024年度）"),
        ("f(x), g(y)", "f(x), g(y)"),
        ("ＡＢＣ　１２３％", "ABC 123%"),
        ("完成.加强.", "完成。加强。"),
        ("1.加强 2.提高", "1.加强2.提高"),
        ("一.加强", "一.加强"),
        ("加强...", "加强..."),
        ("①100 10² ½ Ⅷ", "①100 10² ½ Ⅷ"),
        ("他说“好”", "他说“好”"),
        ('他说"好"了', "他说“好”了"),
        ('5" 管 6', '5"管6'),
        ("⻓期⾼⻔⼾", "长期高门户"),
        ("甲\u200b乙\x00丙\ud800", "甲乙丙"),
    ],
)
def test_spelling(printed: str, wanted: str) -> None:
    assert normalise(printed).text == wanted


@pytest.mark.parametrize(
    ("printed", "wanted"),
    [
        ("满意度指\n标", "满意度指标"),
        ("绩效 指标", "绩效指标"),
        ("精准确保; 2、帮扶", "精准确保；2、帮扶"),
        ("hello\nworld", "hello world"),
        ("hello  world (a), b", "hello world (a), b"),
        ("计划培训1000\n0人次", "计划培训10000人次"),
        ("共1,\n234人", "共1,234人"),
        ("使用 Excel 2016 软件", "使用Excel 2016软件"),
        ("100 %", "100%"),
        ("甲\n\n乙", "甲\n乙"),
        ("甲 \n \r\n 乙\n", "甲\n乙"),
        ("\n 甲\r\n乙 　", "甲乙"),
        ("", ""),
        (" \n\n ", ""),
    ],
)
def test_gaps(printed: str, wanted: str) -> None:
    assert normalise(printed).text == wanted


@pytest.mark.parametrize(
    ("printed", "wanted"),
    [
        ("<p>甲。</p><p>乙</p>", "甲。\n乙"),
        ("<p>甲。</p>\n<p\n>“乙”</p\n>", "甲。\n“乙”"),
        ("＜p＞甲＜/p＞", "甲"),
        ("〈p〉甲〈/p〉", "甲"),
        ('<p style="text-align:\nleft">甲<br/>乙</p>', "甲\n乙"),
        ("甲<sp\nan>乙</span>", "甲乙"),
        ("甲&nbsp;乙&nbsp；&nb\nsp;丙", "甲乙丙"),
        ("a&nbsp;b", "a b"),
        ("甲。</p><p>&nbsp\n;&nbsp;乙", "甲。\n乙"),
        ("a&nbsp b", "a b"),
        ("甲&amp;amp;nbsp;乙", "甲乙"),
        ("&lt;p&gt;甲&lt;/p&gt;", "甲"),
        ("&ldquo;甲&rdquo;", "“甲”"),
        ("甲&#12290;&#x4e59;", "甲。乙"),
        ("P&G;R&D", "P&G;R&D"),
        ("若a<b>c则<5且>3", "若a<b>c则<5且>3"),
        ("<b>甲</b>", "甲"),
        ("<项目>", "<项目>"),
    ],
)
def test_debris(printed: str, wanted: str) -> None:
    assert normalise(printed).text == wanted


@pytest.mark.parametrize(
    ("printed", "wanted"),
    [
        ('"整格\n引号"', "整格引号"),
        ('"他说""好""了"', "他说“好”了"),
        ('"甲"和"乙"', "“甲”和“乙”"),
        ("“最后一公里”", "“最后一公里”"),
        ('"', '"'),
    ],
)
def test_quotes_around_a_cell(printed: str, wanted: str) -> None:
    assert normalise(printed).text == wanted


@many
@given(printed_texts)
def test_normalising_twice_equals_once(printed: str) -> None:
    once = normalise(printed).text
    assert normalise(as_printed(once)).text == once
    if "\n" not in once:
        assert normalise(once).text == once


@many
@given(printed_texts)
def test_sources_lead_back(printed: str) -> None:
    for view in (normalise(printed), half(printed)):
        assert len(view.sources) == len(view.text)
        assert list(view.sources) == sorted(view.sources)
        assert all(0 <= source < len(printed) for source in view.sources)


@many
@given(st.text(alphabet="甲乙丙丁一三，。：（）“”、2024年ab%", max_size=30))
def test_without_debris_every_character_keeps_its_place(printed: str) -> None:
    view = normalise(printed)
    for char, source in zip(view.text, view.sources, strict=True):
        assert fold_char(printed[source]) == fold_char(char)


WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)} | {" ": "　"})


@many
@given(st.text(alphabet="甲乙丙,;:?!()ab12%", max_size=24), st.data())
def test_printed_width_does_not_matter(text: str, data: st.DataObject) -> None:
    flips = data.draw(st.lists(st.booleans(), min_size=len(text), max_size=len(text)))
    other = "".join(char.translate(WIDE) if flip else char for char, flip in zip(text, flips, strict=True))
    assert normalise(other).text == normalise(text).text


@many
@given(st.text(alphabet="甲乙丙丁，。（）“”", min_size=2, max_size=24), st.data())
def test_chinese_may_be_wrapped_anywhere(text: str, data: st.DataObject) -> None:
    gaps = data.draw(st.lists(st.sampled_from(["", "\n", " ", " \n"]), min_size=len(text), max_size=len(text)))
    wrapped = "".join(char + gap for char, gap in zip(text, gaps, strict=True))
    assert normalise(wrapped).text == normalise(text).text


def test_spans_point_into_the_print() -> None:
    printed = "指标 1：满意\n度(％)"
    view = normalise(printed)
    at = view.text.index("满意度")
    assert printed[slice(*view.span(at, at + 3))] == "满意\n度"
    assert view.span(at, at) == (5, 5)
    assert view.cut(at, at + 3).text == "满意度"
    assert view.cut(at, at + 3).sources == view.sources[at : at + 3]
    assert normalise("").span(0, 0) == (0, 0)
    assert view.span(len(view.text), len(view.text)) == (len(printed), len(printed))


def test_a_text_without_sources_is_refused() -> None:
    with pytest.raises(ValueError, match="2 characters with 1 sources"):
        Normalised("甲乙", (0,))


@pytest.mark.parametrize(
    "printed", ["<" * 40000 + "p>" * 20000, "&" * 60000, "&amp;" * 20000, "(" * 60000, "1,234" * 20000, "甲," * 30000]
)
def test_hostile_text_takes_linear_time(printed: str) -> None:
    assert len(normalise(printed).text) <= len(printed)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("*项目 名称：", "项目名称"),
        ("★主管\n部门(及代码)", "主管部门（及代码）"),
        ("其中:财政资金", "其中：财政资金"),
        ("【单位：万元】", "(单位:万元)"),
        ("Ｎｏ．１", "no.1"),
        ("年度（／项目）指标值", "年度(/项目)指标值"),
        ("“三定”", '"三定"'),
    ],
)
def test_labels_compare_equal(one: str, other: str) -> None:
    assert fold_label(one) == fold_label(other)


def test_labels_stay_apart() -> None:
    assert fold_label("其中：财政资金") != fold_label("财政资金")
    assert fold_label("主管部门(及代码)") != fold_label("主管部门")


@many
@given(printed_texts)
def test_folding_a_label_twice_equals_once(printed: str) -> None:
    assert fold_label(fold_label(printed)) == fold_label(printed)


def test_a_blank_of_html_may_end_with_a_colon() -> None:
    assert normalise("<p>&nbsp:&nbsp:按月核对：</p>").text == "按月核对："
    assert normalise("&nbsp;：按月").text == "：按月"
