"""The store as everybody else sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from secrets import randbits
from threading import Lock
from typing import Self, TypeVar

from sqlalchemy import Connection

from py_pinger.core.model.history import MonitorDowntime
from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.core.model.notification import Delivery, DeliveryUpdate, Notice, NoticeKind
from py_pinger.core.model.task import Task, TaskListDiff
from py_pinger.core.model.transition import Transition
from py_pinger.core.notification.alert import IncidentRecord
from py_pinger.core.notification.route import Route
from py_pinger.core.notification.throttle import MAX_BATCH
from py_pinger.core.probing.certificate import Certificate
from py_pinger.store.database.base import Database
from py_pinger.store.database.database_url import database_at
from py_pinger.store.database.errors import DamagedError, StoreError, UnstorableError
from py_pinger.store.history_reader import HistoryReader
from py_pinger.store.quarantine import sanitize, write_salvaging
from py_pinger.store.queries import alerts, certificates, deliveries, retention, sessions, tasks
from py_pinger.store.queries.silences import Silences
from py_pinger.store.recorder import Batch, Recorder
from py_pinger.store.task_registry import TaskRegistry, adopted, changed, refilled

_Result = TypeVar("_Result")


class Store(HistoryReader):
    """The memory of Py Pinger; its methods may be called from any thread.

    Each is one transaction: it happens whole, or raises StoreError and leaves all as it was.
    """

    def __init__(self, database: Database) -> None:
        """Work on a database that has the newest schema; `open` sees to that."""
        super().__init__(database)
        self._recorder = Recorder(database.insert)
        self.silences = Silences(database)
        self._register = TaskRegistry()
        self._watches = False
        # Never that of an earlier start, so that whoever holds an old one notices.
        self._revision = randbits(48)
        self._changing = Lock()
        database.refill_with(self._refill)

    @classmethod
    def open(cls, url: str) -> Self:
        """Open the database that an SQLAlchemy URL names, made and brought to the newest schema if need be.

        Raises StoreError when it cannot be opened or written.
        """
        database = database_at(url)
        try:
            database.open()
        except StoreError:
            database.close()
            raise
        return cls(database)

    def downtime(self) -> MonitorDowntime | None:
        """Return since when nobody watched, or None at the very first start.

        It stays so until the greeting that tells it has been recorded: with that, watching begins.
        """
        return self._surely(sessions.downtime)

    def record_alive(self, now: datetime) -> None:
        """Note that watching goes on; what begins after a crash learns from it how long nobody watched."""
        self._watch(sessions.go_on, now)

    def end_session(self, now: datetime) -> None:
        """Note that watching ends as it should."""
        self._watch(sessions.end, now)

    def set_tasks(self, wanted: Sequence[Task]) -> dict[str, TaskState]:
        """Monitor exactly these tasks from now on, in this order, and return their states by URL."""
        insert = self._database.insert
        self._register = self._surely(lambda connection: adopted(connection, insert, wanted))
        self._changed()
        return {snapshot.url: snapshot.state for snapshot in self.task_snapshots()}

    def change_tasks(self, change: TaskListDiff) -> dict[str, TaskState]:
        """Monitor others from now on, and return the states of those that are added, by URL.

        What is removed keeps its history; a step of its that was on its way is still recorded.
        """
        with self._database.writing() as connection:
            register = changed(connection, self._database.insert, self._register, change)
        self._register = register
        self._changed()
        return {task.url: state for task in change.added if (state := register.stored(task.url))}

    def record(self, steps: Sequence[Transition], notices: Sequence[Notice], routes: Sequence[Route]) -> None:
        """Store what checks have led to, other notices beside it, and a delivery for each notice and channel.

        Of several steps of one task, given in their order, all history is kept and the last state stands.
        With a greeting it is noted that watching begins.
        One value that cannot be stored costs only itself: then the batch takes several transactions.
        """
        for written in write_salvaging(Batch(steps, notices, routes), self._write):
            self._register.take(written.steps)
            self._watches = self._watches or any(map(_begins, written.notices))
            self._changed()

    def certificates(self) -> tuple[Certificate, ...]:
        """Return what is known of the certificates of servers."""
        return self._surely(certificates.known)

    def record_certificate(
        self, certificate: Certificate, urls: Sequence[str], notice: Notice | None, routes: Sequence[Route]
    ) -> None:
        """Keep what was seen of the certificate of these tasks' server, and the word about it."""
        batch = Batch((), (notice,) if notice else (), routes)
        with self._database.writing() as connection:
            certificates.keep(connection, self._database.insert, certificate)
            self._recorder.record(connection, self._register.ids, batch, self._register.stored)
        self._register.record_certificate(urls, certificate.ends)
        self._changed()

    def resume_deliveries(self, channels: Sequence[str], now: datetime) -> None:
        """Go on with what waits for these channels, and end what waits for others, or was a mere greeting."""
        self._surely(lambda connection: deliveries.resume(connection, channels, now))
        self._changed()

    def make_due(self, channel: str, now: datetime) -> None:
        """Make all due that waits for a channel: what it failed for may be mended."""
        with self._database.writing() as connection:
            deliveries.make_due(connection, channel, now)
        self._changed()

    def give_up(self, channel: str, now: datetime) -> int:
        """End what waits for a channel that is gone, and return how many deliveries that was."""
        with self._database.writing() as connection:
            number = deliveries.give_up(connection, channel, now)
        self._changed()
        return number

    def waiting(self, channel: str, limit: int = MAX_BATCH) -> tuple[Delivery, ...]:
        """Return what waits for a channel, oldest first, due or not."""
        with self._database.reading() as connection:
            return deliveries.waiting_for(connection, channel, limit)

    def incident_records(self, channel: str, deliveries: Sequence[int]) -> tuple[IncidentRecord, ...]:
        """Return the incidents that a channel's deliveries are about, and the open ones of the same tasks."""
        with self._database.reading() as connection:
            return alerts.of_deliveries(connection, channel, deliveries)

    def open_incident_records(self, channel: str) -> tuple[IncidentRecord, ...]:
        """Return the open incidents that were told, but for those that wait for the channel."""
        with self._database.reading() as connection:
            return alerts.still_open(connection, channel)

    def settle(self, settlement: DeliveryUpdate) -> None:
        """Note what has become of deliveries after a try."""
        try:
            self._settle(settlement)
        except UnstorableError:
            # What a channel answered must not have it told again.
            self._settle(sanitize(settlement))

    def revision(self) -> int:
        """Return a number that changes with whatever is written; it costs no look at the database."""
        return self._revision

    def task_snapshots(self) -> tuple[TaskSnapshot, ...]:
        """Return the monitored tasks in the order of the configuration."""
        if standing := self._register.standing:
            return standing.all()
        with self._database.reading() as connection:
            return tasks.all_monitored(connection)

    def task_snapshot(self, url: str) -> TaskSnapshot | None:
        """Return one monitored task, or None when there is none with this URL."""
        if standing := self._register.standing:
            return standing.one(url)
        with self._database.reading() as connection:
            return tasks.one_monitored(connection, url)

    def prune(self, before: datetime, limit: int = 500) -> int:
        """Forget history that was over `before`, at most `limit` rows of it, and return how many.

        What is open or waiting stays, and of a monitored task its current span and its last run.
        """
        with self._database.writing() as connection:
            return retention.prune(connection, before, limit)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def file(self) -> Path | None:
        """Return the file that holds the data; None when a server keeps it."""
        return self._database.file()

    def database_incidents(self) -> tuple[str, ...]:
        """Return what has happened to the database since it was opened, a sentence each, for people."""
        return self._database.incidents()

    def _surely(self, deed: Callable[[Connection], _Result]) -> _Result:
        """Do what a start needs in one transaction, once more if the database has to be put right first."""
        try:
            with self._database.writing() as connection:
                return deed(connection)
        except DamagedError:
            with self._database.writing() as connection:
                return deed(connection)

    def _write(self, batch: Batch) -> None:
        with self._database.writing() as connection:
            self._recorder.record(connection, self._register.ids, batch, self._register.stored)
            for greeting in filter(_begins, batch.notices):
                sessions.begin(connection, greeting.at)

    def _watch(self, note: Callable[[Connection, datetime], None], now: datetime) -> None:
        # Before the greeting is stored the newest watch is a former one, whose end is still to be told.
        if self._watches:
            with self._database.writing() as connection:
                note(connection, now)

    def _settle(self, settlement: DeliveryUpdate) -> None:
        with self._database.writing() as connection:
            deliveries.settle(connection, settlement)
        self._changed()

    def _refill(self, connection: Connection) -> None:
        """Write the tasks and how they stand into a database that is made anew, whatever was carried over."""
        if standing := self._register.standing:
            self._register = refilled(connection, self._database.insert, self._register)
            self._recorder.restore(connection, self._register.ids, standing.all())
        self._changed()

    def _changed(self) -> None:
        with self._changing:
            self._revision += 1


def _begins(notice: Notice) -> bool:
    """Tell whether this is the greeting with which watching begins."""
    return notice.kind is NoticeKind.STARTED
