"""A declaration of which only title and labels were found is a record of doubts, and nothing else is one."""

from __future__ import annotations

import pytest
from grid_drawing import draw_page
from test_records import ABOVE, read

BARE = ("项目名称", "主管部门", "实施单位", "项目性质", "计划完成日期", "项目资金总额", "年度资金申请总额", "18.5")


def test_a_declaration_whose_table_was_not_found_is_a_record_of_doubts() -> None:
    (record,), unused = read(draw_page(above=(*ABOVE, *BARE), origin="ocr"))
    assert (record.form, record.pages, unused, record.accepted) == ("shanghai-project-target", (0,), (), False)
    assert (record.data["title"], record.data["fiscal_year"]) == ("财政项目支出绩效目标申报表", 2024)
    told = {issue.path for issue in record.issues if issue.severity == "error"}
    assert {"project_name", "funds", "overall_goal", "indicators"} <= told


def test_labels_that_share_their_lines_are_told_too() -> None:
    rows = (" ".join(BARE[:4]), " ".join(BARE[4:]))
    (record,), _ = read(draw_page(above=(*ABOVE, *rows), origin="ocr"))
    assert (record.data["title"], record.accepted) == ("财政项目支出绩效目标申报表", False)


@pytest.mark.parametrize(
    "lines", [("财政项目支出绩效目标申报表", *BARE[:3]), BARE, ("财政项目支出绩效目标申报表如下：" + "、".join(BARE),)]
)
def test_a_title_or_labels_alone_are_no_declaration(lines: tuple[str, ...]) -> None:
    found, (page,) = read(draw_page(above=lines, origin="ocr"))
    assert (found, page.reason) == ((), "no-table")


def test_a_label_that_wraps_above_what_was_glued_to_it_tells_a_declaration_too() -> None:
    glued = "部门 某某局 | 甲\n年度绩效\\目标\\任务 | 乙\n其他资金401.200.00 | 丙"
    lines = ("部门整体支出绩效目标申报表", "（2021年度）", "财政拨款 其他资金 资金总额")
    (record,), _ = read(draw_page(glued, above=lines, origin="ocr"))
    assert (record.form, record.data["fiscal_year"], record.accepted) == ("department-target", 2021, False)
