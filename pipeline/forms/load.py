"""configs/forms/*.yaml -> Form, checked as a whole: what a definition names exists, and each label has one owner."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import get_args

from pipeline.errors import ConfigError
from pipeline.forms.columns import column_keys
from pipeline.forms.consistency import refuse_contradictions
from pipeline.forms.definition import (
    Column,
    ColumnType,
    Equal,
    Field,
    FieldType,
    Form,
    Identity,
    Level,
    Names,
    Order,
    Place,
    Range,
    Repeating,
    Rule,
    Section,
    Side,
    Sum,
    Version,
)
from pipeline.forms.load_versions import read_version, refuse_twins, trees_of
from pipeline.forms.match import Forms
from pipeline.forms.nodes import Fault, Node, advice, read_yaml
from pipeline.model import Severity
from pipeline.text.normalise import fold_label

FORM_KEYS = (
    "form", "names", "identity", "sections", "place", "fields", "matrices", "tables", "furniture", "rules", "versions",
)  # fmt: skip
IDENTITY_KEYS = ("titles", "opening", "evidence", "against", "min_share")
FIELD_KEYS = (
    "names", "type", "labels", "spare_labels", "place", "section", "required", "optional", "header", "unit_from",
    "fallback", "code", "code_labels", "code_shape", "choices",
)  # fmt: skip
MATRIX_KEYS = ("rows", "columns")
MATRIX_ROW_KEYS = ("names", "labels", "section", "optional")
MATRIX_COLUMN_KEYS = ("names", "type", "labels", "optional")
TABLE_KEYS = ("names", "labels", "columns", "levels", "required", "side")
COLUMN_KEYS = ("names", "type", "labels", "optional", "code_shape", "parts")
RULE_KEYS = ("sum", "of", "order", "equal", "range", "least", "most", "tolerance", "severity")
VERSION_KEYS = (
    "names", "has", "lacks", "since", "until", "labels", "required", "optional", "without", "levels",
)  # fmt: skip
MIN_SHARE = Decimal("0.6")
"""Share of a form's evidence below which a table is not taken for it, unless the form says another."""
USUAL_PLACES: tuple[Place, ...] = ("right", "inside")
"""Where a value stands when neither the field nor the form says."""
PERCENTS = {"least": Decimal(0), "most": Decimal(100)}
"""Where a range ends that does not say."""
TOLERANCE = Decimal("0.005")
"""Half of the last place of an amount in yuan: sums of exact decimals agree exactly or not at all."""


def load_form(file: Path) -> Form:
    """Given a form file, return its definition. Raises ConfigError with file, line and what to write instead."""
    form, faults = read_form(file)
    if faults:
        more = f" (and {len(faults) - 1} more: see shenbao forms check {file})" if len(faults) > 1 else ""
        raise ConfigError(f"{faults[0]}{more}")
    return form


def read_form(file: Path) -> tuple[Form, tuple[Fault, ...]]:
    """Given a form file, return its definition and all that is wrong with it, by line; the definition is good for
    nothing when anything is. Raises ConfigError for a file that cannot be read at all."""
    root = read_yaml(file)
    form = _form(root)
    return form, tuple(sorted(root.faults, key=lambda fault: fault.line))


def _form(root: Node) -> Form:
    keys = root.record(FORM_KEYS, needed=("form", "names", "fields"))
    crossed = dict(_matrices(keys["matrices"])) if "matrices" in keys else {}
    usual = keys["place"].some_of(get_args(Place)) if "place" in keys else USUAL_PLACES
    fields = (*_fields(keys["fields"], usual), *crossed)
    tables = _tables(keys["tables"]) if "tables" in keys else ()
    sections = _sections(keys["sections"]) if "sections" in keys else ()
    paths = _paths(fields, tables)
    places = keys["fields"].entries() | {field.path: node for field, node in crossed.items()}
    _check_fields(places, fields, sections, paths)
    form = Form(
        id=keys["form"].text(),
        names=_names(keys["names"]),
        identity=_identity(keys.get("identity"), fields, tables),
        fields=fields,
        sections=sections,
        tables=tables,
        furniture=keys["furniture"].texts() if "furniture" in keys else (),
        rules=_rules(keys["rules"], fields, tables) if "rules" in keys else (),
        versions=_versions(keys["versions"], fields, tables) if "versions" in keys else (),
    )
    refuse_contradictions(keys, places, form)
    return replace(form, fields=tuple(part for field in fields for part in (field, *_code_of(field))))


