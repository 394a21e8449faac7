"""What a definition says against itself: caught when it is loaded, so that no page has to show it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from pipeline.forms.definition import Field, Form, Level, Repeating
from pipeline.forms.nodes import Node
from pipeline.text.normalise import fold_label

ID_SHAPE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
PATH_SHAPE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
ROW_PATH = re.compile(r"(?P<table>[a-z0-9_.]+)\[\]\.(?P<key>[a-z0-9_]+)")
"""A key of all rows of a table, as rules name it."""
NUMERIC = frozenset({"money", "number", "integer", "percent", "year"})
DATED = frozenset({"date", "year"})
"""Types whose values can be added up, and types that come one after the other."""

Keys = Mapping[str, Node]


def refuse_contradictions(keys: Keys, places: Keys, form: Form) -> None:
    """Given the top nodes of a form file, the node of each field by its path, and the form read from them, complain of
    all that cannot be meant so."""
    if not ID_SHAPE.fullmatch(form.id):
        keys["form"].refuse(f"'form: {form.id}' is no id: write small letters, digits and hyphens, as 'goods-list'")
    tables = keys["tables"].entries() if "tables" in keys else {}
    _check_paths({**places, **tables}, form)
    for field in form.fields:
        _check_field(places[field.path], field)
    _check_rows(places, form)
    _check_furniture(keys, form)
    for table in form.tables:
        _check_levels(tables[table.path].entries(), table)
    if "identity" in keys:
        _check_identity(keys["identity"].entries(), form)
    if "rules" in keys:
        for rule in keys["rules"].items():
            _check_rule(rule.entries(), types_of(form))


def _check_paths(nodes: Keys, form: Form) -> None:
    """Each path is one place of the record: a value, or a group of values, and of one field only."""
    owners: dict[str, str] = {field.path: field.path for field in form.fields}
    for table in form.tables:
        if table.path in owners:
            nodes[table.path].refuse(f"'{table.path}' is a field and a table: give one of them another name")
        owners[table.path] = table.path
    for field in form.fields:
        if field.code in owners:
            nodes[field.path].refuse(f"'code: {field.code}' belongs to '{owners[field.code]}' already: rename it")
        elif field.code:
            owners[field.code] = field.path
    for path, owner in owners.items():
        _check_path(nodes[owner], path, owners)


def _check_path(node: Node, path: str, owners: Iterable[str]) -> None:
    if not PATH_SHAPE.fullmatch(path):
        node.refuse(f"'{path}' is no path: write small letters, digits and underscores, as 'funds.annual_total'")
    below = next((other for other in owners if other.startswith(f"{path}.")), None)
    if below is not None:
        node.refuse(f"'{path}' cannot be a value and hold '{below}': write '{path}.total' or the like")


def _check_field(node: Node, field: Field) -> None:
    keys = node.entries()
    if field.choices and field.type != "choice":
        keys.get("choices", node).refuse(f"field '{field.path}': 'choices' go with 'type: choice' only")
    if field.fallback == field.path:
        keys.get("fallback", node).refuse(f"field '{field.path}' falls back on itself: name another field")
    for key, words in (("labels", field.labels), ("header", field.header), ("choices", field.choices)):
        if any(not fold_label(word) for word in words):
            keys.get(key, node).refuse(f"'{key}' of '{field.path}' holds a word that says nothing: remove it")


def _check_rows(nodes: Keys, form: Form) -> None:
    """A label whose row other columns cross has no value of its own beside it."""
    crossed = {(f.section, fold_label(word)): f for f in form.fields if f.header for word in f.labels}
    for field in form.fields:
        for word in field.labels if not field.header else ():
            other = crossed.get((field.section, fold_label(word)))
            if other is not None:
                nodes[field.path].refuse(
                    f"label '{word}' belongs to '{other.path}' already, which columns cross: give this a 'header' too"
                )


def _check_furniture(keys: Keys, form: Form) -> None:
    owners = {fold_label(word): field for field in form.fields for word in field.labels}
    for word in form.furniture:
        if fold_label(word) in owners:
            owner = owners[fold_label(word)].path
            keys["furniture"].refuse(f"'{word}' is a label of '{owner}', no furniture: drop it in one of the two")


def _check_levels(keys: Keys, table: Repeating) -> None:
    if not table.levels or "levels" not in keys:
        return
    node, columns = keys["levels"], len(table.level_columns)
    deepest = _depth(table.levels)
    if columns == 0:
        node.refuse(f"table '{table.path}' has 'levels' but no column of 'type: level': give the words a column")
    elif deepest > columns:
        node.refuse(f"'levels' go {deepest} deep, the table has {columns} level columns: move the inner words up")
    for word in _doubled(table, table.levels):
        node.refuse(f"level '{word}' stands twice in one group: write it once")


def _depth(levels: tuple[Level, ...]) -> int:
    return 1 + max((_depth(level.under) for level in levels), default=0) if levels else 0


def _doubled(table: Repeating, levels: tuple[Level, ...]) -> Iterator[str]:
    """Yield words that stand twice under one word, with and without the common ending."""
    stems = [fold_label(table.stem(level.word)) for level in levels]
    for stem, level in zip(stems, levels, strict=True):
        if stems.count(stem) > 1:
            yield level.word
        yield from _doubled(table, level.under)


def _check_identity(keys: Keys, form: Form) -> None:
    share = form.identity.min_share
    if "min_share" in keys and not 0.0 < share <= 1.0:
        keys["min_share"].refuse(f"'min_share: {share}' is no share: write a number above 0 and up to 1")
    for key, paths in (("opening", form.identity.opening), ("evidence", form.identity.evidence)):
        for path, often in Counter(paths).items():
            if often > 1:
                keys.get(key, keys[next(iter(keys))]).refuse(f"'{path}' stands twice in '{key}': remove one of them")


def types_of(form: Form) -> dict[str, str]:
    """Given a form, return the type of every path that a rule may name."""
    columns = {f"{table.path}[].{column.key}": column.type for table in form.tables for column in table.columns}
    return {**columns, **{field.path: field.type for field in form.fields}}


def _check_rule(keys: Keys, types: Mapping[str, str]) -> None:
    if "sum" in keys and "of" in keys:
        _check_sum(keys, types)
    if "equal" in keys:
        _check_types(keys["equal"], types, NUMERIC, "can be compared as numbers")
    if "order" in keys:
        _check_types(keys["order"], types, DATED, "is a date")
    if "order" in keys or "equal" in keys:
        node = keys.get("order") or keys["equal"]
        words = node.texts()
        if len(words) == 2 and words[0] == words[1]:
            node.refuse(f"'{words[0]}' is held against itself: name two fields")
    if "tolerance" in keys and keys["tolerance"].decimal() < 0:
        keys["tolerance"].refuse("a 'tolerance' is not below 0: write for example 'tolerance: 0.01'")


def _check_sum(keys: Keys, types: Mapping[str, str]) -> None:
    total, parts = keys["sum"].text(), keys["of"].texts()
    if total in parts:
        keys["of"].refuse(f"'{total}' is a part of itself: remove it from 'of'")
    for part, often in Counter(parts).items():
        if often > 1:
            keys["of"].refuse(f"'{part}' stands twice in 'of': remove one of them")
    for node in (keys["sum"], keys["of"]):
        _check_types(node, types, NUMERIC, "can be added up")


def _check_types(node: Node, types: Mapping[str, str], allowed: frozenset[str], what: str) -> None:
    for path in node.texts():
        if path in types and types[path] not in allowed:
            node.refuse(f"'{path}' is of type {types[path]}, which is nothing that {what}: name another field")
