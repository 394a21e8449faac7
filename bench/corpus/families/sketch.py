"""From a layout and a record to the logical table and the data that it prints."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from bench.corpus.document import debris_of
from bench.corpus.families.blocks import build_block
from bench.corpus.families.fill import fill
from bench.corpus.families.layouts import Block, Layout, Spot
from bench.corpus.families.prints import Speech, canonical, draw_quirks, draw_speech_manner, text_runs
from bench.corpus.families.record import Length
from bench.corpus.families.spots import place_row
from bench.corpus.families.words import load_words
from bench.corpus.form import CaptionLook, FormCell, FormTable
from bench.corpus.style import Style, draw_style
from bench.corpus.wording import Run

TITLES = {"title", "heading"}
"""Printed, but no part of the data: where they end is a matter of taste."""
HEADED = {"indicators", "goods"}
"""Tables whose row of heads the next page may print again."""

PLAIN = replace(draw_style(random.Random(0)), levels="merged", blank_rows=0)
"""A look to lay out a table in when only its cells matter."""


def caption_rows(layout: Layout, speech: Speech, style: Style) -> Iterator[FormCell]:
    """Yield the captions as rows of the table."""
    for row, caption in enumerate(layout.captions):
        runs, scale = text_runs(caption.text, speech), 1.2 if caption.is_title else 1.0
        yield FormCell(row, 0, 1, len(layout.columns), runs, caption.align, bold=row == 0, scale=scale)


def build(layout: Layout, speech: Speech, style: Style) -> FormTable:
    """Given a layout, a record with its spelling and a look, return the logical table."""
    inside = layout.inside or style.title_in_grid
    cells: list[FormCell] = list(caption_rows(layout, speech, style)) if inside else []
    row, taken = len(cells), set[tuple[int, int]]()
    head = body_end = None
    for line in layout.rows:
        if not isinstance(line, Block):
            cells += place_row(line, row, taken, speech, style)
            row += 1
            continue
        built = build_block(line, row, speech, style)
        cells += built.cells
        row = built.stop
        if line.table in HEADED and built.head is not None:
            head, body_end = built.head, built.stop
    looks = tuple(CaptionLook(c.align, c.is_title, c.is_title) for c in layout.captions)
    captions = tuple(text_runs(caption.text, speech) for caption in layout.captions)
    return FormTable(
        tuple(cells), row, row if head is None else head, () if inside else captions, layout.columns, body_end,
        is_droppable(cells, row if head is None else head), () if inside else looks,
    )  # fmt: skip


def is_droppable(cells: Iterable[FormCell], head: int) -> bool:
    """Say whether one label is all that column 0 holds from the row of heads on."""
    beside = [cell for cell in cells if cell.col == 0 and cell.row + cell.row_span > head]
    return len(beside) == 1 and beside[0].row == head and beside[0].col_span == 1


def put(data: dict[str, Any], path: str, value: Any) -> None:
    """Set a leaf under its dotted path."""
    *parents, key = path.split(".")
    for parent in parents:
        data = data.setdefault(parent, {})
    data[key] = value


def row_data(table: str, index: int, row: dict[str, Any], printed: set[str], speech: Speech) -> dict[str, Any]:
    """Given a row, return its leaves; a level is printed where any row of the table prints it."""
    keys = load_words().row_fields["evaluated" if "score" in row else table]

    def shown(key: str) -> bool:
        name = f"{table}[{index}].{key}"
        return name in printed or (key.startswith("level") and any(p.endswith(f".{key}") for p in printed))

    more = sorted(key for key in row if key not in keys and f"{table}[{index}].{key}" in printed)
    return {key: canonical(row[key], speech) if shown(key) else None for key in (*keys, *more)}


def data_of(layout: Layout, speech: Speech, printed: set[str]) -> dict[str, Any]:
    """Given what is printed, return the data: every field of the form, null where it is not on the page."""
    data: dict[str, Any] = {}
    extra = sorted(path for path in printed if path in speech.filled.values and path not in TITLES)
    for path in (*load_words().fields[layout.form], *extra):
        shown = path in printed or (path == "fiscal_year" and layout.year_in_name)
        put(data, path, canonical(speech.filled.values[path], speech) if shown else None)
    for table, rows in speech.filled.rows.items():
        if layout.block(table) or layout.block(table.removeprefix("long_term_")):
            data[table] = [row_data(table, i, row, printed, speech) for i, row in enumerate(rows)]
    return data


def printed_paths(table: FormTable) -> set[str]:
    cells = (run for cell in table.cells for run in cell.runs)
    return {run.path for run in (*cells, *(run for line in table.captions for run in line)) if run.path and run.text}


@dataclass(frozen=True, slots=True)
class Sketch:
    """One record on one layout: a printed declaration of a family."""

    plan: Layout
    speech: Speech

    @property
    def form(self) -> str:
        return self.plan.form

    @property
    def layout(self) -> str:
        return self.plan.name

    def table(self, style: Style) -> FormTable:
        return build(self.plan, self.speech, style)

    def data(self) -> dict[str, Any]:
        return data_of(self.plan, self.speech, printed_paths(self.table(PLAIN)))

    def captions(self) -> dict[str, str | None]:
        wanted = {path for caption in self.plan.captions for path in Spot(caption.text).paths}
        return {name: self.speech.filled.values[name] if name in wanted else None for name in ("heading", "title")}

    def respoken(self, other: Sketch) -> Sketch:
        """Given another record, return it spelled as this one."""
        return Sketch(other.plan, Speech(other.speech.filled, self.speech.manner, self.speech.quirks))

    def named_as(self, other: Sketch) -> Sketch:
        """Given another record of the same form, return this one as a declaration of the other's project and year."""
        shared = {name: other.speech.filled.values[name] for name in ("project_name", "fiscal_year", "heading")}
        filled = replace(self.speech.filled, values=self.speech.filled.values | shared)
        return Sketch(self.plan, replace(self.speech, filled=filled))

    def footer(self, rng: random.Random, style: Style) -> list[tuple[Run, ...]]:
        """Return the lines under the table: those of the layout, or those of the look."""
        return [text_runs(note.text, self.speech) for note in self.plan.notes] or debris_of(rng, style)

    def prose(self, style: Style) -> tuple[Run, ...]:
        """Return a paragraph that repeats the form's labels and amounts, where the look has one."""
        values = self.speech.filled.values
        name = values.get("project_name") or values.get("department_name")
        if not style.debris.prose or name is None:
            return ()
        amount = values.get("funds.annual_total")
        told = f"，年度资金总额{amount:,.2f}元" if amount is not None else ""
        return (Run(f"现将{name}的申报情况报告如下：项目名称为{name}{told}，详见下表。"),)


def draw_sketch(rng: random.Random, layout: Layout, length: Length = "usual") -> Sketch:
    """Given a layout, return a random record on it, as long as asked for."""
    return Sketch(layout, Speech(fill(rng, layout, length), draw_speech_manner(rng, layout), draw_quirks(rng)))
