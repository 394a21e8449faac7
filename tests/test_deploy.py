"""The service unit of the deployment notes: the same in both languages, one that the command and systemd understand."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from pipeline.cli.review import review

DOCS = Path(__file__).resolve().parent.parent / "docs"
NOTES = ("deploy.md", "deploy.zh.md")
ANALYZE = shutil.which("systemd-analyze")


def unit_of(note: str) -> str:
    (unit,) = re.findall(r"```ini\n(.*?)```", (DOCS / note).read_text(encoding="utf-8"), re.DOTALL)
    return str(unit)


def settings_of(unit: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(unit)
    return parser


@pytest.mark.parametrize("note", NOTES)
def test_the_unit_starts_a_command_that_there_is(note: str, tmp_path: Path) -> None:
    unit = unit_of(note)
    assert unit == unit_of(NOTES[0])
    service = settings_of(unit)["Service"]
    program, name, folder, *options = shlex.split(service["ExecStart"])
    assert (Path(program).name, name) == ("shenbao", review.name)
    assert folder.startswith(f"{service['ReadWritePaths']}/")
    context = review.make_context("review", [str(tmp_path), *options])
    assert (context.params["host"], context.params["port"]) == ("0.0.0.0", 8420)
    tokens = [option.envvar for option in review.params if option.name == "token"]
    text = (DOCS / note).read_text(encoding="utf-8")
    assert f"{tokens[0]}=$(" in text
    assert f"> {service['EnvironmentFile']}" in text


def test_systemd_finds_no_fault_with_the_unit(tmp_path: Path) -> None:
    if ANALYZE is None:
        pytest.skip("systemd-analyze is not installed here: apt-get install systemd")
    program = tmp_path / "shenbao"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    unit = tmp_path / "shenbao-review.service"
    unit.write_text(unit_of(NOTES[0]).replace("/opt/shenbao/bin/shenbao", str(program)), encoding="utf-8")
    done = subprocess.run([ANALYZE, "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False)
    own = [line for line in done.stderr.splitlines() if unit.name in line]
    assert (done.returncode, own) == (0, []), done.stderr
