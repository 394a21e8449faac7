"""Rulings of a picture: local threshold, opening by long thin strokes, joining over gaps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.config import Detect
from pipeline.model import Picture, Ruling
from pipeline.stages.detect.dots import THICK_DOT_IN, dots_of, with_dots_joined
from pipeline.stages.detect.doubles import join_doubles
from pipeline.stages.detect.hairlines import drawn_anew, is_bilevel

Mask = NDArray[np.uint8]
"""(H, W) uint8, 0 or 1."""

SLOPE = 0.02
"""Rise over run that is left in a levelled page at the most."""

NORMAL = 1.4826
"""Standard deviations to a median absolute deviation of what is spread normally."""

GRAIN_ROWS, GRAIN_APART = 40, 2
"""Rows an inch that tell a page's grain, and pixels along them from one to the next; those side by side are blurred."""

FORKED = 0.9
"""Of a stroke's columns; when one in ten is higher than a double ruling, two strokes part there."""


def find_rulings(grey: Picture, dpi: float, settings: Detect) -> tuple[Ruling, ...]:
    """Given a level grey page, return its rulings in page pixels, horizontal ones first, unpruned."""
    dark = threshold(grey, dpi, settings)
    rows, columns = with_dots_joined(dark, dpi)
    return (*find_level(rows, dpi, settings), *map(turn_ruling, find_level(columns, dpi, settings)))


def with_hairlines(grey: Picture, rulings: Sequence[Ruling], lost: bool, dpi: float, settings: Detect) -> Picture:
    """Given a level grey page, its rulings and whether it lost much of them, return it with those drawn anew of which a
    fax left only dots."""
    if not is_bilevel(grey):
        return grey
    dark = threshold(grey, dpi, settings)
    level, plumb = dots_of(dark, dpi, THICK_DOT_IN)
    flat, tall = ([r for r in rulings if r.orientation == way] for way in ("h", "v"))
    return drawn_anew(grey, dark, level, plumb, (flat, tall), lost)


def find_level(dark: Mask, dpi: float, settings: Detect) -> list[Ruling]:
    """Given ink, return its horizontal rulings: long thin strokes on clean paper, joined over gaps."""
    found = join_doubles(strokes(dark, dpi, settings), settings.double_in * dpi)
    clean = [r for r in found if looks_ruled(r, dark, dpi, settings)]
    return join_gaps(clean, dpi, settings)


def threshold(grey: Picture, dpi: float, settings: Detect) -> Mask:
    """Given a grey page, return 1 where a pixel is darker than the mean of its neighbourhood by the offset, or on a
    page with grain by more than that."""
    block = max(round(settings.threshold_block_in * dpi), 3)
    mean = cv2.blur(grey, (block, block))
    depth = cv2.subtract(mean, grey)
    offset = max(settings.threshold_offset, settings.threshold_grain * grain_of(grey, dpi))
    return cv2.threshold(depth, offset, 1, cv2.THRESH_BINARY)[1].astype(np.uint8, copy=False)


def grain_of(grey: Picture, dpi: float) -> float:
    """Given a page, return the standard deviation of its grain in grey levels: from what pixels close by differ by on
    the median, which print and rulings do not move."""
    rows = grey[:: max(round(dpi / GRAIN_ROWS), 1)]
    if rows.shape[1] <= GRAIN_APART:
        return 0.0
    off = cv2.absdiff(rows[:, GRAIN_APART:], rows[:, :-GRAIN_APART])
    return NORMAL * median_level(off) / 2**0.5


