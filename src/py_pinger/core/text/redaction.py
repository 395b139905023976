"""Masks secrets in responses: a server may repeat what it was sent."""

from __future__ import annotations

from collections.abc import Collection

import orjson

from py_pinger.core.text.urls import MASK

# Characters; a shorter secret is too likely to occur in ordinary text.
SHORTEST_SECRET = 4

_MASK = MASK.encode()
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def redact(body: bytes, secrets: Collection[str]) -> bytes:
    """Return a body with `***` for each secret, also if JSON has escaped it."""
    long = [secret for secret in secrets if len(secret) >= SHORTEST_SECRET]
    if not long:
        return body
    spellings = _spellings(long)
    if b"\\" in body:
        body = _unescaped(body, spellings)
    for spelling in spellings:
        body = body.replace(spelling, _MASK)
    return body


def _spellings(secrets: Collection[str]) -> list[bytes]:
    """Return the secrets plain and as JSON writes them, the longest first.

    One may contain another.
    """
    plain = {secret.encode(errors="replace") for secret in secrets}
    quoted = {orjson.dumps(secret.decode())[1:-1] for secret in plain}
    return sorted(plain | quoted, key=len, reverse=True)


def _unescaped(body: bytes, spellings: Collection[bytes]) -> bytes:
    """Return the body unchanged, or without escapes if one hides a secret."""
    try:
        plain = orjson.dumps(orjson.loads(body.removeprefix(_BYTE_ORDER_MARK)))
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        # It cannot be read as a report anyway, so it may be dropped.
        return _MASK if _hidden(body, spellings) else body
    return plain if any(spelling in plain for spelling in spellings) else body


def _hidden(body: bytes, spellings: Collection[bytes]) -> bool:
    """Return True if escapes in a body that is not JSON hide a secret."""
    text = body.decode("raw_unicode_escape", "replace").replace("\\/", "/")
    # Escapes became characters; other bytes became one character each.
    forms = {form for spelling in spellings for form in (spelling.decode(), spelling.decode("latin-1"))}
    whole = body.decode("latin-1")
    return any(form in text and form not in whole for form in forms)
