"""A URL as it is shown, as it is compared, and whom it belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from re import IGNORECASE, Match
from re import compile as pattern
from urllib.parse import unquote, urlsplit

MASK = "***"

_DEFAULT_PORTS = {"http": 80, "https": 443}
# Another URL may stand in the path: some proxies are asked that way.
_USERINFO = pattern(r"(^[^/?#]*//|://)([^/?#]*)@")
_SECRET_PARAMETER = pattern(
    r"(?<=[?&;#])"
    r"(token|access_token|auth_token|api_key|apikey|password|passwd|pwd|secret|client_secret|signature|sig)"
    r"=[^&#]*",
    IGNORECASE,
)
_SCHEME = pattern(r"^([a-z][a-z0-9+.-]*):/", IGNORECASE)
_SLASHES = pattern(r"/{2,}")
_MASKED_USERINFO = pattern(r"(?<=://)[^/?#]*@")
_AUTHORITY = pattern(r"(?<=://)[^/?#]*")


def mask(url: str) -> str:
    """Return the URL with `***` for its credentials and for the values of parameters that carry secrets."""
    return _SECRET_PARAMETER.sub(rf"\1={MASK}", _USERINFO.sub(rf"\1{MASK}@", url))


def mask_path(url: str) -> str:
    """Return `scheme://host/***`, for a URL whose path itself is the secret, as that of a webhook is."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/{MASK}"


def secrets_in(url: str) -> frozenset[str]:
    """Return what `mask` hides of a URL, as it stands and decoded; a user name only where it stands alone."""
    userinfos = (found[2].partition(":") for found in _USERINFO.finditer(url))
    credentials = {password or user for user, _, password in userinfos}
    values = credentials | {found[0].partition("=")[2] for found in _SECRET_PARAMETER.finditer(url)}
    return frozenset(values | {unquote(value) for value in values}) - {""}


def secrets_of(headers: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return what is secret of headers: values, without a scheme's name before them, and of each cookie."""
    return frozenset(form for name, value in headers for form in _forms(name, value))


def _forms(name: str, value: str) -> tuple[str, ...]:
    cookies = value.split(";") if name.lower() == "cookie" else ()
    return value, value.rpartition(" ")[2], *(cookie.partition("=")[2].strip() for cookie in cookies)


def origin(url: str) -> str:
    """Return `scheme://host:port`, with the scheme's own port filled in where the URL names none.

    Raises ValueError where the URL's host or port cannot be read.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
    return f"{parts.scheme}://{shown}:{port}"


def canonical(url: str) -> str:
    """Return the one form under which a watched URL and a request for it meet.

    A request comes encoded or raw, with its slashes merged by a proxy, with its secrets or masked; all of
    these come out alike. The form is for comparing only: nothing can be fetched by it.
    """
    # Masked once before decoding, lest an encoded "&" inside a secret end it early, and once after.
    plain = mask(_mended(unquote(mask(_mended(url)))))
    return _AUTHORITY.sub(_lowered, _MASKED_USERINFO.sub("", plain, count=1), count=1)


def _mended(url: str) -> str:
    return _SCHEME.sub(lambda scheme: f"{scheme[1].lower()}://", _SLASHES.sub("/", url))


def _lowered(part: Match[str]) -> str:
    return part[0].lower()
