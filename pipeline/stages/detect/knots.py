"""Knots: where a hairline met a ruling across, both together left more ink than either alone, and that is there when
all else of the hairline is lost."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.stages.detect.dots import Mask

Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]

KNOT_IN, KNOT_NEAR_IN = 0.02, 0.06
"""Inches beside a ruling across that its knot reaches to, and along it that tell how far its rim reaches elsewhere."""


def knots_at(dark: Mask, at: int, joint: int, dpi: float, slack: int) -> tuple[bool, bool]:
    """Given ink, a row, the column of a ruling across it, and the pixels that a line may lie beside its row, return
    whether the rim of that ruling reaches farther left and right there than it does near by."""
    reach, near = round(KNOT_IN * dpi), round(KNOT_NEAR_IN * dpi)
    top = max(at - near, 0)
    strip = dark[top : at + near + 1, max(joint - reach, 0) : joint + reach + 1] > 0
    middle = min(joint, reach)
    right = rims_of(strip[:, middle:])
    left = rims_of(strip[:, middle::-1])
    own = at - top
    here = slice(max(own - slack, 0), own + slack + 1)
    away = np.ones(len(strip), bool)
    away[max(own - 3 * slack, 0) : own + 3 * slack + 1] = False
    if not away.any():
        return False, False
    return bool(left[here].max() > left[away].max()), bool(right[here].max() > right[away].max())


def rims_of(strip: Flags) -> Counts:
    """Given ink from the middle of a ruling outwards (n, wide), return how far the ruling reaches in each row: to the
    last ink in a whole with the middle, or next to it where the middle itself is none."""
    whole = strip | np.concatenate([np.zeros((len(strip), 1), bool), strip[:, :-1]], axis=1)
    whole[:, 0] = True
    return np.asarray((np.minimum.accumulate(whole, axis=1) & strip).sum(axis=1))
