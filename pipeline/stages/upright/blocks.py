"""Dark cells: where a form fills its labels with a dark colour and prints them white, each such block becomes dark
print on light paper.

A block is dark over more than strokes of print are broad. Within it the fill is taken for the paper, and what is
lighter or darker than that for ink: white print, and rulings that are darker than the fill.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.model import Picture

Mask = NDArray[np.uint8]

COARSE = 4
"""Pixels of a page to one of the small picture in which pages without a block are told."""
DARK = 150
"""Grey levels; a fill with white print on it is darker."""
SOLID_IN, SOLID_SHARE = 0.13, 0.1
"""Inches; hardly anything of print or rulings is dark as far both ways; and the share of a block that is, at the
least."""
HOLES_IN, THICK_IN = 0.06, 0.06
"""Inches; strokes of white print are narrower than the first, rulings than the second."""
HIGH_IN, WIDE_IN = 0.16, 0.35
"""Inches; how far down a block is dark at each place, further than print that touches its side from the next cell, and
the longer side of a block at the least."""
FILLED = 0.6
"""Of a block that is dark, at the least."""
RUN_IN, STRAIGHT = 0.16, 0.8
"""Inches; a straight piece of a block is longer, and of its outline, what such pieces make up at the least: on drawn
pages print and what is left of seals had 0.54 at the most, cells had 0.85, and so may a strip of a photo's rim, where
nothing is lost."""
PRINTED = (0.004, 0.5)
"""Of a block that lighter strokes cover: less is a bar or a picture, and so is more."""
CONTRAST = 60
"""Grey levels by which the print is lighter than its fill."""
RIM_PIXELS = 9
"""Twice as many pixels as the blur of a block's own rim reaches, and one."""
GRAIN = 14
"""Grey levels by which a fill differs from itself."""
PAPER = 245
"""Grey level that the fill becomes."""


def lighten_blocks(grey: Picture, dpi: float) -> Picture:
    """Given a level grey page (H, W) uint8, return it with its dark blocks as dark print on light; a page without is
    the same object."""
    if min(grey.shape) < HIGH_IN * dpi:
        return grey
    small = cv2.resize(grey, None, fx=1 / COARSE, fy=1 / COARSE, interpolation=cv2.INTER_AREA)
    solid = square_opened((small < DARK).astype(np.uint8), SOLID_IN * dpi / COARSE)
    if not solid.any():
        return grey
    seeds = cv2.resize(solid, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_NEAREST)
    dark = (grey < DARK).astype(np.uint8)
    blocks = square_opened(square_closed(dark, HOLES_IN * dpi), THICK_IN * dpi)
    blocks = np.asarray(cv2.morphologyEx(blocks, cv2.MORPH_OPEN, np.ones((max(round(HIGH_IN * dpi), 2), 1), np.uint8)))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(blocks, connectivity=4)
    lightened = grey.copy()
    for n, (x, y, wide, high, _) in enumerate(stats[1:].tolist(), start=1):
        part = (slice(y, y + high), slice(x, x + wide))
        large = min(wide, high) >= HIGH_IN * dpi and max(wide, high) >= WIDE_IN * dpi
        own = labels[part] == n
        solid_enough = large and float(seeds[part][own].mean()) >= SOLID_SHARE
        if solid_enough and is_block(grey[part], own) and straight_share(own, RUN_IN * dpi) >= STRAIGHT:
            lightened[part] = np.where(own, as_print(grey[part], own), grey[part])
    return lightened


def is_block(grey: Picture, own: NDArray[np.bool_]) -> bool:
    """Given a part of a page and which of its pixels one dark place covers, return whether light print stands on it."""
    if float((grey[own] < DARK).mean()) < FILLED:
        return False
    inner = cv2.erode(own.astype(np.uint8), np.ones((RIM_PIXELS,) * 2, np.uint8), borderValue=0) > 0
    light = float((grey[inner] > np.median(grey[own]) + CONTRAST).mean()) if inner.any() else 0.0
    return PRINTED[0] <= light <= PRINTED[1]


def straight_share(own: NDArray[np.bool_], run: float) -> float:
    """Given which pixels of a part one place covers, return the share of its outline in level and plumb pieces of at
    least ``run`` pixels."""
    framed = np.pad(own, 1).astype(np.uint8)
    long = max(round(run), 2)
    outline = straight = 0
    for turned in (framed, np.ascontiguousarray(framed.T)):
        for step in (1, -1):
            edge = cv2.bitwise_and(turned, 1 - np.roll(turned, step, axis=0))
            outline += int(edge.sum())
            straight += int(cv2.morphologyEx(edge, cv2.MORPH_OPEN, np.ones((1, long), np.uint8)).sum())
    return straight / max(outline, 1)


def as_print(grey: Picture, own: NDArray[np.bool_]) -> Picture:
    """Given a part of a page and which of its pixels a block covers, return the part as print on light paper: as dark
    as a place is off the fill."""
    fill = float(np.median(grey[own]))
    levels = np.arange(256, dtype=np.float64) - fill
    off = np.where(levels > 0, levels / max(255.0 - fill, CONTRAST), -levels / max(fill, CONTRAST))
    shades = np.where(np.abs(levels) <= GRAIN, 0.0, off) * PAPER
    return np.asarray(cv2.LUT(grey, np.clip(PAPER - shades, 0, 255).astype(np.uint8)))


def square_opened(mask: Mask, side: float) -> Mask:
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((max(round(side), 2),) * 2, np.uint8)))


def square_closed(mask: Mask, side: float) -> Mask:
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((max(round(side), 2),) * 2, np.uint8)))
