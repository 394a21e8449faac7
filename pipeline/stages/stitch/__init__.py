"""Stage: PageReading of all pages -> Table. A table that runs over pages becomes one; two declarations stay two.

parts.py  what stands on each page, two declarations in one grid cut apart
chain.py  which part goes on which
pieces.py the cells of a table under way, and those along a break
cut_rows.py  whether a break cut a row in two
join.py   columns, repeated header rows, cells cut by the break
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.config import Stitch
from pipeline.model import PageReading, Table
from pipeline.stages.stitch.chain import chain_parts
from pipeline.stages.stitch.join import join_chain
from pipeline.stages.stitch.parts import Known, parts_of

__all__ = ["Known", "stitch"]


def stitch(readings: Sequence[PageReading], known: Known, settings: Stitch) -> tuple[Table, ...]:
    """Given the pages of one document in order, and what is known of the forms on them, return its tables in page
    order."""
    pages = [parts_of(reading, known) for reading in readings]
    chains = chain_parts(readings, pages, known, settings)
    return tuple(join_chain(chain, settings) for chain in chains)
