"""Layers of a PDF that are switched off: what they paint nobody sees (ISO 32000-1, 8.11, optional content).

Answers as pdfium does, since the text layer is held against pdfium's drawing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pdfminer.pdfinterp import PDFPageInterpreter
from pdfminer.pdftypes import PDFObjRef, PDFStream, resolve1
from pdfminer.psparser import PSLiteral

MAX_DEPTH = 16
"""Levels of a membership's expression that are followed; real files use two."""


class Layers:
    """Which layers of a document are shown on opening it."""

    def __init__(self, catalog: Mapping[str, Any]) -> None:
        default = _dictionary(_dictionary(catalog.get("OCProperties")).get("D"))
        self._base = _name(default.get("BaseState")) != "OFF"
        self._on = _numbers(default.get("ON"))
        self._off = _numbers(default.get("OFF"))

    def shows(self, item: Any) -> bool:
        """Given what an /OC entry or a marked sequence names, return whether what it holds is shown."""
        found = _dictionary(item)
        if _name(found.get("Type")) == "OCMD":
            return self._membership(found)
        return _name(found.get("Type")) != "OCG" or self._group(item, found)

    def _group(self, item: Any, group: Mapping[str, Any]) -> bool:
        usage = _dictionary(_dictionary(group.get("Usage")).get("View")).get("ViewState")
        if usage is not None:
            return _name(usage) != "OFF"
        number = item.objid if isinstance(item, PDFObjRef) else None
        return number not in self._off and (self._base or number in self._on)

    def _membership(self, found: Mapping[str, Any]) -> bool:
        expression = resolve1(found.get("VE"))
        if isinstance(expression, list):
            return self._holds(expression, 0)
        named = resolve1(found.get("OCGs"))
        groups = named if isinstance(named, list) else [found.get("OCGs")]
        states = [self.shows(group) for group in groups if _name(_dictionary(group).get("Type")) == "OCG"]
        if not states:
            return True
        policy = _name(found.get("P"))
        if policy in ("AllOn", "AllOff"):
            return all(state == (policy == "AllOn") for state in states)
        return any(state == (policy != "AnyOff") for state in states)

    def _holds(self, expression: Any, depth: int) -> bool:
        parts = resolve1(expression)
        if not isinstance(parts, list):
            return self.shows(expression)
        if depth > MAX_DEPTH or not parts:
            return True
        states = [self._holds(part, depth + 1) for part in parts[1:]]
        operator = _name(parts[0])
        return not any(states) if operator == "Not" else any(states) if operator == "Or" else all(states)


class LayeredInterpreter(PDFPageInterpreter):  # type: ignore[misc]
    """The parser's interpreter, which tells its device (``opened``: a list of bools) what lies in hidden layers."""

    layers: Layers

    def subinterp(self) -> LayeredInterpreter:
        inner: LayeredInterpreter = super().subinterp()
        inner.layers = self.layers
        return inner

    def do_BMC(self, tag: Any) -> None:  # noqa: N802
        self.device.opened.append(True)
        super().do_BMC(tag)

    def do_BDC(self, tag: Any, props: Any) -> None:  # noqa: N802
        named = _dictionary(self.resources.get("Properties")).get(_name(props)) if _name(tag) == "OC" else None
        self.device.opened.append(named is None or self.layers.shows(named))
        super().do_BDC(tag, props)

    def do_EMC(self) -> None:  # noqa: N802
        if self.device.opened:
            self.device.opened.pop()
        super().do_EMC()

    def do_Do(self, xobjid_arg: Any) -> None:  # noqa: N802
        """A form that leaves a sequence open, or closes its caller's, changes nothing outside of it."""
        called = resolve1(self.xobjmap.get(_name(xobjid_arg)))
        condition = called.get("OC") if isinstance(called, PDFStream) else None
        if condition is not None and not self.layers.shows(condition):
            return
        before = list(self.device.opened)
        super().do_Do(xobjid_arg)
        self.device.opened[:] = before


def _dictionary(item: Any) -> Mapping[str, Any]:
    found = resolve1(item)
    return found if isinstance(found, dict) else {}


def _name(item: Any) -> str:
    found = resolve1(item)
    if not isinstance(found, PSLiteral):
        return ""
    return found.name if isinstance(found.name, str) else found.name.decode("latin-1")


def _numbers(item: Any) -> frozenset[int]:
    found = resolve1(item)
    parts = found if isinstance(found, list) else []
    return frozenset(part.objid for part in parts if isinstance(part, PDFObjRef))
