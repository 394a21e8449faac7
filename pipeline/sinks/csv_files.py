"""CSV in two dresses: "excel" opens there as it is, "data" is for programs.

excel: UTF-8 with BOM, CRLF, Chinese headings, and no cell that a spreadsheet would run as a formula. data: UTF-8
without BOM, LF, dotted paths as headings, every value as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pipeline.sinks.frames import FlatTable
from pipeline.sinks.jsonl import replacing

Dress = Literal["excel", "data"]

FORMULA_START = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""First characters that make a spreadsheet compute, the full-width ones too (OWASP, CSV injection)."""
NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
LONG_CODE = re.compile(r"[0-9]{16,}")
"""Excel shows a number of more than 15 digits rounded, and stores it so."""
BATCH_ROWS = 5_000
"""Rows that are turned to text at once."""


def write_csv(folder: Path, tables: Sequence[FlatTable], dress: Dress = "excel") -> list[Path]:
    """Given tables, write <name>.csv for each and return the files."""
    files = []
    for table in tables:
        files.append(folder / f"{table.name}.csv")
        with replacing(files[-1]) as file:
            for text in _texts(table, dress):
                file.write(text.encode("utf-8"))
    return files


def _texts(table: FlatTable, dress: Dress) -> Any:
    """Yield the file in pieces; the BOM is the first one of Excel's."""
    excel = dress == "excel"
    hold, end = (guarded, "\r\n") if excel else (plain, "\n")
    frame = table.frame if excel else table.frame.set_axis(list(table.paths), axis="columns")
    yield "\ufeff" if excel else ""
    yield frame.iloc[:0].rename(columns=hold).to_csv(index=False, lineterminator=end)
    for start in range(0, len(frame), BATCH_ROWS):
        yield frame.iloc[start : start + BATCH_ROWS].map(hold).to_csv(index=False, header=False, lineterminator=end)


def long_codes(tables: Sequence[FlatTable], dress: Dress) -> tuple[str, ...]:
    """Given tables, return a note for each column with codes that Excel would take for numbers and round."""
    if dress == "data":
        return ()
    return tuple(
        f"{table.name}.csv: {column} holds codes of more than 15 digits, which Excel rounds when it opens CSV: "
        "use --to xlsx"
        for table in tables
        for column in table.frame.columns
        if table.frame[column].map(lambda value: isinstance(value, str) and bool(LONG_CODE.fullmatch(value))).any()
    )


def plain(value: object) -> str:
    """Given a value, return the text of its cell. Everything is text here: pandas would make 1 and None into 1.0 and an
    empty cell."""
    return "" if value is None else str(value)


def guarded(value: object) -> str:
    """Given a value, return the text of its cell, so that a spreadsheet takes it for what it is: a text that begins
    like a formula gets an apostrophe in front, a number with its sign stays a number. None is an empty cell.
    """
    text = plain(value)
    if NUMBER.fullmatch(text) or not text.lstrip(" ").startswith(FORMULA_START):
        return text
    return f"'{text}"
