"""Ink that no character accounts for: a recogniser passes over a bar or a bracket at the end of a line, and is sure of
all the others.

Where a sign's ink lies apart from every character that was read, the nearest one waits for a person. A plumb stroke at
the end of a line is a bar on a page that prints bars otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.ocr import Crop, ReadGlyph, Reading
from pipeline.stages.read.boxes import LEVELS
from pipeline.stages.read.pairs import DOUBT, doubted

APART = 0.55
"""Of the height of type: what lies farther from the middles of all characters is none of theirs."""
HIGH = 0.45
"""Of the height of type; lower is dust, a point or what a broken stroke leaves."""
WIDE = 0.6
"""The same from left to right: the stroke of 一 is low."""
MARK, FOOT = 0.16, 0.55
"""The same of a mark amid a line, which stands below the second, of the height of type from its top: between two signs
that are set side by side there is no place for dust so far from both."""
BAR_HIGH, BAR_WIDE = 0.8, 0.2
"""Of the height of type: a bar is at least as high and no wider."""
BARS = frozenset("|丨｜")

Run = tuple[int, int]
"""First and last column of a run of ink, half-open."""


def doubt_unread(readings: Sequence[Reading], crops: Sequence[Crop], pad: float) -> list[Reading]:
    """Given the readings of one page, their crops and the padding above and below in heights of type, return the
    readings with what stands beside unread ink in doubt, and with a bar for that ink where it is one."""
    barred = any(glyph.text in BARS for reading in readings for glyph in reading.glyphs)
    return [with_unread(reading, crop, pad, barred) for reading, crop in zip(readings, crops, strict=True)]


def with_unread(reading: Reading, crop: Crop, pad: float, barred: bool) -> Reading:
    """Given a reading, its crop and whether its page prints bars, return the reading as its unread ink allows."""
    ink, height = crop < LEVELS[0], crop.shape[0] / (1 + 2 * pad)
    runs = unread_runs(reading, ink, height) if reading.glyphs else []
    if not runs:
        return reading
    bar = bar_behind(reading, ink, runs[-1], height) if barred else None
    beside = {nearest(reading, run) for run in runs}
    glyphs = (doubted(glyph) if at in beside else glyph for at, glyph in enumerate(reading.glyphs))
    return Reading((*glyphs, *([bar] if bar else [])))


def unread_runs(reading: Reading, ink: NDArray[np.bool_], height: float) -> list[Run]:
    """Given a reading, its line's ink and the height of type, return the runs of ink as large as a sign that lie apart
    from all characters."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], ink.any(axis=0), [False]]))).reshape(-1, 2)
    middles = np.array([(glyph.x0 + glyph.x1) / 2 for glyph in reading.glyphs])
    away = np.maximum(edges[:, :1] - middles, middles - edges[:, 1:]).min(axis=1, initial=np.inf)
    first, last = middles.min(initial=np.inf), middles.max(initial=-np.inf)
    apart = edges[away > APART * height].tolist()
    return [(a, b) for a, b in apart if is_sign(ink[:, a:b], height, amid=first < a and b < last)]


def is_sign(ink: NDArray[np.bool_], height: float, *, amid: bool) -> bool:
    """Given the ink of one run that lies apart, the height of type and whether it is amid its line, return whether it
    is as large as a sign, or there as a mark on the foot of the line."""
    rows = np.flatnonzero(ink.any(axis=1))
    on_foot = rows[0] >= (ink.shape[0] - height) / 2 + FOOT * height
    marked = amid and on_foot and rows_of(ink) >= MARK * height
    return bool(marked or ink.shape[1] >= WIDE * height or rows_of(ink) >= HIGH * height)


def rows_of(ink: NDArray[np.bool_]) -> int:
    """Given the ink of one run, return how many rows lie from its top to its foot."""
    rows = np.flatnonzero(ink.any(axis=1))
    return int(rows[-1] - rows[0]) + 1


def bar_behind(reading: Reading, ink: NDArray[np.bool_], run: Run, height: float) -> ReadGlyph | None:
    """Given the last unread run of a line, return the bar that it is behind all characters, or None."""
    a, b = run
    behind = a > max((glyph.x0 + glyph.x1) / 2 for glyph in reading.glyphs)
    plumb = b - a <= BAR_WIDE * height and rows_of(ink[:, a:b]) >= BAR_HIGH * height
    return ReadGlyph("|", DOUBT, float(a), float(b)) if behind and plumb else None


def nearest(reading: Reading, run: Run) -> int:
    """Given a reading and a run of ink beside its characters, return which of them stands nearest to it."""
    middle = sum(run) / 2
    return min(
        range(len(reading.glyphs)), key=lambda at: abs((reading.glyphs[at].x0 + reading.glyphs[at].x1) / 2 - middle)
    )
