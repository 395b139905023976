"""The kinds of value that hold several things, parted by commas or line breaks: tuples.

As with the single kinds, a reader raises ValueError with the end of a sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from re import ASCII
from re import compile as pattern
from typing import Annotated, TypeAlias, TypeVar

from pydantic import PlainSerializer

from py_pinger.config.values.basic import from_text
from py_pinger.config.values.url import fault, is_host, parted
from py_pinger.core.model.check import Cause
from py_pinger.core.text.urls import mask

# What may be left open without the web password.
DOORS = ("healthz", "task", "badge", "metrics")

# No certificate is made for longer any more.
_MOST_DAYS = 398

_PARTING = pattern(r"[,\n]")
_LABEL = pattern(r"([a-zA-Z_]\w*) *= *(.*\S)", ASCII)

Network: TypeAlias = IPv4Network | IPv6Network
_Item = TypeVar("_Item")


def _each(read: Callable[[str], _Item], text: str) -> tuple[_Item, ...]:
    return tuple(dict.fromkeys(read(item) for part in _PARTING.split(text) if (item := part.strip())))


def _read_hosts(text: str) -> tuple[str, ...]:
    return _each(_read_host, text)


def _read_host(text: str) -> str:
    if not is_host(text.strip("[]")):
        raise ValueError(
            "has a part that is no host name and no IP address; write them like a.example, b.example"
        )
    return text.strip("[]").lower()


def _read_networks(text: str) -> tuple[Network, ...]:
    return _each(_read_network, text)


def _read_network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError:
        raise ValueError(
            "has a part that is no IP address and no network; write them like 127.0.0.1, 10.0.0.0/8"
        ) from None


def _read_doors(text: str) -> tuple[str, ...]:
    return _each(_read_door, text)


def _read_door(text: str) -> str:
    if text not in DOORS:
        raise ValueError(f"has a part that is none of {', '.join(DOORS)}; leave the others out")
    return text


def _read_patterns(text: str) -> tuple[str, ...]:
    return _each(_read_pattern, text)


def _read_pattern(text: str) -> str:
    if not text.isprintable():
        raise ValueError("has an unprintable character inside; write patterns like web-*, db-?")
    return text


def _read_causes(text: str) -> tuple[Cause, ...]:
    return _each(_read_cause, text)


def _read_cause(text: str) -> Cause:
    try:
        return Cause(text.lower())
    except ValueError:
        raise ValueError(f"has a part that is none of {', '.join(Cause)}; leave the others out") from None


def _read_days(text: str) -> tuple[timedelta, ...]:
    return tuple(sorted(_each(_read_day, text), reverse=True))


def _read_day(text: str) -> timedelta:
    if not (text.isascii() and text.isdecimal() and 0 < int(text) <= _MOST_DAYS):
        raise ValueError(
            f"has a part that is not a whole number of days from 1 to {_MOST_DAYS}; write them like 21, 7, 1"
        )
    return timedelta(days=int(text))


def _read_urls(text: str) -> tuple[str, ...]:
    return tuple(map(_read_url, parted(text)))


def _read_url(text: str) -> str:
    if why := fault(text):
        raise ValueError(
            f"has a part that {why}; write whole URLs, like https://example.com/, parted by commas"
        )
    return text


def _read_labels(text: str) -> tuple[tuple[str, str], ...]:
    return _each(_read_label, text)


def _read_label(text: str) -> tuple[str, str]:
    parts = _LABEL.fullmatch(text)
    if not parts or not text.isprintable():
        raise ValueError("has a part that is no NAME=VALUE; write them like severity=page, team=ops")
    return parts[1], parts[2]


def _joined(values: tuple[object, ...]) -> str:
    return ", ".join(map(str, values))


def _paired(values: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(f"{name}={value}" for name, value in values)


def _counted(values: tuple[timedelta, ...]) -> str:
    return ", ".join(str(value.days) for value in values)


def _masked(values: tuple[str, ...]) -> str:
    return ", ".join(map(mask, values))


Hosts = Annotated[tuple[str, ...], from_text(_read_hosts), PlainSerializer(_joined)]
Networks = Annotated[tuple[Network, ...], from_text(_read_networks), PlainSerializer(_joined)]
DayList = Annotated[tuple[timedelta, ...], from_text(_read_days), PlainSerializer(_counted)]
Doors = Annotated[tuple[str, ...], from_text(_read_doors), PlainSerializer(_joined)]
Patterns = Annotated[tuple[str, ...], from_text(_read_patterns), PlainSerializer(_masked)]
Causes = Annotated[tuple[Cause, ...], from_text(_read_causes), PlainSerializer(_joined)]
Urls = Annotated[tuple[str, ...], from_text(_read_urls), PlainSerializer(_masked)]
Labels = Annotated[tuple[tuple[str, str], ...], from_text(_read_labels), PlainSerializer(_paired)]
