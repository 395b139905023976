"""The kinds of value that say how a task is asked: headers, a proxy, and what its page must say.

As with the plain kinds, a reader raises ValueError with the end of a sentence.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias
from urllib.parse import urlsplit

from pydantic import PlainSerializer

from py_pinger.config.values.basic import from_text
from py_pinger.config.values.secrets import is_header
from py_pinger.config.values.url import fault
from py_pinger.core.text.urls import MASK, mask

Pairs: TypeAlias = tuple[tuple[str, str], ...]

PROXIES = ("http", "https", "socks5", "socks5h")
LISTS = ("prod", "dev")

# What belongs to a connection, or to what this side of it understands, and not to what is asked.
_OURS = frozenset(
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
        raise ValueError("has the same header twice; keep one of the two")
    return pairs


def _read_header(line: str) -> tuple[str, str]:
    name, colon, value = (part.strip() for part in line.partition(":"))
    if not colon or not is_header(name):
        raise ValueError('has a line that is not "Name: value"; write one header a line')
    if name.lower() in _OURS:
        raise ValueError(f"has {name.lower()}, which is not a task's to choose; leave it out")
    if not (value.isascii() and value.isprintable()):
        raise ValueError("has characters inside that no HTTP header carries; write them as plain ASCII")
    return name, value


def _write_headers(pairs: Pairs) -> str:
    return "".join(f"\n    {name}: {MASK}" for name, _ in pairs)


def _read_proxy(text: str) -> str:
    scheme, _, rest = text.partition("://")
    stand_in = f"http://{rest}"
    if scheme not in PROXIES or fault(stand_in) or not _is_bare(stand_in):
        raise ValueError(
            f"is not the URL of a proxy; write it like http://proxy.example:3128, or with {PROXIES[1]},"
            f" {PROXIES[2]} or {PROXIES[3]} for http"
        )
    return text


def _is_bare(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path in {"", "/"} and not parts.query and not parts.fragment


def _write_proxy(value: str | None) -> str:
    return mask(value) if value else ""


def _read_list(text: str) -> str:
    if text not in LISTS:
        raise ValueError("is neither prod nor dev; write one of the two, or remove the line")
    return text


Headers = Annotated[Pairs, from_text(_read_headers), PlainSerializer(_write_headers)]
Proxy = Annotated[str | None, from_text(_read_proxy), PlainSerializer(_write_proxy)]
ListName = Annotated[str, from_text(_read_list)]
