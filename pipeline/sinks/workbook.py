"""One XLSX workbook: the flat tables, and one sheet a table of the pages with the merges the page had.

Text is always text: whatever it begins with, it is no formula, and a code of eighteen digits stays whole.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.xml.functions import tostring

from pipeline.errors import ShenbaoError
from pipeline.sinks.frames import Flat, FlatTable
from pipeline.sinks.jsonl import write_bytes

MAX_TEXT = 32_767
"""UTF-16 units that a cell holds; what is longer would be cut without a word."""
MAX_ROWS = 1_048_575
"""Rows that a sheet holds below its heading."""
MAX_TABLES = 1_000
"""Sheets for tables of pages; a workbook with more is hardly opened any more."""
MAX_NAME = 31
"""UTF-16 units in the name of a sheet."""
MAX_DIGITS = 15
"""Digits that Excel keeps of a number; more of them are text."""
WHOLE_TEXTS = "全文"
"""Name of the sheet that keeps what is longer than a cell, piece by piece."""
WHOLE_HEADINGS = ("工作表", "单元格", "段", "文字")
CUT_MARK = f"……〔超过 32,767 字符，见工作表“{WHOLE_TEXTS}”〕"
EPOCH = datetime(1980, 1, 1)
"""The time that a workbook bears, so that the same records give the same bytes."""
FORBIDDEN = re.compile(r"[\[\]:*?/\\'\x00-\x1f\x7f]")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
CONTROL_PICTURES = 0x2400
TABLE_WIDTH, COLUMN_MIN, COLUMN_MAX = 110.0, 6.0, 60.0
"""Widths of columns in characters: of a page's table together, and the bounds of one."""
FLAT_WIDTH = 18.0

WRAPPED = Alignment(wrap_text=True, vertical="top")
EDGE = Side(style="thin", color="808080")
FRAME = Border(left=EDGE, right=EDGE, top=EDGE, bottom=EDGE)
CUT_FILL = PatternFill("solid", fgColor="FFC7CE")
HEADING_FILL = PatternFill("solid", fgColor="DDEBF7")

Plain = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cut:
    """A text that its cell could not hold. place: as in "B7"."""

    sheet: str
    place: str
    text: str


def write_workbook(file: Path, flat: Flat, tables: Iterable[Plain]) -> list[str]:
    """Given the flat tables and the lines of tables.jsonl, write the workbook and return what it could not hold."""
    book = Workbook(write_only=True)
    cuts: list[Cut] = []
    taken = {WHOLE_TEXTS}
    _add_flat(book, flat, [sheet_name(part.title, taken) for part in flat.tables], cuts)
    left_out = 0
    for number, table in enumerate(tables, start=1):
        if number > MAX_TABLES:
            left_out += 1
            continue
        stem = PurePosixPath(table["file"]).stem
        _add_table(book, table, sheet_name(f"表{number} p{table['page']} {stem}", taken), cuts)
    if cuts:
        _add_whole_texts(book, cuts)
    notes = [
        f"sheet {cut.sheet}: the text of {len(cut.text):,} characters in {cut.place} is cut, marked and red; "
        f"it stands whole in the sheet {WHOLE_TEXTS}"
        for cut in cuts
    ]
    if left_out:
        notes.append(f"the first {MAX_TABLES} tables have a sheet; {left_out} more stand in tables.jsonl only")
    write_bytes(file, _timeless(book))
    return notes


def sheet_name(wanted: str, taken: set[str]) -> str:
    """Given a wanted name and the names in use (lower case; the new one is added), return one that Excel takes."""
    base = FORBIDDEN.sub("_", wanted).strip() or "_"
    number, name = 1, _cut(base, MAX_NAME)
    while name.lower() in taken or name.lower() == "history":
        number += 1
        tail = f" ({number})"
        name = _cut(base, MAX_NAME - len(tail)) + tail
    taken.add(name.lower())
    return name


