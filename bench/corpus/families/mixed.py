"""Files of many declarations: of one form or of several, in any order, with prose and other tables in between."""

from __future__ import annotations

import random
from dataclasses import replace

from bench.corpus.document import Laid, begin, lay_entry, number_pages
from bench.corpus.drawing import PageDrawing
from bench.corpus.families.document import fitting_style, head_pages
from bench.corpus.families.layouts import Layout, load_layouts
from bench.corpus.families.record import Length
from bench.corpus.families.sketch import Sketch, draw_sketch
from bench.corpus.families.words import load_words
from bench.corpus.form import CaptionLook, FormCell, FormTable
from bench.corpus.layout import PACK_GAP, lay_table, make_setter, new_page, prose_lines
from bench.corpus.pools import load_pools
from bench.corpus.spec import rng_of
from bench.corpus.style import Breaks, RulingTrouble, Style
from bench.corpus.wording import Run

MOST_RECORDS = 12
ONE_FORM_SHARE, ONE_LAYOUT_SHARE = 0.4, 0.6
LENGTHS: tuple[Length, ...] = ("brief", "usual", "long")
LENGTH_SHARES = (0.4, 0.4, 0.2)
BETWEEN_SHARE, TABLE_SHARE = 0.18, 0.5
"""Of the places between records: how many hold something else, and how many of these a table rather than prose."""
TWIN_SHARE = 0.2  # of records on the same layout as the one before
SAME_COLUMNS_SHARE, TITLED_SHARE = 0.4, 0.6  # of tables of no form
FOREIGN_COLUMNS = (0.12, 0.48, 0.15, 0.25)
FLOW_SHARE = 0.25  # of files whose records begin where the one before ends
LOWEST_START = 0.55  # of the page's height; a record that flows begins no lower


def draw_plans(rng: random.Random, number: int) -> list[Layout]:
    """Return the layouts of so many records: of one form or of several, each form in one layout or in any."""
    layouts = load_layouts()
    forms = list(layouts)
    chosen = [rng.choice(forms)] if rng.random() < ONE_FORM_SHARE else rng.sample(forms, rng.randint(2, len(forms)))
    one_each = rng.random() < ONE_LAYOUT_SHARE
    kept = {form: [rng.choice(layouts[form])] if one_each else list(layouts[form]) for form in chosen}
    return [rng.choice(kept[rng.choice(chosen)]) for _ in range(number)]


def draw_breaks(rng: random.Random) -> Breaks:
    """Return page breaks of every kind, more often the hard ones than a single declaration has them."""
    return Breaks(
        inside_cells=rng.random() < 0.6,
        carry=rng.choices(("first", "repeat", "biggest"), (0.5, 0.35, 0.15))[0],
        repeat_head=rng.random() < 0.4,
        repeat_title=rng.random() < 0.3,
        drop_label_column=rng.random() < 0.3,
        pack=rng.random() < 0.6,
    )


def draw_mixed(
    split: str, index: int, count: int | None = None, trouble: RulingTrouble = "none", min_size: float = 8.0
) -> Laid:
    """Given a split and an index, return that random file of one to twelve declarations."""
    rng, words = rng_of(split, index, "mixed/layout"), rng_of(split, index, "mixed")
    plans = draw_plans(rng, count or rng.randint(1, MOST_RECORDS))
    style = fitting_style(rng, plans, trouble, min_size)
    style = replace(style, breaks=draw_breaks(rng))
    sketches = [draw_sketch(words, plan, rng.choices(LENGTHS, LENGTH_SHARES)[0]) for plan in plans]
    laid = lay_mixed(twinned(sketches, words), style, rng)
    head_pages(laid, style, rng)
    return laid


def twinned(sketches: list[Sketch], rng: random.Random) -> list[Sketch]:
    """Given records, return them with some that declare the project of the one before, carried out by another unit."""
    found = sketches[:1]
    for sketch in sketches[1:]:
        same = sketch.plan == found[-1].plan and "project_name" in sketch.plan.paths
        found.append(sketch.named_as(found[-1]) if same and rng.random() < TWIN_SHARE else sketch)
    return found


def lay_mixed(sketches: list[Sketch], style: Style, rng: random.Random) -> Laid:
    """Given records and a look, return pages with now and then something else between the records."""
    pages, y = [new_page(style)], style.margins[1]
    flowing = rng.random() < FLOW_SHARE
    for record, sketch in enumerate(sketches):
        if rng.random() < BETWEEN_SHARE:
            y = lay_between(sketch.plan, style, rng, pages, y)
        flow = flowing and bool(pages[-1].lines) and y < LOWEST_START * style.paper[1]
        y = lay_entry(sketch, record, style, rng, pages, y, flow)
    if rng.random() < BETWEEN_SHARE:
        lay_between(sketches[-1].plan, style, rng, pages, y)
    if style.debris.page_numbers:
        number_pages(pages, style)
    return Laid(tuple(pages), tuple(sketches))


def lay_between(plan: Layout, style: Style, rng: random.Random, pages: list[PageDrawing], y: float) -> float:
    """Add prose or a table of no form to the pages; return where it ends. plan: the layout of a record beside it."""
    if rng.random() >= TABLE_SHARE:
        return lay_prose(style, rng, pages)
    setter = make_setter(foreign_table(plan, rng), style, None)
    return lay_table(setter, pages, begin(setter, pages, y, pack=True), [])


def lay_prose(style: Style, rng: random.Random, pages: list[PageDrawing]) -> float:
    """Add paragraphs on a page of their own; return where they end."""
    if pages[-1].lines:
        pages.append(new_page(style))
    setter = make_setter(FormTable((), 0, 0, ()), style, None)
    y = style.margins[1]
    for _ in range(rng.randint(2, 6)):
        text = "".join(rng.choices(load_words().prose, k=rng.randint(1, 4)))
        lines, y = prose_lines(setter, y, (Run(text),))
        pages[-1].lines += lines
    return y + PACK_GAP


def foreign_table(plan: Layout, rng: random.Random) -> FormTable:
    """Given the layout of a form, return a table of no form, now and then with the same columns as the form's.

    It may have no title, and its heads may be words that forms know too.
    """
    columns = plan.columns if rng.random() < SAME_COLUMNS_SHARE else FOREIGN_COLUMNS
    heads = rng.choice(load_words().foreign_heads)
    n_rows = rng.randint(3, 9)
    rows = [[heads[col % len(heads)] for col in range(len(columns))]]
    rows += [foreign_row(number, len(columns), rng) for number in range(1, n_rows)]
    cells = tuple(
        FormCell(row, col, 1, 1, (Run(text),) if text else (), is_label=row == 0)
        for row, texts in enumerate(rows)
        for col, text in enumerate(texts)
    )
    captions = ((Run(rng.choice(load_words().foreign_titles)),),) if rng.random() < TITLED_SHARE else ()
    looks = (CaptionLook("left"),) * len(captions)
    return FormTable(cells, n_rows, n_rows, captions, columns, droppable=False, looks=looks)


def foreign_row(number: int, n_columns: int, rng: random.Random) -> list[str]:
    """Return the texts of one row: a number, a thing, how many, who."""
    pools = load_pools()
    project = rng.choice(rng.choice(pools.domains).projects)
    texts = [str(number), project, str(rng.randint(1, 900)), rng.choice(pools.persons)]
    return texts + [rng.choice(("", str(rng.randint(1, 99)))) for _ in range(n_columns - len(texts))]
