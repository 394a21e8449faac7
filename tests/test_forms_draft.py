"""Drafts: what a page shows is proposed with its labels, places and types, whatever the form is about."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config import config_dir
from pipeline.forms.draft import Draft, draft_form
from pipeline.forms.draft_fields import best_labels, find_noted
from pipeline.forms.draft_marks import LIKELY, POSSIBLE, Scorer
from pipeline.forms.draft_names import Named, Namer, plain_label
from pipeline.forms.draft_types import Around, code_shape, guess_column, guess_field
from pipeline.forms.draft_words import load_words, vocabulary
from pipeline.forms.draft_yaml import draft_to_yaml, scalar
from pipeline.forms.load import load_definitions, read_form
from pipeline.forms.prints import Print
from pipeline.forms.sheet import Sheet
from pipeline.geometry import Box
from pipeline.model import Glyph, Table, TableCell, TextLine
from pipeline.text.names import list_options

WORDS = load_words(config_dir() / "draft.yaml")
NOTHING_KNOWN = vocabulary(WORDS, ())
SCORER = Scorer(NOTHING_KNOWN)


def line_of(text: str, *, ends: bool = True) -> TextLine:
    glyphs = tuple(Glyph(char, Box(10.0 * n, 0, 10.0 * n + 9, 10), 0.999) for n, char in enumerate(text))
    return TextLine(0, glyphs, "text_layer", ends)


def cell(row: int, col: int, text: str, rows: int = 1, cols: int = 1) -> TableCell:
    lines = tuple(line_of(line) for line in text.split("\n") if line)
    return TableCell(row, col, rows, cols, lines, (0,))


def sheet_of(rows: Sequence[Sequence[str]]) -> Sheet:
    """Rows of equally many texts; the last text of a shorter row goes on to the table's side."""
    width = max(map(len, rows))
    cells = [
        cell(r, c, text, cols=width - c if c == len(row) - 1 else 1)
        for r, row in enumerate(rows)
        for c, text in enumerate(row)
    ]
    return Sheet.of(Table("ruled", len(rows), width, tuple(cells), (0,), ((0, Box(0, 0, 10, 10)),)))


def drafted(rows: Sequence[Sequence[str]], above: Sequence[str] = ()) -> Draft:
    return draft_form("drafted", [sheet_of(rows)], [line_of(text) for text in above], NOTHING_KNOWN)


LABELS = [
    "项目名称",
    "登记日期",
    "联系电话",
    "申请金额(元)",
    "用途说明",
    "包装种类",
    "净重",
    "合同编号",
    "完成时间",
    "实施单位",
]
VALUES = {
    "项目名称": ("text", ["老旧小区改造", "河道清淤"]),
    "登记日期": ("date", ["2024-03-05", "2023年1月9日"]),
    "联系电话": ("text", ["021-5550123", "13900000000"]),
    "申请金额(元)": ("money", ["615,848.00", "1200"]),
    "用途说明": ("text", ["用于购置消防器材及日常维护。", "见附件"]),
    "包装种类": ("text", ["纸箱+托盘", "散装"]),
    "净重": ("number", ["12.5", "4,300.75"]),
    "合同编号": ("text", ["XS2692-498", "20240017"]),
    "完成时间": ("date", ["2024.12", "2025年6月"]),
    "实施单位": ("text", ["云岭县水务局", "沂水镇卫生院"]),
}
HEADERS = ["序号", "商品名称", "数量", "单价", "备注"]


@st.composite
def forms(draw: st.DrawFn) -> tuple[list[tuple[str, str]], bool, int]:
    """Labels with values, whether they share a cell, and how many pairs stand in a row."""
    labels = draw(st.lists(st.sampled_from(LABELS), min_size=4, max_size=10, unique=True))
    pairs = [(label, draw(st.sampled_from(VALUES[label][1]))) for label in labels]
    return pairs, draw(st.booleans()), draw(st.integers(1, 3))


def rows_of(pairs: Sequence[tuple[str, str]], inside: bool, many: int) -> list[list[str]]:
    lines = [pairs[at : at + many] for at in range(0, len(pairs), many)]
    if inside:
        return [[f"{label}\n{value}" for label, value in line] for line in lines]
    return [[text for pair in line for text in pair] for line in lines]


