"""Shenbao on single pages, records and all."""

from __future__ import annotations

import importlib
from pathlib import Path

from bench.peers.harness import Reader, Reading, serve


def load() -> Reader:
    api, run, emit = map(importlib.import_module, ("pipeline.api", "pipeline.run", "pipeline.stages.emit"))
    settings = importlib.import_module("pipeline.config").load_settings()
    tools = importlib.import_module("pipeline.tools").load_tools(settings)

    def read(picture: str) -> Reading:
        outputs = emit.document_to_outputs(run.extract_document(Path(picture), Path(picture).name, tools))
        return {"tables": [table.to_html() for table in api.outputs_to_document(outputs).tables]}

    return read


if __name__ == "__main__":
    serve(load)
