"""Layouts that the corpus does not have come back as they were meant: numbered parts and labels, groups of amounts with
a word for their total, codes in cells of their own, columns in other orders. tests/layouts holds them as the corpus
writes its own."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import yaml
from test_families_silence import DRAWN_OTHERWISE, leaves, read, slots_of

from bench.corpus.families.layouts import Layout, parse_layout
from bench.corpus.families.sketch import PLAIN, draw_sketch

FOLDER = Path(__file__).parent / "layouts"
SEEDS = 3


def wider() -> list[Layout]:
    files = sorted(FOLDER.glob("*.yaml"))
    raw = {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in files}
    return [parse_layout(form, name, one) for form, layouts in raw.items() for name, one in layouts.items()]


@pytest.mark.parametrize("layout", wider(), ids=lambda layout: f"{layout.form}/{layout.name}")
def test_a_layout_of_another_office_is_read_whole(layout: Layout) -> None:
    for seed in range(SEEDS):
        sketch = draw_sketch(random.Random(f"{layout.name}/{seed}"), layout, "brief")
        (record,) = read(slots_of(sketch.table(PLAIN)), sketch)
        got, want = leaves(record.data), leaves(sketch.data())
        wrong = {
            path: (value, got.get(path))
            for path, value in want.items()
            if not path.endswith(DRAWN_OTHERWISE)
            and got.get(path) != (value.replace("|", "，") if isinstance(value, str) else value)
        }
        goals = [path for path, value in want.items() if value and path.endswith(DRAWN_OTHERWISE)]
        assert (seed, record.form, wrong) == (seed, layout.form, {})
        assert [path for path in goals if len(got[path] or "") < len(want[path]) / 2] == []
