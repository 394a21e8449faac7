"""Words of several columns in one cell, between which a fax lost the divider, are parted where the form says so."""

from __future__ import annotations

from dataclasses import replace

from pipeline.forms.heal import heal
from pipeline.geometry import Box
from pipeline.model import Glyph, Origin, Table, TableCell, TextLine

WORDS = ("一级指标", "二级指标", "三级指标")


def cell(row: int, col: int, span: int, text: str, origin: Origin = "ocr") -> TableCell:
    glyphs = tuple(Glyph(char, Box(x * 10, row * 20, x * 10 + 10, row * 20 + 10), 0.99) for x, char in enumerate(text))
    return TableCell(row, col, 1, span, (TextLine(0, glyphs, origin),), (0,))


def healed(text: str, below: tuple[int, ...], origin: Origin = "ocr") -> list[tuple[str, int, int]]:
    """Return the cells of the first row of a table, of which one cell spans what ``below`` parts."""
    lower = [cell(1, sum(below[:n]), span, "甲") for n, span in enumerate(below)]
    upper = cell(0, 0, sum(below), text, origin)
    whole = Table("ruled", 2, sum(below), (upper, *lower), (0,), ((0, Box(0, 0, 100, 40)),))
    found = heal(whole, WORDS, 0.75)
    return [(one.text, one.col, one.col_span) for one in found.cells if one.row == 0]


def test_words_of_the_form_side_by_side_stand_over_the_cells_below_them() -> None:
    assert healed("一级指标 二级指标", (1, 1)) == [("一级指标", 0, 1), ("二级指标", 1, 1)]
    assert healed("一级指标 二级指标", (1, 2)) == [("一级指标", 0, 1), ("二级指标", 1, 2)]
    assert len(healed("一级指标 二级指标  三级指标", (1, 1, 1))) == 3


def test_other_words_and_other_columns_stay_one_cell() -> None:
    for text, below in (("一级指标 甲乙", (1, 1)), ("一级指标 二级指标", (1, 1, 1)), ("一级指标二级指标", (1, 1))):
        assert healed(text, below) == [(text, 0, sum(below))]
    assert healed("一级指标 二级指标", (1, 1), "text_layer") == [("一级指标 二级指标", 0, 2)]


def test_a_dash_below_a_word_is_no_half_of_it_and_halves_are_joined() -> None:
    """A header row alone above a break, and the row below it."""

    def over_pages(upper: str, lower: str) -> list[str]:
        below = replace(cell(1, 0, 1, lower), pages=(1,))
        found = heal(Table("ruled", 2, 1, (cell(0, 0, 1, upper), below), (0, 1), ()), ("偏差原因", "年度"), 0.75)
        return [one.text for one in found.cells]

    assert over_pages("偏差原因", "—") == ["偏差原因", "—"]
    assert over_pages("偏差", "原因") == ["偏差\n原因"]


def test_words_of_the_form_under_one_another_stand_in_a_row_each() -> None:
    """A fax lost the ruling between two levels, which wrap."""
    levels = ("生态效益指标", "可持续影响指标", "效益指标")

    def parted(rows: int, *texts: str, origin: Origin = "ocr") -> list[str]:
        lines = tuple(line for text in texts for line in cell(0, 0, 1, text, origin).lines)
        tall = TableCell(0, 0, rows, 1, lines, (0,))
        beside = [cell(row, 1, 1, "甲") for row in range(rows)]
        found = heal(Table("ruled", rows, 2, (tall, *beside), (0,), ()), levels, 0.75)
        return [one.text for one in found.cells if one.col == 0]

    printed = ("生态效益指", "标（7分)", "可持续影响指", "标")
    assert parted(2, *printed) == ["生态效益指\n标（7分)", "可持续影响指\n标"]
    for rows, texts in ((3, printed), (2, ("生态", "效益指标")), (2, ("生态效益指标", "甲乙"))):
        assert parted(rows, *texts) == ["\n".join(texts)]
    assert parted(2, *printed, origin="text_layer") == ["\n".join(printed)]
