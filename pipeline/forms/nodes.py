"""YAML nodes read strictly: every complaint names the file, the line and what to write instead.

A complaint does not end the reading. The node says what it takes instead, so that one reading finds all faults of a
file; whoever asked for the file decides what many faults mean.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

import yaml

from pipeline.errors import ConfigError

Choice = TypeVar("Choice", bound=str)
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The C parser where the library was built with it: forms load in half of the time."""
DEEPEST = 12
"""Names that lead to a node at most; a form has 8, and a YAML alias may lead round in a ring."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one place of a file, and what to write instead. line: 1-based. key: dotted path of the node."""

    file: Path
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Node:
    """One node of a YAML file. key: the name under which it stands, for messages. trail: the names that lead to it.

    faults: what was complained of so far, shared by all nodes of the file. stand_in: the file lacks this node; that was
    complained of once, so it answers without a further complaint.
    """

    file: Path
    key: str
    raw: yaml.Node
    trail: tuple[str, ...] = ()
    faults: list[Fault] = field(default_factory=list, compare=False)
    stand_in: bool = False

    @property
    def line(self) -> int:
        """1-based."""
        return int(self.raw.start_mark.line) + 1

    def refuse(self, message: str) -> None:
        """Note what is wrong with this node; the caller goes on with something harmless."""
        fault = Fault(self.file, self.line, ".".join(self.trail), message)
        if not self.stand_in and fault not in self.faults:
            self.faults.append(fault)

    def child(self, raw: yaml.Node, name: str | None = None) -> Node:
        """Given a node below this one, return it under its own name, or under this one's where it is a list's item."""
        trail = self.trail if name is None else (*self.trail, name)
        return replace(self, key=self.key if name is None else name, raw=raw, trail=trail)

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.raw, yaml.MappingNode)

    @property
    def is_text(self) -> bool:
        return isinstance(self.raw, yaml.ScalarNode) and not self.raw.tag.endswith(":null")

    def text(self) -> str:
        if not self.is_text:
            self.refuse(f"'{self.key}' takes one text: write '{self.key}: some words'")
            return self._unlike_all
        return str(self.raw.value)

    def items(self) -> tuple[Node, ...]:
        if not isinstance(self.raw, yaml.SequenceNode):
            self.refuse(f"'{self.key}' takes a list: write '{self.key}: [one, two]'")
            return ()
        return tuple(self.child(raw) for raw in self.raw.value)

    def texts(self) -> tuple[str, ...]:
        """A list of texts, or one text alone."""
        if isinstance(self.raw, yaml.ScalarNode):
            return (self.text(),)
        if not isinstance(self.raw, yaml.SequenceNode):
            self.items()
            return (self._unlike_all,)
        return tuple(item.text() for item in self.items())

    @property
    def _unlike_all(self) -> str:
        """A text for one that is missing, so that no two of them are taken for one label."""
        return f"{self.line}.{'.'.join(self.trail)}"

    def flag(self) -> bool:
        word = self.text()
        if self.is_text and word not in {"true", "false"}:
            self.refuse(f"'{self.key}: {word}' is neither yes nor no: write 'true' or 'false'")
        return word == "true"

    def decimal(self) -> Decimal:
        word = self.text()
        try:
            number = Decimal(word)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() and self.is_text:
            self.refuse(f"'{self.key}: {word}' is not a number: write for example '{self.key}: 0.01'")
        return number if number.is_finite() else Decimal(1)

    def one_of(self, allowed: Collection[Choice]) -> Choice:
        """One of the words allowed; for another one, after the complaint, the nearest of them."""
        word = self.text()
        for choice in allowed:
            if choice == word:
                return choice
        if self.is_text:
            self.refuse(f"'{self.key}: {word}' is unknown: {advice(word, allowed)}")
        nearest = near(word, allowed)
        return next(choice for choice in allowed if nearest in (None, choice))

    def some_of(self, allowed: Collection[Choice]) -> tuple[Choice, ...]:
        if not allowed:
            self.refuse(f"'{self.key}' names something, and there is nothing to name: remove it")
            return ()
        return tuple(self.child(raw).one_of(allowed) for raw in self._scalars())

    def _scalars(self) -> list[yaml.Node]:
        return [self.raw] if isinstance(self.raw, yaml.ScalarNode) else [item.raw for item in self.items()]

    def entries(self) -> dict[str, Node]:
        """A mapping with its keys in page order; of a key that stands twice, after the complaint, the first."""
        if not isinstance(self.raw, yaml.MappingNode) or len(self.trail) > DEEPEST:
            self.refuse(f"'{self.key}' takes named entries: write them indented below '{self.key}:'")
            return {}
        found: dict[str, Node] = {}
        for name, value in self.raw.value:
            key = self.child(name).text()
            if key in found:
                first = f"first in line {found[key].line}"
                self.child(name, key).refuse(
                    f"'{key}' stands twice in '{self.key}' ({first}): rename or remove one of them"
                )
            else:
                found[key] = self.child(value, key)
        return found

    def record(self, allowed: Collection[str], needed: Collection[str] = ()) -> dict[str, Node]:
        """A mapping of known keys. An unknown key that is near to a missing one is taken for it, after the complaint; a
        needed one that is missing is there as a stand-in."""
        found = self.entries()
        known = {key: node for key, node in found.items() if key in allowed}
        for key, node in found.items():
            if key not in allowed:
                node.refuse(f"unknown key '{key}' in '{self.key}': {advice(key, allowed)}")
                known.setdefault(near(key, allowed) or key, node)
        for key in needed:
            if key not in known:
                self.refuse(f"'{self.key}' lacks '{key}': write '{key}: …' below it")
                known[key] = replace(self.child(_nothing_at(self.raw), key), stand_in=True)
        return known


def _nothing_at(raw: yaml.Node) -> yaml.Node:
    return yaml.ScalarNode("tag:yaml.org,2002:null", "", raw.start_mark, raw.start_mark)


def near(word: str, allowed: Collection[str]) -> str | None:
    """Given a wrong word and the right ones, return the right one that is meant, or None."""
    return next(iter(get_close_matches(word, list(allowed), n=1, cutoff=0.5)), None)


def advice(word: str, allowed: Collection[str]) -> str:
    """Given a wrong word and the right ones, return what to write instead."""
    nearest = near(word, allowed)
    return f"write '{nearest}'" if nearest else f"write one of {', '.join(allowed)}"


def read_yaml(file: Path) -> Node:
    """Given a YAML file, return its root node. Raises ConfigError when it cannot be read or parsed."""
    try:
        root = yaml.compose(file.read_text(encoding="utf-8"), Loader=LOADER)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {file}: {error}: check the path and save it as UTF-8") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{_place_of(error, file)}: this is not valid YAML: {error}") from error
    if root is None:
        raise ConfigError(f"{file}:1: the file is empty: write 'form: some-id' and its fields")
    return Node(file, file.name, root)


def _place_of(error: yaml.YAMLError, file: Path) -> str:
    mark = getattr(error, "problem_mark", None)
    return str(file) if mark is None else f"{file}:{mark.line + 1}"
