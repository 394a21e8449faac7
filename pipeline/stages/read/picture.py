"""Reading from pixels: the lines of each area become crops, the recogniser's answers become lines of glyphs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from statistics import median

import cv2
import numpy as np

from pipeline.config import Read
from pipeline.geometry import Box, PlaneMap, map_boxes
from pipeline.model import Char, CleanPage, Glyph, Picture, TextLine
from pipeline.ocr import Crop, Reading, Recogniser
from pipeline.stages.read.ink import PALE, Ink, find_ink, shows_through
from pipeline.stages.read.layer import paragraph_ends
from pipeline.stages.read.lines import Band, em_of, is_print, is_wrapped_mark, line_em, split_lines, split_pieces
from pipeline.stages.read.lone import settle_lone
from pipeline.stages.read.pairs import doubt_lone_brackets
from pipeline.stages.read.script import settle_script
from pipeline.stages.read.senseless import drop_senseless
from pipeline.stages.read.shape import settle_shape
from pipeline.stages.read.spacing import close_spacing
from pipeline.stages.read.trust import settle_trust, spelled_as_one
from pipeline.stages.read.unread import doubt_unread
from pipeline.stages.read.words import settle_words

MANY_CROPS = 60
"""Lines; fewer are read at once. A page of prose has about that."""
TRIED_CROPS, TRIED_GLYPHS = 10, 3
"""Lines that are tried of a page of many, and the characters that one must have to tell anything."""
LOW_MARK = 0.45
"""Ems; a mark lower than this stands on the foot of its line, as 。 does; ； reaches about as far up as down."""
NOISE_SURE = 0.85
"""Probability of the median character of a line; in grain it is 0.6, of print that can be read at all 0.95."""


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A clean page as it is read: (H, W) uint8 what is seen and the level of the paper at each place. through: levels
    below the paper that print of the back reaches, 0.0 where none shines through; a cell with no more is blank."""

    grey: Picture
    paper: Picture
    through: float = 0.0


def sheet_of(grey: Picture, paper: Picture, whole: Ink) -> Sheet:
    """Given a clean page, the level of its paper and the ink of the whole of it, return its sheet."""
    return Sheet(grey, paper, PALE[1] * whole.contrast if shows_through(whole) else 0.0)


@dataclass(frozen=True, slots=True)
class Area:
    """A part of a clean page that is read by itself, in clean pixels. ruled: it is the inside of a cell."""

    box: Box
    ruled: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """One run of print on one line of one area. box: clean pixels of the crop's content (padding excluded)."""

    area: int
    line: int
    box: Box


def read_areas(
    page: CleanPage, sheet: Sheet, areas: Sequence[Area], em: float, recogniser: Recogniser, settings: Read
) -> list[tuple[TextLine, ...]]:
    """Given a clean page, its sheet and areas of it, return the lines of each, top to bottom.

    All crops of the page go to the recogniser together.
    """
    found = [
        (piece, crop)
        for i, area in enumerate(areas)
        for piece, crop in cut_area(sheet, i, area, page.dpi, em, settings)
    ]
    ruled = any(area.ruled for area in areas)
    if not ruled and is_noise(tried(recogniser, [crop for _, crop in found])):
        return [() for _ in areas]
    readings = trusted_readings(recogniser, [crop for _, crop in found], settings)
    if not ruled and is_noise(readings):
        return [() for _ in areas]
    lines: dict[tuple[int, int], list[tuple[Piece, Crop, Reading]]] = {}
    for (piece, crop), reading in zip(found, readings, strict=True):
        if reading.glyphs:
            closed = close_spacing(reading, piece.box.height)
            lines.setdefault((piece.area, piece.line), []).append((piece, crop, closed))
    ordered = sorted(lines.items())
    placed = [_with_blanks([char for part in parts for char in place_glyphs(*part)], em) for _, parts in ordered]
    texts: list[list[list[Char]]] = [[] for _ in areas]
    glyphs: list[list[tuple[Glyph, ...]]] = [[] for _ in areas]
    for ((area, _), _), chars, line in zip(ordered, placed, to_glyphs(placed, page.to_file), strict=True):
        texts[area].append([char.char for char in chars])
        glyphs[area].append(line)
    told = [drop_senseless(own) for own in glyphs]
    return [
        to_lines(page.number, [texts[i][n] for n in kept], doubt_lone_brackets(own), areas[i].box)
        for i, (kept, own) in enumerate(told)
    ]


