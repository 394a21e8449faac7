"""Stage: CleanPage -> table regions with their rulings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipeline.config import Detect
from pipeline.geometry import Box
from pipeline.model import CleanPage, Picture, Ruling, TableRegion
from pipeline.stages.detect.hairlines import LONG_IN
from pipeline.stages.detect.joints import (
    box_of,
    group,
    joints_on,
    middle_of,
    prune,
    split_orientations,
    with_open_columns,
    with_open_rows,
)
from pipeline.stages.detect.lone_rows import lone_rows
from pipeline.stages.detect.open_frame import with_open_rows_between
from pipeline.stages.detect.raster import find_rulings, threshold, with_hairlines
from pipeline.stages.detect.ridges import Ridges, find_ridges
from pipeline.stages.detect.trace import drop_faint, trace
from pipeline.stages.detect.unruled import detect_unruled
from pipeline.stages.detect.vector import detect_vector

PRINTED = 0.003
"""Of a row that is ink where print stands in it; a word in a wide row covers that much, dust and grain less."""
HAIRLINE_ROUNDS = 3
"""Hairlines that were drawn anew are strokes, with which fewer dots go on."""
FRAME = 2
"""Rulings each way of a table that has a frame of its own."""
LOST = 1.08
"""Times the length of a page's strokes with its hairlines drawn anew from which it lost much of them: 1.1 to 3 on such
faxes, 1.02 at the most where rulings are dotted."""


def detect(page: CleanPage, path: Path, settings: Detect) -> tuple[TableRegion, ...]:
    """Given a clean page and the readable file it came from, return its tables, top to bottom.

    Ruled tables come from the page's own rulings; a digital page without any is searched for aligned columns.
    """
    if page.grey is not None:
        return detect_raster(page, settings)
    return detect_vector(page, settings) or detect_unruled(page, path, settings)


def detect_raster(page: CleanPage, settings: Detect) -> tuple[TableRegion, ...]:
    """Given a page with a picture, return its ruled tables. Raises ValueError when there is no picture."""
    if page.grey is None:
        raise ValueError("no picture to search")
    rulings = find_rulings(page.grey, page.dpi, settings)
    if not rulings:
        return ()
    grey, rulings = with_lost_hairlines(page.grey, rulings, page.dpi, settings)
    ridges = find_ridges(grey, page.dpi, settings)
    parts = traced_tables(rulings, ridges, settings)
    if not parts:
        wide = settings.model_copy(update={"dot_gap_in": settings.dot_gap_wide_in})
        parts = traced_tables(find_rulings(grey, page.dpi, wide), ridges, wide)
    whole = joined_tables(parts, rulings, page.grey, page.dpi, settings) if len(parts) > 1 else parts
    rows = lone_rows(rulings, whole, page.grey, page.dpi, settings.joint_in * page.dpi)
    every = sorted([*whole, *rows], key=lambda part: (box_of(part).y0, box_of(part).x0))
    return tuple(TableRegion("ruled", box_of(part), tuple(part)) for part in every)


def joined_tables(
    parts: Sequence[Sequence[Ruling]], strokes: Sequence[Ruling], grey: Picture, dpi: float, settings: Detect
) -> list[list[Ruling]]:
    """Given the tables of a page, its strokes and its picture, return the tables with those joined between which stand
    printed rows of an open frame that have no divider."""
    tables = [list(part) for part in parts]
    boxes = [box_of(table) for table in tables]
    lone = [stroke for stroke in strokes if not any(box.contains(middle_of(stroke)) for box in boxes)]
    dark, rim = threshold(grey, dpi, settings), settings.rim_in * dpi

    def printed(box: Box) -> bool:
        inner = dark[int(box.y0 + rim) : int(box.y1 - rim), int(box.x0 + rim) : int(box.x1 - rim)]
        return bool(inner.size) and float(inner.mean()) >= PRINTED

    return with_open_rows_between(tables, lone, printed, 2 * settings.joint_in * dpi)


def with_lost_hairlines(
    grey: Picture, rulings: tuple[Ruling, ...], dpi: float, settings: Detect
) -> tuple[Picture, tuple[Ruling, ...]]:
    """Given a page and its rulings, return both with the hairlines drawn anew of which a fax left only dots."""
    lost = False
    for _ in range(HAIRLINE_ROUNDS):
        drawn = with_hairlines(grey, rulings, lost, dpi, settings)
        if drawn is grey:
            break
        more = find_rulings(drawn, dpi, settings)
        lost = lost or long_inches(more, dpi) >= LOST * long_inches(rulings, dpi)
        grey, rulings = drawn, more
    return grey, rulings


def long_inches(rulings: Sequence[Ruling], dpi: float) -> float:
    """Given strokes, return the inches of those together that are too long for print."""
    return sum(ruling.length for ruling in rulings if ruling.length >= LONG_IN * dpi) / dpi


def traced_tables(
    rulings: Sequence[Ruling], ridges: tuple[Ridges, Ridges], settings: Detect
) -> list[tuple[Ruling, ...]]:
    """Given a page's strokes and its ridges of both directions, return the rulings of each of its tables."""
    dpi = ridges[0].dpi
    strokes = drop_faint(rulings, *ridges, settings)
    parts = tables_of(strokes, dpi, settings)
    traced = [trace(part, loose_in(part, strokes, dpi, settings), *ridges, settings) for part in parts]
    rows = [row for part, (left, _) in zip(parts, traced, strict=True) for row in loose_rows(part, left, dpi, settings)]
    if rows or any(crossed or falls_apart(part, dpi, settings) for part, crossed in traced):
        parts = tables_of([*rows, *(ruling for part, _ in traced for ruling in part)], dpi, settings)
        traced = [trace(part, (), *ridges, settings) for part in parts]
    return [part for part, _ in traced if is_table(part, dpi, settings)]


