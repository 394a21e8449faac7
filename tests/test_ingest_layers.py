"""Ingest of PDF pages: which pages keep their text layer, and what of it is seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingest_checks import first_page, is_drawn, layer_of, text_of
from pdf_makers import A4, draw, edit, lines, noise, picture
from pikepdf import Stream
from PIL import Image, ImageDraw
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from pipeline.geometry import Box
from pipeline.stages.ingest.painted import PrintedChar
from pipeline.stages.ingest.trust import is_odd, judge, without_duplicates


def test_plain_text_keeps_its_layer(tmp_path: Path) -> None:
    layer = layer_of(draw(tmp_path / "a.pdf", lines))
    assert text_of(layer).startswith("Line 0 of plain text, 1,234.50Line 1")
    assert layer.rulings == ()


def test_scans_are_drawn_at_their_own_resolution(tmp_path: Path) -> None:
    path = draw(tmp_path / "a.pdf", lambda c: c.drawImage(picture(noise(1240, 1755)), 0, 0, *A4))
    page = first_page(path)
    assert page.picture is not None
    assert page.dpi == pytest.approx(150, rel=0.01)
    assert page.picture.shape[:2] == (1755, 1240)


@pytest.mark.parametrize(("pixels", "dpi"), [(300, 150.0), (5000, 300.0)])
def test_scan_resolution_is_held_in_range(tmp_path: Path, pixels: int, dpi: float) -> None:
    sheet = Image.new("L", (pixels, round(pixels * 1.415)), 200)
    path = draw(tmp_path / "a.pdf", lambda c: c.drawImage(picture(sheet), 0, 0, *A4))
    assert first_page(path).dpi == pytest.approx(dpi)


def test_scan_in_strips_is_a_scan(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        for strip in range(6):
            canvas.drawImage(picture(noise(600, 142)), 0, 140.4 * strip, 595, 140.4)
        canvas.drawString(60, 20, "Page 1")

    assert is_drawn(draw(tmp_path / "a.pdf", page))


@pytest.mark.parametrize("mode", [3, 7])
def test_hidden_text_over_a_scan_is_not_its_layer(tmp_path: Path, mode: int) -> None:
    def page(canvas: Canvas) -> None:
        canvas.drawImage(picture(noise()), 0, 0, *A4)
        text = canvas.beginText(60, 700)
        text.setTextRenderMode(mode)
        for _ in range(20):
            text.textLine("What some program thinks it read here")
        canvas.drawText(text)

    assert is_drawn(draw(tmp_path / "a.pdf", page))


def test_text_behind_a_scan_is_not_its_layer(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        lines(canvas)
        canvas.drawImage(picture(noise()), 0, 0, *A4)

    assert is_drawn(draw(tmp_path / "a.pdf", page))


def test_typed_over_a_scan_the_scan_is_drawn_too(tmp_path: Path) -> None:
    """The layer was held against a drawing without the scan; the page that is read must have it."""

    def page(canvas: Canvas) -> None:
        canvas.drawImage(picture(noise()), 0, 0, *A4)
        lines(canvas, 3)

    drawn = first_page(draw(tmp_path / "a.pdf", page)).picture
    assert drawn is not None
    assert (drawn[len(drawn) // 2 :] < 128).mean() > 0.05  # marks of the scan below what was typed


def test_scan_with_a_stamped_page_number_is_a_scan(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        canvas.drawImage(picture(noise()), 0, 0, *A4)
        canvas.drawString(280, 20, "Page 7 of 12")

    assert is_drawn(draw(tmp_path / "a.pdf", page))


def test_text_on_a_pale_background_picture_keeps_its_layer(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        canvas.drawImage(picture(Image.new("RGB", (300, 400), (250, 246, 235))), 0, 0, *A4)
        lines(canvas)

    assert text_of(layer_of(draw(tmp_path / "a.pdf", page))).startswith("Line 0")


def test_seal_and_logo_do_not_take_the_layer_away(tmp_path: Path) -> None:
    seal = Image.new("RGBA", (200, 200), (0, 0, 0, 0))
    ImageDraw.Draw(seal).ellipse((5, 5, 195, 195), outline=(220, 20, 20, 255), width=10)

    def page(canvas: Canvas) -> None:
        lines(canvas)
        canvas.drawImage(picture(seal), 100, 600, 120, 120, mask="auto")

    assert text_of(layer_of(draw(tmp_path / "a.pdf", page))).startswith("Line 0")


def test_a_pasted_table_is_not_passed_over(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        lines(canvas)
        canvas.drawImage(picture(noise(600, 400)), 60, 100, 450, 300)

    assert is_drawn(draw(tmp_path / "a.pdf", page))


def test_white_tiny_and_twice_printed_text(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        lines(canvas)
        canvas.drawString(60, 400, "Bold")
        canvas.drawString(60.3, 400, "Bold")
        canvas.setFillGray(1)
        canvas.drawString(60, 300, "Nobody sees this")
        canvas.setFillGray(0)
        canvas.setFont("Helvetica", 0.2)
        canvas.drawString(60, 200, "nor this")
        canvas.setFont("Helvetica", 12)
        canvas.rect(50, 95, 200, 20, fill=1)
        canvas.setFillGray(1)
        canvas.drawString(60, 100, "White on black")

    text = text_of(layer_of(draw(tmp_path / "a.pdf", page)))
    assert text.count("Bold") == 1
    assert "Nobody" not in text
    assert "nor" not in text
    assert "White on black" in text


def test_text_under_a_white_box_is_gone(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        lines(canvas)
        canvas.drawString(60, 300, "Secret")
        canvas.setFillGray(1)
        canvas.rect(50, 290, 100, 30, stroke=0, fill=1)

    assert "Secret" not in text_of(layer_of(draw(tmp_path / "a.pdf", page)))


def test_text_off_the_page_is_gone(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        lines(canvas)
        canvas.drawString(60, 900, "Above")
        canvas.drawString(700, 500, "Beside")

    text = text_of(layer_of(draw(tmp_path / "a.pdf", page)))
    assert "Above" not in text
    assert "Beside" not in text


def outlined(canvas: Canvas, n: int) -> None:
    """Words as paths: what a designer's program makes of text."""
    for row in range(n):
        for col in range(20):
            path, x, y = canvas.beginPath(), 60 + 12 * col, 780 - 20 * row
            path.moveTo(x, y)
            path.curveTo(x + 8, y, x + 8, y + 9, x, y + 9)
            path.curveTo(x + 5, y + 9, x + 5, y, x, y)
            canvas.drawPath(path, stroke=0, fill=1)


