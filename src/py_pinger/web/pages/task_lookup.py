"""From the URL in a path to the task it names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from re import IGNORECASE
from re import compile as pattern
from typing import Any
from urllib.parse import unquote, unquote_plus

from py_pinger.core.text import urls

_LAST_PARAMETER = pattern(r"[?&]([a-z]+)=([^&=?]*)$")


def requested_url(environ: Mapping[str, Any], path: str, route: str = "task") -> str:
    """Return what stands behind `/task/`, or another route, query string and all.

    Servers that hand on the raw request target, as waitress does, keep the percent-encoding; elsewhere
    the decoded `path` has to do. A proxy may have taken the sub-path off the target, or left it on.
    """
    target = f"/{environ.get('REQUEST_URI', '').lstrip('/')}"
    for root in (f"{environ.get('SCRIPT_NAME', '')}/{route}/", f"/{route}/"):
        if target.startswith(root):
            return _text(target.removeprefix(root))
    query = _text(environ.get("QUERY_STRING", ""))
    return f"{path}?{query}" if query else path


def readings(requested: str, ours: AbstractSet[str]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield how the request can be read: as one URL, then with our own parameters taken from its end.

    The whole comes first, so that a monitored URL that ends like one of our parameters means itself.
    """
    taken: dict[str, str] = {}
    yield requested, taken
    while (last := _LAST_PARAMETER.search(requested)) and last[1] in ours:
        taken = {last[1]: unquote_plus(last[2]), **taken}
        requested = requested[: last.start()]
        yield requested, taken


def _text(native: str) -> str:
    """Undo WSGI's habit of handing over each byte as one character."""
    return native.encode("latin-1", "replace").decode("utf-8", "replace")


# One slash is enough: a proxy may have merged two.
_RAW = pattern(r"https?:/", IGNORECASE)
_ESCAPE = pattern(r"%([0-9a-f]{2}|)", IGNORECASE)


class TaskIndex:
    """Finds a task by its URL: encoded or raw, with `//` merged to `/`, with or without credentials.

    What is written exactly like a monitored URL always means that one. After it come spellings that
    differ in what carries no meaning, and last those that differ in percent-encoding. A spelling that
    could mean two tasks means neither.
    """

    def __init__(self, urls: Sequence[str]) -> None:
        self._urls = frozenset(urls)

    def find(self, requested: str) -> str | None:
        """Return the URL of the task that is meant, or None if there is no such task."""
        readings = _readings(requested)
        for reading in readings:
            found = self._close(reading)
            if found is not None:
                return found
        return next(filter(None, (self._loose.get(urls.canonical(reading)) for reading in readings)), None)

    def _close(self, reading: str) -> str | None:
        for spelling in (reading, urls.mask(reading)):
            if spelling in self._urls:
                return spelling
        return self._near.get(_near(reading))

    @cached_property
    def _near(self) -> dict[str, str | None]:
        return _by(_near, self._urls)

    @cached_property
    def _loose(self) -> dict[str, str | None]:
        return _by(urls.canonical, self._urls)


def _readings(requested: str) -> tuple[str, ...]:
    """Return what the request can mean; a raw URL is taken at its word before it is decoded."""
    decoded = unquote(requested)
    return (requested, decoded) if _RAW.match(requested) else (decoded,)


def _near(url: str) -> str:
    """Return the canonical form that keeps the percent-encoding as it is."""
    return urls.canonical(_ESCAPE.sub(lambda escape: f"%25{escape[1].upper()}", url))


def _by(key: Callable[[str], str], urls: Iterable[str]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for url in urls:
        spelling = key(url)
        found[spelling] = None if spelling in found else url
    return found
