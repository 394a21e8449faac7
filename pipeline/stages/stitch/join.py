"""A chain of parts -> one Table: columns by position, repeated header rows dropped, cells joined over the break."""

from __future__ import annotations

import math
import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.config import Stitch
from pipeline.model import Cell, Table, TableCell, TextLine
from pipeline.stages.stitch.chain import Chain, squeeze
from pipeline.stages.stitch.cut_rows import is_cut_row, is_printed_again
from pipeline.stages.stitch.parts import Part
from pipeline.stages.stitch.pieces import ITEM, Columns, Edge, Piece

HEADER_CELLS = 3
"""Cells that a row must repeat to be a header row printed again; two like cells are found in honest rows too."""
AMOUNT = re.compile(r"[\d,]*\.?\d+%?")
"""A cell of digits alone, as rows of data have them and header rows do not, but for one that counts its columns."""
GROUP_LABELS = 2
"""Merged labels that may stand left of a header row."""
Stretch = tuple[bool, tuple[str, ...]]
"""Does one cell fill a row, and what the row prints from some cell on."""
Gap = tuple[frozenset[Columns], Columns]
"""The columns of all cells of a row, and those of one of them that is blank."""


def join_chain(chain: Chain, settings: Stitch) -> Table:
    """Given a chain, return its table."""
    builder = Builder(settings)
    for part, places in zip(chain.parts, chain.places, strict=True):
        builder.append(part, place_cells(part, places, chain.edges))
    return Table(
        kind=chain.parts[0].grid.kind,
        n_rows=builder.n_rows,
        n_cols=len(chain.edges) - 1,
        cells=tuple(sorted((piece.cell for piece in builder.pieces), key=lambda cell: (cell.row, cell.col))),
        pages=tuple(dict.fromkeys(part.reading.page for part in chain.parts)),
        boxes=tuple((part.reading.page, part.file_box) for part in chain.parts),
        above=chain.parts[0].above,
        below=chain.last.below,
        repeated=tuple(builder.repeated),
    )


def place_cells(part: Part, places: Sequence[float], edges: Sequence[float]) -> list[Piece]:
    """Given a part, return its cells in the columns of the whole table; what a narrower part lacks is an empty cell."""
    index = {edge: column for column, edge in enumerate(edges)}
    columns = [index[place] for place in places]
    pieces = [_place(part, cell, columns) for cell in part.grid.cells]
    if columns[0] > 0:
        gap = TableCell(0, 0, part.grid.n_rows, columns[0], (), (part.reading.page,))
        pieces.append(Piece(gap, part.grid.box, part))
    return pieces


def _place(part: Part, cell: Cell, columns: Sequence[int]) -> Piece:
    start, end = columns[cell.col], columns[cell.col + cell.col_span]
    placed = TableCell(cell.row, start, cell.row_span, end - start, cell.lines, (part.reading.page,))
    return Piece(placed, cell.box, part)


def _n_rows(pieces: Iterable[Piece]) -> int:
    return max((piece.bottom for piece in pieces), default=0)


@dataclass(frozen=True, slots=True)
class RowWords:
    """What a row prints from left to right. own: only cells that begin and end in it. fills: one cell fills it.

    columns: of the cells that begin and end in it, with print or without.
    """

    all: tuple[str, ...]
    own: tuple[str, ...]
    fills: bool
    columns: tuple[Columns, ...] = ()

    def ends(self) -> Iterator[Stretch]:
        """The words with and without the first ones: merged group labels may stand before a header that is printed
        again without them."""
        yield from ((self.fills, self.all[start:]) for start in range(min(GROUP_LABELS + 1, len(self.all))))


