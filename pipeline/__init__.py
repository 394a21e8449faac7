"""Shenbao (申报): reads scanned and digital declarations into exact, structured records.

from pipeline import extract
document = extract("a.pdf")
document.records[0].data, document.tables[0].to_frame()
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.api import Document, Evidence, Issue, Record, Table, UnusedPage, extract
    from pipeline.config import Settings, load_settings
    from pipeline.errors import InputError, ShenbaoError

__all__ = [
    "Document",
    "Evidence",
    "InputError",
    "Issue",
    "Record",
    "Settings",
    "ShenbaoError",
    "Table",
    "UnusedPage",
    "extract",
    "load_settings",
]

_ELSEWHERE = {
    "InputError": "pipeline.errors",
    "Settings": "pipeline.config",
    "ShenbaoError": "pipeline.errors",
    "load_settings": "pipeline.config",
}


def __getattr__(name: str) -> Any:
    """Given a public name, load it: the models and libraries behind it take seconds, and most commands need none."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_ELSEWHERE.get(name, "pipeline.api")), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
