"""Decoding bodies."""

from __future__ import annotations

import gzip
import zlib

import pytest

from py_pinger.core.model.check import ProbeFailure
from py_pinger.engine.probing.content_encoding import MAX_MEMBERS, decode
from py_pinger.engine.probing.probe_errors import ProbeError

TEXT = b'{"status": "ok"}'
LIMIT = 1000
RAW = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
DEFLATED = RAW.compress(TEXT) + RAW.flush()


def broken(detail: str) -> ProbeError:
    """Return the error for a body that cannot be decoded."""
    return ProbeError(ProbeFailure.PROTOCOL, detail)


@pytest.mark.parametrize(
    ("body", "encodings", "expected"),
    [
        (TEXT, "", TEXT),
        (TEXT, "identity", TEXT),
        (TEXT, "utf-8", TEXT),
        (gzip.compress(TEXT, mtime=0), "gzip", TEXT),
        (gzip.compress(TEXT, mtime=0), "GZIP", TEXT),
        (gzip.compress(TEXT, mtime=0), "x-gzip", TEXT),
        (gzip.compress(TEXT[:5], mtime=0) + gzip.compress(TEXT[5:], mtime=0), "gzip", TEXT),
        (gzip.compress(TEXT, mtime=0) + b"\0" * 8, "gzip", TEXT),
        (zlib.compress(TEXT), "Deflate", TEXT),
        (DEFLATED, "deflate", TEXT),
        (gzip.compress(zlib.compress(TEXT)), "deflate, gzip", TEXT),
        (gzip.compress(TEXT, mtime=0), "br, gzip", TEXT),
        (gzip.compress(b" " * LIMIT), "gzip", b" " * LIMIT),
        (gzip.compress(b" " * 5 * LIMIT), "gzip", b" " * LIMIT),
        (zlib.compress(b" " * 5 * LIMIT), "deflate", b" " * LIMIT),
        (gzip.compress(b" " * LIMIT) * 2, "gzip", b" " * LIMIT),
        (b"", "gzip", broken("broken gzip encoding")),
        (TEXT, "gzip", broken("broken gzip encoding")),
        (TEXT, "x-gzip", broken("broken gzip encoding")),
        (gzip.compress(TEXT, mtime=0)[:-9], "gzip", broken("broken gzip encoding")),
        (
            gzip.compress(TEXT, mtime=0) + gzip.compress(TEXT, mtime=0)[:-9],
            "gzip",
            broken("broken gzip encoding"),
        ),
        (gzip.compress(b"") * (MAX_MEMBERS + 1), "gzip", broken("broken gzip encoding")),
        (b"", "deflate", broken("broken deflate encoding")),
        (b"abc", "deflate", broken("broken deflate encoding")),
        (TEXT, "gzip, gzip, gzip, gzip", broken("more than 3 content encodings")),
    ],
)
def test_decode(body: bytes, encodings: str, expected: bytes | ProbeError) -> None:
    """Encodings are decoded as servers really send them, up to the limit; broken ones are errors."""
    assert decode(body, encodings, LIMIT) == expected