def rows_of(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Given cells, return for each of their rows those that cover it, from left to right."""
    rows: list[list[Piece]] = [[] for _ in range(_n_rows(pieces))]
    for piece in sorted(pieces, key=lambda piece: piece.cell.col):
        for row in range(piece.cell.row, piece.bottom):
            rows[row].append(piece)
    return rows


def row_words(pieces: Sequence[Piece]) -> list[RowWords]:
    """Given cells, return the words of each of their rows."""
    return [_words_of(row) for row in rows_of(pieces)]


def _words_of(row: Sequence[Piece]) -> RowWords:
    words = [(piece.cell.row_span, text) for piece in row if (text := squeeze(piece.cell.text))]
    own = tuple(text for span, text in words if span == 1)
    columns = tuple(piece.columns for piece in row if piece.cell.row_span == 1)
    return RowWords(tuple(text for _, text in words), own, len(row) == 1, columns)


def heading(rows: Sequence[RowWords]) -> list[RowWords]:
    """Given the rows of a part, return those that stand in other columns than the row above them, as a header does."""
    return [row for above, row in zip([None, *rows], rows, strict=False) if not above or above.columns != row.columns]


def has_amounts(words: Sequence[str]) -> bool:
    """Do cells of a row hold amounts? The numbers of a header count its columns."""
    digits = [word for word in words if AMOUNT.fullmatch(word)]
    first = int(digits[0]) if digits and digits[0].isdecimal() else 0
    return digits != [str(first + n) for n in range(len(digits))]


class Builder:
    """Appends part after part to one table. It looks at the last row so far only, however long the table grows."""

    def __init__(self, settings: Stitch) -> None:
        self._settings = settings
        self._done: list[Piece] = []
        self._bottom: Edge = {}
        self._known: set[Stretch] = set()
        self._heads: set[Stretch] = set()
        self._gaps: set[Gap] = set()
        self.n_rows = 0
        self.repeated: list[TextLine] = []

    @property
    def pieces(self) -> list[Piece]:
        return [*self._done, *self._bottom.values()]

    def append(self, part: Part, fresh: list[Piece]) -> None:
        """Add a part below the last row: rows printed again left out, cells that the break cut in two joined."""
        if self.n_rows:
            self.repeated += part.above
            fresh = self._without_repeated(fresh)
        rows = row_words(fresh)
        self._known.update(stretch for row in rows for stretch in row.ends())
        self._heads.update(stretch for row in heading(rows) for stretch in row.ends())
        self._set_below(fresh)
        self._gaps = set(last_gaps(rows_of(fresh)[:-1], self._gaps))

    def _without_repeated(self, fresh: list[Piece]) -> list[Piece]:
        """Rows that agree to the letter with earlier ones go, from one on that headed rows there; rows that are merely
        alike may be rows of data, and two of these may be the same."""
        rows = row_words(fresh)
        again = rows and self._is_repeat(rows[0], self._heads) and not has_amounts(rows[0].own)
        others = (n for n, row in enumerate(rows[:-1]) if not (again and self._is_repeat(row, self._known)))
        count = next(others, len(rows) - 1)
        self.repeated += [line for piece in fresh if piece.bottom <= count for line in piece.cell.lines]
        return [_cut_top(piece, count) for piece in fresh if piece.bottom > count]

    def _is_repeat(self, row: RowWords, known: Container[Stretch]) -> bool:
        enough = len(row.own) >= HEADER_CELLS or (row.fills and bool(row.own))
        return enough and (row.fills, row.own) in known

    def _set_below(self, fresh: list[Piece]) -> None:
        top = {piece.columns: piece for piece in fresh if piece.cell.row == 0}
        cut = is_cut_row(self._bottom, top, self._settings)
        joined = set(top) & set(self._bottom) if cut else _merged_columns(self._bottom, top, self._gaps)
        offset = self.n_rows - 1 if cut else self.n_rows
        whole = [_joined(self._bottom[key], _moved(top[key], offset)) for key in sorted(joined)]
        added = [_moved(piece, offset) for piece in fresh if not (piece.cell.row == 0 and piece.columns in joined)]
        self._done += [piece for key, piece in self._bottom.items() if key not in joined]
        self.n_rows = offset + _n_rows(fresh)
        self._done += [piece for piece in (*whole, *added) if piece.bottom < self.n_rows]
        self._bottom = {piece.columns: piece for piece in (*whole, *added) if piece.bottom == self.n_rows}


def _cut_top(piece: Piece, rows: int) -> Piece:
    cell = piece.cell
    gone = min(rows, cell.row + cell.row_span - 1) - cell.row
    if gone <= 0:
        return replace(piece, cell=replace(cell, row=cell.row - rows))
    return replace(piece, cell=replace(cell, row=0, row_span=cell.row_span - gone))


def _moved(piece: Piece, rows: int) -> Piece:
    return replace(piece, cell=replace(piece.cell, row=piece.cell.row + rows))


def _joined(upper: Piece, lower: Piece) -> Piece:
    """Given the two halves of a cell, return it whole; a label printed on both pages is kept once."""
    one, two = upper.cell, lower.cell
    lines = one.lines if squeeze(one.text) == squeeze(two.text) else (*one.lines, *two.lines)
    pages = tuple(dict.fromkeys((*one.pages, *two.pages)))
    return replace(lower, cell=replace(one, row_span=lower.bottom - one.row, lines=lines, pages=pages))


def _merged_columns(bottom: Edge, top: Edge, gaps: Container[Gap]) -> set[Columns]:
    """Return the columns of cells that are merged over the break: one half holds no print, and one spans rows, or it
    leads its row as a label column does, or stands before the first two items of a list."""
    pairs = {key: (bottom[key], top[key]) for key in top if key in bottom and (bottom[key].empty or top[key].empty)}
    both = [key for key in top if key in bottom]
    again = {key for key in both if is_printed_again(bottom[key], top[key])}
    item = next((key for key in sorted(both) if _is_next_item(bottom[key], top[key])), (0, 0))
    again |= {key for key in both if key < item and not bottom[key].empty and _is_same(bottom[key], top[key])}
    spans = {key for key, pair in pairs.items() if any(piece.cell.row_span > 1 for piece in pair)}
    halves = {key for key, (upper, lower) in pairs.items() if upper.empty != lower.empty}
    going_on = halves & _leading_empties(top, again)
    alone = going_on | _opening_empties(bottom, again | going_on, gaps)
    alone |= {key for key in halves if key < item and _item_of(bottom[item]) == 1}
    begun = min((key for key in top if key in bottom and _is_another(bottom[key], top[key])), default=(math.inf, 0))
    return spans | {key for key in halves & alone if key < begun}


def _is_same(upper: Piece, lower: Piece) -> bool:
    return squeeze(upper.cell.text) == squeeze(lower.cell.text)


def _is_next_item(upper: Piece, lower: Piece) -> bool:
    """Do the cells on both sides of a break hold items of one list, one behind the other?"""
    one, two = map(_item_of, (upper, lower))
    return one is not None and two == one + 1


def _item_of(piece: Piece) -> int | None:
    """Return the number of the item of a list that a cell holds, None where it holds none."""
    found = ITEM.match(squeeze(piece.cell.text))
    return None if found is None else int(found[1])


def _is_another(upper: Piece, lower: Piece) -> bool:
    """Does another label begin below the break? What stands right of both goes on over none of it."""
    return not (upper.empty or lower.empty) and squeeze(upper.cell.text) != squeeze(lower.cell.text)


def _opening_empties(bottom: Edge, again: Container[Columns], gaps: Container[Gap]) -> set[Columns]:
    """Return the empty cells at the left of the row above a break whose label may be printed below it: in a table where
    rows like it have gaps, the label stands as well above, and so it does where the row is a further one of a group."""
    columns = frozenset(bottom)
    if any((_item_of(piece) or 0) > 1 for piece in bottom.values()):
        return set()
    return {key for key in _leading_empties(bottom, again) if (columns, key) not in gaps}


def last_gaps(rows: Sequence[Sequence[Piece]], known: Iterable[Gap]) -> Iterator[Gap]:
    """Given the gaps of rows above, and further rows, yield those of the last rows that all have the same columns."""
    shapes = [frozenset(piece.columns for piece in row) for row in rows]
    alike = next((n for n, shape in enumerate(reversed(shapes)) if shape != shapes[-1]), len(rows))
    if alike == len(rows):
        yield from (gap for gap in known if not shapes or gap[0] == shapes[-1])
    for row in rows[len(rows) - alike :]:
        yield from ((shapes[-1], piece.columns) for piece in row if piece.empty)


def _leading_empties(edge: Edge, again: Container[Columns]) -> set[tuple[int, int]]:
    """Return the empty cells at the left of a row of several cells with print, of those that begin and end in it: label
    columns alone are left out, and labels that stand on both sides of the break ``again``."""
    order = sorted(key for key, piece in edge.items() if piece.empty or (piece.cell.row_span == 1 and key not in again))
    first = next((i for i, key in enumerate(order) if not edge[key].empty), len(order))
    filled = sum(not edge[key].empty for key in order)
    return set(order[:first]) if filled > 1 else set()
