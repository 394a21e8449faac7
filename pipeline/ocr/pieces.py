"""Doubtful pieces of a line: what another recogniser is shown are the signs in doubt and their company, not the line.

A line of sixty signs may hold one that is in doubt, and a recogniser takes its time by the width that it is shown.
Pieces are cut where the print leaves most paper; a line that is short, or in doubt nearly throughout, is one piece.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.ocr import Crop, ReadGlyph, Reading

REACH = 2.3
"""Heights of the crop to each side of a doubtful sign that are shown with it, three ideographs: of 219 doubtful signs
five are then read otherwise than in their line, with two ideographs seven, with four four."""
APART = 1.3
"""Heights of the crop; a shorter remainder, of the line or between two pieces, is shown too."""
MOST = 0.8
"""Of a line's width that its pieces may have together to be cut at all, since each has margins."""
MARGIN = 0.08
"""Heights of the crop of paper at a cut, as a line has at its ends."""
PRINT = 215
"""Grey level of a crop, 245 on paper and 30 in print, below which there is print to be spared by a cut."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Glyphs first to last of a reading and columns left to right of its crop, both half-open."""

    first: int
    last: int
    left: int
    right: int


def pieces_of(reading: Reading, crop: Crop, is_doubtful: Callable[[ReadGlyph], bool]) -> list[Piece]:
    """Given the reading of a crop and which glyphs are in doubt, return the pieces to show, left to right."""
    high, wide = crop.shape
    middles = [(glyph.x0 + glyph.x1) / 2 / high for glyph in reading.glyphs]
    ranges = ranges_around([i for i, glyph in enumerate(reading.glyphs) if is_doubtful(glyph)], middles)
    print_in = np.clip(PRINT - crop.astype(np.int32), 0, None).sum(axis=0)
    edges = [0, *(cut_between(print_in, round(a * high), round(b * high)) for a, b in pairwise(middles)), wide]
    pieces = [Piece(a, b, edges[a], edges[b]) for a, b in ranges]
    covered = sum(piece.right - piece.left for piece in pieces)
    apart = all(piece.left < piece.right for piece in pieces) and covered <= MOST * wide
    return pieces if apart else [Piece(0, len(middles), 0, wide)]


def ranges_around(asked: Sequence[int], middles: Sequence[float]) -> list[tuple[int, int]]:
    """Given which glyphs are in doubt and where all stand, in heights of the crop, return half-open ranges of glyphs
    with the company of each; what would be left over short between them, or at an end, is in them."""
    ranges: list[tuple[int, int]] = []
    for at in asked:
        near = [i for i, middle in enumerate(middles) if abs(middle - middles[at]) < REACH]
        first = 0 if middles[near[0]] - middles[0] < APART else near[0]
        last = len(middles) if middles[-1] - middles[near[-1]] < APART else near[-1] + 1
        if ranges and (first <= ranges[-1][1] or middles[first] - middles[ranges[-1][1] - 1] < APART):
            ranges[-1] = (ranges[-1][0], max(last, ranges[-1][1]))
        else:
            ranges.append((first, last))
    return ranges


def cut_between(print_in: NDArray[np.int_], left: int, right: int) -> int:
    """Given how much print each column has and two columns, return the one between them with the least; of several the
    middle one."""
    left = min(left, len(print_in) - 1)
    between = print_in[left : max(right, left) + 1]
    clear = np.flatnonzero(between == between.min())
    return left + int(clear[len(clear) // 2])


def shown_piece(crop: Crop, piece: Piece) -> Crop:
    """Given a crop and a piece of it, return the piece with margins of paper where it is cut."""
    margin = round(MARGIN * crop.shape[0])
    left, right = margin * (piece.left > 0), margin * (piece.right < crop.shape[1])
    columns = crop[:, piece.left : piece.right]
    return cv2.copyMakeBorder(columns, 0, 0, left, right, cv2.BORDER_CONSTANT, value=int(crop.max()))