def fitting(text: str) -> tuple[str, bool]:
    """Given a text, return (what a cell may hold of it, was it cut)."""
    clean = without_controls(text)
    if _units(clean) <= MAX_TEXT:
        return clean, False
    return _cut(clean, MAX_TEXT - _units(CUT_MARK)) + CUT_MARK, True


def without_controls(text: str) -> str:
    """Given a text, return it with one kind of line break and with the pictures of control characters."""
    clean = CONTROL.sub(lambda found: chr(CONTROL_PICTURES + ord(found[0])), text.replace("\r\n", "\n"))
    return clean.replace("\r", "\n")


def pieces(text: str) -> Iterator[str]:
    """Given a text, yield it in pieces that a cell can hold; together they are the text without its controls."""
    rest = without_controls(text)
    while rest:
        piece = _cut(rest, MAX_TEXT)
        yield piece
        rest = rest[len(piece) :]


def as_number(value: object) -> Decimal | int | None:
    """Given a value of a numeric column, return the number that Excel can hold exactly, else None."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, str) or not NUMBER.fullmatch(value) or sum(map(str.isdigit, value)) > MAX_DIGITS:
        return None
    return Decimal(value)


def _add_flat(book: Workbook, flat: Flat, names: Sequence[str], cuts: list[Cut]) -> None:
    """Their rows come mixed and go to their sheets one at a time."""
    sheets = [_flat_sheet(book, table, name) for table, name in zip(flat.tables, names, strict=True)]
    letters = [[get_column_letter(at) for at in range(1, len(table.columns) + 1)] for table in flat.tables]
    last = [1] * len(sheets)
    for number, row in flat.rows():
        sheet = sheets[number]
        last[number] += 1
        triples = zip(row, flat.tables[number].numeric, letters[number], strict=True)
        sheet.append([_value_cell(sheet, value, kind, f"{at}{last[number]}", cuts) for value, kind, at in triples])
    for sheet in sheets:
        sheet.close()


def _flat_sheet(book: Workbook, table: FlatTable, name: str) -> Any:
    """Given a table, return its sheet with the heading."""
    if table.length > MAX_ROWS:
        raise ShenbaoError(f"{table.length:,} rows are more than a sheet holds: use --to csv")
    sheet = _new_sheet(book, name)
    sheet.freeze_panes = "A2"
    for index in range(1, len(table.columns) + 1):
        sheet.column_dimensions[get_column_letter(index)].width = FLAT_WIDTH
    sheet.append([_heading_cell(sheet, column) for column in table.columns])
    return sheet


def _add_whole_texts(book: Workbook, cuts: Sequence[Cut]) -> None:
    """One row a piece, in order."""
    sheet = _new_sheet(book, WHOLE_TEXTS)
    sheet.freeze_panes = "A2"
    sheet.append([_heading_cell(sheet, heading) for heading in WHOLE_HEADINGS])
    for cut in cuts:
        for number, piece in enumerate(pieces(cut.text), start=1):
            texts = [_text_cell(sheet, text, "", []) for text in (cut.sheet, cut.place)]
            sheet.append([*texts, WriteOnlyCell(sheet, value=number), _text_cell(sheet, piece, "", [])])
    sheet.close()


def _add_table(book: Workbook, table: Plain, name: str, cuts: list[Cut]) -> None:
    """One sheet; cell (row, col) of the page is cell (row + 1, col + 1) of the sheet."""
    sheet = _new_sheet(book, name)
    for index, width in enumerate(_widths(table), start=1):
        sheet.column_dimensions[get_column_letter(index)].width = width
    anchors = {(cell["row"], cell["col"]): cell["text"] for cell in table["cells"]}
    for row in range(table["n_rows"]):
        cells = [
            _text_cell(sheet, anchors.get((row, col), ""), f"{get_column_letter(col + 1)}{row + 1}", cuts)
            for col in range(table["n_cols"])
        ]
        for cell in cells:
            cell.border = FRAME
        sheet.append(cells)
    for cell in table["cells"]:
        if cell["row_span"] > 1 or cell["col_span"] > 1:
            sheet.merged_cells.add(_range(cell))
    sheet.close()


def _new_sheet(book: Workbook, name: str) -> Any:
    """Given a workbook, return a new sheet of it, which takes rows of cells and of None.

    openpyxl tries to take each cell for a plain value first and fails; here are no plain values, and not to try saves a
    fifth of the time."""
    sheet = book.create_sheet(name)
    sheet._values_to_row = _placed
    return sheet


def _placed(cells: Iterable[WriteOnlyCell | None], row: int) -> Iterator[WriteOnlyCell]:
    for column, cell in enumerate(cells, start=1):
        if cell is not None:
            cell.row, cell.column = row, column
            yield cell


def _range(cell: Plain) -> str:
    """Given a cell of a table, return its place as in "A1:B2"."""
    first, last = get_column_letter(cell["col"] + 1), get_column_letter(cell["col"] + cell["col_span"])
    return f"{first}{cell['row'] + 1}:{last}{cell['row'] + cell['row_span']}"


def _widths(table: Plain) -> list[float]:
    """Given a table, return widths of its columns in characters, in proportion to the page where cells show them."""
    shares = [1.0 / table["n_cols"]] * table["n_cols"]
    whole = max(table["bbox"][2] - table["bbox"][0], 1.0)
    for cell in table["cells"]:
        if cell["col_span"] == 1:
            shares[cell["col"]] = (cell["bbox"][2] - cell["bbox"][0]) / whole
    return [min(max(share * TABLE_WIDTH, COLUMN_MIN), COLUMN_MAX) for share in shares]


def _heading_cell(sheet: Any, text: str) -> WriteOnlyCell:
    cell = _text_cell(sheet, text, "", [])
    cell.font, cell.fill = Font(bold=True), HEADING_FILL
    return cell


def _value_cell(sheet: Any, value: object, numeric: bool, place: str, cuts: list[Cut]) -> WriteOnlyCell | None:
    number = as_number(value) if numeric or not isinstance(value, str) else None
    if number is None:
        return None if value is None else _text_cell(sheet, str(value), place, cuts)
    cell = WriteOnlyCell(sheet, value=number)
    places = max(-int(number.as_tuple().exponent), 0) if isinstance(number, Decimal) else 0
    cell.number_format = "0." + "0" * places if places else "0"
    return cell


def _text_cell(sheet: Any, text: str, place: str, cuts: list[Cut]) -> WriteOnlyCell:
    held, cut = fitting(text)
    cell = WriteOnlyCell(sheet, value=held)
    cell.data_type = "s"  # after the value: openpyxl takes "=..." for a formula and "#N/A" for an error
    cell._style = copy(_wrapped(sheet))
    if cut:
        cell.fill = CUT_FILL
        cuts.append(Cut(sheet.title, place, text))
    return cell


def _wrapped(sheet: Any) -> Any:
    """Given a sheet, return the style of texts in its workbook; to look it up for each cell took a quarter of the time.
    It is kept with the sheet, as the numbers that it consists of are those of one workbook."""
    if not hasattr(sheet, "wrapped"):
        first = WriteOnlyCell(sheet)
        first.alignment = WRAPPED
        sheet.wrapped = first._style
    return sheet.wrapped


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _cut(text: str, units: int) -> str:
    """Given a text, return its beginning of at most so many UTF-16 units, no character halved."""
    return text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore")


def _timeless(book: Workbook) -> bytes:
    """Given a workbook, return its file with one fixed time in all places that bear a time."""
    book.properties.created = EPOCH
    saved, packed = io.BytesIO(), io.BytesIO()
    book.save(saved)
    book.properties.modified = EPOCH
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            core = entry.filename == "docProps/core.xml"
            content = tostring(book.properties.to_tree()) if core else old.read(entry)
            new.writestr(zipfile.ZipInfo(entry.filename, EPOCH.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()
