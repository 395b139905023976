"""The loop that looks at the certificates of all servers, one after the other, now and then."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush

from py_pinger.core.model.notification import Notice
from py_pinger.core.model.task import Task
from py_pinger.core.probing.certificate import Certificate, first_seen, next_notice, next_reading, updated
from py_pinger.core.text.urls import origin
from py_pinger.core.times import MIN_TIME
from py_pinger.engine.runtime.store_access import StoreUnavailable

_log = logging.getLogger(__name__)

# Seconds between two looks, and between two times of asking whether one is due.
APART = 0.1
PAUSE = 1.0

# Before the first look: checks come first.
START = timedelta(seconds=2)

# After a look at which nothing could be seen, and between two that failing checks ask for.
AGAIN = timedelta(hours=1)
SUSPECTED_AGAIN = timedelta(minutes=10)

Look = Callable[[Task], Awaitable[datetime | None]]
Keep = Callable[[Certificate, Sequence[str], Notice | None], Awaitable[None]]


@dataclass(slots=True, eq=False)
class _Server:
    """Who answers for an origin: the tasks there, what is known of its certificate, and the next look."""

    origin: str
    tasks: Sequence[Task]
    known: Certificate | None
    due: datetime = MIN_TIME
    looked: datetime = MIN_TIME

    @property
    def urls(self) -> list[str]:
        """The tasks there, as people see them."""
        return [task.url for task in self.tasks]

    @property
    def asked(self) -> Task:
        """The task that it is asked for: one whose server has to be the right one, if there is one."""
        return next((task for task in self.tasks if task.profile.verify), self.tasks[0])


class CertificateMonitor:
    """Keeps what is seen of each https server's certificate, and tells when one is about to end.

    `look` returns the end of a task's server's certificate, None if that cannot be seen; `keep` stores it for
    the tasks with these URLs, with the word about it. `steps` are the times before its end to tell it at.
    """

    def __init__(
        self,
        look: Look,
        keep: Keep,
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[object]],
    ) -> None:
        self._look = look
        self._keep = keep
        self._clock = clock
        self._sleep = sleep
        self._servers: dict[str, _Server] = {}
        self._remembered: dict[str, Certificate] = {}
        self._agenda: list[tuple[datetime, str]] = []
        self._steps: Sequence[timedelta] = ()

    def watch(
        self, tasks: Iterable[Task], steps: Sequence[timedelta], known: Iterable[Certificate] = ()
    ) -> None:
        """Look at the servers of these tasks from now on; `known` is what the store remembers."""
        now, before = self._clock(), self._servers
        # Of those that go as well: when they come back, what people were told is not told again.
        self._remembered |= {each.origin: each for each in known}
        self._remembered |= {each.origin: each.known for each in before.values() if each.known}
        self._steps, self._servers, self._agenda = steps, {}, []
        for name, there in _by_origin(tasks).items():
            server = before.get(name) or _Server(name, there, self._remembered.get(name))
            server.tasks = there
            self._servers[name] = server
            self._put_off(server, max(server.due, now + START, self._planned(server)))

    def check_soon(self, name: str) -> None:
        """Look at an origin's certificate soon: a check has failed for what may be its fault."""
        server = self._servers.get(name)
        now = self._clock()
        if server and now - server.looked >= SUSPECTED_AGAIN and server.due > now:
            self._put_off(server, now)

    async def run(self) -> None:
        """Look for ever."""
        while True:
            server = self._next(self._clock())
            if server:
                await self._visit(server)
            await self._sleep(APART if server else PAUSE)

    def _planned(self, server: _Server) -> datetime:
        return next_reading(server.known, self._steps) if server.known else MIN_TIME

    def _next(self, now: datetime) -> _Server | None:
        """Return a server that is due, if there is one."""
        while self._agenda and self._agenda[0][0] <= now:
            due, name = heappop(self._agenda)
            server = self._servers.get(name)
            if server and server.due == due:
                return server
        return None

    def _put_off(self, server: _Server, due: datetime) -> None:
        server.due = due
        heappush(self._agenda, (due, server.origin))

    async def _visit(self, server: _Server) -> None:
        """Look at one. A fault of ours costs this one look."""
        due = AGAIN
        try:
            ends = await self._look(server.asked)
            due = await self._note(server, ends) if ends else AGAIN
        except StoreUnavailable as unavailable:
            _log.warning("What was seen of a certificate could not be kept: %s", unavailable)
        except Exception:  # noqa: BLE001 - it must not end the looking
            _log.exception("The certificate of %s could not be seen for a reason of our own.", server.origin)
        server.looked = self._clock()
        self._put_off(server, server.looked + due)

    async def _note(self, server: _Server, ends: datetime) -> timedelta:
        """Keep, and tell, what was seen; return how long that is good for."""
        now, known = self._clock(), server.known
        seen = updated(known, ends, now) if known else first_seen(server.origin, ends, now)
        # What nobody verifies may end.
        certificate, notice = next_notice(
            seen, self._steps if server.asked.profile.verify else (), server.urls
        )
        await self._keep(certificate, server.urls, notice)
        server.known = certificate
        return next_reading(certificate, self._steps) - now


def _by_origin(tasks: Iterable[Task]) -> Mapping[str, list[Task]]:
    servers: dict[str, list[Task]] = {}
    for task in tasks:
        name = origin(task.address)
        if name.startswith("https://"):
            servers.setdefault(name, []).append(task)
    return servers
