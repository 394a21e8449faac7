"""Signatures of messages as https://www.standardwebhooks.com has them: HMAC-SHA256 over id, time and body."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from pipeline.errors import UsageError

PREFIX = "whsec_"
KEY_BYTES = (24, 64)
"""Least and most bytes of a secret, as the convention has them."""


def key_of(secret: str) -> bytes:
    """Given a secret as in "whsec_…", return the key. Raises UsageError, which does not repeat it."""
    try:
        key = base64.b64decode(secret.strip().removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    least, most = KEY_BYTES
    if not secret.strip().startswith(PREFIX) or not least <= len(key) <= most:
        raise UsageError(f"the secret is none: it is {PREFIX} and {least} to {most} random bytes in base64")
    return key


def headers_of(key: bytes, message_id: str, seconds: int, body: bytes) -> dict[str, str]:
    """Given a key, the id of a message, the time of this attempt in seconds since 1970 and the body, return the headers
    by which the receiver knows who sends."""
    signed = b".".join((message_id.encode(), str(seconds).encode(), body))
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {"webhook-id": message_id, "webhook-timestamp": str(seconds), "webhook-signature": f"v1,{signature}"}
