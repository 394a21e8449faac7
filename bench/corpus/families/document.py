"""Documents of the families: one layout with one to three records, in a random look."""

from __future__ import annotations

import random
from collections.abc import Iterable

from bench.corpus.document import Laid, fits_on_paper, lay_document, print_small
from bench.corpus.families.layouts import Layout, load_layouts
from bench.corpus.families.shake import draw_shaken
from bench.corpus.families.sketch import Sketch, draw_sketch
from bench.corpus.families.words import load_words
from bench.corpus.spec import rng_of
from bench.corpus.style import RulingTrouble, Style, draw_style

HEAD_SHARE = 0.15
HEAD_ROOM, HEAD_BASELINE = 45.0, 28.0  # points from the top of the page
COUNTS, COUNT_SHARES = (1, 2, 3), (0.82, 0.13, 0.05)


def forms() -> tuple[str, ...]:
    return tuple(load_layouts())


def layout_of(form: str, index: int) -> Layout:
    """Given a document's number, return its layout: every round of numbers has each once, in an order of its own."""
    layouts = list(load_layouts()[form])
    random.Random(f"{form}/{index // len(layouts)}").shuffle(layouts)
    return layouts[index % len(layouts)]


def fitting_style(rng: random.Random, layouts: Iterable[Layout], trouble: RulingTrouble, min_size: float) -> Style:
    """Given layouts, return a look in which the narrowest column of each still holds two characters."""
    columns = [layout.columns for layout in layouts]
    drawn = (draw_style(rng, trouble, min_size) for _ in range(10000))
    return next(style for style in drawn if all(fits_on_paper(style, shares) for shares in columns))


def draw_family(
    form: str, split: str, index: int, count: int | None = None, trouble: RulingTrouble = "none", min_size: float = 8.0
) -> Laid:
    """Given a form, a split and an index, return that random document; ``count`` fixes how many records it holds."""
    rng = rng_of(split, index, f"{form}/layout")
    layout = layout_of(form, index)
    number = count or rng.choices(COUNTS, COUNT_SHARES)[0]
    style = fitting_style(rng, [layout], trouble, min_size)
    laid = lay_document(draw_sketches(rng_of(split, index, form), layout, number), style, rng)
    head_pages(laid, style, rng)
    return laid


def head_pages(laid: Laid, style: Style, rng: random.Random) -> None:
    """Add the same line at the head of every page, in a small share of documents whose margin has room for it."""
    text = rng.choice(load_words().running_heads)
    if style.margins[1] >= HEAD_ROOM and rng.random() < HEAD_SHARE:
        for page in laid.pages:
            print_small(page, style, text, HEAD_BASELINE)


def draw_shaken_family(
    split: str, index: int, count: int | None = None, trouble: RulingTrouble = "none", min_size: float = 8.0
) -> Laid:
    """Given a split and an index, return that random document on a layout that nobody wrote."""
    rng = rng_of(split, index, "shaken/layout")
    layout = draw_shaken(rng)
    number = count or rng.choices(COUNTS, COUNT_SHARES)[0]
    style = fitting_style(rng, [layout], trouble, min_size)
    return lay_document(draw_sketches(rng_of(split, index, "shaken"), layout, number), style, rng)


def draw_sketches(rng: random.Random, layout: Layout, number: int) -> list[Sketch]:
    """Given a layout, return so many records on it, all spelled alike."""
    first = draw_sketch(rng, layout)
    return [first, *(first.respoken(draw_sketch(rng, layout)) for _ in range(number - 1))]
