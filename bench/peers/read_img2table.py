"""img2table with RapidOCR, rotation on."""

from __future__ import annotations

import importlib

from bench.peers.harness import Reader, Reading, serve


def load() -> Reader:
    images = importlib.import_module("img2table.document")
    languages = importlib.import_module("rapidocr").LangRec
    parameters = {"Rec.lang_type": languages.CH, "Global.log_level": "error"}
    engine = importlib.import_module("img2table.ocr").RapidOCR(params=parameters)

    def read(picture: str) -> Reading:
        tables = images.Image(picture, detect_rotation=True).extract_tables(ocr=engine)
        return {"tables": [table.html for table in tables]}

    return read


if __name__ == "__main__":
    serve(load)
