"""``shenbao show``: a picture of each stage, and clear words when there is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.cli import main
from pipeline.overlay.scene import STAGES

SAMPLES = Path(__file__).parent.parent / "sample_docs"
DIGITAL = SAMPLES / "declarations.pdf"


def show(file: Path, stage: str, out: Path, page: int = 1) -> int:
    return main(["show", str(file), "--page", str(page), "--stage", stage, "--out", str(out)])


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_has_its_picture(stage: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(DIGITAL, stage, tmp_path / "x.png") == 0
    said = capsys.readouterr()
    assert f"1/6 · {stage}" in said.err
    assert said.out == ""
    picture = np.asarray(Image.open(tmp_path / "x.png"))
    coloured = (picture.max(axis=2).astype(int) - picture.min(axis=2) > 30).sum()
    assert coloured > 1000 or stage == "upright"
    assert [path.name for path in tmp_path.iterdir()] == ["x.png"]


def test_a_photograph_is_shown_as_it_was_taken(tmp_path: Path) -> None:
    assert show(SAMPLES / "photo.jpg", "records", tmp_path / "x.jpg") == 0
    with Image.open(tmp_path / "x.jpg") as shown, Image.open(SAMPLES / "photo.jpg") as taken:
        assert shown.width == taken.width
        assert shown.height > taken.height


@pytest.mark.parametrize(
    ("page", "name", "words"),
    [
        (99, "x.png", "choose --page 1 to 6"),
        (1, "no/x.png", "does not exist"),
        (1, "x.txt", "must end in"),
        (1, "x", "must end in"),
    ],
)
def test_wrong_usage_is_said(
    page: int, name: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert show(DIGITAL, "upright", tmp_path / name, page) == 2
    assert words in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_page_zero_and_a_missing_file_are_wrong_usage(tmp_path: Path) -> None:
    assert show(DIGITAL, "upright", tmp_path / "x.png", page=0) == 2
    assert show(tmp_path / "none.pdf", "upright", tmp_path / "x.png") == 2


def test_the_document_is_never_painted_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes((SAMPLES / "photo.jpg").read_bytes())
    assert show(photo, "upright", photo) == 2
    assert "is the document itself" in capsys.readouterr().err
    assert photo.read_bytes() == (SAMPLES / "photo.jpg").read_bytes()


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(SAMPLES / "broken.pdf", "upright", tmp_path / "x.png") == 3
    assert "broken beyond repair" in capsys.readouterr().err
