"""Repeating tables of a layout: heads, rows, levels merged down, a label beside them, empty rows at their end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import accumulate, groupby, zip_longest
from typing import Any

from bench.corpus.families.layouts import Block, Column, Spot
from bench.corpus.families.prints import Speech, plain_runs, text_runs, value_runs
from bench.corpus.families.record import Values
from bench.corpus.families.spots import place_row
from bench.corpus.families.words import load_words
from bench.corpus.form import FormCell, level_cells
from bench.corpus.indicators import Indicator
from bench.corpus.style import Align, Style
from bench.corpus.wording import FULL_DIGITS, Run, halved, indicator_name_runs, indicator_value_runs

Rows = tuple[tuple[Spot, ...], ...]
LEVEL_KEYS = {"level1": 1, "level2": 2}
BESIDE = "o."
"""Before the key of a column: it belongs to the table of the long term that stands beside that of the year."""
OFTEN_EMPTY = {"remark", "explanation", "previous"}
"""Columns in which nobody marks what is not there."""
STARRED_SHARE, LEFTOVER_SHARE = 0.4, 0.3  # of the names of a declaration that stars or leaves thresholds


@dataclass(frozen=True, slots=True)
class Slot:
    """One row of a repeating table: the rows of ``data`` it prints, by table, each with its index."""

    rows: dict[str, tuple[int, Values]]

    def row(self, table: str) -> tuple[int, Values] | None:
        return self.rows.get(table)

    @property
    def level(self) -> tuple[str, str]:
        row = next(iter(self.rows.values()))[1]
        return row.get("level1", ""), row.get("level2", "")


def slots_of(block: Block, speech: Speech) -> list[Slot]:
    """Return the rows of a repeating table; those of the long term stand beside those of the same levels."""
    rows = speech.filled.rows
    own = [(i, row) for i, row in enumerate(rows[block.table])]
    if not any(column.key.startswith(BESIDE) for column in block.columns):
        return [Slot({block.table: pair}) for pair in own]
    other = [(i, row) for i, row in enumerate(rows[beside(block)])]
    slots = []
    for level, group in groupby(own, key=lambda pair: (pair[1]["level1"], pair[1]["level2"])):
        fitting = [pair for pair in other if (pair[1]["level1"], pair[1]["level2"]) == level]
        for one, two in zip_longest(group, fitting):
            pairs = {block.table: one, beside(block): two}
            slots.append(Slot({table: pair for table, pair in pairs.items() if pair is not None}))
    return slots


def beside(block: Block) -> str:
    return f"long_term_{block.table}"


def table_of(block: Block, column: Column) -> str:
    return beside(block) if column.key.startswith(BESIDE) else block.table


def columns_at(block: Block) -> list[tuple[int, Column]]:
    """Return the columns with the slots where they begin."""
    first = block.label.cols if block.label else 0
    starts = accumulate((column.cols for column in block.columns), initial=first)
    return list(zip(starts, block.columns, strict=False))


def head_cells(block: Block, row: int, speech: Speech, style: Style) -> Iterator[FormCell]:
    for col, column in columns_at(block):
        runs = plain_runs(column.head, speech)
        yield FormCell(row, col, 1, column.cols, runs, bold=style.label_bold, is_label=True)


def level_score(slots: list[Slot], block: Block, path_row: int, level: int, speech: Speech) -> tuple[Run, ...]:
    """Return the weights of a level in brackets, as they are glued to its word."""
    names = slots[path_row].level[:level]
    group = [slot.rows[block.table][1]["weight"] for slot in slots if slot.level[:level] == names]
    total = sum(map(Decimal, group))
    return (Run(halved(f"（{total.normalize():f}分）", speech.manner.half_labels)),)


def level_column(
    block: Block, slots: list[Slot], at: tuple[int, int], column: Column, speech: Speech, style: Style
) -> Iterator[FormCell]:
    """Yield one column of level words. at: its first row and its column."""
    level = LEVEL_KEYS[column.key.removeprefix(BESIDE)]
    table, (top, col) = table_of(block, column), at
    spare = [slots[-1]] * spare_rows(block, style)
    marks = tuple(Indicator(*slot.level, None, "") for slot in (*slots, *spare))
    for cell in level_cells(top, marks, level, speech.manner, style):
        place = cell.row - top
        runs: tuple[Run, ...] = ()
        if cell.runs and place < len(slots):
            held = slots[place].row(table)
            runs = (Run(cell.runs[0].text, f"{table}[{held[0]}].level{level}" if held else None),)
            if block.level_scores:
                runs += level_score(slots, block, place, level, speech)
        yield replace(cell, col=col, col_span=column.cols, runs=runs, is_label=bool(runs))


def indicator_of(row: Values) -> Indicator:
    names = ("level1", "level2", "number", "name", "operator", "value", "unit", "text")
    return Indicator(**{name: row.get(name) for name in names})


def name_print(row: Values, path: str, speech: Speech) -> tuple[Run, ...]:
    """Given a row with an indicator, return its name as templates leave it: starred, with a threshold behind it."""
    runs = indicator_name_runs(indicator_of(row), path, speech.manner)
    quirks, rng = speech.quirks, speech.chooser(path)
    if quirks.star and rng.random() < STARRED_SHARE:
        runs = (Run(quirks.star), *runs)
    if quirks.threshold and rng.random() < LEFTOVER_SHARE:
        runs = (*runs, Run(halved(quirks.threshold, speech.manner.half_names)))
    return runs


def target_print(row: Values, path: str, speech: Speech) -> tuple[Run, ...]:
    return indicator_value_runs(indicator_of(row), path, speech.manner)


def sign_print(row: Values, path: str, speech: Speech) -> tuple[Run, ...]:
    """Given a row, return what its own column says of its operator."""
    if row["operator"]:
        return (Run(speech.manner.operators[row["operator"]], f"{path}.operator"),)
    if row["text"] is None:
        return ()
    return (Run(speech.chooser("qualitative").choice(load_words().qualitative)),)


def number_print(row: Values, path: str, speech: Speech) -> tuple[Run, ...]:
    """Given a row, return its target without operator and unit."""
    if row["text"] is not None:
        return (Run(halved(row["text"], speech.manner.half_values), f"{path}.text"),)
    value = row["value"]
    return (Run(value.translate(FULL_DIGITS) if speech.manner.full_digits else value, f"{path}.value"),)


def unit_print(row: Values, path: str, speech: Speech) -> tuple[Run, ...]:
    return (Run(halved(row["unit"], speech.manner.half_values), f"{path}.unit"),) if row["unit"] else ()


def actual_print(row: Values, path: str, speech: Speech) -> tuple[Run, ...]:
    """Given a row, return what was reached, as targets are printed, but without an operator."""
    if row["actual_text"] is not None:
        return (Run(halved(row["actual_text"], speech.manner.half_values), f"{path}.actual_text"),)
    if row["actual_value"] is None:
        return ()
    value, unit = Run(row["actual_value"], f"{path}.actual_value"), row["actual_unit"]
    return (value, Run(halved(unit, speech.manner.half_values), f"{path}.actual_unit")) if unit else (value,)


def bare_actual_print(row: Values, path: str, speech: Speech) -> tuple[Run, ...]:
    """Given a row whose unit stands in a column of its own, return what was reached without it."""
    return tuple(run for run in actual_print(row, path, speech) if run.path != f"{path}.actual_unit")


def amount_print(row: Values, path: str, speech: Speech) -> tuple[Run, ...]:
    return Run(row["quantity"], f"{path}.quantity"), Run(row["unit"], f"{path}.unit")


def total_print(row: Values, path: str, speech: Speech) -> tuple[Run, ...]:
    """Given a good, return its total, with separators where the record's amounts have them."""
    total = Decimal(row["total"])
    return (Run(f"{total:,f}" if speech.manner.money_style == "comma" else f"{total:f}", f"{path}.total"),)


