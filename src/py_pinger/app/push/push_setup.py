"""Receives pushed reports where a task is pushed; nothing of it is loaded elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from py_pinger.config import PushSection, Settings
from py_pinger.engine.checking.monitor import Monitor
from py_pinger.engine.runtime.reconfigurable import Apply, SettingsChange
from py_pinger.engine.runtime.store_access import StoreUnavailable
from py_pinger.store import Store, StoreError

if TYPE_CHECKING:
    from py_pinger.core.model.push import PushState, PushWrite
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
        """Return the step that receives pushes of another list of tasks."""
        tasks = change.tasks.tasks
        if self.receiver is None and any(task.push for task in tasks):
            from py_pinger.engine.push.push_receiver import PushReceiver  # noqa: PLC0415 - only where needed

            self.receiver = PushReceiver(_PushStorage(self._store), self._clock)
        added = {task.url for task in change.tasks.added}

        def apply(_: object) -> None:
            if self.receiver:
                self.receiver.use(tasks, added, at_start=change.at_start)
                self._monitor.pushes = self.receiver

        return apply

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


class _PushStorage:
    """The store as the receiver uses it: with the failures that the loops know."""

    def __init__(self, store: Store) -> None:
        self._pushes = store.pushes

    def states(self) -> Mapping[str, PushState]:
        """Return what is kept of each task."""
        return self._pushes.states()

    def record(self, writes: Sequence[PushWrite]) -> None:
        """Store pushes; raises StoreUnavailable if the database fails."""
        try:
            self._pushes.record(writes)
        except StoreError as error:
            raise StoreUnavailable(str(error)) from None
