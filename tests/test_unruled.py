"""Tables that only white space parts: found where lines share columns, never in prose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pikepdf
import pytest
from ingest_checks import SEEDS, SETTINGS
from pdf_makers import draw, edit
from pikepdf import Array
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from pipeline.config import load_settings
from pipeline.model import CleanPage, TableRegion
from pipeline.stages.detect.unruled import detect_unruled, find_blocks
from pipeline.stages.ingest import open_document

DETECT = load_settings().detect
ROWS = [
    ("Item", "Unit", "Amount", "Note"),
    ("Paper", "box", "1,200.00", "first"),
    ("Ink and toner", "piece", "88.50", "second"),
    ("Repair", "hour", "9.00", ""),
    ("Total", "", "1,297.50", "sum"),
]
PROSE = (
    "Lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore magna aliqua "
)


def table(canvas: Canvas, x: float, y: float, rows: Sequence[Sequence[str]] = ROWS, step: float = 18) -> None:
    canvas.setFont("Helvetica", 10)
    for row, words in enumerate(rows):
        for word, dx in zip(words, (0, 130, 220, 310), strict=False):
            canvas.drawString(x + dx, y - row * step, word)


def prose(canvas: Canvas, x: float, y: float, width: float, n_lines: int) -> None:
    canvas.setFont("Helvetica", 10)
    for row, line in enumerate(simpleSplit(PROSE * 40, "Helvetica", 10, width)[:n_lines]):
        canvas.drawString(x, y - 12 * row, line)


def clean(path: Path) -> CleanPage:
    with open_document(path, path.name, SETTINGS) as opened:
        page = opened.page(0)
    assert page.layer is not None
    return CleanPage(0, page.file_size, "pt", page.file_size, 72.0, page.to_file, layer=page.layer)


def find(path: Path) -> tuple[TableRegion, ...]:
    return detect_unruled(clean(path), path, DETECT)


def cells(path: Path, region: TableRegion) -> list[list[str]]:
    """Return the text between a region's rulings, row by row."""
    layer = clean(path).layer
    assert layer is not None
    xs = sorted(r.at for r in region.rulings if r.orientation == "v")
    ys = sorted(r.at for r in region.rulings if r.orientation == "h")
    grid = [["" for _ in xs[1:]] for _ in ys[1:]]
    for char in layer.chars:
        if region.box.contains(char.box.centre):
            x, y = char.box.centre
            grid[sum(edge <= y for edge in ys) - 1][sum(edge <= x for edge in xs) - 1] += char.text
    return grid


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("box", [None, [40, 60, 560, 800]])
def test_a_table_between_prose(tmp_path: Path, turn: int, box: list[int] | None) -> None:
    def page(canvas: Canvas) -> None:
        prose(canvas, 60, 760, 450, 6)
        table(canvas, 60, 600)
        prose(canvas, 60, 450, 450, 6)

    path = draw(tmp_path / "a.pdf", page)

    def change(pdf: pikepdf.Pdf) -> None:
        a, b, c, d, e, f = {
            0: (1, 0, 0, 1, 0, 0),
            90: (0, 1, -1, 0, 800, 50),
            180: (-1, 0, 0, -1, 600, 850),
            270: (0, -1, 1, 0, -200, 640),
        }[turn]
        content = pdf.pages[0].Contents.read_bytes()
        pdf.pages[0].Contents = pikepdf.Stream(pdf, f"q {a} {b} {c} {d} {e} {f} cm\n".encode() + content + b"\nQ")
        pdf.pages[0].obj.Rotate = turn
        if turn in (90, 270):
            pdf.pages[0].obj.MediaBox = Array([0, 0, 842, 595])
        if box and turn in (0, 180):
            pdf.pages[0].obj.CropBox = Array(box)

    edit(path, change)
    (region,) = find(path)
    assert region.kind == "unruled"
    assert cells(path, region) == [list(row) for row in ROWS]
    assert {r.thickness for r in region.rulings} == {0.0}


def test_two_tables(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        table(canvas, 60, 700)
        table(canvas, 60, 400, [("Nr", "A", "B"), ("1", "x", "y"), ("2", "x", "yy"), ("3", "xxx", "y")])

    path = draw(tmp_path / "a.pdf", page)
    upper, lower = find(path)
    assert upper.box.y1 < lower.box.y0
    assert cells(path, lower)[2] == ["2", "x", "yy"]


def columns(canvas: Canvas) -> None:
    for column in range(3):
        prose(canvas, 45 + 172 * column, 780, 155, 50)


def labels(canvas: Canvas) -> None:
    for row, label in enumerate(["Name", "Address", "Telephone", "Date", "Signature"]):
        canvas.drawString(60, 700 - 20 * row, label)
        canvas.drawString(200, 700 - 20 * row, "........")


def signatures(canvas: Canvas) -> None:
    prose(canvas, 60, 700, 450, 8)
    for x, label in zip((60, 220, 380), ("Written by:", "Telephone:", "Date:"), strict=True):
        canvas.drawString(x, 500, label)


def contents(canvas: Canvas) -> None:
    for row in range(12):
        canvas.drawString(60, 700 - 20 * row, f"{row + 1}.")
        canvas.drawString(90, 700 - 20 * row, "Chapter " + "x" * (row % 5 * 4))


NO_TABLES: dict[str, Callable[[Canvas], None]] = {
    "prose": lambda canvas: prose(canvas, 60, 780, 450, 50),
    "prose in columns": columns,
    "labels": labels,
    "signatures": signatures,
    "numbered list": contents,
    "two rows": lambda canvas: table(canvas, 60, 700, ROWS[:2]),
}


@pytest.mark.parametrize("page", NO_TABLES.values(), ids=NO_TABLES.keys())
def test_what_is_no_table_never_wakes_camelot(tmp_path: Path, page: Callable[[Canvas], None]) -> None:
    found = clean(draw(tmp_path / "a.pdf", page))
    assert found.layer is not None
    assert find_blocks(found.layer.chars) == []
    assert detect_unruled(found, tmp_path / "never opened.pdf", DETECT) == ()


def test_a_doubtful_table_is_none(tmp_path: Path) -> None:
    path = draw(tmp_path / "a.pdf", lambda canvas: table(canvas, 60, 700))
    strict = DETECT.model_copy(update={"unruled_min_accuracy": 100.1})
    assert detect_unruled(clean(path), path, strict) == ()
    assert len(find(path)) == 1


def test_a_locked_file_is_read_too(tmp_path: Path) -> None:
    path = draw(tmp_path / "a.pdf", lambda canvas: table(canvas, 60, 700))
    edit(path, lambda pdf: None, encryption=pikepdf.Encryption(user="", owner="o", R=6))
    assert len(find(path)) == 1


@pytest.mark.skipif(not SEEDS.exists(), reason="needs the seed files")
def test_seed_text_is_no_unruled_table_outside_its_rulings() -> None:
    page = clean(SEEDS / "declarations.pdf")
    assert page.layer is not None
    assert find_blocks([char for char in page.layer.chars if char.box.y1 < 93]) == []
