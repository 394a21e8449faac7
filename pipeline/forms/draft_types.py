"""The type of a value, guessed from its print and from how its label ends."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.forms.draft_words import Vocabulary
from pipeline.text.dates import FIRST_YEAR, LAST_YEAR, parse_date
from pipeline.text.indicators import parse_indicator_name, parse_indicator_value, parse_operator, parse_unit
from pipeline.text.measures import is_unit
from pipeline.text.names import has_boxes, list_options, split_code
from pipeline.text.normalise import half
from pipeline.text.numbers import is_absent, parse_money, parse_number, parse_percent, unit_in_label

YEAR_DIGITS = 4
CODE_DIGITS = 7
"""Digits from which on a bare whole number is likelier a code than a count."""
ALL, MOST, SOME = 1.0, 0.6, 0.3
"""Share of a column's values that must have a type's shape; of results and targets fewer, since some are words."""
NO_VALUE = "the sample prints no value: the type is told by the label's last word"
NO_HINT = "the sample prints no value, and the label tells no type"


BRACKETED = re.compile(r".*[^(（\s]\s*[(（]([0-9A-Z]+)[)）]", re.DOTALL)
"""Words, and in brackets behind them digits or capital letters."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A type of the form language. choices: the options that the print offers. doubt: why it may be another one.
    shape: a regular expression for a code in brackets, where the print has one that only its place tells."""

    type: str
    choices: tuple[str, ...] = ()
    doubt: str | None = None
    shape: str | None = None


UNITLESS = "no unit of money is printed on the page: 'type: money' needs one"


@dataclass(frozen=True, slots=True)
class Around:
    """group: print of the cell beside the label's group. priced: a unit of money stands there for the whole page."""

    group: str = ""
    priced: bool = False


def guess_field(label: str, value: str, around: Around, vocabulary: Vocabulary) -> Guess:
    """Given a label, the print of its value and what stands around both, return the type of the field."""
    known = vocabulary.field_of(label)
    if has_boxes(value):
        return Guess("choice", list_options(value))
    if known is not None:
        return Guess(known.type)
    asked = vocabulary.type_of(label) or vocabulary.column_type_of(label)
    shape = code_shape(label) or code_shape(value)
    if shape is not None:
        return Guess("coded", shape=shape)
    carrier = label if unit_in_label(label) else around.group
    if not value.strip() or is_absent(value):
        return _with_unit(_without_value(label, asked), carrier, value, around)
    found = type_of_print(carrier if unit_in_label(carrier) else label, value, asked)
    if found == "text" and asked in ("date", "money", "number", "percent"):
        return Guess(found, doubt=f"the label asks for {asked}, the value does not read as one")
    return _with_unit(Guess(found), carrier, value, around)


def code_shape(printed: str) -> str | None:
    """Given a label or a value, return the shape of the code in brackets behind its words, or None: none, or a unit."""
    found = BRACKETED.fullmatch(half("".join(printed.split())).text)
    if found is None or is_unit(found[1], free=False):
        return None
    code = found[1]
    if len(code) == YEAR_DIGITS and code.isdecimal() and FIRST_YEAR <= int(code) <= LAST_YEAR:
        return None
    kinds = "0-9" * any(map(str.isdecimal, code)) + "A-Z" * any(map(str.isalpha, code))
    return f"[{kinds}]{{{len(code)}}}" if len(code) > 1 else f"[{kinds}]"


def _with_unit(guess: Guess, carrier: str, value: str, around: Around) -> Guess:
    """Amounts are in yuan, which something on the page has to say; else they are numbers of some currency."""
    if guess.type != "money" or unit_in_label(carrier) or around.priced or _printed_unit(value):
        return guess
    return Guess("number", doubt=UNITLESS)


def _printed_unit(value: str) -> str | None:
    money = parse_money(value, None)
    return None if money is None else money.printed_unit


def _without_value(label: str, asked: str | None) -> Guess:
    if unit_in_label(label):
        return Guess("money")
    if asked in FIELD_TYPES:
        return Guess(asked, doubt=NO_VALUE)
    return Guess("text", doubt=NO_HINT)


FIELD_TYPES = ("text", "money", "number", "percent", "integer", "year", "date", "choice", "coded")


