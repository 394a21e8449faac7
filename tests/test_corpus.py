"""The corpus machine: what it draws and what it says is true must be the same thing."""

from __future__ import annotations

import io
import json
import re
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pdfplumber
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "sample_docs")]

import draw as sample_script  # noqa: E402

from bench.corpus import bend, marks, sensor  # noqa: E402
from bench.corpus.__main__ import main  # noqa: E402
from bench.corpus.document import draw_laid  # noqa: E402
from bench.corpus.draw import draw_pdf  # noqa: E402
from bench.corpus.fonts import FAMILIES, SIGNS, FontFile, GlyphMissingError, family_of, find_font, missing_packages  # noqa: E402
from bench.corpus.levels import LEVELS, levels_of  # noqa: E402
from bench.corpus.machine import make_sample  # noqa: E402
from bench.corpus.pools import load_pools  # noqa: E402
from bench.corpus.sheet import Sheet, generator_of, map_box, map_points  # noqa: E402
from bench.corpus.spec import SPLITS, draw_declaration, draw_funds, rng_of  # noqa: E402
from bench.corpus.store import image_of, store  # noqa: E402
from bench.corpus.text import wrap  # noqa: E402
from bench.corpus.truth import in_place, record_truths, table_truths  # noqa: E402
from bench.corpus.wording import HALF_WIDTH, Run, data_of, draw_manner  # noqa: E402
from pipeline.geometry import Box  # noqa: E402
from pipeline.model import Cell, check_tiling  # noqa: E402

MISSING = missing_packages()
needs_fonts = pytest.mark.skipif(bool(MISSING), reason=f"fonts to draw with are not installed: {', '.join(MISSING)}")
SAMPLES = ROOT / "sample_docs"
MONEY = re.compile(r"-?\d+\.\d\d")
FOLD = str.maketrans("０１２３４５６７８９％＞＜＝", "0123456789%><=")
indices = st.integers(0, 10**6)


def folded(text: str) -> str:
    """One spelling: what a comparison of text must not see."""
    return re.sub(r"\s", "", text.translate(HALF_WIDTH).translate(FOLD))


def leaves(node: Any, path: str = "") -> dict[str, Any]:
    if isinstance(node, dict):
        return {k: v for key, value in node.items() for k, v in leaves(value, f"{path}.{key}".strip(".")).items()}
    if isinstance(node, list):
        return {k: v for i, value in enumerate(node) for k, v in leaves(value, f"{path}[{i}]").items()}
    return {path: node}


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def prints_value(path: str, value: Any, printed: str) -> bool:
    """Say whether a print can stand for a value, by means of its own, not the pipeline's."""
    text = folded(printed)
    if path.startswith("funds."):
        number = Decimal(re.sub("[^0-9.]", "", text))
        return Decimal(value) in {number, number * 10000}
    if path.endswith("_date"):
        digits = [int(part) for part in re.findall(r"\d+", text)]
        return digits == [int(part) for part in value.split("-")]
    if path.endswith(".operator"):
        return printed in load_pools().operators[value]
    return text == folded(str(value))


# ---- specifications


@given(indices)
def test_a_specification_can_be_drawn_again_and_no_split_shares_it(index: int) -> None:
    drawn = [draw_declaration(rng_of(split, index)) for split in SPLITS]
    assert drawn == [draw_declaration(rng_of(split, index)) for split in SPLITS]
    assert len({repr(one) for one in drawn}) == len(SPLITS)


@given(indices)
def test_a_specification_is_canonical(index: int) -> None:
    rng = rng_of("train", index)
    declaration = draw_declaration(rng)
    found = leaves(data_of(declaration, draw_manner(rng)))
    assert 1 <= len(declaration.indicators) <= 40
    assert all(MONEY.fullmatch(value) for path, value in found.items() if path.startswith("funds.") and value)
    for indicator in declaration.indicators:
        assert (indicator.text is None) != (indicator.value is None)
        assert indicator.text is None or (indicator.operator, indicator.unit) == (None, None)
    for path, value in found.items():
        assert not (isinstance(value, str) and re.search(r"[,;:!?％＜＞]|<p>|\d ", value)), (path, value)


def test_most_sums_hold_and_some_originals_do_not_add_up() -> None:
    holds = []
    for index in range(400):
        funds = draw_funds(rng_of("train", index))
        parts = ((funds.project_fiscal or 0) + (funds.project_other or 0), funds.annual_appropriation or Decimal(0))
        annual = parts[1] + (funds.annual_carryover or 0) + (funds.annual_other or 0)
        assert annual == funds.annual_total
        holds.append(parts[0] == funds.project_total)
    assert 0.93 < sum(holds) / len(holds) < 1.0


