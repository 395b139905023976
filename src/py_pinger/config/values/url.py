"""What a URL must be before it is requested, and how lists of URLs are split."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, ip_address
from unicodedata import category
from urllib.parse import SplitResult, urlsplit

from py_pinger.core.text.urls import LONGEST_URL

# A comma may be part of a URL, so it separates only before another URL. Any scheme counts, so that a
# mistyped one is reported instead of becoming part of the URL before it; so does one with a slash too few.
BEFORE_URL = re.compile(r",\s*(?=https?:|[a-z][a-z0-9+.-]*://)", re.IGNORECASE)

# The longest name that DNS can carry.
_LONGEST_HOST = 253

# Most URLs of most lists, of which nothing is wrong: a host name whose last label begins with a letter, or an
# IPv4 address. To check all parts takes ten times as long, and a start checks each URL.
_LONGEST_PLAIN = 200
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_PLAIN_URL = re.compile(
    rf"https?://(?:(?:[\w-]+\.)*[a-z][\w-]*|{_OCTET}(?:\.{_OCTET}){{3}})"
    r"(?::(?:[1-5][0-9]{4}|[1-9][0-9]{0,3}))?(?:[/?#][!-\[\]-~]*)?",
    re.ASCII,
)
_BLANK = re.compile(r"\s")

_NAME = re.compile(r"[\w-]+(\.[\w-]+)*\.?")
_NUMERIC_LABEL = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")


def split_urls(text: str) -> list[str]:
    """Return the URLs of a list that is separated by commas and line breaks."""
    parts = (part for line in text.split("\n") for part in BEFORE_URL.split(line))
    return [item for part in parts if (item := part.strip(" \t,"))]


def url_problem(url: str) -> str | None:
    """Return what is wrong with a URL, as the predicate of a sentence about it; or None."""
    if len(url) <= _LONGEST_PLAIN and _PLAIN_URL.fullmatch(url):
        return None
    if _BLANK.search(url):
        return "contains whitespace"
    if "\\" in url or not url.isprintable():
        return "contains a backslash or an unprintable character"
    if len(url) > LONGEST_URL:
        return f"is longer than {LONGEST_URL} characters"
    try:
        parts = urlsplit(url)
        return _problem_of_parts(parts, parts.port)
    except ValueError:
        return "has an invalid host or port"


def is_url(text: str) -> bool:
    """Return True if a text is a URL of which nothing is wrong."""
    return "//" in text and url_problem(text) is None


def _problem_of_parts(parts: SplitResult, port: int | None) -> str | None:
    if parts.scheme not in {"http", "https"}:
        return "does not begin with http:// or https://"
    if not parts.hostname:
        return "has no host name"
    if not is_host(parts.hostname):
        return "has an invalid host name or IP address"
    if port == 0:
        return "has port 0, which cannot be connected to"
    return None


def is_host(text: str) -> bool:
    """Return True if the text is a host name or an IP address without brackets."""
    if ":" in text:
        return "%" not in text and _is_address(text)
    # Combining marks are part of a letter: of most letters in Hindi and Thai, and of a decomposed ü.
    letters = "".join(sign for sign in text if not category(sign).startswith("M"))
    if len(text) > _LONGEST_HOST or not _NAME.fullmatch(letters):
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