def _code_of(field: Field) -> tuple[Field, ...]:
    """The code of a name as a field of its own, where it has labels of its own."""
    if not field.code or not field.code_labels:
        return ()
    names = Names(f"{field.names.zh}代码", f"{field.names.en}: code")
    return (Field(field.code, names, "text", field.code_labels, ("right", "inside"), optional=True),)


def load_forms(which: str, folder: Path, label_similarity: float) -> Forms:
    """Given "auto" or the id of one form, the folder of form files and the share of a label's characters that must be
    read right, return the forms of a run. Raises ConfigError as load_definitions does."""
    return Forms(load_definitions(which, folder), label_similarity)


def load_definitions(which: str, folder: Path) -> tuple[Form, ...]:
    """Given "auto" or the id of one form and the folder of form files, return the forms asked for, by id.

    Raises ConfigError for a folder without forms, an unknown id, or an id that two files claim.
    """
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise ConfigError(f"no form definition in {folder}: put one there as <id>.yaml")
    by_id: dict[str, Form] = {}
    for file in files:
        form = load_form(file)
        if form.id in by_id:
            raise ConfigError(f"{file}:1: form '{form.id}' is defined twice in {folder}: give it another id")
        by_id[form.id] = form
    if which == "auto":
        return tuple(by_id[key] for key in sorted(by_id))
    if which not in by_id:
        raise ConfigError(f"unknown form '{which}': {advice(which, ['auto', *by_id])}")
    return (by_id[which],)


def _names(node: Node) -> Names:
    keys = node.record(("zh", "en"), needed=("zh", "en"))
    return Names(keys["zh"].text(), keys["en"].text())


def _identity(node: Node | None, fields: tuple[Field, ...], tables: tuple[Repeating, ...]) -> Identity:
    """Without an own word: any label is evidence, and the first labelled field opens a declaration."""
    keys = node.record(IDENTITY_KEYS) if node else {}
    labelled = tuple(field.path for field in fields if field.labels)
    known = (*labelled, *(table.path for table in tables))
    return Identity(
        titles=keys["titles"].texts() if "titles" in keys else (),
        opening=keys["opening"].some_of(labelled) if "opening" in keys else labelled[:1],
        evidence=keys["evidence"].some_of(known) if "evidence" in keys else known,
        against=keys["against"].texts() if "against" in keys else (),
        min_share=float(keys["min_share"].decimal() if "min_share" in keys else MIN_SHARE),
    )


def _sections(node: Node) -> tuple[Section, ...]:
    return tuple(Section(name, entry.texts()) for name, entry in node.entries().items())


def _fields(node: Node, usual: tuple[Place, ...]) -> tuple[Field, ...]:
    return tuple(_field(path, entry, usual) for path, entry in node.entries().items())


def _field(path: str, node: Node, usual: tuple[Place, ...]) -> Field:
    keys = node.record(FIELD_KEYS, needed=("names", "type"))
    places: tuple[Place, ...] = keys["place"].some_of(get_args(Place)) if "place" in keys else usual
    field = Field(
        path=path,
        names=_names(keys["names"]),
        type=keys["type"].one_of(get_args(FieldType)),
        labels=_labels(keys.get("labels")),
        places=places,
        spare_labels=_labels(keys.get("spare_labels")),
        section=keys["section"].text() if "section" in keys else None,
        required="required" in keys and keys["required"].flag(),
        optional="optional" in keys and keys["optional"].flag(),
        header=_labels(keys.get("header")),
        unit_from=_labels(keys.get("unit_from")),
        fallback=keys["fallback"].text() if "fallback" in keys else None,
        code=keys["code"].text() if "code" in keys else None,
        code_labels=_labels(keys.get("code_labels")),
        code_shape=_shape(keys.get("code_shape")),
        choices=_labels(keys.get("choices")),
    )
    _check_field(node, field)
    return field


