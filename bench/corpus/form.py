"""The logical table of one declaration: cells with spans and runs of print, before anything has a size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from bench.corpus.indicators import Indicator
from bench.corpus.pools import FormWords, load_pools
from bench.corpus.spec import Declaration
from bench.corpus.style import Align, Style, Valign
from bench.corpus.wording import (
    Manner,
    Run,
    date_runs,
    goal_runs,
    header_paths,
    indicator_name_runs,
    indicator_value_runs,
    label,
    money_runs,
    name_runs,
    year_runs,
)

N_COLUMNS = 8
PROJECT_LEAVES = ("project_total", "project_fiscal", "", "project_other")
ANNUAL_LEAVES = ("annual_total", "annual_appropriation", "annual_carryover", "annual_other")


@dataclass(frozen=True, slots=True)
class FormCell:
    """One cell of the logical table; rows and columns 0-based, spans at least one.

    gap: blank between the label and the value of a cell that holds both, in lines.
    """

    row: int
    col: int
    row_span: int
    col_span: int
    runs: tuple[Run, ...]
    align: Align = "centre"
    bold: bool = False
    scale: float = 1.0
    is_label: bool = False
    valign: Valign = "middle"
    gap: float = 0.0


@dataclass(frozen=True, slots=True)
class CaptionLook:
    """How a line above the table is set. is_title: in the size and face of titles."""

    align: Align = "centre"
    is_title: bool = False
    bold: bool = False


@dataclass(frozen=True, slots=True)
class FormTable:
    """The table of one declaration. head_row: the row with the heads of the indicator columns.

    columns: shares of the width, none for those of the style; body_end: the row after those that belong under the
    heads; droppable: column 0 holds nothing from the heads on but their merged label; looks: one a caption, none for
    the usual ones.
    """

    cells: tuple[FormCell, ...]
    n_rows: int
    head_row: int
    captions: tuple[tuple[Run, ...], ...]
    columns: tuple[float, ...] = ()
    body_end: int | None = None
    droppable: bool = True
    looks: tuple[CaptionLook, ...] = ()

    @property
    def n_columns(self) -> int:
        return len(self.columns) or N_COLUMNS

    def is_body(self, row: int) -> bool:
        """Say whether a row stands under the heads, below the first that does."""
        return row > self.head_row + 1 and (self.body_end is None or row < self.body_end)


def captions(declaration: Declaration, manner: Manner) -> tuple[tuple[Run, ...], ...]:
    """Return the lines above the table: heading, title, year, as far as they are printed."""
    lines = []
    if declaration.heading:
        lines.append((Run(declaration.heading, "heading"),))
    if declaration.title:
        lines.append((Run(declaration.title, "title"),))
    return (*lines, year_runs(declaration.fiscal_year, manner))


def title_cells(lines: tuple[tuple[Run, ...], ...]) -> Iterator[FormCell]:
    for row, runs in enumerate(lines):
        yield FormCell(row, 0, 1, N_COLUMNS, runs, bold=row == 0, scale=1.2)


def header_rows(form: FormWords, pairs: bool) -> list[list[tuple[str, int, int, int]]]:
    """Return rows of (label, its column, first value column, column after the value)."""
    name, nature, category, department, unit, start, end = form.header
    rest = [[(department, 0, 1, 4), (unit, 4, 5, 8)], [(start, 0, 1, 4), (end, 4, 5, 8)]]
    if pairs:
        return [[(name, 0, 1, 8)], [(nature, 0, 1, 4), (category, 4, 5, 8)], *rest]
    return [[(name, 0, 1, 3), (nature, 3, 4, 6), (category, 6, 7, 8)], *rest]


def header_cells(top: int, declaration: Declaration, manner: Manner, style: Style) -> Iterator[FormCell]:
    """Yield the cells of the header fields, from row ``top`` down."""
    pools = load_pools()
    paths = header_paths(pools)
    for row, fields in enumerate(header_rows(pools.form, style.header_pairs), top):
        for text, at, start, stop in fields:
            path = paths[text]
            value = getattr(declaration, path)
            runs = date_runs(value, path, manner) if path.endswith("_date") else name_runs(value, path, manner)
            yield FormCell(row, at, 1, start - at, label(text, manner), bold=style.label_bold, is_label=True)
            yield FormCell(row, start, 1, stop - start, runs)


def funds_label(form: FormWords, manner: Manner, style: Style) -> tuple[Run, ...]:
    """Return the label of the amounts with their unit; brackets are narrow where the column is."""
    if manner.unit_place == "cell":
        return label(form.funds, manner)
    unit = form.money_units[manner.money_unit]
    narrow = replace(manner, half_labels=manner.half_labels or style.columns[0] * style.paper[0] < 6 * style.size)
    return label(f"{form.funds}（{unit}）", narrow)


def project_funds_cells(top: int, declaration: Declaration, manner: Manner, style: Style) -> Iterator[FormCell]:
    """Yield the left half of the amounts; its third row is blank, drawn in one of three ways (style.blank_funds)."""
    form = load_pools().form
    for i, (text, leaf) in enumerate(zip(form.project_rows, PROJECT_LEAVES, strict=True)):
        span = 2 if style.blank_funds == 1 and i == 1 else 1
        if not leaf and style.blank_funds == 1:
            continue
        if not leaf and style.blank_funds == 2:
            yield FormCell(top + i, 1, 1, 3, ())
            continue
        amount = money_runs(getattr(declaration.funds, leaf), f"funds.{leaf}", manner, False) if leaf else ()
        yield FormCell(top + i, 1, span, 2, label(text, manner), bold=style.label_bold, is_label=True)
        yield FormCell(top + i, 3, span, 1, amount, style.money_align)


def funds_cells(top: int, declaration: Declaration, manner: Manner, style: Style) -> Iterator[FormCell]:
    """Yield the cells of the amounts, four rows from ``top`` down."""
    form = load_pools().form
    yield FormCell(top, 0, 4, 1, funds_label(form, manner, style), bold=style.label_bold, is_label=True)
    yield from project_funds_cells(top, declaration, manner, style)
    for i, (text, leaf) in enumerate(zip(form.annual_rows, ANNUAL_LEAVES, strict=True)):
        amount = money_runs(getattr(declaration.funds, leaf), f"funds.{leaf}", manner, True)
        yield FormCell(top + i, 4, 1, 2, label(text, manner), bold=style.label_bold, is_label=True)
        yield FormCell(top + i, 6, 1, 2, amount, style.money_align)


def goal_cells(top: int, declaration: Declaration, manner: Manner, style: Style) -> Iterator[FormCell]:
    """Yield the cells of the goals, two rows from ``top`` down."""
    form = load_pools().form
    yield FormCell(top, 0, 2, 1, label(form.goals, manner), bold=style.label_bold, is_label=True)
    for col, head, path in zip((1, 4), form.goal_heads, ("overall_goal", "annual_goal"), strict=True):
        yield FormCell(top, col, 1, 4 if col == 4 else 3, label(head, manner), bold=style.label_bold, is_label=True)
        runs = goal_runs(getattr(declaration, path), path, manner)
        yield FormCell(top + 1, col, 1, 4 if col == 4 else 3, runs, "left")


def head_cells(row: int, manner: Manner, style: Style) -> Iterator[FormCell]:
    """Yield the heads of the indicator columns."""
    heads = (*load_pools().form.indicator_heads, manner.value_head)
    for head, (col, span) in zip(heads, ((1, 1), (2, 1), (3, 3), (6, 2)), strict=True):
        yield FormCell(row, col, 1, span, label(head, manner), bold=style.label_bold, is_label=True)


def level_cells(
    top: int, indicators: tuple[Indicator, ...], level: int, manner: Manner, style: Style
) -> Iterator[FormCell]:
    """Yield one column of level labels: merged down, repeated in every row, or only in the first row of a group."""

    def key(item: tuple[int, Indicator]) -> tuple[str, ...]:
        return (item[1].level1, item[1].level2)[:level]

    for names, group in groupby(enumerate(indicators), key=key):
        indices = [i for i, _ in group]
        path = f"level{level}"
        if style.levels == "merged":
            runs = (Run(names[-1], f"indicators[{indices[0]}].{path}"),)
            yield FormCell(top + indices[0], level, len(indices), 1, runs, is_label=True)
            continue
        for i in indices:
            shown = style.levels == "repeated" or i == indices[0]
            yield FormCell(top + i, level, 1, 1, (Run(names[-1], f"indicators[{i}].{path}"),) if shown else ())


def printed_rows(declaration: Declaration, style: Style) -> tuple[Indicator, ...]:
    """Return the rows of the indicator table; rows left blank in the template follow the last indicator."""
    last = declaration.indicators[-1]
    blank = Indicator(last.level1, last.level2, None, "", text="")
    count = 0 if style.levels == "repeated" else style.blank_rows
    return (*declaration.indicators, *[blank] * count)


def indicator_cells(top: int, declaration: Declaration, manner: Manner, style: Style) -> Iterator[FormCell]:
    """Yield the cells of the indicators: a row of heads, then a row each, then blank rows of the last level."""
    indicators = printed_rows(declaration, style)
    yield FormCell(
        top,
        0,
        len(indicators) + 1,
        1,
        label(load_pools().form.indicators, manner),
        bold=style.label_bold,
        is_label=True,
    )
    yield from head_cells(top, manner, style)
    for level in (1, 2):
        yield from level_cells(top + 1, indicators, level, manner, style)
    for i, indicator in enumerate(indicators):
        path, row = f"indicators[{i}]", top + 1 + i
        yield FormCell(row, 3, 1, 3, indicator_name_runs(indicator, path, manner), style.name_align)
        yield FormCell(row, 6, 1, 2, indicator_value_runs(indicator, path, manner))


def form_table(declaration: Declaration, manner: Manner, style: Style) -> FormTable:
    """Given a declaration, its spelling and its look, return its logical table."""
    lines = captions(declaration, manner)
    cells = list(title_cells(lines)) if style.title_in_grid else []
    top = len(cells)
    funds = top + len(header_rows(load_pools().form, style.header_pairs))
    head = funds + 6
    cells += header_cells(top, declaration, manner, style)
    cells += funds_cells(funds, declaration, manner, style)
    cells += goal_cells(funds + 4, declaration, manner, style)
    cells += indicator_cells(head, declaration, manner, style)
    return FormTable(
        tuple(cells), head + 1 + len(printed_rows(declaration, style)), head, () if style.title_in_grid else lines
    )