def stack_print(row: Values, path: str, speech: Speech) -> tuple[Run, ...]:
    """Given a good, return its price, total and currency under one another."""
    price, currency = Run(row["price"], f"{path}.price"), Run(row["currency"], f"{path}.currency")
    return price, Run("\n"), *total_print(row, path, speech), Run("\n"), currency


def origin_print(row: Values, path: str, speech: Speech) -> tuple[Run, ...]:
    """Given a good, return where it was made, with the code in brackets in half of all declarations."""
    name = Run(row["origin"], f"{path}.origin")
    if speech.chooser("origin").random() < 0.5:
        return (name,)
    opening, closing = halved("（", speech.manner.half_names), halved("）", speech.manner.half_names)
    return name, Run(opening), Run(row["origin_code"], f"{path}.origin_code"), Run(closing)


GOODS_PRINTS: dict[str, Callable[[Values, str, Speech], tuple[Run, ...]]] = {
    "amount": amount_print,
    "total": total_print,
    "stack": stack_print,
    "origin": origin_print,
    "final": lambda row, path, speech: (Run(speech.filled.values["destination_country"]),),
    "levy": lambda row, path, speech: (Run(load_words().levies[0][0]),),
}
"""Columns of goods whose print is more than the value under their key."""

PRINTS: dict[str, Callable[[Values, str, Speech], tuple[Run, ...]]] = {
    "name": name_print,
    "target": target_print,
    "operator": sign_print,
    "value": number_print,
    "unit": unit_print,
    "actual": actual_print,
    "actual_bare": bare_actual_print,
}
"""Columns of indicators whose print is more than the value under their key."""


