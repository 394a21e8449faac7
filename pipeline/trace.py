"""Leaf: which stage is at work and how long it took, told to whoever listens; nobody does unless asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

OnStage = Callable[[str, float, str | None], None]
"""Called with (stage, seconds, name of the error's type that ended it or None)."""


def _nobody(stage: str, seconds: float, error: str | None) -> None:
    """Listens to nothing."""


_listener: ContextVar[OnStage] = ContextVar("listener", default=_nobody)


@contextmanager
def stages_told_to(on_stage: OnStage) -> Iterator[None]:
    token = _listener.set(on_stage)
    try:
        yield
    finally:
        _listener.reset(token)


def staged(stage: str, work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Given a stage's name, its function and what that takes, return what it returns and tell how it went. What is told
    holds no content of the page: of an error only its type."""
    begin, ended = time.perf_counter(), None
    try:
        return work(*arguments, **named)
    except BaseException as error:
        ended = type(error).__name__
        raise
    finally:
        _listener.get()(stage, time.perf_counter() - begin, ended)
