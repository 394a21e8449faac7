"""Form files: the one in the repository is whole, and a wrong one is refused with line and advice."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.config import config_dir
from pipeline.errors import ConfigError
from pipeline.forms.definition import Form, Sum
from pipeline.forms.load import load_form, load_forms

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


@pytest.mark.parametrize(
    ("old", "new", "line", "advice"),
    [
        ("    labels: [总额]", "    lables: [总额]", 10, "write 'labels'"),
        ("  second:", "  part:", 16, "stands twice"),
        ("    section: b", "    section: a", 17, "belongs to 'part' already"),
        ("    section: b", "    section: c", 17, "unknown section 'c'"),
        ("of: [part, second]", "of: [part, secund]", 30, "write 'second'"),
        ("  - sum: total", "  - sum: totl", 29, "write 'total'"),
        ("    type: money\n    labels: [总额]", "    type: mony\n    labels: [总额]", 9, "write 'money'"),
        ("    labels: [总额]\n", "", 8, "has no label"),
        ("names: {zh: 小表, en: Tiny}", "names: {zh: 小表}", 2, "lacks 'en'"),
        ("labels: [项]}", "labels: [类]}", 26, "belongs to column 'kind'"),
        ("type: text, labels: [项]", "type: level, labels: [项]", 23, "only level columns"),
        ("    of: [part, second]\n", "", 29, "a rule is"),
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
    with pytest.raises(ConfigError) as refused:
        form_of(tmp_path, GOOD.replace(old, new, 1))
    assert f"tiny.yaml:{line}:" in str(refused.value)
    assert advice in str(refused.value)


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
