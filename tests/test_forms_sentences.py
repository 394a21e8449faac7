"""Sentences: signs that lost a part, and how sure a text is whose readings come out the same."""

from __future__ import annotations

import pytest
from test_forms_reading import field_of, print_of

from pipeline.errors import IssueCode
from pipeline.forms.columns import read_name, read_target
from pipeline.forms.prints import Print
from pipeline.forms.readout import Readout
from pipeline.forms.values import Unit, read_field
from pipeline.model import Origin


def sureness_of(print_: Print) -> float:
    evidence = read_field(field_of("text"), print_, None).values[0].evidence
    assert evidence is not None
    return evidence.confidence


def test_readings_that_come_out_as_one_text_count_for_it() -> None:
    """The ring behind a percent sign is a full stop, be it read as one or as a degree; behind a number it is not."""
    stop = print_of("达到95%。", sure=1.0, others={5: [("°", 0.3)]})
    assert sureness_of(stop) == pytest.approx(1.0)
    mended = print_of("达到95%°", sure=1.0, others={5: [("。", 0.3)]})
    assert sureness_of(mended) == pytest.approx(1.0)
    assert sureness_of(print_of("达到95。", sure=1.0, others={4: [("°", 0.3)]})) == pytest.approx(0.7)
    assert sureness_of(print_of("做到；另外", sure=1.0, others={2: [("：", 0.3)]})) == pytest.approx(0.7)
    assert sureness_of(print_of("做到;", sure=1.0, others={2: [("；", 0.3)]})) == pytest.approx(1.0)


def test_a_nought_that_became_a_stop_is_as_sure_as_the_stop_was() -> None:
    assert sureness_of(print_of("杜绝虚报冒领0", sure=1.0, others={6: [("。", 0.1)]})) == pytest.approx(0.1)


def test_letters_of_a_tag_that_is_dropped_say_nothing_but_of_what_was_passed_over_before_it() -> None:
    printed = "<p>做到专款</p>"
    sure = [sureness_of(print_of(printed, sure=1.0, others={at: [("ρ", 0.4)]})) for at in range(len(printed))]
    assert sure == [pytest.approx(0.6 if at in (3, 4, 5, 6, 7) else 1.0) for at in range(len(printed))]
    assert printed[7] == "<"  # right behind the last sign that is kept


@pytest.mark.parametrize(
    ("text", "sure"),
    [
        ("做到；(2)按月核对", 1.0),
        ("做到；2、按月核对", 1.0),
        ("做到；</p>", 1.0),
        ("做到；", 1.0),
        ("做到；(1)按月核对", 0.6),  # what a colon announces begins with the first
        ("做到；3.5公里", 0.6),
        ("做到；按月核对", 0.6),
    ],
)
def test_a_colon_that_could_announce_nothing_does_not_count_against_a_semicolon(text: str, sure: float) -> None:
    assert sureness_of(print_of(text, sure=1.0, others={2: [("：", 0.3), (":", 0.1)]})) == pytest.approx(sure)
    assert sureness_of(print_of(text, sure=1.0, others={2: [("，", 0.4)]})) == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("text", "at", "rival", "sure"),
    [
        ("摸清底数，按月核对", 4, "·", 1.0),
        ("（含税），按月核对", 4, "'", 1.0),
        ("达到95%；按月核对", 5, "°", 1.0),
        ("摸清底数，按月核对", 4, "；", 0.6),  # another mark may well stand there
        ("达到95，按月核对", 4, "°", 0.6),  # 95°
        ("摸清底数·按月核对", 4, "，", 0.6),  # what was read is no mark of a sentence
    ],
)
def test_a_speck_behind_a_word_does_not_count_against_a_mark(text: str, at: int, rival: str, sure: float) -> None:
    assert sureness_of(print_of(text, sure=1.0, others={at: [(rival, 0.4)]})) == pytest.approx(sure)


def test_a_colon_that_was_mended_is_as_sure_as_the_semicolon_is_against_what_can_stand_there() -> None:
    """The colon was likelier, but cannot stand: what is left is shared among the others, and what nobody named."""
    mended = print_of("做到:(2)按月核对", sure=1.0, others={2: [(";", 0.09), ("，", 0.01)]})
    assert sureness_of(mended) == pytest.approx(0.9)
    assert sureness_of(print_of("做到:(2)按月核对", sure=1.0, others={2: [(";", 0.002), ("，", 0.1)]})) < 0.1


