"""Print over a table's rulings: a paragraph on blank rows is no row, and what fills its cell stays in it."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from test_layer import set_block, set_line

from pipeline.geometry import Box
from pipeline.model import Char
from pipeline.stages.read.layer import assign_chars
from pipeline.stages.read.overprint import overprinted

EDGES = (0.0, 53.0, 117.0, 148.0, 260.0)
PROSE = "各业务科室应当对照年初目标逐条核对未完成的"
"""Twenty-one signs of 10, which three sides pass."""


def cells(n_rows: int, height: float, edges: tuple[float, ...] = EDGES) -> list[Box]:
    columns = list(pairwise(edges))
    return [Box(a, row * height, b, (row + 1) * height) for row in range(n_rows) for a, b in columns]


def over(chars: list[Char], boxes: list[Box]) -> str:
    found = overprinted(assign_chars(chars, boxes)[0], boxes)
    return "".join(char.text for char in chars if char in found)


@given(st.integers(2, 6), st.integers(0, 3), st.floats(14, 40), st.sampled_from((10.0, 8.0, 10.5)))
def test_a_paragraph_over_blank_rows_is_in_no_cell(n_lines: int, short: int, height: float, size: float) -> None:
    lines = [PROSE] * n_lines + [PROSE[:short]] * (short > 0)
    chars = set_block(lines, x=0.0, y=3.0, size=size, pitch=1.2 * size)
    assert over(chars, cells(8, height)) == "".join(lines)


def test_words_that_fill_their_cells_stay_in_them() -> None:
    """Columns as wide as their heads, without any blank between, and amounts as wide as their columns."""
    heads = set_line("一级指标二级指标三级指标", 0.0, 3.0)
    assert over(heads, cells(1, 16, (0.0, 40.0, 80.0, 120.0))) == ""
    amounts = set_line("787088.50787088.50787088.50787088.50", 0.0, 3.0)
    assert over(amounts, cells(1, 16, (0.0, 43.0, 88.0, 133.0, 180.0))) == ""


def test_what_overflows_one_cell_stays_where_its_signs_are() -> None:
    assert over(set_line("上海市松江区工人文化宫", 3.0, 3.0), cells(1, 16, (0.0, 55.0, 260.0))) == ""


def test_cells_beside_a_paragraph_keep_their_words() -> None:
    row = [*set_line("产出", 6.0, 43.0), *set_line("数量指标", 56.0, 43.0), *set_line("指标1：台数", 150.0, 43.0)]
    chars = [*set_block([PROSE, PROSE], x=0.0, y=3.0), *row]
    assert over(chars, cells(3, 20)) == PROSE * 2
