"""Strokes of a coloured pen are lifted: ticks, signatures and the like, larger than print and of another colour.

Ink of a pen lets the light of its own colour through (Beer and Lambert), so the brightest channel sees the black
print under it. How much is to be given back at a place is told by the colour there, which print has none of. Rows of
coloured print, coloured boxes and rulings stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.config import Upright
from pipeline.model import Picture

Mask = NDArray[np.uint8]
Paper = tuple[float, ...]
"""Levels of a page's paper in its channels."""

APART = 3
"""Pixels both ways between those that tell whether a page has colour."""
COARSE_DPI = 100
"""Pixels an inch of the small picture in which strokes are looked for; a pen's are half as wide."""
BLUR = 3
"""Pixels of the small picture over which colour is averaged: the fringes of black print cancel out."""
WHITE = 250
"""Levels; a channel of paper as bright is taken as it is."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A stroke of coloured ink in the small picture: its name among the components, its box and its ink in pixels."""

    name: int
    x: int
    y: int
    w: int
    h: int
    area: int

    def beside(self, other: Blob) -> int:
        """Return the columns of paper between this and another one."""
        return max(other.x - self.x - self.w, self.x - other.x - other.w, 0)

    def above(self, other: Blob) -> int:
        """Return the rows of paper between this and another one."""
        return max(other.y - self.y - self.h, self.y - other.y - other.h, 0)


def lift_pens(picture: Picture, grey: Picture, dpi: float, settings: Upright) -> Picture:
    """Given an RGB page and its grey (H, W) uint8, return the grey without the strokes of coloured pens; a page without
    any is the same object."""
    paper = paper_of(picture)
    few = coloured(np.ascontiguousarray(picture[::APART, ::APART]), paper, settings)
    ink = np.count_nonzero(few)
    if ink * APART**2 < settings.pen_ink_in2 * dpi**2 or ink > settings.pen_page * few.size:
        return grey
    step = max(round(dpi / COARSE_DPI), 1)
    small = cv2.resize(picture, None, fx=1 / step, fy=1 / step, interpolation=cv2.INTER_AREA)
    place, boxes = pen_places(cv2.blur(small, (BLUR, BLUR)), paper, dpi / step, settings)
    lifted = grey.copy() if boxes else grey
    for x0, y0, x1, y1 in boxes:
        part = (slice(y0 * step, y1 * step), slice(x0 * step, x1 * step))
        own = lifted[part]
        strokes = cv2.resize(place[y0:y1, x0:x1], own.shape[::-1], interpolation=cv2.INTER_NEAREST)
        own[:] = lift(picture[part], own, strokes, paper)
    return lifted


def paper_of(picture: Picture) -> Paper:
    """Given an RGB page, return the level of its paper in each channel."""
    few = picture[:: 8 * APART, :: 8 * APART].reshape(-1, 3)
    return tuple(np.maximum(np.median(few, axis=0), 1.0).tolist())


def on_white(picture: Picture, paper: Paper) -> tuple[Picture, Picture]:
    """Given RGB and its paper, return its brightest and its darkest channel as they were on white paper, (H, W)."""
    red, green, blue = (
        channel if level >= WHITE else cv2.multiply(channel, np.full(4, 255.0 / level))
        for channel, level in zip(cv2.split(picture), paper, strict=True)
    )
    return cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue)


def coloured(picture: Picture, paper: Paper, settings: Upright) -> Mask:
    """Given RGB and its paper, return 1 where ink has a colour: its channels differ by a number of levels, and by a
    share of what the darkest lacks to white, as they do not at the fringes of black print."""
    bright, dark = on_white(picture, paper)
    least = cv2.max(cv2.multiply(cv2.bitwise_not(dark), settings.pen_colour), float(settings.pen_chroma))
    return (cv2.subtract(bright, dark) > least).astype(np.uint8)


def pen_places(
    small: Picture, paper: Paper, dpi: float, settings: Upright
) -> tuple[Mask, list[tuple[int, int, int, int]]]:
    """Given a small RGB page and its paper, return where the strokes of pens lie, (H, W) uint8, and the box of each as
    (x0, y0, x1, y1), with the paper around it that their blur reaches."""
    ink = coloured(small, paper, settings)
    reach = max(round(settings.pen_close_in * dpi), 1) | 1
    closed = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(closed, 8, cv2.CV_32S, cv2.CCL_BBDT)
    blobs = [Blob(i, *row) for i, row in enumerate(stats.tolist()) if i]
    pens = strokes_of_pens(blobs, dpi, settings)
    free = [blob for blob in pens if is_of_colour(small, labels, blob, paper, settings)]
    free = [blob for blob in free if not is_ruled(labels, blob, dpi, settings)]
    named = np.zeros(len(stats), np.uint8)
    named[[blob.name for blob in free]] = 1
    rim = max(round(settings.pen_rim_in * dpi), 1)
    high, wide = ink.shape
    boxes = [
        (max(b.x - rim, 0), max(b.y - rim, 0), min(b.x + b.w + rim, wide), min(b.y + b.h + rim, high)) for b in free
    ]
    return cv2.dilate(named[labels], np.ones((2 * rim + 1, 2 * rim + 1), np.uint8)), boxes


