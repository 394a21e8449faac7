"""Random specifications of declarations: what is true, before anything is printed.

A specification holds canonical values (one spelling for one thing); how they are printed is the business of wording.py.
The seed is a string "split/index", so the splits never share a draw and every specification can be made again.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from bench.corpus.goals import draw_goals
from bench.corpus.indicators import Indicator, draw_indicators
from bench.corpus.pools import Domain, Pools, load_pools

Split = Literal["train", "tune", "test"]
SPLITS: tuple[Split, ...] = ("train", "tune", "test")

CENT = Decimal("0.01")
PHASED_SHARE = 0.3  # of projects run over several years, so that their project and annual amounts differ
WRONG_SUM_SHARE = 0.03  # of originals that do not add up
NULL_AMOUNT_SHARE = 0.04  # of amounts that nobody filled in
NULL_DATE_SHARE = 0.03


@dataclass(frozen=True, slots=True)
class Funds:
    """Amounts in yuan, two decimals; None where the cell is blank."""

    project_total: Decimal | None
    project_fiscal: Decimal | None
    project_other: Decimal | None
    annual_total: Decimal | None
    annual_appropriation: Decimal | None
    annual_carryover: Decimal | None
    annual_other: Decimal | None


@dataclass(frozen=True, slots=True)
class Declaration:
    """One declaration as it is meant. Goals are paragraphs; dates are ISO, whole or only the year and month."""

    heading: str | None
    title: str | None
    fiscal_year: int
    project_name: str
    project_nature: str
    project_category: str
    competent_department: str
    implementing_unit: str
    start_date: str | None
    end_date: str | None
    funds: Funds
    overall_goal: tuple[str, ...]
    annual_goal: tuple[str, ...]
    indicators: tuple[Indicator, ...]


def rng_of(split: str, index: int, part: str = "spec") -> random.Random:
    """Given a split and an index, return the generator of one part of that document."""
    return random.Random(f"{split}/{index}/{part}")


def draw_amount(rng: random.Random) -> Decimal:
    """Given a generator, return a positive amount of any size from a thousand to five billion yuan."""
    size = Decimal(str(round(10 ** rng.uniform(3.0, 9.7), 2)))
    step = rng.choice([CENT, CENT, Decimal(1), Decimal(10), Decimal(100), Decimal(10000), Decimal(1000)])
    return max((size / step).quantize(Decimal(1)) * step, step).quantize(CENT)


def split_amount(rng: random.Random, total: Decimal) -> tuple[Decimal, Decimal]:
    """Given a total, return two parts that add up to it; most often the second is nothing."""
    if rng.random() < 0.7:
        return total, Decimal("0.00")
    step = Decimal(100) if total % 100 == 0 else CENT
    part = (total * Decimal(rng.randint(1, 60)) / 100 / step).quantize(Decimal(1)) * step
    return total - part, part.quantize(CENT)


def spoil(rng: random.Random, amount: Decimal) -> Decimal:
    """Given an amount, return one that differs from it as typing errors do."""
    return amount + rng.choice([Decimal("0.01"), Decimal(10), Decimal(100), Decimal(10000), amount])


def blank(rng: random.Random, amount: Decimal) -> Decimal | None:
    return None if rng.random() < NULL_AMOUNT_SHARE else amount


def draw_funds(rng: random.Random) -> Funds:
    """Given a generator, return amounts whose sums hold, but for a small share of originals that do not add up."""
    annual = draw_amount(rng)
    allotted, other = split_amount(rng, annual)
    appropriation, carryover = split_amount(rng, allotted)
    total, fiscal, project_other = annual, allotted, other
    if rng.random() < PHASED_SHARE:
        total = (annual * rng.randint(2, 6) + draw_amount(rng) % annual).quantize(CENT)
        fiscal, project_other = split_amount(rng, total)
    if rng.random() < WRONG_SUM_SHARE:
        total = spoil(rng, total)
    parts = (fiscal, project_other, appropriation, carryover, other)
    fiscal_cell, project_cell, *rest = (blank(rng, part) if part == 0 else part for part in parts)
    return Funds(total, fiscal_cell, project_cell, annual, *rest)


def draw_dates(rng: random.Random, year: int) -> tuple[str | None, str | None]:
    """Given the fiscal year, return start and end, whole years most often."""
    if rng.random() < NULL_DATE_SHARE:
        return None, None
    last = year if rng.random() < 0.7 else year + rng.randint(1, 4)
    if rng.random() < 0.06:
        return f"{year}-{rng.randint(1, 6):02d}", f"{last}-{rng.randint(7, 12):02d}"
    if rng.random() < 0.65:
        return f"{year}-01-01", f"{last}-12-31"
    start = f"{year - rng.randint(0, 2)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
    return start, f"{last}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}" if last > year else f"{year}-12-31"


def draw_units(rng: random.Random, pools: Pools, domain: Domain) -> tuple[str, str]:
    """Given a domain, return the competent department and the unit that carries the project out."""
    place = rng.choice(pools.places)
    department = place + rng.choice(domain.offices)
    if rng.random() < 0.5:
        return department, department + rng.choice(pools.unit_tails)
    return department, place + rng.choice(domain.branches) + rng.choice(("", "", "", rng.choice(pools.unit_tails)))


def draw_project(rng: random.Random, pools: Pools, domain: Domain, year: int) -> str:
    prefix = rng.choice(pools.project_prefixes).replace("2024", str(year))
    return prefix + rng.choice(domain.projects) + rng.choice(pools.project_suffixes)


def draw_declaration(rng: random.Random) -> Declaration:
    """Given a generator, return one random declaration."""
    pools = load_pools()
    domain = rng.choice(pools.domains)
    year = rng.randint(2019, 2027)
    department, unit = draw_units(rng, pools, domain)
    start, end = draw_dates(rng, year)
    overall, annual = draw_goals(rng, pools, domain, year)
    heading = f"{department}{year}年度{rng.choice(pools.heading_tails)}" if rng.random() < 0.6 else None
    return Declaration(
        heading=heading,
        title=rng.choice(pools.title_prefixes) + pools.form.title,
        fiscal_year=year,
        project_name=draw_project(rng, pools, domain, year),
        project_nature=rng.choice(pools.natures),
        project_category=rng.choice(pools.categories),
        competent_department=department,
        implementing_unit=unit,
        start_date=start,
        end_date=end,
        funds=draw_funds(rng),
        overall_goal=overall,
        annual_goal=annual,
        indicators=draw_indicators(rng, pools, domain, year),
    )
