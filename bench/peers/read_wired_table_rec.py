"""wired_table_rec with RapidOCR: its second line network, which it uses unless told otherwise, from its own wheel."""

from __future__ import annotations

import importlib

from bench.peers.harness import Reader, Reading, boxes_and_texts, rapid_ocr, serve


def load() -> Reader:
    engine = rapid_ocr()
    tables = importlib.import_module("wired_table_rec").WiredTableRecognition()

    def read(picture: str) -> Reading:
        html = tables(picture, ocr_result=boxes_and_texts(engine, picture))[0]
        return {"tables": [html] if html else []}

    return read


if __name__ == "__main__":
    serve(load)
