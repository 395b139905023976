"""Decode the body of a response by its Content-Encoding, up to a limit."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from py_pinger.core.model.check import ProbeFailure
from py_pinger.core.model.fault import FaultCode
from py_pinger.engine.probing.probe_errors import ProbeError

ACCEPTED_ENCODINGS = "gzip, deflate"

# The `wbits` of zlib for a gzip member, a zlib stream, and a deflate stream without a header.
_GZIP, _ZLIB, _RAW = 31, 15, -15

_GZIP_MAGIC = b"\x1f\x8b"

# The low four bits of the first byte of a zlib stream.
_ZLIB_METHOD = 8

# Encodings on top of each other; more serve no page.
MAX_LAYERS = 3

# Members of one gzip; each costs a copy of the rest.
MAX_MEMBERS = 100


def decode(body: bytes, encodings: str, limit: int) -> bytes | ProbeError:
    """Return the decoded body, cut after `limit` bytes (at least 1).

    Names of encodings are compared without case. A body with an unknown encoding is returned as it is: what
    it holds is for the reader of the page to say.
    """
    layers = [name for name in map(str.strip, encodings.lower().split(",")) if name not in {"", "identity"}]
    if len(layers) > MAX_LAYERS:
        return ProbeError(
            ProbeFailure.PROTOCOL,
            f"more than {MAX_LAYERS} content encodings",
            code=FaultCode.BROKEN_ENCODING,
        )
    for name in reversed(layers):
        decoder = _DECODERS.get(name)
        if decoder is None:
            return body
        try:
            body = decoder(body, limit)
        except zlib.error:
            broken = f"broken {name.removeprefix('x-')} encoding"
            return ProbeError(ProbeFailure.PROTOCOL, broken, code=FaultCode.BROKEN_ENCODING)
    return body


def _gunzip(body: bytes, limit: int) -> bytes:
    """Return the content of all members of a gzip.

    What follows the last one is ignored, as by gzip.
    """
    decoded = b""
    for _ in range(MAX_MEMBERS):
        part, body = _inflate(body, _GZIP, limit - len(decoded))
        decoded += part
        if len(decoded) >= limit or not body.startswith(_GZIP_MAGIC):
            return decoded
    raise zlib.error("too many members")


def _inflate_any(body: bytes, limit: int) -> bytes:
    """Return the content of a deflate encoding, with or without a zlib header."""
    wrapped = bool(body) and body[0] & 0x0F == _ZLIB_METHOD
    return _inflate(body, _ZLIB if wrapped else _RAW, limit)[0]


def _inflate(body: bytes, wbits: int, limit: int) -> tuple[bytes, bytes]:
    """Return at most `limit` decoded bytes, and the rest of the body after the stream."""
    decoder = zlib.decompressobj(wbits)
    decoded = decoder.decompress(body, limit)
    if not decoder.eof and len(decoded) < limit:
        raise zlib.error("the stream has no end")
    return decoded, decoder.unused_data


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate_any,
}
