"""The store: everything that the program that monitors reads and writes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from secrets import randbits
from threading import Lock
from typing import TYPE_CHECKING, Self, TypeVar

from sqlalchemy import Connection

from py_pinger.core.discovery.discovery import DiscoveredItem
from py_pinger.core.model.cluster import ChangeKind
from py_pinger.core.model.history import MonitorDowntime
from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.core.model.notification import Delivery, DeliveryUpdate, Notice, NoticeKind
from py_pinger.core.model.task import Task, TaskListDiff
from py_pinger.core.model.transition import Transition
from py_pinger.core.model.versioned_tasks import VersionedTasks
from py_pinger.core.notification.alert import IncidentRecord
from py_pinger.core.notification.route import Route
from py_pinger.core.notification.throttle import MAX_BATCH, SentMessage
from py_pinger.core.probing.certificate import Certificate
from py_pinger.core.text.formatting import count
from py_pinger.store.announcements import Announcements
from py_pinger.store.database.base import Database
from py_pinger.store.database.database_url import create_database
from py_pinger.store.database.errors import DamagedError, StoreError, UnstorableError
from py_pinger.store.history_reader import HistoryReader
from py_pinger.store.quarantine import IncompleteError, salvage, sanitize
from py_pinger.store.queries import (
    alerts,
    certificates,
    deliveries,
    discovered,
    retention,
    sessions,
    tasks,
)
from py_pinger.store.queries.acknowledgements import Acknowledgements
from py_pinger.store.queries.silences import Silences
from py_pinger.store.recorder import Batch, Recorder
from py_pinger.store.task_registry import TaskRegistry, change_tasks, restore_tasks, set_tasks

if TYPE_CHECKING:
    from py_pinger.store.check_request_store import CheckRequestStore
    from py_pinger.store.push_store import PushStore
    from py_pinger.store.shared_push_store import SharedPushStore

_Result = TypeVar("_Result")


class Store(HistoryReader):
    """The open database of the process that monitors; its methods may be called from any thread.

    Each is one transaction: it happens whole, or raises StoreError and changes nothing.
    """

    def __init__(self, database: Database) -> None:
        """Use a database of the newest schema; `open` makes sure of that."""
        super().__init__(database)
        self._recorder = self._create_recorder()
        self.silences = Silences(database)
        self.acknowledgements = Acknowledgements(database)
        self.announcements = Announcements(database)
        self._registry = TaskRegistry()
        self._in_session = False
        # Never that of an earlier start, so that a client with an old one notices.
        self._revision = randbits(48)
        self._revision_lock = Lock()
        database.restore_with(self._restore)

    @classmethod
    def open(cls, url: str) -> Self:
        """Open the database of an SQLAlchemy URL; create it or upgrade its schema if needed.

        Raises StoreError when it cannot be opened or written.
        """
        database = create_database(url)
        try:
            database.open()
        except StoreError:
            database.close()
            raise
        return cls(database)

    def downtime(self) -> MonitorDowntime | None:
        """Return since when Py Pinger was not running; None at the very first start.

        The answer stays the same until the start notice that reports it is recorded.
        """
        return self._retrying(sessions.downtime)

    def record_alive(self, now: datetime) -> None:
        """Record that Py Pinger is running, for the start after a crash."""
        self._update_session(sessions.record_alive, now)

    def end_session(self, now: datetime) -> None:
        """Record that Py Pinger was stopped properly."""
        self._update_session(sessions.end, now)

    def discovered_items(self) -> tuple[DiscoveredItem, ...]:
        """Return the monitored tasks that are items of pages, in their order."""
        return self._retrying(discovered.monitored)

    def set_tasks(self, wanted: Sequence[Task]) -> dict[str, TaskState]:
        """Monitor exactly these tasks from now on, in this order, and return their states by URL."""
        insert = self._database.insert
        self._registry = self._retrying(lambda connection: set_tasks(connection, insert, wanted))
        self._revise()
        return {snapshot.url: snapshot.state for snapshot in self.task_snapshots()}

    def change_tasks(
        self, change: TaskListDiff, notices: Sequence[Notice] = (), routes: Sequence[Route] = ()
    ) -> dict[str, TaskState]:
        """Apply a change of the task list, and return the states of the added tasks by URL.

        A removed task keeps its history; a check of it that is under way is still recorded. The `notices`
        about removed tasks are stored with it.
        """
        batch = Batch((), notices, routes)
        with self._database.writing() as connection:
            registry = change_tasks(connection, self._database.insert, self._registry, change)
            self._recorder.record(connection, registry.ids, batch, registry.stored)
        self._registry = registry
        self._revise()
        return {task.url: state for task in change.added if (state := registry.stored(task.url))}

    def record_missing(self, items: Sequence[DiscoveredItem]) -> None:
        """Store since when and for how long discovered items have been missing on their pages."""
        with self._database.writing() as connection:
            discovered.record(connection, items, self._registry.ids)

    def record(
        self, transitions: Sequence[Transition], notices: Sequence[Notice], routes: Sequence[Route]
    ) -> None:
        """Store transitions, other notices, and a delivery for each notice and channel that gets it.

        Of several transitions of a task, in their order, all history is stored and the last state stays.
        A start notice begins a session. What the database rejects is set aside: then the rest of the batch
        takes several transactions.
        """
        batch = Batch(transitions, notices, routes)
        try:
            self._write(batch)
        except Exception as error:  # noqa: BLE001 - one bad row must not block all writing
            salvage(batch, error, self._write)

    def record_again(
        self, transitions: Sequence[Transition], notices: Sequence[Notice], routes: Sequence[Route]
    ) -> None:
        """Store what was stored before and may be lost, whole: what is known of the database may be wrong.

        What it rejects is set aside as by `record`. Raises IncompleteError with what is about tasks that it
        does not have.
        """
        batch = Batch(transitions, notices, routes)
        try:
            self._write_again(batch)
        except Exception as error:  # noqa: BLE001 - one bad row must not block all writing
            salvage(batch, error, self._write_again)

    @cached_property
    def pushes(self) -> PushStore:
        """What is kept of the tasks that are pushed."""
        # Imported only when needed: most installations poll all their tasks.
        from py_pinger.store.push_store import PushStore  # noqa: PLC0415

        return PushStore(self._database, lambda: self._registry.ids, self._revise)

    @cached_property
    def shared_pushes(self) -> SharedPushStore:
        """The same for a node, which receives pushes for other nodes too."""
        from py_pinger.store.shared_push_store import SharedPushStore  # noqa: PLC0415 - only a node needs it

        return SharedPushStore(
            self._database, lambda: self._registry.ids, self._revise, self._note, self._push_version
        )

    @cached_property
    def check_requests(self) -> CheckRequestStore:
        """The checks that nodes request of each other."""
        from py_pinger.store.check_request_store import CheckRequestStore  # noqa: PLC0415 - only a node needs it

        return CheckRequestStore(self._database, lambda: self._registry.ids, self._note)

    def certificates(self) -> tuple[Certificate, ...]:
        """Return the known certificate of each origin."""
        return self._retrying(certificates.known)

    def record_certificate(
        self, certificate: Certificate, urls: Sequence[str], notice: Notice | None, routes: Sequence[Route]
    ) -> None:
        """Store the certificate of these tasks' server, and the notice about it."""
        batch = Batch((), (notice,) if notice else (), routes)
        with self._database.writing() as connection:
            certificates.record(connection, self._database.insert, certificate)
            self._recorder.record(connection, self._registry.ids, batch, self._registry.stored)
            self._mark_followed(connection, urls)
        self._registry.record_certificate(urls, certificate.ends)
        self._revise()

    def resume_deliveries(self, channels: Sequence[str], now: datetime) -> None:
        """Make due what waits for these channels; end what waits for others or is outdated."""
        self._retrying(lambda connection: deliveries.resume(connection, channels, now))
        self._revise()

    def make_due(self, channel: str, now: datetime) -> None:
        """Make everything due that waits for a channel: the cause of its failures may be fixed."""
        with self._database.writing() as connection:
            deliveries.make_due(connection, channel, now)
        self._revise()

    def sent_lately(self, channel: str, since: datetime) -> tuple[SentMessage, ...]:
        """Return the messages that a channel has accepted since a moment, oldest first."""
        with self._database.reading() as connection:
            return deliveries.sent_since(connection, channel, since)

    def give_up(self, channel: str, now: datetime) -> int:
        """Give up what waits for a removed channel, and return the number of deliveries."""
        with self._database.writing() as connection:
            number = deliveries.give_up(connection, channel, now)
        self._revise()
        return number

    def waiting(self, channel: str, now: datetime, limit: int = MAX_BATCH) -> tuple[Delivery, ...]:
        """Return what waits for a channel, oldest first.

        Of more than `limit` what can be sent first.
        """
        with self._reading_for(channel) as connection:
            return deliveries.waiting_for(connection, channel, now, limit)

    def incident_records(self, channel: str, deliveries: Sequence[int]) -> tuple[IncidentRecord, ...]:
        """Return the incidents of a channel's deliveries, and the open ones of the same tasks."""
        with self._reading_for(channel) as connection:
            return alerts.of_deliveries(connection, channel, deliveries)

    def open_incident_records(self, channel: str) -> tuple[IncidentRecord, ...]:
        """Return the open incidents, except those whose first notice still waits for the channel."""
        with self._reading_for(channel) as connection:
            return alerts.still_open(connection, channel)

    def settle(self, update: DeliveryUpdate, notices: Collection[Notice] | None = None) -> None:
        """Record the outcome of an attempt, of deliveries of these notices only if they are given."""
        try:
            self._settle(update, notices)
        except UnstorableError:
            # A channel's response that cannot be stored must not have the message sent again.
            self._settle(sanitize(update), notices)

    def revision(self) -> int:
        """Return a number that changes with whatever is written; costs no query."""
        return self._revision

    def task_snapshots(self) -> tuple[TaskSnapshot, ...]:
        """Return the monitored tasks in the order of the configuration."""
        if cache := self._registry.cache:
            return cache.all()
        with self._database.reading() as connection:
            return tasks.all_monitored(connection)

    def versioned_tasks(self, since: int) -> VersionedTasks:
        """Return the same, and which have changed since a version that was returned before."""
        cache = self._registry.cache
        return cache.versioned(since) if cache else VersionedTasks(self.task_snapshots())

    def task_snapshot(self, url: str) -> TaskSnapshot | None:
        """Return a monitored task, or None when there is none with this URL."""
        if cache := self._registry.cache:
            return cache.get(url)
        with self._database.reading() as connection:
            return tasks.one_monitored(connection, url)

    def prune(self, before: datetime, limit: int = 500) -> int:
        """Delete at most `limit` rows of history that ended `before` a moment; return how many.

        What is open or waiting stays, and of a monitored task its current span and its last run.
        """
        with self._database.writing() as connection:
            return retention.prune(connection, before, limit)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def file(self) -> Path | None:
        """Return the database's file; None on a server."""
        return self._database.file()

    def database_incidents(self) -> tuple[str, ...]:
        """Return what happened to the database since it was opened, one sentence each, for people."""
        return self._database.incidents()

    def database_error(self) -> str | None:
        """Return why another process, or a server, keeps this one from writing; None if nothing does."""
        return self._database.error()

    def _create_recorder(self) -> Recorder:
        return Recorder(self._database.insert)

    def _reading_for(self, channel: str) -> AbstractContextManager[Connection]:  # noqa: ARG002 - nodes own channels
        """Run one transaction that only reads what is sent to a channel, by the process that sends it."""
        return self._database.reading_as_owner()

    def _note(self, connection: Connection, kind: ChangeKind) -> None:
        """Note what a transaction changes, for other nodes; a single process needs no notes."""

    def _push_version(self) -> Hashable:
        """Return what is equal as long as no node has put pushes into the inbox; here never."""
        return object()

    def _mark_followed(self, connection: Connection, urls: Sequence[str]) -> None:
        """Mark tasks as changed, for other nodes; a single process needs no marks."""

    def _retrying(self, operation: Callable[[Connection], _Result]) -> _Result:
        """Run an operation of the start, again if the database has to be repaired first."""
        try:
            with self._database.writing(patient=True) as connection:
                return operation(connection)
        except DamagedError:
            with self._database.writing(patient=True) as connection:
                return operation(connection)

    def _write(self, batch: Batch) -> None:
        starts = [notice for notice in batch.notices if notice.kind is NoticeKind.STARTED]
        with self._database.writing() as connection:
            self._recorder.record(connection, self._keys(connection, batch), batch, self._registry.stored)
            for start in starts:
                sessions.begin(connection, start.at)
        self._registry.record(batch.transitions)
        self._in_session = self._in_session or bool(starts)
        self._revise()

    def _write_again(self, batch: Batch) -> None:
        urls = {each.url for each in batch.transitions} | {each.url or "" for each in batch.all_notices()}
        with self._database.writing(patient=True) as connection:
            # Tasks that were added lately may be missing, or have been added again with other keys.
            ids = tasks.ids_of(connection, [*urls])
            known, missing = batch.split(ids)
            self._recorder.record_again(connection, ids, known)
        self._revise()
        if missing.transitions or missing.notices:
            subject = count(len(urls - {*ids, ""}), "task")
            raise IncompleteError(f"the database has lost {subject}", missing.transitions, missing.notices)

    def _keys(self, connection: Connection, batch: Batch) -> Mapping[str, int]:
        """Return the keys of tasks by URL; of tasks that were removed long ago the database knows them."""
        known = self._registry.ids
        forgotten = [step.url for step in batch.transitions if step.url not in known]
        return {**known, **tasks.ids_of(connection, forgotten)} if forgotten else known

    def _update_session(self, record: Callable[[Connection, datetime], None], now: datetime) -> None:
        # Before the start notice is stored the newest session is an earlier one, whose end is unreported.
        if self._in_session:
            with self._database.writing() as connection:
                record(connection, now)

    def _settle(self, update: DeliveryUpdate, notices: Collection[Notice] | None) -> None:
        with self._database.writing() as connection:
            deliveries.settle(connection, update, notices)
        self._revise()

    def _restore(self, connection: Connection) -> None:
        """Write the tasks and their states to a recreated database, whatever was recovered."""
        if cache := self._registry.cache:
            self._registry = restore_tasks(connection, self._database.insert, self._registry)
            self._recorder.restore(connection, self._registry.ids, cache.all())
        self._revise()

    def _revise(self) -> None:
        with self._revision_lock:
            self._revision += 1
