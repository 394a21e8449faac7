"""Rows that a lost ruling made one: several numbered names in one cell are told apart again, and the row says so."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from pipeline.forms.definition import Column, Repeating
from pipeline.forms.prints import Print
from pipeline.forms.rows import TableRow
from pipeline.text.indicators import parse_indicator_name


def lines_of(print_: Print) -> tuple[Print, ...]:
    """Given a print, return its lines of print."""
    return tuple(print_.part(*match.span()) for match in re.finditer(r"[^\n]+", print_.text))


def items_of(print_: Print) -> tuple[Print, ...]:
    """Given a print, return its items, each from a line that begins with an item number up to the next such line."""
    lines = [match.span() for match in re.finditer(r"[^\n]+", print_.text)]
    starts = [start for start, end in lines if parse_indicator_name(print_.text[start:end]).number is not None]
    if not starts or not lines or starts[0] != lines[0][0]:
        return (print_,)
    ends = [*starts[1:], len(print_.text)]
    return tuple(print_.part(start, end) for start, end in zip(starts, ends, strict=True))


def pieces_of(column: Column, print_: Print) -> tuple[Print, ...]:
    """Given a column and the print of a cell that stands for several rows, return what may be one row's share each."""
    return items_of(print_) if column.type == "indicator-name" else lines_of(print_)


def divide(table: Repeating, rows: Sequence[TableRow]) -> tuple[TableRow, ...]:
    """Given rows, return them with each row that holds several numbered names taken apart, and with cells that reach
    over several rows shared out among them. What was shared out, or could not be, is doubted."""
    name = next((column.key for column in table.row_columns if column.type == "indicator-name"), "")
    shared = Counter(row.boxes.cells.get(name) for row in rows)
    single = tuple(
        part for row in rows for part in _apart(table, name, row, alone=shared[row.boxes.cells.get(name)] == 1)
    )
    for column in table.row_columns:
        single = tuple(row for run in _runs(column.key, single) for row in _shared_out(column, run))
    return single


def _runs(key: str, rows: Sequence[TableRow]) -> Iterator[list[TableRow]]:
    """Yield rows in runs that one cell of this column covers."""
    for _, run in groupby(rows, key=lambda row: id(row.boxes.cells.get(key)) if key not in row.prints else id(row)):
        yield list(run)


def _shared_out(column: Column, run: list[TableRow]) -> list[TableRow]:
    box = run[0].boxes.cells.get(column.key)
    if len(run) == 1 or box is None or column.key in run[0].prints:
        return run
    pieces = pieces_of(column, box.print)
    if len(pieces) == len(run):
        return [_with(row, column.key, piece) for row, piece in zip(run, pieces, strict=True)]
    crowded = len(pieces) > 1 or column.type == "indicator-name"
    return [replace(row, doubts=(*row.doubts, column.key)) for row in run] if crowded else run


def _with(row: TableRow, key: str, piece: Print) -> TableRow:
    return replace(row, prints=row.prints | {key: piece}, doubts=(*row.doubts, key))


def _apart(table: Repeating, name: str, row: TableRow, *, alone: bool) -> list[TableRow]:
    """Given a row, return one for each numbered name in it, when no other row shares its cell of names."""
    box = row.boxes.cells.get(name)
    if box is None or not alone:
        return [row]
    items = items_of(box.print)
    if len(items) < 2:
        return [row]
    cells = ((column, row.boxes.cells.get(column.key)) for column in table.row_columns)
    shares = {
        column.key: pieces_of(column, cell.print) for column, cell in cells if cell is not None and not cell.blank
    }
    if any(len(pieces) != len(items) for pieces in shares.values()):
        return [replace(row, doubts=(*row.doubts, *shares))]
    each = ({key: pieces[n] for key, pieces in shares.items()} for n in range(len(items)))
    return [replace(row, prints=prints, doubts=(*row.doubts, *prints)) for prints in each]
