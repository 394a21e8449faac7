"""A table over pages becomes one, two tables stay two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from grid_drawing import HEIGHT, LEFT, RIGHT, TOP, WIDTH, draw_grid, draw_page, slots_of, text_line
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config import load_settings
from pipeline.geometry import Box, Transform
from pipeline.model import Grid, PageReading, Table
from pipeline.stages.stitch import stitch
from pipeline.stages.stitch.parts import row_slice

SETTINGS = load_settings().stitch

FORM = """
名称 | 甲  | < | <
级   | 级二 | 项 | 值
产出 | 数量 | 一 | 1
^    | ^    | 二 | 2
"""
REST = """
 |  | 三 | 3
^ | 质量 | 四 | 4
"""


class Words:
    """A declaration begins with a row that holds the word 名称, title rows and rows that 编号 leads aside."""

    def opens(self, grid: Grid) -> bool:
        rows = [[c.text for c in grid.cells if c.row == row] for row in range(grid.n_rows)]
        return any("名称" in row for row in [row for row in rows if len(row) > 1 and row[0] != "编号"][:1])

    def openings(self, grid: Grid, depth: int) -> list[bool]:
        return [self.opens(row_slice(grid, row, min(row + depth, grid.n_rows))) for row in range(grid.n_rows)]

    def goes_on(self, grid: Grid) -> bool:
        return any(cell.text in {"产出", "数量", "质量"} for cell in grid.cells)

    def leads(self, before: Grid, row: Grid, after: Grid) -> bool:
        return row.cells[0].text == "编号" and after.cells[0].text == "名称" and before.cells[0].text == "名称"

    def repeats(self, before: Grid, further: Grid, above: Sequence[str]) -> bool:
        return {"题", "名"} <= {cell.text for cell in before.cells} & {cell.text for cell in further.cells}

    def is_foreign(self, grid: Grid) -> bool:
        return grid.cells[0].text == "清单"


def joined(*readings: PageReading) -> tuple[Table, ...]:
    return stitch(readings, Words(), SETTINGS)


def column(table: Table, col: int) -> list[str]:
    return [table.slots[row, col].text for row in range(table.n_rows)]


def test_continuation_is_joined_and_its_merged_cells_go_on() -> None:
    (table,) = joined(draw_page(FORM), draw_page(REST, page=1))
    assert table.pages == (0, 1)
    assert column(table, 0)[2:] == ["产出"] * 4
    assert column(table, 1)[2:] == ["数量", "数量", "数量", "质量"]
    assert column(table, 3)[2:] == ["1", "2", "3", "4"]
    assert table.slots[4, 0].pages == (0, 1)


def test_a_blank_label_above_the_break_goes_on_below_it_where_the_table_has_no_such_gaps() -> None:
    cut, rest = FORM + " | 质量 | 三 | 3\n |  | 四 | 4", "效益 | 社会 | 五 | 5\n满意 | 服务 | 六 | 6"
    (table,) = joined(draw_page(FORM + " |  | 四 | 4"), draw_page(rest, page=1))
    assert (table.slots[4, 0].text, table.slots[4, 1].text, table.slots[4, 2].text) == ("效益", "社会", "四")
    (gapped,) = joined(draw_page(cut), draw_page(rest, page=1))
    assert (gapped.slots[5, 0].text, gapped.slots[5, 2].text) == ("", "四")


def test_a_label_that_begins_below_the_break_has_no_cells_that_go_on_over_it() -> None:
    """An empty row above the break, beside a second block with more rows, is none of the next label's."""
    first = draw_grid("名称 | 甲 | < | < | <\n效益 | 社会 | 一 | 子 | 1\n^ | ^ |  | 丑 | 2")
    rest = draw_grid(" | 生态 | 二 | 寅 | 3\n满意 | 服务 | 三 | 卯 | 4", 1)
    (table,) = joined(draw_page(first), draw_page(rest, page=1))
    assert column(table, 2)[1:] == ["一", "", "二", "三"]