def test_text_as_outlines_is_drawn(tmp_path: Path) -> None:
    assert is_drawn(draw(tmp_path / "all.pdf", lambda c: outlined(c, 20)))

    def half(canvas: Canvas) -> None:
        outlined(canvas, 15)
        canvas.drawString(60, 300, "The only line with characters")

    assert is_drawn(draw(tmp_path / "half.pdf", half))


@pytest.mark.parametrize("angle", [90, 180, 270, 30])
def test_turned_text_is_drawn(tmp_path: Path, angle: int) -> None:
    def page(canvas: Canvas) -> None:
        canvas.translate(300, 420)
        canvas.rotate(angle)
        for row in range(10):
            canvas.drawString(-150, 100 - 20 * row, "A page lying on its side")

    assert is_drawn(draw(tmp_path / "a.pdf", page))


def test_a_turned_note_does_not_take_the_layer_away(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        lines(canvas)
        canvas.rotate(90)
        canvas.drawString(100, -30, "in the margin")

    assert "Line 11" in text_of(layer_of(draw(tmp_path / "a.pdf", page)))


def test_a_slanting_watermark_is_no_content_of_the_cells_below_it(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        lines(canvas)
        canvas.setFillGray(0.85)
        canvas.setFont("Helvetica", 80)
        canvas.translate(100, 450)
        canvas.rotate(35)
        canvas.drawString(0, 0, "XYZ")

    said = text_of(layer_of(draw(tmp_path / "a.pdf", page)))
    assert "Line 11" in said
    assert not set("XYZ") & set(said)


def test_layer_of_codes_is_drawn(tmp_path: Path) -> None:
    """A font that maps its codes to private use: the eye reads words, the layer does not."""
    path = draw(tmp_path / "a.pdf", lines)
    cmap = (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        b"1 begincodespacerange <00> <ff> endcodespacerange\n"
        b"1 beginbfrange <21> <7e> <e021> endbfrange\n"
        b"endcmap end end"
    )

    def change(pdf: pikepdf.Pdf) -> None:
        for font in pdf.pages[0].resources.Font.values():
            font.ToUnicode = Stream(pdf, cmap)

    assert is_drawn(edit(path, change))


@pytest.mark.parametrize("told", [True, False])
def test_codes_without_a_meaning_are_no_letters(tmp_path: Path, told: bool) -> None:
    """A cut font without ToUnicode: its codes are its own, though a parser takes them for Latin letters."""
    pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))

    def page(canvas: Canvas) -> None:
        lines(canvas, 24)
        canvas.setFont("Vera", 12)
        canvas.drawString(60, 100, "21,045")

    def change(pdf: pikepdf.Pdf) -> None:
        for font in pdf.pages[0].resources.Font.values():
            if not told and "/ToUnicode" in font:
                del font["/ToUnicode"]

    said = text_of(layer_of(edit(draw(tmp_path / "a.pdf", page), change))).split("1,234.50")[-1]
    assert said == "21,045" if told else said.count("(cid:") == 6


