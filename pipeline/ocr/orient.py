"""Which way up a page lies: a small classifier proposes, the recogniser decides where the classifier is in doubt."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.model import Picture
from pipeline.ocr.onnx import open_session

SIDE = 224
"""Pixels; the classifier's input."""
SHORT_SIDE = 256
"""Pixels; the short side of the picture from which the middle is cut, as in the classifier's training."""
MEAN = np.array([0.485, 0.456, 0.406], np.float32)
SPREAD = np.array([0.229, 0.224, 0.225], np.float32)


class PageOrienter:
    """Classifier of quarter turns over one ONNX Runtime session."""

    def __init__(self, model: Path, *, threads: int) -> None:
        self._session = open_session(model, threads)
        self._input = self._session.get_inputs()[0].name
        self.name = f"onnx:{model.stem}"

    def turned(self, picture: Picture) -> NDArray[np.float64]:
        """Given an RGB page, return four probabilities: that it was turned clockwise by 0, 90, 180, 270 degrees.

        Two views are averaged: the whole page squeezed, and its middle at the training scale.
        """
        views = np.stack([_normal(_squeezed(picture)), _normal(_middle(picture))])
        scores = self._session.run(None, {self._input: views})[0]
        return np.asarray(scores.mean(axis=0), dtype=np.float64)


def _squeezed(picture: Picture) -> Picture:
    return cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA)


def _middle(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    scale = SHORT_SIDE / min(height, width)
    wide, high = max(round(width * scale), SIDE), max(round(height * scale), SIDE)
    small = cv2.resize(picture, (wide, high), interpolation=cv2.INTER_AREA)
    x, y = (wide - SIDE) // 2, (high - SIDE) // 2
    return small[y : y + SIDE, x : x + SIDE]


def _normal(view: Picture) -> NDArray[np.float32]:
    scaled = (view.astype(np.float32) / 255.0 - MEAN) / SPREAD
    return np.ascontiguousarray(scaled.transpose(2, 0, 1))
