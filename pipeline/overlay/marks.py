"""Product -> marks: what is to be drawn over a page, in the page's own coordinates and without a single pixel."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle

from pipeline.geometry import Box, PlaneMap, Point
from pipeline.model import Cell, Glyph, Grid, PageReading, Record, Ruling, TableRegion, TextLine

Colour = tuple[int, int, int]

LIST_PATH = re.compile(r"\w+\[(?P<row>\d+)\]\.(?P<field>.+)")
"""A value in a row of a list: its row and field are what tells it from its neighbours."""

LEVEL: Colour = (20, 90, 220)
UPRIGHT: Colour = (230, 80, 0)
REGION: Colour = (200, 0, 140)
EDGE: Colour = (90, 90, 90)
INK: Colour = (30, 30, 30)
SINGLE: Colour = (150, 190, 230)
MERGED: tuple[Colour, ...] = ((255, 190, 60), (120, 205, 120), (230, 140, 190), (150, 150, 240), (90, 200, 200))
"""Cells over several slots take these in turn, so that neighbours differ."""
DOUBT_AT = 0.5
"""Probability drawn in full red; a reading right every second time is no reading."""


@dataclass(frozen=True, slots=True)
class Tint:
    """A box washed over with colour; the page shines through."""

    box: Box
    colour: Colour
    strength: float = 0.3


@dataclass(frozen=True, slots=True)
class Outline:
    """The sides of a box. weight: in hairlines of the painter."""

    box: Box
    colour: Colour
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Stroke:
    start: Point
    end: Point
    colour: Colour
    weight: int = 2


@dataclass(frozen=True, slots=True)
class Caption:
    """Small print on a light ground at the top left corner of a box: inside it, or above it when ``above``."""

    box: Box
    text: str
    colour: Colour
    above: bool = False


@dataclass(frozen=True, slots=True)
class Print:
    """Text set to fill the height and width of a box, as the page prints it there."""

    box: Box
    text: str
    colour: Colour


Mark = Tint | Outline | Stroke | Caption | Print


def confidence_colour(confidence: float) -> Colour:
    """Given a probability, return green for certain, through yellow, to red at DOUBT_AT and below.

    Squared, so that the step from 0.99 to 0.9, which decides over acceptance, is seen.
    """
    sure = min(max((confidence - DOUBT_AT) / (1 - DOUBT_AT), 0.0), 1.0)
    red, green, blue = colorsys.hsv_to_rgb(sure * sure / 3, 1.0, 0.75)
    return round(red * 255), round(green * 255), round(blue * 255)


def detect_marks(regions: Sequence[TableRegion]) -> Iterator[Mark]:
    """Given table regions of a clean page, yield their frames, their rulings and their kinds."""
    for number, region in enumerate(regions):
        yield from map(ruling_mark, region.rulings)
        yield Outline(region.box, REGION, weight=2)
        yield Caption(region.box, f"{number} {region.kind}", REGION, above=True)


def ruling_mark(ruling: Ruling) -> Stroke:
    if ruling.orientation == "h":
        return Stroke((ruling.start, ruling.at), (ruling.end, ruling.at), LEVEL)
    return Stroke((ruling.at, ruling.start), (ruling.at, ruling.end), UPRIGHT)


def grid_marks(grids: Iterable[Grid]) -> Iterator[Mark]:
    """Given grids of a clean page, yield each cell tinted (merged ones in strong colours) with its place and spans."""
    for grid in grids:
        colours = cycle(MERGED)
        for cell in grid.cells:
            merged = cell.row_span * cell.col_span > 1
            yield Tint(cell.box, next(colours) if merged else SINGLE)
            yield Outline(cell.box, EDGE)
            yield Caption(cell.box, cell_label(cell), INK)


def cell_label(cell: Cell) -> str:
    """Given a cell, return its place, and its spans when it covers more than one slot."""
    spans = f" {cell.row_span}×{cell.col_span}" if cell.row_span * cell.col_span > 1 else ""
    return f"{cell.row},{cell.col}{spans}"


def lines_of(reading: PageReading) -> Iterator[TextLine]:
    """Given a page's reading, yield all its lines: those in cells, then the loose ones."""
    for grid in reading.grids:
        for cell in grid.cells:
            yield from cell.lines
    yield from reading.loose


