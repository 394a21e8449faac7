"""Ingest of pictures: modes, orientation, resolution, pages of a TIFF, damage."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingest_checks import SETTINGS, first_page, refuse, save_and_open
from PIL import Image, ImageDraw

from pipeline.errors import (
    DamagedFile,
    LimitExceeded,
)
from pipeline.geometry import Box
from pipeline.stages.ingest import open_document
from pipeline.stages.ingest.image import orientation_to_file


def marked(mode: str = "RGB") -> Image.Image:
    """A white sheet, 120 x 80, with a black square in the top left corner."""
    image = Image.new("RGB", (120, 80), "white")
    ImageDraw.Draw(image).rectangle((4, 4, 19, 19), fill="black")
    return image.convert(mode)


@pytest.mark.parametrize(
    ("mode", "name", "options"),
    [
        ("RGB", "a.png", {}),
        ("L", "a.png", {}),
        ("1", "a.png", {}),
        ("P", "a.png", {}),
        ("RGBA", "a.png", {}),
        ("LA", "a.png", {}),
        ("RGB", "a.jpg", {"quality": 95}),
        ("CMYK", "a.jpg", {"quality": 95}),
        ("CMYK", "a.tif", {}),
        ("1", "a.tif", {"compression": "group4"}),
        ("1", "b.tif", {"compression": "group3"}),
        ("L", "a.tif", {"compression": "tiff_lzw"}),
        ("RGB", "a.tif", {"compression": "jpeg"}),
        ("RGB", "a.bmp", {}),
        ("RGB", "a.webp", {"lossless": True}),
    ],
)
def test_modes_become_rgb(tmp_path: Path, mode: str, name: str, options: dict[str, object]) -> None:
    page = save_and_open(tmp_path, marked(mode), name, **options)
    assert page.picture is not None
    assert page.file_size == (120.0, 80.0)
    assert page.picture[10, 10].max() < 30
    assert page.picture[60, 100].min() > 225


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_sixteen_bits_keep_their_tones(tmp_path: Path, suffix: str) -> None:
    deep = np.full((40, 50), 65535, dtype=np.uint16)
    deep[:10] = 257 * 100
    page = save_and_open(tmp_path, Image.fromarray(deep), f"deep.{suffix}")
    assert page.picture is not None
    assert page.picture[5, 5].tolist() == [100] * 3
    assert page.picture[30, 5].tolist() == [255] * 3


@pytest.mark.parametrize(("white_is_zero", "order"), [(True, "<"), (False, "<"), (False, ">")])
def test_deep_grey_tiff_in_both_senses(tmp_path: Path, white_is_zero: bool, order: str) -> None:
    grey = np.full((80, 120), 65535, dtype=order + "u2")
    grey[4:20, 4:20] = 0
    data = (65535 - grey if white_is_zero else grey).astype(order + "u2").tobytes()
    tags = {256: 120, 257: 80, 258: 16, 259: 1, 262: 0 if white_is_zero else 1, 273: 8, 277: 1, 278: 80, 279: len(data)}
    entries = b"".join(struct.pack(order + "HHII", tag, 4, 1, value) for tag, value in tags.items())
    path = tmp_path / "deep.tif"
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8 + len(data))
    path.write_bytes(head + data + struct.pack(order + "H", len(tags)) + entries + bytes(4))
    page = first_page(path)
    assert page.picture is not None
    assert page.picture[10, 10].max() == 0
    assert page.picture[60, 100].min() == 255


def test_transparent_is_paper(tmp_path: Path) -> None:
    image = Image.new("RGBA", (40, 30), (0, 0, 0, 0))
    page = save_and_open(tmp_path, image, "clear.png")
    assert page.picture is not None
    assert page.picture.min() == 255


@pytest.mark.parametrize(("ink", "clear"), [(0, 0), (255, 0), (0, 255)])
def test_print_on_no_paper_is_seen_all_the_same(tmp_path: Path, ink: int, clear: int) -> None:
    """White print where nothing else is; a fourth channel that its writer left empty."""
    alpha = Image.new("L", (40, 30), 0)
    alpha.paste(255 - clear, (10, 10, 20, 20))
    image = Image.new("RGBA", (40, 30), (255 - ink,) * 3)
    image.paste((ink,) * 3, (10, 10, 20, 20))
    image.putalpha(alpha)
    page = save_and_open(tmp_path, image, "clear.png")
    assert page.picture is not None
    paper, print_ = page.picture[0, 0, 0], page.picture[15, 15, 0]
    assert abs(int(paper) - int(print_)) == 255


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "tif", "png", "webp"])
def test_orientation_leads_back_to_the_stored_pixels(tmp_path: Path, orientation: int, suffix: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"turned.{suffix}"
    marked().save(path, exif=exif)
    page = first_page(path)
    assert page.picture is not None
    assert page.file_size == (120.0, 80.0), "the size that the file stores"
    assert page.picture.shape[:2] == ((120, 80) if orientation >= 5 else (80, 120))
    ys, xs = np.nonzero(page.picture[:, :, 0] < 128)
    shown = Box(float(xs.min()), float(ys.min()), float(xs.max() + 1), float(ys.max() + 1))
    stored = page.to_file.apply_box(shown)
    assert np.allclose((stored.x0, stored.y0, stored.x1, stored.y1), (4, 4, 20, 20), atol=1.1)


@given(st.integers(1, 8), st.floats(0, 120), st.floats(0, 80))
def test_orientations_stay_on_the_sheet(orientation: int, x: float, y: float) -> None:
    back = orientation_to_file(orientation, 120, 80)
    u, v = back.inverse().apply((x, y))
    assert -1e-6 <= u <= (80 if orientation >= 5 else 120) + 1e-6
    assert np.allclose(back.apply((u, v)), (x, y))


def test_tiff_pages(tmp_path: Path) -> None:
    path = tmp_path / "many.tif"
    sheets = [Image.new("1", (100 + n, 50), 1) for n in range(3)]
    sheets[0].save(path, save_all=True, append_images=sheets[1:], compression="group4", dpi=(200, 200))
    with open_document(path, "many.tif", SETTINGS) as opened:
        assert opened.source.n_pages == 3
        for number in (2, 0, 1):
            page = opened.page(number)
            assert (page.number, page.file_size) == (number, (100.0 + number, 50.0))
            assert page.dpi == pytest.approx(100.0 / 11.69, abs=70)


@pytest.mark.parametrize(
    ("tag", "pixels", "expected"), [(200, 1600, 200), (72, 2338, 200), (1, 1169, 100), (0, 117, 72)]
)
def test_resolution_is_believed_or_guessed(tmp_path: Path, tag: int, pixels: int, expected: float) -> None:
    image = Image.new("L", (pixels, pixels // 2), 255)
    page = save_and_open(tmp_path, image, "a.png", **({"dpi": (tag, tag)} if tag else {}))
    assert page.dpi == pytest.approx(expected, rel=0.01)


def printed(inches: tuple[float, float], dpi: float, height_in: float = 10.5 / 72) -> Image.Image:
    """White paper with lines of square characters of that height."""
    width, height = (round(side * dpi) for side in inches)
    image, side = Image.new("L", (width, height), 250), height_in * dpi
    draw, stroke = ImageDraw.Draw(image), max(round(side / 10), 1)
    for row in range(int(height / side / 2) - 1):
        for column in range(int(width / side / 1.4) - 1):
            x, y = (1 + 1.4 * column) * side, (1 + 2 * row) * side
            draw.rectangle((x, y, x + side, y + side), outline=30, width=stroke)
    return image


@pytest.mark.parametrize(
    ("inches", "dpi", "tag"),
    [
        ((8.27, 11.69), 100, None),
        ((8.27, 11.69), 250, None),
        ((8.27, 11.69), 300, 72),
        ((11.69, 8.27), 150, 96),
        ((5.0, 3.0), 150, None),
        ((4.0, 6.5), 110, 96),
        ((16.53, 11.69), 150, None),
        ((6.0, 4.0), 120, 300),
        ((8.27, 11.69), 200, 600),
        ((8.27, 11.69), 150, 600),
    ],
)
def test_print_tells_the_resolution_where_the_file_does_not(
    tmp_path: Path, inches: tuple[float, float], dpi: float, tag: int | None
) -> None:
    """Whole sheets, parts of sheets, and tags that are a default or plainly wrong."""
    options = {"dpi": (tag, tag)} if tag else {}
    page = save_and_open(tmp_path, printed(inches, dpi), "a.png", **options)
    assert page.dpi == pytest.approx(dpi, rel=0.15)


def test_a_picture_without_print_is_taken_for_a_sheet(tmp_path: Path) -> None:
    few = printed((8.27, 11.69), 100, height_in=0.5).crop((0, 0, 827, 300))
    sheet = Image.new("L", (827, 1169), 250)
    sheet.paste(few)
    assert save_and_open(tmp_path, sheet, "a.png").dpi == pytest.approx(100, rel=0.02)
    assert save_and_open(tmp_path, Image.new("L", (1169, 827), 90), "b.png").dpi == pytest.approx(100, rel=0.02)


def test_fine_scans_are_shrunk_and_lead_back(tmp_path: Path) -> None:
    image = Image.new("L", (2400, 1200), 255)
    ImageDraw.Draw(image).rectangle((600, 300, 1199, 599), fill=0)
    page = save_and_open(tmp_path, image, "fine.png", dpi=(600, 600))
    assert page.picture is not None
    assert page.dpi == SETTINGS.scan_dpi_max
    assert page.picture.shape[:2] == (600, 1200)
    ys, xs = np.nonzero(page.picture[:, :, 0] < 128)
    stored = page.to_file.apply_box(Box(float(xs.min()), float(ys.min()), float(xs.max() + 1), float(ys.max() + 1)))
    assert (stored.x0, stored.y0, stored.x1, stored.y1) == pytest.approx((600, 300, 1200, 600), abs=2)


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("mode", ["L", "RGB", "1"])
def test_a_plain_tiff_of_a_turned_scanner_is_not_sheared(tmp_path: Path, mode: str, orientation: int) -> None:
    """Pillow maps grey TIFFs that are not compressed into memory, with rows of the turned picture's length."""
    image = Image.new("L", (300, 200), 255)
    ImageDraw.Draw(image).rectangle((60, 30, 119, 59), fill=0)
    page = save_and_open(tmp_path, image.convert(mode), "plain.tif", tiffinfo={274: orientation})
    assert page.picture is not None
    ys, xs = np.nonzero(page.picture[:, :, 0] < 128)
    stored = page.to_file.apply_box(Box(float(xs.min()), float(ys.min()), float(xs.max() + 1), float(ys.max() + 1)))
    assert (stored.x0, stored.y0, stored.x1, stored.y1) == pytest.approx((60, 30, 120, 60))


