"""Numbers and amounts of money, exact, on Decimal.

Numbers, after folding to half width and closing gaps (``close_gaps``):
    number   digits | groups ["." digits]          digits without a "." may not be split otherwise
    groups   one to three digits, first not 0, then "," and three digits, once or more
Money:
    money    ["-"] [currency] ["-"] number [unit | "(" unit ")"] rest
           | "(" [currency] number ")" rest          negative, the accountant's way
           | [currency] capitals rest                壹佰贰拾叁元整
    currency ￥ ¥ 人民币 RMB CNY                     says 元 where neither label nor cell does
    unit     元 圆 百元 千元 万元 十万元 百万元 千万元 亿元, or 万 亿 alone
    rest     nothing, 整 / 正, or a breakdown that is kept out: "(…" or "其中…" after a mark
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from unicodedata import east_asian_width

from pipeline.text.chars import GAPS, kind_of
from pipeline.text.mapped import Normalised, Span, mapped
from pipeline.text.normalise import half
from pipeline.text.numerals import NUMERAL_SIGNS, parse_numeral

NUMBER = r"(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?(?![0-9]|[.,][0-9])"
"""A legal number, never the front part of a longer one."""

_NUMBER = re.compile(NUMBER)
_CANONICAL = re.compile(r"(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|0|[1-9][0-9]*)(?:\.[0-9]+)?")
_STRETCH = re.compile(r"[0-9.,]+(?:[ \n]+[0-9.,]+)+")
_GAP_RUN = re.compile(r"[ \n]+")
_MAX_INTEGER_DIGITS = 18  # digits; a budget is below 10^18 yuan, and with 亿 in front Decimal's 28 digits still suffice
_MAX_FRACTION_DIGITS = 8  # digits; finer than a fen in 亿元 is 10, which nobody prints
_MAX_STRETCH = 64  # characters of one number with its gaps; a longer run of digits is no number
_UNIT_BEHIND = re.compile(r"[ \n]*\(| *[^\s%]")  # a bracketed unit may begin a line of its own
_HEAD = re.compile(r"(?s).?[.,;:!?%)．，；：！？％）。、]*")  # what cannot be parted at the beginning of a line
_PERCENT_BEHIND = re.compile(" *%")
_MAX_PERCENT = Decimal(200)  # percent; what joins to more is two numbers
_FEN, _FINEST = 2, 6  # digits behind the point of an amount in yuan, and in 万元
_MIN_LED = 4  # half-width signs of a full line with an operator and a digit or two
_MIN_WRAPPED = 6  # characters; a cell too narrow for fewer would not hold an amount at all

_UNITS = {
    "元": 1, "百元": 10**2, "千元": 10**3, "万元": 10**4, "十万元": 10**5, "百万元": 10**6, "千万元": 10**7,
    "亿元": 10**8,
}  # fmt: skip
_UNIT_NAMES = {unit.replace("元", yuan): unit for unit in _UNITS for yuan in "元圆"} | {"万": "万元", "亿": "亿元"}
_UNIT = "|".join(sorted(_UNIT_NAMES, key=len, reverse=True))
_SIGN = "[-−–+]"
_CURRENCY = "人民币|￥|¥|RMB|CNY"
_REST = r"(?P<rest>[整正]?[。;,]?(?:\(.*|[:,;。]?其中.*)?)"
_MONEY = re.compile(
    rf"(?P<money>(?P<sign>{_SIGN})?(?P<currency>{_CURRENCY})?:?(?P<sign2>{_SIGN})?(?P<number>{NUMBER})"
    rf"(?:\((?:单位:?)?(?P<boxed>{_UNIT})\)|(?P<unit>{_UNIT}))?){_REST}",
    re.DOTALL,
)
_BRACKETED = re.compile(rf"(?P<money>\((?P<currency>{_CURRENCY})?(?P<number>{NUMBER})\)){_REST}", re.DOTALL)
_SIGNS = f"[{NUMERAL_SIGNS}]"
_CAPITAL = re.compile(
    rf"(?P<money>(?:{_CURRENCY})?:?(?:(?P<yuan>{_SIGNS}+)[元圆])?(?:零?(?P<jiao>{_SIGNS})角)?(?:零?(?P<fen>{_SIGNS})分)?"
    rf"[整正]?){_REST}",
    re.DOTALL,
)
_BOXED_UNIT = re.compile(r"\(([^()]*)\)")
_NAMED_UNIT = re.compile(rf"单位:?(?:人民币)?({_UNIT})(?![一-鿿/])")
_LAST_UNIT = re.compile(rf"(?:^|[/,:、])(?:人民币)?({_UNIT})$")
_ABSENT_WORDS = frozenset({"无", "暂无", "空", "n/a", "年月日", "年月"})
_ABSENT_SIGNS = frozenset("-—–―─−‐‑﹣－/\\_()[]")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in yuan. printed_unit: the cell's own unit (元, 万元 …) or None when the label's was taken.

    start, end: where amount and unit stand in the printed string, without a breakdown.
    """

    amount: Decimal
    printed_unit: str | None
    start: int
    end: int


