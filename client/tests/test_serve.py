"""The applications that serve a folder of pages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

from pinger_report import asgi, report, wsgi

Answer = tuple[int, dict[str, str], bytes]


def by_wsgi(folder: Path, path: str, method: str = "GET", **headers: str) -> Answer:
    """Return the answer of the WSGI application; wsgiref's validator watches both sides."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SCRIPT_NAME": "",
        **headers,
    }
    setup_testing_defaults(environ)
    started: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], _: object = None) -> Any:  # noqa: ANN401 - as wsgiref
        started[:] = [int(status[:3]), dict(headers)]
        return lambda _: None

    body = validator(wsgi(folder))(environ, start_response)
    content = b"".join(body)
    body.close()  # type: ignore[attr-defined]  # the validator demands it
    return started[0], started[1], content


def by_asgi(folder: Path, path: str, method: str = "GET", root: str = "", **headers: str) -> Answer:
    """Return the answer of the ASGI application."""
    names = {"HTTP_IF_NONE_MATCH": b"if-none-match"}
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "root_path": root,
        "headers": [(names[name], value.encode()) for name, value in headers.items()],
    }
    sent = exchange(folder, scope)
    found = {name.decode().title(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], {**found, "ETag": found.pop("Etag", "")}, sent[1]["body"]


def exchange(folder: Path, scope: Mapping[str, Any], *messages: str) -> list[Mapping[str, Any]]:
    """Return all that the ASGI application sends after these messages."""
    waiting, sent = list(messages), list[Mapping[str, Any]]()

    async def receive() -> Mapping[str, Any]:
        return {"type": waiting.pop(0)}

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(asgi(folder)(scope, receive, send))  # type: ignore[arg-type]  # a coroutine function
    return sent


BOTH = pytest.mark.parametrize("request_page", [by_wsgi, by_asgi])


@BOTH
def test_a_page(tmp_path: Path, request_page: Any) -> None:  # noqa: ANN401 - one of two functions
    """A page is served as it is, with 200 also if it tells of a failure, and never cached."""
    with report("task", folder=tmp_path) as run:
        run.fail("no disk")
    for path in ("/task", "/task.json"):
        status, headers, body = request_page(tmp_path, path)
        assert (status, body) == (200, (tmp_path / "task.json").read_bytes())
        assert json.loads(body)["reason"] == "no disk"
        assert headers["Content-Type"] == "application/json"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Content-Length"] == str(len(body))
        known = f'W/"x", {headers["ETag"]}'
        assert request_page(tmp_path, path, HTTP_IF_NONE_MATCH=known)[::2] == (304, b"")
        assert request_page(tmp_path, path, "HEAD")[::2] == (200, b"")
    with report("task", folder=tmp_path):
        pass
    assert request_page(tmp_path, "/task", HTTP_IF_NONE_MATCH=headers["ETag"])[0] == 200


@BOTH
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/other", 404),
        ("GET", "/../secret", 404),
        ("GET", "/..%2fsecret", 404),
        ("GET", "/.task.lock", 404),
        ("GET", "/.spool/x", 404),
        ("GET", "/task/more", 404),
        ("GET", "/Task", 404),
        ("GET", "//task", 404),
        ("POST", "/task", 405),
        ("DELETE", "/", 405),
    ],
)
def test_what_is_not_served(tmp_path: Path, request_page: Any, method: str, path: str, status: int) -> None:  # noqa: ANN401 - as above
    """Only pages are served, and only read."""
    folder = tmp_path / "pages"
    (tmp_path / "secret.json").write_text("{}")
    with report("task", folder=folder):
        pass
    assert request_page(folder, path, method)[0] == status


@BOTH
def test_the_list(tmp_path: Path, request_page: Any) -> None:  # noqa: ANN401 - as above
    """The root lists the tasks with their pages; other and damaged files do not disturb it."""
    folder = tmp_path / "pages"
    assert json.loads(request_page(folder, "/")[2]) == {"tasks": []}
    for name in ("b", "a"):
        with report(name, folder=folder):
            pass
    (folder / "broken.json").write_text("{")
    (folder / "list.json").write_text("[]")
    (folder / "notes.txt").write_text("{}")
    tasks = json.loads(request_page(folder, "")[2])["tasks"]
    assert [(each["slug"], each.get("status"), each.get("error")) for each in tasks] == [
        ("a", "ok", None),
        ("b", "ok", None),
        ("broken", None, "the page is not JSON"),
        ("list", None, "the page is not an object"),
    ]


def test_mounted_by_asgi(tmp_path: Path) -> None:
    """Frameworks that leave the mount point in the path, and those that remove it, get the same page."""
    with report("task", folder=tmp_path):
        pass
    assert by_asgi(tmp_path, "/tasks/task", root="/tasks")[0] == 200
    assert by_asgi(tmp_path, "/task", root="/tasks")[0] == 200
    assert by_asgi(tmp_path, "/tasks", root="/tasks/")[0] == 200


def test_other_scopes(tmp_path: Path) -> None:
    """Start and stop of a server are confirmed, and web sockets are closed."""
    lifespan = exchange(tmp_path, {"type": "lifespan"}, "lifespan.startup", "lifespan.shutdown")
    assert [each["type"] for each in lifespan] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert exchange(tmp_path, {"type": "websocket"}) == [{"type": "websocket.close", "code": 1000}]
