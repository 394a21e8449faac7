"""The part that all readers share: pictures of pages go in, tables and CPU seconds come out, one JSON object a line.

Runs in the environment of a peer, so it needs the standard library only (and the ONNX Runtime that is there).
``python -m bench.peers.read_NAME JOB OUT``; JOB: a path of a picture a line.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Reading = dict[str, list[str]]
"""tables: HTML, each a table; lines: text, for a reader that knows no tables."""
Reader = Callable[[str], Reading]
"""The path of a picture -> what was read on it."""


def one_thread() -> None:
    """Hold every later session of ONNX Runtime, and OpenCV, to one thread: the peers do not all offer a setting."""
    runtime: Any = importlib.import_module("onnxruntime")
    plain = runtime.InferenceSession

    class OneThread(plain):  # type: ignore[misc, valid-type]
        def __init__(self, model: Any, sess_options: Any = None, **others: Any) -> None:
            options = sess_options or runtime.SessionOptions()
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            super().__init__(model, sess_options=options, **others)

    runtime.InferenceSession = OneThread
    importlib.import_module("cv2").setNumThreads(1)


def serve(load: Callable[[], Reader]) -> None:
    """Given how to load a reader, read every picture of the job. A page that makes it fail is one without tables."""
    job, out = map(Path, sys.argv[1:3])
    one_thread()
    read = load()
    pictures = job.read_text(encoding="utf-8").splitlines()
    with out.open("a", encoding="utf-8") as target:
        for number, picture in enumerate(pictures, 1):
            line = timed(read, picture)
            target.write(json.dumps(line, ensure_ascii=False) + "\n")
            target.flush()
            print(f"{number} of {len(pictures)}: {line['seconds']:.2f} s  {picture}", file=sys.stderr)


def timed(read: Reader, picture: str) -> dict[str, Any]:
    """Given a reader and a picture, return what it read, this process's CPU seconds, and why it failed if it did."""
    reading: Reading = {"tables": [], "lines": []}
    begun, error = time.process_time(), None
    try:
        reading |= read(picture)
    except Exception as failure:
        error = f"{type(failure).__name__}: {failure}"
    return {"picture": picture, "seconds": time.process_time() - begun, "error": error, **reading}


def rapid_ocr() -> Any:
    """Return RapidOCR as it comes: PP-OCRv6 (small), detection, direction and recognition from its own wheel."""
    return importlib.import_module("rapidocr").RapidOCR(params={"Global.log_level": "error"})


def boxes_and_texts(engine: Any, picture: str) -> list[list[Any]]:
    """Given RapidOCR and a picture, return [corners, text, score] of every line, as the table readers want them."""
    found = engine(picture)
    if found.boxes is None:
        return []
    return [list(line) for line in zip(found.boxes.tolist(), found.txts, found.scores, strict=True)]
