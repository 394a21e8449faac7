"""Hostile and odd files, read by the real worker within its limits: each ends with its own reason, what can be read is
read as a person sees it, and the sheet after each of them is unharmed."""

from __future__ import annotations

import gzip
import json
import os
import pickle
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
from hostile_makers import (
    SAID,
    XS,
    YS,
    Maker,
    active,
    animated,
    bytes_of,
    cmyk_flate_pdf,
    cmyk_jpeg_pdf,
    cut,
    cut_picture_pdf,
    deep_pdf,
    encoded,
    field,
    ifd,
    inherited,
    jbig2_pdf,
    jpx_pdf,
    layered,
    looped,
    many_notes,
    named_cmap,
    negative,
    owner_locked,
    pdf_with,
    picture_with,
    png_bomb,
    png_text_bomb,
    polyglot,
    scan,
    sheet,
    tiff_chain,
    user_locked,
    user_unit,
    vast_blanks,
    zip_first,
)
from ingest_checks import layer_of
from pdf_makers import A4, draw, picture, raw_page
from pikepdf import Array, Name, Stream
from PIL import Image, ImageCms
from reportlab.pdfgen.canvas import Canvas

from pipeline.batch.engine import Note, Outcome, Task, WorkerRef
from pipeline.batch.extraction import make_extractor
from pipeline.batch.local import LocalEngine
from pipeline.batch.sources import sha256_of
from pipeline.config import load_settings

SECONDS = 30.0
"""Wall time that none of the files may take, on a machine that has other work; the slowest needs two."""


def many_lines(path: Path) -> None:
    raw_page(path, b"0 0 m 500 700 l S\n" * 300_000)


def vast_page(path: Path) -> None:
    raw_page(path, b"0 0 m 9 9 l S", box=(0, 0, 14400, 14400))


def turned(degrees: int) -> Callable[[pikepdf.Pdf], None]:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].obj.Rotate = degrees

    return change


def cropped(pdf: pikepdf.Pdf) -> None:
    """The page ends above the table's lower half: what is below is not there to be seen."""
    words = b"\nBT /F1 14 Tf 130 300 Td (Outside) Tj ET"
    pdf.pages[0].Contents = Stream(pdf, pdf.pages[0].Contents.read_bytes() + words)
    pdf.pages[0].obj.CropBox = Array([50, 500, 550, 650])


def with_xfa(pdf: pikepdf.Pdf) -> None:
    pdf.Root.AcroForm = pikepdf.Dictionary(Fields=Array(), XFA=Stream(pdf, b"<xdp/>"))


def under_a_scan(canvas: Canvas) -> None:
    """Words that some other program read, invisible over the scan, and wrong."""
    canvas.drawImage(picture(scan()), 0, 0, *A4)
    text = canvas.beginText(130, 574)
    text.setTextRenderMode(3)
    text.textLine("9,999.99")
    canvas.drawText(text)


def printed_twice(canvas: Canvas) -> None:
    sheet(canvas)
    for x, word in zip(XS, SAID, strict=False):
        canvas.drawString(x + 30.4, YS[0] + 14, word)


def white_over(canvas: Canvas) -> None:
    sheet(canvas)
    canvas.setFillGray(1)
    canvas.drawString(XS[0] + 34, YS[0] + 4, "9,999.99")


def white_under(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 14)
    canvas.setFillGray(1)
    canvas.drawString(XS[0] + 32, YS[0] + 14, "9,999.99")
    canvas.setFillGray(0)
    sheet(canvas)


def on_black(canvas: Canvas) -> None:
    """White print on black is seen, and read; black on black is not."""
    canvas.rect(XS[0], YS[0], XS[1] - XS[0], YS[1] - YS[0], fill=1)
    sheet(canvas)
    canvas.setFillGray(1)
    canvas.drawString(XS[0] + 130, YS[0] + 14, "25")


def lab_tiff(path: Path) -> None:
    lab = ImageCms.createProfile("LAB")
    ImageCms.profileToProfile(scan(mode="RGB"), ImageCms.createProfile("sRGB"), lab, outputMode="LAB").save(path)


