"""Random goal texts: short, long, listed, in sections with quotes; canonical spelling, one string a paragraph."""

from __future__ import annotations

import random

from bench.corpus.pools import Domain, Pools

Paragraphs = tuple[str, ...]


def clause(rng: random.Random, pools: Pools, domain: Domain, year: int) -> str:
    """Given a domain, return one clause without a full stop."""
    name, unit, low, high = rng.choice(domain.counts)
    return rng.choice(
        [
            rng.choice(domain.deeds),
            rng.choice(domain.deeds),
            rng.choice(domain.aims),
            rng.choice(pools.goal_tails),
            rng.choice(pools.goal_fillers),
            f"{year}年计划完成{name}{rng.randint(low, high)}{unit.split('（')[0]}",
            f"{rng.choice(domain.qualities)}达到{rng.randint(80, 100)}%以上",
            f"{rng.choice(domain.public)}满意度不低于{rng.randint(80, 98)}%",
        ]
    )


def sentence(rng: random.Random, pools: Pools, domain: Domain, year: int, clauses: int) -> str:
    """Given how many clauses, return a sentence with its full stop."""
    parts = [rng.choice(pools.goal_openers) + rng.choice(domain.aims)]
    for _ in range(clauses - 1):
        part = clause(rng, pools, domain, year)
        parts.append(rng.choice(pools.goal_links) + part if rng.random() < 0.2 else part)
    return "，".join(parts) + rng.choice(["。", "。", "。", "。", "；"])


def listed(rng: random.Random, pools: Pools, domain: Domain, year: int) -> Paragraphs:
    """Given a domain, return numbered points."""
    count = rng.randint(2, 7)
    mark = rng.choice(["{}、", "{}.", "（{}）", "{}、"])
    ends = ["；"] * (count - 1) + ["。"]
    return tuple(mark.format(i + 1) + clause(rng, pools, domain, year) + end for i, end in enumerate(ends))


def sections(rng: random.Random, pools: Pools, domain: Domain, year: int) -> Paragraphs:
    """Given a domain, return sections, each with a head and a colon."""
    heads = rng.sample(pools.section_heads, rng.randint(2, 3))
    return tuple(f"{head}：{sentence(rng, pools, domain, year, rng.randint(2, 5))}" for head in heads)


def draw_goal(rng: random.Random, pools: Pools, domain: Domain, year: int) -> Paragraphs:
    """Given a domain, return one goal of any length from a clause to several hundred characters."""
    kind = rng.random()
    if kind < 0.15:
        return (rng.choice(domain.aims) + rng.choice(["。", ""]),)
    if kind < 0.45:
        return (sentence(rng, pools, domain, year, rng.randint(2, 5)),)
    if kind < 0.65:
        return listed(rng, pools, domain, year)
    if kind < 0.8:
        return sections(rng, pools, domain, year)
    return tuple(sentence(rng, pools, domain, year, rng.randint(3, 7)) for _ in range(rng.randint(2, 4)))


def draw_goals(rng: random.Random, pools: Pools, domain: Domain, year: int) -> tuple[Paragraphs, Paragraphs]:
    """Given a domain, return the goal of the project and the goal of the year; often they are the same text."""
    overall = draw_goal(rng, pools, domain, year)
    return overall, overall if rng.random() < 0.4 else draw_goal(rng, pools, domain, year)
