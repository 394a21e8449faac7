"""Scans as PDFs store them: in strips, as paper and print apart, of oblong pixels, on sheets of any size."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from ingest_checks import first_page
from pdf_makers import A4, draw, noise, picture
from pikepdf import Array, Dictionary, Name, Stream
from PIL import Image
from reportlab.pdfgen.canvas import Canvas
from test_ingest_pictures import printed

from pipeline.geometry import Box, Transform
from pipeline.stages.ingest.placing import on_pixels

Part = tuple[Box, Image.Image]


def speckled(width: int, height: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(7).choice(np.array([0, 255], np.uint8), (height, width)))


def in_strips(height: int, width: int, rows: int) -> Iterator[Box]:
    for top in range(0, height, rows):
        yield Box(0, top, width, min(top + rows, height))


def in_tiles(height: int, width: int, side: int) -> Iterator[Box]:
    for strip in in_strips(height, width, side):
        for left in range(0, width, side):
            yield Box(left, strip.y0, min(left + side, width), strip.y1)


@pytest.mark.parametrize("parts", [in_strips(1400, 1000, 37), in_strips(1400, 1000, 14), in_tiles(1400, 1000, 256)])
def test_a_scan_in_parts_is_drawn_as_if_it_were_one(tmp_path: Path, parts: Iterator[Box]) -> None:
    """Pixel by pixel, though the places of the parts are rounded as writers round them."""
    whole, unit = speckled(1000, 1400), 72 / 170

    def page(canvas: Canvas) -> None:
        for box in parts:
            part = picture(whole.crop((int(box.x0), int(box.y0), int(box.x1), int(box.y1))))
            x, y = round(box.x0 * unit, 2), round((1400 - box.y1) * unit, 2)
            canvas.drawImage(part, x, y, round(box.width * unit, 2), round(box.height * unit, 2))

    drawn = first_page(draw(tmp_path / "a.pdf", page, size=(1000 * unit, 1400 * unit))).picture
    assert drawn is not None
    assert np.array_equal(drawn[:, :, 0], np.asarray(whole))


@pytest.mark.parametrize("turns", range(4))
def test_pictures_are_put_on_whole_pixels(turns: int) -> None:
    placing = (
        Transform.scale(100.3, 50.4).then(Transform.shift(7.4, 9.8)).then(Transform.quarter_turns(turns, 200, 100))
    )
    raw, snapped = (around.apply_box(Box(0, 0, 1, 1)) for around in (placing, on_pixels(placing).then(placing)))
    sides = ("x0", "y0", "x1", "y1")
    assert [getattr(snapped, side) for side in sides] == pytest.approx(
        [round(getattr(raw, side)) for side in sides], abs=0.02
    )
    again = on_pixels(on_pixels(placing).then(placing))
    assert again.apply_box(Box(0, 0, 1, 1)).corners[2] == pytest.approx((1, 1), abs=1e-6)


def stored(pdf: pikepdf.Pdf, image: Image.Image, **entries: object) -> pikepdf.Object:
    stream = Stream(pdf, zlib.compress(image.tobytes()))
    stream.Type, stream.Subtype, stream.Filter = Name.XObject, Name.Image, Name.FlateDecode
    stream.Width, stream.Height = image.size
    stream.BitsPerComponent = 1 if image.mode == "1" else 8
    for key, value in entries.items():
        stream[Name("/" + key)] = value
    return pdf.make_indirect(stream)


def paper_and_print(path: Path, how: str) -> Path:
    """A sheet as compressing scanners store it: coarse paper, and the print as a fine mask, or one for every word."""
    ink = noise(1653, 2339).point(lambda level: 255 if level < 100 else 0).convert("1")
    with pikepdf.new() as pdf:
        paper = stored(pdf, Image.new("L", (413, 585), 235), ColorSpace=Name.DeviceGray)
        sheet = b"q 595 0 0 842 0 0 cm /%s Do Q "
        if how == "cut out":
            mask = stored(pdf, ink, ColorSpace=Name.DeviceGray)
            blots = stored(pdf, Image.new("L", (40, 60), 20), ColorSpace=Name.DeviceGray, SMask=mask)
            found, content = {"P": paper, "I": blots}, sheet % b"P" + sheet % b"I"
        else:
            rows = range(0, 2300, 100)
            words = [ink.crop((0, row, 1653, row + 50)) for row in rows]
            masks = [stored(pdf, word, ImageMask=True, Decode=Array([1, 0])) for word in words]
            found = {"P": paper, **{f"W{row}": mask for row, mask in zip(rows, masks, strict=True)}}
            placed = (b"q 595 0 0 18 0 %d cm /W%d Do Q " % (824 - row * 842 // 2339, row) for row in rows)
            content = sheet % b"P" + b"".join(placed)
        resources = Dictionary(XObject=Dictionary({f"/{name}": item for name, item in found.items()}))
        page = Dictionary(
            Type=Name.Page, MediaBox=Array([0, 0, *A4]), Contents=Stream(pdf, content), Resources=resources
        )
        pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
        pdf.save(path)
    return path


@pytest.mark.parametrize("how", ["cut out", "word by word"])
def test_print_is_drawn_as_fine_as_it_is_on_paper_however_coarse(tmp_path: Path, how: str) -> None:
    assert first_page(paper_and_print(tmp_path / "a.pdf", how)).dpi == pytest.approx(200, abs=1)


def test_a_small_fine_stamp_does_not_make_a_coarse_scan_a_fine_one(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        canvas.drawImage(picture(noise(1300, 1840)), 0, 0, *A4)
        canvas.drawImage(picture(noise(400, 400)), 300, 300, 96, 96)

    assert first_page(draw(tmp_path / "a.pdf", page)).dpi == pytest.approx(157, abs=1)


def test_a_fax_is_drawn_as_fine_as_its_finer_axis(tmp_path: Path) -> None:
    fax = picture(speckled(1728, 1143))
    page = first_page(draw(tmp_path / "a.pdf", lambda c: c.drawImage(fax, 0, 0, 1728 * 72 / 204, 1143 * 72 / 98)))
    assert page.dpi == pytest.approx(1728 * 72 / 595 * 595 / (1728 * 72 / 204), abs=1)


@pytest.mark.parametrize("point", [1.0, 0.12])
def test_a_sheet_of_any_size_is_drawn_in_the_pixels_of_its_scan(tmp_path: Path, point: float) -> None:
    """A program that knows no resolution makes each pixel a point; one that knows a wrong one makes stamps."""
    scan = printed((8.27, 11.69), 200)
    size = (scan.width * point, scan.height * point)
    page = first_page(draw(tmp_path / "a.pdf", lambda c: c.drawImage(picture(scan), 0, 0, *size), size=size))
    assert page.picture is not None
    assert page.dpi == pytest.approx(200, rel=0.15)
    assert page.picture.shape[1::-1] == pytest.approx(scan.size, rel=0.15)
    corner = page.to_file.apply((float(page.picture.shape[1]), float(page.picture.shape[0])))
    assert corner == pytest.approx(size, rel=1e-3)
    assert page.notes == ()