def _matrices(node: Node) -> Iterator[tuple[Field, Node]]:
    """Rows of labels crossed by columns of header words: a field for each crossing, with the node it stands in."""
    for path, entry in node.entries().items():
        keys = entry.record(MATRIX_KEYS, needed=MATRIX_KEYS)
        for key, row in keys["rows"].entries().items():
            yield from ((field, row) for field in _crossed(f"{path}.{key}", row, keys["columns"]))


def _crossed(path: str, row: Node, columns: Node) -> Iterator[Field]:
    keys = row.record(MATRIX_ROW_KEYS, needed=("names", "labels"))
    names = _names(keys["names"])
    for key, column in columns.entries().items():
        across = column.record(MATRIX_COLUMN_KEYS, needed=("names", "type", "labels"))
        under = _names(across["names"])
        yield Field(
            path=f"{path}.{key}",
            names=Names(f"{names.zh}_{under.zh}", f"{names.en}: {under.en}"),
            type=across["type"].one_of(get_args(FieldType)),
            labels=keys["labels"].texts(),
            places=("across",),
            section=keys["section"].text() if "section" in keys else None,
            optional=any("optional" in part and part["optional"].flag() for part in (keys, across)),
            header=across["labels"].texts(),
        )


def _shape(node: Node | None) -> str | None:
    if node is None:
        return None
    shape = node.text()
    try:
        re.compile(shape)
    except re.error as error:
        node.refuse(f"'code_shape: {shape}' is no regular expression ({error}): write for example '[0-9]{{1,4}}'")
        return None
    return shape


def _labels(node: Node | None) -> tuple[str, ...]:
    return node.texts() if node else ()


def _check_field(node: Node, field: Field) -> None:
    if not field.labels and not field.on_page:
        node.refuse(f"field '{field.path}' has no label: write 'labels: [the words beside its value]'")
    if ("across" in field.places) != bool(field.header):
        node.refuse(f"field '{field.path}': 'place: across' and 'header: [words of the column]' go together")
    if field.code_labels and not field.code:
        node.refuse(f"field '{field.path}': 'code_labels' go with 'code: path of the code'")
    if field.code and field.type != "coded":
        node.refuse(f"field '{field.path}': only 'type: coded' splits off a code")


def _paths(fields: tuple[Field, ...], tables: tuple[Repeating, ...]) -> set[str]:
    codes = [field.code for field in fields if field.code]
    return {*(field.path for field in fields), *codes, *(table.path for table in tables)}


def _check_fields(
    entries: dict[str, Node], fields: tuple[Field, ...], sections: tuple[Section, ...], paths: set[str]
) -> None:
    names = [section.id for section in sections]
    for field in fields:
        if field.section is not None and field.section not in names:
            advised = advice(field.section, names or ["'sections' first"])
            entries[field.path].refuse(f"unknown section '{field.section}': {advised}")
        if field.fallback is not None and field.fallback not in paths:
            entries[field.path].refuse(
                f"fallback over a missing field '{field.fallback}': {advice(field.fallback, paths)}"
            )
    _check_aliases(entries, fields)


def _check_aliases(entries: dict[str, Node], fields: tuple[Field, ...]) -> None:
    """Two fields of one section may share a label only when different columns cross it."""
    owners: dict[tuple[str | None, str, str], Field] = {}
    for field in fields:
        for label in field.labels:
            for header in field.header or ("",):
                key = (field.section, fold_label(label), fold_label(header))
                other = owners.setdefault(key, field)
                if other is not field:
                    entries[field.path].refuse(
                        f"label '{label}' belongs to '{other.path}' already: drop it here, or give the two 'section's"
                    )


def _tables(node: Node) -> tuple[Repeating, ...]:
    return tuple(_table(path, entry) for path, entry in node.entries().items())


def _table(path: str, node: Node) -> Repeating:
    keys = node.record(TABLE_KEYS, needed=("names", "columns"))
    columns = tuple(_column(key, entry) for key, entry in keys["columns"].entries().items())
    _check_headers(keys["columns"], columns)
    table = Repeating(
        path=path,
        names=_names(keys["names"]),
        columns=columns,
        labels=_labels(keys.get("labels")),
        levels=_levels(keys["levels"]) if "levels" in keys else (),
        required="required" in keys and keys["required"].flag(),
        side=keys["side"].one_of(get_args(Side)) if "side" in keys else None,
    )
    for column in columns:
        if column.type == "lines":
            _check_parts(keys["columns"].entries()[column.key], column, table)
    if columns and not table.row_columns:
        node.refuse(f"table '{path}' has only level columns: give it a column whose cells make its rows")
    return table


