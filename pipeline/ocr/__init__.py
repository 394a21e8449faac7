"""The seam to text recognition: crops of one line each go in, readings with per-character probabilities come out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Crop = NDArray[np.uint8]
"""One line of text, (H, W) grey, dark on light, any height."""


@dataclass(frozen=True, slots=True)
class ReadGlyph:
    """One recognised character: its probability and its extent along the crop, in crop pixels.

    ``others`` are the next likely characters at the same place with their probabilities, best first. A glyph without
    text says that most likely nothing stands there, and what may. ``second`` is what another recogniser sees there,
    nothing where it sees nothing, None where it was not asked.
    """

    text: str
    confidence: float
    x0: float
    x1: float
    others: tuple[tuple[str, float], ...] = ()
    second: str | None = None

    @property
    def readings(self) -> tuple[tuple[str, float], ...]:
        """All that may stand here with its probability, the one taken first."""
        return ((self.text, self.confidence), *self.others)

    def taking(self, readings: Iterable[tuple[str, float]]) -> ReadGlyph:
        """Given its readings with other probabilities, return the glyph with the likeliest of them that has text."""
        ranked = sorted(readings, key=lambda reading: -reading[1])
        best = next((reading for reading in ranked if reading[0]), ranked[0])
        others = tuple(reading for reading in ranked if reading is not best)
        return replace(self, text=best[0], confidence=best[1], others=others)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a recogniser saw on one crop, left to right; empty when it saw nothing."""

    glyphs: tuple[ReadGlyph, ...]

    @property
    def text(self) -> str:
        return "".join(glyph.text for glyph in self.glyphs)


class Recogniser(Protocol):
    """Reads line crops. One instance belongs to one thread of one process: the engines below are not thread-safe."""

    name: str
    """Model name and version, part of the fingerprint of a run."""

    def read(self, crops: Sequence[Crop]) -> list[Reading]:
        """Given N line crops, return N readings in the same order."""
        ...
