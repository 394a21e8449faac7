"""How the values of a declaration are printed: runs of print, each with the leaf it belongs to."""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from bench.corpus.indicators import Indicator
from bench.corpus.pools import Pools, load_pools
from bench.corpus.spec import Declaration

GoalStyle = Literal["tags", "lines", "run"]
MoneyStyle = Literal["comma", "bare", "mixed"]
UnitPlace = Literal["label", "cell", "both"]

HALF_WIDTH = str.maketrans("，；：（）？！", ",;:()?!")
FULL_WIDTH = str.maketrans(",;:()?!", "，；：（）？！")
FULL_DIGITS = str.maketrans("0123456789%", "０１２３４５６７８９％")
TEN_THOUSAND = Decimal(10000)


@dataclass(frozen=True, slots=True)
class Run:
    """Characters that belong together; path: the leaf of ``data`` they print, None for labels and decoration."""

    text: str
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Manner:
    """The spelling of one declaration. money_unit: index into the pool's units (yuan, ten thousand yuan)."""

    half_labels: bool
    half_names: bool
    half_goals: bool
    half_values: bool
    full_digits: bool
    goal_style: GoalStyle
    goal_joint: str
    goal_indent: str
    money_style: MoneyStyle
    money_unit: int
    unit_place: UnitPlace
    bare_zero: bool
    bracket_units: bool
    blank_mark: str
    date_style: int
    year_style: int
    value_head: str
    operators: dict[str, str]


def draw_manner(rng: random.Random) -> Manner:
    """Given a generator, return one way to spell a declaration."""
    pools = load_pools()
    half = rng.random() < 0.4

    def mostly_half(share: float = 0.15) -> bool:
        return half if rng.random() > share else not half

    return Manner(
        half_labels=mostly_half(),
        half_names=mostly_half(),
        half_goals=mostly_half(),
        half_values=rng.random() < 0.75,
        full_digits=rng.random() < 0.03,
        goal_style=rng.choices(("run", "tags", "lines"), (0.5, 0.2, 0.3))[0],
        goal_joint=rng.choice(("", "", " ")),
        goal_indent=pools.html_blank * 2 if rng.random() < 0.2 else "",
        money_style=rng.choices(("comma", "bare", "mixed"), (0.6, 0.25, 0.15))[0],
        money_unit=int(rng.random() < 0.25),
        unit_place=rng.choices(("label", "cell", "both"), (0.9, 0.05, 0.05))[0],
        bare_zero=rng.random() < 0.25,
        bracket_units=rng.random() < 0.6,
        blank_mark=rng.choice(("", "", "", "—", "/")),
        date_style=rng.choices(range(5), (0.6, 0.15, 0.1, 0.08, 0.07))[0],
        year_style=rng.choices(range(5), (0.5, 0.2, 0.1, 0.15, 0.05))[0],
        value_head=rng.choice(pools.form.value_heads),
        operators={one: rng.choice(prints) for one, prints in pools.operators.items()},
    )


def halved(text: str, half: bool) -> str:
    return text.translate(HALF_WIDTH) if half else text


def label(text: str, manner: Manner) -> tuple[Run, ...]:
    """Given a printed label, return its runs; a blank label has none."""
    return (Run(halved(text, manner.half_labels)),) if text else ()


def name_runs(text: str, path: str, manner: Manner) -> tuple[Run, ...]:
    return (Run(halved(text, manner.half_names), path),)


