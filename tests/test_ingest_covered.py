"""Text layers that say more, or other things, than what is seen: print painted over and written anew, text behind a
picture, tables of meanings that are wrong; and print that no text operator paints."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingest_checks import is_drawn, layer_of, text_of
from pdf_makers import draw, edit, lines, picture
from pikepdf import Array, Dictionary, Name, Stream
from PIL import Image, ImageDraw
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from pipeline.geometry import Box
from pipeline.stages.ingest.covered import Cover, without_overwritten
from pipeline.stages.ingest.painted import PrintedChar
from pipeline.stages.ingest.trust import is_senseless

WHITE = Image.new("RGB", (4, 4), "white")


def white_box(canvas: Canvas) -> None:
    canvas.setFillGray(1)
    canvas.rect(55, 395, 120, 20, stroke=0, fill=1)
    canvas.setFillGray(0)


def yellow_box_with_a_rim(canvas: Canvas) -> None:
    canvas.setFillColorRGB(1, 1, 0.6)
    canvas.rect(55, 395, 120, 20, stroke=1, fill=1)
    canvas.setFillGray(0)


def white_picture(canvas: Canvas) -> None:
    canvas.drawImage(picture(WHITE), 55, 395, 120, 20)


@pytest.mark.parametrize("cover", [white_box, yellow_box_with_a_rim, white_picture])
def test_print_painted_over_and_written_anew_is_gone(tmp_path: Path, cover: Callable[[Canvas], None]) -> None:
    def page(canvas: Canvas) -> None:
        lines(canvas)
        canvas.drawString(60, 400, "615,848.00")
        cover(canvas)
        canvas.drawString(61, 401, "999.00")

    said = text_of(layer_of(draw(tmp_path / "a.pdf", page)))
    assert "999.00" in said
    assert "615" not in said


def test_print_on_a_fill_that_was_painted_before_it_stays(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        lines(canvas)
        yellow_box_with_a_rim(canvas)
        canvas.drawString(60, 400, "615,848.00")

    assert "615,848.00" in text_of(layer_of(draw(tmp_path / "a.pdf", page)))


def test_what_a_stamp_is_written_over_with_is_read(tmp_path: Path) -> None:
    """Programs for notes store a correction as a stamp: a white box with the new words."""

    def stamped(pdf: pikepdf.Pdf) -> None:
        look = Stream(pdf, b"q 1 g 0 0 120 20 re f Q BT 0 g /F1 12 Tf 5 5 Td (999.00) Tj ET")
        look.Type, look.Subtype, look.BBox = Name.XObject, Name.Form, Array([0, 0, 120, 20])
        look.Resources = Dictionary(Font=pdf.pages[0].resources.Font)
        note = Dictionary(Type=Name.Annot, Subtype=Name.Stamp, Rect=Array([55, 395, 175, 415]), F=4)
        note.AP = Dictionary(N=pdf.make_indirect(look))
        pdf.pages[0].Annots = Array([pdf.make_indirect(note)])

    def page(canvas: Canvas) -> None:
        lines(canvas)
        canvas.drawString(60, 400, "615,848.00")

    said = text_of(layer_of(edit(draw(tmp_path / "a.pdf", page), stamped)))
    assert "999.00" in said
    assert "615" not in said


Spot = tuple[int, int]
SPOTS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 6)), max_size=30, unique=True)


def chars_at(spots: list[Spot]) -> list[PrintedChar]:
    return [PrintedChar("x", Box(10.0 * x, 12.0 * y, 10.0 * x + 9, 12.0 * y + 11)) for x, y in spots]


@given(SPOTS, SPOTS, st.tuples(st.integers(0, 12), st.integers(0, 6), st.integers(1, 5), st.integers(1, 3)))
def test_only_what_is_covered_and_written_over_is_gone(
    old: list[Spot], new: list[Spot], frame: tuple[int, int, int, int]
) -> None:
    x, y, wide, high = frame
    cover = Cover(Box(10.0 * x, 12.0 * y, 10.0 * (x + wide), 12.0 * (y + high)), len(old))
    inside = {(i, j) for i in range(x, x + wide) for j in range(y, y + high)}
    kept = [spot for spot in old if not (spot in inside and spot in new)]
    assert list(without_overwritten(chars_at([*old, *new]), [cover])) == chars_at([*kept, *new])


def test_text_behind_a_picture_of_a_part_of_the_page_is_no_layer(tmp_path: Path) -> None:
    """A scanned paragraph among digital ones, and what some program read in it below: its ink is where theirs is."""
    scan = Image.new("L", (300, 260), 240)
    for row in range(12):
        for x in range(10, 160, 5):
            ImageDraw.Draw(scan).rectangle((x, 12 + 20 * row, x + 2, 20 + 20 * row), fill=30)

    def page(canvas: Canvas) -> None:
        lines(canvas)
        canvas.drawImage(picture(scan), 50, 540, 300, 260)

    assert is_drawn(draw(tmp_path / "a.pdf", page))


@pytest.mark.parametrize("side", [0.7, 2.0])
def test_rulings_that_are_pictures_are_rulings(tmp_path: Path, side: float) -> None:
    dark = picture(Image.new("RGB", (1, 1), "black"))

    def page(canvas: Canvas) -> None:
        lines(canvas)
        for y in (300, 330):
            canvas.drawImage(dark, 60, y, 200, side)
        for x in (60, 160, 260 - side):
            canvas.drawImage(dark, x, 300, side, 30)

    found = sorted(
        (ruling.orientation, round(ruling.length, -1)) for ruling in layer_of(draw(tmp_path / "a.pdf", page)).rulings
    )
    assert found == [("h", 200), ("h", 200), ("v", 30), ("v", 30), ("v", 30)]


SAID = (
    "上海市松江区总工会项目支出绩效目标申报表产出指标数量时效满意度资金总额年度财政拨款主管部门实施单位计划开始日期完成"
)


@pytest.mark.parametrize(
    ("text", "senseless"),
    [
        (SAID, False),
        ("".join(chr((ord(sign) - 0x4E00 + 0x1357) % 20900 + 0x4E00) for sign in SAID), True),
        ("".join(chr(code) for code in range(0x4E00, 0x9FA5, 97)), True),
        ("龘靐齉齾" * 5, False),
        ("臺灣省財政廳項目預算績效目標申報單位負責人聯繫電話總額數量質量時間經濟社會效益滿意度備註說明開始結束", False),
        ("21,045,108.18" * 20, False),
        ("", False),
    ],
)
def test_text_drawn_from_all_there_is_makes_no_sense(text: str, senseless: bool) -> None:
    """Of a few rare names nothing follows, nor of old-style writing."""
    assert is_senseless([PrintedChar(sign, Box(0, 0, 10, 10)) for sign in text]) is senseless


def test_a_page_whose_font_lies_is_drawn(tmp_path: Path) -> None:
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))

    def page(canvas: Canvas, text: str) -> None:
        canvas.setFont("STSong-Light", 12)
        for row in range(0, len(text), 10):
            canvas.drawString(60, 700 - 2 * row, text[row : row + 10])

    lie = "".join(chr((ord(sign) - 0x4E00 + 0x1357) % 20900 + 0x4E00) for sign in SAID)
    assert text_of(layer_of(draw(tmp_path / "a.pdf", lambda c: page(c, SAID)))) == SAID
    assert is_drawn(draw(tmp_path / "b.pdf", lambda c: page(c, lie)))


def test_marks_for_programs_are_no_print(tmp_path: Path) -> None:
    """A table of meanings that adds a blank of no width to a digit."""
    pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))

    def page(canvas: Canvas) -> None:
        canvas.setFont("Vera", 12)
        canvas.drawString(60, 700, "1,234.50")

    def change(pdf: pikepdf.Pdf) -> None:
        for font in pdf.pages[0].resources.Font.values():
            if "/ToUnicode" in font:
                font.ToUnicode = Stream(pdf, font.ToUnicode.read_bytes().replace(b"<0035>", b"<0035200B>"))

    assert text_of(layer_of(edit(draw(tmp_path / "a.pdf", page), change))) == "1,234.50"


def test_the_layer_of_a_mended_file_is_read(tmp_path: Path) -> None:
    """Its table of contents is lost; the copy that is made of it has one."""
    path = draw(tmp_path / "a.pdf", lines)
    path.write_bytes(path.read_bytes().replace(b"startxref", b"startxrfe"))
    assert "1,234.50" in text_of(layer_of(path))