def test_a_label_printed_on_both_pages_does_not_hide_the_blank_one_beside_it() -> None:
    first = draw_grid("名称 | 甲 | < | <\n产出 | 数量 | 一 | 1\n效益 |  | 二 | 2")
    rest = draw_grid("效益 | 经济 | 三 | 3\n^ | 社会 | 四 | 4", 1)
    (table,) = joined(draw_page(first), draw_page(rest, page=1))
    assert column(table, 1)[1:] == ["数量", "经济", "经济", "社会"]


@pytest.mark.parametrize(("item", "label"), [("指标1：二", "效益"), ("指标2：二", ""), ("2.5", "效益")])
def test_a_further_item_of_a_group_has_its_label_above(item: str, label: str) -> None:
    first = draw_grid(f"名称 | 甲 | < | <\n产出 | 数量 | 指标1：一 | 1\n |  | {item} | 2")
    rest = draw_grid("效益 | 经济 | 指标1：三 | 3\n满意 | 服务 | 指标1：四 | 4", 1)
    (table,) = joined(draw_page(first), draw_page(rest, page=1))
    assert table.slots[2, 0].text == label


@pytest.mark.parametrize(("one", "two", "label"), [(1, 2, "经济"), (2, 3, ""), (1, 1, "")])
def test_a_label_beside_the_second_item_is_that_of_the_first_where_other_rows_have_gaps(
    one: int, two: int, label: str
) -> None:
    first = draw_grid(f"名称 | 甲 | < | <\n产出 | 数量 | 指标1：一 | 1\n |  | 指标1：二 | 2\n |  | 指标{one}：三 | 3")
    rest = draw_grid(f" | 经济 | 指标{two}：四 | 4\n满意 | 服务 | 指标1：五 | 5", 1)
    (table,) = joined(draw_page(first), draw_page(rest, page=1))
    assert [table.slots[row, 1].text for row in (3, 4)] == [label, "经济"]


def test_an_outer_label_that_goes_on_does_not_hide_the_inner_one_that_is_printed_below() -> None:
    first = draw_grid("名称 | 甲 | < | <\n成本 |  | 指标1：一 | 1")
    rest = draw_grid(" | 社会 | 指标2：二 | 2\n产出 | 数量 | 指标1：三 | 3", 1)
    (table,) = joined(draw_page(first), draw_page(rest, page=1))
    assert (column(table, 0)[1:], column(table, 1)[1:]) == (["成本", "成本", "产出"], ["社会", "社会", "数量"])


def test_text_that_falls_on_the_second_page_names_the_rows_of_the_first() -> None:
    (table,) = joined(draw_page("名称 | 甲 | <\n | 一 | 1\n^ | 二 | 2"), draw_page("产出 | 三 | 3\n^ | 四 | 4", page=1))
    assert column(table, 0)[1:] == ["产出"] * 4


def test_repeated_title_and_header_row_are_known_but_no_rows() -> None:
    again = "级 | 级二 | 项 | 值" + REST
    (table,) = joined(
        draw_page(FORM, above=["目标申报表", "(2024年度)"]),
        draw_page(again, page=1, above=["目标申报表", "(2024年度)", "- 2 -"]),
    )
    assert column(table, 2) == ["甲", "项", "一", "二", "三", "四"]
    assert [line.text for line in table.repeated] == ["目标申报表", "(2024年度)", "- 2 -", "级", "级二", "项", "值"]


def test_like_rows_of_data_are_not_taken_for_a_header() -> None:
    (table,) = joined(draw_page(FORM), draw_page(" | 质量 | 一 | 1\n^ | ^ | 二 | 2", page=1))
    assert column(table, 3)[2:] == ["1", "2", "1", "2"]


