"""The URL that stands behind `/task/` and its like in a request, as the client wrote it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from re import compile as pattern
from typing import Any
from urllib.parse import unquote_plus

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
