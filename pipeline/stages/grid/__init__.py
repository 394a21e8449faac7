"""Stage: TableRegion -> Grid. Rulings become edges, sides of slots, merged cells.

The page's rows and columns are the distinct places of its rulings. Two neighbouring slots are one cell unless a ruling
covers the side between them; each cell must be a rectangle, so a leak is closed where the rulings support it most.

frame.py  the sides of an open frame, closed by the rulings that end there
sides.py  edges, and how far each slot's sides are ruled
slots.py  slots merged into rectangles
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.config import Grid as GridSettings
from pipeline.geometry import Box
from pipeline.model import Cell, CleanPage, Grid, TableRegion
from pipeline.stages.grid.frame import close_frame
from pipeline.stages.grid.sides import Sides
from pipeline.stages.grid.slots import Rect, merge_slots


def build_grids(page: CleanPage, regions: Sequence[TableRegion], settings: GridSettings) -> tuple[Grid, ...]:
    """Given the regions of a clean page, return a grid for each that holds at least two cells."""
    grids = (build_grid(region, page.number, page.dpi, settings) for region in regions)
    return tuple(grid for grid in grids if grid is not None and len(grid.cells) > 1)


def build_grid(region: TableRegion, number: int, dpi: float, settings: GridSettings) -> Grid | None:
    """Given one region, return its grid, or None when it has no two edges each way. number: 0-based page."""
    snap = settings.snap_in * dpi
    closed = replace(region, rulings=close_frame(region.rulings, settings.open_side_in * dpi, snap))
    sides = Sides.of(closed, snap, settings.drift_in * dpi, settings.cover)
    if sides is None:
        return None
    slots = merge_slots(sides, settings.cover)
    cells = tuple(cell_of(rect, sides) for rect in sorted(slots))
    n_rows, n_cols = len(sides.ys) - 1, len(sides.xs) - 1
    box = Box(sides.xs[0], sides.ys[0], sides.xs[-1], sides.ys[-1])
    return Grid(number, region.kind, box, n_rows, n_cols, cells, sides.ys, sides.xs)


def cell_of(rect: Rect, sides: Sides) -> Cell:
    """Given a rectangle of slots, return the cell with its box in clean pixels."""
    row, col, row_span, col_span = rect
    box = Box(sides.xs[col], sides.ys[row], sides.xs[col + col_span], sides.ys[row + row_span])
    return Cell(row, col, row_span, col_span, box)
