"""Lines to learn from: pages of cells with one line each, spoilt as the corpus is, and cut as the reader cuts them.

A recogniser that tells crops apart and reads nothing goes through the whole of a page's way with each; where the table
that is found is the one that was drawn, every crop is known by its cell.
"""

from __future__ import annotations

import functools
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from string import digits

import numpy as np
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

from bench.corpus.fonts import FAMILIES, SIGNS, FontFile, FontsMissingError, find_font
from bench.corpus.levels import LEVELS, Level, apply
from bench.corpus.sheet import Sheet, as_point_map, generator_of
from bench.corpus.store import SUFFIX, store
from bench.finetune.words import Rng, cell_text
from pipeline.config import load_settings
from pipeline.errors import ShenbaoError
from pipeline.geometry import Transform
from pipeline.model import Grid
from pipeline.ocr import Crop, ReadGlyph, Reading
from pipeline.ocr.onnx import scale_crop
from pipeline.run import extract_document
from pipeline.tools import Tools

PRIVATE = 0xE000
"""First of the signs that stand for nothing; there is one for every crop of a page."""
WIDER = 0xFEE0
"""From an ASCII sign to its full-width form."""
BASELINE = 0.36
"""Ems below the middle of a line."""
SPACES, LOOSEST = (0.22, 0.9), 0.25
"""Ems: how wide spaces are, and the most that is put between the characters of a page in five."""
PAPER = (8.27, 11.69)
"""Inches."""
ORDER = ("fax",) * 5 + ("bleed", "noise", "noise", "lowdpi", "lowdpi", "scan", "scan", "shade", "photo", "photo",
         "greyseal", "seal", "folds", "mixed", "mixed", "skew8", "pen", "paper", "turn", "rulings")  # fmt: skip
"""Levels in turn; what spoils print most comes most often."""
FACES: dict[FontFile, float] = {
    **dict(zip(FAMILIES.values(), (3.0, 2.0, 2.0, 2.0), strict=True)),
    FontFile("gbsn00lp.ttf", 0, "fonts-arphic-gbsn00lp"): 2.0,
    FontFile("gkai00mp.ttf", 0, "fonts-arphic-gkai00mp"): 1.0,
    FontFile("wqy-microhei.ttc", 0, "fonts-wqy-microhei"): 1.0,
    FontFile("NotoSansCJK-Regular.ttc", 2, "fonts-noto-cjk"): 2.0,
    FontFile("NotoSansCJK-Bold.ttc", 2, "fonts-noto-cjk"): 0.5,
    FontFile("NotoSerifCJK-Regular.ttc", 2, "fonts-noto-cjk"): 2.5,
    FontFile("NotoSerifCJK-Bold.ttc", 2, "fonts-noto-cjk"): 0.5,
}
"""Fonts with ideographs, and how often each is taken."""
LATIN: dict[FontFile, float] = {
    FontFile("LiberationSerif-Regular.ttf", 0, "fonts-liberation"): 1.0,
    FontFile("LiberationSans-Regular.ttf", 0, "fonts-liberation"): 1.0,
    FontFile("LiberationSerif-Bold.ttf", 0, "fonts-liberation"): 1.0,
    FontFile("LiberationSans-Bold.ttf", 0, "fonts-liberation"): 1.0,
    FontFile("LiberationMono-Regular.ttf", 0, "fonts-liberation"): 1.0,
    SIGNS: 1.0,
    FontFile("DejaVuSerif.ttf", 0, "fonts-dejavu-core"): 1.0,
}
"""Fonts of which half of the pages take their letters and digits, as documents do."""


@dataclass(frozen=True, slots=True)
class Line:
    """A crop as the network takes it, what it says, and the level of its page."""

    crop: Crop
    text: str
    level: str


@dataclass(frozen=True, slots=True)
class Type:
    """The fonts of a page, for ideographs and for letters, its size, the width of a space and what is put between
    characters in pixels, and the darkness of its ink, 0 black."""

    wide: ImageFont.FreeTypeFont
    latin: ImageFont.FreeTypeFont
    size: float
    space: float
    tracking: float
    ink: int
    drawable: frozenset[str]

    def placed(self, text: str) -> Iterator[tuple[float, ImageFont.FreeTypeFont, str]]:
        """Given a text, yield its parts of one font each, with their x from where it begins; the last one is blank."""
        x = 0.0
        for kind, run in groupby(text, key=kind_of):
            font = self.latin if kind == "latin" else self.wide
            for part in run if self.tracking else ("".join(run),):
                yield x, font, part
                x += self.space * len(part) if kind == "space" else font.getlength(part)
                x += self.tracking
        yield x, self.wide, ""

    def length(self, text: str) -> float:
        return max(x for x, _, _ in self.placed(text))


