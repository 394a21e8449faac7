"""``shenbao export``: the records of a job folder as files for spreadsheets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from pipeline.forms.definition import Form
from pipeline.sinks.csv_files import Dress, write_csv
from pipeline.sinks.frames import Read, flat_tables
from pipeline.sinks.jsonl import read_lines
from pipeline.sinks.lines import records_of
from pipeline.sinks.workbook import write_workbook

Flavour = Literal["csv", "xlsx"]


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote. notes: what the format could not hold, in words."""

    files: tuple[Path, ...]
    records: int
    notes: tuple[str, ...]


def export(
    job: Path, flavour: Flavour, out: Path, forms: Sequence[Form], read: Read | None = None, dress: Dress = "excel"
) -> Exported:
    """Given a job folder and a way to read its records (default: all of them), write them to files in ``out``.
    dress: of CSV. Raises UsageError when it holds no records.jsonl."""
    flat = flat_tables(read or partial(records_of, job), forms)
    out.mkdir(parents=True, exist_ok=True)
    records = flat.tables[0].length
    if flavour == "csv":
        files, notes = write_csv(out, flat, dress)
        return Exported(tuple(files), records, tuple(notes))
    file = out / "records.xlsx"
    notes = write_workbook(file, flat, read_lines(job / "tables.jsonl"))
    return Exported((file,), records, tuple(notes))