def _column(key: str, node: Node) -> Column:
    keys = node.record(COLUMN_KEYS, needed=("names", "type", "labels"))
    return Column(
        key=key,
        names=_names(keys["names"]),
        type=keys["type"].one_of(get_args(ColumnType)),
        labels=keys["labels"].texts(),
        optional="optional" in keys and keys["optional"].flag(),
        code_shape=_shape(keys.get("code_shape")),
        parts=_labels(keys.get("parts")),
    )


def _check_parts(node: Node, column: Column, table: Repeating) -> None:
    keys = [other.key for other in table.row_columns if other.type != "lines"]
    if len(column.parts) < 2:
        node.refuse(f"column '{column.key}': write 'parts: [keys of the columns whose values are its lines]'")
    for part in column.parts:
        if part not in keys:
            node.refuse(f"column '{column.key}': no column '{part}': {advice(part, keys)}")


def _check_headers(node: Node, columns: tuple[Column, ...]) -> None:
    owners: dict[str, Column] = {}
    for column in columns:
        for label in column.labels:
            other = owners.setdefault(fold_label(label), column)
            if other is not column:
                node.entries()[column.key].refuse(
                    f"header '{label}' belongs to column '{other.key}' already: drop it here"
                )


def _levels(node: Node) -> tuple[Level, ...]:
    """A word alone, a list of words, or words with the words under them, to any depth."""
    if node.is_mapping:
        return tuple(Level(word, _levels(entry)) for word, entry in node.entries().items())
    return tuple(Level(word) for word in node.texts())


def _versions(node: Node, fields: tuple[Field, ...], tables: tuple[Repeating, ...]) -> tuple[Version, ...]:
    nodes = node.entries()
    parts = ((entry, entry.record(VERSION_KEYS, needed=("names",))) for entry in nodes.values())
    versions = tuple(
        read_version(entry, keys, _names(keys["names"]), fields, trees_of(keys, tables, _levels))
        for entry, keys in parts
    )
    refuse_twins(nodes, versions)
    return versions


def _rules(node: Node, fields: tuple[Field, ...], tables: tuple[Repeating, ...]) -> tuple[Rule, ...]:
    paths = [field.path for field in fields]
    paths += [f"{table.path}[].{key}" for table in tables for column in table.columns for key in column_keys(column)]
    found = (_rule(item, paths) for item in node.items()) if paths else ()
    return tuple(rule for rule in found if rule is not None)


def _rule(node: Node, paths: list[str]) -> Rule | None:
    keys = node.record(RULE_KEYS)
    severity: Severity = keys["severity"].one_of(get_args(Severity)) if "severity" in keys else "error"
    tolerance = keys["tolerance"].decimal() if "tolerance" in keys else TOLERANCE
    if "sum" in keys and "of" in keys:
        return Sum(keys["sum"].one_of(paths), keys["of"].some_of(paths), tolerance, severity)
    if "order" in keys:
        return Order(*_pair(keys["order"], paths), severity)
    if "equal" in keys:
        return Equal(*_pair(keys["equal"], paths), tolerance, severity)
    if "range" in keys:
        least, most = (keys[end].decimal() if end in keys else default for end, default in PERCENTS.items())
        return Range(keys["range"].some_of(paths), least, most, severity)
    node.refuse(
        "a rule is 'sum: total' with 'of: [parts]', 'order: [first, second]', 'equal: [one, other]', or "
        "'range: [fields]' with 'least' and 'most'"
    )
    return None


def _pair(node: Node, paths: list[str]) -> tuple[str, str]:
    found = node.some_of([path for path in paths if "[]" not in path])
    if len(found) != 2:
        node.refuse(f"'{node.key}' takes two fields: write '{node.key}: [first, second]'")
        return paths[0], paths[0]
    return found[0], found[1]
