"""Checks that one node requests of another: a person wants one, or a dependant waits for its parent."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol

from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.core.model.task import Task
from py_pinger.core.times import Clock
from py_pinger.engine.runtime.reconfigurable import Apply, SettingsChange
from py_pinger.engine.runtime.repeat import LoopFailures, every
from py_pinger.engine.runtime.store_access import StoreFailure

# Seconds between two exchanges with the other nodes.
EXCHANGE: Final = 0.5

# Seconds after which the check of a task is requested again, while something waits for it.
REPEAT: Final = 3.0


class CheckRequestAccess(Protocol):
    """The requests that the database keeps for the owners of tasks; every call may raise StoreFailure."""

    async def add(self, urls: Collection[str], now: datetime) -> None:
        """Request checks of tasks that other nodes own."""

    async def waiting(self, *, again: bool) -> Collection[str]:
        """Return the URLs of the tasks whose checks are requested; if nothing is new, only `again`."""

    async def remove(self, urls: Collection[str]) -> None:
        """Remove the requests of some tasks."""

    async def refresh_repeats(self) -> None:
        """Read when the tasks of other nodes were last checked."""


class ChecksElsewhere:
    """The `TasksElsewhere` of a node; `check_soon` and `request` may be called from any thread.

    `snapshot` returns a task as the store knows it, of any node. `request_own` requests a check as a person
    does, and returns the seconds until that is allowed again. `queue` takes the URLs of own tasks to check.
    """

    def __init__(
        self,
        access: CheckRequestAccess,
        snapshot: Callable[[str], TaskSnapshot | None],
        request_own: Callable[[str], float],
        queue: deque[str],
        clock: Clock,
    ) -> None:
        self._access = access
        self._snapshot = snapshot
        self._request_own = request_own
        self._queue = queue
        self._clock = clock
        self._own: frozenset[str] = frozenset()
        self._others: Mapping[str, Task] = {}
        self._tasks: Sequence[Task] = ()
        self._wanted: deque[str] = deque()
        self._requested_at: dict[str, float] = {}
        # The own tasks at the last read that is done with; None if there is to be another.
        self._received: frozenset[str] | None = None

    @property
    def tasks(self) -> Sequence[Task]:
        """The tasks of the settings that other nodes own, in their order."""
        return self._tasks

    def prepare(self, change: SettingsChange) -> Apply:
        """Return the step that knows another share of the tasks."""
        own = frozenset(task.url for task in change.tasks.tasks)
        others = {task.url: task for task in change.settings.tasks if task.url not in own}

        def apply(_: object) -> None:
            self._own, self._others, self._tasks = own, others, tuple(others.values())

        return apply

    def state(self, url: str) -> TaskState | None:
        """Return the state of a task as its owner has stored it; None if it is not monitored."""
        known = self._snapshot(url)
        return known.state if known else None

    def request(self, url: str) -> float:
        """Have a task checked and return 0, or return the seconds until that is allowed again."""
        wait = self._request_own(url)
        if not wait and url in self._others:
            self.check_soon(url)
        return wait

    def check_soon(self, url: str) -> None:
        """Have a task checked by its owner, and its state read again as long as this is called."""
        self._wanted.append(url)

    async def run(self, failures: LoopFailures) -> None:
        """Exchange requests with the other nodes until cancelled."""
        await every(EXCHANGE, self.exchange, "the exchange of requested checks", failures=failures)

    async def exchange(self) -> None:
        """Store the requests of this node, and queue those of others."""
        try:
            await self._send()
            await self._receive()
        except StoreFailure:
            # The store reports that it is away. Who waits for a check goes on requesting it.
            self._requested_at.clear()

    async def _send(self) -> None:
        wanted: set[str] = set()
        while self._wanted:
            wanted.add(self._wanted.popleft())
        if not wanted:
            return
        now = self._clock.monotonic()
        recent = {url: at for url, at in self._requested_at.items() if now - at < REPEAT}
        new = wanted - recent.keys()
        self._requested_at = recent | dict.fromkeys(new, now)
        if new:
            await self._access.add(new, self._clock.now())
        await self._access.refresh_repeats()

    async def _receive(self) -> None:
        own, again = self._own, self._received is not self._own
        if not own:
            return
        self._received = None
        if found := own & set(await self._access.waiting(again=again)):
            await self._access.remove(found)
            self._queue.extend(found)
        self._received = own
