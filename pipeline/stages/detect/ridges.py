"""Ridges of a picture: where it is darker than the paper on both sides of a thin stroke.

A step of light, as at a fold or the rim of a shadow, is no ridge (black top-hat, Serra 1982). The picture is averaged
along the stroke first: grain and dust fade, a ruling does not, and all that follows has a fraction of the pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.config import Detect
from pipeline.model import Picture, Ruling

GRAIN = 3.0
"""Times the middle rise of a page, which is that of its grain, that a ruling rises to at the least."""
DOTS_IN = 15.0
"""Dots an inch of a dotted ruling at the least."""
DOT_PAPER = 0.3
"""Of a dotted ruling's length that is paper at the least."""
EVEN = 0.3
"""Of the way from dot to dot that it varies by at the most (standard deviation); strokes of print vary by 0.5."""
STEP = 0.25
"""Of the usual way from dot to dot by which an even one differs at the most."""
DASH_IN = 0.06
"""Inches along a ruling within which there is paper beside a dot."""
DARK = 85
"""Percent of a dotted line's pixels that are no darker than its dots at the least: a third of it is dots."""
FEWEST = 3
"""Steps from dot to dot of a row of dots at the least; a lone 8 has two even ones from top to bottom, so has ≥.
"""
BESIDE = 4
"""Pixels beyond a ruling's rim that are looked at for its paper."""

DARKEST = 99.0
"""Percent of a page's places that rise less than its darkest print and rulings."""


@dataclass(frozen=True, slots=True, eq=False)
class Ridges:
    """The horizontal ridges of a page.

    rise: (H, W / step) grey levels that a pixel is darker than the paper on both sides. even: (H, W / step) the page
    averaged along them. floor: levels from which it is ink and not grain. print: levels of the darkest print and
    rulings. step: page pixels along a ridge that one column stands for. dpi: pixels an inch, across them.
    grey: (H, W) the page itself, turned like the ridges.
    """

    rise: Picture
    even: Picture
    floor: float
    print: float
    step: int
    dpi: float
    grey: Picture

    def rise_of(self, ruling: Ruling) -> float:
        """Given a horizontal stroke, return its grey levels, those of its inked columns on the mean."""
        row, half = int(ruling.at), max(round(ruling.thickness / 2), 1)
        first, stop = int(ruling.start / self.step), int(ruling.end / self.step)
        body = self.rise[max(row - half, 0) : row + half + 1, first:stop].max(axis=0, initial=0)
        inked = body[body > self.floor]
        return float(inked.mean()) if inked.size else 0.0

    def rise_of_dots(self, ruling: Ruling) -> float:
        """Given a horizontal stroke of evenly set dots, return the grey levels of the dots themselves; 0 for others.

        The average along a dotted ruling is half as dark as its dots. What shows through from a page's back, which is
        as faint, has blurred to a plain stroke.
        """
        row, half = int(ruling.at), max(round(ruling.thickness / 2), 1)
        strip = self.grey[max(row - half - BESIDE, 0) : row + half + BESIDE + 1, int(ruling.start) : int(ruling.end)]
        if not strip.size:
            return 0.0
        depth = np.percentile(strip, 80, axis=0) - strip.min(axis=0)
        dark = float(np.percentile(depth, 85))
        inked = depth > dark / 2
        begins = np.flatnonzero(inked[1:] & ~inked[:-1])
        if len(begins) < DOTS_IN * ruling.length / self.dpi or inked.mean() > 1 - DOT_PAPER:
            return 0.0
        ways = np.diff(begins)
        return dark if ways.std() <= EVEN * ways.mean() else 0.0

    def dotted_share(self, ruling: Ruling, floor: float) -> float:
        """Given a horizontal line and the grey levels that its dots are darker than the paper between them at the
        least, return the share of it over which dots follow each other in even steps.

        Looked at along the line alone: what is not dotted, a fold that lies over it or a shadow, has no part in it.
        """
        return self.dotted_shares([ruling], floor)[0]

    def dotted_shares(self, rulings: Sequence[Ruling], floor: float) -> list[float]:
        """Given horizontal lines, return ``dotted_share`` of each. Those that begin and end in the same columns are
        looked at together."""
        shares = [0.0] * len(rulings)
        together: dict[tuple[int, int], list[tuple[int, Picture]]] = {}
        for i, ruling in enumerate(rulings):
            row, core = int(ruling.at), max(round(ruling.thickness / 2) - 1, 0)
            columns = max(int(ruling.start), 0), int(ruling.end)
            strip = self.grey[max(row - core, 0) : row + core + 1, slice(*columns)]
            if strip.size:
                together.setdefault(columns, []).append((i, strip.min(axis=0) if core else strip[0]))
        for members in together.values():
            for (i, _), share in zip(members, even_shares([line for _, line in members], floor, self.dpi), strict=True):
                shares[i] = share
        return shares


def even_shares(lines: Sequence[Picture], floor: float, dpi: float) -> list[float]:
    """Given the grey levels along lines of one length and how much darker dots are than the paper between them at the
    least, return the share of each over which dots follow each other in even steps."""
    levels = np.stack(lines)
    window = np.ones((1, round(DASH_IN * dpi) | 1), np.uint8)
    depth = cv2.morphologyEx(levels, cv2.MORPH_BLACKHAT, window)
    at = levels.shape[1] * DARK // 100
    dark = np.partition(depth, at, axis=1)[:, at] / 2
    inked = depth > np.minimum(np.maximum(dark, floor), 255).astype(np.uint8)[:, None]
    rows, begins = np.nonzero(inked[:, 1:] & ~inked[:, :-1])
    bounds = np.searchsorted(rows, np.arange(len(levels) + 1)).tolist()
    return [even_share(begins[first:stop], levels.shape[1], dpi) for first, stop in pairwise(bounds)]


def even_share(begins: NDArray[np.int64], length: int, dpi: float) -> float:
    """Given where the dots of a line begin and its length, return the share of it where their steps are even."""
    if len(begins) <= FEWEST:
        return 0.0
    ways = np.diff(begins)
    usual = float(np.partition(ways, len(ways) // 2)[len(ways) // 2])
    if not 0.0 < usual <= dpi / DOTS_IN:
        return 0.0
    even = ways[np.abs(ways - usual) <= max(STEP * usual, 1.0)]
    return min((float(even.sum()) + usual) / length, 1.0)


def find_ridges(grey: Picture, dpi: float, settings: Detect) -> tuple[Ridges, Ridges]:
    """Given a level grey page, return its horizontal ridges and, transposed, its vertical ones."""
    step = max(round(settings.along_in * dpi), 1)
    level = cv2.blur(grey, (step, 1))[:, step // 2 :: step]
    plumb = cv2.transpose(cv2.blur(grey, (1, step))[step // 2 :: step])
    flat, tall = np.ascontiguousarray(level), cv2.transpose(grey)
    return ridges_of(flat, grey, step, dpi, settings), ridges_of(plumb, tall, step, dpi, settings)


def ridges_of(averaged: Picture, grey: Picture, step: int, dpi: float, settings: Detect) -> Ridges:
    """Given a page and its average along its rows by ``step``, return its horizontal ridges."""
    span = max(round(settings.ridge_in * dpi), 3)
    rise = cv2.morphologyEx(averaged, cv2.MORPH_BLACKHAT, np.ones((span, 1), np.uint8))
    few = rise[:: max(round(dpi / 25), 1), ::3]
    grain, dark = np.percentile(few, (50, DARKEST))
    return Ridges(rise, averaged, max(settings.ridge_levels, GRAIN * float(grain)), float(dark), step, dpi, grey)
