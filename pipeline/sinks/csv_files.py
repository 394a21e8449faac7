"""CSV that Excel opens as it is: UTF-8 with BOM, and no cell that it would run as a formula."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from pipeline.sinks.frames import FlatTable
from pipeline.sinks.jsonl import write_bytes

FORMULA_START = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""First characters that make a spreadsheet compute, the full-width ones too (OWASP, CSV injection)."""
NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def write_csv(folder: Path, tables: Sequence[FlatTable]) -> list[Path]:
    """Given tables, write <name>.csv for each and return the files."""
    files = []
    for table in tables:
        text = table.frame.map(guarded).to_csv(index=False, lineterminator="\r\n")
        files.append(folder / f"{table.name}.csv")
        write_bytes(files[-1], text.encode("utf-8-sig"))
    return files


def guarded(value: object) -> str:
    """Given a value, return the text of its cell, so that a spreadsheet takes it for what it is: a text that begins
    like a formula gets an apostrophe in front, a number with its sign stays a number. None is an empty cell.

    Everything is text here: pandas would make 1 and None into 1.0 and an empty cell.
    """
    text = "" if value is None else str(value)
    if NUMBER.fullmatch(text) or not text.lstrip(" ").startswith(FORMULA_START):
        return text
    return f"'{text}"
