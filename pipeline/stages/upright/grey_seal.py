"""Seals on grey scans are lifted: red ink that was scanned grey is lighter than print, and its strokes are broader.

Method: pixels of a middle level that lie in strokes broader than those of print, joined to a blob as large as a seal,
are a seal's ink; a pale or worn ring is found as a circle of them (Hough transform, Kimme et al. 1975) with paper
around it. Ink multiplies light (Beer and Lambert): what lies under it is the grey over what it lets through.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.config import Upright
from pipeline.model import Picture

Mask = NDArray[np.uint8]
Box = tuple[int, int, int, int]
"""x0, y0, x1, y1 in pixels."""

COARSE = 4
"""Pixels of a page to one of the small pictures in which paper and blobs are looked for."""
PAPER_IN = 0.5
"""Inches; the paper's level is looked for within this, further than a seal's star is wide."""
PALE, LIGHT, DARK = 0.15, 0.2, 0.75
"""Of the light that falls on paper, what a seal's ink takes away at the least where a ring, and where a blob tells it,
and at the most; print takes more."""
RIM_IN, STROKE_IN, LINE_IN = 0.031, 0.012, 0.01
"""Inches; the rim and the star of a seal are broader than the first, those of print that are as light are not; its
characters are broader than the second; of a worn or pale rim less is left, but more than the third."""
BLUR_IN = 0.01
"""Inches beside dark print that its blur reaches."""
RIM_PIXELS, STROKE_PIXELS, LINE_PIXELS = 4, 3, 2
"""Pixels of the same at the least: on a coarse scan every stroke of print is blurred over two."""
RADIUS_IN = (0.35, 1.0)
"""Inches; radii of round seals, which are 38 to 45 mm across as a rule."""
RING = 0.5
"""Of a circle that lies on ink, less what of one around it does: seals have 0.6 and more, print has 0.35."""
WITHIN, BOTH = 0.15, 0.78
"""The same less what of a circle within it does: seals have 0.2 and more; and both together: seals have 0.8 and more,
rows of pale print 0.74."""
RIM_RING = 0.4
"""The same among broad strokes alone, of which print has none."""
OFFICE_IN = (0.55, 1.0)
"""Inches; radii of the round seals of offices."""
RIM_DPI = 24.0
"""Pixels an inch of the picture in which rims are looked for: a rim is one or two wide."""
DEEPEST, PALEST = 0.9, 0.2
"""Of a seal's ink that takes less light, and of the print of a page that does."""
APART = 0.15
"""Of the light, by which print must take more than a seal to be told by that alone."""
LEAST_APART = 0.1
"""The same where print lies on a seal, whose inks add up."""
TWICE = 0.85
"""Of the light; where two seals lie over each other less is taken, where print lies on them more."""
BESIDE_IN = 0.025
"""Inches around a place of print within which its seal is as strong."""
THIN_IN, CROSSED_IN = 0.25, 0.1
"""Inches; a ruling is longer than the strokes of a seal's signs; a rim that crosses it aslant covers as much of it."""
SIGN_IN, SIGN_PIXELS = 0.02, 4
"""Inches, and pixels at the least; print that is as pale as a seal has thinner strokes than the seal's signs."""
THIN_TAKES = 0.1
"""Of the light, that such a ruling takes over what lies beside it."""
AROUND_IN = 0.07
"""Inches from a rim to the paper around it."""
ANGLES = 90
"""Places of a circle that are looked at."""
CIRCLES = 40
"""Circles of one page that are looked at, the likeliest."""
VOTES = 12
"""Pixels of a circle on the small picture that must agree before it is looked at."""
CLOSE_IN = 0.18
"""Inches over which a rim goes on: print and its blur break it."""
LONGEST = 1.5
"""Sides of a blob to one another; the seals of offices are round or square."""
FULL = 0.6
"""Of a blob that is ink; a shaded cell is fuller."""
RULING_IN = 1.2
"""Inches; the side of the largest square seal."""
DOT_GAP_IN = 0.025
"""Inches between the dots of a ruling."""
RIM = 0.5
"""Of the hull of a blob that its ink lies on: a seal has a rim, if a worn one; a paragraph of pale print has none."""


