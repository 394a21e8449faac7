"""A page comes back level and flat, and every spot of it is known on the file's own page."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from page_drawing import INK, PAPER, KnownTurn, add_noise, draw_sheet, full, page_of, turned, warp

from pipeline.config import load_settings
from pipeline.geometry import Box, PlaneMap, Point, Transform
from pipeline.model import Char, CleanPage, Page, TextLayer
from pipeline.stages.upright import turn_picture, upright
from pipeline.stages.upright.level import level_page

UPRIGHT = load_settings().upright
DPI = 150.0
SPEC = full(14, 5, 0.6, 1.3)
SHEET = draw_sheet(SPEC, DPI)
MARKS: tuple[Point, ...] = tuple(
    ((SPEC.xs[col] + 1.0) * DPI, (SPEC.ys[row] + 0.3) * DPI) for row in (0, 5, 9, 13) for col in (0, 2, 4)
)
"""Middles of discs in cells all over the sheet, in its pixels."""


def marked(sheet: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The sheet with a disc at each mark. Two of its pixels are shared by middles that lie between them."""
    drawn = sheet.copy()
    for x, y in MARKS:
        cv2.circle(drawn, (round(x * 16), round(y * 16)), 9 * 16, INK, -1, cv2.LINE_AA, 4)
    return drawn


def to_clean(picture: NDArray[np.uint8], turns: int = 0) -> CleanPage:
    return upright(page_of(picture, DPI), KnownTurn(turns), UPRIGHT)


def tilt(page: CleanPage, there: PlaneMap) -> float:
    """Given a clean page and the map from sheet to file, return by how many degrees the sheet's edges are off."""
    back = page.to_file.inverse()
    middle, right, below = ((x, y) for x, y in ((550.0, 800.0), (950.0, 800.0), (550.0, 1200.0)))
    m, r, b = (back.apply(there.apply(point)) for point in (middle, right, below))
    off_level = math.degrees(math.atan2(r[1] - m[1], r[0] - m[0]))
    off_plumb = math.degrees(math.atan2(b[0] - m[0], b[1] - m[1]))
    return max(abs(off_level), abs(off_plumb))


def misses(page: CleanPage, file_marks: list[Point]) -> list[float]:
    """Given a clean page, find each mark on it and return how far ``to_file`` puts it from its place, in pixels."""
    back = page.to_file.inverse()
    assert page.grey is not None
    found = []
    for mark in file_marks:
        x, y = (round(v) for v in back.apply(mark))
        window = page.grey[y - 20 : y + 20, x - 20 : x + 20]
        weight = np.clip(PAPER - 40.0 - window, 0, None)
        assert weight.sum() > 0, "the mark is not where the map says"
        rows, cols = np.indices(window.shape)
        middle = (x - 20 + np.average(cols, weights=weight), y - 20 + np.average(rows, weights=weight))
        found.append(math.dist(page.to_file.apply(middle), mark))
    return found


@given(st.floats(-9.0, 9.0), st.integers(0, 3))
@settings(max_examples=12, derandomize=True)
def test_a_turned_page_comes_back_level(degrees: float, turns: int) -> None:
    skewed, there = turned(marked(SHEET), degrees)
    over = Transform.quarter_turns(turns, skewed.shape[1], skewed.shape[0])
    page = to_clean(np.ascontiguousarray(turn_picture(skewed, turns)), turns)
    to_file = there.then(over)
    assert tilt(page, to_file) < 0.1
    assert max(misses(page, [to_file.apply(mark) for mark in MARKS])) < 2
    assert page.quarter_turns == -turns % 4
    assert page.skew == pytest.approx(degrees, abs=0.1)
    assert page.grey is not None
    assert page.size == (page.grey.shape[1], page.grey.shape[0])
    assert not page.grey.flags.writeable


@pytest.mark.parametrize("noise", [0.0, 14.0])
def test_a_level_page_is_left_alone(noise: float) -> None:
    sheet = add_noise(SHEET, noise, 1)
    page = to_clean(sheet)
    assert page.grey is not None
    assert page.grey.shape == sheet.shape
    assert int(cv2.absdiff(page.grey, sheet).max()) <= 1
    assert (page.skew, page.to_file.apply((3.0, 4.0))) == (0.0, (3.0, 4.0))


