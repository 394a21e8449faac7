"""Which way up a page lies."""

from __future__ import annotations

from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.model import Picture

SKEWED = 8.0
"""Degrees; a page turned by more is levelled roughly before it is asked which way up it lies."""
ROUGH_SIDE = 640
"""Pixels; the long side at which that is done."""


class Orienter(Protocol):
    """Tells how far a page was turned; see pipeline.ocr.orient."""

    name: str

    def turned(self, picture: Picture) -> NDArray[np.float64]:
        """Given an RGB page, return the probabilities of 0, 1, 2, 3 clockwise quarter turns."""
        ...


def find_turns(picture: Picture, turn: float, orienter: Orienter) -> int:
    """Given an RGB page and the turn of its rulings modulo 90 degrees, return the clockwise quarter turns it needs."""
    shown = picture if abs(turn) <= SKEWED else turned_roughly(picture, turn)
    return -int(orienter.turned(shown).argmax()) % 4


def turned_roughly(picture: Picture, turn: float) -> Picture:
    """Given an RGB page and its turn in degrees, x towards y, return a small picture of it turned back."""
    height, width = picture.shape[:2]
    scale = min(ROUGH_SIDE / max(height, width), 1.0)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn, scale)
    corners = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]]) @ matrix.T
    matrix[:, 2] -= corners.min(axis=0)
    wide, high = (max(int(side), 1) for side in np.ptp(corners, axis=0))
    return cv2.warpAffine(picture, matrix, (wide, high), flags=cv2.INTER_AREA, borderValue=(255, 255, 255))


def turn_picture(picture: Picture, turns: int) -> Picture:
    """Given a picture, return it turned clockwise by ``turns`` x 90 degrees."""
    codes = (None, cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_COUNTERCLOCKWISE)
    code = codes[turns % 4]
    return picture if code is None else cv2.rotate(picture, code)
