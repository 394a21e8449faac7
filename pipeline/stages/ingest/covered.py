"""Print that was painted over and written anew: the old one lies below, where no eye sees it, and the new one's ink is
where its own would be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.geometry import Box
from pipeline.stages.ingest.painted import PrintedChar

OVERLAP = 0.15
"""Of the smaller of two characters; neighbours overlap less."""

Boxes = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cover:
    """A fill or a picture. after: characters painted before it."""

    box: Box
    after: int


def without_overwritten(chars: Sequence[PrintedChar], covers: Iterable[Cover]) -> tuple[PrintedChar, ...]:
    """Given characters and covers in the order in which they are painted, return the characters without those that lie
    below a cover and below a character painted on that cover.

    A cover alone takes nothing away, since it may be clear; what it does hide stands on no ink.
    """
    useful = [cover for cover in covers if 0 < cover.after < len(chars)]
    if not useful:
        return tuple(chars)
    boxes = np.array([(c.box.x0, c.box.y0, c.box.x1, c.box.y1) for c in chars], dtype=np.float64)
    since = _covered_since(boxes, useful)
    centres = (boxes[:, 1] + boxes[:, 3]) / 2
    order = np.argsort(centres, kind="stable")
    reach = float((boxes[:, 3] - boxes[:, 1]).max())
    gone = np.zeros(len(chars), dtype=np.bool_)
    for index in np.flatnonzero(since):
        first, last = np.searchsorted(centres[order], (centres[index] - reach, centres[index] + reach))
        near = order[first:last]
        gone[index] = bool((_common(boxes[index], boxes[near[near >= since[index]]]) > OVERLAP).any())
    return tuple(char for char, lost in zip(chars, gone, strict=True) if not lost)


def _covered_since(boxes: Boxes, covers: Iterable[Cover]) -> NDArray[np.int64]:
    """Given boxes of characters (N, 4) and covers, return for each how many characters stood when it was covered last;
    0 for those that never were."""
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    since: NDArray[np.int64] = np.zeros(len(boxes), dtype=np.int64)
    for cover in covers:
        box, before = cover.box, slice(0, cover.after)
        across = (x[before] > box.x0) & (x[before] < box.x1)
        since[before][across & (y[before] > box.y0) & (y[before] < box.y1)] = cover.after
    return since


def _common(box: Boxes, others: Boxes) -> Boxes:
    """Given a box (4,) and others (M, 4), return the share of the smaller of each two that both cover, (M,)."""
    sides = np.clip(np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2]), 0.0, None)
    areas = (others[:, 2:] - others[:, :2]).prod(axis=1)
    return np.asarray(sides.prod(axis=1) / np.maximum(np.minimum(areas, (box[2:] - box[:2]).prod()), 1e-9))
