"""Numbers, amounts and Chinese numerals, exact or refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipeline.text.numbers import format_money, is_absent, parse_money, parse_number, parse_percent, unit_in_label
from pipeline.text.numerals import parse_numeral, parse_year_signs

many = settings(max_examples=150, deadline=None)
SCALES = {"元": 1, "千元": 10**3, "万元": 10**4, "百万元": 10**6, "亿元": 10**8}


@pytest.mark.parametrize(
    ("printed", "wanted"),
    [
        ("7,800.00", "7800.00"),
        ("25", "25"),
        ("0", "0"),
        ("0.00", "0.00"),
        ("007", "7"),
        ("-1,234.50", "-1234.50"),
        ("－１，２３４．５０", "-1234.50"),
        ("+5", "5"),
        (" 12 ", "12"),
        ("771,325,800.0\n0", "771325800.00"),
        ("771,325,\n800.00", "771325800.00"),
        ("771,\n325,\n800.00", "771325800.00"),
        ("21045108\n.18", "21045108.18"),
        ("21045108.\n18", "21045108.18"),
        ("226345\n00.00", "22634500.00"),
        ("1,234. 50", "1234.50"),
    ],
)
def test_number(printed: str, wanted: str) -> None:
    assert parse_number(printed) == wanted


@pytest.mark.parametrize(
    "printed",
    [
        "",
        "-",
        "1,23",
        "12,34,567",
        "1,2345",
        "0,123",
        "1.2.3",
        ".5",
        "5.",
        "1,234,",
        "5 10",
        "98%",
        "1e5",
        "②",
        "10²",
        "½",
        "一百",
        "12a",
        "100\n200",
        "0\n0",
        "615848\n0.00",
        "615,848.00\n0.00",
        "1 234",
        "--5",
        "¥5",
        "1٣",
    ],
)
def test_no_number(printed: str) -> None:
    assert parse_number(printed) is None


def test_percent() -> None:
    assert parse_percent("98.50%") == parse_percent("98.50（％）") == parse_percent("98.50") == "98.50"
    assert parse_percent("98.50%%") is None


def render(number: str, grouped: bool, full_width: bool) -> str:
    whole, dot, fraction = number.partition(".")
    text = (f"{int(whole):,}" if grouped else whole) + dot + fraction
    return "".join(chr(ord(char) + 0xFEE0) for char in text) if full_width else text


decimals = st.builds(
    lambda whole, places, seed: f"{whole}.{seed % 10**places:0{places}d}" if places else str(whole),
    st.integers(0, 10**13),
    st.integers(0, 4),
    st.integers(0, 9999),
)


@many
@given(decimals, st.booleans(), st.booleans(), st.booleans())
def test_numbers_read_back(number: str, grouped: bool, full_width: bool, negative: bool) -> None:
    printed = "-" * negative + render(number, grouped, full_width)
    assert parse_number(printed) == "-" * negative + number


@many
@given(decimals, st.integers(1, 20))
def test_a_wrapped_grouped_number_is_whole_or_refused(number: str, at: int) -> None:
    text = render(number, grouped=True, full_width=False)
    assume(at < len(text))
    assert parse_number(text[:at] + "\n" + text[at:]) in (number, None)


@many
@given(st.integers(0, 10**9), st.integers(0, 10**9), st.sampled_from(["{:,}.00", "{}.00", "{}", "{:,}"]))
def test_two_amounts_in_a_column_never_become_one(one: int, other: int, style: str) -> None:
    assert parse_money(f"{style.format(one)}\n{style.format(other)}", "元") is None


@many
@given(
    decimals,
    st.booleans(),
    st.booleans(),
    st.sampled_from(["{}{}", "{}({})", "{}（{}）", "{} {}", "{}\n{}", "￥{}{}"]),
    st.sampled_from(sorted(SCALES)),
    st.sampled_from(["", "（其中：中央5,000万元）", "\n(含上年结转3)", "，其中：地方2元"]),
    st.sampled_from([None, "元", "万元"]),
)
def test_money_with_its_own_unit_reads_back(
    number: str, grouped: bool, full_width: bool, style: str, unit: str, breakdown: str, label_unit: str | None
) -> None:
    amount = style.format(render(number, grouped, full_width), unit)
    money = parse_money(amount + breakdown, label_unit)
    assert money is not None
    assert money.amount == Decimal(number) * SCALES[unit]
    assert money.printed_unit == unit
    assert (amount + breakdown)[money.start : money.end] == amount


@many
@given(decimals, st.booleans(), st.sampled_from(sorted(SCALES)))
def test_money_takes_the_unit_of_its_label(number: str, grouped: bool, unit: str) -> None:
    money = parse_money(render(number, grouped, full_width=False), unit)
    assert money is not None
    assert (money.amount, money.printed_unit) == (Decimal(number) * SCALES[unit], None)


@pytest.mark.parametrize(
    ("printed", "unit", "wanted"),
    [
        ("21,045,108.18", "元", "21045108.18"),
        ("21045108.18", "元", "21045108.18"),
        ("317.0846 万元", None, "3170846.00"),
        ("317.0846", "万元", "3170846.00"),
        ("10000万元", "元", "100000000.00"),
        ("1.5亿", "元", "150000000.00"),
        ("0.00", "元", "0.00"),
        ("0", None, "0.00"),
        ("-0.00", "元", "0.00"),
        ("771,325,800.0\n0", "元", "771325800.00"),
        ("615,848.00\n（其中：上年结转5）", "元", "615848.00"),
        ("615,848.00（其中：上年", "元", "615848.00"),
        ("￥1,234.5", None, "1234.50"),
        ("人民币1234元整", None, "1234.00"),
        ("（1,234.00）", "元", "-1234.00"),
        ("-5", "万元", "-50000.00"),
        ("￥-5", "元", "-5.00"),
        ("1234.5678", "元", "1234.57"),
        ("壹佰贰拾叁元整", None, "123.00"),
        ("人民币壹拾万柒仟元零伍角叁分", "万元", "107000.53"),
        ("叁角伍分", None, "0.35"),
        ("零元整", None, "0.00"),
        ("伍佰万元整（￥5,000,000.00）", None, "5000000.00"),
    ],
)
def test_money(printed: str, unit: str | None, wanted: str) -> None:
    money = parse_money(printed, unit)
    assert money is not None
    assert format_money(money.amount) == wanted


@pytest.mark.parametrize(
    ("printed", "unit"),
    [
        ("1,234.5", None),
        ("1,234.5", "人"),
        ("100\n200", "元"),
        ("100元\n200元", "元"),
        ("壹佰贰元", None),
        ("元", "元"),
        ("整", "元"),
        ("—", "元"),
        ("约100元", "元"),
        ("100元/人", "元"),
        ("100-200元", "元"),
        ("9" * 19, "元"),
        ("9" * 200, "元"),
        ("1." + "3" * 30, "元"),
    ],
)
def test_no_money(printed: str, unit: str | None) -> None:
    assert parse_money(printed, unit) is None


@many
@given(st.integers(0, 10**18 - 1), st.sampled_from(sorted(SCALES)))
def test_large_amounts_stay_exact(whole: int, unit: str) -> None:
    money = parse_money(f"{whole}.12345678", unit)
    assert money is not None
    assert money.amount == (Decimal(whole) * 10**8 + 12345678).scaleb(-8) * SCALES[unit]
    assert format_money(money.amount).partition(".")[0].lstrip("-").isdecimal()


@pytest.mark.parametrize(
    ("label", "wanted"),
    [
        ("项目资金\n(元)", "元"),
        ("项目资金\n（万\n元）", "万元"),
        ("(单位：万元)", "万元"),
        ("单位:元", "元"),
        ("金额单位：人民币万元", "万元"),
        ("预算金额/万元", "万元"),
        ("资金总额(人民币元)", "元"),
        ("预算（含税，万元）", "万元"),
        ("亿元", "亿元"),
        ("元旦活动", None),
        ("多元", None),
        ("其中：财政资金", None),
        ("标准（元/人）", None),
        ("单位：元/人", None),
        ("单位：人", None),
        ("", None),
    ],
)
def test_unit_in_label(label: str, wanted: str | None) -> None:
    assert unit_in_label(label) == wanted


def test_absent() -> None:
    assert all(map(is_absent, ["", " \n", "—", "——", "-", "－", "/", "／", "无", "无。", "N/A", "　年　月　日", "( )"]))
    assert not any(map(is_absent, ["0", "0.00", "无锡", "一", "年", "a", "无投诉"]))


def numeral(number: int, signs: str = "零一二三四五六七八九", units: str = "十百千万亿") -> str:
    """The formal spelling: 零 once for every gap, 一十 in full."""
    text, gap = "", False
    for power in range(len(str(number)) - 1, -1, -1):
        digit = number // 10**power % 10
        text += (signs[0] if gap and digit and text else "") + (
            signs[digit] + ("", *units[:3])[power % 4] if digit else ""
        )
        gap = not digit
        if power in (4, 8) and number // 10**power % 10**4:
            text += units[3 if power == 4 else 4]
    return text or signs[0]


@many
@given(st.integers(0, 10**12 - 1) | st.integers(0, 10**5))
def test_numerals_read_back(number: int) -> None:
    assert parse_numeral(numeral(number)) == number
    assert parse_numeral(numeral(number, "零壹贰叁肆伍陆柒捌玖", "拾佰仟万亿")) == number


@pytest.mark.parametrize(
    ("signs", "wanted"),
    [
        ("十", 10),
        ("拾伍", 15),
        ("两百", 200),
        ("一万零五", 10005),
        ("壹拾万零伍仟", 105000),
        ("〇", 0),
        ("十万", 100000),
    ],
)
def test_numerals(signs: str, wanted: int) -> None:
    assert parse_numeral(signs) == wanted


@pytest.mark.parametrize(
    "signs",
    [
        "",
        "一百二",
        "三万五",
        "零五",
        "一零",
        "百",
        "二百十",
        "一二",
        "十百",
        "一千千",
        "万",
        "一万亿万",
        "一零零五",
        "5",
    ],
)
def test_no_numeral(signs: str) -> None:
    assert parse_numeral(signs) is None


def test_year_signs() -> None:
    assert parse_year_signs("二〇二四") == parse_year_signs("二○二四") == parse_year_signs("贰零贰肆") == "2024"
    assert parse_year_signs("二〇二") is None
    assert parse_year_signs("二十二四") is None
