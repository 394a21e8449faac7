"""Who may ask, and what a browser may do with the answer."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import URL, Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.review.web.problems import problem

COOKIE = "shenbao_token"
UPLOAD_PATH = "/api/documents"
FRAME_BYTES = 1 << 16
"""Of a form around a document."""
BODY_BYTES = 1 << 24
"""Of any other request; the inputs of the largest form are a tenth of it."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Access:
    """token: None where only this machine can ask. hosts: names under which the page may be asked for; none: any."""

    token: str | None
    hosts: frozenset[str]


def is_loopback(host: str) -> bool:
    """Given the address to bind, return whether only this machine can reach it."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def access_of(host: str, token: str | None) -> Access:
    """Given the address to bind and a token, return who may ask. On this machine alone, names that lead elsewhere are
    refused, so that a page of another site whose name leads here reads nothing (DNS rebinding)."""
    names = frozenset({"127.0.0.1", "localhost", "[::1]", "::1", host}) if is_loopback(host) else frozenset[str]()
    return Access(token, names)


class Guard:
    """ASGI middleware: refuses strangers, other sites and names that are not ours; adds the headers to each answer."""

    def __init__(self, app: ASGIApp, access: Access, max_bytes: int) -> None:
        self._app = app
        self._access = access
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = refusal_of(self._access, scope) or size_refusal(self._max_bytes, scope)
        await (refusal or self._app)(scope, receive, _with_headers(send))


def refusal_of(access: Access, scope: Scope) -> Response | None:
    """Given a request, return the answer that refuses it, or None."""
    headers = Headers(scope=scope)
    host = headers.get("host", "")
    if access.hosts and (urlsplit(f"//{host}").hostname or "") not in access.hosts:
        return problem(421, "wrong-host", f"this server is not called {host!r}: use the address that it printed")
    if scope["method"] not in SAFE and not is_same_origin(headers, host):
        return problem(403, "other-origin", "this request came from another site and was refused")
    return None if access.token is None else _token_refusal(access.token, headers, scope)


def size_refusal(most: int, scope: Scope) -> Response | None:
    """Given the bytes that a document may have, return the answer that refuses a request which is larger, or whose size
    is not known beforehand, before anything of it is kept."""
    if scope["method"] in SAFE:
        return None
    size = Headers(scope=scope).get("content-length", "")
    if not size.isdecimal():
        return problem(411, "length-needed", "send the request with a Content-Length")
    limit = most + FRAME_BYTES if scope["path"] == UPLOAD_PATH else BODY_BYTES
    return (
        problem(413, "too-large", f"more than {limit} bytes were sent: split the document")
        if int(size) > limit
        else None
    )


def is_same_origin(headers: Headers, host: str) -> bool:
    """Browsers say where a request comes from; programs that are no browsers say nothing and carry no cookie."""
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    return origin is None or urlsplit(origin).netloc == host


def _token_refusal(token: str, headers: Headers, scope: Scope) -> Response | None:
    url = URL(scope=scope)
    cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    given = headers.get("authorization", "").removeprefix("Bearer ")
    if _same(given, token) or (cookie is not None and _same(cookie.value, token)):
        return None
    for pair in url.query.split("&"):
        if scope["method"] == "GET" and _same(pair.removeprefix("token="), token):
            answer = RedirectResponse(url.path or "/", 303)
            answer.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=url.scheme == "https")
            return answer
    return problem(401, "token-needed", "open the address with ?token=… that the server printed, or send it as Bearer")


def _same(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8"), token.encode("utf-8"))


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending
