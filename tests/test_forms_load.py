"""Form files: the one in the repository is whole, and a wrong one is refused with line and advice."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.config import config_dir
from pipeline.errors import ConfigError
from pipeline.forms.definition import Form, Sum
from pipeline.forms.load import load_form, load_forms, read_form

GOOD = """\
form: tiny
names: {zh: 小表, en: Tiny}
sections:
  a: [甲部]
  b: [乙部]
fields:
  total:
    names: {zh: 总额, en: Total}
    type: money
    labels: [总额]
  part:
    names: {zh: 其他, en: Other}
    type: money
    labels: [其他]
    section: a
  second:
    names: {zh: 其他二, en: Other two}
    type: money
    labels: [其他]
    section: b
tables:
  rows:
    names: {zh: 明细, en: Rows}
    columns:
      kind: {names: {zh: 类, en: Kind}, type: level, labels: [类]}
      part: {names: {zh: 小, en: Part}, type: level, labels: [小]}
      what: {names: {zh: 项, en: What}, type: text, labels: [项]}
    levels: {大类: [小类一, 小类二]}
rules:
  - sum: total
    of: [part, second]
"""


def form_of(tmp_path: Path, text: str) -> Form:
    file = tmp_path / "tiny.yaml"
    file.write_text(text, encoding="utf-8")
    return load_form(file)


def test_every_form_of_the_repository_loads() -> None:
    forms = load_forms("auto", config_dir() / "forms", 0.75).forms
    assert forms
    for form in forms:
        paths = [field.path for field in form.fields]
        assert len(paths) == len(set(paths))
        assert {"title", "heading", "fiscal_year"} <= set(paths)
        assert set(form.identity.opening) <= set(paths)


def test_a_small_form_says_what_it_holds(tmp_path: Path) -> None:
    form = form_of(tmp_path, GOOD)
    assert [field.path for field in form.fields] == ["total", "part", "second"]
    assert form.identity.opening == ("total",)
    assert form.identity.evidence == ("total", "part", "second", "rows")
    assert form.tables[0].level_words(1) == ("小类一", "小类二")
    assert form.tables[0].parents("小类二") == ("大类",)
    (rule,) = form.rules
    assert isinstance(rule, Sum)
    assert rule.parts == ("part", "second")


def assert_refused(folder: Path, text: str, line: int, advice: str) -> None:
    """A definition is refused at a line, and the error says what to write."""
    with pytest.raises(ConfigError) as refused:
        form_of(folder, text)
    assert f"tiny.yaml:{line}:" in str(refused.value)
    assert advice in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "line", "advice"),
    [
        ("    labels: [总额]", "    lables: [总额]", 10, "write 'labels'"),
        ("  second:", "  part:", 16, "stands twice"),
        ("    section: b", "    section: a", 17, "belongs to 'part' already"),
        ("    section: b", "    section: c", 17, "unknown section 'c'"),
        ("of: [part, second]", "of: [part, secund]", 31, "write 'second'"),
        ("  - sum: total", "  - sum: totl", 30, "write 'total'"),
        ("    type: money\n    labels: [总额]", "    type: mony\n    labels: [总额]", 9, "write 'money'"),
        ("    labels: [总额]\n", "", 8, "has no label"),
        ("names: {zh: 小表, en: Tiny}", "names: {zh: 小表}", 2, "lacks 'en'"),
        ("labels: [项]}", "labels: [类]}", 27, "belongs to column 'kind'"),
        ("type: text, labels: [项]", "type: level, labels: [项]", 23, "only level columns"),
        ("    of: [part, second]\n", "", 30, "a rule is"),
        ("    labels: [总额]", "    labels: [总额]\n    fallback: nowhere", 8, "fallback over a missing field"),
        ("    labels: [总额]", "    labels: [总额]\n    required: yes please", 11, "write 'true' or 'false'"),
        ("    labels: [总额]", "    labels: [总额]\n    place: across", 8, "go together"),
        ("    labels: [总额]", "    labels: {a: b}", 10, "takes a list"),
    ],
)
def test_a_wrong_form_is_refused_with_line_and_advice(
    tmp_path: Path, old: str, new: str, line: int, advice: str
) -> None:
    assert old in GOOD
    assert_refused(tmp_path, GOOD.replace(old, new, 1), line, advice)


LEVELS = "    levels: {大类: [小类一, 小类二]}"
SECOND = "    labels: [其他]\n    section: b"
KIND = "      kind: {names: {zh: 类, en: Kind}, type: level, labels: [类]}\n"
PART = "      part: {names: {zh: 小, en: Part}, type: level, labels: [小]}\n"


@pytest.mark.parametrize(
    ("old", "new", "line", "advice"),
    [
        ("form: tiny", "form: Tiny Form", 1, "is no id"),
        ("  second:", "  Second-One:", 17, "is no path"),
        ("  second:", "  total.net:", 8, "cannot be a value and hold 'total.net'"),
        ("  second:", "  rows:", 23, "is a field and a table"),
        ("  rows:", "  part.rows:", 12, "cannot be a value and hold 'part.rows'"),
        (SECOND, f"{SECOND}\n    choices: [甲]", 21, "go with 'type: choice' only"),
        (SECOND, f"{SECOND}\n    fallback: second", 21, "falls back on itself"),
        ("    labels: [总额]", "    labels: [总额, ':']", 10, "holds a word that says nothing"),
        ("    labels: [总额]", "    labels: []", 8, "has no label"),
        ("rules:", "furniture: [总额：]\nrules:", 29, "no furniture"),
        (LEVELS, "    levels: {大类: [小类一, {小类二: [甲]}]}", 28, "takes one text"),
        (LEVELS, "    levels: {大类: {小类一: [甲]}}", 28, "go 3 deep, the table has 2"),
        (LEVELS, "    levels: {大类: [小类, 小类]}", 28, "'小类' stands twice in one group"),
        (KIND + PART, "", 26, "has 'levels' but no column of 'type: level'"),
        ("of: [part, second]", "of: [part, part]", 31, "'part' stands twice"),
        ("of: [part, second]", "of: [part, total]", 31, "'total' is a part of itself"),
        ("type: money\n    labels: [总额]", "type: text\n    labels: [总额]", 30, "nothing that can be added up"),
        ("    of: [part, second]", "    of: [part, second]\n  - order: [part, second]", 32, "nothing that is a date"),
        ("    of: [part, second]", "    of: [part, second]\n  - equal: [part, part]", 32, "held against itself"),
        ("    of: [part, second]", "    of: [part, second]\n    tolerance: -1", 32, "not below 0"),
        ("    of: [part, second]", "    of: [part, second]\n    tolerance: NaN", 32, "is not a number"),
        ("sections:", "identity: {min_share: 1.5}\nsections:", 3, "is no share"),
        ("sections:", "identity: {opening: [total, total]}\nsections:", 3, "stands twice in 'opening'"),
        (SECOND, "    labels: [总额]\n    place: across\n    header: [列]", 8, "belongs to 'second' already"),
    ],
)
def test_a_form_that_contradicts_itself_is_refused(tmp_path: Path, old: str, new: str, line: int, advice: str) -> None:
    assert old in GOOD
    file = tmp_path / "tiny.yaml"
    file.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    _, faults = read_form(file)
    assert (line, True) in {(fault.line, advice in fault.message) for fault in faults}


def test_one_reading_finds_every_fault_and_none_that_follows_from_another(tmp_path: Path) -> None:
    slips = {
        "    labels: [总额]": "    lables: [总额]",
        "type: money\n    labels: [其他]": "type: mony\n    labels: [其他]",
    }
    text = GOOD
    for old, new in (slips | {"of: [part": "of: [prt", "en: Rows": "an: Rows"}).items():
        text = text.replace(old, new)
    file = tmp_path / "tiny.yaml"
    file.write_text(text, encoding="utf-8")
    _, faults = read_form(file)
    assert [(fault.line, fault.key) for fault in faults] == [
        (10, "fields.total.lables"),
        (13, "fields.part.type"),
        (18, "fields.second.type"),
        (23, "tables.rows.names.an"),
        (31, "rules.of"),
    ]
    with pytest.raises(ConfigError, match=r"tiny\.yaml:10: .* \(and 4 more: see shenbao forms check"):
        load_form(file)


def test_a_form_that_leads_round_in_a_ring_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="takes named entries"):
        form_of(tmp_path, GOOD.replace(LEVELS, "    levels: &ring {大类: *ring}"))


@pytest.mark.parametrize("text", ["", "form: [", "- a\n- b\n", "\x00"])
def test_what_is_no_form_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match=r"tiny\.yaml"):
        form_of(tmp_path, text)


def test_unknown_and_doubled_forms_and_empty_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no form definition"):
        load_forms("auto", tmp_path, 0.75)
    form_of(tmp_path, GOOD)
    with pytest.raises(ConfigError, match="unknown form 'tinny': write 'tiny'"):
        load_forms("tinny", tmp_path, 0.75)
    assert [form.id for form in load_forms("tiny", tmp_path, 0.75).forms] == ["tiny"]
    (tmp_path / "again.yaml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(ConfigError, match="defined twice"):
        load_forms("auto", tmp_path, 0.75)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read"):
        load_form(tmp_path / "none.yaml")