@pytest.mark.parametrize("orientation", [1, 6])
def test_pixels_of_a_fax_are_made_square_and_lead_back(tmp_path: Path, orientation: int) -> None:
    """A fax of standard resolution has twice as many pixels an inch across as down."""
    image = Image.new("L", (1728, 1143), 255)
    ImageDraw.Draw(image).rectangle((600, 300, 1199, 599), fill=0)
    page = save_and_open(tmp_path, image, "fax.tif", dpi=(204, 98), tiffinfo={274: orientation})
    assert page.picture is not None
    sides = page.picture.shape[:2] if orientation == 1 else page.picture.shape[1::-1]
    assert (sides, page.dpi) == ((round(1143 * 204 / 98), 1728), 204)
    ys, xs = np.nonzero(page.picture[:, :, 0] < 128)
    stored = page.to_file.apply_box(Box(float(xs.min()), float(ys.min()), float(xs.max() + 1), float(ys.max() + 1)))
    assert (stored.x0, stored.y0, stored.x1, stored.y1) == pytest.approx((600, 300, 1200, 600), abs=2)


def test_pages_before_a_broken_one_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "cut.tif"
    sheets = [Image.new("1", (100 + page, 50), 1) for page in range(3)]
    sheets[0].save(path, save_all=True, append_images=sheets[1:], compression="group4")
    path.write_bytes(path.read_bytes()[:-100])
    with open_document(path, "cut.tif", SETTINGS) as opened:
        assert opened.source.n_pages == 3
        with pytest.raises(DamagedFile):
            opened.page(2)
        assert [opened.page(number).file_size[0] for number in (0, 1)] == [100, 101]


