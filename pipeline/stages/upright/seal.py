"""Red seals are lifted off: where a red blob lies, ink is what is dark in the red channel too."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.config import Upright
from pipeline.model import Picture

Mask = NDArray[np.uint8]


def lift_seals(picture: Picture, dpi: float, settings: Upright) -> Picture:
    """Given an RGB page, return it grey (H, W) uint8 with the red of seals gone and the black under them kept.

    A seal is a red blob of at least ``seal_min_in`` both ways once its strokes are closed; red rulings and red print
    are thinner or are kept, since a form may be printed in red.
    """
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    red = redness(picture)
    if int(np.count_nonzero(red > settings.seal_chroma)) < (settings.seal_min_in * dpi) ** 2 * settings.seal_fill:
        return grey
    place = seal_places(red, dpi, settings)
    return np.where(place > 0, np.maximum(grey, lift_red(picture, red, place, settings.seal_chroma)), grey)


def redness(picture: Picture) -> Picture:
    """Given RGB, return by how many levels red exceeds the larger of green and blue, more than on the paper, (H, W)
    uint8."""
    red, green, blue = cv2.split(picture)
    excess = cv2.subtract(red, cv2.max(green, blue))
    paper = int(np.median(excess[::8, ::8]))
    return cv2.subtract(excess, np.array([float(paper)])) if paper else excess


def lift_red(picture: Picture, red: Picture, place: Mask, chroma: int) -> Picture:
    """Given a page, its redness and the place of seals, return the grey each pixel would have without red ink.

    Red ink lets red light through, so the red channel hardly sees it; what it still takes away grows with the redness,
    and how fast is read off the seal's own pixels, most of which lie on bare paper.
    """
    channel = picture[:, :, 0]
    sealed = (place > 0) & (red > chroma)
    if not sealed.any():
        return channel
    paper = float(np.percentile(channel[place > 0], 80))
    share = float(np.median((paper - channel[sealed].astype(np.float32)) / red[sealed]))
    return cv2.add(channel, cv2.multiply(red, np.array([min(max(share, 0.0), 1.0)])))


def hulls(blobs: Mask) -> Mask:
    """Given blobs, return the convex hull of each, 255 inside: a seal's star lies apart from its rim."""
    filled = np.zeros_like(blobs)
    for contour in cv2.findContours(blobs, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]:
        cv2.fillConvexPoly(filled, cv2.convexHull(contour), 255)
    return filled


def seal_places(red: Picture, dpi: float, settings: Upright) -> Mask:
    """Given the redness of a page, return a mask of the blobs large both ways, (H, W) uint8 0 or 255.

    Worked at a quarter of the size: a blob's place need not be sharp.
    """
    small = cv2.resize(red, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    strokes = (small > settings.seal_chroma * 0.5).astype(np.uint8)
    reach = max(round(settings.seal_close_in * dpi / 4), 1)
    closed = cv2.morphologyEx(strokes, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(closed)
    least, most = settings.seal_min_in * dpi / 4, settings.seal_max_in * dpi / 4
    wide, high = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    large = (np.minimum(wide, high) >= least) & (np.maximum(wide, high) <= most)
    large[0] = False
    place = hulls(large[labels].astype(np.uint8))
    place = cv2.dilate(place, np.ones((5, 5), np.uint8))
    return cv2.resize(place, (red.shape[1], red.shape[0]), interpolation=cv2.INTER_NEAREST)
