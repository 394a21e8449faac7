"""Families of the corpus: every layout draws, its truth is what it prints, files of many keep their pages."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from test_corpus import check_text_layer, folded, leaves, needs_fonts

from bench.corpus.document import Laid, lay_document
from bench.corpus.draw import draw_pdf
from bench.corpus.families.document import draw_family, fitting_style, forms, layout_of
from bench.corpus.families.layouts import Layout, load_layouts, parse_spot
from bench.corpus.families.mixed import draw_mixed
from bench.corpus.families.sketch import PLAIN, Sketch, draw_sketch
from bench.corpus.families.words import load_words
from bench.corpus.machine import make_sample
from bench.corpus.pools import load_pools
from bench.corpus.spec import rng_of
from bench.corpus.truth import in_place, record_truths
from bench.drawn import Wanted
from bench.families import goals_of, measure
from pipeline.geometry import Box
from pipeline.model import Cell, check_tiling

LAYOUTS = [layout for layouts in load_layouts().values() for layout in layouts]
NAMES = [f"{layout.form}/{layout.name}" for layout in LAYOUTS]
FUNDS = {f"funds.annual_{part}" for part in ("total", "appropriation", "carryover", "other")}
COLUMNS = ("initial_budget", "full_year_budget", "executed", "weight", "execution_rate", "score")
TARGET = {"level1", "level2", "number", "name", "operator", "value", "unit", "text", "weight"}
CONTRACT = {
    "project-target": {
        "fiscal_year", "project_name", "project_code", "competent_department", "competent_department_code",
        "implementing_unit", "project_attribute", "project_period", "overall_goal", "annual_goal", *FUNDS,
    },
    "project-self-evaluation": {
        "fiscal_year", "project_name", "competent_department", "implementing_unit", "expected_goal", "actual_result",
        "total_weight", "total_score", *(f"{fund}.{column}" for fund in FUNDS for column in COLUMNS),
    },
    "department-target": {
        "fiscal_year", "department_name", "annual_goal", "funds.annual_total", "funds.annual_appropriation",
        "funds.annual_other",
    },
    "shanghai-project-target": {
        "fiscal_year", "project_name", "project_nature", "project_category", "competent_department",
        "implementing_unit", "start_date", "end_date", "overall_goal", "annual_goal", *FUNDS, "funds.project_total",
        "funds.project_fiscal", "funds.project_other",
    },
    "goods-declaration": {"fiscal_year", "customs_number", "domestic_consignor", "gross_weight", "trade_mode_code"},
}  # fmt: skip
ROWS = {
    "project-self-evaluation": {
        "indicators": TARGET | {"actual_value", "actual_unit", "actual_text", "score", "deviation"}
    },
    "department-target": {"indicators": TARGET, "tasks": {"name", "content", "total", "fiscal", "other"}},
    "goods-declaration": {"goods": {"item", "code", "name", "quantity", "unit", "price", "total", "currency"}},
}
SEEN = (
    "☑", "□", "√", "★", "*指标", "<p>", "&nbsp;", '"', "万元", "单位：", "（盖章）", "指标性质", "度量单位", "权重",
    "备注", "指标解释", "上年度实际水平", "中期资金总额", "上级资金", "财政专户管理资金", "单位资金", "中央补助",
    "地方资金", "中长期目标", "安排频度", "建设周期", "专项名称", "审核意见", "填报人", "年度目标：", "（≥**%）",
    "境内发货人\n", "（其中：", "定性", "—", "分）", "绩\n效\n指\n标",
)  # fmt: skip
"""Print that real forms show; every one has to occur."""
ROUNDS = 9


def sketches(rounds: int = 1) -> Iterator[Sketch]:
    for number in range(rounds):
        for layout in LAYOUTS:
            yield draw_sketch(rng_of("train", number, f"test/{layout.form}/{layout.name}"), layout)


def laid_out(layout: Layout, index: int = 0) -> Laid:
    rng = rng_of("train", index, "test/laid")
    sketch = draw_sketch(rng, layout)
    return lay_document([sketch], fitting_style(rng, [layout], "none", 8.0), rng)


def prints(path: str, value: Any, printed: str) -> bool:
    """Say whether a print can stand for a value, by means of its own."""
    text = folded(printed)
    if isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value):
        number = Decimal(re.sub("[^0-9.]", "", text))
        return Decimal(value) in {number, number * 10000}
    if path.endswith("_date"):
        return [int(part) for part in re.findall(r"\d+", text)] == [int(part) for part in value.split("-")]
    if path.endswith(".operator"):
        return "".join(printed.split()) in load_pools().operators[value]
    return text == folded(str(value))


# ---- layouts


def test_every_family_has_six_layouts_or_more() -> None:
    assert set(load_layouts()) == set(CONTRACT)
    assert all(len(layouts) >= 6 for layouts in load_layouts().values())


def test_a_cell_is_read_as_it_is_written() -> None:
    spot = parse_spot("境内发货人\\n{name}*3/2<^+")
    assert (spot.text, spot.cols, spot.rows, spot.align, spot.valign) == ("境内发货人\n{name}", 3, 2, "left", "top")
    assert spot.gap > 0
    assert spot.paths == ("name",)
    assert parse_spot("_*2").text == ""
    assert parse_spot("主管部门及代码/编码").rows == 1


@needs_fonts
@pytest.mark.parametrize("layout", LAYOUTS, ids=NAMES)
def test_a_layout_draws_and_its_truth_is_what_it_prints(layout: Layout) -> None:
    laid = laid_out(layout)
    for page in laid.pages:
        for table in page.tables:
            cells = tuple(Cell(c.row, c.col, c.row_span, c.col_span, c.box) for c in table.cells)
            check_tiling(cells, table.n_rows, table.n_cols)
            assert Box(0, 0, page.width, page.height - 20).intersection(table.box) == table.box
    ((truth, boxes),) = record_truths(laid, in_place)
    for path, value in leaves(truth["data"]).items():
        if value is None:
            assert path not in boxes
        elif not (path == "fiscal_year" and layout.year_in_name) and not path.startswith("long_term_indicators"):
            assert prints(path, value, boxes[path]["text"]), (path, value, boxes[path]["text"])


@pytest.mark.parametrize("layout", LAYOUTS, ids=NAMES)
def test_the_data_have_the_keys_of_the_contract(layout: Layout) -> None:
    data = draw_sketch(rng_of("tune", 3, layout.name), layout).data()
    scalars = {path for path in leaves(data) if "[" not in path}
    assert scalars >= CONTRACT[layout.form]
    for table, keys in ROWS.get(layout.form, {"indicators": TARGET}).items():
        assert data[table]
        assert all(set(row) >= keys for row in data[table])


def test_what_a_layout_does_not_print_is_null() -> None:
    short = next(layout for layout in LAYOUTS if layout.name == "short")
    data = draw_sketch(rng_of("tune", 0), short).data()
    assert data["funds"]["annual_total"]["initial_budget"] is None
    assert data["funds"]["annual_total"]["full_year_budget"] is not None
    assert set(data["funds"]["annual_carryover"].values()) == {None}


def test_everything_that_was_seen_on_forms_occurs() -> None:
    text = "\n".join(
        "".join(run.text for run in cell.runs)
        for sketch in sketches(ROUNDS)
        for cell in (*sketch.table(PLAIN).cells, *captions_of(sketch))
    )
    assert [sign for sign in SEEN if sign not in text] == []
    assert re.search(r"\d{3}-\S", text)
    assert re.search(r"\S\[\d{3,}\]", text)
    assert re.search(r"\[\d{3,}\]\S", text)


def captions_of(sketch: Sketch) -> Iterator[Any]:
    for runs in sketch.table(PLAIN).captions:
        yield type("Line", (), {"runs": runs})


# ---- sums


def number(value: str | None) -> Decimal:
    return Decimal(value or 0)


def test_scores_weights_and_tasks_add_up() -> None:
    for sketch in sketches(2):
        data = sketch.data()
        if sketch.form == "project-self-evaluation":
            for total, leaf in (("total_weight", "weight"), ("total_score", "score")):
                parts = [number(row[leaf]) for row in data["indicators"]]
                assert number(data[total]) == sum(parts) + number(data["funds"]["annual_total"][leaf])
        if sketch.form == "department-target" and any(task["total"] for task in data["tasks"]):
            assert number(data["funds"]["annual_total"]) == sum(number(task["total"]) for task in data["tasks"])
        if sketch.form == "goods-declaration":
            assert all(number(g["price"]) * number(g["quantity"]) == number(g["total"]) for g in data["goods"])


# ---- documents


@pytest.mark.parametrize("form", forms())
def test_every_round_of_numbers_has_each_layout_once(form: str) -> None:
    count = len(load_layouts()[form])
    for first in (0, count, 5 * count):
        assert {layout_of(form, first + i).name for i in range(count)} == {one.name for one in load_layouts()[form]}


@needs_fonts
def test_a_document_is_the_same_twice_and_no_split_shares_it() -> None:
    once, again = (make_sample("tune", 5, "digital", "project-target") for _ in range(2))
    assert once == again
    other = make_sample("train", 5, "digital", "project-target")
    assert [line["data"] for line, _ in once.records] != [line["data"] for line, _ in other.records]


@needs_fonts
@pytest.mark.parametrize("form", forms())
def test_the_text_layer_holds_every_leaf_in_its_box(form: str) -> None:
    laid = draw_family(form, "tune", 1)
    check_text_layer(draw_pdf(list(laid.pages), "test"), [boxes for _, boxes in record_truths(laid, in_place)])


@needs_fonts
def test_a_scan_of_a_family_keeps_its_boxes_on_its_pages() -> None:
    sample = make_sample("tune", 2, "lowdpi", "goods-declaration")
    assert all(leaf["page"] <= sample.n_pages for _, boxes in sample.records for leaf in boxes.values())
    assert sample.name.startswith("goods-declaration-tune-lowdpi-00002.")


# ---- files of many declarations


@needs_fonts
def test_files_of_many_hold_every_kind_of_join_and_split() -> None:
    kinds: set[str] = set()
    for index in range(14):
        laid = draw_mixed("tune", index)
        truths = [truth for truth, _ in record_truths(laid, in_place)]
        assert 1 <= len(truths) <= 12
        pages = [truth["pages"] for truth in truths]
        assert all(one == list(range(one[0], one[-1] + 1)) for one in pages)
        assert all(a[-1] <= b[0] for a, b in itertools.pairwise(pages))
        shared = any(a[-1] == b[0] for a, b in itertools.pairwise(pages))
        used = {page for one in pages for page in one}
        kinds |= {"two on a page"} if shared else set()
        kinds |= {"over pages"} if any(len(one) > 2 for one in pages) else set()
        kinds |= {"several forms"} if len({truth["form"] for truth in truths}) > 1 else set()
        kinds |= {"unused page"} if len(used) < len(laid.pages) else set()
        kinds |= {"foreign table"} if any(is_foreign(table) for page in laid.pages for table in page.tables) else set()
        kinds |= {"fewer columns"} if lost_column(laid) else set()
        copies = [line for page in laid.pages for line in page.lines if line.copy]
        kinds |= {"printed again"} if copies else set()
    assert kinds == {
        "two on a page", "over pages", "several forms", "unused page", "foreign table", "fewer columns", "printed again"
    }  # fmt: skip


def is_foreign(table: Any) -> bool:
    return all(line.record is None for cell in table.cells for line in cell.lines)


def lost_column(laid: Laid) -> bool:
    """Say whether a table goes on over a page break with its first column left out."""
    tables = [table for page in laid.pages for table in page.tables]
    return any(b.box.x0 > a.box.x0 + 1 and b.box.x1 == a.box.x1 for a, b in itertools.pairwise(tables))


@needs_fonts
def test_truth_of_a_file_of_many_stands_on_the_pages_it_names() -> None:
    laid = draw_mixed("tune", 3)
    for truth, boxes in record_truths(laid, in_place):
        assert {part["page"] for leaf in boxes.values() for part in leaf["parts"]} <= set(truth["pages"])
        assert truth["form"] in load_words().fields
        assert truth["layout"] in {layout.name for layout in load_layouts()[truth["form"]]}


# ---- measuring


@needs_fonts
def test_a_measured_document_has_an_outcome_for_each_record() -> None:
    file = measure(Wanted("tune", 0, "digital", "project-target"))
    assert file.failure is None
    assert [one.form for one in file.outcomes] == ["project-target"]
    assert {goal.what: goal.measured for goal in goals_of([file])}["leaf accuracy, scanned"] is None
