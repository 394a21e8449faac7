"""Artefacts, one file an extraction, and the JSON Lines files that are derived from them and the ledger."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from pipeline.batch.fingerprint import FINGERPRINT_DIGITS
from pipeline.batch.ledger import Extraction, Input, Ledger
from pipeline.sinks.jsonl import replacing, write_bytes
from pipeline.stages.emit import lost_to_outputs, to_line

ARTEFACTS = "artefacts"
FILES = ("records", "documents", "tables")
REST = 9
"""Times as long as writing took: a tenth of the time may go into it."""
ARTEFACT_MISSING = "artefact-missing"

Plain = dict[str, Any]


def artefact_name(sha256: str, fingerprint: str) -> str:
    """Return where an artefact lies below the job folder; names of inputs play no part in it."""
    return f"{ARTEFACTS}/{sha256[:2]}/{sha256}-{fingerprint[:FINGERPRINT_DIGITS]}.json"


def write_artefact(folder: Path, name: str, artefact: bytes, indent: bool) -> None:
    """Given the artefact as its worker wrote it, store it whole; indented for people who want to read it."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if indent:
        artefact = json.dumps(json.loads(artefact), ensure_ascii=False, indent=1).encode("utf-8")
    write_bytes(path, artefact + b"\n")


def write_outputs(folder: Path, ledger: Ledger) -> None:
    """Write records, documents and tables of all inputs of the ledger, each file whole or not at all."""
    with ExitStack() as stack:
        files = {name: stack.enter_context(replacing(folder / f"{name}.jsonl")) for name in FILES}
        for outputs in all_outputs(folder, ledger):
            _write(files["documents"], outputs["document"])
            for name in ("records", "tables"):
                for line in outputs[name]:
                    _write(files[name], line)


class Seldom:
    """Writes the files of a job folder, but not so often that it takes more than a share of the time: they are written
    anew each time, and those of an archive are large. now: seconds of a clock that never goes back."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._due = 0.0
        self.stale = False

    @property
    def is_due(self) -> bool:
        """Is there something to be written that was put off for long enough?"""
        return self.stale and self._now() >= self._due

    def write(self, folder: Path, ledger: Ledger) -> None:
        """Write the files now or, when that was done just before, put it off."""
        self.stale = True
        if self.is_due:
            self.write_now(folder, ledger)

    def write_now(self, folder: Path, ledger: Ledger) -> None:
        begun = self._now()
        write_outputs(folder, ledger)
        self.stale = False
        self._due = self._now() + (self._now() - begun) * REST


def all_outputs(folder: Path, ledger: Ledger) -> Iterator[Plain]:
    """Yield what each input adds, by name. Bytes that several files hold give their records and tables once, with the
    first name; every file has its line among the documents."""
    first_with: dict[str, str] = {}
    for entry, extraction in ledger.inputs():
        outputs = _named(_outputs(folder, entry, extraction), entry.file)
        if extraction is not None:
            first = first_with.setdefault(extraction.artefact, entry.file)
            outputs = outputs if first == entry.file else _only_reference(outputs, first)
        yield outputs


def reference(message: str, first: str) -> str:
    """Given what is to be said of some bytes and the first file that holds them, return what the others say."""
    return "; ".join(filter(None, (message, f"the same bytes as {first}, where its records stand")))


def _outputs(folder: Path, entry: Input, extraction: Extraction | None) -> Plain:
    if extraction is None:
        lost = lost_to_outputs(entry.file, None, "failed", entry.reason or "failed", entry.message or "")
        return lost.model_dump(mode="json")
    try:
        outputs: Plain = json.loads((folder / extraction.artefact).read_bytes())
    except (OSError, ValueError):
        text = f"{extraction.artefact} is missing or damaged: name this input again to have it read anew"
        return lost_to_outputs(entry.file, entry.sha256, "failed", ARTEFACT_MISSING, text).model_dump(mode="json")
    return outputs


def _named(outputs: Plain, file: str) -> Plain:
    """Given outputs, return them under the name that the file has now."""
    records = [{**record, "source": {**record["source"], "file": file}} for record in outputs["records"]]
    tables = [{**table, "file": file} for table in outputs["tables"]]
    return {"document": {**outputs["document"], "file": file}, "records": records, "tables": tables}


def _only_reference(outputs: Plain, first: str) -> Plain:
    document = outputs["document"]
    return {
        "document": {**document, "message": reference(document["message"], first)},
        "records": [],
        "tables": [],
    }


def _write(file: IO[bytes], line: Plain) -> None:
    file.write(to_line(line).encode("utf-8") + b"\n")
