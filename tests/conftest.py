"""What the tests of the program's outermost parts share."""

from __future__ import annotations

import gc
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from signal import SIG_DFL, SIG_IGN, SIGHUP, SIGINT, default_int_handler, getsignal, signal
from threading import Barrier, Lock, Thread
from threading import enumerate as enumerate_threads
from time import sleep
from typing import Any

import orjson
import pytest
from client.tests.support.receiver import Receiver
from hypothesis import is_hypothesis_test, settings
from tests.support.measured import is_measured, paused_coverage
from tests.support.recipes import Workshop
from tests.support.scheduling import BROWSER, OneBrowser

from py_pinger.app.logs.log_output import BackgroundHandler
from py_pinger.web import TemplateCode
from py_pinger.web import app as web_app

# Threads of a server, of ours and of the standard library, and the seconds in which they end after a stop.
_SERVER = re.compile(r"web$|waitress-|Thread-\d+ \(serve_forever\)")
LAST_ROUND = 30.0

# The duration of an example depends on the machine, not on the program.
settings.register_profile("house", settings(), deadline=None)
settings.load_profile("house")

_TESTS = Path(__file__).parent
_INTEGRATIONS = _TESTS / "integrations"

# Here each row of a table counts: these cover the core completely, and here the kind of the database matters.
_WHOLE = tuple(_TESTS / folder for folder in ("core", "config", "cli", "store/database"))
# Histories are too many for tables: properties cover the code.
_HISTORIES = _TESTS / "core" / "replay"

_measured = cache(is_measured)


def pytest_configure() -> None:
    """Obey signals in the background, where shells ignore them.

    Ctrl-C is ignored there, and SIGHUP by what nohup has started; the programs that are tested would inherit
    that.
    """
    signal(SIGHUP, SIG_DFL)
    if getsignal(SIGINT) is SIG_IGN:
        signal(SIGINT, default_int_handler)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave what needs large programs to scripts/test-integrations, unless it is named."""
    named = any(_INTEGRATIONS.name in argument for argument in config.args)
    return True if collection_path == _INTEGRATIONS and not named else None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Iterator[None]:
    """Collect no garbage while the tests are loaded, nor later among what was loaded: that stays anyhow."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneBrowser | None:  # noqa: ANN401 - pytest-xdist has no types
    """Share the tests among workers by file, but give those in the browser to one of them."""
    return OneBrowser(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Measure the coverage by the tests of single parts only: measuring doubles the time of the others.

    A property repeats what tables have covered, and in most folders a row of a table what the first row has;
    a program in its own process is not measured at all. Begin with the browser, which one worker has all of.
    """
    items.sort(key=lambda item: not item.nodeid.startswith(BROWSER))
    tables: set[str] = set()
    for item in items:
        table = item.nodeid.partition("[")[0]
        if not _is_measured(item, is_first=table not in tables):
            item.add_marker("no_cover")
        tables.add(table)


def _is_measured(item: pytest.Item, *, is_first: bool) -> bool:
    is_property = isinstance(item, pytest.Function) and is_hypothesis_test(item.obj)
    whole = any(folder in item.path.parents for folder in _WHOLE)
    return (
        _measured(item.path)
        and (whole or is_first)
        and not (is_property and _HISTORIES not in item.path.parents)
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Set up the fixtures unmeasured where the test is: pytest-cov itself pauses only for the test."""
    with paused_coverage(item):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Tear down the fixtures unmeasured too."""
    with paused_coverage(item):
        return (yield)


@pytest.fixture(scope="session", autouse=True)
def template_code() -> Iterator[None]:
    """Compile each template once: nearly every test of a page has an app of its own."""
    code = TemplateCode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(web_app, "TemplateCode", lambda: code)
        yield


@pytest.fixture(autouse=True)
def servers_end() -> Iterator[None]:
    """Fail a test that leaves a server running; those of the session go on."""
    before = set(enumerate_threads())
    yield
    servers = [each for each in enumerate_threads() if each not in before and _SERVER.match(each.name)]
    for server in servers:
        server.join(LAST_ROUND)
    assert [server.name for server in servers if server.is_alive()] == []


@pytest.fixture(autouse=True)
def log_level() -> Iterator[None]:
    """Put our loggers' level back, which debug mode lowers."""
    yield
    logging.getLogger("py_pinger").setLevel(logging.NOTSET)


@pytest.fixture
def logbooks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[logging.Handler]]]:
    """Return a function that returns the handlers of an open log; none is left open after the test."""
    root, ours = logging.getLogger(), logging.getLogger("py_pinger")
    levels = root.level, ours.level
    monkeypatch.setattr(logging, "raiseExceptions", logging.raiseExceptions)

    def opened() -> list[logging.Handler]:
        return [each for each in root.handlers if isinstance(each, BackgroundHandler)]

    yield opened
    for handler in opened():
        root.removeHandler(handler)
        handler.close()
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


@dataclass
class TaskPages:
    """A server of task pages: what it shows at each path, what it was asked, and how much of it at once.

    Where there is a `gate`, each answer waits until so many requests are there, and then for more.
    """

    origin: str = ""
    shown: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    gate: Barrier | None = None
    inside: int = 0
    most_inside: int = 0
    lock: Lock = field(default_factory=Lock)

    def show(self, path: str, http: int = 200, **report: object) -> str:
        """Show a page with these keys of the contract from now on; return its URL."""
        usual = {"status": "ok", "lastrun": "2026-11-22T10:00:00Z", "frequency": 10}
        self.shown[path] = http, orjson.dumps(usual | report)
        return self.origin + path

    def answer(self, path: str, token: str | None) -> tuple[int, bytes]:
        """Return the page at a path."""
        with self.lock:
            self.asked.append((path, token))
            self.inside += 1
            self.most_inside = max(self.most_inside, self.inside)
        if self.gate:
            self.gate.wait(5)
            sleep(0.02)
        with self.lock:
            self.inside -= 1
        return self.shown.get(path, (404, b""))


@pytest.fixture
def task_pages() -> Iterator[TaskPages]:
    """Serve task pages on loopback."""
    pages = TaskPages()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = pages.answer(self.path, self.headers["Authorization"])
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Be silent."""

    class Server(ThreadingHTTPServer):
        # Who comes while the queue is full comes again after a second.
        request_queue_size = 64

    with Server(("127.0.0.1", 0), Handler) as server:
        pages.origin = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield pages
        server.shutdown()
        thread.join()


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    """Provide a server for pushes, and the programs that the recipes name."""
    with Receiver() as receiver:
        yield Workshop(receiver, tmp_path)
