"""Boxes to tick, and ticks.

A box is a hollow or a filled square, which a recogniser passes over, or takes for a stroke, a nought or a blank: its
lines of training have few of them. The ink is plain: four straight sides of one length, and nothing or everything
between them. A box with a tick in it is no square and is left to the recogniser. A tick without a box belongs to the
option that it stands next to, so that the blank on its other side, which a recogniser skips, matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.ocr import Crop, ReadGlyph
from pipeline.text.chars import is_han

TICKS = frozenset("√✓✔")
APART = 0.2
"""Heights of type; the paper on one side of a tick is wider by this than on the other where only there a blank is."""
EMPTY, FILLED = "□", "■"
SURE = 0.9998
"""Probability of a box that was told by its ink."""
KNOWN = 0.9
"""Probability of an ideograph from which ink such as that of 口 is the ideograph's."""
LEVELS = (150, 195)
"""Grey levels of a crop, 245 on paper and 30 in print, below which there is ink: of plain print, and of hairs."""
SIDES = (0.5, 1.15)
"""Heights of type; a box is as wide and as high as this."""
SQUARE = 1.25
"""A box's longer side to its shorter one at the most."""
SIDE_INKED = 0.9
"""Of each side of a box that is ink."""
RIM = 0.25
"""Of a box's side within which its frame lies."""
FULL, BARE = 0.92, 0.04
"""Of a box that is ink when it is filled, and of its inside when it is empty."""


def with_boxes(glyphs: Sequence[ReadGlyph], crop: Crop, pad: float) -> list[ReadGlyph]:
    """Given what was read of a line, the line's crop (H, W) and the padding above and below in heights of type, return
    the glyphs with its boxes in place of what was read there, an ideograph aside."""
    type_height = crop.shape[0] / (1 + 2 * pad)
    settled = list(glyphs)
    found = (place for level in LEVELS for place in boxes_of(crop < level, type_height))
    for start, end, sign in found:
        there = [glyph for glyph in settled if start <= (glyph.x0 + glyph.x1) / 2 <= end]
        if any(is_known(glyph) for glyph in there):
            continue
        box = ReadGlyph(sign, SURE, float(start), float(end))
        settled = sorted([*(g for g in settled if g not in there), box], key=lambda glyph: glyph.x0 + glyph.x1)
    return settled


def with_ticks_apart(glyphs: Sequence[ReadGlyph], crop: Crop, pad: float) -> list[ReadGlyph]:
    """Given what was read of a line, its crop and the padding above and below in heights of type, return the glyphs
    with a blank on the side of each tick where there is more paper than on the other."""
    out: list[ReadGlyph] = []
    edges = gaps_of(crop < LEVELS[0]) if any(glyph.text in TICKS for glyph in glyphs) else []
    wide = APART * crop.shape[0] / (1 + 2 * pad)
    for glyph in glyphs:
        before, behind = beside(edges, (glyph.x0 + glyph.x1) / 2) if glyph.text in TICKS else (0, 0)
        out += [blank_at(glyph.x0)] if before > behind + wide else []
        out.append(glyph)
        out += [blank_at(glyph.x1)] if behind > before + wide else []
    return out


def blank_at(x: float) -> ReadGlyph:
    return ReadGlyph(" ", SURE, x, x)


def gaps_of(ink: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Given the ink of a line, return its runs of columns without any."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], ~ink.any(axis=0), [False]])))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def beside(gaps: Sequence[tuple[int, int]], x: float) -> tuple[int, int]:
    """Given the gaps of a line and a place, return how wide the nearest ones to its left and right are; 0 at an end of
    the line, and where the place is in a gap."""
    left = [b - a for a, b in gaps if a > 0 and b <= x]
    right = [b - a for a, b in gaps[:-1] if a > x]
    return (left[-1], right[0]) if left and right and not any(a <= x < b for a, b in gaps) else (0, 0)


def boxes_of(ink: NDArray[np.bool_], type_height: float) -> Iterator[tuple[int, int, str]]:
    """Given the ink of a line, yield the first and the last column of each box with its sign."""
    for start, end in square_runs(ink, type_height):
        sign = box_of(ink[:, start:end])
        if sign is not None:
            yield start, end, sign


def is_known(glyph: ReadGlyph) -> bool:
    return len(glyph.text) == 1 and is_han(glyph.text) and glyph.confidence >= KNOWN


def square_runs(ink: NDArray[np.bool_], type_height: float) -> list[tuple[int, int]]:
    """Given the ink of a line, return the runs of inked columns that are as wide as a box."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], ink.any(axis=0), [False]])))
    low, high = (side * type_height for side in SIDES)
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2) if low <= b - a <= high]


def box_of(columns: NDArray[np.bool_]) -> str | None:
    """Given the inked columns of one sign, return the box that they are, or None."""
    rows = np.flatnonzero(columns.any(axis=1))
    if not is_straight(rows):
        return None
    box = columns[rows[0] : rows[-1] + 1]
    high, wide = box.shape
    if max(high, wide) > SQUARE * min(high, wide):
        return None
    if box.mean() >= FULL:
        return FILLED
    return EMPTY if has_frame(box) and inside(box).mean() <= BARE else None


def is_straight(rows: NDArray[np.intp]) -> bool:
    """Is there ink in each row from the first to the last one?"""
    return bool(rows.size) and int(rows[-1] - rows[0]) + 1 == rows.size


def has_frame(box: NDArray[np.bool_]) -> bool:
    """Is there a stroke all along each side?"""
    sides = (box, box[::-1], box.T, box.T[::-1])
    return all(side[: max(round(RIM * len(side)), 1)].any(axis=0).mean() >= SIDE_INKED for side in sides)


def inside(box: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Given a box, return what its frame surrounds."""
    y, x = (max(round(RIM * side), 1) for side in box.shape)
    return box[y:-y, x:-x]