def place_marks(reading: PageReading) -> Iterator[Mark]:
    """Given a page's reading, yield for the clean page the box of each line in the colour of its confidence."""
    for line in lines_of(reading):
        box = clean_line_box(line, reading.to_file)
        colour = confidence_colour(line.confidence)
        yield Tint(box, colour, strength=0.2)
        yield Outline(box, colour)


def print_marks(reading: PageReading) -> Iterator[Mark]:
    """Given a page's reading, yield what was read, character by character in the colour of its confidence."""
    for grid in reading.grids:
        yield from (Outline(cell.box, SINGLE) for cell in grid.cells)
    for line in lines_of(reading):
        for glyph in line.glyphs:
            yield Print(clean_glyph_box(glyph, reading.to_file), glyph.text, confidence_colour(glyph.confidence))


def record_marks(records: Iterable[Record], page: int) -> Iterator[Mark]:
    """Given records and a 0-based page, yield for the file page the box of every value with its path.

    Values that stand in one print (a merged label that counts for several rows) share a caption.
    """
    for record in records:
        places: dict[Box, list[str]] = {}
        for path, evidence in record.evidence.items():
            if evidence.page == page:
                places.setdefault(evidence.box, []).append(path)
        for box, paths in places.items():
            yield from evidence_marks(box, paths, min(record.evidence[path].confidence for path in paths))


def evidence_marks(box: Box, paths: Sequence[str], confidence: float) -> Iterator[Mark]:
    colour = confidence_colour(confidence)
    yield Tint(box, colour, strength=0.12)
    yield Outline(box, colour)
    yield Caption(box, joint_label(paths), colour, above=True)


def joint_label(paths: Sequence[str]) -> str:
    """Given the paths of the values in one print, return a short label: ``funds.total``, ``2.name``, ``0-3.level1``."""
    rows = [match for match in map(LIST_PATH.fullmatch, paths) if match]
    if len(rows) < len(paths):
        return " ".join(paths)
    fields = dict.fromkeys(match["field"] for match in rows)
    first, last = rows[0]["row"], rows[-1]["row"]
    return f"{first if first == last else f'{first}-{last}'}.{' '.join(fields)}"


def clean_line_box(line: TextLine, to_file: PlaneMap) -> Box:
    """Given a line in file units, return its box on the clean page, free of what the skew added."""
    boxes = [clean_glyph_box(glyph, to_file) for glyph in line.glyphs]
    return Box(
        min(box.x0 for box in boxes),
        min(box.y0 for box in boxes),
        max(box.x1 for box in boxes),
        max(box.y1 for box in boxes),
    )


def clean_glyph_box(glyph: Glyph, to_file: PlaneMap) -> Box:
    return box_before(glyph.box, to_file)


def box_before(hull: Box, transform: PlaneMap) -> Box:
    """Given the hull of a mapped box, return the box that was mapped.

    Mapping a hull back would grow it once more. The hull's sides are |J| times the box's sides, J the map's derivative
    at the box's centre; that system is solved. Where it cannot be (a turn of 45 degrees) the grown box is returned.
    """
    back = transform.inverse()
    x, y = back.apply(hull.centre)
    a, b, c, d = (abs(value) for value in _derivative(transform, (x, y)))
    det = a * d - b * c
    if abs(det) < 1e-6 * (a + b) * (c + d):
        return back.apply_box(hull)
    width = max((d * hull.width - b * hull.height) / det, 0.0)
    height = max((a * hull.height - c * hull.width) / det, 0.0)
    return Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def _derivative(transform: PlaneMap, point: Point) -> tuple[float, float, float, float]:
    """Given a point, return (dX/dx, dX/dy, dY/dx, dY/dy) there, by central differences over one unit."""
    x, y = point
    left, right = transform.apply((x - 0.5, y)), transform.apply((x + 0.5, y))
    top, bottom = transform.apply((x, y - 0.5)), transform.apply((x, y + 0.5))
    return right[0] - left[0], bottom[0] - top[0], right[1] - left[1], bottom[1] - top[1]
