"""The words of pools.yaml as frozen values."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import yaml

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Domain:
    """One field of work. counts: (name, unit, smallest, largest) of things that are counted; the rest are phrases."""

    offices: Words
    branches: Words
    projects: Words
    aims: Words
    deeds: Words
    counts: tuple[tuple[str, str, int, int], ...]
    qualities: Words
    effects: Words
    public: Words


@dataclass(frozen=True, slots=True)
class FormWords:
    """The printed labels of the form, canonical spelling."""

    id: str
    title: str
    header: Words
    funds: str
    money_units: Words
    project_rows: Words
    annual_rows: Words
    goals: str
    goal_heads: Words
    indicators: str
    indicator_heads: Words
    value_heads: Words
    indicator_mark: str
    year_tail: str


@dataclass(frozen=True, slots=True)
class Pools:
    """Every pool; the names are those of pools.yaml."""

    places: Words
    project_prefixes: Words
    project_suffixes: Words
    unit_tails: Words
    natures: Words
    categories: Words
    costs: Words
    cost_units: Words
    timings: Words
    timing_words: Words
    timing_units: tuple[tuple[str, int, int], ...]
    quality_words: Words
    effect_words: Words
    sustained: Words
    economic: Words
    ecological: Words
    satisfaction_tails: Words
    goal_openers: Words
    goal_links: Words
    goal_tails: Words
    goal_fillers: Words
    section_heads: Words
    title_prefixes: Words
    heading_tails: Words
    persons: Words
    notes: Words
    person_marks: Words
    levels: dict[str, Words]
    old_cost: str
    form: FormWords
    operators: dict[str, Words]
    html_blank: str
    seal_words: Words
    seal_tail: str
    domains: tuple[Domain, ...]


def freeze(value: Any) -> Any:
    """Given a YAML value, return it with every list as a tuple."""
    if isinstance(value, list):
        return tuple(freeze(item) for item in value)
    return {key: freeze(item) for key, item in value.items()} if isinstance(value, dict) else value


@cache
def load_pools() -> Pools:
    """Return the pools. Raises KeyError or TypeError when pools.yaml and the types above disagree."""
    raw = freeze(yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")))
    raw["form"] = FormWords(**raw["form"])
    raw["domains"] = tuple(Domain(**domain) for domain in raw["domains"])
    return Pools(**{field.name: raw[field.name] for field in fields(Pools)})
