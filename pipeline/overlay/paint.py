"""Marks -> picture: the one painter. Knows pixels and fonts, and nothing of stages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from pipeline.geometry import Box
from pipeline.model import Picture, frozen_picture
from pipeline.overlay.fonts import Face
from pipeline.overlay.marks import Caption, Mark, Outline, Print, Stroke, Tint

CAPTION_SHARE = 1 / 125
"""Height of small print, of the page's short side: 13 pixels on A4 at 200 dpi."""
CAPTION_MIN = 9
"""Pixels; smaller print cannot be read."""
GROUND = (255, 255, 255, 205)
"""Behind small print: light enough to read on, thin enough to see what lies under it."""
PRINT_LEVEL = 0.7
"""Of the paper's grey level; what is darker is print."""
TITLE_INK = (40, 40, 40)
TITLE_GROUND = (236, 236, 236)
LAYERS = (Tint, Stroke, Outline, Print, Caption)
"""From the bottom up."""


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """A page's picture, the factor from page units to its pixels, and what is to be drawn over it."""

    picture: Picture
    scale: float
    marks: tuple[Mark, ...]


def paint_panels(title: str, panels: Sequence[Panel], face: Face) -> Picture:
    """Given panels, return them side by side under a title line, (H, W, 3) RGB."""
    painted = [paint(panel, face) for panel in panels]
    size = caption_size(min(painted[0].size))
    band = size * 2
    sheet = Image.new("RGB", (sum(p.width for p in painted), max(p.height for p in painted) + band), TITLE_GROUND)
    x = 0
    for picture in painted:
        sheet.paste(picture, (x, band))
        x += picture.width
    ImageDraw.Draw(sheet).text(
        (size, band / 2), printable(title, face), fill=TITLE_INK, font=face.at(size), anchor="lm"
    )
    return frozen_picture(np.array(sheet))


def paint(panel: Panel, face: Face) -> Image.Image:
    """Given a panel, return its page with the marks drawn, tints lowest and small print on top."""
    picture = Image.fromarray(panel.picture).convert("RGB")
    painter = _Painter(picture, panel.scale, face)
    for mark in sorted(panel.marks, key=lambda mark: LAYERS.index(type(mark))):
        painter.draw(mark)
    return painter.finished()


def caption_size(short_side: float) -> int:
    """Given a picture's short side in pixels, return the height of its small print in pixels."""
    return max(CAPTION_MIN, round(short_side * CAPTION_SHARE))


def printable(text: str, face: Face) -> str:
    """Given text, return what the face can print of it."""
    return text if face.holds_chinese else text.encode("latin-1", "replace").decode("latin-1")


class _Painter:
    """Draws on one see-through sheet that is laid over the page at the end: PIL cannot blend while it draws."""

    def __init__(self, page: Image.Image, scale: float, face: Face) -> None:
        self._page, self._scale, self._face = page, scale, face
        self._sheet = Image.new("RGBA", page.size, (0, 0, 0, 0))
        self._pen = ImageDraw.Draw(self._sheet)
        self._size = caption_size(min(page.size))
        self._hairline = max(1, round(min(page.size) / 1200))
        self._grey = np.asarray(page.convert("L"))
        self._dark = float(np.median(self._grey)) * PRINT_LEVEL
        self._captions: list[Box] = []

    def finished(self) -> Image.Image:
        return Image.alpha_composite(self._page.convert("RGBA"), self._sheet).convert("RGB")

    def draw(self, mark: Mark) -> None:
        match mark:
            case Tint():
                self._pen.rectangle(self._pixels(mark.box), fill=(*mark.colour, round(255 * mark.strength)))
            case Outline():
                self._pen.rectangle(self._pixels(mark.box), outline=mark.colour, width=mark.weight * self._hairline)
            case Stroke():
                ends = [(x * self._scale, y * self._scale) for x, y in (mark.start, mark.end)]
                self._pen.line(ends, fill=mark.colour, width=mark.weight * self._hairline)
            case Print():
                self._print(mark)
            case Caption():
                self._caption(mark)

    def _pixels(self, box: Box) -> tuple[float, float, float, float]:
        scale = self._scale
        return box.x0 * scale, box.y0 * scale, box.x1 * scale, box.y1 * scale

    def _print(self, mark: Print) -> None:
        """Text at the height of its box, centred in it; its box alone when no font holds it."""
        x0, y0, x1, y1 = self._pixels(mark.box)
        if not (self._face.holds_chinese or mark.text.isascii()):
            self._pen.rectangle((x0, y0, x1, y1), outline=mark.colour)
            return
        font = self._face.at(max(round((y1 - y0) * 0.8), CAPTION_MIN))
        self._pen.text(((x0 + x1) / 2, (y0 + y1) / 2), mark.text, fill=mark.colour, font=font, anchor="mm")

    def _caption(self, mark: Caption) -> None:
        font = self._face.at(self._size)
        text = printable(mark.text, self._face)
        left, top, right, bottom = self._pen.textbbox((0, 0), text, font=font)
        box = self._free_place(mark, right - left + 2, bottom - top + 2)
        self._captions.append(box)
        self._pen.rectangle((box.x0, box.y0, box.x1, box.y1), fill=GROUND)
        self._pen.text((box.x0 + 1 - left, box.y0 + 1 - top), text, fill=mark.colour, font=font)

    def _free_place(self, mark: Caption, width: float, height: float) -> Box:
        """Given a caption's size, return the place that hides least print, no other caption, and is on the page."""
        places = caption_places(Box(*self._pixels(mark.box)), width, height, above=mark.above)
        page = Box(0, 0, *self._page.size)
        free = [place for place in places if _is_free(place, page, self._captions)]
        return min(free, key=self._print_under, default=places[0])

    def _print_under(self, place: Box) -> float:
        """Given a place, return the share of it that print covers, which would be hidden."""
        under = self._grey[int(place.y0) : int(place.y1) + 1, int(place.x0) : int(place.x1) + 1]
        return float((under < self._dark).mean())


def caption_places(box: Box, width: float, height: float, *, above: bool) -> tuple[Box, ...]:
    """Given a box and a caption's size, return where the caption may stand, best first."""
    inside = Box(box.x0 + 1, box.y0 + 1, box.x0 + 1 + width, box.y0 + 1 + height)
    if not above:
        return (inside,)
    over = inside.shifted(-1, -height - 1)
    down, right = box.height + height + 1, box.width - width
    return (
        over,
        over.shifted(right, 0),
        over.shifted(0, down),
        over.shifted(right, down),
        over.shifted(box.width, height),
        over.shifted(-width, height),
        inside,
    )


def _is_free(place: Box, page: Box, taken: Iterable[Box]) -> bool:
    whole = page.contains((place.x0, place.y0)) and page.contains((place.x1, place.y1))
    return whole and not any(place.intersection(other) for other in taken)
