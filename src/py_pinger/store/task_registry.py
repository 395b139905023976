"""The keys of the tasks, and their states as last written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock

from sqlalchemy import Connection

from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.core.model.task import Task, TaskListDiff
from py_pinger.core.model.transition import Transition
from py_pinger.core.model.versioned_tasks import VersionedTasks
from py_pinger.store.change_log import ChangeLog
from py_pinger.store.database.base import Insert
from py_pinger.store.queries import discovered, tasks
from py_pinger.store.queries.cluster import repeat_batches
from py_pinger.store.repeats.last_checks import not_older
from py_pinger.store.repeats.repeat_rows import RepeatRows

# Tasks removed by earlier changes whose keys stay in memory, which takes some 2 MB: their last transitions
# may still arrive. All keys would grow without end where names are random and reloads are frequent.
MAX_REMOVED = 10_000


class StateCache:
    """The states of the tasks as last written: 10,000 in 1 ms, where a query takes 300 ms.

    The states are the objects that the loops hold as well, so a task costs little more than its entry.
    """

    def __init__(self, snapshots: Iterable[TaskSnapshot]) -> None:
        """Start with what the database says; the order stays."""
        self._snapshots = {snapshot.url: snapshot for snapshot in snapshots}
        self._lock = Lock()
        # To read half of the tasks takes as long as to read all of them.
        self._log = ChangeLog(len(self._snapshots) // 2)

    def record(self, transitions: Collection[Transition]) -> None:
        """Apply a batch that was written; readers see all of it or nothing.

        A last transition of a task that is no longer monitored changes nothing.
        """
        with self._lock:
            self._log.add([transition.url for transition in transitions])
            for transition in transitions:
                if before := self._snapshots.get(transition.url):
                    self._snapshots[transition.url] = TaskSnapshot(
                        transition.url, before.name, transition.state, before.certificate_end
                    )

    def record_certificate(self, urls: Sequence[str], end: datetime) -> None:
        """Apply the end of the certificate of the server that these tasks share."""
        with self._lock:
            self._log.add(urls)
            for url in urls:
                if before := self._snapshots.get(url):
                    self._snapshots[url] = replace(before, certificate_end=end)

    def update(self, snapshots: Iterable[TaskSnapshot]) -> None:
        """Replace tasks as others have written them; those that are not monitored here stay away."""
        with self._lock:
            monitored = {each.url: each for each in snapshots if each.url in self._snapshots}
            self._log.add([*monitored])
            self._snapshots.update(monitored)

    def reload(self, snapshots: Iterable[TaskSnapshot], keeps: Callable[[str], bool]) -> None:
        """Replace all tasks, except for the states of those that it `keeps`, by their URLs.

        Of the others the last checks stay that are known and not in the rows yet.
        """
        loaded = {each.url: each for each in snapshots}
        with self._lock:
            for url, before in self._snapshots.items():
                if after := loaded.get(url):
                    kept = replace(after, state=before.state) if keeps(url) else not_older(after, before)
                    loaded[url] = kept
            self._snapshots = loaded
            self._log.forget()

    def all(self) -> tuple[TaskSnapshot, ...]:
        """Return the tasks in their order."""
        with self._lock:
            return tuple(self._snapshots.values())

    def versioned(self, since: int) -> VersionedTasks:
        """Return the same, and which have changed since a version that was returned before."""
        with self._lock:
            return VersionedTasks(tuple(self._snapshots.values()), self._log.version, self._log.since(since))

    def get(self, url: str) -> TaskSnapshot | None:
        """Return a task, or None if it is not monitored."""
        return self._snapshots.get(url)


@dataclass(frozen=True, slots=True)
class TaskRegistry:
    """The monitored tasks; `ids` has the last removed ones too: a last transition may still arrive."""

    tasks: Sequence[Task] = ()
    ids: Mapping[str, int] = field(default_factory=dict)
    cache: StateCache | None = None

    def record(self, transitions: Collection[Transition]) -> None:
        """Apply a batch that was written."""
        if self.cache:
            self.cache.record(transitions)

    def record_certificate(self, urls: Sequence[str], end: datetime) -> None:
        """Apply the end of the certificate of the server that these tasks share."""
        if self.cache:
            self.cache.record_certificate(urls, end)

    def stored(self, url: str) -> TaskState | None:
        """Return the stored state of a monitored task, if it is known."""
        snapshot = self.cache.get(url) if self.cache else None
        return snapshot.state if snapshot else None


def set_tasks(connection: Connection, insert: Insert, wanted: Sequence[Task]) -> TaskRegistry:
    """Monitor exactly these tasks, in the caller's transaction, and return their registry.

    No node uses the database any more: what the last ones had not written to the rows is written now.
    """
    RepeatRows(insert).write_all(connection, repeat_batches.take_all(connection))
    monitored = tasks.monitor_exactly(connection, insert, wanted)
    ids = monitored.ids
    discovered.keep_only(connection, [ids[task.url] for task in wanted if task.listed_by])
    discovered.add(connection, insert, wanted, ids)
    return TaskRegistry(wanted, ids, StateCache(monitored.snapshots))


def monitored_tasks(
    connection: Connection, cache: StateCache | None, keeps: Callable[[str], bool]
) -> TaskRegistry:
    """Return the registry of the tasks that the database says are monitored.

    The cache stays the same object: it gets all states except for those that it `keeps`.
    """
    monitored = tasks.read_monitored(connection)
    if cache is None:
        cache = StateCache(monitored.snapshots)
    else:
        cache.reload(monitored.snapshots, keeps)
    return TaskRegistry((), monitored.ids, cache)


def rule_tasks(connection: Connection, insert: Insert, wanted: Sequence[Task]) -> None:
    """Monitor exactly these tasks while nodes write their states; only rows that differ are written."""
    before = tasks.places(connection)
    after = {task.url: (position, task.name) for position, task in enumerate(wanted)}
    if before != after:
        tasks.lock(connection)
        tasks.stop_monitoring(connection, [url for url in before if url not in after])
        tasks.monitor(connection, insert, wanted, before)
    items = [task for task in wanted if task.listed_by]
    ids = tasks.ids_of(connection, [task.url for task in items])
    discovered.keep_only(connection, [*ids.values()])
    discovered.add(connection, insert, items, ids)


def add_items(connection: Connection, insert: Insert, added: Sequence[Task], removed: Sequence[Task]) -> None:
    """Monitor items of pages after all other tasks, and stop monitoring others."""
    tasks.stop_monitoring(connection, [task.url for task in removed])
    gone = tasks.ids_of(connection, [task.url for task in removed])
    discovered.remove(connection, gone.values())
    tasks.monitor(connection, insert, added, {}, tasks.next_position(connection))
    discovered.add(connection, insert, added, tasks.ids_of(connection, [task.url for task in added]))


def restore_tasks(connection: Connection, insert: Insert, before: TaskRegistry) -> TaskRegistry:
    """Monitor the same tasks in a recreated database, and keep the keys of removed ones."""
    tasks.monitor_exactly(connection, insert, before.tasks)
    found = tasks.ids_of(connection, [*before.ids])
    lost = [url for url in before.ids if url not in found]
    tasks.monitor(connection, insert, [Task(url, url) for url in lost], {})
    tasks.stop_monitoring(connection, lost)
    ids = found | tasks.ids_of(connection, lost)
    discovered.add(connection, insert, before.tasks, ids)
    return replace(before, ids=ids)


def change_tasks(
    connection: Connection, insert: Insert, before: TaskRegistry, change: TaskListDiff
) -> TaskRegistry:
    """Apply a change of the task list in the caller's transaction."""
    urls = [task.url for task in change.added]
    places = {task.url: (position, task.name) for position, task in enumerate(before.tasks)}
    tasks.stop_monitoring(connection, [task.url for task in change.removed])
    tasks.monitor(connection, insert, change.tasks, places)
    known = {each.url: each for each in before.cache.all()} if before.cache else {}
    known |= {each.url: each for each in tasks.some_monitored(connection, urls)}
    snapshots = (_renamed(known[task.url], task.name) for task in change.tasks)
    ids = _bounded_ids({**before.ids, **tasks.ids_of(connection, urls)}, change)
    no_items = (*change.removed, *(task for task in change.changed if not task.listed_by))
    discovered.remove(connection, [ids[task.url] for task in no_items])
    discovered.add(connection, insert, (*change.added, *change.changed), ids)
    return TaskRegistry(change.tasks, ids, StateCache(snapshots))


def _bounded_ids(ids: Mapping[str, int], change: TaskListDiff) -> Mapping[str, int]:
    """Return the keys of the monitored tasks, and of those removed last, in the order of their removal."""
    monitored = {task.url: ids[task.url] for task in change.tasks}
    now = {task.url: ids[task.url] for task in change.removed}
    earlier = {url: key for url, key in ids.items() if url not in monitored and url not in now}
    removed = [*earlier.items(), *now.items()]
    return dict(removed[-max(MAX_REMOVED, len(now)) :]) | monitored


def _renamed(snapshot: TaskSnapshot, name: str | None) -> TaskSnapshot:
    return snapshot if snapshot.name == name else replace(snapshot, name=name)