def broken(upper: str, lower: str) -> bool:
    """Are these two, right below and above a break, halves of one row that is full to its side?"""
    first = draw_page(draw_grid(f"名称 | 甲 | <\n一 | 乙 | 丙\n二 | {upper} | 丁", edges=[50, 200, 260, 270]))
    (table,) = joined(first, draw_page(draw_grid(f" | {lower} | \n三 | 戊 | 己", 1, edges=[50, 200, 260, 270]), page=1))
    return table.n_rows == 4


@pytest.mark.parametrize(
    ("upper", "lower"), [("＞80.00%", "不少于92.00%"), ("*资金拨付及时", "*设备到货"), ("经济效益指标", "生态效益指标")]
)
def test_what_begins_a_quantity_or_an_item_begins_a_row(upper: str, lower: str) -> None:
    assert not broken(upper, lower)


@pytest.mark.parametrize(
    ("upper", "lower"), [("全年开展活动", "不少于92场"), ("资金拨付及时", "*到货以后"), ("不少于", "92.00%")]
)
def test_what_may_go_on_below_the_break_is_one_row(upper: str, lower: str) -> None:
    assert broken(upper, lower)


@pytest.mark.parametrize(
    ("lower", "rows"),
    [
        ("感 |  | 0 | 将提前\\摸底 | ", 3),  # the rest of every cell that was cut
        ("指标2：感 |  | 0 | 将提前\\摸底 | ", 4),
        ("感 | 是 | 0 | 将提前\\摸底 | 3", 4),
    ],
)
def test_what_an_item_lacks_its_number_for_is_the_rest_of_the_one_above(lower: str, rows: int) -> None:
    edges = [50, 160, 200, 220, 252, 300]
    first = draw_grid(
        "名称 | 甲 | < | < | <\n项 | 二 | 三 | 四 | 五\n指标1：群众文化获得 | 是 | 1.0 | 下一年 | 3", edges=edges
    )
    (table,) = joined(
        draw_page(first), draw_page(draw_grid(f"{lower}\n指标3：丁 | 否 | 4 | 无 | 2", 1, edges=edges), page=1)
    )
    assert table.n_rows == rows + 1


def test_a_cell_that_wraps_above_the_break_alone_tells_how_wide_it_is() -> None:
    first = draw_grid(
        "名称 | 甲 | <\n一 | 乙 | 丙\n二 | 推动形成长\\效管护机\\制，避免重 | 丁", edges=[50, 200, 280, 500]
    )
    rest = draw_grid(" | 建轻管 | \n三 | 戊 | 己", 1, edges=[50, 200, 280, 500])
    (table,) = joined(draw_page(first), draw_page(rest, page=1))
    assert column(table, 1) == ["甲", "乙", "推动形成长\n效管护机\n制，避免重\n建轻管", "戊"]


@pytest.mark.parametrize("row", ["三 | 台 | 400.00 | 2", "三 | 台 | 优 | 良"])
def test_a_row_of_data_that_is_printed_twice_stands_twice(row: str) -> None:
    """One line of goods may be like another one to the letter, and the second may begin a page."""
    first = (
        f"名称 | 甲 | < | <\n项 | 单位 | 值 | 权重\n一 | 个 | 1.00 | 1\n二 | 个 | 3.00 | 1\n{row}\n四 | 个 | 5.00 | 2"
    )
    (table,) = joined(draw_page(first), draw_page(f"{row}\n五 | 个 | 6.00 | 3", page=1))
    assert column(table, 0)[2:] == ["一", "二", "三", "四", "三", "五"]


def test_a_header_of_two_rows_that_counts_its_columns_is_left_out_whole() -> None:
    header = "项 | 单位 | 值 | 权重\n1 | 2 | 3 | 4"
    first = f"名称 | 甲 | < | <\n{header}\n一 | 个 | 1.00 | 1\n二 | 个 | 3.00 | 1"
    (table,) = joined(draw_page(first), draw_page(f"{header}\n三 | 个 | 6.00 | 3", page=1))
    assert column(table, 0)[1:] == ["项", "1", "一", "二", "三"]


