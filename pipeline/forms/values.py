"""The print of one field's value cell -> its typed value, by the strict grammars of pipeline.text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

from pipeline.errors import IssueCode
from pipeline.forms.decode import decode
from pipeline.forms.definition import Field, FieldType
from pipeline.forms.prints import Print
from pipeline.forms.readout import Readout, Value, absent, doubted, found, quoted, unreadable
from pipeline.forms.strays import STRAYS, stop_sureness, with_even_quotes, with_rings_of_codes, without_stray_lines
from pipeline.forms.twins import (
    with_brackets,
    with_commas,
    with_mouth,
    with_semicolons,
    with_stops,
    without_lead,
    without_points,
    without_stop,
)
from pipeline.forms.wording import text_confidence
from pipeline.forms.words import Word, read_word
from pipeline.model import Issue, Origin, Severity
from pipeline.text.dates import parse_bare_year, parse_date, parse_year
from pipeline.text.names import has_boxes, pick_choice, split_code
from pipeline.text.normalise import half, normalise
from pipeline.text.numbers import Money, format_money, is_absent, parse_money, parse_number, print_width

DEFAULT_UNIT = "元"
"""The unit of amounts in the records; taken for a printed amount only with a doubt that says so."""


LARGE_UNIT = "万元"
"""The other unit of budgets; an amount finer than a fen must be in it."""


STRICT: tuple[FieldType, ...] = ("number", "percent", "integer", "date", "year")
"""Types whose grammar refuses most prints, so that it can choose among readings."""


FEN = Decimal("0.01")
"""The smallest amount of money, in yuan."""
DASHES = frozenset("一ー丶")
"""What a recogniser takes a dash for that stands alone where a word or number could not be one character of these."""
LOST_CODE = re.compile(
    r"(?P<before>\s*[(（][^()（）一-鿿]{0,20}[)）]\s*\n)(?P<name>.*[A-Za-z一-鿿].*)"
    r"|(?P<above>[^()（）]*[一-鿿])\s*(?P<behind>[(（][^()（）一-鿿]{1,20}[)）])",
    re.DOTALL,
)
"""A name, and what is left of its code in brackets on the line above it or behind it."""
NUMBER_SIGNS = frozenset("0123456789.,")
ZERO = re.compile(r"0(?:\.0*)?$|0\.")
"""An amount of its own under another one, likelier than the end of it."""
NARROW = 0.5
"""Of a digit: the width of a point or a comma, in most type."""
LEAST_WRAPPED, WIDE = 4, 6
"""Signs; no column of numbers is narrower than the first, and one as wide as the second holds short numbers whole."""
PERCENT_SIGNS = "%％ "
DATE_DIGITS = 8
"""Digits of a whole date."""


@dataclass(frozen=True, slots=True)
class Unit:
    """The unit that a label names, and the probability that it was read right."""

    name: str
    confidence: float = 1.0


def read_field(field: Field, print_: Print, unit: Unit | None) -> Readout:
    """Given a field, the print of its value and the unit its labels name, return what it says.

    A blank cell or a sign for nothing is null without a doubt; print that the field's grammar refuses is null with one.
    """
    if print_.blank or is_absent(print_.text) or _is_lone_dash(print_):
        return _nothing(field)
    if field.type == "money":
        read = partial(read_money, field.path, unit=unit)
        return read_over_lines(field.path, print_, lambda part: decode(part, read))
    reader = READERS[field.type]
    if field.type not in STRICT:
        return reader(field, print_)
    return read_over_lines(field.path, print_, lambda part: decode(part, lambda variant: reader(field, variant)))


def _is_lone_dash(print_: Print) -> bool:
    return print_.origin == "ocr" and print_.text.strip() in DASHES


def _nothing(field: Field) -> Readout:
    return absent(field.path) + (absent(field.code) if field.code else Readout())


def read_text(path: str, print_: Print) -> Readout:
    """Given a print, return its text in one spelling; debris alone is nothing."""
    if _is_lone_dash(print_):
        return absent(path)
    if print_.origin == "ocr" and print_.inked and STRAYS.issuperset("".join(print_.text.split())):
        message = f"{quoted(print_.verbatim)} was taken for specks in an empty cell"
        return doubted(absent(path), Issue(IssueCode.CORRECTED, "warning", path, message, (print_.verbatim,)))
    if print_.origin != "ocr":
        text = normalise(print_.text).text
        return found(path, text, print_) if text else absent(path)
    settled = _settled(print_)
    text = normalise(settled.text).text
    if not text:
        return absent(path)
    sure = text_confidence(settled, lambda part: normalise(_settled(part).text)) * stop_sureness(settled)
    if settled is print_:
        return Readout((Value(path, text, print_.evidence(confidence=sure)),))
    readout = Readout((Value(path, text, print_.evidence("rule", sure)),))
    message = f"signs were read that cannot stand there: {quoted(settled.verbatim)} was taken"
    return doubted(readout, Issue(IssueCode.CORRECTED, "warning", path, message, (text, print_.verbatim)))


def _settled(print_: Print) -> Print:
    """Given the recognised print of words, return it with full stops for rings, commas for points and the ideograph for
    a box, and without strays about it."""
    words = with_rings_of_codes(with_even_quotes(without_stray_lines(print_)))
    return with_mouth(with_semicolons(with_commas(with_stops(without_lead(words)))))


def unwrapped(print_: Print) -> Print | None:
    """Given the print of a cell of one number, whose digits run over the end of full lines, return it without the line
    ends; None where it does not."""
    lines = print_.text.strip().split("\n")
    folded = [half(line).text for line in lines]
    digits = all(line and set(line) <= NUMBER_SIGNS for line in folded[:-1]) and folded[-1][:1] in NUMBER_SIGNS
    if not digits or not _is_full(folded) or print_width(lines[0]) < LEAST_WRAPPED:
        return None
    return print_.at([at for at, char in enumerate(print_.text) if not char.isspace()])


def _is_full(lines: Sequence[str]) -> bool:
    """Given the lines of a number, return whether none above the last had room for the first sign of the next one. The
    cell is as wide as its widest line; points and commas are narrower than digits."""
    widths = [sum(map(_width_of, line)) for line in lines]
    pairs = zip(widths[:-1], lines[1:], strict=True)
    return len(lines) > 1 and all(width + _width_of(below[:1]) > max(widths) for width, below in pairs)


def _width_of(sign: str) -> float:
    return NARROW if sign in ".," else 1.0


def may_be_two(printed: str) -> bool:
    """Given a number over several lines, return whether the last one may be a number of its own: a narrow cell wraps
    short numbers too, and two amounts would both have a unit, and both have cents or none."""
    *upper, last = half(printed).text.strip().split("\n")
    alike = ("." in "".join(upper)) == ("." in last)
    return print_width(printed.strip().split("\n")[0]) < WIDE or (
        alike and ZERO.match(last) is not None and set(last) <= NUMBER_SIGNS
    )


def read_over_lines(path: str, print_: Print, read: Callable[[Print], Readout]) -> Readout:
    """Given the print of a cell of one number and its reader, return what it says; digits that were taken together over
    a line's end say so."""
    readout = read(print_)
    whole = None if readout.values[0].value is not None else unwrapped(print_)
    if whole is None or (joined := read(whole)).values[0].value is None:
        return readout
    return doubted(joined, joined_lines(path, print_, str(joined.values[0].value)))


