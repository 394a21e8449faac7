"""The levels of the corpus: what happens to the pages of a document, and how it is stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bench.corpus import bend, marks, sensor
from bench.corpus.sensor import Rng
from bench.corpus.sheet import Sheet
from bench.corpus.style import RulingTrouble

Group = Literal["digital", "clean", "hard", "low"]
Container = Literal["pdf", "tiff", "png", "jpeg"]
Step = Callable[[Sheet, Rng, float], Sheet]


@dataclass(frozen=True, slots=True)
class Act:
    """One step with the range its strength is drawn from and the share of documents it happens to."""

    step: Step
    low: float
    high: float
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Level:
    """dpi: range. acts happen in order. trouble: what is wrong with the rulings. paired: two pages on one A3 scan."""

    group: Group
    dpi: tuple[float, float]
    acts: tuple[Act, ...]
    containers: tuple[Container, ...] = ("pdf", "tiff", "png", "jpeg")
    trouble: tuple[RulingTrouble, ...] = ("none",)
    paired: bool = False
    min_size: float = 8.0


GREY = Act(sensor.to_grey, 0, 0, 0.5)
SOFT = Act(sensor.blur, 0.0, 0.3, 0.6)
GRAIN = Act(sensor.noise, 0.0, 0.25, 0.7)
PRESS = Act(sensor.jpeg, 0.0, 0.4, 0.8)
TILT = Act(bend.skew, 0.02, 0.25, 0.8)
SCAN = (GREY, SOFT, GRAIN, PRESS)

LEVELS: dict[str, Level] = {
    "digital": Level("digital", (72, 72), ()),
    "scan": Level("clean", (150, 300), SCAN),
    "skew3": Level("clean", (150, 300), (Act(bend.skew, 0.05, 0.375), *SCAN)),
    "seal": Level("clean", (150, 300), (Act(marks.seal, 0.2, 1.0), TILT, SOFT, GRAIN, PRESS)),
    "fax": Level("clean", (195, 300), (TILT, Act(sensor.fax, 0.0, 0.5)), ("tiff", "tiff", "pdf", "png")),
    "turn": Level("clean", (150, 300), (TILT, Act(bend.quarter, 0, 1), *SCAN)),
    "shade": Level("clean", (150, 300), (TILT, Act(sensor.shade, 0.1, 0.8), *SCAN)),
    "skew8": Level("hard", (150, 300), (Act(bend.skew, 0.4, 1.0), *SCAN)),
    "rulings": Level("hard", (150, 300), (TILT, *SCAN), trouble=("faint", "broken", "both")),
    "folds": Level("hard", (150, 300), (Act(marks.folds, 0.2, 1.0), TILT, *SCAN)),
    "bleed": Level("hard", (150, 300), (Act(marks.bleed, 0.2, 1.0), TILT, *SCAN)),
    "noise": Level("hard", (150, 300), (TILT, SOFT, Act(sensor.noise, 0.4, 1.0), PRESS)),
    "pen": Level(
        "hard",
        (150, 300),
        (Act(marks.signature, 0, 1, 0.6), Act(marks.ticks, 0, 1, 0.8), TILT, SOFT, GRAIN, PRESS),
    ),
    "paper": Level(
        "hard",
        (150, 300),
        (Act(marks.coloured, 0, 1), Act(marks.holes, 0, 1, 0.6), TILT, Act(bend.scanner_edges, 0, 1, 0.8), *SCAN[1:]),
    ),
    "greyseal": Level("hard", (150, 300), (Act(marks.seal, 0.2, 0.9), TILT, Act(sensor.to_grey, 0, 0), *SCAN[1:])),
    "a3": Level("hard", (150, 200), (TILT, *SCAN), ("pdf", "tiff", "jpeg"), paired=True),
    "mixed": Level(
        "hard",
        (150, 300),
        (
            Act(marks.coloured, 0, 1, 0.3),
            Act(marks.bleed, 0, 0.6, 0.3),
            Act(marks.seal, 0.2, 0.8, 0.4),
            Act(marks.ticks, 0, 0.5, 0.25),
            Act(marks.folds, 0, 0.8, 0.3),
            Act(marks.holes, 0, 1, 0.3),
            Act(sensor.faded, 0, 0.6, 0.3),
            TILT,
            Act(bend.scanner_edges, 0, 0.7, 0.3),
            Act(sensor.shade, 0, 0.6, 0.4),
            *SCAN[1:],
        ),
        trouble=("none", "none", "faint", "broken"),
    ),
    "lowdpi": Level("low", (100, 120), (TILT, GREY, GRAIN, PRESS), min_size=9.5),
    "photo": Level(
        "low",
        (150, 220),
        (
            Act(bend.curl, 0.0, 0.8, 0.7),
            Act(sensor.shade, 0.0, 0.5),
            Act(bend.photo, 0.1, 0.9),
            Act(sensor.blur, 0.0, 0.4),
            Act(sensor.motion, 0.0, 0.3, 0.2),
            Act(sensor.noise, 0.0, 0.4),
            Act(sensor.jpeg, 0.0, 0.4),
        ),
        ("jpeg",),
    ),
}


def levels_of(name: str) -> list[str]:
    """Given a level, a group or "all", return the names of its levels. Raises ValueError for an unknown name."""
    found = [key for key, level in LEVELS.items() if name in {"all", level.group, key}]
    if not found:
        groups = sorted({level.group for level in LEVELS.values()})
        raise ValueError(f"no level {name!r}: choose one of {', '.join([*LEVELS, *groups, 'all'])}")
    return found


def apply(level: Level, sheet: Sheet, rng: Rng, happening: list[bool]) -> Sheet:
    """Given a level and which of its acts happen to this document, return the sheet after them."""
    for act, happens in zip(level.acts, happening, strict=True):
        if happens:
            sheet = act.step(sheet, rng, float(rng.uniform(act.low, act.high)))
    return sheet
