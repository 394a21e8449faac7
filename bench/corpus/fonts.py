"""The CJK fonts the corpus is drawn with: found on the machine, registered once, and asked for every character."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]
from reportlab.pdfbase.ttfonts import TTFont  # type: ignore[import-untyped]

FONT_DIRS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts")


@dataclass(frozen=True, slots=True)
class FontFile:
    """Where a style of writing comes from. index: its place in a collection; package: what to install on Debian."""

    file: str
    index: int
    package: str


FAMILIES: dict[str, FontFile] = {
    "song": FontFile("uming.ttc", 0, "fonts-arphic-uming"),
    "kai": FontFile("ukai.ttc", 0, "fonts-arphic-ukai"),
    "hei": FontFile("wqy-zenhei.ttc", 0, "fonts-wqy-zenhei"),
    "sans": FontFile("DroidSansFallbackFull.ttf", 0, "fonts-droid-fallback"),
}

SIGNS = FontFile("DejaVuSans.ttf", 0, "fonts-dejavu-core")
"""Draws the boxes to tick, which no Chinese font of these has."""
BOXES = frozenset("☑☐☒")


class FontsMissingError(RuntimeError):
    """A font that the corpus needs is not on this machine; the message names its package."""


class GlyphMissingError(ValueError):
    """No font can draw a character; drawing it would spoil the truth."""


def find_font(font: FontFile) -> Path | None:
    return next((hit for folder in FONT_DIRS if folder.is_dir() for hit in sorted(folder.rglob(font.file))), None)


def missing_packages() -> list[str]:
    """Return the packages whose font files are not on this machine."""
    return [font.package for font in (*FAMILIES.values(), SIGNS) if find_font(font) is None]


@cache
def load_font(family: str) -> TTFont:
    """Given a family, return it registered. Raises FontsMissingError when its file is not on this machine."""
    font = SIGNS if family == "signs" else FAMILIES[family]
    path = find_font(font)
    if path is None:
        raise FontsMissingError(f"{font.file} not found: apt-get install {font.package}")
    loaded = TTFont(family, str(path), subfontIndex=font.index)
    pdfmetrics.registerFont(loaded)
    return loaded


@cache
def family_of(char: str, family: str) -> str:
    """Given a character and the wanted family, return the family that draws it: the wanted one, or the first that can.

    Raises GlyphMissingError when none can.
    """
    if char in BOXES:
        return "signs"
    for name in (family, *(other for other in ("hei", "song", "kai") if other != family)):
        if ord(char) in load_font(name).face.charToGlyph:
            return name
    raise GlyphMissingError(f"no font draws {char!r}")


@cache
def advance(char: str, family: str) -> float:
    """Given a character, return its advance width in em."""
    return float(load_font(family_of(char, family)).stringWidth(char, 1))


def font_runs(text: str, family: str) -> list[tuple[str, str]]:
    """Given a text, return it cut into (family, part) where the drawing font changes."""
    return [(name, "".join(part)) for name, part in groupby(text, key=lambda char: family_of(char, family))]
