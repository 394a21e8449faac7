"""What stands in an area without being print: dust, what is left of its rulings, lone dots."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.config import Read

Mask = NDArray[np.uint8]
Flags = NDArray[np.bool_]

ALL_ALONG = 0.85
"""Of a side that is ink where a stroke runs along it; print in a low cell fills less."""
LEANING = 0.2
"""The same for a row or two behind it, into which a ruling leans."""
LONG_RUN = 3.0
"""Ems; no strokes of print reach as far down a side without a gap, so that what does is left of a ruling."""
SHORT_RUN, SIDE_SHARE = 1.15, 0.85
"""Ems, and the share of an area's height: where it is low, a stroke of this length is; a bracket has one em."""
WIDE_RUN, NARROW_RUN = 3.0, 1.3
"""Ems along the top and the bottom, where a stroke of print may be one em long and strokes stand in line."""
CROSSING_RUN = 1.8
"""Ems; a line anywhere across an area, such as a fold of the paper, is at least as long."""
THICK_EMS = 0.15
"""Ems; a thicker stroke is print: a bracket, the left part of a sign."""
FAINT_EMS = 0.35
"""Ems; a dot or a short dash may be faint, since the optics blur it."""
PIECES_EMS = 0.12
"""Ems between the pieces of one ruling; lines of type leave more paper between their strokes."""
LINE_EMS, LINE_INKED = 0.12, 0.6
"""Ems to the side within which the pieces of a line stand, and the share of it that they must fill: a fold of the
paper comes in pieces."""
LEAN = 0.03
"""Pixels to the side for each pixel along that a ruling may still lean or bend on an upright page."""
PAPER_EMS, PAPER_INKED = 0.2, 0.35
"""Ems behind a ruling's second stroke that are paper, and the share of them that is ink: 0.13 at the most behind 247
such strokes, and 0.57 at the least behind the left parts of signs."""
BOX_EMS, BOX_RIM, BOX_SIDES = (0.5, 1.2), 0.25, 3
"""A box to tick is as wide and as high as this in ems, has its frame within this share of its side, and at least so
many of its sides in one piece."""
NEAR_EMS, LEVEL_EMS = 0.8, 0.5
"""Ems to the side and up or down; a full stop, a comma or a dot of … has other print this near."""
LEAD_EMS, FOOT_EMS, BEGIN_EMS = 0.98, 0.2, 0.25
"""Ems: a comma that begins a line, since it found no room on the one above, has the next sign this near, ends no
farther above or below that sign's foot, and begins no farther behind where lines begin."""
MARK_EMS, PART_EMS = 0.16, 0.35
"""Ems; how high such a comma is, and the parts of signs, at the least."""


@dataclass(frozen=True, slots=True, eq=False)
class Spots:
    """The connected components of a mask, N of them; left, top, right, bottom in pixels, half-open.

    labels: (H, W) int32, the spot of each pixel plus one, 0 where there is no ink.
    """

    labels: NDArray[np.int32]
    left: NDArray[np.int32]
    top: NDArray[np.int32]
    right: NDArray[np.int32]
    bottom: NDArray[np.int32]

    @staticmethod
    def of(mask: Mask) -> Spots:
        """Given a mask, return its 8-connected components."""
        _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
        x, y, wide, high = (stats[1:, i] for i in range(4))
        return Spots(labels, x, y, x + wide, y + high)

    def turned(self) -> Spots:
        """The same with rows for columns."""
        return Spots(self.labels.T, self.top, self.left, self.bottom, self.right)

    def smaller(self, side: float) -> Flags:
        """Which spots are smaller than ``side`` pixels both ways?"""
        return (self.right - self.left < side) & (self.bottom - self.top < side)


def find_debris(mask: Mask, darkness: Mask, ruled: bool, dpi: float, em: float, settings: Read) -> Mask:
    """Given the ink of an area, by how many levels each pixel is darker than paper and the text height, return the ink
    that is not print as a mask.

    ruled: the area is the inside of a cell, where more of its rulings may be left: their second strokes, or
    faint ones.
    """
    spots = Spots.of(mask)
    if not len(spots.left):
        return mask
    strip = settings.remnant_strip_in * dpi if ruled else 0.0
    thick = max(min(settings.remnant_thick_in * dpi, THICK_EMS * em), 2.0)
    flags = spots.smaller(settings.speck_share * em)
    flags |= remnants(spots, thick, strip, (SHORT_RUN * em, LONG_RUN * em), em)
    flags |= remnants(spots.turned(), thick, strip, (NARROW_RUN * em, WIDE_RUN * em), em)
    pale = faint(spots, darkness, flags | spots.smaller(FAINT_EMS * em), settings.faint_share)
    flags |= pale & ~boxes(spots, pale, em)
    flags |= lone(spots, spots.smaller(settings.dot_share * em), em)
    debris = mask & np.concatenate([[0], flags]).astype(np.uint8)[spots.labels]
    return debris | (mask & beside_strokes(mask - debris, settings.double_in * dpi, em)) if ruled else debris


