"""``shenbao export``: the records of a job folder as files for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pipeline.forms.definition import Form
from pipeline.sinks.csv_files import Dress, long_codes, write_csv
from pipeline.sinks.frames import flat_tables
from pipeline.sinks.jsonl import read_lines
from pipeline.sinks.lines import Plain, records_of
from pipeline.sinks.workbook import write_workbook

Flavour = Literal["csv", "xlsx"]


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote. notes: what the format could not hold, in words."""

    files: tuple[Path, ...]
    records: int
    notes: tuple[str, ...]


def export(
    job: Path,
    flavour: Flavour,
    out: Path,
    forms: Sequence[Form],
    wanted: Iterable[Plain] | None = None,
    dress: Dress = "excel",
) -> Exported:
    """Given a job folder, write its records (or the wanted ones of them) to files in ``out``. dress: of CSV.

    Raises UsageError when it holds no records.jsonl."""
    records = [_slim(record) for record in (records_of(job) if wanted is None else wanted)]
    flat = flat_tables(records, forms)
    out.mkdir(parents=True, exist_ok=True)
    if flavour == "csv":
        return Exported(tuple(write_csv(out, flat, dress)), len(records), long_codes(flat, dress))
    file = out / "records.xlsx"
    notes = write_workbook(file, flat, read_lines(job / "tables.jsonl"))
    return Exported((file,), len(records), tuple(notes))


def _slim(record: Plain) -> dict[str, Any]:
    """Given a record, drop its evidence: ten thousand of them would fill the memory, and no spreadsheet shows it."""
    return {key: value for key, value in record.items() if key != "evidence"}
