"""Goals of a benchmark: what was measured against a bound, and the lines that say so."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goal:
    """One number that the project holds itself to, and which side of the bound is good.

    measured: None where the run had nothing to measure it on; that meets no goal and misses none.
    """

    what: str
    measured: float | None
    bound: float
    unit: str = ""
    at_most: bool = False

    @property
    def verdict(self) -> str:
        if self.measured is None:
            return "unknown"
        good = self.measured <= self.bound if self.at_most else self.measured >= self.bound
        return "met" if good else "MISSED"

    def line(self) -> str:
        found = "nothing measured" if self.measured is None else f"{self.measured:.5g}{self.unit}"
        return f"{self.verdict:<8} {self.what}: {found} (goal {'≤' if self.at_most else '≥'} {self.bound:.5g})"


def any_missed(goals: list[Goal]) -> bool:
    return any(goal.verdict == "MISSED" for goal in goals)
