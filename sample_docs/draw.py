"""Draws every document of this folder, with its truth beside it. Run twice, it writes the same bytes.

    python sample_docs/draw.py [DIR]

Needs the fonts of bench/corpus/fonts.py (Debian: fonts-arphic-uming, -arphic-ukai, -wqy-zenhei, -droid-fallback).
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from bench.corpus import bend, marks, sensor  # noqa: E402
from bench.corpus.document import Entry, Laid, lay_document  # noqa: E402
from bench.corpus.draw import draw_pdf  # noqa: E402
from bench.corpus.form import FormCell, FormTable  # noqa: E402
from bench.corpus.indicators import Indicator  # noqa: E402
from bench.corpus.layout import lay_table, make_setter, new_page  # noqa: E402
from bench.corpus.levels import Container  # noqa: E402
from bench.corpus.machine import place_on  # noqa: E402
from bench.corpus.pools import load_pools  # noqa: E402
from bench.corpus.sheet import Sheet, generator_of, render  # noqa: E402
from bench.corpus.spec import Declaration, Funds  # noqa: E402
from bench.corpus.store import store  # noqa: E402
from bench.corpus.style import COLUMNS, Breaks, Debris, Rulings, Style  # noqa: E402
from bench.corpus.truth import Json, Place, in_place, record_truths  # noqa: E402
from bench.corpus.wording import Manner, Run  # noqa: E402

CUT = 3000  # bytes that are left of the broken PDF
STYLE = Style(
    paper=(595.28, 841.89),
    margins=(45.0, 50.0, 45.0, 50.0),
    family="song",
    title_family="song",
    label_bold=False,
    size=11.5,
    title_size=14.0,
    pitch=1.03,
    pad_x=2.5,
    pad_y=2.8,
    row_height=18.0,
    columns=COLUMNS,
    break_anywhere=False,
    kinsoku=True,
    balance_labels=True,
    money_align="right",
    name_align="left",
    title_in_grid=False,
    header_pairs=False,
    blank_funds=0,
    levels="merged",
    blank_rows=0,
    rulings=Rulings(0.75, 0.75, "solid", "solid", frozenset()),
    breaks=Breaks(True, "first", False, False, False, False),
    debris=Debris(False, False, False, False),
)


def read_indicators(levels: dict[str, dict[str, list[list[str]]]]) -> Iterator[Indicator]:
    """Given indicators by level, yield them numbered."""
    for level1, groups in levels.items():
        for level2, rows in groups.items():
            for number, (name, *target) in enumerate(rows, 1):
                if len(target) == 1:
                    yield Indicator(level1, level2, number, name, text=target[0])
                else:
                    yield Indicator(level1, level2, number, name, *target)


def read_manner(raw: dict[str, Any]) -> Manner:
    half, form = raw["half"], load_pools().form
    return Manner(
        half_labels=half,
        half_names=half,
        half_goals=half,
        half_values=True,
        full_digits=False,
        goal_style=raw["goals"],
        goal_joint=raw.get("joint", ""),
        goal_indent="",
        money_style=raw["money"],
        money_unit=raw["unit"],
        unit_place="label",
        bare_zero=raw["bare_zero"],
        bracket_units=not raw.get("bare_units", False),
        blank_mark="",
        date_style=0,
        year_style=0,
        value_head=form.value_heads[0],
        operators={one: prints[0] for one, prints in load_pools().operators.items()},
    )


def read_entry(raw: dict[str, Any]) -> Entry:
    """Given one declaration of declarations.yaml, return it with its spelling."""
    manner = read_manner(raw.pop("manner"))
    funds = Funds(*(Decimal(amount) for amount in raw.pop("funds")))
    frozen: dict[str, Any] = {
        **{name: tuple(raw.pop(name)) for name in ("overall_goal", "annual_goal")},
        **{name: str(raw.pop(name)) for name in ("start_date", "end_date")},
        "indicators": tuple(read_indicators(raw.pop("indicators"))),
    }
    return Entry(Declaration(funds=funds, **raw, **frozen), manner)


def read_entries() -> list[Entry]:
    return [read_entry(raw) for raw in yaml.safe_load((HERE / "declarations.yaml").read_text(encoding="utf-8"))]


def lay(entries: list[Entry], style: Style = STYLE) -> Laid:
    return lay_document(entries, style, random.Random(0))


def write_lines(path: Path, lines: list[Json]) -> None:
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8", newline="\n")


def write(folder: Path, name: str, content: bytes, truth: list[Json]) -> None:
    """Write a document and, beside it, its truth: a line a declaration, or the line expected in documents.jsonl."""
    (folder / name).write_bytes(content)
    write_lines((folder / name).with_suffix(".truth.jsonl"), truth)


def write_laid(folder: Path, name: str, content: bytes, laid: Laid, place: Place) -> None:
    """Write a document of declarations with its truth and, in a file of its own, where every leaf is printed."""
    truths = list(record_truths(laid, place))
    write(folder, name, content, [{"file": name, **truth} for truth, _ in truths])
    write_lines((folder / name).with_suffix(".boxes.jsonl"), [boxes for _, boxes in truths])


def write_sheets(folder: Path, name: str, laid: Laid, sheets: list[Sheet], container: Container) -> None:
    write_laid(folder, name, store(sheets, container), laid, place_on(sheets, container))


def scanned(pdf: bytes) -> list[Sheet]:
    """Given the digital document, return it as scanned: askew, grey, shaded, noisy, one page sealed."""
    rng = generator_of("sample/scan")
    sheets = []
    for i, sheet in enumerate(render(pdf, 170)):
        page = marks.seal(sheet, rng, 0.6) if i == 1 else sensor.to_grey(sheet, rng, 0)
        page = bend.skew_by(page, float(rng.uniform(-1.6, 1.6)))
        page = sensor.noise(sensor.shade(page, rng, 0.25), rng, 0.12)
        sheets.append(replace(page, quality=52))
    return sheets


def faxed(pdf: bytes) -> list[Sheet]:
    """Given the digital document, return it as one bit a pixel."""
    rng = generator_of("sample/fax")
    return [sensor.fax(bend.skew_by(sheet, float(rng.uniform(-1, 1))), rng, 0.1) for sheet in render(pdf, 200)]


def photographed(pdf: bytes) -> list[Sheet]:
    """Given a document of one page, return a photo of it on a desk."""
    rng = generator_of("sample/photo")
    page = bend.curl(render(pdf, 200)[0], rng, 0.35)
    page = bend.photo(sensor.shade(page, rng, 0.2), rng, 0.45)
    return [replace(sensor.noise(sensor.blur(page, rng, 0.1), rng, 0.1), quality=72)]


def other_pdf() -> bytes:
    """Return a page that holds a ruled table but no known form."""
    raw = yaml.safe_load((HERE / "other.yaml").read_text(encoding="utf-8"))
    cells = tuple(FormCell(r, c, rs, cs, (Run(text),) if text else ()) for r, c, rs, cs, text in raw["cells"])
    captions = tuple((Run(text),) for text in raw["captions"])
    table = FormTable(cells, max(cell.row + cell.row_span for cell in cells), 0, captions)
    pages = [new_page(STYLE)]
    lay_table(make_setter(table, STYLE, 0), pages, STYLE.margins[1], [])
    return draw_pdf(pages, "sample/other")


def draw(folder: Path) -> None:
    """Draw every sample document into a folder."""
    entries = read_entries()
    laid, short = lay(entries), lay(entries[1:2])
    pdf, short_pdf = draw_pdf(list(laid.pages), "sample"), draw_pdf(list(short.pages), "sample/short")
    write_laid(folder, "declarations.pdf", pdf, laid, in_place)
    write_sheets(folder, "declarations_scan.pdf", laid, scanned(pdf), "pdf")
    write_sheets(folder, "declarations_fax.tif", laid, faxed(pdf), "tiff")
    write_sheets(folder, "photo.jpg", short, photographed(short_pdf), "jpeg")
    unused = {"file": "other.pdf", "status": "ok", "pages": 1, "records": [], "pages_unused": [1]}
    write(folder, "other.pdf", other_pdf(), [unused])
    failed = {"file": "broken.pdf", "status": "failed", "reason": "damaged", "records": []}
    write(folder, "broken.pdf", pdf[:CUT], [failed])


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
