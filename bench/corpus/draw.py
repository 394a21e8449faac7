"""Page drawings as PDF, the same bytes for the same drawing."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO

from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

from bench.corpus.drawing import PageDrawing, PlacedLine, Stroke
from bench.corpus.fonts import advance, font_runs, load_font

BOLD_STROKE = 0.03  # of the font size: the outline that makes a light font look bold
DOUBLE_GAP = 2.2  # points between the two lines of a double ruling
GAP_LENGTH = (0.8, 3.5)  # points of ruling lost at a break


def draw_line(canvas: Canvas, height: float, line: PlacedLine) -> None:
    """Draw one line of text, changing the font where the wanted one lacks a character."""
    x = line.x
    canvas.setFillGray(0)
    for family, part in font_runs(line.text, line.family):
        load_font(family)
        canvas.saveState()
        text = canvas.beginText(x, height - line.baseline)
        text.setFont(family, line.size)
        if line.bold:
            canvas.setStrokeGray(0)
            canvas.setLineWidth(BOLD_STROKE * line.size)
            canvas.setDash()
        text.setTextRenderMode(2 if line.bold else 0)
        text.textOut(part)
        canvas.drawText(text)
        canvas.restoreState()
        x += sum(advance(char, line.family) for char in part) * line.size


def doubled(stroke: Stroke) -> list[Stroke]:
    """Given a ruling, return the strokes that draw it."""
    if stroke.kind != "double":
        return [stroke]
    thin = max(0.25, stroke.width * 0.5)
    dx, dy = (0.0, DOUBLE_GAP / 2) if stroke.y0 == stroke.y1 else (DOUBLE_GAP / 2, 0.0)
    x0, y0, x1, y1 = stroke.x0, stroke.y0, stroke.x1, stroke.y1
    one = replace(stroke, x0=x0 - dx, x1=x1 - dx, y0=y0 - dy, y1=y1 - dy, width=thin)
    return [one, replace(stroke, x0=x0 + dx, x1=x1 + dx, y0=y0 + dy, y1=y1 + dy, width=thin)]


def unbroken(rng: random.Random, stroke: Stroke) -> Iterator[tuple[float, float]]:
    """Given a ruling, yield the shares of it, from 0 to 1, that are left between its breaks."""
    length = abs(stroke.x1 - stroke.x0) + abs(stroke.y1 - stroke.y0)
    at = 0.0
    while stroke.gap_every and at < length:
        end = at + rng.expovariate(1 / stroke.gap_every)
        yield at / length, min(1.0, end / length)
        at = end + rng.uniform(*GAP_LENGTH)
    if not stroke.gap_every:
        yield 0.0, 1.0


def draw_stroke(canvas: Canvas, height: float, stroke: Stroke, rng: random.Random) -> None:
    canvas.setStrokeGray(stroke.grey)
    canvas.setLineWidth(stroke.width)
    canvas.setLineCap(0 if stroke.kind == "dotted" else 2)
    canvas.setDash([max(0.8, stroke.width), max(1.0, 1.4 * stroke.width)] if stroke.kind == "dotted" else [])
    for one in doubled(stroke):
        for start, end in unbroken(rng, one):
            dx, dy = one.x1 - one.x0, one.y1 - one.y0
            x0, y0 = one.x0 + dx * start, one.y0 + dy * start
            canvas.line(x0, height - y0, one.x0 + dx * end, height - (one.y0 + dy * end))


def draw_pdf(pages: list[PageDrawing], seed: str) -> bytes:
    """Given page drawings and a seed for the breaks in rulings, return a PDF with a text layer and subset fonts."""
    target = BytesIO()
    canvas = Canvas(target, invariant=1, pageCompression=1)
    rng = random.Random(f"{seed}/strokes")
    for page in pages:
        canvas.setPageSize((page.width, page.height))
        for stroke in page.strokes:
            draw_stroke(canvas, page.height, stroke, rng)
        for line in page.lines:
            draw_line(canvas, page.height, line)
        canvas.showPage()
    canvas.save()
    return target.getvalue()
