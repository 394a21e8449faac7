"""Which recogniser a run uses, by its settings."""

from __future__ import annotations

from pipeline.config import Ocr
from pipeline.ocr import Recogniser
from pipeline.ocr.onnx import OnnxRecogniser
from pipeline.ocr.paddle import PaddleRecogniser
from pipeline.ocr.weights import rec_model


def load_recogniser(settings: Ocr) -> Recogniser:
    """Given the settings, return the recogniser they name. Slow: loads a model."""
    if settings.engine == "paddle":
        return PaddleRecogniser(settings.threads, settings.official_model)
    return OnnxRecogniser(
        rec_model(),
        threads=settings.threads,
        narrow=settings.narrow,
        max_width=settings.max_width,
        batch_pixels=settings.batch_pixels,
        others=settings.others,
    )