@pytest.mark.parametrize(
    ("coding", "share", "read"), [("group4", 0.5, False), ("group3", 0.5, True), ("group3", 0.0, False)]
)
def test_a_fax_whose_data_are_broken_is_damaged(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], coding: str, share: float, read: bool
) -> None:
    """In the middle: of group 4 all that follows is lost, of group 3 a row; everywhere: of group 3 all as well."""
    path, speckled = tmp_path / "a.tif", np.random.default_rng(3).random((400, 300)) < 0.9
    Image.fromarray(speckled).save(path, compression=coding, strip_size=1 << 20)
    data = bytearray(path.read_bytes())
    at = int(len(data) * share) if share else slice(1000, len(data) - 1000)
    if isinstance(at, int):
        data[at : at + 4] = b"\x00\x00\x00\x00"
    else:
        data[at] = b"\x00\x05" * (len(data[at]) // 2)
    path.write_bytes(data)
    if read:
        assert first_page(path).picture is not None
    else:
        refuse(path, DamagedFile, "damaged")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "bmp", "webp"])
def test_cut_pictures_are_damaged(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"cut.{suffix}"
    noise = np.random.default_rng(1).integers(0, 255, (200, 200, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    refuse(path, DamagedFile, "damaged")
    path.write_bytes(path.read_bytes()[:20])
    refuse(path, DamagedFile, "damaged")


def test_too_many_pixels(tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    Image.new("1", (20000, 20000), 1).save(path)
    refuse(path, LimitExceeded, "too-large")
    ok = tmp_path / "small.png"
    Image.new("1", (200, 200), 1).save(ok)
    refuse(ok, LimitExceeded, "too-large", SETTINGS.model_copy(update={"max_picture_pixels": 1000}))


def test_smallest_picture(tmp_path: Path) -> None:
    page = save_and_open(tmp_path, Image.new("L", (1, 1), 0), "dot.png")
    assert page.picture is not None
    assert page.picture.shape == (1, 1, 3)
