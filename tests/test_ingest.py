"""Ingest: what a file is, what is refused, and the frame that everything is measured in."""

from __future__ import annotations

import hashlib
import resource
import time
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2 as pdfium
import pytest
from ingest_checks import SEEDS, SETTINGS, first_page, layer_of, refuse, text_of
from pdf_makers import draw, edit, lines, ruled_table
from pikepdf import Array, Name, Stream
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from pipeline.errors import (
    EmptyFile,
    LimitExceeded,
    UnreadableFile,
    UnsupportedFormat,
)
from pipeline.geometry import Box
from pipeline.stages.ingest import open_document


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.pdf", b"<!DOCTYPE html><html><body>404</body></html>", "web page"),
        ("b.pdf", "申报表\n".encode(), "text file"),
        ("c.png", b"PK\x03\x04" + bytes(40), "ZIP"),
        ("d.pdf", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(40), "Office"),
        ("e.jpg", b"GIF89a" + bytes(40), "GIF"),
        ("f.heic", b"\x00\x00\x00\x18ftypheic" + bytes(40), "HEIF"),
        ("g.pdf", bytes(4096), "zero bytes"),
        ("h.pdf", b"\x01\x02\x03\x04" * 50, "unknown format"),
        ("i.pdf", b"<?xml version='1.0'?><a/>", "XML"),
    ],
)
def test_other_formats_are_named(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert said in refuse(path, UnsupportedFormat, "unsupported-format")


def test_kind_is_told_by_content(tmp_path: Path) -> None:
    path = tmp_path / "photo.pdf"
    Image.new("RGB", (60, 40), "white").save(path, "PNG")
    with open_document(path, "in/photo.pdf", SETTINGS) as opened:
        assert opened.source.kind == "image"
        assert opened.source.file == "in/photo.pdf"
        assert opened.source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        with pytest.raises(IndexError):
            opened.page(1)


def test_empty_missing_and_folder(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pdf"
    empty.write_bytes(b"")
    refuse(empty, EmptyFile, "empty-file")
    refuse(tmp_path / "missing.pdf", UnreadableFile, "unreadable")
    refuse(tmp_path, UnsupportedFormat, "unsupported-format")


def test_file_and_page_limits(tmp_path: Path) -> None:
    path = draw(tmp_path / "a.pdf", *[lambda c: c.drawString(50, 700, "text")] * 3)
    refuse(path, LimitExceeded, "too-large", SETTINGS.model_copy(update={"max_file_bytes": 100}))
    refuse(path, LimitExceeded, "too-many-pages", SETTINGS.model_copy(update={"max_pages": 2}))


def letters(canvas: Canvas) -> None:
    """Letters far from each other, all over the sheet, and a line."""
    canvas.setFont("Helvetica", 20)
    for row in range(6):
        for col in range(4):
            canvas.drawString(150 + 90 * col, 200 + 90 * row, "ABCDEFGHKLMNOPRSTUVWXYZE"[row * 4 + col])
    canvas.line(150, 180, 450, 180)


BOXES = {
    "plain": None,
    "shifted": ([100, 150, 500, 750], None),
    "negative": ([-50, -80, 545, 762], None),
    "cropped": (None, [120, 170, 480, 720]),
    "inverted": ([595, 842, 0, 0], [480, 720, 120, 170]),
    "crop beyond": ([0, 0, 595, 842], [100, 160, 900, 900]),
    "shifted, cropped": ([-50, -80, 600, 800], [120, 170, 480, 720]),
}


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("boxes", BOXES.values(), ids=BOXES.keys())
def test_characters_enclose_their_ink(tmp_path: Path, turn: int, boxes: tuple[list[int], list[int]] | None) -> None:
    path = draw(tmp_path / "a.pdf", letters)

    def change(pdf: pikepdf.Pdf) -> None:
        page = pdf.pages[0].obj
        page.Rotate = turn
        for key, box in zip((Name.MediaBox, Name.CropBox), boxes or (), strict=False):
            if box is not None:
                page[key] = Array(box)
        # text set for the turned page, so that it is read upright
        content = pdf.pages[0].Contents.read_bytes()
        a, b, c, d, e, f = {
            0: (1, 0, 0, 1, 0, 0),
            90: (0, 1, -1, 0, 640, 130),
            180: (-1, 0, 0, -1, 600, 890),
            270: (0, -1, 1, 0, -130, 760),
        }[turn]
        pdf.pages[0].Contents = Stream(pdf, f"q {a} {b} {c} {d} {e} {f} cm\n".encode() + content + b"\nQ")

    edit(path, change)
    page = first_page(path)
    assert page.layer is not None
    assert page.to_file.apply((3.0, 4.0)) == (3.0, 4.0)
    scale = 4
    with pdfium.PdfDocument(path) as document:
        assert page.file_size == pytest.approx(document[0].get_size(), abs=0.01)
        grey = (
            document[0]
            .render(scale=scale, grayscale=True)
            .to_numpy()
            .reshape(-1, int(np.ceil(page.file_size[0] * scale)))
        )
    assert len(page.layer.chars) >= 8
    for char in page.layer.chars:
        box = char.box
        wide = grey[
            int((box.y0 - 8) * scale) : int((box.y1 + 8) * scale),
            max(0, int((box.x0 - 8) * scale)) : int((box.x1 + 8) * scale),
        ]
        tight = grey[int(box.y0 * scale) : int(box.y1 * scale) + 1, int(box.x0 * scale) : int(box.x1 * scale) + 1]
        assert (tight < 128).sum() > 100
        near_line = any(abs(r.at - y) < 10 for r in page.layer.rulings for y in (box.y0, box.y1))
        assert near_line or (wide < 128).sum() == (tight < 128).sum(), char
    line = next((r for r in page.layer.rulings), None)
    if boxes is None:
        assert line is not None
        assert line.orientation == "h"
        assert line.length == pytest.approx(300, abs=0.1)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_drawn_pages_lead_back_to_points(tmp_path: Path, turn: int) -> None:
    path = draw(tmp_path / "a.pdf", lambda c: c.rect(100, 600, 200, 50, fill=1))

    def change(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].obj.Rotate = turn
        pdf.pages[0].obj.CropBox = Array([50, 100, 550, 800])

    page = first_page(edit(path, change))
    assert page.picture is not None
    assert page.dpi == pytest.approx(SETTINGS.vector_dpi)
    ys, xs = np.nonzero(page.picture[:, :, 0] < 128)
    found = page.to_file.apply_box(Box(float(xs.min()), float(ys.min()), float(xs.max() + 1), float(ys.max() + 1)))
    expected = {0: (50, 150, 250, 200), 90: (500, 50, 550, 250), 180: (250, 500, 450, 550), 270: (150, 250, 200, 450)}[
        turn
    ]
    assert (found.x0, found.y0, found.x1, found.y1) == pytest.approx(expected, abs=1)
    assert page.file_size == ((700.0, 500.0) if turn in (90, 270) else (500.0, 700.0))


@pytest.mark.skipif(not SEEDS.exists(), reason="needs the seed files")
def test_seed_pages_are_digital_and_cheap(capfd: pytest.CaptureFixture[str]) -> None:
    path = SEEDS / "declarations.pdf"
    started = time.process_time()
    with open_document(path, "declarations.pdf", SETTINGS) as opened:
        pages = [opened.page(number) for number in range(opened.source.n_pages)]
    seconds = (time.process_time() - started) / len(pages)
    assert [len(page.layer.chars) for page in pages if page.layer] == [503, 646, 767, 955, 555]
    assert seconds < 0.25
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(not SEEDS.exists(), reason="needs the seed files")
@pytest.mark.parametrize("name", ["declarations_scan.pdf", "declarations_scan_rough.pdf"])
def test_seed_scans_keep_their_pixels(name: str) -> None:
    with open_document(SEEDS / name, name, SETTINGS) as opened:
        page = opened.page(0)
    with pikepdf.open(SEEDS / name) as pdf:
        stored = next(iter(pdf.pages[0].get_images().values()))
        size = int(stored.Height), int(stored.Width)
    assert page.picture is not None
    assert page.picture.shape[:2] == size


def test_memory_stays_flat_over_pages(tmp_path: Path) -> None:
    path = draw(tmp_path / "long.pdf", *[lambda c: lines(c, 3)] * 90)
    with open_document(path, "long.pdf", SETTINGS) as opened:
        for number in range(20):
            opened.page(number)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for number in range(20, 90):
            assert opened.page(number).layer is not None
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40 * 1024


def test_tables_on_one_page(tmp_path: Path) -> None:
    path = draw(tmp_path / "a.pdf", lambda c: ruled_table(c, [60, 200, 400], [700, 670, 640]))
    layer = layer_of(path)
    assert text_of(layer) == "Word" * 4
    assert sum(r.orientation == "h" for r in layer.rulings) == 3