def test_project_and_annual_amounts_differ_for_phased_projects() -> None:
    drawn = [draw_funds(rng_of("train", index)) for index in range(200)]
    differ = sum(funds.project_total != funds.annual_total for funds in drawn)
    assert 0.2 < differ / len(drawn) < 0.45


# ---- fonts and text


@needs_fonts
def test_every_word_of_the_pools_has_ink_in_every_font() -> None:
    words = (ROOT / "bench/corpus/pools.yaml").read_text(encoding="utf-8")
    chars = sorted({char for char in words if not char.isspace()} | set("0123456789.,-—/年月日人"))
    faces = {name: ImageFont.truetype(str(find_font(font)), 16, index=font.index) for name, font in FAMILIES.items()}
    for family in FAMILIES:
        for char in chars:
            image = Image.new("L", (32, 32))
            ImageDraw.Draw(image).text((4, 4), char, 255, faces[family_of(char, family)])
            assert image.getbbox() is not None, (family, char)


@pytest.mark.parametrize("font", [*FAMILIES.values(), SIGNS], ids=lambda font: font.package)
def test_a_new_machine_gets_every_font_that_is_drawn_with(font: FontFile) -> None:
    wanted = (ROOT / "scripts" / "system_libraries.sh").read_text(encoding="utf-8")
    assert re.search(rf"{re.escape(font.package)}:\S+/{re.escape(font.file)}\b", wanted)


@needs_fonts
def test_a_character_that_no_font_draws_is_refused() -> None:
    with pytest.raises(GlyphMissingError):
        family_of("\U0001f600", "song")


@needs_fonts
@given(st.text(alphabet="甲乙丙，。（）“”0123456789.,% ab", max_size=80), st.floats(40, 300), st.booleans())
def test_wrapping_keeps_every_character_within_the_width(text: str, width: float, anywhere: bool) -> None:
    lines = wrap([Run(text)], width, "song", 10.0, anywhere, True)
    assert "".join(char.char for line in lines for char in line).replace(" ", "") == text.replace(" ", "")
    assert all(sum(char.width for char in line) <= width + 1e-3 for line in lines)


# ---- drawn documents


@needs_fonts
@settings(max_examples=25, deadline=None)
@given(indices)
def test_every_table_part_tiles_and_stays_on_its_page(index: int) -> None:
    laid = draw_laid("train", index)
    for page in laid.pages:
        for table in page.tables:
            cells = tuple(Cell(c.row, c.col, c.row_span, c.col_span, c.box) for c in table.cells)
            check_tiling(cells, table.n_rows, table.n_cols)
            assert Box(0, 0, page.width, page.height - 20).intersection(table.box) == table.box
        for line in page.lines:
            assert all(box.x0 >= 0 and box.x1 <= page.width for box in line.char_boxes())


@needs_fonts
@settings(max_examples=25, deadline=None)
@given(indices)
def test_every_value_is_printed_where_the_truth_says(index: int) -> None:
    laid = draw_laid("train", index)
    for truth, boxes in record_truths(laid, in_place):
        for path, value in leaves(truth["data"]).items():
            if value is None:
                assert path not in boxes
            elif path in {"overall_goal", "annual_goal"}:
                assert folded(boxes[path]["text"]) == folded(value)
            else:
                assert prints_value(path, value, boxes[path]["text"]), (path, value, boxes[path]["text"])


@needs_fonts
@pytest.mark.parametrize("index", range(4))
def test_the_text_layer_holds_every_leaf_in_its_box(index: int) -> None:
    laid = draw_laid("tune", index)
    check_text_layer(draw_pdf(list(laid.pages), "test"), [boxes for _, boxes in record_truths(laid, in_place)])


def check_text_layer(pdf: bytes, boxes: list[dict[str, Any]]) -> None:
    """Assert that the characters inside each leaf's lines are its print."""
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        chars = [
            [(c["text"], (c["x0"] + c["x1"]) / 2, (c["top"] + c["bottom"]) / 2) for c in p.chars]
            for p in document.pages
        ]
    for record in boxes:
        for path, leaf in record.items():
            found = "".join(line_text(chars[line["page"] - 1], line["corners"]) for line in leaf["lines"])
            found = re.sub("</?p>", "", found.replace(" ", ""))  # a tag between two paragraphs of one line
            assert found == re.sub(r"\s", "", leaf["text"]), path


def line_text(chars: list[tuple[str, float, float]], corners: list[list[float]]) -> str:
    (x0, y0), _, (x1, y1), _ = corners
    return "".join(text for text, x, y in chars if x0 <= x <= x1 and y0 <= y <= y1)


