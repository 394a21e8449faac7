"""The house keeps its shape: who may import whom, who may print, and where the words of forms live."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from statistics import median

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
HOUSE = ROOT / "pipeline"
FILES = sorted(path for path in HOUSE.rglob("*.py") if "configs" not in path.parts)

FLOORS = (
    {"geometry", "errors", "trace"},
    {"model"},
    {"config", "text"},
    {"ocr"},
    {"forms"},
    {"stages"},
    {"sinks"},
    {"tools", "schema"},
    {"run"},
    {"overlay", "batch"},
    {"api"},
    {"review", "feed"},
    {"", "cli"},
    {"__main__"},
)
"""A part imports from floors below its own only; "" is the package's own face. Forms are read by stages, not the
other way round."""
STAGES = {"ingest", "upright", "detect", "grid", "read", "stitch", "records", "check", "emit"}
TALKERS = {"cli", "__main__"}
OPTIONAL = ("ray", "paddleocr", "paddle", "paddlex", "camelot", "sqlalchemy")
"""Heavy libraries that a function may import when it is called, since most runs do without them."""
GRAMMAR = {"年", "月", "元", "年度", "单位", "表", "行", "页", "项", "记录", "指标", "计量单位"}
"""Words of dates, money and tables: they mean the same on every form."""
HAN = re.compile("[一-鿿]")


@functools.cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def module_of(path: Path) -> tuple[str, ...]:
    """("stages", "grid", "sides") for pipeline/stages/grid/sides.py; () for the package's face."""
    parts = path.relative_to(HOUSE).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts


def part_of(module: tuple[str, ...]) -> str:
    return module[0] if module else ""


def modules_named(node: ast.AST) -> list[tuple[str, ...]]:
    """The modules of the house that an import statement names."""
    names: list[str] = []
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, "relative imports hide where a name comes from"
        base = node.module or ""
        names = [base if len(base.split(".")) > 1 else f"{base}.{alias.name}" for alias in node.names]
    return [tuple(name.split(".")[1:]) for name in names if name.split(".")[0] == "pipeline"]


def imports_of(path: Path) -> Iterator[tuple[str, ...]]:
    for node in ast.walk(tree_of(path)):
        yield from modules_named(node)


def found_in_files(search: Callable[[Path], Iterable[str]]) -> dict[str, set[str]]:
    """What a search finds, by file; files without a find are left out."""
    found = {str(path.relative_to(HOUSE)): set(search(path)) for path in FILES}
    return {path: finds for path, finds in found.items() if finds}


def floor_of(part: str) -> int:
    (floor,) = (i for i, parts in enumerate(FLOORS) if part in parts)
    return floor


def test_the_house_is_there() -> None:
    assert {part_of(module_of(path)) for path in FILES} >= set().union(*FLOORS[:8]) | {"batch", "cli"}
    assert {
        module_of(path)[1] for path in FILES if part_of(module_of(path)) == "stages" and module_of(path)[1:]
    } == STAGES


def test_imports_lead_downstairs() -> None:
    assert found_in_files(climbs) == {}


def climbs(path: Path) -> set[str]:
    """The parts on the file's own floor or above it that it imports."""
    own = part_of(module_of(path))
    return {part for part in map(part_of, imports_of(path)) if part != own and floor_of(part) >= floor_of(own)}


@pytest.mark.parametrize("stage", sorted(STAGES))
def test_no_stage_imports_another(stage: str) -> None:
    files = [path for path in FILES if module_of(path)[:2] == ("stages", stage)]
    assert files
    named = {module[1] for path in files for module in imports_of(path) if module[:1] == ("stages",)}
    assert named <= {stage}


def test_modules_import_in_no_circle() -> None:
    modules = {module_of(path) for path in FILES}
    needs = {
        module_of(path): {m if m in modules else m[:-1] for m in imports_at_load(path)} - {module_of(path)}
        for path in FILES
    }
    while free := {module for module, wanted in needs.items() if not wanted & needs.keys()}:
        needs = {module: wanted for module, wanted in needs.items() if module not in free}
    assert needs == {}


