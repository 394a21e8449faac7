"""One document of the corpus through our pipeline, measured; the work of one process of bench.accuracy."""

from __future__ import annotations

import functools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2

from bench.drawn import Drawn, Wanted, draw
from bench.likeness import Likeness, compare_tables
from bench.score import FileScore, score
from bench.tables import TableGrid, grid_of_line
from pipeline.config import load_settings
from pipeline.errors import InputError
from pipeline.model import Record
from pipeline.ocr import Crop, Recogniser
from pipeline.ocr.engines import load_onnx
from pipeline.ocr.second import SecondedRecogniser
from pipeline.ocr.weights import wheel_model
from pipeline.run import extract_document
from pipeline.stages.check import check
from pipeline.stages.emit import Outputs, document_to_outputs, failure_to_outputs
from pipeline.tools import Tools, load_tools

SAMPLED = 8
"""Lines to one that the bare recogniser reads too: enough to tell its time, and an eighth of it."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One document. seconds: CPU time of this process for all of it; recogniser: the part inside the recogniser; bare:
    what the same lines take the bare recogniser, as its makers gave it.

    failure: how the pipeline raised, or None.
    """

    file: str
    level: str
    group: str
    n_pages: int
    seconds: float
    recogniser: float
    bare: float
    score: FileScore
    likeness: Likeness
    failure: str | None = None


class Clocked:
    """A recogniser that adds up the CPU seconds spent inside of it, and those that the bare one takes for the same
    lines: one of ``SAMPLED`` is read by that too, and ``aside`` is the time of this."""

    def __init__(self, inner: Any, bare: Recogniser) -> None:
        self.inner, self.bare = inner, bare
        self.seconds, self.aside, self.lines = 0.0, 0.0, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def read(self, *arguments: Any, **options: Any) -> Any:
        begun = time.process_time()
        try:
            return self.inner.read(*arguments, **options)
        finally:
            self.seconds += time.process_time() - begun
            self.sample(*arguments)

    def sample(self, crops: Sequence[Crop]) -> None:
        """Given the lines that were read, have the bare recogniser read those whose turn it is."""
        begun = time.process_time()
        self.bare.read(crops[-self.lines % SAMPLED :: SAMPLED])
        self.lines += len(crops)
        self.aside += time.process_time() - begun


@functools.cache
def loaded() -> tuple[Tools, Clocked]:
    """Return this process's tools, on one thread, and the clock around the recogniser that reads; what a second one is
    asked is our own time."""
    cv2.setNumThreads(1)
    tools = load_tools(load_settings())
    bare = load_onnx(wheel_model(), tools.settings.ocr)
    if isinstance(tools.recogniser, SecondedRecogniser):
        clock = Clocked(tools.recogniser.first, bare)
        return replace(tools, recogniser=SecondedRecogniser(clock, tools.recogniser.second)), clock
    clock = Clocked(tools.recogniser, bare)
    return replace(tools, recogniser=clock), clock


def measure(wanted: Wanted) -> Measured:
    """Given which document of the corpus, draw it, read it and compare."""
    return measure_drawn(draw(wanted))


def measure_drawn(drawn: Drawn) -> Measured:
    """Given a document on disk, read it and compare what was read with the truth."""
    tools, clock = loaded()
    before, aside, begun = clock.seconds, clock.aside, time.process_time()
    outputs, failure = read(drawn, tools)
    took, aside = time.process_time() - begun, clock.aside - aside
    truths = [marked(truth, tools) for truth in drawn.truths]
    return Measured(
        drawn.file, drawn.level, drawn.group, drawn.n_pages, took - aside, clock.seconds - before, SAMPLED * aside,
        score(truths, [record.model_dump(mode="json") for record in outputs.records]),
        compare_tables(drawn.tables, grids_by_page(outputs), range(1, drawn.n_pages + 1)), failure,
    )  # fmt: skip


def marked(truth: Mapping[str, Any], tools: Tools) -> dict[str, Any]:
    """Given a truth, return it with ``faulty``: whether the very data that are printed break a rule of their form."""
    record = check(Record(truth["form"], (), truth["data"], {}), tools.forms, tools.settings.records)
    return {**truth, "faulty": not record.accepted}


def read(drawn: Drawn, tools: Tools) -> tuple[Outputs, str | None]:
    """Given a document, return what our pipeline writes about it, and how it failed where it did.

    A document that raises what it should not is one read badly; it must not stop the measuring of all others.
    """
    try:
        return document_to_outputs(extract_document(drawn.path, drawn.file, tools)), None
    except InputError as error:
        return failure_to_outputs(drawn.file, None, error), f"{error.reason}: {error}"
    except Exception as error:
        known = InputError(str(error), "crashed")
        return failure_to_outputs(drawn.file, None, known), f"{type(error).__name__}: {error}"


def grids_by_page(outputs: Outputs) -> Mapping[int, list[TableGrid]]:
    """Given our outputs, return the grids of each 1-based page."""
    pages: dict[int, list[TableGrid]] = {}
    for table in outputs.tables:
        pages.setdefault(table.page, []).append(grid_of_line(table.model_dump(mode="json")))
    return pages
