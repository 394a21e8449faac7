"""Nothing that is printed in a table of any family is dropped in silence, and shaken layouts come back as they are."""

from __future__ import annotations

import random
from typing import Any

import pytest
from grid_drawing import draw_page
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.corpus.families.document import forms
from bench.corpus.families.layouts import load_layouts
from bench.corpus.families.shake import shaken
from bench.corpus.families.sketch import PLAIN, Sketch, draw_sketch
from bench.corpus.form import FormTable
from pipeline.config import config_dir, load_settings
from pipeline.forms.load import load_forms
from pipeline.model import Record
from pipeline.stages.check import check
from pipeline.stages.records import records
from pipeline.stages.stitch import stitch

SETTINGS = load_settings()
FORMS = load_forms("auto", config_dir() / "forms", SETTINGS.records.label_similarity)
Slots = list[list[str]]
DRAWN_OTHERWISE = ("goal", "result")
"""Ends of the paths of texts whose paragraphs and tags a drawing cannot show."""


def slots_of(table: FormTable) -> Slots:
    """The cells of a table as slots of a drawing."""
    slots = [[""] * table.n_columns for _ in range(table.n_rows)]
    for cell in table.cells:
        for row in range(cell.row, cell.row + cell.row_span):
            slots[row][cell.col : cell.col + cell.col_span] = ["<"] * cell.col_span
            slots[row][cell.col] = "^"
        text = "".join(run.text for run in cell.runs)
        slots[cell.row][cell.col] = text.replace("\n", "\\").replace("|", "，").replace("<", "＜").replace("^", "")
    return slots


def sketch_of(form: str, seed: int) -> Sketch:
    """A declaration on a shaken layout of a form."""
    rng = random.Random(f"{form}/{seed}")
    return draw_sketch(rng, shaken(rng.choice(load_layouts()[form]), rng), "brief")


def read(slots: Slots, sketch: Sketch) -> list[Record]:
    lines = ["".join(run.text for run in line) for line in sketch.table(PLAIN).captions]
    page = draw_page("\n".join(" | ".join(row) for row in slots), above=lines)
    found, _ = records(stitch([page], FORMS, SETTINGS.stitch), [page], FORMS, SETTINGS.records)
    return [check(record, FORMS, SETTINGS.records) for record in found]


def told_by(record: Record) -> str:
    """All print that a record shows: what gave its values, and what its issues name."""
    issues = (text for issue in record.issues for text in (*issue.candidates, issue.message))
    return "\n".join([*(evidence.text for evidence in record.evidence.values()), *issues])


@pytest.mark.parametrize("form", [*forms()])
@given(seed=st.integers(0, 10**6), data=st.data())
@settings(max_examples=12, deadline=None)
def test_no_print_is_dropped_in_silence(form: str, seed: int, data: st.DataObject) -> None:
    sketch = sketch_of(form, seed)
    slots = slots_of(sketch.table(PLAIN))
    places = [(r, c) for r, row in enumerate(slots) for c, text in enumerate(row) if text not in {"<", "^"}]
    chosen = data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=4, unique=True))
    for n, (row, col) in enumerate(chosen):
        slots[row][col] = f"囍{n}囍"
    found = read(slots, sketch)
    if len(found) == 1:
        told = told_by(found[0])
        assert [slots[row][col] for row, col in chosen if slots[row][col] not in told] == []


def leaves(data: Any, path: str = "") -> dict[str, Any]:
    if isinstance(data, dict):
        return {p: v for key, one in data.items() for p, v in leaves(one, f"{path}.{key}").items()}
    if isinstance(data, list):
        return {p: v for n, one in enumerate(data) for p, v in leaves(one, f"{path}[{n}]").items()}
    return {path: data}


@pytest.mark.parametrize("form", [*forms()])
def test_a_layout_that_nobody_wrote_is_read_or_doubted(form: str) -> None:
    for seed in range(8):
        sketch = sketch_of(form, seed)
        (record,) = read(slots_of(sketch.table(PLAIN)), sketch)
        got, want = leaves(record.data), leaves(sketch.data())
        named = {f".{issue.path}" for issue in record.issues if issue.path}
        wrong = {
            p
            for p, value in want.items()
            if got.get(p) != (value.replace("|", "，") if isinstance(value, str) else value)
            and not p.endswith(DRAWN_OTHERWISE)
        }
        silent = {
            path
            for path in wrong
            if not any(path == name or path.startswith((f"{name}.", f"{name}[")) for name in named)
        }
        assert (seed, sketch.layout, silent, record.form) == (seed, sketch.layout, set(), form)
        assert (seed, sketch.layout, sorted(wrong)) == (seed, sketch.layout, [])
