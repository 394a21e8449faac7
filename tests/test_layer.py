"""Reading from the text layer: lines, blanks, paragraphs, and whose character is whose."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import load_settings
from pipeline.geometry import Box, Transform
from pipeline.model import Char, TextLine
from pipeline.stages.ingest import open_document
from pipeline.stages.read.layer import assign_chars, read_layer

SEEDS = Path(__file__).resolve().parents[2] / "shared" / "seed"
SAME = Transform.identity()
AREA = Box(0.0, 0.0, 200.0, 100.0)


def width_of(sign: str, size: float) -> float:
    return size * (1.0 if ord(sign) > 0x2000 else 0.5)


def set_line(text: str, x: float, y: float, size: float = 10.0) -> list[Char]:
    """Given a line, its left top corner and size, return its characters as a layer has them, blanks left out."""
    chars = []
    for sign in text:
        if sign != " ":
            chars.append(Char(sign, Box(x, y, x + width_of(sign, size), y + size)))
        x += width_of(sign, size)
    return chars


def set_block(lines: list[str], x: float = 5.0, y: float = 5.0, size: float = 10.0, pitch: float = 12.0) -> list[Char]:
    return [char for row, line in enumerate(lines) for char in set_line(line, x, y + row * pitch, size)]


def read(chars: list[Char], area: Box = AREA) -> list[str]:
    return [line.text for line in read_layer(chars, 3, SAME, area)]


def ends(chars: list[Char], area: Box = AREA) -> list[bool]:
    return [line.ends_paragraph for line in read_layer(chars, 3, SAME, area)]


WORDS = st.text("abcXYZ0189", min_size=1, max_size=6)
HAN = st.text("绩效指标完成数量", min_size=1, max_size=8)
LATIN_LINE = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)


@given(st.lists(st.one_of(LATIN_LINE, HAN), min_size=1, max_size=6), st.floats(0.92, 2.0), st.randoms())
def test_lines_come_back_in_order(lines: list[str], leading: float, random: object) -> None:
    chars = set_block(lines, pitch=10 * leading)
    random.shuffle(chars)  # type: ignore[attr-defined]
    assert read(chars) == lines


@given(st.lists(LATIN_LINE, min_size=1, max_size=3), st.floats(0.5, 40), st.floats(-100, 100))
def test_the_unit_does_not_matter(lines: list[str], scale: float, shift: float) -> None:
    to_unit = Transform.scale(scale).then(Transform.shift(shift, -shift))
    chars = set_block(lines)
    moved = [Char(char.text, to_unit.apply_box(char.box)) for char in chars]
    here, there = read_layer(chars, 0, SAME, AREA), read_layer(moved, 0, to_unit.inverse(), to_unit.apply_box(AREA))
    assert [(a.text, a.ends_paragraph) for a in here] == [(b.text, b.ends_paragraph) for b in there]
    for a, b in zip(here, there, strict=True):
        assert (b.box.x0, b.box.y0, b.box.x1, b.box.y1) == pytest.approx(
            (a.box.x0, a.box.y0, a.box.x1, a.box.y1), abs=1e-6
        )


def test_what_a_line_carries() -> None:
    (line,) = read_layer(set_line("A1 申", 5, 5), 3, Transform.scale(2.0), AREA)
    assert isinstance(line, TextLine)
    assert (line.page, line.origin, line.text) == (3, "text_layer", "A1申")
    assert line.glyphs[0].box == Box(10, 10, 20, 30)
    assert {glyph.confidence for glyph in line.glyphs} == {0.9999}
    assert read_layer([], 0, SAME, AREA) == ()
    assert read_layer([Char(" ", Box(0, 0, 5, 10))], 0, SAME, AREA) == ()


def test_blanks_are_seen_not_invented() -> None:
    assert read(set_line("Total 1,200.50 CNY", 5, 5)) == ["Total 1,200.50 CNY"]
    tight = [char for n, sign in enumerate("12,345") for char in set_line(sign, 5 + 5.8 * n, 5)]
    assert read(tight) == ["12,345"], "letters spaced out by 0.08 em are one word"
    mixed = [*set_line("共", 5, 5), *set_line("12", 17.5, 5), *set_line("人", 30, 5)]
    assert read(mixed) == ["共12人"], "the quarter em that typesetters put between scripts is no blank"
    spread = [*set_line("姓", 5, 5), *set_line("名", 40, 5)]
    assert read(spread) == ["姓 名"]


def test_printed_blanks_are_kept_once_and_dropped_at_the_ends() -> None:
    chars = [Char(sign, Box(5.0 + 5 * n, 5.0, 10.0 + 5 * n, 15.0)) for n, sign in enumerate("  ab   cd\u00a0e\u3000 ")]
    assert read(chars) == ["ab cd e"]


def test_raised_and_small_signs_stay_on_their_line() -> None:
    line = [
        *set_line("100m", 5, 30),
        Char("2", Box(25.0, 28.0, 28.0, 34.0)),
        *set_line("x", 28, 30),
        Char("i", Box(33.0, 35.5, 36.0, 41.5)),
    ]
    assert read([*set_line("above", 5, 20), *line, *set_line("below", 5, 40)]) == ["above", "100m2xi", "below"]


def test_fonts_of_two_sizes_on_one_line() -> None:
    chars = [*set_line("金额", 5, 10, 12), *set_line("12.50", 29, 12.5, 9), *set_line("下一行", 5, 25, 12)]
    assert read(chars) == ["金额12.50", "下一行"]


def test_ligatures_and_marks() -> None:
    chars = [Char("ffi", Box(5, 5, 20, 15)), Char("e\u0301", Box(20, 5, 25, 15))]
    (line,) = read_layer(chars, 0, SAME, AREA)
    assert [glyph.text for glyph in line.glyphs] == ["f", "f", "i", "e\u0301"]
    assert line.glyphs[1].box == Box(10, 5, 15, 15)


@pytest.mark.parametrize("text", ["(cid:31)", "\ue000", "\x02", ""])
def test_unknown_characters_are_marked_not_guessed(text: str) -> None:
    (line,) = read_layer([*set_line("7", 5, 5), Char(text, Box(10, 5, 15, 15))], 0, SAME, AREA)
    assert line.text == "7\ufffd"
    assert line.glyphs[1].confidence == 0.0
    assert line.confidence == 0.0


def test_wrapped_lines_run_on() -> None:
    block = set_block(
        ["为了充分保障非编人员的劳动权益，优化结", "构，避免人员流动带来的不确定风险，节省", "管理成本。"]
    )
    assert ends(block) == [False, False, True]


def test_short_lines_end() -> None:
    block = set_block(
        ["1、对象排摸审核精准；", "2、发放精准，确保及时足额发放到位，并确", "保错误整改落实；", "3、制度规范。"]
    )
    assert ends(block) == [True, False, True, True]


def test_long_words_wrap_early_and_run_on() -> None:
    area = Box(0, 0, 130, 100)
    assert ends(set_block(["the quick brown", "extraordinarily long", "word"]), area) == [False, False, True]
    assert ends(set_block(["the quick brown fox x", "a b"]), area)[0] is False
    assert ends(set_block(["yes.", "a new sentence begins"]), area)[0] is True


def test_indented_lines_begin_paragraphs() -> None:
    full = "绩" * 19
    chars = [
        *set_line("绩" * 17, 25, 5),
        *set_line(full, 5, 17),
        *set_line("绩" * 17, 25, 29),
        *set_line("绩" * 5, 5, 41),
    ]
    assert ends(chars) == [False, True, False, True]


def test_hanging_lists_are_not_paragraphs() -> None:
    chars = [*set_line("1、" + "绩" * 17, 5, 5), *set_line("绩" * 17, 25, 17), *set_line("绩" * 16, 25, 29)]
    assert ends(chars)[:2] == [False, False]


def test_centred_lines_say_nothing() -> None:
    chars = [*set_line("满意度指", 80, 5), *set_line("标", 95, 17)]
    assert ends(chars) == [False, False]
    assert ends(set_line("准确", 90, 5)) == [False]


def test_narrow_columns_wrap() -> None:
    assert ends(set_block(["项目", "资金", "(元)"], x=8), Box(0, 0, 36, 60))[:2] == [False, False]


def test_a_wide_step_is_a_paragraph() -> None:
    full = "绩" * 19
    chars = [*set_line(full, 5, 5), *set_line(full, 5, 17), *set_line(full, 5, 45), *set_line(full, 5, 57)]
    assert ends(chars)[:3] == [False, True, False]


@given(st.lists(st.tuples(st.floats(0, 99), st.floats(0, 99)), max_size=30))
def test_every_character_has_one_owner(places: list[tuple[float, float]]) -> None:
    boxes = [Box(0, 0, 50, 50), Box(50, 0, 80, 50), Box(0, 50, 80, 80), Box(40, 40, 60, 60)]
    chars = [Char(str(n), Box(x, y, x + 1, y + 1)) for n, (x, y) in enumerate(places)]
    parts, rest = assign_chars(chars, boxes)
    assert len(parts) == len(boxes)
    owners = {char.text: index for index, part in enumerate(parts) for char in part}
    assert len(owners) + len(rest) == len(chars)
    for char in chars:
        inside = [index for index, box in enumerate(boxes) if box.contains(char.box.centre)]
        assert owners.get(char.text) == (inside[0] if inside else None)
    assert assign_chars(chars, []) == ([], chars)


@pytest.mark.skipif(not SEEDS.exists(), reason="needs the seed files")
def test_the_seed_is_read_whole() -> None:
    wanted = "".join((SEEDS / "declarations.txt").read_text(encoding="utf-8").split())
    settings = load_settings().ingest
    found = []
    with open_document(SEEDS / "declarations.pdf", "declarations.pdf", settings) as opened:
        for number in range(opened.source.n_pages):
            page = opened.page(number)
            assert page.layer is not None
            lines = read_layer(page.layer.chars, number, page.to_file, Box(0.0, 0.0, *page.file_size))
            found.extend(char for line in lines for char in line.text if not char.isspace())
    assert sorted(found) == sorted(wanted)
