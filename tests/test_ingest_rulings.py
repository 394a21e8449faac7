"""Ingest of PDF pages: painted paths become rulings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingest_checks import layer_of
from pdf_makers import draw, lines
from reportlab.pdfgen.canvas import Canvas

from pipeline.model import Ruling
from pipeline.stages.ingest.rulings import join_pieces


def rulings(path: Path) -> list[tuple[str, float, float, float]]:
    return sorted((r.orientation, round(r.at, 1), round(r.start, 1), round(r.end, 1)) for r in layer_of(path).rulings)


def test_lines_boxes_outlines_and_curves_are_rulings(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        lines(canvas, 5)
        canvas.line(100, 600, 300, 600)
        canvas.rect(100, 500, 200, 1, stroke=0, fill=1)
        canvas.rect(100, 400, 1, 80, stroke=0, fill=1)
        path = canvas.beginPath()
        path.moveTo(350, 500)
        path.curveTo(400, 500, 430, 500, 500, 500)
        canvas.drawPath(path)
        canvas.rect(350, 400, 60, 30)
        canvas.roundRect(450, 400, 60, 30, 5)
        canvas.line(350, 300, 500, 350)  # slanting: no ruling

    found = rulings(draw(tmp_path / "a.pdf", page))
    for expected in [
        ("h", 242.0, 100.0, 300.0),
        ("h", 341.5, 100.0, 300.0),
        ("v", 100.5, 362.0, 442.0),
        ("h", 342.0, 350.0, 500.0),
        ("h", 412.0, 350.0, 410.0),
        ("v", 410.0, 412.0, 442.0),
        ("h", 442.0, 455.0, 505.0),
        ("v", 450.0, 417.0, 437.0),
    ]:
        assert any(o == expected[0] and np.allclose(rest, expected[1:], atol=0.6) for o, *rest in found), (
            expected,
            found,
        )
    assert not any(530 < at < 550 for o, at, *_ in found if o == "h")


@pytest.mark.parametrize("kind", ["dashes", "dots", "boxes", "squares"])
def test_broken_strokes_are_one_ruling(tmp_path: Path, kind: str) -> None:
    def page(canvas: Canvas) -> None:
        lines(canvas, 5)
        if kind in ("dashes", "dots"):
            canvas.setDash(*((6, 3) if kind == "dashes" else (1, 2)))
            canvas.line(100, 500, 400, 500)
            canvas.line(100, 300, 100, 500)
        else:
            long, step = (5, 8) if kind == "boxes" else (1, 3)
            for x in range(100, 400, step):
                canvas.rect(x, 499.5, long, 1, stroke=0, fill=1)
            for y in range(300, 500, step):
                canvas.rect(99.5, y, 1, long, stroke=0, fill=1)

    found = rulings(draw(tmp_path / "a.pdf", page))
    assert [o for o, *_ in found] == ["h", "v"]
    assert found[0][1:] == pytest.approx((342, 100, 400), abs=5)
    assert found[1][1:] == pytest.approx((100, 342, 542), abs=5)


def test_rulings_that_nobody_sees_are_gone(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        lines(canvas, 5)
        canvas.line(100, 600, 300, 600)
        canvas.setStrokeGray(1)
        canvas.line(100, 550, 300, 550)
        canvas.setStrokeGray(0)
        canvas.line(100, 500, 400, 500)
        canvas.setFillGray(1)
        canvas.rect(200, 480, 80, 40, stroke=0, fill=1)
        clip = canvas.beginPath()
        clip.rect(100, 300, 50, 50)
        canvas.clipPath(clip, stroke=0)
        canvas.line(100, 320, 400, 320)

    found = rulings(draw(tmp_path / "a.pdf", page))
    assert found == [
        ("h", 242.0, 100.0, 300.0),
        ("h", 342.0, 100.0, pytest.approx(200, abs=1)),
        ("h", 342.0, pytest.approx(280, abs=1), 400.0),
        ("h", 522.0, 100.0, pytest.approx(150, abs=1)),
    ]


def test_edges_of_fills_have_no_thickness(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        lines(canvas, 5)
        canvas.setFillColorRGB(0.7, 0.8, 1)
        canvas.rect(100, 500, 80, 30, stroke=0, fill=1)
        canvas.rect(180, 500, 80, 30, stroke=0, fill=1)

    found = layer_of(draw(tmp_path / "a.pdf", page)).rulings
    assert {r.thickness for r in found} == {0.0}
    assert sorted(r.at for r in found if r.orientation == "v") == pytest.approx([100, 180, 260])


@given(st.lists(st.tuples(st.floats(0, 500), st.floats(0, 80)), min_size=1, max_size=20))
def test_joining_twice_changes_nothing(pieces: list[tuple[float, float]]) -> None:
    once = join_pieces(Ruling("h", 10.0, start, start + length) for start, length in pieces)
    twice = join_pieces(once)
    assert [(r.start, r.end) for r in twice] == [(r.start, r.end) for r in once]
    assert [r.at for r in twice] == pytest.approx([10.0] * len(once))


def test_white_rulings_part_fills_and_nothing_else(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        lines(canvas, 5)
        canvas.setFillColorRGB(0.7, 0.8, 1)
        canvas.rect(100, 500, 200, 60, stroke=0, fill=1)
        canvas.setStrokeGray(1)
        canvas.line(180, 450, 180, 600)
        canvas.line(50, 530, 400, 530)

    layer = layer_of(draw(tmp_path / "a.pdf", page))
    assert {r.thickness for r in layer.rulings} == {0.0}
    (down,) = [r for r in layer.rulings if r.orientation == "v" and r.at == 180]
    (across,) = [r for r in layer.rulings if r.orientation == "h" and r.at == 312]
    assert (down.start, down.end) == pytest.approx((282, 342), abs=1.5)
    assert (across.start, across.end) == pytest.approx((100, 300), abs=1.5)
