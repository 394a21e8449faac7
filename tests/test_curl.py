"""A page is bent only where what half of its rulings show is true of the other half; what is flat stays flat."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from page_drawing import KnownTurn, add_noise, draw_sheet, full, page_of, turned

from pipeline.config import load_settings
from pipeline.geometry import PlaneMap
from pipeline.stages.upright import upright
from pipeline.stages.upright.bend import find_bend
from pipeline.stages.upright.chains import chained
from pipeline.stages.upright.segments import Segments, angles, lengths

UPRIGHT = load_settings().upright
DPI = 150.0


def off_affine(to_file: PlaneMap, width: float, height: float) -> float:
    """Given a map, return by how many pixels it differs from the best affine one anywhere on the page."""
    x, y = (grid.ravel() for grid in np.meshgrid(np.linspace(0, width, 9), np.linspace(0, height, 9)))
    mapped = np.array([to_file.apply(point) for point in zip(x.tolist(), y.tolist(), strict=True)])
    basis = np.stack([np.ones_like(x), x, y], axis=1)
    return float(np.abs(mapped - basis @ np.linalg.lstsq(basis, mapped, rcond=None)[0]).max())


@given(st.floats(-3.5, 3.5), st.integers(0, 9))
@settings(max_examples=10, derandomize=True)
def test_a_tilted_page_of_low_rows_stays_straight(degrees: float, seed: int) -> None:
    """Each row breaks the dividers into pieces as short as strokes of print; the frame is open left and right."""
    spec = full(30, 5, 0.22, 1.3)
    sheet = draw_sheet(spec, DPI)
    for x in (spec.xs[0], spec.xs[-1]):
        sheet[:, round((x - 0.02) * DPI) : round((x + 0.02) * DPI)] = 245
    skewed, _ = turned(add_noise(sheet, 10.0, seed), degrees)
    page = upright(page_of(skewed, DPI), KnownTurn(0), UPRIGHT)
    assert off_affine(page.to_file, *page.size) < 0.02 * DPI
    assert page.skew == pytest.approx(degrees, abs=0.06)


def strokes(spread: float, curl: float, seed: int) -> Segments:
    """Level rulings in pieces of two inches, 25 of them, and 60 strokes of print; spread: of the slopes. curl: inches
    by which the rulings bow up and down, a whole wave over the page."""
    chance = np.random.default_rng(seed)
    found = []
    for row in range(25):
        for piece in range(4):
            x, y = (1 + 2 * piece) * DPI, (1 + 0.4 * row) * DPI
            bow = [curl * DPI * math.sin(2 * math.pi * at / (9 * DPI)) for at in (x, x + 1.8 * DPI)]
            lean = chance.normal(0, spread) * 1.8 * DPI
            found.append((x, y + bow[0], x + 1.8 * DPI, y + bow[1] + lean))
    for _ in range(60):
        x, y, slope = chance.uniform(1, 8) * DPI, chance.uniform(1, 11) * DPI, chance.uniform(-0.15, 0.15)
        found.append((x, y, x + 0.4 * DPI, y + slope * 0.4 * DPI))
    return np.array(found)


@pytest.mark.parametrize("spread", [0.0005, 0.002, 0.006])
def test_rulings_seen_badly_make_no_bend(spread: float) -> None:
    assert [find_bend(strokes(spread, 0.0, seed), DPI, UPRIGHT) for seed in range(8)] == [None] * 8


@pytest.mark.parametrize("curl", [0.05, 0.15])
def test_a_bend_that_all_rulings_share_is_found(curl: float) -> None:
    for seed in range(4):
        bend = find_bend(strokes(0.002, curl, seed), DPI, UPRIGHT)
        assert bend is not None
        assert [bow.axis for bow in bend.bows] == [0]
        low, high = (bend.bows[0].shift(x * DPI, 5.0 * DPI) for x in (6.75, 2.25))
        assert high - low == pytest.approx(2 * curl * DPI, rel=0.25)


@given(st.floats(-8.0, 8.0), st.integers(0, 99))
@settings(max_examples=20, derandomize=True)
def test_pieces_of_a_broken_ruling_tell_its_angle_together(degrees: float, seed: int) -> None:
    """Thirty rows of 0.25 inch along one divider; ends are known to half a pixel of the small picture."""
    chance = np.random.default_rng(seed)
    lean = math.tan(math.radians(degrees))
    tops = (1.0 + 0.25 * np.arange(30)) * DPI
    ends = np.stack([tops + 0.04 * DPI, tops + 0.22 * DPI])
    x = 3 * DPI - lean * ends + chance.uniform(-0.5, 0.5, ends.shape) * DPI / UPRIGHT.level_dpi
    pieces = np.stack([x[0], ends[0], x[1], ends[1]], axis=1)
    joined = chained(pieces, degrees, DPI, UPRIGHT)
    assert 3 <= len(joined) <= 6
    assert float(lengths(joined).sum()) > 6.0 * DPI
    turn = np.average(angles(joined) % 180.0 - 90.0, weights=lengths(joined))
    assert turn == pytest.approx(degrees, abs=0.15)


def test_strokes_apart_are_not_joined() -> None:
    """Beside each other, farther apart than a ruling is thick, or of the other rim."""
    first = (1.0 * DPI, DPI, 1.5 * DPI, DPI)
    others = (
        (1.75 * DPI, DPI, 2.25 * DPI, DPI),
        (1.55 * DPI, 1.05 * DPI, 2.05 * DPI, 1.05 * DPI),
        (2.05 * DPI, DPI, 1.55 * DPI, DPI),
    )
    for other in others:
        assert len(chained(np.array([first, other]), 0.0, DPI, UPRIGHT)) == 2
    assert len(chained(np.array([first, (1.55 * DPI, DPI, 2.05 * DPI, DPI)]), 0.0, DPI, UPRIGHT)) == 1