def joined_lines(path: str, print_: Print, taken: str) -> Issue:
    """The doubt about digits over a line's end that were taken for one number; an error where they may be two, as where
    the line between two rows was lost on a scan."""
    message = f"{quoted(print_.verbatim)} was taken for one number over several lines: '{taken}'"
    severity: Severity = "error" if print_.origin == "ocr" or may_be_two(print_.text) else "warning"
    return Issue(IssueCode.CORRECTED, severity, path, message, (taken, print_.verbatim))


def read_money(path: str, print_: Print, unit: Unit | None) -> Readout:
    """Given a printed amount and its labels' unit, return it in yuan as a decimal string.

    An amount is as sure as its own print and the unit it hangs on. Where no unit is printed anywhere the scale is not
    known: yuan are taken, and the record waits for review.
    """
    money = parse_money(print_.text, unit.name if unit else None)
    if money is not None and not _is_misread(money, print_):
        part = print_.part(money.start, money.end)
        hung = unit.confidence if unit and money.printed_unit is None else 1.0
        evidence = part.evidence(confidence=part.confidence * hung)
        shared = replace(evidence, shared=hung) if evidence else None
        return Readout((Value(path, format_money(money.amount), shared),))
    taken, guess = _guessed(print_) if unit is None else ("", None)
    if guess is None:
        return unreadable(path, print_, "an amount of money")
    amount = format_money(guess.amount)
    readout = found(path, amount, print_.part(guess.start, guess.end), "rule")
    message = f"no unit is printed for '{print_.text}': {taken} was taken, confirm it"
    return doubted(readout, Issue(IssueCode.INFERRED, "error", path, message, (amount,)))