def faint(spots: Spots, darkness: Mask, others: Flags, share: float) -> Flags:
    """Given spots, the levels they are darker than paper, which of them cannot be judged (debris, and what is so small
    that the optics blur it) and a share, return which of the rest are nowhere as dark as that share of the print:
    folds, and print on the page's back.

    The print is as dark as the darker ones of its signs; one speck or a ruling may be darker than all of it.
    """
    inked = spots.labels > 0
    darkest = np.zeros(len(spots.left) + 1, np.uint8)
    np.maximum.at(darkest, spots.labels[inked], darkness[inked])
    signs = darkest[1:][~others]
    return ~others & (darkest[1:] < share * upper_quartile(signs)) if signs.size else others & False


def upper_quartile(numbers: NDArray[np.integer]) -> float:
    """Given at least one whole number, return that above which a quarter of them lies, by its place between two;
    numpy's own takes twenty times as long over the few spots of a cell."""
    ranked = np.sort(numbers)
    at, quarters = divmod(3 * (len(ranked) - 1), 4)
    low, high = int(ranked[at]), int(ranked[min(at + 1, len(ranked) - 1)])
    return low + (high - low) * quarters / 4


def boxes(spots: Spots, asked: Flags, em: float) -> Flags:
    """Given spots, which of them are asked about and the text height, return which of those are boxes to tick: as wide
    and as high as a sign, with nothing inside. Their strokes are hairs, which the optics make pale; where most of what
    is pale are other signs, print shows through from the back, boxes or not."""
    wide, high = spots.right - spots.left, spots.bottom - spots.top
    low, most = (side * em for side in BOX_EMS)
    fitting = asked & (np.minimum(wide, high) >= low) & (np.maximum(wide, high) <= most)
    found = np.zeros(len(asked), bool)
    for i in np.flatnonzero(fitting):
        own = spots.labels[spots.top[i] : spots.bottom[i], spots.left[i] : spots.right[i]] == i + 1
        y, x = (round(BOX_RIM * side) for side in own.shape)
        found[i] = not own[y:-y, x:-x].any() and sum(sides_inked(own, y, x)) >= BOX_SIDES
    return found if 2 * found.sum() > fitting.sum() else found & False


def sides_inked(own: Flags, y: int, x: int) -> tuple[bool, ...]:
    """Given a spot, and how deep its rim is, return whether there is ink all along its top, bottom, left and right."""
    rims = (own[:y].any(axis=0), own[-y:].any(axis=0), own[:, :x].any(axis=1), own[:, -x:].any(axis=1))
    return tuple(bool(rim.mean() >= ALL_ALONG) for rim in rims)


def beside_strokes(mask: Mask, reach: float, em: float) -> Mask:
    """Given the ink of an area and the text height, return 1 on and outside of the strokes that run all along its
    sides, else 0.

    reach: pixels from a side within which the second stroke of a double ruling lies, or one too faint for the page.
    """
    height, width = mask.shape
    top, bottom, left, right = (parted_end(side, reach, em) for side in (mask, mask[::-1], mask.T, mask.T[::-1]))
    outside = np.ones_like(mask)
    outside[top : height - bottom, left : width - right] = 0
    return outside


