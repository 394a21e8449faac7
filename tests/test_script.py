"""A page's own script decides between characters that a recogniser cannot tell apart."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.ocr import ReadGlyph, Reading
from pipeline.stages.read.script import is_everyday, settle, settle_script

SIMPLIFIED = "项目资金总额计划开始日期主管部门实施单位财政拨款上年结转绩效目标时效成本效益满意度指标"
TRADITIONAL = "項目資金總額計劃開始日期主管部門實施單位財政撥款上年結轉績效目標時效成本效益滿意度指標"


def reading_of(text: str, **others: tuple[tuple[str, float], ...]) -> Reading:
    """Sure glyphs; others: by character, its other readings, which take their share."""
    return Reading(
        tuple(
            ReadGlyph(c, 0.999 - sum(p for _, p in others.get(c, ())), i, i + 1, others.get(c, ()))
            for i, c in enumerate(text)
        )
    )


def test_a_stranger_gives_way_to_the_likely_reading_of_the_page() -> None:
    page = [reading_of(SIMPLIFIED), reading_of("随時", 時=(("时", 0.3), ("吋", 0.01)))]
    settled = settle_script(page)[1].glyphs[1]
    assert settled.text == "时"
    assert 0.9 < settled.confidence < 1.0
    assert "時" in dict(settled.others)


def test_a_rare_character_that_is_sure_stays() -> None:
    glyph = settle_script([reading_of(SIMPLIFIED), reading_of("陶喆", 喆=(("吉", 0.002),))])[1].glyphs[1]
    assert glyph.text == "喆"


def test_a_page_of_traditional_script_is_left_alone() -> None:
    page = [reading_of(TRADITIONAL), reading_of("隨時", 時=(("时", 0.3),))]
    assert settle_script(page) == page
    few = [reading_of("随時", 時=(("时", 0.3),))]
    assert settle_script(few) == few


chars = st.sampled_from([*SIMPLIFIED, *"時實設喆㐂", "", "1", ".", "≥"])


@given(
    chars,
    st.lists(st.tuples(chars, st.floats(1e-4, 0.2)), max_size=4, unique_by=lambda reading: reading[0]),
    st.floats(0.2, 1.0),
)
def test_settled_readings_are_the_same_ones_and_probabilities(
    text: str, others: list[tuple[str, float]], sure: float
) -> None:
    glyph = ReadGlyph(text, sure, 0.0, 1.0, tuple(others))
    settled = settle(glyph)
    assert sorted([settled.text, *(t for t, _ in settled.others)]) == sorted([text, *(t for t, _ in others)])
    assert 0.0 <= settled.confidence <= 1.0 + 1e-9
    if all(is_everyday(t) for t, _ in [(text, sure), *others] if len(t) == 1):
        assert settled == glyph
