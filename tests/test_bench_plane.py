"""The plane that parts blank steps from the rest."""

import numpy as np

from bench.plane import fit


def test_steps_that_hold_something_stay_however_many_are_blank() -> None:
    draw = np.random.default_rng(7)
    blank = draw.random(20_000) < 0.95
    steps = draw.normal(0.0, 1.0, (20_000, 6)) + np.where(blank[:, None], 2.0, -2.0) * [1, 1, 1, 0, 0, 0]
    plane = fit(steps, blank)
    left_out = steps @ plane.slope + plane.lift > 0
    assert not (left_out & ~blank).any()
    assert left_out.sum() > 0.9 * blank.sum()
