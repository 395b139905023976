"""Fixtures of the web's tests: a data source in memory, the app over it, and the app behind a server."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from wsgiref.types import WSGIApplication

import pytest
from flask import Flask
from tests.support.fake_data_source import NOW, FakeDataSource

from py_pinger.config.values.lists import Network
from py_pinger.core.model.health import Health
from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.status_page.status_page import StatusPage
from py_pinger.web import Access, LoginState, PageSettings, WebServer, create_app

# Every app has one.
STATUS_PAGES = (StatusPage("shop", "The shop"),)


@pytest.fixture
def now() -> datetime:
    """Return the time of every test."""
    return NOW


@pytest.fixture
def data() -> FakeDataSource:
    """Return the data that the app shows; a test fills it."""
    return FakeDataSource()


@pytest.fixture
def app_for(data: FakeDataSource, now: datetime) -> Callable[..., Flask]:
    """Return a function that makes an app for these tasks, over the rest of the data."""

    def make(  # noqa: PLR0913 - what a test may set
        *snapshots: TaskSnapshot,
        health: Health | None = None,
        error: Exception | None = None,
        urls: Sequence[str] = (),
        samples: bool = False,
        access: Access | None = None,
        metrics_tasks: int | None = None,
        login: LoginState | None = None,
        link: str | None = None,
        node: str | None = None,
    ) -> Flask:
        data.snapshots, data.health_value, data.error = snapshots, health or Health(), error
        known = [each.url for each in snapshots] + list(urls)
        settings = PageSettings(
            known,
            samples,
            access or Access(),
            metrics_tasks,
            link=link,
            status_pages=STATUS_PAGES,
            node=node,
        )
        return create_app(data, settings, lambda: now, login or LoginState())

    return make


@pytest.fixture
def serve() -> Iterator[Callable[..., WebServer]]:
    """Return a function that serves an app until the test is over, on a free port unless told which."""
    with ExitStack() as running:

        def start(
            app: WSGIApplication, host: str = "127.0.0.1", port: int = 0, proxies: Sequence[Network] = ()
        ) -> WebServer:
            server = WebServer(host, port)
            server.show(app, proxies)
            server.start()
            running.callback(server.stop)
            return server

        yield start
