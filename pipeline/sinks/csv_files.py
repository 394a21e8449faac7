"""CSV in two dresses: "excel" opens there as it is, "data" is for programs.

excel: UTF-8 with BOM, CRLF, Chinese headings, and no cell that a spreadsheet would run as a formula. data: UTF-8
without BOM, LF, dotted paths as headings, every value as it is.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

from pipeline.sinks.frames import Flat, FlatTable
from pipeline.sinks.jsonl import replacing

Dress = Literal["excel", "data"]

FORMULA_START = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""First characters that make a spreadsheet compute, the full-width ones too (OWASP, CSV injection)."""
NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
LONG_CODE = 16
"""Digits; Excel shows a number of more than 15 rounded, and stores it so."""


def write_csv(folder: Path, flat: Flat, dress: Dress = "excel") -> tuple[list[Path], list[str]]:
    """Given tables, write <name>.csv for each; return the files and what Excel will not show as it is."""
    files = [folder / f"{table.name}.csv" for table in flat.tables]
    codes: dict[tuple[int, int], None] = {}
    hold = guarded if dress == "excel" else plain
    with ExitStack() as stack:
        writers = [stack.enter_context(_writer(file, dress)) for file in files]
        for table, writer in zip(flat.tables, writers, strict=True):
            writer.writerow(map(hold, table.columns if dress == "excel" else table.paths))
        for number, row in flat.rows():
            texts = [hold(value) for value in row]
            writers[number].writerow(texts)
            codes.update(((number, at), None) for at, text in enumerate(texts) if is_long_code(text))
    return files, [_rounded(flat.tables[number], at) for number, at in sorted(codes)] if dress == "excel" else []


@contextmanager
def _writer(path: Path, dress: Dress) -> Iterator[Any]:
    excel = dress == "excel"
    with replacing(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8-sig" if excel else "utf-8", newline="")
        yield csv.writer(text if excel else Unix(text), lineterminator="\r\n")
        text.flush()
        text.detach()


@dataclass(frozen=True, slots=True)
class Unix:
    """Ends lines with LF. The csv module is told CRLF nevertheless: it quotes a lone CR only where that ends lines."""

    file: IO[str]

    def write(self, line: str) -> int:
        return self.file.write(line.removesuffix("\r\n") + "\n")


def is_long_code(text: str) -> bool:
    return len(text) >= LONG_CODE and text.isascii() and text.isdigit()


def _rounded(table: FlatTable, column: int) -> str:
    return (
        f"{table.name}.csv: {table.columns[column]} holds codes of more than 15 digits, which Excel rounds when it "
        "opens CSV: use --to xlsx"
    )


def plain(value: object) -> str:
    """Given a value, return the text of its cell. None is an empty one."""
    return "" if value is None else str(value)


def guarded(value: object) -> str:
    """Given a value, return the text of its cell, so that a spreadsheet takes it for what it is: a text that begins
    like a formula gets an apostrophe in front, a number with its sign stays a number. None is an empty cell.
    """
    text = plain(value)
    if NUMBER.fullmatch(text) or not text.lstrip(" ").startswith(FORMULA_START):
        return text
    return f"'{text}"
