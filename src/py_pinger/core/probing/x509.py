"""Read the expiry time of an X.509 certificate.

Python's `ssl` shows it for verified certificates only, and a library would cost 16 MB of memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

# DER tags of the optional version and of the two notations of a time.
_VERSION, _UTC_TIME, _GENERALIZED_TIME = 0xA0, 0x17, 0x18

# Index of the validity among the parts after the version: serial number, algorithm, issuer, validity.
_VALIDITY = 3

# Two-digit years up to this one belong to the 21st century, later ones to the 20th (RFC 5280).
_LAST_TWO_DIGIT_YEAR = 49

_TIME = re.compile(rb"(\d\d)?(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z")
_LONG, _LENGTH_OF_LENGTH = 0x80, 0x7F


def end_of(certificate: bytes) -> datetime | None:
    """Return when a certificate in DER expires.

    None if it cannot be read, whatever the bytes are.
    """
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
        raise ValueError("the expiry is not a time")
    return _time(text)


def _parts(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the tag and the content of each DER value."""
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
        raise ValueError("the expiry is not a time in UTC")
    century, year, *rest = (int(part or 0) for part in found.groups())
    if found[1] is None:
        century = 20 if year <= _LAST_TWO_DIGIT_YEAR else 19
    month, day, hour, minute, second = rest
    return datetime(100 * century + year, month, day, hour, minute, second, tzinfo=UTC)
