"""What people and time leave on paper: seals, signatures, ticks, folds, holes, bleed-through, coloured paper.

Every step takes a sheet that still lies straight, a generator and a strength from 0 to 1. Inks multiply: dark print
stays dark under them.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from bench.corpus.fonts import FAMILIES, find_font
from bench.corpus.pools import load_pools
from bench.corpus.sensor import Rng, in_pixels, smooth_field
from bench.corpus.sheet import Picture, Sheet, painted

Mask = NDArray[np.float32]
"""(H, W), 0 no ink, 1 full ink."""
Colour = tuple[float, float, float]

MM = 1 / 25.4  # inches
PENS: tuple[Colour, ...] = ((25, 40, 130), (20, 50, 170), (190, 25, 35), (25, 25, 30))
PAPERS: tuple[Colour, ...] = ((255, 249, 219), (250, 226, 226), (226, 242, 226), (216, 230, 246), (238, 228, 205))


def inked(sheet: Sheet, mask: Mask, colour: Colour, x: int, y: int) -> Sheet:
    """Given a mask with its top left corner on the sheet, return the sheet with that ink multiplied on."""
    full = np.zeros((sheet.height, sheet.width), np.float32)
    x0, y0 = max(x, 0), max(y, 0)
    x1, y1 = min(x + mask.shape[1], sheet.width), min(y + mask.shape[0], sheet.height)
    if x1 <= x0 or y1 <= y0:
        return sheet
    full[y0:y1, x0:x1] = mask[y0 - y : y1 - y, x0 - x : x1 - x]
    tint = 1 - full[:, :, None] * (1 - np.asarray(colour, np.float32) / 255)
    return painted(sheet, sheet.picture * tint)


def ink_frame(sheet: Sheet) -> tuple[int, int, int, int]:
    """Return the box (x0, y0, x1, y1) in pixels that holds everything printed."""
    dark = sheet.picture.min(axis=2) < 140
    ys, xs = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    if not len(xs):
        return 0, 0, sheet.width, sheet.height
    return int(xs[0]), int(ys[0]), int(xs[-1]) + 1, int(ys[-1]) + 1


def spot(sheet: Sheet, rng: Rng, width: int, height: int) -> tuple[int, int]:
    """Return a random top left corner for a mark of that size over the printed part."""
    x0, y0, x1, y1 = ink_frame(sheet)
    return int(rng.integers(x0, max(x0 + 1, x1 - width))), int(rng.integers(y0, max(y0 + 1, y1 - height)))


def seal_font(size: int) -> ImageFont.FreeTypeFont:
    path = find_font(FAMILIES["song"])
    if path is None:
        raise FileNotFoundError(FAMILIES["song"].package)
    return ImageFont.truetype(str(path), size, index=FAMILIES["song"].index)


def glyph(char: str, size: int) -> Image.Image:
    """Given a character, return it white on black, a little fat, as seals are cut."""
    image = Image.new("L", (round(size * 1.3), round(size * 1.3)))
    centre = image.width / 2
    ImageDraw.Draw(image).text(
        (centre, centre), char, 255, seal_font(size), anchor="mm", stroke_width=max(1, size // 26)
    )
    return image


def paste_turned(target: Image.Image, char: str, size: int, at: tuple[float, float], degrees: float) -> None:
    image = glyph(char, size).rotate(-degrees, Image.Resampling.BICUBIC)
    corner = (round(at[0] - image.width / 2), round(at[1] - image.height / 2))
    target.paste(255, (*corner, corner[0] + image.width, corner[1] + image.height), image)


def star(draw: ImageDraw.ImageDraw, centre: float, radius: float) -> None:
    points = [
        (centre + r * math.sin(k * math.pi / 5), centre - r * math.cos(k * math.pi / 5))
        for k, r in enumerate([radius, radius * 0.382] * 5)
    ]
    draw.polygon(points, fill=255)


def round_seal(text: str, below: str, side: int) -> Image.Image:
    """Given the words around and below, return a round seal with a star, white on black, ``side`` pixels wide."""
    image = Image.new("L", (side, side))
    draw = ImageDraw.Draw(image)
    ring = max(2, side // 34)
    draw.ellipse((ring, ring, side - ring, side - ring), outline=255, width=ring)
    star(draw, side / 2, side * 0.15)
    size, radius = round(min(side * 0.15, side * 2.1 / max(len(text), 1))), side * 0.38
    spread = min(260.0, 22.0 * len(text))
    for i, char in enumerate(text):
        angle = -spread / 2 + spread * (i + 0.5) / len(text)
        at = (side / 2 + radius * math.sin(math.radians(angle)), side / 2 - radius * math.cos(math.radians(angle)))
        paste_turned(image, char, size, at, angle)
    for i, char in enumerate(below):
        paste_turned(
            image, char, round(side * 0.085), (side / 2 + side * 0.088 * (i - (len(below) - 1) / 2), side * 0.76), 0
        )
    return image


def square_seal(text: str, side: int) -> Image.Image:
    """Given up to four characters, return a square seal read from the right, downwards."""
    image = Image.new("L", (side, side))
    line = max(2, side // 20)
    ImageDraw.Draw(image).rectangle((line, line, side - line, side - line), outline=255, width=line)
    for i, char in enumerate(text[:4]):
        at = (side * (0.69 if i < 2 else 0.31), side * (0.31 if i % 2 == 0 else 0.69))
        paste_turned(image, char, round(side * 0.36), at, 0)
    return image


def worn(image: Image.Image, rng: Rng, strength: float) -> Mask:
    """Given a clean seal, return it as stamped: turned, unevenly inked, with lost spots."""
    turned = np.asarray(image.rotate(float(rng.uniform(-30, 30)), expand=True), np.float32) / 255
    field = smooth_field(rng, turned.shape[0], turned.shape[1], 6)
    grain = cv2.GaussianBlur(rng.random(turned.shape).astype(np.float32), (0, 0), 1.0)
    kept = np.clip(1.25 + 0.5 * field - 0.6 * (grain > 0.55), 0.15, 1)
    return np.asarray(cv2.GaussianBlur(turned * kept, (0, 0), 0.8) * (0.4 + 0.5 * strength), np.float32)


def seal(sheet: Sheet, rng: Rng, strength: float) -> Sheet:
    """One or two red seals over the print: round ones of 38 to 45 mm with a star, square ones of 18 to 26 mm."""
    pools = load_pools()
    for _ in range(1 + int(rng.random() < 0.35)):
        if rng.random() < 0.7:
            domain = pools.domains[int(rng.integers(len(pools.domains)))]
            text = str(rng.choice(pools.places)) + str(rng.choice(domain.offices))
            side = int(rng.uniform(38, 45) * MM * sheet.dpi)
            image = round_seal(text, str(rng.choice(pools.seal_words)), side)
        else:
            image = square_seal(
                str(rng.choice(pools.persons)) + pools.seal_tail, int(rng.uniform(18, 26) * MM * sheet.dpi)
            )
        mask = worn(image, rng, strength)
        colour = (float(rng.uniform(195, 232)), float(rng.uniform(15, 60)), float(rng.uniform(25, 65)))
        sheet = inked(sheet, mask, colour, *spot(sheet, rng, mask.shape[1], mask.shape[0]))
    return sheet


def curve(points: NDArray[np.float64], steps: int = 24) -> NDArray[np.float64]:
    """Given control points (N, 2), return a Catmull-Rom curve through them."""
    padded = np.vstack([points[:1], points, points[-1:]])
    t = np.linspace(0, 1, steps)[:, None]
    parts = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        parts.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    return np.concatenate(parts)


def stroke_mask(shape: tuple[int, int], strokes: list[NDArray[np.float64]], width: float) -> Mask:
    """Given strokes in pixels, return the mask of a pen of that width."""
    mask = np.zeros(shape, np.uint8)
    for points in strokes:
        cv2.polylines(mask, [np.round(points * 16).astype(np.int32)], False, 255, max(1, round(width)), cv2.LINE_AA, 4)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 0.6) / np.float32(255), np.float32)


def written(name: str, rng: Rng, height: int) -> Mask:
    """Given a name, return it as a quick hand writes it: slanted, wavering, joined by a last sweep."""
    font = FAMILIES["kai"]
    width = round(height * (len(name) * 0.85 + 0.6))
    image = Image.new("L", (width, height))
    type_face = ImageFont.truetype(str(find_font(font)), round(height * 0.7), index=font.index)
    ImageDraw.Draw(image).text((height * 0.3, height * 0.1), name, 255, type_face, stroke_width=max(1, height // 60))
    xs, ys = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    wave = height * 0.07
    shear = rng.uniform(0.15, 0.45)
    source_x = xs + shear * (ys - height / 2) + wave * smooth_field(rng, height, width, 5)
    bent = cv2.remap(np.asarray(image), source_x, ys + wave * smooth_field(rng, height, width, 5), cv2.INTER_LINEAR)
    sweep = rng.uniform((0.3, 0.5), (0.95, 0.95), (4, 2)) * (width, height)
    tail = stroke_mask((height, width), [curve(sweep[sweep[:, 0].argsort()])], height / 30)
    return np.maximum(np.asarray(cv2.GaussianBlur(bent, (0, 0), 0.7) / np.float32(255), np.float32), tail)


def signature(sheet: Sheet, rng: Rng, strength: float) -> Sheet:
    """A name written by hand over the form, 9 to 18 mm high."""
    mask = written(str(rng.choice(load_pools().persons)), rng, int(rng.uniform(9, 11 + 7 * strength) * MM * sheet.dpi))
    place = spot(sheet, rng, mask.shape[1], mask.shape[0])
    return inked(sheet, mask * np.float32(0.85), PENS[int(rng.choice([0, 1, 3]))], *place)


def quiet_spot(sheet: Sheet, rng: Rng, size: int) -> tuple[int, int]:
    """Return, of several random places, the one with the least print under it: people tick beside the words."""
    places = [spot(sheet, rng, size, size) for _ in range(5)]
    return min(places, key=lambda p: int((sheet.picture[p[1] : p[1] + size, p[0] : p[0] + size, 1] < 140).sum()))


def ticks(sheet: Sheet, rng: Rng, strength: float) -> Sheet:
    """Two to eight pen ticks in the cells, most of them beside the words, some across."""
    pen = PENS[int(rng.choice(4, p=[0.35, 0.25, 0.3, 0.1]))]
    for _ in range(int(rng.integers(2, 3 + round(6 * strength)))):
        size = int(rng.uniform(4, 8) * MM * sheet.dpi)
        points = np.array([(0.1, 0.55), (0.35, 0.9), (0.95, 0.08)]) * size + rng.normal(0, 0.04 * size, (3, 2))
        mask = stroke_mask((size, size), [curve(points)], in_pixels(sheet, rng.uniform(1.6, 3.0))) * 0.85
        place = quiet_spot(sheet, rng, size) if rng.random() < 0.7 else spot(sheet, rng, size, size)
        sheet = inked(sheet, mask, pen, *place)
    return sheet


def crease(sheet: Sheet, rng: Rng, strength: float, at: float) -> Sheet:
    """One fold across the page at a share of its height: light on one side, dark on the other, ink lost on the edge."""
    y = at * sheet.height + np.linspace(-1, 1, sheet.width) * rng.uniform(-0.004, 0.004) * sheet.height
    distance = np.arange(sheet.height)[:, None] - y[None, :]
    reach = in_pixels(sheet, rng.uniform(10, 40))
    slope = np.exp(-np.abs(distance) / reach) * np.sign(distance) * (0.04 + 0.16 * strength) * rng.choice([-1, 1])
    edge = np.exp(-((distance / in_pixels(sheet, 0.9)) ** 2)) * (0.1 + 0.25 * strength)
    flaked = (np.abs(distance) < in_pixels(sheet, 1.5)) & (rng.random(distance.shape) < 0.35 * strength)
    lifted = np.where(flaked[:, :, None], 225, sheet.picture)
    return painted(sheet, lifted * (1 + slope - edge)[:, :, None])


def turned_over(sheet: Sheet) -> Picture:
    return np.ascontiguousarray(np.swapaxes(sheet.picture, 0, 1))


def folds(sheet: Sheet, rng: Rng, strength: float) -> Sheet:
    """Folded as a letter, in half, or in quarters."""
    across, down = [((1 / 3, 2 / 3), ()), ((0.5,), ()), ((0.5,), (0.5,)), ((), (0.5,))][int(rng.integers(4))]
    for at in across:
        sheet = crease(sheet, rng, strength, at + rng.uniform(-0.03, 0.03))
    for at in down:
        side = Sheet(turned_over(sheet), sheet.dpi, {})
        sheet = painted(sheet, turned_over(crease(side, rng, strength, at + rng.uniform(-0.03, 0.03))))
    return sheet


def holes(sheet: Sheet, rng: Rng, strength: float) -> Sheet:
    """Two or four punch holes of 6 mm along the left edge; the lid of the scanner shows through."""
    lid = rng.choice([18.0, 60.0, 205.0, 235.0])
    x = (10 + 3 * rng.random()) * MM * sheet.dpi
    gaps = (-40, 40) if rng.random() < 0.7 else (-120, -40, 40, 120)
    out = sheet.picture.copy()
    for gap in gaps:
        centre = (round(x), round(sheet.height / 2 + gap * MM * sheet.dpi))
        cv2.circle(out, centre, round(3 * MM * sheet.dpi), (lid, lid, lid), -1, cv2.LINE_AA)
        cv2.circle(out, centre, round(3 * MM * sheet.dpi), (120, 120, 120), 1, cv2.LINE_AA)
    return painted(sheet, out)


def bleed(sheet: Sheet, rng: Rng, strength: float) -> Sheet:
    """The back of the paper shows through: mirrored print, blurred, 6 to 28 percent of its ink."""
    back = np.roll(sheet.picture[:, ::-1], int(rng.uniform(-0.3, 0.3) * sheet.height), axis=0)
    soft = cv2.GaussianBlur(back, (0, 0), in_pixels(sheet, rng.uniform(1.0, 2.2)))
    share = 0.06 + 0.22 * strength
    return painted(sheet, sheet.picture * (1 - share * (1 - soft / 255.0)))


def coloured(sheet: Sheet, rng: Rng, strength: float) -> Sheet:
    """Coloured or yellowed paper with its fibre."""
    paper = np.asarray(PAPERS[int(rng.integers(len(PAPERS)))], np.float32) / 255
    paper = 1 - (1 - paper) * (0.5 + strength)
    fibre = cv2.GaussianBlur(rng.normal(0, 1, (sheet.height, sheet.width)).astype(np.float32), (0, 0), 1.2)
    return painted(sheet, sheet.picture * paper[None, None, :] * (1 + 0.02 * fibre[:, :, None]))