def _guessed(print_: Print) -> tuple[str, Money | None]:
    """The unit that an amount without one is likely in, and the amount: nobody prints parts of a fen."""
    guesses = [(unit, parse_money(print_.text, unit)) for unit in (DEFAULT_UNIT, LARGE_UNIT)]
    fine = (guess for guess in guesses if guess[1] is not None and guess[1].amount == guess[1].amount.quantize(FEN))
    return next(fine, guesses[0])


def _is_misread(money: Money, print_: Print) -> bool:
    """Is a recognised amount finer than a fen, so that its point must be another sign?"""
    return print_.origin == "ocr" and money.amount != money.amount.quantize(FEN)


def read_number(path: str, print_: Print) -> Readout:
    """Given a printed number, return it as a decimal string as precise as printed."""
    number = parse_number(print_.text)
    return unreadable(path, print_, "a number") if number is None else found(path, number, print_)


def read_percent(path: str, print_: Print) -> Readout:
    """Given a printed percentage, return its number as precise as printed; the sign may be left to the column."""
    end = len(print_.text.rstrip().rstrip(PERCENT_SIGNS))
    number = parse_number(print_.text[:end])
    return unreadable(path, print_, "a percentage") if number is None else found(path, number, print_)


def read_integer(path: str, print_: Print) -> Readout:
    """Given a printed whole number, return it."""
    number = parse_number(print_.text)
    if number is None or not number.lstrip("-").isdecimal():
        return unreadable(path, print_, "a whole number")
    return found(path, int(number), print_)


def read_date(path: str, print_: Print) -> Readout:
    """Given a printed date, return it in ISO form as precise as printed."""
    day = parse_date(print_.text)
    if day is not None:
        return found(path, day, print_)
    settled = _date_without_sign(path, print_) or _date_over_lines(path, print_)
    return settled or unreadable(path, print_, "a date of the calendar")


def _date_over_lines(path: str, print_: Print) -> Readout | None:
    """A narrow cell of a text layer wraps a date as it wraps a number: full lines that make one date together."""
    lines = half(print_.text).text.strip().split("\n")
    if print_.origin == "ocr" or not _is_full(lines):
        return None
    whole = print_.at([at for at, char in enumerate(print_.text) if not char.isspace()])
    day = parse_date(whole.text)
    if day is None:
        return None
    message = f"{quoted(print_.verbatim)} was taken for one date over several lines: {day}"
    return doubted(
        found(path, day, whole), Issue(IssueCode.CORRECTED, "warning", path, message, (day, print_.verbatim))
    )


def _date_without_sign(path: str, print_: Print) -> Readout | None:
    """A recogniser drops thin dashes: eight digits with too few of them are still one date only."""
    digits = "".join(char for char in print_.text if char.isdecimal())
    signs = set(print_.text) - set(digits)
    day = parse_date(digits) if print_.origin == "ocr" and len(digits) == DATE_DIGITS else None
    if day is None or any(sign.isalpha() for sign in signs):
        return None
    message = f"'{print_.verbatim}' was read, whose digits make the date {day}"
    issue = Issue(IssueCode.CORRECTED, "warning", path, message, (day, print_.verbatim))
    return doubted(found(path, day, print_, "rule"), issue)


def read_year(path: str, print_: Print, *, bare: bool = False) -> Readout:
    """Given a print that names a year, return it. bare: the digits alone say it, as behind a label."""
    year = parse_year(print_.text) or (parse_bare_year(print_.text) if bare else None)
    if year is None:
        return unreadable(path, print_, "a year")
    return found(path, year[0], print_.part(year[1], year[2]))


def read_choice(field: Field, print_: Print) -> Readout:
    """Given a print with tick boxes, or with the chosen option alone, return the option."""
    if has_boxes(print_.text):
        option = pick_choice(print_.text, field.choices)
        if option is None:
            return unreadable(field.path, print_, "one ticked option")
        readout = found(field.path, option, print_)
        return readout if not _is_glued(option, field, print_) else doubted(readout, _glued(field.path, option))
    word = read_word(print_, field.choices)
    return read_text(field.path, print_) if word is None else found_word(field.path, word, print_)


def _is_glued(option: str, field: Field, print_: Print) -> bool:
    """May a recogniser have passed over the blank between two options? Options of one field end alike."""
    return print_.origin == "ocr" and option not in field.choices and len(option) > option.find(option[-1]) + 1


