"""Documents: several declarations of one look, laid out on pages."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from itertools import pairwise

from bench.corpus.drawing import PageDrawing, PlacedLine
from bench.corpus.fonts import advance
from bench.corpus.form import form_table
from bench.corpus.layout import PACK_GAP, column_edges, lay_table, make_setter, new_page, row_heights
from bench.corpus.pools import load_pools
from bench.corpus.spec import Declaration, draw_declaration, rng_of
from bench.corpus.style import A4, RulingTrouble, Style, draw_style
from bench.corpus.text import SetChar
from bench.corpus.wording import Manner, Run, data_of, draw_manner

PAIR_SHARE = 0.1  # of documents that hold two short declarations on one page
PAIR_SIZE = 9.5  # points; larger type leaves no room for two


@dataclass(frozen=True, slots=True)
class Entry:
    """One declaration of a document and how it is spelled."""

    declaration: Declaration
    manner: Manner

    def data(self) -> dict[str, object]:
        return data_of(self.declaration, self.manner)


@dataclass(frozen=True, slots=True)
class Laid:
    """A laid out document."""

    pages: tuple[PageDrawing, ...]
    entries: tuple[Entry, ...]


def debris_of(rng: random.Random, style: Style) -> list[tuple[Run, ...]]:
    """Return the lines under a table: a note, a row of signatures."""
    pools = load_pools()
    lines: list[tuple[Run, ...]] = []
    if style.debris.note:
        lines.append((Run(rng.choice(pools.notes)),))
    if style.debris.signature_row:
        person, phone, day = pools.person_marks
        filled = f"{person}：{rng.choice(pools.persons)}    {phone}：0{rng.randint(10, 99)}-{rng.randint(10**6, 10**8)}"
        lines.append((Run(f"{filled}    {day}：{rng.choice(('    年  月  日', '2024年3月6日'))}"),))
    return lines


def prose_of(style: Style, entry: Entry) -> tuple[Run, ...]:
    """Return a paragraph that repeats the form's labels and amounts, as reports put it above their forms."""
    if not style.debris.prose:
        return ()
    one, form = entry.declaration, load_pools().form
    named = dict(zip(form.header, (one.project_name, one.project_nature, one.project_category), strict=False))
    facts = "，".join(f"{label}为{value}" for label, value in named.items())
    amount = f"{form.project_rows[0]}{one.funds.project_total:,.2f}{form.money_units[0]}"
    return (Run(f"{one.implementing_unit}{one.fiscal_year}年申报情况：{facts}，{amount}，详见下表。"),)


def number_pages(pages: list[PageDrawing], style: Style) -> None:
    """Add a page number at the foot of every page."""
    for i, page in enumerate(pages, 1):
        size = style.size * 0.85
        chars = tuple(SetChar(char, advance(char, style.family) * size, None) for char in f"- {i} -")
        x = (page.width - sum(char.width for char in chars)) / 2
        page.lines.append(PlacedLine(chars, x, page.height - 20, style.family, size, False, None))


def lay_document(entries: list[Entry], style: Style, rng: random.Random) -> Laid:
    """Given declarations and a look, return pages; where the look packs, a short declaration shares a page."""
    top = style.margins[1]
    pages, y = [new_page(style)], top
    for record, entry in enumerate(entries):
        setter = make_setter(form_table(entry.declaration, entry.manner, style), style, record)
        captions = sum(style.title_size * 1.6 for _ in setter.table.captions) + 6 * style.size * style.debris.prose
        fits = y + PACK_GAP + captions + sum(row_heights(setter)) < style.paper[1] - style.margins[3]
        if record and style.breaks.pack and fits:
            y += PACK_GAP
        elif record:
            pages.append(new_page(style))
            y = top
        y = lay_table(setter, pages, y, debris_of(rng, style), prose_of(style, entry))
    if style.debris.page_numbers:
        number_pages(pages, style)
    return Laid(tuple(pages), tuple(entries))


def fits_on_paper(style: Style) -> bool:
    """Say whether the narrowest column still holds two characters."""
    edges = column_edges(style)
    return min(b - a for a, b in pairwise(edges)) > 2 * style.size + 2 * style.pad_x


def draw_fitting_style(rng: random.Random, trouble: RulingTrouble, min_size: float) -> Style:
    return next(style for style in (draw_style(rng, trouble, min_size) for _ in range(1000)) if fits_on_paper(style))


def is_short(declaration: Declaration) -> bool:
    """Say whether two such declarations may share a page."""
    return (
        len(declaration.indicators) <= 6 and len("".join((*declaration.overall_goal, *declaration.annual_goal))) <= 160
    )


def draw_pair(rng: random.Random, words: random.Random, style: Style) -> tuple[list[Declaration], Style]:
    """Return two short declarations and a look that puts them on one page."""
    short = (one for one in (draw_declaration(words) for _ in range(10000)) if is_short(one))
    compact = replace(style, pitch=min(style.pitch, 1.15), size=min(style.size, 9.5), pad_y=2.0, row_height=0.0)
    breaks = replace(style.breaks, pack=True)
    return [next(short), next(short)], replace(compact, paper=A4, breaks=breaks)


def draw_laid(
    split: str, index: int, count: int | None = None, trouble: RulingTrouble = "none", min_size: float = 8.0
) -> Laid:
    """Given a split and an index, return that random document; ``count`` fixes how many declarations it holds."""
    rng = rng_of(split, index, "layout")
    number = count or rng.choices((1, 2, 3, 4), (0.7, 0.18, 0.08, 0.04))[0]
    style = draw_fitting_style(rng, trouble, min_size)
    manner = draw_manner(rng)
    words = rng_of(split, index)
    declarations = [draw_declaration(words) for _ in range(number)]
    if count is None and min_size <= PAIR_SIZE and rng.random() < PAIR_SHARE:
        declarations, style = draw_pair(rng, words, style)
    return lay_document([Entry(one, manner) for one in declarations], style, rng)
