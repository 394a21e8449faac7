"""What a PDF carries that is neither read nor run: embedded files and scripts. They are counted, nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pikepdf
from pikepdf import Name

from pipeline.stages.ingest.fields import notes_of

MAX_CHAIN = 100
"""Actions that one action may lead to."""

RUNS = (Name.JavaScript, Name.Launch)
"""Kinds of action that would run something (ISO 32000-1, table 198)."""


def told_of(pdf: pikepdf.Pdf) -> str:
    """Given a PDF, return what it carries beside its pages in words; empty when nothing."""
    n_files, n_scripts = count_files(pdf), count_scripts(pdf)
    parts = [_counted(n_files, "embedded file"), _counted(n_scripts, "script")]
    told = " and ".join(part for part in parts if part)
    return f"the PDF carries {told}, which were neither opened nor run" if told else ""


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number > 1 else ''}" if number else ""


def count_files(pdf: pikepdf.Pdf) -> int:
    """Return the number of files embedded in a PDF, those pinned to a page included."""
    pinned = sum(note.get(Name.Subtype) == Name.FileAttachment for page in pdf.pages for note in notes_of(page.obj))
    return sum(1 for _ in _tree(pdf, Name.EmbeddedFiles)) + pinned


def count_scripts(pdf: pikepdf.Pdf) -> int:
    """Return the number of scripts and program calls that a viewer might run."""
    form = pdf.Root.get(Name.AcroForm)
    holders = [pdf.Root, *_fields(form)]
    for page in pdf.pages:
        holders.extend((page.obj, *notes_of(page.obj)))
    actions = [action for holder in _once(holders) for action in _actions(holder)]
    return sum(map(_runs, [*actions, *_tree(pdf, Name.JavaScript)]))


def _once(holders: list[pikepdf.Object]) -> Iterator[pikepdf.Object]:
    """A widget that is field and annotation in one counts once."""
    seen: set[tuple[int, int]] = set()
    for holder in holders:
        if not holder.is_indirect or holder.objgen not in seen:
            seen.add(holder.objgen)
            yield holder


def _fields(form: object) -> Iterator[pikepdf.Object]:
    fields = form.get(Name.Fields) if isinstance(form, pikepdf.Dictionary) else None
    if isinstance(fields, pikepdf.Array):
        yield from (field for field in fields if isinstance(field, pikepdf.Dictionary))


def _actions(holder: pikepdf.Object) -> Iterator[object]:
    for key in (Name.OpenAction, Name.A):
        if key in holder:
            yield holder[key]
    more = holder.get(Name.AA)
    if isinstance(more, pikepdf.Dictionary):
        yield from more.values()


def _runs(action: object) -> int:
    """Given an action, return how many of it and those that follow it would run something."""
    count = 0
    for _ in range(MAX_CHAIN):
        if not isinstance(action, pikepdf.Dictionary):
            break
        count += action.get(Name.S) in RUNS
        action = action.get(Name.Next)
    return count


def _tree(pdf: pikepdf.Pdf, kind: Name) -> Iterator[object]:
    """Given a PDF and one of its name trees, yield what is named there, whether or not the names are in order."""
    names = pdf.Root.get(Name.Names)
    waiting = [names.get(kind)] if isinstance(names, pikepdf.Dictionary) else []
    seen: set[tuple[int, int]] = set()
    while waiting:
        node = waiting.pop()
        if not isinstance(node, pikepdf.Dictionary) or (node.is_indirect and node.objgen in seen):
            continue
        seen.add(node.objgen)
        if isinstance(pairs := node.get(Name.Names), pikepdf.Array):
            yield from list(pairs)[1::2]
        if isinstance(kids := node.get(Name.Kids), pikepdf.Array):
            waiting.extend(kids)
