"""The tools of forms do what docs/forms.md says: list, show, check, try, draft, and the example in the docs itself."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from jsonschema import Draft202012Validator
from PIL import Image

from pipeline.cli import main
from pipeline.config import config_dir
from pipeline.forms import load
from pipeline.forms.definition import ColumnType, FieldType, Place
from pipeline.forms.load import load_definitions, load_form

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "sample_docs"
DOCS = (ROOT / "docs" / "forms.md").read_text(encoding="utf-8")
EXAMPLE = re.search(r"<!-- example -->\n```yaml\n(.*?)```", DOCS, re.DOTALL)
FORMS = {form.id: form for form in load_definitions("auto", config_dir() / "forms")}
SHANGHAI = next(form for form in FORMS.values() if form.names.en.endswith("(Shanghai)"))


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    """Exit code, stdout, stderr."""
    code = main([str(word) for word in words])
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture
def example(tmp_path: Path) -> Path:
    assert EXAMPLE is not None
    file = tmp_path / "kitchen-loan.yaml"
    file.write_text(EXAMPLE[1], encoding="utf-8")
    return file


def test_the_docs_name_every_key_and_word_of_the_language() -> None:
    keys = {key for name, words in vars(load).items() if name.endswith("_KEYS") for key in words}
    words = {*keys, *get_args(FieldType), *get_args(ColumnType), *get_args(Place)}
    told = set(re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", DOCS, flags=re.DOTALL)))
    told |= set(re.findall(r"^ *(?:- )?(\w+):", DOCS, re.MULTILINE))
    assert words - told == set()


def test_list_names_every_installed_form(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "forms", "list")
    assert code == 0
    assert all(form.id in out and form.names.zh in out for form in FORMS.values())
    listed = json.loads(run(capsys, "forms", "list", "--json")[1])["forms"]
    assert {entry["id"]: entry["fields"] for entry in listed} == {form.id: len(form.fields) for form in FORMS.values()}


def test_list_goes_on_behind_a_faulty_form(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pipeline.yaml").write_text("{}", encoding="utf-8")
    (tmp_path / "forms").mkdir()
    (tmp_path / "forms" / "a.yaml").write_text("form: [", encoding="utf-8")
    (tmp_path / "forms" / "b.yaml").write_text("form: b\nnames: {zh: 乙, en: B}\nfields: {}\n", encoding="utf-8")
    monkeypatch.setenv("SHENBAO_CONFIGS", str(tmp_path))
    code, out, _ = run(capsys, "forms", "list", "--json")
    assert code == 2
    assert [(entry["id"], entry["faults"]) for entry in json.loads(out)["forms"]] == [("a", 1), ("b", 0)]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_show_prints_fields_tables_and_rules(capsys: pytest.CaptureFixture[str], form: Any) -> None:
    code, out, _ = run(capsys, "forms", "show", form.id)
    assert code == 0
    flat = re.sub(r"\s", "", out)
    assert all(field.path[:12] in flat for field in form.fields)
    assert all(f"{table.path}[]" in flat for table in form.tables)
    plain = json.loads(run(capsys, "forms", "show", form.id, "--json")[1])
    assert [field["path"] for field in plain["fields"]] == [field.path for field in form.fields]
    assert len(plain["rules"]) == len(form.rules)


def test_check_is_silent_where_all_is_well(capsys: pytest.CaptureFixture[str], example: Path) -> None:
    code, out, err = run(capsys, "forms", "check", example, *sorted((config_dir() / "forms").glob("*.yaml")))
    assert (code, out) == (0, "")
    assert "no fault (kitchen-loan, 4 fields, 1 table, 0 rules)" in err


def test_check_names_every_fault_with_line_and_key(capsys: pytest.CaptureFixture[str], example: Path) -> None:
    text = example.read_text(encoding="utf-8").replace("type: integer", "type: intger", 1)
    example.write_text(text.replace("furniture:", "furnture:"), encoding="utf-8")
    code, out, err = run(capsys, "forms", "check", example)
    assert code == 2
    assert "fields.total.lent.type: 'type: intger' is unknown: write 'integer'" in DOCS
    first, second = out.splitlines()
    line = f"{example}:17: fields.total.lent.type: 'type: intger' is unknown: write 'integer'"
    assert first == line
    assert line.removeprefix(f"{example.parent}/") in DOCS
    assert "unknown key 'furnture'" in second
    assert "2 faults" in err
    faults = json.loads(run(capsys, "forms", "check", example, "--json")[1])["files"][0]["faults"]
    assert [fault["line"] for fault in faults] == [17, 37]


@pytest.mark.parametrize("text", [None, "form: [", ""])
def test_check_refuses_what_cannot_be_read(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str | None
) -> None:
    file = tmp_path / "none.yaml"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    code, out, _ = run(capsys, "forms", "check", file)
    assert code == 2
    assert "none.yaml" in out


def test_the_example_of_the_docs_reads_its_sample(
    capsys: pytest.CaptureFixture[str], example: Path, tmp_path: Path
) -> None:
    schema = json.loads((config_dir() / "form.schema.json").read_text(encoding="utf-8"))
    assert Draft202012Validator(schema).is_valid(yaml.safe_load(example.read_text(encoding="utf-8")))
    picture = tmp_path / "seen.png"
    code, out, _ = run(capsys, "forms", "try", example, SAMPLES / "other.pdf", "--out", picture)
    assert code == 0
    assert "机关食堂厨具领用登记" in out
    assert "unused-cell" in out
    with Image.open(picture) as seen:
        colours = {colour for _, colour in seen.convert("RGB").getcolors(1 << 24)}
    assert len(colours) > 20
    plain = json.loads(run(capsys, "forms", "try", example, SAMPLES / "other.pdf", "--json")[1])
    (record,) = plain["records"]
    fields = {field["path"]: field for field in record["fields"]}
    assert (fields["total.lent"]["value"], fields["total.lent"]["place"]) == (27, "across")
    assert fields["registered"]["value"] == "2024-05-06"
    assert fields["total.returned"]["label"] == "合计"
    assert len(record["tables"][0]["rows"]) == 3


def test_try_names_what_was_not_found_and_what_comes_nearest(capsys: pytest.CaptureFixture[str], example: Path) -> None:
    text = example.read_text(encoding="utf-8").replace("labels: [经手人]", "labels: [签名]")
    text = text.replace("labels: [登记日期]", "labels: [经办人员]\n    place: right").replace(
        "    place: caption", "    #"
    )
    example.write_text(text, encoding="utf-8")
    code, out, _ = run(capsys, "forms", "try", example, SAMPLES / "other.pdf")
    assert code == 3
    assert "NOT FOUND: expected 签名" in out
    assert "NOT FOUND: expected 经办人员" in re.sub(r"\s+", " ", out)


def test_try_says_so_when_no_table_is_of_the_form(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "forms", "try", SHANGHAI.id, SAMPLES / "other.pdf")
    assert code == 3
    assert f"No table of this document is of {SHANGHAI.id}" in out
    assert "NOT FOUND: expected 项目性质" in re.sub(r"\s+", " ", out)


def test_a_draft_of_an_unknown_form_checks_and_reads_its_sample(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file, sample = tmp_path / "drafted.yaml", SAMPLES / "declarations.pdf"
    without = [word for form in FORMS for word in ("--without", form)]
    code, _, err = run(capsys, "forms", "draft", sample, *without, "--id", "drafted", "--out", file)
    assert code == 0
    assert "look for '# ?'" in err
    drafted, known = load_form(file), SHANGHAI
    schema = json.loads((config_dir() / "form.schema.json").read_text(encoding="utf-8"))
    assert Draft202012Validator(schema).is_valid(yaml.safe_load(file.read_text(encoding="utf-8")))
    labels = {label for field in drafted.fields for label in field.labels}
    assert {field.labels[0] for field in known.fields if field.labels and not field.optional} <= labels
    assert [column.type for column in drafted.tables[0].columns] == ["level", "level", *_types(known)]
    plain = json.loads(run(capsys, "forms", "try", file, sample, "--page", "1", "--json")[1])
    (record,) = plain["records"]
    assert record["status"] == "accepted"
    assert [field["value"] for field in record["fields"] if field["value"] == "615848.00"] == ["615848.00"] * 4
    assert len(record["tables"][0]["rows"]) == 5


def _types(form: Any) -> list[str]:
    return [column.type for column in form.tables[0].columns if column.type != "level" and not column.optional]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--page", "99"], "choose --page 1 to"),
        (["--table", "99"], "choose --table 1 to 1"),
        (["--id", "No Id"], "is no id"),
        (["--out", "README.md"], "a draft writes over nothing"),
    ],
)
def test_a_draft_of_nothing_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: list[str], says: str
) -> None:
    monkeypatch.chdir(ROOT)
    code, out, err = run(capsys, "forms", "draft", SAMPLES / "other.pdf", *words)
    assert (code, out) == (2, "")
    assert says in err


@pytest.mark.parametrize("words", [["show", "no-such"], ["show", "no-such.yaml"], ["show", "auto"], ["try", "x", "y"]])
def test_what_is_not_there_is_refused(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    code, out, err = run(capsys, "forms", *words)
    assert (code, out) == (2, "")
    assert err
