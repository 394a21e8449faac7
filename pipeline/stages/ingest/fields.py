"""Filled fields and notes of a PDF, which no text layer shows until they are made part of the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

PRINTED = (Name.Widget, Name.FreeText, Name.Stamp)
"""Kinds of annotation that carry print of their own."""

MAX_PARENTS = 32
"""Levels of the field tree that are climbed for an inherited entry."""

MULTILINE = 1 << 12
"""Flag of a text field (ISO 32000-1, table 228)."""

AUTO_SIZE_PT = 12.0
"""Points; the largest size of print in a field that leaves its size to the viewer."""

LEADING = 1.2
"""Of the size of the print, from one line to the next."""

MARGIN_PT = 2.0
"""Points between a field's edge and its print."""

_SIZE = re.compile(r"([-+.\d]+)\s+Tf\b")


def flatten(pdf: pikepdf.Pdf) -> bool:
    """Given a PDF, make the print of its fields and notes part of the pages; return whether there was any."""
    if not any(_has_print(page.obj) for page in pdf.pages):
        return False
    asked = _wants_drawing(pdf)
    pdf.generate_appearance_streams()
    for widget in _widgets(pdf):
        text = value_of(widget)
        size = size_of(widget)
        if text and size and (not _is_drawn(widget) or (asked and not _is_latin(text))):
            widget.AP = Dictionary(N=appearance(pdf, widget, text, size))
    pdf.flatten_annotations("screen")
    return True


def _has_print(page: pikepdf.Object) -> bool:
    return any(note.get(Name.Subtype) in PRINTED for note in notes_of(page))


def notes_of(page: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """Given a page, yield its annotations."""
    notes = page.get(Name.Annots)
    if isinstance(notes, pikepdf.Array):
        yield from (note for note in notes if isinstance(note, pikepdf.Dictionary))


def _widgets(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    for page in pdf.pages:
        yield from (note for note in notes_of(page.obj) if note.get(Name.Subtype) == Name.Widget)


def _wants_drawing(pdf: pikepdf.Pdf) -> bool:
    """Return whether the form leaves the drawing of all its fields to the viewer; qpdf draws Latin letters only."""
    form = pdf.Root.get(Name.AcroForm)
    return isinstance(form, pikepdf.Dictionary) and form.get(Name.NeedAppearances, False) is True


def _is_drawn(widget: pikepdf.Object) -> bool:
    looks = widget.get(Name.AP)
    return isinstance(looks, pikepdf.Dictionary) and Name.N in looks


def _is_latin(text: str) -> bool:
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def _inherited(widget: pikepdf.Object, key: Name) -> pikepdf.Object | None:
    node: object = widget
    for _ in range(MAX_PARENTS):
        if not isinstance(node, pikepdf.Dictionary):
            return None
        found: pikepdf.Object | None = node.get(key)
        if found is not None:
            return found
        node = node.get(Name.Parent)
    return None


def value_of(widget: pikepdf.Object) -> str:
    """Given a widget, return what its field says in words; empty for buttons, passwords kept apart, and for nothing."""
    value = _inherited(widget, Name.V)
    if _inherited(widget, Name.FT) not in (Name.Tx, Name.Ch) or not isinstance(value, pikepdf.String):
        return ""
    return str(value).strip()


def size_of(widget: pikepdf.Object) -> tuple[float, float] | None:
    """Given a widget, return its width and height in points; None where it has no place that print could stand in."""
    place = widget.get(Name.Rect)
    corners = list(place) if isinstance(place, pikepdf.Array) else []
    if len(corners) != len("xyxy") or not all(isinstance(corner, int | Decimal) for corner in corners):
        return None
    x0, y0, x1, y1 = map(float, corners)
    return (abs(x1 - x0), abs(y1 - y0)) if x0 != x1 and y0 != y1 else None


def appearance(pdf: pikepdf.Pdf, widget: pikepdf.Object, text: str, box: tuple[float, float]) -> pikepdf.Object:
    """Given a widget, its text and its width and height, return what a viewer would draw: the text in black, in lines
    that fit."""
    width, height = box
    flags = _inherited(widget, Name.Ff)
    many = isinstance(flags, int) and bool(flags & MULTILINE)
    size = _size_of(widget) or min(AUTO_SIZE_PT, height / LEADING)
    lines = wrapped(text, (width - 2 * MARGIN_PT) / size) if many else [" ".join(text.split())]
    first = height - MARGIN_PT - size if many else (height - size) / 2 + 0.15 * size
    shown = b" T* ".join(b"<" + line.encode("utf-16-be").hex().encode() + b"> Tj" for line in lines)
    content = f"/Tx BMC q BT /F {size:.2f} Tf {size * LEADING:.2f} TL {MARGIN_PT} {first:.2f} Td ".encode() + shown
    look = Stream(pdf, content + b" ET Q EMC")
    look.Type, look.Subtype, look.BBox = Name.XObject, Name.Form, Array([0, 0, width, height])
    look.Resources = Dictionary(Font=Dictionary(F=chinese_font(pdf)))
    return pdf.make_indirect(look)


def _size_of(widget: pikepdf.Object) -> float:
    """Return the size of the print that the field states; 0 when it leaves it to the viewer."""
    found = _SIZE.search(str(_inherited(widget, Name.DA) or ""))
    try:
        return max(float(found.group(1)), 0.0) if found else 0.0
    except ValueError:
        return 0.0


def wrapped(text: str, room: float) -> list[str]:
    """Given text and the ems that a line has room for, return its lines; Latin letters take half an em."""
    lines: list[str] = []
    for part in text.splitlines():
        line, taken = "", 0.0
        for sign in part:
            wide = 0.5 if sign.isascii() else 1.0
            if line and taken + wide > room:
                lines.append(line)
                line, taken = "", 0.0
            line, taken = line + sign, taken + wide
        lines.append(line)
    return lines


def chinese_font(pdf: pikepdf.Pdf) -> Dictionary:
    """Return a font that every reader knows without its shapes (ISO 32000-1, 9.7.5.2): codes are UTF-16."""
    name = Name("/STSong-Light")
    descriptor = Dictionary(
        Type=Name.FontDescriptor, FontName=name, Flags=4, FontBBox=Array([-25, -254, 1000, 880]), ItalicAngle=0,
        Ascent=880, Descent=-120, CapHeight=880, StemV=93,
    )  # fmt: skip
    inner = Dictionary(
        Type=Name.Font, Subtype=Name.CIDFontType0, BaseFont=name, DW=1000, W=Array([1, 95, 500]),
        CIDSystemInfo=Dictionary(Registry=b"Adobe", Ordering=b"GB1", Supplement=4),
        FontDescriptor=pdf.make_indirect(descriptor),
    )  # fmt: skip
    return Dictionary(
        Type=Name.Font, Subtype=Name.Type0, BaseFont=name, Encoding=Name("/UniGB-UTF16-H"),
        DescendantFonts=Array([pdf.make_indirect(inner)]),
    )  # fmt: skip