@dataclass(frozen=True, slots=True)
class Plan:
    """Where a page's cells lie, in pixels: x of the dividers, y of the first rule, the height of a row, its rows."""

    xs: tuple[float, ...]
    top: float
    row: float
    rows: int


class Telling:
    """A recogniser that gives each crop a sign of its own."""

    name = "telling"

    def __init__(self) -> None:
        self.crops: list[Crop] = []

    def read(self, crops: Sequence[Crop]) -> list[Reading]:
        first = len(self.crops)
        self.crops.extend(crop.copy() for crop in crops)
        return [
            Reading((ReadGlyph(chr(PRIVATE + at), 1.0, 0.0, float(crop.shape[1]), ()),))
            for at, crop in enumerate(crops, first)
        ]


def lines_of_page(index: int, tools: Tools, alphabet: frozenset[str]) -> list[Line]:
    """Given the index of a page, tools and the characters that can be read, return the page's lines."""
    rng, noise = random.Random(f"lines/{index}"), generator_of(f"lines/{index}")
    name = ORDER[index % len(ORDER)]
    level = LEVELS[name]
    sheet, cells = draw_page(rng, float(round(noise.uniform(*level.dpi))), level, alphabet)
    happening = [bool(noise.random() < act.share) for act in level.acts]
    spoilt, kind, telling = apply(level, sheet, noise, happening), rng.choice(level.containers), Telling()
    with tempfile.TemporaryDirectory(prefix="shenbao-lines-") as folder:
        path = Path(folder, f"page{SUFFIX[kind]}")
        path.write_bytes(store([spoilt], kind))
        try:
            document = extract_document(path, path.name, replace(tools, recogniser=telling))
        except ShenbaoError:
            return []  # a page that is spoilt beyond reading teaches nothing
    found = (grid for page in document.readings for grid in page.grids)
    return [
        Line(scaled(telling.crops[at]), text, name)
        for grid in found
        if (grid.n_rows, grid.n_cols) == (len(cells), len(cells[0]))
        for at, text in told(grid, cells)
        if at < len(telling.crops)
    ]


def classes_of(alphabet: Sequence[str]) -> dict[str, int]:
    """Given what each class stands for, return the class of each character; full-width signs that have none of their
    own, as the one for less has not, are spelled as the others. Without them a wide sign would be taken for another."""
    own = {char: at for at, char in enumerate(alphabet) if char}
    narrow = {chr(ord(char) + WIDER): at for char, at in own.items() if "!" <= char <= "~"}
    return {**narrow, **own}


def scaled(crop: Crop) -> Crop:
    settings = load_settings().ocr
    return scale_crop(crop, settings.narrow, settings.max_width)


def told(grid: Grid, cells: Sequence[Sequence[str]]) -> Iterator[tuple[int, str]]:
    """Given a grid of signs that stand for crops and what was drawn in it, yield crop and text of each cell that holds
    one line."""
    for cell in grid.cells:
        signs = [ord(char) - PRIVATE for char in cell.text if ord(char) >= PRIVATE]
        text = cells[cell.row][cell.col]
        if text and len(signs) == cell.row_span == cell.col_span == 1:
            yield signs[0], text


def draw_page(rng: Rng, dpi: float, level: Level, alphabet: frozenset[str]) -> tuple[Sheet, list[list[str]]]:
    """Given dpi, a level and the characters that can be read, return a page of cells and their texts, row by row."""
    fine = 2 if dpi < 170 else 1
    width, height = (int(side * dpi) for side in (PAPER if rng.random() < 0.8 else PAPER[::-1]))
    image = Image.new("L", (width * fine, height * fine), 255)
    scale = dpi * fine / 72
    size = rng.uniform(max(8.0, level.min_size), 12.5) * scale
    plan, type_ = plan_of(rng, image.size, size, scale), type_of(rng, size, alphabet)
    rule(ImageDraw.Draw(image), plan, type_.ink, max(1, round(rng.uniform(0.4, 1.5) * scale)))
    cells = [
        [write(rng, image, plan, (row, col), type_) for col in range(len(plan.xs) - 1)] for row in range(plan.rows)
    ]
    small = image.resize((width, height), rng.choice((Image.Resampling.LANCZOS, Image.Resampling.BOX)))
    picture = np.ascontiguousarray(np.repeat(np.array(small)[:, :, None], 3, axis=2))
    return Sheet(picture, dpi, {0: (as_point_map(Transform.scale(dpi / 72)),)}), cells


