"""Dates of any printed precision, and the year of a heading."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text.dates import parse_date, parse_year

many = settings(max_examples=150, deadline=None)
SIGNS = "〇一二三四五六七八九"


def signs(number: int) -> str:
    return "".join(SIGNS[int(digit)] for digit in str(number))


def small(number: int) -> str:
    """A month or a day: 三, 十二, 二十, 三十一."""
    tens, ones = divmod(number, 10)
    return ("", "十", "二十", "三十")[tens] + (SIGNS[ones] if ones else "")


DAY_STYLES = [
    lambda d: f"{d.year}-{d.month:02}-{d.day:02}",
    lambda d: f"{d.year}-{d.month}-{d.day}",
    lambda d: f"{d.year}/{d.month}/{d.day}",
    lambda d: f"{d.year}.{d.month:02}.{d.day:02}",
    lambda d: f"{d.year}{d.month:02}{d.day:02}",
    lambda d: f"{d.year}年{d.month}月{d.day}日",
    lambda d: f"{d.year} 年 {d.month} 月 {d.day} 号",
    lambda d: f"{d.year}－{d.month:02}－\n{d.day:02}",
    lambda d: f"{d.year}-{d.month:02}-{d.day:02} 00:00:00",
    lambda d: f"{signs(d.year)}年{small(d.month)}月{small(d.day)}日",
    lambda d: f"{d.year}年{d.month}月{d.day}日".translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)}),
]
MONTH_STYLES = [
    lambda d: f"{d.year}-{d.month:02}",
    lambda d: f"{d.year}.{d.month}",
    lambda d: f"{d.year}/{d.month:02}",
    lambda d: f"{d.year}年{d.month}月",
    lambda d: f"{d.year}年\n{d.month:02} 月",
    lambda d: f"{signs(d.year)}年{small(d.month)}月",
]
days = st.dates(date(1900, 1, 1), date(2099, 12, 31))


@many
@given(days, st.integers(0, len(DAY_STYLES) - 1))
def test_days_read_back(day: date, style: int) -> None:
    assert parse_date(DAY_STYLES[style](day)) == day.isoformat()


@many
@given(days, st.integers(0, len(MONTH_STYLES) - 1))
def test_months_read_back(day: date, style: int) -> None:
    assert parse_date(MONTH_STYLES[style](day)) == f"{day.year}-{day.month:02}"


def test_no_declaration_is_of_the_next_century() -> None:
    assert parse_date("2124-01-01") is None
    assert parse_year("(2124年度)") is None


@many
@given(st.integers(1900, 2099), st.integers(0, 99), st.integers(0, 99), st.sampled_from(["{}-{}-{}", "{}年{}月{}日"]))
def test_a_day_is_never_moved(year: int, month: int, day: int, style: str) -> None:
    try:
        wanted = date(year, month, day).isoformat()
    except ValueError:
        wanted = None
    assert parse_date(style.format(year, month, day)) == wanted


@pytest.mark.parametrize(
    ("printed", "wanted"),
    [
        ("2024-01-01", "2024-01-01"),
        ("2024年", "2024"),
        ("2024", "2024"),
        ("2024年度", "2024"),
        ("二〇二四年三月", "2024-03"),
        ("二○二四年", "2024"),
        ("2024年元月", "2024-01"),
        ("202403", "2024-03"),
        ("2024-0\n1-01", "2024-01-01"),
        ("2024年1月1 5日", "2024-01-15"),
    ],
)
def test_date(printed: str, wanted: str) -> None:
    assert parse_date(printed) == wanted


@pytest.mark.parametrize(
    "printed",
    [
        "",
        "2023/13/01",
        "2024-02-30",
        "2024-1 1",
        "2024-1/1",
        "2024\n2025",
        "年 月 日",
        "2024年 月 日",
        "2024年2月底前",
        "24-01-01",
        "2024-01-01 25:00",
        "2024-01 00:00",
        "1000-01-01",
        "2024年1月-12月",
        "2024.1.1-2024.12.31",
        "第2024年",
        "2024年1月1",
        "２０２４年²月",
    ],
)
def test_no_date(printed: str) -> None:
    assert parse_date(printed) is None


@pytest.mark.parametrize(
    ("printed", "year", "span"),
    [
        ("(2024年度)", 2024, "2024"),
        ("（ 2026 年度）", 2026, "2026"),
        ("2024年度)", 2024, "2024"),
        ("2024\n年度", 2024, "2024"),
        ("2 0 2 4 年 度", 2024, "2 0 2 4"),
        ("２０２４年度", 2024, "２０２４"),
        ("二〇二四年度", 2024, "二〇二四"),
        ("某某单位2024年度项目汇总表", 2024, "2024"),
        ("2025年春节慰问", 2025, "2025"),
        ("填报2023年12月 2024年度", 2024, "2024"),
        ("2023年立项，2024年度", 2024, "2024"),
        ("第10 2024年度", 2024, "2024"),
    ],
)
def test_year(printed: str, year: int, span: str) -> None:
    found = parse_year(printed)
    assert found is not None
    assert (found[0], printed[found[1] : found[2]]) == (year, span)


@pytest.mark.parametrize(
    "printed",
    [
        "",
        "年度",
        "2024",
        "2024年3月",
        "2024年三月",
        "12024年度",
        "2024年-2026年",
        "2024-2026年度",
        "(2024年—2026年)",
        "3024年度",
    ],
)
def test_no_year(printed: str) -> None:
    assert parse_year(printed) is None
