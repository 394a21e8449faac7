"""The words of words.yaml as frozen values: what the other pools do not hold."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

import yaml

from bench.corpus.pools import Words, freeze

Good = tuple[str, str, str, int, int, int, int]


@dataclass(frozen=True, slots=True)
class FamilyWords:
    """fields: form -> dotted paths of its scalars; row_fields: repeating table -> keys of its rows; choices: path ->
    options; goods: (code, name, unit, smallest and largest price in cents, smallest and largest quantity).

    marks: the signs before a chosen option and before the others; deviations: reasons why a target was missed.
    """

    fields: dict[str, Words]
    row_fields: dict[str, Words]
    choices: dict[str, Words]
    marks: tuple[tuple[str, str], ...]
    titles: dict[str, Words]
    periods: Words
    stars: Words
    thresholds: Words
    qualitative: Words
    quantitative: str
    results: Words
    deviations: Words
    remarks: Words
    frequencies: Words
    duties: Words
    duty_verbs: Words
    blank_date: str
    customs: tuple[tuple[str, str], ...]
    modes: tuple[tuple[str, str], ...]
    trades: tuple[tuple[str, str], ...]
    countries: tuple[tuple[str, str], ...]
    terms: tuple[tuple[str, str], ...]
    packings: tuple[tuple[str, str], ...]
    currencies: tuple[tuple[str, str], ...]
    levies: tuple[tuple[str, str], ...]
    consignors: Words
    consignees: Words
    ships: Words
    goods: tuple[Good, ...]
    prose: Words
    foreign_heads: tuple[Words, ...]
    foreign_titles: Words
    running_heads: Words


@cache
def load_words() -> FamilyWords:
    """Return the words. Raises KeyError or TypeError when words.yaml and the types above disagree."""
    raw = freeze(yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")))
    return FamilyWords(**{field.name: raw[field.name] for field in fields(FamilyWords)})
