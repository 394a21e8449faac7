"""Ingest of damaged, locked and hostile PDFs: refused cheaply, and nothing lost in silence."""

from __future__ import annotations

import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingest_checks import SEEDS, SETTINGS, first_page, is_drawn, layer_of, refuse, text_of
from pdf_makers import TWICE, bomb, draw, edit, form, lines, raw_page
from pikepdf import Array, Dictionary, Name, Stream
from reportlab.pdfgen.canvas import Canvas

from pipeline.errors import (
    DamagedFile,
    EncryptedFile,
    LimitExceeded,
    NoPages,
)
from pipeline.stages.ingest import open_document
from pipeline.stages.ingest.unpack import TooMuchError, inflate, unlzw, unrun


def test_passwords(tmp_path: Path) -> None:
    for name, user in (("user", "u"), ("owner", "")):
        path = draw(tmp_path / f"{name}.pdf", lines)
        edit(path, lambda pdf: None, encryption=pikepdf.Encryption(user=user, owner="o", R=6))
    assert "password" in refuse(tmp_path / "user.pdf", EncryptedFile, "encrypted")
    assert text_of(layer_of(tmp_path / "owner.pdf")).startswith("Line 0")


def test_no_pages_and_loops(tmp_path: Path) -> None:
    empty = tmp_path / "none.pdf"
    with pikepdf.new() as pdf:
        pdf.save(empty)
    refuse(empty, NoPages, "no-pages")
    loop = draw(tmp_path / "loop.pdf", lines)
    edit(loop, lambda pdf: pdf.Root.Pages.Kids.append(pdf.Root.Pages))
    refuse(loop, DamagedFile, "damaged")
    refuse_head = tmp_path / "head.pdf"
    refuse_head.write_bytes(b"%PDF-1.7\n")
    refuse(refuse_head, DamagedFile, "damaged")


def test_a_file_without_its_tail_is_repaired(tmp_path: Path) -> None:
    path = draw(tmp_path / "a.pdf", lines, lines)
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.rindex(b"xref", 0, whole.rindex(b"startxref")) + 20])
    with open_document(path, "a.pdf", SETTINGS) as opened:
        assert opened.source.n_pages == 2
        assert opened.readable_path != path
        assert all(opened.page(n).layer is not None for n in range(2))
        copy = opened.readable_path
    assert not copy.exists()


def test_lost_pages_are_not_passed_over(tmp_path: Path) -> None:
    path = draw(tmp_path / "a.pdf", lines, lines, lines)
    edit(path, lambda pdf: None, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    whole = path.read_bytes()
    second = [
        at
        for at in range(len(whole))
        if whole.startswith(b"/Type /Page\n", at) or whole.startswith(b"/Type /Page ", at)
    ][1]
    head = whole.rindex(b" obj", 0, second)
    broken = whole[: head + 1] + b"xxx" + whole[head + 4 : whole.rindex(b"startxref")]
    path.write_bytes(broken)
    with open_document(path, "a.pdf", SETTINGS) as opened:
        assert opened.source.n_pages == 3
        assert [opened.page(n).layer is not None for n in range(2)] == [True, True]
        with pytest.raises(DamagedFile, match="page 3 is lost"):
            opened.page(2)


@pytest.mark.skipif(not SEEDS.exists(), reason="needs the seed files")
@pytest.mark.parametrize("length", [3000, 100_000, 200_000, 300_000])
def test_a_cut_file_gives_whole_pages_or_none(tmp_path: Path, length: int) -> None:
    path = tmp_path / "cut.pdf"
    path.write_bytes((SEEDS / "declarations.pdf").read_bytes()[:length])
    refuse(path, DamagedFile, "damaged")


LIMITS = SETTINGS.model_copy(update={"max_stream_bytes": 1 << 22, "max_page_paths": 1000})


def nested(pdf: pikepdf.Pdf, times: int, depth: int) -> Dictionary:
    inner = form(pdf, b"0 0 m 9 9 l S ")
    for _ in range(depth):
        inner = form(pdf, b"/X Do " * times, Dictionary(XObject=Dictionary(X=inner)))
    return Dictionary(XObject=Dictionary(X=inner))


def in_a_form(pdf: pikepdf.Pdf) -> Dictionary:
    return Dictionary(XObject=Dictionary(A=form(pdf, bomb(8 << 20), filters=TWICE)))


def in_a_cmap(pdf: pikepdf.Pdf) -> Dictionary:
    stream = Stream(pdf, bomb(8 << 20))
    stream.Filter = TWICE
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, ToUnicode=stream)
    return Dictionary(Font=Dictionary(P=font))


