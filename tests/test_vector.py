"""Ruled tables of digital pages: which rulings make a table, and where one ends."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingest_checks import SEEDS, SETTINGS
from pdf_makers import draw, ruled_table
from reportlab.pdfgen.canvas import Canvas

from pipeline.config import load_settings
from pipeline.geometry import Box, Transform
from pipeline.model import Char, CleanPage, Ruling, TableRegion, TextLayer
from pipeline.stages.detect.vector import detect_vector
from pipeline.stages.ingest import open_document

DETECT = load_settings().detect


def page_of(rulings: list[Ruling], chars: list[Char] | None = None, scale: float = 1.0) -> CleanPage:
    """Given rulings, return a page that holds them, with print everywhere unless characters are given."""
    everywhere = [Char("x", Box(x, y, x + 4, y + 4)) for x in range(0, 600, 40) for y in range(0, 850, 20)]
    to_clean = Transform.scale(scale)
    layer = TextLayer(
        tuple(Char(c.text, to_clean.apply_box(c.box)) for c in (everywhere if chars is None else chars)),
        tuple(
            Ruling(r.orientation, r.at * scale, r.start * scale, r.end * scale, r.thickness * scale) for r in rulings
        ),
    )
    size = (600.0 * scale, 850.0 * scale)
    return CleanPage(0, (600.0, 850.0), "pt", size, 72.0 * scale, Transform.scale(1 / scale), layer=layer)


def find(rulings: list[Ruling], chars: list[Char] | None = None) -> tuple[TableRegion, ...]:
    return detect_vector(page_of(rulings, chars), DETECT)


def frame(xs: list[float], ys: list[float], thickness: float = 1.0) -> list[Ruling]:
    """Given edges, return the rulings of a full grid."""
    return [
        *(Ruling("h", y, xs[0], xs[-1], thickness) for y in ys),
        *(Ruling("v", x, ys[0], ys[-1], thickness) for x in xs),
    ]


def cell_borders(xs: list[float], ys: list[float], gap: float, thickness: float = 1.0) -> list[Ruling]:
    """Given edges, return a box for each cell, parted from its neighbours by a gap."""
    half = gap / 2
    return [
        ruling
        for x0, x1 in pairwise(xs)
        for y0, y1 in pairwise(ys)
        for ruling in frame([x0 + half, x1 - half], [y0 + half, y1 - half], thickness)
    ]


def edges(region: TableRegion, orientation: str) -> list[float]:
    return sorted({r.at for r in region.rulings if r.orientation == orientation})


EDGES = st.lists(st.floats(20, 80), min_size=2, max_size=6).map(
    lambda steps: [50 + sum(steps[:n]) for n in range(len(steps) + 1)]
)


@given(EDGES, EDGES, st.floats(0.25, 3))
def test_a_full_grid_is_one_table(xs: list[float], ys: list[float], thickness: float) -> None:
    (region,) = find(frame(xs, ys, thickness))
    assert region.kind == "ruled"
    assert region.box.corners[0] == pytest.approx((xs[0], ys[0]))
    assert region.box.corners[2] == pytest.approx((xs[-1], ys[-1]))
    assert edges(region, "v") == pytest.approx(xs)
    assert edges(region, "h") == pytest.approx(ys)


@given(EDGES, EDGES, st.randoms())
def test_pieces_and_their_order_do_not_matter(xs: list[float], ys: list[float], random: object) -> None:
    pieces = []
    for ruling in frame(xs, ys):
        middle = ruling.start + ruling.length * 0.4
        pieces += [
            Ruling(ruling.orientation, ruling.at + 0.3, ruling.start + 0.8, middle),
            Ruling(ruling.orientation, ruling.at - 0.3, middle + 1.0, ruling.end - 0.8),
        ]
    random.shuffle(pieces)  # type: ignore[attr-defined]
    (region,) = find(pieces)
    assert edges(region, "v") == pytest.approx(xs, abs=0.3)
    assert edges(region, "h") == pytest.approx(ys, abs=0.3)
    assert len(region.rulings) == len(xs) + len(ys), "pieces are joined"


@given(st.floats(0.5, 8))
def test_the_resolution_does_not_matter(scale: float) -> None:
    rulings = [*frame([50, 100, 300], [100, 130, 160]), Ruling("h", 400, 50, 300)]
    (region,) = detect_vector(page_of(rulings, scale=scale), DETECT)
    expected = Transform.scale(scale).apply_box(Box(50, 100, 300, 160))
    assert (region.box.x0, region.box.y1) == pytest.approx((expected.x0, expected.y1))


NO_TABLES = {
    "nothing": [],
    "underline": [Ruling("h", 100, 50, 500)],
    "two lines": [Ruling("h", 100, 50, 500), Ruling("h", 120, 50, 500)],
    "cross": [Ruling("h", 100, 50, 500), Ruling("v", 200, 50, 500)],
    "box": frame([50, 500], [100, 300]),
    "double box": [*frame([50, 500], [100, 300]), *frame([53, 497], [103, 297])],
    "boxes apart": [*frame([50, 60], [100, 110]), *frame([80, 90], [100, 110]), *frame([80, 90], [200, 210])],
    "coloured band": frame([50, 500], [100, 120], 0.0),
    "coloured head": frame([50, 200, 350, 500], [100, 120], 0.0),
}


@pytest.mark.parametrize("rulings", NO_TABLES.values(), ids=NO_TABLES.keys())
def test_what_is_no_table(rulings: list[Ruling]) -> None:
    assert find(rulings) == ()


def test_pages_without_a_layer_or_print_have_none() -> None:
    assert find(frame([50, 100, 200], [50, 100, 200]), chars=[]) == ()
    page = CleanPage(0, (600.0, 850.0), "pt", (600.0, 850.0), 72.0, Transform.identity())
    assert detect_vector(page, DETECT) == ()


def test_one_row_of_two_cells_is_a_table() -> None:
    assert len(find(frame([50, 200, 500], [100, 120]))) == 1


def test_tables_one_under_the_other_stay_apart() -> None:
    upper, lower = frame([50, 200, 500], [100, 120, 140]), frame([50, 150, 250, 500], [146, 170, 190])
    beside = frame([510, 540, 560], [100, 120])
    regions = find([*lower, *beside, *upper])
    assert [region.box.y0 for region in regions] == [100, 100, 146]
    assert [edges(region, "v") for region in regions] == [[50, 200, 500], [510, 540, 560], [50, 150, 250, 500]]


def test_an_open_frame_is_still_a_table() -> None:
    inner = [Ruling("v", 200, 100, 160), Ruling("v", 300, 100, 160)]
    across = [Ruling("h", y, 50, 500) for y in (100, 130, 160)]
    (region,) = find([*inner, *across])
    assert region.box == Box(50, 100, 500, 160)


def test_double_strokes_and_bordered_cells_are_one_table() -> None:
    double = [*frame([50, 200, 500], [100, 130, 160]), *frame([51.5, 201.5, 498.5], [101.5, 131.5, 158.5])]
    (region,) = find(double)
    assert len(edges(region, "v")) == len(edges(region, "h")) == 3
    (region,) = find(cell_borders([50, 200, 350, 500], [100, 130, 160], gap=2))
    assert edges(region, "v") == pytest.approx([51, 200, 350, 499])
    assert edges(region, "h") == pytest.approx([101, 130, 159])


def test_a_frame_around_a_table_is_not_the_table() -> None:
    (region,) = find([*frame([20, 580], [20, 830]), *frame([50, 200, 500], [100, 130, 160])])
    assert region.box == Box(50, 100, 500, 160)


def test_a_table_in_a_cell_belongs_to_the_cell() -> None:
    outer = frame([50, 200, 500], [100, 300, 400, 500])
    inner = frame([220, 300, 400], [120, 150, 180])
    assert [region.box for region in find([*outer, *inner])] == [Box(50, 100, 500, 500)]


def test_an_underline_in_a_cell_is_left_out() -> None:
    rulings = [*frame([50, 200, 500], [100, 130, 160]), Ruling("h", 122, 60, 150)]
    (region,) = find(rulings)
    assert edges(region, "h") == [100, 130, 160]


def test_fills_rule_where_nothing_is_drawn() -> None:
    (region,) = find(frame([50, 200, 350, 500], [100, 120, 140, 160], 0.0))
    assert len(region.rulings) == 8
    drawn = frame([50, 200, 500], [100, 130, 160])
    (region,) = find([*drawn, *frame([52, 120, 198], [102, 115, 128], 0.0)])
    assert edges(region, "v") == [50, 200, 500], "a fill inside a drawn table parts nothing"
    (region,) = find([*frame([50, 500], [100, 160]), *cell_borders([50, 200, 350, 500], [100, 130, 160], 0, 0.0)])
    assert edges(region, "v") == pytest.approx([50, 200, 350, 500]), "a drawn frame with coloured cells in it"


def test_from_a_pdf(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        ruled_table(canvas, [60, 200, 400], [700, 670, 640])
        ruled_table(canvas, [60, 150, 250, 400], [600, 570, 540, 510])
        canvas.line(60, 450, 400, 450)

    path = draw(tmp_path / "a.pdf", page)
    with open_document(path, "a.pdf", SETTINGS) as opened:
        found = opened.page(0)
    clean = CleanPage(0, found.file_size, "pt", found.file_size, 72.0, found.to_file, layer=found.layer)
    regions = detect_vector(clean, DETECT)
    assert [(round(r.box.y0), round(r.box.y1), len(r.rulings)) for r in regions] == [(142, 202, 6), (242, 332, 8)]


@pytest.mark.skipif(not SEEDS.exists(), reason="needs the seed files")
def test_every_seed_page_has_one_table() -> None:
    with open_document(SEEDS / "declarations.pdf", "declarations.pdf", SETTINGS) as opened:
        for number in range(opened.source.n_pages):
            page = opened.page(number)
            clean = CleanPage(number, page.file_size, "pt", page.file_size, 72.0, page.to_file, layer=page.layer)
            (region,) = detect_vector(clean, DETECT)
            assert region.box.x0 == pytest.approx(45, abs=1)
            assert region.box.x1 == pytest.approx(550, abs=1)
