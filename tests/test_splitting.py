"""Where one declaration ends and another thing begins: rows above an opening, lists whose columns happen to fit."""

from __future__ import annotations

import pytest
from grid_drawing import draw_page
from test_records import ABOVE, COLUMNS, EXPECTED_ROWS, FORMS, SETTINGS, WHOLE, codes, read, rows_of

from pipeline.model import PageReading, Table
from pipeline.stages.stitch import stitch
from pipeline.stages.stitch.parts import row_slice

FORMER = """
预录入编号\\{n}1 | < | 海关编号\\{n}2 | <
出口口岸\\吴淞海关 | 备案号 | 出口日期\\2024-01-02 | 申报日期\\2024-01-01
境内发货人\\甲公司 | 运输方式\\水路运输 | 运输工具名称及航次号\\TING/1S | 提运单号\\A1
境外收货人\\B LTD. | 贸易方式\\一般贸易 | 毛重（千克）\\9.50 | 净重（千克）\\9.00
件数\\3 | 成交方式\\FOB | 合同协议号\\H1 | 贸易国（地区）\\日本
项号 | 商品编号 | 商品名称 | 数量及单位
1 | 8536500090 | 低压开关 | {n}个
"""
TASKS = """
部门名称 | 某市水务局 | < | <
任务名称 | 主要内容 | 总额（元） | 财政拨款（元）
河道疏浚 | 疏浚淤积河段，复绿岸坡 | 10.00 | 10.00
金额合计 | < | 10.00 | 10.00
年度总体目标 | 河道通畅。 | < | <
一级指标 | 二级指标 | 三级指标 | 指标值
产出指标 | 数量指标 | 指标1：疏浚长度 | ≥3公里
"""


TITLE = ("部门整体支出绩效目标申报表(2024年)",)


def test_labels_above_the_opening_one_belong_to_the_declaration_that_begins_in_the_grid() -> None:
    both = FORMER.format(n=1).strip() + "\n" + FORMER.format(n=7).strip()
    found, _ = read(draw_page(both, above=["中华人民共和国海关出口货物报关单"]))
    keys = ("entry_number", "customs_number", "exit_customs", "export_date")
    assert [[record.data[key] for key in keys] for record in found] == [
        ["11", "12", "吴淞海关", "2024-01-02"],
        ["71", "72", "吴淞海关", "2024-01-02"],
    ]
    assert [len(record.data["goods"]) for record in found] == [1, 1]


TALL = WHOLE.strip() + "\n项目名称 | 甲 | < | < | < | < | <\n^ | 乙 | < | < | < | < | <\n^ | 丙 | < | < | < | < | <"


@pytest.mark.parametrize("drawn", [FORMER.format(n=1), WHOLE.strip() + "\n" + WHOLE.strip(), TALL])
@pytest.mark.parametrize("depth", [1, 3, 6])
def test_rows_open_in_their_grid_as_they_do_cut_out_of_it(drawn: str, depth: int) -> None:
    (grid,) = draw_page(drawn).grids
    slices = [row_slice(grid, row, min(row + depth, grid.n_rows)) for row in range(grid.n_rows)]
    expected = [FORMS.opens(cut) for cut in slices]
    assert any(expected)
    assert not all(expected)
    assert FORMS.openings(grid, depth) == expected


def test_labels_above_the_opening_one_belong_to_it_behind_another_form_too() -> None:
    found, _ = read(draw_page(TASKS.strip() + "\n" + FORMER.format(n=7).strip(), above=TITLE))
    assert [record.form for record in found] == ["department-target", "goods-declaration"]
    assert found[1].data["entry_number"] == "71"
    assert len(found[0].data["indicators"]) == 1