@needs_fonts
def test_the_same_document_has_the_same_bytes() -> None:
    first, second = (draw_pdf(list(draw_laid("tune", 7).pages), "seed") for _ in range(2))
    assert first == second


@needs_fonts
def test_a_page_break_carries_levels_and_goals_over() -> None:
    crossing = [
        truth
        for i in range(12)
        for truth, _ in record_truths(draw_laid("tune", i), in_place)
        if len(truth["pages"]) > 1
    ]
    assert crossing


@needs_fonts
def test_table_truth_has_a_cell_for_every_slot() -> None:
    for table in table_truths(draw_laid("tune", 3), in_place):
        slots = sum(cell["row_span"] * cell["col_span"] for cell in table["cells"])
        assert slots == table["n_rows"] * table["n_cols"]


# ---- degradations


def marked(x: float, y: float) -> Sheet:
    """A white sheet of 300 x 400 pixels with one black dot."""
    picture = np.full((400, 300, 3), 255, np.uint8)
    picture[int(y) - 4 : int(y) + 4, int(x) - 4 : int(x) + 4] = 0
    return Sheet(picture, 200.0, {0: ()})


def dot_of(sheet: Sheet, near: np.ndarray[Any, Any]) -> tuple[float, float]:
    """The centre of what is darkest within 16 pixels of a point."""
    x0, y0 = max(0, int(near[0]) - 16), max(0, int(near[1]) - 16)
    window = 255.0 - sheet.picture[y0 : y0 + 32, x0 : x0 + 32].min(axis=2)
    window = np.where(window > 200, window, 0)
    ys, xs = np.indices(window.shape)
    return float((xs * window).sum() / window.sum() + x0 + 0.5), float((ys * window).sum() / window.sum() + y0 + 0.5)


STEPS = {
    "skew": bend.skew,
    "quarter": bend.quarter,
    "curl": bend.curl,
    "photo": bend.photo,
    "edges": bend.scanner_edges,
}


@pytest.mark.parametrize("name", STEPS)
@settings(max_examples=12, deadline=None)
@given(x=st.integers(40, 260), y=st.integers(40, 360), strength=st.floats(0, 1), seed=st.integers(0, 999))
def test_a_point_goes_where_its_map_says(name: str, x: int, y: int, strength: float, seed: int) -> None:
    moved = STEPS[name](marked(x, y), generator_of(f"{seed}"), strength)
    want = map_points(moved, 0, np.array([[float(x), float(y)]]))[0]
    got = dot_of(moved, want)
    assert got == pytest.approx(tuple(want), abs=1.5)


def test_two_pages_side_by_side_keep_their_places() -> None:
    left, right = marked(50, 60), marked(200, 300)
    sheet = bend.side_by_side(left, Sheet(right.picture, 200.0, {1: ()}), 10)
    for page, (x, y) in enumerate(((50, 60), (200, 300))):
        want = map_points(sheet, page, np.array([[float(x), float(y)]]))[0]
        assert dot_of(sheet, want) == pytest.approx(tuple(want), abs=0.6)
    assert map_box(sheet, 1, Box(0, 0, 10, 10)) == Box(310, 0, 320, 10)


INKS = {"seal": marks.seal, "signature": marks.signature, "ticks": marks.ticks, "bleed": marks.bleed}


@needs_fonts
@pytest.mark.parametrize("name", INKS)
def test_ink_darkens_and_never_hides_print(name: str) -> None:
    sheet = marked(150, 200)
    after = INKS[name](sheet, generator_of(name), 0.8)
    assert (after.picture <= sheet.picture).all()
    assert (after.picture < sheet.picture).any()
    assert after.pages == sheet.pages


PAINTS = {
    "blur": sensor.blur, "motion": sensor.motion, "noise": sensor.noise, "shade": sensor.shade, "faded": sensor.faded,
    "jpeg": sensor.jpeg, "fax": sensor.fax, "folds": marks.folds, "holes": marks.holes, "coloured": marks.coloured,
}  # fmt: skip


@pytest.mark.parametrize("name", PAINTS)
def test_a_step_is_seeded_keeps_the_frame_and_changes_the_picture(name: str) -> None:
    sheet = replace(marked(150, 200), dpi=60.0)  # holes are 40 mm from the middle
    once, again = (PAINTS[name](sheet, generator_of("7"), 0.7) for _ in range(2))
    assert np.array_equal(once.picture, again.picture)
    assert once.picture.shape == sheet.picture.shape
    assert not np.array_equal(once.picture, sheet.picture)


