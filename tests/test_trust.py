"""Calibrated probabilities: what they keep, what they change, and how their weights are learnt."""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.calibrate import Known, fit, known_on, rightness
from pipeline.config import load_settings
from pipeline.geometry import Box, Transform
from pipeline.model import Cell, Glyph, Grid, PageReading, TextLine
from pipeline.ocr import Crop, ReadGlyph, Reading
from pipeline.ocr.engines import load_recogniser
from pipeline.stages.read.pairs import DOUBT, doubt_lone_brackets
from pipeline.stages.read.picture import trusted_readings
from pipeline.stages.read.trust import Setting, company_of, features, murk_of, settle_trust, trusted

SHIPPED = load_settings().read.confidence
LEARNT = SHIPPED.weights.model_dump()
CLEAR = Setting(0.0, 0.85)
PLAIN = dict.fromkeys(features(ReadGlyph("中", 0.9, 0.0, 8.0), CLEAR), 0.0) | {"surety": 1.0}


def glyph(text: str, p: float, *others: tuple[str, float]) -> ReadGlyph:
    return ReadGlyph(text, p, 0.0, 8.0, others)


@given(st.floats(0.01, 0.999), st.floats(0.0, 2.0))
def test_plain_weights_change_nothing(p: float, murk: float) -> None:
    same = trusted(glyph("中", p, ("申", (1 - p) / 2)), Setting(murk, 0.5), PLAIN)
    assert same.confidence == pytest.approx(p)
    assert same.others[0][1] == pytest.approx((1 - p) / 2, rel=0.01)


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.sampled_from("中0,、"), st.sampled_from(["", "申", "O", "."]))
def test_a_glyph_and_its_rivals_stay_one_distribution(p: float, share: float, text: str, rival: str) -> None:
    settled = trusted(glyph(text, p, (rival, (1 - p) * share)), Setting(0.3, 0.5), LEARNT)
    assert 0.0 <= settled.confidence <= 1.0
    assert settled.confidence + settled.others[0][1] <= 1.0 + 1e-6


def test_the_weights_in_the_repository_are_those_of_our_recogniser_and_of_every_feature() -> None:
    assert SHIPPED.model == load_recogniser(load_settings().ocr).name
    assert set(LEARNT) == set(PLAIN)


@pytest.mark.parametrize("murk", [0.0, 0.5, 1.0])
def test_a_surer_recogniser_is_trusted_more(murk: float) -> None:
    settled = [
        trusted(glyph("中", p, ("申", 1 - p)), Setting(murk, 0.85), LEARNT).confidence
        for p in (0.4, 0.7, 0.9, 0.99, 0.999)
    ]
    assert all(a < b for a, b in pairwise(settled))


def test_a_pause_that_may_be_nothing_is_trusted_more_than_a_sign_that_may_be_another() -> None:
    pause = trusted(glyph("、", 0.7, ("", 0.3)), CLEAR, LEARNT)
    other = trusted(glyph("、", 0.7, ("，", 0.3)), CLEAR, LEARNT)
    assert pause.confidence > other.confidence


def test_marks_on_a_murky_page_are_trusted_less() -> None:
    clear, murky = (
        trusted(glyph(";", 0.99, ("：", 0.01)), Setting(murk, 0.85), LEARNT).confidence for murk in (0.0, 1.0)
    )
    assert murky < clear


def test_murk_grows_with_the_share_that_is_doubtful() -> None:
    shares = [0, 1, 5, 40]
    murks = [murk_of([0.5] * n + [0.999] * (1000 - n)) for n in shares]
    assert murks[0] == 0.0
    assert all(a < b for a, b in pairwise(murks))
    assert murk_of([]) == 0.0


def test_what_stands_alone_is_trusted_less_than_what_stands_amid_print() -> None:
    line = [("做", 0.999), ("到", 0.99), (" ", 0.3), ("专", 0.9), ("款", 0.999), ("专", 0.999), ("用", 0.999)]
    assert company_of(line) == pytest.approx([2 / 4, 3 / 5, 0.0, 5 / 6, 4 / 6, 3 / 5, 2 / 4])
    assert company_of([("7", 0.999)]) == [0.0]
    alone, amid = (
        trusted(glyph("7", 0.9, ("", 0.1)), Setting(0.3, company), LEARNT).confidence for company in (0.0, 0.85)
    )
    assert alone < amid


