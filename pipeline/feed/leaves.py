"""The forms' definitions -> the values that their records may have, each with its kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pipeline.forms.definition import Form
from pipeline.schema import DATE, MONEY, NUMBER, Schema, data_schema
from pipeline.sinks.layout import Kind, Layout, Leaf, layout_of

PATTERNS: dict[str, Kind] = {MONEY: "money", NUMBER: "number", DATE: "date"}


def layout_of_forms(forms: Iterable[Form]) -> Layout:
    """Given forms, return the tables that hold their records."""
    return layout_of(leaf for form in forms for leaf in leaves_of(data_schema(form)))


def leaves_of(schema: Schema, path: str = "", table: str | None = None) -> Iterator[Leaf]:
    """Given the JSON Schema of data, yield its values in order."""
    for key, inner in schema["properties"].items():
        place = f"{path}.{key}" if path else key
        if inner.get("type") == "object":
            yield from leaves_of(inner, place, table)
        elif inner.get("type") == "array":
            yield from leaves_of(inner["items"], "", place)
        else:
            yield Leaf(place, kind_of(inner), table)


def kind_of(schema: Schema) -> Kind:
    """Given the schema of one value, return the kind of column that holds it."""
    if "integer" in (schema.get("type") or ()):
        return "integer"
    return PATTERNS.get(schema.get("pattern", ""), "text")
