"""Walking the objects of a PDF page, as pikepdf holds them, without ever going back up the page tree."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pikepdf
from pikepdf import Name

MAX_TREE_DEPTH = 64
"""Levels of the page tree that are climbed for an inherited entry."""

NAMED_CALL = re.compile(rb"/([^\s/\[\]<>(){}%#]+)\s+Do(?![^\s])")
NAMED_FONT = re.compile(rb"/([^\s/\[\]<>(){}%#]+)\s+[-+.\d]+\s+Tf(?![^\s])")

_TREE = (Name.Page, Name.Pages, Name.Catalog)


def contents_of(page: pikepdf.Object) -> list[pikepdf.Object]:
    """Given a page, return its content streams in order."""
    found = page.get(Name.Contents)
    parts = list(found) if isinstance(found, pikepdf.Array) else [found]
    return [part for part in parts if isinstance(part, pikepdf.Stream)]


def resources_of(page: pikepdf.Object) -> pikepdf.Object | None:
    """Given a page, return its resources, its own or inherited (ISO 32000-1, 7.7.3.4); None when there are none."""
    node: pikepdf.Object | None = page
    for _ in range(MAX_TREE_DEPTH):
        if not isinstance(node, pikepdf.Dictionary):
            return None
        found = node.get(Name.Resources)
        if isinstance(found, pikepdf.Dictionary):
            return found
        node = node.get(Name.Parent)
    return None


def resource(resources: pikepdf.Object | None, kind: Name, name: bytes) -> pikepdf.Object | None:
    """Given resources, a kind (/Font, /XObject) and the name an operator uses, return what it stands for, or None."""
    table = resources.get(kind) if isinstance(resources, pikepdf.Dictionary) else None
    found: pikepdf.Object | None = (
        table.get("/" + name.decode("latin-1")) if isinstance(table, pikepdf.Dictionary) else None
    )
    return found


def is_kind(item: pikepdf.Object | None, subtype: Name) -> bool:
    return isinstance(item, pikepdf.Stream) and item.get(Name.Subtype) == subtype


def streams_under(page: pikepdf.Object, seen: set[tuple[int, int]]) -> Iterator[pikepdf.Object]:
    """Given a page, yield every stream under it that was not seen yet, inherited resources included."""
    waiting = [resources_of(page), *(value for key, value in page.items() if key != "/Parent")]
    while waiting:
        item = waiting.pop()
        if not isinstance(item, pikepdf.Array | pikepdf.Dictionary | pikepdf.Stream):
            continue
        if item.is_indirect:
            if item.objgen in seen:
                continue
            seen.add(item.objgen)
        if isinstance(item, pikepdf.Stream):
            yield item
        if isinstance(item, pikepdf.Array) or item.get(Name.Type) not in _TREE:  # an annotation leads back to its page
            waiting.extend(item if isinstance(item, pikepdf.Array) else item.values())
