"""Random records of every family: canonical values under dotted paths, before anything is printed.

They are made from the same draws as the declarations of Shanghai, with what the other forms ask for besides.
"""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal

from bench.corpus.document import is_short
from bench.corpus.families.goods import fill_goods
from bench.corpus.families.layouts import Layout
from bench.corpus.families.record import Filled, Length, Values, digits
from bench.corpus.families.words import FamilyWords, load_words
from bench.corpus.indicators import Indicator
from bench.corpus.pools import Pools, load_pools
from bench.corpus.spec import (
    CENT,
    NULL_AMOUNT_SHARE,
    WRONG_SUM_SHARE,
    Declaration,
    draw_amount,
    draw_declaration,
    spoil,
)
from bench.corpus.wording import plain

FUND_PARTS = ("annual_appropriation", "annual_carryover", "annual_other")
REMARK_SHARE = 0.2  # of indicators with something in the column of remarks
DONE_AS_PLANNED_SHARE = 0.3  # of self-evaluations that repeat the goal as the result
MET_SHARE = 0.75  # of targets that were met
MIN_LONG_ROWS, MAX_ROWS = 22, 16  # indicators of most declarations; the longest lists are left to one in eight
LONG_SHARE = 0.12
SAME_GOAL_SHARE = 0.25  # of declarations whose long-term goal is the annual one
DROPPED_SHARE = 0.35  # of the indicators of the year that the long term does not have
EMPTY_GOAL_SHARE = 0.15  # of long-term goals that nobody wrote


def short_declaration(rng: random.Random, layout: Layout, length: Length = "usual") -> Declaration:
    """Given a layout, return a declaration with the levels it knows, usually of no more than a page or two."""
    most = 40 if length == "long" or rng.random() < LONG_SHARE else MAX_ROWS
    least = MIN_LONG_ROWS if length == "long" else 1
    while True:
        declaration = draw_declaration(rng)
        has_old = any(one.level2 == load_pools().old_cost for one in declaration.indicators)
        fits = is_short(declaration) if length == "brief" else least <= len(declaration.indicators) <= most
        if fits and has_old <= layout.old_cost:
            return declaration


def dealt(rng: random.Random, total: Decimal, keys: list[str]) -> dict[str, Decimal | None]:
    """Given a total and the parts that are printed, return amounts that add up; most often all is in one of them."""
    parts: dict[str, Decimal | None] = {}
    left = total
    for key in keys[:0:-1]:
        step = Decimal(100) if total % 100 == 0 else CENT
        share = Decimal(0) if rng.random() < 0.55 else (left * rng.randint(1, 50) / 100 / step).quantize(Decimal(1))
        parts[key] = None if share == 0 and rng.random() < NULL_AMOUNT_SHARE * 3 else (share * step).quantize(CENT)
        left -= parts[key] or 0
    return {keys[0]: left, **parts} if keys else {}


def draw_family_funds(rng: random.Random, layout: Layout, total: Decimal) -> Values:
    """Given a layout, return the amounts of its sections; a few do not add up."""
    found: Values = {}
    for section in ("annual", "project", "term"):
        amount = total if section == "annual" else total * rng.choice([1, 1, 2, 3]) + rng.choice([0, 0, 500000])
        printed = [path for path in layout.paths if path.startswith(f"funds.{section}_")]
        keys = [path for path in printed if not path.endswith("_total")]
        found |= dealt(rng, amount, keys)
        found[f"funds.{section}_total"] = spoil(rng, amount) if rng.random() < WRONG_SUM_SHARE else amount
    return found


