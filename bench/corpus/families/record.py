"""A record before it is printed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any, Literal

Length = Literal["brief", "usual", "long"]
"""Brief: two of them may share a page; long: over several pages."""
Values = dict[str, Any]
"""Dotted path -> text, Decimal (money), int, tuple of paragraphs, or None."""


@dataclass(frozen=True, slots=True)
class Filled:
    """One record. rows: repeating table -> its rows; extras: what is filled in that no field holds."""

    values: Values
    rows: dict[str, tuple[Values, ...]] = field(default_factory=dict)
    extras: dict[str, str] = field(default_factory=dict)


def digits(rng: random.Random, count: int) -> str:
    return str(rng.randint(1, 9)) + "".join(str(rng.randint(0, 9)) for _ in range(count - 1))
