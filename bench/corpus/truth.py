"""The truth of a document: clean values, where each is printed, and the grids of its tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from bench.corpus.document import Laid
from bench.corpus.drawing import DrawnTable, leaf_boxes
from bench.corpus.pools import load_pools
from pipeline.geometry import Box, union_of

Place = Callable[[int, Box], tuple[int, Box, list[list[float]]]]
"""(drawn page, box in its points) -> (file page, box in file units, corners in file units)."""

Json = dict[str, Any]


def in_place(page: int, box: Box) -> tuple[int, Box, list[list[float]]]:
    """The place of a digital page: where it was drawn."""
    return page, box, [list(corner) for corner in box.corners]


def numbers(box: Box) -> list[float]:
    return [round(v, 2) for v in (box.x0, box.y0, box.x1, box.y1)]


def printed_pieces(laid: Laid, record: int) -> dict[str, list[tuple[int, str, Box]]]:
    """Given a record, return for each printed leaf its pieces: (drawn page, text, box in points)."""
    found: dict[str, list[tuple[int, str, Box]]] = {}
    for number, page in enumerate(laid.pages):
        for (owner, path), pieces in leaf_boxes(page.lines).items():
            if owner == record:
                found.setdefault(path, []).extend((number, text, box) for text, box in pieces)
    return found


def share_levels(found: dict[str, Json], count: int) -> None:
    """Give every indicator the place of the merged label that stands for it too."""
    for level in ("level1", "level2"):
        last = None
        for i in range(count):
            last = found.get(f"indicators[{i}].{level}", last)
            if last is not None:
                found[f"indicators[{i}].{level}"] = last


def place_leaf(pieces: list[tuple[int, str, Box]], place: Place) -> Json:
    """Given the pieces of a leaf, return its print, its first page with the box there, and a box a page."""
    by_page: dict[int, list[Box]] = {}
    quads = []
    for number, _, box in pieces:
        page, mapped, corners = place(number, box)
        by_page.setdefault(page, []).append(mapped)
        quads.append({"page": page + 1, "corners": corners})
    parts = [{"page": page + 1, "bbox": numbers(union_of(boxes))} for page, boxes in sorted(by_page.items())]
    return {"text": "\n".join(text for _, text, _ in pieces), **parts[0], "parts": parts, "lines": quads}


def boxes_of(laid: Laid, record: int, place: Place) -> dict[str, Json]:
    """Given a record, return the place of every printed leaf under its dotted path."""
    found = {path: place_leaf(pieces, place) for path, pieces in printed_pieces(laid, record).items()}
    share_levels(found, len(laid.entries[record].declaration.indicators))
    return found


def record_truths(laid: Laid, place: Place) -> Iterator[tuple[Json, dict[str, Json]]]:
    """Yield for each declaration its truth line and its boxes."""
    for record, entry in enumerate(laid.entries):
        boxes = boxes_of(laid, record, place)
        pages = sorted({part["page"] for leaf in boxes.values() for part in leaf["parts"]})
        yield {"form": load_pools().form.id, "data": entry.data(), "pages": pages}, boxes


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