def plain(number: Decimal) -> str:
    """Given a decimal, return its digits without an exponent or trailing zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def amount_digits(amount: Decimal, manner: Manner, comma: bool, bare: bool) -> str:
    """Given an amount in yuan, return the printed digits in the unit of the declaration."""
    value = amount / TEN_THOUSAND if manner.money_unit else amount
    if (amount == 0 and manner.bare_zero) or (bare and value == value.to_integral_value()):
        return f"{value:,.0f}" if comma else f"{value:.0f}"
    places = max(2, -int(Decimal(plain(value)).as_tuple().exponent))
    return f"{value:,.{places}f}" if comma else f"{value:.{places}f}"


def money_runs(amount: Decimal | None, path: str, manner: Manner, annual: bool) -> tuple[Run, ...]:
    """Given an amount, return its print; a blank one shows the mark for nothing."""
    if amount is None:
        return (Run(manner.blank_mark),) if manner.blank_mark else ()
    comma = manner.money_style == "comma" or (manner.money_style == "mixed" and annual)
    digits = amount_digits(amount, manner, comma, bare=manner.bare_zero and manner.money_style == "bare")
    unit = load_pools().form.money_units[manner.money_unit] if manner.unit_place != "label" else ""
    return (Run(digits + unit, path),)


def date_text(iso: str, style: int) -> str:
    """Given an ISO date or month, return it in one of five spellings."""
    parts = iso.split("-")
    bare = [str(int(part)) for part in parts]
    if style in {1, 2}:
        chosen = bare if style == 1 else parts
        return "".join(number + mark for number, mark in zip(chosen, "年月日", strict=False))
    return {0: iso, 3: "/".join(bare), 4: ".".join(parts)}[style]


def date_runs(iso: str | None, path: str, manner: Manner) -> tuple[Run, ...]:
    if iso is None:
        return (Run(manner.blank_mark),) if manner.blank_mark else ()
    return (Run(date_text(iso, manner.date_style), path),)


def year_runs(year: int, manner: Manner) -> tuple[Run, ...]:
    """Given the fiscal year, return the line that states it; style 4 has lost its opening bracket."""
    opening, gap, closing = [("(", "", ")"), ("（", "", "）"), ("（", " ", "）"), ("", "", ""), ("", "", "）")][
        manner.year_style
    ]
    tail = load_pools().form.year_tail
    runs = (Run(opening + gap), Run(str(year), "fiscal_year"), Run(gap + tail + gap + closing))
    return tuple(run for run in runs if run.text)


def goal_text(paragraphs: tuple[str, ...], manner: Manner) -> str:
    """Given paragraphs, return the canonical text: paragraphs that are printed as such end in line feeds."""
    return ("" if manner.goal_style == "run" else "\n").join(paragraphs)


def goal_runs(paragraphs: tuple[str, ...], path: str, manner: Manner) -> tuple[Run, ...]:
    """Given paragraphs, return their print; a line feed is a forced line break."""
    texts = [halved(paragraph, manner.half_goals) for paragraph in paragraphs]
    if manner.goal_style == "tags":
        runs = [
            run
            for text in texts
            for run in (Run("<p>" + manner.goal_indent), Run(text, path), Run("</p>"), Run(manner.goal_joint))
        ]
        return tuple(run for run in runs[:-1] if run.text)
    joint = "\n" if manner.goal_style == "lines" else manner.goal_joint
    return (Run(joint.join(texts), path),)


def indicator_name_runs(indicator: Indicator, path: str, manner: Manner) -> tuple[Run, ...]:
    """Given an indicator, return its numbered name."""
    name = Run(halved(indicator.name, manner.half_names), f"{path}.name")
    if indicator.number is None:
        return (name,)
    mark = load_pools().form.indicator_mark
    return Run(mark), Run(str(indicator.number), f"{path}.number"), Run(halved("：", manner.half_names)), name


def indicator_value_runs(indicator: Indicator, path: str, manner: Manner) -> tuple[Run, ...]:
    """Given an indicator, return the print of its target."""
    if indicator.text is not None:
        return (Run(halved(indicator.text, manner.half_values), f"{path}.text"),)
    unit, value = indicator.unit or "", indicator.value or ""
    sign = (Run(manner.operators[indicator.operator], f"{path}.operator"),) if indicator.operator else ()
    digits = Run(value.translate(FULL_DIGITS) if manner.full_digits else value, f"{path}.value")
    shown = Run(halved(unit, manner.half_values), f"{path}.unit")
    if not manner.bracket_units or "（" in unit:
        return *sign, digits, shown
    opening, closing = ("(", ")") if manner.half_values else ("（", "）")
    return *sign, digits, Run(opening), shown, Run(closing)


def money(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"


def indicator_data(indicator: Indicator) -> dict[str, str | int | None]:
    names = ("level1", "level2", "number", "name", "operator", "value", "unit", "text")
    return {name: getattr(indicator, name) for name in names}


def data_of(declaration: Declaration, manner: Manner) -> dict[str, object]:
    """Given a declaration and its spelling, return the clean values a perfect reader finds.

    Title and heading are left out: where they end is a matter of taste, so no score should hang on it.
    """
    names = ("project_total", "project_fiscal", "project_other")
    names += ("annual_total", "annual_appropriation", "annual_carryover", "annual_other")  # type: ignore[assignment]
    plain_fields = (
        "fiscal_year", "project_name", "project_nature", "project_category", "competent_department",
        "implementing_unit", "start_date", "end_date",
    )  # fmt: skip
    return {
        **{name: getattr(declaration, name) for name in plain_fields},
        "funds": {name: money(getattr(declaration.funds, name)) for name in names},
        "overall_goal": goal_text(declaration.overall_goal, manner) or None,
        "annual_goal": goal_text(declaration.annual_goal, manner) or None,
        "indicators": [indicator_data(indicator) for indicator in declaration.indicators],
    }


def header_paths(pools: Pools) -> dict[str, str]:
    """Return the leaf that stands beside each header label."""
    paths = ("project_name", "project_nature", "project_category", "competent_department", "implementing_unit")
    return dict(zip(pools.form.header, (*paths, "start_date", "end_date"), strict=True))
