"""The loop that reads the certificates of all servers, one after the other, twice a day."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from heapq import heappop, heappush

from py_pinger.core.model.notification import Notice
from py_pinger.core.model.task import Task
from py_pinger.core.probing.certificate import Certificate, first_seen, next_notice, next_reading, updated
from py_pinger.core.text.urls import origin
from py_pinger.core.times import HOUR, MIN_TIME
from py_pinger.engine.runtime.reconfigurable import Apply, SettingsChange
from py_pinger.engine.runtime.repeat import LoopFailures, attempt, every
from py_pinger.engine.runtime.store_access import StoreUnavailable

_log = logging.getLogger(__name__)

# Seconds between two readings, and between two polls for a due one.
SEPARATION = 0.1
POLL_INTERVAL = 1.0

# Before the first reading: checks come first.
START_DELAY = timedelta(seconds=2)

# After a reading that failed, and between two that failing checks request.
RETRY_AFTER = HOUR
MIN_INTERVAL = timedelta(minutes=10)

Read = Callable[[Task], Awaitable[datetime | None]]
Record = Callable[[Certificate, Sequence[str], Notice | None], Awaitable[None]]


@dataclass(slots=True, eq=False)
class _Server:
    """The server of an origin.

    The tasks there, its certificate as last read, and the next reading.
    """

    origin: str
    tasks: Sequence[Task]
    known: Certificate | None
    due: datetime = MIN_TIME
    read_at: datetime = MIN_TIME

    @property
    def urls(self) -> list[str]:
        """The masked URLs of the tasks there."""
        return [task.url for task in self.tasks]

    @property
    def representative(self) -> Task:
        """The task whose address and profile are used.

        One that verifies the certificate, if possible.
        """
        return next((task for task in self.tasks if task.profile.verify), self.tasks[0])


class CertificateMonitor:
    """Records the certificate of each https server, with a notice when one is about to expire.

    `read` returns when the certificate of a task's server expires, None if it cannot be read. `record` stores
    it for the tasks with these URLs, with the notice about it. `reconnect` has checks of a task use a new
    connection: a kept one shows neither that its certificate has expired nor that there is another.
    """

    def __init__(
        self,
        read: Read,
        record: Record,
        reconnect: Callable[[Task], None],
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[object]],
    ) -> None:
        self._read = read
        self._record = record
        self._reconnect = reconnect
        self._clock = clock
        self._sleep = sleep
        self._servers: dict[str, _Server] = {}
        self._remembered: dict[str, Certificate] = {}
        self._queue: list[tuple[datetime, str]] = []
        self._steps: Sequence[timedelta] = ()

    def prepare(self, change: SettingsChange) -> Apply:
        """Return the step that reads the certificates of another list of tasks."""
        return lambda _: self.watch(change.tasks.tasks, change.settings.main.certificate_days)

    def restore(self, known: Iterable[Certificate]) -> None:
        """Note the certificates that are stored, before the first list of tasks or more of them are watched.

        In a cluster another node may have read them last, and have notified people.
        """
        self._remembered |= {each.origin: each for each in known}

    def watch(self, tasks: Iterable[Task], steps: Sequence[timedelta]) -> None:
        """Monitor the certificates of these tasks' servers, and warn `steps` before their end."""
        now, before = self._clock(), self._servers
        # Those of removed tasks too: when these come back, people are not notified again.
        self._remembered |= {each.origin: each.known for each in before.values() if each.known}
        self._steps, self._servers, self._queue = steps, {}, []
        for name, tasks_there in _by_origin(tasks).items():
            server = before.get(name) or _Server(name, tasks_there, self._remembered.get(name))
            server.tasks = tasks_there
            self._servers[name] = server
            self._schedule(server, max(server.due, now + START_DELAY, self._planned_reading(server)))

    def check_soon(self, name: str) -> None:
        """Read an origin's certificate soon, since a check failed with a TLS error."""
        server = self._servers.get(name)
        now = self._clock()
        if server and now - server.read_at >= MIN_INTERVAL and server.due > now:
            self._schedule(server, now)

    async def run(self, failures: LoopFailures | None = None) -> None:
        """Read certificates as they are due, until cancelled."""
        await every(
            POLL_INTERVAL, self._read_next, "the check of certificates", sleep=self._sleep, failures=failures
        )

    async def _read_next(self) -> float:
        """Read the certificate of one server, if one is due.

        Return the seconds until the next round.
        """
        server = self._next(self._clock())
        if server:
            await self._process(server)
        return SEPARATION if server else POLL_INTERVAL

    def _planned_reading(self, server: _Server) -> datetime:
        return next_reading(server.known, self._steps) if server.known else MIN_TIME

    def _next(self, now: datetime) -> _Server | None:
        """Return a server that is due, if there is one."""
        while self._queue and self._queue[0][0] <= now:
            due, name = heappop(self._queue)
            server = self._servers.get(name)
            if server and server.due == due:
                return server
        return None

    def _schedule(self, server: _Server, due: datetime) -> None:
        server.due = due
        heappush(self._queue, (due, server.origin))

    async def _process(self, server: _Server) -> None:
        """Read one certificate, and plan the next reading whatever comes of it."""
        name = f"the check of the certificate of {server.origin}"
        due = await attempt(partial(self._read_and_record, server), name)
        server.read_at = self._clock()
        self._schedule(server, server.read_at + (due or RETRY_AFTER))

    async def _read_and_record(self, server: _Server) -> timedelta | None:
        """Return how long the reading is good for, None if there is none."""
        try:
            ends = await self._read(server.representative)
            if self._servers.get(server.origin) is not server:
                # Given up meanwhile: another node may have notified people already.
                return None
            return await self._evaluate(server, ends) if ends else None
        except StoreUnavailable as unavailable:
            _log.warning("Cannot store a certificate's expiry, will retry: %s", unavailable)
            return None

    async def _evaluate(self, server: _Server, ends: datetime) -> timedelta:
        """Record a reading with the notice that is due; return the time until the next one."""
        now, known = self._clock(), server.known
        if ends <= now or (known and known.ends != ends):
            self._reconnect(server.representative)
        seen = updated(known, ends, now) if known else first_seen(server.origin, ends, now)
        # Where no task verifies the certificate, its end needs no notice.
        certificate, notice = next_notice(
            seen, self._steps if server.representative.profile.verify else (), server.urls
        )
        await self._record(certificate, server.urls, notice)
        server.known = certificate
        return next_reading(certificate, self._steps) - now


def _by_origin(tasks: Iterable[Task]) -> Mapping[str, list[Task]]:
    servers: dict[str, list[Task]] = {}
    for task in tasks:
        if task.address.lower().startswith("https:"):
            servers.setdefault(origin(task.address), []).append(task)
    return servers