@pytest.mark.parametrize("count", [1, 2, 4])
def test_the_last_rows_of_a_declaration_in_one_frame_with_the_next_one_are_its_own(count: int) -> None:
    """Where the frames of two touch, or a seal bridges what lies between them, however few the rows are."""
    last = "\n".join(
        f"绩效指标 | 效益指标 | 经济效益指标 | 指标{n + 1}：带动投资 | < | ≥{n + 1}% | <" for n in range(count)
    )
    title = "财政项目支出绩效目标申报表 | < | < | < | < | < | <"
    other = WHOLE.replace("编外人员经费", "劳模疗休养")
    rest = draw_page(f"{last}\n{title}\n{other.strip()}", page=1)
    found, _ = read(draw_page(WHOLE, above=ABOVE), rest)
    assert [len(rows_of(record)) for record in found] == [len(EXPECTED_ROWS) + count, len(EXPECTED_ROWS)]
    assert [record.pages for record in found] == [(0, 1), (1,)]
    assert found[1].data["project_name"] == "劳模疗休养"


@pytest.mark.parametrize("above", ["表号 | 财预01 | < | < | < | < | <", "编报日期 | 2024-01-05 | 编号 | 7 | < | < | <"])
def test_a_row_above_the_opening_one_that_is_no_end_of_another_declaration_stays(above: str) -> None:
    (record,), _ = read(draw_page(f"{above}\n{WHOLE.strip()}", above=ABOVE))
    assert rows_of(record) == EXPECTED_ROWS
    assert any(issue.code.value == "unused-cell" for issue in record.issues)


def test_two_declarations_behind_another_form_each_have_the_labels_above_their_opening_one() -> None:
    title = "中华人民共和国海关出口货物报关单 | < | < | <"
    three = [TASKS.strip(), title, FORMER.format(n=7).strip(), title, FORMER.format(n=8).strip()]
    found, _ = read(draw_page("\n".join(three), above=TITLE))
    assert [record.form for record in found] == ["department-target", "goods-declaration", "goods-declaration"]
    assert [record.data["entry_number"] for record in found[1:]] == ["71", "81"]


def test_a_field_below_the_rows_ends_its_own_declaration_whatever_begins_behind_it() -> None:
    ended = WHOLE.replace("年度总体目标 | <", "其他 | <", 1) + "\n年度总体目标 | 优化人才结构。 | < | < | < | < | <"
    other = WHOLE.replace("某某市总工会(本级)", "某某市工人文化宫")
    found, _ = read(draw_page(ended + "\n" + other, above=ABOVE))
    assert found[0].data["annual_goal"] == "优化人才结构。"
    assert len(found) == 2


@pytest.mark.parametrize(
    "listed",
    [
        "姓名 | 性别 | 职务 | 联系人 | < | 科室 | <\n王秀兰 | 女 | 科员 | 办公室 | < | 人事科 | <",
        "编号 | 材料名称 | 份数 | 经办人 | < | 日期 | <\nA-1 | 合同 | 3 | 陈 | < | 五月 | <",
    ],
)
def test_a_list_on_the_next_page_whose_columns_fit_is_no_rows_and_not_dropped_in_silence(listed: str) -> None:
    found, _ = read(draw_page(WHOLE, above=ABOVE), draw_page(listed, page=1))
    assert rows_of(found[0]) == EXPECTED_ROWS
    assert ("bad-value", "indicators") in codes(found[0])
    told = {issue.candidates[0] for issue in found[0].issues if issue.code.value == "unused-cell"}
    assert {word for row in listed.splitlines() for word in row.split(" | ")} - {"<"} <= told


@pytest.mark.parametrize(
    ("name", "above"),
    [("投诉率", ("效益指标", "社会效益指标")), ("指标2:投诉率", ("满意度指标", "服务对象满意度指标"))],
)
def test_a_level_printed_below_the_break_alone_is_taken_for_the_row_above_it_and_says_so(
    name: str, above: tuple[str, str]
) -> None:
    """A further item of a group is none of the next one's."""
    last = f"\n^ |  |  | {name} | < | ≤1% | <"
    rest = " | 效益指标 | 社会效益指标 | 指标1：就业 | < | 提升 | <"
    found, _ = read(draw_page(WHOLE + last, above=ABOVE), draw_page(rest, page=1))
    assert [row[:2] for row in rows_of(found[0])[-2:]] == [above, ("效益指标", "社会效益指标")]
    assert ("inferred", "indicators[4].level1") in codes(found[0])
    assert ("inferred", "indicators[5].level1") not in codes(found[0])


