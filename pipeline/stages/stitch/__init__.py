"""Stage: PageReading of all pages -> Table. A table that runs over pages becomes one; two declarations stay two.

parts.py  what stands on each page, two declarations in one grid cut apart
chain.py  which part goes on which
join.py   columns, repeated header rows, cells cut by the break
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.config import Stitch
from pipeline.model import PageReading, Table
from pipeline.stages.stitch.chain import chain_parts
from pipeline.stages.stitch.join import join_chain
from pipeline.stages.stitch.parts import Opens, parts_of

__all__ = ["Opens", "stitch"]


def stitch(
    readings: Sequence[PageReading], opens: Opens, settings: Stitch, is_foreign: Opens = lambda grid: False
) -> tuple[Table, ...]:
    """Given the pages of one document in order, what begins a new declaration, and what is a list of its own, return
    its tables in page order."""
    pages = [parts_of(reading, opens) for reading in readings]
    chains = chain_parts(readings, pages, opens, settings, is_foreign)
    return tuple(join_chain(chain, settings) for chain in chains)
