"""Indicator cells: a target (operator, number, unit) or words, and the numbered name in front of it.

Grammar of a value, after folding to half width and closing gaps:
    value     [operator] ["-"] number [unit] [bound] [mark]     | text
    operator  ≥ ≧ ⩾ >= => ≤ ≦ ⩽ <= =< = ═ ﹦ > ﹥ < ﹤, or words: 不低于 不少于 不超过 大于等于 至少 …
    unit      "(" unit ")" | unit                               see measures.py
    bound     以上 以下 以内: >= or <= where no operator stands in front, else it (or 内) may only repeat that one
    mark      one of 。 ； ， at the end
Everything else is text: sentences, ranges (90%-95%, 3-5个), dates (2024年2月底前, 12月), rough sizes (约100人).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from pipeline.text.chars import DIGITS
from pipeline.text.dates import FIRST_YEAR, LAST_YEAR
from pipeline.text.mapped import Normalised, Span, mapped
from pipeline.text.measures import is_unit
from pipeline.text.normalise import half, normalise
from pipeline.text.numbers import NUMBER, close_print, is_absent, plain_number
from pipeline.text.numerals import parse_numeral

_SYMBOLS = {
    "≥": ">=", "≧": ">=", "⩾": ">=", ">=": ">=", "=>": ">=", "≥=": ">=",
    "≤": "<=", "≦": "<=", "⩽": "<=", "<=": "<=", "=<": "<=", "≤=": "<=",
    "=": "=", "═": "=", "==": "=", ">": ">", "<": "<", "〉": ">", "〈": "<",
}  # fmt: skip
_PHRASES = {
    "大于或等于": ">=", "大于等于": ">=", "不低于": ">=", "不少于": ">=", "不小于": ">=", "不得低于": ">=",
    "不得少于": ">=", "至少": ">=", "最少": ">=", "小于或等于": "<=", "小于等于": "<=", "不超过": "<=", "不高于": "<=",
    "不大于": "<=", "不多于": "<=", "不得超过": "<=", "不得高于": "<=", "至多": "<=", "最多": "<=", "等于": "=",
    "大于": ">", "高于": ">", "多于": ">", "超过": ">", "小于": "<", "低于": "<", "少于": "<",
}  # fmt: skip
_BOUNDS = {"及以上": ">=", "以上": ">=", "及以下": "<=", "以下": "<=", "以内": "<="}
_REPEATS = {">": ("及以上", "以上"), "<": ("及以下", "以下", "以内", "内")}
_OPERATORS = _SYMBOLS | _PHRASES
_OPERATOR = "|".join(re.escape(sign) for sign in sorted(_OPERATORS, key=len, reverse=True))
_HEAD = re.compile(rf"(?P<operator>{_OPERATOR})?(?P<value>[-−]?{NUMBER})?")
_KINDS = ("定性", "定量")
_END_MARKS = "。;,"

_PERCENT_LIMIT = Decimal(200)  # percent; above it a leading 2 is likelier a misread ≥ than a part of the target
_EMPHASIS = "*★☆※▲△"
_PREFIX = re.compile(  # a colon is at times misread as another mark, and no name begins with one
    r"指标(?:(?P<digits>[0-9]{1,3})(?:[:;、,。·]|\.(?![0-9])|(?![0-9.%]))"
    r"|(?P<numeral>[一二三四五六七八九十]{1,3})[:;、,.。·])"
)
_BRACKETS = re.compile(r"\(([^()]*)\)")
_SYMBOL = "|".join(re.escape(sign) for sign in sorted(_SYMBOLS, key=len, reverse=True))
_THRESHOLD = re.compile(rf"(?:{_OPERATOR})(?:(?P<number>[-−]?{NUMBER})|[*xX×_…]+)(?P<unit>[^()]{{0,8}})")
_BARE_THRESHOLD = re.compile(rf"(?:{_SYMBOL})(?:[-−]?{NUMBER}|[*xX×_…]+)(?P<unit>[^()0-9]{{0,8}})$")
_SCORE = re.compile(
    rf"(?P<label>.*[^0-9.,(\[【])(?:[(\[【](?:满分|分值|权重|共)?:?(?P<boxed>{NUMBER})[分%]?[)\]】]|(?P<bare>{NUMBER})分)",
    re.DOTALL,
)
_FLAT = str.maketrans("，；：？！（）", ",;:?!()")


@dataclass(frozen=True, slots=True)
class IndicatorValue:
    """A target as printed: operator, value and unit, or text; all None for an absent one.

    The spans are half-open ranges of the printed string; a bracketed unit's span is what the brackets hold.
    """

    operator: str | None = None
    value: str | None = None
    unit: str | None = None
    text: str | None = None
    operator_span: Span | None = None
    value_span: Span | None = None
    unit_span: Span | None = None
    text_span: Span | None = None


@dataclass(frozen=True, slots=True)
class IndicatorName:
    """A name without its number and emphasis. span: where it stands in the print, (at, at) when it is empty.

    threshold: a leftover target that stood in the name ("≥**%"), as printed; it belongs to neither name nor value.
    """

    number: int | None
    name: str
    span: Span
    number_span: Span | None = None
    threshold: str | None = None


@dataclass(frozen=True, slots=True)
class _Quantity:
    """Ranges of a closed-up text that make a target."""

    symbol: str | None
    operator: Span | None
    value: Span | None
    unit: Span | None


def parse_indicator_value(printed: str) -> IndicatorValue:
    """Given a printed target, return its parts (grammar above); words that are no quantity come back as ``text``."""
    if is_absent(printed):
        return IndicatorValue()
    view = close_print(printed)
    found = _quantity(view.text)
    return _worded(printed) if found is None else _measured(printed, view, found)


def _worded(printed: str) -> IndicatorValue:
    view = normalise(printed)
    text = view.text
    if not any(char.isalpha() for char in text):  # numbers under one another are not one number over two lines
        text = " ".join(half(printed).text.split())
    return IndicatorValue(text=text, text_span=view.span(0, len(view.text))) if text else IndicatorValue()


def _measured(printed: str, view: Normalised, found: _Quantity) -> IndicatorValue:
    spans = [span and view.span(*span) for span in (found.operator, found.value, found.unit)]
    value = found.value and view.text[slice(*found.value)].replace("−", "-")
    return IndicatorValue(
        operator=found.symbol,
        value=value and "-" * value.startswith("-") + plain_number(value.lstrip("-")),
        unit=spans[2] and normalise(printed[slice(*spans[2])]).text,
        operator_span=spans[0],
        value_span=spans[1],
        unit_span=spans[2],
    )


def _quantity(text: str) -> _Quantity | None:
    body = text[:-1] if text[-1:] and text[-1] in _END_MARKS else text
    head = _HEAD.match(body)
    if head is None or head["value"] is None:
        alone = head is not None and head["operator"] in _SYMBOLS and head.end() == len(body)
        return _Quantity(_SYMBOLS[body], (0, len(body)), None, None) if alone else None
    symbol = _OPERATORS.get(head["operator"] or "")
    operator = head.span("operator") if symbol else None
    end, bound = _without_bound(body, head.end(), symbol)
    if bound and not symbol:
        symbol, operator = _BOUNDS[bound], (end, end + len(bound))
    unit = _unit_span(body, head.end(), end, has_operator=bool(head["operator"]))
    if unit is None or _is_calendar(head, body[slice(*unit)]):
        return None
    return _Quantity(symbol, operator, head.span("value"), unit if unit[0] < unit[1] else None)


def _without_bound(body: str, start: int, symbol: str | None) -> tuple[int, str]:
    """Given where the number ends, return where the unit ends and the bound printed behind it."""
    for bound in _REPEATS.get(symbol[0], ()) if symbol else _BOUNDS:
        if body.endswith(bound) and len(body) - len(bound) >= start:
            return len(body) - len(bound), bound
    return len(body), ""


def _unit_span(body: str, start: int, end: int, *, has_operator: bool) -> Span | None:
    """Given the range behind the number, return the unit's own (empty when none is printed), or None for words."""
    rest = body[start:end]
    boxed = rest.startswith("(") or (rest.endswith(")") and "(" not in rest)
    if boxed:  # one of the two brackets may be lost in print or reading
        start, end = start + rest.startswith("("), end - (rest.endswith(")") and rest.count(")") >= rest.count("("))
    return (start, end) if not rest or is_unit(body[start:end], free=boxed or has_operator) else None