def type_of_print(label: str, value: str, asked: str | None) -> str:
    """Given a label, the print of its value and what the label's last word asks for, return a type that both fields and
    columns have."""
    if asked == "text" or (kind := _shape_of(label, value, asked)) is None:
        return "coded" if split_code(value).code else "text"
    return kind


def _shape_of(label: str, value: str, asked: str | None) -> str | None:
    if parse_date(value) is not None and not value.strip().isdecimal():
        return "date"
    if parse_percent(value) is not None and value.strip()[-1:] in "%％":
        return "percent"
    money = parse_money(value, unit_in_label(label))
    if money is not None and (asked == "money" or unit_in_label(label) or money.printed_unit):
        return "money"
    if parse_number(value) is not None:
        return _type_of_number(value.strip(), asked)
    return None


def _type_of_number(value: str, asked: str | None) -> str:
    if asked in ("money", "number", "percent"):
        return asked
    if asked == "date" and parse_date(value) is not None:
        return "date"
    is_code = value.isdecimal() and (len(value) >= CODE_DIGITS or (len(value) > 1 and value[0] == "0"))
    return "text" if is_code else "number"


def guess_column(label: str, values: Sequence[str], around: Around, vocabulary: Vocabulary) -> Guess:
    """Given the header of a column, the prints of its cells and what stands around, return the type of the column."""
    known = vocabulary.column_of(label)
    if known is not None:
        return Guess(known.type)
    asked = vocabulary.type_of(label)
    filled = [value for value in values if value.strip() and not is_absent(value)]
    if filled:
        return _shaped(filled, asked) or _with_unit(_majority(label, filled, asked), label, filled[0], around)
    if asked in ("operator", "unit"):
        return Guess(asked, doubt=NO_VALUE)
    return _with_unit(_without_value(label, asked), label, "", around)


def guess_crossing(label: str, values: Sequence[str], around: Around, vocabulary: Vocabulary) -> Guess:
    """Given the header of a column of a matrix and what stands below it, return its type, which is one of a field."""
    known = vocabulary.column_type_of(label)
    asked = known if known in FIELD_TYPES else vocabulary.type_of(label)
    filled = [value for value in values if value.strip() and not is_absent(value)]
    if not filled:
        return _with_unit(_without_value(label, asked), label, "", around)
    return (
        Guess(known) if known in FIELD_TYPES else _with_unit(_majority(label, filled, asked), label, filled[0], around)
    )


def _shaped(values: Sequence[str], asked: str | None) -> Guess | None:
    """A type that only columns have, or one that all cells show by a shape of their own."""
    codes = [shape for value in values if (shape := code_shape(value)) is not None]
    if len(codes) >= MOST * len(values):
        return Guess("coded", shape=codes[0])
    shaped = next((kind for kind, (least, fits) in SHAPES.items() if _share(values, fits) >= least), None)
    if shaped is not None:
        return Guess(shaped)
    if asked == "unit" and _share(values, lambda value: parse_unit(value) is not None) >= MOST:
        return Guess("unit")
    return Guess("number") if _counts_up(values) else None


def _share(values: Sequence[str], has_shape: Callable[[str], bool]) -> float:
    return sum(map(has_shape, values)) / len(values)


def _is_measure(value: str) -> bool:
    found = parse_indicator_value(value)
    return found.operator is None and found.value is not None and found.unit is not None and found.unit != "%"


SHAPES: dict[str, tuple[float, Callable[[str], bool]]] = {
    "indicator-name": (MOST, lambda value: parse_indicator_name(value).number is not None and not is_absent(value)),
    "operator": (MOST, lambda value: parse_operator(value) is not None),
    "indicator-value": (SOME, lambda value: parse_indicator_value(value).operator is not None),
    "quantity": (ALL, _is_measure),
    "measure": (MOST, _is_measure),
}
"""What only columns hold, the most telling shape first."""


def _counts_up(values: Sequence[str]) -> bool:
    """Are the values 1, 2, 3 …?"""
    return len(values) > 1 and [value.strip() for value in values] == [str(n + 1) for n in range(len(values))]


def _majority(label: str, values: Sequence[str], asked: str | None) -> Guess:
    kinds = Counter(type_of_print(label, value, asked) for value in values)
    kind, often = kinds.most_common(1)[0]
    if often < MOST * len(values):
        return Guess("text", doubt=f"the values look like {' and '.join(sorted(kinds))}")
    return Guess(kind)