def test_a_new_declaration_is_a_table_of_its_own_in_spite_of_equal_columns() -> None:
    assert [t.pages for t in joined(draw_page(FORM), draw_page(FORM, page=1), draw_page(REST, page=2))] == [
        (0,),
        (1, 2),
    ]


@pytest.mark.parametrize("line", ["附表二 设备购置清单", "注：本表由项目单位填写。"])
def test_print_between_two_tables_parts_them(line: str) -> None:
    pages = [draw_page("序号 | 名目\n1 | 车"), draw_page("序号 | 名目\n2 | 船", page=1, above=[line])]
    assert len(joined(*pages)) == 2


def test_print_beside_the_break_does_not_part_a_declaration_whose_columns_go_on() -> None:
    tables = joined(draw_page(FORM, below=["第 1 页"]), draw_page(REST, page=1, above=["某某市二〇二四年部门预算"]))
    assert [t.pages for t in tables] == [(0, 1)]


def test_lines_that_every_page_carries_do_not_part() -> None:
    header = "某某市二〇二四年部门预算"
    pages = [draw_page("甲 | 乙\n1 | 2", above=[header]), draw_page("3 | 4", page=1, above=[header])]
    assert len(joined(*pages)) == 1


def test_other_columns_part() -> None:
    other = draw_grid("甲 | 乙 | 丙\n1 | 2 | 3", 1, edges=(LEFT, 130, 340, RIGHT))
    assert len(joined(draw_page(FORM), draw_page(other, page=1))) == 2


def test_tables_of_one_page_stay_separate() -> None:
    assert len(joined(draw_page("甲 | 乙\n1 | 2", "甲 | 乙\n3 | 4"))) == 2


def test_a_blank_sheet_between_does_not_part_but_a_skipped_page_does() -> None:
    blank = replace(draw_page(page=1), grids=(), loose=())
    assert len(joined(draw_page(FORM), blank, draw_page(REST, page=2))) == 1
    other = draw_page(page=1, above=["一段文字与表无关"])
    assert len(joined(draw_page(FORM), other, draw_page(REST, page=2))) == 2


def test_two_declarations_in_one_grid_are_cut_at_the_title_row() -> None:
    whole = FORM + "第二张申报表\n名称 | 乙 | < | <\n级 | 级二 | 项 | 值\n效益 | 社会 | 五 | 5"
    first, second = joined(draw_page(whole))
    assert (first.n_rows, second.n_rows) == (4, 4)
    assert column(second, 0) == ["第二张申报表", "名称", "级", "效益"]


def test_rows_above_the_opening_that_lead_to_it_are_cut_off_with_it() -> None:
    whole = FORM + "第二张申报表\n编号 | 三 | < | <\n名称 | 乙 | < | <\n级 | 级二 | 项 | 值"
    first, second = joined(draw_page(whole))
    assert column(second, 0) == ["第二张申报表", "编号", "名称", "级"]
    assert first.n_rows == 4


def test_a_part_that_prints_the_labels_of_the_first_one_again_is_another_declaration() -> None:
    again = "题 | 甲 | 名 | 乙\n级 | 级二 | 项 | 值"
    assert len(joined(draw_page(again), draw_page(again, page=1))) == 2


def test_a_list_of_its_own_goes_on_with_nothing() -> None:
    assert len(joined(draw_page(FORM), draw_page("清单 | 一 | 二 | 三\n四 | 五 | 六 | 七", page=1))) == 2


def test_a_part_without_its_label_column_is_set_in_place() -> None:
    edges = (LEFT, 150, 250, 400, RIGHT)
    first = draw_grid("名称 | 甲 | < | <\n组 | 产出 | 一 | 1\n^ | ^ | 二 | 2", edges=edges)
    rest = draw_grid(" | 三 | 3\n效益 | 四 | 4", 1, edges=edges[1:])
    (table,) = joined(draw_page(first), draw_page(rest, page=1))
    assert column(table, 0)[1:] == ["组"] * 4
    assert column(table, 1)[1:] == ["产出", "产出", "产出", "效益"]


