"""Types of values that are lists, separated by commas or line breaks: tuples.

As with the basic types, a reader raises ValueError with the predicate of a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, TypeAlias, TypeVar

from pydantic import PlainSerializer

from py_pinger.config.values.basic import from_text
from py_pinger.config.values.url import is_host, split_urls, url_problem
from py_pinger.core.model.check import Cause
from py_pinger.core.text.durations import parse_duration
from py_pinger.core.text.urls import mask

# The pages that may be open without the web password.
PUBLIC_PAGES = ("healthz", "task", "badge", "metrics", "wall")

# The longest lifetime of a certificate that browsers accept, in days.
_MOST_DAYS = 398
_DAY = timedelta(days=1)

_SEPARATOR = re.compile(r"[,\n]")
_LABEL = re.compile(r"([a-zA-Z_]\w*) *= *(.*\S)", re.ASCII)

Network: TypeAlias = IPv4Network | IPv6Network
_Item = TypeVar("_Item")


def _each(read: Callable[[str], _Item], text: str) -> tuple[_Item, ...]:
    return tuple(dict.fromkeys(read(item) for part in _SEPARATOR.split(text) if (item := part.strip())))


def _read_hosts(text: str) -> tuple[str, ...]:
    return _each(_read_host, text)


def _read_host(text: str) -> str:
    if not is_host(text.strip("[]")):
        raise ValueError(
            "has an item that is not a valid host name or IP address; use for example a.example, b.example"
        )
    return text.strip("[]").lower()


def _read_networks(text: str) -> tuple[Network, ...]:
    return _each(_read_network, text)


def _read_network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError:
        raise ValueError(
            "has an item that is not an IP address or a network; use for example 127.0.0.1, 10.0.0.0/8"
        ) from None


def _read_public_pages(text: str) -> tuple[str, ...]:
    return _each(_read_public_page, text)


def _read_public_page(text: str) -> str:
    if text not in PUBLIC_PAGES:
        raise ValueError(f"has an item other than {', '.join(PUBLIC_PAGES)}; remove it")
    return text


def read_patterns(text: str) -> tuple[str, ...]:
    """Return patterns; raises ValueError with the predicate of a sentence."""
    return _each(_read_pattern, text)


def _read_pattern(text: str) -> str:
    if not text.isprintable():
        raise ValueError("has an unprintable character; use patterns such as web-*, db-?")
    return text


def _read_causes(text: str) -> tuple[Cause, ...]:
    return _each(_read_cause, text)


def _read_cause(text: str) -> Cause:
    try:
        return Cause(text.lower())
    except ValueError:
        raise ValueError(f"has an item other than {', '.join(Cause)}; remove it") from None


def _read_days(text: str) -> tuple[timedelta, ...]:
    return tuple(sorted(_each(_read_day, text), reverse=True))


def _read_day(text: str) -> timedelta:
    length = parse_duration(text, _DAY)
    if length is None or length % _DAY or not _DAY <= length <= _MOST_DAYS * _DAY:
        raise ValueError(
            f"has an item that is not a whole number of days from 1 to {_MOST_DAYS}; use for example 21, 7d"
        )
    return length


def _read_urls(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(_read_url, split_urls(text))))


def _read_url(text: str) -> str:
    if why := url_problem(text):
        raise ValueError(
            f"has an item that {why}; use complete URLs such as https://example.com/, separated by commas"
        )
    return text


def _read_labels(text: str) -> tuple[tuple[str, str], ...]:
    return _each(_read_label, text)


def _read_label(text: str) -> tuple[str, str]:
    parts = _LABEL.fullmatch(text)
    if not parts or not text.isprintable():
        raise ValueError("has an item that is not NAME=VALUE; use for example severity=page, team=ops")
    return parts[1], parts[2]


def _joined(values: tuple[object, ...]) -> str:
    return ", ".join(map(str, values))


def _as_pairs(values: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(f"{name}={value}" for name, value in values)


def _in_days(values: tuple[timedelta, ...]) -> str:
    return ", ".join(str(value.days) for value in values)


def _masked(values: tuple[str, ...]) -> str:
    return ", ".join(map(mask, values))


Hosts = Annotated[tuple[str, ...], from_text(_read_hosts), PlainSerializer(_joined)]
Networks = Annotated[tuple[Network, ...], from_text(_read_networks), PlainSerializer(_joined)]
DayList = Annotated[tuple[timedelta, ...], from_text(_read_days), PlainSerializer(_in_days)]
PublicPages = Annotated[tuple[str, ...], from_text(_read_public_pages), PlainSerializer(_joined)]
Patterns = Annotated[tuple[str, ...], from_text(read_patterns), PlainSerializer(_masked)]
Causes = Annotated[tuple[Cause, ...], from_text(_read_causes), PlainSerializer(_joined)]
Urls = Annotated[tuple[str, ...], from_text(_read_urls), PlainSerializer(_masked)]
Labels = Annotated[tuple[tuple[str, str], ...], from_text(_read_labels), PlainSerializer(_as_pairs)]
