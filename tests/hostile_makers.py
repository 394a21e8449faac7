"""Hostile and odd files, made on the spot: each maker takes a path and writes one file there."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pikepdf
from pdf_makers import A4, TWICE, bomb, draw, edit, raw_page, ruled_table
from pikepdf import Array, Dictionary, Name, Stream
from PIL import Image, ImageDraw, ImageFont
from reportlab.pdfgen.canvas import Canvas

Maker = Callable[[Path], object]

SAID = ("7,800.00", "A-12")
"""What every sheet below says, in two cells side by side."""

XS, YS = [100.0, 300.0, 480.0], [560.0, 600.0]
"""Points, y up: the edges of the sheet's table."""


def sheet(canvas: Canvas) -> None:
    """A table of two cells, in the upper part of an A4 page."""
    canvas.setFont("Helvetica", 14)
    ruled_table(canvas, XS, YS, words=False)
    for x, word in zip(XS, SAID, strict=False):
        canvas.drawString(x + 30, YS[0] + 14, word)


def scan(dpi: int = 150, mode: str = "L") -> Image.Image:
    """The same sheet as pixels."""
    share = dpi / 72
    image = Image.new("L", (round(A4[0] * share), round(A4[1] * share)), 255)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(14 * share)
    top, bottom = ((A4[1] - y) * share for y in reversed(YS))
    for x in XS:
        pen.line((x * share, top, x * share, bottom), fill=0, width=3)
    for y in (top, bottom):
        pen.line((XS[0] * share, y, XS[-1] * share, y), fill=0, width=3)
    for x, word in zip(XS, SAID, strict=False):
        pen.text(((x + 30) * share, bottom - 14 * share), word, fill=0, font=font, anchor="ls")
    return image.convert(mode)


def on_a_page(path: Path, data: bytes, **entries: object) -> Path:
    """Given a picture as a PDF stores it and the entries of its dictionary, write a PDF that shows it as one page."""

    def resources(pdf: pikepdf.Pdf) -> Dictionary:
        stream = Stream(pdf, data)
        stream.Type, stream.Subtype = Name.XObject, Name.Image
        for key, value in entries.items():
            made = value(pdf) if callable(value) else value
            stream["/" + key] = made
        return Dictionary(XObject=Dictionary(A=stream))

    return raw_page(path, b"q 595 0 0 842 0 0 cm /A Do Q", resources)


def g4_of(image: Image.Image) -> bytes:
    """Given a picture of one bit a pixel, return it coded as CCITT group 4, black as one."""
    out = io.BytesIO()
    image.save(out, "TIFF", compression="group4", tiffinfo={262: 0, 278: image.height})
    out.seek(0)
    with Image.open(out) as stored:
        start, length = stored.tag_v2[273][0], stored.tag_v2[279][0]  # type: ignore[attr-defined]
    return out.getvalue()[start : start + length]


def jbig2_of(image: Image.Image) -> bytes:
    """Given a picture of one bit a pixel, return it as the segments of an embedded JBIG2 stream.

    Source: ITU-T T.88, 7.2 (segment header), 7.4.6 (generic region, here coded as MMR), 7.4.8 (page).
    """
    width, height = image.size
    page = struct.pack(">IIIIBH", width, height, 0, 0, 0, 0)
    region = struct.pack(">IIIIBB", width, height, 0, 0, 0, 1) + g4_of(image)

    def segment(number: int, kind: int, data: bytes) -> bytes:
        return struct.pack(">IBBBI", number, kind, 0, 1, len(data)) + data

    return segment(0, 48, page) + segment(1, 38, region)


def jbig2_pdf(path: Path) -> Path:
    image = scan(mode="1")
    return on_a_page(
        path, jbig2_of(image), Width=image.width, Height=image.height, BitsPerComponent=1,
        ColorSpace=Name.DeviceGray, Filter=Name.JBIG2Decode,
    )  # fmt: skip


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)  # type: ignore[arg-type]
    return out.getvalue()


def jpx_pdf(path: Path) -> Path:
    image = scan(mode="RGB")
    return on_a_page(path, encoded(image, "JPEG2000"), Width=image.width, Height=image.height, Filter=Name.JPXDecode)


def cmyk_jpeg_pdf(path: Path) -> Path:
    """As Photoshop writes it: inks stored inverted, and a Decode array that says so."""
    image = scan(mode="CMYK")
    return on_a_page(
        path, encoded(image, "JPEG", quality=92), Width=image.width, Height=image.height, BitsPerComponent=8,
        ColorSpace=Name.DeviceCMYK, Filter=Name.DCTDecode, Decode=Array([1, 0, 1, 0, 1, 0, 1, 0]),
    )  # fmt: skip


def cmyk_flate_pdf(path: Path) -> Path:
    image = scan(mode="CMYK")
    return on_a_page(
        path, zlib.compress(image.tobytes()), Width=image.width, Height=image.height, BitsPerComponent=8,
        ColorSpace=Name.DeviceCMYK, Filter=Name.FlateDecode,
    )  # fmt: skip


