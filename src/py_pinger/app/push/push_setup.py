"""Receives pushed reports where a task is pushed; nothing of it is loaded elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from py_pinger.config import PushSection, Settings
from py_pinger.engine.checking.monitor import Monitor
from py_pinger.engine.runtime.reconfigurable import Apply, SettingsChange
from py_pinger.engine.runtime.store_access import StoreUnavailable
from py_pinger.engine.runtime.tasks import States
from py_pinger.store import Store, StoreError

if TYPE_CHECKING:
    from py_pinger.core.model.push import PushState, PushWrite, WaitingPush
    from py_pinger.engine.push.push_receiver import PushReceiver
    from py_pinger.web.push.push_app import PushAccess
    from py_pinger.web.push.push_gate import PushThrottle

# Seconds that a stop waits for the last pushes to be stored.
STOP_LIMIT = 1.0


class PushSetup:
    """Has the receiver of pushes obey settings, from the first task that is pushed on."""

    def __init__(self, store: Store, monitor: Monitor, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._monitor = monitor
        self._clock = clock
        self.receiver: PushReceiver | None = None
        self._throttle: PushThrottle | None = None

    def prepare(self, change: SettingsChange) -> Apply:
        """Return the step that receives pushes of another list of tasks.

        A node has claimed the tasks that are added to its share: what is kept of them is read here.
        """
        listed = change.settings.tasks
        if self.receiver is None and any(task.push for task in listed):
            self.receiver = self._receiver(is_node=change.share.is_partial)
        receiver = self.receiver
        if receiver is None:
            return lambda _: None
        use = self._step(receiver, change)

        def apply(states: States) -> None:
            use(states)
            self._monitor.pushes = receiver

        return apply

    async def settle(self) -> None:
        """Wait until what was received before the last change is stored.

        A node does so before it releases a shard: afterwards nothing of its tasks is written here.
        """
        if self.receiver:
            await asyncio.to_thread(self.receiver.settle)

    def store_again(self) -> None:
        """Have what is kept of the tasks stored again: the database has lost commits."""
        if self.receiver:
            self.receiver.store_again()

    def access(self, settings: Settings) -> PushAccess | None:
        """Return what the routes of pushes depend on, None where no task is pushed."""
        tasks = [task for task in settings.tasks if task.push]
        if self.receiver is None or not tasks:
            return None
        from py_pinger.web.push.push_app import PushAccess  # noqa: PLC0415 - only where needed
        from py_pinger.web.push.push_gate import PushThrottle  # noqa: PLC0415 - only where needed

        self._throttle = self._throttle or PushThrottle()
        push = settings.push or PushSection()
        key = push.key.get_secret_value() if push.key else None
        return PushAccess(tasks, self.receiver, self._throttle, key, push.post_only, push.push_logs, push.url)

    def stop(self) -> None:
        """Store what has arrived."""
        if self.receiver:
            self.receiver.stop(STOP_LIMIT)

    def _receiver(self, *, is_node: bool) -> PushReceiver:
        from py_pinger.engine.push.push_receiver import PushReceiver  # noqa: PLC0415 - only where needed
        from py_pinger.engine.push.push_sharing import PushSharing  # noqa: PLC0415 - only where needed

        sharing = PushSharing(_SharedPushStorage(self._store)) if is_node else None
        return PushReceiver(_PushStorage(self._store), self._clock, sharing)

    def _step(self, receiver: PushReceiver, change: SettingsChange) -> Apply:
        listed, own = change.settings.tasks, change.tasks
        if not change.share.is_partial:
            added = [task.url for task in own.added]
            return lambda _: receiver.use(listed, added, at_start=change.at_start)
        taken = receiver.take_over(own.added)
        before = {task.url for task in change.replaced.tasks}
        new = () if change.at_start else [task.url for task in listed if task.url not in before]
        return lambda states: receiver.use_share(own.tasks, listed, new, taken, states)


class _PushStorage:
    """The store as the receiver uses it: with the failures that the loops know."""

    def __init__(self, store: Store) -> None:
        self._pushes = store.pushes

    def states(self) -> Mapping[str, PushState]:
        """Return what is kept of each task."""
        return self._pushes.states()

    def record(self, writes: Sequence[PushWrite]) -> None:
        """Store pushes; raises StoreUnavailable if the database fails."""
        with _known_failures():
            self._pushes.record(writes)


class _SharedPushStorage:
    """The store of a node as the receiver uses it: with the failures that the loops know."""

    def __init__(self, store: Store) -> None:
        self._pushes = store.shared_pushes
        self._seen: Hashable = None

    def states_of(self, urls: Collection[str]) -> Mapping[str, PushState]:
        """Return what is kept of these tasks."""
        with _known_failures():
            return self._pushes.states_of(urls)

    def waiting(self) -> Collection[str]:
        """Return the URLs of the tasks with pushes in the inbox."""
        with _known_failures():
            return self._pushes.waiting()

    def arrived(self, *, again: bool) -> Collection[str]:
        """Return the same; if nothing is new since the last call, only `again`."""
        with _known_failures():
            version = self._pushes.version()
            if version == self._seen and not again:
                return ()
            found = self._pushes.waiting()
            self._seen = version
            return found

    def exchange(
        self,
        urls: Collection[str],
        forwarded: Sequence[WaitingPush],
        receive: Callable[[Sequence[WaitingPush]], Sequence[PushWrite]],
    ) -> None:
        """Put pushes into the inbox, and take those of some tasks out of it."""
        with _known_failures():
            self._pushes.exchange(urls, forwarded, receive)


@contextmanager
def _known_failures() -> Iterator[None]:
    try:
        yield
    except StoreError as error:
        raise StoreUnavailable(str(error)) from None
