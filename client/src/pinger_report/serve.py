"""Serves a folder of pages from a web application, by WSGI or ASGI.

`/` lists the tasks with what their pages say, `/SLUG` is a task's page. A page about a failure has the status
200 too: the contract has a key for failures, and other codes mean that there is no page.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Awaitable, Iterable, Mapping
from typing import Any, Callable, NamedTuple

_SLUG = re.compile(r"/([a-z0-9_-]+)(?:\.json)?")
_NOT_MODIFIED, _NOT_ALLOWED = 304, 405
_REASONS = {200: "OK", 304: "Not Modified", 404: "Not Found", 405: "Method Not Allowed"}

_StartResponse = Callable[..., object]
_WsgiApp = Callable[[Mapping[str, Any], _StartResponse], Iterable[bytes]]
_Receive = Callable[[], Awaitable[Mapping[str, Any]]]
_Send = Callable[[Mapping[str, Any]], Awaitable[None]]
_AsgiApp = Callable[[Mapping[str, Any], _Receive, _Send], Awaitable[None]]


class _Response(NamedTuple):
    """The status, the body and, of a page, its ETag."""

    status: int
    body: bytes
    etag: str = ""

    def headers(self) -> list[tuple[str, str]]:
        """Return the HTTP headers; the answer "not modified" describes no content."""
        content = [("Content-Type", "application/json"), ("Content-Length", str(len(self.body)))]
        etag = [("ETag", self.etag)] if self.etag else []
        allow = [("Allow", "GET, HEAD")] if self.status == _NOT_ALLOWED else []
        return [
            *(content if self.status != _NOT_MODIFIED else ()),
            ("Cache-Control", "no-store"),
            *etag,
            *allow,
        ]


def wsgi(folder: str | os.PathLike[str]) -> _WsgiApp:
    """Return a WSGI application that serves a folder of pages."""

    def serve(environ: Mapping[str, Any], start_response: _StartResponse) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        response = _respond(folder, method, path, environ.get("HTTP_IF_NONE_MATCH", ""))
        start_response(f"{response.status} {_REASONS[response.status]}", response.headers())
        return [b"" if method == "HEAD" else response.body]

    return serve


def asgi(folder: str | os.PathLike[str]) -> _AsgiApp:
    """Return an ASGI application that serves a folder of pages."""

    async def serve(scope: Mapping[str, Any], receive: _Receive, send: _Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        else:
            await _serve_http(folder, scope, send)

    return serve


async def _live(receive: _Receive, send: _Send) -> None:
    """Confirm start and stop, for which there is no work."""
    message = ""
    while message != "lifespan.shutdown":
        message = (await receive())["type"]
        await send({"type": f"{message}.complete"})


async def _serve_http(folder: str | os.PathLike[str], scope: Mapping[str, Any], send: _Send) -> None:
    method, path, root = scope["method"], scope["path"], scope.get("root_path", "").rstrip("/")
    if root and (path == root or path.startswith(f"{root}/")):
        path = path[len(root) :]
    known = next((value for name, value in scope["headers"] if name.lower() == b"if-none-match"), b"")
    response = _respond(folder, method, path, known.decode("latin-1"))
    headers = [(name.lower().encode(), value.encode()) for name, value in response.headers()]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else response.body})


def _respond(folder: str | os.PathLike[str], method: str, path: str, known_etags: str) -> _Response:
    if method not in {"GET", "HEAD"}:
        return _Response(_NOT_ALLOWED, b'{"error": "use GET"}\n')
    found = _SLUG.fullmatch(path)
    if not found:
        return _listing(folder) if path in {"", "/"} else _Response(404, b'{"error": "not found"}\n')
    page = _page(folder, found[1])
    if page.etag and page.etag in (each.strip() for each in known_etags.replace("W/", "").split(",")):
        return _Response(_NOT_MODIFIED, b"", page.etag)
    return page


def _page(folder: str | os.PathLike[str], slug: str) -> _Response:
    try:
        with open(os.path.join(folder, f"{slug}.json"), "rb") as file:
            # Each page is a new file, so that no two have the same number, time and size.
            found = os.fstat(file.fileno())
            etag = f'"{found.st_ino:x}-{found.st_mtime_ns:x}-{found.st_size:x}"'
            return _Response(200, file.read(), etag)
    except OSError:
        return _Response(404, b'{"error": "there is no such page"}\n')


def _listing(folder: str | os.PathLike[str]) -> _Response:
    """Return the pages of all tasks, each with its slug."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:  # no task has run yet
        names = []
    slugs = [name[:-5] for name in names if name.endswith(".json") and _SLUG.fullmatch(f"/{name}")]
    tasks = [{"slug": slug, **_read(_page(folder, slug).body)} for slug in slugs]
    return _Response(200, json.dumps({"tasks": tasks}, indent=1).encode() + b"\n")


def _read(page: bytes) -> dict[str, Any]:
    try:
        read = json.loads(page)
    except ValueError:
        return {"error": "the page is not JSON"}
    return read if isinstance(read, dict) else {"error": "the page is not an object"}
