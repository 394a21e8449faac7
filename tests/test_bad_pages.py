"""Pages on which there is nothing to read: no crash, no invented record or table, and a reason."""

from __future__ import annotations

import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from pipeline.run import extract_document
from pipeline.stages.emit import document_to_outputs
from pipeline.stages.read import parted_block, trim_block
from pipeline.stages.read.ink import Ink
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


def grain() -> NDArray[np.uint8]:
    """Soft noise: its grains are about as high as print and stand as close, so that it falls into lines."""
    soft = cv2.GaussianBlur(RANDOM.normal(128, 90, (1400, 1000)).astype(np.float32), (0, 0), 2)
    return np.clip(soft * 3 - 256, 0, 255).astype(np.uint8)


def chequers(side: int) -> NDArray[np.uint8]:
    y, x = np.mgrid[:900, :700]
    return (((x // side + y // side) % 2) * 255).astype(np.uint8)


def bars() -> NDArray[np.uint8]:
    """A bar code over half a page."""
    page = np.full((1754, 1240), 255, np.uint8)
    page[400:800, 150:1090] = np.repeat(RANDOM.integers(0, 2, 188) * 255, 5).astype(np.uint8)
    return page


def empty_grid() -> NDArray[np.uint8]:
    """A spreadsheet of 60 rows and 40 columns with nothing in it."""
    page = np.full((1754, 1240), 255, np.uint8)
    for row in range(61):
        cv2.line(page, (80, 80 + row * 26), (1160, 80 + row * 26), 0, 2)
    for column in range(41):
        cv2.line(page, (80 + column * 27, 80), (80 + column * 27, 1640), 0, 2)
    return page


def one_cell() -> NDArray[np.uint8]:
    page = np.full((1754, 1240, 3), 250, np.uint8)
    cv2.rectangle(page, (90, 90), (1150, 1660), (20, 20, 20), 3)
    return page


WHY = {
    "blank": "blank-page",
    "black": "no-print",
    "noise": "no-print",
    "bilevel_noise": "no-print",
    "sheet_of_noise": "no-print",
    "speckles": "no-print",
    "grain": "no-print",
    "chequers": "no-print",
    "bars": "no-print",
}
"""What the page is said to be, where there is one right word for it."""

SECONDS = 4.0
"""Of processor time; pages are drawn so that reading what looks like lines of them would take ten times as long."""

BAD = {
    "blank": np.full((1754, 1240, 3), 255, np.uint8),
    "grey": np.full((1754, 1240, 3), 128, np.uint8),
    "black": np.zeros((1754, 1240, 3), np.uint8),
    "noise": RANDOM.integers(0, 256, (420, 300, 3), dtype=np.uint8),
    "bilevel_noise": np.repeat(RANDOM.integers(0, 2, (420, 300, 1), dtype=np.uint8) * 255, 3, axis=2),
    "sheet_of_noise": RANDOM.integers(0, 256, (1169, 827, 3), dtype=np.uint8),
    "speckles": np.where(RANDOM.random((1754, 1240)) < 0.02, 0, 255).astype(np.uint8),
    "grain": grain(),
    "chequers": chequers(8),
    "bars": bars(),
    "scenery": scenery(),
    "tiny": RANDOM.integers(0, 256, (20, 20, 3), dtype=np.uint8),
    "strip": np.full((3, 2000, 3), 200, np.uint8),
    "one_cell": one_cell(),
}


@pytest.mark.parametrize("name", BAD)
def test_nothing_is_found_where_nothing_is(tools: Tools, tmp_path: Path, name: str) -> None:
    path = tmp_path / f"{name}.png"
    Image.fromarray(BAD[name]).save(path)
    begun = time.process_time()
    outputs = document_to_outputs(extract_document(path, path.name, tools))
    assert time.process_time() - begun < SECONDS
    assert outputs.records == ()
    assert outputs.tables == ()
    assert outputs.document.reason
    assert [(page.page, bool(page.reason)) for page in outputs.document.pages_unused] == [(1, True)]
    assert outputs.document.pages_unused[0].reason == WHY.get(name, outputs.document.pages_unused[0].reason)


def test_an_empty_grid_is_a_table_and_no_record(tools: Tools, tmp_path: Path) -> None:
    path = tmp_path / "grid.png"
    Image.fromarray(empty_grid()).save(path)
    outputs = document_to_outputs(extract_document(path, path.name, tools))
    assert outputs.records == ()
    assert [(table.n_rows * table.n_cols, {cell.text for cell in table.cells}) for table in outputs.tables] == [
        (2400, {""})
    ]
    assert [page.reason for page in outputs.document.pages_unused] == ["no-print"]


def test_ink_that_is_smeared_over_the_rim_is_no_block() -> None:
    assert trim_block(np.zeros((8, 400), np.uint8), (0, 4, 400, 12), em=4.0) is None


def test_a_block_of_print_is_parted_where_its_lines_change() -> None:
    """A pale line below a bold title is looked at alone, lines of one print stay together, and so does a speck."""

    def block(*lines: tuple[int, int]) -> list[int]:
        """Lines as (height, darkness), ten pixels apart; the rows where the block is cut."""
        darkness, y = np.zeros((200, 100), np.uint8), 0
        for height, dark in lines:
            darkness[y : y + height, 10:90] = dark
            y += height + 10
        ink = Ink(darkness, (darkness > 0).astype(np.uint8), 200.0)
        return [part[1] for part in parted_block(ink, (0, 0, 100, 200), em=20.0)][1:]

    assert block((20, 200), (20, 100)) == [25]
    assert block((30, 200), (18, 200), (18, 200)) == [35]
    assert block((20, 200), (20, 180), (4, 100), (20, 200)) == []
