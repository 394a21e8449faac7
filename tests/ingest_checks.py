"""What the tests of ingest share: opening one page, asking for its layer, expecting a refusal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.config import Ingest, load_settings
from pipeline.errors import (
    InputError,
)
from pipeline.model import Page, TextLayer
from pipeline.stages.ingest import open_document

SEEDS = Path(__file__).resolve().parents[2] / "shared" / "seed"
SETTINGS = load_settings().ingest


def first_page(path: Path, settings: Ingest = SETTINGS) -> Page:
    with open_document(path, path.name, settings) as opened:
        return opened.page(0)


def layer_of(path: Path) -> TextLayer:
    page = first_page(path)
    assert page.layer is not None
    assert page.picture is None
    assert (page.dpi, page.unit) == (72.0, "pt")
    return page.layer


def is_drawn(path: Path) -> bool:
    page = first_page(path)
    assert (page.layer is None) != (page.picture is None)
    return page.picture is not None


def text_of(layer: TextLayer) -> str:
    return "".join(char.text for char in layer.chars)


def refuse(path: Path, kind: type[InputError], reason: str, settings: Ingest = SETTINGS) -> str:
    with pytest.raises(kind) as caught:
        first_page(path, settings)
    assert caught.value.reason == reason
    message = str(caught.value)
    assert ":" in message, "what happened: what to do next"
    return message


def save_and_open(tmp_path: Path, image: Image.Image, name: str, **options: object) -> Page:
    path = tmp_path / name
    image.save(path, **options)  # type: ignore[arg-type]
    page = first_page(path)
    assert page.picture is not None
    assert page.picture.ndim == 3
    assert page.picture.dtype == np.uint8
    assert not page.picture.flags.writeable
    assert page.unit == "px"
    return page
