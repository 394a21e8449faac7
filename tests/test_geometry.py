"""Boxes cannot be inverted; maps compose, and lead back."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.geometry import Box, Chain, Point, Transform, box_around, map_boxes, union_of
from pipeline.stages.upright.bend import SHAPES, Bend, Bow

WIDTH, HEIGHT = 1600.0, 2200.0
PLACES = st.floats(-100.0, 2300.0)
POINTS = st.tuples(PLACES, PLACES)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    x, y = draw(POINTS)
    return Box(x, y, x + draw(st.floats(0.0, 900.0)), y + draw(st.floats(0.0, 900.0)))


@st.composite
def transforms(draw: st.DrawFn) -> Transform:
    """What a page goes through: shift, scale, turn and the perspective of a camera."""
    angle = math.radians(draw(st.floats(-180.0, 180.0)))
    turn = Transform((math.cos(angle), -math.sin(angle), 0.0, math.sin(angle), math.cos(angle), 0.0, 0.0, 0.0, 1.0))
    lean = Transform((1.0, 0.0, 0.0, 0.0, 1.0, 0.0, draw(st.floats(0.0, 1e-4)), draw(st.floats(0.0, 1e-4)), 1.0))
    scale = Transform.scale(draw(st.floats(0.2, 4.0)), draw(st.floats(0.2, 4.0)))
    shift = Transform.shift(draw(st.floats(-500.0, 500.0)), draw(st.floats(-500.0, 500.0)))
    return lean.then(scale).then(turn).then(shift)


@st.composite
def bends(draw: st.DrawFn) -> Bend:
    """Curls of a sheet: it rises by at most a few hundredths of its side, the less the faster it changes."""
    along, across = SHAPES[0]
    falling = 4.0 ** -np.add.outer(np.arange(along + 1), np.arange(across))
    count = (along + 1) * across
    shares = st.lists(st.floats(-1.0, 1.0), min_size=count, max_size=count)
    axes = draw(st.sampled_from([(0,), (1,), (0, 1)]))
    rises = [0.02 * HEIGHT * falling * np.array(draw(shares)).reshape(along + 1, across) for _ in axes]
    reach = ((0.1 * WIDTH, 0.9 * WIDTH), (0.1 * HEIGHT, 0.9 * HEIGHT))
    return Bend(
        tuple(
            Bow(axis, reach if axis == 0 else reach[::-1], tuple(map(tuple, rise.tolist())))
            for axis, rise in zip(axes, rises, strict=True)
        )
    )


def near(point: Point, other: Point, within: float = 1e-5) -> bool:
    return math.dist(point, other) <= within


@pytest.mark.parametrize(
    "edges",
    [
        (2.0, 0.0, 1.0, 5.0),
        (0.0, 2.0, 5.0, 1.0),
        (0.0, 0.0, math.nan, 1.0),
        (0.0, 0.0, 1.0, math.inf),
        (-math.inf, 0.0, math.inf, 1.0),
        (math.inf, 0.0, math.inf, 1.0),
    ],
)
def test_inverted_boxes_are_refused(edges: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="box edges"):
        Box(*edges)


def test_a_box_is_half_open() -> None:
    box = Box(0, 0, 10, 4)
    assert box.contains((0, 0))
    assert not box.contains((10, 2))
    assert not box.contains((2, 4))
    assert (box.width, box.height, box.area, box.centre) == (10, 4, 40, (5, 2))


@given(boxes(), boxes())
def test_what_two_boxes_share_lies_in_both_and_both_in_their_union(a: Box, b: Box) -> None:
    union = a.union(b)
    assert union == b.union(a) == union_of([a, b])
    assert union.union(a) == union
    shared = a.intersection(b)
    if shared is None:
        assert min(a.x1, b.x1) <= max(a.x0, b.x0) or min(a.y1, b.y1) <= max(a.y0, b.y0)
    else:
        assert 0 <= shared.area <= min(a.area, b.area)
        assert a.union(shared) == a
        assert b.union(shared) == b


@given(boxes(), st.floats(-1000.0, 500.0), st.floats(-1000.0, 500.0))
def test_a_box_never_shrinks_past_its_centre(box: Box, dx: float, dy: float) -> None:
    grown = box.grown(dx, dy)
    assert grown.centre == pytest.approx(box.centre, abs=1e-6)
    assert grown.width == pytest.approx(max(box.width + 2 * dx, 0), abs=1e-6)


@given(boxes())
@example(Box(-41.42, 0.0, 5.212, 1.0))
def test_a_box_shrunk_to_its_centre_is_a_box_still(box: Box) -> None:
    assert box.grown(-1e6).area == pytest.approx(0.0, abs=1e-6)


@given(boxes())
def test_a_clipped_box_lies_on_the_page(box: Box) -> None:
    clipped = box.clipped(WIDTH, HEIGHT)
    assert 0 <= clipped.x0 <= clipped.x1 <= WIDTH
    assert 0 <= clipped.y0 <= clipped.y1 <= HEIGHT
    assert clipped.area == pytest.approx(getattr(box.intersection(Box(0, 0, WIDTH, HEIGHT)), "area", 0.0))


def test_no_boxes_have_no_union() -> None:
    with pytest.raises(ValueError, match="no boxes"):
        union_of([])


@given(transforms(), transforms(), POINTS)
def test_then_applies_the_first_map_first(first: Transform, second: Transform, point: Point) -> None:
    there = first.apply(point)
    assert near(first.then(second).apply(point), second.apply(there), 1e-6 * (1 + math.hypot(*second.apply(there))))


@given(transforms(), POINTS)
def test_identity_changes_nothing(transform: Transform, point: Point) -> None:
    assert transform.then(Transform.identity()) == transform == Transform.identity().then(transform)
    assert Transform.identity().apply(point) == point


@given(transforms(), POINTS)
def test_inverse_leads_back(transform: Transform, point: Point) -> None:
    assert near(transform.inverse().apply(transform.apply(point)), point)
    assert near(transform.apply(transform.inverse().apply(transform.apply(point))), transform.apply(point), 1e-4)


def test_a_flat_map_has_no_way_back() -> None:
    with pytest.raises(ValueError, match="no inverse"):
        Transform.scale(0.0).inverse()


@given(st.integers(-8, 8), POINTS)
def test_quarter_turns_turn_clockwise_and_back(turns: int, point: Point) -> None:
    turn = Transform.quarter_turns(turns, WIDTH, HEIGHT)
    frame = (HEIGHT, WIDTH) if turns % 2 else (WIDTH, HEIGHT)
    assert turn.apply_box(Box(0, 0, WIDTH, HEIGHT)) == Box(0, 0, *frame)
    assert near(Transform.quarter_turns(-turns, *frame).apply(turn.apply(point)), point)
    top_left = [(0, 0), (HEIGHT, 0), (WIDTH, HEIGHT), (0, WIDTH)][turns % 4]
    assert turn.apply((0, 0)) == top_left


@given(st.integers(0, 3))
def test_quarter_turns_agree_with_the_pixels(turns: int) -> None:
    picture = np.zeros((4, 6), np.uint8)
    picture[1, 4] = 1
    (y, x) = np.argwhere(np.rot90(picture, -turns))[0]
    assert Transform.quarter_turns(turns, 6, 4).apply_box(Box(4, 1, 5, 2)) == Box(x, y, x + 1, y + 1)


@given(transforms(), boxes())
def test_a_mapped_box_holds_its_mapped_corners(transform: Transform, box: Box) -> None:
    mapped = transform.apply_box(box)
    assert mapped == box_around(transform.apply(corner) for corner in box.corners)


@given(bends(), POINTS)
def test_a_bend_leads_there_and_back(bend: Bend, point: Point) -> None:
    assert near(bend.inverse().apply(bend.apply(point)), point, 0.05)
    assert bend.inverse().inverse() == bend


@given(st.lists(st.one_of(transforms(), bends()), min_size=1, max_size=3).map(tuple), POINTS)
def test_a_chain_applies_in_order_and_leads_back(maps: tuple[Transform | Bend, ...], point: Point) -> None:
    there = point
    for step in maps:
        there = step.apply(there)
    assert Chain(maps).apply(point) == there
    assert Chain(()).apply(point) == point


@given(transforms(), bends(), POINTS)
def test_a_chain_of_a_bend_and_a_transform_leads_back(transform: Transform, bend: Bend, point: Point) -> None:
    chain = Chain((bend, transform))
    assert near(chain.inverse().apply(chain.apply(point)), point, 0.05)


@given(st.lists(st.one_of(transforms(), bends()), max_size=3).map(tuple), st.lists(boxes(), max_size=4))
def test_boxes_mapped_together_lie_where_each_does(maps: tuple[Transform | Bend, ...], found: list[Box]) -> None:
    chain = Chain(maps)
    assert map_boxes(chain, found) == [chain.apply_box(box) for box in found]
    assert map_boxes(chain.inverse(), found) == [chain.inverse().apply_box(box) for box in found]