def vast_picture(pdf: pikepdf.Pdf) -> Dictionary:
    stream = Stream(pdf, zlib.compress(bytes(1000)))
    stream.Filter = Name.FlateDecode
    stream.Type, stream.Subtype, stream.Width, stream.Height = Name.XObject, Name.Image, 60000, 60000
    stream.ColorSpace, stream.BitsPerComponent = Name.DeviceGray, 1
    return Dictionary(XObject=Dictionary(A=stream))


def fine_pattern(pdf: pikepdf.Pdf) -> Dictionary:
    stream = Stream(pdf, b"0 0 m 1 1 l S")
    stream.Type, stream.PatternType, stream.PaintType, stream.TilingType = Name.Pattern, 1, 1, 1
    stream.BBox, stream.XStep, stream.YStep, stream.Resources = Array([0, 0, 1, 1]), 0.1, 0.1, Dictionary()
    return Dictionary(Pattern=Dictionary(P=stream))


HOSTILE: dict[str, tuple[bytes, Callable[[pikepdf.Pdf], Dictionary] | None, object]] = {
    "packed twice": (bomb(8 << 20), None, TWICE),
    "in a form": (b"/A Do", in_a_form, None),
    "in a font": (b"BT /P 9 Tf (x) Tj ET", in_a_cmap, None),
    "vast picture": (b"500 0 0 700 0 0 cm /A Do", vast_picture, None),
    "forms in forms": (b"/X Do", lambda pdf: nested(pdf, 10, 8), None),
    "deep forms": (b"/X Do", lambda pdf: nested(pdf, 1, 200), None),
    "fine pattern": (b"/Pattern cs /P scn 0 0 595 842 re f", fine_pattern, None),
    "many lines": (b"0 0 m 500 700 l S\n" * 1500, None, None),
    "run lengths": (b"\x81 " * 40000 + b"\x80", None, Name.RunLengthDecode),
}