@pytest.mark.parametrize(("second", "level"), [("指标2：就业人数", "社会效益指标"), ("指标1：就业人数", None)])
def test_a_label_beside_the_second_item_below_the_break_is_that_of_the_first_above_it(
    second: str, level: str | None
) -> None:
    """Both pages print the outer label, and only the lower one had room for the inner one."""
    last = "\n^ | 效益指标 |  | 指标1：带动投资 | < | 92% | <"
    rest = f" | 效益指标 | 社会效益指标 | {second} | < | 98% | <"
    found, _ = read(draw_page(WHOLE + last, above=ABOVE), draw_page(rest, page=1))
    assert [row[1] for row in rows_of(found[0])[-2:]] == [level, "社会效益指标"]


def test_rows_with_levels_of_their_own_are_no_other_list() -> None:
    rest = " | 效益指标 | 自定指标 | 社会评价 | < | 良好 | <\n | ^ | 另定指标 | 群众评价 | < | 良好 | <"
    found, _ = read(draw_page(WHOLE, above=ABOVE), draw_page(rest, page=1))
    assert len(found[0].data["indicators"]) == len(EXPECTED_ROWS) + 2


def test_words_that_a_column_of_no_known_head_holds_are_told_of_their_table() -> None:
    """The head is a word that the form knows otherwise, so that no unknown head is told."""
    found, _ = read(
        draw_page(TASKS.replace("| 指标值", "| 指标值 | 联系人").replace("≥3公里", "≥3公里 | 王"), above=TITLE)
    )
    assert ("layout-drift", "indicators") in codes(found[0])


def test_a_label_that_wraps_is_not_cut_inside_its_word() -> None:
    """主管部 alone is like the label 主管部门, but the next line goes on with it."""
    found, _ = read(draw_page(WHOLE.replace("主管部门 |", "归口单位 |") + "\n主管部\\门复核\\意见 | 同意", above=ABOVE))
    assert found[0].data["competent_department"] is None


@pytest.mark.parametrize("unread", ["境囗发贤入", "境内发货人.."])
def test_a_declaration_whose_opening_label_was_not_read_is_not_joined_to_the_one_before(unread: str) -> None:
    one, two = FORMER.format(n=1), FORMER.format(n=7).replace("境内发货人", unread)
    found, _ = read(draw_page(one, above=["海关出口货物报关单"]), draw_page(two, page=1, above=["海关出口货物报关单"]))
    assert [record.data["entry_number"] for record in found] == ["11", "71"]


def test_a_cell_beside_two_labels_is_doubted_for_both() -> None:
    """A ruling between two values was lost."""
    lost = WHOLE.replace("| 某某市总工会 | <", "| 某某市总工会\\2024-01-01 | <").replace("| 2024-01-01 | <", "| ^ | <")
    found, _ = read(draw_page(lost, above=ABOVE))
    assert {("bad-value", "competent_department"), ("bad-value", "start_date")} <= codes(found[0])


def test_goods_on_the_next_page_are_parted_from_a_list_that_fits() -> None:
    listed = "编号 | 任务名称 | 数量 | 联系人\n甲 | 搬运 | 两次 | 王秀兰"
    found, _ = read(draw_page(FORMER.format(n=1), above=["海关出口货物报关单"]), draw_page(listed, page=1))
    assert [good["name"] for good in found[0].data["goods"]] == ["低压开关"]
    assert ("bad-value", "goods") in codes(found[0])


