"""Whether a page break cut a row in two: what its halves hold, how full their lines are, what begins below."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.config import Stitch
from pipeline.geometry import Box
from pipeline.model import TextLine
from pipeline.stages.stitch.chain import mask_digits, squeeze
from pipeline.stages.stitch.pieces import ITEM, Columns, Edge, Piece
from pipeline.text.chars import is_han
from pipeline.text.indicators import begins_with_operator, parse_indicator_value, parse_operator

LIST_PREFIX = 3
"""Characters in which two items of one list agree at least: a word of two and its number."""
LEADING_SIGNS = re.compile(r"^\W+")
"""Stars and the like that mark an item, or a bracket about its number."""
BULLETS = frozenset("*★☆※●○•·■◆▲△")
"""Signs that stand before an item of a list, and before nothing else at the begin of a line."""
COMPARISONS = "≥≧≤≦＞＜><=＝"
BRACKETS = {"(": 1, "（": 1, "[": 1, "【": 1, ")": -1, "）": -1, "]": -1, "】": -1}
KIND, LABEL = 2, (4, 12)
"""Signs by which labels of one kind end alike, 指标, and how many a label has."""
SENTENCE_ENDS = "。；！？.;!?"
SLACK = 0.5
"""Of a line's height: lines of as many signs differ in width by less. A sign is as wide as its line is high."""


def is_cut_row(bottom: Edge, top: Edge, settings: Stitch) -> bool:
    """Given the cells on both sides of a break, return whether they are one row that the break cut.

    They have the same columns; where both halves hold print, a bracket that is open above is closed below, or the upper
    one runs to its cell's side without ending a sentence, or some do and the lower half is a rest, of few cells or of a
    numbered item without a number of its own; or each half holds what the other lacks.
    """
    if set(bottom) != set(top) or all(piece.empty for piece in top.values()):
        return False
    both = [key for key in top if not top[key].empty and not bottom[key].empty]
    text = [key for key in both if not is_printed_again(bottom[key], top[key])]
    if not text:
        return not both and _complement(bottom, top)
    if any(begins_anew(bottom[key], top[key]) for key in text):
        return False
    runs = [runs_on(bottom[key], settings) for key in text]
    if all(runs) or any(_closes(bottom[key], top[key]) for key in text):
        return True
    full = any(runs) or any(_had_no_room(bottom[key], top[key]) for key in text)
    return full and (_is_rest(bottom, top, len(text)) or _is_rest_of_item(bottom, top, text))


def _closes(upper: Piece, lower: Piece) -> bool:
    """Does the lower half begin with the rest of what stands in a bracket that the upper one opened?"""
    turns = [BRACKETS[sign] for sign in upper.cell.text if sign in BRACKETS]
    first = next((BRACKETS[sign] for sign in lower.cell.text if sign in BRACKETS), 0)
    return sum(turns) > 0 and first < 0


def _is_rest_of_item(bottom: Edge, top: Edge, text: Sequence[Columns]) -> bool:
    """Does an item of a list with a number stand above the break, none below it, and print that the row above has
    elsewhere neither? Every item of such a list has its number."""
    lacks = any(top[key].empty for key, piece in bottom.items() if piece.cell.row_span == 1 and not piece.empty)
    upper, lower = ([ITEM.match(squeeze(edge[key].cell.text)) is not None for key in text] for edge in (bottom, top))
    return lacks and any(upper) and not any(lower)


def _had_no_room(upper: Piece, lower: Piece) -> bool:
    """Given the two halves of a cell one of which wraps, was its last line above so long that what begins the next one
    would have made it the longest of all? A sign of punctuation begins no line."""
    last, first = upper.cell.lines[-1], squeeze(lower.cell.lines[0].text)
    widest = max(_line_box(piece, line).width for piece in (upper, lower) for line in piece.cell.lines)
    box, head = _line_box(upper, last), len(first) - len(first[1:].lstrip(SENTENCE_ENDS + ",，、：:"))
    wraps = max(len(upper.cell.lines), len(lower.cell.lines)) > 1 and not last.ends_paragraph
    return wraps and box.width + head * box.height >= widest + SLACK * box.height


def _line_box(piece: Piece, line: TextLine) -> Box:
    return piece.part.reading.to_file.inverse().apply_box(line.box)


def _is_rest(bottom: Edge, top: Edge, count: int) -> bool:
    """Has the lower half print in few cells only, ``count`` of them, and none in the first that the row above has? A
    word that is never parted leaves its line short."""
    filled = [key for key, piece in sorted(bottom.items()) if piece.cell.row_span == 1 and not piece.empty]
    return 2 * count <= len(filled) and top[filled[0]].empty


def is_printed_again(upper: Piece, lower: Piece) -> bool:
    """A merged label may be printed on both pages; two single cells that agree are two rows."""
    merged = upper.cell.row_span > 1 or lower.cell.row_span > 1
    return merged and squeeze(upper.cell.text) == squeeze(lower.cell.text)


def _complement(bottom: Edge, top: Edge) -> bool:
    """A row whose cells are printed at different heights: each half holds single-row cells that the other lacks."""
    upper = [key for key, piece in bottom.items() if piece.cell.row_span == 1 and not piece.empty]
    lower = [key for key, piece in top.items() if piece.cell.row_span == 1 and not piece.empty]
    return bool(upper and lower) and len(lower) < len([p for p in top.values() if p.cell.row_span == 1])


def runs_on(piece: Piece, settings: Stitch) -> bool:
    """Given a cell above a break, return whether its last line fills the cell and ends no sentence, or the cell says
    "at least" and not yet what."""
    line = piece.cell.lines[-1]
    if parse_operator(piece.cell.text) is not None:
        return True
    if line.ends_paragraph or squeeze(line.text)[-1:] in SENTENCE_ENDS:
        return False
    box = _line_box(piece, line)
    free = (piece.box.width - box.width) / max(box.height, 1e-6)
    return free <= settings.full_line_gap


def begins_anew(upper: Piece, lower: Piece) -> bool:
    """Given the cells above and below a break, return whether both begin as items of one list do, numbers and the signs
    before them aside, or with its bullet, or the lower one with what begins a quantity: a sign, or where the upper one
    holds a whole one, a word; or whether both are whole labels of one kind."""
    first = squeeze(lower.cell.text)[:1]
    if first in COMPARISONS or (first in BULLETS and squeeze(upper.cell.text)[:1] == first):
        return True
    if begins_with_operator(lower.cell.text) and parse_indicator_value(upper.cell.text).value is not None:
        return True
    if _are_of_a_kind(squeeze(upper.cell.text), squeeze(lower.cell.text)):
        return True
    one, two = (mask_digits(LEADING_SIGNS.sub("", squeeze(p.cell.text)))[:LIST_PREFIX] for p in (upper, lower))
    return len(one) == LIST_PREFIX and one == two


def _are_of_a_kind(one: str, two: str) -> bool:
    """Do two labels end alike, as those of a level do?"""
    short = all(LABEL[0] <= len(text) <= LABEL[1] for text in (one, two))
    return short and one[-KIND:] == two[-KIND:] and all(map(is_han, one[-KIND:]))
