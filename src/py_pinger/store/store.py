"""The store as everybody else sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from secrets import randbits
from threading import Lock
from typing import Self, TypeVar

from sqlalchemy import Connection

from py_pinger.core.alert import Case
from py_pinger.core.delivery import Delivery, Settlement
from py_pinger.core.history import (
    Absence,
    ChannelRecord,
    IncidentFilter,
    LatencyHour,
    PastIncident,
    PastRun,
    PastSpan,
)
from py_pinger.core.model import Listing, Task, TaskState
from py_pinger.core.step import Notice, NoticeKind, Step
from py_pinger.store import cases, channels, history, incidents, outbox, pruning, tasks, watching
from py_pinger.store.database import Database
from py_pinger.store.errors import AmissError, StoreError, UnstorableError
from py_pinger.store.opening import database_at
from py_pinger.store.recording import Batch, Recorder
from py_pinger.store.sifting import cleaned, sifted
from py_pinger.store.silences import Silences
from py_pinger.store.standing import Standing

_Result = TypeVar("_Result")


class Store:
    """The memory of Py Pinger; its methods may be called from any thread.

    Each is one transaction: it happens whole, or raises StoreError and leaves all as it was.
    """

    def __init__(self, database: Database) -> None:
        """Work on a database that has the newest schema; `open` sees to that."""
        self._database = database
        self._recorder = Recorder(database.insert)
        self.silences = Silences(database)
        self._tasks: Sequence[Task] = ()
        self._ids: Mapping[str, int] = {}
        self._standing: Standing | None = None
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

    def absence(self) -> Absence | None:
        """Return since when nobody watched, or None at the very first start.

        It stays so until the greeting that tells it has been recorded: with that, watching begins.
        """
        return self._surely(watching.absence)

    def seen(self, now: datetime) -> None:
        """Note that watching goes on; what begins after a crash learns from it how long nobody watched."""
        self._watch(watching.go_on, now)

    def end_watch(self, now: datetime) -> None:
        """Note that watching ends as it should."""
        self._watch(watching.end, now)

    def adopt(self, wanted: Sequence[Task]) -> dict[str, TaskState]:
        """Monitor exactly these tasks from now on, in this order, and return their states by URL."""

        def adopt(connection: Connection) -> tuple[Mapping[str, int], Sequence[Listing]]:
            tasks.monitor_exactly(connection, self._database.insert, wanted)
            return tasks.ids_by_url(connection), tasks.all_monitored(connection)

        ids, listings = self._surely(adopt)
        self._tasks, self._ids, self._standing = wanted, ids, Standing(listings)
        self._changed()
        return {listing.url: listing.state for listing in listings}

    def record(self, steps: Sequence[Step], notices: Sequence[Notice], channels: Sequence[str]) -> None:
        """Store what checks have led to, other notices beside it, and a delivery for each notice and channel.

        Of several steps of one task, given in their order, all history is kept and the last state stands.
        With a greeting it is noted that watching begins.
        One value that cannot be stored costs only itself: then the batch takes several transactions.
        """
        for written in sifted(Batch(steps, notices, channels), self._write):
            if self._standing:
                self._standing.take(written.steps)
            self._watches = self._watches or any(map(_begins, written.notices))
            self._changed()

    def take_up(self, channels: Sequence[str], now: datetime) -> None:
        """Go on with what waits for these channels, and end what waits for others, or was a mere greeting."""
        self._surely(lambda connection: outbox.take_up(connection, channels, now))
        self._changed()

    def waiting(self, channel: str, limit: int = 1000) -> tuple[Delivery, ...]:
        """Return what waits for a channel, oldest first, due or not."""
        with self._database.reading() as connection:
            return outbox.waiting_for(connection, channel, limit)

    def cases(self, deliveries: Sequence[int]) -> tuple[Case, ...]:
        """Return the incidents that these deliveries are about, and the open ones of the same tasks."""
        with self._database.reading() as connection:
            return cases.of_deliveries(connection, deliveries)

    def open_cases(self, channel: str) -> tuple[Case, ...]:
        """Return the open incidents that were told, but for those that wait for the channel."""
        with self._database.reading() as connection:
            return cases.still_open(connection, channel)

    def settle(self, settlement: Settlement) -> None:
        """Note what has become of deliveries after a try."""
        try:
            self._settle(settlement)
        except UnstorableError:
            # What a channel answered must not have it told again.
            self._settle(cleaned(settlement))

    def revision(self) -> int:
        """Return a number that changes with whatever is written; it costs no look at the database."""
        return self._revision

    def listings(self) -> tuple[Listing, ...]:
        """Return the monitored tasks in the order of the configuration."""
        if self._standing:
            return self._standing.all()
        with self._database.reading() as connection:
            return tasks.all_monitored(connection)

    def listing(self, url: str) -> Listing | None:
        """Return one monitored task, or None when there is none with this URL."""
        if self._standing:
            return self._standing.one(url)
        with self._database.reading() as connection:
            return tasks.one_monitored(connection, url)

    def spans(self, urls: Sequence[str], since: datetime) -> Mapping[str, Sequence[PastSpan]]:
        """Return each task's spans that ended after `since` or go on, in order of time."""
        with self._database.reading() as connection:
            return history.spans(connection, urls, since)

    def runs(self, url: str, since: datetime, limit: int = 200) -> tuple[PastRun, ...]:
        """Return a task's runs since a moment, the newest first."""
        with self._database.reading() as connection:
            return history.runs(connection, url, since, limit)

    def latency(self, url: str, since: datetime) -> tuple[LatencyHour, ...]:
        """Return how long a task's answers took, by the hour, from the hour of `since` on."""
        with self._database.reading() as connection:
            return history.latency(connection, url, since)

    def answer(self, url: str) -> bytes | None:
        """Return the beginning of what a task's last check received; None when nothing came back."""
        with self._database.reading() as connection:
            return history.answer(connection, url)

    def incidents(self, wanted: IncidentFilter, limit: int, offset: int = 0) -> tuple[PastIncident, ...]:
        """Return incidents of monitored tasks and who was told of them: open ones first, then newest first.

        An incident is of each cause that it took on. Text is found in any case of its ASCII letters.
        """
        with self._database.reading() as connection:
            return incidents.incidents(connection, wanted, limit, offset)

    def count_incidents(self, wanted: IncidentFilter) -> int:
        """Return how many incidents there are in all pages."""
        with self._database.reading() as connection:
            return incidents.count(connection, wanted)

    def channels(self, names: Sequence[str], now: datetime) -> tuple[ChannelRecord, ...]:
        """Return how each of these channels does, and has done in the day before `now`."""
        with self._database.reading() as connection:
            return channels.records(connection, names, now)

    def prune(self, before: datetime, limit: int = 500) -> int:
        """Forget history that was over `before`, at most `limit` rows of it, and return how many.

        What is open or waiting stays, and of a monitored task its current span and its last run.
        """
        with self._database.writing() as connection:
            return pruning.prune(connection, before, limit)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def file(self) -> Path | None:
        """Return the file that holds the data; None when a server keeps it."""
        return self._database.file()

    def mishaps(self) -> tuple[str, ...]:
        """Return what has happened to the database since it was opened, a sentence each, for people."""
        return self._database.mishaps()

    def _surely(self, deed: Callable[[Connection], _Result]) -> _Result:
        """Do what a start needs in one transaction, once more if the database has to be put right first."""
        try:
            with self._database.writing() as connection:
                return deed(connection)
        except AmissError:
            with self._database.writing() as connection:
                return deed(connection)

    def _write(self, batch: Batch) -> None:
        with self._database.writing() as connection:
            self._recorder.record(connection, self._ids, batch, self._stored)
            for greeting in filter(_begins, batch.notices):
                watching.begin(connection, greeting.at)

    def _watch(self, note: Callable[[Connection, datetime], None], now: datetime) -> None:
        # Before the greeting is stored the newest watch is a former one, whose end is still to be told.
        if self._watches:
            with self._database.writing() as connection:
                note(connection, now)

    def _stored(self, url: str) -> TaskState | None:
        listing = self._standing.one(url) if self._standing else None
        return listing.state if listing else None

    def _settle(self, settlement: Settlement) -> None:
        with self._database.writing() as connection:
            outbox.settle(connection, settlement)
        self._changed()

    def _refill(self, connection: Connection) -> None:
        """Write the tasks and how they stand into a database that is made anew, whatever was carried over."""
        if self._standing:
            tasks.monitor_exactly(connection, self._database.insert, self._tasks)
            self._ids = tasks.ids_by_url(connection)
            self._recorder.restore(connection, self._ids, self._standing.all())
        self._changed()

    def _changed(self) -> None:
        with self._changing:
            self._revision += 1


def _begins(notice: Notice) -> bool:
    """Tell whether this is the greeting with which watching begins."""
    return notice.kind is NoticeKind.STARTED
