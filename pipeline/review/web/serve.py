"""Serves an app until it is interrupted."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress

import uvicorn

from pipeline.errors import UsageError
from pipeline.review.web.app import Site, build_app
from pipeline.review.web.guard import access_of, is_loopback

__all__ = ["Site", "access_of", "is_loopback", "serve"]

WAITING = 128
"""Connections that wait to be accepted; a browser opens six."""


def serve(site: Site, host: str, port: int, tell: Callable[[int], object]) -> None:
    """Given a site, serve it at an address; port 0 is any free one. ``tell`` is given the port once it can be asked.
    Blocks. Raises UsageError where nothing can be bound."""
    config = uvicorn.Config(build_app(site), log_level="warning", server_header=False)
    with listening(host, port) as door, suppress(KeyboardInterrupt):
        tell(door.getsockname()[1])
        uvicorn.Server(config).run(sockets=[door])


def listening(host: str, port: int) -> socket.socket:
    """Given an address, return a socket that takes connections there. Raises UsageError where it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=WAITING)
    except OSError as error:
        raise UsageError(f"cannot serve at {host}:{port} ({error.strerror}): name another --host or --port") from error