def close_gaps(view: Normalised, printed: str) -> Normalised:
    """Given half-width text and the print it comes from, return it without layout gaps, as far as that invents nothing.

    A gap between digits stays unless the print proves that one number runs over it: the parts make one legal number
    and either a part is none alone ("771,325," / "800.00", "800." / "00"), or the second only fills up the cents
    ("771,325,800.0" / "0"), or a full line goes on with the point ("1408263" / "400.00") or, between a word and a unit,
    with more digits ("不超过11" / "5404元", "不低于9" / "0.00%"). So two amounts under one another never become
    one. A blank between Latin words stays.
    """
    kept = _kept_gaps(view.text, line_widths(view, printed))
    return mapped(
        ("" if char in GAPS and at not in kept else char, source)
        for at, (char, source) in enumerate(zip(view.text, view.sources, strict=True))
    )


def line_widths(view: Normalised, printed: str) -> dict[int, int]:
    """Given half-width text and its print, return the width of each line by the place of the line's end in the text, as
    printed, in half-width signs; 0 for a line that had room for what begins the next one, beside the widest line, so
    that it was not ended by the cell's side."""
    starts = [0, *(at + 1 for at, char in enumerate(view.text) if char == "\n")]
    ends = [*(start - 1 for start in starts[1:]), len(view.text)]
    lines = [printed[slice(*view.span(start, end))] for start, end in zip(starts, ends, strict=True)]
    widths, heads = list(map(print_width, lines)), [print_width(_HEAD.match(line)[0]) for line in lines]  # type: ignore[index]
    reach = [width + max(head, 2) for width, head in zip(widths, [*heads[1:], 0], strict=True)]
    return {end: width if far > max(widths) else 0 for end, width, far in zip(ends, widths, reach, strict=True)}


def print_width(printed: str) -> int:
    """Given a print, return its width in half-width signs."""
    return sum(2 if _is_wide(char) else 1 for char in printed)


def _is_wide(char: str) -> bool:
    """Is a sign as wide as an ideograph? Signs of mathematics are, in type for ideographs."""
    return east_asian_width(char) in "WF" or char in "≥≤≧≦"


def _kept_gaps(text: str, widths: Mapping[int, int]) -> frozenset[int]:
    kept: set[int] = set()
    for stretch in _STRETCH.finditer(text):
        if not _is_one_number(text, stretch.span(), widths):
            kept.update(gap.start() + stretch.start() for gap in _GAP_RUN.finditer(stretch.group()))
    words = (gap for gap in _GAP_RUN.finditer(text) if gap.start() > 0 and gap.end() < len(text))
    kept.update(gap.start() for gap in words if kind_of(text[gap.start() - 1]) == kind_of(text[gap.end()]) == "latin")
    return frozenset(kept)


def _is_one_number(text: str, span: Span, widths: Mapping[int, int]) -> bool:
    start, end = span
    stretch = text[start:end]
    parts, gaps = _GAP_RUN.split(stretch), list(_GAP_RUN.finditer(stretch))
    if len(stretch) > _MAX_STRETCH or not _NUMBER.fullmatch("".join(parts)):
        return False
    joined = parts[0]
    for gap, part in zip(gaps, parts[1:], strict=True):
        if "\n" in gap.group():
            width = widths.get(start + gap.start() + gap.group().index("\n"), 0)
            led = bool(text[text.rfind("\n", 0, start) + 1 : start].strip())
            measured = _UNIT_BEHIND.match(text, end) is not None or (led and _is_percentage("".join(parts), text, end))
            proven = _proves_wrap(joined, part, width, measured=measured, led=led)
        else:
            proven = joined[-1] in ".," or part[0] in ".,"
        if not proven:
            return False
        joined += part
    return True


def _is_percentage(number: str, text: str, end: int) -> bool:
    """Does a percent sign stand behind a number that may be one?"""
    return _PERCENT_BEHIND.match(text, end) is not None and Decimal(number.replace(",", "")) <= _MAX_PERCENT


def _proves_wrap(first: str, second: str, width: int, *, measured: bool, led: bool) -> bool:
    """Are these two parts of one number? width: that of the line that ends with the first, 0 for no full line. led: a
    word or an operator stands in front of the first. measured: a unit stands behind the second."""
    if not (_CANONICAL.fullmatch(second) and _CANONICAL.fullmatch(first)):
        return True
    if led and measured and width >= _MIN_LED:
        return True
    cents = len(first.partition(".")[2])
    if cents and second.isdecimal():
        total = cents + len(second)
        wide = len(first) >= _MIN_WRAPPED or not second.strip("0")
        finer = cents > _FEN or (measured and width >= _MIN_WRAPPED)
        return wide and total <= _FINEST and (total % _FEN == 0 or finer)
    return width >= _MIN_WRAPPED and not cents and not second.isdecimal() and (measured or second[0] != "0")