@pytest.mark.parametrize(
    ("text", "odd"),
    [
        ("(cid:12)", True),
        ("\ue021", True),
        ("\ufffd", True),
        ("\x07", True),
        ("", True),
        ("申", False),
        ("fi", False),
        (" ", False),
        ("≥", False),
        ("\t", False),
    ],
)
def test_odd_characters(text: str, odd: bool) -> None:
    assert is_odd(text) is odd


def test_blank_pages_are_drawn(tmp_path: Path) -> None:
    page = first_page(draw(tmp_path / "a.pdf", lambda c: None))
    assert page.picture is not None
    assert page.picture.min() == 255


def test_filled_fields_are_part_of_the_page(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        lines(canvas)
        canvas.acroForm.textfield(name="amount", value="7800.00", x=60, y=400, width=200, height=24, borderWidth=0)

    text = text_of(layer_of(draw(tmp_path / "a.pdf", page)))
    assert "7800.00" in text
    assert "Line 11" in text


@given(st.lists(st.tuples(st.sampled_from("il1"), st.integers(0, 40), st.integers(0, 3)), max_size=40, unique=True))
def test_duplicates_are_dropped_and_neighbours_kept(places: list[tuple[str, int, int]]) -> None:
    chars = [
        PrintedChar(text, Box(col * 2.5, row * 12.0, col * 2.5 + 2.5, row * 12.0 + 10)) for text, col, row in places
    ]
    doubled = [PrintedChar(c.text, c.box.shifted(0.3, 0.2)) for c in chars]
    assert list(without_duplicates(chars)) == chars
    assert list(without_duplicates([*chars, *doubled])) == chars


def test_print_that_this_machine_cannot_draw_is_believed() -> None:
    paper = np.full((100, 100), 255, dtype=np.uint8)
    chars = [
        PrintedChar(text, Box(10.0 + 12 * n, 10, 20.0 + 12 * n, 20), embedded=embedded)
        for n, (text, embedded) in enumerate([("申", False), ("报", True), ("≥", False), ("7", False), (" ", True)])
    ]
    assert [char.text for char in judge(chars, (), (), paper, paper).chars] == ["申", "≥", " "]


def test_ideographs_stand_in_their_em_box(tmp_path: Path) -> None:
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))

    def page(canvas: Canvas) -> None:
        canvas.setFont("STSong-Light", 20)
        canvas.drawString(100, 700, "申报g")

    chars = layer_of(draw(tmp_path / "a.pdf", page)).chars
    assert [char.text for char in chars] == ["申", "报", "g"]
    assert (chars[0].box.x0, chars[0].box.width) == pytest.approx((100, 20))
    assert (chars[0].box.y0, chars[0].box.y1) == pytest.approx((842 - 700 - 17.6, 842 - 700 + 2.4))
    assert chars[2].box.x0 == pytest.approx(140)