def deep_pdf(path: Path) -> Path:
    image = scan()
    deep = b"".join(bytes((value, value)) for value in image.tobytes())
    return on_a_page(
        path, zlib.compress(deep), Width=image.width, Height=image.height, BitsPerComponent=16,
        ColorSpace=Name.DeviceGray, Filter=Name.FlateDecode,
    )  # fmt: skip


def pdf_with(change: Callable[[pikepdf.Pdf], object], *pages: Callable[[Canvas], object], **saving: object) -> Maker:
    """Given a change, return a maker of the sheet as a PDF with that change."""

    def make(path: Path) -> Path:
        return edit(draw(path, *(pages or (sheet,))), change, **saving)

    return make


def picture_with(mode: str = "L", dpi: int = 150, **options: object) -> Maker:
    def make(path: Path) -> None:
        scan(dpi, mode).save(path, **options)  # type: ignore[arg-type]

    return make


def bytes_of(content: bytes | Callable[[], bytes]) -> Maker:
    def make(path: Path) -> None:
        path.write_bytes(content() if callable(content) else content)

    return make


def animated(kind: str) -> Maker:
    """A picture of two frames; the first is the sheet."""

    def make(path: Path) -> None:
        first = scan(mode="RGB")
        first.save(path, kind, save_all=True, append_images=[Image.new("RGB", first.size, "red")], duration=100)

    return make


def polyglot(path: Path) -> None:
    """A PDF whose end is a ZIP archive: both programs open it."""
    draw(path, sheet)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("x.txt", "x")


def zip_first(path: Path) -> None:
    """A ZIP archive whose first bytes hold a PDF header."""
    path.write_bytes(b"PK\x03\x04" + bytes(26) + b"%PDF-1.7\n" + draw(path, sheet).read_bytes())


def cut(path: Path) -> None:
    path.write_bytes(draw(path, sheet, sheet).read_bytes()[:900])


def ifd(tags: Iterable[tuple[int, int, int, int]], following: int) -> bytes:
    """Given (tag, type, count, value) and where the next directory lies, return one TIFF directory."""
    entries = [struct.pack("<HHII", *tag) for tag in sorted(tags)]
    return struct.pack("<H", len(entries)) + b"".join(entries) + struct.pack("<I", following)


def tiff_chain(pages: int, loops: bool = False) -> Maker:
    """Many pages of 8 x 8 pixels that share their pixels; the last one leads back to the first when asked."""

    def make(path: Path) -> None:
        size = 2 + 9 * 12 + 4
        tags = [(256, 4, 1, 8), (257, 4, 1, 8), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 8),
                (277, 3, 1, 1), (278, 4, 1, 8), (279, 4, 1, 64)]  # fmt: skip
        start = 8 + 64
        places = [start + size * number for number in range(pages)] + [start if loops else 0]
        head = b"II*\x00" + struct.pack("<I", start) + b"\xff" * 64
        path.write_bytes(head + b"".join(ifd(tags, following) for following in places[1:]))

    return make


def png_of(width: int, height: int, data: bytes, *more: tuple[bytes, bytes]) -> bytes:
    """Given the stated size, packed pixels and more chunks, return a grey PNG."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + head + b"".join(chunk(*one) for one in more) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


def png_bomb() -> bytes:
    return png_of(50000, 50000, zlib.compress(bytes(1 << 20)))


def png_text_bomb() -> bytes:
    text = b"a\x00\x00" + zlib.compress(bytes(200 << 20), 9)
    return png_of(4, 4, zlib.compress(bytes(20)), (b"zTXt", text))


def active(pdf: pikepdf.Pdf) -> None:
    """One embedded file, one script that runs on opening, one that a page starts."""
    pdf.attachments["a.txt"] = b"attached"
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS="app.alert(1)")
    pdf.pages[0].obj.AA = Dictionary(O=Dictionary(S=Name.JavaScript, JS="app.launchURL('http://example.com')"))
    pdf.Root.Names.JavaScript = Dictionary(Names=Array(["x", Dictionary(S=Name.JavaScript, JS="this.print()")]))


def many_notes(kind: Name, count: int) -> Callable[[pikepdf.Pdf], None]:
    def change(pdf: pikepdf.Pdf) -> None:
        note = Dictionary(Type=Name.Annot, Subtype=kind, Rect=Array([10, 10, 20, 20]), Contents="x")
        pdf.pages[0].Annots = Array([pdf.make_indirect(Dictionary(note)) for _ in range(count)])

    return change


def user_unit(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj.UserUnit = 2


def inherited(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[0].obj.MediaBox
    pdf.Root.Pages.MediaBox = Array([0, 0, 595, 842])
    pdf.Root.Pages.Rotate = 0


def negative(pdf: pikepdf.Pdf) -> None:
    content = pdf.pages[0].Contents.read_bytes()
    pdf.pages[0].Contents = Stream(pdf, b"q 1 0 0 1 -300 -400 cm\n" + content + b"\nQ")
    pdf.pages[0].obj.MediaBox = Array([-300, -400, 295, 442])


def looped(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Pages.Kids.append(pdf.Root.Pages)


def field(
    value: str, shown: bytes | None, needs: bool = False, place: Sequence[object] = (400, 565, 475, 595), **more: object
) -> Callable[[pikepdf.Pdf], None]:
    """A filled text field in the sheet's second cell. shown: the operators of its appearance, None for none."""

    def change(pdf: pikepdf.Pdf) -> None:
        font = pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
        note = Dictionary(Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T="f", V=value, F=4,
                          Rect=Array(place), DA="/Helv 12 Tf 0 g", **more)  # fmt: skip
        if shown is not None:
            look = Stream(pdf, b"/Tx BMC q BT /Helv 12 Tf 2 8 Td " + shown + b" ET Q EMC")
            look.Type, look.Subtype, look.BBox = Name.XObject, Name.Form, Array([0, 0, 75, 30])
            look.Resources = Dictionary(Font=Dictionary(Helv=font))
            note.AP = Dictionary(N=pdf.make_indirect(look))
        made = pdf.make_indirect(note)
        pdf.pages[0].Annots = Array([made])
        pdf.Root.AcroForm = Dictionary(
            Fields=Array([made]), DR=Dictionary(Font=Dictionary(Helv=font)), DA="/Helv 0 Tf 0 g"
        )
        if needs:
            pdf.Root.AcroForm.NeedAppearances = True

    return change