def imports_at_load(path: Path) -> Iterator[tuple[str, ...]]:
    """What is imported when the module is, so not inside functions nor for type checkers alone."""
    for node in tree_of(path).body:
        yield from modules_named(node)


def test_functions_import_only_what_is_heavy_and_optional() -> None:
    assert found_in_files(imports_in_functions) == {}


def imports_in_functions(path: Path) -> set[str]:
    """What functions import against the rule. The command line loads each command's parts when it is called."""
    functions = [n for n in ast.walk(tree_of(path)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    nodes = [node for function in functions for node in ast.walk(function)]
    inside = {name.split(".")[0] for node in nodes for name in names_imported(node)}
    return inside - {*OPTIONAL, *({"pipeline"} if part_of(module_of(path)) in TALKERS else ())}


def names_imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def loud_calls(path: Path) -> list[str]:
    """Calls of print, of exit and of the standard streams."""
    found = []
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"print", "exit", "quit"}:
            found.append(node.func.id)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            spot = f"{node.value.id}.{node.attr}"
            found += [spot] if spot in {"sys.exit", "sys.stdout", "sys.stderr", "os._exit", "click.echo"} else []
        if isinstance(node, ast.Name) and node.id == "SystemExit":
            found.append(node.id)
    return found


CHILD_ENDS = {("batch", "child"): {"os._exit", "sys.stdout", "sys.stderr"}}
"""A worker is a process of its own: it silences its streams and ends without its parent's clean-up."""


def test_only_the_command_line_prints_or_exits() -> None:
    assert found_in_files(breaks_silence) == {}


def breaks_silence(path: Path) -> set[str]:
    module = module_of(path)
    return set() if part_of(module) in TALKERS else set(loud_calls(path)) - CHILD_ENDS.get(module, set())


def words_of(node: object) -> Iterator[str]:
    """Every string of a YAML document, keys included."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from (str(key), *words_of(value))
    elif isinstance(node, list):
        for value in node:
            yield from words_of(value)
    elif isinstance(node, str):
        yield node


@functools.cache
def labels() -> set[str]:
    forms = sorted((ROOT / "configs" / "forms").glob("*.yaml"))
    words = (word for form in forms for word in words_of(yaml.safe_load(form.read_text(encoding="utf-8"))))
    return {word for word in words if HAN.search(word)}


def literals(path: Path) -> set[str]:
    """Every string of the code, docstrings left out."""
    tree = tree_of(path)
    notes = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    strings = (n for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str))
    return {node.value for node in strings if id(node) not in notes}


def test_forms_have_labels() -> None:
    assert len(labels() - GRAMMAR) > 30


def test_the_words_of_forms_live_in_their_files() -> None:
    assert found_in_files(words_of_forms) == {}


def words_of_forms(path: Path) -> set[str]:
    """Labels that are literals of the code, those of three characters or more also where a literal holds them."""
    words, texts = labels() - GRAMMAR, literals(path)
    return {word for word in words for text in texts if word == text or (len(word) >= 3 and word in text)}


def test_no_form_is_named_in_code() -> None:
    names = {path.stem for path in (ROOT / "configs" / "forms").glob("*.yaml")}
    assert names
    assert found_in_files(lambda path: literals(path) & names) == {}


def functions() -> list[tuple[str, int]]:
    """Every function with the lines of its body, docstring left out."""
    found = []
    for path in FILES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) is not None else node.body
                length = body[-1].end_lineno - body[0].lineno + 1 if body and body[-1].end_lineno else 0
                found.append((f"{path.relative_to(HOUSE)}:{node.name}", length))
    return found


def test_functions_and_files_are_small() -> None:
    lengths = sorted(length for _, length in functions())
    assert median(lengths) <= 6
    assert lengths[len(lengths) * 9 // 10] <= 22
    assert [name for name, length in functions() if length > 50] == []
    assert [str(path) for path in FILES if len(path.read_text(encoding="utf-8").splitlines()) > 400] == []
