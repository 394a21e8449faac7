"""Stage: CleanPage -> table regions with their rulings."""

from __future__ import annotations

from pathlib import Path

from pipeline.config import Detect
from pipeline.model import CleanPage, Ruling, TableRegion
from pipeline.stages.detect.joints import box_of, group, prune, split_orientations
from pipeline.stages.detect.raster import find_rulings
from pipeline.stages.detect.unruled import detect_unruled
from pipeline.stages.detect.vector import detect_vector


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
    reach = settings.joint_in * page.dpi
    rulings = prune(find_rulings(page.grey, page.dpi, settings), reach)
    regions = (TableRegion("ruled", box_of(part), tuple(part)) for part in group(rulings, reach))
    return tuple(r for r in regions if is_table(r, page.dpi, settings))


def is_table(region: TableRegion, dpi: float, settings: Detect) -> bool:
    """True when a region is large enough and parts its box into at least two cells."""
    side = settings.table_min_in * dpi
    level, plumb = split_orientations(region.rulings)
    return region.box.width >= side and region.box.height >= side and inner(level, plumb) >= 1


def inner(level: list[Ruling], plumb: list[Ruling]) -> int:
    """Given a region's rulings, return how many stand between its outermost ones."""
    return max(len(level) - 2, 0) + max(len(plumb) - 2, 0)
