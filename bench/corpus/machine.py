"""The machine: (split, index, level) -> a file and its truth, the same every time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench.corpus.bend import side_by_side
from bench.corpus.document import Laid, draw_laid
from bench.corpus.draw import draw_pdf
from bench.corpus.families.document import draw_family, draw_shaken_family
from bench.corpus.families.mixed import draw_mixed
from bench.corpus.levels import LEVELS, Container, Level, apply
from bench.corpus.sheet import Sheet, generator_of, map_box, map_corners, render
from bench.corpus.store import SUFFIX, store, unit_scale
from bench.corpus.style import RulingTrouble
from bench.corpus.truth import Json, Place, in_place, record_truths, table_truths
from pipeline.geometry import Box, Transform

MIXED = "mixed"
"""In place of a family: files of many declarations."""
SHAKEN = "shaken"
"""In place of a family: layouts of any family with rows, columns and labels as no layout has them."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One file of the corpus. records: (truth line, boxes) of each declaration; tables: grids by page."""

    name: str
    content: bytes
    level: str
    group: str
    n_pages: int
    records: tuple[tuple[Json, dict[str, Json]], ...]
    tables: tuple[Json, ...]


def place_on(sheets: list[Sheet], container: Container) -> Place:
    """Given the sheets of a file, return the map from drawn pages to file pages and file units."""
    home = {page: i for i, sheet in enumerate(sheets) for page in sheet.pages}

    def place(page: int, box: Box) -> tuple[int, Box, list[list[float]]]:
        sheet = sheets[home[page]]
        scale = unit_scale(sheet, container)
        corners = [[round(v * scale, 2) for v in point] for point in map_corners(sheet, page, box)]
        return home[page], Transform.scale(scale).apply_box(map_box(sheet, page, box)), corners

    return place


def paired(sheets: list[Sheet]) -> list[Sheet]:
    """Given sheets, return them two on a sheet; an odd last one stays alone."""
    pairs = [sheets[i : i + 2] for i in range(0, len(sheets), 2)]
    return [side_by_side(pair[0], pair[1], 0) if len(pair) == 2 else pair[0] for pair in pairs]


def degrade(pdf: bytes, level: Level, seed: str) -> list[Sheet]:
    """Given a digital document, return its sheets after everything that the level does to them."""
    rng = generator_of(f"{seed}/degrade")
    sheets = render(pdf, float(round(rng.uniform(*level.dpi))))
    happening = [bool(rng.random() < act.share) for act in level.acts]
    prepared = paired(sheets) if level.paired else sheets
    return [apply(level, sheet, rng, happening) for sheet in prepared]


def choose_container(level: Level, n_sheets: int, choose: Callable[[int], int]) -> Container:
    """Return one of the level's kinds of file; several sheets need a kind that holds them."""
    fitting = [kind for kind in level.containers if n_sheets == 1 or kind in {"pdf", "tiff"}] or ["pdf"]
    return fitting[choose(len(fitting))]


def sample_of(name: str, content: bytes, level: str, n_pages: int, laid: Laid, place: Place) -> Sample:
    records, tables = tuple(record_truths(laid, place)), tuple(table_truths(laid, place))
    return Sample(name, content, level, LEVELS[level].group, n_pages, records, tables)


def lay(split: str, index: int, level: Level, trouble: RulingTrouble, family: str) -> Laid:
    """Given which document, return it laid out; a sheet of two pages takes two declarations."""
    count = 2 if level.paired else None
    if not family:
        return draw_laid(split, index, count, trouble, level.min_size)
    if family == MIXED:
        return draw_mixed(split, index, count, trouble, level.min_size)
    if family == SHAKEN:
        return draw_shaken_family(split, index, count, trouble, level.min_size)
    return draw_family(family, split, index, count, trouble, level.min_size)


def make_sample(split: str, index: int, level_name: str, family: str = "") -> Sample:
    """Given a split, an index, a level and a family, return that file with its truth.

    Without a family it is the form of Shanghai in its usual layout.
    """
    level, seed = LEVELS[level_name], "/".join(filter(None, (split, str(index), level_name, family)))
    rng = generator_of(f"{seed}/file")
    trouble = level.trouble[int(rng.integers(len(level.trouble)))]
    laid = lay(split, index, level, trouble, family)
    pdf = draw_pdf(list(laid.pages), seed)
    stem = "-".join(filter(None, (family, split, level_name, f"{index:05d}")))
    if level_name == "digital":
        return sample_of(f"{stem}.pdf", pdf, level_name, len(laid.pages), laid, in_place)
    sheets = degrade(pdf, level, seed)
    container = choose_container(level, len(sheets), lambda n: int(rng.integers(n)))
    content = store(sheets, container)
    return sample_of(stem + SUFFIX[container], content, level_name, len(sheets), laid, place_on(sheets, container))