def draw_extras(rng: random.Random, pools: Pools, declaration: Declaration) -> dict[str, str]:
    """Return what people fill in beside the fields: names, telephones, days, remarks."""
    year = declaration.fiscal_year
    return {
        "person": rng.choice(pools.persons),
        "person2": rng.choice(pools.persons),
        "phone": f"0{rng.randint(10, 99)}-{digits(rng, 8)}",
        "mobile": f"1{rng.randint(30, 39)}{digits(rng, 8)}",
        "day": f"{year}年{rng.randint(1, 12)}月{rng.randint(1, 28)}日",
        "blank_day": load_words().blank_date,
        "unit": declaration.implementing_unit,
        "postcode": digits(rng, 6),
        "share": f"{rng.randint(1, 99)}",
    }


def draw_title(rng: random.Random, pools: Pools, layout: Layout) -> str:
    return rng.choice(pools.title_prefixes) + rng.choice(load_words().titles[layout.form])


def draw_common(rng: random.Random, layout: Layout, declaration: Declaration) -> Values:
    """Return the values that forms of performance share."""
    pools, words = load_pools(), load_words()
    year = declaration.fiscal_year
    name = declaration.project_name
    if layout.year_in_name and not name.startswith(str(year)):
        name = f"{year}年度{name.removeprefix(f'{year}年度')}"
    period = rng.choice(words.periods).replace("YYYY", str(year)).replace("ZZZZ", str(year + rng.randint(1, 4)))
    return {
        "fiscal_year": year,
        "title": draw_title(rng, pools, layout),
        "heading": f"{declaration.competent_department}{year}年度{rng.choice(pools.heading_tails)}",
        "project_name": name,
        "project_code": digits(rng, rng.choice([12, 18, 21])),
        "competent_department": declaration.competent_department,
        "competent_department_code": digits(rng, rng.choice([3, 3, 6])),
        "implementing_unit": declaration.implementing_unit,
        "implementing_unit_code": digits(rng, 6),
        "project_attribute": rng.choice(words.choices["project_attribute"]),
        "project_nature": rng.choice(words.choices["project_nature"]),
        "project_category": rng.choice(words.choices["project_category"]),
        "project_period": period,
        "project_frequency": rng.choice(words.frequencies),
        "project_leader": rng.choice(pools.persons),
        "contact_phone": f"0{rng.randint(10, 99)}-{digits(rng, 8)}",
        "start_date": declaration.start_date,
        "end_date": declaration.end_date,
        "department_name": declaration.competent_department,
        "department_name_code": digits(rng, 3),
    }


def fill_target(rng: random.Random, layout: Layout, length: Length) -> Filled:
    """Given a layout of a declaration of targets, return one filled in."""
    declaration = short_declaration(rng, layout, length)
    annual = declaration.annual_goal
    overall = annual if rng.random() < SAME_GOAL_SHARE else declaration.overall_goal
    if layout.form == "project-target" and rng.random() < EMPTY_GOAL_SHARE:
        overall = ()
    values = draw_common(rng, layout, declaration) | {"annual_goal": annual, "overall_goal": overall or None}
    values |= draw_family_funds(rng, layout, draw_amount(rng))
    rows = {"indicators": weighted(rng, declaration.indicators, 100)}
    if any(column.key.startswith("o.") for row in layout.rows if hasattr(row, "columns") for column in row.columns):
        rows["long_term_indicators"] = long_term(rng, declaration.indicators)
    return Filled(values, rows, draw_extras(rng, load_pools(), declaration))


def indicator_values(indicator: Indicator) -> Values:
    names = ("level1", "level2", "number", "name", "operator", "value", "unit", "text")
    return {name: getattr(indicator, name) for name in names}


