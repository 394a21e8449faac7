"""Pages on which there is nothing to read: no crash, no invented record or table, and a reason."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from pipeline.run import extract_document
from pipeline.stages.emit import document_to_outputs
from pipeline.tools import Tools

RANDOM = np.random.default_rng(11)


def scenery() -> NDArray[np.uint8]:
    """A photograph of no document: soft shapes of many colours, some sharp edges, grain."""
    coarse = RANDOM.uniform(0, 255, (9, 12, 3)).astype(np.float32)
    picture = cv2.resize(coarse, (1200, 900), interpolation=cv2.INTER_CUBIC)
    for _ in range(25):
        middle = tuple(int(v) for v in RANDOM.integers(0, 900, 2))
        colour = tuple(float(v) for v in RANDOM.uniform(0, 255, 3))
        axes = tuple(int(v) for v in RANDOM.integers(20, 200, 2))
        cv2.ellipse(picture, middle, axes, float(RANDOM.uniform(0, 180)), 0, 360, colour, -1, cv2.LINE_AA)
    grain = RANDOM.normal(0, 6, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def one_cell() -> NDArray[np.uint8]:
    page = np.full((1754, 1240, 3), 250, np.uint8)
    cv2.rectangle(page, (90, 90), (1150, 1660), (20, 20, 20), 3)
    return page


BAD = {
    "blank": np.full((1754, 1240, 3), 255, np.uint8),
    "grey": np.full((1754, 1240, 3), 128, np.uint8),
    "black": np.zeros((1754, 1240, 3), np.uint8),
    "noise": RANDOM.integers(0, 256, (420, 300, 3), dtype=np.uint8),
    "bilevel_noise": np.repeat(RANDOM.integers(0, 2, (420, 300, 1), dtype=np.uint8) * 255, 3, axis=2),
    "scenery": scenery(),
    "tiny": RANDOM.integers(0, 256, (20, 20, 3), dtype=np.uint8),
    "strip": np.full((3, 2000, 3), 200, np.uint8),
    "one_cell": one_cell(),
}


@pytest.mark.parametrize("name", BAD)
def test_nothing_is_found_where_nothing_is(tools: Tools, tmp_path: Path, name: str) -> None:
    path = tmp_path / f"{name}.png"
    Image.fromarray(BAD[name]).save(path)
    outputs = document_to_outputs(extract_document(path, path.name, tools))
    assert outputs.records == ()
    assert outputs.tables == ()
    assert outputs.document.reason
    assert [(page.page, bool(page.reason)) for page in outputs.document.pages_unused] == [(1, True)]
