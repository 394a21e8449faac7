"""Lines of print are told apart, however tight they are set, and the strokes of one line stay together."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.config import load_settings
from pipeline.stages.read.debris import find_debris, upper_quartile
from pipeline.stages.read.ink import find_ink, paper_of
from pipeline.stages.read.lines import em_of, is_print, is_wrapped_mark, line_em, page_em, split_lines, split_pieces

READ = load_settings().read
Mask = NDArray[np.uint8]


def ideograph(em: int, chance: np.random.Generator) -> Mask:
    """A square sign of level and plumb strokes; it fills its em but for a rim of a twentieth."""
    sign = np.zeros((em, em), np.uint8)
    rim, stroke = max(round(em / 20), 1), max(round(em / 12), 1)
    low, high = rim, em - rim - stroke
    for place in (low, high, *chance.integers(low, high, 2)):
        start, end = sorted(chance.integers(low, high, 2))
        sign[place : place + stroke, min(start, low + em // 4) : max(end, high - em // 4)] = 1
    for place in (low + em // 8, high - em // 8, int(chance.integers(low, high))):
        sign[low : high + stroke, place : place + stroke] = 1
    return sign


def column_of_lines(lengths: list[int], em: int, pitch: int, seed: int) -> Mask:
    """Lines of so many signs each, from the left; two ems of paper around them."""
    chance = np.random.default_rng(seed)
    mask = np.zeros((4 * em + pitch * len(lengths), 4 * em + em * max(lengths)), np.uint8)
    for row, length in enumerate(lengths):
        y = 2 * em + row * pitch
        for col in range(length):
            x = 2 * em + col * em
            mask[y : y + em, x : x + em] |= ideograph(em, chance)
    return mask


@given(
    st.lists(st.integers(1, 18), min_size=1, max_size=7),
    st.integers(16, 44),
    st.sampled_from([1.0, 1.1, 1.3, 1.6, 2.0]),
    st.integers(0, 999),
)
@settings(max_examples=150)
def test_lines_are_told_apart(lengths: list[int], em: int, leading: float, seed: int) -> None:
    """At a leading of 1.0 the rims of two lines are all the paper between them."""
    pitch = round(em * leading)
    mask = column_of_lines(lengths, em, pitch, seed)
    bands = split_lines(mask, em)
    assert len(bands) == len(lengths)
    for row, (top, bottom) in enumerate(bands):
        assert abs(top - (2 * em + row * pitch)) <= 0.25 * em
        assert abs(bottom - (3 * em + row * pitch)) <= 0.25 * em


@pytest.mark.parametrize("lines", [2, 3, 5, 9])
def test_lines_that_touch_are_cut_where_they_touch_least(lines: int) -> None:
    """Set tighter than the font is high: the strokes of two lines run into one another."""
    em = 30
    mask = column_of_lines([12] * lines, em, em - 2, seed=lines)
    bands = split_lines(mask, em)
    assert len(bands) == lines
    assert all(abs(top - (2 * em + row * (em - 2))) <= 0.2 * em for row, (top, _) in enumerate(bands))


def flat_signs(em: int) -> dict[str, list[tuple[int, int]]]:
    """Strokes of signs that are not one piece, as (top, bottom) rows of one em."""
    thin = max(em // 12, 1)
    levels = {"一": [0.5], "二": [0.2, 0.8], "=": [0.4, 0.6], "三": [0.12, 0.5, 0.88], "…": [0.5]}
    return {sign: [(round(em * at), round(em * at) + thin) for at in places] for sign, places in levels.items()}


@pytest.mark.parametrize("sign", ["一", "二", "=", "三"])
@pytest.mark.parametrize("em", [18, 30, 44])
def test_strokes_of_one_sign_are_one_line(sign: str, em: int) -> None:
    mask = np.zeros((4 * em, 4 * em), np.uint8)
    strokes = flat_signs(em)[sign]
    for top, bottom in strokes:
        mask[em + top : em + bottom, em : 2 * em] = 1
    assert split_lines(mask, em) == [(em + strokes[0][0], em + strokes[-1][1])]
    assert is_print(mask, (em, 2 * em), (0, 4 * em), em)


@pytest.mark.parametrize("sign", ["一", "二", "三"])
def test_a_flat_sign_between_lines_is_a_line_of_its_own(sign: str) -> None:
    em, pitch = 30, 36
    mask = column_of_lines([6, 1, 6], em, pitch, seed=4)
    mask[2 * em + pitch : 3 * em + pitch] = 0
    for top, bottom in flat_signs(em)[sign]:
        mask[2 * em + pitch + top : 2 * em + pitch + bottom, 2 * em : 3 * em] = 1
    assert len(split_lines(mask, em)) == 3


def test_two_sizes_of_print_in_one_area() -> None:
    """A heading of one and a half ems over three lines of body."""
    em = 24
    body = column_of_lines([14, 14, 5], em, 29, seed=1)
    head = column_of_lines([7], 36, 36, seed=2)
    head = np.pad(head, ((0, 0), (0, body.shape[1] - head.shape[1])))
    mask = np.vstack([head[: 72 + 36], body[2 * em - 12 :]])
    bands = split_lines(mask, em)
    assert len(bands) == 4
    assert bands[0][1] - bands[0][0] > 1.3 * (bands[1][1] - bands[1][0])


def test_the_size_of_print_is_measured() -> None:
    for em in (18, 24, 40):
        mask = column_of_lines([14, 14, 5], em, round(1.3 * em), seed=em)
        assert em_of(mask, em * 1.2) == pytest.approx(em, rel=0.2)
        assert page_em(mask, em * 72 / 10.5) == pytest.approx(em, rel=0.2)
    assert page_em(np.zeros((50, 50), np.uint8), 200.0) == pytest.approx(10.5 / 72 * 200)
    assert em_of(np.zeros((50, 50), np.uint8), 31.0) == 31.0


def test_dust_is_no_print() -> None:
    em = 30
    mask = column_of_lines([8], em, em, seed=7)
    dusty = mask.copy()
    dusty[5:7, 5:7] = 1
    dusty[-4:-2, -9:-7] = 1
    assert np.array_equal(find_debris(dusty, dusty, True, 200.0, em, READ), dusty - mask)
    dusty[10:14, 10:14] = 1
    assert not is_print(dusty, (8, 16), (0, 40), em)
    assert is_print(mask, (2 * em, 3 * em), (0, mask.shape[1]), em)


def remnant(mask: Mask, side: int, thick: int, lean: float, dashes: int) -> Mask:
    """A stroke down one side of a mask (0 left, 1 top, 2 right, 3 bottom), leaning by so many pixels, in dashes."""
    turned = np.ascontiguousarray(np.rot90(mask, side))
    stroke = np.zeros_like(turned)
    for part in np.array_split(np.arange(len(turned)), dashes):
        for y in part[: max(len(part) - 4, 3)]:
            x = 3 + round(lean * y / len(turned))
            stroke[y, x : x + thick] = 1
    return np.ascontiguousarray(np.rot90(stroke, -side))


@given(st.integers(18, 40), st.integers(0, 3), st.integers(1, 3), st.floats(0, 2), st.integers(1, 3), st.integers(1, 3))
@settings(max_examples=60)
def test_what_is_left_of_a_ruling_is_no_print(
    em: int, side: int, thick: int, lean: float, dashes: int, lines: int
) -> None:
    mask = column_of_lines([5] * lines, em, round(1.3 * em), seed=em)
    left = remnant(mask, side, thick, lean, dashes)
    assert np.array_equal(find_debris(mask | left, mask | left, True, 200.0, em, READ), left)


@given(st.integers(18, 40), st.integers(2, 9))
def test_strokes_at_a_side_are_print(em: int, lines: int) -> None:
    """A list whose numbers, thin upright strokes, stand one under the other close to the ruling."""
    mask = column_of_lines([5] * lines, em, round(1.45 * em), seed=lines)[:, round(1.2 * em) :]
    for row in range(lines):
        top = 2 * em + row * round(1.45 * em)
        mask[top : top + em, 4:7] = 1
    assert not find_debris(mask, mask, True, 200.0, em, READ).any()


@given(st.integers(16, 40), st.integers(1, 3))
def test_left_parts_of_signs_in_a_low_cell_are_print(em: int, lines: int) -> None:
    """Lines that fill their cell from ruling to ruling: the plumb strokes of 依 or 按 stand where a double ruling's
    second stroke would, but other strokes follow at once."""
    mask = np.zeros((em * lines + 2, 8 * em), np.uint8)
    bars = np.arange(em) % 5 < 3
    for row in range(lines):
        top = 1 + row * em
        mask[top : top + em, em // 3 : em // 3 + max(em // 8, 2)] = 1
        mask[top : top + em, em // 3 : 7 * em] |= bars[:, None]
    assert not find_debris(mask, mask, True, 12.0 * em, em, READ).any()
    ruled = mask.copy()
    ruled[:, 0] = 1
    assert np.array_equal(find_debris(ruled, ruled, True, 12.0 * em, em, READ), ruled - mask)


def test_a_lone_dot_is_dust_and_a_full_stop_is_not() -> None:
    em = 30
    mask = column_of_lines([8], em, em, seed=7)
    stop, dust, ellipsis = (np.zeros_like(mask) for _ in range(3))
    stop[3 * em - 5 : 3 * em, 10 * em + 6 : 10 * em + 11] = 1
    dust[2 * em + 3 : 2 * em + 8, 11 * em + 8 : 11 * em + 13] = 1
    assert np.array_equal(find_debris(mask | stop | dust, mask | stop | dust, True, 200.0, em, READ), dust)
    for x in range(10 * em + 8, 12 * em - 5, 10):
        ellipsis[2 * em + 14 : 2 * em + 18, x : x + 4] = 1
    assert not find_debris(mask | ellipsis, mask | ellipsis, True, 200.0, em, READ).any()


@pytest.mark.parametrize(
    ("left", "foot", "kept"),
    [(2, 0, True), (2, -14, False), (32, 0, False)],  # as full type sets a comma; too high; behind where lines begin
)
def test_a_comma_that_begins_a_line_is_print(left: int, foot: int, kept: bool) -> None:
    em = 30
    mask = column_of_lines([9, 9], em, em + 6, seed=7)
    second = 2 * em + em + 6
    mask[second : second + em, 2 * em : 3 * em + (left > em // 2) * em] = 0
    comma = np.zeros_like(mask)
    comma[second + em - 6 + foot : second + em + foot, 2 * em + left : 2 * em + left + 4] = 1
    debris = find_debris(mask | comma, mask | comma, True, 200.0, em, READ)
    assert np.array_equal(debris, comma * 0 if kept else comma)


def test_what_shows_through_from_the_back_is_no_print() -> None:
    """Print of the page's back at less than half the darkness of its own; a faint dash stays."""
    em = 48
    front, back = column_of_lines([6], em, em, seed=4), column_of_lines([6], em, em, seed=9)[:, ::-1]
    front, back = np.pad(front, ((0, 0), (0, 400))), np.pad(back, ((0, 0), (400, 0)))
    dash = np.zeros_like(front)
    dash[2 * em + 22 : 2 * em + 26, 8 * em + 4 : 8 * em + 17] = 1
    seen = np.where(front, 40, np.where((back | dash) & (1 - front), 150, 240)).astype(np.uint8)
    found = find_ink(cv2.GaussianBlur(seen, (3, 3), 0), np.full_like(seen, 240), 300.0, em, READ, ruled=True)
    assert found.mask[back > 0].mean() < 0.1
    assert found.mask[dash > 0].mean() > 0.3
    assert found.mask[front > 0].mean() > 0.9