def shares_of(rng: random.Random, count: int, total: int) -> list[int]:
    """Given a total, return so many whole shares of at least one that add up to it."""
    raw = [rng.choice([1, 1, 2, 2, 3]) for _ in range(count)]
    shares = [max(1, total * one // sum(raw)) for one in raw]
    shares[rng.randrange(count)] += total - sum(shares)
    return shares if min(shares) > 0 else [total // count + (i < total % count) for i in range(count)]


def weighted(rng: random.Random, indicators: tuple[Indicator, ...], total: int) -> tuple[Values, ...]:
    """Given indicators, return them as rows with weights that add up to the total."""
    shares = shares_of(rng, len(indicators), total)
    tail = rng.choice(["", "", "", ".00", ".0"])
    pairs = zip(indicators, shares, strict=True)
    return tuple({**indicator_values(one), "weight": f"{share}{tail}", **remarks_on(rng, one)} for one, share in pairs)


def remarks_on(rng: random.Random, indicator: Indicator) -> Values:
    """Given an indicator, return what some layouts say of it besides: last year's level, a remark, an explanation."""
    words, value = load_words(), indicator.value
    previous = f"{Decimal(value) * rng.randint(70, 99) // 100}{indicator.unit or ''}" if value else None
    remark, explanation = (rng.choice(words.remarks) if rng.random() < REMARK_SHARE else None for _ in range(2))
    return {"remark": remark, "explanation": explanation, "previous": previous}


def enlarged(one: Indicator, times: int) -> Indicator:
    """Given an indicator of the year, return it as a target of several years: counts are multiplied."""
    if one.value is None or one.unit == "%" or not one.value.isdecimal():
        return one
    return replace(one, value=str(int(one.value) * times))


def long_term(rng: random.Random, indicators: tuple[Indicator, ...]) -> tuple[Values, ...]:
    """Given the indicators of the year, return those of the whole project: some dropped, with targets of their own."""
    kept: list[Indicator] = []
    for one in indicators:
        same = bool(kept) and (kept[-1].level1, kept[-1].level2) == (one.level1, one.level2)
        if not (same and rng.random() < DROPPED_SHARE):
            kept.append(enlarged(one, rng.randint(2, 5)))
    return tuple({**indicator_values(one), "weight": None} for one in kept)


def fill_evaluation(rng: random.Random, layout: Layout, length: Length) -> Filled:
    """Given a layout of a self-evaluation, return one filled in: budgets, results and scores."""
    declaration = short_declaration(rng, layout, length)
    values = draw_common(rng, layout, declaration) | draw_execution(rng, layout)
    done = rng.random() < DONE_AS_PLANNED_SHARE
    values |= {
        "expected_goal": declaration.annual_goal,
        "actual_result": declaration.annual_goal if done else declaration.overall_goal,
    }
    weight = values["funds.annual_total.weight"]
    rows = weighted(rng, declaration.indicators, 100 - int(weight or 0))
    judged = tuple(evaluated(rng, row) for row in rows)
    scores = [Decimal(row["score"]) for row in judged] + [Decimal(values["funds.annual_total.score"] or 0)]
    values |= {"total_weight": "100", "total_score": f"{sum(scores):f}"}
    return Filled(values, {"indicators": judged}, draw_extras(rng, load_pools(), declaration))


def draw_execution(rng: random.Random, layout: Layout) -> Values:
    """Given a layout, return what was budgeted and spent; all parts that are printed add up."""
    printed = {path for path in layout.paths if path.startswith("funds.")}
    parts = [name for name in FUND_PARTS if any(path.startswith(f"funds.{name}.") for path in printed)]
    total = draw_amount(rng)
    initial = dealt(rng, total, parts)
    share = Decimal(rng.choice([100, 100, 100, rng.randint(40, 130)])) / 100
    full = {name: scaled(amount, share) for name, amount in initial.items()}
    spent = Decimal(rng.choice([1000, 1000, 1000, rng.randint(300, 999)])) / 1000
    executed = {name: scaled(amount, spent) for name, amount in full.items()}
    values: Values = {}
    for column, amounts in (("initial_budget", initial), ("full_year_budget", full), ("executed", executed)):
        values |= {f"funds.{name}.{column}": amount for name, amount in amounts.items()}
        values[f"funds.annual_total.{column}"] = sum((amount or Decimal(0) for amount in amounts.values()), Decimal(0))
    for name in ("annual_total", *parts):
        rate = rate_of(values[f"funds.{name}.executed"], values[f"funds.{name}.full_year_budget"])
        values |= {f"funds.{name}.execution_rate": rate, f"funds.{name}.weight": None, f"funds.{name}.score": None}
    if "funds.annual_total.weight" in printed:
        rate = min(Decimal(100), Decimal(values["funds.annual_total.execution_rate"]))
        values["funds.annual_total.weight"] = "10"
        values["funds.annual_total.score"] = plain((rate / 10).quantize(CENT))
    return values


def scaled(amount: Decimal | None, share: Decimal) -> Decimal | None:
    return None if amount is None else (amount * share).quantize(CENT)


def rate_of(executed: Decimal | None, budget: Decimal | None) -> str | None:
    """Return the share that was spent, in percent with two decimals; None where nothing was to be spent."""
    return f"{executed / budget * 100:.2f}" if executed is not None and budget else None


def evaluated(rng: random.Random, row: Values) -> Values:
    """Given a row with its target and weight, return it with what was reached, its score and the reason of a lack."""
    words = load_words()
    weight = Decimal(row["weight"])
    met = rng.random() < MET_SHARE
    score = weight if met else (weight * rng.randint(3, 9) / 10).quantize(Decimal("0.1"))
    actual: Values = {"actual_value": None, "actual_unit": None, "actual_text": None}
    if row["text"] is not None:
        actual["actual_text"] = row["text"] if met and rng.random() < 0.5 else rng.choice(words.results)
    else:
        target = Decimal(row["value"])
        most = Decimal(100) if row["unit"] == "%" else target * 2
        reached = target if met else min(most, target * rng.randint(50, 130) / 100)
        actual |= {"actual_value": f"{reached.quantize(target):f}", "actual_unit": row["unit"]}
    reason = None if met else rng.choice(words.deviations)
    return {**row, **actual, "score": row["weight"] if met else plain(score), "deviation": reason}


def fill_department(rng: random.Random, layout: Layout, length: Length) -> Filled:
    """Given a layout of a department's declaration, return one filled in: tasks whose amounts add up to the funds."""
    declaration = short_declaration(rng, layout, length)
    words, pools = load_words(), load_pools()
    heads = rng.sample(words.duties, rng.randint(1, 2 if length == "brief" else 6))
    tasks = tuple(draw_task(rng, pools, words, head) for head in heads)
    values = draw_common(rng, layout, declaration) | {"annual_goal": declaration.annual_goal}
    for leaf, key in (("total", "total"), ("appropriation", "fiscal"), ("other", "other")):
        values[f"funds.annual_{leaf}"] = sum((task[key] or Decimal(0) for task in tasks), Decimal(0))
    basic = (values["funds.annual_total"] * rng.randint(20, 90) / 100).quantize(CENT)
    values |= {"funds.annual_basic": basic, "funds.annual_project": values["funds.annual_total"] - basic}
    rows = {"tasks": tasks, "indicators": weighted(rng, declaration.indicators, 100)}
    return Filled(values, rows, draw_extras(rng, pools, declaration))


def draw_task(rng: random.Random, pools: Pools, words: FamilyWords, name: str) -> Values:
    """Given what a department has to do, return it as a task with its content and money."""
    total = draw_amount(rng)
    parts = dealt(rng, total, ["fiscal", "other"])
    deeds = rng.sample(rng.choice(pools.domains).deeds, rng.randint(1, 3))
    return {
        "name": name,
        "content": "，".join([rng.choice(words.duty_verbs) + deeds[0], *deeds[1:]]),
        "total": total,
    } | parts


def fill(rng: random.Random, layout: Layout, length: Length = "usual") -> Filled:
    """Given a layout, return one random record of its form, as long as asked for."""
    return FILLS[layout.form](rng, layout, length)


FILLS = {
    "project-target": fill_target,
    "shanghai-project-target": fill_target,
    "project-self-evaluation": fill_evaluation,
    "department-target": fill_department,
    "goods-declaration": fill_goods,
}
