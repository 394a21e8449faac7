"""Underlines of print are lifted off a level page: they are as dark as rulings and nearly as long, and no cell's side.

An underline stands free of all upright rulings, and begins and ends with the line of print that stands on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.model import Picture

Mask = NDArray[np.uint8]

LOOK_DPI = 100.0
"""Pixels an inch at which underlines are looked for, half of an ordinary scan's; a coarser page is taken as it is."""
PAPER_IN = 0.2
"""Inches of the square whose lightest level is the paper; strokes of bold print and rulings are thinner."""
LEVELS = 30
"""Grey levels below the paper from which a pixel is ink, at LOOK_DPI, where a hairline is half as dark."""
LEAST_IN = 0.3
"""Inches; an underline of three digits. Strokes of print are shorter."""
THICKEST_IN = 0.04
"""Inches; what is thicker is a bar."""
UPRIGHT_IN = 0.3
"""Inches; upright rulings are longer, over two low rows, and stems of print are shorter."""
FREE_IN = 0.02
"""Inches of paper between an underline and the side of its cell at the least."""
PRINT_IN = 0.11
"""Inches above an underline in which its print stands, and none of the line above."""
CLOSE_IN = 0.025
"""Inches right above and below a stroke that its own blur takes up."""
ENDS_IN = 0.16
"""Inches by which print may end before or behind its underline: the room about a sign, or a full stop's."""
BEYOND_IN = 0.3
"""Inches beyond an underline's end in which print that goes on would be seen."""
ALONE_IN = 0.8
"""Inches beyond an underline's ends in which a broken ruling would go on."""
MOSTLY = 0.6
"""Of the strokes that are free of upright rulings, what are underlines at the least on a page that has any."""
SHORT_IN = 0.8
"""Inches; a shorter stroke may be the feet of bold signs that run together."""
BLUR = 2
"""Pixels at both ends of a stroke that are paler anyway."""
EVEN, PALEST = 0.87, 0.04
"""Of an underline's darkness on the median, what all but this share of it has at the least."""
PRINTED = 0.45
"""Of an underline's length over which print stands on it; the gaps between signs are the rest."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """A level stroke in pixels: x0, x1 half open; y: its middle row at both ends; half: of its thickness."""

    x0: int
    x1: int
    left: float
    right: float
    half: float


def lift_underlines(grey: Picture, dpi: float) -> Picture:
    """Given a level grey page, return it without the underlines of print; a page without any is the same object."""
    times = max(dpi / LOOK_DPI, 1.0)
    high, wide = (int(side / times) for side in grey.shape)
    if min(high, wide) == 0:
        return grey
    whole = grey[: round(high * times), : round(wide * times)]
    small = np.asarray(cv2.resize(whole, (wide, high), interpolation=cv2.INTER_AREA))
    found = find_underlines(small, dpi / times)
    if not found:
        return grey
    lifted = grey.copy()
    for stroke in found:
        wipe(lifted, larger(stroke, times))
    return lifted


def find_underlines(grey: Picture, dpi: float) -> list[Stroke]:
    """Given a level grey page of LOOK_DPI or less, return its underlines: none where most strokes that are
    free of upright rulings are something else, the pieces of broken rulings."""
    dark = darkness_of(grey, dpi)
    ink = (dark > LEVELS).astype(np.uint8)
    tall = opened(ink, 1, round(UPRIGHT_IN * dpi))
    free = list(free_strokes(ink, tall, dpi))
    sure = (stroke for stroke in free if stroke.x1 - stroke.x0 >= SHORT_IN * dpi or is_even(stroke, dark))
    found = [s for s in sure if carries_print(s, ink, tall, dpi) and ends_alone(s, ink, tall, dpi)]
    return found if len(found) >= MOSTLY * len(free) else []


def free_strokes(ink: Mask, tall: Mask, dpi: float) -> Iterator[Stroke]:
    """Given a page's ink and its upright rulings, yield the level strokes that touch none of these."""
    least, thickest = max(round(LEAST_IN * dpi), 4 * BLUR), max(THICKEST_IN * dpi, 2)
    level = opened(ink, least, 1)
    reach = 2 * max(round(FREE_IN * dpi), 1) + 1
    near = cv2.dilate(tall, np.ones((reach, reach), np.uint8))
    _, places, stats, _ = cv2.connectedComponentsWithStats(level, connectivity=8, ltype=cv2.CV_32S)
    ruled = np.zeros(len(stats), bool)
    ruled[places[cv2.bitwise_and(near, level) > 0]] = True
    for n in range(1, len(stats)):
        x, y, wide, high, area = (int(value) for value in stats[n])
        is_thin = area / wide <= thickest and high <= thickest + 0.02 * wide
        if not ruled[n] and wide >= least and is_thin:
            yield stroke_of(places[y : y + high, x : x + wide] == n, x, y)


def darkness_of(grey: Picture, dpi: float) -> Mask:
    """Given grey pixels, return by how many levels they are darker than the paper around them."""
    side = max(round(PAPER_IN * dpi), 3)
    return np.asarray(cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, np.ones((side, side), np.uint8)))


