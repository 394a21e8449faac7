"""The truth of a document: clean values, where each is printed, and the grids of its tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from bench.corpus.document import Laid
from bench.corpus.drawing import DrawnTable, Piece, leaf_pieces
from pipeline.geometry import Box, union_of

Place = Callable[[int, Box], tuple[int, Box, list[list[float]]]]
"""(drawn page, box in its points) -> (file page, box in file units, corners in file units)."""

Json = dict[str, Any]


def in_place(page: int, box: Box) -> tuple[int, Box, list[list[float]]]:
    """The place of a digital page: where it was drawn."""
    return page, box, [list(corner) for corner in box.corners]


def numbers(box: Box) -> list[float]:
    return [round(v, 2) for v in (box.x0, box.y0, box.x1, box.y1)]


def printed_pieces(laid: Laid, record: int) -> dict[str, list[tuple[int, Piece]]]:
    """Given a record, return for each printed leaf its pieces with the drawn pages they stand on."""
    found: dict[str, list[tuple[int, Piece]]] = {}
    for number, page in enumerate(laid.pages):
        for (owner, path), pieces in leaf_pieces(page.lines).items():
            if owner == record:
                found.setdefault(path, []).extend((number, piece) for piece in pieces)
    return found


def share_levels(found: dict[str, Json], count: int) -> None:
    """Give every indicator the place of the merged label that stands for it too."""
    for level in ("level1", "level2"):
        last = None
        for i in range(count):
            last = found.get(f"indicators[{i}].{level}", last)
            if last is not None:
                found[f"indicators[{i}].{level}"] = last


def page_parts(pieces: list[tuple[int, Piece]], place: Place) -> list[Json]:
    """Given pieces of print, return for each page the box that holds those on it."""
    by_page: dict[int, list[Box]] = {}
    for number, piece in pieces:
        page, mapped, _ = place(number, piece.box)
        by_page.setdefault(page, []).append(mapped)
    return [{"page": page + 1, "bbox": numbers(union_of(boxes))} for page, boxes in sorted(by_page.items())]


def place_leaf(pieces: list[tuple[int, Piece]], place: Place) -> Json:
    """Given the pieces of a leaf, return its print, its first page with the box there, and a box a page.

    lines: the corners of every line of it; repeats: where later pages print the whole of it again.
    """
    first = [(number, piece) for number, piece in pieces if piece.copy == 0]
    again = [(number, piece) for number, piece in pieces if piece.copy > 0]
    parts = page_parts(first, place)
    places = [place(number, piece.box) for number, piece in first]
    lines = [{"page": page + 1, "corners": corners} for page, _, corners in places]
    text = "\n".join(piece.text for _, piece in first)
    return {"text": text, **parts[0], "parts": parts, "lines": lines, "repeats": page_parts(again, place)}


def boxes_of(laid: Laid, record: int, place: Place) -> dict[str, Json]:
    """Given a record, return the place of every printed leaf under its dotted path."""
    found = {path: place_leaf(pieces, place) for path, pieces in printed_pieces(laid, record).items()}
    share_levels(found, len(laid.entries[record].data().get("indicators", ())))
    return found


def pages_with_print(laid: Laid, record: int, place: Place) -> list[int]:
    """Return the pages of the file that hold any print of a record, be it labels only."""
    drawn = (i for i, page in enumerate(laid.pages) if any(line.record == record for line in page.lines))
    return sorted({place(number, Box(0, 0, 1, 1))[0] + 1 for number in drawn})


def record_truths(laid: Laid, place: Place) -> Iterator[tuple[Json, dict[str, Json]]]:
    """Yield for each declaration its truth line and its boxes."""
    for record, entry in enumerate(laid.entries):
        boxes = boxes_of(laid, record, place)
        pages = sorted({part["page"] for leaf in boxes.values() for part in leaf["parts"]})
        line = {"form": entry.form, "data": entry.data(), "captions": entry.captions(), "pages": pages}
        if entry.layout is not None:
            line |= {"layout": entry.layout, "pages": pages_with_print(laid, record, place)}
        yield line, boxes


def table_truth(page: int, table: DrawnTable, place: Place) -> Json:
    """Given a table on a drawn page, return its grid in file units."""
    cells = [
        {
            "row": cell.row,
            "col": cell.col,
            "row_span": cell.row_span,
            "col_span": cell.col_span,
            "text": "\n".join(line.text for line in cell.lines),
            "bbox": numbers(place(page, cell.box)[1]),
        }
        for cell in table.cells
    ]
    number, box, _ = place(page, table.box)
    return {"page": number + 1, "bbox": numbers(box), "n_rows": table.n_rows, "n_cols": table.n_cols, "cells": cells}


def table_truths(laid: Laid, place: Place) -> list[Json]:
    return [table_truth(i, table, place) for i, page in enumerate(laid.pages) for table in page.tables]
