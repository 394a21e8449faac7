"""Where a picture lies on the pixels of a drawing: pure arithmetic."""

from __future__ import annotations

from pipeline.geometry import Box, Transform
from pipeline.stages.ingest.resolution import OBLONG

ROUNDING = 1e-6
"""Share taken off a picture's dpi: pdfium rounds sizes up, and a drawing of one row more would blur every row."""

INSET = 0.01
"""Pixels by which a picture is drawn inside the pixels that it fills, as pdfium fills each that it touches."""

ASKEW = 1e-4
"""Of a picture's sides; one that leaves its axis by more lies askew, a tenth of a pixel over a page."""


def fineness(wide: float, high: float) -> float:
    """Given the pixels a point of both axes, return the dpi that shows them all: of nearly square pixels, as they
    should be, the fewer, since one pixel more than there are blurs every one."""
    few, many = sorted((wide, high))
    return 72.0 * (few if many < OBLONG[0] * few else many) * (1 - ROUNDING)


def _edges_on_pixels(low: float, high: float) -> tuple[float, float]:
    """Given where a picture begins and ends on an axis in pixels, return the whole pixels that it should fill."""
    first, last = round(low), round(high)
    return (first + INSET, last - INSET) if last > first else (low, high)


def on_pixels(placing: Transform) -> Transform:
    """Given the map of a picture's unit square to pixels, return the change of that square which puts its edges on the
    nearest whole ones; none for a picture that lies askew.

    A picture whose edge is a hair beyond a pixel's would be drawn over the next one as well, and so would be stretched:
    of a page scanned in strips every row would be blurred.
    """
    a, b, _, c, d, _, _, _, _ = placing.matrix
    if min(abs(a) + abs(d), abs(b) + abs(c)) > ASKEW * max(abs(a) + abs(d), abs(b) + abs(c)):
        return Transform.identity()
    box = placing.apply_box(Box(0.0, 0.0, 1.0, 1.0))
    if box.width <= 0 or box.height <= 0:
        return Transform.identity()
    (x0, x1), (y0, y1) = _edges_on_pixels(box.x0, box.x1), _edges_on_pixels(box.y0, box.y1)
    wide, high = (x1 - x0) / box.width, (y1 - y0) / box.height
    moved = Transform((wide, 0.0, x0 - wide * box.x0, 0.0, high, y0 - high * box.y0, 0.0, 0.0, 1.0))
    return placing.then(moved).then(placing.inverse())