def close_print(printed: str) -> Normalised:
    """Given a printed string, return it in half width with its gaps closed: what the strict grammars read."""
    return close_gaps(half(printed), printed)


def plain_number(number: str) -> str:
    """Given a legal number, return it without separators and idle leading zeros, as precise as printed."""
    whole, dot, fraction = number.replace(",", "").partition(".")
    return (whole.lstrip("0") or "0") + dot + fraction


def parse_number(printed: str) -> str | None:
    """Given a printed number, return its decimal string exactly as precise as printed, or None.

    Accepts a sign in front, western separators at legal places, a proven line wrap. No unit, no percent sign.
    """
    match = re.fullmatch(rf"({_SIGN})?({NUMBER})", close_print(printed).text)
    return None if match is None else _signed(match[1], plain_number(match[2]))


def parse_percent(printed: str) -> str | None:
    """Given a number with or without a percent sign ("98.50%", "98.50(%)"), return its decimal string, or None."""
    match = re.fullmatch(rf"({_SIGN})?({NUMBER})(?:%|\(%\))?", close_print(printed).text)
    return None if match is None else _signed(match[1], plain_number(match[2]))


def _signed(sign: str | None, number: str) -> str:
    return number if sign in (None, "+") else "-" + number


def parse_money(printed: str, unit: str | None) -> Money | None:
    """Given a printed amount and the unit of its label, return it in yuan, or None.

    The cell's own unit overrides the label's. With no unit anywhere the scale is unknown: only zero is an amount then.
    """
    view = close_print(printed)
    for grammar in (_MONEY, _BRACKETED, _CAPITAL):
        match = grammar.fullmatch(view.text)
        if match is not None and match["money"]:
            return _capital_money(match, view) if grammar is _CAPITAL else _decimal_money(match, view, unit)
    return None


def _decimal_money(match: re.Match[str], view: Normalised, label_unit: str | None) -> Money | None:
    parts = match.groupdict()
    own = _UNIT_NAMES.get(parts.get("unit") or parts.get("boxed") or "")
    number = plain_number(parts["number"])
    unit = own or _UNIT_NAMES.get(label_unit or "") or ("元" if parts["currency"] else None)
    if not _is_in_reach(number) or (unit is None and Decimal(number) != 0):
        return None
    signs = (parts.get("sign"), parts.get("sign2"))
    negative = match.re is _BRACKETED or any(sign not in (None, "+") for sign in signs)
    amount = Decimal(number) * _UNITS.get(unit or "", 1)
    start, end = view.span(*match.span("money"))
    return Money(-amount if negative and amount else amount, own, start, end)


def _is_in_reach(number: str) -> bool:
    whole, _, fraction = number.partition(".")
    return len(whole) <= _MAX_INTEGER_DIGITS and len(fraction) <= _MAX_FRACTION_DIGITS


def _capital_money(match: re.Match[str], view: Normalised) -> Money | None:
    parts = [match["yuan"], match["jiao"], match["fen"]]
    values = [0 if part is None else parse_numeral(part) for part in parts]
    if all(part is None for part in parts) or None in values:
        return None
    yuan, jiao, fen = (Decimal(value or 0) for value in values)
    if jiao > 9 or fen > 9:
        return None
    start, end = view.span(*match.span("money"))
    return Money(yuan + jiao / 10 + fen / 100, "元", start, end)


def format_money(amount: Decimal) -> str:
    """Given yuan, return them with two decimals and no separators; parts of a fen are rounded half up."""
    cents = amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return f"{abs(cents) if cents == 0 else cents:f}"


def unit_in_label(label: str) -> str | None:
    """Given a label, return the unit of money it names: "项目资金\\n(元)", "(单位：万元)", "预算金额/万元", or None.

    The unit stands alone in brackets or as the last part there, after 单位, or at the end after a mark.
    """
    text = close_print(label).text
    boxed = [_LAST_UNIT.search(_after_unit_word(content)) for content in _BOXED_UNIT.findall(text)]
    found = [match for match in [*boxed, _NAMED_UNIT.search(text), _LAST_UNIT.search(text)] if match is not None]
    return _UNIT_NAMES[found[0][1]] if found else None


def _after_unit_word(content: str) -> str:
    return content.removeprefix("单位").lstrip(":") if content.startswith("单位") else content


def is_absent(printed: str) -> bool:
    """Return whether a cell says that there is no value: nothing, dashes, a slash, 无, an unfilled 年 月 日."""
    text = "".join(half(printed).text.split()).rstrip("。.").lower()
    return text in _ABSENT_WORDS or all(char in _ABSENT_SIGNS for char in text)
