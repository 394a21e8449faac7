"""Dithered scans: paper, shade and colour as black dots on white.

The dots are averaged to the grey that they stand for; left alone they pass for print everywhere.
"""

from __future__ import annotations

import cv2
import numpy as np

from pipeline.model import Picture, frozen_picture

ROW_STEP = 37
"""Pixels between the rows that tell whether a page is black and white only."""
EXTREME = 8
"""Grey levels off black and off white that a black and white page keeps within."""
DOTS = 0.02
"""Of a page that black pixels cover which have white ones on all four sides; dust and the noise of a fax are 0.005."""
SPREAD_PX = 1.6
"""Pixels; deviation of the bell whose average is the grey. Screens repeat after 4 pixels or are irregular; with
2.0 small print runs together."""


def undithered(picture: Picture) -> Picture:
    """Given an RGB page, return it with dots averaged to greys where it is dithered, else as it is."""
    if not is_dithered(picture):
        return picture
    return frozen_picture(np.asarray(cv2.GaussianBlur(picture, (0, 0), SPREAD_PX), dtype=np.uint8))


def is_dithered(picture: Picture) -> bool:
    """Given an RGB page, return whether it is black and white only and full of lone black pixels."""
    rows = picture[::ROW_STEP]
    if np.any((rows > EXTREME) & (rows < 255 - EXTREME)):
        return False
    black = (picture[:, :, 1] < 128).astype(np.uint8)
    plus = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.uint8)
    return float(np.mean(black > cv2.dilate(black, plus))) > DOTS