@pytest.mark.parametrize("scale", [0.97, 1.03])
def test_a_scan_of_another_scale_goes_on_where_every_column_agrees(scale: float) -> None:
    edges = (LEFT, 150, 250, 400, RIGHT)
    first = draw_grid("名称 | 甲 | < | <\n组 | 产出 | 一 | 1\n^ | ^ | 二 | 2", edges=edges)
    for start in (0, 1):
        scaled = [RIGHT - (RIGHT - edge) * scale for edge in edges[start:]]
        row = " |  | 三 | 3\n^ | 效益 | 四 | 4" if start == 0 else " | 三 | 3\n效益 | 四 | 4"
        (table,) = joined(draw_page(first), draw_page(draw_grid(row, 1, edges=scaled), page=1))
        assert column(table, 0)[1:] == ["组"] * 4
        assert column(table, 3)[1:] == ["1", "2", "3", "4"]


def test_columns_that_only_the_second_part_has_are_added() -> None:
    first = draw_grid("名称 | 甲 | 性质 | 乙", edges=(LEFT, 150, 250, 400, RIGHT))
    rest = draw_grid("组 | 一 | 二 | 1\n^ | 三 | 四 | 2", 1, edges=(LEFT, 150, 320, 400, RIGHT))
    (table,) = joined(draw_page(first), draw_page(rest, page=1))
    assert table.n_cols == 5
    assert [cell.text for cell in table.cells] == ["名称", "甲", "性质", "乙", "组", "一", "二", "1", "三", "四", "2"]


def test_a_page_in_other_units_and_moved_in_the_scanner_goes_on() -> None:
    part = draw_page(REST, page=1)
    grid = part.grids[0]
    edges = [3 * (x + 15) for x in grid.col_edges]
    scaled = draw_grid(REST, 1, edges=edges)
    moved = replace(part, size=(3 * 595.0, 3 * 842.0), to_file=Transform.scale(1 / 3), grids=(scaled,))
    (table,) = joined(draw_page(FORM), moved)
    assert column(table, 3)[2:] == ["1", "2", "3", "4"]


def test_a_line_close_above_the_table_of_a_photo_taken_at_a_slant_is_above_it() -> None:
    """Slanted so that a plane map through three corners would put the line within the table."""
    slant = Transform((1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 2e-4, 1.0))
    flat = draw_page(FORM, above=["(2024年度)"])
    (line,) = flat.loose
    gap = Box(line.box.x0, TOP - 12.0, line.box.x1, TOP - 2.0)
    glyphs = tuple(replace(glyph, box=slant.apply_box(gap)) for glyph in line.glyphs)
    (table,) = joined(replace(flat, to_file=slant, loose=(replace(line, glyphs=glyphs),)))
    assert [above.text for above in table.above] == ["(2024年度)"]


LOWER = HEIGHT + 36.0
"""Where the second sheet of a spread begins on the clean page."""


def spread(upper: str, lower: str, page: int = 0, note: str = "") -> PageReading:
    """Two sheets that lay side by side: each holds a drawing or nothing; a note stands at the foot of the first."""
    grids = [draw_grid(drawing, page, top) for drawing, top in ((upper, TOP), (lower, LOWER + TOP)) if drawing]
    loose = (text_line(note, page, 80, HEIGHT - 40.0),) if note else ()
    frame = (WIDTH, LOWER + HEIGHT)
    return PageReading(page, frame, "pt", frame, Transform.identity(), tuple(grids), loose, (0.0, LOWER))


def test_a_table_runs_on_from_the_left_sheet_to_the_right_one() -> None:
    (table,) = joined(spread(FORM, REST))
    assert column(table, 3)[2:] == ["1", "2", "3", "4"]
    assert table.pages == (0,)
    assert len(table.boxes) == 2