def test_debris_is_taken_out_of_the_picture_too() -> None:
    em = 30
    mask = column_of_lines([6], em, em, seed=4)
    left = remnant(mask, 2, 3, 2.0, 2)
    area = cv2.GaussianBlur(np.where(mask | left, 30, 240).astype(np.uint8), (3, 3), 0)
    clean = cv2.GaussianBlur(np.where(mask > 0, 30, 240).astype(np.uint8), (3, 3), 0)
    found, wanted = (
        find_ink(picture, paper_of(picture, 200.0), 200.0, em, READ, ruled=True) for picture in (area, clean)
    )
    assert not found.mask[:, -8:].any()
    assert float(np.mean(found.mask != wanted.mask)) < 0.01
    assert int(cv2.absdiff(found.darkness, wanted.darkness).max()) <= 60


@given(st.lists(st.integers(1, 9), min_size=1, max_size=5), st.integers(20, 40))
def test_pieces_are_parted_by_wide_blanks_only(words: list[int], em: int) -> None:
    gap, parts = round(3.2 * em), []
    for i, length in enumerate(words):
        signs = column_of_lines([length], em, em, seed=i)[2 * em : 3 * em, 2 * em : -2 * em]
        parts += [signs, np.zeros((em, gap), np.uint8)]
    pieces = split_pieces(np.hstack(parts), (0, em), READ.split_gap * em)
    assert len(pieces) == len(words)
    assert [round((b - a) / em) for a, b in pieces] == words


