"""Decoding bodies."""

from __future__ import annotations

import gzip
import zlib
from functools import partial

import pytest

from py_pinger.core.model.check import ProbeFailure
from py_pinger.engine.probing.content_encoding import MAX_MEMBERS, decode
from py_pinger.engine.probing.probe_errors import ProbeError

# Without the moment, which would change the tests' names from run to run.
zipped = partial(gzip.compress, mtime=0)

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
        (zipped(TEXT), "gzip", TEXT),
        (zipped(TEXT), "GZIP", TEXT),
        (zipped(TEXT), "x-gzip", TEXT),
        (zipped(TEXT[:5]) + zipped(TEXT[5:]), "gzip", TEXT),
        (zipped(TEXT) + b"\0" * 8, "gzip", TEXT),
        (zlib.compress(TEXT), "Deflate", TEXT),
        (DEFLATED, "deflate", TEXT),
        (zipped(zlib.compress(TEXT)), "deflate, gzip", TEXT),
        (zipped(TEXT), "br, gzip", TEXT),
        (zipped(b" " * LIMIT), "gzip", b" " * LIMIT),
        (zipped(b" " * 5 * LIMIT), "gzip", b" " * LIMIT),
        (zlib.compress(b" " * 5 * LIMIT), "deflate", b" " * LIMIT),
        (zipped(b" " * LIMIT) * 2, "gzip", b" " * LIMIT),
        (b"", "gzip", broken("broken gzip encoding")),
        (TEXT, "gzip", broken("broken gzip encoding")),
        (TEXT, "x-gzip", broken("broken gzip encoding")),
        (zipped(TEXT)[:-9], "gzip", broken("broken gzip encoding")),
        (
            zipped(TEXT) + zipped(TEXT)[:-9],
            "gzip",
            broken("broken gzip encoding"),
        ),
        (zipped(b"") * (MAX_MEMBERS + 1), "gzip", broken("broken gzip encoding")),
        (b"", "deflate", broken("broken deflate encoding")),
        (b"abc", "deflate", broken("broken deflate encoding")),
        (TEXT, "gzip, gzip, gzip, gzip", broken("more than 3 content encodings")),
    ],
)
def test_decode(body: bytes, encodings: str, expected: bytes | ProbeError) -> None:
    """Encodings are decoded as servers really send them, up to the limit; broken ones are errors."""
    assert decode(body, encodings, LIMIT) == expected