@pytest.mark.parametrize(("content", "resources", "filters"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_pages_are_refused_cheaply(
    tmp_path: Path, content: bytes, resources: Callable[[pikepdf.Pdf], Dictionary] | None, filters: object
) -> None:
    path = raw_page(tmp_path / "a.pdf", content, resources, filters=filters)
    started = time.process_time()
    refuse(path, LimitExceeded, "page-too-large", LIMITS)
    assert time.process_time() - started < 2.0


def test_a_refused_page_does_not_hide_the_next_one_that_shares_its_bomb(tmp_path: Path) -> None:
    path = raw_page(tmp_path / "a.pdf", b"/A Do", in_a_form)
    edit(
        path,
        lambda pdf: pdf.pages.append(pdf.pages[0]),
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
        compress_streams=False,
    )
    with open_document(path, "a.pdf", LIMITS) as opened:
        assert opened.source.n_pages == 2
        for number in (0, 1, 0):
            with pytest.raises(LimitExceeded, match=f"page {number + 1}"):
                opened.page(number)


def test_inherited_resources_are_weighed(tmp_path: Path) -> None:
    path = raw_page(tmp_path / "a.pdf", b"/A Do", in_a_form)

    def change(pdf: pikepdf.Pdf) -> None:
        pdf.Root.Pages.Resources = pdf.pages[0].obj.Resources
        del pdf.pages[0].obj["/Resources"]

    edit(path, change, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)
    refuse(path, LimitExceeded, "page-too-large", LIMITS)


@pytest.mark.parametrize("box", [(0, 0, 14400, 14400), (-1e9, -1e9, 1e9, 1e9), (0, 0, 20000, 5)])
def test_vast_pages_are_refused(tmp_path: Path, box: tuple[float, ...]) -> None:
    refuse(raw_page(tmp_path / "a.pdf", b"0 0 m 9 9 l S", box=box), LimitExceeded, "page-too-large")


def test_large_pages_are_drawn_coarser(tmp_path: Path) -> None:
    path = raw_page(tmp_path / "a.pdf", b"0 0 m 4000 4000 l S", box=(0, 0, 4900, 4900))
    page = first_page(path, SETTINGS.model_copy(update={"max_picture_pixels": 1_000_000}))
    assert page.picture is not None
    assert page.picture.shape[0] * page.picture.shape[1] <= 1_010_000
    assert page.dpi < 20
    (note,) = page.notes
    assert (note.code, note.page) == ("drawn-coarser", 0)
    assert f"at {page.dpi:.0f} dpi in place of 200" in note.message
    assert first_page(raw_page(tmp_path / "b.pdf", b"0 0 m 400 400 l S")).notes == ()


@pytest.mark.parametrize("box", [(0, 0, 0, 0), (595, 842, 0, 0), (0, 0, 1, 1)])
def test_odd_page_boxes_do_no_harm(tmp_path: Path, box: tuple[float, ...]) -> None:
    assert is_drawn(raw_page(tmp_path / "a.pdf", b"0 0 m 9 9 l S", box=box))


def test_a_form_that_calls_itself(tmp_path: Path) -> None:
    def resources(pdf: pikepdf.Pdf) -> Dictionary:
        loop = form(pdf, b"/X Do 0 0 m 9 9 l S")
        loop.Resources = Dictionary(XObject=Dictionary(X=loop))
        return Dictionary(XObject=Dictionary(X=loop))

    assert is_drawn(raw_page(tmp_path / "a.pdf", b"/X Do", resources))


def test_rich_pages_skip_the_slow_parser(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        lines(canvas)
        for n in range(400):
            canvas.line(60, 100 + n, 90, 100 + n)

    path = draw(tmp_path / "a.pdf", page)
    layer_of(path)
    assert first_page(path, SETTINGS.model_copy(update={"max_layer_paths": 300})).picture is not None


@given(st.binary(max_size=3000))
def test_unpacking_gives_back_what_was_packed(data: bytes) -> None:
    assert inflate(zlib.compress(data), 1 << 20) == data
    runs = b"".join(bytes((len(data[at : at + 100]) - 1,)) + data[at : at + 100] for at in range(0, len(data), 100))
    assert unrun(runs + b"\x80", 1 << 20) == data
    assert unlzw(lzw(data), 1 << 20) == data


def lzw(data: bytes) -> bytes:
    """Given bytes, return them LZW coded as PDF has it: codes from 9 bits, early change, a clear code first."""
    table = {bytes((n,)): n for n in range(256)}
    codes, width, last = [(256, 9)], 9, b""
    for byte in data:
        piece = last + bytes((byte,))
        if piece in table:
            last = piece
            continue
        codes.append((table[last], width))
        if len(table) + 2 < 4095:
            table[piece] = len(table) + 2
            width = min(12, max(9, (len(table) + 2).bit_length()))
        last = bytes((byte,))
    if last:
        codes.append((table[last], width))
    codes.append((257, width))
    bits = "".join(format(code, f"0{size}b") for code, size in codes)
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def test_unpacking_stops_at_the_limit() -> None:
    with pytest.raises(TooMuchError):
        inflate(zlib.compress(bytes(1 << 20)), 1000)
    with pytest.raises(TooMuchError):
        unrun(b"\x81x" * 100, 1000)
    assert inflate(zlib.compress(b"whole and sound" * 9)[:-8], 1000).startswith(b"whole")


MEASURED = """
import sys, resource, time
from pathlib import Path
from pipeline.config import load_settings
from pipeline.errors import InputError
from pipeline.stages.ingest import open_document
before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
try:
    with open_document(Path(sys.argv[1]), "x", load_settings().ingest) as opened:
        opened.page(0)
except InputError as error:
    print(error.reason)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024, time.process_time() - started)
"""


def test_memory_and_time_of_the_worst(tmp_path: Path) -> None:
    path = raw_page(tmp_path / "bomb.pdf", bomb(400 << 20), filters=TWICE)
    assert path.stat().st_size < 4000
    done = subprocess.run([sys.executable, "-c", MEASURED, str(path)], capture_output=True, text=True, check=True)
    reason, numbers = done.stdout.splitlines()
    megabytes, seconds = map(float, numbers.split())
    assert reason == "page-too-large"
    assert megabytes < 250
    assert seconds < 5
    assert done.stderr == ""


def test_names_of_no_text_are_no_filters(tmp_path: Path) -> None:
    """Names are bytes: old writers put GBK there, and damage anything."""
    path = raw_page(tmp_path / "a.pdf", zlib.compress(b"0 0 m 9 9 l S"), filters=Name.FlateDecode)
    path.write_bytes(path.read_bytes().replace(b"/FlateDecode", b"/Fl\xb5teDecode"))
    assert is_drawn(path)


def test_a_layer_that_cannot_be_parsed_is_no_layer(tmp_path: Path) -> None:
    """pdfminer has errors of its own for broken syntax; such a page is drawn, as other readers mend it."""
    path = draw(tmp_path / "a.pdf", lines)
    edit(path, lambda pdf: None, compress_streams=False, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    assert path.read_bytes().count(b"/BaseFont /Helvetica") == 1
    path.write_bytes(path.read_bytes().replace(b"/BaseFont /Helvetica", b"/BaseFont (H) /elvet"))
    assert is_drawn(path)