def deep_colour_tiff(path: Path) -> None:
    """48 bits a pixel."""
    pixels = np.asarray(scan(mode="RGB")).astype("<u2") * 257
    high, wide, _ = pixels.shape
    data, n_tags = pixels.tobytes(), 9
    start = 8 + len(data)
    tags = [(256, 4, 1, wide), (257, 4, 1, high), (258, 3, 3, start + 6 + n_tags * 12), (259, 3, 1, 1), (262, 3, 1, 2),
            (273, 4, 1, 8), (277, 3, 1, 3), (278, 4, 1, high), (279, 4, 1, len(data))]  # fmt: skip
    path.write_bytes(b"II*\x00" + struct.pack("<I", start) + data + ifd(tags, 0) + struct.pack("<HHH", 16, 16, 16))


def deep_colour_png(path: Path) -> None:
    pixels = np.asarray(scan(mode="RGB")).astype(">u2") * 257

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], 16, 2, 0, 0, 0))
    rows = zlib.compress(b"".join(b"\0" + row.tobytes() for row in pixels))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + chunk(b"IEND", b""))


def turned_photo(path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    scan().transpose(Image.Transpose.ROTATE_90).save(path, "JPEG", exif=exif, quality=92)


def palette_with_clear(path: Path) -> None:
    scan(mode="RGBA").quantize(16).save(path, "PNG", transparency=0)


def two_bits(path: Path) -> None:
    scan().convert("P", palette=Image.Palette.ADAPTIVE, colors=4).save(path, "PNG", bits=2)


def unknown_compression(path: Path) -> None:
    known = encoded(scan(mode="1"), "TIFF", compression="group4")
    path.write_bytes(known.replace(struct.pack("<HHII", 259, 3, 1, 4), struct.pack("<HHII", 259, 3, 1, 34661)))


def strip_of(wide: int, high: int) -> Maker:
    def make(path: Path) -> None:
        Image.new("L", (wide, high), 255).save(path)

    return make


TABLE = (XS[0], A4[1] - YS[1], XS[2], A4[1] - YS[0])
"""Points of the A4 page as it is seen: where the sheet's table lies."""
AT_150 = tuple(side * 150 / 72 for side in TABLE)

READ: dict[str, tuple[Maker, tuple[float, ...] | None, tuple[str, ...]]] = {
    "jbig2.pdf": (jbig2_pdf, TABLE, SAID),
    "jpx.pdf": (jpx_pdf, TABLE, SAID),
    "cmyk_jpeg.pdf": (cmyk_jpeg_pdf, TABLE, SAID),
    "cmyk.pdf": (cmyk_flate_pdf, TABLE, SAID),
    "deep.pdf": (deep_pdf, TABLE, SAID),
    "cmyk.jpg": (picture_with("CMYK", quality=92), AT_150, SAID),
    "lab.tif": (lab_tiff, AT_150, SAID),
    "deep_colour.tif": (deep_colour_tiff, AT_150, SAID),
    "deep_colour.png": (deep_colour_png, AT_150, SAID),
    "animated.webp": (animated("WEBP"), AT_150, SAID),
    "animated.png": (animated("PNG"), AT_150, SAID),
    "packbits.tif": (picture_with("1", compression="packbits"), AT_150, SAID),
    "zstd.tif": (picture_with("L", compression="zstd"), AT_150, SAID),
    "ycbcr.tif": (picture_with("YCbCr"), AT_150, SAID),
    "clear.png": (palette_with_clear, AT_150, SAID),
    "two_bits.png": (two_bits, AT_150, SAID),
    "turned_photo.jpg": (turned_photo, (AT_150[1], 1240 - AT_150[2], AT_150[3], 1240 - AT_150[0]), SAID),
    "polyglot.pdf": (polyglot, TABLE, SAID),
    "owner.pdf": (owner_locked, TABLE, SAID),
    "active.pdf": (pdf_with(active), TABLE, SAID),
    "cmap.pdf": (pdf_with(named_cmap("/../../etc/passwd")), TABLE, SAID),
    "rotated_90.pdf": (pdf_with(turned(90)), (A4[1] - TABLE[3], TABLE[0], A4[1] - TABLE[1], TABLE[2]), SAID),
    "cropped.pdf": (pdf_with(cropped), (50, 50, 430, 90), SAID),
    "user_unit.pdf": (pdf_with(user_unit), TABLE, SAID),
    "inherited.pdf": (pdf_with(inherited), TABLE, SAID),
    "negative.pdf": (pdf_with(negative), TABLE, SAID),
    "links.pdf": (pdf_with(many_notes(Name.Link, 10_000)), TABLE, SAID),
    "notes.pdf": (pdf_with(many_notes(Name.FreeText, 3000)), TABLE, SAID),
    "xfa.pdf": (pdf_with(with_xfa), TABLE, SAID),
    "field.pdf": (pdf_with(field("25", b"(25) Tj")), TABLE, (SAID[0], SAID[1] + " 25")),
    "field_to_draw.pdf": (pdf_with(field("25", None, needs=True)), TABLE, (SAID[0], SAID[1] + " 25")),
    "field_undrawn.pdf": (pdf_with(field("清河区", None)), TABLE, (SAID[0], SAID[1] + " 清河区")),
    "field_chinese.pdf": (pdf_with(field("清河区", b"(?) Tj", needs=True)), TABLE, (SAID[0], SAID[1] + " 清河区")),
    "field_nowhere.pdf": (pdf_with(field("清河区", None, place=(400, None, 475, 595))), TABLE, SAID),
    "field_flat.pdf": (pdf_with(field("清河区", None, place=(400, 595, 475, 595), Ff=1 << 12)), TABLE, SAID),
    "field_odd.pdf": (pdf_with(field("清河区", None, Ff=Name.X)), TABLE, (SAID[0], SAID[1] + " 清河区")),
    "layer.pdf": (pdf_with(layered("9,999.99", "marked")), TABLE, SAID),
    "layer_form.pdf": (pdf_with(layered("9,999.99", "form")), TABLE, SAID),
    "invisible.pdf": (lambda path: draw(path, under_a_scan), TABLE, SAID),
    "printed_twice.pdf": (lambda path: draw(path, printed_twice), TABLE, SAID),
    "white_over.pdf": (lambda path: draw(path, white_over), TABLE, SAID),
    "white_under.pdf": (lambda path: draw(path, white_under), TABLE, SAID),
    "on_black.pdf": (lambda path: draw(path, on_black), TABLE, ("25", SAID[1])),
}
"""Files that hold the sheet: how they are made, where its table lies in the file's own units, what its cells say."""

REFUSED: dict[str, tuple[Maker, str, str]] = {
    "blanks.pdf": (vast_blanks, "rejected", "page-too-large"),
    "vast.pdf": (vast_page, "rejected", "page-too-large"),
    "lines.pdf": (many_lines, "rejected", "page-too-large"),
    "loop.pdf": (pdf_with(looped), "failed", "damaged"),
    "cut.pdf": (cut, "failed", "damaged"),
    "noise_jbig2.pdf": (cut_picture_pdf(Name.JBIG2Decode), "failed", "damaged"),
    "noise_jpx.pdf": (cut_picture_pdf(Name.JPXDecode), "failed", "damaged"),
    "noise_jpeg.pdf": (cut_picture_pdf(Name.DCTDecode), "failed", "damaged"),
    "noise_flate.pdf": (cut_picture_pdf(Name.FlateDecode), "failed", "damaged"),
    "unknown_filter.pdf": (cut_picture_pdf(Name("/FooDecode")), "failed", "damaged"),
    "cut_jpeg.pdf": (cut_picture_pdf(Name.DCTDecode, half=True), "failed", "damaged"),
    "picture.jp2": (lambda path: scan().save(path, "JPEG2000"), "failed", "unsupported-format"),
    "animated.gif": (animated("GIF"), "failed", "unsupported-format"),
    "zip_first.pdf": (zip_first, "failed", "unsupported-format"),
    "page.pdf": (bytes_of(b"<html><body>404</body></html>"), "failed", "unsupported-format"),
    "zero.pdf": (bytes_of(b""), "failed", "empty-file"),
    "user.pdf": (user_locked, "failed", "encrypted"),
    "bomb.png": (bytes_of(png_bomb), "rejected", "too-large"),
    "text_bomb.png": (bytes_of(png_text_bomb), "failed", "damaged"),
    "pages.tif": (tiff_chain(5001), "rejected", "too-many-pages"),
    "jbig.tif": (unknown_compression, "failed", "damaged"),
    "ring.tif": (tiff_chain(3, loops=True), "ok", "no-record"),
    "many.tif": (tiff_chain(20), "ok", "no-record"),
    "wide.png": (strip_of(30_000, 1), "ok", "no-record"),
    "high.png": (strip_of(1, 30_000), "ok", "no-record"),
}
"""Files on which nothing can be read, and how they end."""


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """The outcome of every file, and of the sheet after it under its name and +1; one worker reads them all."""
    folder = tmp_path_factory.mktemp("hostile")
    draw(folder / "sheet", sheet)
    tasks = []
    for name, (make, *_) in {**READ, **REFUSED}.items():
        make(folder / name)
        tasks.append(Task(name, str(folder / name), sha256_of(folder / name)))
        tasks.append(Task(f"{name}+1", str(folder / "sheet"), sha256_of(folder / "sheet")))
    settings = load_settings()
    maker = f"{make_extractor.__module__}:{make_extractor.__name__}"
    worker = WorkerRef(maker, {"settings": settings.model_dump(mode="json"), "form": "auto"})
    notes: list[Note] = []
    outcomes = list(LocalEngine(1, on_note=notes.append).run(tasks, worker, settings.limits))
    assert [outcome.task.file for outcome in outcomes] == [task.file for task in tasks]
    assert sum(note.event == "worker-started" for note in notes) == 1, "no file may take the worker along"
    return {outcome.task.file: outcome for outcome in outcomes}


def tables_of(outcome: Outcome) -> list[dict[str, Any]]:
    tables: list[dict[str, Any]] = json.loads(outcome.report.artefact)["tables"]
    return tables


def said_by(outcome: Outcome) -> list[tuple[str, ...]]:
    return [tuple(cell["text"] for cell in table["cells"]) for table in tables_of(outcome)]


@pytest.mark.parametrize("name", READ)
def test_odd_files_are_read_as_they_are_seen(ends: dict[str, Outcome], name: str) -> None:
    _, box, said = READ[name]
    assert ends[name].report.status == "ok", ends[name].report.message
    assert said_by(ends[name]) == [said]
    assert tables_of(ends[name])[0]["bbox"] == pytest.approx(box, abs=4)
    assert ends[name].seconds < SECONDS


@pytest.mark.parametrize("name", REFUSED)
def test_hostile_files_end_with_their_reason(ends: dict[str, Outcome], name: str) -> None:
    report = ends[name].report
    assert (report.status, report.reason) == REFUSED[name][1:]
    assert ":" in report.message
    assert ends[name].seconds < SECONDS


@pytest.mark.parametrize("name", [*READ, *REFUSED])
def test_the_next_file_is_unharmed(ends: dict[str, Outcome], name: str) -> None:
    assert said_by(ends[f"{name}+1"]) == [SAID]


def test_what_a_file_carries_is_counted_and_told(ends: dict[str, Outcome]) -> None:
    assert "1 embedded file and 3 scripts, which were neither opened nor run" in ends["active.pdf"].report.message
    assert "embedded" not in ends["owner.pdf"].report.message


def test_a_code_table_that_names_a_file_does_not_have_it_loaded(tmp_path: Path) -> None:
    """pdfminer's tables are pickles: one that a PDF could name would run what it holds."""

    class Trap:
        def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
            return os.mkdir, (str(tmp_path / "sprung"),)

    for place in (tmp_path / "trap.pickle.gz", tmp_path / "to-unicode-trap.pickle.gz"):
        place.write_bytes(gzip.compress(pickle.dumps(Trap())))
    for number, target in enumerate((f"{tmp_path}/trap", f"../../../../../../../../..{tmp_path}/trap")):
        layer_of(pdf_with(named_cmap(target))(tmp_path / f"{number}.pdf"))  # type: ignore[arg-type]
    assert not (tmp_path / "sprung").exists()
