"""One POST after the other over one connection. Redirects are not followed, and nothing but HTTP is spoken."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from pipeline.errors import UsageError

MAX_ANSWER = 65_536
"""Bytes of an answer that are read, so that the connection can be used again; nobody looks at them."""
PORTS = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}


@dataclass(frozen=True, slots=True)
class Answer:
    """status: 0 when none came; then words say why. wait: seconds that the receiver asks to wait for, 0 for none."""

    status: int
    words: str
    wait: float = 0.0


def checked_url(url: str) -> SplitResult:
    """Given an address, return its parts. Raises UsageError for one that is not plain HTTP, or that holds a password:
    it would be kept in the ledger and shown by every list of processes."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UsageError("the address of the receiver is none: write https://host/path") from None
    if parts.scheme not in PORTS or not parts.hostname or port == 0:
        raise UsageError("the address of the receiver must be one of http:// or https:// with a host")
    if parts.username is not None or parts.password is not None:
        raise UsageError("the address of the receiver must hold no user or password: messages are signed")
    if any(ord(c) <= 0x20 or ord(c) >= 0x7F for c in url):
        raise UsageError("the address of the receiver must be written in ASCII without blanks")
    return parts


class Line:
    """A connection to one receiver, opened when it is needed and again when it has broken. timeout: seconds."""

    def __init__(self, url: str, timeout: float) -> None:
        parts = checked_url(url)
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._connection = PORTS[parts.scheme](str(parts.hostname), parts.port, timeout=timeout)

    def post(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Given a body and headers, send them and return the answer."""
        was_open = self._connection.sock is not None
        try:
            return self._post(body, headers)
        except (http.client.HTTPException, OSError) as error:
            self.close()
            # A receiver may close a connection that rests; that is no failure, and the id makes a second one harmless.
            stale = was_open and isinstance(
                error, http.client.RemoteDisconnected | BrokenPipeError | ConnectionResetError
            )
            return self.post(body, headers) if stale else Answer(0, str(error) or type(error).__name__)

    def _post(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        self._connection.request("POST", self._target, body, dict(headers))
        response = self._connection.getresponse()
        if len(response.read(MAX_ANSWER)) == MAX_ANSWER or response.will_close:
            self.close()
        return Answer(response.status, f"HTTP {response.status}", _seconds(response.headers.get("Retry-After")))

    def close(self) -> None:
        with suppress(OSError):
            self._connection.close()


def _seconds(text: str | None) -> float:
    """A date is not understood and asks for no wait of its own."""
    return float(text) if text and text.isascii() and text.isdigit() else 0.0