def _is_calendar(head: re.Match[str], unit: str) -> bool:
    """2024年 is a date whatever stands in front, 12月 is one when nothing does."""
    value = head["value"]
    if not value.isdecimal():
        return False
    if unit in ("年", "年度"):
        return FIRST_YEAR <= int(value) <= LAST_YEAR
    return unit == "月" and head["operator"] is None and int(value) <= 12


def parse_operator(printed: str) -> str | None:
    """Given a cell that holds an operator alone, as a sign or in words, return >=, <=, =, > or <, or None."""
    return _OPERATORS.get(close_print(printed).text)


def begins_with_operator(printed: str) -> bool:
    """Do the words begin with an operator in words, and go on with a digit?"""
    text = close_print(printed).text
    said = next((phrase for phrase in _PHRASES if text.startswith(phrase)), None)
    return said is not None and len(text) > len(said) and text[len(said)] in DIGITS


def is_kind(printed: str) -> bool:
    """Does a cell of operators only say whether the target stands in words or is a number?"""
    return close_print(printed).text.removesuffix("指标") in _KINDS


def parse_unit(printed: str) -> str | None:
    """Given a cell that holds a unit alone, return it without brackets around the whole, or None when absent."""
    text = normalise(printed).text
    whole = text.translate(_FLAT)
    inner = text[1:-1] if whole.startswith("(") and whole.find(")") == len(whole) - 1 else text
    return None if is_absent(inner) else inner


