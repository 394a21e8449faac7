"""Random declarations of goods that leave the country."""

from __future__ import annotations

import random
from decimal import Decimal

from bench.corpus.families.layouts import Layout
from bench.corpus.families.record import Filled, Length, Values, digits
from bench.corpus.families.words import FamilyWords, load_words
from bench.corpus.pools import load_pools

MODEL_SHARE = 0.45  # of goods whose name goes on with brand and model, bars between
HOME = ("中国", "CHN")
HOME_SHARE = 0.85  # of goods that were made at home
CODED = {
    "exit_customs": "customs",
    "transport_mode": "modes",
    "trade_mode": "trades",
    "trade_country": "countries",
    "destination_country": "countries",
    "packing": "packings",
    "terms": "terms",
    "levy_nature": "levies",
}
"""Field -> its pool of words with codes."""


def two_days(rng: random.Random) -> tuple[str, str]:
    """Return the ISO days of export and of declaration."""
    year, month, day = rng.randint(2019, 2026), rng.randint(1, 12), rng.randint(1, 24)
    return f"{year}-{month:02d}-{day + rng.randint(0, 4):02d}", f"{year}-{month:02d}-{day:02d}"


def draw_good(rng: random.Random, words: FamilyWords, item: int, currency: tuple[str, str]) -> Values:
    """Given the number of an item, return it; total is price by quantity."""
    code, name, unit, low, high, few, many = rng.choice(words.goods)
    quantity, price = rng.randint(few, many), Decimal(rng.randint(low, high)) / 100
    origin = HOME if rng.random() < HOME_SHARE else rng.choice(words.countries)
    brand, series = rng.choice(("无品牌", "境内自主品牌")), rng.choice("ABHKPS") + rng.choice("CDLMSX")
    model = f"|{brand}|{series}-{rng.randint(10, 990)}"
    return {
        "item": str(item), "code": code, "name": name + (model if rng.random() < MODEL_SHARE else ""),
        "quantity": str(quantity), "unit": unit, "price": f"{price:.{rng.choice((2, 2, 4))}f}",
        "total": f"{price * quantity:.2f}", "currency": currency[0], "currency_code": currency[1],
        "origin": origin[0], "origin_code": origin[1],
    }  # fmt: skip


def fill_goods(rng: random.Random, layout: Layout, length: Length) -> Filled:
    """Given a layout, return one declaration of one to nine goods. Nothing on it states a fiscal year."""
    words, pools = load_words(), load_pools()
    exported, declared = two_days(rng)
    currency = rng.choice(words.currencies)
    count = rng.choices((1, 2, 3, 4, 6, 9), (0.3, 0.25, 0.2, 0.1, 0.1, 0.05))[0]
    count = rng.randint(10, 30) if length == "long" else count
    count = min(count, 2) if length == "brief" else count
    values: Values = {"fiscal_year": None, "title": rng.choice(words.titles[layout.form])}
    for name, pool in CODED.items():
        values[name], values[f"{name}_code"] = rng.choice(getattr(words, pool))
    net = rng.randint(20, 26000)
    tail = rng.choice(("", "", ".5", ".00"))
    values |= {
        "entry_number": digits(rng, 18),
        "customs_number": digits(rng, 18),
        "domestic_consignor": rng.choice(words.consignors),
        "domestic_consignor_code": f"91{digits(rng, 16)}",
        "overseas_consignee": rng.choice(words.consignees),
        "export_date": exported,
        "declaration_date": declared,
        "transport_name": f"{rng.choice(words.ships)}/{rng.randint(100, 999)}{rng.choice('EWNS')}",
        "bill_number": f"{rng.choice(('COSU', 'MAEU', 'ONEY', 'HDMU'))}{digits(rng, 10)}",
        "contract_number": f"{rng.choice(('XS', 'HT', 'EX'))}{digits(rng, 4)}-{digits(rng, 3)}",
        "packages": str(rng.randint(1, 900)),
        "gross_weight": f"{net + rng.randint(1, net // 8 + 2)}{tail}",
        "net_weight": f"{net}{tail}",
    }
    extras = {
        "person": rng.choice(pools.persons), "person2": rng.choice(pools.persons), "marks": "N/M",
        "phone": f"0{rng.randint(10, 99)}-{digits(rng, 8)}", "blank_day": words.blank_date,
        "producer": rng.choice(words.consignors),
    }  # fmt: skip
    goods = tuple(draw_good(rng, words, item, currency) for item in range(1, count + 1))
    return Filled(values, {"goods": goods}, extras)