@settings(deadline=None, max_examples=60)
@given(forms(), st.integers(0, 3))
def test_a_drawn_form_is_drafted_with_its_labels_places_and_types(
    form: tuple[list[tuple[str, str]], bool, int], goods: int
) -> None:
    pairs, inside, many = form
    rows = rows_of(pairs, inside, many)
    goods_rows = [
        [str(n + 1), name, "12", "3.50", ""] for n, name in zip(range(goods), ["阀门", "水泵", "灯具"], strict=False)
    ]
    draft = drafted([*rows, *([HEADERS, *goods_rows] if goods > 1 else [])])
    got = {field.label: (field.type, field.place) for field in draft.fields}
    place = "inside" if inside else "right"
    assert got == {plain_label(label): (VALUES[label][0], place) for label, _ in pairs}
    assert [[column.label for column in table.columns] for table in draft.tables] == ([HEADERS] if goods > 1 else [])


@settings(deadline=None, max_examples=30)
@given(form=forms())
def test_every_draft_is_a_definition_without_fault(
    form: tuple[list[tuple[str, str]], bool, int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("draft") / "drafted.yaml"
    draft = drafted(rows_of(*form), ["某某登记表", "编号：A-1   登记人：王秀兰"])
    file.write_text(draft_to_yaml(draft, WORDS, "sample.pdf"), encoding="utf-8")
    definition, faults = read_form(file)
    assert faults == ()
    assert {named.path for named in draft_paths(draft)} <= {field.path for field in definition.fields}


def draft_paths(draft: Draft) -> list[Named]:
    return [field.named for field in draft.fields]


def test_nothing_at_all_is_still_a_definition(tmp_path: Path) -> None:
    file = tmp_path / "drafted.yaml"
    file.write_text(draft_to_yaml(drafted([["", ""], ["", ""]]), WORDS, "blank.pdf"), encoding="utf-8")
    assert read_form(file)[1] == ()


def test_a_table_has_levels_where_its_cells_stand_for_several_rows() -> None:
    cells = [cell(0, c, text) for c, text in enumerate(["大类", "小类", "名称", "数量"])]
    cells += [cell(1, 0, "产出指标", rows=2), cell(3, 0, "效益指标")]
    for row, (small, name, many) in enumerate(
        [("数量指标", "甲", "3"), ("质量指标", "乙", "4"), ("社会指标", "丙", "5")], 1
    ):
        cells += [cell(row, 1, small), cell(row, 2, name), cell(row, 3, many)]
    table = Table("ruled", 4, 4, tuple(sorted(cells, key=lambda c: (c.row, c.col))), (0,), ((0, Box(0, 0, 9, 9)),))
    (found,) = draft_form("drafted", [Sheet.of(table)], [], NOTHING_KNOWN).tables
    assert [column.type for column in found.columns] == ["level", "level", "text", "number"]
    assert found.levels == {"产出指标": ("数量指标", "质量指标"), "效益指标": ("社会指标",)}


def test_lines_of_one_cell_are_columns_where_the_header_names_each() -> None:
    rows = [
        ["项号", "商品名称", "单价/总价/币制"],
        ["1", "阀门", "2.50\n25.00\n美元"],
        ["2", "水泵", "9.00\n18.00\n欧元"],
    ]
    (table,) = drafted(rows).tables
    parts, whole = table.columns[2:5], table.columns[5]
    assert [(part.label, part.type) for part in parts] == [("单价", "number"), ("总价", "number"), ("币制", "text")]
    assert (whole.type, whole.parts) == ("lines", tuple(part.named.path for part in parts))


def test_equal_labels_are_told_apart_by_the_part_they_stand_in(tmp_path: Path) -> None:
    cells = [
        cell(0, 0, "项目资金(元)", rows=2),
        *(cell(0, c, text) for c, text in enumerate(["项目资金总额", "10.00", "年度资金总额", "8.00"], 1)),
        *(cell(1, c, text) for c, text in enumerate(["其他资金", "1.00", "其他资金", "2.00"], 1)),
    ]
    table = Table("ruled", 2, 5, tuple(cells), (0,), ((0, Box(0, 0, 9, 9)),))
    draft = draft_form("drafted", [Sheet.of(table)], [], NOTHING_KNOWN)
    assert {(field.label, field.section, field.type) for field in draft.fields} == {
        ("项目资金总额", "part_1", "money"),
        ("其他资金", "part_1", "money"),
        ("年度资金总额", "part_2", "money"),
        ("其他资金", "part_2", "money"),
    }
    file = tmp_path / "drafted.yaml"
    file.write_text(draft_to_yaml(draft, WORDS, "sample.pdf"), encoding="utf-8")
    assert read_form(file)[1] == ()


def test_known_labels_bring_their_paths_and_types() -> None:
    known = vocabulary(WORDS, load_definitions("auto", config_dir() / "forms"))
    sheet = sheet_of([["项目名称", "河道清淤"], ["实施单位", "云岭县水务局"]])
    fields = {field.label: field for field in draft_form("drafted", [sheet], [], known).fields}
    assert fields["实施单位"].named.path == "implementing_unit"
    assert fields["实施单位"].type == "coded"
    assert fields["项目名称"].named.doubt is None


def test_other_samples_tell_labels_from_values() -> None:
    """Without endings to go by, what all samples print is a label."""
    one, other = [["甲乙", "丙丁"], ["戊己", "庚辛"]], [["甲乙", "子丑"], ["戊己", "寅卯"]]
    draft = draft_form("drafted", [sheet_of(one)], [], NOTHING_KNOWN, [sheet_of(other)])
    assert [(field.label, field.sample) for field in draft.fields] == [("甲乙", "丙丁"), ("戊己", "庚辛")]


def test_words_that_all_samples_print_and_no_field_takes_are_furniture() -> None:
    one = [["合同名称", "空调维保"], ["付款计划"], ["经办部门", "信息科"]]
    other = [["合同名称", "厨具采购"], ["付款计划"], ["经办部门", "后勤科"]]
    alone = draft_form("drafted", [sheet_of(one)], [], NOTHING_KNOWN)
    both = draft_form("drafted", [sheet_of(one)], [], NOTHING_KNOWN, [sheet_of(other)])
    assert (alone.furniture, alone.left) == ((), ("付款计划",))
    assert (both.furniture, both.left) == (("付款计划",), ())


@pytest.mark.parametrize(
    "printed", ["项目名称", "计划开\n始日期", "净重（千克）", "贸易国（地区）（CHL）", "单 价", "联系电话："]
)
def test_labels_look_like_labels(printed: str) -> None:
    assert SCORER.label(printed) >= LIKELY


@pytest.mark.parametrize(
    "printed", ["2024-01-01", "12.50", "☑新增 □延续", "用于购置消防器材，保障安全。", "XS2692-498", "无", ""]
)
def test_values_do_not(printed: str) -> None:
    assert SCORER.label(printed) < POSSIBLE


@pytest.mark.parametrize(
    ("printed", "label"),
    [
        ("运输工具名称及航次\n号\n\nNING TAI/767W", "运输工具名称及航次\n号"),
        ("净重（千\n克）\n24176", "净重（千\n克）"),
        ("贸易国（地区）\n（KAZ）\n哈萨克斯坦", "贸易国（地区）\n（KAZ）"),
        ("出口口岸\n\n黄埔老港", "出口口岸"),
        ("登记日期：2024年5月6日", "登记日期"),
    ],
)
def test_a_label_ends_where_its_value_begins(printed: str, label: str) -> None:
    split = SCORER.split(Print(printed, (None,) * len(printed)))
    assert split is not None
    assert split.label == label


@pytest.mark.parametrize(
    ("label", "value", "kind"),
    [
        ("金额(元)", "1,200.00", "money"),
        ("金额", "1,200.00元", "money"),
        ("金额", "1,200.00", "number"),
        ("出口日期", "2024年5月6日", "date"),
        ("出口日期", "", "date"),
        ("完成率", "98.5%", "percent"),
        ("件数", "17", "number"),
        ("合同编号", "0017", "text"),
        ("性质", "☑新增 □延续", "choice"),
        ("主管部门", "219-清河区水利局", "coded"),
        ("运输方式", "公路运输（4）", "coded"),
        ("运输方式（4）", "公路运输", "coded"),
        ("净重（KG）", "公路运输", "text"),
        ("备注", "17", "text"),
        ("地点", "松江区", "text"),
    ],
)
def test_types_are_told_by_values_and_labels(label: str, value: str, kind: str) -> None:
    assert guess_field(label, value, Around(), NOTHING_KNOWN).type == kind


@pytest.mark.parametrize(
    ("label", "values", "kind"),
    [
        ("指标名称", ["指标1：培训人数", "指标2：培训天数"], "indicator-name"),
        ("指标值", ["≥80.00(%)", "及时", "=4人"], "indicator-value"),
        ("指标性质", ["≥", "="], "operator"),
        ("计量单位", ["人次", "天"], "unit"),
        ("数量及单位", ["1200千克", "30套"], "quantity"),
        ("完成情况", ["12人", "30天", "已完成"], "measure"),
        ("原产国", ["中国（CHN）", "日本（JPN）"], "coded"),
        ("序号", ["1", "2", "3"], "number"),
        ("日期", ["2024-01-02", "", "2024-01-05"], "date"),
        ("名称", ["阀门", "水泵"], "text"),
        ("重量", ["", ""], "number"),
    ],
)
def test_columns_are_told_by_most_of_their_cells(label: str, values: list[str], kind: str) -> None:
    assert guess_column(label, values, Around(), NOTHING_KNOWN).type == kind


def test_amounts_need_a_unit_somewhere() -> None:
    assert guess_field("金额", "12.00", Around(priced=True), NOTHING_KNOWN).type == "money"
    assert guess_field("金额", "12.00", Around(group="资金(万元)"), NOTHING_KNOWN).type == "money"
    assert guess_field("金额", "12.00", Around(), NOTHING_KNOWN).doubt is not None


def test_the_shape_of_a_code_in_brackets() -> None:
    assert code_shape("公路运输（4）") == "[0-9]"
    assert code_shape("智利(CHL)") == "[A-Z]{3}"
    assert code_shape("某公司（91310A）") == "[0-9A-Z]{6}"
    assert [code_shape(text) for text in ("总工会（本级）", "净重（KG）", "目标（2024）", "(12)")] == [None] * 4


def test_lines_above_the_table_hold_labels_too_but_a_unit_is_none() -> None:
    lines = [line_of("预录入编号：4274        海关编号：6793"), line_of("单位：万元"), line_of("2024年度")]
    assert [(note.label, note.value) for note in find_noted(lines, SCORER)] == [
        ("预录入编号", "4274"),
        ("海关编号", "6793"),
    ]


@given(st.lists(st.tuples(st.floats(-3, 3), st.booleans()), max_size=8))
def test_no_other_choice_of_labels_has_more_points(cells: list[tuple[float, bool]]) -> None:
    points, complete = [p for p, _ in cells], [c for _, c in cells]
    best = best_labels(points, complete)
    tried = (tuple(n for n in range(len(cells)) if mask >> n & 1) for mask in range(1 << len(cells)))
    assert worth(best, points, complete) >= max(worth(labels, points, complete) for labels in tried) - 1e-9


def worth(labels: Sequence[int], points: Sequence[float], complete: Sequence[bool]) -> float:
    """The points of a choice: each label's own, less what it costs to be alone or to be taken for a value."""
    total = 0.0
    for n in labels:
        total += points[n]
        if complete[n]:
            continue
        alone = n + 1 == len(points) or n + 1 in labels
        total += -2.5 if alone else -0.3 * max(points[n + 1], 0.0)
    return total


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=30))
def test_any_text_survives_the_way_into_yaml(text: str) -> None:
    assert yaml.safe_load(f"[{scalar(text)}]") == [text]


