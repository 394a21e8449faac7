"""Versions of a layout: told by words, cut to what they have, named in the record, refused where they say nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from grid_drawing import draw_page
from jsonschema import Draft202012Validator
from test_forms_load import GOOD, assert_refused, form_of

from pipeline.cli.forms_list import show_form
from pipeline.config import config_dir, load_settings
from pipeline.forms.load import load_forms
from pipeline.forms.match import Forms
from pipeline.model import Record
from pipeline.schema import record_schema
from pipeline.stages.check import check
from pipeline.stages.records import records
from pipeline.stages.stitch import stitch

SETTINGS = load_settings()
SHIPPED = load_forms("auto", config_dir() / "forms", SETTINGS.records.label_similarity)
DOCS = Path(__file__).resolve().parent.parent / "docs"
VERSIONS = """\
versions:
  old:
    names: {zh: 旧版, en: Old}
    has: [旧章]
    until: 2021
    labels: {second: [其他]}
    without: [part]
  new:
    names: {zh: 新版, en: New}
    has: [新章 > 印]
    since: 2022
    required: [second]
    levels: {rows: {大类: [小类三]}}
"""
FORM = GOOD.replace("    section: a\n", "", 1).replace("    labels: [其他]\n    section: b", "    labels: [其余]", 1)
PAGE = "总额 | 30元 | 其他 | 10元\n其余 | {} | {} | {}\n类 | 小 | 项 | <\n大类 | 小类一 | 甲 | <"


def read(forms: Forms, drawing: str, above: tuple[str, ...] = ()) -> Record:
    page = draw_page(drawing, above=above)
    found, _ = records(stitch((page,), forms, SETTINGS.stitch), (page,), forms, SETTINGS.records)
    return check(found[0], forms, SETTINGS.records)


def of(tmp_path: Path, text: str = FORM + VERSIONS) -> Forms:
    return Forms((form_of(tmp_path, text),), SETTINGS.records.label_similarity)


@pytest.mark.parametrize(
    ("cells", "above", "version"),
    [
        (("20元", "旧章", "甲"), (), "old"),
        (("20元", "旧章：甲", ""), ("(2024年度)",), "old"),  # the year settles ties only
        (("20元", "新章", "印"), (), "new"),
        (("20元", "印", "新章"), (), None),
        (("20元", "", ""), ("(2020年度)",), None),
        (("新章", "印", "旧章"), (), None),
        (("新章", "印", "旧章"), ("(2023年度)",), "new"),
        (("20元", "", ""), ("旧章", "(2023年度)"), "old"),
    ],
)
def test_a_version_is_told_by_its_words(
    tmp_path: Path, cells: tuple[str, ...], above: tuple[str, ...], version: str | None
) -> None:
    assert read(of(tmp_path), PAGE.format(*cells), above).version == version


def test_two_versions_that_fit_are_named_and_none_is_taken(tmp_path: Path) -> None:
    record = read(of(tmp_path), PAGE.format("新章", "印", "旧章"))
    assert [issue.candidates for issue in record.issues if "versions" in issue.message] == [("old", "new")]


def test_a_version_without_words_of_its_own_is_the_one_that_is_left(tmp_path: Path) -> None:
    forms = of(tmp_path, FORM + VERSIONS.replace("    has: [旧章]\n", "    lacks: [新章]\n"))
    assert read(forms, PAGE.format("20元", "", ""), ("(2020年度)",)).version == "old"
    assert read(forms, PAGE.format("20元", "", ""), ("(2024年度)",)).version is None
    assert read(forms, PAGE.format("20元", "新章", ""), ("(2020年度)",)).version is None


def values(record: Record) -> tuple[Any, ...]:
    return tuple(record.data[path] for path in ("total", "part", "second"))


def test_a_label_means_in_a_version_what_it_says_there(tmp_path: Path) -> None:
    forms = of(tmp_path)
    assert values(read(forms, PAGE.format("20元", "", ""))) == ("30.00", "10.00", "20.00")
    assert values(read(forms, PAGE.format("", "旧章", ""))) == ("30.00", None, "10.00")


def test_a_field_is_required_in_its_version_only(tmp_path: Path) -> None:
    forms, page = of(tmp_path), PAGE.replace("其余 | {}", "乙 | {}")
    new, other = (read(forms, page.format("20元", *word)) for word in (("新章", "印"), ("", "")))
    assert "error" in [issue.severity for issue in new.issues if issue.path == "second"]
    assert [issue.severity for issue in other.issues if issue.path == "second"] == ["warning", "warning"]


def test_a_form_has_the_levels_of_its_version(tmp_path: Path) -> None:
    form = of(tmp_path).forms[0]
    assert form.tables[0].level_words(1) == ("小类一", "小类二")
    assert form.in_version("new").tables[0].level_words(1) == ("小类三",)
    assert form.in_version("gone") is form


def test_a_name_that_a_version_lacks_has_no_code_there(tmp_path: Path) -> None:
    coded = "    type: coded\n    code: part_code\n    code_labels: [代号]"
    text = FORM.replace("    type: money", coded, 2).replace(coded, "    type: money", 1)
    form = of(tmp_path, text.replace("rules:\n  - sum: total\n    of: [part, second]\n", "") + VERSIONS).forms[0]
    assert form.by_path["part_code"].labels == ("代号",)
    assert form.in_version("old").by_path["part_code"].labels == ()


@pytest.mark.parametrize(
    ("old", "new", "line", "advice"),
    [
        ("    has: [旧章]\n    until: 2021\n", "", 32, "nothing tells version 'old': write 'has:"),
        ("    until: 2021", "    untill: 2021", 34, "write 'until'"),
        ("    until: 2021", "    until: soon", 34, "write for example 'until: 2022'"),
        ("    until: 2021", "    since: 2022\n    until: 2021", 32, "swap 'since' and 'until'"),
        ("labels: {second: [其他]}", "labels: {secund: [其他]}", 35, "write 'second'"),
        ("    without: [part]\n", "", 35, "no label is left of 'part'"),
        ("    without: [part]", "    without: [prt]", 36, "write 'part'"),
        ("    without: [part]", "    without: [part]\n    required: [part]", 32, "drop it in one"),
        ("labels: {second: [其他]}", "labels: {second: [其他], total: [其他]}", 35, "belongs to 'second' already"),
        ("levels: {rows:", "levels: {row:", 42, "write 'rows'"),
        ("    has: [新章 > 印]\n    since: 2022", "    has: [旧章]\n    until: 2021", 38, "told by the same as 'old'"),
        ("    has: [旧章]", "    has: [旧章]\n    lacks: [旧章]", 32, "in 'has' and in 'lacks'"),
        ("  new:", "  New One:", 38, "is no id of a version"),
        ("    names: {zh: 新版, en: New}\n", "", 38, "lacks 'names'"),
    ],
)
def test_a_wrong_version_is_refused_with_line_and_advice(
    tmp_path: Path, old: str, new: str, line: int, advice: str
) -> None:
    assert old in VERSIONS
    assert_refused(tmp_path, FORM + VERSIONS.replace(old, new, 1), line, advice)


HEAD = """
项目名称 | 灌区改造 | < | <
主管部门 | 某某市水利局 | 实施单位 | 某某灌区
项目资金(元) | 年度资金总额 | 30 | <
^ | 其中：财政拨款 | 30 | <
^ | 其他资金 | 0 | <
年度目标 | 修好渠道。 | < | <
一级指标 | 二级指标 | 三级指标 | 指标值
"""
NEW = "成本指标 | 经济成本指标 | 单价 | ≤5元\n产出指标 | 数量指标 | 渠道长度 | ≥3公里\n成本指标 |  | 总价 | ≤9元"
OLD = "产出指标 | 数量指标 | 渠道长度 | ≥3公里\n^ | 成本指标 | 单价 | ≤5元\n | 成本指标 | 总价 | ≤9元"


@pytest.mark.parametrize(
    ("rows", "version", "last"),
    [
        (NEW, "cost-of-its-own", ("成本指标", None)),
        (OLD, "cost-under-output", ("产出指标", "成本指标")),
        (f"{NEW}\n产出指标 | 成本指标 | 费用 | ≤9元", None, ("产出指标", "成本指标")),
    ],
)
def test_the_place_of_cost_tells_the_version_of_a_shipped_form(
    rows: str, version: str | None, last: tuple[str, str | None]
) -> None:
    record = read(SHIPPED, f"{HEAD.strip()}\n{rows}", ("项目支出绩效目标申报表", "(2024年度)"))
    row = record.data["indicators"][-1]
    assert (record.version, row["level1"], row["level2"]) == (version, *last)


def test_a_version_shows_in_schema_and_listing(tmp_path: Path) -> None:
    form = of(tmp_path).forms[0]
    schema = record_schema(form)
    assert [Draft202012Validator(schema["properties"]["version"]).is_valid(id) for id in ("old", "older")] == [
        True,
        False,
    ]
    assert "version" not in schema["required"]
    assert "version" not in record_schema(SHIPPED.forms[0])["properties"]
    plain = CliRunner().invoke(show_form, [str(tmp_path / "tiny.yaml")], standalone_mode=False).output
    assert "旧章" in plain
    assert "second: 其他; without part" in " ".join(plain.split())
    told = json.loads(
        CliRunner().invoke(show_form, [str(tmp_path / "tiny.yaml"), "--json"], standalone_mode=False).output
    )
    assert [version["id"] for version in told["versions"]] == ["old", "new"]


@pytest.mark.parametrize("page", ["forms.md", "forms.zh.md"])
def test_the_versions_of_the_docs_go_with_the_example_of_the_docs(tmp_path: Path, page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    example = re.findall(r"```yaml\n(.*?)```", (DOCS / "forms.md").read_text(encoding="utf-8"), re.DOTALL)[0]
    (versions,) = (block for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) if block.startswith("versions"))
    old, new = form_of(tmp_path, example + versions).versions
    assert (old.until, old.without, new.since, new.required) == (2021, ("total.returned",), 2022, ("registered",))
