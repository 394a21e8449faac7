"""Leaf: boxes, segments and plane transforms, and the one coordinate contract of the house.

Coordinate contract
    Origin top-left, x right, y down, floats, boxes half-open: [x0, x1) x [y0, y1).
    A *file page* is measured in the unit its file stores: points (1/72 in) for a PDF page, pixels for a picture.
    A *clean page* is measured in its own pixels at its own dpi (for a page with a text layer: points, dpi 72);
    its ``to_file`` transform leads back to the file page.
    Page indices are 0-based in code and 1-based in everything that leaves the program.
    Confidence is a probability in [0, 1].
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A half-open axis-aligned rectangle. Raises ValueError for inverted or non-finite edges."""

    x0: float
    y0: float
    x1: float
    y1: float

    def __post_init__(self) -> None:
        if 0.0 <= self.x1 - self.x0 < math.inf and 0.0 <= self.y1 - self.y0 < math.inf:
            return  # no edge is infinite or no number, or the difference were; each character of a page has a box
        if not all(map(math.isfinite, (self.x0, self.y0, self.x1, self.y1))):
            raise ValueError(f"box edges must be finite: {self}")
        if self.x1 < self.x0 or self.y1 < self.y0:
            raise ValueError(f"box edges are inverted: {self}")

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def area(self) -> float:
        return self.width * self.height

    @property
    def centre(self) -> Point:
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    @property
    def corners(self) -> tuple[Point, Point, Point, Point]:
        """Clockwise from the top left."""
        return (self.x0, self.y0), (self.x1, self.y0), (self.x1, self.y1), (self.x0, self.y1)

    def contains(self, point: Point) -> bool:
        return self.x0 <= point[0] < self.x1 and self.y0 <= point[1] < self.y1

    def intersection(self, other: Box) -> Box | None:
        """Given another box, return the shared part, or None when no area is shared."""
        x0, y0 = max(self.x0, other.x0), max(self.y0, other.y0)
        x1, y1 = min(self.x1, other.x1), min(self.y1, other.y1)
        return Box(x0, y0, x1, y1) if x1 > x0 and y1 > y0 else None

    def union(self, other: Box) -> Box:
        return Box(min(self.x0, other.x0), min(self.y0, other.y0), max(self.x1, other.x1), max(self.y1, other.y1))

    def shifted(self, dx: float, dy: float) -> Box:
        return Box(self.x0 + dx, self.y0 + dy, self.x1 + dx, self.y1 + dy)

    def grown(self, dx: float, dy: float | None = None) -> Box:
        """Given margins (negative shrinks, at most to the centre), return the box with each side moved outward."""
        dy = dx if dy is None else dy
        dx, dy = max(dx, -self.width / 2), max(dy, -self.height / 2)
        x0, y0 = self.x0 - dx, self.y0 - dy
        return Box(x0, y0, max(self.x1 + dx, x0), max(self.y1 + dy, y0))  # the two halves may differ by a rounding

    def clipped(self, width: float, height: float) -> Box:
        """Given a page size, return the part on the page (an empty box on its edge when none is)."""

        def hold(value: float, top: float) -> float:
            return min(max(value, 0.0), top)

        return Box(hold(self.x0, width), hold(self.y0, height), hold(self.x1, width), hold(self.y1, height))


def union_of(boxes: Iterable[Box]) -> Box:
    """Given at least one box, return the smallest box that holds all. Raises ValueError when there is none."""
    all_boxes = list(boxes)
    if not all_boxes:
        raise ValueError("no boxes to unite")
    return Box(
        min(b.x0 for b in all_boxes),
        min(b.y0 for b in all_boxes),
        max(b.x1 for b in all_boxes),
        max(b.y1 for b in all_boxes),
    )


class PlaneMap(Protocol):
    """A map of the plane: where a point, and the smallest upright box around a box's corners, comes to lie."""

    def apply(self, point: Point) -> Point: ...

    def apply_points(self, points: Sequence[Point]) -> list[Point]:
        """The same for many points at once."""
        ...

    def apply_box(self, box: Box) -> Box: ...

    def inverse(self) -> PlaneMap: ...


def box_around(points: Iterable[Point]) -> Box:
    """Given at least one point, return the smallest upright box that holds all."""
    xs, ys = zip(*points, strict=True)
    return Box(min(xs), min(ys), max(xs), max(ys))