def test_rims_of_signs_do_not_outweigh_lines_of_text() -> None:
    """A fax kept a few pieces of its rulings, and the rims of signs seem level, or nearly, on its coarse dots."""
    sheet = np.full(SHEET.shape, PAPER, np.uint8)
    for row in range(40):
        cv2.putText(sheet, "0123 4567 89ab cdef 0123 4567", (120, 130 + 30 * row), 0, 0.8, INK, 2, cv2.LINE_AA)
    skewed, _ = turned(sheet, 0.4)
    short = [[x, y, x + 60.0, y + 0.1] for x in (150.0, 400.0, 650.0) for y in np.arange(150.0, 1300.0, 30.0)]
    long = [[200.0, y, 400.0, y + 0.3] for y in (200.0, 500.0, 800.0)]
    _, rims = level_page(skewed, np.array([*short, *long]), 0.0, DPI, UPRIGHT)
    assert rims.skew == pytest.approx(0.4, abs=0.05)
    _, ruled = level_page(skewed, np.array([*short[:3], *long]), 0.0, DPI, UPRIGHT)
    assert ruled.skew == pytest.approx(0.09, abs=0.03)


def test_lines_of_text_alone_tell_the_skew() -> None:
    sheet = np.full(SHEET.shape, PAPER, np.uint8)
    for row in range(40):
        cv2.putText(sheet, "0123 4567 89ab cdef 0123 4567", (120, 130 + 30 * row), 0, 0.8, INK, 2, cv2.LINE_AA)
    for degrees in (-4.3, 0.0, 2.2):
        skewed, there = turned(sheet, degrees)
        assert tilt(to_clean(skewed), there) < 0.2


@given(st.lists(st.floats(-0.025, 0.025), min_size=8, max_size=8))
@settings(max_examples=8, derandomize=True)
def test_perspective_is_taken_out(moves: list[float]) -> None:
    """The sheet's corners are moved by up to 2.5 % of its sides; around it lies a dark desk."""
    height, width = SHEET.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = corners + np.array(moves, np.float32).reshape(4, 2) * [width, height] + [90, 90]
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    picture, there = warp(marked(SHEET), matrix, (width + 180, height + 180), ground=70)
    page = to_clean(picture)
    assert tilt(page, there) < 0.25
    assert max(misses(page, [there.apply(mark) for mark in MARKS])) < 2


@pytest.mark.parametrize("bow", [-0.1, 0.06, 0.12])
def test_gentle_curl_is_taken_out(bow: float) -> None:
    """The rulings of the sheet bow up or down by so many inches in the middle."""
    height, width = SHEET.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    sway = (bow * DPI * np.sin(np.pi * x / width)).astype(np.float32)
    picture = cv2.remap(marked(SHEET), x, y - sway, cv2.INTER_CUBIC, borderValue=PAPER)
    page = to_clean(picture)
    places = [(mx, my + bow * DPI * math.sin(math.pi * mx / width)) for mx, my in MARKS]
    assert max(misses(page, places)) < 2
    back = page.to_file.inverse()
    for row in (0, 1, 2, 3):
        level = [back.apply(place)[1] for place in places[3 * row : 3 * row + 3]]
        assert np.ptp(level) < abs(bow) * DPI * 0.2


@given(st.floats(-44.0, 44.0))
@settings(max_examples=6, derandomize=True)
def test_rulings_tell_any_turn(degrees: float) -> None:
    skewed, there = turned(marked(SHEET), degrees)
    page = to_clean(skewed)
    assert tilt(page, there) < 0.1
    assert max(misses(page, [there.apply(mark) for mark in MARKS])) < 2


