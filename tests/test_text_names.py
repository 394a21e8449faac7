"""Codes glued to names, and choices among tick boxes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text.names import has_boxes, pick_choice, split_code

many = settings(max_examples=150, deadline=None)


@pytest.mark.parametrize(
    ("printed", "code", "name"),
    [
        ("219-清河区水利局", "219", "清河区水利局"),
        ("２１９－清河区水利局", "219", "清河区水利局"),
        ("云岭县卫生健康局[317001]", "317001", "云岭县卫生健康局"),
        ("[015001]某局", "015001", "某局"),
        ("【015001】某局", "015001", "某局"),
        ("510523000022T000001234-义务教育补助", "510523000022T000001234", "义务教育补助"),
        ("5105…08-义务教育…", "5105…08", "义务教育…"),
        ("5105\n2308-义务\n教育", "51052308", "义务教育"),
        ("015001\n某局", "015001", "某局"),
        ("某局 015001", "015001", "某局"),
        ("某局（317001）", "317001", "某局"),
        ("某局（317\n001 )", "317001", "某局"),
        ("某局[ 317001]", "317001", "某局"),
        ("某局\n[317\n001]", "317001", "某局"),
        ("[317001]", "317001", ""),
    ],
)
def test_code_and_name(printed: str, code: str, name: str) -> None:
    found = split_code(printed)
    assert (found.code, found.name) == (code, name)
    assert found.code_span is not None
    assert split_code(printed[slice(*found.code_span)]).name == code


@pytest.mark.parametrize(
    "printed",
    [
        "总工会（本级）",
        "3-5岁儿童保教",
        "2024-灾后重建",
        "5G-智慧医疗",
        "110KV-输变电",
        "某项目（2024）",
        "120急救中心",
        "317001",
        "歼-20项目",
        "12345热线",
        "项目-2024",
        "100-200人企业补助",
        "219-",
        "-219",
        "",
    ],
)
def test_no_code(printed: str) -> None:
    found = split_code(printed)
    assert (found.code, found.code_span, found.name) == (None, None, printed)
    assert found.name_span == (0, len(printed))


@many
@given(
    st.from_regex(r"[0-9]{6}|[0-9]{12}T[0-9]{6}", fullmatch=True),
    st.text(alphabet="清河区水利局学校", min_size=1, max_size=8),
    st.sampled_from(["", "（本级）"]),
    st.sampled_from(
        ["{code}-{name}", "{code}－{name}", "{name}[{code}]", "[{code}]{name}", "{code} {name}", "{code}—\n{name}"]
    ),
)
def test_codes_read_back(code: str, stem: str, tail: str, style: str) -> None:
    name = stem + tail
    printed = style.format(code=code, name=name)
    found = split_code(printed)
    assert (found.code, found.name) == (code, name)
    assert found.code_span is not None
    assert (printed[slice(*found.code_span)], printed[slice(*found.name_span)]) == (code, name)


@pytest.mark.parametrize(
    ("printed", "wanted"),
    [
        ("☑一次性 □经常性", "一次性"),
        ("√新增项目 □延续项目", "新增项目"),
        ("□新增项目■延续项目", "延续项目"),
        ("□一次性 ☒经常性", "经常性"),
        ("[√]新增 [ ]延续", "新增"),
        ("新增项目（√） 延续项目（　）", "新增项目"),
        ("新增□ 延续☑", "延续"),
        ("○新增 ●延续", "延续"),
        ("□√新增 □延续", "新增"),
        ("☑新增\n项目\n□延续", "新增项目"),
        ("☑新增 口延续", "新增"),
        ("☑口腔 □眼科", "口腔"),
        ("☑一次性 □其他（   ）", "一次性"),
        ("√新增项目 延续项目", "新增项目"),
        ("新增项目√ 延续项目", "新增项目"),
        ("新增项目 延续项目√", "延续项目"),
        ("新增项目 延续项目 √\n一次性项目", "一次性项目"),
        ("\uf0fe新增 \uf0a8延续", "新增"),
        ("（√）是 （×）否", "是"),
        ("[]经常性项目 [√}一次性项目", "一次性项目"),
    ],
)
def test_choice(printed: str, wanted: str) -> None:
    assert pick_choice(printed) == wanted
    assert has_boxes(printed)


@pytest.mark.parametrize("printed", ["", "□甲 □乙", "☑甲 ☑乙", "☑ □延续", "√", "甲√乙 丙", "新增 √\n延续"])
def test_no_choice(printed: str) -> None:
    assert pick_choice(printed) is None


def test_plain_words_offer_no_choice() -> None:
    assert not has_boxes("其他经常性项目（本级）")
    assert pick_choice("其他经常性项目") is None


@many
@given(
    st.lists(st.text(alphabet="新增延续经常其他", min_size=2, max_size=5), min_size=2, max_size=4),
    st.data(),
    st.sampled_from(["☑", "√", "■", "[√]"]),
    st.booleans(),
    st.sampled_from([" ", "\n", "　"]),
)
def test_choices_read_back(options: list[str], data: st.DataObject, tick: str, behind: bool, gap: str) -> None:
    chosen = data.draw(st.integers(0, len(options) - 1))
    marks = [tick if number == chosen else "□" for number in range(len(options))]
    printed = gap.join(option + mark if behind else mark + option for option, mark in zip(options, marks, strict=True))
    assert pick_choice(printed) == options[chosen]
