"""Labels compared, words mended, readings chosen: only what the recogniser's own scores support."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import IssueCode
from pipeline.forms.columns import read_target
from pipeline.forms.definition import Field, Names
from pipeline.forms.labels import inner_cuts, is_exact, label_keys, likeness
from pipeline.forms.prints import Print
from pipeline.forms.values import Unit, read_field
from pipeline.forms.words import read_word, word_probability, word_within
from pipeline.geometry import Box
from pipeline.model import Glyph, Origin, TextLine

LEVELS = ("数量指标", "质量指标", "时效指标", "社会效益指标", "生态效益指标", "服务对象满意度指标")
Others = dict[int, Sequence[tuple[str, float]]]


def line_of(
    text: str, page: int = 0, origin: Origin = "ocr", sure: float = 0.99, others: Others | None = None
) -> TextLine:
    """One line of print; others: by place in the line, the other readings, which take their share of probability."""
    glyphs = []
    for i, char in enumerate(text):
        rest = tuple((others or {}).get(i, ()))
        glyphs.append(
            Glyph(char, Box(i, 10 * page, i + 1, 10 * page + 1), min(sure, 1 - sum(p for _, p in rest)), rest)
        )
    return TextLine(page, tuple(glyphs), origin)


def print_of(text: str, **changes: object) -> Print:
    return Print.of([line_of(text, **changes)])  # type: ignore[arg-type]


def field_of(kind: str) -> Field:
    return Field("it", Names("它", "it"), kind, ("它",), ("right",))  # type: ignore[arg-type]


def layer_of(printed: str) -> Print:
    """The print of a cell of a text layer, line by line."""
    return Print.of([line_of(line, origin="text_layer", sure=0.9999) for line in printed.split("\n")])


@pytest.mark.parametrize(
    ("kind", "printed", "value", "severity"),
    [
        ("money", "2013600\n0.00", "20136000.00", "warning"),  # cents stand in the last line alone
        ("money", "116774470\n0", "1167744700.00", "error"),  # or two amounts, the second nothing
        ("number", "99.3\n7", "99.37", "error"),
        ("number", "1718\n62.25", "171862.25", "error"),  # a point is narrower than a digit: 6 had no room above
        ("money", "１９１９５\n０.００", "191950.00", "warning"),
        ("money", "10.00\n20.00", None, "error"),
    ],
)
def test_a_number_over_lines_is_taken_whole_and_says_so(
    kind: str, printed: str, value: str | None, severity: str
) -> None:
    readout = read_field(field_of(kind), layer_of(printed), Unit("元"))
    assert readout.values[0].value == value
    assert [issue.severity for issue in readout.issues] == [severity]


def test_a_number_of_a_recogniser_over_full_lines_waits_for_review() -> None:
    """The ruling between two rows may be lost on a scan."""
    for kind, printed, value in (("money", "2013600\n0.00", "20136000.00"), ("number", "91.4\n9", "91.49")):
        readout = read_field(field_of(kind), Print.of([line_of(line) for line in printed.split("\n")]), Unit("元"))
        assert (readout.values[0].value, [issue.severity for issue in readout.issues]) == (value, ["error"])
    target = read_target("", "rows[0]", Print.of([line_of("17988"), line_of("8.00")]))
    assert [value.value for value in target.values] == [None, "179888.00", None, None]
    assert [(issue.severity, issue.path) for issue in target.issues] == [("error", "rows[0].value")]
    half = read_field(field_of("money"), Print.of([line_of("2013"), line_of("6000.00")]), Unit("元"))
    assert half.values[0].value is None


@pytest.mark.parametrize(
    ("printed", "exact"),
    [
        ("项目资金", True),
        ("项目\n资金：", True),
        ("项目资金\n(万元)", True),
        ("项目资金（元", True),
        ("＊项目 资金", True),
        ("其中：项目资金", True),
        ("项目（专项）资金", True),
        ("项曰资金", False),
    ],
)
def test_labels_are_known_in_every_dress(printed: str, exact: bool) -> None:
    score = likeness(printed, ("项目资金",), 0.75)
    assert score > 0.0
    assert is_exact(score) == exact


@pytest.mark.parametrize(
    "printed", ["项目性质", "项目", "", "(元)", "项目资金总额", "上海市某某项目的资金情况说明" * 9]
)
def test_other_labels_are_not(printed: str) -> None:
    assert likeness(printed, ("项目资金",), 0.75) == 0.0


@given(st.text(max_size=30))
def test_label_keys_are_stable(printed: str) -> None:
    for key in label_keys(printed):
        assert key in label_keys(key)


def test_a_value_begins_behind_a_colon_or_a_line() -> None:
    cuts = [
        ("总目标：甲\n乙"[: cut.label_end], "总目标：甲\n乙"[cut.value_start :]) for cut in inner_cuts("总目标：甲\n乙")
    ]
    assert cuts == [("总目标", "甲\n乙"), ("总目标：甲", "乙")]


def test_a_word_is_mended_only_when_it_is_nearest_and_was_read_by_a_recogniser() -> None:
    assert read_word(print_of("时效指标"), LEVELS).exact  # type: ignore[union-attr]
    mended = read_word(print_of("时敏指标", others={1: [("效", 0.4)]}), LEVELS)
    assert mended is not None
    assert (mended.text, mended.exact) == ("时效指标", False)
    assert mended.confidence > 0.9
    assert read_word(print_of("时敏指标", origin="text_layer"), LEVELS) is None
    assert read_word(print_of("效量指标"), LEVELS) is None


def test_a_level_amid_the_signs_of_a_pen_is_found_and_doubted() -> None:
    print_ = print_of("站二主奈时效指标")
    assert read_word(print_, LEVELS) is None
    found = word_within(print_, LEVELS)
    assert found is not None
    assert (found.text, found.exact) == ("时效指标", False)
    assert found.confidence < 0.5
    assert word_within(print_of("站二主奈时效指标", origin="text_layer"), LEVELS) is None
    assert word_within(print_of("时效指标数量指标"), LEVELS) is None
    assert read_word(print_of("工程进度"), LEVELS) is None
    assert read_word(print_of("数量指标(20分)"), LEVELS).text == "数量指标"  # type: ignore[union-attr]


def test_a_word_read_against_all_scores_is_not_sure() -> None:
    unsure = read_word(print_of("时敏指标", sure=0.999), LEVELS)
    assert unsure is not None
    assert unsure.confidence < 0.2


def test_a_radical_that_stands_for_its_ideograph_is_read_without_doubt() -> None:
    printed = "⽣态效益指标"
    said = read_word(print_of(printed, origin="text_layer", sure=0.9999), ("生态效益指标", "经济效益指标"))
    assert said is not None
    assert printed != said.text == "生态效益指标"
    assert said.confidence > 0.99


@given(st.sampled_from(LEVELS), st.floats(0.05, 0.999))
def test_probabilities_of_a_closed_vocabulary_are_probabilities(word: str, sure: float) -> None:
    shares = [word_probability(print_of(word, sure=sure), other, LEVELS) for other in LEVELS]
    assert all(0.0 <= share <= 1.0 for share in shares)
    assert sum(shares) == pytest.approx(1.0)
    assert max(shares) == shares[LEVELS.index(word)]


def test_the_grammar_chooses_among_readings() -> None:
    readout = read_field(
        field_of("money"), print_of("615.848.00", others={3: [(",", 0.3)], 7: [(",", 0.01)]}), Unit("元")
    )
    (value,) = readout.values
    assert value.value == "615848.00"
    assert value.evidence is not None
    assert (value.evidence.text, value.evidence.origin) == ("615,848.00", "rule")
    (issue,) = readout.issues
    assert (issue.code, issue.candidates) == (IssueCode.CORRECTED, ("615,848.00", "615.848.00"))


@pytest.mark.parametrize(
    ("printed", "amount"),
    [
        ("10.355.56", "10355.56"),
        ("613.397,000.00", "613397000.00"),
        ("123,239,000.0O", "123239000.00"),
        ("2l.5", "21.50"),
        ("6.221", "6221.00"),
        ("12..5", None),
    ],
)
def test_signs_that_look_alike_are_told_by_the_grammar_of_numbers(printed: str, amount: str | None) -> None:
    readout = read_field(field_of("money"), print_of(printed), Unit("元"))
    assert readout.values[0].value == amount
    assert [issue.code for issue in readout.issues] == [IssueCode.CORRECTED if amount else IssueCode.BAD_VALUE]
    assert read_field(field_of("money"), print_of("10.355.56", origin="text_layer"), Unit("元")).values[0].value is None


@pytest.mark.parametrize(
    ("printed", "amount"),
    [
        ("一 3,552,980.63元", "3552980.63"),
        ("7,951.836487万 一 元", "79518364.87"),
        ("√51,680,800.00", "51680800.00"),
        ("3,552,980.63 V", "3552980.63"),
        ("-3,552,980.63", "-3552980.63"),
        ("一 √", None),
        ("12 34.00", None),
    ],
)
def test_strokes_beside_an_amount_are_none_of_it(printed: str, amount: str | None) -> None:
    readout = read_field(field_of("money"), print_of(printed), Unit("元"))
    assert readout.values[0].value == amount
    assert bool(readout.issues) is (not printed.startswith("-"))


def test_a_ring_that_ends_a_sentence_is_a_full_stop() -> None:
    def text_of(printed: str, origin: Origin = "ocr", others: Others | None = None) -> object:
        return read_field(field_of("text"), print_of(printed, origin=origin, others=others), None).values[0].value

    mended = read_field(field_of("text"), print_of("满意度不低于95%°"), None)
    assert mended.values[0].value == "满意度不低于95%。"
    assert [(i.code, i.candidates) for i in mended.issues] == [
        (IssueCode.CORRECTED, ("满意度不低于95%。", "满意度不低于95%°"))
    ]
    assert text_of("结果公开°按季度公布") == "结果公开。按季度公布"
    lines = [line_of(line) for line in ("结果公开", "°")]
    assert read_field(field_of("text"), Print.of(lines), None).values[0].value == "结果公开。"
    assert text_of("水温不超过30°") == "水温不超过30°"
    assert text_of("杜绝虚报冒领0", others={6: [("。", 0.1)]}) == "杜绝虚报冒领。"
    assert text_of("分期数为0", others={4: [("8", 0.1)]}) == "分期数为0"
    assert text_of("结果公开°按季度公布", origin="text_layer") == "结果公开°按季度公布"


def test_a_box_within_words_is_an_ideograph() -> None:
    readout = read_field(field_of("text"), print_of("整治排污□数量"), None)
    assert readout.values[0].value == "整治排污口数量"
    assert readout.values[0].evidence is not None
    assert readout.values[0].evidence.confidence < 0.5
    assert [issue.code for issue in readout.issues] == [IssueCode.CORRECTED]
    for printed in ("□新增□延续", "100□20"):
        assert read_field(field_of("text"), print_of(printed), None).values[0].value == printed
    layer = print_of("整治排污□数量", origin="text_layer")
    assert read_field(field_of("text"), layer, None).values[0].value == "整治排污□数量"


@pytest.mark.parametrize("dash", ["一", "ー", "—"])
def test_a_dash_alone_says_nothing_in_a_field_of_words(dash: str) -> None:
    assert read_field(field_of("text"), print_of(dash), None).values[0].value is None


def test_a_sign_that_was_taken_is_doubtful_where_others_were_as_likely() -> None:
    """A recogniser that names few of all that may stand there does not know the sign."""

    def sureness_of(first: float, other: float) -> float:
        marked = Print.of([TextLine(0, (Glyph("e", Box(0, 0, 1, 1), first, (("7", other),)),), "ocr")])
        evidence = read_field(field_of("number"), marked, None).values[0].evidence
        assert evidence is not None
        assert evidence.text == "7"
        return evidence.confidence

    assert sureness_of(0.2, 0.1) < 0.2
    assert sureness_of(0.6, 0.395) > 0.95


@pytest.mark.parametrize(
    ("printed", "value", "unit", "told"),
    [
        ("≥98.00°%", "98.00", "%", True),
        ("≥92°", "92", "%", True),
        ("≥92%%", "92", "%", True),
        ("≤26℃", "26", "℃", False),
        ("≥92%", "92", "%", False),
    ],
)
def test_a_ring_of_a_percent_sign_is_settled_and_told(printed: str, value: str, unit: str, told: bool) -> None:
    readout = read_target("it[0].value", "it[0]", print_of(printed))
    found = {v.path.rpartition(".")[2]: v.value for v in readout.values}
    assert (found["value"], found["unit"]) == (value, unit)
    assert [issue.code for issue in readout.issues] == [IssueCode.CORRECTED] * told


def test_a_target_that_is_nearly_a_quantity_is_the_likeliest_one_and_says_so() -> None:
    readout = read_target("", "it[0]", print_of("≥63(门])", others={5: [("", 0.3), ("7", 0.1)]}))
    found = {v.path.rpartition(".")[2]: v.value for v in readout.values}
    assert found == {"operator": ">=", "value": "63", "unit": "门", "text": None}
    assert [issue.code for issue in readout.issues] == [IssueCode.CORRECTED]
    assert readout.issues[0].candidates == ("≥63(门)", "≥63(门])")


def test_a_target_that_no_reading_makes_a_quantity_stays_words_and_is_an_error() -> None:
    readout = read_target("", "it[0]", print_of("≥63(门])", others={1: [("8", 0.3)]}))
    assert [v.value for v in readout.values] == [None, None, None, "≥63（门]）"]
    assert {issue.severity for issue in readout.issues} == {"error"}


def test_a_separator_that_may_be_either_is_not_sure() -> None:
    (value,) = read_field(field_of("money"), print_of("1.967.561"), Unit("万元")).values
    assert value.evidence is not None
    assert value.evidence.confidence < 0.6


@given(st.decimals("0", "99999999999", places=2), st.data())
def test_an_amount_survives_the_loss_of_its_commas(amount: Decimal, data: st.DataObject) -> None:
    printed = f"{amount:,}"
    lost = "".join("." if c == "," and data.draw(st.booleans()) else c for c in printed)
    (value,) = read_field(field_of("money"), print_of(lost), Unit("元")).values
    assert value.value == f"{amount:f}"


@pytest.mark.parametrize("kind", ["money", "date", "number"])
def test_a_lone_stroke_is_a_dash(kind: str) -> None:
    readout = read_field(field_of(kind), print_of("一"), Unit("元"))
    assert (readout.values[0].value, readout.issues) == (None, ())
    assert read_field(field_of(kind), print_of("一", origin="text_layer"), Unit("元")).issues


def test_two_readings_that_the_grammar_admits_are_not_sure() -> None:
    readout = read_field(field_of("date"), print_of("2024-1?-01", others={6: [("1", 0.3), ("2", 0.3)]}), None)
    (value,) = readout.values
    assert value.value in ("2024-11-01", "2024-12-01")
    assert value.evidence is not None
    assert value.evidence.confidence < 0.6


def test_readings_of_one_value_add_up() -> None:
    printed = print_of("2024-12-31", others={4: [("–", 0.5)], 7: [("－", 0.4)]})
    (value,) = read_field(field_of("date"), printed, None).values
    assert value.evidence is not None
    assert value.evidence.confidence > 0.9
    doubtful = print_of("2024-12-31", others={9: [("7", 0.3), ("0", 0.2)]})
    (value,) = read_field(field_of("date"), doubtful, None).values
    assert value.evidence is not None
    assert value.evidence.confidence < 0.7


def test_a_date_is_known_by_its_digits_when_a_thin_dash_was_not_read() -> None:
    readout = read_field(field_of("date"), print_of("2024–1231"), None)
    assert readout.values[0].value == "2024-12-31"
    assert [issue.code for issue in readout.issues] == [IssueCode.CORRECTED]
    for text, origin in (
        ("2024–1231", "text_layer"),
        ("2024–1331", "ocr"),
        ("2024约1231", "ocr"),
        ("2024-12-3", "ocr"),
    ):
        value = read_field(field_of("date"), print_of(text, origin=origin), None).values[0].value
        assert value == ("2024-12-03" if text == "2024-12-3" else None)


def test_a_text_layer_is_believed_to_the_letter() -> None:
    readout = read_field(field_of("money"), print_of("615.848.00", origin="text_layer", others={3: [(",", 0.3)]}), None)
    assert readout.values[0].value is None
    assert readout.issues[0].code is IssueCode.BAD_VALUE


def test_an_amount_is_as_sure_as_its_unit() -> None:
    (value,) = read_field(field_of("money"), print_of("3.17", sure=1.0), Unit("万元", 0.5)).values
    assert value.value == "31700.00"
    assert value.evidence is not None
    assert value.evidence.confidence == pytest.approx(0.5)
    (value,) = read_field(field_of("money"), print_of("3.17万元", sure=1.0), Unit("元", 0.5)).values
    assert value.evidence is not None
    assert value.evidence.confidence == pytest.approx(1.0)


def test_evidence_over_two_pages_is_boxed_on_the_first() -> None:
    whole = Print.of([line_of("甲乙", 0), line_of("丙丁", 1)])
    evidence = whole.evidence()
    assert evidence is not None
    assert (evidence.text, evidence.page, evidence.box) == ("甲乙\n丙丁", 0, Box(0, 0, 2, 1))
    later = whole.part(3, 5).evidence()
    assert later is not None
    assert (later.text, later.page) == ("丙丁", 1)
    assert whole.part(2, 3).evidence() is None


@given(st.text("甲乙12.，( \n", min_size=1, max_size=12), st.data())
def test_any_part_keeps_its_glyphs(text: str, data: st.DataObject) -> None:
    lines = [line_of(part) for part in text.split("\n") if part]
    whole = Print.of(lines)
    start = data.draw(st.integers(0, len(whole.text)))
    end = data.draw(st.integers(start, len(whole.text)))
    part = whole.part(start, end)
    assert "".join(glyph.text for _, glyph in part.inked) == "".join(part.text.split())


@pytest.mark.parametrize(
    ("printed", "option"), [("□新增 ☑延续", "延续"), ("一次性项目", "一次性项目"), ("□甲 □乙", None)]
)
def test_choices(printed: str, option: str | None) -> None:
    assert read_field(field_of("choice"), print_of(printed), None).values[0].value == option


def test_an_option_that_may_be_two_is_doubted() -> None:
    """A recogniser passes over the blank between the options of a list without boxes."""
    two = read_field(field_of("choice"), print_of("√经常性项目一次性项目"), None)
    assert [(issue.code, issue.severity, issue.path) for issue in two.issues] == [(IssueCode.BAD_VALUE, "error", "it")]
    assert read_field(field_of("choice"), print_of("√经常性项目 一次性项目"), None).issues == ()
    known = replace(field_of("choice"), choices=("经常性项目", "一次性项目"))
    readout = read_field(known, print_of("√经常性项目一次性项目"), None)
    assert (readout.values[0].value, readout.issues) == ("经常性项目", ())


def test_a_code_is_split_off_into_its_own_field() -> None:
    field = Field("name", Names("名", "name"), "coded", ("名",), ("right",), code="name_code")
    values = {value.path: value for value in read_field(field, print_of("219-清河区水利局"), None).values}
    assert {path: value.value for path, value in values.items()} == {"name": "清河区水利局", "name_code": "219"}
    assert values["name_code"].evidence is not None
    assert values["name_code"].evidence.text == "219"


@pytest.mark.parametrize(
    ("printed", "day"),
    [("2026/5/1\n4", "2026-05-14"), ("2026/5/1 4", None), ("2026\n5/1/4", None)],
)
def test_a_date_that_full_lines_make_together_is_one_and_says_so(printed: str, day: str | None) -> None:
    readout = read_field(field_of("date"), layer_of(printed), None)
    assert [value.value for value in readout.values] == [day]
    assert [issue.severity for issue in readout.issues] == ["warning" if day else "error"]
