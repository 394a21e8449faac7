"""Lines of print and the printed string made of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.join import INSERTED, join_lines
from pipeline.text.normalise import normalise


def test_breaks_and_places() -> None:
    text, places = join_lines([("甲乙", False), ("丙", True), ("丁", True)])
    assert text == "甲乙\n丙\n\n丁"
    assert places == ((0, 0), (0, 1), INSERTED, (1, 0), INSERTED, INSERTED, (2, 0))
    assert normalise(text).text == "甲乙丙\n丁"
    assert join_lines([]) == ("", ())


@given(st.lists(st.tuples(st.text(alphabet="甲乙ab 1", max_size=6), st.booleans()), max_size=6))
def test_every_character_of_every_line_is_found_once(lines: list[tuple[str, bool]]) -> None:
    text, places = join_lines(lines)
    assert len(text) == len(places)
    printed = [place for place in places if place != INSERTED]
    assert printed == [(number, at) for number, (line, _) in enumerate(lines) for at in range(len(line))]
    for char, (number, at) in zip(text, places, strict=True):
        assert char == ("\n" if number < 0 else lines[number][0][at])
