"""One stage of one page as a picture: which background, which marks, which words above it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.errors import UsageError
from pipeline.model import Page, Picture, Record
from pipeline.overlay.background import Background, blank, clean_background, file_background
from pipeline.overlay.fonts import Face
from pipeline.overlay.marks import (
    Mark,
    detect_marks,
    grid_marks,
    lines_of,
    place_marks,
    print_marks,
    record_marks,
)
from pipeline.overlay.paint import Panel, paint_panels
from pipeline.run import PageProducts, extract_document, process_page
from pipeline.stages.ingest import OpenDocument, open_document
from pipeline.tools import Tools

Stage = Literal["upright", "detect", "grid", "read", "records"]


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What is to be painted, and in a few words what it shows."""

    facts: str
    panels: tuple[Panel, ...]


def draw_stage(path: Path, file: str, number: int, *, stage: Stage, tools: Tools, face: Face) -> tuple[Picture, str]:
    """Given an input, a 0-based page and a stage, return the picture and what it shows in words.

    Raises UsageError for a page that the file does not have, InputError when file or page cannot be read.
    """
    with open_document(path, file, tools.settings.ingest) as opened:
        if number >= opened.source.n_pages:
            raise UsageError(f"{file} has {opened.source.n_pages} pages: choose --page 1 to {opened.source.n_pages}")
        if stage == "records":
            scene = records_scene(opened, number, tools)
        else:
            scene = SCENES[stage](opened.readable_path, process_page(opened, number, tools))
        title = f"{Path(file).name} · {number + 1}/{opened.source.n_pages} · {stage} · {scene.facts}"
    return paint_panels(title, scene.panels, face), title


def upright_scene(path: Path, products: PageProducts) -> Scene:
    clean = products.clean
    route = "text layer" if clean.layer else "picture"
    facts = f"{route}, {clean.dpi:.0f} dpi, turned by {90 * clean.quarter_turns}°, levelled by {clean.skew:.2f}°"
    return Scene(facts, (over(clean_background(path, products.page, clean)),))


def detect_scene(path: Path, products: PageProducts) -> Scene:
    rulings = sum(len(region.rulings) for region in products.regions)
    facts = f"{count(len(products.regions), 'region')}, {count(rulings, 'ruling')}"
    background = clean_background(path, products.page, products.clean)
    return Scene(facts, (over(background, *detect_marks(products.regions)),))


def grid_scene(path: Path, products: PageProducts) -> Scene:
    cells = sum(len(grid.cells) for grid in products.grids)
    facts = f"{count(len(products.grids), 'grid')}, {count(cells, 'cell')}"
    background = clean_background(path, products.page, products.clean)
    return Scene(facts, (over(background, *grid_marks(products.grids)),))


def read_scene(path: Path, products: PageProducts) -> Scene:
    """The page with its lines marked, and beside it what was read there."""
    reading = products.reading
    confidences = [line.confidence for line in lines_of(reading)]
    facts = f"{count(len(confidences), 'line')}, lowest confidence {min(confidences, default=1.0):.3f}"
    page = clean_background(path, products.page, products.clean)
    return Scene(facts, (over(page, *place_marks(reading)), over(blank(page), *print_marks(reading))))


def records_scene(opened: OpenDocument, number: int, tools: Tools) -> Scene:
    """The page as the file stores it. The whole file is read, since a record may begin pages earlier."""
    page = opened.page(number)
    source = opened.source
    found = extract_document(source.path, source.file, tools).records
    here = [record for record in found if number in record.pages]
    return Scene(_record_facts(here), (_records_panel(opened.readable_path, page, here),))


def _records_panel(path: Path, page: Page, records: list[Record]) -> Panel:
    return over(file_background(path, page), *record_marks(records, page.number))


def _record_facts(records: list[Record]) -> str:
    states = (f"{record.form} ({'accepted' if record.accepted else 'review'})" for record in records)
    return ", ".join(states) or "no record"


def count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def over(background: Background, *marks: Mark) -> Panel:
    return Panel(background.picture, background.scale, marks)


SCENES: dict[str, Callable[[Path, PageProducts], Scene]] = {
    "upright": upright_scene,
    "detect": detect_scene,
    "grid": grid_scene,
    "read": read_scene,
}
STAGES = (*SCENES, "records")
