"""The repeating tables of a declaration: rows of boxes -> rows of values with levels, evidence and doubts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from pipeline.errors import IssueCode
from pipeline.forms.columns import VALUE_KEYS, column_keys, read_cell
from pipeline.forms.definition import Column, Repeating
from pipeline.forms.divide import divide, lines_of
from pipeline.forms.fields import unit_of
from pipeline.forms.labels import is_exact, likeness
from pipeline.forms.prints import Print
from pipeline.forms.readout import Readout, Value, absent, doubted, found, joined, quoted
from pipeline.forms.rows import LevelWord, RowFinder, TableRow, find_rows
from pipeline.forms.survey import Body, Survey, is_group
from pipeline.forms.values import Unit, found_word
from pipeline.forms.words import without_score
from pipeline.model import Issue
from pipeline.text.normalise import normalise


def rows_of(survey: Survey, body: Body) -> tuple[TableRow, ...]:
    """Given a repeating table on a sheet, return its rows."""
    finder = RowFinder(survey.sheet, body.table, body.header, partial(is_group, body.table))
    return divide(body.table, tuple(find_rows(finder, body.end, survey.threshold)))


def read_table(table: Repeating, parts: Sequence[tuple[Body, tuple[TableRow, ...]]], threshold: float) -> Readout:
    """Given a table of the form and its parts with their rows, return all rows under running paths, and its doubts."""
    counted = ((body, row) for body, rows in parts for row in rows)
    rows = [read_row(table, body, row, f"{table.path}[{n}]") for n, (body, row) in enumerate(counted)]
    lost = [issue for body, _ in parts for issue in _doubts(body, threshold)]
    empty = [] if rows else [*_no_rows(table, headed=bool(parts))]
    return joined([*rows, Readout((), (*lost, *empty))])


def _doubts(body: Body, threshold: float) -> Iterator[Issue]:
    for doubts in (_parted(body), _intruded(body), _lost_columns(body), _slips(body, threshold)):
        yield from doubts


def _parted(body: Body) -> Iterator[Issue]:
    if body.parted:
        message = "the header and the first row stand in one row of cells, a ruling is lost: compare with the page"
        yield Issue(IssueCode.GRID_REPAIRED, "error", body.table.path, message)


def _intruded(body: Body) -> Iterator[Issue]:
    if body.tail > body.end:
        message = (
            f"the table was ended before row {body.end + 1} of its grid, where another list seems to begin: compare"
        )
        yield Issue(IssueCode.BAD_VALUE, "error", body.table.path, message)


def _lost_columns(body: Body) -> Iterator[Issue]:
    for column in body.table.needed_columns:
        if column.key not in body.header.columns:
            message = f"the column '{column.labels[0]}' was not found: add its wording to the form if it is there"
            yield Issue(IssueCode.MISSING, "error", body.table.path, message)


def _slips(body: Body, threshold: float) -> Iterator[Issue]:
    """Name the headers that were not read as the form has them: taken for their likeness, or for their place alone."""
    for column in body.table.columns:
        box = body.header.columns.get(column.key)
        if box is not None and not is_exact(likeness(box.text, column.labels, threshold)):
            message = f"the header {quoted(box.print.verbatim)} was taken for '{column.labels[0]}'"
            candidates = (column.labels[0], box.print.verbatim)
            code = IssueCode.CORRECTED if box.print.origin == "ocr" else IssueCode.LAYOUT_DRIFT
            yield Issue(code, "warning", body.table.path, message, candidates)


def _no_rows(table: Repeating, *, headed: bool) -> Iterator[Issue]:
    """Doubt a table without rows: an error where one must have some, and else where not even its header was found, so
    that rows may have been lost with it. One side of two may be left out."""
    if table.required:
        message = f"no row of the table '{table.names.zh}' was found: look whether the page has some"
        yield Issue(IssueCode.NO_INDICATORS, "error", table.path, message)
    elif not headed and table.side is None:
        message = f"no header of the table '{table.names.zh}' was found: look whether the page has one"
        yield Issue(IssueCode.MISSING, "warning", table.path, message)


def read_row(table: Repeating, body: Body, row: TableRow, path: str) -> Readout:
    """Given one row of boxes, return its values in the order of the columns."""
    depths = {column.key: level for column, level in zip(table.level_columns, row.levels, strict=True)}
    parts = [
        read_level(table, depths[column.key], path, column) if column.key in depths else _read(body, row, column, path)
        for column in table.columns
        if column.type != "lines"
    ]
    parts += [_read_lines(body, row, column, path) for column in table.columns if column.type == "lines"]
    readout = joined(parts)
    return _with_gaps(table, path, Readout(_in_words(path, _settled(readout.values)), readout.issues))


def _read_lines(body: Body, row: TableRow, column: Column, path: str) -> Readout:
    """A cell whose lines are the values of several columns; more or fewer lines are left to be shared out by hand."""
    print_ = row.print_at(column.key)
    if print_ is None or print_.blank:
        return Readout()
    by_key = {other.key: other for other in body.table.columns}
    lines = lines_of(print_)
    if len(lines) == len(column.parts):
        return joined(
            read_cell(by_key[key], column_unit(body, column), line, path)
            for key, line in zip(column.parts, lines, strict=True)
        )
    message = f"{quoted(print_.verbatim)} has {len(lines)} lines for {len(column.parts)} values: enter them by hand"
    whole = (print_.verbatim,)
    return Readout(
        (), tuple(Issue(IssueCode.BAD_VALUE, "error", f"{path}.{key}", message, whole) for key in column.parts)
    )


def _read(body: Body, row: TableRow, column: Column, path: str) -> Readout:
    """An optional column that the table does not have gives nothing, a needed one gives nulls."""
    print_ = row.print_at(column.key)
    if print_ is not None:
        unit = column_unit(body, column) if column.type == "money" else None
        return _crowded(column, row, path, read_cell(column, unit, print_, path))
    missing = column.optional and column.key not in body.header.columns
    return Readout() if missing else joined(absent(f"{path}.{key}") for key in column_keys(column))


def column_unit(body: Body, column: Column) -> Unit | None:
    """Given a column of amounts, return the unit that its header, one over several columns or the caption names."""
    heads = [body.header.columns[column.key], *body.above.get(column.key, ())]
    heads += [body.header.columns[other.key] for other in body.table.columns if _is_amount(other, body)]
    return next((unit for box in heads if (unit := unit_of(box.print)) is not None), body.unit)


def _is_amount(column: Column, body: Body) -> bool:
    return column.type == "money" and column.key in body.header.columns


def _crowded(column: Column, row: TableRow, path: str, readout: Readout) -> Readout:
    """Say when the cell stands for several rows, so that a ruling may have been lost."""
    if column.key not in row.doubts:
        return readout
    whole = row.boxes.cells[column.key].print.verbatim
    message = f"one cell stands for several rows: {quoted(whole)}; compare with the page"
    paths = [f"{path}.{key}" for key in column_keys(column)]
    if column.type == "indicator-name":  # the rows may be one, and then those below it are counted wrong
        paths.append(path.rpartition("[")[0])
    return doubted(readout, *(Issue(IssueCode.GRID_REPAIRED, "error", p, message, (whole,)) for p in paths))


def _settled(values: Sequence[Value]) -> tuple[Value, ...]:
    """Two columns may give one key (a target and a column for its unit): what is printed beats what is not."""
    settled: dict[str, Value] = {}
    for value in values:
        if settled.get(value.path) is None or value.value is not None:
            settled[value.path] = value
    return tuple(settled.values())


def _in_words(path: str, values: tuple[Value, ...]) -> tuple[Value, ...]:
    """A target in words has neither operator, number nor unit, whatever their own columns say."""
    if not any(value.path == f"{path}.text" and value.value is not None for value in values):
        return values
    bare = {f"{path}.{key}" for key in ("operator", "value", "unit")}
    return tuple(Value(value.path, None) if value.path in bare else value for value in values)


def _with_gaps(table: Repeating, path: str, readout: Readout) -> Readout:
    """Say when a row has a target without a name, or a name without a target."""
    data = {value.path.removeprefix(f"{path}."): value.value for value in readout.values}
    types = {column.type for column in table.columns}
    if "indicator-name" in types and data.get("name") is None:
        readout = doubted(
            readout, Issue(IssueCode.MISSING, "error", f"{path}.name", "the row has no name: enter it by hand")
        )
    if "indicator-value" in types and all(data.get(key) is None for key in VALUE_KEYS):
        message = "the row has no target: look whether the cell is blank"
        readout = doubted(readout, Issue(IssueCode.MISSING, "warning", f"{path}.value", message))
    return readout


def read_level(table: Repeating, level: LevelWord, row: str, column: Column) -> Readout:
    """Given the word of one level, return it as printed, mended, or inferred; each but the first with a doubt."""
    path = f"{row}.{column.key}"
    if level.text is None:
        message = f"no '{column.labels[0]}' is printed for this row, and none can be inferred: enter it by hand"
        return doubted(absent(path), Issue(IssueCode.MISSING, "error", path, message))
    readout = _printed_level(table, level, path)
    if not level.inferred:
        return readout
    text = str(readout.values[0].value)
    message = f"no '{column.labels[0]}' is printed for this row: '{text}' was inferred"
    return doubted(readout, Issue(IssueCode.INFERRED, "warning", path, message, (text,)))


def _printed_level(table: Repeating, level: LevelWord, path: str) -> Readout:
    if level.box is None:
        return Readout((Value(path, level.text),))
    print_ = without_score(level.box.print)
    if level.word is None:
        text = normalise(print_.text).text
        readout = found(path, text, print_, "rule" if level.inferred else None)
        return _stranger(readout, path, text) if _is_strange(table, text, print_) else readout
    readout = found_word(path, level.word, print_)
    evidence = print_.evidence("rule", level.word.confidence) if level.inferred else readout.values[0].evidence
    return Readout((Value(path, level.word.text, evidence),), readout.issues)


def _is_strange(table: Repeating, text: str, print_: Print) -> bool:
    """Is an unknown word likelier a misread or cut one than one that the vocabulary lacks?"""
    words = [word for depth in range(len(table.level_columns)) for word in table.level_words(depth)]
    return bool(words) and (
        print_.origin == "ocr" or any(word.startswith(text) or word.endswith(text) for word in words)
    )


def _stranger(readout: Readout, path: str, text: str) -> Readout:
    message = f"'{text}' was read, which is no known word of this column: confirm it"
    return doubted(readout, Issue(IssueCode.BAD_VALUE, "error", path, message, (text,)))