def test_nothing_has_no_lines() -> None:
    assert split_lines(np.zeros((90, 50), np.uint8), 20.0) == []


@given(st.integers(0, 2**16), st.floats(0.0, 0.9), st.floats(4.0, 60.0))
@settings(max_examples=40)
def test_lines_of_noise_are_apart_and_in_order(seed: int, share: float, em: float) -> None:
    noise = (np.random.default_rng(seed).random((160, 120)) < share).astype(np.uint8)
    bands = split_lines(noise, em)
    edges = [edge for band in bands for edge in band]
    assert edges == sorted(edges)
    assert all(noise[top].any() and noise[bottom - 1].any() for top, bottom in bands)
    covered = np.zeros(160, bool)
    for top, bottom in bands:
        covered[top:bottom] = True
    assert not noise[~covered].any()


@pytest.mark.parametrize(("paper", "ink"), [(245, 20), (200, 90), (60, 240)])
def test_ink_is_found_on_light_and_on_dark_paper(paper: int, ink: int) -> None:
    em = 30
    mask = column_of_lines([8, 8], em, 36, seed=3)
    area = np.where(mask > 0, ink, paper).astype(np.uint8)
    grain = np.random.default_rng(1).normal(0, 4, area.shape)
    picture = np.clip(cv2.GaussianBlur(area, (3, 3), 0) + grain, 0, 255).astype(np.uint8)
    found = find_ink(picture, np.full_like(picture, 245), 200.0, em, READ)
    assert len(split_lines(found.mask, em)) == 2
    assert float(np.mean(found.mask[mask > 0])) > 0.9
    assert found.contrast == pytest.approx(abs(paper - ink), rel=0.25)


