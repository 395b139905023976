"""The end of a certificate, read from the certificate itself.

Python's own TLS tells it of those certificates alone that it has verified, and a library would cost 16 MB.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from re import compile as pattern

# The tags of DER that stand before the two times of a certificate.
_VERSION, _UTC_TIME, _GENERALIZED_TIME = 0xA0, 0x17, 0x18

# Of the parts of a certificate without its version: serial number, algorithm, issuer, then these.
_VALIDITY = 3

# Two digits of a year mean this century from here on, and the one before it above.
_LAST_YEAR_OF_OURS = 49

_TIME = pattern(rb"(\d\d)?(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z")
_LONG, _LENGTH_OF_LENGTH = 0x80, 0x7F


def end_of(certificate: bytes) -> datetime | None:
    """Return until when a certificate in DER is valid; None if it cannot be read, whatever the bytes are."""
    try:
        return _end(certificate)
    except (ValueError, IndexError, StopIteration):
        return None


def _end(certificate: bytes) -> datetime:
    _, whole = next(_parts(certificate))
    _, signed = next(_parts(whole))
    parts = [content for tag, content in islice(_parts(signed), _VALIDITY + 2) if tag != _VERSION]
    _, (tag, text) = islice(_parts(parts[_VALIDITY]), 2)
    if tag not in {_UTC_TIME, _GENERALIZED_TIME}:
        raise ValueError("the end is no time")
    return _time(text)


def _parts(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the tag and the content of each value in DER."""
    while content:
        tag, length, start = content[0], content[1], 2
        if length & _LONG:
            start += length & _LENGTH_OF_LENGTH
            length = int.from_bytes(content[2:start])
        yield tag, content[start : start + length]
        content = content[start + length :]


def _time(text: bytes) -> datetime:
    found = _TIME.fullmatch(text)
    if not found:
        raise ValueError("the end is no time in UTC")
    century, year, *rest = (int(part or 0) for part in found.groups())
    if found[1] is None:
        century = 20 if year <= _LAST_YEAR_OF_OURS else 19
    month, day, hour, minute, second = rest
    return datetime(100 * century + year, month, day, hour, minute, second, tzinfo=UTC)