def _glued(path: str, option: str) -> Issue:
    message = f"{quoted(option)} may be two options without the blank between them: compare with the page"
    return Issue(IssueCode.BAD_VALUE, "error", path, message, (option,))


def found_word(path: str, word: Word, print_: Print) -> Readout:
    """Given a known word and its print, return it; a reading that was mended says so."""
    if word.exact:
        return Readout((Value(path, word.text, print_.evidence(confidence=word.confidence)),))
    readout = Readout((Value(path, word.text, print_.evidence("rule", word.confidence)),))
    message = f"'{word.read}' was read, the known word '{word.text}' was taken"
    return doubted(readout, Issue(IssueCode.CORRECTED, "warning", path, message, (word.text, word.read)))


def read_coded(path: str, code_path: str | None, print_: Print, shape: str | None) -> Readout:
    """Given a printed name, return it and, under its own path, the code glued to it; a box within words is taken for
    the ideograph that looks like one, and a point behind the name for a speck, with a doubt."""
    words = without_stray_lines(print_)
    coded = shape is None or split_code(words.text, shape).code is not None
    lost = None if coded or print_.origin != "ocr" else LOST_CODE.fullmatch(words.text)
    name = words if lost is None else words.part(*lost.span("above" if lost["above"] else "name"))
    settled = without_stop(without_points(with_mouth(with_brackets(name))))
    both = split_code(settled.text, shape)
    origin: Origin | None = None if settled is print_ else "rule"
    readout = found(path, both.name, settled.part(*both.name_span), origin) if both.name else absent(path)
    if settled is not print_:
        message = f"{quoted(print_.verbatim)} was read, {quoted(settled.verbatim)} was taken"
        candidates = (settled.verbatim, print_.verbatim)
        readout = doubted(readout, Issue(IssueCode.CORRECTED, "warning", path, message, candidates))
    if code_path is None:
        return readout
    if both.code_span:
        return readout + found(code_path, both.code, settled.part(*both.code_span))
    doubts = (*_lost_code(code_path, lost), *_cut_code(path, code_path, settled))
    return doubted(readout + absent(code_path), *doubts, *_begun(path, code_path, shape, settled))


def _lost_code(path: str, head: re.Match[str] | None) -> Iterator[Issue]:
    if head is not None:
        printed = (head["before"] or head["behind"]).strip()
        message = f"{quoted(printed)} stands where the code should: read it from the page"
        yield Issue(IssueCode.BAD_VALUE, "error", path, message, (printed,))


def _begun(path: str, code_path: str, shape: str | None, print_: Print) -> Iterator[Issue]:
    """Given a name without a code, yield a warning about both when it begins with digits that may be one, of the shape
    that the form gives: names may begin with digits as well."""
    begun = re.match(rf"(?:{shape})(?=[^0-9\s年])", "".join(half(print_.text).text.split())) if shape else None
    if begun is not None and begun[0].isdecimal():
        message = f"{quoted(print_.verbatim)} begins with {quoted(begun[0])}, which may be a code: confirm it"
        yield from (Issue(IssueCode.BAD_VALUE, "warning", at, message, (begun[0],)) for at in (path, code_path))


def _cut_code(path: str, code_path: str, print_: Print) -> Iterator[Issue]:
    """Given a recognised name without a code, yield a doubt about both when a bracket of it has no other: the code that
    it held may be cut or misread."""
    opened, closed = (sum(print_.text.count(sign) for sign in signs) for signs in ("([（【", ")]）】"))
    if print_.origin == "ocr" and opened != closed:
        message = f"{quoted(print_.verbatim)} has a bracket without its other one: a code may be cut"
        yield from (Issue(IssueCode.BAD_VALUE, "error", at, message, (print_.verbatim,)) for at in (path, code_path))


READERS: dict[str, Callable[[Field, Print], Readout]] = {
    "text": lambda field, print_: read_text(field.path, print_),
    "number": lambda field, print_: read_number(field.path, print_),
    "percent": lambda field, print_: read_percent(field.path, print_),
    "integer": lambda field, print_: read_integer(field.path, print_),
    "date": lambda field, print_: read_date(field.path, print_),
    "year": lambda field, print_: read_year(field.path, print_, bare=bool(field.labels)),
    "choice": read_choice,
    "coded": lambda field, print_: read_coded(field.path, field.code, print_, field.code_shape),
}