def is_of_colour(small: Picture, labels: NDArray[np.int32], blob: Blob, paper: Paper, settings: Upright) -> bool:
    """Given a small RGB page, its components and one of them, say whether all of its ink is coloured on the mean: the
    fringes of black print are red on one side and blue on the other."""
    part = (slice(blob.y, blob.y + blob.h), slice(blob.x, blob.x + blob.w))
    own = labels[part] == blob.name
    means = 255.0 * small[part][own].mean(axis=0) / np.array(paper)
    return bool(np.ptp(means) >= settings.pen_colour * (255.0 - means.min()))


def strokes_of_pens(blobs: Sequence[Blob], dpi: float, settings: Upright) -> list[Blob]:
    """Given the blobs of coloured ink of a page, return those that pens drew: what is larger than signs of print and
    thin, stands in no row of them, and the pieces beside it."""
    near, most = settings.pen_near_in * dpi, settings.pen_max_in * dpi
    signs = [blob for blob in blobs if blob.area >= settings.pen_ink_in2 * dpi**2 / 2]
    drawn = [blob for blob in signs if is_drawn(blob, dpi, settings) and not in_row(blob, signs, dpi, settings)]
    if len(drawn) > settings.pen_most:
        return []
    left, others = ([blob for blob in some if blob not in drawn] for some in (blobs, signs))
    pieces = [b for b in left if max(b.w, b.h) <= most and any(max(b.beside(d), b.above(d)) <= near for d in drawn)]
    return [*drawn, *(blob for blob in pieces if not in_row(blob, others, dpi, settings))]


def is_drawn(blob: Blob, dpi: float, settings: Upright) -> bool:
    """True when a blob is wider and higher than a digit, smaller than a table and thin."""
    low, high = min(blob.w, blob.h), max(blob.w, blob.h)
    fits = settings.pen_min_in * dpi <= low and high <= settings.pen_max_in * dpi
    return fits and blob.area <= settings.pen_fill * blob.w * blob.h


def in_row(blob: Blob, others: Sequence[Blob], dpi: float, settings: Upright) -> bool:
    """True when a blob is, or stands in, a row of signs about as high, or a column of them on a page that lies on its
    side, as print is; what is far higher is no print."""
    high, gap = settings.pen_tall_in * dpi, settings.pen_gap_in * dpi
    level = blob.h <= high and signs_in(chain(blob, [o for o in others if alike(o.h, blob.h)], gap, 0.0), blob.h)
    plumb = blob.w <= high and signs_in(chain(blob, [o for o in others if alike(o.w, blob.w)], 0.0, gap), blob.w)
    return max(level, plumb) >= settings.pen_row


def alike(one: int, other: int) -> bool:
    """True when neither of two sizes is more than twice the other."""
    return max(one, other) <= 2 * min(one, other)


def signs_in(row: Sequence[Blob], size: int) -> int:
    """Given the blobs of a row and their size across it, return how many signs of that width they hold: some touch."""
    return sum(max(round(max(blob.w, blob.h) / size), 1) for blob in row)


def chain(blob: Blob, others: Sequence[Blob], wide: float, high: float) -> list[Blob]:
    """Given a blob and others, return those that it is joined with by steps of so much paper, at most, beside and above
    each other."""
    row, left = [blob], [other for other in others if other is not blob]
    while found := [o for o in left if any(o.beside(b) <= wide and o.above(b) <= high for b in row)]:
        row, left = [*row, *found], [o for o in left if o not in found]
    return row


def is_ruled(labels: NDArray[np.int32], blob: Blob, dpi: float, settings: Upright) -> bool:
    """Given components and one of them, say whether most of it runs level or plumb: a box, or a piece of a ruling."""
    ink = (labels[blob.y : blob.y + blob.h, blob.x : blob.x + blob.w] == blob.name).astype(np.uint8)
    long = max(round(settings.pen_straight_in * dpi), 3)
    runs = [cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones(shape, np.uint8)) for shape in ((1, long), (long, 1))]
    return bool(np.count_nonzero(cv2.max(*runs)) > settings.pen_straight * np.count_nonzero(ink))


def lift(picture: Picture, grey: Picture, place: Mask, paper: Paper) -> Picture:
    """Given a part of an RGB page, its grey, where a pen's strokes lie and the page's paper, return the grey without
    them."""
    bright, dark = (channel.astype(np.float32) for channel in on_white(picture, paper))
    colour = (bright - dark) * (place > 0)
    full = float(np.percentile(colour[place > 0], 85))
    strong = colour >= 0.9 * full
    level = float(np.median(bright[strong]))
    share = np.minimum(colour / max(full, 1.0), 1.0)
    given = np.minimum(bright * (1.0 + (255.0 / max(level, 1.0) - 1.0) * share), 255.0) * (max(paper) / 255.0)
    return np.where(place > 0, np.maximum(grey, given.astype(np.uint8)), grey)
