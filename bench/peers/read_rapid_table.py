"""rapid_table with RapidOCR: SLANet-plus from its own wheel."""

from __future__ import annotations

import importlib

from bench.peers.harness import Reader, Reading, boxes_and_texts, rapid_ocr, serve


def load() -> Reader:
    engine = rapid_ocr()
    tables = importlib.import_module("rapid_table").RapidTable()

    def read(picture: str) -> Reading:
        lines = boxes_and_texts(engine, picture)
        html = tables(picture, ocr_result=lines)[0] if lines else ""
        return {"tables": [html] if html else []}

    return read


if __name__ == "__main__":
    serve(load)
