"""URLs: masked for display, in canonical form for comparison, and their origins."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from unicodedata import normalize
from urllib.parse import unquote, urlsplit

MASK = "***"

# Some servers and database indexes accept no more characters.
LONGEST_URL = 2_000

_DEFAULT_PORTS = {"http": 80, "https": 443}
# A percent sign, also one that is encoded once more.
_PERCENT = "%(?:25)*"
# The path or the query may contain another URL, encoded or not: some proxies work that way. The user info
# of an encoded one ends at an encoded slash, while that of another may contain one.
_USERINFO = re.compile(
    rf"(?:(^[^/?#]*//|://)|(?::|{_PERCENT}3A)(?:/|{_PERCENT}2F){{2}})"
    rf"((?(1)[^/?#]*|(?:(?!{_PERCENT}2F)[^/?#])*))(?(1)@|(?:@|{_PERCENT}40))",
    re.IGNORECASE,
)
# The beginning of a parameter, and ahead its name and the sign behind it; parts of names may be encoded.
_PARAMETER = re.compile(
    rf"(?:[?&;#]|{_PERCENT}(?:3F|26|3B|23))(?=([^=&#;?/]{{1,90}}?)(=|{_PERCENT}3D))", re.IGNORECASE
)
_END_OF_VALUE = re.compile("[&#]|$", re.DOTALL)
_END_OF_ENCODED_VALUE = re.compile(rf"[&#]|{_PERCENT}(?:26|23)|$", re.IGNORECASE | re.DOTALL)
_COLON = re.compile(f":|{_PERCENT}3A", re.IGNORECASE)
_SECRET_NAMES = frozenset(
    {
        "token",
        "access_token",
        "auth_token",
        "api_key",
        "apikey",
        "password",
        "passwd",
        "pwd",
        "secret",
        "client_secret",
        "signature",
        "sig",
    }
)
# How often names and values may be encoded.
_DECODINGS = 3
_SCHEME = re.compile(r"^([a-z][a-z0-9+.-]*):/", re.IGNORECASE)
_SLASHES = re.compile(r"/{2,}")
# The origins of nearly all URLs, with the port as text; urlsplit takes six times as long.
_PLAIN_ORIGIN = re.compile(r"(https?)://([a-z0-9._-]+)(?::([1-5][0-9]{4}|[1-9][0-9]{0,3}))?(?![^/?#])")
_MASKED_USERINFO = re.compile(r"(?<=://)[^/?#]*@")
_PARTS = re.compile(r"(https?)://([^/?#]*)(.*)", re.DOTALL)

# Characters: a host name has at most 253, a port six with its colon.
_LONGEST_AUTHORITY = 260


def mask(url: str) -> str:
    """Return the URL with `***` for its credentials and for the values of secret parameters."""
    if not may_have_secrets(url):
        return url
    parts, end = [], 0
    for start, stop in _secret_spans(url):
        parts += [url[end:start], MASK]
        end = stop
    return "".join([*parts, url[end:]])


def may_have_secrets(url: str) -> bool:
    """Return False if a URL certainly has no secret, which most have not."""
    # All patterns need one of these characters, and a start masks each URL several times.
    return "@" in url or "=" in url or "%" in url


def _secret_spans(url: str) -> list[tuple[int, int]]:
    """Return where credentials and secret values begin and end, in order and without overlap."""
    spans = sorted([*(found.span(2) for found in _USERINFO.finditer(url)), *_value_spans(url)])
    kept: list[tuple[int, int]] = []
    for span in spans:
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept


def _value_spans(url: str) -> Iterator[tuple[int, int]]:
    end = 0
    for found in _PARAMETER.finditer(url):
        start = found.end(2)
        # What begins inside a secret value is a part of it.
        if start >= end and _decoded(found[1]).lower() in _SECRET_NAMES:
            pattern = _END_OF_VALUE if found[2] == "=" else _END_OF_ENCODED_VALUE
            last = pattern.search(url, start)
            end = last.start() if last else len(url)
            yield start, end


def _decoded(text: str) -> str:
    for _ in range(_DECODINGS if "%" in text else 0):
        text = unquote(text)
    return text


def mask_path(url: str) -> str:
    """Return `scheme://host/***`, for a URL whose path is the secret, such as a webhook's."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/{MASK}"


