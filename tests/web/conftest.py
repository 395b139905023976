"""A board held in memory, the app over it, and the app behind a real web server."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from wsgiref.types import WSGIApplication

import pytest
from flask import Flask

from py_pinger.core.model import Health, Listing
from py_pinger.web import WebServer, create_app


@dataclass
class FakeBoard:
    """Shows what it was given; a `fault` is raised at every question instead."""

    shown: Sequence[Listing] = ()
    state: Health = field(default_factory=Health)
    fault: Exception | None = None

    def listings(self) -> Sequence[Listing]:
        """Return all that it was given."""
        if self.fault:
            raise self.fault
        return self.shown

    def listing(self, url: str) -> Listing | None:
        """Return the one with this URL."""
        return next((each for each in self.listings() if each.url == url), None)

    def health(self) -> Health:
        """Return the health it was given."""
        return self.state


@pytest.fixture
def now() -> datetime:
    """Return the moment at which every test looks."""
    return datetime(2026, 11, 22, 10, 7, 12, 345_678, tzinfo=UTC)


@pytest.fixture
def naps() -> list[float]:
    """Return where the app notes how long it would have slept, in seconds."""
    return []


@pytest.fixture
def app_for(now: datetime, naps: list[float]) -> Callable[..., Flask]:
    """Return a function that makes the app for these listings."""

    def make(
        *listings: Listing,
        health: Health | None = None,
        fault: Exception | None = None,
        urls: Sequence[str] = (),
        samples: bool = False,
    ) -> Flask:
        board = FakeBoard(listings, health or Health(), fault)
        known = [each.url for each in listings] + list(urls)
        return create_app(board, known, lambda: now, samples=samples, sleep=naps.append)

    return make


@pytest.fixture
def serve() -> Iterator[Callable[..., WebServer]]:
    """Return a function that serves an app until the test is over, on a free port unless told which."""
    with ExitStack() as running:

        def start(app: WSGIApplication, host: str = "127.0.0.1", port: int = 0) -> WebServer:
            server = WebServer(app, host, port)
            server.start()
            running.callback(server.stop)
            return server

        yield start