def test_a_fax_is_stored_as_one_bit_in_group_4() -> None:
    sheet = sensor.fax(marked(150, 200), generator_of("fax"), 0.3)
    image = Image.open(io.BytesIO(store([sheet, sheet], "tiff")))
    assert (image.mode, image.n_frames, image.info["compression"]) == ("1", 2, "group4")
    assert image.info["dpi"] == (200.0, 200.0)
    assert np.array_equal(np.asarray(image), np.asarray(image_of(sheet)))


def test_stored_files_are_the_same_twice_and_one_page_kinds_refuse_two() -> None:
    sheet = marked(150, 200)
    for kind in ("pdf", "tiff", "png", "jpeg"):
        assert store([sheet], kind) == store([sheet], kind)
    with pytest.raises(ValueError, match="one page"):
        store([sheet, sheet], "png")


# ---- the machine


@needs_fonts
@pytest.mark.parametrize("level", ["fax", "a3", "lowdpi"])
def test_a_sample_is_the_same_twice_and_its_boxes_lie_on_its_pages(level: str) -> None:
    sample = make_sample("tune", 7, level)
    assert sample == make_sample("tune", 7, level)
    pages = {part["page"] for _, boxes in sample.records for leaf in boxes.values() for part in leaf["parts"]}
    assert pages <= set(range(1, sample.n_pages + 1))
    assert all(
        x1 > x0 and y1 > y0 for _, boxes in sample.records for x0, y0, x1, y1 in (b["bbox"] for b in boxes.values())
    )


def test_levels_are_chosen_by_name_by_group_or_all() -> None:
    assert levels_of("photo") == ["photo"]
    assert set(levels_of("clean")) == {"scan", "skew3", "seal", "fax", "turn", "shade"}
    assert levels_of("all") == list(LEVELS)
    with pytest.raises(ValueError, match="choose one of"):
        levels_of("cleen")


@needs_fonts
def test_the_command_writes_documents_with_their_truth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--split", "test", "--count", "2", "--level", "digital", "--out", str(tmp_path)]) == 0
    truths, tables = read_lines(tmp_path / "truth.jsonl"), read_lines(tmp_path / "tables.jsonl")
    files = {str(path.relative_to(tmp_path)) for path in (tmp_path / "in").iterdir()}
    assert {line["file"] for line in truths} == files == {line["file"] for line in tables}
    assert len(read_lines(tmp_path / "boxes.jsonl")) == len(truths)
    assert "2 documents" in capsys.readouterr().err


# ---- sample documents


def test_sample_documents_are_small_and_each_has_its_truth() -> None:
    documents = [path for path in SAMPLES.iterdir() if path.suffix in {".pdf", ".tif", ".jpg"}]
    assert len(documents) >= 6
    assert sum(path.stat().st_size for path in SAMPLES.iterdir() if path.is_file()) < 10_000_000
    assert all(path.with_suffix(".truth.jsonl").is_file() for path in documents)


def test_the_digital_sample_holds_every_leaf_of_its_truth() -> None:
    boxes = read_lines(SAMPLES / "declarations.boxes.jsonl")
    check_text_layer((SAMPLES / "declarations.pdf").read_bytes(), boxes)
    for truth, places in zip(read_lines(SAMPLES / "declarations.truth.jsonl"), boxes, strict=True):
        for path, value in leaves(truth["data"]).items():
            assert value is None or prints_value(path, value, places[path]["text"]), path


def test_the_samples_say_the_same_in_every_kind_of_file() -> None:
    digital, scan, fax = (
        [line["data"] for line in read_lines(SAMPLES / f"{name}.truth.jsonl")]
        for name in ("declarations", "declarations_scan", "declarations_fax")
    )
    assert digital == scan == fax
    assert [line["data"] for line in read_lines(SAMPLES / "photo.truth.jsonl")] == digital[1:2]


@needs_fonts
def test_the_sample_script_draws_what_is_stored(tmp_path: Path) -> None:
    laid = sample_script.lay(sample_script.read_entries())
    stored = read_lines(SAMPLES / "declarations.truth.jsonl")
    assert [truth["data"] for truth, _ in record_truths(laid, in_place)] == [line["data"] for line in stored]
    pdfs = [draw_pdf(list(sample_script.lay(sample_script.read_entries()).pages), "sample") for _ in range(2)]
    assert pdfs[0] == pdfs[1]


def test_a_scan_has_no_text_layer_and_the_broken_file_is_cut_off() -> None:
    with pdfplumber.open(SAMPLES / "declarations_scan.pdf") as scan:
        assert [len(page.chars) for page in scan.pages] == [0] * 6
    whole = (SAMPLES / "declarations.pdf").read_bytes()
    assert whole.startswith((SAMPLES / "broken.pdf").read_bytes())