def secrets_in(url: str) -> frozenset[str]:
    """Return the parts that `mask` hides, as written and decoded.

    A user name only without a password.
    """
    if not may_have_secrets(url):
        return frozenset()
    userinfos = (_COLON.split(found[2], maxsplit=1) for found in _USERINFO.finditer(url))
    values = {parts[-1] or parts[0] for parts in userinfos}
    values |= {url[start:end] for start, end in _value_spans(url)}
    return frozenset(values | set(map(unquote, values)) | set(map(_decoded, values))) - {""}


def secrets_of(headers: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return the secrets in headers.

    Values, values without their scheme, and the values of cookies.
    """
    return frozenset(form for name, value in headers for form in _forms(name, value))


def _forms(name: str, value: str) -> tuple[str, ...]:
    cookies = value.split(";") if name.lower() == "cookie" else ()
    return value, value.rpartition(" ")[2], *(cookie.partition("=")[2].strip() for cookie in cookies)


def origin(url: str) -> str:
    """Return `scheme://host:port`, with the default port of the scheme if the URL has none.

    Raises ValueError if the URL's host or port cannot be read.
    """
    if plain := _PLAIN_ORIGIN.match(url):
        scheme, host, given = plain.groups()
        return f"{scheme}://{host}:{given or _DEFAULT_PORTS[scheme]}"
    parts = urlsplit(url)
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
    return f"{parts.scheme}://{shown}:{port}"


def is_identifying(url: str) -> bool:
    """Return True if a URL, masked as far as it is configured, can identify a task.

    One in which more would be masked could be that of several tasks.
    """
    return len(url) <= LONGEST_URL and mask(url) == url


def canonical(url: str) -> str:
    """Return the form in which a monitored URL and a request for it are compared.

    A request may be encoded or raw, with slashes merged by a proxy, with its secrets or masked, with or
    without the default port and the slash after the host, with a host name in Unicode or as `xn--`; all of
    these have the same form. It is for comparison only and cannot be requested.
    """
    # Masked before decoding, so that an encoded "&" inside a secret does not end it early, and again after.
    plain = mask(_with_slashes(unquote(mask(_with_slashes(url)))))
    return _normalize(_MASKED_USERINFO.sub("", plain, count=1))


def _with_slashes(url: str) -> str:
    return _SCHEME.sub(lambda scheme: f"{scheme[1].lower()}://", _SLASHES.sub("/", url))


def _normalize(url: str) -> str:
    found = _PARTS.fullmatch(url)
    if found is None:
        return url
    scheme, authority, rest = found.groups()
    host, colon, port = authority.lower().rpartition(":")
    if colon and port == str(_DEFAULT_PORTS.get(scheme)):
        authority = host
    slash = "" if rest.startswith("/") else "/"
    return f"{scheme}://{_to_unicode(authority.lower())}{slash}{rest}"


def _to_unicode(authority: str) -> str:
    """Return the host name with its `xn--` labels decoded.

    A name that is too long stays as it is.
    """
    if "xn--" not in authority or len(authority) > _LONGEST_AUTHORITY:
        return normalize("NFC", authority)
    return normalize("NFC", ".".join(map(_decode_label, authority.split("."))))


def _decode_label(label: str) -> str:
    name, colon, port = label.partition(":")
    if not name.startswith("xn--"):
        return label
    try:
        return f"{name.removeprefix('xn--').encode('ascii').decode('punycode')}{colon}{port}"
    except UnicodeError:
        return label
