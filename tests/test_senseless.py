"""Lines of which a recogniser makes nothing are left out of a cell, and leave a doubt."""

from __future__ import annotations

import pytest

from pipeline.geometry import Box
from pipeline.model import Glyph
from pipeline.stages.read.pairs import DOUBT
from pipeline.stages.read.senseless import Line, drop_senseless


def line(text: str, sure: float = 0.999) -> Line:
    return tuple(Glyph(char, Box(10.0 * k, 0.0, 10.0 * k + 9.0, 9.0), sure) for k, char in enumerate(text))


def told(lines: list[Line]) -> list[tuple[str, list[float]]]:
    _, kept = drop_senseless(lines)
    return [("".join(glyph.text for glyph in one), [glyph.confidence for glyph in one]) for one in kept]


def test_the_rest_of_a_seal_is_left_out_and_the_signs_beside_it_are_in_doubt() -> None:
    read = [line("开工时"), line("二", 0.006), line("间")]
    assert told(read) == [("开工时", [0.999, 0.999, DOUBT]), ("间", [DOUBT])]
    assert drop_senseless(read)[0] == [0, 2]


@pytest.mark.parametrize(
    "lines",
    [
        [line("开工"), line("二", 0.07)],  # it may be a sign
        [line("开工"), line("二三四", 0.01)],  # print that is hard to read
        [line("开", 0.7), line("二", 0.01)],  # all of the cell is
        [line("二", 0.01)],  # nothing would be left of it
        [line("开工"), line("时间")],
    ],
)
def test_all_other_lines_stay_as_they_were_read(lines: list[Line]) -> None:
    assert drop_senseless(lines) == (list(range(len(lines))), lines)