def test_a_table_runs_on_from_the_right_sheet_to_the_next_page_past_a_blank_sheet() -> None:
    for right, rest in ((REST, "| | 五 | 5"), ("", REST)):
        (table,) = joined(spread(FORM, right), draw_page(rest, page=1))
        assert table.pages == (0, 1)


def test_two_sheets_of_one_page_are_two_pages_in_all_else() -> None:
    assert len(joined(spread(FORM, FORM))) == 2
    noted, other = joined(spread("名 | 甲 | 乙 | 丙", REST, note="以上由财务处核定"))
    assert [line.text for line in noted.below] == ["以上由财务处核定"]
    assert other.above == ()


LONG = "这是一段很长的话需要两行才能写完它的前半"


def test_a_cell_cut_by_the_break_has_its_lines_joined() -> None:
    edges = (LEFT, LEFT + 60, LEFT + 60 + 9 * len(LONG) + 4, RIGHT)
    first = draw_grid(f"名称 | 甲 | <\n目标 | {LONG} | 数", edges=edges)
    rest = draw_grid(" | 句在下一页 | \n组 | 一 | 1", 1, edges=edges)
    (table,) = joined(draw_page(first), draw_page(rest, page=1))
    assert table.slots[1, 1].text == f"{LONG}\n句在下一页"
    assert table.n_rows == 3


def test_a_rest_of_few_cells_is_joined_though_one_of_them_ended_short() -> None:
    """不少于 leaves its line short, since 100% is never parted."""
    edges = (LEFT, LEFT + 90, LEFT + 130, LEFT + 260, LEFT + 260 + 9 * len(LONG) + 4, RIGHT)
    first = draw_grid(f"名称 | 甲 | < | < | <\n读者 | 10 | 不少于 | {LONG} | 8", edges=edges)
    rest = draw_grid(" |  | 100% | 句的后半 | \n群众 | 9 | 及时 | 无 | 7", 1, edges=edges)
    (table,) = joined(draw_page(first), draw_page(rest, page=1))
    assert (table.n_rows, table.slots[1, 2].text, table.slots[1, 3].text) == (3, "不少于\n100%", f"{LONG}\n句的后半")
    full = draw_grid("群众 | 9 | 100% | 句的后半 | \n居民 | 9 | 及时 | 无 | 7", 1, edges=edges)
    (table,) = joined(draw_page(first), draw_page(full, page=1))
    assert table.n_rows == 4


@pytest.mark.parametrize(("upper", "lower", "rows"), [("<=", "111349(元)", 3), ("少量", "111349(元)", 4)])
def test_an_operator_alone_above_the_break_has_its_number_below_it(upper: str, lower: str, rows: int) -> None:
    """A long number is never parted, so that the line of its operator stays short."""
    edges = (LEFT, LEFT + 80, LEFT + 80 + 9 * len(LONG) + 4, LEFT + 390, RIGHT)
    first = draw_grid(f"名称 | 甲 | < | <\n{LONG[:8]} | {LONG} | {upper} | 13", edges=edges)
    rest = draw_grid(f"后半 | 句的后半 | {lower} | \n群众 | 九 | 及时 | 7", 1, edges=edges)
    (table,) = joined(draw_page(first), draw_page(rest, page=1))
    assert table.n_rows == rows


@pytest.mark.parametrize(
    ("upper", "lower", "rows"),
    [
        ("调查样", "本偏\\少，拟\\扩大范\\围", 3),
        ("提前摸", "底，细化\\测算", 3),  # no comma begins a line, so that 底 had no room either
        ("提前摸", "底细化测\\算", 4),
        ("调查样", "本偏少", 4),
    ],
)
def test_a_rest_whose_own_lines_are_no_longer_is_joined(upper: str, lower: str, rows: int) -> None:
    """A cell with wide margins leaves much free beside a full line; the lines below the break tell how much."""
    edges = (LEFT, LEFT + 90, LEFT + 130, LEFT + 200, RIGHT)
    first = draw_grid(f"名称 | 甲 | < | <\n读者 | 10 | 及时 | {upper}", edges=edges)
    rest = draw_grid(f" |  |  | {lower}\n群众 | 9 | 及时 | 无", 1, edges=edges)
    (table,) = joined(draw_page(first), draw_page(rest, page=1))
    assert table.n_rows == rows


