"""Settings: complete, explained, used, and strict about what they do not know."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from pipeline.config import Settings, config_dir, load_settings
from pipeline.errors import ConfigError, UsageError

ROOT = Path(__file__).resolve().parent.parent
DEFAULT = ROOT / "configs" / "pipeline.yaml"


def edited(tmp_path: Path, old: str, new: str) -> Path:
    """The default settings with one spot changed."""
    text = DEFAULT.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file = tmp_path / "mine.yaml"
    file.write_text(text.replace(old, new), encoding="utf-8")
    return file


def test_the_default_settings_are_those_of_the_checkout() -> None:
    assert config_dir() == ROOT / "configs"
    settings = load_settings().model_dump()
    learnt = settings["read"].pop("confidence")
    assert settings == yaml.safe_load(DEFAULT.read_text(encoding="utf-8"))
    assert learnt == yaml.safe_load(DEFAULT.with_name("confidence.yaml").read_text(encoding="utf-8"))


def test_a_settings_file_may_bring_weights_of_its_own(tmp_path: Path) -> None:
    file = edited(tmp_path, "read:\n", "read:\n  confidence: {model: mine, weights: {surety: 0.7}}\n")
    assert load_settings(file).read.confidence.weights.surety == 0.7


def test_a_changed_value_arrives(tmp_path: Path) -> None:
    file = edited(tmp_path, "accept_confidence: 0.9 ", "accept_confidence: 0.55 ")
    assert load_settings(file).records.accept_confidence == 0.55


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("  accept_confidence:", "  acept_confidence:", "records.acc?ept_confidence"),
        ("stitch:\n", "stich:\n", "stitch|stich"),
        ("  skew_limit_deg: 15.0", "  skew_limit_deg: steep", "upright.skew_limit_deg"),
        ("  engine: onnx ", "  engine: abacus ", "ocr.engine"),
        ("  threads: 1 ", "  threads: 1.5 ", "ocr.threads"),
    ],
)
def test_a_mistake_is_named_with_its_path(tmp_path: Path, old: str, new: str, named: str) -> None:
    file = edited(tmp_path, old, new)
    with pytest.raises(ConfigError) as raised:
        load_settings(file)
    assert str(file) in str(raised.value)
    assert re.search(named, str(raised.value))


def test_an_unknown_key_beside_the_known_ones_is_refused(tmp_path: Path) -> None:
    file = edited(tmp_path, "records:\n", "records:\n  guess: true\n")
    with pytest.raises(ConfigError, match=r"records\.guess"):
        load_settings(file)


@pytest.mark.parametrize("content", ["{", "a: b: c", "- 1", "", "null"])
def test_a_file_that_is_no_settings_file_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "odd.yaml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"odd\.yaml"):
        load_settings(file)


def test_a_missing_file_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read settings"):
        load_settings(tmp_path / "none.yaml")


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "odd.yaml"
    file.write_bytes(b"\xff\xfe\x00ocr: \x80")
    with pytest.raises(ConfigError, match=r"odd\.yaml"):
        load_settings(file)


def test_the_environment_names_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHENBAO_CONFIGS", str(tmp_path))
    with pytest.raises(ConfigError, match="SHENBAO_CONFIGS"):
        config_dir()
    (tmp_path / "pipeline.yaml").write_bytes(DEFAULT.read_bytes())
    assert config_dir() == tmp_path


def test_settings_do_not_change() -> None:
    settings = load_settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.ocr.threads = 2  # type: ignore[misc]


def test_every_setting_is_explained() -> None:
    lines = DEFAULT.read_text(encoding="utf-8").splitlines()
    bare = [line for line in lines if re.match(r"  \w+: ", line) and not re.search(r"  ?# \S+", line)]
    assert not bare


def test_every_setting_is_used() -> None:
    trees = [
        ast.parse(file.read_text(encoding="utf-8"))
        for file in sorted((ROOT / "pipeline").rglob("*.py"))
        if file.name != "config.py"
    ]
    read = {node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    keys = {f"{name}.{key}" for name, part in load_settings().model_dump().items() for key in part}
    assert {key for key in keys if key.split(".")[1] not in read} == set()


def test_every_slice_belongs_to_a_stage_or_a_part() -> None:
    parts = {path.stem for folder in ("", "stages") for path in (ROOT / "pipeline" / folder).iterdir()}
    assert set(Settings.model_fields) - parts == {"limits"}
