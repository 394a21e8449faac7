"""Painted paths -> rulings: lines, thin filled boxes, outlines, edges of fills; dashes joined.

A ruling of thickness 0 is the edge of a fill: nothing is drawn there but the colour changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from pipeline.geometry import Box
from pipeline.model import Ruling
from pipeline.stages.ingest.painted import PaintedPath

SLOPE = 0.01
"""Of its length; a segment that leaves its axis by less is straight along it (0.6 degrees)."""

SAME_LINE_PT = 0.6
"""Points; pieces whose axes lie nearer are strokes of one ruling."""

JOIN_PT = 1.5
"""Points; a gap between two pieces of one ruling that the eye does not see."""

DASH_PT = 12.0
"""Points; a piece shorter than this may be a dash or a dot."""

DASH_GAP = 3.0
"""Of the longer of two neighbouring dashes; the widest gap within a dashed ruling."""

DASH_GAP_PT = 6.0
"""Points; the widest gap within a dashed ruling, however long the dashes."""

HAIRLINE_PT = 0.25
"""Points; what a stroke of width 0, the thinnest that can be drawn, counts as."""

MIN_FILL_PT = 4.0
"""Points; a fill lower or narrower than this is a mark, its edges part nothing."""


@dataclass(frozen=True, slots=True)
class Found:
    """Rulings of a page, joined, each kind in order of (axis, at, start).

    drawn: in a colour; edges: of fills, thickness 0; white: they show only where they cross a fill.
    """

    drawn: tuple[Ruling, ...]
    edges: tuple[Ruling, ...]
    white: tuple[Ruling, ...]


def rulings_of(paths: Iterable[PaintedPath], thin: float, width: float, height: float) -> Found:
    """Given painted paths, the thickness in points under which a filled box is a ruling, and the page's size in points,
    return the rulings on the page."""
    kinds: dict[str, list[Ruling]] = {"drawn": [], "edges": [], "white": []}
    for path in paths:
        for ruling in _rulings_of_path(path, thin):
            held = _on_page(ruling, width, height)
            if held is not None and not (path.white and held.thickness == 0):
                kinds["white" if path.white else "drawn" if held.thickness > 0 else "edges"].append(held)
    return Found(**{kind: tuple(join_pieces(rulings)) for kind, rulings in kinds.items()})


def _rulings_of_path(path: PaintedPath, thin: float) -> Iterator[Ruling]:
    box = _extent(path)
    if path.stroke and (path.thickness <= thin or not path.fill):
        yield from _segments(path, min(max(path.thickness, HAIRLINE_PT), thin))
    elif path.fill and min(box.width, box.height) <= thin < max(box.width, box.height) / 2:
        yield _along(box)
    elif path.fill and min(box.width, box.height) <= thin:
        yield from _dot(box)
    elif path.fill and _is_box(path, box) and min(box.width, box.height) >= MIN_FILL_PT:
        yield from _outline(box)


def _extent(path: PaintedPath) -> Box:
    xs, ys = [x for x, _ in path.points], [y for _, y in path.points]
    return Box(min(xs), min(ys), max(xs), max(ys))


def _segments(path: PaintedPath, thickness: float) -> Iterator[Ruling]:
    """Given a stroked path, yield those of its sides that run along an axis."""
    points = [*path.points, path.points[0]] if path.closed else list(path.points)
    for (x0, y0), (x1, y1) in pairwise(points):
        dx, dy = abs(x1 - x0), abs(y1 - y0)
        if dx > 0 and dy <= SLOPE * dx:
            yield Ruling("h", (y0 + y1) / 2, min(x0, x1), max(x0, x1), thickness)
        elif dy > 0 and dx <= SLOPE * dy:
            yield Ruling("v", (x0 + x1) / 2, min(y0, y1), max(y0, y1), thickness)


def _along(box: Box) -> Ruling:
    """Given a thin box, return the ruling along its longer axis."""
    x, y = box.centre
    if box.width >= box.height:
        return Ruling("h", y, box.x0, box.x1, max(box.height, HAIRLINE_PT))
    return Ruling("v", x, box.y0, box.y1, max(box.width, HAIRLINE_PT))


def _dot(box: Box) -> Iterator[Ruling]:
    """Given a box small both ways, yield it as a piece of a ruling of either axis: its neighbours will tell."""
    x, y = box.centre
    yield Ruling("h", y, box.x0, box.x1, max(box.height, HAIRLINE_PT))
    yield Ruling("v", x, box.y0, box.y1, max(box.width, HAIRLINE_PT))


def _is_box(path: PaintedPath, box: Box) -> bool:
    """Return whether a closed path of straight sides is its own extent (each corner of the path a corner of it)."""
    if path.curved or len(path.points) > 5:
        return False
    near = min(box.width, box.height) * 0.02
    return len(path.points) >= 4 and all(
        min(abs(x - box.x0), abs(x - box.x1)) <= near and min(abs(y - box.y0), abs(y - box.y1)) <= near
        for x, y in path.points
    )


def _outline(box: Box) -> Iterator[Ruling]:
    for y in (box.y0, box.y1):
        yield Ruling("h", y, box.x0, box.x1, 0.0)
    for x in (box.x0, box.x1):
        yield Ruling("v", x, box.y0, box.y1, 0.0)


def _on_page(ruling: Ruling, width: float, height: float) -> Ruling | None:
    """Return the part of a ruling that lies on the page, or None."""
    along, across = (width, height) if ruling.orientation == "h" else (height, width)
    start, end = max(ruling.start, 0.0), min(ruling.end, along)
    if end <= start or not -SAME_LINE_PT <= ruling.at <= across + SAME_LINE_PT:
        return None
    return Ruling(ruling.orientation, min(max(ruling.at, 0.0), across), start, end, ruling.thickness)


def join_pieces(pieces: Iterable[Ruling]) -> list[Ruling]:
    """Given rulings, return them with collinear pieces that touch or make a dashed line joined, lone dots left out."""
    joined: list[Ruling] = []
    ordered = sorted(pieces, key=lambda r: (r.orientation, r.at, r.start))
    for strand in _strands(ordered):
        joined.extend(_join_strand(strand))
    return [ruling for ruling in joined if ruling.length > 2 * ruling.thickness]


def _strands(ordered: list[Ruling]) -> Iterator[list[Ruling]]:
    """Given rulings in order of (axis, at), yield those of one axis within SAME_LINE_PT of the first."""
    strand: list[Ruling] = []
    for ruling in ordered:
        if strand and (ruling.orientation != strand[0].orientation or ruling.at - strand[0].at > SAME_LINE_PT):
            yield strand
            strand = []
        strand.append(ruling)
    if strand:
        yield strand


def _join_strand(strand: list[Ruling]) -> list[Ruling]:
    runs: list[list[Ruling]] = []
    ends: list[float] = []
    for piece in sorted(strand, key=lambda r: r.start):
        if runs and _goes_on(runs[-1][-1], ends[-1], piece):
            runs[-1].append(piece)
            ends[-1] = max(ends[-1], piece.end)
        else:
            runs.append([piece])
            ends.append(piece.end)
    return [_united(run, end) for run, end in zip(runs, ends, strict=True)]


def _goes_on(last: Ruling, end: float, piece: Ruling) -> bool:
    gap = piece.start - end
    if gap <= JOIN_PT:
        return True
    both_short = last.length <= DASH_PT and piece.length <= DASH_PT
    return both_short and gap <= min(DASH_GAP_PT, DASH_GAP * max(last.length, piece.length))


def _united(run: list[Ruling], end: float) -> Ruling:
    """Given the pieces of one ruling, return it; its place is the mean of theirs by length."""
    weight = sum(piece.length for piece in run)
    at = sum(piece.at * piece.length for piece in run) / weight if weight > 0 else run[0].at
    return Ruling(run[0].orientation, at, run[0].start, end, max(piece.thickness for piece in run))
