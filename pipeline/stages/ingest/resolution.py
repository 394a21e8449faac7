"""How many pixels of a picture an inch of the paper has, whatever the file says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.stages.ingest.print import print_height

A4_LONG_SIDE_IN = 11.69
"""Inches; a picture that does not say its resolution is taken for a sheet of this length, unless its print is far too
large or too small for that."""

PRINT_IN = 10.5 / 72
"""Inches; height of ordinary print."""

PRINT_FIT = (0.78, 1.4)
"""Times the height of ordinary print that forms are set in. Too low a resolution does less harm than too high a one."""

SHEET_LONG_IN = (8.0, 17.2)
"""Inches; the longer side of sheets from A5 to A3. A tag that gives another one is checked against the print."""

DPI_TAG_RANGE = (100.0, 1200.0)
"""Pixels an inch; tags outside are defaults of cameras and editors (1, 72, 96), not measurements."""

DPI_GUESS_RANGE = (72.0, 600.0)
"""Pixels an inch; a guessed resolution is kept in this range."""

SHEET_RANGE_IN = (2.0, 60.0)
"""Inches; a tag that makes the longer side shorter or longer than this is not believed."""

OBLONG = (1.15, 4.0)
"""Times by which the pixels of a picture may be longer one way than the other (fax: 204 x 98 an inch, 2.08); less is
left alone, since every resampling costs sharpness, more is a broken tag."""


@dataclass(frozen=True, slots=True)
class Tag:
    """What a file states: pixels an inch of the finer axis, and how often a picture of square pixels would repeat the
    columns and the rows."""

    dpi: float | None
    stretch: tuple[float, float] = (1.0, 1.0)


def tag_of(stated: object, size: tuple[int, int]) -> Tag:
    """Given the pixels an inch that a file states for both axes and the picture's size in pixels, return the tag; one
    that is not believable says nothing."""
    try:
        x, y = (float(value) for value in stated)  # type: ignore[attr-defined]
    except (TypeError, ValueError, ZeroDivisionError):
        return Tag(None)
    finer = max(x, y)
    oblong = min(x, y) > 0 and OBLONG[0] <= finer / min(x, y) <= OBLONG[1]
    stretch = (finer / x, finer / y) if oblong else (1.0, 1.0)
    long_in = max(side * times for side, times in zip(size, stretch, strict=True)) / finer if finer > 0 else 0.0
    believable = DPI_TAG_RANGE[0] <= finer <= DPI_TAG_RANGE[1] and SHEET_RANGE_IN[0] <= long_in <= SHEET_RANGE_IN[1]
    return Tag(finer, stretch) if believable else Tag(None)


def is_sheet(long_side_in: float) -> bool:
    """Return whether a sheet of usual size has a longer side of so many inches."""
    return SHEET_LONG_IN[0] <= long_side_in <= SHEET_LONG_IN[1]


def resolution_of(grey: NDArray[np.uint8], tag: float | None) -> float:
    """Given grey pixels (H, W) and the resolution that their file states, return their pixels an inch.

    The tag counts when it makes a sheet of usual size; else the picture is a whole A4 sheet if its print has a usual
    height then; else it is a part of a sheet, or a larger one, and the height of its print tells. Print that is not to
    be found where the tag makes one look for it is looked for once more, as if there were no tag.
    """
    long_side = max(grey.shape)
    if tag is not None and is_sheet(long_side / tag):
        return tag
    guesses = [_held(value) for value in (tag, long_side / A4_LONG_SIDE_IN) if value is not None]
    found = (printed_at(grey, guess) for guess in guesses)
    return next((dpi for dpi in found if dpi is not None), guesses[0])


def printed_at(grey: NDArray[np.uint8], guess: float) -> float | None:
    """Given grey pixels and about their pixels an inch, return what their print says; None when none is found."""
    height = print_height(grey, guess * PRINT_IN)
    if height is None:
        return None
    return guess if PRINT_FIT[0] <= height / (guess * PRINT_IN) <= PRINT_FIT[1] else _held(height / PRINT_IN)


def _held(dpi: float) -> float:
    return min(max(dpi, DPI_GUESS_RANGE[0]), DPI_GUESS_RANGE[1])
