"""Secrets that come back: a server that echoes what it was sent must not make us show it."""

from __future__ import annotations

from collections.abc import Collection
from re import Match
from re import compile as pattern

import orjson

from py_pinger.core.address import MASK

# Characters below which a secret is too likely to be part of an innocent word.
SHORTEST_SECRET = 4

_MASK = MASK.encode()
_ESCAPE = pattern(
    rb"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))"
)

_SURROGATE = pattern(rb"[dD][89a-fA-F]")


def without(body: bytes, secrets: Collection[str]) -> bytes:
    """Return a body with `***` for each secret, however JSON may have escaped it."""
    if not secrets:
        return body
    spellings = _spellings(secrets)
    if b"\\" in body:
        plain = _ESCAPE.sub(_unescaped, body)
        # As it stands unless an escape hides a secret: what is no JSON should not change.
        body = plain if any(spelling in plain for spelling in spellings) else body
    for spelling in spellings:
        body = body.replace(spelling, _MASK)
    return body


def _spellings(secrets: Collection[str]) -> list[bytes]:
    """Return the secrets as they are and as JSON spells them, the longest first: one may hold another."""
    long = [secret for secret in secrets if len(secret) >= SHORTEST_SECRET]
    plain = {secret.encode(errors="replace") for secret in long}
    quoted = {orjson.dumps(secret.decode())[1:-1] for secret in plain}
    return sorted(plain | quoted, key=len, reverse=True)


def _unescaped(escape: Match[bytes]) -> bytes:
    """Return an escape as the character it stands for, or in its shortest spelling if it has to stay one."""
    high, low, unit, _ = escape.groups()
    if high:
        pair = int(high, 16) << 16 | int(low, 16)
        return pair.to_bytes(4).decode("utf-16-be").encode()
    if unit and not _SURROGATE.match(unit):
        return orjson.dumps(chr(int(unit, 16)))[1:-1]
    return b"/" if escape[0] == b"\\/" else escape[0]
