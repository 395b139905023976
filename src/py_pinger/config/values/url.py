"""What a URL must be before it is asked."""

from __future__ import annotations

from ipaddress import AddressValueError, IPv4Address, ip_address
from re import IGNORECASE
from re import compile as pattern
from urllib.parse import SplitResult, urlsplit

# A comma may stand inside a URL, so it splits only before another one; any scheme counts, so that a
# mistyped one is told of and not swallowed by the URL before it; likewise one with a slash too few.
BEFORE_URL = pattern(r",\s*(?=https?:|[a-z][a-z0-9+.-]*://)", IGNORECASE)

# Some servers and database indexes take no more.
_LONGEST = 2_000

# What DNS carries.
_LONGEST_HOST = 253

_NAME = pattern(r"[\w-]+(\.[\w-]+)*\.?")
_NUMERIC_LABEL = pattern(r"[0-9]+|0[xX][0-9a-fA-F]*")


def parted(text: str) -> list[str]:
    """Return the URLs of a list, which commas and line breaks part."""
    parts = (part for line in text.split("\n") for part in BEFORE_URL.split(line))
    return [item for part in parts if (item := part.strip(" \t,"))]


def fault(url: str) -> str | None:
    """Return what is wrong with a URL, as the end of a sentence that begins with it, or None."""
    if any(sign.isspace() for sign in url):
        return "has a blank inside"
    if "\\" in url or not url.isprintable():
        return "has a backslash or an unprintable character inside"
    if len(url) > _LONGEST:
        return f"is longer than {_LONGEST} characters"
    try:
        parts = urlsplit(url)
        return _fault_of_parts(parts, parts.port)
    except ValueError:
        return "has a host or port that cannot be read"


def _fault_of_parts(parts: SplitResult, port: int | None) -> str | None:
    if parts.scheme not in {"http", "https"}:
        return "does not begin with http:// or https://"
    if not parts.hostname:
        return "names no host"
    if not is_host(parts.hostname):
        return "has a host that is no host name and no IP address"
    if port == 0:
        return "has port 0, which nobody can listen on"
    return None


def is_host(text: str) -> bool:
    """Tell whether this is a host's name or its IP address, without brackets."""
    if ":" in text:
        return "%" not in text and _is_address(text)
    if len(text) > _LONGEST_HOST or not _NAME.fullmatch(text):
        return False
    last = text.rstrip(".").rpartition(".")[2]
    return _is_ipv4(text) if _NUMERIC_LABEL.fullmatch(last) else True


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_ipv4(text: str) -> bool:
    try:
        IPv4Address(text)
    except AddressValueError:
        return False
    return True
