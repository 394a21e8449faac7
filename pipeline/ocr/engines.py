"""Which recogniser a run uses, by its settings."""

from __future__ import annotations

from pipeline.config import Ocr
from pipeline.ocr import Recogniser
from pipeline.ocr.onnx import OnnxRecogniser
from pipeline.ocr.paddle import PaddleRecogniser
from pipeline.ocr.second import SecondedRecogniser
from pipeline.ocr.weights import RecModel, rec_model, second_model
from pipeline.ocr.whole import RereadRecogniser


def load_recogniser(settings: Ocr) -> Recogniser:
    """Given the settings, return the recogniser they name. Slow: loads a model."""
    if settings.engine == "paddle":
        return PaddleRecogniser(settings.threads, settings.official_model)
    first = load_first(settings)
    return SecondedRecogniser(first, load_onnx(second_model(), settings)) if settings.second else first


def quickest(recogniser: Recogniser) -> Recogniser:
    """Given a recogniser, return the one in it that reads first."""
    if isinstance(recogniser, SecondedRecogniser):
        return quickest(recogniser.first)
    return recogniser.quick if isinstance(recogniser, RereadRecogniser) else recogniser


def load_first(settings: Ocr) -> Recogniser:
    """Given the settings, return the recogniser that reads all lines."""
    careful = load_onnx(rec_model(), settings)
    return RereadRecogniser(load_onnx(rec_model(whole=True), settings), careful) if settings.whole else careful


def load_onnx(model: RecModel, settings: Ocr) -> OnnxRecogniser:
    """Given a model's file and the settings, return its recogniser."""
    return OnnxRecogniser(
        model,
        threads=settings.threads,
        narrow=settings.narrow,
        max_width=settings.max_width,
        batch_pixels=settings.batch_pixels,
        others=settings.others,
    )
