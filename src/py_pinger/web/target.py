"""The URL that stands behind `/task/` in a request, as the client wrote it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


def requested_url(environ: WSGIEnvironment, path: str) -> str:
    """Return what stands behind `/task/`, query string and all.

    Servers that hand on the raw request target, as waitress does, keep the percent-encoding; elsewhere
    the decoded `path` has to do.
    """
    root = f"{environ.get('SCRIPT_NAME', '')}/task/"
    target = f"/{environ.get('REQUEST_URI', '').lstrip('/')}"
    if target.startswith(root):
        return _text(target.removeprefix(root))
    query = _text(environ.get("QUERY_STRING", ""))
    return f"{path}?{query}" if query else path


def _text(native: str) -> str:
    """Undo WSGI's habit of handing over each byte as one character."""
    return native.encode("latin-1", "replace").decode("utf-8", "replace")
