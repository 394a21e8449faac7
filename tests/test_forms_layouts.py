"""A random declaration in a random layout, cut into pages anywhere, comes back as it was meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from grid_drawing import draw_page
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config import config_dir, load_settings
from pipeline.forms.load import load_forms
from pipeline.model import Record
from pipeline.stages.check import check
from pipeline.stages.records import records
from pipeline.stages.stitch import stitch

SETTINGS = load_settings()
FORMS = load_forms("auto", config_dir() / "forms", SETTINGS.records.label_similarity)
WIDTH = 8
ROWS = list[list[str]]
LEVELS = {
    "成本指标": ["经济成本指标", "社会成本指标", "生态环境成本指标"],
    "产出指标": ["数量指标", "质量指标", "时效指标", "成本指标"],
    "效益指标": ["经济效益指标", "社会效益指标", "可持续影响指标"],
    "满意度指标": ["服务对象满意度指标"],
}
HEADER = {
    "project_name": "项目名称",
    "project_nature": "项目性质",
    "project_category": "项目类别",
    "competent_department": "主管部门",
    "implementing_unit": "实施单位",
    "start_date": "计划开始日期",
    "end_date": "计划完成日期",
}
PROJECT = {"project_total": "项目资金总额", "project_fiscal": "其中：财政资金", "project_other": "其他资金"}
ANNUAL = {
    "annual_total": "年度资金申请总额",
    "annual_appropriation": "其中:当年财政拨款",
    "annual_carryover": "上年结转资金",
    "annual_other": "其他资金",
}
words = st.text("甲乙丙丁戊己庚辛壬癸", min_size=2, max_size=6)
cents = st.integers(0, 10**9)


@dataclass(frozen=True)
class Case:
    """What is meant, how it is drawn, and after which rows the page is turned."""

    data: dict[str, Any]
    rows: ROWS
    cuts: list[int]
    title_again: bool


def cell(text: str, span: int) -> list[str]:
    return [text, *["<"] * (span - 1)]


def money(amount: int, style: int) -> str:
    return (f"{amount / 100:,.2f}", f"{amount // 100}.{amount % 100:02d}")[style]


@st.composite
def header_rows(draw: st.DrawFn) -> tuple[dict[str, str], ROWS]:
    """The header fields, shared out to rows of one, two or four; the name stays first."""
    values = {key: draw(words) for key in HEADER}
    values["start_date"], values["end_date"] = "2024-01-01", f"{draw(st.integers(2024, 2030))}-12-31"
    order = ["project_name", *draw(st.permutations(list(HEADER)[1:]))]
    rows: ROWS = []
    while order:
        count = draw(st.sampled_from([n for n in (1, 2, 4) if n <= len(order)]))
        taken, order = order[:count], order[count:]
        span = WIDTH // count
        rows.append([slot for key in taken for slot in [*cell(HEADER[key], 1), *cell(values[key], span - 1)]])
    return values, rows


@st.composite
def fund_rows(draw: st.DrawFn) -> tuple[dict[str, str], ROWS]:
    """The amounts: two blocks side by side in either order, or one below the other."""
    project, annual = [draw(cents) for _ in range(2)], [draw(cents) for _ in range(3)]
    amounts = dict(zip(PROJECT, (sum(project), *project), strict=True)) | dict(
        zip(ANNUAL, (sum(annual), *annual), strict=True)
    )
    printed = {key: money(value, draw(st.integers(0, 1))) for key, value in amounts.items()}
    values = {key: f"{value // 100}.{value % 100:02d}" for key, value in amounts.items()}
    blocks = [list(PROJECT.items()), list(ANNUAL.items())]
    if draw(st.booleans()):
        blocks.reverse()
    lines = [[(label, printed[key]) for key, label in block] for block in blocks]
    if draw(st.booleans()):
        stacked = [pair for block in lines for pair in block]
        rows = [["^", *cell(label, 3), *cell(amount, 4)] for label, amount in stacked]
    else:
        filled = [[*block, *[("", "")] * (4 - len(block))] for block in lines]
        rows = [["^", *cell(a, 2), b, *cell(c, 2), *cell(d, 2)] for (a, b), (c, d) in zip(*filled, strict=True)]
    rows[0][0] = "项目资金\\(元)"
    return values, rows


@st.composite
def goal_rows(draw: st.DrawFn) -> tuple[dict[str, str], ROWS]:
    values = {"overall_goal": draw(words) + "。", "annual_goal": draw(words) + "。"}
    one, two = values.values()
    if draw(st.booleans()):
        return values, [["项目绩效目标", "项目总目标", *cell(one, 2), "年度总体目标", *cell(two, 3)]]
    head = ["项目绩效目标", *cell("项目总目标", 3), *cell("年度总体目标", 4)]
    return values, [head, ["^", *cell(one, 3), *cell(two, 4)]]


@st.composite
def targets(draw: st.DrawFn) -> tuple[dict[str, str | None], str]:
    """A target and its print: words, or a number with operator and unit."""
    if draw(st.booleans()):
        word = draw(st.sampled_from(["及时", "准确", "提升", "按期完成"]))
        return {"operator": None, "value": None, "unit": None, "text": word}, word
    operator, sign = draw(st.sampled_from([(">=", "≥"), ("<=", "≤"), ("=", "="), (">", "＞"), (None, "")]))
    value, unit = f"{draw(st.integers(0, 199))}.00", draw(st.sampled_from(["%", "人", "万元", "次"]))
    return {"operator": operator, "value": value, "unit": unit, "text": None}, f"{sign}{value}({unit})"


@st.composite
def indicator_rows(draw: st.DrawFn) -> tuple[list[dict[str, Any]], ROWS]:
    """The indicators with their levels merged down or printed in every row."""
    merged = draw(st.booleans())
    indicators: list[dict[str, Any]] = []
    rows: ROWS = [["绩效\\指标", "一级指标", "二级指标", *cell("三级指标", 3), *cell("年度(/项目)指标值", 2)]]
    for level1 in draw(st.lists(st.sampled_from(list(LEVELS)), min_size=1, max_size=4, unique=True)):
        first1 = True
        for level2 in draw(st.lists(st.sampled_from(LEVELS[level1]), min_size=1, max_size=3, unique=True)):
            for n in range(1, draw(st.integers(1, 3)) + 1):
                name, (target, printed) = draw(words), draw(targets())
                indicators.append({"level1": level1, "level2": level2, "number": n, "name": name, **target})
                one = level1 if first1 or not merged else "^"
                two = level2 if n == 1 or not merged else "^"
                rows.append(["^", one, two, *cell(f"指标{n}：{name}", 3), *cell(printed, 2)])
                first1 = False
    return indicators, rows


@st.composite
def cases(draw: st.DrawFn) -> Case:
    header, rows = draw(header_rows())
    funds, more = draw(fund_rows())
    goals, still_more = draw(goal_rows())
    indicators, last = draw(indicator_rows())
    rows = [*rows, *more, *still_more, *last]
    title: ROWS = [cell("财政项目支出绩效目标申报表\\（2024年度）", WIDTH)] if draw(st.booleans()) else []
    rows = [*title, *rows]
    # One row alone on the first page is not known for the head of what follows: test_a_lone_first_row below.
    cuts = sorted(draw(st.sets(st.integers(len(title) + 2, len(rows) - 1), max_size=2)))
    data = {"fiscal_year": 2024, **header, "funds": funds, **goals, "indicators": indicators}
    return Case(data, rows, cuts, draw(st.booleans()))


def pages_of(case: Case, first: int) -> list[Any]:
    """The drawn pages; what a break cuts goes on as an empty cell, and the header row may be printed again."""
    above = ("财政项目支出绩效目标申报表", "(2024年度)")
    starts, ends = [0, *case.cuts], [*case.cuts, len(case.rows)]
    pages = []
    for n, (start, end) in enumerate(zip(starts, ends, strict=True)):
        part = [list(row) for row in case.rows[start:end]]
        part[0] = ["" if slot == "^" else slot for slot in part[0]]
        lines = above if n == 0 or case.title_again else ()
        pages.append(draw_page("\n".join(" | ".join(row) for row in part), page=first + n, above=lines))
    return pages


def subset(data: dict[str, Any], meant: dict[str, Any]) -> dict[str, Any]:
    return {key: data[key] for key in meant}


@given(st.lists(cases(), min_size=1, max_size=2))
@settings(max_examples=60, deadline=None)
def test_what_was_meant_comes_back(meant: list[Case]) -> None:
    pages: list[Any] = []
    for case in meant:
        pages += pages_of(case, len(pages))
    tables = stitch(pages, FORMS, SETTINGS.stitch)
    found, unused = records(tables, pages, FORMS, SETTINGS.records)
    checked = [check(record, FORMS, SETTINGS.records) for record in found]
    assert unused == ()
    assert len(checked) == len(meant)
    for record, case in zip(checked, meant, strict=True):
        assert subset(record.data, case.data) == case.data
        assert not [issue for issue in record.issues if issue.severity == "error"]
        assert {issue.code.value for issue in record.issues} <= {"inferred"}
        assert record.accepted


FUNDS_DOWN = """
项目名称 | 甲乙工程 | < | <
项目性质 | 延续性项目 | 主管部门 | 某局
计划开始日期 | 2021-01-01 | 计划完成日期 | 2021-12-31
项目资金\\(元) | 项目资金总额 | < | 12.00
^ | 其中：财政资金 | < | 12.00
^ | 其他资金 | < | 0.00
^ | 年度资金申请总额 | < | 7.01
^ | 其中:当年财政拨款 | < | 7.01
^ | 上年结转资金 | < | 0.00
^ | 其他资金 | < | 0.00
绩效指标 | 一级指标 | 三级指标 | 年度指标值
^ | 产出指标 | 指标1：清淤土方量 | ≥1049.00(立方米)
"""


def read_broken(drawing: str, after: int) -> tuple[Any, ...]:
    """The records of a drawing whose page ends after so many rows."""
    rows = drawing.strip().splitlines()
    parts = rows[:after], [rows[after].replace("^", "", 1), *rows[after + 1 :]]
    pages = [draw_page("\n".join(part), page=n) for n, part in enumerate(parts)]
    found, _ = records(stitch(pages, FORMS, SETTINGS.stitch), pages, FORMS, SETTINGS.records)
    return found


def test_labels_that_stand_twice_on_a_form_do_not_begin_another_one_below_a_break() -> None:
    (record,) = read_broken(FUNDS_DOWN, after=6)
    assert record.data["funds"]["annual_total"] == "7.01"
    assert not [
        issue for issue in record.issues if issue.severity == "error" and (issue.path or "").startswith("funds")
    ]


def test_a_lone_first_row_goes_with_what_follows() -> None:
    head = """
    项目名称 | 甲乙工程 | < | < | < | < | < | <
    项目性质 | 延续性项目 | 项目类别 | 人员类 | 主管部门 | 某局 | 实施单位 | 某局本级
    """
    rest = [" | ".join([*row.split(" | "), *"<<<<"]) for row in FUNDS_DOWN.strip().splitlines()[2:]]
    (record,) = read_broken("\n".join([*map(str.strip, head.strip().splitlines()), *rest]), after=1)
    assert record.data["project_name"] == "甲乙工程"


@given(cases())
@settings(max_examples=30, deadline=None)
def test_a_header_that_lost_its_ruling_still_heads_its_columns(case: Case) -> None:
    """Header and first row are one row of cells; all values come back, and the table says that it was repaired."""
    at = next(n for n, row in enumerate(case.rows) if "一级指标" in row)
    both = [a if a == b or b == "^" else f"{a}\\{b}" for a, b in zip(case.rows[at], case.rows[at + 1], strict=True)]
    rows = [*case.rows[:at], both, *case.rows[at + 2 :]]
    page = draw_page("\n".join(" | ".join(row) for row in rows), above=("财政项目支出绩效目标申报表", "(2024年度)"))
    found, _ = records(stitch([page], FORMS, SETTINGS.stitch), [page], FORMS, SETTINGS.records)
    assert len(found) == 1
    assert subset(found[0].data, case.data) == case.data
    assert ("grid-repaired", "indicators") in {(issue.code.value, issue.path) for issue in found[0].issues}


GLUED = """
项目名称 | 甲乙工程 | < | 项目性质 延续性项目 | < | < | 项目类别 | 人员类
主管部门 | 某局 实施单位 | < | < | < | 某局本级 | < | <
计划开始日期 | 2021-01-01 计划完成日期 | < | < | < | 2021-12-31 | < | <
项目资金(元) | 项目资金总额 | < | 12.00 年度资金申请总额 | < | < | 12.00 | <
^ | 其中：财政资金 | < | 12.00 其中：当年财政拨款 | < | < | 12.00 | <
绩效指标 | 一级指标 | 二级指标 | 三级指标 | < | < | 年度指标值 | <
^ | 产出指标 | 数量指标 | 指标1：清淤土方量 | < | < | ≥1049.00(立方米) | <
"""


def test_a_form_whose_labels_are_glued_is_found_by_its_title_and_doubted_all_over() -> None:
    """A lost column edge glues half of the labels to their neighbours: no value of such a record looks sure."""
    titled = draw_page(GLUED.strip(), above=("财政项目支出绩效目标申报表", "(2021年度)"))
    (record,), unused = records(stitch([titled], FORMS, SETTINGS.stitch), [titled], FORMS, SETTINGS.records)
    doubted = {issue.path for issue in record.issues if issue.code.value == "ambiguous-form"}
    assert {path.split(".")[0].split("[")[0] for path in record.data} <= doubted
    assert (record.data["project_name"], record.data["indicators"][0]["value"], unused) == ("甲乙工程", "1049.00", ())
    bare = draw_page(GLUED.strip())
    found, unused = records(stitch([bare], FORMS, SETTINGS.stitch), [bare], FORMS, SETTINGS.records)
    assert (found, [page.reason for page in unused]) == ((), ["no-known-form"])


@st.composite
def torn_forms(draw: st.DrawFn) -> tuple[ROWS, list[str]]:
    """A form with rows lost, doubled and moved, and strange words written over its cells."""
    rows = draw(cases()).rows
    picked = draw(st.lists(st.integers(0, len(rows) - 1), min_size=4, max_size=len(rows)))
    kept = [list(rows[n]) for n in (sorted(set(picked)) if draw(st.booleans()) else picked)]
    strangers: list[str] = []
    for _ in range(draw(st.integers(0, 4))):
        row, col = draw(st.integers(0, len(kept) - 1)), draw(st.integers(0, WIDTH - 1))
        if not kept[row][col].startswith("囍"):
            strangers.append(f"囍{len(strangers)}囍")
            kept[row][col] = strangers[-1]
    return kept, strangers


def is_lost(record: Record) -> bool:
    """Were only its title and labels found? Then nothing but what stands above the fields was read, and each part of it
    has to be in error."""
    if not set(record.evidence) <= {"title", "heading", "fiscal_year"}:
        return False
    return set(record.data) <= {issue.path for issue in record.issues if issue.severity == "error"}


@given(torn_forms())
@settings(max_examples=80, deadline=None)
def test_a_torn_form_loses_no_print_in_silence(torn: tuple[ROWS, list[str]]) -> None:
    rows, strangers = torn
    page = draw_page("\n".join(" | ".join(row) for row in rows), above=("财政项目支出绩效目标申报表", "(2024年度)"))
    tables = stitch([page], FORMS, SETTINGS.stitch)
    found, _ = records(tables, [page], FORMS, SETTINGS.records)
    checked = [check(record, FORMS, SETTINGS.records) for record in found]
    printed = [cell.text for grid in page.grids for cell in grid.cells]  # a word below the span of a cell is not drawn
    told = [evidence.text for record in checked for evidence in record.evidence.values()]
    told += [text for record in checked for issue in record.issues for text in (*issue.candidates, issue.message)]
    if len(checked) == len(tables) == 1 and not is_lost(checked[0]):
        assert [word for word in strangers if word in printed and not any(word in text for text in told)] == []