def test_paper_is_followed_under_print_and_shade() -> None:
    """Light falls off by two thirds over a page full of print, with a thick ruling along its side."""
    em = 30
    mask = np.tile(column_of_lines([14] * 8, em, 36, seed=5), (2, 2))
    mask[:, :6] = 1
    light = np.linspace(250, 90, mask.shape[1])[None, :].repeat(len(mask), axis=0)
    page = np.where(mask > 0, 0.15 * light, light).astype(np.uint8)
    assert float(np.percentile(np.abs(paper_of(page, 200.0) - light), 98)) < 12


def test_blank_paper_has_no_ink() -> None:
    grain = np.random.default_rng(1).normal(240, 4, (60, 200))
    blank = np.clip(grain, 0, 255).astype(np.uint8)
    found = find_ink(blank, paper_of(blank, 200.0), 200.0, 30.0, READ)
    assert not found.mask.any()
    assert found.contrast == 0.0


def figures_over_a_head(em: int) -> Mask:
    """Five figures, three quarters of an em high, and below them a sign whose head stroke stands apart, as in 元."""
    mask = np.zeros((5 * em, 6 * em), np.uint8)
    stroke = max(round(em / 12), 1)
    high, wide = round(0.75 * em), round(0.45 * em)
    for n in range(5):
        x = em + n * round(0.8 * em)
        cv2.rectangle(mask, (x, em), (x + wide, em + high - 1), 1, stroke)
    top, left = round(2.3 * em), 2 * em
    mask[top : top + stroke, left + em // 4 : left + 3 * em // 4] = 1
    mask[top + em // 3 : top + round(0.9 * em), left + em // 3 : left + em // 3 + stroke] = 1
    mask[top + em // 3 : top + em // 3 + stroke, left : left + round(0.85 * em)] = 1
    return mask


@pytest.mark.parametrize("em", [20, 30, 44])
def test_the_strokes_of_a_sign_below_figures_are_one_line(em: int) -> None:
    """Figures alone make type look lower than it is."""
    mask = figures_over_a_head(em)
    own = em_of(mask, em)
    assert own < 0.9 * em
    assert len(split_lines(mask, line_em(own, em))) == 2


@given(st.integers(24, 44), st.sampled_from([0.66, 0.72, 0.8, 0.9, 1.0]), st.integers(0, 99))
@settings(max_examples=60)
def test_lines_of_smaller_type_are_told_apart_by_the_text_height_of_the_page(em: int, size: float, seed: int) -> None:
    own = round(size * em)
    mask = column_of_lines([9, 8, 9], own, round(1.15 * own), seed)
    assert len(split_lines(mask, line_em(size * em, em))) == 3


def test_type_that_is_much_smaller_or_larger_keeps_its_own_height() -> None:
    assert line_em(20.0, 40.0) == 20.0
    assert line_em(44.0, 40.0) == 44.0


@pytest.mark.parametrize(
    ("length", "indent", "beside", "wrapped"),
    [
        (9, 0.1, False, True),
        (6, 0.1, False, False),  # the line above is not full: nothing had to wrap
        (9, 1.5, False, False),  # not where lines begin
        (9, 0.1, True, False),  # something else stands on the line
    ],
)
@pytest.mark.parametrize("em", [20, 31])
def test_a_mark_that_wrapped_is_print(em: int, length: int, indent: float, beside: bool, wrapped: bool) -> None:
    """Its dots are as small as dust, so that its place has to tell."""
    mask = column_of_lines([9, length, 1, 9], em, round(1.5 * em), 5)
    top, left, dot = 2 * em + round(3.0 * em), 2 * em, round(0.16 * em)
    mask[top : top + round(1.3 * em)] = 0
    x = left + round(indent * em)
    for y in (0.35, 0.8):
        mask[top + round(y * em) : top + round(y * em) + dot, x : x + dot] = 1
    if beside:
        mask[top : top + em, left + 4 * em : left + 5 * em] = 1
    (_, above, own, _), page = split_lines(mask, em), em_of(mask, em)
    (piece, *_) = split_pieces(mask, own, 2.5 * em)
    assert not is_print(mask, own, piece, page)
    assert is_wrapped_mark(mask, above, own, piece, page) == wrapped
    assert not is_wrapped_mark(mask, None, own, piece, page)


@given(st.lists(st.integers(0, 255), min_size=1, max_size=30))
def test_the_upper_quartile_is_numpys(numbers: list[int]) -> None:
    assert upper_quartile(np.array(numbers, np.uint8)) == np.percentile(numbers, 75)


def test_a_high_sign_alone_on_a_line_is_one_line_though_its_strokes_stand_apart() -> None:
    """前 behind 每月15日: a twelfth higher than the text, its upper strokes apart from the rest."""
    mask = np.zeros((95, 120), np.uint8)
    mask[6:42, 10:110] = 1
    mask[49:58, 40:70] = mask[60:88, 42:68] = 1
    assert split_lines(mask, 36.0) == [(6, 42), (49, 88)]


def test_strokes_of_a_sign_that_touches_the_line_above_are_one_line() -> None:
    """会 below a line whose signs reach down to its roof: the cut parts the lines, and the roof stays with its sign."""
    mask = np.zeros((95, 140), np.uint8)
    mask[4:40, 10:130] = 1
    mask[40:45, 50:52] = 1
    mask[45:63, 40:70] = mask[64:80, 42:68] = 1
    assert len(split_lines(mask, 36.0)) == 2
