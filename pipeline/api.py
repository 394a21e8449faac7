"""The Python face: ``extract`` a file, and get what the output files would hold, as objects."""

from __future__ import annotations

import functools
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from os import PathLike
from pathlib import Path
from typing import Literal

import pandas as pd

from pipeline.batch.sources import name_of
from pipeline.config import Settings, load_settings
from pipeline.errors import DocumentStatus
from pipeline.run import extract_document
from pipeline.stages.emit import (
    CellOut,
    EvidenceOut,
    IssueOut,
    Outputs,
    RecordOut,
    TableOut,
    UnusedPageOut,
    document_to_outputs,
)
from pipeline.tools import Tools, load_tools

Record = RecordOut
Evidence = EvidenceOut
Issue = IssueOut
UnusedPage = UnusedPageOut
Cell = CellOut

_ONE_AT_A_TIME = threading.Lock()
"""Neither pdfium nor the recogniser may be used by two threads at once."""


class Table(TableOut):
    """One table grid as in tables.jsonl, with the forms that people work with."""

    @property
    def slots(self) -> Mapping[tuple[int, int], Cell]:
        """The dense view: every (row, col) with the cell that covers it."""
        return {
            (row, col): cell
            for cell in self.cells
            for row in range(cell.row, cell.row + cell.row_span)
            for col in range(cell.col, cell.col + cell.col_span)
        }

    def to_frame(self, merged: Literal["repeat", "blank"] = "repeat") -> pd.DataFrame:
        """Return the texts as n_rows x n_cols strings.

        A merged cell's text stands in each slot it covers ("repeat"), or in its first slot only ("blank").
        """
        if merged not in ("repeat", "blank"):
            raise ValueError(f"merged is 'repeat' or 'blank', not {merged!r}")
        slots = self.slots
        rows = [
            [_slot_text(slots[row, col], row, col, merged) for col in range(self.n_cols)] for row in range(self.n_rows)
        ]
        return pd.DataFrame(rows, dtype=object)

    def to_html(self) -> str:
        """Return a <table> with rowspan and colspan; texts are escaped, their line breaks are <br>."""
        rows = ("".join(_html_cell(cell) for cell in self.cells if cell.row == row) for row in range(self.n_rows))
        return "<table>\n" + "".join(f"<tr>{row}</tr>\n" for row in rows) + "</table>\n"


@dataclass(frozen=True, slots=True)
class Document:
    """Everything found in one file, worded as in records.jsonl, tables.jsonl and documents.jsonl; pages are 1-based.

    status, reason and message say how the reading ended: "ok", or "review" when a record or a page waits for a look.
    """

    file: str
    sha256: str | None
    status: DocumentStatus
    reason: str | None
    message: str
    pages: int | None
    records: tuple[Record, ...]
    tables: tuple[Table, ...]
    pages_unused: tuple[UnusedPage, ...]


def extract(
    path: str | PathLike[str], form: str = "auto", settings: Settings | str | PathLike[str] | None = None
) -> Document:
    """Given a PDF or a picture, return its records and tables.

    form: the id of a form, or "auto" to decide by what stands on the page. settings: a settings file or its content,
    None for the defaults. Raises an InputError whose ``reason`` is a stable code when the file cannot be read, a
    UsageError for an unknown form. Calls from several threads wait for one another; use processes to read in parallel.
    """
    chosen = settings if isinstance(settings, Settings) else load_settings(Path(settings) if settings else None)
    place = Path(path)
    with _ONE_AT_A_TIME:
        document = extract_document(place, name_of(place), _tools(chosen, form))
    return outputs_to_document(document_to_outputs(document))


def outputs_to_document(outputs: Outputs) -> Document:
    """Given what a file adds to the output files, return it as one object."""
    line = outputs.document
    return Document(
        file=line.file,
        sha256=line.sha256,
        status=line.status,
        reason=line.reason,
        message=line.message,
        pages=line.pages,
        records=outputs.records,
        tables=tuple(Table.model_validate(table.model_dump()) for table in outputs.tables),
        pages_unused=line.pages_unused,
    )


@functools.lru_cache(maxsize=2)
def _tools(settings: Settings, form: str) -> Tools:
    """The models of the last calls: loading them costs more than a page does."""
    return load_tools(settings, form)


def _slot_text(cell: Cell, row: int, col: int, merged: str) -> str:
    return cell.text if merged == "repeat" or (row, col) == (cell.row, cell.col) else ""


def _html_cell(cell: Cell) -> str:
    spans = "".join(
        f' {name}="{span}"' for name, span in (("rowspan", cell.row_span), ("colspan", cell.col_span)) if span > 1
    )
    return f"<td{spans}>{escape(cell.text).replace(chr(10), '<br>')}</td>"