def parted_end(side: Mask, reach: float, em: float) -> int:
    """Given the rows of ink from a side on, the outermost first, return behind which one the last stroke ends that
    paper parts from what follows; 0 without any. In a low cell the left parts of signs stand as close, and are no
    stroke."""
    ends = stroke_ends(side[: min(round(reach), len(side) // 3)])
    deep = max(round(PAPER_EMS * em), 1)
    return next((end for end in ends[::-1] if side[end : end + deep].mean() < PAPER_INKED), 0)


def stroke_ends(strip: Mask) -> list[int]:
    """Given the rows of ink along a side, the outermost first, return behind which ones a stroke ends.

    Three rows count together, since a ruling may lean by a pixel or two over the length of a cell.
    """
    if not strip.size:
        return []
    together = cv2.dilate(strip, np.ones((3, 1), np.uint8)).mean(axis=1)
    ruled = np.flatnonzero(together >= ALL_ALONG)
    if not ruled.size:
        return []  # as along most sides
    last = ruled[np.flatnonzero(np.diff(ruled, append=len(strip) + 1) > 1)]
    return [_with_lean(strip, min(int(row) + 2, len(strip))) for row in last]


def _with_lean(strip: Mask, end: int) -> int:
    """Given where a stroke ends, return where the row or two end that it leans into."""
    leaning = strip[end : end + 2].mean(axis=1) >= LEANING
    return end + int(np.cumprod(leaning).sum())


def remnants(spots: Spots, thick: float, strip: float, runs: tuple[float, float], em: float) -> Flags:
    """Given spots, return which are left of an upright ruling: thin, and longer than any stroke of print is.

    All in pixels. runs: that length in a low area and in any. Within ``strip`` of the left and the right side pieces
    in line count together, as they stay of a ruling that is not quite straight. A fold of the paper goes as well.
    """
    height, width = spots.labels.shape
    thin = spots.right - spots.left <= thick + LEAN * (spots.bottom - spots.top)
    needed = max(runs[0], min(runs[1], SIDE_SHARE * height))
    found = np.zeros(len(thin), bool)
    for beside in (thin & (spots.right <= strip), thin & (spots.left >= width - strip)):
        if beside.any():
            found |= beside & in_long_run(spots, beside, PIECES_EMS * em, needed)
    return found | in_line(spots, thin, em, max(CROSSING_RUN * em, min(runs[1], SIDE_SHARE * height)))


def in_line(spots: Spots, thin: Flags, em: float, needed: float) -> Flags:
    """Given spots and which of them are thin, return which of those make one upright line of ``needed`` pixels."""
    found = np.zeros(len(thin), bool)
    if (spots.bottom - spots.top)[thin].sum() < LINE_INKED * needed:
        return found
    middle = (spots.left + spots.right) / 2
    order = np.flatnonzero(thin)[np.argsort(middle[thin], kind="stable")]
    first = np.searchsorted(middle[order], middle[order] - LINE_EMS * em)
    heights = np.concatenate([[0], np.cumsum((spots.bottom - spots.top)[order])])
    for at in np.flatnonzero(heights[1:] - heights[first] >= LINE_INKED * needed):
        chosen = np.zeros(len(thin), bool)
        chosen[order[first[at] : at + 1]] = True
        found |= chosen & in_long_run(spots, chosen, PIECES_EMS * em, needed)
    return found


def in_long_run(spots: Spots, chosen: Flags, gap: float, needed: float) -> Flags:
    """Given spots and which of them count, return which lie, top to bottom, in a run of at least ``needed`` pixels
    without a gap of more than ``gap``."""
    order = np.flatnonzero(chosen)[np.argsort(spots.top[chosen], kind="stable")]
    reached = np.maximum.accumulate(spots.bottom[order])
    breaks = np.flatnonzero(spots.top[order][1:] - reached[:-1] > gap) + 1
    found = np.zeros(len(chosen), bool)
    for run in np.split(order, breaks):
        found[run] = spots.bottom[run].max() - spots.top[run].min() >= needed
    return found


def lone(spots: Spots, small: Flags, em: float) -> Flags:
    """Given spots and which of them are small, return which of those have no other ink beside them on their line and
    lead none."""
    found = np.zeros(len(small), bool)
    for i in np.flatnonzero(small):
        level = (spots.bottom > spots.top[i] - LEVEL_EMS * em) & (spots.top < spots.bottom[i] + LEVEL_EMS * em)
        apart = np.maximum(spots.left - spots.right[i], spots.left[i] - spots.right)
        level[i] = False
        found[i] = not bool(np.any(level & (apart < NEAR_EMS * em))) and not leads_line(spots, i, level, em)
    return found


def leads_line(spots: Spots, i: int, level: Flags, em: float) -> bool:
    """Given spots, a small one and which others are on a level with it, return whether it stands where lines begin, as
    a comma does at the foot of a sign that follows."""
    signs = spots.bottom - spots.top >= PART_EMS * em
    if spots.bottom[i] - spots.top[i] < MARK_EMS * em or not signs.any():
        return False
    ahead = spots.left - spots.right[i]
    near = level & signs & (ahead > 0) & (ahead < LEAD_EMS * em)
    on_foot = np.abs(spots.bottom - spots.bottom[i]) < FOOT_EMS * em
    begins = spots.left[i] <= spots.left[signs].min() + BEGIN_EMS * em
    return bool(begins and np.any(near & on_foot))
