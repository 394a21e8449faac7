"""What the words around a doubtful ideograph say about its look-alikes."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ShenbaoError
from pipeline.ocr import ReadGlyph, Reading
from pipeline.stages.read import words
from pipeline.stages.read.words import MOST, RIVAL, log_likelihood, log_probability, settle_words

Others = tuple[tuple[str, float], ...]


def line(text: str, doubts: dict[int, tuple[float, Others]] | None = None) -> Reading:
    """A reading of sure glyphs but for the doubtful ones: by place, the probability and the other readings."""
    known = doubts or {}
    glyphs = ((c, *known.get(i, (0.9999, ()))) for i, c in enumerate(text))
    return Reading(tuple(ReadGlyph(c, p, i, i + 1.0, others) for i, (c, p, others) in enumerate(glyphs)))


def settled(text: str, place: int, p: float, *others: tuple[str, float]) -> ReadGlyph:
    return settle_words([line(text, {place: (p, others)})])[0].glyphs[place]


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("存在间题整改", "存在问题整改"),
        ("采购合司约定", "采购合同约定"),
        ("城乡规戈编制", "城乡规划编制"),
        ("房屋倾料监测", "房屋倾斜监测"),
        ("抗早保收", "抗旱保收"),
        ("支枉产业", "支柱产业"),
        ("裁种树苗", "栽种树苗"),
        ("生活用晶发放", "生活用品发放"),
    ],
)
def test_the_word_wins_over_its_look_alike(read: str, meant: str) -> None:
    place = next(i for i, (a, b) in enumerate(zip(read, meant, strict=True)) if a != b)
    glyph = settled(read, place, 0.7, (meant[place], 0.25))
    assert glyph.text == meant[place]
    assert glyph.confidence > 0.8
    assert glyph.others == ((read[place], pytest.approx(0.95 - glyph.confidence)),)
    right = settled(meant, place, 0.7, (read[place], 0.25))
    assert right.text == meant[place]
    assert right.confidence > 0.93


def test_a_nearly_sure_look_alike_without_a_word_is_doubted() -> None:
    glyph = settled("对照合司约定", 3, 0.997, ("同", 0.0024))
    assert glyph.text == "司"
    assert glyph.confidence < 0.9


@pytest.mark.parametrize(("name", "rival"), [("王柱", "枉"), ("李栽禾", "裁"), ("张旱生", "早"), ("赵喆", "吉")])
def test_a_name_that_the_recogniser_is_sure_of_stays(name: str, rival: str) -> None:
    glyph = settled(name, 1, 0.995, (rival, 0.004))
    assert glyph.text == name[1]


def test_no_word_outweighs_more_than_its_share() -> None:
    glyph = settled("存在间题整改", 2, 0.9, ("问", 0.8 * 0.9 / MOST))
    assert glyph.text == "间"


def test_words_say_nothing_about_other_signs_and_nothing() -> None:
    others = (("问", 0.2), ("1", 0.1), ("", 0.05), ("D", 0.04))
    glyph = settled("存在间题整改", 2, 0.6, *others)
    assert glyph.text == "问"
    assert {("1", 0.1), ("", 0.05), ("D", 0.04)} < set(glyph.others)
    digits = line("共1O个，一。", {1: (0.6, (("7", 0.3),)), 2: (0.5, (("0", 0.4),)), 4: (0.5, (("、", 0.4),))})
    assert settle_words([digits]) == [digits]


def test_the_words_end_where_other_signs_stand() -> None:
    apart = line("问2题", {2: (0.6, (("提", 0.3),))})
    assert settle_words([apart]) == [apart]


def test_neighbours_are_settled_left_to_right() -> None:
    doubts = {2: (0.6, (("问", 0.35),)), 3: (0.6, (("题", 0.35),))}
    assert settle_words([line("存在问提", {3: (0.6, (("题", 0.35),))})])[0].text == "存在问题"
    assert settle_words([line("存在间题整改", {2: doubts[2]})])[0].text == "存在问题整改"
    assert settle_words([line("信访间题", {**doubts, 3: (0.6, (("提", 0.35),))})])[0].text == "信访问题"


def test_a_page_of_another_script_is_left_alone() -> None:
    page = [line("項目資金總額計劃", {}), line("時間問題", {1: (0.5, (("问", 0.3), ("閒", 0.1)))})]
    assert settle_words(page) == page


def test_the_dictionary_is_loaded_for_doubtful_ideographs_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(package: str, name: str) -> Path:
        raise ShenbaoError(f"{name} of {package}")

    monkeypatch.setattr(words, "wheel_file", refuse)
    words.lexicon.cache_clear()
    words.log_probability.cache_clear()
    sure = [
        line("存在问题整改"),
        line("2024年", {0: (0.5, (("7", 0.4),))}),
        line("存在间题", {2: (0.6, (("1", 0.3),))}),
    ]
    assert settle_words(sure) == sure
    with pytest.raises(ShenbaoError, match=r"dict\.txt of jieba"):
        settle_words([line("存在间题", {2: (0.6, (("问", 0.3),))})])


def test_the_likeliest_cut_is_taken() -> None:
    assert log_likelihood("规划合同") == pytest.approx(log_probability("规划") + log_probability("合同"))
    assert log_probability("合司") == -math.inf
    assert log_probability("斜") == log_probability("的")


chars = st.sampled_from([*"问间题合同司规划戈日旧目一二的王栽裁", "1", "A", "。", "", " "])
rivals = st.lists(st.tuples(chars, st.floats(1e-5, 0.1)), max_size=5, unique_by=lambda one: one[0])


@given(st.lists(st.tuples(chars.filter(bool), st.floats(0.3, 0.5), rivals), max_size=8))
def test_readings_keep_their_candidates_their_order_and_their_sum(drawn: list[tuple[str, float, list]]) -> None:
    glyphs = [
        ReadGlyph(text, p, i, i + 1.0, tuple(sorted((o for o in others if o[0] != text), key=lambda o: -o[1])))
        for i, (text, p, others) in enumerate(drawn)
    ]
    after = settle_words([Reading(tuple(glyphs))])[0].glyphs
    for old, new in zip(glyphs, after, strict=True):
        before, now = dict([(old.text, old.confidence), *old.others]), dict([(new.text, new.confidence), *new.others])
        assert now.keys() == before.keys()
        assert sum(now.values()) == pytest.approx(sum(before.values()))
        assert all(a >= b for (_, a), (_, b) in pairwise(new.others))
        assert new.text
        assert (new.x0, new.x1) == (old.x0, old.x1)
        steady = {t for t in before if not words.is_ideograph(t) or (t != old.text and before[t] < RIVAL)}
        assert all(now[text] == before[text] for text in steady)