def median_level(levels: Picture) -> float:
    """Given grey levels, return their median: counted by level, which takes a tenth of the time of parting them."""
    counts = np.cumsum(cv2.calcHist([levels], [0], None, [256], [0, 256]).astype(np.int64))
    low, high = np.searchsorted(counts, [(levels.size - 1) // 2, levels.size // 2], side="right")
    return float(low + high) / 2


def strokes(dark: Mask, dpi: float, settings: Detect) -> list[Ruling]:
    """Given ink, return its horizontal strokes: longer than ``ruling_min_in``, thinner than ``ruling_thick_in``.

    Dots are closed first; one row of thickness is lent so that a stroke may step by a pixel. The strokes of a double
    ruling that touch somewhere come as one; its thickness is then its whole height.
    """
    dots = int(settings.dot_gap_in * dpi) + 1
    long = max(round(settings.ruling_min_in * dpi), 5)
    closed = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones((1, dots | 1), np.uint8))
    lent = cv2.dilate(closed, np.ones((2, 1), np.uint8))
    opened = opened_level(lent, long)
    kept = cv2.bitwise_and(opened, closed)
    step = max(long // 12, 1)
    few = np.ascontiguousarray(kept[:, ::step])
    rows = rows_near(few)
    found = strokes_of(few[rows], step, long // step, dpi, settings)
    return [replace(stroke, at=stroke.at + int(rows[int(stroke.at)]) - int(stroke.at)) for stroke in found]


def rows_near(mask: Mask) -> NDArray[np.intp]:
    """Given a mask, return its inked rows and one bare row behind each run of them: what hangs together and what does
    not is told by these alone, of a mask of strokes a few in a hundred."""
    inked = np.asarray(mask.any(axis=1))
    inked[1:] |= inked[:-1].copy()
    return np.flatnonzero(inked)


def opened_level(mask: Mask, long: int) -> Mask:
    """Given a mask, return it without the runs along its rows that are shorter than ``long`` pixels.

    An opening by a level stroke: shifted copies are laid over each other, twice as far each time, which takes as many
    steps as the length has binary digits.
    """
    if mask.shape[1] < long:
        return np.zeros_like(mask)
    starts = _overlaid(mask, long, cv2.bitwise_and)
    framed = cv2.copyMakeBorder(starts, 0, 0, long - 1, long - 1, cv2.BORDER_CONSTANT, value=0)
    return _overlaid(framed, long, cv2.bitwise_or)


def _overlaid(mask: Mask, long: int, join: Callable[[Mask, Mask], Mask]) -> Mask:
    """Given a mask, return for each place what joins its ``long`` pixels from there on along the row."""
    done = 1
    while done < long:
        step = min(done, long - done)
        mask, done = join(mask[:, :-step], mask[:, step:]), done + step
    return mask


def strokes_of(kept: Mask, step: int, long: int, dpi: float, settings: Detect, whole: bool = True) -> Iterator[Ruling]:
    """Given a mask of strokes, its columns ``step`` pixels wide, yield each component as a stroke.

    long: columns. A component that is too high hangs together with something else and is cut into short pieces.
    """
    found = cv2.connectedComponentsWithStatsWithAlgorithm(
        kept, 8, cv2.CV_32S, cv2.CCL_BBDT
    )  # a third of the usual time
    _, labels, stats, centres = found
    thick, double = max(settings.ruling_thick_in, settings.double_in) * dpi, settings.double_in * dpi
    for i, ((x, y, w, h, area), (_, cy)) in enumerate(zip(stats[1:].tolist(), centres[1:].tolist(), strict=True), 1):
        if w < long * 0.8:
            continue
        part = (labels[y : y + h, x : x + w] == i).astype(np.uint8)
        if h > thick + SLOPE * w * step or area > thick * w or (whole and h > thick and is_forked(part, double)):
            if whole and w > 2 * long:
                part[:, :: 2 * long] = 0
                for piece in strokes_of(part, step, long, dpi, settings, whole=False):
                    yield replace(piece, at=piece.at + y, start=piece.start + x * step, end=piece.end + x * step)
            continue
        if not whole and rise_over_run(part > 0, step) > SLOPE:
            continue
        thickness = area / w
        at = cy
        if 1.6 * thickness < h and w > 2 * long:  # two strokes that touch, or print that touches one
            thickness, at = height_of(part > 0), y + middle_of_rows(part > 0)
        yield Ruling("h", at + 0.5, float(x * step), float((x + w) * step), max(thickness, 1.0))


def rise_over_run(part: NDArray[np.bool_], step: int) -> float:
    """Given one stroke, its columns ``step`` pixels wide, return how much it rises or falls along its length."""
    third = max(part.shape[1] // 3, 1)
    first, last = (float(np.nonzero(end)[0].mean()) for end in (part[:, :third], part[:, -third:]))
    return abs(last - first) / (max(part.shape[1] - third, 1) * step)


def middle_of_rows(part: NDArray[np.bool_]) -> float:
    """Given one stroke, return the row of its middle in the middle of its columns."""
    first, last = part.argmax(axis=0), part.shape[0] - 1 - part[::-1].argmax(axis=0)
    return float(np.median((first + last)[part.any(axis=0)])) / 2


def is_forked(part: Mask, high: float) -> bool:
    """True when a component is two strokes that part: a fold that crosses a ruling at a small angle."""
    return height_of(part > 0, FORKED) > high


def height_of(part: NDArray[np.bool_], share: float = 0.5) -> float:
    """Given one stroke, return the height that a share of its columns do not exceed, paper between its parts
    included."""
    first, last = part.argmax(axis=0), part.shape[0] - part[::-1].argmax(axis=0)
    return float(np.quantile((last - first)[part.any(axis=0)], share))


def looks_ruled(ruling: Ruling, dark: Mask, dpi: float, settings: Detect) -> bool:
    """True when a horizontal stroke is a ruling and not a row of print.

    Beside a ruling lies paper: print that happens to line up has its own strokes above and below. Print cannot line up
    over a long way, so a long stroke needs less proof than a short one.
    """
    x0, x1 = int(ruling.start), int(ruling.end)
    near, far = ruling.thickness / 2 + 1.5, ruling.thickness / 2 + 1.5 + max(settings.side_in * dpi, 2.0)
    body = dark[_rows(ruling.at, -ruling.thickness / 2 - 1, ruling.thickness / 2 + 1, dark), x0:x1]
    above = dark[_rows(ruling.at, -far, -near, dark), x0:x1]
    below = dark[_rows(ruling.at, near, far, dark), x0:x1]
    solid, *inked = (share_inked(part) for part in (body, above, below))
    short = ruling.length < settings.short_in * dpi
    if solid < settings.solid_min:
        return False
    proof = 1 - (sum(inked) / 2 + max(inked)) / 2 / solid
    return proof >= (settings.clean_share_short if short else settings.clean_share)


def share_inked(part: Mask) -> float:
    """Given a piece of ink, return the share of its columns that hold any."""
    return np.count_nonzero(part.any(axis=0)) / part.shape[1] if part.size else 0.0


def _rows(at: float, low: float, high: float, dark: Mask) -> slice:
    return slice(max(round(at + low), 0), max(min(round(at + high), dark.shape[0]), 0))


def turn_ruling(ruling: Ruling) -> Ruling:
    """Given a ruling of the transposed page, return it as it lies on the page."""
    return Ruling("v" if ruling.orientation == "h" else "h", ruling.at, ruling.start, ruling.end, ruling.thickness)


def join_gaps(rulings: Sequence[Ruling], dpi: float, settings: Detect) -> list[Ruling]:
    """Given rulings of one orientation, return them with collinear neighbours joined over short gaps."""
    gap, off = settings.gap_in * dpi, settings.joint_in * dpi / 3
    left = sorted(rulings, key=lambda r: (r.start, r.at))
    joined: list[Ruling] = []
    for ruling in left:
        near = [i for i, r in enumerate(joined) if abs(r.at - ruling.at) <= off and ruling.start - r.end <= gap]
        if not near:
            joined.append(ruling)
            continue
        best = min(near, key=lambda i: abs(joined[i].at - ruling.at))
        joined[best] = merge(joined[best], ruling)
    return joined


def merge(first: Ruling, second: Ruling) -> Ruling:
    """Given two collinear rulings, return the one that covers both, placed by their lengths."""
    whole = first.length + second.length
    at = (first.at * first.length + second.at * second.length) / whole if whole else first.at
    thickness = max(first.thickness, second.thickness)
    return Ruling(first.orientation, at, min(first.start, second.start), max(first.end, second.end), thickness)
