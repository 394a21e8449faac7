"""Documents: several declarations of one look, laid out on pages."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Protocol

from bench.corpus.drawing import PageDrawing, PlacedLine
from bench.corpus.fonts import advance
from bench.corpus.form import FormTable, form_table
from bench.corpus.layout import PACK_GAP, Setter, column_edges, lay_table, make_setter, new_page, row_heights
from bench.corpus.pools import load_pools
from bench.corpus.spec import Declaration, draw_declaration, rng_of
from bench.corpus.style import A4, RulingTrouble, Style, draw_style
from bench.corpus.text import SetChar
from bench.corpus.wording import Manner, Run, data_of, draw_manner

PAIR_SHARE = 0.1  # of documents that hold two short declarations on one page
PAIR_SIZE = 9.5  # points; larger type leaves no room for two


class Printed(Protocol):
    """One declaration as it is printed. layout: which of several, None where the form has a single one."""

    @property
    def form(self) -> str: ...

    @property
    def layout(self) -> str | None: ...

    def data(self) -> dict[str, object]:
        """Return the clean values."""

    def captions(self) -> dict[str, str | None]:
        """Return heading and title, None where not printed."""

    def table(self, style: Style) -> FormTable:
        """Return the logical table in a look."""

    def prose(self, style: Style) -> tuple[Run, ...]:
        """Return the paragraph above the table, empty where the look has none."""

    def footer(self, rng: random.Random, style: Style) -> list[tuple[Run, ...]]:
        """Return the lines under the table."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One declaration of the form of Shanghai and how it is spelled."""

    declaration: Declaration
    manner: Manner
    layout: None = None

    @property
    def form(self) -> str:
        return load_pools().form.id

    def data(self) -> dict[str, object]:
        return data_of(self.declaration, self.manner)

    def captions(self) -> dict[str, str | None]:
        return {"heading": self.declaration.heading, "title": self.declaration.title}

    def table(self, style: Style) -> FormTable:
        return form_table(self.declaration, self.manner, style)

    def prose(self, style: Style) -> tuple[Run, ...]:
        return prose_of(style, self)

    def footer(self, rng: random.Random, style: Style) -> list[tuple[Run, ...]]:
        return debris_of(rng, style)


@dataclass(frozen=True, slots=True)
class Laid:
    """A laid out document."""

    pages: tuple[PageDrawing, ...]
    entries: tuple[Printed, ...]


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
        print_small(page, style, f"- {i} -", page.height - 20)


def print_small(page: PageDrawing, style: Style, text: str, baseline: float) -> None:
    """Add a line of small print across the middle of a page."""
    size = style.size * 0.85
    chars = tuple(SetChar(char, advance(char, style.family) * size, None) for char in text)
    x = (page.width - sum(char.width for char in chars)) / 2
    page.lines.append(PlacedLine(chars, x, baseline, style.family, size, False, None))


def begin(setter: Setter, pages: list[PageDrawing], y: float, pack: bool) -> float:
    """Given pages so far and where the last one is free, return where a table begins: there, or on a page of its own.

    pack: a table that fits below what stands on the page goes there.
    """
    style = setter.style
    if not pages[-1].lines:
        return y
    captions = sum(style.title_size * 1.6 for _ in setter.table.captions) + 6 * style.size * style.debris.prose
    if pack and y + PACK_GAP + captions + sum(row_heights(setter)) < style.paper[1] - style.margins[3]:
        return y + PACK_GAP
    pages.append(new_page(style))
    return style.margins[1]


def lay_entry(
    entry: Printed,
    record: int,
    style: Style,
    rng: random.Random,
    pages: list[PageDrawing],
    y: float,
    flow: bool = False,
) -> float:
    """Given pages so far and where the last one is free, add a declaration; return where it ends.

    flow: it may begin on the last page whether or not it fits there.
    """
    setter = make_setter(entry.table(style), style, record)
    y = y + PACK_GAP if flow else begin(setter, pages, y, pack=style.breaks.pack)
    return lay_table(setter, pages, y, entry.footer(rng, style), entry.prose(style))


def lay_document(entries: Sequence[Printed], style: Style, rng: random.Random) -> Laid:
    """Given declarations and a look, return pages; where the look packs, a short declaration shares a page."""
    pages, y = [new_page(style)], style.margins[1]
    for record, entry in enumerate(entries):
        y = lay_entry(entry, record, style, rng, pages, y, flow=False)
    if style.debris.page_numbers:
        number_pages(pages, style)
    return Laid(tuple(pages), tuple(entries))


def fits_on_paper(style: Style, columns: tuple[float, ...] = ()) -> bool:
    """Say whether the narrowest column still holds two characters."""
    edges = column_edges(style, columns)
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