class Strange:
    """A recogniser nobody has learnt anything about."""

    name = "strange"

    def read(self, crops: list[Crop]) -> list[Reading]:
        return [Reading((glyph("、", 0.7, ("", 0.3)),)) for _ in crops]


def test_weights_of_one_model_say_nothing_about_another() -> None:
    crop = np.full((20, 20), 245, np.uint8)
    assert trusted_readings(Strange(), [crop], load_settings().read)[0].glyphs[0].confidence == 0.7  # type: ignore[arg-type]
    known = settle_trust(Strange().read([crop]), LEARNT)
    assert known[0].glyphs[0].confidence != 0.7


def test_fitting_finds_the_weights_that_made_the_outcomes() -> None:
    rng = random.Random(4)
    made = {"always": 0.5, "surety": 0.7, "murk": -1.0}
    known: list[Known] = []
    for _ in range(20000):
        row = {"always": 1.0, "surety": rng.gauss(1, 2), "murk": rng.random()}
        chance = 1 / (1 + np.exp(-sum(made[name] * value for name, value in row.items())))
        known.append((row, 0.5, rng.random() < chance))
    found = fit(known).weights
    assert all(found[name] == pytest.approx(made[name], abs=0.15) for name in made)


def glyphs(text: str) -> list[Glyph]:
    return [Glyph(char, Box(i, 0, i + 1, 1), 0.9) for i, char in enumerate(text)]


@pytest.mark.parametrize(
    ("got", "want", "right"),
    [
        ("教学楼", "教学楼", "yyy"),
        ("教字楼", "教学楼", "yny"),
        ("教楼", "教学楼", "yn"),
        ("教学学楼", "教学楼", None),
        ("年度指标值三级指标", "开展泵站试车", ""),
    ],
)
def test_each_character_is_laid_beside_the_truth(got: str, want: str, right: str | None) -> None:
    found = rightness(glyphs(got), want)
    if right is None:
        assert sum(not one for one in found) == 1
    else:
        assert "".join("ny"[one] for one in found) == right


def test_only_cells_that_were_found_teach() -> None:
    line = TextLine(0, tuple(glyphs("教学楼")), "ocr")
    cells = (Cell(0, 0, 1, 1, Box(0, 0, 10, 10), (line,)), Cell(0, 1, 1, 1, Box(10, 0, 20, 10), (line,)))
    grid = Grid(0, "ruled", Box(0, 0, 20, 10), 1, 2, cells, (0.0, 10.0), (0.0, 10.0, 20.0))
    page = PageReading(0, (100.0, 100.0), "px", (100.0, 100.0), Transform.identity(), (grid,), ())
    truth = [{"bbox": [0, 0, 10, 10], "text": "教学校"}, {"bbox": [10, 0, 60, 10], "text": "教学楼"}]
    assert [right for _, _, right in known_on(page, truth)] == [True, True, False]


@pytest.mark.parametrize(
    ("print_of_lines", "lone"),
    [
        (("来的去处含分馆）",), [(0, 7)]),
        (("来的去处（含分馆",), [(0, 4)]),
        (("来的去处（含", "分馆)"), []),
        (("1)开门；2)值守", "12）关门"), []),
        (("不低于5)台",), [(0, 4)]),
        (("（（含分馆）",), [(0, 0)]),
        (("“建管用”一并考虑",), []),
        (('"建管用', "一并考虑。"), [(0, 0)]),
        (("“建管用”“一并考虑",), [(0, 5)]),
        (("”“建管用”", '一并考虑。"'), [(0, 0)]),
    ],
)
def test_a_bracket_without_its_other_half_is_doubtful(
    print_of_lines: tuple[str, ...], lone: list[tuple[int, int]]
) -> None:
    box = Box(0, 0, 1, 1)
    lines = [tuple(Glyph(sign, box, 0.99) for sign in line) for line in print_of_lines]
    found = doubt_lone_brackets(lines)
    assert ["".join(g.text for g in line) for line in found] == list(print_of_lines)
    assert [(i, k) for i, line in enumerate(found) for k, g in enumerate(line) if g.confidence == DOUBT] == lone