def map_boxes(to: PlaneMap, boxes: Sequence[Box]) -> list[Box]:
    """Given a map and boxes, return the smallest upright box around the mapped corners of each."""
    corners = to.apply_points([corner for box in boxes for corner in box.corners])
    return [box_around(corners[at : at + 4]) for at in range(0, len(corners), 4)]


@dataclass(frozen=True, slots=True)
class Chain:
    """Maps applied one after the other, first to last."""

    maps: tuple[PlaneMap, ...]

    @staticmethod
    def of(*maps: PlaneMap) -> Chain:
        """Given maps, return them as a chain, neighbours of one kind multiplied into one."""
        fused: list[PlaneMap] = []
        for step in maps:
            last = fused[-1] if fused else None
            if isinstance(last, Transform) and isinstance(step, Transform):
                fused[-1] = last.then(step)
            else:
                fused.append(step)
        return Chain(tuple(fused))

    def apply(self, point: Point) -> Point:
        for step in self.maps:
            point = step.apply(point)
        return point

    def apply_points(self, points: Sequence[Point]) -> list[Point]:
        for step in self.maps:
            points = step.apply_points(points)
        return list(points)

    def apply_box(self, box: Box) -> Box:
        return box_around(self.apply(corner) for corner in box.corners)

    def inverse(self) -> Chain:
        """Return the map back. Raises ValueError when a step has none."""
        return Chain(tuple(step.inverse() for step in reversed(self.maps)))


@dataclass(frozen=True, slots=True)
class Transform:
    """A plane projective map, row-major 3x3: (x, y) -> ((ax+by+c)/w, (dx+ey+f)/w), w = gx+hy+i.

    Affine maps are the case g = h = 0, i = 1. Composition reads left to right: ``first.then(second)``.
    Source: Hartley & Zisserman, Multiple View Geometry, 2nd ed., section 2.3.
    """

    matrix: tuple[float, float, float, float, float, float, float, float, float]

    @staticmethod
    def identity() -> Transform:
        return Transform((1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0))

    @staticmethod
    def scale(sx: float, sy: float | None = None) -> Transform:
        return Transform((sx, 0.0, 0.0, 0.0, sx if sy is None else sy, 0.0, 0.0, 0.0, 1.0))

    @staticmethod
    def shift(dx: float, dy: float) -> Transform:
        return Transform((1.0, 0.0, dx, 0.0, 1.0, dy, 0.0, 0.0, 1.0))

    @staticmethod
    def quarter_turns(turns: int, width: float, height: float) -> Transform:
        """Given a page size, return the clockwise turn of the page by ``turns`` x 90 degrees, onto its new frame."""
        return (
            Transform.identity(),
            Transform((0.0, -1.0, height, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0)),
            Transform((-1.0, 0.0, width, 0.0, -1.0, height, 0.0, 0.0, 1.0)),
            Transform((0.0, 1.0, 0.0, -1.0, 0.0, width, 0.0, 0.0, 1.0)),
        )[turns % 4]

    def apply(self, point: Point) -> Point:
        a, b, c, d, e, f, g, h, i = self.matrix
        x, y = point
        w = g * x + h * y + i
        return (a * x + b * y + c) / w, (d * x + e * y + f) / w

    def apply_points(self, points: Sequence[Point]) -> list[Point]:
        return [self.apply(point) for point in points]

    def apply_box(self, box: Box) -> Box:
        """Given a box, return the smallest upright box that holds its four mapped corners."""
        return box_around(self.apply(corner) for corner in box.corners)

    def then(self, after: Transform) -> Transform:
        """Return the map that applies this one first and ``after`` second."""
        m, n = self.matrix, after.matrix
        product = tuple(sum(n[3 * r + k] * m[3 * k + c] for k in range(3)) for r in range(3) for c in range(3))
        return Transform(product)  # type: ignore[arg-type]

    def inverse(self) -> Transform:
        """Return the map back. Raises ValueError for a degenerate map."""
        a, b, c, d, e, f, g, h, i = self.matrix
        det = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
        if abs(det) < 1e-12:
            raise ValueError("transform has no inverse")
        adjugate = (
            e * i - f * h, c * h - b * i, b * f - c * e,
            f * g - d * i, a * i - c * g, c * d - a * f,
            d * h - e * g, b * g - a * h, a * e - b * d,
        )  # fmt: skip
        return Transform(tuple(v / det for v in adjugate))  # type: ignore[arg-type]
