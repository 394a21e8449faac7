"""Texts of a layout with the values of a record in them: runs of print."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from bench.corpus.families.layouts import TOKEN, Layout
from bench.corpus.families.record import Filled
from bench.corpus.families.words import load_words
from bench.corpus.pools import load_pools
from bench.corpus.wording import (
    Manner,
    Run,
    date_runs,
    draw_manner,
    goal_runs,
    goal_text,
    halved,
    label,
    money,
    money_runs,
    name_runs,
    year_runs,
)

TEN_THOUSAND_SHARE = 0.45  # of declarations with money in 万元, where the layout takes either
QUOTE_SHARE = 0.08  # of declarations whose goals stand in the quotes of a spreadsheet
BREAKDOWN_SHARE = 0.04  # of declarations that break the total down in brackets behind it
THRESHOLD_SHARE = 0.06  # of declarations with thresholds of the template left in their names
UNIT = "@元"


@dataclass(frozen=True, slots=True)
class Quirks:
    """What holds for one declaration beyond its manner. marks: signs before the chosen and before other options."""

    marks: tuple[str, str]
    star: str
    quoted: bool
    breakdown: bool
    threshold: str
    seed: int


@dataclass(frozen=True, slots=True)
class Speech:
    """A record and how it is spelled."""

    filled: Filled
    manner: Manner
    quirks: Quirks

    def chooser(self, what: str) -> random.Random:
        """Return a generator for one choice of words: the same each time it is asked for."""
        return random.Random(f"{self.quirks.seed}/{what}")


def draw_quirks(rng: random.Random) -> Quirks:
    words = load_words()
    return Quirks(
        marks=rng.choice(words.marks),
        star=rng.choice(words.stars),
        quoted=rng.random() < QUOTE_SHARE,
        breakdown=rng.random() < BREAKDOWN_SHARE,
        threshold=rng.choice(words.thresholds) if rng.random() < THRESHOLD_SHARE else "",
        seed=rng.randrange(10**9),
    )


def draw_speech_manner(rng: random.Random, layout: Layout) -> Manner:
    """Given a layout, return a way to spell a record on it: the layout says where the unit of money stands."""
    manner = draw_manner(rng)
    unit = rng.random() < TEN_THOUSAND_SHARE if layout.ten_thousand is None else layout.ten_thousand
    return replace(manner, money_unit=int(unit), unit_place=layout.unit_place)


def plain_runs(text: str, speech: Speech) -> tuple[Run, ...]:
    """Given words of the layout, return them with one of several words chosen and the unit of money filled in."""
    if "~" in text:
        text = speech.chooser(text).choice(text.split("~"))
    return label(text.replace(UNIT, load_pools().form.money_units[speech.manner.money_unit]), speech.manner)


def choice_runs(path: str, speech: Speech) -> Iterator[Run]:
    """Yield the options of a choice, each with its mark; the chosen one prints the leaf."""
    options, chosen = load_words().choices[path], speech.filled.values[path]
    ticked, empty = speech.quirks.marks
    for i, option in enumerate(options):
        yield Run((" " if i else "") + (ticked if option == chosen else empty))
        yield Run(option, path if option == chosen else None)


def money_print(amount: Decimal, path: str, speech: Speech) -> tuple[Run, ...]:
    """Given an amount, return its print, the total now and then with a breakdown in brackets."""
    runs = money_runs(amount, path, speech.manner, "annual" in path)
    if not (speech.quirks.breakdown and path.endswith("annual_total")):
        return runs
    return (*runs, Run(halved(f"（其中：业务费{runs[0].text}）", speech.manner.half_names)))


def goal_print(paragraphs: tuple[str, ...], path: str, speech: Speech) -> tuple[Run, ...]:
    runs = goal_runs(paragraphs, path, speech.manner)
    return (Run('"'), *runs, Run('"')) if speech.quirks.quoted else runs


def value_runs(value: Any, path: str, speech: Speech) -> tuple[Run, ...]:
    """Given a value, return its print; nothing prints the mark for nothing."""
    if value is None:
        return (Run(speech.manner.blank_mark),) if speech.manner.blank_mark else ()
    if isinstance(value, Decimal):
        return money_print(value, path, speech)
    if isinstance(value, tuple):
        return goal_print(value, path, speech)
    if path.endswith("_date"):
        return date_runs(value, path, speech.manner)
    return name_runs(str(value), path, speech.manner)


def token_runs(sign: str, path: str, speech: Speech) -> tuple[Run, ...]:
    """Given a token of a layout, return its print."""
    if sign == "?":
        return tuple(choice_runs(path, speech))
    if sign == "!":
        return (Run(speech.filled.extras[path]),)
    if path == "year_line":
        return year_runs(speech.filled.values["fiscal_year"], speech.manner)
    return value_runs(speech.filled.values[path], path, speech)


def text_runs(text: str, speech: Speech) -> tuple[Run, ...]:
    """Given a text of a layout, return its runs."""
    runs: list[Run] = []
    at = 0
    for match in TOKEN.finditer(text):
        runs += plain_runs(text[at : match.start()], speech)
        found = token_runs(match["sign"], match["path"], speech)
        runs += found
        if any(run.path for run in found):
            runs.append(Run(match["tail"]))
        at = match.end()
    runs += plain_runs(text[at:], speech)
    return tuple(run for run in runs if run.text)


def canonical(value: Any, speech: Speech) -> Any:
    """Given a value, return it as ``data`` holds it."""
    if isinstance(value, Decimal):
        return money(value)
    return goal_text(value, speech.manner) if isinstance(value, tuple) else value