def row_runs(table: str, key: str, pair: tuple[int, Values], speech: Speech) -> tuple[Run, ...]:
    """Given a row and a column's key, return the print of their cell."""
    index, row = pair
    path = f"{table}[{index}]"
    prints = PRINTS if "level1" in row else GOODS_PRINTS if table == "goods" else {}
    if key in prints:
        return prints[key](row, path, speech)
    if key == "row_number":
        return (Run(str(index + 1)),)
    if row[key] is None and key in OFTEN_EMPTY:
        return ()
    return value_runs(row[key], f"{path}.{key}", speech)


def aligned(key: str, style: Style, value: Any) -> Align:
    if isinstance(value, Decimal):
        return style.money_align
    return style.name_align if key in {"name", "content", "deviation"} else "centre"


def value_column(
    block: Block, slots: list[Slot], at: tuple[int, int], column: Column, speech: Speech, style: Style
) -> Iterator[FormCell]:
    """Yield one column of values, empty below the last row. at: its first row and its column."""
    table, key, (top, col) = table_of(block, column), column.key.removeprefix(BESIDE), at
    for i, slot in enumerate(slots):
        pair = slot.row(table)
        runs = row_runs(table, key, pair, speech) if pair else ()
        align = aligned(key, style, pair[1].get(key) if pair else None)
        yield FormCell(top + i, col, 1, column.cols, runs, align)
    for i in range(spare_rows(block, style)):
        yield FormCell(top + len(slots) + i, col, 1, column.cols, ())


def spare_rows(block: Block, style: Style) -> int:
    """Return how many empty rows a template leaves; levels that every row repeats leave none."""
    is_level = any(column.key in LEVEL_KEYS for column in block.columns)
    return 0 if is_level and style.levels == "repeated" else block.spare + style.blank_rows


@dataclass(frozen=True, slots=True)
class Built:
    """A repeating table as cells. head: its row of heads, None without one; stop: the row below it."""

    cells: tuple[FormCell, ...]
    head: int | None
    stop: int


def set_rows(rows: Rows, top: int, first: int, speech: Speech, style: Style) -> list[FormCell]:
    """Given rows of cells that begin beside a label of ``first`` columns, return them filled in."""
    taken = {(top + r, c) for r in range(len(rows)) for c in range(first)}
    return [cell for r, row in enumerate(rows) for cell in place_row(row, top + r, taken, speech, style)]


def build_block(block: Block, top: int, speech: Speech, style: Style) -> Built:
    """Given where a repeating table begins, return its cells."""
    slots, beside_cols = slots_of(block, speech), block.label.cols if block.label else 0
    has_head = any(column.head for column in block.columns)
    first = top + len(block.heads) + has_head
    last = first + len(slots) + spare_rows(block, style)
    stop = last + len(block.foot)
    cells = set_rows(block.heads, top, beside_cols, speech, style)
    cells += set_rows(block.foot, last, beside_cols, speech, style)
    if has_head:
        cells += head_cells(block, first - 1, speech, style)
    for col, column in columns_at(block):
        draw = level_column if column.key.removeprefix(BESIDE) in LEVEL_KEYS else value_column
        cells += draw(block, slots, (first, col), column, speech, style)
    cells += label_cells(block, top, (top if block.label_on_head else first, stop), speech, style)
    return Built(tuple(cells), first - 1 if has_head else None, stop)


def label_cells(block: Block, top: int, rows: tuple[int, int], speech: Speech, style: Style) -> Iterator[FormCell]:
    """Yield the label beside a repeating table, over the rows from the first to the one before the second."""
    if block.label is None:
        return
    start, stop = rows
    runs = text_runs(block.label.text, speech)
    yield FormCell(start, 0, stop - start, block.label.cols, runs, bold=style.label_bold, is_label=True)
    if start > top:
        yield FormCell(top, 0, start - top, block.label.cols, ())