def tried(recogniser: Recogniser, crops: Sequence[Crop]) -> list[Reading]:
    """Given the crops of a page, return what some of them say where they are many, nothing where they are few: to read
    grain line by line takes a minute."""
    return recogniser.read(crops[:: len(crops) // TRIED_CROPS]) if len(crops) >= MANY_CROPS else []


def is_noise(readings: Sequence[Reading]) -> bool:
    """Given readings of a page of no table, return whether it is noise, or a picture, that looks like lines."""
    words = [reading.glyphs for reading in readings if len(reading.glyphs) >= TRIED_GLYPHS]
    return len(readings) > 0 and all(median(glyph.confidence for glyph in glyphs) < NOISE_SURE for glyphs in words)


def trusted_readings(recogniser: Recogniser, crops: Sequence[Crop], settings: Read) -> list[Reading]:
    """Given the crops of a page, return their readings in the page's own script and as their ink and words allow, each
    as sure as it deserves.

    Weights that were learnt from another model say nothing about this one.
    """
    read = settle_lone(recogniser, crops, recogniser.read(crops))
    shaped = [
        settle_shape(spelled_as_one(reading), crop, settings.pad)
        for reading, crop in zip(settle_script(read), crops, strict=True)
    ]
    readings = settle_words(shaped)
    learnt = settings.confidence
    trusted = settle_trust(readings, learnt.weights.model_dump()) if learnt.model == recogniser.name else readings
    return doubt_unread(trusted, crops, settings.pad)


def to_lines(
    number: int, chars: Sequence[Sequence[Char]], glyphs: Sequence[tuple[Glyph, ...]], area: Box
) -> tuple[TextLine, ...]:
    """Given the characters of an area by line (clean pixels, and as glyphs), return its text lines."""
    ends = paragraph_ends(chars, area)
    return tuple(TextLine(number, line, "ocr", end) for line, end in zip(glyphs, ends, strict=True))


def cut_area(sheet: Sheet, n: int, area: Area, dpi: float, em: float, settings: Read) -> list[tuple[Piece, Crop]]:
    """Given a page and the n-th area of it, return its pieces of print with a crop of each."""
    grey, paper, box = sheet.grey, sheet.paper, area.box
    x0, y0 = max(math.floor(box.x0), 0), max(math.floor(box.y0), 0)
    x1, y1 = min(math.ceil(box.x1), grey.shape[1]), min(math.ceil(box.y1), grey.shape[0])
    if x1 - x0 < 3 or y1 - y0 < 3:
        return []
    ink = find_ink(grey[y0:y1, x0:x1], paper[y0:y1, x0:x1], dpi, em, settings, area.ruled)
    if not ink.mask.any() or (area.ruled and ink.contrast < sheet.through):
        return []
    own = em_of(ink.mask, em)
    bands = split_lines(ink.mask, line_em(own, em))
    runs = [
        (line, above, band, run)
        for line, (above, band) in enumerate(zip([None, *bands[:-1]], bands, strict=True))
        for run in split_pieces(ink.mask, band, settings.split_gap * own)
    ]
    cuts = [
        (line, band, run, wrapped)
        for line, above, band, run in runs
        if (wrapped := is_wrapped_mark(ink.mask, above, band, run, own)) or is_print(ink.mask, band, run, own)
    ]
    return [
        (
            Piece(n, line, Box(x0 + a, y0 + top, x0 + b, y0 + bottom)),
            crop_of(ink, (top, bottom), (a, b), own, settings, on_foot=wrapped and bottom - top < LOW_MARK * own),
        )
        for line, (top, bottom), (a, b), wrapped in cuts
    ]


def crop_of(ink: Ink, rows: Band, columns: Band, em: float, settings: Read, *, on_foot: bool = False) -> Crop:
    """Given a piece's place, return its crop: dark on white, padded with white paper, so that no neighbour shows.

    The crop is at least ``em`` high, so that a flat sign such as 一 keeps its size; on_foot: it stands on the foot of
    that height, as marks do, and not about its middle.
    """
    darkness = ink.darkness[rows[0] : rows[1], columns[0] : columns[1]]
    gain = settings.crop_levels / max(ink.contrast, settings.ink_levels)
    shades = np.clip(settings.paper_level - np.arange(256) * min(gain, settings.gain_max), 0, 255).astype(np.uint8)
    clean = cv2.LUT(darkness, shades)
    pad = round(settings.pad * max(em, rows[1] - rows[0]))
    extra = max(round(em) - (rows[1] - rows[0]), 0)
    above = pad + (extra if on_foot else extra // 2)
    below = 2 * pad + extra - above
    beside = round(settings.pad_side * max(em, rows[1] - rows[0]))
    return cv2.copyMakeBorder(clean, above, below, beside, beside, cv2.BORDER_CONSTANT, value=int(settings.paper_level))


@dataclass(frozen=True, slots=True)
class PlacedGlyph:
    """One recognised character with its box in clean pixels."""

    char: Char
    confidence: float
    others: tuple[tuple[str, float], ...]
    second: str | None


def to_glyphs(lines: Sequence[Sequence[PlacedGlyph]], to_file: PlaneMap) -> list[tuple[Glyph, ...]]:
    """Given the characters of lines and the way back to the file's page, return the lines with boxes in file units."""
    boxes = iter(map_boxes(to_file, [char.char.box for line in lines for char in line]))
    return [tuple(Glyph(c.char.text, next(boxes), c.confidence, c.others, c.second) for c in line) for line in lines]


def place_glyphs(piece: Piece, crop: Crop, reading: Reading) -> list[PlacedGlyph]:
    """Given a piece, its crop and what was read, return the characters with boxes in clean pixels.

    The recogniser tells each character's middle well and its width badly, so boxes reach half-way to the neighbours.
    """
    pad = (crop.shape[1] - piece.box.width) / 2
    middles = [(glyph.x0 + glyph.x1) / 2 - pad for glyph in reading.glyphs]
    edges = [0.0, *((a + b) / 2 for a, b in pairwise(middles)), piece.box.width]
    edges = [min(max(edge, 0.0), piece.box.width) for edge in edges]
    edges = list(accumulate(edges, max))
    return [
        PlacedGlyph(
            Char(glyph.text, Box(piece.box.x0 + a, piece.box.y0, piece.box.x0 + b, piece.box.y1)),
            glyph.confidence,
            glyph.others,
            glyph.second,
        )
        for glyph, a, b in zip(reading.glyphs, edges[:-1], edges[1:], strict=True)
    ]


def _with_blanks(chars: list[PlacedGlyph], em: float) -> list[PlacedGlyph]:
    """Given the characters of one line, return them with a blank where two pieces stand apart."""
    out: list[PlacedGlyph] = []
    for char in chars:
        if out and char.char.box.x0 - out[-1].char.box.x1 > em:
            gap = Box(out[-1].char.box.x1, char.char.box.y0, char.char.box.x0, char.char.box.y1)
            out.append(PlacedGlyph(Char(" ", gap), 1.0, (), None))
        out.append(char)
    return out