def opened(ink: Mask, wide: int, high: int) -> Mask:
    return np.asarray(cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((high, wide), np.uint8)), np.uint8)


def stroke_of(mask: NDArray[np.bool_], x: int, y: int) -> Stroke:
    """Given the pixels of one level component and the place of their first, return it as a stroke."""
    columns = np.arange(mask.shape[1])
    counts = np.maximum(mask.sum(axis=0), 1)
    rows = (mask * np.arange(mask.shape[0])[:, None]).sum(axis=0) / counts
    slope, start = np.polyfit(columns, rows, 1)
    end = start + slope * (mask.shape[1] - 1)
    return Stroke(x, x + mask.shape[1], y + float(start), y + float(end), float(counts.mean()) / 2)


def is_even(stroke: Stroke, dark: Mask) -> bool:
    """Given a stroke and a page's darkness, return whether the stroke is as dark all along: the feet of bold signs that
    run together are not."""
    columns = np.arange(stroke.x0 + BLUR, stroke.x1 - BLUR)
    rows = np.rint(np.linspace(stroke.left, stroke.right, len(columns))).astype(np.int64)
    along = np.max([dark[(rows + off).clip(0, len(dark) - 1), columns] for off in (-1, 0, 1)], axis=0)
    return float(np.quantile(along, PALEST)) >= EVEN * float(np.median(along))


def carries_print(stroke: Stroke, ink: Mask, tall: Mask, dpi: float) -> bool:
    """Given a stroke free of upright rulings, a page's ink and these, return whether a line of print begins and ends
    with it."""
    beyond, middle = round(BEYOND_IN * dpi), (stroke.left + stroke.right) / 2
    bottom = int(min(stroke.left, stroke.right) - stroke.half - CLOSE_IN * dpi)
    top = max(int(middle - PRINT_IN * dpi), 0)
    if bottom - top < 2:
        return False
    low, high = max(stroke.x0 - beyond, 0), min(stroke.x1 + beyond, ink.shape[1])
    walls = np.flatnonzero(tall[top:bottom, low:high].any(axis=0)) + low
    low = max([low, *(walls[walls < stroke.x0] + 3)])
    high = min([high, *(walls[walls >= stroke.x1] - 2)])
    inked = np.flatnonzero(ink[top:bottom, low:high].any(axis=0)) + low
    over = inked[(inked >= stroke.x0) & (inked < stroke.x1)]
    if len(over) < PRINTED * (stroke.x1 - stroke.x0):
        return False
    room = ENDS_IN * dpi
    return bool(abs(inked[0] - stroke.x0) <= room and abs(inked[-1] + 1 - stroke.x1) <= room)


def ends_alone(stroke: Stroke, ink: Mask, tall: Mask, dpi: float) -> bool:
    """Given a stroke, a page's ink and its upright rulings, return whether nothing goes on in line with the stroke up
    to the next of these: a broken ruling does."""
    first = max(stroke.x0 - round(ALONE_IN * dpi), 0)
    last = min(stroke.x1 + round(ALONE_IN * dpi), ink.shape[1])
    left, right = (max(int(y) - 1, 0) for y in (stroke.left, stroke.right))
    before, behind = slice(first, max(stroke.x0 - BLUR, first)), slice(min(stroke.x1 + BLUR, last), last)
    sides = ((left, before, True), (right, behind, False))
    return not any(_goes_on(ink[y : y + 4, part], tall[y : y + 4, part], turned) for y, part, turned in sides)


def _goes_on(ink: Mask, tall: Mask, turned: bool) -> bool:
    """Given the ink beside a stroke's end and the upright rulings there, return whether any stands before the first of
    these; turned: the stroke ends at the right."""
    inked, walls = (np.asarray(mask.any(axis=0))[:: -1 if turned else 1] for mask in (ink, tall))
    stop = int(np.argmax(walls)) - BLUR if walls.any() else len(walls)
    return int(np.count_nonzero(inked[: max(stop, 0)])) > BLUR


def larger(stroke: Stroke, times: float) -> Stroke:
    """Given a stroke, return it in pixels that are so many times as fine."""
    left, right = ((y + 0.5) * times - 0.5 for y in (stroke.left, stroke.right))
    return Stroke(round(stroke.x0 * times), round(stroke.x1 * times), left, right, stroke.half * times)


def wipe(grey: Picture, stroke: Stroke) -> None:
    """Given a page and a stroke, paint it over with what stands right above and below it, column by column."""
    first, last = max(stroke.x0 - 2, 0), min(stroke.x1 + 2, grey.shape[1])
    columns = np.arange(first, last)
    middle = np.interp(columns, [stroke.x0, max(stroke.x1 - 1, stroke.x0 + 1)], [stroke.left, stroke.right])
    reach = int(np.ceil(stroke.half + 1.5))
    rows = np.rint(middle).astype(np.int64)
    above, below = (grey[(rows + off).clip(0, len(grey) - 1), columns] for off in (-reach, reach))
    left = np.maximum(above, below)  # a sign that only stands on the line does not go on below it
    for off in range(-reach + 1, reach):
        grey[(rows + off).clip(0, len(grey) - 1), columns] = left