def layered(hidden: str, how: str) -> Callable[[pikepdf.Pdf], None]:
    """A layer that is switched off holds print over the sheet's first cell. how: "marked" or "form"."""

    def change(pdf: pikepdf.Pdf) -> None:
        group = pdf.make_indirect(Dictionary(Type=Name.OCG, Name="draft"))
        pdf.Root.OCProperties = Dictionary(OCGs=Array([group]), D=Dictionary(OFF=Array([group]), Order=Array([group])))
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        words = f"BT /F9 14 Tf 133 574 Td ({hidden}) Tj ET 200 540 m 200 620 l S".encode()
        page = pdf.pages[0]
        resources = page.resources
        resources.Font.F9 = font
        if how == "marked":
            resources.Properties = Dictionary(L=group)
            added = b"\n/OC /L BDC " + words + b" EMC"
        else:
            look = Stream(pdf, words)
            look.Type, look.Subtype, look.BBox = Name.XObject, Name.Form, Array([0, 0, 595, 842])
            look.Resources, look.OC = Dictionary(Font=Dictionary(F9=font)), group
            resources.XObject = Dictionary(L=pdf.make_indirect(look))
            added = b"\n/L Do"
        page.Contents = Stream(pdf, page.Contents.read_bytes() + added)

    return change


def named_cmap(target: str) -> Callable[[pikepdf.Pdf], None]:
    """A font whose code table says that it goes on in the file ``target``, in both places where it may."""

    def change(pdf: pikepdf.Pdf) -> None:
        table = Stream(pdf, f"/CIDInit /ProcSet findresource begin begincmap /{target} usecmap endcmap end".encode())
        table.Type, table.CMapName, table.UseCMap = Name.CMap, Name("/" + target), Name("/" + target)
        inner = Dictionary(Type=Name.Font, Subtype=Name.CIDFontType2, BaseFont=Name.X,
                           CIDSystemInfo=Dictionary(Registry="Adobe", Ordering=target, Supplement=0))  # fmt: skip
        outer = Dictionary(Type=Name.Font, Subtype=Name.Type0, BaseFont=Name.X, Encoding=table, ToUnicode=table,
                           DescendantFonts=Array([inner]))  # fmt: skip
        named = Dictionary(outer)
        named.Encoding = Name("/" + target)
        page = pdf.pages[0]
        page.resources.Font.E1, page.resources.Font.E2 = outer, named
        page.Contents = Stream(
            pdf, page.Contents.read_bytes() + b"\nBT /E1 9 Tf 60 60 Td <0041> Tj /E2 9 Tf <0041> Tj ET"
        )

    return change


def owner_locked(path: Path) -> Path:
    return edit(draw(path, sheet), lambda pdf: None, encryption=pikepdf.Encryption(user="", owner="o", R=6))


def user_locked(path: Path) -> Path:
    return edit(draw(path, sheet), lambda pdf: None, encryption=pikepdf.Encryption(user="u", owner="o", R=6))


def vast_blanks(path: Path) -> Path:
    """1.5 GB of blanks in three thousand bytes."""
    return raw_page(path, bomb(1536 << 20), filters=TWICE)


def cut_picture_pdf(kind: Name, half: bool = False) -> Maker:
    """A sound PDF whose only picture is noise under that filter, or the first half of a JPEG."""

    def make(path: Path) -> Path:
        photo = encoded(scan(), "JPEG", quality=90)
        data = photo[: len(photo) // 2] if half else bytes((7 * n * n + n // 3) % 251 for n in range(3000))
        bits = 1 if kind == Name.JBIG2Decode else 8
        return on_a_page(path, data, Width=1240, Height=1754, BitsPerComponent=bits, ColorSpace=Name.DeviceGray,
                         Filter=kind)  # fmt: skip

    return make