def test_names_are_given_once_and_known_words_are_translated() -> None:
    namer = Namer(NOTHING_KNOWN)
    names = [namer.field(label, None) for label in ("合同编号", "合同编号", "魑魅", "魑魅日期", "其中:财政资金")]
    assert [name.path for name in names] == ["contract_number", "contract_number_2", "field_3", "date", "fiscal_funds"]
    assert [name.doubt is None for name in names] == [True, True, False, False, True]


def test_no_path_is_a_value_and_a_group() -> None:
    known = vocabulary(WORDS, load_definitions("auto", config_dir() / "forms"))
    grouped = next(label for label, entry in known.fields.items() if "." in entry.path)
    group = known.fields[grouped].path.split(".")[0]
    namer = Namer(known)
    namer.taken.add(group)
    assert namer.field(grouped, None).path == known.fields[grouped].path.replace(".", "_")
    other = Namer(known)
    other.taken.add(f"{group}.part")
    assert other._once(Named(group, "组", "Group")).path == f"{group}_2"


def test_a_code_has_a_path_of_its_own() -> None:
    draft = drafted([["主管部门", "219-清河区水利局"], ["主管部门编码", "219"], ["实施单位", "[301]沂水镇卫生院"]])
    paths = [path for field in draft.fields for path in (field.named.path, field.named.code) if path]
    assert len(paths) == len(set(paths)) == 5


def test_all_options_of_a_choice() -> None:
    assert list_options("☑新增项目 □延续项目") == ("新增项目", "延续项目")
    assert list_options("人员类□ 运转类√") == ("人员类", "运转类")