@pytest.mark.parametrize(("waves", "phase"), [(1.0, 0.0), (1.0, 2.0), (0.6, 4.0)])
def test_a_page_that_waves_on_a_desk_seen_from_the_side_comes_back_straight(waves: float, phase: float) -> None:
    """Rulings rise and fall by up to 6 degrees along a wave, and the camera does not look from above."""
    height, width = SHEET.shape
    high = 0.1 * width / (2 * math.pi * waves)
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    sway = (high * np.sin(2 * math.pi * waves * x / width + phase)).astype(np.float32)
    waved = cv2.remap(marked(SHEET), x, y - sway, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    seen = np.array([[100, 120], [width + 60, 90], [width + 100, height + 60], [80, height + 110]], np.float32)
    picture, camera = warp(waved, cv2.getPerspectiveTransform(corners, seen), (width + 180, height + 200), ground=70)
    page = to_clean(picture)
    places = [camera.apply((mx, my + high * math.sin(2 * math.pi * waves * mx / width + phase))) for mx, my in MARKS]
    assert max(misses(page, places)) < 2
    back = page.to_file.inverse()
    found = np.array([back.apply(place) for place in places]).reshape(4, 3, 2)
    assert float(np.ptp(found[:, :, 1], axis=1).max()) < 0.03 * DPI
    assert float(np.ptp(found[:, :, 0], axis=0).max()) < 0.03 * DPI


def test_the_rim_of_a_sheet_leaves_no_edge() -> None:
    """Where the desk was, the paper goes on, so that the rim is not taken for a ruling; shade goes on too."""
    matrix = np.array([[1, 0.05, 150], [0.02, 1, 120], [0, 0, 1.0]])
    height, width = SHEET.shape
    light = np.linspace(1.0, 0.6, width)
    blank = (np.full_like(SHEET, PAPER) * light).astype(np.uint8)
    picture, _ = warp(blank, matrix, (width + 400, height + 300), ground=50)
    page = to_clean(picture)
    assert page.grey is not None
    steps = cv2.absdiff(page.grey, cv2.blur(page.grey, (15, 15)))[60:-60, 60:-60]
    assert np.percentile(steps, 99.9) < 10


def test_the_desk_around_a_page_becomes_paper() -> None:
    matrix = np.array([[1, 0, 150], [0, 1, 120], [0, 0, 1.0]])
    height, width = SHEET.shape
    picture, _ = warp(SHEET, matrix, (width + 300, height + 300), ground=50)
    page = to_clean(picture)
    assert page.grey is not None
    assert float(np.mean(page.grey[:, :100] > 200)) > 0.99
    assert float(np.mean(page.grey[-100:] > 200)) > 0.99


def test_light_that_falls_off_over_a_page_is_no_desk() -> None:
    """Half of the sheet lies in the shade: nothing of it is cut away."""
    height, width = SHEET.shape
    light = 1 - 0.45 / (1 + np.exp(-np.linspace(-5, 5, width)))
    picture = cv2.cvtColor((SHEET * light).astype(np.uint8), cv2.COLOR_GRAY2RGB)
    page = to_clean(picture)
    assert page.grey is not None
    assert page.grey.shape == (height, width)
    assert np.corrcoef(page.grey.ravel(), (SHEET * light).ravel())[0, 1] > 0.98


def test_the_black_rim_of_a_scan_tells_no_level() -> None:
    """The rim lies along the glass while the sheet, of which little is ruled, lies askew."""
    few = draw_sheet(full(2, 3, 0.4, 1.0), DPI)
    page = np.full((1700, 1200), PAPER, np.uint8)
    page[200 : 200 + few.shape[0], 200 : 200 + few.shape[1]] = few
    skewed, there = turned(page, 1.3)
    rimmed = cv2.copyMakeBorder(skewed, 25, 0, 18, 0, cv2.BORDER_CONSTANT, value=20)
    clean = to_clean(rimmed)
    assert tilt(clean, there.then(Transform.shift(18, 25))) < 0.1
    assert clean.grey is not None
    assert int(clean.grey[:12].min()) > 150


def side_by_side(degrees: tuple[float, float]) -> tuple[NDArray[np.uint8], list[Transform]]:
    """Two sheets on one scan, each turned by its own angle, and where each came to lie."""
    picture = np.full((SHEET.shape[0] + 300, 2 * SHEET.shape[1] + 600), PAPER, np.uint8)
    maps = []
    for i, angle in enumerate(degrees):
        sheet, there = turned(marked(SHEET), angle)
        x, y = 60 + i * (SHEET.shape[1] + 300), 40
        picture[y : y + sheet.shape[0], x : x + sheet.shape[1]] = sheet
        maps.append(there.then(Transform.shift(x, y)))
    return picture, maps


@pytest.mark.parametrize("degrees", [(0.0, 0.0), (1.5, 1.5), (2.0, -1.5), (-0.8, 0.0)])
def test_two_sheets_side_by_side_are_levelled_one_by_one_and_read_left_first(degrees: tuple[float, float]) -> None:
    picture, maps = side_by_side(degrees)
    page = to_clean(picture)
    assert len(page.tops) == 2
    back = page.to_file.inverse()
    for sheet, there in enumerate(maps):
        assert tilt(page, there) < 0.1
        assert max(misses(page, [there.apply(mark) for mark in MARKS])) < 2
        ys = [back.apply(there.apply(mark))[1] for mark in MARKS]
        assert all((y >= page.tops[1]) == bool(sheet) for y in ys)
    assert page.grey is not None
    assert page.size == (page.grey.shape[1], page.grey.shape[0])


def test_a_wide_page_is_one_sheet_where_a_ruling_or_a_title_runs_over_its_middle() -> None:
    wide = draw_sheet(full(8, 6, 0.6, 2.0), DPI)
    assert len(to_clean(wide).tops) == 1
    picture, _ = side_by_side((0.0, 0.0))
    middle = picture.shape[1] // 2
    cv2.putText(picture, "one title that runs over both tables", (middle - 300, 60), 0, 1.0, INK, 2, cv2.LINE_AA)
    assert len(to_clean(picture).tops) == 1
    lone, _ = side_by_side((0.0, 0.0))
    lone[:, middle:] = PAPER
    assert len(to_clean(lone).tops) == 1


def red_sealed(sheet: NDArray[np.uint8], middle: tuple[int, int]) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """The sheet under a round seal of 1.1 in: RGB, and where the seal's ink lies."""
    ink = np.zeros(sheet.shape, np.uint8)
    cv2.circle(ink, middle, 80, 255, 9, cv2.LINE_AA)
    cv2.circle(ink, middle, 22, 255, -1, cv2.LINE_AA)
    share = ink.astype(np.float32)[..., None] / 255
    through = np.array([225, 40, 50], np.float32) / 255
    rgb = cv2.cvtColor(sheet, cv2.COLOR_GRAY2RGB).astype(np.float32)
    return (rgb * (1 - share * (1 - through))).astype(np.uint8), ink > 128


@pytest.mark.parametrize("paper", [(255, 255, 255), (250, 226, 226), (238, 228, 205)])
def test_a_red_seal_is_lifted_off_the_print_under_it(paper: tuple[int, int, int]) -> None:
    sheet = np.full((700, 700), PAPER, np.uint8)
    for row in range(12):
        cv2.putText(sheet, "0123456789 0123456789", (60, 80 + 45 * row), 0, 0.9, INK, 3, cv2.LINE_8)
    plain, seal = red_sealed(sheet, (300, 300))
    picture = (plain * (np.array(paper) / 255)).astype(np.uint8)
    page = to_clean(picture)
    assert page.grey is not None
    print_, bare = seal & (sheet < 60), seal & (cv2.erode(sheet, np.ones((5, 5), np.uint8)) > 200)
    assert print_.sum() > 500
    assert np.percentile(page.grey[print_], 95) < 90
    assert np.percentile(page.grey[bare], 5) > PAPER - 60
    assert np.median(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[bare]) < PAPER - 100


def test_a_form_printed_in_red_keeps_its_rulings() -> None:
    sheet = np.dstack([np.full_like(SHEET, 240), SHEET, SHEET])
    page = to_clean(sheet)
    assert page.grey is not None
    assert float(np.mean(page.grey[SHEET < 60] < 150)) > 0.95


@pytest.mark.parametrize("shape", [(20, 20), (1, 1), (2, 300), (300, 2), (17, 900), (1, 9000), (9000, 2)])
@pytest.mark.parametrize("level", [0, PAPER, None])
def test_scraps_blanks_and_noise_pass(shape: tuple[int, int], level: int | None) -> None:
    noise = np.random.default_rng(3).integers(0, 256, shape, dtype=np.uint8)
    page = to_clean(noise if level is None else np.full(shape, level, np.uint8))
    assert page.grey is not None
    assert page.grey.size > 0


@pytest.mark.parametrize("seed", [1, 2])
def test_a_page_of_pure_noise_passes(seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (900, 700, 3), dtype=np.uint8)
    page = to_clean(noise)
    assert page.size[0] <= 2 * 700
    assert page.size[1] <= 2 * 900


def test_a_blank_page_is_left_alone() -> None:
    page = to_clean(np.full((900, 700), PAPER, np.uint8))
    assert page.grey is not None
    assert (page.skew, page.size) == (0.0, (700.0, 900.0))
    assert int(page.grey.min()) == PAPER


def test_a_page_with_a_text_layer_is_upright_already() -> None:
    layer = TextLayer((Char("a", Box(1, 2, 3, 4)),), ())
    page = Page(3, (595.0, 842.0), "pt", 72.0, Transform.identity(), layer=layer)
    clean = upright(page, KnownTurn(2), UPRIGHT)
    assert (clean.number, clean.layer, clean.grey, clean.quarter_turns) == (3, layer, None, 0)
    assert clean.size == (595.0, 842.0)
