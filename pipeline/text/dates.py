"""Dates of any printed precision, and the year of a heading.

Grammar, after folding to half width; gaps may stand anywhere but between digits, and there too where the shape leaves
no doubt (all parts padded, or closed by 年 月 日):
    date   Y "-" M ["-" D] | Y "/" M ["/" D] | Y "." M ["." D] | YYYYMMDD | YYYYMM | YYYY
         | Y 年 [度] | Y 年 M 月 | Y 年 M 月 D 日|号           digits, or 二〇二四 for a year and numerals for the rest
         a full date may carry a time of day, which is dropped
    Y      1900 … 2099
A day that no calendar has is refused, never moved.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from pipeline.text.chars import GAPS
from pipeline.text.mapped import Normalised, Span
from pipeline.text.normalise import half
from pipeline.text.numerals import NUMERAL_SIGNS, parse_numeral, parse_year_signs

FIRST_YEAR, LAST_YEAR = 1900, 2099
"""Years of declarations; a nought that was read as a one makes 2124 of 2024."""

_SIGNS = f"[{NUMERAL_SIGNS}]"
_DASHES = str.maketrans("–—－−‐‑─", "-------")
_SEPARATED = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})(?:\2([0-9]{1,2}))?")
_CLOSED = re.compile(
    rf"([0-9]{{4}}|{_SIGNS}{{4}})年(?:度|(?:([0-9]{{1,2}}|{_SIGNS}{{1,3}}|元)月(?:([0-9]{{1,2}}|{_SIGNS}{{1,3}})[日号])?)?)"
)
_COMPACT = re.compile(r"([0-9]{4})(?:([0-9]{2})([0-9]{2})?)?")
_PADDED = re.compile(r"[0-9]{4}([-/.])[0-9]{2}\1[0-9]{2}|[0-9]{8}")
_TIME = re.compile(r"[T \n]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?$")
_GAP_IN_DIGITS = re.compile(r"[0-9][ \n]+[0-9]")

_YEAR_STYLES = (
    r"(?<![0-9])([0-9]{4})[ \n]*年",
    r"(?<![0-9])(?<![0-9][ \n])([0-9](?:[ \n]?[0-9]){3})[ \n]*年",
    rf"(?<!{_SIGNS})({_SIGNS}{{4}})[ \n]*年",
)
_FISCAL_YEARS = tuple(re.compile(style + r"[ \n]*度") for style in _YEAR_STYLES)
_OTHER_YEARS = tuple(re.compile(style + r"(?![ \n]*[0-9一二三四五六七八九十元]+[ \n]*月)") for style in _YEAR_STYLES)
_RANGE_BEFORE = re.compile(r"[0-9]{4}[ \n]*(?:年度?)?[ \n]*[-~至到][ \n]*$")
_RANGE_AFTER = re.compile(r"[ \n]*度?[ \n]*[-~至到][ \n]*[0-9]{4}")
_RANGE_REACH = 16  # characters looked at before a year for the other end of a range


def parse_date(printed: str) -> str | None:
    """Given a printed date, return it in ISO form as precise as printed ("2024-01-01", "2023-03", "2023"), or None."""
    text, timed = _without_time(half(printed).text.translate(_DASHES))
    bare = "".join(char for char in text if char not in GAPS)
    if _GAP_IN_DIGITS.search(text) and not (_PADDED.fullmatch(bare) or _CLOSED.fullmatch(bare)):
        return None
    parts = _parts(bare)
    return None if parts is None or (timed and len(parts) < 3) else _iso(*parts)


def _without_time(text: str) -> tuple[str, bool]:
    match = _TIME.search(text)
    if match is None:
        return text, False
    hour, minute, second = (int(part or 0) for part in match.groups())
    is_time = hour < 24 and minute < 60 and second < 60
    return (text[: match.start()], True) if is_time else (text, False)


def _parts(bare: str) -> tuple[int, ...] | None:
    """Given a date without gaps, return (year[, month[, day]]) as printed, or None."""
    if match := _SEPARATED.fullmatch(bare):
        return tuple(int(part) for part in (match[1], match[3], match[4]) if part)
    if match := _COMPACT.fullmatch(bare):
        return tuple(int(part) for part in match.groups() if part)
    if match := _CLOSED.fullmatch(bare):
        return _closed_parts(match)
    return None


def _closed_parts(match: re.Match[str]) -> tuple[int, ...] | None:
    year = match[1] if match[1].isascii() else parse_year_signs(match[1])
    rest = [_small_number(part) for part in (match[2], match[3]) if part]
    numbers = [None if year is None else int(year), *rest]
    return tuple(number for number in numbers if number is not None) if None not in numbers else None


def _small_number(part: str) -> int | None:
    if part.isascii():
        return int(part)
    return 1 if part == "元" else parse_numeral(part)


def _iso(year: int, month: int | None = None, day: int | None = None) -> str | None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        date(year, 1 if month is None else month, 1 if day is None else day)
    except ValueError:
        return None
    return "-".join([f"{year:04d}", *(f"{part:02d}" for part in (month, day) if part is not None)])


def parse_year(printed: str) -> tuple[int, int, int] | None:
    """Given a heading, return (year, start, end) of the year it names, or None; start, end: its digits in the print.

    A year with 年度 comes first ("(2024年度)", "（ 2026 年度）", "2024年度)", "2 0 2 4 年度", 二〇二四年度), then one
    with 年 alone. An end of a range (2024年-2026年) and the year of a date (2024年3月) name no year.
    """
    view = half(printed)
    for year, (start, end) in _years(view):
        if FIRST_YEAR <= year <= LAST_YEAR:
            return (year, *view.span(start, end))
    return None


def parse_bare_year(printed: str) -> tuple[int, int, int] | None:
    """Given a cell that holds nothing but the digits of a year, return what parse_year does."""
    view = half(printed)
    digits = view.text.strip()
    start = view.text.find(digits)
    if len(digits) != len(str(LAST_YEAR)) or not (digits.isascii() and digits.isdecimal()):
        return None
    return (int(digits), *view.span(start, start + len(digits))) if FIRST_YEAR <= int(digits) <= LAST_YEAR else None


def _years(view: Normalised) -> Iterator[tuple[int, Span]]:
    text = view.text.translate(_DASHES)
    for style in (*_FISCAL_YEARS, *_OTHER_YEARS):
        for match in style.finditer(text):
            digits = "".join(char for char in match[1] if char not in GAPS)
            year = digits if digits.isascii() else parse_year_signs(digits)
            if year is not None and not _is_range_end(text, match):
                yield int(year), match.span(1)


def _is_range_end(text: str, match: re.Match[str]) -> bool:
    before = text[max(0, match.start() - _RANGE_REACH) : match.start()]
    return bool(_RANGE_BEFORE.search(before) or _RANGE_AFTER.match(text, match.end()))
