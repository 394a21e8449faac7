"""An export that is killed, really, when it comes to a record: ``python sinks_drive.py JOB TO OUT RECORD``."""

from __future__ import annotations

import base64
import itertools
import os
import signal
import sys
from pathlib import Path

from sinks_job import FORM

from pipeline.feed.export import Order, export
from pipeline.sinks.lines import Plain, Seen, as_read

ROOT = Path(__file__).resolve().parent.parent
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


def main() -> None:
    job, to, out, last = sys.argv[1:]
    read = itertools.count(1)

    def overlay(record: Plain) -> Seen:
        if next(read) == int(last):
            os.kill(os.getpid(), signal.SIGKILL)
        return as_read(record)

    export(Order(Path(job), to, Path(out), [FORM], overlay=overlay, secret=SECRET))


if __name__ == "__main__":
    main()
