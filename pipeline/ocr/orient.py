"""Which way up a page lies: a small classifier proposes, and where it is in doubt the recogniser reads a few lines."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.model import Picture
from pipeline.ocr import Recogniser
from pipeline.ocr.onnx import open_session
from pipeline.ocr.way_up import signs_by_turn

SIDE = 224
"""Pixels; the classifier's input."""
SHORT_SIDE = 256
"""Pixels; the short side of the picture from which the middle is cut, as in the classifier's training."""
SURE = 0.8
"""Probability below which the printed part is looked at too."""
UNSURE = 0.7
"""Probability below which lines are read; of 469 drawn pages fourteen are, and all of these tell."""
TOLD, TIMES = 5, 2
"""Signs that are read in one turn, and times as many as in any other, by which a page tells which way up it lies."""
PRINT_SIDE, PRINT_LEVELS, PRINT_MARGIN = 500, 25, 6
"""Long side in pixels at which print is looked for, grey levels it is darker than its paper, pixels left around it."""
LONGEST = 8
"""Times its width that a page may be high, or its height that it may be wide."""
MEAN = np.array([0.485, 0.456, 0.406], np.float32)
SPREAD = np.array([0.229, 0.224, 0.225], np.float32)


class PageOrienter:
    """Classifier of quarter turns over one ONNX Runtime session, with a recogniser to ask in doubt."""

    def __init__(self, model: Path, recogniser: Recogniser, *, threads: int) -> None:
        self._recogniser = recogniser
        self._session = open_session(model, threads)
        self._input = self._session.get_inputs()[0].name
        self.name = f"onnx:{model.stem}"

    def turned(self, picture: Picture) -> NDArray[np.float64]:
        """Given an RGB page, return four probabilities: that it was turned clockwise by 0, 90, 180, 270 degrees.

        Two views are averaged: the whole page squeezed, and its middle at the training scale. Where they leave a doubt,
        the printed part of the page is looked at in the same two ways: a page may be empty but for one edge. Where
        these do too, lines are read.
        """
        picture = _compact(picture)
        scores = self._scores(_halved(picture))
        if scores.mean(axis=0).max() < SURE:
            scores = np.concatenate([scores, self._scores(_printed(picture))])
        chances = np.asarray(scores.mean(axis=0), dtype=np.float64)
        return chances if chances.max() >= UNSURE else told_by(signs_by_turn(picture, self._recogniser), chances)

    def _scores(self, picture: Picture) -> NDArray[np.float32]:
        views = np.stack([_normal(_squeezed(picture)), _normal(_middle(picture))])
        return np.asarray(self._session.run(None, {self._input: views})[0])


def told_by(signs: NDArray[np.float64], chances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Given how many signs are read in each turn and the chances of each (4,), return the chances after that."""
    most, next_most = np.sort(signs)[::-1][:2]
    told = most >= TOLD and most >= TIMES * next_most
    return (signs == most).astype(np.float64) if told else chances


def _compact(picture: Picture) -> Picture:
    """Given an RGB page, return its middle when it is longer than any sheet: scaled to a view's height, a strip of one
    pixel by thousands would take gigabytes."""
    most = LONGEST * min(picture.shape[:2])
    y, x = (max(side - most, 0) // 2 for side in picture.shape[:2])
    return picture[y : y + most, x : x + most]


def _halved(picture: Picture) -> Picture:
    """Given an RGB page, return it halved as often as leaves both views something to shrink: the mean of four pixels
    takes a tenth of the time that it takes to weigh parts of pixels."""
    height, width = (side // 2 for side in picture.shape[:2])
    if min(height, width) < SHORT_SIDE:
        return picture
    return _halved(cv2.resize(picture[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA))


def _squeezed(picture: Picture) -> Picture:
    return cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA)


def _middle(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    scale = SHORT_SIDE / min(height, width)
    wide, high = max(round(width * scale), SIDE), max(round(height * scale), SIDE)
    small = cv2.resize(picture, (wide, high), interpolation=cv2.INTER_AREA)
    x, y = (wide - SIDE) // 2, (high - SIDE) // 2
    return small[y : y + SIDE, x : x + SIDE]


def _printed(picture: Picture) -> Picture:
    """Given an RGB page, return the part of it that holds nearly all print; the whole page when there is none."""
    scale = min(PRINT_SIDE / max(picture.shape[:2]), 1.0)
    small = cv2.cvtColor(
        cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY
    )
    dark = cv2.morphologyEx(small, cv2.MORPH_BLACKHAT, np.ones((7, 7), np.uint8))
    ink = (dark > PRINT_LEVELS).astype(np.int64)
    if not ink.any():
        return picture
    (x0, x1), (y0, y1) = (_extent(ink.sum(axis=axis), scale) for axis in (0, 1))
    return picture[y0:y1, x0:x1]


def _extent(profile: NDArray[np.int64], scale: float) -> tuple[int, int]:
    """Given how much print stands at each place, return where nearly all of it begins and ends on the full page."""
    whole = np.cumsum(profile)
    ends = np.searchsorted(whole, [0.01 * whole[-1], 0.99 * whole[-1]])
    return max(int((ends[0] - PRINT_MARGIN) / scale), 0), int((ends[1] + 1 + PRINT_MARGIN) / scale) + 1


def _normal(view: Picture) -> NDArray[np.float32]:
    scaled = (view.astype(np.float32) / 255.0 - MEAN) / SPREAD
    return np.ascontiguousarray(scaled.transpose(2, 0, 1))
