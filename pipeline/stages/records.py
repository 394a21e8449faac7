"""Stage: Table -> Record. Tables become declarations of known forms; pages that fed none are named with the reason."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.config import Records
from pipeline.forms.declaration import read_declaration
from pipeline.forms.illegible import illegible_table
from pipeline.forms.lost import lost_record
from pipeline.forms.match import Forms, Match
from pipeline.forms.proofs import borne_out
from pipeline.forms.rows import loose_rows, stray_rows
from pipeline.forms.sheet import Sheet
from pipeline.model import PageReading, Record, Table, UnusedPage


@dataclass(frozen=True, slots=True)
class Declaration:
    """The tables of one declaration in page order, and the form they are of. start, end: their range among all."""

    tables: tuple[Table, ...]
    match: Match
    start: int
    end: int


def records(
    tables: Sequence[Table], readings: Sequence[PageReading], forms: Forms, settings: Records
) -> tuple[tuple[Record, ...], tuple[UnusedPage, ...]]:
    """Given the tables and pages of one document, return its records in page order, and the pages that fed none."""
    found = tuple(find_declarations(tables, forms))
    starts = {declaration.start for declaration in found}
    made = tuple(_with_strays(_read(d, settings), d, tables, starts) for d in found)
    used = {page for record in made for page in record.pages}
    lost = [r for reading in readings if reading.page not in used if (r := _lost(reading, forms, settings))]
    begun = {record.pages[0] for record in lost}
    behind = {r.page - 1: r for r in readings if r.page not in used | begun}
    made = tuple(_with_page_behind(r, d, behind.get(r.pages[-1])) for r, d in zip(made, found, strict=True))
    made = tuple(borne_out(record, d.match.form.rules) for record, d in zip(made, found, strict=True))
    made = tuple(sorted([*made, *lost], key=lambda record: record.pages[0]))
    unused = tuple(
        UnusedPage(reading.page, why_unused(reading)) for reading in readings if reading.page not in used | begun
    )
    return made, unused


def _lost(reading: PageReading, forms: Forms, settings: Records) -> Record | None:
    return lost_record(reading, forms.forms, settings.label_similarity)


def _read(declaration: Declaration, settings: Records) -> Record:
    return read_declaration(declaration.match, declaration.tables, settings.label_similarity)


def _with_strays(record: Record, declaration: Declaration, tables: Sequence[Table], starts: Container[int]) -> Record:
    """Given a record, return it with a doubt when the table behind it looks like rows of it that were not joined."""
    at = declaration.end
    if at in starts or at >= len(tables) or tables[at].pages[0] - declaration.tables[-1].pages[-1] > 1:
        return record
    return replace(record, issues=(*record.issues, *stray_rows(declaration.match.form, Sheet.of(tables[at]))))


def _with_page_behind(record: Record, declaration: Declaration, behind: PageReading | None) -> Record:
    """Given a record and the page right behind it if that fed none, return it with a doubt when what stands there looks
    like rows of it, or is a table that cannot be read."""
    if behind is None:
        return record
    doubts = illegible_table(behind) if behind.grids else loose_rows(declaration.match.form, behind.loose)
    return replace(record, issues=(*record.issues, *doubts))


def why_unused(reading: PageReading) -> str:
    """Given a page that fed no record, return the reason as a stable code."""
    if reading.grids:
        printed = reading.loose or any(cell.lines for grid in reading.grids for cell in grid.cells)
        return "no-known-form" if printed else "no-print"
    if reading.loose:
        return "no-table"
    return "no-print" if reading.marked else "blank-page"


def find_declarations(tables: Sequence[Table], forms: Forms) -> Iterator[Declaration]:
    """Given all tables, yield the declarations: a table that begins one, with the next ones as far as they complete it.

    A form may be drawn as several tables under one another; each further one adds labels that were not seen so far.
    """
    sheets = [Sheet.of(table) for table in tables]
    at = 0
    while at < len(tables):
        end = at + 1
        while end < len(tables) and _completes(tables, sheets, at, end, forms):
            end += 1
        match = forms.match(sheets[at:end], [line.text for line in tables[at].above])
        if match is not None:
            yield Declaration(tuple(tables[at:end]), match, at, end)
        at = end if match is not None else at + 1


def _completes(tables: Sequence[Table], sheets: Sequence[Sheet], at: int, end: int, forms: Forms) -> bool:
    """Does the table at ``end`` go on where the tables from ``at`` on left off?"""
    near = tables[end].pages[0] - tables[end - 1].pages[-1] <= 1
    return near and forms.completes(sheets[at:end], sheets[end])