@pytest.mark.parametrize("upper", ["短句", f"{LONG[:-1]}。"])
def test_a_cell_that_was_ended_is_not_joined(upper: str) -> None:
    edges = (LEFT, LEFT + 60, LEFT + 60 + 9 * len(LONG) + 4, RIGHT)
    first = draw_grid(f"名称 | 甲 | <\n目标 | {upper} | 数", edges=edges)
    rest = draw_grid(" | 另一句 | \n组 | 一 | 1", 1, edges=edges)
    (table,) = joined(draw_page(first), draw_page(rest, page=1))
    assert table.slots[1, 1].text == upper


@pytest.mark.parametrize(("upper", "lower"), [("指标2：{}", "★指标3：图书差错率"), ("不超过{}", "≥80%")])
def test_a_row_that_begins_an_item_or_a_quantity_is_no_rest_of_a_cell(upper: str, lower: str) -> None:
    full = upper.format(LONG[len(upper) - 2 :])
    edges = (LEFT, LEFT + 60, LEFT + 60 + 9 * len(full) + 4, RIGHT)
    first = draw_grid(f"名称 | 甲 | <\n目标 | {full} | ", edges=edges)
    rest = draw_grid(f" | {lower} | \n组 | 一 | 1", 1, edges=edges)
    (table,) = joined(draw_page(first), draw_page(rest, page=1))
    assert (table.slots[1, 1].text, table.slots[2, 1].text) == (full, lower)


def test_two_full_items_of_a_list_are_two_rows() -> None:
    edges = (LEFT, LEFT + 60, LEFT + 60 + 9 * 12 + 4, RIGHT)
    first = draw_grid("名称 | 甲 | <\n产出 | 指标一写满这一整行的字 | 5", edges=edges)
    rest = draw_grid(" | 指标二写满这一整行的字 | 6", 1, edges=edges)
    (table,) = joined(draw_page(first), draw_page(rest, page=1))
    assert column(table, 1)[1:] == ["指标一写满这一整行的字", "指标二写满这一整行的字"]


@st.composite
def cut_tables(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A table of groups with merged labels, and the same cut between any two rows into pages."""
    groups = draw(st.lists(st.integers(1, 4), min_size=1, max_size=5))
    rows = [
        [f"组{g}" if i == 0 else "^", f"项{g}之{i}", f"值{g}{i}"] for g, size in enumerate(groups) for i in range(size)
    ]
    cuts = sorted(draw(st.sets(st.integers(1, len(rows) - 1), max_size=3))) if len(rows) > 1 else []
    head = "名称 | 甲 | 乙\n"
    whole = head + "\n".join(" | ".join(row) for row in rows)
    starts, ends = [0, *cuts], [*cuts, len(rows)]
    parts = [[list(row) for row in rows[a:b]] for a, b in zip(starts, ends, strict=True)]
    for part in parts[1:]:
        part[0][0] = part[0][0].replace("^", "")
    texts = ["\n".join(" | ".join(row) for row in part) for part in parts]
    return whole, [head + texts[0], *texts[1:]]


@given(cut_tables())
@settings(max_examples=60, deadline=None)
def test_a_table_cut_between_any_rows_comes_back_whole(case: tuple[str, list[str]]) -> None:
    whole, parts = case
    (expected,) = joined(draw_page(whole))
    (table,) = joined(*(draw_page(part, page=n) for n, part in enumerate(parts)))
    texts = [[table.slots[row, col].text for col in range(3)] for row in range(table.n_rows)]
    assert texts == [[expected.slots[row, col].text for col in range(3)] for row in range(expected.n_rows)]
    assert len(slots_of(whole)) == table.n_rows
