"""How good drafts of definitions are: one draft for each drawn document of a family, with nothing known of that family.

    python -m bench.corpus --family goods-declaration --split tune --level digital --count 12 --out DIR
    python -m bench.draft DIR --family goods-declaration

Two figures. named: of the labels and headers that the family's own definition finds on the page, the share that the
draft has with the same label and a type that reads the same. read: of the values that the truth marks on the page, the
share that the unedited draft reads right at their place.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2

from bench.score import leaves_of, same
from pipeline.cli.forms_draft import pick_tables, read_page
from pipeline.config import config_dir, load_settings
from pipeline.forms.definition import Form
from pipeline.forms.draft import Draft, draft_form
from pipeline.forms.draft_words import by_likeness, load_words, vocabulary
from pipeline.forms.draft_yaml import draft_to_yaml
from pipeline.forms.labels import likeness
from pipeline.forms.load import load_definitions, load_form
from pipeline.forms.match import Forms
from pipeline.forms.sheet import Sheet
from pipeline.forms.survey import Survey, survey
from pipeline.run import extract_document
from pipeline.stages.emit import records_out
from pipeline.tools import Tools, tools_with

Json = Mapping[str, Any]
GOAL = 0.8
"""Share of fields with right label and type before editing."""
OVERLAP = 0.5
"""Share of a value's box that another box has to cover to stand at the same place."""


@dataclass(frozen=True, slots=True)
class Told:
    """One label of the family on one document. wrong: what the draft made of it, empty when it is right."""

    layout: str
    path: str
    label: str
    wrong: str


@dataclass(frozen=True, slots=True)
class Read:
    """One value of the truth. got: what the draft read at its place."""

    layout: str
    path: str
    want: Any
    got: Any


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    cv2.setNumThreads(1)
    forms = {form.id: form for form in load_definitions("auto", config_dir() / "forms")}
    tools = tools_with(load_settings(), Forms((), load_settings().records.label_similarity))
    family = forms.pop(options.family)
    told, read = [], []
    for truth, boxes in _documents(options.folder):
        draft, sheets = _drafted(options.folder / truth["file"], list(forms.values()), tools)
        told += list(compare(draft, family, sheets, truth))
        read += list(values_read(draft, options.folder / truth["file"], truth, boxes, tools))
    _report(told, read, verbose=options.verbose)
    return 0 if _share(not one.wrong for one in told) >= GOAL else 1


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.draft", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path, help="where bench.corpus drew the family")
    parser.add_argument("--family", required=True, help="its definition; drafts know nothing of it")
    parser.add_argument("--verbose", action="store_true", help="name each label and value that is wrong")
    return parser.parse_args(arguments)


