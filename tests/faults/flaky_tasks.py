"""Tasks that fail and recover on demand; each failure has its own reason, which identifies it."""

from __future__ import annotations

import socket
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from threading import Thread
from time import time
from urllib.parse import quote

from tests.support.planted_secrets import URL_PASSWORD
from tests.support.task_pages import NOW, report
from tests.support.task_server import Behaviour, Exchange, Server, says

HOSTS = ("127.0.7.1", "127.0.7.2", "127.0.7.3", "127.0.7.4", "127.0.7.5")

_CREDENTIALS = f"my-user:{quote(URL_PASSWORD, safe='')}@"


class FlakyTasks(Server):
    """A task on each host of loopback, with credentials in its URL and its own server name.

    `changed` is when each failed or recovered last, by its URL, in seconds of the machine's clock. `outage`
    is the behaviour of all during an outage, `delay` the seconds before each answer, and `ahead` how far
    their clock is ahead.
    """

    def __init__(self, hosts: Sequence[str] = HOSTS) -> None:
        super().__init__(host="0.0.0.0")  # noqa: S104 - bound to loopback below
        self.targets = {f"/{number}": host for number, host in enumerate(hosts, 1)}
        self.failing: dict[str, str] = {}
        self.failures: dict[str, list[str]] = defaultdict(list)
        self.changed: dict[str, float] = {}
        self.outage: Behaviour | None = None
        self.delay = 0.0
        self.ahead = NOW

    def server_bind(self) -> None:
        """Listen on every address of loopback, and on nothing else."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
        super().server_bind()

    @property
    def addresses(self) -> list[str]:
        """The tasks' URLs as pinger.ini has them."""
        return [self._url(target, _CREDENTIALS) for target in self.targets]

    @property
    def urls(self) -> list[str]:
        """The tasks' URLs as Py Pinger shows them."""
        return [self._url(target, "***@") for target in self.targets]

    @property
    def reasons(self) -> list[str]:
        """The reasons of all failures so far."""
        return [reason for reasons in self.failures.values() for reason in reasons]

    def fail(self, url: str) -> str:
        """Let a task fail; return its reason."""
        reason = f"failure-{len(self.reasons) + 1:04}"
        self.failures[url].append(reason)
        self.failing[_target(url)] = reason
        self.changed[url] = time()
        return reason

    def recover(self, url: str) -> None:
        """Let a task recover."""
        self.failing.pop(_target(url), None)
        self.changed[url] = time()

    def manner(self, target: str) -> Behaviour:
        """Return the behaviour for a request."""
        manner = self.outage or says(self._page(target, self.ahead))
        return _after(self.delay, manner) if self.delay else manner

    @contextmanager
    def is_down(self) -> Iterator[None]:
        """Stop listening for a while."""
        self.shutdown()
        self._thread.join()
        self.socket.close()
        yield
        self.socket = socket.socket()
        self.server_bind()
        self.server_activate()
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def _page(self, target: str, ahead: timedelta) -> dict[str, object]:
        tags = {"process": f"Chore {target[1:]}", "server": f"Server {target[1:]}", "lastrun": ahead}
        reason = self.failing.get(target)
        return report(**tags, **({"status": "error", "reason": reason} if reason else {}))

    def _url(self, target: str, credentials: str) -> str:
        return f"http://{credentials}{self.targets[target]}:{self.server_address[1]}{target}"


def _after(seconds: float, manner: Behaviour) -> Behaviour:
    def delayed(exchange: Exchange) -> None:
        exchange.over.wait(seconds)
        manner(exchange)

    return delayed


def _target(url: str) -> str:
    return f"/{url.rpartition('/')[2]}"
