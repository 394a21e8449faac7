"""Products of the stages as JSON and back: a class is its name and its fields in order."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

from pipeline import geometry, model
from pipeline.stages.upright import bend
from pipeline.text.signs import spelling

GOLDEN = Path(__file__).resolve().parent / "golden"
CLASSES = {
    kind.__name__: kind
    for module in (geometry, model, bend)
    for kind in vars(module).values()
    if isinstance(kind, type) and dataclasses.is_dataclass(kind)
}
DIGITS = 9
"""Decimals kept of every number; the coefficients of a plane map are small."""


def encode(value: Any, digits: int = 4) -> Any:
    """Given a product, return it as plain JSON values. Maps of the plane keep more digits than boxes; last fields that
    are None, as they are where nothing is said, are left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kept = DIGITS if isinstance(value, geometry.Transform | bend.Bow) else digits
        fields = [getattr(value, field.name) for field in dataclasses.fields(value)]
        while fields and fields[-1] is None and dataclasses.fields(value)[len(fields) - 1].default is None:
            fields.pop()
        return {type(value).__name__: [encode(field, kept) for field in fields]}
    if isinstance(value, float):
        return round(value, digits)
    if isinstance(value, list | tuple):
        return [encode(item, digits) for item in value]
    if isinstance(value, dict):
        return {str(key): encode(item, digits) for key, item in value.items()}
    return value.value if isinstance(value, Enum) else value


def decode(value: Any) -> Any:
    """Given what ``encode`` made, return the product."""
    if isinstance(value, list):
        return tuple(decode(item) for item in value)
    if isinstance(value, dict):
        ((name, fields),) = value.items()
        return CLASSES[name](*map(decode, fields))
    return value


def write_golden(document: str, product: str, value: Any) -> None:
    """One item of the product a line."""
    path = GOLDEN / document / f"{product}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(item, ensure_ascii=False, separators=(",", ":")) for item in encode(value))
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


def read_golden(document: str, product: str) -> Any:
    return json.loads((GOLDEN / document / f"{product}.json").read_text(encoding="utf-8"))


def differences(got: Any, want: Any, within: float, path: str = "") -> Iterator[str]:
    """Given two encoded values, yield where they differ; numbers with a fraction may be off by ``within``.

    Where something may be off, the spelling of a sign may be too: a recogniser tells : from ： by chance.
    """
    if isinstance(want, float) and isinstance(got, float | int):
        if abs(got - want) > within:
            yield f"{path}: {got} is not {want}"
    elif isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
        for i, (a, b) in enumerate(zip(got, want, strict=True)):
            yield from differences(a, b, within, f"{path}[{i}]")
    elif isinstance(want, dict) and isinstance(got, dict) and want.keys() == got.keys():
        for key in want:
            yield from differences(got[key], want[key], within, f"{path}.{key}")
    elif within and isinstance(want, str) and isinstance(got, str):
        if [spelling(sign) for sign in got] != [spelling(sign) for sign in want]:
            yield f"{path}: {got[:200]} is not {want[:200]}"
    elif type(got) is not type(want) or got != want:
        yield f"{path}: {str(got)[:200]} is not {str(want)[:200]}"