def suspicious(value: IndicatorValue) -> str | None:
    """Given a target, return why it may be misread, or None: ≥ read as 2 turns ≥92% into 292%, = that has run together
    turns =37 into -37."""
    number = value.value
    if number is not None and number.startswith("-") and value.operator is None:
        return f"a target of {number} without an operator is rare: the print may say ={number[1:]}"
    if number is None or value.unit != "%" or not number.startswith("2") or Decimal(number) <= _PERCENT_LIMIT:
        return None
    return f"{number}% is over {_PERCENT_LIMIT}% and begins with 2: the print may say ≥{number[1:]}%"


def parse_indicator_name(printed: str) -> IndicatorName:
    """Given a printed name, return its number (of 指标n) and the name without number, emphasis and leftover threshold.

    Grammar: [emphasis] ["指标" n [mark]] [emphasis] name. A threshold is an operator with a number or a
    placeholder (≥**%): in brackets at the end, in brackets anywhere when it is a placeholder, bare at the end.
    """
    view = normalise(printed)
    flat = view.text.translate(_FLAT)
    prefix = _PREFIX.match(flat, _skip(flat, 0))
    start = _skip(flat, prefix.end()) if prefix else _skip(flat, 0)
    cuts = _thresholds(flat, start)
    name = _name_without(view, start, cuts)
    return IndicatorName(
        number=_number(prefix) if prefix else None,
        name=name.text,
        span=name.span(0, len(name.text)) if name.text else (view.span(start, start)),
        number_span=view.span(*prefix.span(prefix.lastgroup or 0)) if prefix else None,
        threshold="".join(printed[slice(*view.span(*cut))] for cut in cuts) or None,
    )


def _skip(flat: str, at: int) -> int:
    while at < len(flat) and flat[at] in _EMPHASIS + " \n":
        at += 1
    return at


def _number(prefix: re.Match[str]) -> int | None:
    return int(prefix["digits"]) if prefix["digits"] else parse_numeral(prefix["numeral"])


def _thresholds(flat: str, start: int) -> list[Span]:
    cuts = [
        match.span()
        for match in _BRACKETS.finditer(flat, start)
        if _is_leftover(match, at_end=match.end() == len(flat))
    ]
    bare = None if cuts else _BARE_THRESHOLD.search(flat, start)
    if bare is not None and (not bare["unit"] or is_unit(bare["unit"], free=False)):
        cuts.append(bare.span())
    return cuts


def _is_leftover(brackets: re.Match[str], *, at_end: bool) -> bool:
    """A placeholder is one anywhere; a real number may qualify the name (老年人(≥60岁)体检率) unless it ends it."""
    threshold = _THRESHOLD.fullmatch(brackets[1])
    return threshold is not None and (threshold["number"] is None or at_end)


def _name_without(view: Normalised, start: int, cuts: list[Span]) -> Normalised:
    gone = {at for cut in cuts for at in range(*cut)}
    kept = [
        (char, source) for at, (char, source) in enumerate(zip(view.text, view.sources, strict=True)) if at >= start
    ]
    name = mapped(pair for at, pair in enumerate(kept, start=start) if at not in gone)
    return name.cut(0, len(name.text.rstrip("，：、"))) if cuts else name


def split_score(printed: str) -> tuple[str, str | None]:
    """Given a label, return it without a score glued on, and the score: "产出指标(50分)" -> ("产出指标", "50")."""
    view = normalise(printed)
    match = _SCORE.fullmatch(view.text.translate(_FLAT))
    if match is None:
        return view.text, None
    return view.text[: match.end("label")], plain_number(match["boxed"] or match["bare"])
