"""PaddleOCR's own detection and recognition, with the models that we use: lines of text, no tables."""

from __future__ import annotations

import importlib
import logging

from bench.peers.harness import Reader, Reading, serve


def load() -> Reader:
    logging.getLogger("paddlex").setLevel(logging.ERROR)
    engine = importlib.import_module("bench.speed").paddle_whole()

    def read(picture: str) -> Reading:
        return {"lines": [text for page in engine.predict(picture) for text in page["rec_texts"]]}

    return read


if __name__ == "__main__":
    serve(load)
