"""From the URL in a path to its task."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Any
from urllib.parse import unquote, unquote_plus

from py_pinger.core.text import urls

# Parameters at the end of a request that are looked at: each of them costs a search for the task.
MOST_PARAMETERS = 4

# Characters: at most so many encode one of a URL, four bytes as `%25xx` each; and so many are secrets, which
# a monitored URL has masked. A longer request finds no task, and costs no look-up.
_MOST_ENCODED = 20
_MOST_SECRET = 4096

# What clients append to a URL to get past caches and to count their visitors.
_CACHE_BUSTERS = frozenset(
    {
        "_",
        "cache",
        "cachebust",
        "cachebuster",
        "cb",
        "no_cache",
        "nocache",
        "rand",
        "random",
        "rnd",
        "t",
        "time",
        "timestamp",
        "ts",
    }
)
_TRACKING = "utm_"


def requested_url(environ: Mapping[str, Any], path: str, route: str = "task") -> str:
    """Return what follows `/task/`, or another route, with the query string.

    Servers that pass on the raw request target, as waitress does, keep the percent-encoding; elsewhere
    the decoded `path` has to do. A proxy may have removed the sub-path from the target, or not.
    """
    target = f"/{environ.get('REQUEST_URI', '').lstrip('/')}"
    for root in (f"{environ.get('SCRIPT_NAME', '')}/{route}/", f"/{route}/"):
        if target.startswith(root):
            return _decode(target.removeprefix(root))
    query = _decode(environ.get("QUERY_STRING", ""))
    return f"{path}?{query}" if query else path


def interpretations(requested: str, options: AbstractSet[str]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield each way to read a request: as one URL, then with parameters taken off its end.

    Those of the page's own `options` are given next to the URL, those that clients append are dropped. The
    whole comes first, so that a monitored URL with such a parameter at its end is found as it is.
    """
    given: dict[str, str] = {}
    yield requested, given
    for _ in range(MOST_PARAMETERS):
        start = max(requested.rfind("?"), requested.rfind("&"))
        name, equals, value = requested[start + 1 :].partition("=")
        if start < 0 or not equals or "=" in value:
            return
        if name in options:
            given = {name: unquote_plus(value), **given}
        elif name not in _CACHE_BUSTERS and not name.startswith(_TRACKING):
            return
        requested = requested[:start]
        yield requested, given


def _decode(native: str) -> str:
    """Return text that WSGI passes with one character for each byte."""
    return native.encode("latin-1", "replace").decode("utf-8", "replace")


# One slash is enough: a proxy may have merged two.
_RAW = re.compile(r"https?:/", re.IGNORECASE)
_ESCAPE = re.compile(r"%([0-9a-f]{2}|)", re.IGNORECASE)


class TaskIndex:
    """Finds a task by its URL.

    Encoded or raw, with `//` merged to `/`, with or without credentials.

    What is written exactly like a monitored URL is that one. Then come spellings that differ in what carries
    no meaning, and last those that differ in percent-encoding. A spelling of two tasks finds neither.
    """

    def __init__(self, urls: Sequence[str]) -> None:
        self._urls = frozenset(urls)
        self._longest = _MOST_ENCODED * max(map(len, urls), default=0) + _MOST_SECRET

    def find(self, requested: str) -> str | None:
        """Return the URL of the requested task, or None if there is no such task."""
        if len(requested) > self._longest:
            return None
        spellings = _spellings(requested)
        for spelling in spellings:
            found = self._find_close(spelling)
            if found is not None:
                return found
        return next(filter(None, (self._by_form.get(urls.canonical(each)) for each in spellings)), None)

    def _find_close(self, spelling: str) -> str | None:
        for each in (spelling, urls.mask(spelling)):
            if each in self._urls:
                return each
        return self._by_encoded_form.get(_encoded_form(spelling))

    @cached_property
    def _by_encoded_form(self) -> dict[str, str | None]:
        return _index(_encoded_form, self._urls)

    @cached_property
    def _by_form(self) -> dict[str, str | None]:
        return _index(urls.canonical, self._urls)


def _spellings(requested: str) -> tuple[str, ...]:
    """Return the readings of a request; a raw URL is read as it stands before it is decoded."""
    decoded = unquote(requested)
    return (requested, decoded) if _RAW.match(requested) else (decoded,)


def _encoded_form(url: str) -> str:
    """Return the canonical form that keeps the percent-encoding as it is."""
    return urls.canonical(_ESCAPE.sub(lambda escape: f"%25{escape[1].upper()}", url))


def _index(form: Callable[[str], str], urls: Iterable[str]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for url in urls:
        spelling = form(url)
        found[spelling] = None if spelling in found else url
    return found