def test_two_goals_side_by_side_go_on_below_a_break_behind_full_sentences() -> None:
    """Both end a sentence above the break, so that no line shows a cut; no label stands beside the rest."""
    at = WHOLE.splitlines().index(COLUMNS)
    above, below = WHOLE.splitlines()[:at], WHOLE.splitlines()[at:]
    rest = [" | 第二段左。 | < | 第二段右。 | < | < | <", *below]
    found, _ = read(draw_page("\n".join(above), above=ABOVE), draw_page("\n".join(rest), page=1))
    data = found[0].data
    assert (data["overall_goal"], data["annual_goal"]) == ("保障劳动权益。第二段左。", "优化人才结构。第二段右。")
    other = ["另一项 | 第二段左。 | < | 第二段右。 | < | < | <", *below]
    found, _ = read(draw_page("\n".join(above), above=ABOVE), draw_page("\n".join(other), page=1))
    assert found[0].data["annual_goal"] == "优化人才结构。"


def test_a_page_of_blank_rows_alone_is_none_of_its_declarations_pages() -> None:
    blank = " | | | | | |\n | | | | | |"
    found, unused = read(draw_page(WHOLE, above=ABOVE), draw_page(blank, page=1))
    assert ([record.pages for record in found], len(rows_of(found[0]))) == ([(0,)], len(EXPECTED_ROWS))
    assert [page.reason for page in unused] == ["no-print"]
    (both,), _ = read(draw_page(WHOLE, above=ABOVE), draw_page(blank.replace(" ", " 1 "), page=1))
    assert both.pages == (0, 1)


def joined(*pages: PageReading) -> tuple[Table, ...]:
    return stitch(pages, FORMS, SETTINGS.stitch)


def test_a_declaration_under_its_title_is_none_of_the_one_before_though_its_grid_is_bad() -> None:
    """A label left behind stands again; the label of a cell that the break cut says nothing, nor does one without a
    title."""
    first = (
        "部门名称 | 某某县林业局 | 联系电话 | 0571\n年度绩效\\目标 | 全年目标 | < | <\n"
        "一级指标 | 二级指标 | 三级指标 | 指标值\n产出指标 | 数量指标 | 指标1：人数 | ≥3人\n填报人 | 甲 | 审核人 | 乙"
    )
    glued = (
        "部门 某某县民政局 | < | 电话 | 0572\n年度绩效\\目标\\任务 | 第二年目标 | 甲 | 乙\n数量指标 | 丙 | 丁 | ≥4人"
    )
    title = ("部门整体支出绩效目标申报表", "（2021年度）")
    assert len(joined(draw_page(first, above=title), draw_page(glued, page=1, above=title))) == 2
    assert len(joined(draw_page(first, above=title), draw_page(glued, page=1))) == 1
    rows = "一级指标 | 二级指标 | 三级指标 | 指标值\n产出指标 | 数量指标 | 指标1：人数 | ≥3人"
    cut = "年度绩效\\目标 | 目标的后半 | < | <\n" + rows
    upper = "\n".join(first.splitlines()[:2])
    assert len(joined(draw_page(upper, above=title), draw_page(cut, page=1, above=title))) == 1


GOING_ON = "产出指标 | 质量指标 | 指标2：比率 | 95%"


@pytest.mark.parametrize(
    "rest",
    [
        f"主管部门\\审核意见 | （盖章） | < | <\n{GOING_ON}",
        f"一级指标 | 二级指标 | 三级指标 | 指标值\n{GOING_ON}\n主管部门\\意见 | （盖章） | < | <",
    ],
    ids=["furniture whose first line is a label", "rows under their header again"],
)
def test_rows_that_go_on_under_the_title_again_are_no_declaration(rest: str) -> None:
    first = (
        "项目名称 | 甲项目 | 项目性质 | 新增项目\n主管部门 | 某局 | 实施单位 | 某所\n"
        "一级指标 | 二级指标 | 三级指标 | 指标值\n产出指标 | 数量指标 | 指标1：人数 | ≥3人"
    )
    title = ("财政项目支出绩效目标申报表", "（2021年度）")
    assert len(joined(draw_page(first, above=title), draw_page(rest, page=1, above=title))) == 1