def lift_grey_seals(grey: Picture, dpi: float, settings: Upright) -> Picture:
    """Given a grey page (H, W) uint8, return it with what grey seals took away given back; a page without is the same
    object."""
    if min(grey.shape) < settings.seal_min_in * dpi:
        return grey
    paper = paper_level(grey, dpi)
    taken = light_taken(grey, paper)
    middling = cv2.inRange(taken, 255 * PALE, 255 * DARK)
    bare = cv2.subtract(middling, blurred_edges(taken, dpi))
    lines = broad(bare, max(LINE_IN * dpi, LINE_PIXELS))
    if np.count_nonzero(lines) < (settings.seal_min_in * dpi) ** 2 * settings.seal_fill:
        return grey
    rims = broad(cv2.bitwise_and(bare, cv2.inRange(taken, 255 * LIGHT, 255)), max(RIM_IN * dpi, RIM_PIXELS))
    boxes = [*seal_boxes(rims, dpi, settings), *rim_boxes(rims, dpi), *ring_boxes(lines, dpi)]
    if not boxes:
        return grey
    print_, rulings = print_level(taken, boxes, dpi), thin_rulings(taken, dpi)
    lifted = grey.copy()
    for x0, y0, x1, y1 in united(boxes):
        part = (slice(y0, y1), slice(x0, x1))
        own = taken[part][(rims if rims[part].any() else lines)[part] > 0]
        most = float(np.quantile(own, DEEPEST)) / 255
        plain = print_ - most >= APART
        signs = broad(middling[part], max(SIGN_IN * dpi, SIGN_PIXELS))
        where = np.ones_like(signs) if plain else around(signs, dpi)
        deep = most + (max(print_ - most, APART) / 3 if plain else LEAST_APART)
        lines_in = cv2.max(rulings[part], rulings_in(taken, part, dpi))
        bare = without_seal(grey[part], paper[part], taken[part], lines_in, deep, dpi)
        lifted[part] = np.where(where > 0, np.maximum(grey[part], bare), grey[part])
    return lifted


def united(boxes: Sequence[Box]) -> list[Box]:
    """Given boxes (x0, y0, x1, y1), return those that overlap as one."""
    found: list[Box] = []
    for box in boxes:
        x0, y0, x1, y1 = box
        for other in [o for o in found if o[0] < x1 and x0 < o[2] and o[1] < y1 and y0 < o[3]]:
            found.remove(other)
            x0, y0, x1, y1 = min(x0, other[0]), min(y0, other[1]), max(x1, other[2]), max(y1, other[3])
        found.append((x0, y0, x1, y1))
    return found if len(found) == len(boxes) else united(found)


def print_level(taken: Picture, boxes: Sequence[Box], dpi: float) -> float:
    """Given the light that ink takes away and the boxes of seals, return the share that print and rulings elsewhere on
    the page take in the middle of their strokes, but for the palest."""
    crest = (taken == cv2.dilate(taken, np.ones((3, 3), np.uint8))) & (taken > 255 * DARK / 2)
    crest &= cv2.dilate(thin_rulings(taken, dpi), np.ones((5, 5), np.uint8)) == 0
    for x0, y0, x1, y1 in boxes:
        crest[y0:y1, x0:x1] = False
    return float(np.quantile(taken[crest], PALEST)) / 255 if crest.any() else 0.0