@pytest.mark.parametrize("point", [".", "．"])
def test_a_point_amid_chinese_is_a_comma_that_lost_its_tail(point: str) -> None:
    def read(printed: str, origin: Origin = "ocr", comma: float = 0.1) -> Readout:
        at = printed.index(point)
        return read_field(field_of("text"), print_of(printed, origin=origin, others={at: [("，", comma)]}), None)

    mended = read(f"进度{point}遇有滞后")
    assert mended.values[0].value == "进度，遇有滞后"
    assert mended.values[0].evidence is not None
    assert mended.values[0].evidence.confidence == pytest.approx(0.99**6 * (0.1 + 0.8 * 0.9))
    assert [issue.code for issue in mended.issues] == [IssueCode.CORRECTED]
    assert read(f"95%{point}不搞层层加码").values[0].value == "95%，不搞层层加码"
    assert read(f"一{point}加强管理").values[0].value == "一.加强管理"
    assert read(f"结果公开{point}").values[0].value == "结果公开。"
    assert read(f"进度{point}5").values[0].value == "进度.5"
    assert read(f"进度{point}2024年完成").values[0].value == "进度，2024年完成"
    assert read(f"进度{point}遇有滞后", comma=0.0).values[0].value == "进度。遇有滞后"
    assert read(f"进度{point}遇有滞后", origin="text_layer").values[0].value == "进度。遇有滞后"


@pytest.mark.parametrize(
    ("printed", "text"),
    [
        ("1、做到：2、核对：", "1、做到；2、核对；"),
        ("做到：2.核对", "做到；2.核对"),
        ("做法：1、核对", "做法：1、核对"),
        ("做到：3.5公里", "做到：3.5公里"),
    ],
)
def test_a_colon_that_announces_nothing_is_a_semicolon_that_lost_its_tail(printed: str, text: str) -> None:
    colons = [at for at, char in enumerate(printed) if char == "："]

    def read(semicolon: float) -> Readout:
        others = {at: [("；", semicolon)] for at in colons}
        return read_field(field_of("text"), print_of(printed, others=others), None)

    assert (read(0.1).values[0].value, len(read(0.1).issues)) == (text, int(text != printed))
    assert read(0.0).values[0].value == printed


@pytest.mark.parametrize("printed", ["/把每一个", "丨 把每一个", "\\把每一个"])
def test_a_stroke_before_the_first_ideograph_is_none_of_the_words_and_says_so(printed: str) -> None:
    readout = read_field(field_of("text"), print_of(printed), None)
    assert (readout.values[0].value, len(readout.issues)) == ("把每一个", 1)
    kept = read_field(field_of("text"), print_of("/km", origin="ocr"), None)
    assert (kept.values[0].value, kept.issues) == ("/km", ())


@pytest.mark.parametrize(
    ("printed", "value"), [("871.99.", "871.99"), (".10,000.00", "10000.00"), ("12,000\n——", "12000.00")]
)
def test_points_at_the_ends_of_an_amount_are_specks_and_say_so(printed: str, value: str) -> None:
    readout = read_field(field_of("money"), print_of(printed), Unit("元"))
    assert readout.values[0].value == value
    assert [issue.code for issue in readout.issues] == [IssueCode.CORRECTED]


def test_a_point_between_an_operator_and_its_number_is_a_speck_and_says_so() -> None:
    readout = read_target("target", "row", print_of("≤.764.00(元/平方米)"))
    read = {value.path: value.value for value in readout.values}
    assert read == {"row.operator": "<=", "row.value": "764.00", "row.unit": "元/平方米", "row.text": None}
    assert [issue.code for issue in readout.issues] == [IssueCode.CORRECTED]
    alone = read_target("target", "row", print_of("≤.5(%)"))  # it may be 0.5 as well
    assert {value.value for value in alone.values} == {None, "≤.5(%)"}


def test_a_comma_that_may_be_a_point_is_sure_all_the_same() -> None:
    assert sureness_of(print_of("进度，遇有", sure=1.0, others={2: [("．", 0.3)]})) == pytest.approx(0.7 + 0.3)
    assert sureness_of(print_of("进度，遇有", sure=1.0, others={2: [("、", 0.3)]})) == pytest.approx(0.7)


@pytest.mark.parametrize("origin", ["ocr", "text_layer"])
def test_a_speck_behind_a_name_or_a_target_is_dropped(origin: Origin) -> None:
    read = origin == "ocr"
    for reader, printed, clean in (
        (read_name, "指标1：资金使用效益.", "资金使用效益"),
        (read_name, "护理员持证率（本级）。", "护理员持证率（本级）"),
        (read_target, "明显提升·", "明显提升"),
    ):
        readout = reader("it[0].name", "it[0]", print_of(printed, origin=origin))
        words = [value.value for value in readout.values if value.path.rpartition(".")[2] in ("name", "text")]
        assert (words == [clean]) == read
        assert [issue.code for issue in readout.issues] == [IssueCode.CORRECTED] * read
    sentence = read_target("it[0].value", "it[0]", print_of("年底前完成。", origin=origin))
    assert (sentence.values[-1].value, sentence.issues) == ("年底前完成。", ())
