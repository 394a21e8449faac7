"""Pieces of rulings joined end to end: a plumb ruling is broken by every row of its table, and the angle of a piece as
short as a row is good to half a degree only; that of the whole ruling is exact.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.config import Upright
from pipeline.geometry import Transform
from pipeline.stages.upright.segments import Segments, lengths, map_segments, split_families

Floats = NDArray[np.float64]

NEAR = 14.0
"""Degrees about level and plumb in which pieces of rulings are looked for."""
MOST = 1200
"""Pieces of one family that are looked at, the longest ones: each is compared with all others."""
BACK = 0.3
"""Of the widest gap, by which two pieces of one ruling may overlap."""


def chained(pieces: Segments, turn: float, dpi: float, settings: Upright) -> Segments:
    """Given the straight pieces of a page and their common turn in degrees, return its rulings' segments: pieces in one
    line joined to segments of ``chain_max_in`` at the most, so that a curl still shows, and the short rest left out.
    """
    angle = np.radians(-turn)
    cos, sin = float(np.cos(angle)), float(np.sin(angle))
    turned = Transform((cos, -sin, 0.0, sin, cos, 0.0, 0.0, 0.0, 1.0))
    families = split_families(map_segments(pieces, turned), NEAR)
    level = join_pieces(families[0], dpi, settings)
    plumb = join_pieces(families[1][:, [1, 0, 3, 2]], dpi, settings)[:, [1, 0, 3, 2]]
    found = map_segments(np.concatenate([level, plumb]), turned.inverse())
    return found[lengths(found) >= settings.segment_min_in * dpi]


def join_pieces(family: Segments, dpi: float, settings: Upright) -> Segments:
    """Given near-level pieces, return the segments that those in one line make up."""
    if len(family) < 2:
        return family
    family = family[np.argsort(-lengths(family), kind="stable")[:MOST]]
    falls = family[:, 0] > family[:, 2]  # which side of a stroke is dark: both its rims are found, one each way
    ordered = np.where(falls[:, None], family[:, [2, 3, 0, 1]], family)
    follower = followers(ordered, falls, settings.chain_gap_in * dpi, settings.chain_off_in * dpi)
    return fitted(ordered, runs_of(ordered, follower, settings.chain_max_in * dpi))


def followers(ordered: Segments, side: NDArray[np.bool_], gap: float, off: float) -> NDArray[np.int64]:
    """Given pieces from left to right, return for each the piece that goes on in its line, or -1.

    gap: pixels from end to start; off: pixels by which each may miss the end of the other.
    """
    x0, y0, x1, y1 = ordered.T
    slope = (y1 - y0) / np.maximum(x1 - x0, 1.0)
    apart = x0[None, :] - x1[:, None]
    rise = y0[None, :] - y1[:, None]
    fits = (apart <= gap) & (apart >= -BACK * gap) & (side[:, None] == side[None, :]) & (x1[None, :] > x1[:, None])
    fits &= (np.abs(rise - slope[:, None] * apart) <= off) & (np.abs(rise - slope[None, :] * apart) <= off)
    cost = np.where(fits, np.abs(rise) + np.abs(apart), np.inf)
    nearest, own = cost.argmin(axis=1), cost.argmin(axis=0)
    mutual = np.isfinite(cost.min(axis=1)) & (own[nearest] == np.arange(len(ordered)))
    return np.where(mutual, nearest, -1)


def runs_of(ordered: Segments, follower: NDArray[np.int64], longest: float) -> NDArray[np.int64]:
    """Given pieces and which follows which, return for each the number of the segment that it is a part of, none of
    them longer than ``longest`` pixels."""
    run_of = np.arange(len(ordered))
    starts, ends, next_of = ordered[:, 0].tolist(), ordered[:, 2].tolist(), follower.tolist()
    for head in np.setdiff1d(np.flatnonzero(follower >= 0), follower).tolist():
        first, i = head, next_of[head]
        while i >= 0:
            if ends[i] - starts[first] > longest:
                first = i
            run_of[i] = first
            i = next_of[i]
    return np.asarray(np.unique(run_of, return_inverse=True)[1])


def fitted(ordered: Segments, run_of: NDArray[np.int64]) -> Segments:
    """Given pieces and the segment of each, return the segments: lines through the ends of their pieces (least
    squares), as far as they reach."""
    count = int(run_of.max()) + 1

    def total(values: Floats) -> Floats:
        return np.asarray(np.bincount(run_of, values[:, ::2].sum(axis=1), count))

    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(low, run_of, ordered[:, 0])
    np.maximum.at(high, run_of, ordered[:, 2])
    ends = 2.0 * np.bincount(run_of, minlength=count)
    middle, height = total(ordered) / ends, total(ordered[:, [1, 0, 3, 2]]) / ends
    both = ordered - np.stack([middle, height, middle, height], axis=1)[run_of]
    x, y = both[:, [0, 0, 2, 2]], both[:, [1, 1, 3, 3]]
    slope = total(x * y) / np.maximum(total(x * x), 1e-9)
    return np.stack([low, height + slope * (low - middle), high, height + slope * (high - middle)], axis=1)
