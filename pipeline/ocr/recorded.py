"""Readings from a file: stage tests see real recognition without a model, and a recorder that makes such files.

The file is JSON: {"name": ..., "readings": {digest of the crop: [glyph, ...]}}, a glyph being
[text, confidence, x0, x1, [[other, p], ...], second].
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.errors import ShenbaoError
from pipeline.ocr import Crop, ReadGlyph, Reading, Recogniser

DECIMALS = 6
"""Of a recorded probability or extent: keeps the file small and stable over instruction sets."""


class RecordedRecogniser:
    """Answers from a recording. Raises ShenbaoError for a crop that was not recorded."""

    def __init__(self, path: Path) -> None:
        recording = json.loads(path.read_text(encoding="utf-8"))
        self.name: str = recording["name"]
        self._path = path
        self._readings = {digest: _reading(glyphs) for digest, glyphs in recording["readings"].items()}

    def read(self, crops: Sequence[Crop]) -> list[Reading]:
        """Given N line crops, return what was recorded for each."""
        return [self._answer(crop) for crop in crops]

    def _answer(self, crop: Crop) -> Reading:
        digest = crop_digest(crop)
        if digest not in self._readings:
            raise ShenbaoError(
                f"{self._path} holds no reading of a crop of shape {crop.shape} ({digest}): record it again"
            )
        return self._readings[digest]


class RecordingRecogniser:
    """Passes crops on to another recogniser and keeps what it answers, for ``save``."""

    def __init__(self, inner: Recogniser) -> None:
        self.name = inner.name
        self._inner = inner
        self._readings: dict[str, Reading] = {}

    def read(self, crops: Sequence[Crop]) -> list[Reading]:
        """Given N line crops, return the readings of the recogniser behind."""
        readings = self._inner.read(crops)
        self._readings.update(zip(map(crop_digest, crops), readings, strict=True))
        return readings

    def save(self, path: Path) -> None:
        """Given a place, write all that was read so far; the same readings give the same bytes."""
        readings = {digest: _plain(reading) for digest, reading in sorted(self._readings.items())}
        text = json.dumps({"name": self.name, "readings": readings}, ensure_ascii=False, indent=0)
        draft = path.with_suffix(path.suffix + ".part")
        draft.write_text(text + "\n", encoding="utf-8")
        draft.replace(path)


def crop_digest(crop: Crop) -> str:
    """Given (H, W) grey, return a digest of its shape and pixels."""
    return hashlib.sha256(repr(crop.shape).encode() + crop.tobytes()).hexdigest()[:24]


def _plain(reading: Reading) -> list[Any]:
    return [
        [
            glyph.text,
            round(glyph.confidence, DECIMALS),
            round(glyph.x0, DECIMALS),
            round(glyph.x1, DECIMALS),
            [[text, round(share, DECIMALS)] for text, share in glyph.others],
            glyph.second,
        ]
        for glyph in reading.glyphs
    ]


def _reading(glyphs: list[Any]) -> Reading:
    return Reading(
        tuple(
            ReadGlyph(text, confidence, x0, x1, tuple((other, share) for other, share in others), second)
            for text, confidence, x0, x1, others, second in glyphs
        )
    )
