"""A chain of parts -> one Table: columns by position, repeated header rows dropped, cells joined over the break."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.config import Stitch
from pipeline.geometry import Box
from pipeline.model import Cell, Table, TableCell, TextLine
from pipeline.stages.stitch.chain import Chain, edges_of, mask_digits, match_edges, part_edges, squeeze
from pipeline.stages.stitch.parts import Part, to_clean

HEADER_CELLS = 3
"""Cells that a row must repeat to be a header row printed again; two like cells are found in honest rows too."""
LIST_PREFIX = 3
"""Characters in which two items of one list agree at least: a word of two and its number."""
SENTENCE_ENDS = "。；！？.;!?"


@dataclass(frozen=True, slots=True)
class Piece:
    """A table cell under way, with the last cell of print it was made of, to see whether its text was cut."""

    cell: TableCell
    box: Box
    part: Part

    @property
    def bottom(self) -> int:
        return self.cell.row + self.cell.row_span

    @property
    def columns(self) -> tuple[int, int]:
        return self.cell.col, self.cell.col_span

    @property
    def empty(self) -> bool:
        return not squeeze(self.cell.text)


def join_chain(chain: Chain, settings: Stitch) -> Table:
    """Given a chain, return its table."""
    edges = edges_of(chain, settings)
    pieces: list[Piece] = []
    repeated: list[TextLine] = []
    for part, left in zip(chain.parts, chain.lefts, strict=True):
        fresh = place_cells(part, left, edges, settings)
        if pieces:
            fresh, dropped = drop_repeated(pieces, fresh)
            repeated += [*part.above, *dropped]
            pieces = append_pieces(pieces, fresh, settings)
        else:
            pieces = fresh
    cells = tuple(sorted((piece.cell for piece in pieces), key=lambda cell: (cell.row, cell.col)))
    return Table(
        kind=chain.parts[0].grid.kind,
        n_rows=_n_rows(pieces),
        n_cols=len(edges) - 1,
        cells=cells,
        pages=tuple(dict.fromkeys(part.reading.page for part in chain.parts)),
        boxes=tuple((part.reading.page, part.file_box) for part in chain.parts),
        above=chain.parts[0].above,
        below=chain.last.below,
        repeated=tuple(repeated),
    )


def _n_rows(pieces: Sequence[Piece]) -> int:
    return max((piece.bottom for piece in pieces), default=0)


def place_cells(part: Part, left: float, edges: tuple[float, ...], settings: Stitch) -> list[Piece]:
    """Given a part, return its cells in the columns of the whole table; what a narrower part lacks is an empty cell."""
    partners = match_edges(list(edges), part_edges(part, left), settings.edge_tolerance)
    columns = [edges.index(partner) for partner in partners]
    pieces = [_place(part, cell, columns) for cell in part.grid.cells]
    if columns[0] > 0:
        gap = TableCell(0, 0, part.grid.n_rows, columns[0], (), (part.reading.page,))
        pieces.append(Piece(gap, part.grid.box, part))
    return pieces


def _place(part: Part, cell: Cell, columns: Sequence[int]) -> Piece:
    start, end = columns[cell.col], columns[cell.col + cell.col_span]
    placed = TableCell(cell.row, start, cell.row_span, end - start, cell.lines, (part.reading.page,))
    return Piece(placed, cell.box, part)


def drop_repeated(pieces: list[Piece], fresh: list[Piece]) -> tuple[list[Piece], list[TextLine]]:
    """Given the table so far and a further part, return the part without its leading rows that repeat earlier ones to
    the letter, and the lines of these rows. Rows that are merely alike may be rows of data."""
    known = [_row_texts(pieces, row) for row in range(_n_rows(pieces))]
    count = 0
    while count < _n_rows(fresh) - 1 and _is_repeat(fresh, count, known):
        count += 1
    dropped = [line for piece in fresh if piece.bottom <= count for line in piece.cell.lines]
    return [_cut_top(piece, count) for piece in fresh if piece.bottom > count], dropped


def _row_texts(pieces: Sequence[Piece], row: int) -> tuple[list[str], bool]:
    """Return the words of a row, and whether one cell fills it."""
    cells = sorted((p.cell for p in pieces if p.cell.row <= row < p.bottom), key=lambda cell: cell.col)
    return [text for cell in cells if (text := squeeze(cell.text))], len(cells) == 1


def _is_repeat(fresh: Sequence[Piece], row: int, known: Sequence[tuple[list[str], bool]]) -> bool:
    cells = sorted((p.cell for p in fresh if p.cell.row == row and p.bottom == row + 1), key=lambda cell: cell.col)
    texts = [text for cell in cells if (text := squeeze(cell.text))]
    fills = _row_texts(fresh, row)[1]
    if len(texts) < HEADER_CELLS and not (fills and texts):
        return False
    return any(_repeats(texts, others) for others, wide in known if wide == fills)


def _repeats(texts: Sequence[str], others: Sequence[str]) -> bool:
    """Do the texts stand side by side among the others? A merged group label may stand before them in one row only."""
    return any(list(others[i : i + len(texts)]) == list(texts) for i in range(len(others) - len(texts) + 1))


def _cut_top(piece: Piece, rows: int) -> Piece:
    cell = piece.cell
    gone = min(rows, cell.row + cell.row_span - 1) - cell.row
    if gone <= 0:
        return replace(piece, cell=replace(cell, row=cell.row - rows))
    return replace(piece, cell=replace(cell, row=0, row_span=cell.row_span - gone))


def append_pieces(pieces: list[Piece], fresh: list[Piece], settings: Stitch) -> list[Piece]:
    """Given the table so far and a further part, return both as one, cells that the break cut in two joined."""
    n_rows = _n_rows(pieces)
    bottom = {p.columns: p for p in pieces if p.bottom == n_rows}
    top = {p.columns: p for p in fresh if p.cell.row == 0}
    cut = is_cut_row(bottom, top, settings)
    joined = set(top) & set(bottom) if cut else _merged_columns(bottom, top)
    offset = n_rows - 1 if cut else n_rows
    kept = [p for p in pieces if not (p.bottom == n_rows and p.columns in joined)]
    added = [_moved(p, offset) for p in fresh if not (p.cell.row == 0 and p.columns in joined)]
    return [*kept, *added, *(_joined(bottom[key], _moved(top[key], offset)) for key in sorted(joined))]


def _moved(piece: Piece, rows: int) -> Piece:
    return replace(piece, cell=replace(piece.cell, row=piece.cell.row + rows))


def _joined(upper: Piece, lower: Piece) -> Piece:
    """Given the two halves of a cell, return it whole; a label printed on both pages is kept once."""
    one, two = upper.cell, lower.cell
    lines = one.lines if squeeze(one.text) == squeeze(two.text) else (*one.lines, *two.lines)
    pages = tuple(dict.fromkeys((*one.pages, *two.pages)))
    return replace(lower, cell=replace(one, row_span=lower.bottom - one.row, lines=lines, pages=pages))


Edge = dict[tuple[int, int], Piece]
"""The cells along one side of a break by their columns."""


def _merged_columns(bottom: Edge, top: Edge) -> set[tuple[int, int]]:
    """Return the columns of cells that are merged over the break: one half holds no print, and one spans rows, or it
    leads its row as a label column does."""
    leading = _leading_empties(top)
    return {
        key
        for key, lower in top.items()
        if (upper := bottom.get(key)) is not None
        and (upper.empty or lower.empty)
        and (upper.cell.row_span > 1 or lower.cell.row_span > 1 or (key in leading and not upper.empty))
    }


def _leading_empties(top: Edge) -> set[tuple[int, int]]:
    """Return the empty cells at the left of a row of several cells with print: label columns alone are left out."""
    order = sorted(top)
    first = next((i for i, key in enumerate(order) if not top[key].empty), len(order))
    filled = sum(not top[key].empty for key in order)
    return set(order[:first]) if filled > 1 else set()


def is_cut_row(bottom: Edge, top: Edge, settings: Stitch) -> bool:
    """Given the cells on both sides of a break, return whether they are one row that the break cut.

    They have the same columns; where both halves hold print, the upper one runs to its cell's side without ending a
    sentence; and either some cell runs on so, or each half holds what the other lacks.
    """
    if set(bottom) != set(top) or all(piece.empty for piece in top.values()):
        return False
    both = [key for key in top if not top[key].empty and not bottom[key].empty]
    text = [key for key in both if not _is_printed_again(bottom[key], top[key])]
    if text:
        return all(runs_on(bottom[key], settings) and not begins_alike(bottom[key], top[key]) for key in text)
    return not both and _complement(bottom, top)


def _is_printed_again(upper: Piece, lower: Piece) -> bool:
    """A merged label may be printed on both pages; two single cells that agree are two rows."""
    merged = upper.cell.row_span > 1 or lower.cell.row_span > 1
    return merged and squeeze(upper.cell.text) == squeeze(lower.cell.text)


def _complement(bottom: Edge, top: Edge) -> bool:
    """A row whose cells are printed at different heights: each half holds single-row cells that the other lacks."""
    upper = [key for key, piece in bottom.items() if piece.cell.row_span == 1 and not piece.empty]
    lower = [key for key, piece in top.items() if piece.cell.row_span == 1 and not piece.empty]
    return bool(upper and lower) and len(lower) < len([p for p in top.values() if p.cell.row_span == 1])


def runs_on(piece: Piece, settings: Stitch) -> bool:
    """Given a cell above a break, return whether its last line fills the cell and ends no sentence."""
    line = piece.cell.lines[-1]
    if line.ends_paragraph or squeeze(line.text)[-1:] in SENTENCE_ENDS:
        return False
    box = to_clean(piece.part.reading).apply_box(line.box)
    free = (piece.box.width - box.width) / max(box.height, 1e-6)
    return free <= settings.full_line_gap


def begins_alike(upper: Piece, lower: Piece) -> bool:
    """Given the cells above and below a break, return whether both begin as items of one list do, numbers aside."""
    one, two = (mask_digits(squeeze(piece.cell.text))[:LIST_PREFIX] for piece in (upper, lower))
    return len(one) == LIST_PREFIX and one == two
