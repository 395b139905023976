"""The tasks by their ids, and their states as last written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock

from sqlalchemy import Connection

from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.core.model.task import Task, TaskListDiff
from py_pinger.core.model.transition import Transition
from py_pinger.store.database.base import Insert
from py_pinger.store.queries import tasks


class StateCache:
    """The tasks' states as last written: ten thousand snapshots in a millisecond, not a third of a second.

    The states are those that the loops hold as well, so a task costs hardly more than its row here.
    """

    def __init__(self, snapshots: Iterable[TaskSnapshot]) -> None:
        """Take what the database says; the order stays."""
        self._snapshots = {snapshot.url: snapshot for snapshot in snapshots}
        self._turn = Lock()

    def take(self, steps: Iterable[Transition]) -> None:
        """Follow a batch that has been written: it is seen whole or not at all.

        A last step of a task that is not among them any more changes nothing.
        """
        with self._turn:
            for step in steps:
                if before := self._snapshots.get(step.url):
                    known = before.certificate_end
                    self._snapshots[step.url] = TaskSnapshot(step.url, before.name, step.state, known)

    def record_certificate(self, urls: Iterable[str], end: datetime) -> None:
        """Follow what was seen of the certificate of the server that these tasks share."""
        with self._turn:
            for url in urls:
                if before := self._snapshots.get(url):
                    self._snapshots[url] = replace(before, certificate_end=end)

    def all(self) -> tuple[TaskSnapshot, ...]:
        """Return the tasks in their order."""
        with self._turn:
            return tuple(self._snapshots.values())

    def one(self, url: str) -> TaskSnapshot | None:
        """Return one task, if it is among them."""
        return self._snapshots.get(url)


@dataclass(frozen=True, slots=True)
class TaskRegistry:
    """`ids` also holds tasks that are monitored no longer: of these a last step may still arrive."""

    tasks: Sequence[Task] = ()
    ids: Mapping[str, int] = field(default_factory=dict)
    standing: StateCache | None = None

    def take(self, steps: Iterable[Transition]) -> None:
        """Follow a batch that has been written."""
        if self.standing:
            self.standing.take(steps)

    def record_certificate(self, urls: Iterable[str], end: datetime) -> None:
        """Follow what was seen of the certificate of the server that these tasks share."""
        if self.standing:
            self.standing.record_certificate(urls, end)

    def stored(self, url: str) -> TaskState | None:
        """Return how a monitored task stands, if that is known."""
        snapshot = self.standing.one(url) if self.standing else None
        return snapshot.state if snapshot else None


def adopted(connection: Connection, insert: Insert, wanted: Sequence[Task]) -> TaskRegistry:
    """Monitor exactly these tasks, inside the caller's transaction."""
    tasks.monitor_exactly(connection, insert, wanted)
    return TaskRegistry(wanted, tasks.ids_by_url(connection), StateCache(tasks.all_monitored(connection)))


def refilled(connection: Connection, insert: Insert, before: TaskRegistry) -> TaskRegistry:
    """Monitor the same tasks, in a database that is made anew, and know those that were left since."""
    tasks.monitor_exactly(connection, insert, before.tasks)
    found = tasks.ids_of(connection, [*before.ids])
    lost = [Task(url, url) for url in before.ids if url not in found]
    tasks.monitor(connection, insert, lost)
    tasks.monitor_no_longer(connection, lost)
    return replace(before, ids=found | tasks.ids_of(connection, [task.url for task in lost]))


def changed(
    connection: Connection, insert: Insert, before: TaskRegistry, change: TaskListDiff
) -> TaskRegistry:
    """Monitor others, inside the caller's transaction; who stays is hardly touched."""
    urls = [task.url for task in change.added]
    tasks.monitor_no_longer(connection, change.removed)
    tasks.monitor(connection, insert, change.tasks, before.tasks)
    known = {each.url: each for each in before.standing.all()} if before.standing else {}
    known |= {each.url: each for each in tasks.some_monitored(connection, urls)}
    snapshots = (_named(known[task.url], task.name) for task in change.tasks)
    ids = {**before.ids, **tasks.ids_of(connection, urls)}
    return TaskRegistry(change.tasks, ids, StateCache(snapshots))


def _named(snapshot: TaskSnapshot, name: str | None) -> TaskSnapshot:
    return snapshot if snapshot.name == name else replace(snapshot, name=name)
