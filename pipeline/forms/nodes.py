"""YAML nodes read strictly: every complaint names the file, the line and what to write instead."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn, TypeVar

import yaml

from pipeline.errors import ConfigError

Choice = TypeVar("Choice", bound=str)


@dataclass(frozen=True, slots=True)
class Node:
    """One node of a YAML file. key: the name under which it stands, for messages."""

    file: Path
    key: str
    raw: yaml.Node

    @property
    def line(self) -> int:
        """1-based."""
        return int(self.raw.start_mark.line) + 1

    def refuse(self, message: str) -> NoReturn:
        raise ConfigError(f"{self.file}:{self.line}: {message}")

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.raw, yaml.MappingNode)

    def text(self) -> str:
        if not isinstance(self.raw, yaml.ScalarNode) or self.raw.tag.endswith(":null"):
            self.refuse(f"'{self.key}' takes one text: write '{self.key}: some words'")
        return str(self.raw.value)

    def items(self) -> tuple[Node, ...]:
        if not isinstance(self.raw, yaml.SequenceNode):
            self.refuse(f"'{self.key}' takes a list: write '{self.key}: [one, two]'")
        return tuple(Node(self.file, self.key, child) for child in self.raw.value)

    def texts(self) -> tuple[str, ...]:
        """A list of texts, or one text alone."""
        if isinstance(self.raw, yaml.ScalarNode):
            return (self.text(),)
        return tuple(item.text() for item in self.items())

    def flag(self) -> bool:
        word = self.text()
        if word not in {"true", "false"}:
            self.refuse(f"'{self.key}: {word}' is neither yes nor no: write 'true' or 'false'")
        return word == "true"

    def decimal(self) -> Decimal:
        try:
            return Decimal(self.text())
        except InvalidOperation:
            self.refuse(f"'{self.key}: {self.text()}' is not a number: write for example '{self.key}: 0.01'")

    def one_of(self, allowed: Collection[Choice]) -> Choice:
        word = self.text()
        for choice in allowed:
            if choice == word:
                return choice
        self.refuse(f"'{self.key}: {word}' is unknown: {advice(word, allowed)}")

    def some_of(self, allowed: Collection[Choice]) -> tuple[Choice, ...]:
        return tuple(Node(self.file, self.key, raw).one_of(allowed) for raw in self._scalars())

    def _scalars(self) -> list[yaml.Node]:
        return [self.raw] if isinstance(self.raw, yaml.ScalarNode) else [item.raw for item in self.items()]

    def entries(self) -> dict[str, Node]:
        """A mapping with its keys in page order. Raises ConfigError for a key that stands twice."""
        if not isinstance(self.raw, yaml.MappingNode):
            self.refuse(f"'{self.key}' takes named entries: write them indented below '{self.key}:'")
        found: dict[str, Node] = {}
        for name, value in self.raw.value:
            key = Node(self.file, self.key, name).text()
            if key in found:
                first = found[key].line
                Node(self.file, key, name).refuse(
                    f"'{key}' stands twice in '{self.key}' (first in line {first}): rename or remove one of them"
                )
            found[key] = Node(self.file, key, value)
        return found

    def record(self, allowed: Collection[str], needed: Collection[str] = ()) -> dict[str, Node]:
        """A mapping of known keys. Raises ConfigError for an unknown key and for a needed one that is missing."""
        found = self.entries()
        for key, node in found.items():
            if key not in allowed:
                node.refuse(f"unknown key '{key}' in '{self.key}': {advice(key, allowed)}")
        for key in needed:
            if key not in found:
                self.refuse(f"'{self.key}' lacks '{key}': write '{key}: …' below it")
        return found


def advice(word: str, allowed: Collection[str]) -> str:
    """Given a wrong word and the right ones, return what to write instead."""
    near = get_close_matches(word, list(allowed), n=1, cutoff=0.5)
    return f"write '{near[0]}'" if near else f"write one of {', '.join(allowed)}"


def read_yaml(file: Path) -> Node:
    """Given a YAML file, return its root node. Raises ConfigError when it cannot be read or parsed."""
    try:
        root = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {file}: {error}: check the path and save it as UTF-8") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{file} is not valid YAML: {error}") from error
    if root is None:
        raise ConfigError(f"{file}:1: the file is empty: write 'form: some-id' and its fields")
    return Node(file, file.name, root)
