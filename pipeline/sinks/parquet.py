"""Parquet: one file a table, with decimals and dates, written a batch of rows at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.sinks.jsonl import replacing
from pipeline.sinks.layout import DECIMALS, Layout, Table
from pipeline.sinks.lines import DocumentLines
from pipeline.sinks.store import Synced
from pipeline.sinks.typed import Shaper, Value

BATCH_ROWS = 20_000
"""Rows of all tables that are stored at once where a store takes many documents: some ten megabytes of evidence."""
BATCH_CELLS = 200_000
"""Values of a table that are held before they are written as one row group: a record has many more than evidence."""

TYPES: Mapping[str, Any] = {
    "text": pa.string(),
    "money": pa.decimal128(*DECIMALS["money"]),
    "number": pa.decimal128(*DECIMALS["number"]),
    "date": pa.date32(),
    "integer": pa.int64(),
    "real": pa.float64(),
    "json": pa.string(),
}


def arrow_schema(table: Table) -> Any:
    """Given a table, return its columns as Arrow has them."""
    return pa.schema([(column.name, TYPES[column.kind]) for column in table.columns])


def arrow_table(table: Table, rows: list[tuple[Value, ...]]) -> Any:
    """Given a table and at least one of its rows, return them as Arrow holds them."""
    kinds = [TYPES[column.kind] for column in table.columns]
    arrays = [pa.array(values, kind) for values, kind in zip(zip(*rows, strict=True), kinds, strict=True)]
    return pa.Table.from_arrays(arrays, schema=arrow_schema(table))


def write_parquet(out: Path, layout: Layout, job: str, documents: Iterable[DocumentLines]) -> tuple[list[Path], Synced]:
    """Given documents with their records, write <table>.parquet for each table of the layout, all whole or none new."""
    shaper, files, written, records = Shaper(layout, job), [], 0, 0
    with ExitStack() as stack:
        writers = []
        for table in layout.tables:
            files.append(out / f"{table.name}.parquet")
            writers.append(stack.enter_context(Writer(table, stack.enter_context(replacing(files[-1])))))
        for lines in documents:
            rows = shaper.rows(lines, shaper.version(lines))
            for writer in writers:
                writer.add(rows[writer.table.name])
            written, records = written + 1, records + len(lines.records)
    return files, Synced(records, written, 0, 0, shaper.misfits)


class Writer:
    """Gathers rows of one table and writes them in batches."""

    def __init__(self, table: Table, file: Any) -> None:
        self.table = table
        self._rows: list[tuple[Value, ...]] = []
        self._writer = pq.ParquetWriter(file, arrow_schema(table), compression="zstd")

    def add(self, rows: list[tuple[Value, ...]]) -> None:
        self._rows += rows
        if len(self._rows) * len(self.table.columns) >= BATCH_CELLS:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(arrow_table(self.table, self._rows))
            self._rows = []

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._flush()
        self._writer.close()
