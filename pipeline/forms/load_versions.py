"""The versions of a form's layout, from its file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from pipeline.forms.definition import Field, Level, Names, Repeating, Version
from pipeline.forms.nodes import Node, advice
from pipeline.text.normalise import fold_label

ID_SHAPE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
MARKS = ("has", "lacks", "since", "until")
"""Keys that tell a version; one of them is needed."""

Keys = Mapping[str, Node]
Levels = tuple[Level, ...]


def read_version(node: Node, keys: Keys, names: Names, fields: Sequence[Field], trees: Mapping[str, Levels]) -> Version:
    """Given a version's node, its keys, its names, the fields of the form and its level trees by table, return it."""
    paths = [field.path for field in fields]
    version = Version(
        id=node.key,
        names=names,
        has=_texts(keys, "has"),
        lacks=_texts(keys, "lacks"),
        since=_year(keys, "since"),
        until=_year(keys, "until"),
        labels=_labels(keys["labels"], paths) if "labels" in keys else (),
        required=_paths(keys, "required", paths),
        optional=_paths(keys, "optional", paths),
        without=_with_codes(_paths(keys, "without", paths), fields),
        levels=tuple(trees.items()),
    )
    _check_marks(node, version)
    _check_paths(node, version)
    _check_labels(keys, version, fields)
    return version


def _texts(keys: Keys, key: str) -> tuple[str, ...]:
    return keys[key].texts() if key in keys else ()


def _paths(keys: Keys, key: str, paths: list[str]) -> tuple[str, ...]:
    return keys[key].some_of(paths) if key in keys else ()


def _with_codes(paths: tuple[str, ...], fields: Sequence[Field]) -> tuple[str, ...]:
    """A name that is not there has no code either."""
    codes = {field.path: field.code for field in fields if field.code}
    return tuple(part for path in paths for part in (path, codes.get(path)) if part)


def _year(keys: Keys, key: str) -> int | None:
    if key not in keys:
        return None
    word = keys[key].text()
    if not re.fullmatch("[0-9]{4}", word):
        keys[key].refuse(f"'{key}: {word}' is no year: write for example '{key}: 2022'")
        return None
    return int(word)


def _labels(node: Node, paths: list[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    entries = node.entries()
    for path in entries:
        if path not in paths:
            entries[path].refuse(f"no field '{path}': {advice(path, paths)}")
    return tuple((path, entry.texts()) for path, entry in entries.items() if path in paths)


def trees_of(keys: Keys, tables: Sequence[Repeating], read: Callable[[Node], Levels]) -> dict[str, Levels]:
    """Given the keys of a version, the tables of the form and how levels are read, return its trees by table."""
    entries = keys["levels"].entries() if "levels" in keys else {}
    levelled = [table.path for table in tables if table.level_columns]
    for path in entries:
        if path not in levelled:
            entries[path].refuse(f"no table '{path}' with levels: {advice(path, levelled or ['no table has any'])}")
    return {path: read(entry) for path, entry in entries.items() if path in levelled}


def _check_marks(node: Node, version: Version) -> None:
    if not ID_SHAPE.fullmatch(version.id):
        node.refuse(f"'{version.id}' is no id of a version: write small letters, digits and hyphens, as 'since-2022'")
    if not (version.has or version.lacks or version.since or version.until):
        node.refuse(f"nothing tells version '{version.id}': write 'has: [words that only it prints]'")
    for word in version.has:
        if word in version.lacks:
            node.refuse(f"'{word}' stands in 'has' and in 'lacks' of '{version.id}': drop it in one of the two")
    if version.since and version.until and version.since > version.until:
        node.refuse(f"version '{version.id}' ends in {version.until}, before it begins: swap 'since' and 'until'")


def _check_paths(node: Node, version: Version) -> None:
    said = {"required": version.required, "optional": version.optional, "without": version.without}
    owners: dict[str, str] = {}
    for key, paths in said.items():
        for path in paths:
            if path in owners:
                node.refuse(f"'{path}' stands in '{owners[path]}' and in '{key}' of '{version.id}': drop it in one")
            owners[path] = key


def _check_labels(keys: Keys, version: Version, fields: Sequence[Field]) -> None:
    """A wording goes to one field, and leaves no other one without any."""
    by_path = {field.path: field for field in fields}
    owners: dict[tuple[str | None, str], str] = {}
    for path, words in version.labels:
        for word in words:
            other = owners.setdefault((by_path[path].section, fold_label(word)), path)
            if other != path:
                keys["labels"].refuse(f"label '{word}' belongs to '{other}' already: drop it in one of the two")
    for field in fields:
        if field.labels and not version.field(field).labels and field.path not in version.without:
            keys["labels"].refuse(f"no label is left of '{field.path}': give it one here, or name it in 'without'")


def refuse_twins(nodes: Keys, versions: Sequence[Version]) -> None:
    """Given the versions of a form with their nodes, complain of two that are told by the same."""
    seen: dict[tuple[object, ...], str] = {}
    for version in versions:
        other = seen.setdefault(tuple(getattr(version, mark) for mark in MARKS), version.id)
        if other != version.id:
            nodes[version.id].refuse(f"'{version.id}' is told by the same as '{other}': give one of them a word more")
