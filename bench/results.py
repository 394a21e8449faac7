"""bench/RESULTS.md: each benchmark writes its own section, and nobody types numbers into it."""

from __future__ import annotations

import os
import platform
import re
import shlex
import sys
from pathlib import Path

RESULTS = Path(__file__).resolve().parent / "RESULTS.md"
HEAD = "# Results\n\nWritten by the benchmarks themselves; do not edit.\n"
TITLES = {"accuracy": "Accuracy", "peers": "Beside other readers"}


def command_of(module: str) -> str:
    """Return the command line that is running."""
    return shlex.join(["python", "-m", module, *sys.argv[1:]])


def machine_line() -> str:
    """Return what the numbers were measured on."""
    return f"Python {platform.python_version()}, {cpu_name()}, {os.cpu_count()} cores"


def cpu_name() -> str:
    """Return the processor's name as Linux gives it, elsewhere its architecture."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.machine()
    found = re.search(r"model name\s*:\s*(.+)", text)
    return found[1].strip() if found else platform.machine()


def with_section(text: str, name: str, body: str) -> str:
    """Given the file's text, return it with one section replaced, or added in the order of TITLES."""
    parts = dict(re.findall(r"<!-- (\w+) -->\n(.*?)\n<!-- end -->", text, re.DOTALL))
    parts[name] = f"## {TITLES[name]}\n\n{body}"
    sections = [f"<!-- {key} -->\n{parts[key]}\n<!-- end -->\n" for key in TITLES if key in parts]
    return "\n".join([HEAD, *sections])


def record(name: str, body: str) -> None:
    """Given a section's name and its body in Markdown, write it into bench/RESULTS.md."""
    text = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else ""
    RESULTS.write_text(with_section(text, name, body), encoding="utf-8")
