"""What is done on a part of a page, or all at once, to take less time gives what the plain way gives."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.config import load_settings
from pipeline.model import Ruling
from pipeline.stages.detect.dots import ROW, Dots, dots_of, dotted_lines, lines_along
from pipeline.stages.detect.missed import LENT, body_of
from pipeline.stages.detect.raster import median_level, rows_near, strokes, strokes_of
from pipeline.stages.detect.ridges import find_ridges
from pipeline.stages.read.folds import depths
from pipeline.stages.upright.fold import BLOCKS, block_means
from pipeline.stages.upright.grey_seal import ring_kernel
from pipeline.stages.upright.paper import shrunk

DPI = 200.0
DETECT = load_settings().detect
Picture = NDArray[np.uint8]

seeds = st.integers(0, 2**32 - 1)


def page_of(seed: int, height: int = 240, width: int = 420) -> Picture:
    """Given a seed, return ink: level strokes at any slope a levelled page has, dots in rows, and dust."""
    drawn, chance = np.zeros((height, width), np.uint8), np.random.default_rng(seed)
    for y, x, long in zip(*(chance.integers(5, (height - 20, width - 150, 140)[k], 8) for k in range(3)), strict=True):
        cv2.line(
            drawn, (int(x), int(y)), (int(x + long), int(y + chance.integers(0, 3))), 1, int(chance.integers(1, 4))
        )
    for y in chance.integers(2, height - 4, 3):
        drawn[y : y + 2, 10 : 300 : int(chance.integers(6, 14))] = 1
    drawn[chance.integers(0, height, 60), chance.integers(0, width, 60)] = 1
    return drawn


def plain_dotted_lines(dots: Dots) -> Picture:
    """Given dots, return their lines, looked for on the whole page."""
    rowed = dots.in_rows(ROW)
    return lines_along(np.isin(dots.labels, rowed.name).astype(np.uint8), dots.dpi)


@given(seeds)
@settings(max_examples=30)
def test_dotted_lines_are_those_of_the_whole_page(seed: int) -> None:
    for dots in dots_of(page_of(seed), DPI, 0.02):
        np.testing.assert_array_equal(dotted_lines(dots), plain_dotted_lines(dots))


@given(seeds)
@settings(max_examples=30)
def test_strokes_are_those_of_the_whole_page(seed: int) -> None:
    """Bare rows all around tell nothing: a page that is stretched by them has the same strokes, farther apart."""
    dark = page_of(seed)
    found = strokes(dark, DPI, DETECT)
    lower = strokes(np.vstack([np.zeros((301, dark.shape[1]), np.uint8), dark]), DPI, DETECT)
    assert len(found) > 0
    assert [(r.start, r.end, r.thickness) for r in found] == [(r.start, r.end, r.thickness) for r in lower]
    assert [r.at + 301 for r in found] == pytest.approx([r.at for r in lower])


@given(seeds)
@settings(max_examples=30)
def test_near_rows_part_what_is_parted(seed: int) -> None:
    mask = page_of(seed)
    near = np.ascontiguousarray(mask[rows_near(mask)])
    assert cv2.connectedComponents(near)[0] == cv2.connectedComponents(mask)[0]
    whole, few = (list(strokes_of(part, 1, 56, DPI, DETECT)) for part in (mask, near))
    assert sorted((r.start, r.end, r.thickness) for r in whole) == sorted((r.start, r.end, r.thickness) for r in few)


@given(seeds, st.integers(1, 40), st.integers(1, 40))
def test_the_median_level_is_the_median(seed: int, height: int, width: int) -> None:
    levels = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    assert median_level(levels) == np.median(levels)


@given(seeds, st.integers(1, 30))
def test_a_body_reaches_to_the_first_thin_row_on_both_sides(seed: int, rows: int) -> None:
    share = np.random.default_rng(seed).random(rows).astype(np.float32)
    peak = int(share.argmax())
    thin = np.concatenate([[-1], np.flatnonzero(share < share[peak] / 2), [rows]])
    first, stop = int(thin[thin < peak].max()) + 1, int(thin[thin > peak].min())
    assert body_of(share, peak) == ((first + stop - 1) / 2, max(stop - first - LENT, 1.0))


def test_lines_asked_together_are_dotted_as_those_asked_alone() -> None:
    grey = np.full((300, 600), 235, np.uint8)
    grey[100:102, 50:500:8] = 40
    grey[150, 50:500:8] = 40
    grey[200:203, 50:500] = 40
    ridges, _ = find_ridges(grey, DPI, DETECT)
    lines = [
        Ruling("h", at + 0.5, start, end, thickness)
        for at in (60.0, 100.0, 150.0, 200.0, 299.0, 400.0)
        for start, end in ((50.0, 500.0), (100.0, 300.0))
        for thickness in (1.0, 4.0)
    ]
    shares = ridges.dotted_shares(lines, ridges.floor)
    assert shares == [ridges.dotted_share(line, ridges.floor) for line in lines]
    assert [share > 0.9 for share in shares] == [line.at in (100.5, 150.5) for line in lines]


@given(seeds)
@settings(max_examples=20)
def test_means_are_those_of_their_pieces(seed: int) -> None:
    grey = np.random.default_rng(seed).integers(0, 256, (90, 24 * 7 + 5), dtype=np.uint8)
    weighed = cv2.resize(grey, (BLOCKS, 90), interpolation=cv2.INTER_AREA)
    assert np.abs(block_means(grey).astype(int) - weighed).mean() < 12  # a pixel at a rim belongs to one piece
    even = np.ascontiguousarray(grey[:, : 24 * 7])
    np.testing.assert_allclose(block_means(even), even.reshape(90, 24, 7).mean(axis=2), atol=0.51)


def test_a_stretch_has_its_own_rows_and_the_last_one_what_is_left_over() -> None:
    grey = np.full((145, 200), 230, np.uint8)
    grey[:, 90:93] = 200
    grey[60:120, 90:93] = 230
    depth = depths(grey, 60, DPI)
    assert depth.shape == (2, 200)
    assert depth[0, 91] == 30
    assert depth[1, 91] == round(30 * 25 / 85)


@pytest.mark.parametrize("shape", [(1601, 1131), (801, 4001), (30, 2000)])
def test_a_small_picture_is_that_of_the_whole_page(shape: tuple[int, int]) -> None:
    grey = cv2.GaussianBlur(np.random.default_rng(3).integers(0, 256, shape, dtype=np.uint8), (0, 0), 9)
    whole = cv2.resize(grey, None, fx=0.2, fy=0.2, interpolation=cv2.INTER_AREA)
    small = shrunk(grey, 0.2)
    high, wide = small.shape
    assert (whole.shape[0] - high, whole.shape[1] - wide) <= (1, 1)
    assert np.abs(small.astype(int) - whole[:high, :wide]).max() <= 2


@given(st.integers(1, 80), seeds)
@settings(max_examples=20, deadline=None)
def test_all_ink_is_never_less_of_a_ring_than_what_lies_on_it(specks: int, seed: int) -> None:
    """So that rings need not be looked for where all of it is too little of one."""
    ink, chance = np.zeros((120, 100), np.float32), np.random.default_rng(seed)
    ink[chance.integers(0, 120, specks), chance.integers(0, 100, specks)] = 1.0
    for radius in (13, 18, 24):
        share = cv2.filter2D(ink, -1, ring_kernel(radius), borderType=cv2.BORDER_CONSTANT)
        assert float(share.max()) <= float(ink.sum() * ring_kernel(radius).max()) + 1e-6
