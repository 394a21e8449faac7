"""Ctrl-C in two steps: first no new work and a short while for what is under way, then the end."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def asked_to_stop(grace: int, tell: Callable[[], object]) -> Iterator[Callable[[], bool]]:
    """Given seconds of grace, return a question: has somebody asked this process to stop?

    The first signal makes the answer yes and calls ``tell``, in the handler, so it must not use buffered streams. The
    second one, or the end of the grace, raises KeyboardInterrupt.
    A signal that whoever started us set aside (nohup) stays aside. Main thread only.
    """
    asked = False

    def on_signal(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked or grace <= 0:
            raise KeyboardInterrupt
        asked = True
        signal.alarm(grace)
        tell()

    taken = [number for number in SIGNALS if signal.getsignal(number) != signal.SIG_IGN or number == signal.SIGINT]
    before = {number: signal.signal(number, on_signal) for number in (*taken, signal.SIGALRM)}
    try:
        yield lambda: asked
    finally:
        signal.alarm(0)
        for number, handler in before.items():
            signal.signal(number, handler)
