"""The bytes of a page as UTF-8."""

from __future__ import annotations

from typing import Final

# Byte order marks.
_UTF_8: Final = b"\xef\xbb\xbf"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")


def in_utf_8(body: bytes) -> bytes:
    """Return a page in UTF-8 without a byte order mark, also one in UTF-16, as PowerShell writes files."""
    if body.startswith(_UTF_16):
        return body.decode("utf-16", "replace").encode("utf-8", "replace")
    return body.removeprefix(_UTF_8)


def lines_of(body: bytes) -> list[str]:
    """Return the lines of a page; bytes that are not UTF-8 are replaced."""
    return in_utf_8(body).decode("utf-8", "replace").splitlines()