def kind_of(char: str) -> str:
    return "space" if char == " " else "latin" if char < "\x7f" else "wide"


def type_of(rng: Rng, size: float, alphabet: frozenset[str]) -> Type:
    """Given type size in pixels and the characters that can be read, return what a page is printed in."""
    file = chosen(rng, FACES)
    other = chosen(rng, LATIN) if rng.random() < 0.5 or not set(digits) <= characters(file) else file
    drawable = {char for char in characters(file) if kind_of(char) != "latin"} | {
        char for char in characters(other) if kind_of(char) == "latin"
    }
    return Type(
        face(file, round(size)),
        face(other, round(size)),
        size,
        size * rng.uniform(*SPACES),
        size * rng.choice((0.0,) * 4 + (rng.uniform(0.0, LOOSEST),)),
        rng.choice((0, 0, 0, rng.randint(0, 70))),
        frozenset(drawable | {" "}) & alphabet,
    )


def chosen(rng: Rng, fonts: dict[FontFile, float]) -> FontFile:
    """Given fonts with their shares, return one of those that are on this machine."""
    here = [font for font in fonts if find_font(font) is not None]
    return rng.choices(here, [fonts[font] for font in here])[0]


def plan_of(rng: Rng, paper: tuple[int, int], size: float, scale: float) -> Plan:
    """Given paper and type size in pixels and pixels a point, return where the cells lie; none is too narrow."""
    left, right = rng.uniform(40, 70) * scale, paper[0] - rng.uniform(40, 70) * scale
    top, row = rng.uniform(45, 90) * scale, size * rng.uniform(1.5, 2.6)
    dividers = sorted(left + rng.uniform(0.1, 0.9) * (right - left) for _ in range(rng.choice((1, 2, 2, 3, 3))))
    xs = [left]
    for x in dividers:
        if min(x - xs[-1], right - x) > 2.6 * size:
            xs.append(x)
    return Plan((*xs, right), top, row, int((paper[1] - top - 50 * scale) / row))


def rule(draw: ImageDraw.ImageDraw, plan: Plan, ink: int, thick: int) -> None:
    bottom = plan.top + plan.rows * plan.row
    for number in range(plan.rows + 1):
        y = plan.top + number * plan.row
        draw.line((plan.xs[0], y, plan.xs[-1], y), fill=ink, width=thick)
    for x in plan.xs:
        draw.line((x, plan.top, x, bottom), fill=ink, width=thick)


def write(rng: Rng, image: Image.Image, plan: Plan, at: tuple[int, int], type_: Type) -> str:
    """Given a cell by row and column, print a text in it that fits, and return that; some stay blank."""
    left, right = plan.xs[at[1]], plan.xs[at[1] + 1]
    margin = type_.size * 0.25
    text = "".join(char for char in cell_text(rng) if char in type_.drawable).strip() if rng.random() > 0.06 else ""
    while text and type_.length(text) > right - left - 2 * margin:
        text = text[:-1].strip()
    wide = type_.length(text)
    x = rng.choice((left + margin, left + margin, (left + right - wide) / 2, right - margin - wide))
    y = plan.top + (at[0] + 0.5 + rng.uniform(-0.08, 0.08)) * plan.row + BASELINE * type_.size
    for along, font, part in type_.placed(text):
        ImageDraw.Draw(image).text((x + along, y), part, font=font, fill=type_.ink, anchor="ls")
    return text


@functools.lru_cache(64)
def face(font: FontFile, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path_of(font), size, index=font.index)


@functools.cache
def characters(font: FontFile) -> frozenset[str]:
    """Given a font, return the characters it draws."""
    return frozenset(map(chr, TTFont(path_of(font), fontNumber=font.index).getBestCmap()))


def path_of(font: FontFile) -> Path:
    """Given a font, return its file. Raises FontsMissingError when it is not on this machine."""
    path = find_font(font)
    if path is None:
        raise FontsMissingError(f"{font.file} not found: apt-get install {font.package}")
    return path
