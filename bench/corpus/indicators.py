"""Random indicators over the usual levels, quantitative and qualitative."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from bench.corpus.pools import Domain, Pools

OLD_COST_SHARE = 0.15  # of declarations that print the cost level as a second level
NUMBERED_SHARE = 0.85  # of declarations that number the indicators of each second level
DECIMALS_SHARE = 0.6  # of declarations whose values all have two decimals


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator: either text, or a value with its operator and unit; number None where none is printed."""

    level1: str
    level2: str
    number: int | None
    name: str
    operator: str | None = None
    value: str | None = None
    unit: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Taste:
    """What holds for all indicators of one declaration."""

    decimals: int
    bare_share: float
    year: int


def quantity(rng: random.Random, taste: Taste, low: int, high: int, whole: bool = True) -> str:
    """Given bounds, return a decimal string as precise as it will be printed."""
    number = rng.randint(low, high) if rng.random() < 0.6 else int(low + (high - low) * rng.random() ** 3)
    if whole and rng.random() < 0.3 and number > 100:
        number = round(number, -2)
    if taste.decimals:
        return f"{number}.{rng.choice([0, 0, 0, 50, 25, 99]) if not whole else 0:02d}"
    return str(number) if whole or rng.random() < 0.6 else f"{number}.{rng.randint(1, 9)}"


def operator(rng: random.Random, taste: Taste, usual: str) -> str | None:
    if rng.random() < taste.bare_share:
        return None
    return rng.choices([usual, "=", rng.choice([">", "<"])], [0.78, 0.18, 0.04])[0]


def percent(rng: random.Random, taste: Taste) -> dict[str, str | None]:
    value = rng.choice([80, 85, 90, 92, 95, 98, 99, 100, 100, rng.randint(1, 100)])
    printed = f"{value}.00" if taste.decimals else str(value) if rng.random() < 0.9 else f"{min(value, 99)}.5"
    return {"operator": operator(rng, taste, ">="), "value": printed, "unit": "%"}


def counted(rng: random.Random, pools: Pools, domain: Domain, taste: Taste) -> dict[str, str | None]:
    name, unit, low, high = rng.choice(domain.counts)
    return {
        "name": name,
        "operator": operator(rng, taste, ">="),
        "value": quantity(rng, taste, low, high),
        "unit": unit,
    }


def costed(rng: random.Random, pools: Pools, domain: Domain, taste: Taste) -> dict[str, str | None]:
    name = rng.choice(("", domain.public[0], rng.choice(domain.projects))) + rng.choice(pools.costs)
    value = quantity(rng, taste, 1, rng.choice([20, 500, 9000, 200000]), whole=False)
    return {"name": name, "operator": operator(rng, taste, "<="), "value": value, "unit": rng.choice(pools.cost_units)}


def rated(rng: random.Random, pools: Pools, domain: Domain, taste: Taste) -> dict[str, str | None]:
    name = rng.choice(domain.qualities)
    if rng.random() < 0.55:
        return {"name": name, **percent(rng, taste)}
    return {"name": name, "text": rng.choice(pools.quality_words)}


def timed(rng: random.Random, pools: Pools, domain: Domain, taste: Taste) -> dict[str, str | None]:
    name = rng.choice(("", "", rng.choice(domain.projects))) + rng.choice(pools.timings)
    if rng.random() < 0.25:
        unit, low, high = rng.choice(pools.timing_units)
        value = quantity(rng, taste, low, high)
        return {"name": name, "operator": operator(rng, taste, "<="), "value": value, "unit": unit}
    return {"name": name, "text": rng.choice(pools.timing_words).replace("2024", str(taste.year))}


def effective(rng: random.Random, pools: Pools, names: tuple[str, ...], taste: Taste) -> dict[str, str | None]:
    name = rng.choice(names)
    if rng.random() < 0.25:
        return {"name": name, **percent(rng, taste)}
    return {"name": name, "text": rng.choice(pools.effect_words)}


def satisfied(rng: random.Random, pools: Pools, domain: Domain, taste: Taste) -> dict[str, str | None]:
    return {"name": rng.choice(domain.public) + rng.choice(pools.satisfaction_tails), **percent(rng, taste)}


def draw_one(
    rng: random.Random, pools: Pools, domain: Domain, taste: Taste, level1: str, level2: str
) -> dict[str, str | None]:
    """Given a place among the levels, return the fields of an indicator that fits there."""
    cost, output, effect, _ = pools.levels
    count, quality, _ = pools.levels[output]
    economic, _, ecological, sustained = pools.levels[effect]
    if level1 == cost or level2 == pools.old_cost:
        return costed(rng, pools, domain, taste)
    if level1 == output:
        draw = {count: counted, quality: rated}.get(level2, timed)
        return draw(rng, pools, domain, taste)
    if level1 == effect:
        names = {economic: pools.economic, ecological: pools.ecological, sustained: pools.sustained}
        return effective(rng, pools, names.get(level2, domain.effects), taste)
    return satisfied(rng, pools, domain, taste)


def draw_count(rng: random.Random) -> int:
    """Given a generator, return 1 to 40: most declarations have five to fourteen indicators."""
    low, high = rng.choices([(5, 14), (15, 25), (1, 4), (26, 40)], [0.6, 0.2, 0.1, 0.1])[0]
    return rng.randint(low, high)


def places(rng: random.Random, pools: Pools, count: int) -> Iterator[tuple[str, str]]:
    """Given how many indicators, yield that many (level1, level2) in page order."""
    levels = dict(pools.levels)
    cost, output = list(levels)[:2]
    if rng.random() < OLD_COST_SHARE:
        levels = {output: (*levels.pop(output), pools.old_cost), **{k: v for k, v in levels.items() if k != cost}}
    pairs = [(one, two) for one, twos in levels.items() for two in twos]
    picked = rng.choices(pairs, [4 if one == output else 1 for one, _ in pairs], k=count)
    yield from sorted(picked, key=pairs.index)


def number(indicators: list[Indicator]) -> Iterator[Indicator]:
    """Given indicators in order, yield them numbered from 1 within each second level."""
    for _, group in groupby(indicators, key=lambda item: (item.level1, item.level2)):
        yield from (replace(item, number=i) for i, item in enumerate(group, 1))


def draw_indicators(rng: random.Random, pools: Pools, domain: Domain, year: int) -> tuple[Indicator, ...]:
    """Given a domain, return 1 to 40 indicators in page order."""
    taste = Taste(2 if rng.random() < DECIMALS_SHARE else 0, rng.choice([0.0, 0.0, 0.0, 0.15, 1.0]), year)
    drawn = []
    for level1, level2 in places(rng, pools, draw_count(rng)):
        parts = {"name": "", **draw_one(rng, pools, domain, taste, level1, level2)}
        drawn.append(Indicator(level1, level2, None, **parts))  # type: ignore[arg-type]
    return tuple(number(drawn)) if rng.random() < NUMBERED_SHARE else tuple(drawn)