def _documents(folder: Path) -> Iterator[tuple[Json, Json]]:
    """The first declaration of each file, with the boxes of its values."""
    truths = (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    boxes = (folder / "boxes.jsonl").read_text(encoding="utf-8").splitlines()
    for truth, box in zip(map(json.loads, truths), map(json.loads, boxes), strict=True):
        if truth["record"] == 0:
            yield truth, box["boxes"]


def _drafted(file: Path, known: Sequence[Form], tools: Tools) -> tuple[Draft, list[Sheet]]:
    tables = pick_tables(file, read_page(file, 0, tools), None, tools)
    sheets, words = [Sheet.of(table) for table in tables], load_words(config_dir() / "draft.yaml")
    return draft_form("drafted", sheets, tables[0].above, vocabulary(words, by_likeness(known, sheets))), sheets


def compare(draft: Draft, family: Form, sheets: Sequence[Sheet], truth: Json) -> Iterator[Told]:
    """Given a draft and the definition of its family, yield each label that the definition finds in the tables."""
    for sheet in sheets:
        found = survey(family, sheet, 1.0)
        yield from _compare_fields(draft, found, truth)
        yield from _compare_columns(draft, found, truth)


def _compare_fields(draft: Draft, found: Survey, truth: Json) -> Iterator[Told]:
    alone = [(field.label, field.type) for field in draft.fields]
    crossed = [(label, column) for matrix in draft.matrices for _, label in matrix.rows for column in matrix.columns]
    for path, sighting in found.labels.seen.items():
        if sighting.field.header and found.ground.spot(sighting) is None:
            continue  # the page has no such column
        kinds, heads = _types(sighting.field.type, truth["data"].get(f"{path}_code")), sighting.field.header
        own = [(label, column.type) for label, column in crossed if heads and likeness(column.label, heads, 0.97)]
        if not heads or "right" in sighting.field.places:
            own += alone
        yield Told(truth["layout"], path, sighting.label, _fault(sighting.label, kinds, own))


def _compare_columns(draft: Draft, found: Survey, truth: Json) -> Iterator[Told]:
    drafted = [(column.label, column.type) for table in draft.tables for column in table.columns]
    for body in found.bodies:
        row = (truth["data"].get(body.table.path) or [{}])[0]
        unit = None if "unit" in body.header.columns else row.get("unit")
        for key, box in body.header.columns.items():
            column = next(column for column in body.table.columns if column.key == key)
            kinds = _types(column.type, row.get(f"{key}_code"), unit)
            yield Told(truth["layout"], f"{body.table.path}[].{key}", box.text, _fault(box.text, kinds, drafted))


def _types(kind: str, code: Any, unit: Any = None) -> set[str]:
    """Types that read the sample as the definition's does: where it prints no code, a name with one reads as text."""
    if kind == "coded" and code is None:
        return {"coded", "text", "choice"}
    return {kind, "number"} if kind == "quantity" and unit is None else {kind}


def _fault(label: str, kinds: set[str], drafted: Sequence[tuple[str, str]]) -> str:
    types = [kind for own, kind in drafted if likeness(label, (own,), 0.97)]
    if not types:
        return "no such label"
    return "" if kinds & set(types) else f"{types[0]} for {'/'.join(sorted(kinds))}"


def values_read(draft: Draft, file: Path, truth: Json, boxes: Json, tools: Tools) -> Iterator[Read]:
    """Given a draft, yield each value that the truth marks on the page with what the draft reads there."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "drafted.yaml"
        place.write_text(draft_to_yaml(draft, load_words(config_dir() / "draft.yaml"), file.name), encoding="utf-8")
        form = load_form(place)
    own = replace(tools, forms=Forms((form,), tools.settings.records.label_similarity))
    records = records_out(extract_document(file, file.name, own))
    data = dict(leaves_of(records[0].data)) if records else {}
    evidence = records[0].evidence if records else {}
    wants = dict(leaves_of(truth["data"]))
    for path, box in boxes.items():
        if wants.get(path) is not None:
            here = [p for p, e in evidence.items() if e.page == box["page"] and _covers(e.bbox, box["bbox"])]
            got = next(
                (data.get(p) for p in here if same(wants[path], data.get(p))), data.get(here[0]) if here else None
            )
            yield Read(truth["layout"], path, wants[path], got)


def _covers(one: Sequence[float], other: Sequence[float]) -> bool:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    area = (other[2] - other[0]) * (other[3] - other[1])
    return width > 0 and height > 0 and width * height >= OVERLAP * area


def _share(flags: Iterator[bool]) -> float:
    found = list(flags)
    return sum(found) / max(len(found), 1)


def _report(told: Sequence[Told], read: Sequence[Read], *, verbose: bool) -> None:
    by_layout: dict[str, list[Told]] = defaultdict(list)
    for one in told:
        by_layout[one.layout].append(one)
    for layout, group in sorted(by_layout.items()):
        values = [one for one in read if one.layout == layout]
        named, right = _share(not one.wrong for one in group), _share(same(one.want, one.got) for one in values)
        print(f"{layout:12} named {named:6.1%} of {len(group):4}   read {right:6.1%} of {len(values):4}")
    named, right = _share(not one.wrong for one in told), _share(same(one.want, one.got) for one in read)
    print(f"{'all':12} named {named:6.1%} of {len(told):4}   read {right:6.1%} of {len(read):4}")
    if verbose:
        for wrong, often in Counter((one.path, one.label, one.wrong) for one in told if one.wrong).most_common():
            print(f"  {often:3} x {wrong[0]} {wrong[1]!r}: {wrong[2]}", file=sys.stderr)
        for one in read:
            if not same(one.want, one.got):
                print(f"  {one.layout} {one.path}: want {one.want!r}, got {one.got!r}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
