"""The web pages across reloads."""

from __future__ import annotations

import asyncio
import socket
from base64 import b64encode
from datetime import UTC, datetime

from pydantic import SecretStr
from tests.support.fake_data_source import FakeDataSource

from py_pinger.app.web_pages import COMPILING_AFTER, WebPages
from py_pinger.config import MainSettings, Settings
from py_pinger.core.model.task import TaskListDiff
from py_pinger.engine.runtime.reconfigurable import SettingsChange
from py_pinger.web import WebServer
from py_pinger.web.security.login_throttle import PER_CLIENT

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)


def apply(pages: WebPages, password: str) -> None:
    """Show the pages of settings with this password."""
    settings = Settings(main=MainSettings(web_password=SecretStr(password)))
    pages.prepare(SettingsChange(settings, settings, TaskListDiff(()), 1, 1, at_start=False))({})


def status(port: int, password: str) -> int:
    """Return the status of a request with this password."""
    given = b64encode(f"me:{password}".encode()).decode()
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        head = f"GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {given}\r\n\r\n"
        connection.sendall(head.encode())
        return int(connection.recv(65536).split()[1])


def test_a_reload_forgets_no_wrong_passwords() -> None:
    """A client that has to wait after wrong passwords has to wait after a reload as well."""
    server = WebServer("127.0.0.1", 0)
    pages = WebPages(server, FakeDataSource(), lambda: NOW, demo=None, push_access=lambda _: None)
    apply(pages, "first")
    server.start()
    try:
        assert [status(server.port, "wrong") for _ in range(PER_CLIENT.first)] == [401] * PER_CLIENT.first
        apply(pages, "second")
        assert status(server.port, "second") == 429
    finally:
        server.stop()


async def test_the_templates_are_compiled_a_while_after_the_start() -> None:
    """All templates are compiled one by one, the first after a pause."""
    pages = WebPages(
        WebServer("127.0.0.1", 0), FakeDataSource(), lambda: NOW, demo=None, push_access=lambda _: None
    )
    apply(pages, "first")
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await asyncio.sleep(0)

    await pages.compile_templates(sleep)
    assert slept[0] == COMPILING_AFTER
    assert pages.shown is not None
    assert len(slept) == 1 + len(pages.shown.jinja_env.list_templates())
