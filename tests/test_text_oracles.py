"""Our grammars beside the libraries, where those are installed and can be trusted."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.text.dates import parse_date
from pipeline.text.numbers import parse_money, parse_number
from pipeline.text.numerals import parse_numeral

many = settings(max_examples=100, deadline=None)


@many
@given(number=st.integers(0, 10**12 - 1) | st.integers(0, 10**5))
def test_numerals_like_cn2an(number: int) -> None:
    cn2an = pytest.importorskip("cn2an")
    assert parse_numeral(cn2an.an2cn(str(number), "low")) == number
    assert parse_numeral(cn2an.an2cn(str(number), "up")) == number


@many
@given(cents=st.integers(0, 10**12))
def test_capital_amounts_like_cn2an(cents: int) -> None:
    cn2an = pytest.importorskip("cn2an")
    amount = Decimal(cents) / 100
    money = parse_money(cn2an.an2cn(str(amount), "rmb"), None)
    assert money is not None
    assert money.amount == amount


@many
@given(number=st.integers(0, 10**12), thousandths=st.integers(0, 999))
def test_numbers_like_babel(number: int, thousandths: int) -> None:
    numbers = pytest.importorskip("babel.numbers")
    printed = numbers.format_decimal(Decimal(f"{number}.{thousandths:03d}"), format="#,##0.000", locale="zh_CN")
    assert parse_number(printed) == f"{number}.{thousandths:03d}"


@many
@given(day=st.dates(date(1900, 1, 1), date(2099, 12, 31)), style=st.sampled_from(["long", "medium"]))
def test_dates_like_babel(day: date, style: str) -> None:
    dates = pytest.importorskip("babel.dates")
    assert parse_date(dates.format_date(day, style, locale="zh_CN")) == day.isoformat()
