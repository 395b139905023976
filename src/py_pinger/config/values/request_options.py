"""Types of values for the requests to a task.

Headers, a proxy, and the list of URLs it belongs to.

As with the basic types, a reader raises ValueError with the predicate of a sentence.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias
from urllib.parse import urlsplit

from pydantic import PlainSerializer

from py_pinger.config.values.basic import from_text
from py_pinger.config.values.secrets import is_header_name
from py_pinger.config.values.url import url_problem
from py_pinger.core.text.urls import MASK, mask

Pairs: TypeAlias = tuple[tuple[str, str], ...]

PROXIES = ("http", "https", "socks5", "socks5h")
URL_LISTS = ("prod", "dev")
METHODS = ("GET", "HEAD")

# Headers of the connection and of the client's abilities, which Py Pinger sets itself.
_RESERVED = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


def _read_headers(text: str) -> Pairs:
    pairs = tuple(_read_header(line) for line in text.splitlines() if line.strip())
    if len({name.lower() for name, _ in pairs}) < len(pairs):
        raise ValueError("has the same header twice; remove one of them")
    return pairs


def _read_header(line: str) -> tuple[str, str]:
    name, colon, value = (part.strip() for part in line.partition(":"))
    if not colon or not is_header_name(name):
        raise ValueError('has a line that is not "Name: value"; write one header per line')
    if name.lower() in _RESERVED:
        raise ValueError(f"has {name.lower()}, which Py Pinger sets itself; remove it")
    if not (value.isascii() and value.isprintable()):
        raise ValueError("has characters that HTTP headers cannot carry; use plain ASCII")
    return name, value


def _write_headers(pairs: Pairs) -> str:
    return "".join(f"\n    {name}: {MASK}" for name, _ in pairs)


def _read_proxy(text: str) -> str:
    scheme, _, rest = text.partition("://")
    as_http = f"http://{rest}"
    if scheme not in PROXIES or url_problem(as_http) or not _is_bare(as_http):
        raise ValueError(
            "is not the URL of a proxy; use for example http://proxy.example:3128, or one with https, socks5"
            " or socks5h"
        )
    return text


def _is_bare(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path in {"", "/"} and not parts.query and not parts.fragment


def _write_proxy(value: str | None) -> str:
    return mask(value) if value else ""


def _read_list(text: str) -> str:
    if text not in URL_LISTS:
        raise ValueError("is neither prod nor dev; use one of them, or remove the line")
    return text


def _read_method(text: str) -> str:
    if text.upper() not in METHODS:
        raise ValueError("is neither GET nor HEAD; use one of them, or body for POST")
    return text.upper()


def _write_body(value: str | None) -> str:
    return MASK if value else ""


Headers = Annotated[Pairs, from_text(_read_headers), PlainSerializer(_write_headers)]
Proxy = Annotated[str | None, from_text(_read_proxy), PlainSerializer(_write_proxy)]
Method = Annotated[str, from_text(_read_method)]
Body = Annotated[str | None, PlainSerializer(_write_body)]
ListName = Annotated[str, from_text(_read_list)]
