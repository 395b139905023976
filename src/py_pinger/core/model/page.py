"""What a section [page NAME] says: how a page that is not ours is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import quote, unquote

# An expression that names a response header instead of a place on the page, whatever the page is.
HEADER_PREFIX: Final = "header:"

# Characters of an expression, and levels of brackets in it. Deeper ones exhaust the stack of their parsers.
EXPRESSION_LENGTH: Final = 1000
EXPRESSION_DEPTH: Final = 50

# Items of a page that are read, and values of one item that are tried for the newest moment.
ITEMS_READ: Final = 1000
VALUES_READ: Final = 10_000

# Characters of an item's name and of a header's value.
NAME_LENGTH: Final = 200
HEADER_LENGTH: Final = 256

# Bytes of a page, or of the part of it that is about one item, that are kept to be shown to people.
SAMPLE_LENGTH: Final = 4096


# The fragment that stands for all items of a page.
_ALL_ITEMS: Final = "*"


def item_of(url: str) -> str | None:
    """Return the item that a URL's fragment names; None without a fragment."""
    # As urlsplit would find it, which takes 30 microseconds, for each item of a page.
    fragment = url.partition("#")[2]
    return unquote(fragment) if fragment else None


def is_for_all(url: str) -> bool:
    """Return True if a URL stands for all items of its page; an item named * would be `#%2A`."""
    return url.partition("#")[2] == _ALL_ITEMS


def page_of(url: str) -> str:
    """Return a URL without the fragment that names an item of the page."""
    return url.partition("#")[0]


def item_url(page: str, name: str) -> str:
    """Return the URL of an item of a page; its name may have any characters."""
    return f"{page_of(page)}#{quote(name, safe='/:', errors='replace')}"


class PageKind(StrEnum):
    """What a page is."""

    JSON = "json"
    XML = "xml"
    METRICS = "metrics"
    TEXT = "text"
    HEADERS = "headers"


class Unit(StrEnum):
    """What numbers that stand for moments count, since 1970-01-01 UTC."""

    SECONDS = "s"
    MILLISECONDS = "ms"
    MICROSECONDS = "us"
    NANOSECONDS = "ns"

    @property
    def per_second(self) -> int:
        """How many of it a second has."""
        return {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[self.value]


@dataclass(frozen=True, slots=True)
class PageDefinition:
    """How a page is read into the keys of the contract. Each key holds an expression, or None.

    `each` finds the items of a page and `item_name` the name of each. `ok`, `warn` and `error` are words or
    wildcard patterns for the value of `status`. `frequency_unit` is what its `frequency` counts. `format` is
    for `strptime`; `zone` holds for moments without an offset, and for a `schedule` where the place of its
    `schedule_timezone` is empty.
    """

    name: str
    kind: PageKind = PageKind.JSON
    lastrun: str = ""
    each: str | None = None
    item_name: str | None = None
    unit: Unit = Unit.SECONDS
    format: str | None = None
    zone: str = "UTC"
    status: str | None = None
    ok: tuple[str, ...] = ("ok",)
    warn: tuple[str, ...] = ()
    error: tuple[str, ...] = ()
    reason: str | None = None
    process: str | None = None
    server: str | None = None
    frequency: str | None = None
    frequency_unit: timedelta = timedelta(minutes=1)
    schedule: str | None = None
    schedule_timezone: str | None = None

    @property
    def has_items(self) -> bool:
        """Whether one page describes several tasks, each named by the fragment of its URL."""
        return self.item_name is not None

    @property
    def states_when(self) -> bool:
        """Whether it says how often its tasks run, or by which schedule."""
        return self.frequency is not None or self.schedule is not None

    @property
    def expressions(self) -> dict[str, str]:
        """The expressions by the keys of the ini file."""
        keys = ("each", "lastrun", "status", "reason", "process", "server")
        when = ("frequency", "schedule", "schedule_timezone")
        found = {"name": self.item_name} | {key: getattr(self, key) for key in (*keys, *when)}
        return {key: text for key, text in found.items() if text}

    @property
    def headers(self) -> frozenset[str]:
        """The response headers that it reads, in lower case."""
        named = (text for text in self.expressions.values() if text.lower().startswith(HEADER_PREFIX))
        return frozenset(text[len(HEADER_PREFIX) :].strip().lower() for text in named)