def around(strokes: Mask, dpi: float) -> Mask:
    """Given the strokes of a seal, return them with what their blur reaches."""
    side = round(max(2 * STROKE_IN * dpi, STROKE_PIXELS))
    closed = cv2.morphologyEx(strokes, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
    rim = 2 * max(round(BLUR_IN * dpi), 1) + 1
    return cv2.dilate(closed, np.ones((rim, rim), np.uint8))


def without_seal(grey: Picture, paper: Picture, taken: Picture, rulings: Mask, deep: float, dpi: float) -> Picture:
    """Given a part of a page, its paper's level, the light that ink takes away, thin rulings and the share from which a
    seal does not take it alone, return the part with nothing but print and rulings.

    Elsewhere is paper; on them what a seal took is given back: as much as it takes beside them.
    """
    rim = 2 * max(round(BLUR_IN * dpi / 2), 1) + 1
    core = cv2.inRange(taken, 255 * deep, 255)
    twice = cv2.bitwise_and(broad(core, max(RIM_IN * dpi, RIM_PIXELS)), cv2.inRange(taken, 0, 255 * TWICE))
    core = cv2.subtract(core, cv2.dilate(twice, np.ones((3, 3), np.uint8)))
    near = cv2.dilate(cv2.max(core, rulings), np.ones((rim, rim), np.uint8))
    free = (near == 0).astype(np.float32)
    side = 2 * round(BESIDE_IN * dpi) + 1
    beside = cv2.blur(free * taken, (side, side)) / np.maximum(cv2.blur(free, (side, side)), 1e-3) / 255
    given = np.minimum(grey / (1.0 - np.minimum(beside, deep)), paper).astype(np.uint8)
    return np.where(near > 0, given, paper)


def thin_rulings(taken: Picture, dpi: float) -> Mask:
    """Given the light that ink takes away, return its level and plumb strokes, dotted ones too, that are thinner than a
    seal's and longer than those of its signs: they are darker than the seal they lie under (white top-hat)."""
    dots, long, gap, thick = (max(round(v * dpi), 3) for v in (DOT_GAP_IN, THIN_IN, CROSSED_IN, RIM_IN))
    found = np.zeros_like(taken)
    for way in (1, -1):
        close, run, bridge, across = (
            np.ones(size[::way], np.uint8) for size in ((1, dots | 1), (1, long), (1, gap | 1), (thick | 1, 1))
        )
        thin = cv2.inRange(cv2.morphologyEx(taken, cv2.MORPH_TOPHAT, across), 255 * THIN_TAKES, 255)
        runs = cv2.morphologyEx(cv2.morphologyEx(thin, cv2.MORPH_CLOSE, close), cv2.MORPH_OPEN, run)
        found = cv2.max(found, cv2.morphologyEx(runs, cv2.MORPH_CLOSE, bridge))
    return cv2.bitwise_and(found, cv2.inRange(taken, 255 * PALE, 255))


def rim_boxes(rims: Mask, dpi: float) -> list[Box]:
    """Given broad strokes of a middle level, return (x0, y0, x1, y1) of the round seals whose rims they are.

    A ring of every radius is laid on every place: what lies on it, less what lies on one around it (matched filter).
    """
    scale = RIM_DPI / dpi
    ink = cv2.resize(rims, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    ink = cv2.dilate((ink > 40).astype(np.uint8), np.ones((2, 2), np.uint8)).astype(np.float32)
    found: list[tuple[float, int, int, int]] = []
    inked = int(ink.sum())
    for radius in range(round(OFFICE_IN[0] * RIM_DPI), round(OFFICE_IN[1] * RIM_DPI) + 1):
        if inked * float(ring_kernel(radius).max()) < RIM_RING:  # all of it together would be too little of a ring
            continue
        share = cv2.filter2D(ink, -1, ring_kernel(radius), borderType=cv2.BORDER_CONSTANT)
        ys, xs = np.nonzero((share == cv2.dilate(share, np.ones((7, 7), np.uint8))) & (share >= RIM_RING))
        found += [(float(share[y, x]), x, y, radius) for y, x in zip(ys.tolist(), xs.tolist(), strict=True)]
    boxes: list[Box] = []
    middles: list[tuple[int, int]] = []
    for _, x, y, radius in sorted(found, reverse=True):
        if all(max(abs(x - a), abs(y - b)) > radius / 3 for a, b in middles):
            middles.append((x, y))
            reach = radius + AROUND_IN * RIM_DPI
            left, top, right, low = (round(v / scale) for v in (x - reach, y - reach, x + reach, y + reach))
            boxes.append((max(left, 0), max(top, 0), min(right, rims.shape[1]), min(low, rims.shape[0])))
    return boxes


@functools.cache
def ring_kernel(radius: int) -> NDArray[np.float32]:
    """Given a radius in pixels, return what weighs a ring by 1 in all and one around it by -1."""
    reach = np.arange(-radius - 3, radius + 4)
    away = np.hypot(reach[:, None], reach[None, :]) - radius
    on, around = ((np.abs(away - off) < 0.5).astype(np.float32) for off in (0.0, 2.2))
    return np.asarray(on / on.sum() - around / around.sum(), np.float32)


def paper_level(grey: Picture, dpi: float) -> Picture:
    """Given a grey page, return the level of its paper at each place: the lightest within reach, smoothed."""
    small = cv2.resize(grey, None, fx=1 / (2 * COARSE), fy=1 / (2 * COARSE), interpolation=cv2.INTER_AREA)
    reach = max(round(PAPER_IN * dpi / (2 * COARSE)), 1) | 1
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
    return cv2.resize(closed, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR)


def light_taken(grey: Picture, paper: Picture) -> Picture:
    """Given a page and its paper's level, return the share of the light that ink takes away at each place, 255 for all
    of it."""
    return cv2.bitwise_not(cv2.divide(grey, paper, scale=255))


def blurred_edges(taken: Picture, dpi: float) -> Mask:
    """Given the light that ink takes away, return where print is and the blur around it, which is middling too."""
    side = 2 * max(round(BLUR_IN * dpi), 2) + 1
    return cv2.dilate(cv2.inRange(taken, 255 * DARK, 255), np.ones((side, side), np.uint8))


def broad(mask: Mask, width: float) -> Mask:
    """Given a mask, return what of it lies in strokes broader than a width in pixels."""
    side = round(width)
    return cv2.morphologyEx(mask, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))


def seal_boxes(strokes: Mask, dpi: float, settings: Upright) -> list[Box]:
    """Given broad strokes of a middle level, return (x0, y0, x1, y1) of the blobs of them that are as large as seals,
    as round or square, as open, and have a rim."""
    small = cv2.resize(strokes, None, fx=1 / COARSE, fy=1 / COARSE, interpolation=cv2.INTER_AREA)
    reach = max(round(CLOSE_IN * dpi / COARSE), 1)
    inked = without_rulings((small > 64).astype(np.uint8), dpi)
    closed = cv2.morphologyEx(inked, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    least, most = settings.seal_min_in * dpi / COARSE, settings.seal_max_in * dpi / COARSE
    found = []
    for outline in cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]:
        x, y, w, h = cv2.boundingRect(outline)
        share = float(inked[y : y + h, x : x + w].mean())
        fits = least <= min(w, h) and max(w, h) <= min(most, LONGEST * min(w, h))
        if fits and settings.seal_fill <= share <= FULL and rim_share(inked, outline) >= RIM:
            found.append((x * COARSE, y * COARSE, (x + w) * COARSE, (y + h) * COARSE))
    return found


def ring_boxes(lines: Mask, dpi: float) -> list[Box]:
    """Given pale lines away from print, return (x0, y0, x1, y1) of the circles of them that have paper around."""
    scale = dpi / COARSE
    small = cv2.resize(lines, None, fx=1 / COARSE, fy=1 / COARSE, interpolation=cv2.INTER_AREA)
    near = cv2.dilate((small > 64).astype(np.uint8), np.ones((3, 3), np.uint8))
    found = []
    for middle_x, middle_y, about in circles_in(lines, dpi).tolist():
        share, x, y, radius = best_circle(near, middle_x, middle_y, about, AROUND_IN * scale)
        clear = clear_within(near, x, y, radius, AROUND_IN * scale) if share >= RING else 0.0
        if clear >= WITHIN and share + clear >= BOTH:
            reach = radius + AROUND_IN * scale
            left, top, right, low = (round(v * COARSE) for v in (x - reach, y - reach, x + reach, y + reach))
            found.append((max(left, 0), max(top, 0), min(right, lines.shape[1]), min(low, lines.shape[0])))
    return found


def circles_in(lines: Mask, dpi: float) -> NDArray[np.float64]:
    """Given lines, return what may be circles of a seal's size, (N, 3): middle and radius in coarse pixels, looked for
    at half of that size, since the time goes with the pixels."""
    small = cv2.resize(lines, None, fx=0.5 / COARSE, fy=0.5 / COARSE, interpolation=cv2.INTER_AREA)
    least, most = (round(radius * dpi / (2 * COARSE)) for radius in RADIUS_IN)
    inked = (small > 40).astype(np.uint8) * np.uint8(255)
    circles = cv2.HoughCircles(
        inked, cv2.HOUGH_GRADIENT, 1.5, least, param1=100, param2=VOTES, minRadius=least, maxRadius=most
    )
    return np.empty((0, 3)) if circles is None else 2.0 * circles[0][:CIRCLES].astype(float)


def best_circle(near: Mask, x: float, y: float, r: float, around: float) -> tuple[float, float, float, float]:
    """Given ink and a circle, return the best one near by with its share on ink: (share, x, y, radius)."""
    radii = [r + off for off in range(-3, 4)]
    first = best_ring(near, [(x, y, radius) for radius in radii], around)
    if first[0] < RING / 2:
        return first
    places = [(x + dx, y + dy) for dx in (-2.0, 0.0, 2.0) for dy in (-2.0, 0.0, 2.0)]
    return best_ring(near, [(*place, radius) for place in places for radius in radii], around)


def best_ring(
    near: Mask, circles: Sequence[tuple[float, float, float]], around: float
) -> tuple[float, float, float, float]:
    """Given ink, circles (x, y, radius) and how far around them paper is, return the best with its share on ink."""
    shares = ring_shares(near, np.array(circles), around).tolist()
    return max((share, *circle) for share, circle in zip(shares, circles, strict=True))


def clear_within(near: Mask, x: float, y: float, radius: float, around: float) -> float:
    """Given ink, a circle and how far within it paper is, return the share of the circle on ink, less that of the one
    within: where pale print stands all about, some circle goes through much of it, and so do those beside it."""
    return float(ring_shares(near, np.array([(x, y, radius)]), -around - 2.0)[0])


def ring_shares(near: Mask, circles: NDArray[np.float64], around: float) -> NDArray[np.float64]:
    """Given ink, circles (N, 3) and how far around them paper is, all in pixels, return the share of each on ink, less
    that of the circle around it, (N,)."""
    x, y, radius = circles.T[:, None, :, None]
    angles = np.arange(ANGLES) * (2 * np.pi / ANGLES)
    radii = np.concatenate([radius, radius + around + 1.0])
    columns = np.clip(np.round(x + radii * np.cos(angles)).astype(int), 0, near.shape[1] - 1)
    rows = np.clip(np.round(y + radii * np.sin(angles)).astype(int), 0, near.shape[0] - 1)
    on_ink, beside = near[rows, columns].mean(axis=2)
    return np.asarray(on_ink - beside, np.float64)


def without_rulings(inked: Mask, dpi: float) -> Mask:
    """Given coarse ink, return it without level and plumb strokes longer than any of a seal's: pale rulings as thick as
    its rim would join it to a table."""
    long = max(round(RULING_IN * dpi / COARSE), 3)
    lines = [cv2.morphologyEx(inked, cv2.MORPH_OPEN, np.ones(shape, np.uint8)) for shape in ((1, long), (long, 1))]
    return cv2.subtract(inked, cv2.dilate(cv2.max(*lines), np.ones((3, 3), np.uint8)))


def rulings_in(taken: Picture, part: tuple[slice, slice], dpi: float) -> Mask:
    """Given the light that ink takes away and a part of the page, return where rulings run through the part: strokes
    longer than any of a seal's, which may be as pale as the seal is."""
    long = round(RULING_IN * dpi)
    rows, columns = part
    wide = (rows, slice(max(columns.start - long, 0), columns.stop + long))
    high = (slice(max(rows.start - long, 0), rows.stop + long), columns)
    level = long_strokes(taken[wide], dpi)[:, columns.start - wide[1].start :][:, : columns.stop - columns.start]
    plumb = long_strokes(cv2.transpose(taken[high]), dpi)[:, rows.start - high[0].start :][:, : rows.stop - rows.start]
    return cv2.max(level, cv2.transpose(plumb))


def long_strokes(taken: Picture, dpi: float) -> Mask:
    """Given the light that ink takes away, return its level strokes too long for a seal's, dotted ones too."""
    inked = cv2.inRange(taken, 255 * PALE, 255)
    closed = cv2.morphologyEx(inked, cv2.MORPH_CLOSE, np.ones((1, round(DOT_GAP_IN * dpi) | 1), np.uint8))
    lent = cv2.dilate(closed, np.ones((2, 1), np.uint8))  # a stroke may step by a pixel
    strokes = cv2.morphologyEx(lent, cv2.MORPH_OPEN, np.ones((1, round(RULING_IN * dpi)), np.uint8))
    return cv2.bitwise_and(strokes, inked)


def rim_share(inked: Mask, outline: NDArray[np.int32]) -> float:
    """Given ink and the outline of a blob of it, (N, 1, 2), return how much of the blob's convex hull lies on ink."""
    hull = np.zeros_like(inked)
    cv2.polylines(hull, [cv2.convexHull(outline)], True, 1)
    near = cv2.dilate(inked, np.ones((3, 3), np.uint8))
    return float(near[hull > 0].mean())