def tables_of(rulings: Sequence[Ruling], dpi: float, settings: Detect) -> list[list[Ruling]]:
    """Given strokes, return those of each table, top to bottom."""
    reach = settings.joint_in * dpi
    kept = prune(rulings, reach)
    parts = without_pieces([part for part in group(kept, reach) if is_table(part, dpi, settings)])
    taken = {
        ruling for part in parts for ruling in part
    }  # a row of one divider alone is no table, but may be one's row
    level, plumb = split_orientations([ruling for ruling in rulings if ruling not in taken])
    parts = with_open_columns(parts, plumb, reach, settings.open_column_in * dpi)
    return with_open_rows(parts, level, reach, settings.open_row_in * dpi)


def without_pieces(parts: Sequence[list[Ruling]]) -> list[list[Ruling]]:
    """Given groups of strokes that may be tables, return them without those within another one's box that have no two
    rulings each way: pieces of its own rulings, which a seal or a fax parted from it."""
    boxes = [box_of(part) for part in parts]

    def is_piece(n: int) -> bool:
        whole = all(len(one) >= FRAME for one in split_orientations(parts[n]))
        return not whole and any(box.area > boxes[n].area and box.contains(boxes[n].centre) for box in boxes)

    return [part for n, part in enumerate(parts) if not is_piece(n)]


def falls_apart(rulings: Sequence[Ruling], dpi: float, settings: Detect) -> bool:
    """True when traced rulings are several tables that only strokes of the page's back had joined."""
    groups = group(rulings, settings.joint_in * dpi)
    return sum(is_table(one, dpi, settings) for one in groups) > 1


def loose_in(table: Sequence[Ruling], strokes: Sequence[Ruling], dpi: float, settings: Detect) -> list[Ruling]:
    """Given the strokes of one table and all those of its page, return the others within it that are too long for print
    that stands in line, those with one joint sooner: pieces of broken rulings, which miss their joints."""
    least, short, reach = settings.loose_least_in * dpi, settings.short_in * dpi, settings.joint_in * dpi
    own, box = set(table), box_of(table).grown(reach)  # the outermost ruling may be the broken one
    level, plumb = split_orientations(table)
    within = [r for r in strokes if r.length >= least and r not in own and box.contains(middle_of(r))]
    return [r for r in within if r.length >= short or joints_on(r, plumb if r.orientation == "h" else level, reach)]


def loose_rows(strokes: Sequence[Ruling], left: Sequence[Ruling], dpi: float, settings: Detect) -> list[Ruling]:
    """Given the strokes of one table and the rulings they were traced to, return the level strokes that are free for
    another table: strokes of print in its title rows make a table of their own until they are traced."""
    return [] if is_table(left, dpi, settings) else split_orientations(strokes)[0]


def is_table(rulings: Sequence[Ruling], dpi: float, settings: Detect) -> bool:
    """True when rulings span a large enough box and part it into at least two cells. One that is as long as a row of a
    page may be a single row, the last one of a table that runs on from the page before."""
    level, plumb = split_orientations(rulings)
    if not level or not plumb:
        return False
    box = box_of(rulings)
    low, high = sorted((box.width / dpi, box.height / dpi))
    least = settings.table_strip_in if high >= settings.table_long_in else settings.table_min_in
    return low >= least and inner(level, plumb) >= 1


def inner(level: list[Ruling], plumb: list[Ruling]) -> int:
    """Given a region's rulings, return how many stand between its outermost ones."""
    return max(len(level) - 2, 0) + max(len(plumb) - 2, 0)
